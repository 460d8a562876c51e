#include "recraft/get.h"

#include "commands/common.h"
#include "published/get_task.h"

static rc_get_options options_of(const rc_data_get_options *o)
{
    return (rc_get_options){.out = o->out,
                            .from = o->from,
                            .mirror = o->mirror,
                            .n_train = o->n_train,
                            .n_test = o->n_test,
                            .side = o->side,
                            .seed = (uint64_t)o->seed,
                            .keep = o->keep};
}

rc_status rc_data_get_plan(const char *task, const rc_data_get_options *o, char **json)
{
    rc_json *j;
    rc_get_options options = options_of(o);
    RC_TRY(rc_json_object(&j));
    return rc__json_result(j, rc_get_plan(task, &options, j), json);
}

rc_status rc_data_get(const char *task, const rc_data_get_options *o, char **json)
{
    rc_json *j;
    rc_get_options options = options_of(o);
    RC_CHECK(o->out, RC_CONFIG, "--out is missing");
    RC_TRY(rc_json_object(&j));
    return rc__json_result(j, rc_get_run(task, &options, j), json);
}
