/* Scores of classes of points: a sample is [classes, points], its target the classes [points]; below 0: not
 * known. */
#include <math.h>

#include "base/memory.h"
#include "base/spill.h"
#include "metrics/metrics.h"

int64_t rc_decide_point(const float *p, int64_t classes, int64_t points, int64_t at)
{
    int64_t best = 0;
    for (int64_t k = 1; k < classes; k++)
        if (p[k * points + at] > p[best * points + at]) best = k;
    return best;
}

/* Of each class: how often it is, how often it is said, and how often both. */
typedef struct counts {
    int64_t classes, all, right;
    int64_t *is, *said, *both;
} counts;

static rc_status count(const rc_metric_input *in, counts *c)
{
    int64_t points = rc_metric_target_width(in);
    *c = (counts){.classes = in->width / points};
    RC_TRY(RC_NEW(&c->is, 3 * c->classes));
    c->said = c->is + c->classes;
    c->both = c->said + c->classes;
    for (int64_t i = 0; i < in->n; i++) {
        for (int64_t k = 0; k < points; k++) {
            float truth = in->target[i * points + k];
            if (!(truth >= 0)) continue;
            int64_t is = (int64_t)truth,
                    said = rc_decide_point(in->output + i * in->width, c->classes, points, k);
            c->all++;
            c->right += said == is;
            c->is[is]++;
            c->said[said]++;
            c->both[is] += said == is;
        }
        rc_spill_stretch(i, (size_t)(in->width + points) * sizeof *in->output);
    }
    return RC_OK;
}

rc_status rc__point_error(const rc_metric_input *in, double *out)
{
    counts c;
    RC_TRY(count(in, &c));
    *out = c.all > 0 ? 1 - (double)c.right / (double)c.all : NAN;
    rc_free(c.is);
    return RC_OK;
}

/* Mean over classes that occur or are said of both / (weight (is + said) + (1 - 2 weight) both). */
static rc_status mean_share(const rc_metric_input *in, double weight, double *out)
{
    counts c;
    double sum = 0;
    int64_t present = 0;
    RC_TRY(count(in, &c));
    for (int64_t k = 0; k < c.classes; k++) {
        double either = (double)(c.is[k] + c.said[k]), both = (double)c.both[k];
        if (either == 0) continue;
        sum += both / (weight * either + (1 - 2 * weight) * both);
        present++;
    }
    *out = present > 0 ? 1 - sum / (double)present : NAN;
    rc_free(c.is);
    return RC_OK;
}

rc_status rc__point_f1(const rc_metric_input *in, double *out)
{
    return mean_share(in, 0.5, out);
}

rc_status rc__point_overlap(const rc_metric_input *in, double *out)
{
    return mean_share(in, 1, out);
}
