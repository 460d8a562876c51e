/* methods/mixture.h: PaRe's mixing of source and target tokens: the part of it that is plain arrays. */
#ifndef RC_METHODS_MIXTURE_H
#define RC_METHODS_MIXTURE_H

#include <stdint.h>

#include "base/failure.h"

/* How many of `tokens` target tokens are replaced in an epoch: share * tokens at first, falling in a line to
 * 0 after the last. */
int64_t rc_mixture_count(double share, int64_t tokens, int64_t epoch, int64_t epochs);

/* For every sample, the k source tokens of the highest scores take the places of the k target tokens of the
 * lowest, highest into lowest. Scores [n, tokens]; length [n]: source tokens that are no padding, NULL: all.
 * Of sample i only min(k, length) are replaced. index tables of rc_gather over the n * tokens rows of either
 * set: target: the row itself or -1, source: the row that goes here or -1. */
rc_status rc_mixture_choose(const float *source_score, const float *target_score, int64_t n, int64_t tokens,
                            int64_t k, const int32_t *length, int32_t *source, int32_t *target) RC_MUST_CHECK;

#endif
