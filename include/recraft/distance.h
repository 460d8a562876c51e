/* recraft/distance.h: distances between two sets of samples. */
#ifndef RECRAFT_DISTANCE_H
#define RECRAFT_DISTANCE_H

#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A field of 0 takes the default. */
typedef struct rc_distance_options {
    double epsilon; /* sinkhorn: entropic regularisation in units of the cost |x - y|^2 / 2; 0.1 */
    double scaling; /* sinkhorn: ratio of successive blurs while epsilon is annealed, in (0, 1); 0.5 */
} rc_distance_options;

typedef struct rc_distance_result {
    double value;
    int64_t n, m, d; /* samples of a and of b, coordinates of each */
    double epsilon;  /* as used */
    double seconds;  /* of computing, without reading */
} rc_distance_result;

/* The distance between the rows of two .npy files, [N, D] and [M, D]. name: "sinkhorn", the debiased Sinkhorn
 * divergence with uniform weights, solved to convergence. */
RC_API rc_status rc_distance_files(const char *path_a, const char *path_b, const char *name,
                                   const rc_distance_options *o, rc_distance_result *out);

#ifdef __cplusplus
}
#endif
#endif
