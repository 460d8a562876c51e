/* Harrell's C (JAMA 1982): of two samples whose order in time is known, is the one that had its event first
 * said to be at the higher risk? Known it is where the earlier time ended with an event; of equal times,
 * where one did and the other did not. Equal risks count half. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "metrics/metrics.h"

typedef struct seen {
    float time, risk;
    bool event;
    int64_t rank; /* of the risk among all, from 0; equal risks share it */
} seen;

static int by_risk(const void *a, const void *b)
{
    float x = ((const seen *)a)->risk, y = ((const seen *)b)->risk;
    return (x > y) - (x < y);
}

/* Latest first; of equal times those that were only seen so far, which outlived the others. */
static int by_time(const void *a, const void *b)
{
    const seen *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? 1 : -1;
    return (int)x->event - (int)y->event;
}

/* Counts of ranks, summed from the lowest (Fenwick 1994). */
static void count(int64_t *tree, int64_t n, int64_t rank)
{
    for (int64_t i = rank + 1; i <= n; i += i & -i)
        tree[i]++;
}

static int64_t below(const int64_t *tree, int64_t rank)
{
    int64_t sum = 0;
    for (int64_t i = rank; i > 0; i -= i & -i)
        sum += tree[i];
    return sum;
}

/* Of samples by time; those of one time with events wait until all of them were compared. */
static double right_share(const seen *s, int64_t n, int64_t *tree)
{
    double right = 0, pairs = 0;
    int64_t counted = 0;
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; s[i].event && end < n && s[end].time == s[i].time; end++) {
        }
        for (int64_t k = i; k < end && s[i].event; k++) {
            int64_t lower = below(tree, s[k].rank), same = below(tree, s[k].rank + 1) - lower;
            right += (double)lower + 0.5 * (double)same;
            pairs += (double)counted;
        }
        for (int64_t k = i; k < end; k++, counted++)
            count(tree, n, s[k].rank);
    }
    return pairs > 0 ? right / pairs : NAN;
}

rc_status rc__concordance(const rc_metric_input *in, double *out)
{
    seen *s = NULL;
    int64_t *tree = NULL;
    bool finite = true;
    RC_CHECK(in->width == 1 && rc_metric_target_width(in) == 2, RC_SHAPE,
             "1-concordance needs a risk for each sample, and its time and event");
    *out = NAN;
    rc_status status = RC_NEW_RAW(&s, in->n);
    if (status == RC_OK) status = RC_NEW(&tree, in->n + 1);
    for (int64_t i = 0; i < in->n && status == RC_OK; i++) {
        s[i] =
            (seen){.time = in->target[2 * i], .risk = in->output[i], .event = in->target[2 * i + 1] > 0.5f};
        finite &= (bool)isfinite(s[i].risk);
    }
    if (status == RC_OK && finite) {
        qsort(s, (size_t)in->n, sizeof *s, by_risk);
        for (int64_t i = 0; i < in->n; i++)
            s[i].rank = i > 0 && s[i].risk == s[i - 1].risk ? s[i - 1].rank : i;
        qsort(s, (size_t)in->n, sizeof *s, by_time);
        *out = 1 - right_share(s, in->n, tree);
    }
    rc_free(s);
    rc_free(tree);
    return status;
}
