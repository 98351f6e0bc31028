#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1UL << 2)
#endif

/// The three standard descriptors, in the order in which the child needs them; a source below 3 is first lifted above,
/// or an earlier dup2 would overwrite it.
static int lift(const int given[3], int lifted[3]) {
    for (int i = 0; i < 3; i++) {
        lifted[i] = given[i] > 2 ? given[i] : fcntl(given[i], F_DUPFD_CLOEXEC, 3);
        if (lifted[i] >= 0) continue;
        int error = errno;
        for (int j = 0; j < i; j++) {
            if (lifted[j] != given[j]) close(lifted[j]);
        }
        return error;
    }
    return 0;
}

static int describe_files(posix_spawn_file_actions_t *files, const int sources[3], const char *directory) {
    int error = 0;
    for (int i = 0; i < 3 && !error; i++) error = posix_spawn_file_actions_adddup2(files, sources[i], i);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(files, 3);
    if (!error && directory) error = posix_spawn_file_actions_addchdir_np(files, directory);
    return error;
}

static int describe_attributes(posix_spawnattr_t *attributes) {
    sigset_t every, none;
    sigfillset(&every);
    sigemptyset(&none);
    int error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &every);
    if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
    return error;
}

int sluice_spawn(const struct sluice_spawn *what, pid_t *pid) {
    const int given[3] = {what->standard_input, what->standard_output, what->standard_error};
    int sources[3];
    int error = lift(given, sources);
    if (error) return error;

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    error = posix_spawn_file_actions_init(&files);
    if (!error) {
        error = posix_spawnattr_init(&attributes);
        if (!error) {
            error = describe_files(&files, sources, what->directory);
            if (!error) error = describe_attributes(&attributes);
            if (!error) error = posix_spawn(pid, what->path, &files, &attributes, what->argv, what->envp);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&files);
    }
    for (int i = 0; i < 3; i++) {
        if (sources[i] != given[i]) close(sources[i]);
    }
    return error;
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
