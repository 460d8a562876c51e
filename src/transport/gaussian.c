/* transport/gaussian.c: half the squared Wasserstein distance between the Gaussians that have the samples'
 * means and covariances (the Bures metric),
 *
 *     |m_a - m_b|^2 / 2 + tr A / 2 + tr B / 2 - tr (R A R)^(1/2),    R = B^(1/2).
 *
 * A covariance of fewer samples than coordinates says nothing of most directions; it is shrunk towards the
 * multiple of the identity that has its trace, C -> (1 - s) C + s (tr C / d) I. s depends on the sizes alone,
 * so the gradient is exact. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "transport/dense.h"
#include "transport/distances.h"

/* Chosen shrinkage with fewer samples than coordinates. */
static const double chosen = 0.1;

static double shrinkage_for(const rc_distance_settings *o, const rc_sample_set *s)
{
    if (o->shrinkage >= 0.0) return o->shrinkage;
    return s->n > s->d ? 0.0 : chosen;
}

static double trace(const double *c, int64_t d)
{
    double sum = 0.0;
    for (int64_t k = 0; k < d; k++)
        sum += c[k * d + k];
    return sum;
}

static void shrink(double s, int64_t d, double *c)
{
    double level = s * trace(c, d) / (double)d;
    for (int64_t k = 0; k < d * d; k++)
        c[k] *= 1.0 - s;
    for (int64_t k = 0; k < d; k++)
        c[k * d + k] += level;
}

typedef struct target {
    double *mean; /* [d] */
    double *root; /* [d, d]: B^(1/2) */
    double trace;
} target;

static void release(void *state)
{
    target *t = state;
    if (!t) return;
    rc_free(t->mean);
    rc_free(t->root);

    rc_free(t);
}

static rc_status prepare(rc_distance *to)
{
    const rc_sample_set *b = &to->b;
    target *t;
    rc_moments m = {0};
    rc_status status = RC_OK;
    RC_TRY(RC_NEW(&t, 1));
    to->state = t;
    RC_TRY_DONE(RC_NEW(&t->mean, b->d));
    RC_TRY_DONE(RC_NEW(&t->root, b->d * b->d));

    RC_TRY_DONE(rc_moments_create(b->x, b->weight, b->n, b->d, (double)b->n, &m));
    memcpy(t->mean, m.mean, sizeof(double) * (size_t)b->d);
    shrink(shrinkage_for(&to->settings, b), b->d, m.covariance);
    t->trace = trace(m.covariance, b->d);
    RC_TRY_DONE(rc_dense_root(b->d, m.covariance, t->root));
done:
    rc_moments_free(&m);
    return status;
}

/* ---- measuring ---- */

typedef struct work {
    double *between, *other, *value; /* [d, d], [d, d], [d] */
} work;

static void free_work(work *w)
{
    rc_free(w->between);
    rc_free(w->other);
    rc_free(w->value);
}

/* Eigenvectors of R A R into between, the roots of its eigenvalues into value; returns their sum. */
static rc_status decompose(int64_t d, const double *root, const double *a, work *w, double *sum)
{
    RC_TRY(RC_NEW(&w->between, d * d));
    RC_TRY(RC_NEW(&w->other, d * d));
    RC_TRY(RC_NEW(&w->value, d));
    rc_dense_product(d, d, d, root, false, a, w->other);
    rc_dense_product(d, d, d, w->other, false, root, w->between);
    RC_TRY(rc_dense_eigen(d, true, w->between, w->value));
    *sum = 0.0;
    /* What is within rounding of 0 is 0: its root would not be small. */
    double min = 4.0 * (double)d * DBL_EPSILON * fmax(0.0, w->value[d - 1]);
    for (int64_t i = 0; i < d; i++) {
        w->value[i] = w->value[i] > min ? sqrt(w->value[i]) : 0.0;
        *sum += w->value[i];
    }
    return RC_OK;
}

/* Gradient in A: (I - R (R A R)^(-1/2) R) / 2, into between; then through the shrinkage. */
static rc_status pull_on_covariance(int64_t d, const double *root, double s, work *w)
{
    for (int64_t i = 0; i < d; i++)
        w->value[i] = w->value[i] > 0.0 ? 1.0 / w->value[i] : 0.0;
    RC_TRY(rc_dense_compose(d, w->between, w->value, w->other));
    rc_dense_product(d, d, d, root, false, w->other, w->between);
    rc_dense_product(d, d, d, w->between, false, root, w->other);
    for (int64_t k = 0; k < d * d; k++)
        w->other[k] *= -0.5;
    for (int64_t k = 0; k < d; k++)
        w->other[k * d + k] += 0.5;
    shrink(s, d, w->other);
    return RC_OK;
}

/* With C = X^T W X / n: 2 W X G / n from the covariance, W (m_a - m_b) / n from the mean. */
static rc_status write_gradient(const rc_sample_set *set, const rc_moments *a, const target *t,
                                const double *pull, float *grad)
{
    int64_t d = a->d;
    double *moved;
    RC_TRY(RC_NEW(&moved, a->n * d));
    rc_dense_product(a->n, d, d, a->deviation, false, pull, moved);
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t k = 0; k < d; k++)
            grad[i * d + k] = (float)(rc_sample_weight(set, i) *
                                      (2.0 * moved[i * d + k] + a->mean[k] - t->mean[k]) / (double)a->n);
    rc_free(moved);
    return RC_OK;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    const target *t = to->state;
    double roots, means = 0.0, s = shrinkage_for(&to->settings, a);
    rc_moments m = {0};
    work w = {0};
    rc_status status = RC_OK;
    RC_TRY_DONE(rc_moments_create(a->x, a->weight, a->n, a->d, (double)a->n, &m));
    shrink(s, a->d, m.covariance);
    RC_TRY_DONE(decompose(a->d, t->root, m.covariance, &w, &roots));
    for (int64_t k = 0; k < a->d; k++)
        means += (m.mean[k] - t->mean[k]) * (m.mean[k] - t->mean[k]);
    out->value = 0.5 * means + 0.5 * trace(m.covariance, a->d) + 0.5 * t->trace - roots;
    if (grad) {
        RC_TRY_DONE(pull_on_covariance(a->d, t->root, s, &w));
        RC_TRY_DONE(write_gradient(a, &m, t, w.other, grad));
    }
done:
    rc_moments_free(&m);
    free_work(&w);
    return status;
}

const rc_distance_kind rc_distance_gaussian = {
    .name = "gaussian",
    .about = "Wasserstein between Gaussians of the same means and covariances, half its square",
    .half_square = true,
    .prepare = prepare,
    .measure = measure,
    .release = release};
