/* transport/principal.c: the plane on which samples vary most. */
#include <math.h>

#include "base/memory.h"
#include "transport/dense.h"
#include "transport/transport.h"

/* The sign of an axis is free: its largest entry is made positive, so that pictures do not flip. */
static void fix_sign(int64_t d, double *axis)
{
    int64_t largest = 0;
    for (int64_t k = 1; k < d; k++)
        if (fabs(axis[k]) > fabs(axis[largest])) largest = k;
    if (axis[largest] >= 0.0) return;
    for (int64_t k = 0; k < d; k++)
        axis[k] = -axis[k];
}

rc_status rc_principal_plane(const float *x, int64_t n, int64_t d, double *mean, double *axes,
                             double share[2])
{
    rc_moments m = {0};
    double *value = NULL, total = 0.0;
    rc_status status = RC_OK;
    RC_CHECK(n > 0 && d > 0, RC_SHAPE, "a projection of %lld samples of %lld values; at least one is needed",
             (long long)n, (long long)d);
    RC_TRY_DONE(RC_NEW(&value, d));
    RC_TRY_DONE(rc_moments_create(x, NULL, n, d, (double)n, &m));
    RC_TRY_DONE(rc_dense_eigen(d, true, m.covariance, value));
    for (int64_t k = 0; k < d; k++) {
        mean[k] = m.mean[k];
        total += value[k] > 0.0 ? value[k] : 0.0;
    }
    for (int64_t i = 0; i < 2; i++) {
        bool there = i < d;
        for (int64_t k = 0; k < d; k++)
            axes[i * d + k] = there ? m.covariance[(d - 1 - i) * d + k] : 0.0;
        share[i] = there && total > 0.0 ? fmax(0.0, value[d - 1 - i]) / total : 0.0;
        fix_sign(d, axes + i * d);
    }
done:
    rc_moments_free(&m);
    rc_free(value);
    return status;
}
