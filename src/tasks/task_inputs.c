/* Samples with several inputs: how one becomes the numbers that a model is given, and how a batch of these
 * becomes a feed. The inputs lie one behind the other, x first; one that a sample lacks is NaN throughout. */
#include <math.h>
#include <string.h>

#include "tasks/task.h"

const rc_layout *rc_task_layout(const rc_task *t, int k)
{
    return k ? &t->more[k - 1].layout : &t->layout;
}

/* Where input k begins in a sample, and in what is made of it; of the number of inputs: all. */
static int64_t raw_at(const rc_task *t, int k)
{
    int64_t at = 0;
    while (k-- > 0)
        at += rc_layout_size(rc_task_layout(t, k));
    return at;
}

int64_t rc_task_given_at(const rc_task *t, int k)
{
    int64_t at = 0;
    while (k-- > 0)
        at += rc_input_size(&rc_task_layout(t, k)->input);
    return at;
}

int64_t rc_task_raw(const rc_task *t)
{
    return raw_at(t, 1 + t->n_more);
}

int64_t rc_task_given(const rc_task *t)
{
    return rc_task_given_at(t, 1 + t->n_more);
}

int64_t rc_task_room(const rc_task *t)
{
    int64_t room = 0;
    for (int k = 0; k <= t->n_more; k++) {
        int64_t end = raw_at(t, k) + rc_layout_room(rc_task_layout(t, k));
        room = end > room ? end : room;
    }
    return room;
}

int64_t rc_task_input_at(const rc_task *t, int k, int64_t *n)
{
    if (n) *n = rc_layout_size(rc_task_layout(t, k));
    return raw_at(t, k);
}

const char *rc_task_input_name(const rc_task *t, int k)
{
    return k ? t->more[k - 1].name : "x";
}

/* ---- one sample ---- */

static void hide(const rc_task *t, int k, float *raw)
{
    int64_t n, at = rc_task_input_at(t, k, &n);
    for (int64_t i = 0; i < n; i++)
        raw[at + i] = NAN;
}

static unsigned present(const rc_task *t, const float *raw)
{
    unsigned is = 0;
    for (int k = 0; k <= t->n_more; k++) {
        int64_t n, at = rc_task_input_at(t, k, &n);
        if (!rc_input_is_absent(raw + at, n)) is |= 1u << k;
    }
    return is;
}

void rc__task_hide_inputs(const rc_task *t, const rc_augment *a, int64_t sample, float *raw)
{
    unsigned hidden = 0;
    if (a && a->hide > 0) {
        rc_rng rng = rc_rng_make(a->seed ^ (a->epoch * 0x9e3779b97f4a7c15u), "inputs", (uint64_t)sample);
        for (int k = 0; k <= t->n_more; k++)
            if (rc_rng_uniform(&rng) < a->hide) hidden |= 1u << k;
        if (!(present(t, raw) & ~hidden)) hidden = 0;
    }
    for (int k = 0; k <= t->n_more; k++)
        if ((hidden | t->without) >> k & 1) hide(t, k, raw);
}

/* From the last on, since what is laid out may take room behind it. */
void rc_task_prepare(const rc_task *t, const rc_augment *a, int64_t sample, float *raw, float *out)
{
    bool changes = a && a->what;
    rc_rng rng = {0};
    if (changes) rng = rc_rng_make(a->seed ^ (a->epoch * 0x9e3779b97f4a7c15u), "numbers", (uint64_t)sample);
    for (int k = t->n_more; k >= 0; k--) {
        const rc_layout *l = rc_task_layout(t, k);
        const int64_t *shape = l->x_shape;
        if (rc_input_size(&l->input) == 0) continue; /* texts before a plain predictor */
        float *x = raw + raw_at(t, k), *to = out + rc_task_given_at(t, k);
        if (t->n_more && rc_input_is_absent(x, rc_layout_size(l))) {
            for (int64_t i = 0; i < rc_input_size(&l->input); i++)
                to[i] = t->masks ? NAN : 0;
            continue;
        }
        rc_normaliser_encode(k ? &t->more[k - 1].nx : &t->nx, x);
        if (changes)
            rc_augment_sample(&rng, a->what, l->form, shape[0], shape[1], shape[2], x, raw + rc_task_room(t));
        rc_layout_apply(l, x, to);
    }
}

/* ---- a batch ---- */

/* Input k of n samples, in the first of them at x; of those that lack it zeros. */
static rc_feed feed_numbers(rc_graph *g, const rc_task *t, int k, int64_t n, const float *x, const bool *is)
{
    const rc_input *in = &rc_task_layout(t, k)->input;
    int64_t size = rc_input_size(in), all = rc_task_given(t), inputs = 1 + t->n_more;
    void *room;
    rc_status status = rc_graph_scratch(g, (size_t)(n * size) * sizeof(float), &room);
    if (status != RC_OK) return (rc_feed){.x = rc_graph_fail(g, status)};
    for (int64_t i = 0; i < n; i++) {
        float *to = (float *)room + i * size;
        if (is[i * inputs + k])
            memcpy(to, x + i * all, (size_t)size * sizeof *to);
        else
            memset(to, 0, (size_t)size * sizeof *to);
    }
    return (rc_feed){.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(in, n), room, false)};
}

/* Cut to the longest text of the batch. One that is not there is a token, whatever it may be. */
static void read_tokens(int64_t all, int64_t n, const float *x, int64_t stride, int32_t *ids, int32_t *length,
                        rc_token_batch *out)
{
    int64_t max = 1;
    for (int64_t i = 0; i < n; i++) {
        const float *from = x + i * stride;
        int32_t *row = ids + i * all;
        for (int64_t k = 0; k < all; k++)
            row[k] = isnan(from[k]) ? RC_NO_TOKEN : (int32_t)from[k];
        length[i] = (int32_t)rc_row_tokens(row, all);
        if (length[i] == 0) {
            row[0] = 0;
            length[i] = 1;
        }
        max = length[i] > max ? length[i] : max;
    }
    for (int64_t i = 1; i < n; i++)
        memmove(ids + i * max, ids + i * all, (size_t)max * sizeof *ids);
    *out = (rc_token_batch){.batch = n, .tokens = max, .ids = ids, .length = length};
}

rc_feed rc__task_feed_tokens(rc_graph *g, const rc_task *t, int k, int64_t n, const float *x, int64_t stride)
{
    rc_feed feed = {0};
    rc_token_batch batch;
    void *room = NULL;
    int64_t all = rc_task_layout(t, k)->input.length;
    rc_status status = rc_graph_scratch(g, (size_t)(n * (all + 1)) * sizeof(int32_t), &room);
    if (status == RC_OK) {
        int32_t *ids = room;
        read_tokens(all, n, x, stride, ids, ids + n * all, &batch);
        feed = rc_feed_tokens(g, &t->backbone, &batch);
    } else {
        (void)rc_graph_fail(g, status);
    }
    return feed;
}

static rc_feed feed_input(rc_graph *g, const rc_task *t, int k, int64_t n, const float *x, bool *is)
{
    const rc_input *in = &rc_task_layout(t, k)->input;
    int64_t all = rc_task_given(t);
    x += rc_task_given_at(t, k);
    for (int64_t i = 0; i < n; i++)
        is[i * (1 + t->n_more) + k] = !rc_input_is_absent(x + i * all, rc_input_size(in));
    return in->kind == RC_INPUT_TOKENS ? rc__task_feed_tokens(g, t, k, n, x, all)
                                       : feed_numbers(g, t, k, n, x, is);
}

rc_feed rc__task_feed_inputs(rc_graph *g, const rc_task *t, int64_t n, const float *x)
{
    void *room = NULL, *more = NULL;
    rc_feed feed = {0};
    rc_status status = rc_graph_scratch(g, (size_t)(n * (1 + t->n_more)) * sizeof(bool), &room);
    if (status == RC_OK) status = rc_graph_scratch(g, (size_t)t->n_more * sizeof(rc_feed), &more);
    if (status != RC_OK) return (rc_feed){.x = rc_graph_fail(g, status)};
    feed = feed_input(g, t, 0, n, x, room);
    for (int k = 1; k <= t->n_more; k++)
        ((rc_feed *)more)[k - 1] = feed_input(g, t, k, n, x, room);
    feed.more = more;
    feed.present = room;
    return feed;
}
