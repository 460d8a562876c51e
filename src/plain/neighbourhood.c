#include "plain/neighbourhood.h"

#include <math.h>

rc__patch rc__patch_of(const rc_plain_form *f)
{
    bool line = f->x_shape[2] == 1;
    return (rc__patch){.channels = f->x_shape[0],
                       .h = f->x_shape[1],
                       .w = f->x_shape[2],
                       .fields = f->y_shape[0],
                       .reach_h = line ? 7 : 2,
                       .reach_w = line ? 0 : 2};
}

int64_t rc__patch_size(const rc__patch *q)
{
    return q->channels * (2 * q->reach_h + 1) * (2 * q->reach_w + 1);
}

static int64_t within(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

void rc__patch_look(const rc__patch *q, const float *mean, const float *x, int64_t point, double *out)
{
    int64_t row = point / q->w, column = point % q->w;
    for (int64_t c = 0; c < q->channels; c++)
        for (int64_t i = -q->reach_h; i <= q->reach_h; i++)
            for (int64_t j = -q->reach_w; j <= q->reach_w; j++) {
                int64_t at = (c * q->h + within(row + i, q->h)) * q->w + within(column + j, q->w);
                double v = (double)x[at] - (double)mean[at];
                *out++ = isnan(v) ? 0 : v;
            }
}

void rc__patch_means(const rc_plain_samples *s, int64_t size, const float *v, float *mean)
{
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < size; k++) {
        double sum = 0, there = 0;
        for (int64_t i = 0; i < s->n; i++) {
            if (isnan(v[i * size + k])) continue;
            sum += rc_plain_weight(s, i) * (double)v[i * size + k];
            there += rc_plain_weight(s, i);
        }
        mean[k] = there > 0 ? (float)(sum / there) : 0;
    }
}

rc_status rc__patch_check(const char *name, const rc_plain_form *f)
{
    rc__patch q = rc__patch_of(f);
    RC_CHECK(f->y_shape[1] == f->x_shape[1] && f->y_shape[2] == f->x_shape[2], RC_UNSUPPORTED,
             "%s predicts fields on the points of x: %lld x %lld, not %lld x %lld", name,
             (long long)f->x_shape[1], (long long)f->x_shape[2], (long long)f->y_shape[1],
             (long long)f->y_shape[2]);
    RC_CHECK(rc__patch_size(&q) <= RC__MAX_AROUND, RC_UNSUPPORTED,
             "%s looks at most at %d numbers around a point", name, RC__MAX_AROUND);
    return RC_OK;
}
