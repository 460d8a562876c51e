#include "transforms/spectrogram.h"

#include <stdbool.h>

static float min_of(int64_t bands, int64_t frames, int64_t stride, const float *v)
{
    float min = v[0];
    for (int64_t b = 0; b < bands; b++)
        for (int64_t t = 0; t < frames; t++)
            min = v[b * stride + t] < min ? v[b * stride + t] : min;
    return min;
}

/* A stretch of 0 to max of n, somewhere. */
static void draw_stretch(rc_rng *rng, int64_t n, double max, int64_t *first, int64_t *count)
{
    *count = (int64_t)(rc_rng_uniform(rng) * max * (double)n);
    *first = (int64_t)rc_rng_below(rng, (uint64_t)(n - *count) + 1);
}

static void fill(int64_t band, int64_t bands, int64_t frame, int64_t frames, int64_t stride, float value,
                 float *v)
{
    for (int64_t b = band; b < band + bands; b++)
        for (int64_t t = frame; t < frame + frames; t++)
            v[b * stride + t] = value;
}

void rc_spectrogram_mask(rc_rng *rng, int64_t bands, int64_t frames, int64_t stride, double max_bands,
                         double max_frames, float *v)
{
    float min = min_of(bands, frames, stride, v);
    int rounds = 1 + (int)rc_rng_below(rng, 2);
    for (int k = 0; k < rounds; k++) {
        int64_t first, count;
        draw_stretch(rng, bands, max_bands, &first, &count);
        fill(first, count, 0, frames, stride, min, v);
        draw_stretch(rng, frames, max_frames, &first, &count);
        fill(0, bands, first, count, stride, min, v);
    }
}

void rc_spectrogram_fit(rc_rng *rng, int64_t bands, int64_t frames, const float *in, int64_t columns,
                        int64_t stride, float *out)
{
    bool wrap = rc_rng_below(rng, 2) == 0;
    int64_t first = frames > columns ? (int64_t)rc_rng_below(rng, (uint64_t)(frames - columns) + 1) : 0;
    float min = min_of(bands, frames, frames, in);
    for (int64_t b = 0; b < bands; b++)
        for (int64_t t = 0; t < columns; t++) {
            bool inside = first + t < frames;
            out[b * stride + t] = inside || wrap ? in[b * frames + (first + t) % frames] : min;
        }
}

void rc_spectrogram_mix(rc_rng *rng, int64_t bands, int64_t frames, int64_t stride, double max,
                        const float *noise, float *v)
{
    float a = (float)(max * rc_rng_uniform(rng));
    for (int64_t b = 0; b < bands; b++)
        for (int64_t t = 0; t < frames; t++)
            v[b * stride + t] = (1 - a) * v[b * stride + t] + a * noise[b * stride + t];
}
