#include "methods/recalibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "ops/ops.h"
#include "training/optimize.h"

/* ---- one batch ---- */

typedef struct work {
    int64_t n, k, f, u; /* samples, classes, features, numbers in one u */
    float *weight, *bias, *features, *p, *delta, *v, *grad, *jt;
    float *block; /* all of the above */
} work;

static rc_status make_work(const rc_model *m, int64_t n, work *w)
{
    *w = (work){.n = n, .k = m->spec.outputs, .f = rc_model_features(m)};
    w->u = rc_grid_tokens(&m->u) * rc_model_width(m);
    int64_t head = w->k * w->f + w->k;
    RC_TRY(RC_NEW_RAW(&w->block, head + n * (3 * w->f + 2 * w->k + w->u)));
    w->weight = w->block;
    w->bias = w->weight + w->k * w->f;
    w->features = w->bias + w->k;
    w->v = w->features + n * w->f;
    w->jt = w->v + n * w->f;
    w->p = w->jt + n * w->f;
    w->delta = w->p + n * w->k;
    w->grad = w->delta + n * w->k;
    return RC_OK;
}

static rc_status read_head(rc_model *m, work *w)
{
    rc_tensor weight = rc_params_value(m->params, m->head[0]), bias = rc_params_value(m->params, m->head[1]);
    RC_TRY(rc_tensor_download(&weight, w->weight));
    return rc_tensor_download(&bias, w->bias);
}

/* Softmax, delta = p - onehot, v = W^T delta; returns the sum of cross-entropies. */
static double head_forward(work *w, const int32_t *label)
{
    double loss = 0;
    for (int64_t i = 0; i < w->n; i++) {
        const float *f = w->features + i * w->f;
        float *p = w->p + i * w->k, *delta = w->delta + i * w->k, *v = w->v + i * w->f;
        double most = -INFINITY, sum = 0;
        for (int64_t k = 0; k < w->k; k++) {
            double logit = w->bias[k];
            for (int64_t c = 0; c < w->f; c++)
                logit += (double)w->weight[k * w->f + c] * f[c];
            p[k] = (float)logit;
            most = logit > most ? logit : most;
        }
        double truth = p[label[i]];
        for (int64_t k = 0; k < w->k; k++)
            sum += exp(p[k] - most);
        loss += most + log(sum) - truth;
        for (int64_t k = 0; k < w->k; k++) {
            p[k] = (float)(exp(p[k] - most) / sum);
            delta[k] = p[k] - (k == label[i]);
        }
        memset(v, 0, (size_t)w->f * sizeof *v);
        for (int64_t k = 0; k < w->k; k++)
            for (int64_t c = 0; c < w->f; c++)
                v[c] += delta[k] * w->weight[k * w->f + c];
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
    for (int64_t i = 0; i < w->n; i++) {
        const float *a = w->jt + i * w->f, *f = w->features + i * w->f;
        const float *p = w->p + i * w->k, *delta = w->delta + i * w->k;
        double mean = 0;
        for (int64_t k = 0; k < w->k; k++)
            for (int64_t c = 0; c < w->f; c++)
                mean += (double)p[k] * w->weight[k * w->f + c] * a[c];
        for (int64_t k = 0; k < w->k; k++) {
            double e = 0;
            for (int64_t c = 0; c < w->f; c++)
                e += (double)w->weight[k * w->f + c] * a[c];
            float logit = (float)(delta[k] / (double)w->n + p[k] * (e - mean));
            float *to = io->grad_weight + k * w->f;
            for (int64_t c = 0; c < w->f; c++)
                to[c] += logit * f[c] + delta[k] * a[c];
            io->grad_bias[k] += logit;
        }
    }
}

static rc_status run_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                           rc_recalibration *io, work *w)
{
    RC_TRY(read_head(m, w));
    rc_graph_reset(g, true);
    rc_feed feed = rc_batch_feed(g, t, b);
    rc_var u = rc_graph_detach(g, rc_model_embed(g, m, &feed), true);
    rc_var f = rc_model_pool(g, m, rc_model_body(g, m, u, feed.length), feed.length);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_tensor_download(&f->value, w->features));
    io->loss = head_forward(w, b->label) / (double)b->n;
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
    RC_TRY(make_work(m, b->n, &w));
    rc_status status = run_batch(g, m, t, b, io, &w);
    rc_free(w.block);
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
    rc_score score;
    RC_TRY(rc_evaluate(g, m, t, part, batch, NULL, NULL, &score));
    out->accuracy = 1 - score.metric;
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
    }
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
    float *grad_weight, *grad_bias, *seed;
} trainer;

static rc_status penalty_gradients(trainer *x, double *loss)
{
    rc_recalibration io = {.tau = x->c->source.tau,
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

static rc_status plain_gradients(trainer *x, double *loss)
{
    int64_t n = x->batch.n;
    rc_graph_reset(x->g, true);
    rc_feed feed = rc_batch_feed(x->g, x->t, &x->batch);
    rc_var out = rc_model_forward(x->g, x->m, &feed);
    rc_var each = rc_batch_loss(x->g, x->t, &x->batch, out, false);
    RC_TRY(rc_graph_status(x->g));
    RC_TRY(rc_tensor_download(&each->value, x->seed));
    *loss = 0;
    for (int64_t i = 0; i < n; i++)
        *loss += x->seed[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        x->seed[i] = 1.0f / (float)n;
    RC_TRY(rc_graph_seed(each, x->seed));
    return rc_graph_backward(x->g, false);
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
            RC_TRY(with_penalty ? penalty_gradients(x, &loss) : plain_gradients(x, &loss));
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
    if (status == RC_OK) status = RC_NEW(&x.seed, c->source.batch);
    if (status == RC_OK) status = train(&x, epochs, with_penalty);
    rc_optimizer_destroy(&x.optimizer);
    rc_batch_free(&x.batch);
    rc_free(x.order);
    rc_free(x.grad_weight);
    rc_free(x.grad_bias);
    rc_free(x.seed);
    return status;
}

/* ---- features ---- */

rc_status rc_pooled_features(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                             uint64_t seed, int64_t n, float *features, int32_t *label)
{
    int64_t *order;
    rc_batch b = {0};
    RC_TRY(RC_NEW(&order, part->n));
    rc_epoch_order(seed ^ 0xfea7ull, 0, part->n, order);
    rc_status status = rc_batch_create(t, batch, &b);
    for (int64_t i = 0; label && i < n; i++)
        label[i] = rc_part_label(part, order[i]);
    for (int64_t i = 0; i < n && status == RC_OK; i += batch) {
        rc_batch_fill(&b, t, part, order + i, n - i < batch ? n - i : batch, NULL);
        rc_graph_reset(g, false);
        rc_feed feed = rc_batch_feed(g, t, &b);
        rc_var pooled = rc_mean_tokens(g, rc_model_embed(g, m, &feed), feed.length);
        status = rc_graph_status(g);
        if (status == RC_OK) status = rc_tensor_download(&pooled->value, features + i * rc_model_width(m));
    }
    rc_batch_free(&b);
    rc_free(order);
    return status;
}
