#pragma once
// What a disk would hold if the power failed now: kept in memory beside the real files, which stand for the page cache.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A file or directory, whatever its names are.
struct node;

/// Takes in everything below `root` as it is: it counts as synced.
void disk_load(const char *root);

/// The path below the root, or NULL when the path is elsewhere. The write-ahead log's index (-shm) is left out: SQLite makes it anew.
const char *disk_path(const char *path);

struct node *disk_find(const char *path);
struct node *disk_create(const char *path, int is_directory);
void disk_rename(const char *from, const char *to);
void disk_remove(const char *path);
int disk_is_directory(const struct node *node);
/// Whether the file has, or had when it was made, a name with this ending.
int disk_name_ends(const struct node *node, const char *ending);

void disk_write(struct node *node, off_t offset, const void *bytes, size_t length);
void disk_truncate(struct node *node, off_t size);

/// fsync(2) of a file: its bytes. Of a directory: the names in it, and not the bytes of the files.
void disk_sync(struct node *node);

/// Writes below `image` what is left after a power cut, and counts beside it, in `image`.report. Of what was not synced, each 4 KiB
/// page holds the state of some moment since its sync, as if the kernel had written it back then; of unsynced names some first ones
/// are kept.
void disk_cut(const char *image, uint64_t seed, unsigned long operations);
