/* transport/coral.c: |C_a - C_b|_F^2 / (4 d^2) between covariances (Sun and Saenko, "Deep CORAL", 2016).
 * Means do not enter. */
#include "base/memory.h"
#include "transport/dense.h"
#include "transport/distances.h"

static rc_status find_moments(const rc_sample_set *s, const char *name, rc_moments *out)
{
    RC_CHECK(s->n > 1, RC_SHAPE, "distance coral: %s has one sample; a covariance needs at least two", name);
    return rc_moments_create(s->x, s->weight, s->n, s->d, (double)(s->n - 1), out);
}

static void release(void *state)
{
    if (state) rc_moments_free(state);
    rc_free(state);
}

static rc_status prepare(rc_distance *to)
{
    rc_moments *b;
    RC_TRY(RC_NEW(&b, 1));
    to->state = b;
    return find_moments(&to->b, "b", b);
}

/* dL/dC_a = (C_a - C_b) / (2 d^2), and C_a = X^T W X / (n - 1) with X the deviations, W the weights. */
static rc_status compare(const rc_sample_set *set, const rc_moments *a, const rc_moments *b, double *value,
                         float *grad)
{
    int64_t d = a->d;
    double sum = 0.0, size = (double)d * (double)d, *pull;
    for (int64_t k = 0; k < d * d; k++) {
        a->covariance[k] -= b->covariance[k];
        sum += a->covariance[k] * a->covariance[k];
    }
    *value = sum / (4.0 * size);
    if (!grad) return RC_OK;
    RC_TRY(RC_NEW(&pull, a->n * d));
    rc_dense_product(a->n, d, d, a->deviation, false, a->covariance, pull);
    for (int64_t i = 0; i < a->n * d; i++)
        grad[i] = (float)(rc_sample_weight(set, i / d) * pull[i] / (size * (double)(a->n - 1)));
    rc_free(pull);
    return RC_OK;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    rc_moments own;
    RC_TRY(find_moments(a, "a", &own));
    rc_status status = compare(a, &own, to->state, &out->value, grad);
    rc_moments_free(&own);
    return status;
}

const rc_distance_kind rc_distance_coral = {.name = "coral",
                                            .about = "squared distance of covariances, over 4 d^2",
                                            .several = true,
                                            .prepare = prepare,
                                            .measure = measure,
                                            .release = release};
