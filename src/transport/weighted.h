/* transport/weighted.h: samples of which some have no weight. Within transport/ only. */
#ifndef RC_TRANSPORT_WEIGHTED_H
#define RC_TRANSPORT_WEIGHTED_H

#include "transport/distances.h"

/* name: of the set, in messages. The set's arrays must outlive it. */
rc_status rc__weighted_create(const char *name, const rc_sample_set *given, rc_weighted *out) RC_MUST_CHECK;
void rc__weighted_free(rc_weighted *w);
/* What a kind measures between two of them, for the whole sets: samples without weight pull nowhere and get
 * no mass. */
rc_status rc__weighted_measure(const rc_distance *to, const rc_weighted *a, rc_measured *out,
                               float *grad) RC_MUST_CHECK;

#endif
