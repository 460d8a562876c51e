/* transport/mmd.c: maximum mean discrepancy E k(x, x') + E k(y, y') - 2 E k(x, y), every expectation over all
 * pairs, with k the sum of five Gaussian kernels exp(-|x - y|^2 / h), h = s/4, s/2, s, 2s, 4s around the mean
 * squared distance s of all n + m points (Long et al., "Learning transferable features with deep adaptation
 * networks", 2015; the bandwidths of ORCA). s moves with a, and the gradient says so. */
#include <math.h>

#include "base/memory.h"
#include "transport/distances.h"
#include "transport/radial.h"

enum { KERNELS = 5 };

/* The parameter is s. From the widest kernel each narrower one is the square of the one before. */
static void at(const rc_radial *f, int64_t count, const double *r2, double *value, double *pull,
               double *slope)
{
    double s = f->parameter;
    for (int64_t j = 0; j < count; j++) {
        double h = 4.0 * s, k = exp(-r2[j] / h), sum = 0.0, over_h = 0.0;
        for (int q = 0; q < KERNELS; q++, h *= 0.5, k *= k) {
            sum += k;
            over_h += k / h;
        }
        value[j] = sum;
        pull[j] = -2.0 * over_h;
        slope[j] = r2[j] * over_h / s;
    }
}

/* ---- the mean squared distance of all points ---- */

/* Sum and squared norm of points relative to an origin. */
typedef struct moments {
    double *sum, square; /* sum [d] */
} moments;

static void add_moments(const rc_sample_set *s, const float *origin, moments *io)
{
    for (int64_t i = 0; i < s->n; i++) {
        double weight = rc_sample_weight(s, i);
        for (int64_t k = 0; k < s->d; k++) {
            double v = (double)s->x[i * s->d + k] - (double)origin[k];
            io->sum[k] += weight * v;
            io->square += weight * v * v;
        }
    }
}

/* The sum over ordered pairs of |x - y|^2 is 2 N sum|x|^2 - 2 |sum x|^2. */
static double mean_square(const moments *all, int64_t count, int64_t d)
{
    double n = (double)count, sum = 2.0 * n * all->square;
    for (int64_t k = 0; k < d; k++)
        sum -= 2.0 * all->sum[k] * all->sum[k];
    return sum / (n * n - n);
}

/* ---- ---- */

static void release(void *state)
{
    if (state) rc__radial_set_free(state);
    rc_free(state);
}

static rc_status prepare(rc_distance *to)
{
    rc_radial_set *set;
    RC_TRY(RC_NEW(&set, 1));
    to->state = set;
    return rc__radial_set_create(&to->b, set);
}

/* grad [n, d], or NULL. */
static rc_status discrepancy(const rc_distance *to, const rc_sample_set *a, const moments *all, double *grad,
                             double *value)
{
    const rc_sample_set *b = &to->b;
    double n = (double)a->n, m = (double)b->n, count = n + m;
    rc_radial f = {.at = at, .parameter = mean_square(all, a->n + b->n, a->d)};
    rc_radial_sums aa, ab, bb;
    *value = 0.0;
    if (!(f.parameter > 0.0)) return RC_OK; /* all points are the same */
    RC_TRY(rc__radial_pairs(&f, a, a, 2.0 / (n * n), grad, &aa));
    RC_TRY(rc__radial_pairs(&f, a, b, -2.0 / (n * m), grad, &ab));
    RC_TRY(rc__radial_within(&f, to->state, &bb));
    *value = aa.value / (n * n) + bb.value / (m * m) - 2.0 * ab.value / (n * m);
    double slope = aa.slope / (n * n) + bb.slope / (m * m) - 2.0 * ab.slope / (n * m);
    for (int64_t i = 0; grad && i < a->n; i++) {
        double pull = slope * 4.0 * rc_sample_weight(a, i);
        for (int64_t k = 0; k < a->d; k++) {
            double x = (double)a->x[i * a->d + k] - (double)b->x[k];
            grad[i * a->d + k] += pull * (count * x - all->sum[k]) / (count * count - count);
        }
    }
    return RC_OK;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    moments all = {0};
    double *sum = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&all.sum, a->d));
    if (grad) RC_TRY_DONE(RC_NEW(&sum, a->n * a->d));
    add_moments(a, to->b.x, &all);
    add_moments(&to->b, to->b.x, &all);
    RC_TRY_DONE(discrepancy(to, a, &all, sum, &out->value));
    for (int64_t i = 0; grad && i < a->n * a->d; i++)
        grad[i] = (float)sum[i];
done:
    rc_free(all.sum);
    rc_free(sum);
    return status;
}

const rc_distance_kind rc_distance_mmd = {.name = "mmd",
                                          .about = "maximum mean discrepancy, five Gaussian kernels",
                                          .prepare = prepare,
                                          .measure = measure,
                                          .release = release};
