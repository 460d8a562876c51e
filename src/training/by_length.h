/* training/by_length.h: texts of about one length in one batch, so that little of it is padding. */
#ifndef RC_TRAINING_BY_LENGTH_H
#define RC_TRAINING_BY_LENGTH_H

#include "base/rng.h"
#include "datasets/dataset.h"

/* The tokens of each text of a part, [p->n], the caller's to free. */
rc_status rc_count_tokens(const rc_dataset *d, const rc_part *p, int32_t **out) RC_MUST_CHECK;
/* Of every 50 batches of the order [n] the longest texts go into one batch, the next into another, and so on;
 * these batches then come in random order. A last batch that is not full stays the last. */
rc_status rc_order_by_length(const int32_t *tokens, int64_t n, int64_t batch, rc_rng rng,
                             int64_t *order) RC_MUST_CHECK;

#endif
