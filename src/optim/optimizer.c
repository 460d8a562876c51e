#include "optim/optimizer.h"

#include <math.h>
#include <string.h>

struct rc_optimizer {
    rc_params *params;
    rc_optimizer_settings settings;
    rc_tensor state[2]; /* m, v: one number for each trainable parameter, laid out as the gradients are */
    int states;
    int64_t steps;
};

static int64_t state_size(rc_params *p)
{
    int64_t size = 0;
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_param *e = rc_params_get(p, i);
        if (e->grad_offset >= 0 && e->grad_offset + e->size > size) size = e->grad_offset + e->size;
    }
    return size;
}

rc_status rc_optimizer_create(rc_params *p, const rc_optimizer_settings *s, rc_optimizer **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_optimizer *o = *out;
    o->params = p;
    o->settings = *s;
    o->states = s->kind == RC_OPTIMIZER_SGD ? 1 : 2;
    int64_t size = state_size(p);
    RC_CHECK(size > 0 && rc_params_count(p) > 0, RC_CONFIG, "nothing to train: every parameter is frozen");
    rc_device *device = rc_params_value(p, 0).device;
    for (int i = 0; i < o->states; i++) {
        rc_status status = rc_tensor_create(device, RC_DTYPE_F32, RC_SHAPE(size), &o->state[i]);
        if (status != RC_OK) {
            rc_optimizer_destroy(out);
            return status;
        }
        RC_LAUNCH(device, fill, size, 0.0f, o->state[i].data);
    }
    return RC_OK;
}

void rc_optimizer_destroy(rc_optimizer **o)
{
    if (!*o) return;
    for (int i = 0; i < 2; i++)
        rc_tensor_destroy(&(*o)->state[i]);
    rc_free(*o);
    *o = NULL;
}

static rc_optimizer_step step_of(const rc_optimizer *o, double lr, double grad_scale)
{
    const rc_optimizer_settings *s = &o->settings;
    return (rc_optimizer_step){.lr = (float)lr,
                               .beta1 = (float)s->beta1,
                               .beta2 = (float)s->beta2,
                               .eps = (float)s->eps,
                               .weight_decay = (float)s->weight_decay,
                               .momentum = (float)s->momentum,
                               .correction1 = (float)(1 - pow(s->beta1, (double)o->steps)),
                               .correction2 = (float)(1 - pow(s->beta2, (double)o->steps)),
                               .grad_scale = (float)grad_scale,
                               .decoupled = s->kind == RC_OPTIMIZER_ADAMW,
                               .first = o->steps == 1};
}

static rc_status update_one(rc_optimizer *o, const rc_optimizer_step *step, int i)
{
    rc_param *e = rc_params_get(o->params, i);
    rc_tensor w = rc_params_value(o->params, i), g = rc_params_grad(o->params, i);
    float *m = (float *)o->state[0].data + e->grad_offset;
    if (o->settings.kind == RC_OPTIMIZER_SGD) {
        RC_LAUNCH(w.device, sgd, step, e->size, g.data, m, w.data);
    } else {
        float *v = (float *)o->state[1].data + e->grad_offset;
        RC_LAUNCH(w.device, adam, step, e->size, g.data, m, v, w.data);
    }
    return RC_OK;
}

rc_status rc_optimizer_update(rc_optimizer *o, double lr, double grad_scale)
{
    o->steps++;
    rc_optimizer_step step = step_of(o, lr, grad_scale);
    for (int i = 0; i < rc_params_count(o->params); i++)
        if (rc_params_grad_ready(o->params, i)) RC_TRY(update_one(o, &step, i));
    return RC_OK;
}

typedef struct update {
    rc_optimizer *optimizer;
    rc_optimizer_step step;
    double squares;
} update;

static rc_status update_group(void *context, rc_gradient *gradient)
{
    update *u = context;
    double square;
    int count, first = rc_params_group_of(u->optimizer->params, gradient, &count);
    RC_LAUNCH(gradient->value.device, sum_squares, rc_tensor_size(&gradient->value), gradient->value.data,
              &square);
    u->squares += square;
    if (!isfinite(u->squares)) return RC_OK;
    for (int i = 0; i < count; i++)
        RC_TRY(update_one(u->optimizer, &u->step, first + i));
    return RC_OK;
}

rc_status rc_optimizer_backward(rc_optimizer *o, rc_graph *g, double lr, double *norm)
{
    o->steps++;
    update u = {o, step_of(o, lr, 1.0), 0};
    RC_TRY(rc_graph_backward_into(g, update_group, &u));
    *norm = sqrt(u.squares);
    if (!isfinite(*norm)) o->steps--; /* a step that was not taken */
    return RC_OK;
}

rc_status rc_gradient_norm(rc_params *p, double *out)
{
    double total = 0;
    for (int i = 0; i < rc_params_count(p); i++) {
        if (!rc_params_grad_ready(p, i)) continue;
        rc_tensor g = rc_params_grad(p, i);
        double square;
        RC_LAUNCH(g.device, sum_squares, rc_tensor_size(&g), g.data, &square);
        total += square;
    }
    *out = sqrt(total);
    return RC_OK;
}

int rc_optimizer_state_count(const rc_optimizer *o)
{
    return o->states;
}

rc_tensor rc_optimizer_state(rc_optimizer *o, int i)
{
    return o->state[i];
}

int64_t rc_optimizer_steps(const rc_optimizer *o)
{
    return o->steps;
}

void rc_optimizer_set_steps(rc_optimizer *o, int64_t steps)
{
    o->steps = steps;
}

rc_status rc_optimizer_by_name(const char *name, rc_optimizer_kind *out)
{
    static const char *const known[] = {"sgd", "adam", "adamw"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], name) != 0) continue;
        *out = (rc_optimizer_kind)i;
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "no optimizer is called \"%s\"; known: sgd, adam, adamw", name);
}
