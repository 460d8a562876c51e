/* transport/sinkhorn.h: the Sinkhorn divergence where labels add to the costs. Within transport/ only. */
#ifndef RC_TRANSPORT_SINKHORN_H
#define RC_TRANSPORT_SINKHORN_H

#include "transport/distances.h"
#include "transport/pairs.h"

/* Costs between a and b and within a; with a gradient, the masses of the two plans between labels come back,
 * as large as the tables. */
typedef struct rc_sinkhorn_labels {
    rc_label_costs cross, self;
    double *cross_mass, *self_mass;
} rc_sinkhorn_labels;

rc_status rc__sinkhorn_self(const rc_sample_set *b, const rc_sinkhorn_options *o,
                            const rc_label_costs *labels, rc_sinkhorn_self *out) RC_MUST_CHECK;
/* As rc_distance_kind.measure; the gradient by the envelope theorem, in memory linear in the samples of both.
 * to->state: rc_sinkhorn_labels, or NULL. With labels, to->settings.self must be
 * known (of b with its own labels), and grad is that of fixed label costs. */
rc_status rc__sinkhorn_measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out,
                               float *grad) RC_MUST_CHECK;

#endif
