/* transport/energy.c: the energy distance 2 E|x - y| - E|x - x'| - E|y - y'|, every expectation over all
 * pairs (Szekely and Rizzo, "Energy statistics", 2013). Not negative, and zero between equal sets. */
#include <math.h>

#include "base/memory.h"
#include "transport/distances.h"
#include "transport/radial.h"

/* |x - y| has a kink where points coincide: no pull there. */
static void at(const rc_radial *f, int64_t count, const double *r2, double *value, double *pull,
               double *slope)
{
    (void)f;
    for (int64_t j = 0; j < count; j++) {
        value[j] = sqrt(r2[j]);
        pull[j] = r2[j] > 0.0 ? 1.0 / value[j] : 0.0;
        slope[j] = 0.0;
    }
}

static const rc_radial length = {.at = at};

/* The state is the sum over all pairs of b. */
static rc_status prepare(rc_distance *to)
{
    rc_radial_set set = {.points = to->b};
    rc_radial_sums *sums;
    RC_TRY(RC_NEW(&sums, 1));
    to->state = sums;
    return rc__radial_within(&length, &set, sums);
}

static rc_status sum_pairs(const rc_distance *to, const rc_sample_set *a, double *grad, double *value)
{
    const rc_radial_sums *within_b = to->state;
    double n = (double)a->n, m = (double)to->b.n;
    rc_radial_sums across, within_a;
    RC_TRY(rc__radial_pairs(&length, a, &to->b, 2.0 / (n * m), grad, &across));
    RC_TRY(rc__radial_pairs(&length, a, a, -2.0 / (n * n), grad, &within_a));
    *value = 2.0 * across.value / (n * m) - within_a.value / (n * n) - within_b->value / (m * m);
    return RC_OK;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    double *sum = NULL;
    if (grad) RC_TRY(RC_NEW(&sum, a->n * a->d));
    rc_status status = sum_pairs(to, a, sum, &out->value);
    for (int64_t i = 0; status == RC_OK && grad && i < a->n * a->d; i++)
        grad[i] = (float)sum[i];
    rc_free(sum);
    return status;
}

const rc_distance_kind rc_distance_energy = {.name = "energy",
                                             .about = "energy distance 2E|x - y| - E|x - x'| - E|y - y'|",
                                             .prepare = prepare,
                                             .measure = measure,
                                             .release = rc_free};
