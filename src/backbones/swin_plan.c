/* What a Swin needs to know about a token grid: padding, windows and merging as index tables. */
#include "backbones/swin_parts.h"

static int64_t blocks(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

static rc_status make_padding(rc_device *device, rc_swin_stage_plan *s)
{
    if (s->padded_h == s->h && s->padded_w == s->w) return RC_OK;
    int64_t n = s->padded_h * s->padded_w;
    int32_t *pad, *crop;
    RC_TRY(rc__index_create(n, &pad));
    for (int64_t i = 0; i < n; i++) {
        int64_t y = i / s->padded_w, x = i % s->padded_w;
        pad[i] = y < s->h && x < s->w ? (int32_t)(y * s->w + x) : -1;
    }
    RC_TRY(rc__index_store(pad, n, device, &s->pad));
    n = s->h * s->w;
    RC_TRY(rc__index_create(n, &crop));
    for (int64_t i = 0; i < n; i++)
        crop[i] = (int32_t)(i / s->w * s->padded_w + i % s->w);
    return rc__index_store(crop, n, device, &s->crop);
}

/* Entry (head, i, j) of the bias is the table's row for the offset of token i from token j. A window that has
 * shrunk to a small grid uses the offsets it has, which are a part of the full table. */
static rc_status make_bias_index(int64_t full, int64_t heads, rc_device *device, rc_swin_stage_plan *s)
{
    int64_t w = s->window, n = w * w;
    int32_t *index;
    RC_TRY(rc__index_create(heads * n * n, &index));
    for (int64_t h = 0; h < heads; h++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                int64_t dy = i / w - j / w + full - 1, dx = i % w - j % w + full - 1;
                index[(h * n + i) * n + j] = (int32_t)((dy * (2 * full - 1) + dx) * heads + h);
            }
    return rc__index_store(index, heads * n * n, device, &s->bias_index);
}

/* 2 x 2 tokens become one, in the order (0,0), (1,0), (0,1), (1,1) of (row, column). */
static rc_status make_merge(rc_device *device, rc_swin_stage_plan *s, const rc_swin_stage_plan *next)
{
    int64_t n = next->h * next->w * 4;
    int32_t *index;
    RC_TRY(rc__index_create(n, &index));
    for (int64_t i = 0; i < n; i++) {
        int64_t token = i / 4, part = i % 4;
        int64_t y = 2 * (token / next->w) + part % 2, x = 2 * (token % next->w) + part / 2;
        index[i] = y < s->h && x < s->w ? (int32_t)(y * s->w + x) : -1;
    }
    return rc__index_store(index, n, device, &s->merge);
}

rc_status rc__swin_plan(const rc_swin_config *c, rc_device *device, int64_t h, int64_t w,
                        rc_swin_stage_plan plan[RC_SWIN_STAGES])
{
    for (int64_t i = 0; i < c->stages; i++, h = blocks(h, 2), w = blocks(w, 2)) {
        rc_swin_stage_plan *s = &plan[i];
        int64_t min = h < w ? h : w;
        s->h = h;
        s->w = w;
        s->window = min < c->window ? min : c->window;
        s->padded_h = blocks(h, s->window) * s->window;
        s->padded_w = blocks(w, s->window) * s->window;
        RC_TRY(make_padding(device, s));
        RC_TRY(make_bias_index(c->window, c->heads[i], device, s));
    }
    for (int64_t i = 0; i + 1 < c->stages; i++)
        RC_TRY(make_merge(device, &plan[i], &plan[i + 1]));
    return RC_OK;
}

void rc__swin_plan_destroy(rc_swin_stage_plan plan[RC_SWIN_STAGES])
{
    for (int i = 0; i < RC_SWIN_STAGES; i++) {
        rc_swin_stage_plan *s = &plan[i];
        rc_tensor_destroy(&s->pad);
        rc_tensor_destroy(&s->crop);
        rc_tensor_destroy(&s->bias_index);
        rc_tensor_destroy(&s->merge);
    }
}
