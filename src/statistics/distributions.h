/* statistics/distributions.h: tails and quantiles of the distributions that the tests need. Computed, not
 * tabulated; tails are accurate to about 1e-12 of their own size, but for the studentised range, where it is
 * 1e-13 absolute. */
#ifndef RC_STATISTICS_DISTRIBUTIONS_H
#define RC_STATISTICS_DISTRIBUTIONS_H

#include <stdint.h>

/* Probability above x. */
double rc_normal_tail(double x);
double rc_chi_square_tail(double x, double freedom);
double rc_student_tail(double x, double freedom);
double rc_fisher_tail(double x, double freedom1, double freedom2);
/* Range of k standard normal variables, the studentised range of infinite freedom. k >= 2. */
double rc_range_tail(double x, int64_t k);

/* x with probability p below it, 0 < p < 1. */
double rc_normal_quantile(double p);
double rc_range_quantile(double p, int64_t k);

#endif
