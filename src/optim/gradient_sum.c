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

/* What a place holds of a table's gradient: all of it; or n rows side by side at the beginning of its room,
 * and all others are zero. */
typedef struct table_part {
    bool whole;
    int64_t n;
    int32_t *row; /* [rows], ascending */
} table_part;

/* A table of embeddings, which is a range of its own. */
typedef struct table {
    int64_t rows, width;
    table_part *part;  /* [places] */
    int32_t *chosen;   /* [rows]: those that two or more parts have between them */
    rc_tensor touched; /* int32 [rows]: of the sum, for those who use it */
    bool whole;        /* the sum is given whole, since a shard's gradient was */
} table;

typedef struct range {
    int64_t at,
        n; /* in a block; with one number for each group behind the gradients: how many shards had one */
    int64_t going;  /* of these, so many travel: of a table by rows fewer, with its number behind them */
    int first, end; /* groups */
    int missing;    /* of these, not complete in the present shard */
    void **host;    /* [nodes]: while it is summed over the ranks */
    table *table;   /* NULL: other parameters */
} range;

struct rc_gradient_sum {
    rc_params *params;
    rc_wire wire;
    bool by_rows;
    rc_reduction *sum;
    rc_card_sum *cards; /* the ranges go from card to card, and by way of `sum` only who had them; NULL: all
                           goes through the host */
    char way[RC_CROSSING_WORDS];
    group *group;
    range *range;
    int groups, ranges;
    int *group_of;    /* by parameter */
    int *range_of;    /* by group */
    rc_tensor *block; /* by place */
    int shared;       /* of these the first lie in the reduction's room */
    float *had;       /* [places, groups]: shards of a block that had a gradient */
    int64_t total;    /* numbers of a block */
    int64_t shard;    /* the present one */
    int joined;       /* its ranges that are complete and joined */
    int sent_off;     /* ranges of the step that have gone to be summed over the ranks */
    int arrived;      /* of these, how many are summed */
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
static rc_status lay_out(rc_gradient_sum *s)
{
    rc_params *p = s->params;
    range *r = s->range;
    int64_t enough = range_size(p);
    for (int i = rc_params_count(p) - 1; i >= 0; i--) {
        const rc_param *e = rc_params_get(p, i);
        if (!e->trainable || e->group != i) continue;
        if (e->table) {
            r = next_range(s, r);
            RC_TRY(RC_NEW(&r->table, 1));
            *r->table = (table){.rows = e->shape.dim[0], .width = e->shape.dim[1]};
        }
        s->group_of[i] = s->groups;
        s->range_of[s->groups] = (int)(r - s->range);
        s->group[s->groups++] = (group){.param = i, .at = s->total, .size = group_size(p, i)};
        s->total = round_up(s->total + group_size(p, i));
        if (e->table || s->total - r->at >= enough) r = next_range(s, r);
    }
    next_range(s, r);
    return RC_OK;
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

static rc_status create_table(rc_gradient_sum *s, table *t)
{
    int places = rc_reduction_blocks(s->sum);
    RC_TRY(RC_NEW(&t->part, places));
    for (int i = 0; i < places; i++)
        RC_TRY(RC_NEW(&t->part[i].row, t->rows));
    RC_TRY(RC_NEW(&t->chosen, t->rows));
    return rc_tensor_create_zeroed(rc_params_value(s->params, 0).device, RC_DTYPE_I32, RC_SHAPE(t->rows),
                                   &t->touched);
}

/* Those that are summed over the ranks lie where all see them, if that can be. */
static rc_status create_blocks(rc_gradient_sum *s)
{
    rc_device *device = rc_params_value(s->params, 0).device;
    float *room;
    RC_TRY(RC_NEW(&s->block, rc_reduction_blocks(s->sum)));
    RC_TRY(rc_reduction_share(s->sum, device->is_host ? s->total : 0, &room));
    if (room) s->shared = rc_reduction_nodes(s->sum);
    for (int i = 0; i < s->shared; i++)
        s->block[i] = (rc_tensor){.data = room + i * s->total,
                                  .device = device,
                                  .dtype = RC_DTYPE_F32,
                                  .shape = RC_SHAPE(s->total)};
    for (int i = s->shared; i < rc_reduction_blocks(s->sum); i++)
        RC_TRY(rc_tensor_create_zeroed(device, RC_DTYPE_F32, RC_SHAPE(s->total), &s->block[i]));
    return RC_OK;
}

static rc_status create(rc_gradient_sum *s, int64_t shards)
{
    int count = rc_params_count(s->params);
    rc_params_lay_out_grads(s->params);
    RC_TRY(rc_reduction_create(shards, s->wire, &s->sum));
    RC_TRY(RC_NEW(&s->group_of, count));
    RC_TRY(RC_NEW(&s->range_of, count));
    RC_TRY(RC_NEW(&s->group, count));
    RC_TRY(RC_NEW(&s->range, count + 1));
    RC_TRY(lay_out(s));
    RC_CHECK(s->groups > 0, RC_CONFIG, "nothing to train: every parameter is frozen");
    for (int i = 0; i < s->ranges; i++) {
        RC_TRY(RC_NEW(&s->range[i].host, rc_reduction_nodes(s->sum)));
        if (s->range[i].table) RC_TRY(create_table(s, s->range[i].table));
    }
    RC_TRY(RC_NEW(&s->had, rc_reduction_blocks(s->sum) * s->groups));
    RC_TRY(create_blocks(s));
    return find_way(s, rc_params_value(s->params, 0).device);
}

rc_status rc_gradient_sum_create(rc_params *p, int64_t shards, rc_wire wire, bool by_rows,
                                 rc_gradient_sum **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->params = p;
    (*out)->wire = wire;
    /* With cards no row is asked for, so that bits are the same whatever way they take. */
    (*out)->by_rows = by_rows && !rc_params_value(p, 0).device->bridge;
    rc_status status = create(*out, shards);
    if (status != RC_OK) rc_gradient_sum_destroy(out);
    return status;
}

static void destroy_table(const rc_gradient_sum *s, table *t)
{
    if (!t) return;
    for (int i = 0; t->part && i < rc_reduction_blocks(s->sum); i++)
        rc_free(t->part[i].row);
    rc_free(t->part);
    rc_free(t->chosen);
    rc_tensor_destroy(&t->touched);
    rc_free(t);
}

void rc_gradient_sum_destroy(rc_gradient_sum **shards)
{
    rc_gradient_sum *s = *shards;
    if (!s) return;
    for (int i = 0; i < s->groups; i++) {
        rc_gradient *gradient = gradient_of(s, &s->group[i]);
        gradient->value.data = gradient->rows.data = gradient->touched.data = NULL;
    }
    *shards = NULL;
    /* A step has failed while ranges were under way: the transfers still read and write this memory, which is
     * left to the end of the process. */
    if (rc_parallel_size() > 1 && s->arrived < s->sent_off) return;
    for (int i = s->shared; s->block && i < rc_reduction_blocks(s->sum); i++)
        rc_tensor_destroy(&s->block[i]);
    for (int i = 0; s->range && i < rc_params_count(s->params); i++) {
        destroy_table(s, s->range[i].table);
        rc_free(s->range[i].host);
    }
    rc__card_sum_destroy(&s->cards);
    rc_reduction_destroy(&s->sum);
    rc_free(s->block);
    rc_free(s->had);
    rc_free(s->group_of);
    rc_free(s->range_of);
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

bool rc_gradient_sum_is_shared(const rc_gradient_sum *s)
{
    return s->shared > 0;
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
    s->joined = s->sent_off = s->arrived = 0;
    for (int i = 0; i < s->groups; i++)
        give_room(s, &s->group[i], place);
    for (int i = 0; i < s->ranges; i++)
        s->range[i].missing = s->range[i].end - s->range[i].first;
}

static float *had(const rc_gradient_sum *s, int place, const range *r)
{
    return s->had + place * s->groups + r->first;
}

static float *counts_of(const range *r, int node)
{
    return (float *)r->host[node] + r->going - (r->end - r->first);
}

/* ---- rows of a table ---- */

/* In place, from the last on: what holds the rows of p gets room for n, which are those of them in `all`
 * (NULL: all that there are) and new ones, which are zero. */
static void move_apart(const table *t, const table_part *p, int64_t n, const int32_t *all, float *room)
{
    size_t bytes = (size_t)t->width * sizeof *room;
    int64_t from = p->n;
    for (int64_t to = n - 1; to >= 0; to--) {
        bool there = from > 0 && p->row[from - 1] == (all ? all[to] : to);
        if (!there)
            memset(room + to * t->width, 0, bytes);
        else if (--from != to)
            memcpy(room + to * t->width, room + from * t->width, bytes);
    }
}

/* all NULL: the part becomes whole. */
static rc_status widen(const rc_gradient_sum *s, const range *r, int place, int64_t n, const int32_t *all)
{
    table *t = r->table;
    table_part *p = &t->part[place];
    rc_tensor room = part_of(s, place, r->at, n * t->width);
    void *host;
    if (p->n == n && all) return RC_OK;
    RC_TRY(rc_tensor_map_update(&room, &host));
    move_apart(t, p, n, all, host);
    rc_tensor_unmap(&room, host);
    if (all) memcpy(p->row, all, (size_t)n * sizeof *all);
    p->whole = !all;
    p->n = n;
    return RC_OK;
}

static rc_status make_whole(const rc_gradient_sum *s, const range *r, int place)
{
    return r->table->part[place].whole ? RC_OK : widen(s, r, place, r->table->rows, NULL);
}

/* The rows of either, in ascending order; returns how many they are. */
static int64_t unite(const table_part *a, const table_part *b, int32_t *out)
{
    int64_t n = 0;
    for (int64_t i = 0, j = 0; i < a->n || j < b->n; n++) {
        bool of_a = i < a->n && (j == b->n || a->row[i] <= b->row[j]);
        bool of_b = j < b->n && (i == a->n || b->row[j] <= a->row[i]);
        out[n] = of_a ? a->row[i] : b->row[j];
        i += of_a;
        j += of_b;
    }
    return n;
}

/* Makes two places hold the same rows, so many numbers. */
static rc_status match(const rc_gradient_sum *s, const range *r, int to, int from, int64_t *numbers)
{
    table *t = r->table;
    if (t->part[to].whole || t->part[from].whole) {
        RC_TRY(make_whole(s, r, to));
        *numbers = r->n;
        return make_whole(s, r, from);
    }
    int64_t n = unite(&t->part[to], &t->part[from], t->chosen);
    RC_TRY(widen(s, r, to, n, t->chosen));
    *numbers = n * t->width;
    return widen(s, r, from, n, t->chosen);
}

static bool is_zero(const float *row, int64_t width)
{
    for (int64_t k = 0; k < width; k++) {
        uint32_t bits;
        memcpy(&bits, row + k, sizeof bits);
        if (bits) return false;
    }
    return true;
}

/* Of a whole part the rows that are not zero. The walk over them costs less than to send all. */
static rc_status narrow(const rc_gradient_sum *s, const range *r, int place)
{
    const table *t = r->table;
    table_part *p = &t->part[place];
    int64_t width = t->width;
    rc_tensor room = part_of(s, place, r->at, t->rows * width);
    void *host;
    RC_TRY(rc_tensor_map_update(&room, &host));
    float *to = host;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < t->rows; k++)
        p->row[k] = is_zero((float *)host + k * width, width) ? -1 : (int32_t)k;
    p->n = 0;
    for (int64_t k = 0; k < t->rows; k++) {
        if (p->row[k] < 0) continue;
        if (p->n < k) memcpy(to + p->n * width, to + k * width, (size_t)width * sizeof *to);
        p->row[p->n++] = (int32_t)k;
    }
    p->whole = false;
    rc_tensor_unmap(&room, host);
    return RC_OK;
}

/* What a rank tells of a table: a bit for every row that it has, and whether it had all of one. */
static size_t bytes_told(const table *t)
{
    return (size_t)(t->rows + 7) / 8 + 1;
}

static void tell(const rc_gradient_sum *s, const table *t, unsigned char *own)
{
    own[bytes_told(t) - 1] = t->whole;
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++)
        for (int64_t k = 0; k < t->part[i].n; k++)
            own[t->part[i].row[k] / 8] |= (unsigned char)(1u << t->part[i].row[k] % 8);
}

/* The rows of any rank, in ascending order; returns how many they are. */
static int64_t list_rows(table *t, const unsigned char *all)
{
    int64_t n = 0, bytes = (int64_t)bytes_told(t);
    for (int64_t q = 0; q < rc_parallel_size(); q++)
        t->whole |= all[(q + 1) * bytes - 1];
    for (int64_t k = 0; k < t->rows; k++) {
        unsigned any = 0;
        for (int64_t q = 0; q < rc_parallel_size(); q++)
            any |= all[q * bytes + k / 8];
        if (any >> k % 8 & 1u) t->chosen[n++] = (int32_t)k;
    }
    return n;
}

static rc_status unite_ranks(rc_gradient_sum *s, table *t, int64_t *n)
{
    unsigned char *own, *all = NULL;
    RC_TRY(RC_NEW(&own, bytes_told(t)));
    tell(s, t, own);
    rc_status status = RC_NEW(&all, rc_parallel_size() * (int64_t)bytes_told(t));
    if (status == RC_OK) status = rc_parallel_gather(own, bytes_told(t), all);
    if (status == RC_OK) *n = list_rows(t, all);
    s->sent += (rc_parallel_size() - 1) * (int64_t)bytes_told(t);
    rc_free(own);
    rc_free(all);
    return status;
}

/* All nodes of all ranks get the same rows, unless they are too many to be worth it. Whether the sum is given
 * by rows depends on what the shards have, and not on who has them. */
static rc_status choose_rows(rc_gradient_sum *s, range *r)
{
    table *t = r->table;
    int nodes = rc_reduction_nodes(s->sum);
    int64_t n;
    t->whole = false;
    for (int i = 0; i < nodes; i++)
        t->whole |= t->part[i].whole;
    if (t->whole && rc_parallel_size() == 1) return RC_OK;
    for (int i = 0; i < nodes; i++)
        if (t->part[i].whole) RC_TRY(narrow(s, r, i));
    RC_TRY(unite_ranks(s, t, &n));
    bool all = 2 * n > t->rows;
    for (int i = 0; i < nodes; i++)
        RC_TRY(all ? make_whole(s, r, i) : widen(s, r, i, n, t->chosen));
    if (!all) r->going = n * t->width + 1;
    t->whole |= all;
    return RC_OK;
}

/* ---- a range ---- */

/* The shard's part of a range to those before it, as far as the tree has them. */
static rc_status join(rc_gradient_sum *s, const range *r)
{
    int place = rc_reduction_place(s->sum, s->shard);
    for (int k = rc_reduction_joins(s->sum, s->shard); k > 0; k--, place--) {
        int64_t n = r->n;
        if (r->table) RC_TRY(match(s, r, place - 1, place, &n));
        rc_tensor from = part_of(s, place, r->at, n), to = part_of(s, place - 1, r->at, n);
        if (s->wire == RC_WIRE_BF16)
            RC_LAUNCH(from.device, add_rounded, n, from.data, to.data);
        else
            RC_LAUNCH(from.device, axpy, n, 1.0f, from.data, to.data);
        for (int i = 0; i < r->end - r->first; i++)
            had(s, place - 1, r)[i] += had(s, place, r)[i];
    }
    return RC_OK;
}

/* ---- over the ranks ---- */

/* All rows of a table go, too: which of them were looked up the host would have to wait for. */
static rc_status send_across(rc_gradient_sum *s, range *r)
{
    if (r->table) r->table->whole = true;
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++)
        r->host[i] = had(s, i, r);
    RC_TRY(rc_reduction_begin(s->sum, r->end - r->first, (float *const *)r->host));
    return rc__card_sum_add(s->cards, s->block, r->at, r->n);
}

static rc_status send_off(rc_gradient_sum *s, range *r)
{
    r->going = r->n;
    if (r->table && !s->cards) RC_TRY(choose_rows(s, r));
    s->sent_off++; /* from here on a failure may leave transfers behind */
    if (s->cards) return send_across(s, r);
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++) {
        rc_tensor t = part_of(s, i, r->at, r->going);
        RC_TRY(rc_tensor_map_update(&t, &r->host[i]));
        for (int k = 0; k < r->end - r->first; k++)
            counts_of(r, i)[k] = had(s, i, r)[k];
    }
    return rc_reduction_begin(s->sum, r->going, (float *const *)r->host);
}

/* The rows that a table's sum has. */
static rc_status give_rows(rc_gradient_sum *s, const range *r, rc_gradient *gradient)
{
    const table *t = r->table;
    const table_part *p = &t->part[0];
    gradient->rows = part_of(s, 0, r->at, p->n * t->width);
    gradient->rows.shape = RC_SHAPE(p->n, t->width);
    gradient->touched = rc_tensor_rows(t->touched, 0, p->n);
    return rc_tensor_upload(&gradient->touched, p->row);
}

static rc_status hand_over(rc_gradient_sum *s, const range *r, const group *g)
{
    rc_gradient *gradient = gradient_of(s, g);
    rc_shape shape = gradient->value.shape;
    gradient->value = part_of(s, 0, g->at, g->size);
    gradient->value.shape = shape;
    gradient->ready = true;
    if (r->table && !r->table->whole) RC_TRY(give_rows(s, r, gradient));
    if (!s->sink) return RC_OK;
    rc_status status = s->sink(s->context, gradient);
    gradient->ready = false;
    gradient->rows.data = gradient->touched.data = NULL;
    return status;
}

static void take_back(rc_gradient_sum *s, range *r)
{
    for (int k = r->first; k < r->end; k++)
        had(s, 0, r)[k - r->first] = counts_of(r, 0)[k - r->first];
    for (int i = 0; i < rc_reduction_nodes(s->sum); i++) {
        rc_tensor t = part_of(s, i, r->at, r->going);
        rc_tensor_unmap(&t, r->host[i]);
    }
}

/* The oldest range is summed, or in line to be. */
static rc_status arrive(rc_gradient_sum *s)
{
    range *r = &s->range[s->arrived++];
    if (!s->cards) take_back(s, r);
    if (r->table && r->table->whole && !s->cards) RC_TRY(make_whole(s, r, 0));
    for (int k = r->first; k < r->end; k++)
        if (had(s, 0, r)[k - r->first] > 0) RC_TRY(hand_over(s, r, &s->group[k]));
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

/* What the shard has of a table; gradient NULL: nothing. */
static rc_status note_rows(const rc_gradient_sum *s, table *t, int place, const rc_gradient *gradient)
{
    table_part *p = &t->part[place];
    p->whole = gradient ? !gradient->rows.data : !s->by_rows;
    p->n = gradient && gradient->rows.data ? gradient->touched.shape.dim[0] : 0;
    return p->n > 0 ? rc_tensor_download(&gradient->touched, p->row) : RC_OK;
}

/* Ranges go in their order: all ranks send off the same. gradient NULL: there is none. */
static rc_status complete(rc_gradient_sum *s, group *g, const rc_gradient *gradient)
{
    int index = (int)(g - s->group), place = rc_reduction_place(s->sum, s->shard);
    range *own = &s->range[s->range_of[index]];
    if (own->table) RC_TRY(note_rows(s, own->table, place, gradient));
    g->complete = true;
    s->had[place * s->groups + index] = gradient != NULL;
    own->missing--;
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
    rc_tensor touched = gradient->touched; /* the walk's, even if the sum has been handed over by then */
    int count;
    RC_TRY(complete(s, &s->group[s->group_of[rc_params_group_of(s->params, gradient, &count)]], gradient));
    /* What is left as gradients is not yet to be marked as such: this walk has still to pass by. */
    rc_status status = is_last(s) && s->sink ? take(s, false) : RC_OK;
    gradient->touched = touched;
    return status;
}

/* What this walk has not passed by: from an earlier one of the shard, or nothing. */
static rc_status complete_rest(rc_gradient_sum *s)
{
    for (int i = 0; i < s->groups; i++) {
        group *g = &s->group[i];
        const rc_gradient *gradient = gradient_of(s, g);
        if (g->complete) continue;
        if (!gradient->ready && !(s->by_rows && s->range[s->range_of[i]].table))
            RC_LAUNCH(gradient->value.device, fill, g->size, 0.0f, gradient->value.data);
        RC_TRY(complete(s, g, gradient->ready ? gradient : NULL));
    }
    return RC_OK;
}

rc_status rc_gradient_sum_complete(rc_gradient_sum *s, rc_graph *g, rc_gradient_sink sink, void *context)
{
    s->sink = sink;
    s->context = context;
    if (g) RC_TRY(rc_graph_backward_into(g, s->by_rows, on_complete, s));
    RC_TRY(complete_rest(s));
    return is_last(s) ? take(s, true) : RC_OK;
}
