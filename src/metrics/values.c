/* Scores of numbers and fields, in their own units. */
#include <math.h>

#include "base/spill.h"
#include "metrics/metrics.h"

static const double NEAR = 8; /* angstrom */
enum { APART = 24 };

/* Sums over the numbers of a sample that are known, and how many these are. */
typedef struct sums {
    double squares, truth, absolute, known;
} sums;

static sums sums_of(const rc_metric_input *in, int64_t i)
{
    sums s = {0};
    for (int64_t k = 0; k < in->width; k++) {
        double t = in->target[i * in->width + k], e = in->output[i * in->width + k] - t;
        if (isnan(t)) continue;
        s.squares += e * e;
        s.truth += t * t;
        s.absolute += fabs(e);
        s.known++;
    }
    rc_spill_stretch(i, 2 * (size_t)in->width * sizeof *in->target);
    return s;
}

/* A sample of which nothing is known does not count. */
static double mean(double sum, int64_t samples)
{
    return samples > 0 ? sum / (double)samples : NAN;
}

rc_status rc__relative_l2(const rc_metric_input *in, double *out)
{
    double sum = 0;
    int64_t samples = 0;
    for (int64_t i = 0; i < in->n; i++) {
        sums s = sums_of(in, i);
        if (s.known == 0) continue;
        sum += sqrt(s.squares / (s.truth > 0 ? s.truth : 1e-30));
        samples++;
    }
    *out = mean(sum, samples);
    return RC_OK;
}

rc_status rc__rmse(const rc_metric_input *in, double *out)
{
    double sum = 0;
    int64_t samples = 0;
    for (int64_t i = 0; i < in->n; i++) {
        sums s = sums_of(in, i);
        if (s.known == 0) continue;
        sum += s.squares / s.known;
        samples++;
    }
    *out = sqrt(mean(sum, samples));
    return RC_OK;
}

rc_status rc__mae(const rc_metric_input *in, double *out)
{
    double sum = 0;
    int64_t samples = 0;
    for (int64_t i = 0; i < in->n; i++) {
        sums s = sums_of(in, i);
        if (s.known == 0) continue;
        sum += s.absolute / s.known;
        samples++;
    }
    *out = mean(sum, samples);
    return RC_OK;
}

/* 2 mean(y log(y / rate) - y + rate), the rate being what is said; NaN where it is not above 0. */
rc_status rc__poisson_deviance(const rc_metric_input *in, double *out)
{
    double sum = 0;
    for (int64_t i = 0; i < in->n * in->width; i++) {
        double y = in->target[i], rate = in->output[i];
        sum += rate > 0 ? (y > 0 ? y * log(y / rate) : 0) - y + rate : NAN;
    }
    *out = 2 * sum / (double)(in->n * in->width);
    return RC_OK;
}

/* Of one output. A truth that never varies: 1 when it is met, else 0; measured from the first sample, so that
 * its spread is exactly 0. */
static double r2_of(const rc_metric_input *in, int64_t k)
{
    double first = in->target[k], mean = 0, spread = 0, error = 0;
    for (int64_t i = 0; i < in->n; i++)
        mean += (in->target[i * in->width + k] - first) / (double)in->n;
    for (int64_t i = 0; i < in->n; i++) {
        double t = in->target[i * in->width + k], e = t - in->output[i * in->width + k];
        spread += (t - first - mean) * (t - first - mean);
        error += e * e;
    }
    return spread > 0 ? 1 - error / spread : error > 0 ? 0 : 1;
}

rc_status rc__r2(const rc_metric_input *in, double *out)
{
    double sum = 0;
    for (int64_t k = 0; k < in->width; k++)
        sum += r2_of(in, k);
    *out = in->n > 1 ? 1 - sum / (double)in->width : NAN;
    return RC_OK;
}

/* One protein: mean error of the symmetrised map where it counts; NaN where nothing does. */
static double contact_error(int64_t side, const float *said, const float *truth)
{
    double sum = 0;
    int64_t pairs = 0;
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = i + APART; j < side; j++) {
            if (!(truth[i * side + j] <= NEAR)) continue; /* too far, or not known */
            sum += fabs(0.5 * ((double)said[i * side + j] + said[j * side + i]) - truth[i * side + j]);
            pairs++;
        }
    return pairs > 0 ? sum / (double)pairs : NAN;
}

rc_status rc__contact_mae(const rc_metric_input *in, double *out)
{
    double sum = 0;
    int64_t proteins = 0, side = in->side;
    *out = NAN;
    RC_CHECK(side > 0 && side * side == in->width, RC_SHAPE, "mae8 needs square maps, one for each sample");
    for (int64_t i = 0; i < in->n; i++) {
        double error = contact_error(side, in->output + i * in->width, in->target + i * in->width);
        if (isnan(error)) continue;
        sum += error;
        proteins++;
    }
    if (proteins > 0) *out = sum / (double)proteins;
    return RC_OK;
}
