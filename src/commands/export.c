/* A run's model for other programs. */
#include "api/predictor_parts.h"
#include "api/run_data.h"
#include "commands/common.h"
#include "commands/saved_model.h"
#include "exports/exports.h"

/* ---- what it is measured on ---- */

static rc_status open_of_run(const char *run, const rc_task *t, rc_dataset **out)
{
    rc_config c;
    rc_json *record;
    RC_TRY(rc__run_settings(run, &c));
    RC_TRY(rc__run_record(run, &record));
    rc_status status = rc__run_own_data(run, record, t, rc_json_string(record, "data", NULL), out);
    rc_json_free(&record);
    return status == RC_OK ? rc__fitting_split(&c, *out) : status;
}

static rc_status open_of_model(const rc_predictor *p, const rc_data *data, rc_dataset **out)
{
    RC_CHECK(data, RC_DATA, "its data are not given");
    RC_TRY(rc__data_for(p->session->task, data, out));
    RC_TRY(rc__run_same_data(p->session->record, (*out)->name, *out));
    return rc__fitting_split(&p->session->config, *out);
}

static rc_status open_data(void *context, const rc_task *t, rc_dataset **out)
{
    const rc_export_options *o = context;
    return o->model ? open_of_model(o->model, o->measure, out) : open_of_run(o->run, t, out);
}

/* ---- ---- */

static rc_status export_run(rc_export_options *o, rc_json *j)
{
    const rc_export_how how = {o->run, o->run, o->to, o->out, open_data, o};
    rc_json_set_string(j, "run", o->run);
    return rc_export_write(&how, j);
}

/* What is written is made of a run's files. */
static rc_status export_model(rc_export_options *o, rc_json *j)
{
    rc__saved_model saved = {0};
    RC_TRY(rc__saved_model_make(o->model, &saved));
    const rc_export_how how = {saved.run, "the model", o->to, o->out, open_data, o};
    return rc__saved_model_drop(&saved, rc_export_write(&how, j));
}

static rc_status export(const rc_export_options *given, char **json)
{
    rc_export_options own = RC_EXPORT_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_export_options", given, sizeof own, o));
    if (!o->model) RC_TRY(RC_FIELDS("rc_export_options", o->run));
    RC_TRY(RC_FIELDS("rc_export_options", o->to, o->out));
    RC_CHECK(!o->run || !o->model, RC_CONFIG, "\1run and \1model cannot be used together");
    rc_json *j = rc_json_object();
    return rc__json_result(j, o->model ? export_model(o, j) : export_run(o, j), json);
}

rc_status rc_export(const rc_export_options *o, char **json)
{
    rc__call call = rc__call_begin(rc_context_current());
    return rc__call_end(&call, export(o, json));
}
