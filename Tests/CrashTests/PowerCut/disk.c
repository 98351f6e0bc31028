#define _GNU_SOURCE
#include "disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { page_size = 4096, most_names = 256, name_size = 512 };

/// A write that was not synced; without bytes, a change of the file's size to `offset`.
struct change {
    struct change *next;
    off_t offset;
    size_t length;
    unsigned char *bytes;
};

struct content {
    unsigned char *bytes;
    size_t size, capacity;
};

struct node {
    unsigned number;
    int is_directory;
    char made_as[name_size];
    struct content synced;
    struct change *first, **last;
    unsigned changes;
};

struct name {
    char path[name_size];
    struct node *node;
};

struct table {
    struct name names[most_names];
    int count;
};

/// A change of names that its directory was not synced after. Either path may be empty.
struct move {
    struct move *next;
    char from[name_size], to[name_size];
    struct node *node;
};

static char root[PATH_MAX];
static struct table current, synced;
static struct move *moves, **last_move = &moves;
static unsigned nodes, syncs, dropped_pages, dropped_names, unsynced_pages;

/// The simulation cannot go on: a failed test is better than a wrong one.
static void give_up(const char *why) {
    dprintf(2, "powercut: %s\n", why);
    _exit(78);
}

static void *need(void *memory) {
    if (!memory) give_up("out of memory");
    return memory;
}

// Content

static void grow(struct content *content, size_t size) {
    if (size > content->capacity) {
        size_t capacity = size * 2;
        content->bytes = need(realloc(content->bytes, capacity));
        memset(content->bytes + content->capacity, 0, capacity - content->capacity);
        content->capacity = capacity;
    }
    if (size > content->size) content->size = size;
}

static void put(struct content *content, off_t offset, const void *bytes, size_t length) {
    grow(content, (size_t)offset + length);
    memcpy(content->bytes + offset, bytes, length);
}

static void resize(struct content *content, size_t size) {
    if (size > content->size) grow(content, size);
    memset(content->bytes + size, 0, content->size - size);
    content->size = size;
}

// Names

static struct node *lookup(struct table *table, const char *path) {
    for (int i = 0; i < table->count; i++)
        if (!strcmp(table->names[i].path, path)) return table->names[i].node;
    return NULL;
}

static void unset(struct table *table, const char *path) {
    for (int i = 0; i < table->count; i++)
        if (!strcmp(table->names[i].path, path)) {
            memmove(&table->names[i], &table->names[i + 1], sizeof(struct name) * (size_t)(table->count - i - 1));
            table->count--;
            return;
        }
}

static void set(struct table *table, const char *path, struct node *node) {
    unset(table, path);
    if (table->count == most_names || strlen(path) >= name_size) give_up("too many or too long names");
    strcpy(table->names[table->count].path, path);
    table->names[table->count++].node = node;
}

static void apply_move(struct table *table, const struct move *move) {
    if (*move->from) unset(table, move->from);
    if (*move->to) set(table, move->to, move->node);
}

static void add_move(const char *from, const char *to, struct node *node) {
    struct move *move = need(calloc(1, sizeof *move));
    strcpy(move->from, from);
    strcpy(move->to, to);
    move->node = node;
    apply_move(&current, move);
    *last_move = move;
    last_move = &move->next;
}

static int is_in(const struct move *move, const char *directory) {
    const char *path = *move->to ? move->to : move->from;
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    return strlen(directory) == length && !strncmp(path, directory, length);
}

static void sync_names(const char *directory) {
    struct move **link = &moves;
    last_move = &moves;
    while (*link) {
        struct move *move = *link;
        if (is_in(move, directory)) {
            apply_move(&synced, move);
            *link = move->next;
            free(move);
        } else {
            link = &move->next;
        }
    }
    last_move = link;
}

static struct node *make_node(const char *path, int is_directory) {
    struct node *node = need(calloc(1, sizeof *node));
    if (strlen(path) >= name_size) give_up("too long a name");
    node->number = ++nodes;
    node->is_directory = is_directory;
    node->last = &node->first;
    strcpy(node->made_as, path);
    return node;
}

struct node *disk_find(const char *path) { return lookup(&current, path); }
int disk_is_directory(const struct node *node) { return node->is_directory; }
void disk_remove(const char *path) { add_move(path, "", NULL); }
void disk_rename(const char *from, const char *to) { add_move(from, to, lookup(&current, from)); }

struct node *disk_create(const char *path, int is_directory) {
    struct node *node = make_node(path, is_directory);
    add_move("", path, node);
    return node;
}

int disk_name_ends(const struct node *node, const char *ending) {
    size_t length = strlen(node->made_as), end = strlen(ending);
    return length >= end && !strcmp(node->made_as + length - end, ending);
}

// Bytes

static void add_change(struct node *node, off_t offset, const void *bytes, size_t length) {
    struct change *change = need(calloc(1, sizeof *change));
    change->offset = offset;
    change->length = length;
    if (bytes) {
        change->bytes = need(malloc(length ? length : 1));
        memcpy(change->bytes, bytes, length);
    }
    *node->last = change;
    node->last = &change->next;
    node->changes++;
}

void disk_write(struct node *node, off_t offset, const void *bytes, size_t length) { add_change(node, offset, bytes, length); }
void disk_truncate(struct node *node, off_t size) { add_change(node, size, NULL, 0); }

void disk_sync(struct node *node) {
    syncs++;
    if (node->is_directory) {
        sync_names(node->made_as);
        return;
    }
    while (node->first) {
        struct change *change = node->first;
        if (change->bytes) put(&node->synced, change->offset, change->bytes, change->length);
        else resize(&node->synced, (size_t)change->offset);
        node->first = change->next;
        free(change->bytes);
        free(change);
    }
    node->last = &node->first;
    node->changes = 0;
}

// The cut

static uint64_t mix(uint64_t value) {
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

/// How many of `count` unsynced changes reached the disk: none, all, or some first ones, as likely each.
static unsigned survivors(uint64_t random, unsigned count) {
    switch (random % 3) {
    case 0: return 0;
    case 1: return count;
    default: return (unsigned)((random / 3) % (count + 1));
    }
}

/// The file as the disk holds it: changes in order, each page up to a moment of its own, the size up to one of its own.
static void settle(struct node *node, uint64_t seed) {
    uint64_t file_seed = mix(seed ^ node->number);
    unsigned index = 0;
    for (struct change *change = node->first; change; change = change->next, index++) {
        if (!change->bytes) {
            if (index < survivors(mix(file_seed), node->changes)) resize(&node->synced, (size_t)change->offset);
            continue;
        }
        size_t done = 0;
        while (done < change->length) {
            off_t at = change->offset + (off_t)done;
            size_t length = page_size - (size_t)(at % page_size);
            if (length > change->length - done) length = change->length - done;
            unsynced_pages++;
            if (index < survivors(mix(file_seed ^ (uint64_t)(at / page_size + 1)), node->changes))
                put(&node->synced, at, change->bytes + done, length);
            else
                dropped_pages++;
            done += length;
        }
    }
}

static void write_file(const char *path, const struct content *content) {
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) give_up("cannot write the image");
    for (size_t done = 0; done < content->size;) {
        long count = syscall(SYS_write, file, content->bytes + done, content->size - done);
        if (count <= 0) give_up("cannot write the image");
        done += (size_t)count;
    }
    syscall(SYS_close, file);
}

/// A name is found only if the directories above it are there.
static int is_reachable(const char *path) {
    char parent[name_size];
    strcpy(parent, path);
    char *slash = strrchr(parent, '/');
    if (!slash) return 1;
    *slash = 0;
    return lookup(&synced, parent) && is_reachable(parent);
}

static void write_names(const char *image, int directories) {
    // Shorter paths first, so that a directory is there before what is in it.
    for (size_t length = 1; length < name_size; length++)
        for (int i = 0; i < synced.count; i++) {
            const struct name *name = &synced.names[i];
            if (strlen(name->path) != length || name->node->is_directory != directories || !is_reachable(name->path)) continue;
            char path[PATH_MAX + name_size];
            snprintf(path, sizeof path, "%s/%s", image, name->path);
            if (directories) syscall(SYS_mkdirat, AT_FDCWD, path, 0700);
            else write_file(path, &name->node->synced);
        }
}

void disk_cut(const char *image, uint64_t seed, unsigned long operations) {
    unsigned waiting = 0;
    for (struct move *move = moves; move; move = move->next) waiting++;
    unsigned kept = survivors(mix(seed ^ 0x6E616D6573u), waiting);
    dropped_names = waiting - kept;
    for (struct move *move = moves; kept > 0; move = move->next, kept--) apply_move(&synced, move);
    for (int i = 0; i < synced.count; i++)
        if (!synced.names[i].node->is_directory) settle(synced.names[i].node, seed);
    write_names(image, 1);
    write_names(image, 0);
    char path[PATH_MAX], text[256];
    snprintf(path, sizeof path, "%s.report", image);
    int length = snprintf(
        text, sizeof text, "operations %lu\nsyncs %u\nunsynced_pages %u\ndropped_pages %u\ndropped_names %u\n", operations, syncs,
        unsynced_pages, dropped_pages, dropped_names);
    write_file(path, &(struct content){(unsigned char *)text, (size_t)length, (size_t)length});
}

// The start

static void load_file(const char *path, struct content *content) {
    unsigned char chunk[65536];
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) give_up("cannot read the data directory");
    long count;
    while ((count = syscall(SYS_read, file, chunk, sizeof chunk)) > 0) put(content, (off_t)content->size, chunk, (size_t)count);
    syscall(SYS_close, file);
}

static void load(const char *directory) {
    char path[PATH_MAX + name_size];
    snprintf(path, sizeof path, "%s%s%s", root, *directory ? "/" : "", directory);
    DIR *listing = opendir(path);
    if (!listing) give_up("cannot read the data directory");
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char full[sizeof path + NAME_MAX + 2];
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        const char *name = disk_path(full);
        if (!name) continue;
        struct node *node = make_node(name, entry->d_type == DT_DIR);
        set(&current, name, node);
        set(&synced, name, node);
        if (node->is_directory) load(name);
        else load_file(full, &node->synced);
    }
    closedir(listing);
}

void disk_load(const char *path) {
    snprintf(root, sizeof root, "%s", path);
    set(&current, "", make_node("", 1));
    load("");
}

const char *disk_path(const char *path) {
    size_t length = strlen(root), whole = strlen(path);
    if (!length || strncmp(path, root, length) || (path[length] != '/' && path[length])) return NULL;
    if (whole > 4 && !strcmp(path + whole - 4, "-shm")) return NULL;
    const char *rest = path + length + (path[length] == '/');
    return rest;
}
