/* devices/window.h: which tokens make up a shifted window, and which of them may see each other. */
#ifndef RC_DEVICES_WINDOW_H
#define RC_DEVICES_WINDOW_H

#include "tensor/device.h"

/* For window number `at` (row-major over the rolled grid): token[i] = index in the grid of its i-th token;
 * region[i] = which piece of the unrolled grid it comes from. Tokens of different regions are masked (all are
 * 0 where shift is 0). */
static inline void rc__window_tokens(const rc_window_attention *a, int64_t at, int32_t *token,
                                     int32_t *region)
{
    int64_t w = a->window, columns = a->gw / w;
    for (int64_t i = 0; i < w * w; i++) {
        int64_t y = at / columns * w + i / w, x = at % columns * w + i % w;
        int64_t from_y = (y + a->shift) % a->gh, from_x = (x + a->shift) % a->gw;
        token[i] = (int32_t)(from_y * a->gw + from_x);
        int32_t band_y = a->shift == 0 || y < a->gh - w ? 0 : y < a->gh - a->shift ? 1 : 2;
        int32_t band_x = a->shift == 0 || x < a->gw - w ? 0 : x < a->gw - a->shift ? 1 : 2;
        region[i] = 3 * band_y + band_x;
    }
}

#endif
