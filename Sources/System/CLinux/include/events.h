// epoll, eventfd, timerfd, signalfd, sockets and thread names: thin wrappers that return what the call returned and leave errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// One ready descriptor: epoll_event without the packed union.
typedef struct {
    uint64_t token;
    uint32_t ready;
} sluice_event;

extern const uint32_t sluice_epoll_in;
extern const uint32_t sluice_epoll_out;
extern const uint32_t sluice_epoll_read_hangup;
extern const uint32_t sluice_epoll_hangup;
extern const uint32_t sluice_epoll_error;
extern const uint32_t sluice_epoll_exclusive;

int sluice_epoll_create(void);
int sluice_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token);
int sluice_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t token);
int sluice_epoll_remove(int epoll, int descriptor);
/// At most 256 events; `milliseconds` below zero waits without end.
int sluice_epoll_wait(int epoll, sluice_event *events, int capacity, int milliseconds);

int sluice_eventfd(void);

/// A non-blocking timer on CLOCK_REALTIME (`wall` non-zero) or CLOCK_MONOTONIC.
int sluice_timerfd_create(int wall);
/// Absolute time in microseconds; 0 disarms. A wall timer reads as ECANCELED when the clock is set.
int sluice_timerfd_arm(int descriptor, int wall, int64_t microseconds);

/// Blocks `signals` in the calling thread and returns a non-blocking descriptor that reads them.
int sluice_signalfd(const int *signals, size_t count);
/// The number of the next signal, or -1 with errno.
int sluice_signalfd_read(int descriptor);

/// A non-blocking, close-on-exec connection; `address` is a sockaddr_storage. (Socket headers stay out of here: Swift would take
/// their types for CLinux's own.)
int sluice_accept(int listener, void *address, uint32_t *length);
/// A non-blocking, close-on-exec stream socket.
int sluice_stream_socket(int family);
long sluice_send(int descriptor, const void *bytes, size_t count);

/// Processors that this process may run on (sched_getaffinity(2)), at least 1.
int sluice_processor_count(void);

int sluice_name_thread(const char *name);
/// Lets the calling thread, and only it (setpriority(2), NOTES), go before the commands that it waits for, where the program may: as root,
/// or with RLIMIT_NICE.
void sluice_urge_thread(void);
