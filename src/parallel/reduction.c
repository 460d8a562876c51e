#include "parallel/reduction.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/bfloat16.h"
#include "base/memory.h"
#include "base/progress.h"
#include "parallel/link.h"
#include "parallel/shared_window.h"

enum { LANE = 16 };     /* parts of a range begin at multiples of it */
enum { BEGUN, SUMMED }; /* marks of a window: how many ranges */

/* A range on its way. */
typedef struct flight {
    struct flight *next;
    int64_t n, part; /* numbers; of this rank's part */
    float **node;    /* [nodes] */
    char *rounded;   /* [nodes, n] bfloat16, which travel in their place; NULL: they go themselves */
    char *room;      /* [max_nodes, size, part] as they travel: this rank's part of everybody's nodes */
    rc_plugin_request *request;
    int requests;
    int *counts;    /* what the transfers under way read: four rows of [size] for each request */
    int64_t number; /* in a window: ranges before it and this one */
    bool summed;    /* the parts are summed and on their way to all */
} flight;

struct rc_reduction {
    int64_t shards, first, end;
    rc_wire wire;
    int bytes;          /* of a number on its way */
    int *place, *joins; /* [end - first] */
    int blocks, nodes;
    int *nodes_of, *taken; /* [size]; taken: while summing */
    int max_nodes;         /* nodes of any rank */
    rc_pool *pool;
    flight *oldest, **last;
    int64_t sent;
    rc_window *window; /* NULL: ranges travel */
    int64_t stride;    /* in it: from node to node */
    int64_t begun;     /* ranges, in it */
};

/* ---- the tree ---- */

static int64_t middle(int64_t a, int64_t b)
{
    return a + (b - a + 1) / 2;
}

/* What of [a, b) lies in [first, end) in the order of its shards; `height` blocks are in use. place NULL:
 * only counted. */
static void walk(int64_t a, int64_t b, int64_t first, int64_t end, rc_reduction *plan, int *height)
{
    if (b <= first || a >= end) return;
    if (b - a == 1) {
        if (plan) plan->place[a - first] = *height;
        ++*height;
        if (plan && *height > plan->blocks) plan->blocks = *height;
        return;
    }
    walk(a, middle(a, b), first, end, plan, height);
    walk(middle(a, b), b, first, end, plan, height);
    if (a < first || b > end) return;
    --*height;
    if (plan) plan->joins[b - 1 - first]++;
}

static rc_status plan(rc_reduction *r)
{
    int64_t size = rc_parallel_size(), each = r->shards / size;
    rc_parallel_part(r->shards, rc_parallel_rank(), &r->first, &r->end);
    RC_TRY(RC_NEW(&r->place, each));
    RC_TRY(RC_NEW(&r->joins, each));
    RC_TRY(RC_NEW(&r->nodes_of, size));
    RC_TRY(RC_NEW(&r->taken, size));
    walk(0, r->shards, r->first, r->end, r, &r->nodes);
    for (int64_t i = 0; i < size; i++) {
        walk(0, r->shards, each * i, each * (i + 1), NULL, &r->nodes_of[i]);
        if (r->nodes_of[i] > r->max_nodes) r->max_nodes = r->nodes_of[i];
    }
    return RC_OK;
}

/* ---- life ---- */

static rc_status get_room(void *context, size_t bytes, void **out)
{
    (void)context;
    return rc_block_alloc(bytes, out);
}

static void put_room(void *context, void *block, size_t bytes)
{
    (void)context;
    rc_block_free(block, bytes);
}

rc_status rc_reduction_create(int64_t shards, rc_wire wire, rc_reduction **out)
{
    assert(shards % rc_parallel_size() == 0);
    RC_TRY(RC_NEW(out, 1));
    (*out)->shards = shards;
    (*out)->wire = wire;
    (*out)->bytes = wire == RC_WIRE_BF16 ? sizeof(uint16_t) : sizeof(float);
    (*out)->last = &(*out)->oldest;
    rc_status status = plan(*out);
    if (status == RC_OK)
        status = rc_pool_create((rc_pool_source){.get = get_room, .put = put_room}, &(*out)->pool);
    if (status != RC_OK) rc_reduction_destroy(out);
    return status;
}

static void free_flight(rc_reduction *r, flight *f)
{
    if (f->room) rc_pool_give(r->pool, f->room);
    if (f->rounded) rc_pool_give(r->pool, f->rounded);
    rc_free(f->node);
    rc_free(f->request);
    rc_free(f->counts);
    rc_free(f);
}

static flight *take_oldest(rc_reduction *r)
{
    flight *f = r->oldest;
    r->oldest = f->next;
    if (!r->oldest) r->last = &r->oldest;
    return f;
}

void rc_reduction_destroy(rc_reduction **reduction)
{
    rc_reduction *r = *reduction;
    if (!r) return;
    while (r->oldest)
        free_flight(r, take_oldest(r));
    rc_pool_destroy(&r->pool);
    rc__window_close(&r->window);
    rc_free(r->place);
    rc_free(r->joins);
    rc_free(r->nodes_of);
    rc_free(r->taken);
    rc_free(r);
    *reduction = NULL;
}

bool rc_reduction_is_last(const rc_reduction *r, int64_t shard)
{
    return shard == r->end - 1;
}

int rc_reduction_place(const rc_reduction *r, int64_t shard)
{
    return r->place[shard - r->first];
}

int rc_reduction_joins(const rc_reduction *r, int64_t shard)
{
    return r->joins[shard - r->first];
}

int rc_reduction_blocks(const rc_reduction *r)
{
    return r->blocks;
}

int rc_reduction_nodes(const rc_reduction *r)
{
    return r->nodes;
}

int rc_reduction_nodes_of(const rc_reduction *r, int64_t rank)
{
    return r->nodes_of[rank];
}

int64_t rc_reduction_sent(const rc_reduction *r)
{
    return r->sent;
}

/* ---- bfloat16 ---- */

static void narrow(int64_t n, const float *x, uint16_t *y)
{
#pragma omp parallel for simd
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_narrow(x[i]);
}

static void widen(int64_t n, const uint16_t *x, float *y)
{
#pragma omp parallel for simd
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_widen(x[i]);
}

static void round_in_place(int64_t n, float *x)
{
#pragma omp parallel for simd
    for (int64_t i = 0; i < n; i++)
        x[i] = rc_bfloat_round(x[i]);
}

static void add_rounded(int64_t n, const uint16_t *x, uint16_t *y)
{
#pragma omp parallel for simd
    for (int64_t i = 0; i < n; i++)
        y[i] = rc_bfloat_narrow(rc_bfloat_widen(x[i]) + rc_bfloat_widen(y[i]));
}

/* ---- a range ---- */

int64_t rc_reduction_part(int64_t n, int64_t rank)
{
    int64_t size = rc_parallel_size(), each = (n + size * LANE - 1) / (size * LANE) * LANE, at = each * rank;
    return at < n ? at : n;
}

static int64_t part_size(int64_t n, int64_t rank)
{
    return rc_reduction_part(n, rank + 1) - rc_reduction_part(n, rank);
}

/* What travels of node i. */
static void *going(const rc_reduction *r, const flight *f, int i)
{
    return f->rounded ? f->rounded + i * f->n * r->bytes : (char *)f->node[i];
}

/* Node i of everybody: the part of each rank to it. */
static rc_status scatter_node(rc_reduction *r, flight *f, int i)
{
    int64_t size = rc_parallel_size(), rank = rc_parallel_rank();
    int *n = f->counts + 4 * size * i, *at = n + size, *their_n = at + size, *their_at = their_n + size;
    for (int64_t q = 0; q < size; q++) {
        n[q] = i < r->nodes ? (int)part_size(f->n, q) : 0;
        at[q] = (int)rc_reduction_part(f->n, q);
        their_n[q] = i < r->nodes_of[q] ? (int)f->part : 0;
        their_at[q] = (int)((i * size + q) * f->part);
        if (q != rank) r->sent += (int64_t)n[q] * r->bytes;
    }
    const void *mine = going(r, f, i < r->nodes ? i : 0);
    return rc__link_check(
        rc__link()->exchange(mine, n, at, f->room, their_n, their_at, r->bytes, &f->request[f->requests++]));
}

static rc_status spread(rc_reduction *r, flight *f)
{
    int64_t size = rc_parallel_size();
    int *n = f->counts, *at = n + size;
    for (int64_t q = 0; q < size; q++) {
        n[q] = (int)part_size(f->n, q);
        at[q] = (int)rc_reduction_part(f->n, q);
    }
    r->sent += (size - 1) * f->part * r->bytes;
    f->requests = 1;
    return rc__link_check(rc__link()->spread(going(r, f, 0), n, at, r->bytes, &f->request[0]));
}

static rc_status scatter(rc_reduction *r, flight *f)
{
    int64_t size = rc_parallel_size();
    f->part = part_size(f->n, rc_parallel_rank());
    RC_TRY(RC_NEW(&f->request, r->max_nodes));
    RC_TRY(RC_NEW(&f->counts, 4 * size * r->max_nodes));
    void *room;
    RC_TRY(rc_pool_take(r->pool, (size_t)(r->max_nodes * size * f->part * r->bytes), &room));
    f->room = room;
    for (int i = 0; i < r->max_nodes; i++)
        RC_TRY(scatter_node(r, f, i));
    return RC_OK;
}

static rc_status round_nodes(rc_reduction *r, flight *f)
{
    void *rounded;
    RC_TRY(rc_pool_take(r->pool, (size_t)(r->nodes * f->n * r->bytes), &rounded));
    f->rounded = rounded;
    for (int i = 0; i < r->nodes; i++)
        narrow(f->n, f->node[i], going(r, f, i));
    return RC_OK;
}

rc_status rc_reduction_share(rc_reduction *r, int64_t n, float **room)
{
    RC_TRY(rc__window_open((size_t)(r->nodes * n) * sizeof **room, &r->window));
    r->stride = n;
    *room = r->window ? rc__window_part(r->window, rc_parallel_rank()) : NULL;
    return RC_OK;
}

/* As many bytes are read and written by others as would travel. */
static void begin_in_window(rc_reduction *r, flight *f)
{
    int64_t part = part_size(f->n, rc_parallel_rank());
    r->sent += (r->nodes * (f->n - part) + (rc_parallel_size() - 1) * part) * r->bytes;
    f->number = ++r->begun;
    rc__window_mark(r->window, BEGUN, f->number);
}

/* MPI counts in ints. All ranks find the same. */
static rc_status can_travel(const rc_reduction *r, int64_t n)
{
    int64_t padded = n + rc_parallel_size() * LANE;
    RC_CHECK(padded <= INT_MAX / r->max_nodes, RC_UNSUPPORTED,
             "the gradient of a parameter has %lld numbers and travels in %d such blocks, but MPI counts no "
             "further than %d; take fewer rows in its table, or ranks of one machine without "
             "RECRAFT_WINDOW=none%s",
             (long long)n, r->max_nodes, INT_MAX,
             r->max_nodes > 1 ? ", or 2, 4, 8, ... ranks with as many shards" : "");
    return RC_OK;
}

rc_status rc_reduction_begin(rc_reduction *r, int64_t n, float *const *node)
{
    flight *f;
    if (rc__link() && !r->window) RC_TRY(can_travel(r, n));
    RC_TRY(RC_NEW(&f, 1));
    *r->last = f;
    r->last = &f->next;
    f->n = n;
    RC_TRY(RC_NEW(&f->node, r->nodes));
    memcpy(f->node, node, (size_t)r->nodes * sizeof *node);
    if (r->window) {
        begin_in_window(r, f);
        return RC_OK;
    }
    if (r->wire == RC_WIRE_BF16 && !rc__link()) round_in_place(n, f->node[0]);
    if (r->wire == RC_WIRE_BF16 && rc__link()) RC_TRY(round_nodes(r, f));
    return rc__link() ? scatter(r, f) : RC_OK;
}

/* ---- its sum ---- */

static void add(int64_t n, const float *x, float *y)
{
#pragma omp parallel for simd
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

/* Of the shards [a, b): the number of the node that all are in. */
static rc_status climb(rc_reduction *r, int64_t a, int64_t b, rc_reduction_add adds, void *context,
                       int64_t *out)
{
    int64_t each = r->end - r->first, rank = a / each, left, right;
    if (b <= (rank + 1) * each) {
        *out = r->taken[rank]++ * rc_parallel_size() + rank;
        return RC_OK;
    }
    RC_TRY(climb(r, a, middle(a, b), adds, context, &left));
    RC_TRY(climb(r, middle(a, b), b, adds, context, &right));
    *out = left;
    return adds(context, right, left);
}

rc_status rc_reduction_tree(rc_reduction *r, rc_reduction_add adds, void *context)
{
    int64_t all;
    memset(r->taken, 0, (size_t)rc_parallel_size() * sizeof *r->taken);
    return climb(r, 0, r->shards, adds, context, &all);
}

typedef struct parts {
    const rc_reduction *r;
    const flight *f;
} parts;

/* Of two nodes, this rank's part. */
static rc_status add_parts(void *context, int64_t from, int64_t to)
{
    const parts *p = context;
    int64_t n = p->f->part;
    void *x = p->f->room + from * n * p->r->bytes, *y = p->f->room + to * n * p->r->bytes;
    if (p->r->wire == RC_WIRE_BF16)
        add_rounded(n, x, y);
    else
        add(n, x, y);
    return RC_OK;
}

static rc_status sum_part(rc_reduction *r, flight *f)
{
    char *all = going(r, f, 0);
    RC_TRY(rc_reduction_tree(r, add_parts, &(parts){r, f}));
    memcpy(all + rc_reduction_part(f->n, rc_parallel_rank()) * r->bytes, f->room,
           (size_t)(f->part * r->bytes));
    rc_pool_give(r->pool, f->room);
    f->room = NULL;
    f->summed = true;
    return spread(r, f);
}

/* ---- in a window ---- */

enum { CHUNK = 1024 }; /* numbers that are added up at a time, and stay near */

/* Some numbers of a range: this many, from here on in every node. */
typedef struct chunk {
    const rc_reduction *r;
    int64_t at, n;
    int64_t rank; /* whose nodes the walk over the tree is at */
    int node;     /* the next one */
} chunk;

static const float *next_node(chunk *c, int64_t rank)
{
    if (c->rank != rank) c->node = 0;
    c->rank = rank;
    return (const float *)rc__window_part(c->r->window, rank) + c->node++ * c->r->stride + c->at;
}

/* Of the shards [a, b): in room, or where it lies already. */
static const float *sum_chunk(chunk *c, int64_t a, int64_t b, float *room)
{
    const rc_reduction *r = c->r;
    bool rounds = r->wire == RC_WIRE_BF16;
    int64_t each = r->end - r->first, rank = a / each;
    if (b <= (rank + 1) * each) {
        const float *node = next_node(c, rank);
        for (int64_t i = 0; i < c->n && rounds; i++)
            room[i] = rc_bfloat_round(node[i]);
        return rounds ? room : node;
    }
    float other[CHUNK];
    const float *left = sum_chunk(c, a, middle(a, b), room), *right = sum_chunk(c, middle(a, b), b, other);
#pragma omp simd
    for (int64_t i = 0; i < c->n; i++)
        room[i] = left[i] + right[i];
#pragma omp simd
    for (int64_t i = 0; i < c->n * rounds; i++)
        room[i] = rc_bfloat_round(room[i]);
    return room;
}

/* Nobody else reads or writes this rank's part of any node. The sum goes to node 0 of all. */
static void sum_in_window(const rc_reduction *r, const flight *f)
{
    int64_t first = rc_reduction_part(f->n, rc_parallel_rank()),
            end = rc_reduction_part(f->n, rc_parallel_rank() + 1);
    int64_t at = f->node[0] - (const float *)rc__window_part(r->window, rc_parallel_rank());
#pragma omp parallel for schedule(static)
    for (int64_t i = first; i < end; i += CHUNK) {
        float room[CHUNK];
        chunk c = {.r = r, .at = at + i, .n = end - i < CHUNK ? end - i : CHUNK, .rank = -1};
        const float *sum = sum_chunk(&c, 0, r->shards, room);
        for (int64_t q = 0; q < rc_parallel_size(); q++)
            memcpy((float *)rc__window_part(r->window, q) + c.at, sum, (size_t)c.n * sizeof *sum);
    }
}

static void carry_on_in_window(rc_reduction *r, bool *done)
{
    for (flight *f = r->oldest; f && rc__window_reached(r->window, BEGUN, f->number); f = f->next) {
        if (f->summed) continue;
        sum_in_window(r, f);
        f->summed = true;
        rc__window_mark(r->window, SUMMED, f->number);
    }
    *done = rc__window_reached(r->window, SUMMED, r->oldest->number);
}

/* ---- carrying on ---- */

static rc_status is_through(flight *f, bool *through)
{
    int done = 1;
    while (f->requests > 0 && done) {
        RC_TRY(rc__link_check(rc__link()->test(&f->request[f->requests - 1], &done)));
        f->requests -= done;
    }
    *through = f->requests == 0;
    return RC_OK;
}

/* Ranges are summed in their order, so that all ranks spread them in the same. */
static rc_status carry_on(rc_reduction *r, bool *done)
{
    *done = false;
    for (flight *f = r->oldest; f; f = f->next) {
        bool through;
        RC_TRY(is_through(f, &through));
        if (!f->summed) return through ? sum_part(r, f) : RC_OK;
        if (f == r->oldest) *done = through;
    }
    return RC_OK;
}

rc_status rc_reduction_next(rc_reduction *r, bool wait, bool *done)
{
    *done = !rc__link();
    for (int64_t tries = 0; !*done; tries++) {
        if (r->window)
            carry_on_in_window(r, done);
        else
            RC_TRY(carry_on(r, done));
        if (*done || !wait) break;
        rc_clock_pause(tries);
    }
    if (!*done) return RC_OK;
    flight *f = take_oldest(r);
    if (f->rounded) widen(f->n, going(r, f, 0), f->node[0]);
    free_flight(r, f);
    return RC_OK;
}
