/* transport/radial.h: sums over pairs of a function of their distance, for kernel distances. Distances come
 * from differences of coordinates, not from inner products, so that near points keep all their digits. Within
 * transport/ only. */
#ifndef RC_TRANSPORT_RADIAL_H
#define RC_TRANSPORT_RADIAL_H

#include <stdint.h>

#include "transport/distances.h"

enum { RC_RADIAL_BLOCK = 32 };

/* For `count` <= RC_RADIAL_BLOCK squared distances r2: value f(r2); pull 2 f'(r2), the factor of (x - y) in
 * the gradient of f(|x - y|^2) in x; slope: the derivative of f in a parameter of its own, 0 without one. */
typedef struct rc_radial {
    void (*at)(const struct rc_radial *f, int64_t count, const double *r2, double *value, double *pull,
               double *slope);
    double parameter;
} rc_radial;

typedef struct rc_radial_sums {
    double value, slope;
} rc_radial_sums;
/* Over all samples of a and of b, a pair as often as its weights say. grad [n, d], which may be NULL, gets
 * factor * sum over j of its gradient in a_i. */
rc_status rc__radial_pairs(const rc_radial *f, const rc_sample_set *a, const rc_sample_set *b, double factor,
                           double *grad, rc_radial_sums *out) RC_MUST_CHECK;

/* Squared distances within one set, kept as float32 where that fits in RC_RADIAL_STORED bytes. */
enum { RC_RADIAL_STORED = 128 << 20 };
typedef struct rc_radial_set {
    rc_sample_set points;
    float *r2; /* [n (n - 1) / 2], row after row below the diagonal, of this rank's rows; NULL: too many to
                  keep */
} rc_radial_set;
rc_status rc__radial_set_create(const rc_sample_set *s, rc_radial_set *out) RC_MUST_CHECK;
void rc__radial_set_free(rc_radial_set *s);
/* Over all ordered pairs, those with itself included, weighted as above. */
rc_status rc__radial_within(const rc_radial *f, const rc_radial_set *s, rc_radial_sums *out) RC_MUST_CHECK;

#endif
