/* Tests over blocks: Friedman with Nemenyi's critical difference, Wilcoxon's signed ranks, Holm's correction.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "statistics/distributions.h"
#include "statistics/statistics.h"

/* ---- Friedman and Nemenyi ---- */

static rc_status rank_blocks(const double *score, int64_t n, int64_t k, double *sum, double *rank,
                             double *ties)
{
    *ties = 0;
    memset(sum, 0, (size_t)k * sizeof *sum);
    for (int64_t i = 0; i < n; i++) {
        double block;
        RC_TRY(rc_rank(score + i * k, k, rank, &block));
        *ties += block;
        for (int64_t j = 0; j < k; j++)
            sum[j] += rank[j];
    }
    return RC_OK;
}

/* When all blocks rank alike, F is infinite and its distribution says nothing. The exact probability: each
 * further block hits the order of the first, of k! orders (fewer with ties) that are equally likely. */
static double agreement_p(const double *first_rank, int64_t n, int64_t k)
{
    double orders = lgamma((double)k + 1);
    for (int64_t i = 0; i < k; i++) {
        int64_t equal = 0, before = 0;
        for (int64_t j = 0; j < k; j++) {
            equal += first_rank[j] == first_rank[i];
            before += j < i && first_rank[j] == first_rank[i];
        }
        if (!before) orders -= lgamma((double)equal + 1);
    }
    return exp(-(double)(n - 1) * orders);
}

rc_status rc_friedman_test(const double *score, int64_t blocks, int64_t treatments, double *average_rank,
                           rc_friedman *out)
{
    double n = (double)blocks, k = (double)treatments, ties, squares = 0, *rank;
    RC_TRY(RC_NEW(&rank, treatments));
    rc_status status = rank_blocks(score, blocks, treatments, average_rank, rank, &ties);
    rc_free(rank);
    RC_TRY(status);
    for (int64_t j = 0; j < treatments; j++) {
        double off = average_rank[j] - n * (k + 1) / 2;
        squares += off * off;
        average_rank[j] /= n;
    }
    double correction = 1 - ties / (n * k * (k * k - 1));
    *out = (rc_friedman){.n = blocks, .k = treatments, .p = 1, .f_p = 1};
    if (!(correction > 0)) return RC_OK; /* all treatments equal in every block */
    out->chi_square = 12 * squares / (n * k * (k + 1)) / correction;
    out->p = rc_chi_square_tail(out->chi_square, k - 1);
    double rest = n * (k - 1) - out->chi_square;
    out->f = rest > 1e-12 * n * k ? (n - 1) * out->chi_square / rest : INFINITY;
    out->f_p = isinf(out->f) ? agreement_p(average_rank, blocks, treatments)
                             : rc_fisher_tail(out->f, k - 1, (k - 1) * (n - 1));
    return RC_OK;
}

static double rank_error(int64_t n, int64_t k)
{
    return sqrt((double)k * (double)(k + 1) / (6.0 * (double)n));
}

double rc_nemenyi_difference(double alpha, int64_t n, int64_t k)
{
    return rc_range_quantile(1 - alpha, k) / sqrt(2.0) * rank_error(n, k);
}

double rc_nemenyi_p(double difference, int64_t n, int64_t k)
{
    return rc_range_tail(fabs(difference) / rank_error(n, k) * sqrt(2.0), k);
}

/* ---- Wilcoxon ---- */

enum { EXACT_UP_TO = 50 };

/* Probability that the doubled rank sum is at most `at`, every sign equally likely. Doubled, shared ranks are
 * whole numbers, so the count over subsets is exact with ties too. */
static rc_status exact_p(const double *rank, int64_t n, double above, double *p)
{
    int64_t total = n * (n + 1), at = (int64_t)llround(2 * above);
    double *count, all = 0, up_to = 0, from = 0;
    RC_TRY(RC_NEW(&count, total + 1));
    count[0] = 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t r = (int64_t)llround(2 * rank[i]);
        for (int64_t s = total; s >= r; s--)
            count[s] += count[s - r];
    }
    for (int64_t s = 0; s <= total; s++) {
        all += count[s];
        if (s <= at) up_to += count[s];
        if (s >= at) from += count[s];
    }
    rc_free(count);
    *p = fmin(1, 2 * fmin(up_to, from) / all);
    return RC_OK;
}

static double normal_p(int64_t count, double ties, double above)
{
    double n = (double)count, mean = n * (n + 1) / 4;
    double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48, off = fabs(above - mean);
    if (!(variance > 0)) return 1;
    return fmin(1, 2 * rc_normal_tail(fmax(0, off - 0.5) / sqrt(variance)));
}

static rc_status signed_ranks(const double *difference, int64_t n, double *size, double *rank,
                              rc_wilcoxon *out)
{
    double ties;
    for (int64_t i = 0; i < n; i++)
        if (difference[i] != 0) size[out->n++] = fabs(difference[i]);
    RC_TRY(rc_rank(size, out->n, rank, &ties));
    for (int64_t i = 0, at = 0; i < n; i++) {
        if (difference[i] == 0) continue;
        *(difference[i] > 0 ? &out->above : &out->below) += rank[at++];
    }
    out->exact = out->n <= EXACT_UP_TO;
    if (out->exact) return exact_p(rank, out->n, out->above, &out->p);
    out->p = normal_p(out->n, ties, out->above);
    return RC_OK;
}

rc_status rc_wilcoxon_test(const double *difference, int64_t n, rc_wilcoxon *out)
{
    double *work;
    *out = (rc_wilcoxon){0};
    RC_TRY(RC_NEW(&work, 2 * n));
    rc_status status = signed_ranks(difference, n, work, work + n, out);
    rc_free(work);
    return status;
}

/* ---- Holm ---- */

typedef struct claim {
    double p;
    int64_t at;
} claim;

static int by_p(const void *a, const void *b)
{
    double x = ((const claim *)a)->p, y = ((const claim *)b)->p;
    return (x > y) - (x < y);
}

rc_status rc_holm_adjust(const double *p, int64_t m, double *adjusted)
{
    claim *sorted;
    double largest = 0;
    RC_TRY(RC_NEW(&sorted, m));
    for (int64_t i = 0; i < m; i++)
        sorted[i] = (claim){p[i], i};
    qsort(sorted, (size_t)m, sizeof *sorted, by_p);
    for (int64_t i = 0; i < m; i++) {
        largest = fmax(largest, fmin(1, (double)(m - i) * sorted[i].p));
        adjusted[sorted[i].at] = largest;
    }
    rc_free(sorted);
    return RC_OK;
}
