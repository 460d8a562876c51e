/* Training on a target data set. */
#include <string.h>

#include "api/taught.h"
#include "api/text_feed.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/temporary.h"
#include "commands/common.h"
#include "commands/fit_import.h"
#include "datasets/text_inputs.h"
#include "fitting/auto.h"
#include "fitting/fitting.h"
#include "fitting/forecast.h"
#include "importers/importer.h"
#include "parallel/parallel.h"
#include "published/benchmark.h"
#include "runs/session_folder.h"
#include "source/names.h"

typedef struct fit {
    const rc_fit_options *o;
    rc_lock **reserved; /* of the run folder, where it was prepared */
    rc__fitting of;
    rc_bundle *source;
    rc_dataset *data;
    bool chosen; /* the method, for texts: auto was asked for */
} fit;

/* A table that is taken for texts is told before a source of texts is missed. */
static rc_status check_texts(const fit *f)
{
    rc_text_options o = rc__text_options(&f->of.config);
    if (rc_bundle_is_here(f->of.source_name)) return RC_OK;
    return rc_text_show(f->o->data, &o, NULL, NULL);
}

static rc_status open_source(fit *f, bool text)
{
    f->of.data = f->data;
    rc__fitting_choose_source(&f->of, f->o->source, text);
    if (text) RC_TRY(check_texts(f));
    /* Texts are read with the source's tokenizer, by plain predictors too. */
    if (!f->of.method->plain || text) RC_TRY(rc_bundle_open(f->of.source_name, &f->source));
    f->of.source = f->source;
    return RC_OK;
}

static rc_status open_data(fit *f)
{
    const rc_config *c = &f->of.config;
    bool text = rc_text_is(f->o->data, c->data.format, false);
    RC_CHECK(!text || !f->of.method->no_texts, RC_CONFIG, "\1method %s does not take texts: %s",
             f->of.method->name, f->of.method->no_texts);
    if (!text && !f->data) RC_TRY(rc__open_arrays(f->o->data, c, &f->data));
    const rc_fit_how how = {.size = sizeof how, .sources = f->o->source};
    RC_TRY(f->of.method->taught ? rc__taught_open(&f->of, &how) : open_source(f, text));
    if (text) RC_TRY(rc__fitting_texts(&f->of, f->o->data, NULL, &f->data));
    f->of.data = f->data;
    RC_TRY(rc__taught_more(&f->of, NULL, f->data));
    return rc__fitting_split(c, f->data);
}

/* All that can be wrong is found here, before there is a folder. */
static rc_status prepare(fit *f)
{
    RC_TRY(rc_method_find(f->o->method, &f->of.method));
    RC_TRY(open_data(f));
    f->of.folder = f->o->out;
    return rc__fitting_prepare(&f->of);
}

static bool has_opponents(const fit *f)
{
    return !f->of.method->plain && rc__wants_opponents(f->o, &f->of.config);
}

/* Of what takes longer than one cares to wait. */
static rc_status foresee(fit *f, double started)
{
    rc__forecast ahead;
    if (!rc__forecast_is_due(&f->of)) return RC_OK;
    RC_TRY(rc__forecast_make(&f->of, has_opponents(f), started, &ahead));
    rc__forecast_say(&ahead, NULL);
    RC_TRY(rc_run_foresee(f->of.session, ahead.seconds, ahead.memory_mb));
    const rc_config *c = &f->of.config;
    if (!f->chosen || ahead.seconds <= c->fit.time_limit) return RC_OK;
    rc_session_note(f->of.session,
                    "it is fine-tuned for all of fit.epochs (%lld), about %.0f s, whatever "
                    "fit.time_limit says (%.0f s)",
                    (long long)c->fit.epochs, ahead.seconds, c->fit.time_limit);
    return RC_OK;
}

/* ---- only looked ahead ---- */

static void tell_notes(const fit *f, rc_json *j)
{
    char note[RC__NOTE];
    rc_json *list = rc_json_set(j, "notes", rc_json_array());
    rc_json_append_texts(list, rc_dataset_notes(f->data));
    rc__fitting_note(&f->of, note);
    if (note[0]) rc_json_append_string(list, note);
    rc__fitting_note_learnt(&f->of, note);
    if (note[0]) rc_json_append_string(list, note);
}

static void describe(const fit *f, const rc__forecast *ahead, rc_json *j)
{
    const rc_dataset *d = f->data;
    rc_json_set_string(j, "task", d->name);
    rc_json_set_string(j, "method", f->of.method->name);
    if (f->of.source) rc_json_set_string(j, "source", f->of.source_name);
    rc__fitting_tell_choice(&f->of, j);
    rc__json_dataset(d, j);
    rc__json_parts(d, j);
    if (f->of.source || f->of.teacher) {
        const rc_layout *l = &f->of.task->layout;
        char text[RC_SHAPE_TEXT];
        rc_shape input = rc_input_shape(&l->input, f->of.config.fit.batch);
        rc_json_set_string(j, "batch", rc_shape_text(&input, text));
        rc_json_set_integer(j, "parameters", ahead->of.parameters);
        rc_json_set_integer(j, "trainable", ahead->of.trainable);
    }
    rc__forecast_json(ahead, j);
    tell_notes(f, j);
}

static rc_status look_ahead(fit *f, double started)
{
    rc__forecast ahead;
    RC_TRY(rc__forecast_make(&f->of, has_opponents(f), started, &ahead));
    rc__forecast_say(&ahead, NULL);
    f->of.result = rc_json_object();
    describe(f, &ahead, f->of.result);
    return RC_OK;
}

/* ---- made of other runs ---- */

static rc_status fit_several(const rc_auto_how *how, bool dry, rc_session **s, rc_json **result)
{
    RC_TRY(rc_auto_check(how->config));
    return dry ? rc_auto_look_ahead(how, result) : rc_auto_fit(how, s, result);
}

/* method: as of rc_auto_how. data: opened already, or NULL; taken over. */
static rc_status fit_auto(const rc_fit_options *o, const char *method, const rc_config *c, rc_dataset **data,
                          rc_lock **reserved, bool dry, char **json)
{
    rc_auto_how how = {.method = method,
                       .config = c,
                       .data_name = o->data,
                       .source = o->source,
                       .folder = o->out,
                       .resume = o->resume,
                       .reserved = reserved,
                       .opponents = rc__wants_opponents(o, c)};
    rc_session *s = NULL;
    rc_json *result = NULL;
    rc_status status = RC_OK;
    /* Before it is rehearsed. */
    if (method && o->out && !*reserved) status = rc_run_ask(o->out, o->resume);
    if (status == RC_OK && !*data) status = rc__open_arrays(o->data, c, data);
    how.data = *data;
    if (status == RC_OK) status = fit_several(&how, dry, &s, &result);
    rc_session_close(&s);
    rc_dataset_close(data);
    return rc__json_result(result, status, json);
}

/* ---- with its surroundings ---- */

static rc_status count_sources(const rc_fit_options *o, bool text, int *out)
{
    rc_source_names names;
    *out = 0;
    if (!o->source) return RC_OK;
    RC_TRY(rc_source_names_cut(o->source, &names));
    *out = names.n;
    rc_source_names_free(&names);
    RC_CHECK(*out == 1 || !text, RC_CONFIG,
             "\1source %.60s: texts are read with the tokenizer of one source; give one", o->source);
    return RC_OK;
}

/* In o: the source that was chosen among all at hand. */
static rc_status choose_source(fit *f, rc_fit_options *o)
{
    const rc_method *method;
    rc_auto_how how = {.config = &f->of.config, .folder = o->out, .resume = o->resume};
    RC_TRY(rc_method_find(o->method, &method));
    if (method->taught) return RC_OK; /* it refuses any source */
    RC_CHECK(!method->plain, RC_CONFIG, "\1source auto: the method %s has no source", method->name);
    if (o->out && !*f->reserved) RC_TRY(rc_run_ask(o->out, o->resume));
    RC_TRY(rc__open_arrays(o->data, how.config, &how.data));
    rc_status status = rc_auto_choose(&how, &f->of.choice);
    rc_dataset_close(&how.data);
    o->source = rc_json_string(f->of.choice, "source", NULL);
    return status;
}

static rc_status fit_set(rc_fit_options *o, const rc_config *c, rc_lock **reserved, bool dry, char **json)
{
    fit f = {.o = o, .of.config = *c, .reserved = reserved};
    bool text = rc_text_is(o->data, c->data.format, false);
    bool all = o->source && strcmp(o->source, RC_SOURCE_AUTO) == 0;
    int sources;
    const rc_method *method;
    rc_status status = RC_OK;
    RC_CHECK(!all || !text, RC_CONFIG, "\1source auto: texts are read with a source's tokenizer; name one");
    RC_TRY(count_sources(o, text, &sources));
    RC_TRY(rc_method_find(o->method, &method));
    if (!method->run) {
        if (all) o->source = NULL; /* as it does anyway */
        if (!text) RC_TRY(rc__open_arrays(o->data, c, &f.data));
        if (!text && !rc_dataset_has_texts(f.data)) return fit_auto(o, NULL, c, &f.data, reserved, dry, json);
        o->method = RC_AUTO_INSTEAD;
        f.chosen = true;
    }
    if (sources > 1) return fit_auto(o, o->method, c, &f.data, reserved, dry, json);
    if (all) RC_TRY_DONE(choose_source(&f, o));
    double started = rc_clock();
    RC_TRY_DONE(prepare(&f));
    if (dry) {
        status = look_ahead(&f, started);
    } else {
        RC_TRY_DONE(rc__fitting_open(&f.of, o->data, o->resume, reserved));
        rc_session *s = f.of.session;
        if (s->start == RC_SESSION_BEGINS && !o->compared) RC_TRY_DONE(foresee(&f, started));
        s->opponents = has_opponents(&f);
        status =
            s->start == RC_SESSION_IS_DONE ? rc_run_result(s, &f.of.result) : rc__fitting_run(&f.of, started);
    }
done:;
    rc_json *result = f.of.result;
    f.of.result = NULL;
    rc_session_close(&f.of.session);
    rc__fitting_free(&f.of);
    rc_dataset_close(&f.data);
    rc_bundle_close(&f.source);
    return rc__json_result(result, status, json);
}

/* The settings that others are given over: those of a task, where one is named. */
static rc_status begin_settings(const char *method_name, const char *task_name, rc_config *c)
{
    const rc_method *method;
    const rc_benchmark *task;
    RC_TRY(rc_method_find(method_name, &method));
    rc_config_defaults(c);
    if (!task_name) return RC_OK;
    RC_CHECK(method->run, RC_CONFIG, "a task has settings of its own (\1task %s): choose a method",
             task_name);
    RC_TRY(rc_benchmark_find(task_name, &task));
    RC_TRY(rc_benchmark_apply(task, c));
    rc_config_take_as_defaults(c);
    return RC_OK;
}

rc_status rc_fit(const rc_fit_options *options, char **json)
{
    rc_fit_options o = RC_FIT_OPTIONS_INIT;
    rc_config c;
    char *imported = NULL;
    rc_lock *reserved = NULL;
    RC_TRY(rc__options_take("rc_fit_options", options, sizeof o, &o));
    if (!o.method) o.method = "auto";
    RC_TRY(RC_FIELDS("rc_fit_options", o.data, o.out));
    RC_TRY(rc_import_check_file(o.data));
    RC_TRY(begin_settings(o.method, o.task, &c));
    RC_TRY(rc__settings_apply(&c, &o.settings));
    RC_TRY(rc__fit_import(&o, &c, &imported, &reserved));
    if (imported) o.data = imported;
    o.import = NULL;
    rc_status status = fit_set(&o, &c, &reserved, false, json);
    rc_lock_release(&reserved);
    if (imported) status = rc__fit_import_end(o.out, imported, status);
    rc_free(imported);
    return status;
}

/* Made and removed by rank 0, when all are done with it. */
static rc_status make_temporary(size_t size, char *folder)
{
    RC_TRY(rc_parallel_follow(rc_parallel_rank() == 0 ? rc_temporary_folder(size, folder) : RC_OK));
    return rc_parallel_broadcast(folder, size);
}

static rc_status drop_temporary(const char *folder, rc_status status)
{
    if (status == RC_OK) status = rc_parallel_agree();
    return rc_parallel_rank() == 0 ? rc_folder_drop(folder, status) : status;
}

rc_status rc_fit_dry_run(const rc_fit_options *options, char **json)
{
    rc_fit_options o = RC_FIT_OPTIONS_INIT;
    rc_config c;
    char *imported = NULL, folder[RC_SESSION_PATH];
    rc_lock *reserved = NULL;
    RC_TRY(rc__options_take("rc_fit_options", options, sizeof o, &o));
    if (!o.method) o.method = "auto";
    RC_TRY(RC_FIELDS("rc_fit_options", o.data));
    RC_TRY(rc_import_check_file(o.data));
    RC_TRY(begin_settings(o.method, o.task, &c));
    RC_TRY(rc__settings_apply(&c, &o.settings));
    if (o.out) RC_TRY(rc_run_ask(o.out, o.resume));
    if (!o.import) return fit_set(&o, &c, &reserved, true, json);
    RC_TRY(make_temporary(sizeof folder, folder));
    o.out = folder;
    o.resume = RC_RESUME_NO;
    rc_status status = rc__fit_import(&o, &c, &imported, &reserved);
    if (imported) o.data = imported;
    if (status == RC_OK) status = fit_set(&o, &c, &reserved, true, json);
    rc_lock_release(&reserved);
    rc_free(imported);
    return drop_temporary(folder, status);
}

rc_status rc_fit_config(const rc_fit_options *options, char **yaml)
{
    rc_fit_options o = RC_FIT_OPTIONS_INIT;
    rc_config c;
    rc_string text = {0};
    RC_TRY(RC_ARGUMENTS(yaml));
    RC_TRY(rc__options_take("rc_fit_options", options, sizeof o, &o));
    if (!o.method) o.method = "auto";
    RC_TRY(begin_settings(o.method, o.task, &c));
    RC_TRY(rc__settings_apply(&c, &o.settings));
    rc_status status = rc_string_printf(&text, "# Settings for the method %s%s%s\n", o.method,
                                        o.source ? " and the source " : "", o.source ? o.source : "");
    if (status == RC_OK) status = rc_config_write(&c, &text);
    if (status == RC_OK) status = rc_strdup(text.data, yaml);
    rc_string_free(&text);
    return status;
}

rc_status rc_methods(char **json)
{
    rc_json *j = rc_json_object();
    rc_json *list = rc_json_set(j, "methods", rc_json_array());
    for (const rc_method *const *m = rc_method_table; *m; m++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", (*m)->name);
        rc_json_set_string(one, "about", (*m)->about);
    }
    return rc__json_result(j, RC_OK, json);
}

rc_status rc_settings_list(char **json)
{
    rc_json *j = rc_json_object();
    rc_json *list = rc_json_set(j, "settings", rc_json_array());
    for (int i = 0; i < rc_config_table_count; i++) {
        const rc_config_row *row = &rc_config_table[i];
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "key", row->key);
        rc_json_set_string(one, "default", row->initial);
        rc_json_set_string(one, "about", row->about);
        if (row->choices) rc_json_set_string(one, "choices", row->choices);
    }
    return rc__json_result(j, RC_OK, json);
}
