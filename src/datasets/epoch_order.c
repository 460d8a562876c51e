/* The order of samples in an epoch. */
#include "base/memory.h"
#include "datasets/dataset.h"
#include "formats/pieces.h"

void rc_epoch_order(uint64_t seed, int64_t epoch, int64_t n, int64_t *order)
{
    rc_rng rng = rc_rng_make(seed, "shuffle", (uint64_t)epoch);
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    rc_rng_shuffle(&rng, n, order);
}

/* Of a part that is there; an empty one has no arrays. */
static bool by_pieces(const rc_array *a)
{
    return a && a->pieces;
}

/* Where each block's samples begin, of those that have any: first [blocks + 1]. Rows of a part ascend. */
static int64_t find_blocks(const rc_part *p, int64_t size, int64_t *first)
{
    int64_t blocks = 0, last = -1;
    for (int64_t i = 0; i < p->n; i++) {
        int64_t block = (p->index ? p->index[i] : i) / size;
        if (block == last) continue;
        first[blocks++] = i;
        last = block;
    }
    first[blocks] = p->n;
    return blocks;
}

static void shuffle_windows(const rc_part *p, rc_rng *rng, int64_t blocks, const int64_t *first,
                            int64_t *block, int64_t *order)
{
    int64_t window = rc_pieces_window(p->x->pieces), at = 0;
    for (int64_t b = 0; b < blocks; b++)
        block[b] = b;
    rc_rng_shuffle(rng, blocks, block);
    for (int64_t from = 0; from < blocks; from += window) {
        int64_t begin = at;
        for (int64_t b = from; b < blocks && b < from + window; b++)
            for (int64_t i = first[block[b]]; i < first[block[b] + 1]; i++)
                order[at++] = i;
        rc_rng_shuffle(rng, at - begin, order + begin);
    }
}

bool rc_part_is_large(const rc_part *p)
{
    return by_pieces(p->x) || by_pieces(p->y);
}

rc_status rc_part_order(const rc_part *p, uint64_t seed, int64_t epoch, int64_t *order)
{
    int64_t *first, *block = NULL;
    if (!by_pieces(p->x)) {
        rc_epoch_order(seed, epoch, p->n, order);
        return RC_OK;
    }
    rc_rng rng = rc_rng_make(seed, "windows", (uint64_t)epoch);
    int64_t size = rc_pieces_block(p->x->pieces), max = p->x->shape.dim[0] / size + 1;
    RC_TRY(RC_NEW_RAW(&first, max + 1));
    rc_status status = RC_NEW_RAW(&block, max);
    if (status == RC_OK) shuffle_windows(p, &rng, find_blocks(p, size, first), first, block, order);
    rc_free(block);
    rc_free(first);
    return status;
}

rc_status rc_part_expect(const rc_part *p, const int64_t *order, int64_t first, int64_t n)
{
    if (by_pieces(p->x)) RC_TRY(rc_pieces_expect(p->x->pieces, order, first, n, p->index));
    return by_pieces(p->y) ? rc_pieces_expect(p->y->pieces, order, first, n, p->index) : RC_OK;
}
