/* Samples with several inputs. Their tokens lie one behind the other in u:
 *
 *   u = [u_0 + e_0 | u_1 + e_1 | ...],   u_k + e_k = m_k in every place where a sample lacks input k
 *
 * e_k says of which input a token is, and m_k stands for what is not there, as [MASK] does for a word; both
 * are learnt. Early: one body reads them all. Late: each input's tokens go through a body of its own, and the
 * head reads what each of them says.
 *
 * A text has as many places as the longest, of which those up to its end count, and one where it is not
 * there. Before one body all that count are put together in front, since a body knows padding at the end
 * alone. */
#include "backbones/fusion.h"

#include <stdio.h>
#include <string.h>

#include "backbones/head.h"
#include "backbones/layers.h"
#include "ops/ops.h"

static int inputs_of(const rc_model *m)
{
    return 1 + m->spec.n_more;
}

/* ---- declaring ---- */

/* Pictures lie below each other, where they are equally wide; all else is a row. Leading tokens of the first
 * lead all. */
static rc_grid join(const rc_model *m, const rc_grid *of)
{
    rc_grid joined = of[0];
    int64_t tokens = 0;
    bool below = m->backbone->native->input == RC_INPUT_IMAGE;
    for (int k = 0; k < inputs_of(m); k++) {
        tokens += rc_grid_tokens(&of[k]);
        below = below && of[k].extra == 0 && of[k].w == of[0].w;
        if (k > 0) joined.h += of[k].h;
    }
    return below ? joined : (rc_grid){of[0].extra, 1, tokens - of[0].extra};
}

rc_status rc__fusion_embedders(rc_model *m)
{
    const rc_backbone_config *c = &m->spec.backbone;
    rc__declaration d = {m->params, -1, RC_OK};
    m->u = m->of[0];
    if (m->spec.n_more == 0) return RC_OK;
    RC_CHECK(m->spec.head != RC_HEAD_DENSE && m->spec.head != RC_HEAD_TOKENS, RC_UNSUPPORTED,
             "samples of several inputs have one answer: classes, labels or numbers, not fields or words");
    m->modality = rc__declare(&d, RC_INPUTS_PREFIX, "modality", RC_SHAPE(2 * inputs_of(m), rc_model_width(m)),
                              RC_INIT_NORMAL, false);
    RC_TRY(d.status);
    for (int k = 0; k < m->spec.n_more; k++) {
        rc_model_input *own = &m->more[k];
        const rc_named_input *in = &m->spec.more[k];
        char name[RC_INPUT_NAME]; /* for compilers that fear that two places of a model overlap */
        memcpy(name, in->name, sizeof name);
        snprintf(own->prefix, sizeof own->prefix, RC_INPUTS_PREFIX "%s.", name);
        rc_params_set_prefix(m->params, own->prefix);
        RC_TRY(rc_embedder_for(c, in->input.kind, &own->embedder));
        RC_TRY(own->embedder->create(m->backbone, c, &in->input, m->params, m->device, &own->embedder_state,
                                     &m->of[k + 1]));
    }
    rc_params_set_prefix(m->params, "");
    m->u = join(m, m->of);
    return RC_OK;
}

rc_status rc__fusion_bodies(rc_model *m)
{
    m->last = m->of_last[0];
    if (m->spec.fusion != RC_FUSION_LATE) return RC_OK;
    for (int k = 0; k < m->spec.n_more; k++) {
        rc_params_set_prefix(m->params, m->more[k].prefix);
        RC_TRY(m->backbone->create(&m->spec.backbone, &m->of[k + 1], m->params, m->device,
                                   &m->more[k].body_state, &m->of_last[k + 1]));
    }
    rc_params_set_prefix(m->params, "");
    m->last = join(m, m->of_last);
    return RC_OK;
}

void rc__fusion_destroy(rc_model *m)
{
    for (int k = 0; k < m->spec.n_more; k++) {
        rc_model_input *own = &m->more[k];
        if (own->embedder_state) own->embedder->destroy(own->embedder_state);
        if (own->body_state) m->backbone->destroy(own->body_state);
    }
}

/* ---- tokens of one input among all ---- */

static int64_t first_of(const rc_grid *of, int k)
{
    int64_t first = 0;
    for (int i = 0; i < k; i++)
        first += rc_grid_tokens(&of[i]);
    return first;
}

/* x [B, .., width]: of each sample the rows from `first` on, so many; zeros where x has none. */
static rc_var rows(rc_graph *g, rc_var x, int64_t first, int64_t n, int64_t width)
{
    int32_t *index;
    if (!x) return NULL;
    int64_t batch = x->value.shape.dim[0], has = rc_tensor_size(&x->value) / (batch * width);
    rc_status status = RC_NEW_RAW(&index, n);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t j = 0; j < n; j++)
        index[j] = first + j >= 0 && first + j < has ? (int32_t)(first + j) : -1;
    rc_var at = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n), index, false);
    rc_free(index);
    return rc_gather(g, x, at, batch, width, RC_SHAPE(batch, n, width));
}

/* The first n tokens of input k out of all; all of input k into its place among them. */
static rc_var take(rc_graph *g, const rc_grid *of, int k, int64_t n, rc_var all)
{
    return all ? rows(g, all, first_of(of, k), n, all->value.shape.dim[2]) : NULL;
}

static rc_var place(rc_graph *g, const rc_model *m, const rc_grid *of, int k, rc_var x)
{
    if (!x) return NULL;
    return rows(g, x, -first_of(of, k), first_of(of, inputs_of(m)), x->value.shape.dim[2]);
}

/* ---- texts, whose tokens do not all count ---- */

static const rc_feed *feed_of(const rc_feed *feed, int k)
{
    return k ? &feed->more[k - 1] : feed;
}

static int64_t counted(const rc_grid *of, const rc_feed *feed, int k, int64_t sample)
{
    const int32_t *own = feed_of(feed, k)->counted;
    return own ? own[sample] : rc_grid_tokens(&of[k]);
}

static int64_t counted_in_all(const rc_model *m, const rc_grid *of, const rc_feed *feed, int64_t sample)
{
    int64_t sum = 0;
    for (int k = 0; k < inputs_of(m); k++)
        sum += counted(of, feed, k, sample);
    return sum;
}

static bool has_texts(const rc_model *m, const rc_feed *feed)
{
    bool any = false;
    for (int k = 1; k < inputs_of(m) && feed->more; k++)
        any = any || feed->more[k - 1].counted;
    return any;
}

/* Tokens of input k up to the end of the longest text of the batch. */
static int64_t longest(const rc_grid *of, const rc_feed *feed, int k, int64_t batch)
{
    int64_t n = 0;
    for (int64_t i = 0; i < batch; i++)
        n = counted(of, feed, k, i) > n ? counted(of, feed, k, i) : n;
    return n;
}

rc_var rc__fusion_length(rc_graph *g, const rc_model *m, const rc_feed *feed)
{
    int32_t *length;
    if (!feed->more) return feed->length;
    if (!feed->x || !has_texts(m, feed)) return NULL;
    int64_t batch = feed->x->value.shape.dim[0];
    rc_status status = RC_NEW_RAW(&length, batch);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i < batch; i++)
        length[i] = (int32_t)counted_in_all(m, m->of, feed, i);
    rc_var out = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(batch), length, false);
    rc_free(length);
    return out;
}

/* Of each sample the places of its tokens that count, then -1. */
static void list_counted(const rc_model *m, const rc_grid *of, const rc_feed *feed, int64_t batch,
                         int64_t max, int32_t *index)
{
    int64_t all = first_of(of, inputs_of(m));
    for (int64_t i = 0; i < batch; i++) {
        int32_t *to = index + i * max, *end = to + max;
        for (int k = 0; k < inputs_of(m); k++)
            for (int64_t t = 0; t < counted(of, feed, k, i); t++)
                *to++ = (int32_t)(i * all + first_of(of, k) + t);
        while (to < end)
            *to++ = -1;
    }
}

rc_var rc__fusion_pack(rc_graph *g, const rc_model *m, const rc_grid *of, rc_var all, const rc_feed *feed)
{
    int32_t *index;
    int64_t max = 0;
    if (!all || !has_texts(m, feed)) return all;
    int64_t batch = all->value.shape.dim[0], width = all->value.shape.dim[2];
    for (int64_t i = 0; i < batch; i++)
        max = counted_in_all(m, of, feed, i) > max ? counted_in_all(m, of, feed, i) : max;
    rc_status status = RC_NEW_RAW(&index, batch * max);
    if (status != RC_OK) return rc_graph_fail(g, status);
    list_counted(m, of, feed, batch, max, index);
    rc_var at = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(batch * max), index, false);
    rc_free(index);
    return rc_gather(g, all, at, 1, width, RC_SHAPE(batch, max, width));
}

int rc_model_bodies(const rc_model *m)
{
    return m->spec.fusion == RC_FUSION_LATE ? inputs_of(m) : 1;
}

bool rc_model_counts(const rc_model *m, const rc_feed *feed, int body, int64_t batch, int64_t tokens,
                     bool *counts)
{
    int inputs = inputs_of(m), bodies = rc_model_bodies(m);
    int first = bodies > 1 ? body : 0, end = bodies > 1 ? body + 1 : inputs;
    memset(counts, 0, (size_t)(batch * tokens) * sizeof *counts);
    for (int64_t i = 0; i < batch; i++, counts += tokens) {
        int64_t at = 0;
        for (int k = first; k < end; k++) {
            int64_t n = counted(m->of, feed, k, i);
            if (at + n > tokens) return false;
            bool is = !feed->present || feed->present[i * inputs + k];
            for (int64_t t = 0; t < n; t++)
                counts[at++] = is;
        }
    }
    return true;
}

/* ---- forward ---- */

/* Which row of the table each token gets, and whether the token itself counts; behind a text neither. */
static void mark_tokens(const rc_model *m, const rc_feed *feed, int64_t batch, float *counts, int32_t *row)
{
    int inputs = inputs_of(m);
    for (int64_t i = 0; i < batch; i++)
        for (int k = 0; k < inputs; k++)
            for (int64_t t = 0; t < rc_grid_tokens(&m->of[k]); t++) {
                bool is = feed->present[i * inputs + k], inside = t < counted(m->of, feed, k, i);
                *counts++ = is && inside;
                *row++ = !inside ? -1 : is ? k : inputs + k;
            }
}

static rc_var mark(rc_graph *g, rc_model *m, const rc_feed *feed, rc_var u)
{
    float *counts = NULL;
    int32_t *row = NULL;
    if (!u) return NULL;
    int64_t batch = u->value.shape.dim[0], tokens = u->value.shape.dim[1], width = u->value.shape.dim[2];
    rc_status status = RC_NEW_RAW(&counts, batch * tokens);
    if (status == RC_OK) status = RC_NEW_RAW(&row, batch * tokens);
    rc_var joined = NULL;
    if (status == RC_OK) {
        mark_tokens(m, feed, batch, counts, row);
        rc_var scale = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(batch * tokens), counts, false);
        rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(batch * tokens), row, false);
        rc_var added =
            rc_gather(g, rc_params_var(g, m->params, m->modality), index, 1, width, u->value.shape);
        joined = rc_add(g, rc_scale_rows(g, u, scale), added);
    } else {
        (void)rc_graph_fail(g, status);
    }
    rc_free(counts);
    rc_free(row);
    return joined;
}

rc_var rc__fusion_embed(rc_graph *g, rc_model *m, const rc_feed *feed, rc_var u)
{
    rc_var all = place(g, m, m->of, 0, u);
    if (!feed->more) return rc_graph_fail(g, rc_fail(RC_SHAPE, "a model of several inputs was given one"));
    for (int k = 0; k < m->spec.n_more; k++) {
        rc_var own = m->more[k].embedder->forward(g, m->more[k].embedder_state, m->params, &feed->more[k]);
        all = rc_add(g, all, place(g, m, m->of, k + 1, own));
    }
    return mark(g, m, feed, all);
}

rc_var rc_model_pool_input(rc_graph *g, const rc_model *m, rc_var u, int k, const rc_feed *feed)
{
    if (!u) return NULL; /* the graph has failed, perhaps before the feed had all inputs */
    if (m->spec.n_more) u = take(g, m->of, k, rc_grid_tokens(&m->of[k]), u);
    return rc_mean_tokens(g, u, feed_of(feed, k)->length);
}

rc_var rc__fusion_body(rc_graph *g, rc_model *m, rc_var u, const rc_feed *feed)
{
    static const rc_feed whole[RC_MORE_INPUTS]; /* all tokens of every input count */
    static const rc_feed of_whole = {.more = whole};
    rc_var all = NULL;
    if (!feed->more) feed = &of_whole;
    for (int k = 0; k < inputs_of(m) && u; k++) {
        const void *state = k ? m->more[k - 1].body_state : m->body_state;
        rc_var own = take(g, m->of, k, longest(m->of, feed, k, u->value.shape.dim[0]), u);
        own = m->backbone->forward(g, state, m->params, own, feed_of(feed, k)->length);
        rc_graph_notice_end(g);
        own = place(g, m, m->of_last, k, own);
        all = k ? rc_add(g, all, own) : own;
    }
    return all;
}

rc_var rc__fusion_read(rc_graph *g, rc_model *m, rc_var tokens, const rc_feed *feed)
{
    rc_var all = NULL;
    int64_t features = rc_model_features(m);
    for (int k = 0; k < inputs_of(m) && tokens; k++) {
        rc_var own = take(g, m->of_last, k, rc_grid_tokens(&m->of_last[k]), tokens);
        own = rows(g, rc__head_read(g, m, own, feed_of(feed, k)->length), -k, inputs_of(m), features);
        all = k ? rc_add(g, all, own) : own;
    }
    return rc__flatten(g, all);
}
