#include "optim/optimizer.h"

#include <math.h>
#include <string.h>

/* Which rows of a table have moments that may not be zero. */
typedef struct table {
    int param;
    rc_tensor live; /* int32 [rows] */
} table;

struct rc_optimizer {
    rc_params *params;
    table *table; /* trainable ones, of Adam and AdamW */
    int tables;
    rc_optimizer_settings settings;
    rc_tensor state[2]; /* m, v: one number for each trainable parameter, laid out as the gradients are */
    int states;
    rc_tensor squares;      /* of the last gradient that was measured */
    rc_update_range *range; /* [parameters]: room for the list */
    bool *due;              /* [parameters]: wait for the end of a walk; of groups the first */
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

static float *state_of(const rc_optimizer *o, int i, const rc_param *e)
{
    return (float *)o->state[i].data + e->grad_offset;
}

static rc_status create_table(rc_optimizer *o, int param)
{
    table *t = &o->table[o->tables++];
    const rc_param *e = rc_params_get(o->params, param);
    rc_device *device = o->state[0].device;
    t->param = param;
    for (int i = 0; i < o->states && device->scatter; i++)
        device->scatter(device, state_of(o, i, e), (size_t)e->size * sizeof(float));
    return rc_tensor_create_zeroed(device, RC_DTYPE_I32, RC_SHAPE(e->shape.dim[0]), &t->live);
}

static rc_status create_squares(rc_device *device, rc_tensor *out)
{
    return rc_tensor_create_zeroed(device, RC_DTYPE_F32, RC_SHAPE(2), out);
}

static rc_status create(rc_optimizer *o)
{
    rc_params *p = o->params;
    int64_t size = state_size(p);
    RC_CHECK(size > 0 && rc_params_count(p) > 0, RC_CONFIG, "nothing to train: every parameter is frozen");
    rc_device *device = rc_params_value(p, 0).device;
    RC_TRY(create_squares(device, &o->squares));
    RC_TRY(RC_NEW(&o->range, rc_params_count(p)));
    RC_TRY(RC_NEW(&o->due, rc_params_count(p)));
    for (int i = 0; i < o->states; i++)
        RC_TRY(rc_tensor_create_zeroed(device, RC_DTYPE_F32, RC_SHAPE(size), &o->state[i]));
    if (o->settings.kind == RC_OPTIMIZER_SGD) return RC_OK;
    RC_TRY(RC_NEW(&o->table, rc_params_count(p)));
    for (int i = 0; i < rc_params_count(p); i++) {
        const rc_param *e = rc_params_get(p, i);
        if (e->table && e->grad_offset >= 0) RC_TRY(create_table(o, i));
    }
    return RC_OK;
}

rc_status rc_optimizer_create(rc_params *p, const rc_optimizer_settings *s, rc_optimizer **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->params = p;
    (*out)->settings = *s;
    (*out)->states = s->kind == RC_OPTIMIZER_SGD ? 1 : 2;
    rc_status status = create(*out);
    if (status != RC_OK) rc_optimizer_destroy(out);
    return status;
}

void rc_optimizer_destroy(rc_optimizer **o)
{
    if (!*o) return;
    for (int i = 0; i < 2; i++)
        rc_tensor_destroy(&(*o)->state[i]);
    rc_tensor_destroy(&(*o)->squares);
    for (int i = 0; i < (*o)->tables; i++)
        rc_tensor_destroy(&(*o)->table[i].live);
    rc_free((*o)->table);
    rc_free((*o)->range);
    rc_free((*o)->due);
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

static const table *table_of(const rc_optimizer *o, int param)
{
    for (int i = 0; i < o->tables; i++)
        if (o->table[i].param == param) return &o->table[i];
    return NULL;
}

static rc_status update_table(rc_optimizer *o, const rc_optimizer_step *step, const table *t)
{
    const rc_param *e = rc_params_get(o->params, t->param);
    rc_tensor w = rc_params_value(o->params, t->param);
    const rc_gradient *home = &e->grad;
    rc_table_gradient g = {.rows = e->shape.dim[0], .width = e->shape.dim[1], .values = home->value.data};
    if (home->rows.data) {
        g.n = home->rows.shape.dim[0];
        g.touched = home->touched.data;
        g.values = home->rows.data;
    }
    RC_LAUNCH(w.device, adam_rows, step, &g, t->live.data, state_of(o, 0, e), state_of(o, 1, e), w.data);
    return RC_OK;
}

/* A rate of 0 keeps a parameter where it is, and yet its moments go along: begun later, they would be cold.
 */
static rc_optimizer_step step_for(const rc_optimizer_step *step, const rc_param *e)
{
    rc_optimizer_step own = *step;
    own.lr *= e->rate;
    if (!e->decays) own.weight_decay = 0;
    return own;
}

static rc_status update_one(rc_optimizer *o, const rc_optimizer_step *of_all, int i)
{
    const rc_param *e = rc_params_get(o->params, i);
    const table *t = table_of(o, i);
    rc_optimizer_step own = step_for(of_all, e), *step = &own;
    if (t) return update_table(o, step, t);
    rc_tensor w = rc_params_value(o->params, i), g = rc_params_grad(o->params, i);
    if (o->settings.kind == RC_OPTIMIZER_SGD)
        RC_LAUNCH(w.device, sgd, step, e->size, g.data, state_of(o, 0, e), w.data);
    else
        RC_LAUNCH(w.device, adam, step, e->size, g.data, state_of(o, 0, e), state_of(o, 1, e), w.data);
    return RC_OK;
}

/* Does it lie in the block, to be updated with others? */
static bool is_in_range(const rc_optimizer *o, int i)
{
    return o->settings.kind != RC_OPTIMIZER_SGD && !table_of(o, i) && rc_params_grad_at(o->params, i) >= 0;
}

/* Is b what comes behind a, and treated alike? */
static bool goes_on(const rc_update_range *a, const rc_update_range *b)
{
    return a->grad + a->n == b->grad && a->state + a->n == b->state && a->value + a->n == b->value &&
           a->rate == b->rate && a->decay == b->decay;
}

static int64_t list_ranges(rc_optimizer *o)
{
    int64_t n = 0;
    for (int i = 0; i < rc_params_count(o->params); i++) {
        const rc_param *e = rc_params_get(o->params, i);
        if (!rc_params_grad_ready(o->params, i) || !is_in_range(o, i)) continue;
        rc_update_range r = {e->size, rc_params_grad_at(o->params, i), e->grad_offset, e->offset,
                             e->rate, e->decays ? 1.0f : 0.0f};
        if (n > 0 && goes_on(&o->range[n - 1], &r))
            o->range[n - 1].n += r.n;
        else
            o->range[n++] = r;
    }
    return n;
}

static rc_status update_all(rc_optimizer *o, const rc_optimizer_step *step)
{
    int64_t n = list_ranges(o);
    rc_tensor grads = rc_params_grad_block(o->params), values = rc_params_value_block(o->params);
    if (n > 0)
        RC_LAUNCH(values.device, adam_ranges, step, n, o->range, grads.data, o->state[0].data,
                  o->state[1].data, values.data);
    for (int i = 0; i < rc_params_count(o->params); i++)
        if (rc_params_grad_ready(o->params, i) && !is_in_range(o, i)) RC_TRY(update_one(o, step, i));
    return RC_OK;
}

rc_status rc_optimizer_update(rc_optimizer *o, double lr, double grad_scale)
{
    o->steps++;
    rc_optimizer_step step = step_of(o, lr, grad_scale);
    return update_all(o, &step);
}

/* ---- measured ---- */

static rc_status add_squares(const rc_tensor *gradient, const rc_tensor *squares)
{
    RC_LAUNCH(gradient->device, sum_squares, rc_tensor_size(gradient), gradient->data, true, squares->data);
    return RC_OK;
}

static rc_status clear(const rc_tensor *t)
{
    RC_LAUNCH(t->device, fill, rc_tensor_size(t), 0.0f, t->data);
    return RC_OK;
}

/* The block in one go: what holds nothing is zero then. */
static rc_status add_all_squares(rc_params *p, const rc_tensor *squares)
{
    rc_tensor block = rc_params_grad_block(p);
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_tensor g = rc_params_grad(p, i);
        bool ready = rc_params_grad_ready(p, i), inside = rc_params_grad_at(p, i) >= 0;
        const rc_gradient *home = &rc_params_get(p, i)->grad;
        if (inside && !ready) RC_TRY(clear(&g));
        if (ready && !inside) RC_TRY(add_squares(home->rows.data ? &home->rows : &g, squares));
    }
    return block.data ? add_squares(&block, squares) : RC_OK;
}

static rc_status measure_all(rc_params *p, const rc_tensor *squares)
{
    RC_TRY(clear(squares));
    return add_all_squares(p, squares);
}

static rc_optimizer_step measured_step(const rc_optimizer *o, double lr, double clip)
{
    rc_optimizer_step step = step_of(o, lr, 1.0);
    step.squares = o->squares.data;
    step.clip = clip;
    return step;
}

rc_status rc_optimizer_update_clipped(rc_optimizer *o, double lr, double clip)
{
    o->steps++;
    rc_optimizer_step step = measured_step(o, lr, clip);
    RC_TRY(measure_all(o->params, &o->squares));
    return update_all(o, &step);
}

typedef struct update {
    rc_optimizer *optimizer;
    rc_optimizer_step step;
} update;

static rc_status update_group(void *context, rc_gradient *gradient)
{
    update *u = context;
    rc_optimizer *o = u->optimizer;
    int count, first = rc_params_group_of(o->params, gradient, &count);
    if (rc_params_grad_at(o->params, first) >= 0 && !gradient->rows.data) {
        o->due[first] = true;
        return RC_OK;
    }
    RC_TRY(add_squares(gradient->rows.data ? &gradient->rows : &gradient->value, &o->squares));
    for (int i = 0; i < count; i++)
        RC_TRY(update_one(o, &u->step, first + i));
    return RC_OK;
}

/* What a walk has left in the block. */
static rc_status update_due(rc_optimizer *o, const rc_optimizer_step *step)
{
    for (int i = 0; i < rc_params_count(o->params); i++) {
        if (o->due[i]) rc_params_set_grad_ready(o->params, i);
        o->due[i] = false;
    }
    RC_TRY(add_all_squares(o->params, &o->squares));
    RC_TRY(update_all(o, step));
    rc_params_zero_grads(o->params);
    return RC_OK;
}

rc_status rc_optimizer_backward(rc_optimizer *o, rc_gradient_sum *sum, rc_graph *g, double lr)
{
    o->steps++;
    update u = {o, measured_step(o, lr, 0)};
    RC_TRY(clear(&o->squares));
    if (sum) return rc_gradient_sum_complete(sum, g, update_group, &u);
    RC_TRY(rc_graph_backward_into(g, o->settings.kind != RC_OPTIMIZER_SGD, update_group, &u));
    return update_due(o, &u.step);
}

rc_tensor rc_optimizer_squares(const rc_optimizer *o)
{
    return o->squares;
}

double rc_gradient_norm_of(const float squares[2])
{
    return sqrt((double)squares[0] + squares[1]);
}

static rc_status read_norm(const rc_tensor *squares, double *out)
{
    float host[2];
    RC_TRY(rc_tensor_download(squares, host));
    *out = rc_gradient_norm_of(host);
    return RC_OK;
}

rc_status rc_optimizer_norm(const rc_optimizer *o, double *out)
{
    return read_norm(&o->squares, out);
}

rc_status rc_gradient_norm(rc_params *p, double *out)
{
    rc_tensor squares;
    RC_TRY(create_squares(rc_params_value(p, 0).device, &squares));
    rc_status status = measure_all(p, &squares);
    if (status == RC_OK) status = read_norm(&squares, out);
    rc_tensor_destroy(&squares);
    return status;
}

/* ---- state ---- */

int rc_optimizer_state_count(const rc_optimizer *o)
{
    return o->states;
}

rc_tensor rc_optimizer_state(rc_optimizer *o, int i)
{
    return o->state[i];
}

/* All bytes are the first, and that is 0. */
static bool is_zero(const char *p, size_t bytes)
{
    return p[0] == 0 && memcmp(p, p + 1, bytes - 1) == 0;
}

/* Rows that are not zero, which thereby come to life; the rest of a table is left alone. */
static rc_status set_table(rc_optimizer *o, const table *t, const char *host, float *to)
{
    const rc_param *e = rc_params_get(o->params, t->param);
    int64_t rows = e->shape.dim[0], width = e->shape.dim[1];
    int32_t *live;
    RC_TRY(RC_NEW_RAW(&live, rows));
    rc_status status = rc_tensor_download(&t->live, live);
    for (int64_t r = 0; r < rows && status == RC_OK; r++) {
        const char *row = host + (size_t)(r * width) * sizeof(float);
        if (is_zero(row, (size_t)width * sizeof(float))) continue;
        memcpy(to + r * width, row, (size_t)width * sizeof(float));
        live[r] = 1;
    }
    if (status == RC_OK) status = rc_tensor_upload(&t->live, live);
    rc_free(live);
    return status;
}

rc_status rc_optimizer_set_state(rc_optimizer *o, int i, const void *host)
{
    rc_tensor s = o->state[i];
    void *to;
    rc_status status = RC_OK;
    RC_TRY(rc_tensor_map_update(&s, &to));
    for (int k = 0; k < rc_params_count(o->params) && status == RC_OK; k++) {
        const rc_param *e = rc_params_get(o->params, k);
        const table *t = table_of(o, k);
        if (e->grad_offset < 0) continue;
        const char *from = (const char *)host + (size_t)e->grad_offset * sizeof(float);
        float *into = (float *)to + e->grad_offset;
        if (t)
            status = set_table(o, t, from, into);
        else
            memcpy(into, from, (size_t)e->size * sizeof(float));
    }
    rc_tensor_unmap(&s, to);
    return status;
}

int64_t rc_optimizer_steps(const rc_optimizer *o)
{
    return o->steps;
}

void rc_optimizer_set_steps(rc_optimizer *o, int64_t steps)
{
    o->steps = steps;
}
