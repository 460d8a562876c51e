#include <string.h>

#include "datasets/dataset.h"

static void crop(const float *in, int64_t h, int64_t w, int64_t dy, int64_t dx, bool flip, float *out)
{
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            int64_t from_y = y + dy, from_x = (flip ? w - 1 - x : x) + dx;
            bool inside = from_y >= 0 && from_y < h && from_x >= 0 && from_x < w;
            out[y * w + x] = inside ? in[from_y * w + from_x] : 0.0f;
        }
}

void rc_augment_crop_flip(rc_rng *rng, int64_t c, int64_t h, int64_t w, int pad, bool flip, float *x,
                          float *scratch)
{
    int64_t dy = (int64_t)rc_rng_below(rng, 2 * (uint64_t)pad + 1) - pad;
    int64_t dx = (int64_t)rc_rng_below(rng, 2 * (uint64_t)pad + 1) - pad;
    bool mirrored = flip && (rc_rng_u32(rng) & 1);
    memcpy(scratch, x, (size_t)(c * h * w) * sizeof *x);
    for (int64_t k = 0; k < c; k++)
        crop(scratch + k * h * w, h, w, dy, dx, mirrored, x + k * h * w);
}
