/* transport/pairs.h: sums over all pairs of two clouds of points, for entropic transport and kmeans.c.
 *
 * The cost of a pair is |x - y|^2 / 2. When all costs fit in RC_PAIRS_STORED bytes they are computed once and
 * kept; beyond that each block of costs is computed when it is needed, and memory stays linear. Every result
 * is summed in an order that does not depend on the number of threads. */
#ifndef RC_TRANSPORT_PAIRS_H
#define RC_TRANSPORT_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "transport/row_shares.h"

/* 5,000 x 5,000 costs fit: the source set of a bundle. */
enum { RC_PAIRS_STORED = 128 << 20 };

/* Points [n, d] relative to a centre: distances are the same, and float32 keeps more of them. */
typedef struct rc_cloud {
    const float *points; /* borrowed */
    const float *centre; /* borrowed, [d] */
    int64_t n, d;
    const double *weight; /* borrowed, [n], above 0, of mean 1; NULL: all the same */
    bool everywhere;      /* as of rc_sample_set */
    float *half_norm;     /* |x - centre|^2 / 2, zero beyond n up to the next block */
    float *panels;        /* row panels (pair_kernels.h), or NULL */
} rc_cloud;

/* Of every coordinate. Fails when a value is not finite. */
rc_status rc_points_mean(const float *points, int64_t n, int64_t d, float *mean) RC_MUST_CHECK;
rc_status rc_cloud_create(const float *points, const double *weight, int64_t n, int64_t d,
                          const float *centre, bool panels, rc_cloud *out) RC_MUST_CHECK;
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
    rc_row_shares shares;  /* the costs of other ranks' rows are not there */
    rc_label_costs labels; /* table NULL: none */
    int64_t ld;            /* columns rounded up to whole blocks */
    float *cost;           /* [padded rows, ld], or NULL */
    float *panels;         /* all columns as column panels where there is no cost */
    int64_t tile;          /* rows whose costs are had at once; a multiple of `rows` of pair_kernels.h */
    float *room;           /* [threads, tile, ld] where there is no cost */
    double *score;         /* [ld], of the columns */
    double *line;          /* [threads, ld] */
} rc_pairs;
/* Whether the costs of n x m pairs would be kept; if not, the rows need panels, as they do to compute them.
 */
bool rc_pairs_stored(int64_t n, int64_t m);
rc_status rc_pairs_create(const rc_cloud *rows, const rc_cloud *columns, const rc_label_costs *labels,
                          rc_pairs *out) RC_MUST_CHECK;
/* The same with the choice made: for rc_pairs_create, and for tests. */
rc_status rc__pairs_create(const rc_cloud *rows, const rc_cloud *columns, const rc_label_costs *labels,
                           bool keep, rc_pairs *out) RC_MUST_CHECK;
/* Of clouds without points: all costs are kept, 0 until the caller puts others there. */
rc_status rc__pairs_of_costs(const rc_cloud *rows, const rc_cloud *columns, rc_pairs *out) RC_MUST_CHECK;
void rc_pairs_free(rc_pairs *pairs);
/* The costs of a tile, `row` its first, with all columns: [tile, ld], kept ones or in the calling thread's
 * room. Rows beyond the last mean nothing. */
const float *rc_pairs_costs(const rc_pairs *pairs, int64_t row);
/* Of one row panel (pair_kernels.h) with one block of columns, *ld from row to row; room [RC_PAIR_MAX_ROWS,
 * RC_PAIR_BLOCK] serves where none are kept. */
const float *rc_pairs_block(const rc_pairs *pairs, int64_t row, int64_t column, float *room, int64_t *ld);
/* score[j] = potential[j] / epsilon + log(weight[j]) in units of ln 2, RC_PAIR_NOTHING beyond the last
 * column; returns the factor that makes scores of costs. So all sums over columns are weighted. */
double rc_pairs_score(rc_pairs *pairs, double epsilon, const double *potential);

static inline double rc_cloud_weight(const rc_cloud *c, int64_t i)
{
    return c->weight ? c->weight[i] : 1.0;
}

/* out[i] = -epsilon * log(mean over j of exp((potential[j] - cost(i, j)) / epsilon)) for every row i. */
rc_status rc_pairs_softmin(rc_pairs *pairs, double epsilon, const double *potential,
                           double *out) RC_MUST_CHECK;

/* out[i, :] += factor * weight[i] * sum over j of P[i, j] * y_j (relative to the centre), where P[i, j] is
 * proportional to exp((potential[j] - cost(i, j)) / epsilon) and every row of P sums to one. `softmin` is
 * rc_pairs_softmin of the same potential. */
rc_status rc_pairs_barycentre(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double factor, float *out) RC_MUST_CHECK;

/* mass [row classes, column classes] = the plan's mass between labels, when rows carry what they weigh and
 * their probabilities are those of rc_pairs_barycentre. */
rc_status rc_pairs_label_mass(rc_pairs *pairs, double epsilon, const double *potential, const double *softmin,
                              double *mass) RC_MUST_CHECK;

/* x rounded up to a multiple of step. */
static inline int64_t rc_round_up(int64_t x, int64_t step)
{
    return (x + step - 1) / step * step;
}

#endif
