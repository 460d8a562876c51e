/* A best-fit allocator with coalescing over blocks of device memory. The device's memory may not be readable
 * by the host, so the book-keeping is beside it: a table of spans, each block's in address order as a linked
 * list of table entries. The table grows in early steps and never again. */
#include <assert.h>
#include <string.h>

#include "base/memory.h"

typedef struct span {
    char *start;
    size_t size;
    int previous, next; /* neighbours in the same block, -1: none; next also chains unused entries */
    bool used;
} span;

typedef struct block {
    void *start;
    size_t size;
} block;

struct rc_pool {
    rc_pool_source source;
    block *blocks;
    int n_blocks, blocks_capacity;
    span *spans;
    int n_spans, spans_capacity, unused; /* unused: head of the list of free table entries */
    size_t in_use, peak, joined;         /* joined: the peak when the blocks were last joined */
};

enum { MIN_BLOCK = 1 << 20, DEAR_PARTS = 32 };

rc_status rc_pool_create(rc_pool_source source, rc_pool **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->source = source;
    (*out)->unused = -1;
    return RC_OK;
}

static void release_blocks(rc_pool *p)
{
    for (int i = 0; i < p->n_blocks; i++)
        p->source.put(p->source.context, p->blocks[i].start, p->blocks[i].size);
    p->n_blocks = 0;
}

void rc_pool_destroy(rc_pool **pool)
{
    if (!*pool) return;
    release_blocks(*pool);
    rc_free((*pool)->blocks);
    rc_free((*pool)->spans);
    rc_free(*pool);
    *pool = NULL;
}

size_t rc_pool_peak(const rc_pool *p)
{
    return p->peak;
}

/* ---- the tables ---- */

static rc_status grow(void **table, int *capacity, size_t item)
{
    int more = *capacity ? 2 * *capacity : 256;
    RC_TRY(rc_realloc((size_t)*capacity * item, (size_t)more * item, table));
    *capacity = more;
    return RC_OK;
}

static rc_status new_span(rc_pool *p, int *out)
{
    if (p->unused >= 0) {
        *out = p->unused;
        p->unused = p->spans[p->unused].next;
        return RC_OK;
    }
    if (p->n_spans == p->spans_capacity) RC_TRY(grow((void **)&p->spans, &p->spans_capacity, sizeof(span)));
    *out = p->n_spans++;
    return RC_OK;
}

static void drop_span(rc_pool *p, int i)
{
    p->spans[i].start = NULL;
    p->spans[i].next = p->unused;
    p->unused = i;
}

static size_t total(const rc_pool *p)
{
    size_t sum = 0;
    for (int i = 0; i < p->n_blocks; i++)
        sum += p->blocks[i].size;
    return sum;
}

static rc_status add_block(rc_pool *p, size_t size)
{
    int s;
    void *start;
    if (p->n_blocks == p->blocks_capacity)
        RC_TRY(grow((void **)&p->blocks, &p->blocks_capacity, sizeof(block)));
    RC_TRY(new_span(p, &s));
    rc_status status = p->source.get(p->source.context, size, &start);
    if (status != RC_OK) {
        drop_span(p, s);
        return status;
    }
    p->blocks[p->n_blocks++] = (block){start, size};
    p->spans[s] = (span){.start = start, .size = size, .previous = -1, .next = -1};
    return RC_OK;
}

/* ---- taking and giving ---- */

static int best_fit(const rc_pool *p, size_t size)
{
    int best = -1;
    for (int i = 0; i < p->n_spans; i++) {
        const span *s = &p->spans[i];
        if (!s->start || s->used || s->size < size) continue;
        if (best < 0 || s->size < p->spans[best].size ||
            (s->size == p->spans[best].size && s->start < p->spans[best].start))
            best = i;
    }
    return best;
}

static rc_status split(rc_pool *p, int i, size_t size)
{
    if (p->spans[i].size == size) return RC_OK;
    int rest;
    RC_TRY(new_span(p, &rest));
    span *s = &p->spans[i];
    p->spans[rest] = (span){.start = s->start + size, .size = s->size - size, .previous = i, .next = s->next};
    if (s->next >= 0) p->spans[s->next].previous = rest;
    s->next = rest;
    s->size = size;
    return RC_OK;
}

/* Each block is as large as all before it, so that the first step, whose needs are not yet known, is served
 * from a few blocks with room to join free spans, and not from one block for every tensor. Dear ones are a
 * small part of all before. */
static rc_status add_room(rc_pool *p, size_t size)
{
    size_t ample = p->source.dear ? total(p) / DEAR_PARTS : total(p);
    if (ample < MIN_BLOCK) ample = MIN_BLOCK;
    if (ample > size && add_block(p, ample) == RC_OK) return RC_OK;
    return add_block(p, size);
}

rc_status rc_pool_take(rc_pool *p, size_t bytes, void **out)
{
    size_t size = (bytes ? bytes + RC_ALIGNMENT - 1 : RC_ALIGNMENT) / RC_ALIGNMENT * RC_ALIGNMENT;
    int i = best_fit(p, size);
    if (i < 0) {
        RC_TRY(add_room(p, size));
        i = best_fit(p, size);
    }
    assert(i >= 0);
    RC_TRY(split(p, i, size));
    p->spans[i].used = true;
    p->in_use += size;
    if (p->in_use > p->peak) p->peak = p->in_use;
    *out = p->spans[i].start;
    return RC_OK;
}

/* Join span i with the one behind it when both are free. */
static void join(rc_pool *p, int i)
{
    span *s = &p->spans[i];
    int next = s->next;
    if (next < 0 || s->used || p->spans[next].used) return;
    s->size += p->spans[next].size;
    s->next = p->spans[next].next;
    if (s->next >= 0) p->spans[s->next].previous = i;
    drop_span(p, next);
}

void rc_pool_give(rc_pool *p, void *memory)
{
    for (int i = 0; i < p->n_spans; i++) {
        span *s = &p->spans[i];
        if (s->start != memory || !s->used) continue;
        s->used = false;
        p->in_use -= s->size;
        int previous = s->previous;
        join(p, i);
        if (previous >= 0) join(p, previous);
        return;
    }
    assert(!"memory that is not the pool's");
}

/* Of one block in place of several: as much as all had. Of dear memory it is what was in use at once; if that
 * is no more than it was last time, free spans lie apart, and all is needed. */
static size_t joint_size(rc_pool *p)
{
    bool suffices = p->source.dear && p->peak > p->joined;
    size_t size = suffices ? p->peak : total(p);
    p->joined = p->peak;
    return size > p->blocks[0].size ? size : p->blocks[0].size;
}

void rc_pool_reset(rc_pool *p)
{
    bool several = p->n_blocks > 1;
    size_t size = several ? joint_size(p) : 0;
    if (several) release_blocks(p);
    p->n_spans = 0;
    p->unused = -1;
    p->in_use = 0;
    if (several) {
        /* Failing here is no harm: the next take tries again and can report. */
        (void)add_block(p, size);
    } else if (p->n_blocks == 1) {
        p->spans[0] =
            (span){.start = p->blocks[0].start, .size = p->blocks[0].size, .previous = -1, .next = -1};
        p->n_spans = 1;
    }
}
