#include "recraft/transform.h"

#include "base/progress.h"
#include "commands/common.h"
#include "transforms/transforms.h"

static void add_shape(rc_json *j, const char *key, const rc_shape *shape)
{
    rc_json *list = rc_json_set(j, key, rc_json_array());
    for (int i = 0; i < shape->n; i++)
        rc_json_append_integer(list, shape->dim[i]);
}

static void describe(const rc_transform *t, const rc_apply_options *o, const rc_transform_report *r,
                     double seconds, rc_json *j)
{
    static const char *const part[] = {"n_train", "n_valid", "n_test"};
    rc_json_set_string(j, "out", o->out);
    rc_json_set_string(j, "transform", t->name);
    add_shape(j, "from", &r->x_in);
    add_shape(j, "to", &r->x_out);
    for (int i = 0; i < RC_TRANSFORM_PARTS; i++)
        rc_json_set_integer(j, part[i], r->n_out[i]);
    rc_json_set_texts(j, "notes", &r->notes);
    rc_json_set_number(j, "seconds", seconds);
}

rc_status rc_apply(const char *name, const rc_apply_options *given, char **json)
{
    rc_apply_options own = RC_APPLY_OPTIONS_INIT, *o = &own;
    const rc_transform *t;
    rc_transform_report report;
    RC_TRY(rc__options_take("rc_apply_options", given, sizeof own, o));
    RC_TRY(RC_ARGUMENTS(name));
    RC_TRY(RC_FIELDS("rc_apply_options", o->in, o->out));
    RC_TRY(rc_check_texts("rc_apply_options.set", o->set, (int64_t)o->n_set));
    RC_TRY(rc_transform_find(name, &t));
    rc_transform_options d = rc_transform_defaults(t);
    d.seed = (uint64_t)o->seed;
    for (size_t i = 0; i < o->n_set; i++)
        RC_TRY(rc_transform_assign(t, o->set[i], &d));
    double started = rc_clock();
    rc_status status = rc_transform_apply(t, &d, o->in, o->out, &report);
    double seconds = rc_clock() - started;
    rc_json *j = rc_json_object();
    if (status == RC_OK) describe(t, o, &report, seconds, j);
    rc_transform_report_free(&report);
    return rc__json_result(j, status, json);
}

static void list_transforms(rc_json *j)
{
    rc_json *list = rc_json_set(j, "transforms", rc_json_array());
    for (int i = 0; i < rc_transform_count; i++) {
        const rc_transform *t = rc_transform_table[i];
        rc_json *row = rc_json_append(list, rc_json_object());
        rc_json_set_string(row, "name", t->name);
        rc_json_set_string(row, "about", t->about);
        rc__json_parameters(row, t->parameters);
    }
}

rc_status rc_apply_list(char **json)
{
    rc_json *j = rc_json_object();
    list_transforms(j);
    return rc__json_result(j, RC_OK, json);
}
