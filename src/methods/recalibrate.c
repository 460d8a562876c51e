#include "methods/recalibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "ops/ops.h"
#include "training/optimize.h"

/* ---- one batch ---- */

/* A row is what the head reads: the pooled tokens of a sample, or every token where words are labelled. A
 * row's share is 1, or 1 / its sample's labelled words: l_i is the mean over them. Rows without a label have
 * none. */
typedef struct work {
    int64_t n, k, f, u; /* samples, classes, features, numbers in one u */
    int64_t rows;
    int32_t *label;
    float *share;
    float *weight, *bias, *features, *p, *delta, *v, *grad, *jt;
    float *block; /* all of the above */
} work;

static rc_status make_work(const rc_model *m, int64_t n, bool of_words, work *w)
{
    *w = (work){.n = n, .k = m->spec.outputs, .f = rc_model_features(m)};
    w->u = rc_grid_tokens(&m->u) * rc_model_width(m);
    w->rows = n * (of_words ? rc_grid_tokens(&m->u) : 1);
    int64_t head = w->k * w->f + w->k;
    RC_TRY(RC_NEW_RAW(&w->label, w->rows));
    RC_TRY(RC_NEW_RAW(&w->block, head + w->rows * (3 * w->f + 2 * w->k + 1) + n * w->u));
    w->weight = w->block;
    w->bias = w->weight + w->k * w->f;
    w->features = w->bias + w->k;
    w->v = w->features + w->rows * w->f;
    w->jt = w->v + w->rows * w->f;
    w->p = w->jt + w->rows * w->f;
    w->delta = w->p + w->rows * w->k;
    w->share = w->delta + w->rows * w->k;
    w->grad = w->share + w->rows;
    return RC_OK;
}

static rc_status read_head(rc_model *m, work *w)
{
    rc_tensor weight = rc_params_value(m->params, m->head[0]), bias = rc_params_value(m->params, m->head[1]);
    RC_TRY(rc_tensor_download(&weight, w->weight));
    return rc_tensor_download(&bias, w->bias);
}

/* Labels and shares of the rows; `tokens` of each sample are there of the `all` that have labels. */
static void set_rows(work *w, const int32_t *label, bool of_words, int64_t tokens, int64_t all)
{
    w->rows = of_words ? w->n * tokens : w->n;
    for (int64_t i = 0; i < w->n; i++) {
        int64_t each = of_words ? tokens : 1, labelled = 0;
        const int32_t *from = label + i * (of_words ? all : 1);
        for (int64_t t = 0; t < each; t++)
            labelled += from[t] >= 0;
        for (int64_t t = 0; t < each; t++) {
            w->label[i * each + t] = from[t];
            w->share[i * each + t] = from[t] >= 0 ? 1.0f / (float)labelled : 0.0f;
        }
    }
}

static void no_label(work *w, int64_t i)
{
    memset(w->p + i * w->k, 0, (size_t)w->k * sizeof *w->p);
    memset(w->delta + i * w->k, 0, (size_t)w->k * sizeof *w->delta);
    memset(w->v + i * w->f, 0, (size_t)w->f * sizeof *w->v);
}

/* Softmax, delta = p - onehot, v = share W^T delta; returns the sum of cross-entropies. */
static double head_forward(work *w, rc_recalibration *io)
{
    double loss = 0;
    io->counted = io->correct = 0;
    for (int64_t i = 0; i < w->rows; i++) {
        const float *f = w->features + i * w->f;
        float *p = w->p + i * w->k, *delta = w->delta + i * w->k, *v = w->v + i * w->f;
        double most = -INFINITY, sum = 0;
        int32_t label = w->label[i], best = 0;
        if (label < 0) {
            no_label(w, i);
            continue;
        }
        for (int64_t k = 0; k < w->k; k++) {
            double logit = w->bias[k];
            for (int64_t c = 0; c < w->f; c++)
                logit += (double)w->weight[k * w->f + c] * f[c];
            p[k] = (float)logit;
            if (p[k] > p[best]) best = (int32_t)k;
            most = logit > most ? logit : most;
        }
        io->counted++;
        io->correct += best == label;
        double truth = p[label];
        for (int64_t k = 0; k < w->k; k++)
            sum += exp(p[k] - most);
        loss += w->share[i] * (most + log(sum) - truth);
        for (int64_t k = 0; k < w->k; k++) {
            p[k] = (float)(exp(p[k] - most) / sum);
            delta[k] = p[k] - (k == label);
        }
        memset(v, 0, (size_t)w->f * sizeof *v);
        for (int64_t k = 0; k < w->k; k++)
            for (int64_t c = 0; c < w->f; c++)
                v[c] += w->share[i] * delta[k] * w->weight[k * w->f + c];
    }
    return loss;
}

/* Norm of each g; g becomes the penalty's slope t = (rho / N) 2 max(0, |g| - tau) g / |g|. Returns the
 * penalty. */
static double penalise(work *w, const rc_recalibration *io)
{
    double total = 0;
    for (int64_t i = 0; i < w->n; i++) {
        float *g = w->grad + i * w->u;
        double square = 0;
        for (int64_t j = 0; j < w->u; j++)
            square += (double)g[j] * g[j];
        double norm = sqrt(square), over = norm - io->tau > 0 ? norm - io->tau : 0;
        double factor = norm > 0 ? io->rho / (double)w->n * 2 * over / norm : 0;
        total += io->rho / (double)w->n * over * over;
        if (io->norm) io->norm[i] = (float)norm;
        for (int64_t j = 0; j < w->u; j++)
            g[j] = (float)(g[j] * factor);
    }
    return total;
}

/* Cross-entropy's gradient, the penalty's through v directly (delta a^T), and through delta (softmax backward
 * of W a). */
static void head_gradients(const work *w, rc_recalibration *io)
{
    memset(io->grad_weight, 0, (size_t)(w->k * w->f) * sizeof(float));
    memset(io->grad_bias, 0, (size_t)w->k * sizeof(float));
    for (int64_t i = 0; i < w->rows; i++) {
        const float *a = w->jt + i * w->f, *f = w->features + i * w->f, share = w->share[i];
        const float *p = w->p + i * w->k, *delta = w->delta + i * w->k;
        double mean = 0;
        if (share == 0) continue;
        for (int64_t k = 0; k < w->k; k++)
            for (int64_t c = 0; c < w->f; c++)
                mean += (double)p[k] * w->weight[k * w->f + c] * a[c];
        for (int64_t k = 0; k < w->k; k++) {
            double e = 0;
            for (int64_t c = 0; c < w->f; c++)
                e += (double)w->weight[k * w->f + c] * a[c];
            float logit = share * (float)(delta[k] / (double)w->n + p[k] * (e - mean));
            float *to = io->grad_weight + k * w->f;
            for (int64_t c = 0; c < w->f; c++)
                to[c] += logit * f[c] + share * delta[k] * a[c];
            io->grad_bias[k] += logit;
        }
    }
}

static rc_status run_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                           rc_recalibration *io, work *w)
{
    bool of_words = t->data && t->data->of_words;
    RC_TRY(read_head(m, w));
    rc_graph_reset(g, !io->plain);
    rc_feed feed = rc_batch_feed(g, t, b);
    rc_var u = rc_model_embed(g, m, &feed);
    if (!io->plain) u = rc_graph_detach(g, u, true);
    rc_var f = rc_model_body(g, m, u, feed.length);
    if (!of_words) f = rc_model_pool(g, m, f, feed.length);
    RC_TRY(rc_graph_status(g));
    w->u = rc_tensor_size(&u->value) / w->n; /* texts: as long as the longest of the batch */
    set_rows(w, b->label, of_words, w->u / rc_model_width(m), t->y_size);
    RC_TRY(rc_tensor_download(&f->value, w->features));
    io->loss = head_forward(w, io) / (double)b->n;
    if (io->plain) {
        memset(w->jt, 0, (size_t)(w->rows * w->f) * sizeof *w->jt);
        head_gradients(w, io);
        return RC_OK;
    }
    RC_TRY(rc_graph_seed(f, w->v));
    RC_TRY(rc_graph_backward(g, true));
    RC_TRY(rc_tensor_download(&u->grad, w->grad));
    io->loss += penalise(w, io);
    if (!io->grad_weight) return RC_OK;
    RC_TRY(rc_graph_seed_tangent(u, w->grad));
    RC_TRY(rc_graph_jvp(g));
    RC_TRY(rc_tensor_download(&f->tangent, w->jt));
    head_gradients(w, io);
    return RC_OK;
}

/* The body must be frozen: only u and the head's chain rule carry gradients. */
rc_status rc_recalibration_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                                 rc_recalibration *io)
{
    work w;
    rc_status status = make_work(m, b->n, t->data && t->data->of_words, &w);
    if (status == RC_OK) status = run_batch(g, m, t, b, io, &w);
    rc_free(w.block);
    rc_free(w.label);
    return status;
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

rc_status rc_head_measure(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                          int64_t most, rc_head_state *out)
{
    rc_score score = {0};
    int64_t correct = 0, counted = 0;
    bool of_words = t->data->of_words;
    if (!of_words) RC_TRY(rc_evaluate(g, m, t, part, batch, NULL, NULL, &score));
    out->accuracy = 1 - score.metric;
    out->loss = score.loss;
    int64_t n = part->n < most ? part->n : most, *order;
    float *norm = NULL;
    rc_batch b = {0};
    RC_TRY(RC_NEW(&order, part->n));
    rc_epoch_order(0, 0, part->n, order);
    rc_status status = RC_NEW(&norm, n);
    if (status == RC_OK) status = rc_batch_create(t, batch, &b);
    for (int64_t i = 0; i < n && status == RC_OK; i += batch) {
        rc_recalibration io = {.norm = norm + i};
        rc_batch_fill(&b, t, part, order + i, n - i < batch ? n - i : batch, NULL);
        status = rc_recalibration_batch(g, m, t, &b, &io);
        correct += io.correct;
        counted += io.counted;
    }
    if (of_words && counted > 0) out->accuracy = (double)correct / (double)counted;
    if (status == RC_OK) summarise(n, norm, out);
    rc_batch_free(&b);
    rc_free(norm);
    rc_free(order);
    return status;
}

/* ---- training the head ---- */

typedef struct trainer {
    rc_graph *g;
    rc_model *m;
    const rc_task *t;
    const rc_config *c;
    rc_optimizer *optimizer;
    rc_batch batch;
    int64_t *order;
    float *grad_weight, *grad_bias;
} trainer;

/* The gradients in head weight and bias by the formulas above; plain: of the cross-entropy alone. */
static rc_status head_batch(trainer *x, bool plain, double *loss)
{
    rc_recalibration io = {.plain = plain,
                           .tau = x->c->source.tau,
                           .rho = x->c->source.rho,
                           .grad_weight = x->grad_weight,
                           .grad_bias = x->grad_bias};
    RC_TRY(rc_recalibration_batch(x->g, x->m, x->t, &x->batch, &io));
    for (int i = 0; i < 2; i++) {
        rc_tensor grad = rc_params_grad(x->m->params, x->m->head[i]);
        RC_TRY(rc_tensor_upload(&grad, i ? x->grad_bias : x->grad_weight));
        rc_params_set_grad_ready(x->m->params, x->m->head[i]);
    }
    *loss = io.loss;
    return RC_OK;
}

static rc_status train(trainer *x, int64_t epochs, bool with_penalty)
{
    const rc_part *part = &x->t->data->train;
    const rc_optimizer_config *o = &x->c->source.optimizer;
    int64_t batch = x->c->source.batch, steps = (part->n + batch - 1) / batch, at = 0;
    rc_schedule schedule;
    RC_TRY(rc_config_schedule(o, steps, epochs, &schedule));
    const char *what = with_penalty ? "recalibrate" : "source head";
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        rc_epoch_order((uint64_t)x->c->seed, epoch, part->n, x->order);
        for (int64_t i = 0; i < part->n; i += batch, at++) {
            double loss, rate = o->lr * rc_schedule_rate(&schedule, at);
            char text[48];
            rc_batch_fill(&x->batch, x->t, part, x->order + i, part->n - i < batch ? part->n - i : batch,
                          NULL);
            RC_TRY(head_batch(x, !with_penalty, &loss));
            RC_CHECK(isfinite(loss), RC_NUMERIC,
                     "%s: the loss became %g in epoch %lld; try a lower source.lr", what, loss,
                     (long long)epoch + 1);
            RC_TRY(rc_optimizer_update(x->optimizer, rate, 1.0));
            rc_params_zero_grads(x->m->params);
            snprintf(text, sizeof text, "loss %.4f", loss);
            rc_progress_step(what, at + 1, steps * epochs, text);
            if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted; nothing was written");
        }
    }
    return RC_OK;
}

rc_status rc_head_train(rc_graph *g, rc_model *m, const rc_task *t, const rc_config *c, int64_t epochs,
                        bool with_penalty)
{
    trainer x = {.g = g, .m = m, .t = t, .c = c};
    int64_t k = m->spec.outputs, f = rc_model_features(m);
    rc_params_set_trainable(m->params, "", false);
    rc_model_set_trainable(m, RC_PART_HEAD, true);
    RC_TRY(rc_params_prepare_grads(m->params));
    rc_status status = rc_config_optimizer(&c->source.optimizer, m->params, &x.optimizer);
    if (status == RC_OK) status = rc_batch_create(t, c->source.batch, &x.batch);
    if (status == RC_OK) status = RC_NEW(&x.order, t->data->train.n);
    if (status == RC_OK) status = RC_NEW(&x.grad_weight, k * f);
    if (status == RC_OK) status = RC_NEW(&x.grad_bias, k);
    if (status == RC_OK) status = train(&x, epochs, with_penalty);
    rc_optimizer_destroy(&x.optimizer);
    rc_batch_free(&x.batch);
    rc_free(x.order);
    rc_free(x.grad_weight);
    rc_free(x.grad_bias);
    return status;
}

/* ---- features ---- */

/* A sentence of labelled words counts as of the class that most of them have. */
static int32_t commonest(const int32_t *label, int64_t n)
{
    int32_t best = 0;
    int64_t most = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t same = 0;
        for (int64_t k = 0; k < n; k++)
            same += label[i] >= 0 && label[k] == label[i];
        if (same > most || (same == most && most > 0 && label[i] < best && label[i] >= 0))
            best = label[i], most = same;
    }
    return best;
}

rc_status rc_pooled_features(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                             uint64_t seed, int64_t n, float *features, int32_t *label)
{
    int64_t *order;
    rc_batch b = {0};
    RC_TRY(RC_NEW(&order, part->n));
    rc_epoch_order(seed ^ 0xfea7ull, 0, part->n, order);
    rc_status status = rc_batch_create(t, batch, &b);
    for (int64_t i = 0; label && i < n; i++)
        label[i] = t->data->of_words ? 0 : rc_part_label(part, order[i]);
    for (int64_t i = 0; i < n && status == RC_OK; i += batch) {
        rc_batch_fill(&b, t, part, order + i, n - i < batch ? n - i : batch, NULL);
        rc_graph_reset(g, false);
        rc_feed feed = rc_batch_feed(g, t, &b);
        rc_var pooled = rc_mean_tokens(g, rc_model_embed(g, m, &feed), feed.length);
        status = rc_graph_status(g);
        if (status == RC_OK) status = rc_tensor_download(&pooled->value, features + i * rc_model_width(m));
        for (int64_t k = 0; label && t->data->of_words && k < b.n; k++)
            label[i + k] = commonest(b.label + k * t->y_size, t->y_size);
    }
    rc_batch_free(&b);
    rc_free(order);
    return status;
}
