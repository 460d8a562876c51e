#include "recraft/report.h"

#include <string.h>

#include "api/run_data.h"
#include "api/text_feed.h"
#include "base/memory.h"
#include "base/temporary.h"
#include "commands/common.h"
#include "commands/outputs.h"
#include "explain/explain.h"
#include "fitting/fitting.h"
#include "report/run_page.h"
#include "runs/run_record.h"

/* A finished run with its data, divided as they were for it. */
typedef struct asked {
    const rc_report_options *o;
    rc_trained of;
    rc_config config;
    rc_json *record;
    rc_dataset *data;
    rc_encoders *encoders;
    rc_text_options how;
    rc_explain_request request;
} asked;

static void close_asked(asked *a)
{
    if (a->of.task) a->of.task->data = NULL;
    rc_trained_close(&a->of);
    rc_dataset_close(&a->data);
    rc_encoders_free(&a->encoders);
    rc_json_free(&a->record);
}

/* Samples that the run has not learnt from: the method auto learns from a validation part that it held out
 * itself. */
static void choose_unseen(asked *a, bool own_valid)
{
    bool learnt = !own_valid && strcmp(rc_json_string(a->record, "method", ""), "auto") == 0;
    bool valid = a->data->valid.n > 0 && !learnt;
    a->request.test = !valid && a->config.fit.test && a->data->test.n > 0;
    if (valid || a->request.test) a->request.unseen = valid ? &a->data->valid : &a->data->test;
}

static rc_status open_data(asked *a)
{
    const rc_task *t = a->of.task;
    const rc_config *c = &a->config;
    const char *path = a->o->data ? a->o->data : rc_json_string(a->record, "data", "");
    RC_TRY(rc__run_own_data(a->o->run, a->record, t, path, &a->data));
    bool own_valid = a->data->valid.n > 0;
    RC_TRY(rc__fitting_split(c, a->data));
    choose_unseen(a, own_valid);
    if (t->layout.form == RC_FORM_TEXTS) {
        a->how = rc__text_options(c);
        a->request.texts = path;
        a->request.how = &a->how;
    }
    return rc_task_attach(a->of.task, a->data);
}

static rc_status open_asked(asked *a)
{
    const char *run = a->o->run;
    RC_TRY(rc_trained_open(run, &a->of));
    RC_TRY(rc__run_settings(run, &a->config));
    RC_TRY(rc__run_record(run, &a->record));
    RC_TRY(open_data(a));
    if (!a->of.task->encoders) return RC_OK;
    RC_TRY(rc_encoders_parse(run, a->of.task->encoders, &a->encoders));
    a->request.encoders = a->encoders;
    return RC_OK;
}

/* The user is told what is wrong with data or model; there is a page all the same. */
static rc_status explain(const rc_report_options *o, rc_explained *out)
{
    asked a = {.o = o,
               .request = {.directory = o->run,
                           .of = &a.of,
                           .seconds = o->seconds < 0 ? RC_REPORT_SECONDS : o->seconds}};
    rc_status status = open_asked(&a);
    if (status == RC_OK) status = rc_explain(&a.request, out);
    close_asked(&a);
    if (rc_status_exit_code(status) != 2) return status;
    rc_explained_free(out);
    rc_explained_make(out);
    rc_explained_note(out, "the worst samples, and what the answers depend on, are not shown: %s",
                      rc_error_text());
    return rc_json_check(out->told);
}

/* Is there a model that was fitted to data of a known place? */
static rc_status can_be_asked(const char *run, bool *out)
{
    rc_json *j = NULL;
    if (rc_run_has(run, "model.safetensors")) RC_TRY(rc_run_read(run, RC_RUN_IDENTITY, &j));
    *out = j && strcmp(rc_json_string(j, "command", ""), "fit") == 0 && rc_json_string(j, "data", NULL);
    rc_json_free(&j);
    return RC_OK;
}

rc_status rc_report(const rc_report_options *given)
{
    rc_report_options own = RC_REPORT_OPTIONS_INIT, *o = &own;
    rc_explained explained = {0};
    bool asks;
    RC_TRY(rc__options_take("rc_report_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_report_options", o->run));
    rc_temporaries_remove(o->run);
    if (o->output) RC_TRY(rc__output_check(o->output, rc__output_pages, NULL));
    RC_TRY(can_be_asked(o->run, &asks));
    rc_status status = asks ? explain(o, &explained) : RC_OK;
    if (status == RC_OK) status = rc_report_write(o->run, asks ? &explained : NULL, o->output);
    rc_explained_free(&explained);
    return status;
}

rc_status rc_report_runs(const char *const *runs, size_t n, const char *output)
{
    RC_CHECK(output, RC_CONFIG,
             "a page of several runs belongs to none of them; say where it goes: \1output");
    RC_CHECK(n > 0, RC_CONFIG, "no run is given for a page of several runs");
    RC_TRY(rc_check_texts("runs", runs, (int64_t)n));
    RC_TRY(rc__output_check(output, rc__output_pages, NULL));
    return rc_report_compare(runs, n, output);
}

rc_status rc_table(const char *const *runs, size_t n, char **text)
{
    rc_string out = {0};
    RC_TRY(RC_ARGUMENTS(text));
    RC_TRY(rc_check_texts("runs", runs, (int64_t)n));
    rc_status status = rc_report_table(runs, n, &out);
    if (status != RC_OK)
        rc_string_free(&out);
    else
        *text = out.data;
    return status;
}
