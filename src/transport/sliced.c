/* transport/sliced.c: sliced Wasserstein distance, half its square: the mean over random directions of W2^2 /
 * 2 between the projections (Bonneel et al., "Sliced and Radon Wasserstein barycenters of measures", 2015).
 * On a line the best plan joins quantiles, which is exact for any two sizes. */
#include "transport/sliced.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/rng.h"

/* Directions [count, d], of length 1. */
static void make_directions(uint64_t seed, int64_t count, int64_t d, double *out)
{
    for (int64_t l = 0; l < count; l++) {
        rc_rng rng = rc_rng_make(seed, "sliced", (uint64_t)l);
        double square = 0.0;
        while (!(square > 0.0)) {
            square = 0.0;
            for (int64_t k = 0; k < d; k++) {
                out[l * d + k] = rc_rng_normal(&rng);
                square += out[l * d + k] * out[l * d + k];
            }
        }
        for (int64_t k = 0; k < d; k++)
            out[l * d + k] /= sqrt(square);
    }
}

typedef struct place {
    double at;
    int64_t index;
} place;

static int ascending(const void *x, const void *y)
{
    const place *a = x, *b = y;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Relative to an origin, so that float32 values far from 0 lose nothing against each other. */
static void project(const float *x, int64_t n, int64_t d, const float *origin, const double *direction,
                    place *out)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (int64_t k = 0; k < d; k++)
            sum += ((double)x[i * d + k] - (double)origin[k]) * direction[k];
        out[i] = (place){sum, i};
    }
    qsort(out, (size_t)n, sizeof *out, ascending);
}

/* Walks along both sorted sets. Mass is counted in 1 / (n m), so that without weights all steps are whole.
 * slope [n]: derivative of the cost in each point of a. */
static double join_quantiles(const rc_sample_set *a, const place *at_a, const rc_sample_set *b,
                             const place *at_b, double *slope)
{
    double n = (double)a->n, m = (double)b->n, unit = 1.0 / (n * m), cost = 0.0, left_a = 0.0, left_b = 0.0;
    for (int64_t i = -1, j = -1;;) {
        if (left_a == 0.0 && ++i < a->n) left_a = m * rc_sample_weight(a, at_a[i].index);
        if (left_b == 0.0 && ++j < b->n) left_b = n * rc_sample_weight(b, at_b[j].index);
        if (i == a->n || j == b->n) return cost;
        double step = left_a < left_b ? left_a : left_b;
        double delta = at_a[i].at - at_b[j].at, mass = step * unit;
        cost += 0.5 * mass * delta * delta;
        slope[at_a[i].index] += mass * delta;
        left_a -= step;
        left_b -= step;
    }
}

struct rc_slices {
    int64_t count, d;
    rc_sample_set b;
    double *direction; /* [count, d] */
    place *sorted;     /* [count, m]: the projections of b, relative to its first point */
};

void rc__slices_free(rc_slices *s)
{
    if (!s) return;
    rc_free(s->direction);
    rc_free(s->sorted);
    rc_free(s);
}

rc_status rc__slices_create(const rc_sample_set *b, int64_t count, const double *direction, uint64_t seed,
                            rc_slices **out)
{
    rc_slices *s;
    RC_CHECK(count > 0, RC_CONFIG, "sliced: %lld directions; at least one is needed", (long long)count);
    RC_TRY(RC_NEW(&s, 1));
    *s = (rc_slices){.count = count, .d = b->d, .b = *b};
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&s->direction, count * b->d));
    RC_TRY_DONE(RC_NEW_RAW(&s->sorted, count * b->n));
    if (!direction) make_directions(seed, count, b->d, s->direction);
    for (int64_t k = 0; direction && k < count * b->d; k++)
        s->direction[k] = direction[k];
#pragma omp parallel for schedule(static)
    for (int64_t l = 0; l < count; l++)
        project(b->x, b->n, b->d, b->x, s->direction + l * b->d, s->sorted + l * b->n);
    *out = s;
    s = NULL;
done:
    rc__slices_free(s);
    return status;
}

/* grad_i = mean over directions of slope * direction. */
static void gather(const rc_slices *s, int64_t n, const double *slope, float *grad)
{
    int64_t d = s->d;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < d; k++) {
            double sum = 0.0;
            for (int64_t l = 0; l < s->count; l++)
                sum += slope[l * n + i] * s->direction[l * d + k];
            grad[i * d + k] = (float)(sum / (double)s->count);
        }
    }
}

rc_status rc__slices_measure(const rc_slices *s, const rc_sample_set *a, double *value, float *grad)
{
    int64_t n = a->n;
    double *slope = NULL, *cost = NULL;
    place *work = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&slope, s->count * n));
    RC_TRY_DONE(RC_NEW(&cost, s->count));
    RC_TRY_DONE(RC_NEW_RAW(&work, s->count * n));
#pragma omp parallel for schedule(static)
    for (int64_t l = 0; l < s->count; l++) {
        project(a->x, n, s->d, s->b.x, s->direction + l * s->d, work + l * n);
        cost[l] = join_quantiles(a, work + l * n, &s->b, s->sorted + l * s->b.n, slope + l * n);
    }
    *value = 0.0;
    for (int64_t l = 0; l < s->count; l++)
        *value += cost[l] / (double)s->count;
    if (grad) gather(s, n, slope, grad);
done:
    rc_free(slope);
    rc_free(cost);
    rc_free(work);
    return status;
}

/* ---- in the table of distances ---- */

static rc_status prepare(rc_distance *to)
{
    rc_slices *s;
    RC_TRY(rc__slices_create(&to->b, to->settings.projections, NULL, to->settings.seed, &s));
    to->state = s;
    return RC_OK;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    return rc__slices_measure(to->state, a, &out->value, grad);
}

static void release(void *state)
{
    rc__slices_free(state);
}

const rc_distance_kind rc_distance_sliced = {.name = "sliced",
                                             .about = "sliced Wasserstein, half its square",
                                             .half_square = true,
                                             .prepare = prepare,
                                             .measure = measure,
                                             .release = release};
