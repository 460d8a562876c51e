/* Distillation is a fit whose method has a teacher and a student among its settings. Where the teacher is a
 * source, so is what comes of it: the student's run lies beside the bundle, which is built of it. */
#include <stdio.h>
#include <string.h>

#include "api/run_data.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/common.h"
#include "runs/run_record.h"
#include "source/source_model.h"

enum { OWN = 5, PATH = 4096 }; /* OWN: settings that it adds */

/* Of a student that is to be a source: its head reads what a source's does, and nobody compares it with plain
 * predictors. What is asked for comes behind. */
static const char *const usual[] = {"model.head=mean", "fit.opponents=no"};
enum { USUAL = sizeof usual / sizeof *usual };

typedef struct distillation {
    const rc_distill_options *o;
    bool of_source;
    rc_json *teacher; /* its run.json, where the data are its own */
    rc_string text[OWN];
    const char **set;
    char data[PATH], bundle[PATH], run[PATH]; /* of a source */
    rc_fit_options fit;
} distillation;

static rc_status add_setting(distillation *d, size_t at, const char *key, const char *value)
{
    RC_TRY(rc_string_printf(&d->text[at], "distill.%s=%s", key, value ? value : ""));
    d->set[d->fit.settings.n_set++] = d->text[at].data;
    return RC_OK;
}

static rc_status add_settings(distillation *d)
{
    const rc_distill_options *o = d->o;
    rc_settings *all = &d->fit.settings;
    RC_TRY(RC_NEW(&d->set, USUAL + o->settings.n_set + OWN));
    *all = o->settings;
    all->set = d->set;
    all->n_set = 0;
    for (size_t i = 0; d->of_source && i < USUAL; i++)
        d->set[all->n_set++] = usual[i];
    for (size_t i = 0; i < o->settings.n_set; i++)
        d->set[all->n_set++] = o->settings.set[i];
    RC_TRY(add_setting(d, 0, "teacher", o->teacher));
    RC_TRY(add_setting(d, 1, "student", o->student));
    RC_TRY(add_setting(d, 2, "layers", o->layers));
    RC_TRY(add_setting(d, 3, "unlabelled", o->unlabelled));
    return add_setting(d, 4, "unpaired", o->unpaired);
}

/* ---- the teacher's own data ---- */

static rc_status data_of_run(distillation *d)
{
    RC_TRY(rc__run_record(d->o->teacher, &d->teacher));
    d->fit.data = rc_json_string(d->teacher, "data", NULL);
    return RC_OK;
}

static rc_status data_of_source(distillation *d)
{
    rc_bundle *b;
    RC_TRY(rc_source_set_path(d->o->teacher, sizeof d->data, d->data));
    d->fit.data = d->data;
    if (d->data[0]) return RC_OK;
    RC_TRY(rc_bundle_open(d->o->teacher, &b));
    rc_status status = rc_source_model_check(b);
    if (status == RC_OK)
        status = rc_fail(RC_CONFIG,
                         "\1data is missing: the source %s keeps no inputs; give the labelled set that it "
                         "was made from (its card says %s)",
                         d->o->teacher, rc_json_string(b->card, "data", "nothing about it"));
    rc_bundle_close(&b);
    return status;
}

static rc_status choose_data(distillation *d)
{
    d->fit.data = d->o->data;
    if (d->o->data) return RC_OK;
    RC_CHECK(!d->o->unpaired, RC_CONFIG,
             "\1data is missing: with \1unpaired it is what the student learns from");
    return d->of_source ? data_of_source(d) : data_of_run(d);
}

/* ---- where it goes ---- */

/* The run lies beside the bundle: as NAME.run beside NAME.safetensors. */
static rc_status choose_out(distillation *d)
{
    char kept[PATH]; /* where the teacher is, if it was given by its name */
    d->fit.out = d->o->out;
    if (!d->of_source || !d->o->out) return RC_OK;
    RC_TRY(rc__source_file(d->o->out, sizeof d->bundle, d->bundle));
    RC_TRY(rc_bundle_kept(d->o->teacher, sizeof kept, kept));
    RC_CHECK(!rc_path_same(d->bundle, d->o->teacher) && !rc_path_same(d->bundle, kept), RC_CONFIG,
             "\1out %s is the teacher itself; the student needs a name or file of its own", d->o->out);
    snprintf(d->run, sizeof d->run, "%.*s.run", (int)(strlen(d->bundle) - strlen(".safetensors")), d->bundle);
    d->fit.out = d->run;
    return RC_OK;
}

/* ---- a source of a source ---- */

/* What the run says of the two is for the card. */
static rc_status begin_card(const char *result, rc_json *card)
{
    static const char *const keys[] = {"teacher", "student", "layers", "metric", "distillation"};
    rc_json *all;
    RC_TRY(rc_json_parse("the result of the run", result, strlen(result), &all));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const rc_json *value = rc_json_get(all, keys[i]);
        if (value) rc_json_set(card, keys[i], rc_json_copy(value));
    }
    rc_json_free(&all);
    return RC_OK;
}

static rc_status make_source(const distillation *d, const rc_bundle *teacher, const char *result, char **json)
{
    const rc_source_build_options build = {.size = sizeof build,
                                           .model = d->run,
                                           .data = &d->fit.data,
                                           .n_data = 1,
                                           .out = d->o->out,
                                           .settings = d->o->settings};
    rc__source_origin from = {rc_path_base(d->run), "recraft distill", rc_json_object(), teacher};
    rc_status status = begin_card(result, from.card);
    if (status == RC_OK) return rc__source_make(&build, &from, json);
    rc_json_free(&from.card);
    return status;
}

static rc_status distill_source(const distillation *d, char **json)
{
    char *result;
    rc_bundle *teacher;
    RC_TRY(rc_fit(&d->fit, &result));
    rc_status status = rc_bundle_open(d->o->teacher, &teacher);
    if (status == RC_OK) status = make_source(d, teacher, result, json);
    rc_bundle_close(&teacher);
    rc_free_text(result);
    return status;
}

/* The building is not timed. */
static void tell_rest(rc_json *foreseen)
{
    static const char rest[] = "the bundle is built after the run, which these figures do not include";
    rc_progress_note("%s", rest);
    rc_json *notes = rc_json_copy(rc_json_get(foreseen, "notes"));
    rc_json_append_string(notes, rest);
    rc_json_set(foreseen, "notes", notes);
}

static rc_status foresee_source(const distillation *d, char **json)
{
    char *text;
    rc_json *j;
    RC_TRY(rc_fit_dry_run(&d->fit, &text));
    rc_status status = rc_json_parse("what is foreseen", text, strlen(text), &j);
    rc_free_text(text);
    RC_TRY(status);
    tell_rest(j);
    return rc__json_result(j, RC_OK, json);
}

/* ---- either ---- */

static rc_status run(distillation *d, bool dry, char **json)
{
    d->of_source = !rc_run_has(d->o->teacher, RC_RUN_IDENTITY) && rc_bundle_is_here(d->o->teacher);
    RC_TRY(choose_out(d));
    RC_TRY(choose_data(d));
    RC_TRY(add_settings(d));
    if (d->of_source) return dry ? foresee_source(d, json) : distill_source(d, json);
    return dry ? rc_fit_dry_run(&d->fit, json) : rc_fit(&d->fit, json);
}

static rc_status distill(const rc_distill_options *given, bool dry, char **json)
{
    rc_distill_options own = RC_DISTILL_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_distill_options", given, sizeof own, o));
    distillation d = {.o = o, .fit = {.size = sizeof d.fit, .method = "distill", .resume = o->resume}};
    RC_TRY(RC_FIELDS("rc_distill_options", o->teacher));
    if (!o->layers) RC_TRY(RC_FIELDS("rc_distill_options", o->student));
    if (!dry) RC_TRY(RC_FIELDS("rc_distill_options", o->out));
    rc_status status = run(&d, dry, json);
    rc_json_free(&d.teacher);
    for (int i = 0; i < OWN; i++)
        rc_string_free(&d.text[i]);
    rc_free(d.set);
    return status;
}

rc_status rc_distill(const rc_distill_options *o, char **json)
{
    return distill(o, false, json);
}

rc_status rc_distill_dry_run(const rc_distill_options *o, char **json)
{
    return distill(o, true, json);
}
