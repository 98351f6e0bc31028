#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1UL << 2)
#endif

/// What the child and its suspended parent share.
struct birth {
    const struct sluice_spawn *what;
    const int *slots;
    /// Of the program's first thread: an urgent thread's own is not the children's.
    int nice;
    /// The child begins with its parent's own table, and must leave it.
    int shares_table;
    int cannot_leave_table;
    int error;
};

/// The kernel's struct sigaction, which the library has under another form: all zero is the default action.
static const uint64_t plain_signal[4];

/// Without close_range(2) the child has a copy of the whole table. What is in it goes by the exec; all of ours would anyhow, but not what
/// somebody opened before us. Without /proc that is left alone.
static void close_others_at_exec(void) {
    _Alignas(8) char entries[2048];
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    for (;;) {
        long count = syscall(SYS_getdents64, folder, entries, sizeof entries);
        if (count <= 0) break;
        // getdents(2): inode, offset, length, kind, name.
        for (long place = 0; place < count;) {
            unsigned short length;
            memcpy(&length, entries + place + 16, sizeof length);
            int descriptor = 0;
            for (const char *digit = entries + place + 19; *digit >= '0' && *digit <= '9'; digit++)
                descriptor = descriptor * 10 + (*digit - '0');
            if (descriptor > 2) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
            place += length;
        }
    }
    close(folder);
}

/// The child, on its own stack in its parent's memory: system calls only.
static int be_born(void *argument) {
    struct birth *birth = argument;
    const struct sluice_spawn *what = birth->what;
    const int *slots = birth->slots;
    if (!birth->shares_table) {
        close_others_at_exec();
    } else if (syscall(SYS_close_range, (unsigned)slots[2] + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0) {
        birth->cannot_leave_table = 1;
        goto failed;
    }
    // Only the table's beginning was copied; all that the parent holds for other commands lies behind it.
    for (int stream = 0; stream < 3; stream++) {
        if (dup2(slots[stream], stream) < 0) goto failed;
    }
    // Not now: the lock of the data directory is among them, and says until the exec that something of this program lives.
    for (int descriptor = 3; descriptor <= slots[2]; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    if (setpgid(0, 0) < 0) goto failed;
    setpriority(PRIO_PROCESS, 0, birth->nice);
    if (what->directory && chdir(what->directory) < 0) goto failed;
    // Handlers go by the exec; what is ignored would stay so. The kernel's own call, since the library's refuses two signals that it keeps
    // for itself, and that a posix_spawn somewhere above us has left ignored.
    for (int signal = 1; signal < NSIG; signal++) syscall(SYS_rt_sigaction, signal, plain_signal, NULL, sizeof(uint64_t));
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(what->path, what->argv, what->envp);
failed:
    birth->error = errno;
    _exit(127);
}

int sluice_spawn_slots(int slots[3]) {
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0) return -1;
    for (int i = 0; i < 3; i++) {
        // Above the standard streams, so that no slot is one of them.
        slots[i] = fcntl(null, F_DUPFD_CLOEXEC, i == 0 ? 3 : slots[i - 1] + 1);
        if (slots[i] >= 0) continue;
        int error = errno;
        for (int j = 0; j < i; j++) close(slots[j]);
        close(null);
        errno = error;
        return -1;
    }
    close(null);
    return 0;
}

/// Puts the child's three streams into the slots; a slot that has taken one is emptied by `empty_slots`.
static int fill_slots(const struct sluice_spawn *what, const int slots[3]) {
    const int streams[3] = {what->standard_input, what->standard_output, what->standard_error};
    for (int i = 0; i < 3; i++) {
        if (dup3(streams[i], slots[i], O_CLOEXEC) < 0) return errno;
    }
    return 0;
}

/// A pipe whose writing end stayed in a slot would never be at its end.
static void empty_slots(const struct sluice_spawn *what, const int slots[3]) {
    for (int i = 0; i < 3; i++) dup3(what->empty, slots[i], O_CLOEXEC);
}

/// Set for good when close_range(2) is missing (before Linux 5.9) or forbidden (by an older sandbox).
static atomic_int copies_table;

/// One try. The child's number, with `pidfd` set, or -1; what went wrong is in `birth`.
static pid_t bear(struct birth *birth, int *pidfd) {
    _Alignas(16) char stack[16 * 1024];
    birth->shares_table = !atomic_load(&copies_table);
    birth->cannot_leave_table = 0;
    birth->error = 0;
    *pidfd = -1;
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | (birth->shares_table ? CLONE_FILES : 0);
    pid_t child = clone(be_born, stack + sizeof stack, flags, birth, pidfd);
    if (child < 0) {
        birth->error = errno;
    } else if (birth->error) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        close(*pidfd);
        child = -1;
    }
    return child;
}

int sluice_spawn(const struct sluice_spawn *what, const int slots[3], pid_t *pid, int *pidfd) {
    struct birth birth = {.what = what, .slots = slots, .nice = getpriority(PRIO_PROCESS, (id_t)getpid())};
    birth.error = fill_slots(what, slots);
    pid_t child = -1;
    int made = -1;
    if (!birth.error) {
        // The child runs on memory of ours: no handler may run in it.
        sigset_t every, before;
        sigfillset(&every);
        pthread_sigmask(SIG_BLOCK, &every, &before);
        child = bear(&birth, &made);
        if (child < 0 && birth.cannot_leave_table) {
            atomic_store(&copies_table, 1);
            child = bear(&birth, &made);
        }
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    empty_slots(what, slots);
    if (child < 0) return birth.error;
    *pid = child;
    *pidfd = made;
    return 0;
}

int sluice_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int sluice_pidfd_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int sluice_pidfd_signal_group(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, PIDFD_SIGNAL_PROCESS_GROUP);
}

int sluice_child_peek(int pidfd, int *exit_code, int *signal) {
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return -1;
    if (info.si_pid == 0) return 0;
    *exit_code = info.si_code == CLD_EXITED ? info.si_status : 0;
    *signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
    return 1;
}

int sluice_child_reap(int pidfd) {
    siginfo_t info = {0};
    return waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
}

static int write_all(int file, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int sluice_sealed_bytes(const void *bytes, size_t count) {
    int file = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    if (write_all(file, bytes, count) < 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 ||
        lseek(file, 0, SEEK_SET) < 0) {
        int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    // A second opening is read-only, as a child expects of its input. Without /proc the sealed memfd itself serves.
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    if (reader < 0) return file;
    close(file);
    return reader;
}

int sluice_output_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return -1;
}

void sluice_keep_children(void) {
    struct sigaction now;
    if (sigaction(SIGCHLD, NULL, &now) < 0) return;
    if (now.sa_handler != SIG_IGN && !(now.sa_flags & SA_NOCLDWAIT)) return;
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &plain, NULL);
}
