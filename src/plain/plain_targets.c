/* Targets as numbers, scores as probabilities, folds. */
#include <math.h>

#include "base/memory.h"
#include "base/rng.h"
#include "plain/plain_parts.h"

void rc__targets_fill(const rc_plain_form *f, const rc_plain_samples *s, double *t)
{
    int64_t truths = rc_plain_truths(f);
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t k = 0; k < truths; k++)
            t[i * truths + k] =
                f->target == RC_PLAIN_CLASSES ? s->label[i] == k : (double)s->y[i * truths + k];
}

double rc__plain_mass(const rc_plain_samples *s)
{
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++)
        sum += rc_plain_weight(s, i);
    return sum;
}

/* ---- probabilities ---- */

void rc__softmax(int64_t n, double *v)
{
    double max = v[0], sum = 0;
    for (int64_t k = 1; k < n; k++)
        max = v[k] > max ? v[k] : max;
    for (int64_t k = 0; k < n; k++)
        sum += v[k] = exp(v[k] - max);
    for (int64_t k = 0; k < n; k++)
        v[k] /= sum;
}

double rc__sigmoid(double v)
{
    return v >= 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v));
}

/* log(1 + exp(v)) */
static double softplus(double v)
{
    return (v > 0 ? v : 0) + log1p(exp(-fabs(v)));
}

/* Minus the logarithm of what a sample's scores say to its target. */
static double surprise(const rc_plain_form *f, const rc_plain_samples *s, int64_t i, double slope,
                       const double *score)
{
    double sum = 0, max = score[0];
    if (f->target == RC_PLAIN_LABELS) {
        for (int64_t k = 0; k < f->outputs; k++) {
            double v = slope * (score[k] - 0.5);
            sum += softplus(s->y[i * f->outputs + k] > 0.5f ? -v : v);
        }
        return sum;
    }
    for (int64_t k = 1; k < f->outputs; k++)
        max = score[k] > max ? score[k] : max;
    for (int64_t k = 0; k < f->outputs; k++)
        sum += exp(slope * (score[k] - max));
    return log(sum) - slope * (score[s->label[i]] - max);
}

double rc__slope_fit(const rc_plain_form *f, const rc_plain_samples *s, const double *score)
{
    double best = 1, min = INFINITY;
    if (f->target != RC_PLAIN_CLASSES && f->target != RC_PLAIN_LABELS) return 1;
    for (double slope = 0.5; slope < 200; slope *= 1.25) {
        double sum = 0;
        for (int64_t i = 0; i < s->n; i++)
            sum += rc_plain_weight(s, i) * surprise(f, s, i, slope, score + i * f->outputs);
        if (!(sum < min)) continue;
        min = sum;
        best = slope;
    }
    return best;
}

void rc__slope_apply(const rc_plain_form *f, double slope, const double *score, float *out)
{
    double sum = 0, max = score[0];
    for (int64_t k = 1; k < f->outputs; k++)
        max = score[k] > max ? score[k] : max;
    for (int64_t k = 0; k < f->outputs; k++) {
        double v = score[k];
        if (f->target == RC_PLAIN_CLASSES) v = exp(slope * (v - max));
        if (f->target == RC_PLAIN_LABELS) v = rc__sigmoid(slope * (v - 0.5));
        sum += v;
        out[k] = (float)v;
    }
    for (int64_t k = 0; k < f->outputs && f->target == RC_PLAIN_CLASSES; k++)
        out[k] = (float)((double)out[k] / sum);
}

/* ---- folds ---- */

/* How many groups; 0: there are none, or all samples are of one. */
static int64_t groups_of(const rc_plain_samples *s)
{
    int64_t max = 0;
    for (int64_t i = 0; i < s->n && s->group; i++)
        max = s->group[i] > max ? s->group[i] : max;
    return max > 0 ? max + 1 : 0;
}

/* The samples in random order, class by class, are dealt out like cards; a group goes with its first one. */
static int64_t deal(const rc_plain_form *f, const rc_plain_samples *s, const int64_t *order, bool grouped,
                    int32_t *of_group, int32_t *fold)
{
    int64_t card = 0, classes = f->target == RC_PLAIN_CLASSES ? f->outputs : 1;
    for (int64_t c = 0; c < classes; c++)
        for (int64_t k = 0; k < s->n; k++) {
            int64_t i = order[k], group = grouped ? s->group[i] : i;
            if (classes > 1 && s->label[i] != c) continue;
            if (of_group[group] < 0) of_group[group] = (int32_t)(card++ % RC_PLAIN_FOLDS);
            fold[i] = of_group[group];
        }
    return card < RC_PLAIN_FOLDS ? card : RC_PLAIN_FOLDS;
}

rc_status rc__folds_deal(const rc_plain_form *f, const rc_plain_samples *s, uint64_t seed, int32_t *fold,
                         int64_t *folds)
{
    int64_t *order, groups = groups_of(s), cards = groups > s->n ? groups : s->n;
    int32_t *of_group = NULL;
    rc_rng rng = rc_rng_make(seed, "folds", 0);
    RC_TRY(RC_NEW_RAW(&order, s->n));
    rc_status status = RC_NEW_RAW(&of_group, cards);
    if (status == RC_OK) {
        for (int64_t i = 0; i < s->n; i++)
            order[i] = i;
        for (int64_t i = 0; i < cards; i++)
            of_group[i] = -1;
        rc_rng_shuffle(&rng, s->n, order);
        *folds = deal(f, s, order, groups > 0, of_group, fold);
    }
    rc_free(of_group);
    rc_free(order);
    return status;
}
