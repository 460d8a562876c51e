/* transforms/chain.h: what a data set went through, for single samples that come later. A list in its
 * encoders says what: the name of each transform, its parameters and seed, and the shape that it gave. */
#ifndef RC_TRANSFORMS_CHAIN_H
#define RC_TRANSFORMS_CHAIN_H

#include "formats/json.h"
#include "transforms/transforms.h"

enum { RC_CHAIN_STEPS = 8 }; /* of a list, at most */

/* One more step of a list. */
void rc_chain_add(rc_json *list, const rc_transform *t, const rc_transform_options *o, const rc_shape *shape);

typedef struct rc_chain rc_chain;
/* Of samples of shape `in`. The list is somebody's file, all is checked; source: what messages call it. */
rc_status rc_chain_open(const char *source, const rc_json *list, rc_shape in, rc_chain **out) RC_MUST_CHECK;
void rc_chain_close(rc_chain **c);
rc_shape rc_chain_shape(const rc_chain *c);
/* Sample i as one of a test part. Where several would come of one, that is refused. */
rc_status rc_chain_run(rc_chain *c, int64_t i, const float *x, float *out) RC_MUST_CHECK;

#endif
