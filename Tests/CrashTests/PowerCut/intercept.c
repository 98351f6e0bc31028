// Preloaded into the server (LD_PRELOAD): a power cut after a given number of operations on the files below a directory, and a disk
// that can be full.
//
//   SLUICE_POWERCUT_ROOT   the directory; what is below it at the start counts as synced
//   SLUICE_POWERCUT_IMAGE  an empty directory, for what is left after the cut
//   SLUICE_POWERCUT_AFTER  the number of operations; 0: never
//   SLUICE_POWERCUT_SEED   chooses what of the unsynced is left
//   SLUICE_POWERCUT_LIE    files with a name of this ending are never really synced ("/": directories): a test of the test
//   SLUICE_POWERCUT_FULL   while this file exists no file below the root can grow
//
// The process ends with status 77 at the cut. All system calls go to the kernel directly, so nothing here calls itself.
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { most_descriptors = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct node *open_nodes[most_descriptors];
static const char *image, *lie, *full;
static unsigned long cut_after, operations;
static uint64_t seed;

__attribute__((constructor)) static void start(void) {
    const char *root = getenv("SLUICE_POWERCUT_ROOT");
    if (!root) return;
    image = getenv("SLUICE_POWERCUT_IMAGE");
    lie = getenv("SLUICE_POWERCUT_LIE");
    full = getenv("SLUICE_POWERCUT_FULL");
    const char *after = getenv("SLUICE_POWERCUT_AFTER"), *chosen = getenv("SLUICE_POWERCUT_SEED");
    cut_after = after ? strtoul(after, NULL, 10) : 0;
    seed = chosen ? strtoull(chosen, NULL, 10) : 0;
    disk_load(root);
}

/// Before each operation, under the lock: this may be the last moment.
static void tick(void) {
    if (++operations != cut_after) return;
    disk_cut(image, seed, operations);
    _exit(77);
}

static struct node *node_of(int descriptor) {
    return descriptor >= 0 && descriptor < most_descriptors ? open_nodes[descriptor] : NULL;
}

// Opening

static int open_file(int directory, const char *path, int flags, mode_t mode) {
    const char *name = *path == '/' ? disk_path(path) : NULL;
    if (!name) return (int)syscall(SYS_openat, directory, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct node *node = disk_find(name);
    if (!node && (flags & O_CREAT)) tick();
    int descriptor = (int)syscall(SYS_openat, directory, path, flags, mode);
    if (descriptor >= 0 && descriptor < most_descriptors) {
        if (!node && (flags & O_CREAT)) node = disk_create(name, 0);
        else if (node && (flags & O_TRUNC)) disk_truncate(node, 0);
        open_nodes[descriptor] = node;
    }
    pthread_mutex_unlock(&lock);
    return descriptor;
}

#define OPEN(NAME)                                                                                                                     \
    int NAME(const char *path, int flags, ...) {                                                                                       \
        va_list rest;                                                                                                                  \
        va_start(rest, flags);                                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                                        \
        va_end(rest);                                                                                                                  \
        return open_file(AT_FDCWD, path, flags, mode);                                                                                 \
    }
#define OPEN_AT(NAME)                                                                                                                  \
    int NAME(int directory, const char *path, int flags, ...) {                                                                        \
        va_list rest;                                                                                                                  \
        va_start(rest, flags);                                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                                        \
        va_end(rest);                                                                                                                  \
        return open_file(directory, path, flags, mode);                                                                                \
    }
OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)
int __open_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }

int close(int descriptor) {
    if (!node_of(descriptor)) return (int)syscall(SYS_close, descriptor);
    pthread_mutex_lock(&lock);
    open_nodes[descriptor] = NULL;
    int result = (int)syscall(SYS_close, descriptor);
    pthread_mutex_unlock(&lock);
    return result;
}

// Writing

/// Whether a write would let a file grow on a disk that is full now.
static int has_no_space(int descriptor, off_t end) {
    struct stat facts;
    return full && !access(full, F_OK) && !fstat(descriptor, &facts) && end > facts.st_size;
}

static ssize_t write_at(int descriptor, struct node *node, const void *bytes, size_t length, off_t offset, int moves) {
    pthread_mutex_lock(&lock);
    tick();
    if (offset < 0) offset = lseek(descriptor, 0, (fcntl(descriptor, F_GETFL) & O_APPEND) ? SEEK_END : SEEK_CUR);
    ssize_t count;
    if (has_no_space(descriptor, offset + (off_t)length)) {
        errno = ENOSPC;
        count = -1;
    } else {
        count = moves ? syscall(SYS_write, descriptor, bytes, length) : syscall(SYS_pwrite64, descriptor, bytes, length, offset);
        if (count > 0) disk_write(node, offset, bytes, (size_t)count);
    }
    pthread_mutex_unlock(&lock);
    return count;
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    struct node *node = node_of(descriptor);
    return node ? write_at(descriptor, node, bytes, length, -1, 1) : syscall(SYS_write, descriptor, bytes, length);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset) {
    struct node *node = node_of(descriptor);
    return node ? write_at(descriptor, node, bytes, length, offset, 0) : syscall(SYS_pwrite64, descriptor, bytes, length, offset);
}
ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) { return pwrite64(descriptor, bytes, length, offset); }

/// A short write is a lawful answer, so the first part that has bytes is enough.
static const struct iovec *first_part(const struct iovec *parts, int count) {
    int i = 0;
    while (i < count - 1 && parts[i].iov_len == 0) i++;
    return &parts[i];
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    if (!node_of(descriptor) || count < 1) return syscall(SYS_writev, descriptor, parts, count);
    const struct iovec *part = first_part(parts, count);
    return write(descriptor, part->iov_base, part->iov_len);
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off_t offset) {
    if (!node_of(descriptor) || count < 1) return syscall(SYS_pwritev, descriptor, parts, count, offset, 0);
    const struct iovec *part = first_part(parts, count);
    return pwrite64(descriptor, part->iov_base, part->iov_len, offset);
}
ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) { return pwritev64(descriptor, parts, count, offset); }

int ftruncate64(int descriptor, off_t size) {
    struct node *node = node_of(descriptor);
    if (!node) return (int)syscall(SYS_ftruncate, descriptor, size);
    pthread_mutex_lock(&lock);
    tick();
    int result = (int)syscall(SYS_ftruncate, descriptor, size);
    if (result == 0) disk_truncate(node, size);
    pthread_mutex_unlock(&lock);
    return result;
}
int ftruncate(int descriptor, off_t size) { return ftruncate64(descriptor, size); }

/// Not modelled: the callers fall back on writes.
int posix_fallocate(int descriptor, off_t offset, off_t length) {
    (void)descriptor, (void)offset, (void)length;
    return EOPNOTSUPP;
}
int posix_fallocate64(int descriptor, off_t offset, off_t length) { return posix_fallocate(descriptor, offset, length); }
int fallocate(int descriptor, int mode, off_t offset, off_t length) {
    (void)mode;
    errno = posix_fallocate(descriptor, offset, length);
    return -1;
}
int fallocate64(int descriptor, int mode, off_t offset, off_t length) { return fallocate(descriptor, mode, offset, length); }

// Syncing

static int is_lie(const struct node *node) {
    if (!lie || !*lie) return 0;
    return disk_is_directory(node) ? !strcmp(lie, "/") : disk_name_ends(node, lie);
}

int fsync(int descriptor) {
    struct node *node = node_of(descriptor);
    if (!node) return (int)syscall(SYS_fsync, descriptor);
    pthread_mutex_lock(&lock);
    tick();
    if (!is_lie(node)) disk_sync(node);
    pthread_mutex_unlock(&lock);
    return 0;
}
int fdatasync(int descriptor) { return node_of(descriptor) ? fsync(descriptor) : (int)syscall(SYS_fdatasync, descriptor); }

// Names

int rename(const char *from, const char *to) {
    const char *old = disk_path(from), *new = disk_path(to);
    if (!old || !new) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    pthread_mutex_lock(&lock);
    tick();
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0) disk_rename(old, new);
    pthread_mutex_unlock(&lock);
    return result;
}

static int remove_name(const char *path, int flags) {
    const char *name = disk_path(path);
    if (!name) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    pthread_mutex_lock(&lock);
    tick();
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    if (result == 0) disk_remove(name);
    pthread_mutex_unlock(&lock);
    return result;
}
int unlink(const char *path) { return remove_name(path, 0); }
int rmdir(const char *path) { return remove_name(path, AT_REMOVEDIR); }

int mkdir(const char *path, mode_t mode) {
    const char *name = disk_path(path);
    if (!name) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (result == 0) {
        tick();
        disk_create(name, 1);
    }
    pthread_mutex_unlock(&lock);
    return result;
}
