#include "devices/kernel_scratch.h"

#include "base/memory.h"

typedef struct rc__scratch_block {
    _Alignas(RC_ALIGNMENT) struct rc__scratch_block *next;
    int64_t size; /* floats behind this head */
} block;

/* A block that is too small is replaced. So there are no more blocks than there were calls at once. */
rc_status rc__scratch_take(rc__scratch *s, int64_t n, float **out)
{
    pthread_mutex_lock(&s->lock);
    block *b = s->idle;
    if (b) s->idle = b->next;
    pthread_mutex_unlock(&s->lock);
    if (!b || b->size < n) {
        rc_free(b);
        RC_TRY(rc_alloc_raw(1, sizeof *b + (size_t)n * sizeof **out, (void **)&b));
        b->size = n;
    }
    *out = (float *)(b + 1);
    return RC_OK;
}

void rc__scratch_give(rc__scratch *s, float *p)
{
    block *b = (block *)p - 1;
    pthread_mutex_lock(&s->lock);
    b->next = s->idle;
    s->idle = b;
    pthread_mutex_unlock(&s->lock);
}
