/* Scores that depend on the order of the outputs only: AUROC and average precision. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "metrics/metrics.h"

typedef struct ranked {
    float score;
    unsigned char truth;
} ranked;

static int falling(const void *a, const void *b)
{
    float x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
    return (x < y) - (x > y);
}

static rc_status sort_falling(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                              ranked **out)
{
    RC_TRY(RC_NEW(out, n));
    for (int64_t i = 0; i < n; i++)
        (*out)[i] = (ranked){score[i * stride], truth[i]};
    qsort(*out, (size_t)n, sizeof **out, falling);
    return RC_OK;
}

/* Counts the truths of one group of equal scores from `at`; gives where the next group begins. */
static int64_t next_group(int64_t n, const ranked *r, int64_t at, double *ones, double *zeros)
{
    int64_t i = at;
    for (*ones = *zeros = 0; i < n && r[i].score == r[at].score; i++)
        *(r[i].truth ? ones : zeros) += 1;
    return i > at ? i : at + 1; /* NaN equals nothing */
}

rc_status rc_auroc(int64_t n, const float *score, int64_t stride, const unsigned char *truth, double *out)
{
    ranked *r;
    double area = 0, above = 0, zeros_seen = 0, ones, zeros;
    RC_TRY(sort_falling(n, score, stride, truth, &r));
    for (int64_t i = 0; i < n; above += ones, zeros_seen += zeros) {
        i = next_group(n, r, i, &ones, &zeros);
        area += zeros * (above + 0.5 * ones);
    }
    rc_free(r);
    *out = above > 0 && zeros_seen > 0 ? area / (above * zeros_seen) : NAN;
    return RC_OK;
}

rc_status rc_ranking_curve(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                           double *zeros_above, double *ones_above, int64_t *count)
{
    ranked *r;
    double ones, zeros;
    RC_TRY(sort_falling(n, score, stride, truth, &r));
    zeros_above[0] = ones_above[0] = 0;
    *count = 1;
    for (int64_t i = 0; i < n; ++*count) {
        i = next_group(n, r, i, &ones, &zeros);
        zeros_above[*count] = zeros_above[*count - 1] + zeros;
        ones_above[*count] = ones_above[*count - 1] + ones;
    }
    rc_free(r);
    return RC_OK;
}

rc_status rc_average_precision(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                               double *out)
{
    ranked *r;
    double sum = 0, found = 0, taken = 0, ones, zeros;
    RC_TRY(sort_falling(n, score, stride, truth, &r));
    for (int64_t i = 0; i < n;) {
        i = next_group(n, r, i, &ones, &zeros);
        found += ones;
        taken += ones + zeros;
        sum += ones * found / taken;
    }
    rc_free(r);
    *out = found > 0 ? sum / found : NAN;
    return RC_OK;
}

/* ---- means over classes and labels; what is not defined is left out ---- */

typedef struct mean {
    double sum;
    int64_t n;
} mean;

static void add(mean *m, double value)
{
    if (isnan(value)) return;
    m->sum += value;
    m->n++;
}

static double one_minus(const mean *m)
{
    return m->n > 0 ? 1 - m->sum / (double)m->n : NAN;
}

typedef rc_status (*ranking)(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                             double *out);

static rc_status mean_over_labels(const rc_metric_input *in, ranking of, double *out)
{
    unsigned char *truth;
    mean m = {0};
    RC_TRY(RC_NEW(&truth, in->n));
    rc_status status = RC_OK;
    for (int64_t k = 0; k < in->width && status == RC_OK; k++) {
        double value;
        for (int64_t i = 0; i < in->n; i++)
            truth[i] = in->target[i * in->width + k] > 0.5f;
        status = of(in->n, in->output + k, in->width, truth, &value);
        if (status == RC_OK) add(&m, value);
    }
    rc_free(truth);
    *out = one_minus(&m);
    return status;
}

rc_status rc__label_auroc(const rc_metric_input *in, double *out)
{
    return mean_over_labels(in, rc_auroc, out);
}

rc_status rc__label_precision(const rc_metric_input *in, double *out)
{
    return mean_over_labels(in, rc_average_precision, out);
}

rc_status rc__class_auroc_rest(const rc_metric_input *in, double *out)
{
    unsigned char *truth;
    mean m = {0};
    RC_TRY(RC_NEW(&truth, in->n));
    rc_status status = RC_OK;
    for (int64_t k = 0; k < in->width && status == RC_OK; k++) {
        double value;
        for (int64_t i = 0; i < in->n; i++)
            truth[i] = in->label[i] == k;
        status = rc_auroc(in->n, in->output + k, in->width, truth, &value);
        if (status == RC_OK) add(&m, value);
    }
    rc_free(truth);
    *out = one_minus(&m);
    return status;
}

typedef struct scratch {
    float *score;
    unsigned char *truth;
    int64_t *start, *member; /* samples by class: member[start[k] .. start[k + 1]) */
} scratch;

static void free_scratch(scratch *s)
{
    rc_free(s->score);
    rc_free(s->truth);
    rc_free(s->start);
    rc_free(s->member);
}

static rc_status group_by_class(const rc_metric_input *in, scratch *s)
{
    RC_TRY(RC_NEW(&s->score, in->n));
    RC_TRY(RC_NEW(&s->truth, in->n));
    RC_TRY(RC_NEW(&s->start, in->width + 2));
    RC_TRY(RC_NEW(&s->member, in->n));
    for (int64_t i = 0; i < in->n; i++)
        s->start[in->label[i] + 2]++;
    for (int64_t k = 2; k < in->width + 2; k++)
        s->start[k] += s->start[k - 1];
    for (int64_t i = 0; i < in->n; i++)
        s->member[s->start[in->label[i] + 1]++] = i;
    return RC_OK;
}

/* How well the score of class a tells a's samples from b's. */
static rc_status pair_auroc(const rc_metric_input *in, scratch *s, int64_t a, int64_t b, double *out)
{
    int64_t n = 0;
    for (int side = 0; side < 2; side++) {
        int64_t k = side ? a : b;
        for (int64_t i = s->start[k]; i < s->start[k + 1]; i++, n++) {
            s->score[n] = in->output[s->member[i] * in->width + a];
            s->truth[n] = (unsigned char)side;
        }
    }
    return rc_auroc(n, s->score, 1, s->truth, out);
}

/* Hand and Till 2001; with two classes the AUROC of class 1. */
rc_status rc__class_auroc(const rc_metric_input *in, double *out)
{
    scratch s = {0};
    mean m = {0};
    rc_status status = group_by_class(in, &s);
    for (int64_t a = 0; a < in->width && status == RC_OK; a++)
        for (int64_t b = 0; b < a && status == RC_OK; b++) {
            double forward = NAN, back = NAN;
            status = pair_auroc(in, &s, a, b, &forward);
            if (status == RC_OK && in->width > 2) status = pair_auroc(in, &s, b, a, &back);
            add(&m, in->width > 2 ? 0.5 * (forward + back) : forward);
        }
    free_scratch(&s);
    *out = one_minus(&m);
    return status;
}

rc_status rc__field_auroc(const rc_metric_input *in, double *out)
{
    unsigned char *truth = NULL;
    float *score = NULL;
    int64_t n = in->n * in->width, known = 0;
    double value = NAN;
    rc_status status = RC_NEW(&truth, n);
    if (status == RC_OK) status = RC_NEW_RAW(&score, n);
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        if (isnan(in->target[i])) continue;
        truth[known] = in->target[i] > 0.5f;
        score[known++] = in->output[i];
    }
    if (status == RC_OK) status = rc_auroc(known, score, 1, truth, &value);
    rc_free(truth);
    rc_free(score);
    *out = 1 - value;
    return status;
}
