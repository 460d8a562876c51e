/* devices/squares.h: the squares of a gradient and what a step makes of them, for devices whose memory is the
 * host's (device.h: sum_squares, rc_optimizer_step). */
#ifndef RC_DEVICES_SQUARES_H
#define RC_DEVICES_SQUARES_H

#include <math.h>

#include "tensor/device.h"

static inline void rc__squares_store(double sum, bool acc, float out[2])
{
    if (acc) sum += (double)out[0] + out[1];
    out[0] = (float)sum;
    out[1] = (float)(sum - out[0]);
}

/* What the gradient is multiplied by; false: it is not finite, and there is no step. */
static inline bool rc__step_scale(const rc_optimizer_step *o, float *scale)
{
    double norm = o->squares ? sqrt((double)o->squares[0] + o->squares[1]) : 0;
    *scale = o->grad_scale;
    if (o->clip > 0 && norm > o->clip) *scale *= (float)(o->clip / norm);
    return isfinite(norm);
}

#endif
