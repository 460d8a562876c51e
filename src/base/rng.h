/* base/rng.h: counter-based random numbers, Philox 4x32-10 (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011).
 *
 * A stream is (seed, stream name, position). It has no hidden state: saving the position saves
 * the generator, and streams of different names never meet, so adding a consumer of random
 * numbers does not change what the others draw. */
#ifndef RC_BASE_RNG_H
#define RC_BASE_RNG_H

#include <stdint.h>

typedef struct rc_rng {
    uint64_t seed;
    uint64_t stream;
    uint64_t position; /* in draws of 32 bits */
} rc_rng;

/* name is a short fixed text ("shuffle", "init", "augment"); index tells apart streams of one name
 * (an epoch, a sample). */
rc_rng rc_rng_make(uint64_t seed, const char *name, uint64_t index);
uint32_t rc_rng_u32(rc_rng *rng);
uint64_t rc_rng_u64(rc_rng *rng);
/* Uniform in [0, 1), 24 and 53 bits. */
float rc_rng_uniform_f(rc_rng *rng);
double rc_rng_uniform(rc_rng *rng);
/* Standard normal (Box-Muller, two draws a number). */
double rc_rng_normal(rc_rng *rng);
/* Uniform in 0..n-1 without bias, n > 0. */
uint64_t rc_rng_below(rc_rng *rng, uint64_t n);
/* Fisher-Yates on n indices. */
void rc_rng_shuffle(rc_rng *rng, int64_t n, int64_t *index);

#endif
