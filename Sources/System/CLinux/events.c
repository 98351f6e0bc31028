#define _GNU_SOURCE
#include <sched.h>
#include "events.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

const uint32_t sluice_epoll_in = EPOLLIN;
const uint32_t sluice_epoll_out = EPOLLOUT;
const uint32_t sluice_epoll_read_hangup = EPOLLRDHUP;
const uint32_t sluice_epoll_hangup = EPOLLHUP;
const uint32_t sluice_epoll_error = EPOLLERR;
const uint32_t sluice_epoll_exclusive = EPOLLEXCLUSIVE;

int sluice_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = interest, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int sluice_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, interest, token);
}

int sluice_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, interest, token);
}

int sluice_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int sluice_epoll_wait(int epoll, sluice_event *events, int capacity, int milliseconds) {
    struct epoll_event ready[256];
    int count = epoll_wait(epoll, ready, capacity < 256 ? capacity : 256, milliseconds);
    for (int index = 0; index < count; index++)
        events[index] = (sluice_event){.token = ready[index].data.u64, .ready = ready[index].events};
    return count;
}

int sluice_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int sluice_timerfd_create(int wall) {
    return timerfd_create(wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

int sluice_timerfd_arm(int descriptor, int wall, int64_t microseconds) {
    struct itimerspec at = {0};
    at.it_value.tv_sec = microseconds / 1000000;
    at.it_value.tv_nsec = microseconds % 1000000 * 1000;
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME | (wall ? TFD_TIMER_CANCEL_ON_SET : 0), &at, NULL);
}

int sluice_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t index = 0; index < count; index++)
        sigaddset(&set, signals[index]);
    int failure = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (failure != 0) {
        errno = failure;
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int sluice_signalfd_read(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t count = read(descriptor, &information, sizeof information);
    return count == (ssize_t)sizeof information ? (int)information.ssi_signo : -1;
}

int sluice_accept(int listener, void *address, uint32_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int sluice_stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

long sluice_send(int descriptor, const void *bytes, size_t count) { return send(descriptor, bytes, count, MSG_NOSIGNAL); }

int sluice_processor_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int sluice_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

void sluice_urge_thread(void) { setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) - 10); }
