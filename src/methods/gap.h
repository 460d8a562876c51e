/* methods/gap.h: how far a target is from a source, and the terms of the bound on the target's risk,
 *
 *     risk of the source  +  Lipschitz constant * W1(features)  +  H(Z_s | Z_t).
 *
 * The Lipschitz constant is that of the source loss in the embedder's output u, for which the 95 % quantile
 * of its gradient norms stands, as the bundle's card gives them. W1 is between means over the T tokens of u.
 * Moving a mean by some length moves u by at least sqrt(T) times that, and so much is taken. Neither makes
 * the sum larger than the bound: it is an estimate of it, and no bound by itself. */
#ifndef RC_METHODS_GAP_H
#define RC_METHODS_GAP_H

#include "methods/scores.h"

enum { RC_GAP_DISTANCES = 16 };

typedef struct rc_gap_options {
    const char *distances; /* names with commas between; NULL: all that the bundle serves, but those of local
                              optima; "": none */
    int64_t source_features; /* at most so many of the source's features, a seeded choice; 1000 */
    int64_t resamples;       /* of the target, for the intervals; 0: none */
    int64_t frozen; /* the scores that take a pass of the body: of at most so many samples; 0: they are
                       not wanted */
    uint64_t seed;
} rc_gap_options;

typedef struct rc_gap_distance {
    const rc_distance_kind *kind;
    double value, low, high; /* low, high NaN: no interval */
    rc_convergence how;      /* of the value; error and converged speak for the resamples, too */
} rc_gap_distance;

/* The terms of one of the source's sets. */
typedef struct rc_gap_terms {
    double weight;
    /* of its head, from its card; NaN where the card does not say */
    double accuracy, loss, norm_mean, norm[5]; /* 0.05 0.25 0.5 0.75 0.95 */
    rc_distortion_values distortion;
    double leep, nce; /* transport.h; of the alignment's classes or clusters; NaN where all samples are of
                         one, which everything foretells */
    double risk;      /* the loss, or 1 - accuracy where the card does not give one */
    double w1,
        transport; /* between features, of several inputs the mean; Lipschitz constant * sqrt(T) * w1 */
    double bound;
} rc_gap_terms;

/* Of several sets every term is the mean of theirs by their weights: as each set's bound bounds the risk, so
 * does the mean. Distances are to the features of all. */
typedef struct rc_gap {
    rc_gap_terms mean, set[RC_SOURCE_SETS];
    int sets;
    rc_source_scores scores;
    int count;
    rc_gap_distance distance[RC_GAP_DISTANCES];
} rc_gap;

/* The names in `distances` are known. */
rc_status rc_gap_check(const rc_gap_options *o) RC_MUST_CHECK;
/* Of an alignment that has been measured. Intervals are of 95 %: how far the values of resampled targets lie
 * from their mean, reflected and put around the value. (Samples that are drawn twice make every distance look
 * larger, so the resampled values themselves do not lie around it.) */
rc_status rc_gap_measure(const rc_alignment *a, const rc_gap_options *o, rc_gap *out) RC_MUST_CHECK;

#endif
