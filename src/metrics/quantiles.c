/* Scores of quantiles: of every number of a target some are said, the lowest of all numbers first. */
#include <math.h>

#include "metrics/metrics.h"

static double said(const rc_metric_input *in, int64_t i, int64_t q, int64_t k)
{
    return in->output[i * in->width + q * rc_metric_target_width(in) + k];
}

static double truth(const rc_metric_input *in, int64_t i, int64_t k)
{
    return in->target[i * rc_metric_target_width(in) + k];
}

rc_status rc__pinball(const rc_metric_input *in, double *out)
{
    int64_t numbers = rc_metric_target_width(in), quantiles = in->width / numbers;
    double sum = 0;
    for (int64_t i = 0; i < in->n; i++)
        for (int64_t q = 0; q < quantiles; q++)
            for (int64_t k = 0; k < numbers; k++) {
                double over = truth(in, i, k) - said(in, i, q, k);
                sum += over > 0 ? in->quantile[q] * over : (in->quantile[q] - 1) * over;
            }
    *out = sum / (double)(in->n * in->width);
    return RC_OK;
}

rc_status rc__coverage_error(const rc_metric_input *in, double *out)
{
    int64_t numbers = rc_metric_target_width(in), quantiles = in->width / numbers;
    *out = 0;
    for (int64_t q = 0; q < quantiles; q++) {
        int64_t below = 0;
        for (int64_t i = 0; i < in->n; i++)
            for (int64_t k = 0; k < numbers; k++)
                below += truth(in, i, k) <= said(in, i, q, k);
        *out += fabs((double)below / (double)(in->n * numbers) - in->quantile[q]) / (double)quantiles;
    }
    for (int64_t i = 0; i < in->n * in->width; i++)
        if (isnan(in->output[i])) *out = NAN;
    return RC_OK;
}

rc_status rc__interval_width(const rc_metric_input *in, double *out)
{
    int64_t numbers = rc_metric_target_width(in), last = in->width / numbers - 1;
    double sum = 0;
    for (int64_t i = 0; i < in->n; i++)
        for (int64_t k = 0; k < numbers; k++)
            sum += said(in, i, last, k) - said(in, i, 0, k);
    *out = sum / (double)(in->n * numbers);
    return RC_OK;
}

double rc_metric_coverage(const rc_metric_input *in)
{
    int64_t numbers = rc_metric_target_width(in), last = in->width / numbers - 1, inside = 0;
    for (int64_t i = 0; i < in->n; i++)
        for (int64_t k = 0; k < numbers; k++)
            inside += truth(in, i, k) >= said(in, i, 0, k) && truth(in, i, k) <= said(in, i, last, k);
    return (double)inside / (double)(in->n * numbers);
}
