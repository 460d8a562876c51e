/* A run's model for other programs. */
#include "api/run_data.h"
#include "commands/common.h"
#include "exports/exports.h"

static rc_status open_data(const char *run, const rc_task *t, rc_dataset **out)
{
    rc_config c;
    rc_json *record;
    RC_TRY(rc__run_settings(run, &c));
    RC_TRY(rc__run_record(run, &record));
    rc_status status = rc__run_own_data(run, record, t, rc_json_string(record, "data", NULL), out);
    rc_json_free(&record);
    return status == RC_OK ? rc__fitting_split(&c, *out) : status;
}

rc_status rc_export(const rc_export_options *given, char **json)
{
    rc_export_options own = RC_EXPORT_OPTIONS_INIT, *o = &own;
    rc_json *j;
    RC_TRY(rc__options_take("rc_export_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_export_options", o->run, o->to, o->out));
    RC_TRY(rc_json_object(&j));
    return rc__json_result(j, rc_export_write(o->run, o->to, o->out, open_data, j), json);
}
