/* Classes in order by proportional odds (McCullagh 1980): one score, parted by K - 1 thresholds. The first is
 * a number of its own, each further one lies exp(a number) above the one before. */
#include <math.h>

#include "plain/linear_model.h"

static int64_t one(const rc_plain_form *f)
{
    (void)f;
    return 1;
}

static int64_t thresholds(const rc_plain_form *f)
{
    return f->outputs - 1;
}

/* Where each class is as likely as it is frequent; no class is never. */
static void begin(const rc__linear *p, double *own)
{
    int64_t classes = p->f->outputs;
    double below = 0, last = 0;
    for (int64_t k = 0; k + 1 < classes; k++) {
        for (int64_t i = 0; i < p->rows.n; i++)
            below += rc__linear_weight(p, i) * p->t[i * classes + k];
        double share = (below + 0.5 * (double)(k + 1)) / (p->mass + 0.5 * (double)classes);
        double at = log(share / (1 - share));
        own[k] = k ? log(at - last) : at;
        last = at;
    }
}

static double softplus(double v)
{
    return (v > 0 ? v : 0) + log1p(exp(-fabs(v)));
}

static int64_t class_of(const double *t)
{
    int64_t k = 0;
    while (t[k] == 0)
        k++;
    return k;
}

/* Minus the logarithm of p = s(high) - s(low), with the logistic function s: the slope of the one score, and
 * those of the thresholds' own numbers. Of the difference no digits are lost:
 * p = s(high) s(-low) (1 - exp(low - high)). */
static double surprise(int64_t classes, int64_t is, double score, const double *own, double weight,
                       double *slope, double *of_score)
{
    double low = own[0] - score, high, gap = 0, loss = 0, at_low = 0, at_high = 0;
    for (int64_t k = 1; k < is; k++)
        low += exp(own[k]);
    if (is > 0 && is + 1 < classes) gap = exp(own[is]);
    high = low + gap;
    if (is + 1 < classes) {
        loss += softplus(-high);
        at_high -= rc__sigmoid(-high);
    }
    if (is > 0) {
        loss += softplus(low);
        at_low += rc__sigmoid(low);
    }
    if (gap > 0) {
        loss -= log(-expm1(-gap));
        at_high -= 1 / expm1(gap);
        at_low += 1 / expm1(gap);
    }
    /* Both thresholds move with all numbers up to the lower one's, the upper one with its own gap, too. */
    double both = weight * (at_low + at_high);
    for (int64_t k = 0; k < is || k == 0; k++)
        slope[k] += both * (k ? exp(own[k]) : 1);
    if (gap > 0) slope[is] += weight * at_high * gap;
    *of_score = -both;
    return weight * loss;
}

static double run(rc__linear *p, const double *own, double *slope)
{
    int64_t classes = p->f->outputs;
    double sum = 0;
    for (int64_t i = 0; i < p->rows.n; i++)
        sum += surprise(classes, class_of(p->t + i * classes), p->score[i], own, rc__linear_weight(p, i),
                        slope, &p->score[i]);
    return sum;
}

static void say(const rc_plain_form *f, const double *own, double *score, float *out)
{
    double threshold = 0, below = 0;
    for (int64_t k = 0; k + 1 < f->outputs; k++) {
        threshold = k ? threshold + exp(own[k]) : own[0];
        double next = rc__sigmoid(threshold - *score);
        out[k] = (float)(next - below);
        below = next;
    }
    out[f->outputs - 1] = (float)(1 - below);
}

static const rc__linear_loss *loss(const rc_plain_form *f)
{
    static const rc__linear_loss grades = {
        .scores = one, .own = thresholds, .begin = begin, .run = run, .say = say};
    (void)f;
    return &grades;
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    RC_CHECK(f->ordered, RC_UNSUPPORTED, "ordinal is for grades, classes in order (fit.loss=ordinal)");
    return rc__linear_table_check(f, n);
}

const rc_plain_kind rc__plain_ordinal =
    RC__LINEAR_KIND("ordinal", RC_PLAIN_CLASSES, check, rc__linear_seconds, loss, rc__linear_table_learn);
