#define _GNU_SOURCE /* O_TMPFILE, mkostemp */
#include "base/spill.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MIN_BYTES = 1 << 20, PAGE = 4096 };

typedef struct block {
    struct block *next;
    void *p;
    size_t bytes;
} block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block *first;
static atomic_int_least64_t blocks; /* so that who has none need not lock */
static _Thread_local int depth;

const char *rc_temporary_place(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

void rc_spill_begin(void)
{
    depth++;
}

void rc_spill_end(void)
{
    depth--;
}

/* A file of that folder without a name, or -1. */
static int nameless(const char *folder)
{
#ifdef O_TMPFILE
    int unnamed = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (unnamed >= 0) return unnamed;
#endif
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/recraft-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path) return -1;
    int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) (void)unlink(path);
    return file;
}

bool rc_spill_is_possible(void)
{
    int file = nameless(rc_temporary_place());
    if (file >= 0) close(file);
    return file >= 0;
}

/* What is temporary takes no more than half of what is free: on many machines what is to come of it, and the
 * files of others, have to find room on the same disk. */
static bool has_room(int file, size_t bytes)
{
    struct statvfs disk;
    return fstatvfs(file, &disk) == 0 && bytes < (uint64_t)disk.f_bavail * disk.f_frsize / 2;
}

/* A file that vanishes with its last use; -1: none can be had. Its place on the disk is taken at once: a map
 * cannot say later that there is none. */
static int open_file(size_t bytes)
{
    int file = nameless(rc_temporary_place());
    if (file < 0) return -1;
    if (has_room(file, bytes) && posix_fallocate(file, 0, (off_t)bytes) == 0) return file;
    close(file);
    return -1;
}

static bool wanted(size_t bytes)
{
    return depth > 0 && bytes >= MIN_BYTES;
}

static bool join(void *p, size_t bytes)
{
    block *b = malloc(sizeof *b);
    if (!b) return false;
    pthread_mutex_lock(&lock);
    *b = (block){first, p, bytes};
    first = b;
    atomic_fetch_add(&blocks, 1);
    pthread_mutex_unlock(&lock);
    return true;
}

void rc__spill_join(void *p, size_t bytes)
{
    if (wanted(bytes)) (void)join(p, bytes); /* else it stays in memory as long as it likes */
}

void *rc__spill_get(size_t bytes)
{
    int file = wanted(bytes) ? open_file(bytes) : -1;
    if (file < 0) return NULL;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (p == MAP_FAILED) return NULL;
    if (join(p, bytes)) return p;
    munmap(p, bytes);
    return NULL;
}

bool rc__spill_free(void *p)
{
    if (atomic_load(&blocks) == 0 || (uintptr_t)p % PAGE != 0) return false;
    pthread_mutex_lock(&lock);
    block **at = &first;
    while (*at && (*at)->p != p)
        at = &(*at)->next;
    block *b = *at;
    if (b) {
        *at = b->next;
        atomic_fetch_sub(&blocks, 1);
    }
    pthread_mutex_unlock(&lock);
    if (!b) return false;
    munmap(p, b->bytes);
    free(b);
    return true;
}

void rc_spill_rest(void)
{
    if (atomic_load(&blocks) == 0) return;
    pthread_mutex_lock(&lock);
    for (const block *b = first; b; b = b->next)
        (void)madvise(b->p, b->bytes, MADV_DONTNEED);
    pthread_mutex_unlock(&lock);
}
