#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/spill.h"

/* ---- the system allocator ---- */

static atomic_uint_least64_t allocations, fail_countdown;

enum { HUGE_PAGE = 2 << 20, PIECE = 4 << 20 };

uint64_t rc_alloc_count(void)
{
    return atomic_load(&allocations);
}

void rc_alloc_fail_at(uint64_t k)
{
    atomic_store(&fail_countdown, k);
}

bool rc_mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

bool rc_add_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static bool fails_on_purpose(void)
{
    uint64_t left = atomic_load(&fail_countdown);
    if (left == 0) return false;
    return atomic_fetch_sub(&fail_countdown, 1) == 1;
}

static rc_status out_of_memory(size_t bytes)
{
    return rc_fail(RC_MEMORY, "out of memory: %zu more bytes are not available", bytes);
}

/* zeros: does it hold nothing else already? */
static rc_status take(size_t count, size_t size, void **out, bool *zeros)
{
    size_t bytes;
    *out = NULL;
    if (!rc_mul_size(count, size, &bytes) || bytes > SIZE_MAX / 2) return out_of_memory(SIZE_MAX / 2);
    if (fails_on_purpose()) return out_of_memory(bytes);
    void *p = rc__spill_get(bytes);
    *zeros = p;
    if (!p && posix_memalign(&p, RC_ALIGNMENT, bytes ? bytes : 1) != 0) return out_of_memory(bytes);
    atomic_fetch_add(&allocations, 1);
    *out = p;
    return RC_OK;
}

rc_status rc_alloc_raw(size_t count, size_t size, void **out)
{
    bool zeros;
    return take(count, size, out, &zeros);
}

rc_status rc_alloc(size_t count, size_t size, void **out)
{
    bool zeros;
    RC_TRY(take(count, size, out, &zeros));
    if (!zeros) memset(*out, 0, count * size);
    return RC_OK;
}

/* Of blocks that lie in files no more than a piece is in memory at a time. */
static void copy(char *to, const char *from, size_t bytes)
{
    for (size_t at = 0, n; at < bytes; at += n) {
        n = bytes - at < PIECE ? bytes - at : PIECE;
        memcpy(to + at, from + at, n);
        if (at + n < bytes) rc_spill_rest();
    }
}

rc_status rc_realloc(size_t old_bytes, size_t new_bytes, void **p)
{
    void *fresh;
    RC_TRY(rc_alloc_raw(1, new_bytes, &fresh));
    if (*p) copy(fresh, *p, old_bytes < new_bytes ? old_bytes : new_bytes);
    rc_free(*p);
    *p = fresh;
    return RC_OK;
}

void rc_free(void *p)
{
    if (!rc__spill_free(p)) free(p);
}

rc_status rc_memory_ask(size_t bytes, const char *whom)
{
    void *volatile p = fails_on_purpose() ? NULL : malloc(bytes); /* volatile: else the compiler drops it */
    RC_CHECK(p, RC_MEMORY, "out of memory: %s may need %zu bytes more", whom, bytes);
    free(p);
    return RC_OK;
}

/* ---- blocks ---- */

/* A mapping that starts on a huge page: one that is too long, with its ends cut off. */
static void *map_aligned(size_t bytes)
{
    size_t length = bytes + HUGE_PAGE;
    char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
    if (before) munmap(p, before);
    if (before < HUGE_PAGE) munmap(p + before + bytes, HUGE_PAGE - before);
    return p + before;
}

static size_t whole_huge_pages(size_t bytes)
{
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

rc_status rc_block_alloc(size_t bytes, void **out)
{
    if (bytes < HUGE_PAGE) return rc_alloc_raw(bytes, 1, out);
    *out = NULL;
    if (bytes > SIZE_MAX / 2 || fails_on_purpose()) return out_of_memory(bytes);
    *out = map_aligned(whole_huge_pages(bytes));
    if (!*out) return out_of_memory(bytes);
    /* Fewer page faults and TLB misses, on the first and every later touch. */
    (void)madvise(*out, whole_huge_pages(bytes), MADV_HUGEPAGE);
    atomic_fetch_add(&allocations, 1);
    return RC_OK;
}

rc_status rc_block_alloc_zeroed(size_t bytes, void **out)
{
    if (bytes < HUGE_PAGE) return rc_alloc(bytes, 1, out);
    return rc_block_alloc(bytes, out); /* fresh pages are zero */
}

void rc_block_scatter(void *p, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)p + page - 1) / page * page, end = ((uintptr_t)p + bytes) / page * page;
    /* Small blocks lie in the allocator's memory, and are on no huge page of their own. */
    if (bytes < HUGE_PAGE || first >= end) return;
    (void)madvise((void *)first, end - first, MADV_NOHUGEPAGE);
}

void rc_block_free(void *p, size_t bytes)
{
    if (bytes < HUGE_PAGE)
        rc_free(p);
    else if (p)
        munmap(p, whole_huge_pages(bytes));
}

rc_status rc_strdup(const char *text, char **out)
{
    size_t n = strlen(text) + 1;
    RC_TRY(RC_NEW_RAW(out, n));
    memcpy(*out, text, n);
    return RC_OK;
}
