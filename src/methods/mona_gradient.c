#include "methods/mona.h"

#include <math.h>
#include <string.h>

#include "ops/ops.h"

rc_status rc_mona_prepare(rc_mona *a)
{
    int64_t max = a->batch->capacity > a->samples->capacity ? a->batch->capacity : a->samples->capacity;
    a->total = rc_params_total(a->model->params);
    RC_TRY(RC_NEW(&a->seed, max));
    RC_TRY(RC_NEW(&a->start, a->total));
    RC_TRY(RC_NEW(&a->moved, a->total));
    RC_TRY(RC_NEW(&a->g, a->total));
    RC_TRY(RC_NEW(&a->plus, a->total));
    return RC_NEW(&a->work, a->total);
}

void rc_mona_free(rc_mona *a)
{
    rc_free(a->seed);
    rc_free(a->start);
    rc_free(a->moved);
    rc_free(a->g);
    rc_free(a->plus);
    rc_free(a->work);
}

/* ---- parameters as one vector on the host; the body's part of it moves ---- */

static bool in_body(const rc_mona *a, int i)
{
    const rc_model *m = a->model;
    return i >= m->first[RC_PART_BODY] && i < m->first[RC_PART_BODY + 1];
}

static rc_status read_values(rc_mona *a, float *out)
{
    rc_params *p = a->model->params;
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_tensor t = rc_params_value(p, i);
        RC_TRY(rc_tensor_download(&t, out + rc_params_get(p, i)->offset));
    }
    return RC_OK;
}

/* body := base + step * direction */
static rc_status place_body(rc_mona *a, const float *base, double step, const float *direction)
{
    rc_params *p = a->model->params;
    for (int i = 0; i < rc_params_count(p); i++) {
        if (!in_body(a, i)) continue;
        const rc_param *e = rc_params_get(p, i);
        rc_tensor t = rc_params_value(p, i);
        for (int64_t k = e->offset; k < e->offset + e->size; k++)
            a->work[k] = base[k] + (float)(step * direction[k]);
        RC_TRY(rc_tensor_upload(&t, a->work + e->offset));
    }
    return RC_OK;
}

static rc_status read_gradients(rc_mona *a, float *out)
{
    rc_params *p = a->model->params;
    memset(out, 0, (size_t)a->total * sizeof *out);
    for (int i = 0; i < rc_params_count(p); i++) {
        if (!rc_params_grad_ready(p, i)) continue;
        rc_tensor t = rc_params_grad(p, i);
        RC_TRY(rc_tensor_download(&t, out + rc_params_get(p, i)->offset));
    }
    rc_params_zero_grads(p);
    return RC_OK;
}

static double body_norm(const rc_mona *a, const float *v)
{
    rc_params *p = a->model->params;
    double sum = 0;
    for (int i = 0; i < rc_params_count(p); i++) {
        const rc_param *e = rc_params_get(p, i);
        for (int64_t k = e->offset; in_body(a, i) && k < e->offset + e->size; k++)
            sum += (double)v[k] * v[k];
    }
    return sqrt(sum);
}

/* ---- the two losses and their gradients ---- */

static rc_status differentiate(rc_mona *a, rc_var loss, int64_t n, double *value)
{
    const void *host;
    RC_TRY(rc_graph_status(a->graph));
    *value = 0;
    RC_TRY(rc_tensor_map_read(&loss->value, &host));
    for (int64_t i = 0; i < n; i++)
        *value += ((const float *)host)[i] / (double)n;
    rc_tensor_unmap(&loss->value, host);
    RC_CHECK(
        isfinite(*value), RC_NUMERIC,
        "mona: a loss became %g; the last good checkpoint is kept; try a lower align.lr or mona.inner_lr",
        *value);
    for (int64_t i = 0; i < n; i++)
        a->seed[i] = 1.0f / (float)n;
    RC_TRY(rc_graph_seed(loss, a->seed));
    return rc_graph_backward(a->graph, false);
}

static rc_status target_gradient(rc_mona *a, double *loss, float *gradient)
{
    rc_graph *g = a->graph;
    rc_graph_reset(g, true);
    rc_feed feed = rc_task_feed(g, a->task, a->batch->n, &a->batch->given);
    rc_var output = rc_model_forward(g, a->model, &feed);
    RC_TRY(differentiate(a, rc_batch_loss(g, a->task, a->batch, output, true), a->batch->n, loss));
    return read_gradients(a, gradient);
}

static rc_status source_gradient(rc_mona *a, double *loss, float *gradient)
{
    rc_graph *g = a->graph;
    rc_model *m = a->model;
    int64_t n = a->samples->capacity;
    rc_graph_reset(g, true);
    rc_feed feed = {.length = rc_source_samples_length(g, a->samples, n)};
    rc_var tokens = rc_model_body(g, m, rc_source_samples_u(g, a->samples, n), &feed);
    rc_var logits = rc_linear(g, rc_model_pool(g, m, tokens, &feed), rc_graph_leaf(g, a->head[0], false),
                              rc_graph_leaf(g, a->head[1], false), NULL);
    rc_var each = rc_cross_entropy(g, logits, rc_source_samples_label(g, a->samples, n), 0);
    RC_TRY(differentiate(a, each, n, loss));
    return read_gradients(a, gradient);
}

rc_status rc_mona_gradient(rc_mona *a, double *target, double *source)
{
    rc_params *p = a->model->params;
    double beta = a->inner_lr, unused;
    RC_TRY(read_values(a, a->start));
    float *v = a->moved,
          *minus = a->moved; /* theta' and v are not needed any more when the next takes its place */
    RC_TRY(target_gradient(a, target, a->g));
    RC_TRY(place_body(a, a->start, -beta, a->g));
    RC_TRY(source_gradient(a, source, v));
    double norm = body_norm(a, v), e = norm > 0 ? 0.01 / norm : 0;
    if (e > 0) {
        RC_TRY(place_body(a, a->start, e, v));
        RC_TRY(target_gradient(a, &unused, a->plus));
        RC_TRY(place_body(a, a->start, -e, v));
        RC_TRY(target_gradient(a, &unused, minus));
    }
    for (int i = 0; i < rc_params_count(p); i++) {
        const rc_param *at = rc_params_get(p, i);
        bool embedder = i < a->model->first[RC_PART_BODY];
        for (int64_t k = at->offset; k < at->offset + at->size; k++) {
            double through = embedder && e > 0 ? -beta * ((double)a->plus[k] - minus[k]) / (2 * e) : 0;
            a->g[k] = in_body(a, i) ? 0 : (float)(a->weight_task * a->g[k] + through);
        }
    }
    return place_body(a, a->start, 0, a->start);
}
