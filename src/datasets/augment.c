#include <math.h>
#include <string.h>

#include "datasets/dataset.h"

rc_pose rc_pose_draw(rc_rng *rng, int64_t pad, bool flip, bool turn)
{
    rc_pose p = {0};
    p.down = (int64_t)rc_rng_below(rng, 2 * (uint64_t)pad + 1) - pad;
    p.right = (int64_t)rc_rng_below(rng, 2 * (uint64_t)pad + 1) - pad;
    p.mirrored = (flip || turn) && (rc_rng_u32(rng) & 1);
    p.upside_down = turn && (rc_rng_u32(rng) & 1);
    p.transposed = turn && (rc_rng_u32(rng) & 1);
    return p;
}

static void place(const rc_pose *p, const float *in, int64_t h, int64_t w, float *out)
{
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            int64_t i = p->transposed ? x : y, k = p->transposed ? y : x;
            int64_t from_y = (p->upside_down ? h - 1 - i : i) + p->down;
            int64_t from_x = (p->mirrored ? w - 1 - k : k) + p->right;
            bool inside = from_y >= 0 && from_y < h && from_x >= 0 && from_x < w;
            out[y * w + x] = inside ? in[from_y * w + from_x] : 0.0f;
        }
}

void rc_pose_apply(const rc_pose *p, const bool *stays, int64_t c, int64_t h, int64_t w, float *x,
                   float *scratch)
{
    for (int64_t k = 0; k < c; k++) {
        if (stays && stays[k]) continue;
        memcpy(scratch, x + k * h * w, (size_t)(h * w) * sizeof *x);
        place(p, scratch, h, w, x + k * h * w);
    }
}

rc_pose rc_pose_number(int i)
{
    return (rc_pose){.mirrored = i & 1, .upside_down = i & 2, .transposed = i & 4};
}

rc_status rc_dataset_fixed_channels(const rc_dataset *d, bool *stays)
{
    int64_t points = d->x_shape[1] * d->x_shape[2], size = d->x_shape[0] * points, left = d->x_shape[0];
    float *first;
    RC_TRY(RC_NEW(&first, 2 * size));
    rc_part_read(&d->train, d, RC_PART_X, 0, first);
    for (int64_t k = 0; k < d->x_shape[0]; k++)
        stays[k] = true;
    for (int64_t i = 1; i < d->train.n && left > 0; i++) {
        rc_part_read(&d->train, d, RC_PART_X, i, first + size);
        for (int64_t k = 0; k < d->x_shape[0]; k++) {
            const float *was = first + k * points;
            if (!stays[k] || memcmp(was, was + size, (size_t)points * sizeof *was) == 0) continue;
            stays[k] = false;
            left--;
        }
    }
    rc_free(first);
    return rc_dataset_status(d);
}

/* ---- of standardised samples ---- */

static const double JITTER = 0.1, COLUMNS_MASKED = 0.1;
enum { SHIFT_SHARE = 10, MASK_SHARE = 5 };

static void jitter(rc_rng *rng, int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] += (float)(JITTER * rc_rng_normal(rng));
}

static void scale(rc_rng *rng, int64_t c, int64_t points, float *x)
{
    for (int64_t k = 0; k < c; k++) {
        float by = (float)exp(JITTER * rc_rng_normal(rng));
        for (int64_t i = 0; i < points; i++)
            x[k * points + i] *= by;
    }
}

static int64_t draw_shift(rc_rng *rng, int64_t extent)
{
    int64_t max = extent / SHIFT_SHARE;
    return (int64_t)rc_rng_below(rng, 2 * (uint64_t)max + 1) - max;
}

static void shift(rc_rng *rng, int64_t c, int64_t h, int64_t w, float *x, float *scratch)
{
    rc_pose pose = {.down = draw_shift(rng, h), .right = draw_shift(rng, w)};
    rc_pose_apply(&pose, NULL, c, h, w, x, scratch);
}

/* A span of one axis in all of the others: of `outer` blocks of `extent` rows of `inner` numbers. */
static void mask_axis(rc_rng *rng, int64_t outer, int64_t extent, int64_t inner, float *x)
{
    int64_t span = (int64_t)rc_rng_below(rng, (uint64_t)(extent / MASK_SHARE) + 1);
    int64_t first = (int64_t)rc_rng_below(rng, (uint64_t)(extent - span) + 1);
    for (int64_t k = 0; k < outer; k++)
        memset(x + (k * extent + first) * inner, 0, (size_t)(span * inner) * sizeof *x);
}

static void mask_columns(rc_rng *rng, int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++)
        if (rc_rng_uniform(rng) < COLUMNS_MASKED) x[i] = 0;
}

void rc_augment_sample(rc_rng *rng, unsigned what, rc_form form, int64_t c, int64_t h, int64_t w, float *x,
                       float *scratch)
{
    if (what & RC_AUGMENT_SHIFT) shift(rng, c, h, w, x, scratch);
    if (what & RC_AUGMENT_SCALE) scale(rng, c, h * w, x);
    if (what & RC_AUGMENT_JITTER) jitter(rng, c * h * w, x);
    if (!(what & RC_AUGMENT_MASK)) return;
    if (form == RC_FORM_TABLE) {
        mask_columns(rng, h, x);
    } else {
        mask_axis(rng, c, h, w, x);
        mask_axis(rng, c * h, w, 1, x);
    }
}
