#include "source/source_head.h"

#include <math.h>
#include <string.h>

static rc_status read_head(rc_model *m, rc_head_rows *h)
{
    rc_tensor weight = rc_params_value(m->params, m->head[0]), bias = rc_params_value(m->params, m->head[1]);
    RC_TRY(rc_tensor_download(&weight, h->weight));
    return rc_tensor_download(&bias, h->bias);
}

static rc_status create(rc_model *m, int64_t rows, rc_head_rows *h)
{
    int64_t head = h->k * h->f + h->k;
    RC_TRY(RC_NEW_RAW(&h->label, rows));
    RC_TRY(RC_NEW_RAW(&h->loss, rows));
    RC_TRY(RC_NEW_RAW(&h->block, head + rows * (3 * h->f + 2 * h->k + 1)));
    h->weight = h->block;
    h->bias = h->weight + h->k * h->f;
    h->features = h->bias + h->k;
    h->v = h->features + rows * h->f;
    h->a = h->v + rows * h->f;
    h->p = h->a + rows * h->f;
    h->delta = h->p + rows * h->k;
    h->share = h->delta + rows * h->k;
    return read_head(m, h);
}

rc_status rc_head_rows_create(rc_model *m, int64_t rows, rc_head_rows *out)
{
    *out = (rc_head_rows){.rows = rows, .k = m->spec.outputs, .f = rc_model_features(m)};
    rc_status status = create(m, rows, out);
    if (status != RC_OK) rc_head_rows_free(out);
    return status;
}

void rc_head_rows_free(rc_head_rows *h)
{
    rc_free(h->label);
    rc_free(h->loss);
    rc_free(h->block);
    *h = (rc_head_rows){0};
}

/* ---- forward ---- */

/* Softmax and delta of row i; returns whether its label scores highest. */
static bool classify(const rc_head_rows *h, int64_t i)
{
    const float *f = h->features + i * h->f;
    float *p = h->p + i * h->k, *delta = h->delta + i * h->k;
    double max = -INFINITY, sum = 0;
    int32_t best = 0, label = h->label[i];
    for (int64_t k = 0; k < h->k; k++) {
        double logit = h->bias[k];
        for (int64_t c = 0; c < h->f; c++)
            logit += (double)h->weight[k * h->f + c] * f[c];
        p[k] = (float)logit;
        if (p[k] > p[best]) best = (int32_t)k;
        max = logit > max ? logit : max;
    }
    double truth = p[label];
    for (int64_t k = 0; k < h->k; k++)
        sum += exp(p[k] - max);
    h->loss[i] = h->share[i] * (max + log(sum) - truth);
    for (int64_t k = 0; k < h->k; k++) {
        p[k] = (float)(exp(p[k] - max) / sum);
        delta[k] = p[k] - (k == label);
    }
    return best == label;
}

static void take_slope(const rc_head_rows *h, int64_t i)
{
    float *v = h->v + i * h->f;
    memset(v, 0, (size_t)h->f * sizeof *v);
    if (h->label[i] < 0) return;
    for (int64_t k = 0; k < h->k; k++) {
        float factor = h->share[i] * h->delta[i * h->k + k];
        for (int64_t c = 0; c < h->f; c++)
            v[c] += factor * h->weight[k * h->f + c];
    }
}

double rc_head_forward(rc_head_rows *h, bool slope)
{
    int64_t correct = 0, counted = 0;
#pragma omp parallel for schedule(static) reduction(+ : correct, counted)
    for (int64_t i = 0; i < h->rows; i++) {
        h->loss[i] = 0;
        if (h->label[i] >= 0) {
            correct += classify(h, i);
            counted++;
        }
        if (slope) take_slope(h, i);
    }
    h->correct = correct;
    h->counted = counted;
    double loss = 0; /* in the order of rows, whatever the number of threads */
    for (int64_t i = 0; i < h->rows; i++)
        loss += h->loss[i];
    return loss;
}

/* ---- gradients ---- */

/* The slope in row i's logits, in place of p: cross-entropy's, and the penalty's through delta, which is
 * softmax backward of W a. */
static void logit_slopes(const rc_head_rows *h, int64_t i, int64_t n, bool with_a)
{
    const float *a = h->a + i * h->f, *delta = h->delta + i * h->k, share = h->share[i];
    float *p = h->p + i * h->k;
    double mean = 0;
    for (int64_t k = 0; k < h->k && with_a; k++)
        for (int64_t c = 0; c < h->f; c++)
            mean += (double)p[k] * h->weight[k * h->f + c] * a[c];
    for (int64_t k = 0; k < h->k; k++) {
        double e = 0;
        for (int64_t c = 0; c < h->f && with_a; c++)
            e += (double)h->weight[k * h->f + c] * a[c];
        p[k] = share * (float)(delta[k] / (double)n + p[k] * (e - mean));
    }
}

/* Class k's row of the weight's gradient; the penalty's through v directly is delta a^T. */
static void add_class(const rc_head_rows *h, int64_t k, bool with_a, float *weight, float *bias)
{
    for (int64_t i = 0; i < h->rows; i++) {
        const float *a = h->a + i * h->f, *f = h->features + i * h->f;
        if (h->label[i] < 0) continue;
        float logit = h->p[i * h->k + k], direct = h->share[i] * h->delta[i * h->k + k];
        for (int64_t c = 0; c < h->f; c++)
            weight[c] += logit * f[c];
        for (int64_t c = 0; c < h->f && with_a; c++)
            weight[c] += direct * a[c];
        *bias += logit;
    }
}

void rc_head_gradients(rc_head_rows *h, int64_t n, bool with_a, float *weight, float *bias)
{
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < h->rows; i++)
            if (h->label[i] >= 0) logit_slopes(h, i, n, with_a);
#pragma omp for schedule(static)
        for (int64_t k = 0; k < h->k; k++)
            add_class(h, k, with_a, weight + k * h->f, bias + k);
    }
}
