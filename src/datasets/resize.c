/* Separable resizing with a triangle filter that widens when shrinking (antialias), half-pixel centres,
 * weights normalised: what torchvision calls bilinear with antialias. */
#include <math.h>
#include <string.h>

#include "datasets/dataset.h"

/* For each output cell of one axis: the first input cell and `taps` weights. */
typedef struct axis {
    int64_t in, out, taps;
    int64_t *first;
    float *weight; /* [out, taps] */
} axis;

struct rc_resize {
    axis y, x;
    bool copy;
};

static rc_status make_axis(int64_t in, int64_t out, axis *a)
{
    double scale = (double)in / (double)out, support = scale > 1 ? scale : 1;
    *a = (axis){.in = in, .out = out, .taps = (int64_t)ceil(2 * support) + 1};
    if (a->taps > in) a->taps = in;
    RC_TRY(RC_NEW(&a->first, out));
    RC_TRY(RC_NEW(&a->weight, out * a->taps));
    for (int64_t o = 0; o < out; o++) {
        double centre = ((double)o + 0.5) * scale, total = 0;
        int64_t first = (int64_t)floor(centre - support + 0.5);
        if (first < 0) first = 0;
        if (first > in - a->taps) first = in - a->taps;
        a->first[o] = first;
        float *w = a->weight + o * a->taps;
        for (int64_t k = 0; k < a->taps; k++) {
            double distance = fabs((double)(first + k) + 0.5 - centre) / support;
            w[k] = distance < 1 ? (float)(1 - distance) : 0.0f;
            total += w[k];
        }
        for (int64_t k = 0; k < a->taps; k++)
            w[k] = (float)(w[k] / total);
    }
    return RC_OK;
}

rc_status rc_resize_create(int64_t h, int64_t w, int64_t s, int64_t t, rc_resize **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->copy = h == s && w == t;
    rc_status status = make_axis(h, s, &(*out)->y);
    if (status == RC_OK) status = make_axis(w, t, &(*out)->x);
    if (status != RC_OK) rc_resize_destroy(out);
    return status;
}

void rc_resize_destroy(rc_resize **r)
{
    if (!*r) return;
    rc_free((*r)->y.first);
    rc_free((*r)->y.weight);
    rc_free((*r)->x.first);
    rc_free((*r)->x.weight);
    rc_free(*r);
    *r = NULL;
}

void rc_resize_pull(const rc_resize *r, int64_t channels, const float *out, float *in)
{
    const axis *y = &r->y, *x = &r->x;
    size_t bytes = (size_t)(channels * y->in * x->in) * sizeof *in;
    if (r->copy) {
        memcpy(in, out, bytes);
        return;
    }
    memset(in, 0, bytes);
    for (int64_t line = 0; line < channels * y->out; line++) {
        int64_t row = line % y->out;
        float *plane = in + line / y->out * y->in * x->in;
        const float *wy = y->weight + row * y->taps;
        for (int64_t o = 0; o < x->out; o++) {
            const float *wx = x->weight + o * x->taps;
            for (int64_t i = 0; i < y->taps; i++) {
                float *to = plane + (y->first[row] + i) * x->in + x->first[o];
                for (int64_t k = 0; k < x->taps; k++)
                    to[k] += wy[i] * wx[k] * out[line * x->out + o];
            }
        }
    }
}

void rc_resize_apply(const rc_resize *r, int64_t channels, const float *in, float *out)
{
    const axis *y = &r->y, *x = &r->x;
    if (r->copy) {
        memcpy(out, in, (size_t)(channels * y->in * x->in) * sizeof *out);
        return;
    }
    /* An output row mixes input rows, and each of its cells the cells of these. */
    for (int64_t line = 0; line < channels * y->out; line++) {
        int64_t row = line % y->out;
        const float *plane = in + line / y->out * y->in * x->in, *wy = y->weight + row * y->taps;
        for (int64_t o = 0; o < x->out; o++) {
            const float *wx = x->weight + o * x->taps;
            float sum = 0;
            for (int64_t i = 0; i < y->taps; i++) {
                if (wy[i] == 0) continue;
                const float *from = plane + (y->first[row] + i) * x->in + x->first[o];
                float part = 0;
                for (int64_t k = 0; k < x->taps; k++)
                    part += wx[k] * from[k];
                sum += wy[i] * part;
            }
            out[line * x->out + o] = sum;
        }
    }
}
