#include "optim/gradient_sum.h"

#include <string.h>

#include "optim/card_sum.h"
#include "optim/crossing.h"

/* Bytes of a range, about. It is a sixteenth of all gradients, so that the first ranges travel while backward
 * is still at the others; but not so small that the beginning of a transfer costs more than its bytes. */
enum { SMALLEST_RANGE = 250 * 1000, LARGEST_RANGE = 25 * 1000 * 1000, RANGES = 16 };

/* Joined parameters, which have one gradient. */
typedef struct group {
    int param;        /* the first */
    int64_t at, size; /* in a block */
    bool complete;
} group;

typedef struct range {
    int64_t at,
        n; /* in a block; with one number for each group behind the gradients: how many shards had one */
    int first, end;       /* groups */
    int missing;          /* of these, not complete in the present shard */
    void **host;          /* [nodes]: while it is summed over the ranks */
    int64_t rows, width;  /* of a table, which is a range of its own; 0: of other parameters */
    int64_t *row, chosen; /* the rows that travel, while it is summed; NULL: all, as it lies */
    float **packed;       /* [nodes]: these rows, and the counts behind them */
} range;

struct rc_gradient_sum {
    rc_params *params;
    rc_wire wire;
    rc_reduction *sum;
    rc_card_sum *cards; /* the ranges go from card to card, and by way of `sum` only who had them; NULL: all
                           goes through the host */
    char way[RC_CROSSING_WORDS];
    group *group;
    range *range;
    int groups, ranges;
    int *group_of;    /* by parameter */
    rc_tensor *block; /* by place */
    float *had;       /* [places, groups]: shards of a block that had a gradient */
    int64_t total;    /* numbers of a block */
    int64_t shard;    /* the present one */
    int joined;       /* its ranges that are complete and joined */
    int arrived;      /* ranges of the step that are summed */
    int64_t sent;     /* bytes, to choose rows */
    rc_gradient_sink sink;
    void *context;
};

/* ---- where gradients lie ---- */

static int64_t round_up(int64_t n)
{
    const int64_t unit = RC_ALIGNMENT / (int64_t)sizeof(float);
    return (n + unit - 1) / unit * unit;
}

static int64_t group_size(rc_params *p, int first)
{
    int64_t size = 0;
    for (int i = first; i < rc_params_count(p) && rc_params_get(p, i)->group == first; i++)
        size += rc_params_get(p, i)->size;
    return size;
}

static void close_range(rc_gradient_sum *s, range *r)
{
    r->end = s->groups;
    s->total = round_up(s->total + r->end - r->first);
    r->n = s->total - r->at;
    s->ranges++;
}

/* Numbers of a range, about. */
static int64_t range_size(rc_params *p)
{
    int64_t total = 0, bytes;
    for (int i = 0; i < rc_params_count(p); i++)
        if (rc_params_get(p, i)->trainable) total += rc_params_get(p, i)->size;
    bytes = total * (int64_t)sizeof(float) / RANGES;
    if (bytes < SMALLEST_RANGE) bytes = SMALLEST_RANGE;
    if (bytes > LARGEST_RANGE) bytes = LARGEST_RANGE;
    return bytes / (int64_t)sizeof(float);
}

/* The next one begins behind it. */
static range *next_range(rc_gradient_sum *s, range *r)
{
    if (s->groups == r->first) return r;
    close_range(s, r++);
    r->first = s->groups;
    r->at = s->total;
    return r;
}

/* Backward completes the last parameters first. */
static void lay_out(rc_gradient_sum *s)
{
    rc_params *p = s->params;
    range *r = s->range;
    int64_t enough = range_size(p);
    for (int i = rc_params_count(p) - 1; i >= 0; i--) {
        const rc_param *e = rc_params_get(p, i);
        if (!e->trainable || e->group != i) continue;
        bool table = e->table && e->size * (int64_t)sizeof(float) >= SMALLEST_RANGE;
        if (table) r = next_range(s, r);
        if (table) r->rows = e->shape.dim[0];
        if (table) r->width = e->shape.dim[1];
        s->group_of[i] = s->groups;
        s->group[s->groups++] = (group){.param = i, .at = s->total, .size = group_size(p, i)};
        s->total = round_up(s->total + group_size(p, i));
        if (table || s->total - r->at >= enough) r = next_range(s, r);
    }
    next_range(s, r);
}

static rc_tensor part_of(const rc_gradient_sum *s, int place, int64_t at, int64_t n)
{
    rc_tensor t = s->block[place];
    t.data = (float *)t.data + at;
    t.shape = RC_SHAPE(n);
    return t;
}

static rc_gradient *gradient_of(rc_gradient_sum *s, const group *g)
{
    return &rc_params_get(s->params, g->param)->grad;
}

/* ---- life ---- */

static rc_status find_way(rc_gradient_sum *s, rc_device *device)
{
    bool crosses = false;
    int64_t longest = 0;
    if (rc_parallel_size() > 1) RC_TRY(rc__crossing_agree(device, &crosses, s->way));
    for (int i = 0; i < s->ranges; i++)
        if (s->range[i].n > longest) longest = s->range[i].n;
    return crosses ? rc__card_sum_create(device, s->sum, s->wire, longest, &s->cards) : RC_OK;
}

static rc_status create(rc_gradient_sum *s, int64_t shards)
{
    int count = rc_params_count(s->params);
    rc_params_lay_out_grads(s->params);
    RC_TRY(rc_reduction_create(shards, s->wire, &s->sum));
    RC_TRY(RC_NEW(&s->group_of, count));
    RC_TRY(RC_NEW(&s->group, count));
    RC_TRY(RC_NEW(&s->range, count + 1));
    lay_out(s);
    RC_CHECK(s->groups > 0, RC_CONFIG, "nothing to train: every parameter is frozen");
    for (int i = 0; i < s->ranges; i++) {
        RC_TRY(RC_NEW(&s->range[i].host, rc_reduction_nodes(s->sum)));
        RC_TRY(RC_NEW(&s->range[i].packed, rc_reduction_nodes(s->sum)));
    }
    int places = rc_reduction_blocks(s->sum);
    RC_TRY(RC_NEW(&s->had, places * s->groups));
    RC_TRY(RC_NEW(&s->block, places));
    rc_device *device = rc_params_value(s->params, 0).device;
    for (int i = 0; i < places; i++)
        RC_TRY(rc_tensor_create_zeroed(device, RC_DTYPE_F32, RC_SHAPE(s->total), &s->block[i]));
    return find_way(s, device);
}

rc_status rc_gradient_sum_create(rc_params *p, int64_t shards, rc_wire wire, rc_gradient_sum **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->params = p;
    (*out)->wire = wire;
    rc_status status = create(*out, shards);
    if (status != RC_OK) rc_gradient_sum_destroy(out);
    return status;
}

static void unpack(rc_gradient_sum *s, range *r)
{
    for (int i = 0; r->packed && i < rc_reduction_nodes(s->sum); i++) {
        rc_free(r->packed[i]);
        r->packed[i] = NULL;
    }
    rc_free(r->row);
    r->row = NULL;
}

void rc_gradient_sum_destroy(rc_gradient_sum **shards)
{
    rc_gradient_sum *s = *shards;
    if (!s) return;
    for (int i = 0; i < s->groups; i++)
        gradient_of(s, &s->group[i])->value.data = NULL;
    *shards = NULL;
    /* A step has failed while ranges were under way: the transfers still read and write this memory, which is
     * left to the end of the process. */
    if (rc_parallel_size() > 1 && s->arrived < s->joined) return;
    for (int i = 0; s->block && i < rc_reduction_blocks(s->sum); i++)
        rc_tensor_destroy(&s->block[i]);
    for (int i = 0; i < s->ranges; i++) {
        unpack(s, &s->range[i]);
        rc_free(s->range[i].host);
        rc_free(s->range[i].packed);
    }
    rc__card_sum_destroy(&s->cards);
    rc_reduction_destroy(&s->sum);
    rc_free(s->block);
    rc_free(s->had);
    rc_free(s->group_of);
    rc_free(s->group);
    rc_free(s->range);
    rc_free(s);
}

int64_t rc_gradient_sum_sent(const rc_gradient_sum *s)
{
    return rc_reduction_sent(s->sum) + s->sent + (s->cards ? rc__card_sum_sent(s->cards) : 0);
}

const char *rc_gradient_sum_way(const rc_gradient_sum *s, bool *crosses)
{
    *crosses = s->cards != NULL;
    return s->way;
}

/* ---- a shard ---- */

static void give_room(rc_gradient_sum *s, group *g, int place)
{
    rc_gradient *gradient = gradient_of(s, g);
    g->complete = false;
    *gradient = (rc_gradient){.value = part_of(s, place, g->at, g->size), .table = gradient->table};
}

void rc_gradient_sum_begin(rc_gradient_sum *s, int64_t shard)
{
    int place = rc_reduction_place(s->sum, shard);
    s->shard = shard;
    s->joined = s->arrived = 0;
    for (int i = 0; i < s->groups; i++)
        give_room(s, &s->group[i], place);
    for (int i = 0; i < s->ranges; i++)
        s->range[i].missing = s->range[i].end - s->range[i].first;
}

static float *had(const rc_gradient_sum *s, int place, const range *r)
{
    return s->had + place * s->groups + r->first;
}

/* The shard's part of a range to those before it, as far as the tree has them. */
static rc_status join(rc_gradient_sum *s, const range *r)
{
    int place = rc_reduction_place(s->sum, s->shard);
    for (int k = rc_reduction_joins(s->sum, s->shard); k > 0; k--, place--) {
        rc_tensor from = part_of(s, place, r->at, r->n), to = part_of(s, place - 1, r->at, r->n);
        if (s->wire == RC_WIRE_BF16)
            RC_LAUNCH(from.device, add_rounded, r->n, from.data, to.data);
        else
            RC_LAUNCH(from.device, axpy, r->n, 1.0f, from.data, to.data);
        for (int i = 0; i < r->end - r->first; i++)
            had(s, place - 1, r)[i] += had(s, place, r)[i];
    }
    return RC_OK;
}

static float *counts_of(const range *r, int node)
{
    return (float *)r->host[node] + r->n - (r->end - r->first);
}

/* ---- rows of a table ---- */

static bool is_zero(const float *row, int64_t width)
{
    for (int64_t k = 0; k < width; k++) {
        uint32_t bits;
        memcpy(&bits, row + k, sizeof bits);
        if (bits) return false;
    }
    return true;
}

/* A bit for every row: has this rank something there? The walk over a node costs less than to send it. */
static void find_rows(const rc_gradient_sum *s, const range *r, int64_t bytes, unsigned char *own)
{
    int64_t width = r->width;
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++) {
        const float *node = r->host[i];
#pragma omp parallel for schedule(static)
        for (int64_t b = 0; b < bytes; b++)
            for (int64_t k = 8 * b; k < 8 * b + 8 && k < r->rows; k++)
                if (!is_zero(node + k * width, width)) own[b] |= (unsigned char)(1u << (k - 8 * b));
    }
}

/* Those of any rank, in ascending order. */
static void list_rows(range *r, int64_t bytes, const unsigned char *all)
{
    r->chosen = 0;
    for (int64_t k = 0; k < r->rows; k++) {
        unsigned any = 0;
        for (int64_t q = 0; q < rc_parallel_size(); q++)
            any |= all[q * bytes + k / 8];
        if (any >> k % 8 & 1u) r->row[r->chosen++] = k;
    }
}

/* r->row stays NULL where they are too many to be worth it. */
static rc_status choose_rows(rc_gradient_sum *s, range *r)
{
    int64_t ranks = rc_parallel_size(), bytes = (r->rows + 7) / 8;
    unsigned char *own, *all = NULL;
    RC_TRY(RC_NEW(&own, bytes));
    find_rows(s, r, bytes, own);
    rc_status status = RC_NEW(&all, ranks * bytes);
    if (status == RC_OK) status = RC_NEW(&r->row, r->rows);
    if (status == RC_OK) status = rc_parallel_gather(own, (size_t)bytes, all);
    if (status == RC_OK) list_rows(r, bytes, all);
    s->sent += (ranks - 1) * bytes;
    rc_free(own);
    rc_free(all);
    if (2 * r->chosen > r->rows) unpack(s, r);
    return status;
}

static rc_status pack(rc_gradient_sum *s, range *r)
{
    int64_t width = r->width;
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++) {
        const float *node = r->host[i];
        RC_TRY(RC_NEW_RAW(&r->packed[i], r->chosen * width + 1));
        for (int64_t k = 0; k < r->chosen; k++)
            memcpy(r->packed[i] + k * width, node + r->row[k] * width, (size_t)width * sizeof *node);
        r->packed[i][r->chosen * width] = *counts_of(r, i);
    }
    return RC_OK;
}

/* Back to their places; all other rows of the sum are zero already. */
static void put_back(range *r)
{
    float *node = r->host[0];
    int64_t width = r->width;
    for (int64_t k = 0; k < r->chosen; k++)
        memcpy(node + r->row[k] * width, r->packed[0] + k * width, (size_t)width * sizeof *node);
    *counts_of(r, 0) = r->packed[0][r->chosen * width];
}

/* ---- over the ranks ---- */

/* All rows of a table go, too: which of them were looked up the host would have to wait for. */
static rc_status send_across(rc_gradient_sum *s, range *r)
{
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++)
        r->host[i] = had(s, i, r);
    RC_TRY(rc_reduction_begin(s->sum, r->end - r->first, (float *const *)r->host));
    return rc__card_sum_add(s->cards, s->block, r->at, r->n);
}

static rc_status send_off(rc_gradient_sum *s, range *r)
{
    if (s->cards) return send_across(s, r);
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++) {
        rc_tensor t = part_of(s, i, r->at, r->n);
        RC_TRY(rc_tensor_map_update(&t, &r->host[i]));
        for (int k = 0; k < r->end - r->first; k++)
            counts_of(r, i)[k] = had(s, i, r)[k];
    }
    if (r->rows > 0 && rc_parallel_size() > 1) RC_TRY(choose_rows(s, r));
    if (!r->row) return rc_reduction_begin(s->sum, r->n, (float *const *)r->host);
    RC_TRY(pack(s, r));
    return rc_reduction_begin(s->sum, r->chosen * r->width + 1, r->packed);
}

static rc_status hand_over(rc_gradient_sum *s, const group *g)
{
    rc_gradient *gradient = gradient_of(s, g);
    rc_shape shape = gradient->value.shape;
    gradient->value = part_of(s, 0, g->at, g->size);
    gradient->value.shape = shape;
    gradient->ready = true;
    if (!s->sink) return RC_OK;
    rc_status status = s->sink(s->context, gradient);
    gradient->ready = false;
    return status;
}

static void take_back(rc_gradient_sum *s, range *r)
{
    if (r->row) put_back(r);
    unpack(s, r);
    for (int k = r->first; k < r->end; k++)
        had(s, 0, r)[k - r->first] = counts_of(r, 0)[k - r->first];
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++) {
        rc_tensor t = part_of(s, i, r->at, r->n);
        rc_tensor_unmap(&t, r->host[i]);
    }
}

/* The oldest range is summed, or in line to be. */
static rc_status arrive(rc_gradient_sum *s)
{
    range *r = &s->range[s->arrived++];
    if (!s->cards) take_back(s, r);
    for (int k = r->first; k < r->end; k++)
        if (had(s, 0, r)[k - r->first] > 0) RC_TRY(hand_over(s, &s->group[k]));
    return RC_OK;
}

static rc_status take(rc_gradient_sum *s, bool wait)
{
    for (bool done = true; s->arrived < s->joined && done;) {
        RC_TRY(rc_reduction_next(s->sum, wait, &done));
        if (done) RC_TRY(arrive(s));
    }
    return RC_OK;
}

static bool is_last(const rc_gradient_sum *s)
{
    return rc_reduction_is_last(s->sum, s->shard);
}

/* Ranges go in their order: all ranks send off the same. */
static rc_status complete(rc_gradient_sum *s, group *g, bool has)
{
    int index = (int)(g - s->group);
    g->complete = true;
    s->had[rc_reduction_place(s->sum, s->shard) * s->groups + index] = has;
    for (int i = s->joined; i < s->ranges; i++)
        s->range[i].missing -= index >= s->range[i].first && index < s->range[i].end;
    while (s->joined < s->ranges && s->range[s->joined].missing == 0) {
        range *r = &s->range[s->joined++];
        RC_TRY(join(s, r));
        if (is_last(s)) RC_TRY(send_off(s, r));
    }
    return RC_OK;
}

static rc_status on_complete(void *context, rc_gradient *gradient)
{
    rc_gradient_sum *s = context;
    int count;
    RC_TRY(complete(s, &s->group[s->group_of[rc_params_group_of(s->params, gradient, &count)]], true));
    /* What is left as gradients is not yet to be marked as such: this walk has still to pass by. */
    return is_last(s) && s->sink ? take(s, false) : RC_OK;
}

/* What this walk has not passed by: from an earlier one of the shard, or nothing. */
static rc_status complete_rest(rc_gradient_sum *s)
{
    for (int i = 0; i < s->groups; i++) {
        group *g = &s->group[i];
        const rc_gradient *gradient = gradient_of(s, g);
        if (g->complete) continue;
        bool has = gradient->ready;
        if (!has) RC_LAUNCH(gradient->value.device, fill, g->size, 0.0f, gradient->value.data);
        RC_TRY(complete(s, g, has));
    }
    return RC_OK;
}

rc_status rc_gradient_sum_complete(rc_gradient_sum *s, rc_graph *g, rc_gradient_sink sink, void *context)
{
    s->sink = sink;
    s->context = context;
    if (g) RC_TRY(rc_graph_backward_into(g, false, on_complete, s));
    RC_TRY(complete_rest(s));
    return is_last(s) ? take(s, true) : RC_OK;
}
