/* transport/distortion.c: feature-label distortion, the conditional entropy of source labels given target
 * labels.
 *
 * Class means are exact: pass 1 sums the predictions of the whole data set, pass 2 hands out the gradient of
 * each batch at those means. Logarithms see at least FLOOR, so a source class that is never predicted costs
 * 0 * log(FLOOR) = 0 and has a large but finite gradient. Target classes without samples have weight 0. */
#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "transport/transport.h"

static const double FLOOR = 1e-12;

rc_status rc_distortion_create(int64_t target_classes, int64_t source_classes, rc_distortion *out)
{
    *out = (rc_distortion){.source_classes = source_classes, .target_classes = target_classes};
    RC_CHECK(target_classes > 0 && source_classes > 0, RC_SHAPE,
             "feature-label distortion between %lld target and %lld source classes; at least one of each is "
             "needed",
             (long long)target_classes, (long long)source_classes);
    size_t size;
    RC_CHECK(rc_mul_size((size_t)target_classes, (size_t)source_classes, &size), RC_MEMORY,
             "%lld x %lld classes are too many", (long long)target_classes, (long long)source_classes);
    RC_TRY(RC_NEW(&out->sum, size));
    rc_status status = RC_NEW(&out->count, target_classes);
    if (status != RC_OK) rc_distortion_free(out);
    return status;
}

void rc_distortion_free(rc_distortion *d)
{
    rc_free(d->sum);
    rc_free(d->count);
    *d = (rc_distortion){0};
}

void rc_distortion_clear(rc_distortion *d)
{
    for (int64_t i = 0; i < d->target_classes * d->source_classes; i++)
        d->sum[i] = 0.0;
    for (int64_t c = 0; c < d->target_classes; c++)
        d->count[c] = 0;
}

void rc_distortion_add(rc_distortion *d, int64_t n, const float *p, const int32_t *label)
{
    for (int64_t i = 0; i < n; i++) {
        assert(label[i] >= 0 && label[i] < d->target_classes);
        double *sum = d->sum + label[i] * d->source_classes;
        const float *line = p + i * d->source_classes;
        for (int64_t k = 0; k < d->source_classes; k++)
            sum[k] += (double)line[k];
        d->count[label[i]]++;
    }
}

static double floored_log(double p)
{
    return log(p > FLOOR ? p : FLOOR);
}

static int64_t count_samples(const rc_distortion *d)
{
    int64_t total = 0;
    for (int64_t c = 0; c < d->target_classes; c++)
        total += d->count[c];
    return total;
}

/* Sum over all samples of p_s for source class k. */
static double sum_predictions(const rc_distortion *d, int64_t k)
{
    double sum = 0.0;
    for (int64_t c = 0; c < d->target_classes; c++)
        sum += d->sum[c * d->source_classes + k];
    return sum;
}

rc_distortion_values rc_distortion_evaluate(const rc_distortion *d)
{
    rc_distortion_values v = {0};
    double total = (double)count_samples(d);
    if (total > 0.0) {
        for (int64_t c = 0; c < d->target_classes; c++) {
            for (int64_t k = 0; k < d->source_classes && d->count[c] > 0; k++) {
                double sum = d->sum[c * d->source_classes + k];
                v.conditional_entropy -= sum / total * floored_log(sum / (double)d->count[c]);
            }
        }
        for (int64_t k = 0; k < d->source_classes; k++) {
            double p = sum_predictions(d, k) / total;
            v.entropy -= p * floored_log(p);
        }
    }
    v.information = v.entropy - v.conditional_entropy;
    v.used_classes = exp(v.entropy);
    return v;
}

/* The loss is (w_conditional + w_information) H(Z_s|Z_t) - w_information H(Z_s). */
void rc_distortion_gradient(const rc_distortion *d, double w_conditional, double w_information, int64_t n,
                            const int32_t *label, float *grad)
{
    int64_t classes = d->source_classes, samples = count_samples(d);
    double share = samples > 0 ? 1.0 / (double)samples : 0.0;
    double w_class = share * (w_conditional + w_information), w_all = share * w_information;
    for (int64_t k = 0; k < classes; k++) {
        double all = w_all != 0.0 ? w_all * (floored_log(share * sum_predictions(d, k)) + 1.0) : 0.0;
        for (int64_t i = 0; i < n; i++) {
            assert(label[i] >= 0 && label[i] < d->target_classes);
            int64_t count = d->count[label[i]];
            double mean = count > 0 ? d->sum[label[i] * classes + k] / (double)count : 0.0;
            grad[i * classes + k] = (float)(all - w_class * (floored_log(mean) + 1.0));
        }
    }
}
