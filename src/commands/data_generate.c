#include "recraft/generate.h"

#include "base/progress.h"
#include "commands/common.h"
#include "generators/generator.h"

static void describe(const rc_generator *g, const rc_generate_options *o, const char *out, double seconds,
                     rc_json *j)
{
    rc_json_set_string(j, "out", out);
    rc_json_set_string(j, "generator", g->name);
    rc_json_set_integer(j, "n_train", o->n_train);
    rc_json_set_integer(j, "n_test", o->n_test);
    rc_json_set_integer(j, "resolution", o->resolution);
    rc_json_set_integer(j, "seed", (int64_t)o->seed);
    for (int i = 0; g->parameters[i].name; i++)
        rc_json_set_number(j, g->parameters[i].name, o->parameter[i]);
    rc_json_set_number(j, "seconds", seconds);
}

rc_status rc_make(const char *name, const rc_make_options *given, char **json)
{
    rc_make_options own = RC_MAKE_OPTIONS_INIT, *o = &own;
    const rc_generator *g;
    RC_TRY(rc__options_take("rc_make_options", given, sizeof own, o));
    RC_TRY(RC_ARGUMENTS(name));
    RC_TRY(RC_FIELDS("rc_make_options", o->out));
    RC_TRY(rc_check_texts("rc_make_options.set", o->set, (int64_t)o->n_set));
    RC_TRY(rc_generator_find(name, &g));
    rc_generate_options d = rc_generate_defaults(g);
    if (o->n_train) d.n_train = o->n_train;
    if (o->n_test >= 0) d.n_test = o->n_test;
    if (o->resolution) d.resolution = o->resolution;
    d.seed = (uint64_t)o->seed;
    for (size_t i = 0; i < o->n_set; i++)
        RC_TRY(rc_generate_assign(g, o->set[i], &d));
    double started = rc_clock();
    RC_TRY(rc_generate(g, &d, o->out));
    rc_json *j = rc_json_object();
    describe(g, &d, o->out, rc_clock() - started, j);
    return rc__json_result(j, RC_OK, json);
}

static void list_generators(rc_json *j)
{
    rc_json *list = rc_json_set(j, "generators", rc_json_array());
    for (int i = 0; i < rc_generator_count; i++) {
        const rc_generator *g = rc_generator_table[i];
        rc_json *row = rc_json_append(list, rc_json_object());
        rc_json_set_string(row, "name", g->name);
        rc_json_set_string(row, "about", g->about);
        rc_json_set_integer(row, "n_train", g->n_train);
        rc_json_set_integer(row, "n_test", g->n_test);
        rc_json_set_integer(row, "resolution", g->resolution);
        rc__json_parameters(row, g->parameters);
    }
}

rc_status rc_make_list(char **json)
{
    rc_json *j = rc_json_object();
    list_generators(j);
    return rc__json_result(j, RC_OK, json);
}
