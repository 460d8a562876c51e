/* The inputs of a sample: how they become what a model is given, and how a batch of these becomes a feed.
 * They lie one behind the other, x first: numbers, and beside them the token ids of texts. Of several, one
 * that a sample lacks is NaN throughout; a text that it lacks has no token. */
#include <math.h>
#include <string.h>

#include "tasks/task.h"

const rc_layout *rc_task_layout(const rc_task *t, int k)
{
    return k ? &t->more[k - 1].layout : &t->layout;
}

static bool is_text(const rc_task *t, int k)
{
    return rc_task_layout(t, k)->form == RC_FORM_TEXTS;
}

/* What input k has: numbers as the data have them, numbers as the model is given them, token ids. */
static int64_t raw_of(const rc_task *t, int k)
{
    return is_text(t, k) ? 0 : rc_layout_size(rc_task_layout(t, k));
}

static int64_t given_of(const rc_task *t, int k)
{
    return is_text(t, k) ? 0 : rc_input_size(&rc_task_layout(t, k)->input);
}

/* A plain predictor reads texts alone, not beside other inputs. */
static int64_t ids_of(const rc_task *t, int k)
{
    return is_text(t, k) ? rc_input_size(&rc_task_layout(t, k)->input) : 0;
}

/* Of the inputs before input k; of the number of inputs: of all. */
static int64_t before(const rc_task *t, int k, int64_t (*of)(const rc_task *, int))
{
    int64_t sum = 0;
    while (k-- > 0)
        sum += of(t, k);
    return sum;
}

int64_t rc_task_raw(const rc_task *t)
{
    return before(t, 1 + t->n_more, raw_of);
}

int64_t rc_task_given(const rc_task *t)
{
    return before(t, 1 + t->n_more, given_of);
}

int64_t rc_task_ids(const rc_task *t)
{
    return before(t, 1 + t->n_more, ids_of);
}

int64_t rc_task_room(const rc_task *t)
{
    int64_t room = 0;
    for (int k = 0; k <= t->n_more; k++) {
        int64_t end = before(t, k, raw_of) + (is_text(t, k) ? 0 : rc_layout_room(rc_task_layout(t, k)));
        room = end > room ? end : room;
    }
    return room;
}

int64_t rc_task_input_at(const rc_task *t, int k, int64_t *n)
{
    if (n) *n = raw_of(t, k);
    return before(t, k, raw_of);
}

int64_t rc_task_given_at(const rc_task *t, int k)
{
    return before(t, k, given_of);
}

int64_t rc_task_ids_at(const rc_task *t, int k, int64_t *n)
{
    if (n) *n = ids_of(t, k);
    return before(t, k, ids_of);
}

const char *rc_task_input_name(const rc_task *t, int k)
{
    return k ? t->more[k - 1].name : "x";
}

/* ---- one sample ---- */

void rc_task_read(const rc_task *t, const rc_part *part, int64_t i, float *raw, int32_t *ids)
{
    for (int k = 0; k <= t->n_more; k++) {
        if (!is_text(t, k)) rc_part_read(part, t->data, k, i, raw + before(t, k, raw_of));
        if (ids_of(t, k) > 0) rc_part_ids(part, t->data, k, i, ids + before(t, k, ids_of));
    }
}

static void hide(const rc_task *t, int k, float *raw, int32_t *ids)
{
    int64_t numbers = raw_of(t, k), tokens = ids_of(t, k);
    raw += before(t, k, raw_of);
    ids += before(t, k, ids_of);
    for (int64_t i = 0; i < numbers; i++)
        raw[i] = NAN;
    for (int64_t i = 0; i < tokens; i++)
        ids[i] = RC_NO_TOKEN;
}

static unsigned present(const rc_task *t, const float *raw, const int32_t *ids)
{
    unsigned is = 0;
    for (int k = 0; k <= t->n_more; k++) {
        bool there = is_text(t, k) ? ids_of(t, k) > 0 && ids[before(t, k, ids_of)] != RC_NO_TOKEN
                                   : !rc_input_is_absent(raw + before(t, k, raw_of), raw_of(t, k));
        if (there) is |= 1u << k;
    }
    return is;
}

void rc__task_hide_inputs(const rc_task *t, const rc_augment *a, int64_t sample, float *raw, int32_t *ids)
{
    unsigned hidden = 0;
    if (a && a->hide > 0) {
        rc_rng rng = rc_rng_make(a->seed ^ (a->epoch * 0x9e3779b97f4a7c15u), "inputs", (uint64_t)sample);
        for (int k = 0; k <= t->n_more; k++)
            if (rc_rng_uniform(&rng) < a->hide) hidden |= 1u << k;
        if (!(present(t, raw, ids) & ~hidden)) hidden = 0;
    }
    for (int k = 0; k <= t->n_more; k++)
        if ((hidden | t->without) >> k & 1) hide(t, k, raw, ids);
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
        if (is_text(t, k)) continue;
        float *x = raw + before(t, k, raw_of), *to = out + before(t, k, given_of);
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

void rc_task_prepare_rows(const rc_task *t, int64_t n, const float *raw, float *room, float *out)
{
    int64_t size = rc_task_raw(t), given = rc_task_given(t);
    for (int64_t i = 0; i < n; i++) {
        memcpy(room, raw + i * size, (size_t)size * sizeof *room);
        rc_task_prepare(t, NULL, 0, room, out + i * given);
    }
}

/* Which inputs each of n samples has [n, inputs]. */
static void note_present(const rc_task *t, int64_t n, const rc_given *in, bool *is)
{
    int64_t numbers = rc_task_given(t), tokens = rc_task_ids(t);
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k <= t->n_more; k++)
            *is++ = is_text(t, k)
                        ? in->ids[i * tokens + before(t, k, ids_of)] != RC_NO_TOKEN
                        : !rc_input_is_absent(in->x + i * numbers + before(t, k, given_of), given_of(t, k));
}

/* Input k of n samples; of those that lack it zeros. */
static rc_feed feed_numbers(rc_graph *g, const rc_task *t, int k, int64_t n, const rc_given *in,
                            const bool *is)
{
    int64_t size = given_of(t, k), all = rc_task_given(t), inputs = 1 + t->n_more;
    const float *x = in->x + before(t, k, given_of);
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
    rc_shape shape = rc_input_shape(&rc_task_layout(t, k)->input, n);
    return (rc_feed){.x = rc_graph_input(g, RC_DTYPE_F32, shape, room, false)};
}

/* Rows of `all` ids, `stride` apart, cut to the longest text of the batch. One that is not there is a token,
 * whatever it may be. */
static void cut_tokens(int64_t all, bool uncut, int64_t n, const int32_t *from, int64_t stride, int32_t *ids,
                       int32_t *length, rc_token_batch *out)
{
    int64_t max = uncut ? all : 1;
    for (int64_t i = 0; i < n; i++) {
        length[i] = (int32_t)rc_row_tokens(from + i * stride, all);
        max = length[i] > max ? length[i] : max;
    }
    for (int64_t i = 0; i < n; i++) {
        memcpy(ids + i * max, from + i * stride, (size_t)max * sizeof *ids);
        if (length[i] > 0) continue;
        ids[i * max] = 0;
        length[i] = 1;
    }
    *out = (rc_token_batch){.batch = n, .tokens = max, .ids = ids, .length = length};
}

static rc_feed feed_tokens(rc_graph *g, const rc_task *t, int k, int64_t n, const rc_given *in)
{
    rc_token_batch batch;
    void *room = NULL;
    int64_t all = ids_of(t, k);
    rc_status status = rc_graph_scratch(g, (size_t)(n * (all + 1)) * sizeof(int32_t), &room);
    if (status != RC_OK) {
        (void)rc_graph_fail(g, status);
        return (rc_feed){0};
    }
    int32_t *ids = room;
    cut_tokens(all, t->uncut, n, in->ids + before(t, k, ids_of), rc_task_ids(t), ids, ids + n * all, &batch);
    return rc_feed_tokens(g, &t->backbone, &batch);
}

static rc_feed feed_inputs(rc_graph *g, const rc_task *t, int64_t n, const rc_given *in)
{
    void *room = NULL, *more = NULL;
    rc_feed feed = {0};
    rc_status status = rc_graph_scratch(g, (size_t)(n * (1 + t->n_more)) * sizeof(bool), &room);
    if (status == RC_OK) status = rc_graph_scratch(g, (size_t)t->n_more * sizeof(rc_feed), &more);
    if (status != RC_OK) return (rc_feed){.x = rc_graph_fail(g, status)};
    note_present(t, n, in, room);
    for (int k = 0; k <= t->n_more; k++) {
        rc_feed *to = k ? (rc_feed *)more + k - 1 : &feed;
        *to = is_text(t, k) ? feed_tokens(g, t, k, n, in) : feed_numbers(g, t, k, n, in, room);
    }
    feed.more = more;
    feed.present = room;
    return feed;
}

rc_feed rc_task_feed(rc_graph *g, const rc_task *t, int64_t n, const rc_given *in)
{
    if (t->n_more) return feed_inputs(g, t, n, in);
    if (is_text(t, 0)) return feed_tokens(g, t, 0, n, in);
    return (rc_feed){.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&t->layout.input, n), in->x, false)};
}

void rc_spread_rows(float *rows, int64_t n, int64_t have, int64_t want)
{
    for (int64_t i = n - 1; i >= 0 && have < want; i--) {
        memmove(rows + i * want, rows + i * have, (size_t)have * sizeof *rows);
        memset(rows + i * want + have, 0, (size_t)(want - have) * sizeof *rows);
    }
}
