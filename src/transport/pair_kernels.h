/* transport/pair_kernels.h: the inner loops over pairs of points, one table per instruction set.
 *
 * "Rows" are points of the first cloud, "columns" points of the second. Points come in panels: `rows` (or
 * `columns`) of them side by side, panel[k * rows + r] = coordinate k of point r. All exponentials are powers
 * of two: the scores s = h - scale * cost are in units of ln 2, and double: their differences are what
 * counts, however large they are. */
#ifndef RC_TRANSPORT_PAIR_KERNELS_H
#define RC_TRANSPORT_PAIR_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/* Costs come in blocks of this many columns; a multiple of `columns` in every table. */
enum { RC_PAIR_BLOCK = 96, RC_PAIR_MAX_ROWS = 8, RC_PAIR_MAX_COLUMNS = 48 };
enum { RC_LONG_MAX_COLUMNS = 24 };
/* The score of a column that is not there. */
#define RC_PAIR_NOTHING (-1e30f)

typedef struct rc_pair_kernels {
    const char *name;
    int rows, columns, long_columns;

    /* out[r, c] (+)= sum over k < depth of a[k, r] * b[k, c]; out is [rows, columns] with row stride ld. */
    void (*products)(int64_t depth, const float *a, const float *b, bool add, float *out, int64_t ld);
    /* out[r, c] = max(0, row_half[r] + column_half[c] - sum over k of a[k, r] * b[k, c]) = |x_r - y_c|^2 / 2.
     */
    void (*costs)(int64_t depth, const float *a, const float *b, const float *row_half,
                  const float *column_half, float *out, int64_t ld);
    /* excess[j] = 2^(h[j] - scale * cost[j] - top) - 1 with all its digits, also where it is near 0; returns
     * top, the largest of h[j] - scale * cost[j]; *mean: of excess. */
    double (*row_excess)(int64_t count, const float *cost, const double *h, double scale, double *excess,
                         double *mean);
    /* The density of a row is 2^score over its mean, (1 + excess[j]) / (1 + mean): column[j] += weight *
     * (density - 1), density[j] = sqrt(weight) * density. */
    void (*spread)(int64_t count, const double *excess, double mean, double weight, double *column,
                   float *density);
    /* weight[j * stride] = 2^(h[j] - scale * cost[j] - maximum), j < RC_PAIR_BLOCK; returns their sum. */
    float (*row_weights)(const float *cost, const double *h, double scale, double maximum, int64_t stride,
                         float *weight);
    /* out += D^T D x for the `rows` lines of D, [rows, ld]; count is a multiple of RC_PAIR_BLOCK. */
    void (*there_and_back)(int64_t count, const float *density, int64_t ld, const float *x, float *out);

    /* One pair, coordinate by coordinate, in double: |x - y|^2. */
    double (*square)(int64_t d, const float *x, const float *y);
    /* out[r, c] = sum over k < depth of a[k, r] * b[k, c] in double; a has panels of `rows`, b of
     * `long_columns`, and out is [rows, long_columns]. */
    void (*long_products)(int64_t depth, const double *a, const double *b, double *out);
    /* out += weight * (x - y). */
    void (*pull)(int64_t d, double weight, const float *x, const float *y, double *out);
    /* out += sum over k < depth of weight[k * stride] * line_k, line_k = lines + k * ld; all [count]. */
    void (*combine)(int64_t depth, int64_t count, const double *weight, int64_t stride, const double *lines,
                    int64_t ld, double *out);
    /* Sum over k of x[k] * y[k]. */
    double (*inner)(int64_t count, const double *x, const double *y);
    /* The least cost[j] - v[j]; count is a multiple of RC_COST_BLOCK (exact.h). */
    double (*min_gap)(int64_t count, const double *cost, const double *v);
} rc_pair_kernels;

/* The i-th table that this processor can run, best first; NULL beyond the last. */
const rc_pair_kernels *rc_pair_kernels_at(int i);
/* The best one. */
const rc_pair_kernels *rc_pair_kernels_get(void);

/* The smaller one, as where the last block ends. */
static inline int64_t rc__min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

#endif
