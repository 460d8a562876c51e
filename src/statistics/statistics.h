/* statistics/statistics.h: what it takes to say whether methods differ: summaries, ranks, tests over several
 * data sets (Demsar, "Statistical comparisons of classifiers over multiple data sets", JMLR 2006), rank
 * correlation. Arrays in, numbers out; nothing here knows a run. Every p is two-sided. */
#ifndef RC_STATISTICS_STATISTICS_H
#define RC_STATISTICS_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct rc_summary {
    int64_t n;       /* values that are finite; the others are left out */
    double mean, sd; /* sd with n - 1; NaN where there are too few */
} rc_summary;
rc_summary rc_summarise(const double *value, int64_t n);

/* Ranks from 1 for the least; equal values share the mean of their ranks. *ties (may be NULL): the sum of t^3
 * - t over groups of t equal values. */
rc_status rc_rank(const double *value, int64_t n, double *rank, double *ties) RC_MUST_CHECK;

/* Friedman's test. score [n, k]: n blocks (data sets), k treatments (methods); lower is better. */
typedef struct rc_friedman {
    int64_t n, k;
    double chi_square, p; /* k - 1 degrees of freedom; corrected for ties */
    double f, f_p; /* Iman and Davenport: k - 1 and (k - 1)(n - 1) degrees. Blocks that all rank alike: f inf,
                      f_p exact */
} rc_friedman;
/* average_rank [k]. n >= 2, k >= 2. */
rc_status rc_friedman_test(const double *score, int64_t n, int64_t k, double *average_rank,
                           rc_friedman *out) RC_MUST_CHECK;

/* Nemenyi: average ranks over n blocks further apart than this differ at the level alpha; and the p of a
 * difference. */
double rc_nemenyi_difference(double alpha, int64_t n, int64_t k);
double rc_nemenyi_p(double difference, int64_t n, int64_t k);

/* Wilcoxon's signed-rank test. Zero differences are dropped. Up to 50 others the distribution is exact, given
 * the ranks, ties included; beyond, normal, corrected for ties and continuity. */
typedef struct rc_wilcoxon {
    int64_t n;              /* differences that are not zero */
    double above, below, p; /* rank sums of the positive and the negative; p = 1 when n = 0 */
    bool exact;
} rc_wilcoxon;
rc_status rc_wilcoxon_test(const double *difference, int64_t n, rc_wilcoxon *out) RC_MUST_CHECK;

/* Holm's step-down correction of m p-values. */
rc_status rc_holm_adjust(const double *p, int64_t m, double *adjusted) RC_MUST_CHECK;

/* Does x rank as y does within groups? Group i has the next size[i] values of x and of y. mean: of the
 * groups' Spearman's rhos; low, high: its interval by Student's t, groups being the sample (NaN with one
 * group); p: by permuting within the groups, 20,000 orders from a fixed seed. With two groups or few values p
 * cannot become small. Groups of one value, or where a side is constant, say nothing and are left out. */
typedef struct rc_agreement {
    int64_t groups;
    double mean, low, high, p;
} rc_agreement;
rc_status rc_rank_agreement(const double *x, const double *y, const int64_t *size, int64_t groups,
                            double confidence, rc_agreement *out) RC_MUST_CHECK;

#endif
