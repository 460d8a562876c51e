/* transport/label_distance.h: distances between labels: W2^2 / 2 between the samples that carry them, exact
 * or as Gaussians. Within transport/ only. */
#ifndef RC_TRANSPORT_LABEL_DISTANCE_H
#define RC_TRANSPORT_LABEL_DISTANCE_H

#include "transport/distances.h"

/* The samples of one label. */
typedef struct rc_label_group {
    int64_t n;
    const int64_t *index; /* [n], of the whole set */
    float *x;             /* [n, d] */
    double *weight;       /* [n], of mean 1, or NULL: all the same */
    double *mean;         /* [d] */
    double *deviation;    /* [n, d], from the mean */
    double trace;         /* of the covariance, the sum of squares over n */
    double *factor;       /* [factor_rows, d]: F^T F is the covariance */
    int64_t factor_rows;
} rc_label_group;

typedef struct rc_label_groups {
    int64_t classes, d;
    bool exact;
    rc_label_group *group; /* [classes]; n = 0: nobody carries the label */
    int64_t *order;
} rc_label_groups;
rc_status rc__label_groups_create(const rc_sample_set *s, bool exact, rc_label_groups *out) RC_MUST_CHECK;
void rc__label_groups_free(rc_label_groups *g);

/* table [a's classes, b's classes]; 0 where a label has no samples, and for a label with itself (a == b). */
rc_status rc__label_distances(const rc_label_groups *a, const rc_label_groups *b,
                              double *table) RC_MUST_CHECK;
/* grad [samples of a, d] += factor * sum over pairs of mass * gradient of their distance in a's samples, b's
 * held fixed. */
rc_status rc__label_pull(const rc_label_groups *a, const rc_label_groups *b, double factor,
                         const double *mass, double *grad) RC_MUST_CHECK;

#endif
