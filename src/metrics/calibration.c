/* Do samples that are called right with probability p turn out right in a share p of cases? */
#include <math.h>

#include "metrics/metrics.h"

rc_reliability rc_reliability_of(int64_t n, int64_t width, const float *probability, const int32_t *label)
{
    rc_reliability r = {0};
    for (int64_t i = 0; i < n; i++) {
        const float *p = probability + i * width;
        int64_t said = rc_decide(p, width, 0);
        int bin = (int)(p[said] * RC_RELIABILITY_BINS);
        if (bin >= RC_RELIABILITY_BINS) bin = RC_RELIABILITY_BINS - 1;
        r.count[bin]++;
        r.confidence[bin] += (double)p[said];
        r.right[bin] += said == label[i];
    }
    for (int b = 0; b < RC_RELIABILITY_BINS; b++) {
        if (r.count[b] == 0) continue;
        r.error += fabs(r.right[b] - r.confidence[b]) / (double)n;
        r.confidence[b] /= (double)r.count[b];
        r.right[b] /= (double)r.count[b];
    }
    return r;
}

rc_status rc__calibration_error(const rc_metric_input *in, double *out)
{
    *out = rc_reliability_of(in->n, in->width, in->output, in->label).error;
    return RC_OK;
}
