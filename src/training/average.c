/* A running average of the weights, on the host. */
#include <math.h>

#include "training/session.h"

typedef void (*visitor)(double decay, int64_t n, float *value, float *average);

static void begin(double decay, int64_t n, float *value, float *average)
{
    (void)decay;
    for (int64_t i = 0; i < n; i++)
        average[i] = value[i];
}

static void move(double decay, int64_t n, float *value, float *average)
{
    float stay = (float)decay;
    for (int64_t i = 0; i < n; i++)
        average[i] = stay * average[i] + (1 - stay) * value[i];
}

static void swap(double decay, int64_t n, float *value, float *average)
{
    (void)decay;
    for (int64_t i = 0; i < n; i++) {
        float old = value[i];
        value[i] = average[i];
        average[i] = old;
    }
}

static rc_status visit(rc_session *s, visitor what, double decay)
{
    rc_params *p = s->model->params;
    for (int i = 0; i < rc_params_count(p); i++) {
        const rc_param *e = rc_params_get(p, i);
        rc_tensor t = rc_params_value(p, i);
        void *host;
        if (e->grad_offset < 0) continue;
        RC_TRY(rc_tensor_map_update(&t, &host));
        what(decay, e->size, host, s->average + e->grad_offset);
        rc_tensor_unmap(&t, host);
    }
    return RC_OK;
}

rc_status rc_session_begin_average(rc_session *s)
{
    if (s->average) return RC_OK;
    s->average_size = rc_params_grad_total(s->model->params);
    RC_TRY(RC_NEW(&s->average, s->average_size));
    return visit(s, begin, 0);
}

/* Early on the average must not remember the start: it is of the last tenth or so of the steps until then. */
rc_status rc_session_average(rc_session *s, double decay, int64_t steps)
{
    double early = (double)(1 + steps) / (double)(10 + steps);
    return visit(s, move, fmin(decay, early));
}

rc_status rc_session_swap_average(rc_session *s)
{
    return visit(s, swap, 0);
}
