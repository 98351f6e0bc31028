// Preloaded into the server (LD_PRELOAD): a wall clock that a test sets while the server runs.
//
//   SLUICE_CLOCK  a file of two 64-bit numbers that is shared with the test: by how many microseconds the wall clock is wrong now, which
//                 the test writes, and the same as of the last time when all wall-clock timers were armed anew, which is the answer.
//
// CLOCK_REALTIME is the kernel's plus that number, and a timerfd of it behaves as timerfd_create(2) says of a clock that is set: its
// deadlines stay those of the clock on the wall, and a read gets ECANCELED once. The monotonic clock is left alone.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { most_descriptors = 65536 };

struct page {
    int64_t offset, followed;
};

struct timer {
    int is_wall;
    /// The clock was set, and nobody has read that yet.
    int is_cancelled;
    /// The offset under which it was last armed.
    int64_t offset;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct page *shared;
static struct timer timers[most_descriptors];
static int highest = -1;

static int64_t current(void) { return shared ? __atomic_load_n(&shared->offset, __ATOMIC_SEQ_CST) : 0; }

static void shift(struct timespec *time, int64_t microseconds) {
    int64_t nanoseconds = (int64_t)time->tv_nsec + microseconds % 1000000 * 1000;
    time->tv_sec += microseconds / 1000000;
    if (nanoseconds < 0) nanoseconds += 1000000000, time->tv_sec--;
    if (nanoseconds >= 1000000000) nanoseconds -= 1000000000, time->tv_sec++;
    time->tv_nsec = nanoseconds;
}

// Reading the clock

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(time, current());
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}

// Timers

static struct timer *timer_of(int descriptor) {
    return descriptor >= 0 && descriptor < most_descriptors && timers[descriptor].is_wall ? &timers[descriptor] : NULL;
}

/// Under the lock.
static void tell_test(void) {
    int64_t offset = current();
    for (int i = 0; i <= highest; i++)
        if (timers[i].is_wall && timers[i].offset != offset) return;
    __atomic_store_n(&shared->followed, offset, __ATOMIC_SEQ_CST);
}

int timerfd_create(clockid_t clock, int flags) {
    int descriptor = (int)syscall(SYS_timerfd_create, clock, flags);
    if (!shared || clock != CLOCK_REALTIME || descriptor < 0 || descriptor >= most_descriptors) return descriptor;
    pthread_mutex_lock(&lock);
    timers[descriptor] = (struct timer){.is_wall = 1, .offset = INT64_MIN};
    if (descriptor > highest) highest = descriptor;
    pthread_mutex_unlock(&lock);
    return descriptor;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *new, struct itimerspec *old) {
    if (!timer_of(descriptor)) return (int)syscall(SYS_timerfd_settime, descriptor, flags, new, old);
    pthread_mutex_lock(&lock);
    struct timer *timer = &timers[descriptor];
    struct itimerspec real = *new;
    int64_t offset = current();
    if ((flags & TFD_TIMER_ABSTIME) && (new->it_value.tv_sec || new->it_value.tv_nsec)) {
        shift(&real.it_value, -offset);
        // Before 1970 is past all the same, and a zero would disarm.
        if (real.it_value.tv_sec < 0) real.it_value = (struct timespec){.tv_nsec = 1};
    }
    int result = (int)syscall(SYS_timerfd_settime, descriptor, flags & ~TFD_TIMER_CANCEL_ON_SET, &real, old);
    if (result == 0) {
        timer->offset = offset;
        // Armed all the same, as the kernel does it.
        if (timer->is_cancelled) errno = ECANCELED, result = -1;
        timer->is_cancelled = 0;
        tell_test();
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t read(int descriptor, void *bytes, size_t length) {
    if (timer_of(descriptor)) {
        pthread_mutex_lock(&lock);
        int is_cancelled = timers[descriptor].is_cancelled;
        timers[descriptor].is_cancelled = 0;
        pthread_mutex_unlock(&lock);
        ssize_t count = syscall(SYS_read, descriptor, bytes, length);
        if (!is_cancelled) return count;
        errno = ECANCELED;
        return -1;
    }
    return syscall(SYS_read, descriptor, bytes, length);
}

int close(int descriptor) {
    if (timer_of(descriptor)) {
        pthread_mutex_lock(&lock);
        timers[descriptor].is_wall = 0;
        pthread_mutex_unlock(&lock);
    }
    return (int)syscall(SYS_close, descriptor);
}

/// Does what the kernel does when somebody sets the clock: wakes all who wait for it. It learns of that by looking.
static void *watch(void *nothing) {
    (void)nothing;
    int64_t seen = current();
    while (1) {
        syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 500000}, NULL);
        if (current() == seen) continue;
        pthread_mutex_lock(&lock);
        seen = current();
        const struct itimerspec now = {.it_value = {.tv_nsec = 1}};
        for (int i = 0; i <= highest; i++)
            if (timers[i].is_wall) {
                timers[i].is_cancelled = 1;
                syscall(SYS_timerfd_settime, i, TFD_TIMER_ABSTIME, &now, NULL);
            }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("SLUICE_CLOCK");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (page == MAP_FAILED) return;
    shared = page;
    // The server takes its signals from a descriptor; a thread that let them through would end it.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    if (pthread_create(&thread, NULL, watch, NULL) == 0) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
