/* The worst samples as pictures or signals small enough for a page, and what the answers depend on in them
 * (gradients.c): the largest of the channels at each place. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "explain/explain_parts.h"

enum { SIDE = 160, POINTS = 400, MAX_CHANNELS = 3 };

/* ---- smaller ---- */

static rc_status resize(const rc_shape *from, const rc_shape *to, const float *in, float *out)
{
    rc_resize *r;
    RC_TRY(rc_resize_create(from->dim[1], from->dim[2], to->dim[1], to->dim[2], &r));
    rc_resize_apply(r, to->dim[0], in, out);
    rc_resize_destroy(&r);
    return RC_OK;
}

/* Two points stand for a piece: its min and its max, in their order. */
static void thin_out(int64_t n, const float *in, int64_t points, float *out)
{
    if (points == n) memcpy(out, in, (size_t)n * sizeof *out);
    for (int64_t p = 0; p < points / 2 && points < n; p++) {
        int64_t from = p * n / (points / 2), to = (p + 1) * n / (points / 2), low = from, high = from;
        for (int64_t i = from; i < to; i++) {
            if (in[i] < in[low]) low = i;
            if (in[i] > in[high]) high = i;
        }
        out[2 * p] = in[low < high ? low : high];
        out[2 * p + 1] = in[low < high ? high : low];
    }
}

static rc_shape shown_shape(const rc_layout *l)
{
    int64_t c = l->x_shape[0], h = l->x_shape[1], w = l->x_shape[2], side = h > w ? h : w;
    if (l->form == RC_FORM_SEQUENCES)
        return RC_SHAPE(c < MAX_CHANNELS ? c : MAX_CHANNELS, 1, h < POINTS ? h : POINTS);
    if (side > SIDE) {
        h = h * SIDE / side > 0 ? h * SIDE / side : 1;
        w = w * SIDE / side > 0 ? w * SIDE / side : 1;
    }
    return RC_SHAPE(c == 3 ? 3 : 1, h, w);
}

static rc_status shrink(const rc_layout *l, const float *x, const rc_shape *to, float *out)
{
    const int64_t *shape = l->x_shape;
    rc_shape from = RC_SHAPE(shape[0], shape[1], shape[2]);
    if (l->form == RC_FORM_IMAGES) return resize(&from, to, x, out);
    for (int64_t c = 0; c < to->dim[0]; c++)
        thin_out(shape[1], x + c * shape[1], to->dim[2], out + c * to->dim[2]);
    return RC_OK;
}

/* ---- all of them ---- */

/* Lengths of the gradients at each place, the largest of the channels, as large as the picture. room: as many
 * numbers as the gradient has. */
static rc_status map_of(const rc_layout *l, const float *gradient, const rc_shape *shown, float *room,
                        float *out)
{
    int64_t channels = l->x_shape[0], h = l->x_shape[1], w = l->x_shape[2];
    bool signal = l->form == RC_FORM_SEQUENCES;
    for (int64_t i = 0; i < h * w; i++) {
        float max = 0;
        for (int64_t c = 0; c < channels; c++)
            max = fmaxf(max, fabsf(gradient[c * h * w + i]));
        room[i] = max;
    }
    rc_shape from = signal ? RC_SHAPE(1, 1, h) : RC_SHAPE(1, h, w),
             to = RC_SHAPE(1, shown->dim[1], shown->dim[2]);
    return resize(&from, &to, room, out);
}

static rc_status draw_sample(const rc__judged *j, const rc__worst_samples *w, int64_t i, int k, float *raw,
                             rc_drawn *out)
{
    const rc_task *t = j->q->of->task;
    const rc_layout *l = rc_task_layout(t, k);
    int64_t size = rc_layout_size(l), place = out->shape.dim[1] * out->shape.dim[2];
    const float *gradient = rc__gradient_of(j, w, i, k);
    rc_part_read(j->part, t->data, k, w->number[i], raw);
    RC_TRY(rc_dataset_status(t->data));
    if (t->n_more && rc_input_is_absent(raw, size)) memset(raw, 0, (size_t)size * sizeof *raw);
    RC_TRY(shrink(l, raw, &out->shape, out->x + i * rc_shape_size(&out->shape)));
    return gradient ? map_of(l, gradient, &out->shape, raw, out->map + i * place) : RC_OK;
}

static rc_status draw(const rc__judged *j, const rc__worst_samples *w, int k, rc_drawn *out)
{
    const rc_task *t = j->q->of->task;
    const rc_layout *l = rc_task_layout(t, k);
    float *raw;
    snprintf(out->name, sizeof out->name, "%s", t->n_more ? rc_task_input_name(t, k) : "");
    out->shape = shown_shape(l);
    out->points = l->form == RC_FORM_SEQUENCES ? l->x_shape[1] : 0;
    RC_TRY(RC_NEW_RAW(&out->x, w->n * rc_shape_size(&out->shape)));
    if (rc__gradient_of(j, w, 0, k)) RC_TRY(RC_NEW(&out->map, w->n * out->shape.dim[1] * out->shape.dim[2]));
    RC_TRY(RC_NEW_RAW(&raw, rc_layout_size(l)));
    rc_status status = RC_OK;
    for (int64_t i = 0; i < w->n && status == RC_OK; i++)
        status = draw_sample(j, w, i, k, raw, out);
    rc_free(raw);
    return status;
}

rc_status rc__pictures(const rc__judged *j, const rc__worst_samples *w, rc_explained *out)
{
    const rc_task *t = j->q->of->task;
    out->maps = w->gradients;
    for (int k = 0; k <= t->n_more; k++) {
        rc_form form = rc_task_layout(t, k)->form;
        if (form == RC_FORM_IMAGES || form == RC_FORM_SEQUENCES)
            RC_TRY(draw(j, w, k, &out->drawn[out->n_drawn++]));
    }
    return RC_OK;
}
