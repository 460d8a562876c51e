/* transport/sliced.h: sliced Wasserstein with given directions; within transport/ and its tests. */
#ifndef RC_TRANSPORT_SLICED_H
#define RC_TRANSPORT_SLICED_H

#include "transport/distances.h"

typedef struct rc_slices rc_slices;
/* count directions [count, d] of length 1; NULL: random ones of that seed. b must outlive it. */
rc_status rc__slices_create(const rc_sample_set *b, int64_t count, const double *direction, uint64_t seed,
                            rc_slices **out) RC_MUST_CHECK;
void rc__slices_free(rc_slices *s);
rc_status rc__slices_measure(const rc_slices *s, const rc_sample_set *a, double *value,
                             float *grad) RC_MUST_CHECK;

#endif
