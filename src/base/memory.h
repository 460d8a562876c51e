/* base/memory.h: all memory of the library comes from here.
 *
 * rc_alloc and friends are the system allocator with checked sizes, counted, and able to fail on
 * purpose in tests. rc_arena is a bump allocator for many small things that die together. rc_pool
 * hands out and takes back large aligned blocks within one step of training; once it has seen the
 * largest step it never asks the system again. */
#ifndef RC_BASE_MEMORY_H
#define RC_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum { RC_ALIGNMENT = 64 };

/* count * size bytes, zeroed, aligned to RC_ALIGNMENT. A zero request yields a valid pointer. */
rc_status rc_alloc(size_t count, size_t size, void **out) RC_MUST_CHECK;
/* As rc_alloc without the zeroing, for blocks that are written before they are read. */
rc_status rc_alloc_raw(size_t count, size_t size, void **out) RC_MUST_CHECK;
/* Grow or shrink; the first min(old, new) bytes are kept. *p may be NULL. */
rc_status rc_realloc(size_t old_bytes, size_t new_bytes, void **p) RC_MUST_CHECK;
void rc_free(void *p);
/* The same for the large blocks of a device: memory counts as used only once it is touched, lies on huge
 * pages, and goes back to the system at once. bytes as at the allocation. */
rc_status rc_block_alloc(size_t bytes, void **out) RC_MUST_CHECK;
/* The same filled with zeros, which costs nothing where the system gives zeros anyway. */
rc_status rc_block_alloc_zeroed(size_t bytes, void **out) RC_MUST_CHECK;
/* Take the whole pages in [p, p + bytes), a part of a block, off huge pages: what is written here and there
 * then costs small ones. */
void rc_block_scatter(void *p, size_t bytes);
void rc_block_free(void *p, size_t bytes);
/* Can `bytes` be had now? For calls into libraries that crash when an allocation of their own fails: what
 * they may need is asked for first, and given back for them to take. Nothing is promised: another thread may
 * be faster, and what a library needs is an estimate. `whom` is for the message. */
rc_status rc_memory_ask(size_t bytes, const char *whom) RC_MUST_CHECK;
/* A copy of a string. */
rc_status rc_strdup(const char *text, char **out) RC_MUST_CHECK;

/* RC_NEW(&p, n): n zeroed elements of *p's type. */
#define RC_NEW(out, count) rc_alloc((size_t)(count), sizeof **(out), (void **)(out))
#define RC_NEW_RAW(out, count) rc_alloc_raw((size_t)(count), sizeof **(out), (void **)(out))

/* Number of system allocations so far (all threads): equal before and after = nothing allocated. */
uint64_t rc_alloc_count(void);
/* Test hook: the k-th allocation from now (1 = the next) fails; 0 switches it off. */
void rc_alloc_fail_at(uint64_t k);

/* a * b and a + b for sizes that come from files; false on overflow. */
bool rc_mul_size(size_t a, size_t b, size_t *out);
bool rc_add_size(size_t a, size_t b, size_t *out);

/* ---- arena ---- */
typedef struct rc_arena rc_arena;
rc_status rc_arena_create(rc_arena **out) RC_MUST_CHECK;
void rc_arena_destroy(rc_arena **arena);
/* Zeroed bytes, valid until the next reset. */
rc_status rc_arena_alloc(rc_arena *arena, size_t bytes, void **out) RC_MUST_CHECK;
/* Forget everything; memory is kept, and joined to one block if it had grown to several. */
void rc_arena_reset(rc_arena *arena);

/* ---- pool ---- */
typedef struct rc_pool rc_pool;
/* get and put obtain and release the pool's large blocks (a device's memory). */
typedef struct rc_pool_source {
    rc_status (*get)(void *context, size_t bytes, void **out);
    void (*put)(void *context, void *block, size_t bytes);
    void *context;
    bool dear; /* what is not written to takes memory, too */
} rc_pool_source;
rc_status rc_pool_create(rc_pool_source source, rc_pool **out) RC_MUST_CHECK;
void rc_pool_destroy(rc_pool **pool);
rc_status rc_pool_take(rc_pool *pool, size_t bytes, void **out) RC_MUST_CHECK;
void rc_pool_give(rc_pool *pool, void *p);
/* Take back everything; blocks are kept, and joined to one if there were several. */
void rc_pool_reset(rc_pool *pool);
/* Largest number of bytes in use at once since creation. */
size_t rc_pool_peak(const rc_pool *pool);

#endif
