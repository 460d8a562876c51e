/* Preloaded into the program (LD_PRELOAD), makes its allocations fail, those of the libraries included:
 *   ALLOCATION_FAILS=k      the k-th of main() gets NULL and ENOMEM (1 = the first)
 *   ALLOCATION_STAYS=1      and so do all after it
 *   ALLOCATION_LIMIT=BYTES  those fail that would make more than so many bytes live at once
 *   ALLOCATION_LOG=FILE     a line for each: its bytes, all bytes then live, its place (file and offset,
 *                           innermost first)
 *
 * Not to be mixed with sanitizers, which have these functions for themselves. Linux with glibc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

enum { FRAMES = 14, SKIPPED = 3, MAX_OBJECTS = 200 };

static long fails_at, seen, limit, live;
static bool stays, counting;
static int log_file = -1;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside;

/* ---- the log ---- */

typedef struct object {
    const char *name;
    uintptr_t from, to;
} object;

static object objects[MAX_OBJECTS];
static int object_count;
static char lines[1 << 16];
static size_t used;

static int add_object(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    if (object_count == MAX_OBJECTS) return 1;
    const char *path = info->dlpi_name[0] ? info->dlpi_name : "program", *slash = strrchr(path, '/');
    object *o = &objects[object_count++];
    *o = (object){slash ? slash + 1 : path, info->dlpi_addr, info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > o->to) o->to = end;
    }
    return 0;
}

static void flush_log(void)
{
    if (write(log_file, lines, used) != (ssize_t)used) _exit(99);
    used = 0;
}

static void add_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    used += (size_t)vsnprintf(lines + used, sizeof lines - used, format, args);
    va_end(args);
}

static void write_place(size_t size)
{
    void *frame[FRAMES];
    int n = backtrace(frame, FRAMES);
    add_text("%zu %ld ", size, live);
    for (int i = SKIPPED; i < n; i++) {
        uintptr_t at = (uintptr_t)frame[i];
        for (int k = 0; k < object_count; k++)
            if (at >= objects[k].from && at < objects[k].to)
                add_text("%s+%#lx ", objects[k].name, (unsigned long)(at - objects[k].from));
    }
    add_text("\n");
    if (used > sizeof lines / 2) flush_log();
}

/* more: how many bytes the live ones grow by. */
static bool fails(size_t size, size_t more)
{
    if (!__atomic_load_n(&counting, __ATOMIC_RELAXED) || inside) return false;
    long k = __atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED);
    bool now = (fails_at && (stays ? k >= fails_at : k == fails_at)) || (limit && live + (long)more > limit);
    if (log_file >= 0) {
        inside = true;
        pthread_mutex_lock(&log_lock);
        write_place(size);
        pthread_mutex_unlock(&log_lock);
        inside = false;
    }
    if (now) errno = ENOMEM;
    return now;
}

static void *counted(void *p)
{
    if (p) __atomic_add_fetch(&live, (long)malloc_usable_size(p), __ATOMIC_RELAXED);
    return p;
}

void *malloc(size_t size)
{
    return fails(size, size) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails(count * size, count * size) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *p, size_t size)
{
    long old = p ? (long)malloc_usable_size(p) : 0;
    if (size && fails(size, (long)size > old ? size - (size_t)old : 0)) return NULL;
    void *fresh = counted(__libc_realloc(p, size));
    if (fresh || !size) __atomic_sub_fetch(&live, old, __ATOMIC_RELAXED);
    return fresh;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(size, size) ? NULL : counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *p = aligned_alloc(alignment, size);
    if (!p) return ENOMEM;
    *out = p;
    return 0;
}

void free(void *p)
{
    if (p) __atomic_sub_fetch(&live, (long)malloc_usable_size(p), __ATOMIC_RELAXED);
    __libc_free(p);
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    /* A mapped file takes no memory that could be lacking. */
    if (file < 0 && fails(size, size)) return MAP_FAILED;
    __atomic_add_fetch(&live, (long)size, __ATOMIC_RELAXED);
    return next(at, size, protection, flags, file, offset);
}

int munmap(void *at, size_t size)
{
    static int (*next)(void *, size_t);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "munmap");
    __atomic_sub_fetch(&live, (long)size, __ATOMIC_RELAXED);
    return next(at, size);
}

/* ---- only what main() does counts ---- */

static int (*real_main)(int, char **, char **);

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int counted_main(int argc, char **argv, char **environment)
{
    const char *log = getenv("ALLOCATION_LOG");
    void *warm[4];
    fails_at = number("ALLOCATION_FAILS");
    stays = number("ALLOCATION_STAYS");
    limit = number("ALLOCATION_LIMIT");
    if (log) log_file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    backtrace(warm, 4); /* loads what it needs */
    dl_iterate_phdr(add_object, NULL);
    live = 0;
    counting = true;
    int code = real_main(argc, argv, environment);
    counting = false;
    if (log_file >= 0) flush_log();
    return code;
}

int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*next)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                void *);
    *(void **)&next = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = program;
    return next(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
