/* Rank correlation within groups. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "statistics/distributions.h"
#include "statistics/statistics.h"

enum { PERMUTATIONS = 20000 };

/* Of the groups that count: ranks less their mean, x's and y's, divided by the root of their squares' sum, so
 * that a group's rho is a plain product. */
typedef struct groups {
    int64_t n, values, *size;
    double *x, *y;
} groups;

/* False where all are equal. */
static bool standardise(double *rank, int64_t n)
{
    double mean = (double)(n + 1) / 2, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        rank[i] -= mean;
        squares += rank[i] * rank[i];
    }
    if (!(squares > 0)) return false;
    for (int64_t i = 0; i < n; i++)
        rank[i] /= sqrt(squares);
    return true;
}

static rc_status collect(const double *x, const double *y, const int64_t *size, int64_t count, groups *g)
{
    int64_t all = 0;
    for (int64_t i = 0; i < count; i++)
        all += size[i];
    RC_TRY(RC_NEW(&g->size, count + 1));
    RC_TRY(RC_NEW(&g->x, all + 1));
    RC_TRY(RC_NEW(&g->y, all + 1));
    for (int64_t i = 0; i < count; x += size[i], y += size[i], i++) {
        if (size[i] < 2) continue;
        RC_TRY(rc_rank(x, size[i], g->x + g->values, NULL));
        RC_TRY(rc_rank(y, size[i], g->y + g->values, NULL));
        if (!standardise(g->x + g->values, size[i]) || !standardise(g->y + g->values, size[i])) continue;
        g->size[g->n++] = size[i];
        g->values += size[i];
    }
    return RC_OK;
}

static double correlation(const groups *g, int64_t i, int64_t at)
{
    double sum = 0;
    for (int64_t k = at; k < at + g->size[i]; k++)
        sum += g->x[k] * g->y[k];
    return sum;
}

static double mean_correlation(const groups *g)
{
    double sum = 0;
    for (int64_t i = 0, at = 0; i < g->n; at += g->size[i], i++)
        sum += correlation(g, i, at);
    return sum / (double)g->n;
}

static double student_quantile(double p, double freedom)
{
    double low = 0, high = 1e6;
    for (int i = 0; i < 100; i++) {
        double middle = low + (high - low) / 2;
        *(rc_student_tail(middle, freedom) > 1 - p ? &low : &high) = middle;
    }
    return high;
}

static void interval(const groups *g, double confidence, rc_agreement *out)
{
    double squares = 0, n = (double)g->n;
    for (int64_t i = 0, at = 0; i < g->n; at += g->size[i], i++) {
        double d = correlation(g, i, at) - out->mean;
        squares += d * d;
    }
    double half = student_quantile(0.5 + confidence / 2, n - 1) * sqrt(squares / (n - 1) / n);
    out->low = fmax(-1, out->mean - half);
    out->high = fmin(1, out->mean + half);
}

/* The share of orders within the groups that agree as much, one way or the other. The order that was found is
 * one of them, which keeps p above 0 (Phipson and Smyth 2010). */
static double permutation_p(groups *g, double found)
{
    rc_rng rng = rc_rng_make(0, "agreement", 0);
    int64_t as_far = 1;
    for (int64_t b = 1; b < PERMUTATIONS; b++) {
        for (int64_t i = 0, at = 0; i < g->n; at += g->size[i], i++)
            for (int64_t k = g->size[i] - 1; k > 0; k--) {
                int64_t other = (int64_t)rc_rng_below(&rng, (uint64_t)k + 1);
                double kept = g->x[at + k];
                g->x[at + k] = g->x[at + other];
                g->x[at + other] = kept;
            }
        as_far += fabs(mean_correlation(g)) >= fabs(found) - 1e-12;
    }
    return (double)as_far / PERMUTATIONS;
}

rc_status rc_rank_agreement(const double *x, const double *y, const int64_t *size, int64_t count,
                            double confidence, rc_agreement *out)
{
    groups g = {0};
    *out = (rc_agreement){0, NAN, NAN, NAN, NAN};
    rc_status status = collect(x, y, size, count, &g);
    if (status == RC_OK && g.n > 0) {
        out->groups = g.n;
        out->mean = mean_correlation(&g);
        if (g.n > 1) interval(&g, confidence, out);
        out->p = permutation_p(&g, out->mean);
    }
    rc_free(g.size);
    rc_free(g.x);
    rc_free(g.y);
    return status;
}
