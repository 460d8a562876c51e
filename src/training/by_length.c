#include "training/by_length.h"

#include <stdlib.h>

#include "base/memory.h"

enum { WINDOW = 50 };

rc_status rc_count_tokens(const rc_dataset *d, const rc_part *p, int32_t **out)
{
    RC_TRY(RC_NEW_RAW(out, p->n));
    for (int64_t i = 0; i < p->n; i++)
        (*out)[i] = (int32_t)rc_part_tokens(p, d, i);
    return RC_OK;
}

typedef struct text {
    int32_t tokens;
    int64_t at, sample;
} text;

/* Of equals the earlier. */
static int longest_first(const void *a, const void *b)
{
    const text *x = a, *y = b;
    if (x->tokens != y->tokens) return x->tokens > y->tokens ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void order_window(const int32_t *tokens, int64_t n, int64_t batch, rc_rng *rng, text *room,
                         int64_t *order)
{
    int64_t place[WINDOW], full = n / batch;
    for (int64_t i = 0; i < n; i++)
        room[i] = (text){tokens[order[i]], i, order[i]};
    qsort(room, (size_t)n, sizeof *room, longest_first);
    for (int64_t b = 0; b < full; b++)
        place[b] = b;
    rc_rng_shuffle(rng, full, place);
    for (int64_t i = 0; i < n; i++)
        order[i] = room[i / batch < full ? place[i / batch] * batch + i % batch : i].sample;
}

rc_status rc_order_by_length(const int32_t *tokens, int64_t n, int64_t batch, rc_rng rng, int64_t *order)
{
    int64_t window = WINDOW * batch;
    text *room;
    RC_TRY(RC_NEW(&room, window < n ? window : n));
    for (int64_t first = 0; first < n; first += window)
        order_window(tokens, n - first < window ? n - first : window, batch, &rng, room, order + first);
    rc_free(room);
    return RC_OK;
}
