/* transport/distances.h: one table of distances between two sets of samples, for training, for the program
 * and for whoever measures. To add one: a file that defines its rc_distance_kind, and its name in
 * RC_DISTANCES.
 *
 * Those that grow with the square of a length give half that square (W2^2 / 2 and the like), the unit of the
 * cost |x - y|^2 / 2: one weight serves them all. */
#ifndef RC_TRANSPORT_DISTANCES_H
#define RC_TRANSPORT_DISTANCES_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/transport.h"

/* `sinkhorn` stands for rc_distance_sinkhorn and is its name, too. */
#define RC_DISTANCES(X) X(sinkhorn) X(w1) X(w2) X(sliced) X(gaussian) X(mmd) X(coral) X(energy) X(otdd) X(gw)

/* x [n, d] row-major; label [n] in 0 .. classes - 1, or NULL where the distance needs none; weight [n], not
 * negative, of any sum above 0, or NULL: all the same. Borrowed. A kind is given weights above 0 only, whose
 * mean is 1. Of two sets that are everywhere, the ranks share the work out; both are, or none. */
typedef struct rc_sample_set {
    const float *x;
    int64_t n, d;
    const int32_t *label;
    int64_t classes;
    const double *weight;
    bool everywhere; /* all ranks have it, and ask the same of it at the same time */
} rc_sample_set;

static inline double rc_sample_weight(const rc_sample_set *s, int64_t i)
{
    return s->weight ? s->weight[i] : 1.0;
}

typedef struct rc_distance_settings {
    rc_sinkhorn_options sinkhorn; /* sinkhorn, otdd; gw: passes, its problems of exact transport */
    rc_sinkhorn_self self;        /* sinkhorn: of b without weights, if it is known already */
    int projections;              /* sliced: directions */
    uint64_t seed;                /* sliced: of the directions */
    double shrinkage;             /* gaussian: towards a multiple of the identity, 0 to 1; below 0: chosen */
    bool exact_labels;            /* otdd: exact distances between labels, not those of Gaussians */
    bool by_class; /* gw: samples go to those of their own label alone, which weigh as much on both sides */
    double *plan;  /* kinds with plans: where measuring leaves it, [n, m], in all 1; NULL: not wanted */
} rc_distance_settings;
rc_distance_settings rc_distance_defaults(void);

/* Where nothing is iterated, iterations are 0 and it has converged. */
typedef struct rc_measured {
    double value; /* never below 0: that would be rounding, or an iteration that has not converged */
    rc_convergence how;
} rc_measured;

/* A set as a kind is given it: without the samples that have no weight. */
typedef struct rc_weighted {
    rc_sample_set set;
    int64_t all;    /* samples of the whole */
    int64_t *index; /* [set.n], in the whole; NULL: all are there */
    float *x;       /* copies, where they are needed */
    int32_t *label;
    double *weight;
} rc_weighted;

typedef struct rc_distance rc_distance;
typedef struct rc_distance_kind {
    const char *name, *about;
    bool labels;      /* needs the labels of both sides */
    bool half_square; /* sqrt(2 value) is a length */
    bool several;     /* needs more than one sample of each side */
    bool plans;       /* has a transport plan */
    bool entropic;    /* its value depends on sinkhorn.epsilon */
    bool widths;      /* the two sides may have values of different number */
    bool local;       /* a local optimum is found: the value may be too high */
    /* What depends on b and the settings alone, into to->state; may be NULL. */
    rc_status (*prepare)(rc_distance *to);
    /* grad [n, d] of the value in a may be NULL. */
    rc_status (*measure)(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad);
    void (*release)(void *state);
} rc_distance_kind;

#define RC_DECLARE_DISTANCE(name) extern const rc_distance_kind rc_distance_##name;
RC_DISTANCES(RC_DECLARE_DISTANCE)
/* NULL-terminated. */
extern const rc_distance_kind *const rc_distance_table[];
rc_status rc_distance_find(const char *name, const rc_distance_kind **out) RC_MUST_CHECK;

/* The distance to a fixed set b. */
struct rc_distance {
    const rc_distance_kind *kind;
    rc_weighted weighted_b;
    rc_sample_set b; /* as a kind is given it */
    rc_distance_settings settings;
    void *state;
};
/* b's arrays must outlive it. Fails when labels are needed and missing. */
rc_status rc_distance_create(const rc_distance_kind *kind, const rc_sample_set *b,
                             const rc_distance_settings *o, rc_distance **out) RC_MUST_CHECK;
rc_status rc_distance_measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out,
                              float *grad) RC_MUST_CHECK;
void rc_distance_destroy(rc_distance **to);
/* Between samples of the same label alone, which means the same on both sides: the mean over a's samples of
 * their class's distance; gw, which compares lengths between classes too, of all of them at once, by a plan
 * that keeps to classes. Classes that one side lacks are left out, also those whose samples weigh nothing. */
rc_status rc_distance_by_class(const rc_distance_kind *kind, const rc_distance_settings *o,
                               const rc_sample_set *a, const rc_sample_set *b, rc_measured *out,
                               float *grad) RC_MUST_CHECK;

#endif
