/* Scores of decisions: error, top five, F1, labels, points of a mask. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "metrics/metrics.h"

enum { TOP = 5, ECG_CLASSES = 3 };

int64_t rc_decide(const float *p, int64_t width, double threshold)
{
    int64_t best = 0;
    if (threshold > 0 && width == 2) return (double)p[1] >= threshold;
    for (int64_t k = 1; k < width; k++)
        if (p[k] > p[best]) best = k;
    return best;
}

/* Samples whose class has `top` others before it; of equal ones the first counts as before. */
static double missed(const rc_metric_input *in, int64_t top)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < in->n; i++) {
        const float *p = in->output + i * in->width;
        int64_t label = in->label[i], before = 0;
        for (int64_t k = 0; k < in->width; k++)
            before += p[k] > p[label] || (p[k] == p[label] && k < label);
        wrong += before >= top;
    }
    return (double)wrong / (double)in->n;
}

rc_status rc__error(const rc_metric_input *in, double *out)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < in->n; i++)
        wrong += rc_decide(in->output + i * in->width, in->width, in->threshold) != in->label[i];
    *out = (double)wrong / (double)in->n;
    return RC_OK;
}

rc_status rc__class_mae(const rc_metric_input *in, double *out)
{
    int64_t away = 0;
    for (int64_t i = 0; i < in->n; i++)
        away += llabs(rc_decide(in->output + i * in->width, in->width, in->threshold) - in->label[i]);
    *out = (double)away / (double)in->n;
    return RC_OK;
}

/* Squared distances between answers and truths, over what they would be were both drawn apart (Cohen 1968).
 */
rc_status rc__kappa(const rc_metric_input *in, double *out)
{
    double said = 0, is = 0, said_squared = 0, is_squared = 0, both = 0, n = (double)in->n;
    for (int64_t i = 0; i < in->n; i++) {
        double a = (double)rc_decide(in->output + i * in->width, in->width, in->threshold),
               b = (double)in->label[i];
        said += a / n;
        is += b / n;
        said_squared += a * a / n;
        is_squared += b * b / n;
        both += a * b / n;
    }
    double apart = said_squared + is_squared - 2 * said * is;
    *out = apart > 0 ? (said_squared + is_squared - 2 * both) / apart : NAN;
    return RC_OK;
}

rc_status rc__top5_error(const rc_metric_input *in, double *out)
{
    *out = in->width > TOP ? missed(in, TOP) : NAN;
    return RC_OK;
}

/* Mean F1 of the first `classes` classes, those left out that neither occur nor are predicted. */
static rc_status mean_f1(const rc_metric_input *in, int64_t classes, double *out)
{
    int64_t *count, present = 0; /* occurs, predicted, both: [width] each */
    double sum = 0;
    RC_TRY(RC_NEW(&count, 3 * in->width));
    for (int64_t i = 0; i < in->n; i++) {
        int64_t said = rc_decide(in->output + i * in->width, in->width, in->threshold), is = in->label[i];
        count[is]++;
        count[in->width + said]++;
        count[2 * in->width + is] += said == is;
    }
    for (int64_t k = 0; k < classes && k < in->width; k++) {
        int64_t total = count[k] + count[in->width + k];
        if (total == 0) continue;
        present++;
        sum += 2.0 * (double)count[2 * in->width + k] / (double)total;
    }
    rc_free(count);
    *out = present > 0 ? 1 - sum / (double)present : NAN;
    return RC_OK;
}

rc_status rc__class_f1(const rc_metric_input *in, double *out)
{
    return mean_f1(in, in->width, out);
}

rc_status rc__ecg(const rc_metric_input *in, double *out)
{
    return mean_f1(in, ECG_CLASSES, out);
}

rc_status rc__label_error(const rc_metric_input *in, double *out)
{
    int64_t wrong = 0, n = in->n * in->width;
    for (int64_t i = 0; i < n; i++)
        wrong += (in->output[i] > 0) != (in->target[i] > 0.5f);
    *out = (double)wrong / (double)n;
    return RC_OK;
}

/* ---- points of a mask ---- */

typedef struct rates {
    double missed, raised; /* of the true points, of the others; NaN without any */
} rates;

static rates count_points(const rc_metric_input *in)
{
    int64_t points[2] = {0, 0}, wrong[2] = {0, 0};
    for (int64_t i = 0; i < in->n * in->width; i++) {
        int truth = in->target[i] > 0.5f, said = in->output[i] > 0;
        if (isnan(in->target[i])) continue;
        points[truth]++;
        wrong[truth] += said != truth;
    }
    return (rates){points[1] ? (double)wrong[1] / (double)points[1] : NAN,
                   points[0] ? (double)wrong[0] / (double)points[0] : NAN};
}

rc_status rc__balanced_error(const rc_metric_input *in, double *out)
{
    rates r = count_points(in);
    *out = 0.5 * (r.missed + r.raised);
    return RC_OK;
}

rc_status rc__false_negatives(const rc_metric_input *in, double *out)
{
    *out = count_points(in).missed;
    return RC_OK;
}
