/* The poison device: a rehearsal for a GPU. It computes as ref does, but its memory is its own: locked
 * outside kernels, so a host access through a device address stops the test; filled with NaN when new, so
 * what was never written shows; and mapped by copy, so a forgotten unmap loses the data. */
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices/ref.h"

typedef struct region {
    void *start;
    size_t size;
    struct region *next;
} region;

typedef struct memory {
    region *regions;
    pthread_mutex_t lock;
    int open_count;
} memory;

static size_t whole_pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page) / page * page;
}

static void protect_all(const memory *m, int access)
{
    for (region *r = m->regions; r; r = r->next)
        (void)mprotect(r->start, r->size, access);
}

static void enter(rc_device *d)
{
    memory *m = d->state;
    pthread_mutex_lock(&m->lock);
    if (m->open_count++ == 0) protect_all(m, PROT_READ | PROT_WRITE);
    pthread_mutex_unlock(&m->lock);
}

static void leave(rc_device *d)
{
    memory *m = d->state;
    pthread_mutex_lock(&m->lock);
    if (--m->open_count == 0) protect_all(m, PROT_NONE);
    pthread_mutex_unlock(&m->lock);
}

static void fill_nan(void *p, size_t bytes)
{
    float *x = p;
    for (size_t i = 0; i < bytes / sizeof *x; i++)
        x[i] = NAN;
    memset((char *)p + bytes / sizeof *x * sizeof *x, 0xff, bytes % sizeof *x);
}

static rc_status alloc_locked(rc_device *d, size_t bytes, void **out)
{
    region *r;
    memory *m = d->state;
    size_t size = whole_pages(bytes);
    RC_TRY(RC_NEW(&r, 1));
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        rc_free(r);
        return rc_fail(RC_MEMORY, "out of memory: %zu more bytes are not available", bytes);
    }
    fill_nan(p, size);
    enter(d);
    *r = (region){p, size, m->regions};
    m->regions = r;
    leave(d);
    *out = p;
    return RC_OK;
}

static rc_status alloc_zeroed_locked(rc_device *d, size_t bytes, void **out)
{
    RC_TRY(alloc_locked(d, bytes, out));
    enter(d);
    memset(*out, 0, bytes);
    leave(d);
    return RC_OK;
}

static void release_locked(rc_device *d, void *p, size_t bytes)
{
    memory *m = d->state;
    pthread_mutex_lock(&m->lock);
    for (region **at = &m->regions; *at; at = &(*at)->next) {
        region *r = *at;
        if (r->start != p) continue;
        *at = r->next;
        munmap(r->start, r->size);
        rc_free(r);
        break;
    }
    pthread_mutex_unlock(&m->lock);
}

static rc_status map_copy(rc_device *d, void *p, size_t bytes, bool read, bool write, void **host)
{
    RC_TRY(rc_alloc_raw(bytes, 1, host));
    if (read) {
        enter(d);
        memcpy(*host, p, bytes);
        leave(d);
    } else {
        fill_nan(*host, bytes);
    }
    return RC_OK;
}

static void unmap_copy(rc_device *d, void *p, size_t bytes, bool write, void *host)
{
    if (write) {
        enter(d);
        memcpy(p, host, bytes);
        leave(d);
    }
    fill_nan(host, bytes);
    rc_free(host);
}

static rc_status copy_inside(rc_device *d, void *dst, const void *src, size_t bytes)
{
    enter(d);
    if (bytes) memmove(dst, src, bytes);
    leave(d);
    return RC_OK;
}

rc_device *rc_device_poison(void)
{
    static rc_device device;
    static memory state = {.lock = PTHREAD_MUTEX_INITIALIZER};
    rc_device *ref = rc_device_ref();
#pragma omp critical(rc_device_poison)
    if (!device.name) {
        device.alloc = alloc_locked;
        device.alloc_zeroed = alloc_zeroed_locked;
        device.release = release_locked;
        device.map = map_copy;
        device.unmap = unmap_copy;
        device.copy = copy_inside;
        device.enter = enter;
        device.leave = leave;
        device.kernels = ref->kernels;
        device.state = &state;
        device.name = "poison";
    }
    return &device;
}
