/* transforms/spectrogram.h: what is done to spectrograms [bands, frames] in training, as FSD50K's task has
 * it. */
#ifndef RC_TRANSFORMS_SPECTROGRAM_H
#define RC_TRANSFORMS_SPECTROGRAM_H

#include <stdint.h>

#include "base/rng.h"

/* SpecAugment (Park et al. 2019): once or twice a band of frequencies up to a share of all, and a stretch of
 * time, filled with the least value. `stride` is that of rows in v. */
void rc_spectrogram_mask(rc_rng *rng, int64_t bands, int64_t frames, int64_t stride, double max_bands,
                         double max_frames, float *v);
/* To [bands, columns] (rows `stride` apart): longer ones are cut at a random place; shorter ones are
 * continued from their beginning, or with the least value, by the toss of a coin. */
void rc_spectrogram_fit(rc_rng *rng, int64_t bands, int64_t frames, const float *in, int64_t columns,
                        int64_t stride, float *out);
/* x becomes (1 - a) x + a noise, a uniform in 0 to max. */
void rc_spectrogram_mix(rc_rng *rng, int64_t bands, int64_t frames, int64_t stride, double max,
                        const float *noise, float *v);

#endif
