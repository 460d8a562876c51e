/* What a Swin needs to know about an image size: grids and index tables. */
#include <math.h>

#include "backbones/swin.h"

typedef struct table {
    int32_t *index;
    int64_t n;
} table;

static rc_status table_make(int64_t n, table *out)
{
    RC_CHECK(n <= INT32_MAX, RC_SHAPE, "the image is too large: an index table would have %lld entries",
             (long long)n);
    out->n = n;
    return RC_NEW(&out->index, n);
}

/* To the device; the host copy is freed in every case. */
static rc_status table_store(table *t, rc_device *device, rc_tensor *out)
{
    rc_status status = rc_tensor_create(device, RC_DTYPE_I32, RC_SHAPE(t->n), out);
    if (status == RC_OK) status = rc_tensor_upload(out, t->index);
    rc_free(t->index);
    t->index = NULL;
    return status;
}

static int64_t blocks(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

/* Pixels [C, H, W] into tokens of C x p x p, zeros beyond the image. Whole runs of p pixels where they fit.
 */
static rc_status make_patches(const rc_swin_config *c, rc_device *device, rc_swin_plan *plan)
{
    int64_t h = plan->image_h, w = plan->image_w, p = c->patch;
    int64_t run = w % p == 0 ? p : 1, runs = p / run;
    int64_t gh = blocks(h, p), gw = blocks(w, p);
    table t;
    RC_TRY(table_make(gh * gw * c->channels * p * runs, &t));
    int32_t *to = t.index;
    for (int64_t token = 0; token < gh * gw; token++)
        for (int64_t k = 0; k < c->channels; k++)
            for (int64_t i = 0; i < p; i++)
                for (int64_t r = 0; r < runs; r++) {
                    int64_t y = token / gw * p + i, x = token % gw * p + r * run;
                    *to++ = y < h && x < w ? (int32_t)(((k * h + y) * w + x) / run) : -1;
                }
    plan->patch_width = run;
    return table_store(&t, device, &plan->patches);
}

static rc_status make_padding(rc_device *device, rc_swin_stage_plan *s)
{
    if (s->padded_h == s->h && s->padded_w == s->w) return RC_OK;
    table pad, crop;
    RC_TRY(table_make(s->padded_h * s->padded_w, &pad));
    for (int64_t i = 0; i < pad.n; i++) {
        int64_t y = i / s->padded_w, x = i % s->padded_w;
        pad.index[i] = y < s->h && x < s->w ? (int32_t)(y * s->w + x) : -1;
    }
    RC_TRY(table_store(&pad, device, &s->pad));
    RC_TRY(table_make(s->h * s->w, &crop));
    for (int64_t i = 0; i < crop.n; i++)
        crop.index[i] = (int32_t)(i / s->w * s->padded_w + i % s->w);
    return table_store(&crop, device, &s->crop);
}

/* Entry (head, i, j) of the bias is the table's row for the offset of token i from token j. A window that has
 * shrunk to a small grid uses the offsets it has, which are a part of the full table. */
static rc_status make_bias_index(int64_t full, int64_t heads, rc_device *device, rc_swin_stage_plan *s)
{
    int64_t w = s->window, n = w * w;
    table t;
    RC_TRY(table_make(heads * n * n, &t));
    for (int64_t h = 0; h < heads; h++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                int64_t dy = i / w - j / w + full - 1, dx = i % w - j % w + full - 1;
                t.index[(h * n + i) * n + j] = (int32_t)((dy * (2 * full - 1) + dx) * heads + h);
            }
    return table_store(&t, device, &s->bias_index);
}

/* 2 x 2 tokens become one, in the order (0,0), (1,0), (0,1), (1,1) of (row, column). */
static rc_status make_merge(rc_device *device, rc_swin_stage_plan *s, const rc_swin_stage_plan *next)
{
    table t;
    RC_TRY(table_make(next->h * next->w * 4, &t));
    for (int64_t i = 0; i < t.n; i++) {
        int64_t token = i / 4, part = i % 4;
        int64_t y = 2 * (token / next->w) + part % 2, x = 2 * (token % next->w) + part / 2;
        t.index[i] = y < s->h && x < s->w ? (int32_t)(y * s->w + x) : -1;
    }
    return table_store(&t, device, &s->merge);
}

static rc_status make_stages(const rc_swin_config *c, rc_device *device, rc_swin_plan *plan)
{
    int64_t h = blocks(plan->image_h, c->patch), w = blocks(plan->image_w, c->patch);
    for (int64_t i = 0; i < c->stages; i++, h = blocks(h, 2), w = blocks(w, 2)) {
        rc_swin_stage_plan *s = &plan->stage[i];
        int64_t least = h < w ? h : w;
        s->h = h;
        s->w = w;
        s->window = least < c->window ? least : c->window;
        s->padded_h = blocks(h, s->window) * s->window;
        s->padded_w = blocks(w, s->window) * s->window;
        RC_TRY(make_padding(device, s));
        RC_TRY(make_bias_index(c->window, c->heads[i], device, s));
    }
    for (int64_t i = 0; i + 1 < c->stages; i++)
        RC_TRY(make_merge(device, &plan->stage[i], &plan->stage[i + 1]));
    return RC_OK;
}

rc_status rc_swin_plan_create(const rc_swin_config *c, rc_device *device, int64_t image_h, int64_t image_w,
                              rc_swin_plan **out)
{
    RC_CHECK(image_h >= 1 && image_w >= 1 && image_h <= 8192 && image_w <= 8192, RC_SHAPE,
             "an image of %lld x %lld does not fit the backbone: allowed are 1 to 8192 pixels each way",
             (long long)image_h, (long long)image_w);
    RC_TRY(RC_NEW(out, 1));
    (*out)->image_h = image_h;
    (*out)->image_w = image_w;
    rc_status status = make_patches(c, device, *out);
    if (status == RC_OK) status = make_stages(c, device, *out);
    if (status != RC_OK) rc_swin_plan_destroy(out);
    return status;
}

void rc_swin_plan_destroy(rc_swin_plan **plan)
{
    if (!*plan) return;
    rc_tensor_destroy(&(*plan)->patches);
    for (int i = 0; i < RC_SWIN_STAGES; i++) {
        rc_swin_stage_plan *s = &(*plan)->stage[i];
        rc_tensor_destroy(&s->pad);
        rc_tensor_destroy(&s->crop);
        rc_tensor_destroy(&s->bias_index);
        rc_tensor_destroy(&s->merge);
    }
    rc_free(*plan);
    *plan = NULL;
}

double rc_swin_flops(const rc_swin_config *c, const rc_swin_plan *plan, int64_t batch)
{
    double total = 0;
    for (int64_t i = 0; i < c->stages; i++) {
        const rc_swin_stage_plan *s = &plan->stage[i];
        double width = (double)rc_swin_width(c, i), tokens = (double)(s->h * s->w);
        double padded = (double)(s->padded_h * s->padded_w), window = (double)(s->window * s->window);
        if (i == 0) total += tokens * width * (double)(c->channels * c->patch * c->patch);
        if (i > 0) total += tokens * 2 * width * width; /* merge: 4 (width/2) -> width */
        double mlp = 2 * c->mlp_ratio * width * width;
        double one =
            padded * 3 * width * width + 2 * padded * window * width + tokens * width * width + tokens * mlp;
        total += one * (double)c->depth[i];
    }
    return 2 * total * (double)batch;
}
