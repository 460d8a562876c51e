#include "recraft/get.h"

#include "commands/common.h"
#include "published/get_task.h"

static rc_status take_options(const rc_data_get_options *given, rc_get_options *out)
{
    rc_data_get_options own = RC_DATA_GET_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_data_get_options", given, sizeof own, o));
    *out = (rc_get_options){.out = o->out,
                            .from = o->from,
                            .mirror = o->mirror,
                            .n_train = o->n_train,
                            .n_test = o->n_test,
                            .side = o->side,
                            .seed = (uint64_t)o->seed,
                            .keep = o->keep};
    return RC_OK;
}

rc_status rc_data_get_plan(const char *task, const rc_data_get_options *o, char **json)
{
    rc_get_options options;
    RC_TRY(RC_ARGUMENTS(task));
    RC_TRY(take_options(o, &options));
    rc_json *j = rc_json_object();
    return rc__json_result(j, rc_get_plan(task, &options, j), json);
}

rc_status rc_data_get(const char *task, const rc_data_get_options *o, char **json)
{
    rc_get_options options;
    RC_TRY(RC_ARGUMENTS(task));
    RC_TRY(take_options(o, &options));
    RC_TRY(RC_FIELDS("rc_data_get_options", options.out));
    rc_json *j = rc_json_object();
    return rc__json_result(j, rc_get_run(task, &options, j), json);
}
