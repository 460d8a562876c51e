/* transport/pairs.h: sums over all pairs of two clouds of points, for sinkhorn.c and kmeans.c.
 *
 * The cost of a pair is |x - y|^2 / 2. When all costs fit in RC_PAIRS_STORED bytes they are computed once and
 * kept; beyond that each block of costs is computed when it is needed, and memory stays linear. Every result
 * is summed in an order that does not depend on the number of threads. */
#ifndef RC_TRANSPORT_PAIRS_H
#define RC_TRANSPORT_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* 5,000 x 5,000 costs fit: the source set of a bundle. */
enum { RC_PAIRS_STORED = 128 << 20 };

/* Points [n, d] relative to a centre: distances are the same, and float32 keeps more of them. */
typedef struct rc_cloud {
    const float *points; /* borrowed */
    const float *centre; /* borrowed, [d] */
    int64_t n, d;
    float *half_norm; /* |x - centre|^2 / 2, zero beyond n up to the next block */
    float *panels;    /* row panels (pair_kernels.h), or NULL */
} rc_cloud;

/* Per coordinate: smallest, largest, and mean value. Fails when a value is not finite. */
rc_status rc_points_extent(const float *points, int64_t n, int64_t d, float *low, float *high,
                           double *mean) RC_MUST_CHECK;
rc_status rc_cloud_create(const float *points, int64_t n, int64_t d, const float *centre, bool panels,
                          rc_cloud *out) RC_MUST_CHECK;
void rc_cloud_free(rc_cloud *cloud);
/* Columns first .. first + RC_PAIR_BLOCK of a cloud as column panels, zero beyond its end. */
void rc_cloud_columns(const rc_cloud *cloud, int64_t first, float *panels);

/* What the cost of a pair gains from the labels of its points: table [row classes, column_classes]. */
typedef struct rc_label_costs {
    const int32_t *row, *column; /* borrowed: label of each point */
    const double *table;         /* borrowed */
    int64_t row_classes, column_classes;
} rc_label_costs;

typedef struct rc_pairs {
    const rc_cloud *rows, *columns;
    rc_label_costs labels; /* table NULL: none */
    float *cost;           /* [padded rows, ld], or NULL */
    int64_t ld;            /* columns rounded up to whole blocks */
    float *scratch;        /* [threads, scratch_size] */
    int64_t scratch_size;
    float *score, *maximum; /* work of softmin, [longest side rounded up] */
    double *sum;
} rc_pairs;
/* Whether the costs of n x m pairs would be kept. If not, both clouds need panels; else the rows do. */
bool rc_pairs_stored(int64_t n, int64_t m);
rc_status rc_pairs_create(const rc_cloud *rows, const rc_cloud *columns, const rc_label_costs *labels,
                          rc_pairs *out) RC_MUST_CHECK;
void rc_pairs_free(rc_pairs *pairs);
/* The costs of row panel p (pair_kernels.h) with the columns of one block; panels holds the columns. With
 * transposed, rows and columns have changed places. */
void rc_pairs_costs(const rc_pairs *pairs, bool transposed, int64_t panel, int64_t first_column,
                    const float *panels, float *out, int64_t ld);

/* out[i] = -epsilon * log(mean over j of exp((potential[j] - cost(i, j)) / epsilon)) for every row i; with
 * transposed, for every column i over rows j. Needs pairs->cost, or panels of the side that is summed into.
 */
void rc_pairs_softmin(rc_pairs *pairs, bool transposed, double epsilon, const double *potential, double *out);

/* out[i, :] += factor * sum over j of P[i, j] * y_j (relative to the centre), where P[i, j] is proportional
 * to exp((potential[j] - cost(i, j)) / epsilon) and every row of P sums to one. `softmin` is rc_pairs_softmin
 * of the same potential. */
rc_status rc_pairs_barycentre(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double factor, float *out) RC_MUST_CHECK;

/* mass [row classes, column classes] = the plan's mass between labels, when every row carries the same and
 * its probabilities are those of rc_pairs_barycentre. */
rc_status rc_pairs_label_mass(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double *mass) RC_MUST_CHECK;

/* h = (potential / epsilon - log n) / ln 2 as scores of pair_kernels.h, RC_PAIR_NOTHING from n to padded. */
void rc_pairs_scores(int64_t n, int64_t padded, double epsilon, const double *potential, float *h);

#endif
