/* recraft/distance.h: distances between two sets of samples. */
#ifndef RECRAFT_DISTANCE_H
#define RECRAFT_DISTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A field of 0 takes the default. */
typedef struct rc_distance_options {
    double epsilon; /* sinkhorn, otdd: entropic regularisation in units of the cost |x - y|^2 / 2; 0.1 */
    double scaling; /* sinkhorn, otdd: ratio of successive blurs while epsilon is annealed, in (0, 1); 0.5 */
    const char *labels_a, *labels_b; /* otdd: .npy of whole numbers, [N] and [M] */
    bool exact_labels;               /* otdd: exact distances between labels; else those of Gaussians */
    int64_t projections;             /* sliced: directions; 128 */
    uint64_t seed;                   /* sliced: of the directions */
    double shrinkage; /* gaussian: share of the identity in the covariances, up to 1; below 0: none; 0: 0.1
                         for fewer samples than values, else none */
} rc_distance_options;

typedef struct rc_distance_result {
    double value;
    double root;           /* sqrt(2 value), a length, where the value is half a square; else NaN */
    int64_t n, m, d;       /* samples of a and of b, coordinates of each */
    double epsilon;        /* as used; 0: not a setting of this distance */
    int64_t iterations;    /* passes over all pairs; 0: nothing is iterated */
    double marginal_error; /* what is left of it: mean relative error of the plan's marginals */
    bool converged;        /* marginal_error is at most 1e-6; else the value may be too low */
    double seconds;        /* of computing, without reading */
} rc_distance_result;

/* The distance between the rows of two .npy files, [N, D] and [M, D], with uniform weights. name: one of
 * rc_distances. Those that iterate say whether they have converged. */
RC_API rc_status rc_distance_files(const char *path_a, const char *path_b, const char *name,
                                   const rc_distance_options *o, rc_distance_result *out);

/* {"distances": [{"name":.., "about":.., "labels":..}]}; free with rc_free_text (recraft/run.h). */
RC_API rc_status rc_distances(char **json);

#ifdef __cplusplus
}
#endif
#endif
