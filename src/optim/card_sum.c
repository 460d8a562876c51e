#include "optim/card_sum.h"

enum { PIECE = 1 << 23 }; /* numbers at once: a large table is cut, so that room for it is not wanted twice */

struct rc_card_sum {
    rc_device *device;
    rc_reduction *reduction;
    rc_wire wire;
    size_t bytes;      /* of a number on its way */
    int max_nodes;     /* of any rank */
    rc_tensor room;    /* [max_nodes, size, part] as they travel: this rank's part of everybody's nodes */
    rc_tensor rounded; /* [nodes, n] bfloat16, which travel in the place of the nodes */
    char **going;      /* [nodes]: what travels of the piece in hand */
    int64_t n, part;   /* of it: numbers; of this rank's part */
    rc_bridge_move *move;
    int64_t moves, sent;
};

rc_status rc__card_sum_create(rc_device *d, rc_reduction *r, rc_wire wire, int64_t longest, rc_card_sum **out)
{
    int64_t size = rc_parallel_size(), n = longest < PIECE ? longest : PIECE;
    rc_card_sum *s;
    RC_TRY(RC_NEW(out, 1));
    s = *out;
    *s = (rc_card_sum){.device = d, .reduction = r, .wire = wire};
    s->bytes = wire == RC_WIRE_BF16 ? sizeof(uint16_t) : sizeof(float);
    for (int64_t q = 0; q < size; q++)
        if (rc_reduction_nodes_of(r, q) > s->max_nodes) s->max_nodes = rc_reduction_nodes_of(r, q);
    rc_dtype type = wire == RC_WIRE_BF16 ? RC_DTYPE_BF16 : RC_DTYPE_F32;
    int64_t part = rc_reduction_part(n, 1); /* none is larger than the first */
    rc_status status = RC_NEW(&s->move, s->max_nodes * size);
    if (status == RC_OK) status = RC_NEW(&s->going, rc_reduction_nodes(r));
    if (status == RC_OK) status = rc_tensor_create(d, type, RC_SHAPE(s->max_nodes * size * part), &s->room);
    if (status == RC_OK && wire == RC_WIRE_BF16)
        status = rc_tensor_create(d, type, RC_SHAPE(rc_reduction_nodes(r) * n), &s->rounded);
    if (status != RC_OK) rc__card_sum_destroy(out);
    return status;
}

void rc__card_sum_destroy(rc_card_sum **sum)
{
    rc_card_sum *s = *sum;
    if (!s) return;
    rc_tensor_destroy(&s->room);
    rc_tensor_destroy(&s->rounded);
    rc_free(s->going);
    rc_free(s->move);
    rc_free(s);
    *sum = NULL;
}

int64_t rc__card_sum_sent(const rc_card_sum *s)
{
    return s->sent;
}

/* ---- moves ---- */

/* The part of a rank, in what travels of node i. */
static char *part_in(const rc_card_sum *s, int64_t i, int64_t rank)
{
    return s->going[i] + rc_reduction_part(s->n, rank) * (int64_t)s->bytes;
}

static size_t part_bytes(const rc_card_sum *s, int64_t rank)
{
    return (size_t)(rc_reduction_part(s->n, rank + 1) - rc_reduction_part(s->n, rank)) * s->bytes;
}

/* This rank's part of node i of rank q. Its own stays where it is. */
static char *place(const rc_card_sum *s, int64_t i, int64_t q)
{
    int64_t size = rc_parallel_size();
    if (q == rc_parallel_rank()) return part_in(s, i, q);
    return (char *)s->room.data + (i * size + q) * s->part * (int64_t)s->bytes;
}

static void plan(rc_card_sum *s, rc_bridge_move m)
{
    if (m.with == rc_parallel_rank() || (m.mine_bytes == 0 && m.their_bytes == 0)) return;
    s->move[s->moves++] = m;
    s->sent += (int64_t)m.mine_bytes;
}

static rc_status move_all(rc_card_sum *s)
{
    int64_t n = s->moves;
    s->moves = 0;
    return n > 0 ? s->device->bridge->exchange(s->device, n, s->move) : RC_OK;
}

/* Of every node each rank's part to it. */
static rc_status scatter(rc_card_sum *s)
{
    int64_t rank = rc_parallel_rank(), own = rc_reduction_nodes(s->reduction);
    for (int64_t i = 0; i < s->max_nodes; i++)
        for (int64_t q = 0; q < rc_parallel_size(); q++) {
            rc_bridge_move m = {.with = q};
            if (i < own) m.mine = part_in(s, i, q);
            if (i < own) m.mine_bytes = part_bytes(s, q);
            if (i < rc_reduction_nodes_of(s->reduction, q)) m.theirs = place(s, i, q);
            if (m.theirs) m.their_bytes = part_bytes(s, rank);
            plan(s, m);
        }
    return move_all(s);
}

static rc_status spread(rc_card_sum *s)
{
    int64_t rank = rc_parallel_rank();
    for (int64_t q = 0; q < rc_parallel_size(); q++)
        plan(s, (rc_bridge_move){q, part_in(s, 0, rank), part_in(s, 0, q), part_bytes(s, rank),
                                 part_bytes(s, q)});
    return move_all(s);
}

/* ---- sums ---- */

static rc_status add_parts(void *context, int64_t from, int64_t to)
{
    const rc_card_sum *s = context;
    int64_t size = rc_parallel_size();
    void *x = place(s, from / size, from % size), *y = place(s, to / size, to % size);
    if (s->wire == RC_WIRE_BF16)
        RC_LAUNCH(s->device, add_narrow, s->part, x, y);
    else
        RC_LAUNCH(s->device, axpy, s->part, 1.0f, x, y);
    return RC_OK;
}

static rc_status round_nodes(rc_card_sum *s, int64_t at, const rc_tensor *block)
{
    for (int i = 0; i < rc_reduction_nodes(s->reduction); i++) {
        s->going[i] = (char *)s->rounded.data + i * s->n * (int64_t)s->bytes;
        RC_LAUNCH(s->device, narrow, s->n, (const float *)block[i].data + at,
                  (uint16_t *)(void *)s->going[i]);
    }
    return RC_OK;
}

static rc_status add_piece(rc_card_sum *s, const rc_tensor *block, int64_t at, int64_t n)
{
    rc_device *d = s->device;
    int64_t rank = rc_parallel_rank();
    s->n = n;
    s->part = rc_reduction_part(n, rank + 1) - rc_reduction_part(n, rank);
    for (int i = 0; i < rc_reduction_nodes(s->reduction); i++)
        s->going[i] = (char *)((float *)block[i].data + at);
    if (s->wire == RC_WIRE_BF16) RC_TRY(round_nodes(s, at, block));
    RC_TRY(scatter(s));
    RC_TRY(rc_reduction_tree(s->reduction, add_parts, s));
    /* The tree ends in the first node of rank 0. */
    if (rank > 0 && s->part > 0) RC_TRY(d->copy(d, part_in(s, 0, rank), place(s, 0, 0), part_bytes(s, rank)));
    RC_TRY(spread(s));
    if (s->wire == RC_WIRE_BF16)
        RC_LAUNCH(d, widen, n, (const uint16_t *)(void *)s->going[0], (float *)block[0].data + at);
    return RC_OK;
}

rc_status rc__card_sum_add(rc_card_sum *s, const rc_tensor *block, int64_t at, int64_t n)
{
    for (int64_t done = 0; done < n; done += PIECE)
        RC_TRY(add_piece(s, block, at + done, n - done < PIECE ? n - done : PIECE));
    return RC_OK;
}
