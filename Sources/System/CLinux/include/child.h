#pragma once
// Child processes: what Swift's Glibc module lacks or cannot import. (Not named spawn.h, which would hide the system's.)

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What a child starts with. `path` names the program (a relative one is resolved in `directory`, as execve does after chdir).
/// `argv` and `envp` end with NULL; `directory` may be NULL; the three descriptors become 0, 1 and 2 of the child. `empty` is an open
/// descriptor that may stay behind in the slots.
struct sluice_spawn {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *directory;
    int standard_input;
    int standard_output;
    int standard_error;
    int empty;
};

/// Opens three close-on-exec descriptors, in rising order, through which `sluice_spawn` hands children their streams. Opened early they
/// have low numbers, and a child copies no more of the descriptor table than that. 0, or -1 and errno.
int sluice_spawn_slots(int slots[3]);

/// Starts a child in a process group of its own, with default signals, an empty mask, and no descriptor beyond 0 to 2. By one thread at
/// a time for each triple of slots.
/// Returns 0, or the errno of the step that failed (clone, chdir or exec). On success only, `pid` is set, and `pidfd` to a
/// close-on-exec descriptor that becomes readable when the process ends (clone(2), CLONE_PIDFD).
///
/// Like posix_spawn(3), it suspends the calling thread until the exec. Unlike it, the child first shares the descriptor table, which
/// with thousands of descriptors for other children costs most of a start to copy and to close again.
int sluice_spawn(const struct sluice_spawn *what, const int slots[3], pid_t *pid, int *pidfd);

/// pidfd_open(2): a close-on-exec descriptor that becomes readable when the process ends. -1 and errno on failure.
int sluice_pidfd_open(pid_t pid);

/// pidfd_send_signal(2) to the one process. -1 and errno on failure.
int sluice_pidfd_signal(int pidfd, int signal);

/// The same to the process group that the process leads (PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9; EINVAL before).
int sluice_pidfd_signal_group(int pidfd, int signal);

/// Looks at an ended child without reaping it: 1 and the status, 0 while it runs, -1 and errno (ECHILD: somebody else reaped it).
/// `signal` is 0 for a child that exited by itself.
int sluice_child_peek(int pidfd, int *exit_code, int *signal);

/// Reaps exactly the child of this pidfd (waitid(2), P_PIDFD); never waits. 0, or -1 and errno.
int sluice_child_reap(int pidfd);

/// A read-only descriptor at offset 0 over `count` bytes in a memfd that nobody can change any more (memfd_create(2),
/// fcntl(2) F_ADD_SEALS). -1 and errno on failure.
int sluice_sealed_bytes(const void *bytes, size_t count);

/// A pipe for a child's output: ends[0] is ours and non-blocking, ends[1] the child's and blocking; both close-on-exec.
/// 0, or -1 and errno.
int sluice_output_pipe(int ends[2]);

/// Undoes an inherited "ignore SIGCHLD", under which the kernel reaps children itself and their exit codes are lost.
void sluice_keep_children(void);
