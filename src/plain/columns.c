/* Columns as the predictors see them: standardised by the training samples, without those that never vary. */
#include <math.h>

#include "base/memory.h"
#include "plain/plain_parts.h"

/* Of the numbers that are there; those that are not count as the mean. */
static void measure(const rc_plain_samples *s, int64_t width, const double *x, int64_t k, double *mean,
                    double *deviation)
{
    double sum = 0, squares = 0, there = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double v = x[i * width + k];
        if (isnan(v)) continue;
        sum += rc_plain_weight(s, i) * v;
        there += rc_plain_weight(s, i);
    }
    *mean = there > 0 ? sum / there : 0;
    for (int64_t i = 0; i < s->n; i++) {
        double v = x[i * width + k] - *mean;
        if (!isnan(v)) squares += rc_plain_weight(s, i) * v * v;
    }
    *deviation = sqrt(squares / rc__plain_mass(s));
    /* What rounding leaves of a constant is no spread. */
    if (*deviation <= 1e-9 * fabs(*mean)) *deviation = 0;
}

/* Features of a model have one scale: their sizes mean something, and a channel that the model has shut is
 * not to be blown up. */
static void share_deviation(int64_t width, double *deviation)
{
    double squares = 0;
    int64_t there = 0;
    for (int64_t k = 0; k < width; k++) {
        squares += deviation[k] * deviation[k];
        there += deviation[k] > 0;
    }
    for (int64_t k = 0; k < width; k++)
        if (deviation[k] > 0) deviation[k] = sqrt(squares / (double)there);
}

rc_status rc__columns_fit(rc_plain *p, const rc_plain_samples *train, int64_t width, const double *x)
{
    double *mean, *deviation, *kept_mean, *kept_deviation;
    int32_t *column;
    int64_t kept = 0;
    RC_TRY(RC_NEW(&mean, 2 * width));
    deviation = mean + width;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < width; k++)
        measure(train, width, x, k, &mean[k], &deviation[k]);
    if (p->kind->one_scale) share_deviation(width, deviation);
    for (int64_t k = 0; k < width; k++)
        kept += deviation[k] > 0;
    rc_status status = rc__plain_add(p, "column", RC_DTYPE_I32, RC_SHAPE(kept), &column);
    if (status == RC_OK) status = rc__plain_add(p, "mean", RC_DTYPE_F64, RC_SHAPE(kept), &kept_mean);
    if (status == RC_OK)
        status = rc__plain_add(p, "deviation", RC_DTYPE_F64, RC_SHAPE(kept), &kept_deviation);
    for (int64_t k = 0, at = 0; k < width && status == RC_OK; k++) {
        if (!(deviation[k] > 0)) continue;
        column[at] = (int32_t)k;
        kept_mean[at] = mean[k];
        kept_deviation[at++] = deviation[k];
    }
    rc_free(mean);
    return status;
}

int64_t rc__columns_kept(const rc_plain *p)
{
    return rc__plain_rows(p, "column");
}

/* Row by row and forwards, so z may be x. */
void rc__columns_apply(const rc_plain *p, int64_t n, int64_t width, const double *x, double *z)
{
    const int32_t *column = rc__plain_data(p, "column");
    const double *mean = rc__plain_data(p, "mean"), *deviation = rc__plain_data(p, "deviation");
    int64_t kept = rc__columns_kept(p);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < kept; k++) {
            double v = x[i * width + column[k]];
            z[i * kept + k] = isnan(v) ? 0 : (v - mean[k]) / deviation[k];
        }
}

rc_status rc__columns_verify(const rc_plain *p, int64_t width)
{
    RC_TRY(rc__plain_expect(p, "column", RC_DTYPE_I32, RC_SHAPE(-1)));
    RC_TRY(rc__plain_expect_within(p, "column", 0, width - 1));
    int64_t kept = rc__columns_kept(p);
    RC_TRY(rc__plain_expect(p, "mean", RC_DTYPE_F64, RC_SHAPE(kept)));
    RC_TRY(rc__plain_expect(p, "deviation", RC_DTYPE_F64, RC_SHAPE(kept)));
    const double *deviation = rc__plain_data(p, "deviation");
    for (int64_t k = 0; k < kept; k++)
        RC_CHECK(deviation[k] > 0, RC_FORMAT, "%s: a column's deviation is not above 0", p->kind->name);
    return RC_OK;
}
