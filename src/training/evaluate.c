/* Losses and metrics of a task. */
#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "ops/ops.h"
#include "training/task.h"

rc_var rc_batch_loss(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, double smoothing)
{
    if (!output) return NULL;
    if (t->loss == RC_LOSS_CROSS_ENTROPY) {
        rc_var label = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(b->n), b->label, false);
        return rc_cross_entropy(g, output, label, (float)smoothing);
    }
    rc_var y = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, t->y_size), b->y, false);
    if (t->loss == RC_LOSS_BCE) return rc_binary_cross_entropy(g, output, y, 1.0f);
    if (t->loss == RC_LOSS_MSE) return rc_squared_error(g, output, y);
    rc_var scale = t->scale.data ? rc_graph_leaf(g, t->scale, false) : NULL;
    rc_var mean = t->mean.data ? rc_graph_leaf(g, t->mean, false) : NULL;
    return rc_relative_l2(g, output, y, scale, mean);
}

/* ---- metrics of one sample; the mean over samples is the score (rmse: the root of the mean) ---- */

static double class_error(const rc_batch *b, int64_t i, int64_t width, const float *out)
{
    int64_t best = 0;
    for (int64_t k = 1; k < width; k++)
        if (out[k] > out[best]) best = k;
    return best != b->label[i];
}

static double label_error(int64_t width, const float *out, const float *y)
{
    double wrong = 0;
    for (int64_t k = 0; k < width; k++)
        wrong += (out[k] > 0) != (y[k] > 0.5f);
    return wrong / (double)width;
}

static float scale_at(const rc_normaliser *z, int64_t i)
{
    if (z->kind == RC_NORM_NONE) return 1.0f;
    return z->std[z->kind == RC_NORM_CHANNEL ? i / z->points : i];
}

static float mean_at(const rc_normaliser *z, int64_t i)
{
    if (z->kind == RC_NORM_NONE) return 0.0f;
    return z->mean[z->kind == RC_NORM_CHANNEL ? i / z->points : i];
}

static void decoded_errors(const rc_task *t, int64_t width, const float *out, const float *y, double *square,
                           double *norm)
{
    *square = *norm = 0;
    for (int64_t k = 0; k < width; k++) {
        double s = scale_at(&t->ny, k), e = s * ((double)out[k] - y[k]),
               truth = s * y[k] + mean_at(&t->ny, k);
        *square += e * e;
        *norm += truth * truth;
    }
}

static double sample_metric(const rc_task *t, const rc_batch *b, int64_t i, int64_t width, const float *out)
{
    const float *y = b->y + i * t->y_size;
    double square, norm;
    switch (t->target) {
    case RC_TARGET_CLASSES:
        return class_error(b, i, width, out);
    case RC_TARGET_MULTILABEL:
        return label_error(width, out, y);
    case RC_TARGET_REGRESSION:
        decoded_errors(t, width, out, y, &square, &norm);
        return square / (double)width;
    case RC_TARGET_DENSE:
        decoded_errors(t, width, out, y, &square, &norm);
        return sqrt(square / (norm > 0 ? norm : 1e-30));
    }
    return NAN;
}

/* ---- a whole part ---- */

typedef struct totals {
    double loss, metric;
} totals;

static rc_status run_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b, int64_t first,
                           rc_output_visitor visit, void *context, totals *sum)
{
    rc_graph_reset(g, false);
    rc_feed feed = rc_batch_feed(g, t, b);
    rc_var output = rc_model_forward(g, m, &feed);
    rc_var loss = rc_batch_loss(g, t, b, output, 0);
    RC_TRY(rc_graph_status(g));
    const void *host;
    RC_TRY(rc_tensor_map_read(&loss->value, &host));
    for (int64_t i = 0; i < b->n; i++)
        sum->loss += ((const float *)host)[i];
    rc_tensor_unmap(&loss->value, host);
    int64_t width = rc_tensor_size(&output->value) / b->n;
    RC_TRY(rc_tensor_map_read(&output->value, &host));
    for (int64_t i = 0; i < b->n; i++)
        sum->metric += sample_metric(t, b, i, width, (const float *)host + i * width);
    rc_status status = visit ? visit(context, first, b, host) : RC_OK;
    rc_tensor_unmap(&output->value, host);
    return status;
}

rc_status rc_evaluate(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                      rc_output_visitor visit, void *context, rc_score *out)
{
    RC_CHECK(part->n > 0, RC_DATA, "nothing to evaluate: the data set has no samples in this part");
    rc_batch b;
    int64_t *order;
    RC_TRY(RC_NEW(&order, part->n));
    for (int64_t i = 0; i < part->n; i++)
        order[i] = i;
    rc_status status = rc_batch_create(t, batch, &b);
    totals sum = {0};
    for (int64_t i = 0; i < part->n && status == RC_OK; i += batch) {
        int64_t n = part->n - i < batch ? part->n - i : batch;
        rc_batch_fill(&b, t, part, order + i, n, NULL);
        status = run_batch(g, m, t, &b, i, visit, context, &sum);
    }
    rc_batch_free(&b);
    rc_free(order);
    out->loss = sum.loss / (double)part->n;
    out->metric = sum.metric / (double)part->n;
    if (t->target == RC_TARGET_REGRESSION) out->metric = sqrt(out->metric);
    return status;
}

/* ---- outputs for people ---- */

void rc_task_finish_output(const rc_task *t, int64_t width, float *output)
{
    if (t->target == RC_TARGET_CLASSES) {
        double most = output[0], sum = 0;
        for (int64_t k = 1; k < width; k++)
            most = output[k] > most ? output[k] : most;
        for (int64_t k = 0; k < width; k++)
            sum += exp(output[k] - most);
        for (int64_t k = 0; k < width; k++)
            output[k] = (float)(exp(output[k] - most) / sum);
    } else if (t->target == RC_TARGET_MULTILABEL) {
        for (int64_t k = 0; k < width; k++)
            output[k] = 1.0f / (1.0f + expf(-output[k]));
    } else {
        rc_normaliser_decode(&t->ny, output);
    }
}
