/* Optimizer updates (Kingma and Ba, 2015; Loshchilov and Hutter, 2019). */
#include <math.h>

#include "devices/ref.h"
#include "devices/squares.h"
#include "devices/table_rows.h"

static rc_status adam(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                      float *v, float *w)
{
    float scale;
    if (!rc__step_scale(o, &scale)) return RC_OK;
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * scale, x = w[i];
        if (o->decoupled)
            x -= o->lr * o->weight_decay * x;
        else
            g += o->weight_decay * x;
        m[i] = o->beta1 * m[i] + (1 - o->beta1) * g;
        v[i] = o->beta2 * v[i] + (1 - o->beta2) * g * g;
        w[i] = x - o->lr * (m[i] / o->correction1) / (sqrtf(v[i] / o->correction2) + o->eps);
    }
    return RC_OK;
}

static rc_status adam_ranges(rc_device *dev, const rc_optimizer_step *o, int64_t n,
                             const rc_update_range *range, const float *grad, float *m, float *v, float *w)
{
    for (const rc_update_range *r = range; r < range + n; r++) {
        rc_optimizer_step own = *o;
        own.lr *= r->rate;
        own.weight_decay *= r->decay;
        RC_TRY(dev->kernels.adam(dev, &own, r->n, grad + r->grad, m + r->state, v + r->state, w + r->value));
    }
    return RC_OK;
}

static rc_status adam_rows(rc_device *dev, const rc_optimizer_step *o, const rc_table_gradient *grad,
                           int32_t *live, float *m, float *v, float *w)
{
    int64_t width = grad->width;
    float scale;
    if (!rc__step_scale(o, &scale)) return RC_OK;
    rc__table_mark(grad, live);
    for (int64_t r = 0; r < grad->rows; r++, m += width, v += width, w += width) {
        const float *g = rc__table_gradient(grad, live, r);
        if (rc__table_rests(o, g, live[r])) {
            for (int64_t c = 0; c < width && o->decoupled; c++)
                w[c] -= o->lr * o->weight_decay * w[c];
            continue;
        }
        for (int64_t c = 0; c < width; c++)
            RC_TRY(adam(dev, o, 1, g ? g + c : rc__table_zeros, m + c, v + c, w + c));
        live[r] = 1;
    }
    return RC_OK;
}

static rc_status sgd(rc_device *dev, const rc_optimizer_step *o, int64_t n, const float *grad, float *m,
                     float *w)
{
    float scale;
    if (!rc__step_scale(o, &scale)) return RC_OK;
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * scale + o->weight_decay * w[i];
        m[i] = o->first ? g : o->momentum * m[i] + g;
        w[i] -= o->lr * m[i];
    }
    return RC_OK;
}

void rc__ref_optim(rc_kernels *k)
{
    k->adam = adam;
    k->adam_ranges = adam_ranges;
    k->adam_rows = adam_rows;
    k->sgd = sgd;
}
