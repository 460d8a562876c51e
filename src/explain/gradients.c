/* What an answer depends on in a sample: the gradient of an output with respect to the input (Simonyan,
 * Vedaldi and Zisserman, "Deep inside convolutional networks", 2013). Token ids have none: of a text it is
 * the gradient with respect to the vectors that the embedder makes of its tokens. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "explain/explain_parts.h"
#include "ops/ops.h"

/* A feed whose numbers may be asked for their gradients. */
typedef struct asking {
    const rc_task *t;
    rc_feed feed, more[RC_MORE_INPUTS];
    rc_var offset; /* zeros that are added to u: its gradient is that of u */
} asking;

static const rc_feed *feed_of(const asking *a, int k)
{
    return k ? &a->more[k - 1] : &a->feed;
}

static bool is_there(const asking *a, int k)
{
    return !a->feed.present || a->feed.present[k];
}

static bool is_text(const rc_task *t, int k)
{
    return rc_task_layout(t, k)->input.kind == RC_INPUT_TOKENS;
}

static void feed_sample(rc_graph *g, const rc_task *t, const rc_given *in, asking *a)
{
    *a = (asking){.t = t, .feed = rc_task_feed(g, t, 1, in)};
    if (t->n_more && a->feed.more) memcpy(a->more, a->feed.more, (size_t)t->n_more * sizeof *a->more);
    for (int k = 0; k <= t->n_more; k++) {
        if (is_text(t, k) || !is_there(a, k)) continue;
        rc_feed *feed = k ? &a->more[k - 1] : &a->feed;
        feed->x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&rc_task_layout(t, k)->input, 1),
                                 in->x + rc_task_given_at(t, k), true);
    }
    if (a->feed.more) a->feed.more = a->more;
}

static rc_var add_offset(rc_graph *g, rc_var u, asking *a)
{
    void *zeros;
    if (!u) return NULL;
    size_t bytes = rc_tensor_bytes(&u->value);
    rc_status status = rc_graph_scratch(g, bytes, &zeros);
    if (status != RC_OK) return rc_graph_fail(g, status);
    memset(zeros, 0, bytes);
    a->offset = rc_graph_input(g, RC_DTYPE_F32, u->value.shape, zeros, true);
    return rc_add(g, u, a->offset);
}

static rc_var output_of(rc_graph *g, rc_model *m, asking *a)
{
    bool texts = false;
    for (int k = 0; k <= a->t->n_more; k++)
        texts = texts || is_text(a->t, k);
    if (!texts) return rc_task_outputs(g, m, a->t, &a->feed);
    rc_var u = add_offset(g, rc_model_embed(g, m, &a->feed), a);
    return rc_model_head(g, m, rc_model_body(g, m, u, &a->feed), &a->feed);
}

/* Of the tokens of input k, which lie in u behind those of the inputs before it. */
static rc_status read_tokens(const rc_model *m, const asking *a, int k, float *out)
{
    const void *host;
    int64_t width = rc_model_width(m), first = 0, n = feed_of(a, k)->x->value.shape.dim[1];
    for (int i = 0; i < k; i++)
        first += rc_grid_tokens(&m->of[i]);
    RC_TRY(rc_tensor_map_read(&a->offset->grad, &host));
    for (int64_t t = 0; t < n; t++) {
        double square = 0;
        for (int64_t c = 0; c < width; c++)
            square += pow((double)((const float *)host)[(first + t) * width + c], 2);
        out[t] = (float)sqrt(square);
    }
    rc_tensor_unmap(&a->offset->grad, host);
    return RC_OK;
}

static rc_status read_numbers(const asking *a, int k, float *out)
{
    const rc_layout *l = rc_task_layout(a->t, k);
    float *given;
    RC_TRY(RC_NEW_RAW(&given, rc_input_size(&l->input)));
    rc_status status = rc_tensor_download(&feed_of(a, k)->x->grad, given);
    if (status == RC_OK) rc_layout_pull(l, given, out);
    rc_free(given);
    return status;
}

/* Those of texts lie behind the others. */
int64_t rc_saliency_room(const rc_task *t)
{
    return rc_task_room(t) + rc_task_ids(t);
}

int64_t rc_saliency_at(const rc_task *t, int k, int64_t *n)
{
    return is_text(t, k) ? rc_task_room(t) + rc_task_ids_at(t, k, n) : rc_task_input_at(t, k, n);
}

/* What gradient arrived at input k; it has no data where none did: the model rounds what it reads. */
static const rc_tensor *arrived(const asking *a, int k)
{
    return is_text(a->t, k) ? &a->offset->grad : &feed_of(a, k)->x->grad;
}

/* In the order of the inputs, since what is pulled may take room behind it. */
static rc_status read_gradients(const rc_model *m, const asking *a, float *gradient, bool *blind)
{
    for (int k = 0; k <= a->t->n_more; k++) {
        int64_t n, at = rc_saliency_at(a->t, k, &n);
        memset(gradient + at, 0, (size_t)n * sizeof *gradient);
        blind[k] = is_there(a, k) && !arrived(a, k)->data;
        if (!is_there(a, k) || blind[k]) continue;
        RC_TRY(is_text(a->t, k) ? read_tokens(m, a, k, gradient + at) : read_numbers(a, k, gradient + at));
    }
    return RC_OK;
}

rc_status rc_saliency(rc_graph *g, rc_model *m, const rc_task *t, const rc_given *in, int64_t output,
                      float *gradient, bool *blind)
{
    asking a;
    rc_graph_reset(g, true);
    rc_params_set_trainable(m->params, "", false);
    feed_sample(g, t, in, &a);
    rc_var y = output_of(g, m, &a);
    RC_TRY(rc_graph_status(g));
    float *seed;
    RC_TRY(RC_NEW(&seed, rc_tensor_size(&y->value)));
    seed[output] = 1;
    rc_status status = rc_graph_seed(y, seed);
    rc_free(seed);
    if (status == RC_OK) status = rc_graph_backward(g, false);
    return status == RC_OK ? read_gradients(m, &a, gradient, blind) : status;
}

/* ---- of the worst samples ---- */

static rc_status as_time_allows(const rc__judged *j, rc__worst_samples *w, rc_batch *b)
{
    const rc_trained *of = j->q->of;
    double started = rc_clock();
    bool blind[1 + RC_MORE_INPUTS];
    for (int64_t i = 0; i < w->n && rc_clock() - started < j->q->seconds; i++) {
        RC_TRY(rc_batch_fill(b, of->task, j->part, &w->number[i], 1, NULL));
        RC_TRY(rc_saliency(of->graph, of->model, of->task, &b->given, w->output[i], w->gradient + i * w->size,
                           blind));
        w->gradients = i + 1;
        for (int k = 0; k <= of->task->n_more; k++)
            w->blind[k] = w->blind[k] || blind[k];
    }
    return RC_OK;
}

/* Where no input has a gradient, no sample has. */
static void tell_blind(const rc_task *t, rc__worst_samples *w, rc_explained *out)
{
    int n = 0;
    for (int k = 0; k <= t->n_more; k++) {
        if (!w->blind[k]) continue;
        n++;
        rc_explained_note(out,
                          "which places of %s matter is not shown: the model rounds the numbers that it "
                          "reads, and no gradient passes through rounding",
                          t->n_more ? rc_task_input_name(t, k) : "a sample");
    }
    if (n > t->n_more) w->gradients = 0;
}

rc_status rc__gradients(const rc__judged *j, rc__worst_samples *w, rc_explained *out)
{
    const rc_trained *of = j->q->of;
    rc_batch b;
    if (!of->model || of->task->target == RC_TARGET_DENSE) return RC_OK;
    if (of->model->spec.int8) {
        rc_explained_note(out, "which places of a sample matter is not shown: that needs gradients, and "
                               "8-bit weights have none; report on the run they were made from");
        return RC_OK;
    }
    w->size = rc_saliency_room(of->task);
    RC_TRY(RC_NEW_RAW(&w->gradient, w->n * w->size));
    RC_TRY(rc_batch_create(of->task, 1, &b));
    rc_status status = as_time_allows(j, w, &b);
    if (status == RC_OK) tell_blind(of->task, w, out);
    rc_batch_free(&b);
    return status;
}

const float *rc__gradient_of(const rc__judged *j, const rc__worst_samples *w, int64_t i, int k)
{
    if (i >= w->gradients || w->blind[k]) return NULL;
    return w->gradient + i * w->size + rc_saliency_at(j->q->of->task, k, NULL);
}
