/* api/distance_parts.h: a distance between labelled, weighted samples in arrays. */
#ifndef RC_API_DISTANCE_PARTS_H
#define RC_API_DISTANCE_PARTS_H

#include "api/call.h"

/* A set of samples and what its arrays are called in messages. label and weight may be NULL. */
typedef struct rc__set {
    const char *name, *label_name, *weight_name;
    const rc_array *x, *label, *weight;
} rc__set;
/* gradient and plan may be NULL. */
rc_status rc__distance(const char *name, const rc__set *a, const rc__set *b, const rc_distance_options *o,
                       const rc_view *gradient, const rc_view *plan, rc_distance_result *out) RC_MUST_CHECK;
/* Whole numbers [n], of any type, as classes 0, 1, ... in the order of the numbers. *label is to be freed
 * with rc_free. */
rc_status rc__number_labels(const char *name, const rc_array *given, int64_t n, int32_t **label,
                            int64_t *classes) RC_MUST_CHECK;

#endif
