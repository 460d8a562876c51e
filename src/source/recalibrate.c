#include "source/recalibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/progress.h"
#include "ops/ops.h"
#include "parallel/parallel.h"
#include "settings/optimize.h"
#include "source/source_head.h"

/* Samples that go through the body together. Few, so that texts of about the same length, and samples that
 * pay the penalty, find together; enough for products of a good size. */
enum { PORTION = 16 };

/* ---- one batch ---- */

/* Labels and shares of the rows; `tokens` of each sample are there of the `all` that have labels. */
static void set_rows(rc_head_rows *h, int64_t n, const int32_t *label, bool words, int64_t tokens,
                     int64_t all)
{
    h->rows = words ? n * tokens : n;
    for (int64_t i = 0; i < n; i++) {
        int64_t each = words ? tokens : 1, labelled = 0;
        const int32_t *from = label + i * (words ? all : 1);
        for (int64_t t = 0; t < each; t++)
            labelled += from[t] >= 0;
        for (int64_t t = 0; t < each; t++) {
            h->label[i * each + t] = from[t];
            h->share[i * each + t] = from[t] >= 0 ? 1.0f / (float)labelled : 0.0f;
        }
    }
}

static int64_t samples_of_step(const rc_recalibration *io, int64_t n)
{
    return io->of ? io->of : n;
}

static void score(rc_head_rows *h, int64_t n, bool slope, rc_recalibration *io)
{
    io->loss = rc_head_forward(h, slope) / (double)samples_of_step(io, n);
    io->counted = h->counted;
    io->correct = h->correct;
}

/* Norm of each of the n gradients g; g becomes the penalty's slope t = (rho / N) 2 max(0, |g| - tau) g / |g|.
 * Returns the penalty; *over counts those that pay. */
static double penalise(float *grad, int64_t n, int64_t size, const rc_recalibration *io, int64_t *over)
{
    double total = 0, weight = io->rho / (double)samples_of_step(io, n);
    *over = 0;
    for (int64_t i = 0; i < n; i++) {
        float *g = grad + i * size;
        double square = 0;
        for (int64_t j = 0; j < size; j++)
            square += (double)g[j] * g[j];
        double norm = sqrt(square), excess = norm - io->tau > 0 ? norm - io->tau : 0;
        double factor = norm > 0 ? weight * 2 * excess / norm : 0;
        total += weight * excess * excess;
        *over += excess > 0;
        if (io->norm) io->norm[i] = (float)norm;
        for (int64_t j = 0; j < size; j++)
            g[j] = (float)(g[j] * factor);
    }
    return total;
}

/* v through the body backward gives the gradients in u, their slopes forward again give a. Where no sample
 * pays, a is zero, and the second way is left out. */
static rc_status penalty(rc_graph *g, rc_var u, rc_var f, int64_t n, float *grad, rc_head_rows *h,
                         rc_recalibration *io)
{
    int64_t over;
    RC_TRY(rc_graph_seed(f, h->v));
    RC_TRY(rc_graph_backward(g, true));
    RC_TRY(rc_tensor_download(&u->grad, grad));
    io->loss += penalise(grad, n, rc_tensor_size(&u->value) / n, io, &over);
    if (!io->grad_weight) return RC_OK;
    if (over > 0) {
        RC_TRY(rc_graph_seed_tangent(u, grad));
        RC_TRY(rc_graph_jvp(g));
        RC_TRY(rc_tensor_download(&f->tangent, h->a));
    }
    rc_head_gradients(h, samples_of_step(io, n), over > 0, io->grad_weight, io->grad_bias);
    return RC_OK;
}

static rc_status run_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                           rc_recalibration *io, rc_head_rows *h)
{
    bool words = t->target == RC_TARGET_WORDS;
    rc_graph_reset(g, !io->plain);
    rc_feed feed = rc_task_feed(g, t, b->n, &b->given);
    rc_var u = rc_model_embed(g, m, &feed);
    if (!io->plain) u = rc_graph_detach(g, u, true);
    rc_var f = rc_model_body(g, m, u, &feed);
    if (!words) f = rc_model_pool(g, m, f, &feed);
    RC_TRY(rc_graph_status(g));
    int64_t size = rc_tensor_size(&u->value) / b->n; /* texts: as long as the longest of the batch */
    set_rows(h, b->n, b->label, words, size / rc_model_width(m), t->y_size);
    RC_TRY(rc_tensor_download(&f->value, h->features));
    score(h, b->n, !io->plain, io);
    if (io->plain) {
        if (io->grad_weight)
            rc_head_gradients(h, samples_of_step(io, b->n), false, io->grad_weight, io->grad_bias);
        return RC_OK;
    }
    float *grad;
    RC_TRY(RC_NEW_RAW(&grad, b->n * size));
    rc_status status = penalty(g, u, f, b->n, grad, h, io);
    rc_free(grad);
    return status;
}

/* The body must be frozen: only u and the head's chain rule carry gradients. */
rc_status rc_recalibration_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                                 rc_recalibration *io)
{
    rc_head_rows h;
    bool words = t->target == RC_TARGET_WORDS;
    RC_TRY(rc_head_rows_create(m, b->n * (words ? rc_grid_tokens(&m->u) : 1), &h));
    rc_status status = run_batch(g, m, t, b, io, &h);
    rc_head_rows_free(&h);
    return status;
}

rc_status rc_recalibration_kept(rc_model *m, const rc_kept_features *kept, const int64_t *sample, int64_t n,
                                rc_recalibration *io)
{
    rc_head_rows h;
    int64_t rows = 0;
    for (int64_t i = 0; i < n; i++)
        rows += kept->first[sample[i] + 1] - kept->first[sample[i]];
    RC_TRY(rc_head_rows_create(m, rows, &h));
    for (int64_t i = 0, at = 0; i < n; i++) {
        int64_t first = kept->first[sample[i]], count = kept->first[sample[i] + 1] - first;
        memcpy(h.features + at * h.f, kept->row + first * h.f, (size_t)(count * h.f) * sizeof(float));
        for (int64_t k = 0; k < count; k++, at++) {
            h.label[at] = kept->label[first + k];
            h.share[at] = 1.0f / (float)count;
        }
    }
    score(&h, n, false, io);
    if (io->grad_weight) rc_head_gradients(&h, samples_of_step(io, n), false, io->grad_weight, io->grad_bias);
    rc_head_rows_free(&h);
    return RC_OK;
}

/* ---- measuring ---- */

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static void summarise(int64_t n, float *norm, rc_head_state *out)
{
    static const double at[5] = {0.05, 0.25, 0.5, 0.75, 0.95};
    qsort(norm, (size_t)n, sizeof *norm, ascending);
    out->mean_norm = 0;
    for (int64_t i = 0; i < n; i++)
        out->mean_norm += norm[i] / (double)n;
    for (int q = 0; q < 5; q++)
        out->quantile[q] = norm[(int64_t)(at[q] * (double)(n - 1) + 0.5)];
}

typedef struct measuring {
    rc_graph *g;
    rc_model *m;
    const rc_task *t;
    const rc_part *part;
    const rc_kept_features *kept;
    rc_batch batch;
    int64_t *order;
} measuring;

static int64_t portion(int64_t first, int64_t n)
{
    return n - first < PORTION ? n - first : PORTION;
}

static rc_status through_body(measuring *x, int64_t first, int64_t n, rc_recalibration *io)
{
    RC_TRY(rc_batch_fill(&x->batch, x->t, x->part, x->order + first, n, NULL));
    return rc_recalibration_batch(x->g, x->m, x->t, &x->batch, io);
}

static rc_status measure_norms(measuring *x, int64_t n, float *norm)
{
    for (int64_t i = 0; i < n; i += PORTION) {
        rc_recalibration io = {.norm = norm + i};
        RC_TRY(through_body(x, i, portion(i, n), &io));
    }
    return RC_OK;
}

static rc_status measure_accuracy(measuring *x, rc_head_state *out)
{
    double loss = 0;
    int64_t n = x->part->n, correct = 0, counted = 0;
    for (int64_t i = 0; i < n; i += PORTION) {
        rc_recalibration io = {.plain = true, .of = n};
        RC_TRY(x->kept->n ? rc_recalibration_kept(x->m, x->kept, x->order + i, portion(i, n), &io)
                          : through_body(x, i, portion(i, n), &io));
        loss += io.loss;
        correct += io.correct;
        counted += io.counted;
    }
    out->accuracy = counted ? (double)correct / (double)counted : 0;
    out->loss = loss;
    return RC_OK;
}

/* All samples in a seeded order, of which the first `max` get their norms; each of the two in the order of
 * their lengths. */
static rc_status choose_order(measuring *x, int64_t max)
{
    int32_t *length;
    rc_epoch_order(0, 0, x->part->n, x->order);
    RC_TRY(rc_part_lengths(x->t, x->part, &length));
    rc_status status = length ? rc_samples_sort(length, max, x->order) : RC_OK;
    if (length && status == RC_OK) status = rc_samples_sort(length, x->part->n - max, x->order + max);
    rc_free(length);
    return status;
}

rc_status rc_head_measure(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t max,
                          const rc_kept_features *kept, rc_head_state *out)
{
    measuring x = {.g = g, .m = m, .t = t, .part = part, .kept = kept};
    int64_t n = part->n < max ? part->n : max;
    float *norm = NULL;
    rc_status status = RC_NEW(&x.order, part->n);
    if (status == RC_OK) status = RC_NEW(&norm, n);
    if (status == RC_OK) status = choose_order(&x, n);
    if (status == RC_OK) status = rc_batch_create(t, PORTION, &x.batch);
    if (status == RC_OK) status = measure_accuracy(&x, out);
    if (status == RC_OK) status = measure_norms(&x, n, norm);
    if (status == RC_OK) summarise(n, norm, out);
    rc_batch_free(&x.batch);
    rc_free(norm);
    rc_free(x.order);
    return status;
}

/* ---- training the head ---- */

typedef struct trainer {
    rc_graph *g;
    rc_model *m;
    const rc_task *t;
    const rc_config *c;
    const rc_kept_features *kept;
    bool with_penalty;
    rc_optimizer *optimizer;
    rc_batch batch;
    int64_t *order;
    int32_t *length; /* of each text; NULL: no texts */
    int32_t *key;    /* what orders the samples of a step */
    float *norm;     /* [PORTION] */
    float *grad_weight, *grad_bias;
} trainer;

static int32_t key_of(const trainer *x, int64_t sample, bool pays)
{
    return (x->length ? x->length[sample] : 0) + (pays ? 1 << 24 : 0);
}

/* A step's gradients in head weight and bias, portion by portion. Whether a sample paid tells whether it will
 * pay in the next epoch. */
static rc_status in_portions(trainer *x, int64_t *sample, int64_t n, rc_recalibration *io)
{
    double loss = 0;
    RC_TRY(rc_samples_sort(x->key, n, sample));
    for (int64_t i = 0; i < n; i += PORTION) {
        int64_t count = portion(i, n);
        RC_TRY(rc_batch_fill(&x->batch, x->t, &x->t->data->train, sample + i, count, NULL));
        RC_TRY(rc_recalibration_batch(x->g, x->m, x->t, &x->batch, io));
        loss += io->loss;
        for (int64_t k = 0; k < count && !io->plain; k++)
            x->key[sample[i + k]] = key_of(x, sample[i + k], x->norm[k] > io->tau);
    }
    io->loss = loss;
    return RC_OK;
}

static rc_status step(trainer *x, int64_t *sample, int64_t n, double rate, double *loss)
{
    int64_t k = x->m->spec.outputs, f = rc_model_features(x->m);
    rc_recalibration io = {.plain = !x->with_penalty,
                           .of = n,
                           .tau = x->c->source.tau,
                           .rho = x->c->source.rho,
                           .norm = x->norm,
                           .grad_weight = x->grad_weight,
                           .grad_bias = x->grad_bias};
    memset(x->grad_weight, 0, (size_t)(k * f) * sizeof(float));
    memset(x->grad_bias, 0, (size_t)k * sizeof(float));
    RC_TRY(io.plain && x->kept->n ? rc_recalibration_kept(x->m, x->kept, sample, n, &io)
                                  : in_portions(x, sample, n, &io));
    *loss = io.loss;
    if (!isfinite(*loss)) return RC_OK;
    for (int i = 0; i < 2; i++) {
        rc_tensor grad = rc_params_grad(x->m->params, x->m->head[i]);
        RC_TRY(rc_tensor_upload(&grad, i ? x->grad_bias : x->grad_weight));
        rc_params_set_grad_ready(x->m->params, x->m->head[i]);
    }
    RC_TRY(rc_optimizer_update(x->optimizer, rate, 1.0));
    rc_params_zero_grads(x->m->params);
    return RC_OK;
}

/* The one loop of epochs besides rc_session_epochs, in the same order and by the same schedule. A session has
 * a recorder, validation, stages and checkpoints, of which a head without a target has none: a bundle is
 * written whole or not at all, and its gradient is not that of a graph. */
static rc_status train(trainer *x, int64_t epochs)
{
    const rc_part *part = &x->t->data->train;
    const rc_optimizer_config *o = &x->c->source.optimizer;
    int64_t batch = x->c->source.batch, steps = (part->n + batch - 1) / batch, at = 0;
    rc_schedule schedule;
    schedule = rc_config_schedule(o, steps, epochs);
    const char *what = x->with_penalty ? "recalibrate" : "source head";
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        RC_TRY(rc_part_order(part, (uint64_t)x->c->seed, epoch, x->order));
        for (int64_t i = 0; i < part->n; i += batch, at++) {
            double loss, rate = o->lr * rc_schedule_rate(&schedule, at);
            char text[48];
            RC_TRY(step(x, x->order + i, part->n - i < batch ? part->n - i : batch, rate, &loss));
            RC_CHECK(isfinite(loss), RC_NUMERIC,
                     "%s: the loss became %g in epoch %lld; try a lower source.lr", what, loss,
                     (long long)epoch + 1);
            rc_ascii_print(text, sizeof text, "loss %.4f", loss);
            rc_progress_step(what, at + 1, steps * epochs, text);
            RC_TRY(rc_parallel_agree());
            if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted; nothing was written");
        }
    }
    return RC_OK;
}

static rc_status prepare(trainer *x)
{
    int64_t k = x->m->spec.outputs, f = rc_model_features(x->m), n = x->t->data->train.n;
    rc_params_set_trainable(x->m->params, "", false);
    rc_model_set_trainable(x->m, RC_PART_HEAD, true);
    RC_TRY(rc_params_prepare_grads(x->m->params));
    RC_TRY(rc_config_optimizer(&x->c->source.optimizer, x->m->params, &x->optimizer));
    RC_TRY(rc_batch_create(x->t, PORTION, &x->batch));
    RC_TRY(RC_NEW(&x->order, n));
    RC_TRY(RC_NEW(&x->key, n));
    RC_TRY(RC_NEW(&x->norm, PORTION));
    RC_TRY(RC_NEW(&x->grad_weight, k * f));
    RC_TRY(RC_NEW(&x->grad_bias, k));
    RC_TRY(rc_part_lengths(x->t, &x->t->data->train, &x->length));
    for (int64_t i = 0; i < n; i++)
        x->key[i] = key_of(x, i, false);
    return RC_OK;
}

rc_status rc_head_train(rc_graph *g, rc_model *m, const rc_task *t, const rc_config *c, int64_t epochs,
                        bool with_penalty, const rc_kept_features *kept)
{
    trainer x = {.g = g, .m = m, .t = t, .c = c, .kept = kept, .with_penalty = with_penalty};
    rc_status status = prepare(&x);
    if (status == RC_OK) status = train(&x, epochs);
    rc_optimizer_destroy(&x.optimizer);
    rc_batch_free(&x.batch);
    rc_free(x.order);
    rc_free(x.length);
    rc_free(x.key);
    rc_free(x.norm);
    rc_free(x.grad_weight);
    rc_free(x.grad_bias);
    return status;
}

/* ---- features ---- */

/* A sentence of labelled words counts as of the class that most of them have. */
static int32_t commonest(const int32_t *label, int64_t n)
{
    int32_t best = 0;
    int64_t max = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t same = 0;
        for (int64_t k = 0; k < n; k++)
            same += label[i] >= 0 && label[k] == label[i];
        if (same > max || (same == max && max > 0 && label[i] < best && label[i] >= 0))
            best = label[i], max = same;
    }
    return best;
}

rc_status rc_pooled_features(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                             uint64_t seed, int64_t n, float *features, int32_t *label)
{
    int64_t *order;
    bool words = t->target == RC_TARGET_WORDS;
    rc_batch b = {0};
    RC_TRY(RC_NEW(&order, part->n));
    rc_status status = rc_part_order(part, seed ^ 0xfea7ull, 0, order);
    if (status == RC_OK) status = rc_batch_create(t, batch, &b);
    for (int64_t i = 0; label && i < n; i++)
        label[i] = words ? 0 : rc_part_label(part, order[i]);
    for (int64_t i = 0; i < n && status == RC_OK; i += batch) {
        status = rc_batch_fill(&b, t, part, order + i, n - i < batch ? n - i : batch, NULL);
        if (status != RC_OK) break;
        rc_graph_reset(g, false);
        rc_feed feed = rc_task_feed(g, t, b.n, &b.given);
        rc_var pooled = rc_mean_tokens(g, rc_model_embed(g, m, &feed), feed.length);
        status = rc_graph_status(g);
        if (status == RC_OK) status = rc_tensor_download(&pooled->value, features + i * rc_model_width(m));
        for (int64_t k = 0; label && words && k < b.n; k++)
            label[i + k] = commonest(b.label + k * t->y_size, t->y_size);
    }
    rc_batch_free(&b);
    rc_free(order);
    return status;
}
