/* published/legacy_permutation.h: the permutation by which published loaders split their samples, so that the
 * same ones are in the test part here. Within published/ only. */
#ifndef RC_PUBLISHED_LEGACY_PERMUTATION_H
#define RC_PUBLISHED_LEGACY_PERMUTATION_H

#include <stdint.h>

/* As numpy.random.RandomState(seed).permutation(n), n below 2^32. */
void rc__legacy_permutation(uint32_t seed, int64_t n, int64_t *out);

#endif
