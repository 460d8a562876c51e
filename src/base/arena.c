/* A bump allocator over a chain of blocks. */
#include <string.h>

#include "base/memory.h"

typedef struct block {
    struct block *next;
    size_t size, used;
    /* the bytes follow, at the next multiple of RC_ALIGNMENT */
} block;

struct rc_arena {
    block *first; /* newest */
};

enum { MIN_BLOCK = 64 << 10, HEADER = (sizeof(block) + RC_ALIGNMENT - 1) / RC_ALIGNMENT * RC_ALIGNMENT };

static rc_status add_block(rc_arena *a, size_t size)
{
    block *b;
    RC_TRY(rc_alloc_raw(1, HEADER + size, (void **)&b));
    *b = (block){.next = a->first, .size = size};
    a->first = b;
    return RC_OK;
}

static void free_blocks(rc_arena *a)
{
    while (a->first) {
        block *next = a->first->next;
        rc_free(a->first);
        a->first = next;
    }
}

rc_status rc_arena_create(rc_arena **out)
{
    return RC_NEW(out, 1);
}

void rc_arena_destroy(rc_arena **arena)
{
    if (!*arena) return;
    free_blocks(*arena);
    rc_free(*arena);
    *arena = NULL;
}

rc_status rc_arena_alloc(rc_arena *a, size_t bytes, void **out)
{
    size_t size = (bytes + RC_ALIGNMENT - 1) / RC_ALIGNMENT * RC_ALIGNMENT;
    if (!a->first || a->first->size - a->first->used < size)
        RC_TRY(add_block(a, size > MIN_BLOCK ? size : MIN_BLOCK));
    *out = (char *)a->first + HEADER + a->first->used;
    a->first->used += size;
    memset(*out, 0, bytes);
    return RC_OK;
}

void rc_arena_reset(rc_arena *a)
{
    size_t total = 0;
    for (block *b = a->first; b; b = b->next)
        total += b->size;
    if (a->first && a->first->next) {
        free_blocks(a);
        /* Failing here is no harm: the next alloc tries again and can report. */
        (void)add_block(a, total);
    }
    if (a->first) a->first->used = 0;
}
