#include "transforms/chain.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { SETTING = 80, MAX_VALUES = 1 << 28 };

typedef struct step {
    const rc_transform *t;
    rc_transform_options o;
    void *context;
    rc_shape in, out;
    void *made; /* a sample as the transform gives it, and */
    float *x;   /* as numbers */
} step;

struct rc_chain {
    int n;
    step step[RC_CHAIN_STEPS];
};

/* ---- as a list ---- */

static void set_step(rc_json *j, const rc_transform *t, const rc_transform_options *o, const rc_shape *shape)
{
    rc_json_set_string(j, "name", t->name);
    rc_json_set_integer(j, "seed", (int64_t)o->seed);
    rc_json *set = rc_json_set(j, "set", rc_json_object());
    for (int i = 0; t->parameters[i].name; i++)
        rc_json_set_number(set, t->parameters[i].name, o->parameter[i]);
    rc_json *list = rc_json_set(j, "shape", rc_json_array());
    for (int i = 0; i < shape->n; i++)
        rc_json_append_integer(list, shape->dim[i]);
}

void rc_chain_add(rc_json *list, const rc_transform *t, const rc_transform_options *o, const rc_shape *shape)
{
    rc_json *j = rc_json_append(list, rc_json_object());
    set_step(j, t, o, shape);
}

static rc_status damaged(const char *source)
{
    return rc_fail(RC_FORMAT, "%s: the encoders' \"transforms\" is damaged", source);
}

static rc_status take_settings(const char *source, const rc_json *j, step *s)
{
    const rc_json *set = rc_json_get(j, "set"), *value;
    const char *name = rc_json_string(j, "name", ""), *key;
    char setting[SETTING], number[RC_NUMBER_TEXT];
    void *at = NULL;
    RC_TRY(rc_transform_find(name, &s->t));
    s->o = rc_transform_defaults(s->t);
    s->o.seed = (uint64_t)rc_json_integer(j, "seed", 0);
    while (rc_json_each(set, &at, &key, &value)) {
        int n =
            snprintf(setting, sizeof setting, "%s=%s", key, rc_text_number(rc_json_as_number(value), number));
        if (!rc_json_is_number(value) || n >= SETTING) return damaged(source);
        RC_TRY(rc_transform_assign(s->t, setting, &s->o));
    }
    return RC_OK;
}

static bool is_shape(const rc_json *list, const rc_shape *shape)
{
    if ((int)rc_json_length(list) != shape->n) return false;
    for (int i = 0; i < shape->n; i++)
        if (rc_json_as_integer(rc_json_at(list, (size_t)i)) != shape->dim[i]) return false;
    return true;
}

static rc_status open_step(const char *source, const rc_json *j, rc_shape in, step *s)
{
    s->in = in;
    rc_status status = take_settings(source, j, s);
    if (status == RC_OK) status = s->t->open(&s->o, in, &s->out, &s->context);
    if (status != RC_OK) return rc_fail_context(status, "%s", source);
    if (!is_shape(rc_json_get(j, "shape"), &s->out) || rc_shape_size(&s->out) > MAX_VALUES)
        return damaged(source);
    RC_TRY(rc_alloc((size_t)rc_shape_size(&s->out), rc_dtype_size(s->t->dtype), &s->made));
    return RC_NEW(&s->x, rc_shape_size(&s->out));
}

rc_status rc_chain_open(const char *source, const rc_json *list, rc_shape in, rc_chain **out)
{
    size_t n = rc_json_length(list);
    *out = NULL;
    if (n < 1 || n > RC_CHAIN_STEPS) return damaged(source);
    RC_TRY(RC_NEW(out, 1));
    rc_status status = RC_OK;
    for (size_t i = 0; i < n && status == RC_OK; i++) {
        step *s = &(*out)->step[(*out)->n++];
        status = open_step(source, rc_json_at(list, i), i ? s[-1].out : in, s);
    }
    if (status != RC_OK) rc_chain_close(out);
    return status;
}

void rc_chain_close(rc_chain **c)
{
    for (int i = 0; *c && i < (*c)->n; i++) {
        step *s = &(*c)->step[i];
        if (s->context) s->t->close(s->context);
        rc_free(s->made);
        rc_free(s->x);
    }
    rc_free(*c);
    *c = NULL;
}

rc_shape rc_chain_shape(const rc_chain *c)
{
    return c->step[c->n - 1].out;
}

rc_status rc_chain_run(rc_chain *c, int64_t i, const float *x, float *out)
{
    for (int k = 0; k < c->n; k++) {
        step *s = &c->step[k];
        rc_transform_sample from = {
            .index = i, .part = RC_TRANSFORM_TEST, .x = x, .label = -1, .length = s->in.dim[s->in.n - 1]};
        RC_CHECK(!s->t->count || s->t->count(s->context, &from) == 1, RC_UNSUPPORTED,
                 "the run's data went through `\1rc_apply %s`, which makes several samples of "
                 "one; give "
                 "it arrays (.npy) that went through it, too",
                 s->t->name);
        RC_TRY(s->t->run(s->context, &from, 0, s->made));
        float *to = k + 1 == c->n ? out : s->x;
        rc_convert_to_f32(s->t->dtype, s->made, rc_shape_size(&s->out), to);
        x = to;
    }
    return RC_OK;
}
