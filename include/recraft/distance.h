/* recraft/distance.h: distances between two sets of samples, with gradient, transport plan and weights.
 *
 * Each set is an array [N, D] of N samples of D numbers. Distances that grow with the square of a length come
 * as half that square (sinkhorn, w2, sliced, gaussian, otdd, gw), the unit of the cost |x - y|^2 / 2; `root`
 * of the result is the length. Numbers are computed in float32, sums in float64.
 *
 * Threads: any number of calls at once, each in a context of its own. The result is the same for any number
 * of threads. */
#ifndef RECRAFT_DISTANCE_H
#define RECRAFT_DISTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/array.h"
#include "recraft/context.h"
#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What there is to choose from, row 0 and on; false after the last, or where out was not begun with its
 * initialiser (rc_error_text). Texts live as long as the process. */
typedef struct rc_distance_about {
    size_t size;              /* by RC_DISTANCE_ABOUT_INIT */
    const char *name, *about; /* what rc_distance_between takes, and a line on it */
    bool labels;              /* needs the labels of both sides */
    bool weights;             /* takes weights of samples: all do */
    bool plan;                /* has a transport plan */
    bool widths;              /* D of the two sets may differ */
    bool local;               /* a local optimum is found: the value may be too high */
} rc_distance_about;
#define RC_DISTANCE_ABOUT_INIT RC_SIZED(rc_distance_about)
RC_API bool rc_distance_at(int64_t row, rc_distance_about *out);

/* A field of 0 takes the default. */
typedef struct rc_distance_options {
    size_t size;    /* by RC_DISTANCE_OPTIONS_INIT */
    double epsilon; /* sinkhorn, otdd: entropic regularisation in units of the cost |x - y|^2 / 2; 0.1 */
    double scaling; /* sinkhorn, otdd: ratio of successive blurs while epsilon is annealed, in (0, 1); 0.5 */
    int64_t passes; /* sinkhorn, otdd: over all pairs, at most this many for each of three terms; gw: problems
                       of exact transport, at most this many; 5000 */
    int64_t projections; /* sliced: directions; 128 */
    uint64_t seed;       /* sliced: of the directions */
    double shrinkage;    /* gaussian: share of the identity in the covariances, up to 1; below 0: none; 0: 0.1
                            for fewer samples than values, else none */
    bool exact_labels;   /* otdd: exact distances between labels; else those of Gaussians */
    const char *labels_a, *labels_b; /* rc_distance_files with otdd: .npy of whole numbers, [N] and [M] */
} rc_distance_options;
#define RC_DISTANCE_OPTIONS_INIT RC_SIZED(rc_distance_options)

/* What was measured. */
typedef struct rc_distance_result {
    size_t size;           /* by RC_DISTANCE_RESULT_INIT */
    double value;          /* the distance, or half its square */
    double root;           /* sqrt(2 value), a length, where the value is half a square; else NaN */
    int64_t n, m, d;       /* samples of a and of b, coordinates of a */
    double epsilon;        /* as used; 0: not a setting of this distance */
    int64_t iterations;    /* passes over all pairs; gw: problems solved; 0: nothing is iterated */
    double marginal_error; /* what is left of it: mean relative error of the plan's marginals */
    bool converged;        /* marginal_error is at most 1e-6; else the value may be too low. gw: at a local
                              optimum; else the value may be too high even for one */
    double seconds;        /* of computing, without reading */
    int64_t d_b;           /* coordinates of b */
    bool local;            /* of a local optimum: the value may be too high */
} rc_distance_result;
#define RC_DISTANCE_RESULT_INIT RC_SIZED(rc_distance_result)

/* A set of samples. The arrays are borrowed for the call. */
typedef struct rc_points {
    size_t size;            /* by RC_POINTS_INIT */
    const rc_view *x;       /* [N, D], any type; finite */
    const rc_view *weights; /* [N], not negative, of any sum above 0; NULL: all the same */
    const rc_view *labels;  /* [N], whole numbers; NULL: none */
} rc_points;
#define RC_POINTS_INIT RC_SIZED(rc_points)

/* The distance of this name between a and b. options NULL: the defaults.
 *
 * gradient, unless NULL, is written: [N, D] float32 or float64, the gradient of the value in a's samples.
 * plan, unless NULL, is written: [N, M] float32 or float64, the mass that goes from each sample of a to each
 * of b, in all 1.
 *
 * RC_CONFIG: no such distance, an option out of its limits, or arrays that are missing: samples, or the
 * labels that this distance needs. RC_SHAPE: sizes that do not fit. RC_DATA: numbers that are not finite,
 * weights that are negative, labels that are not whole numbers. RC_NUMERIC: numbers so large that a cost is
 * not finite. RC_UNSUPPORTED: a plan of a distance that has none, or an array of a type that is not taken.
 * RC_INTERRUPTED, RC_MEMORY. */
RC_API rc_status rc_distance_between(rc_context *context, const char *name, const rc_points *a,
                                     const rc_points *b, const rc_distance_options *options,
                                     const rc_view *gradient, const rc_view *plan,
                                     rc_distance_result *result) RC_MUST_CHECK;

/* The same between the rows of two .npy files, [N, D] and [M, D]. Those that iterate say whether they have
 * converged. RC_IO, RC_FORMAT: a file cannot be read, or is no array. Else as rc_distance_between. */
RC_API rc_status rc_distance_files(const char *path_a, const char *path_b, const char *name,
                                   const rc_distance_options *o, rc_distance_result *out) RC_MUST_CHECK;

/* {"distances": [{"name":.., "about":.., "labels":.., "widths":.., "local":..}]}; free with rc_free_text
 * (recraft/run.h). */
RC_API rc_status rc_distances(char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
