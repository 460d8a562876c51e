/* Distillation is a fit whose method has a teacher and a student among its settings. */
#include "base/memory.h"
#include "commands/run_data.h"
#include "recraft/run.h"

enum { OWN = 3 }; /* settings that it adds */

typedef struct distillation {
    const rc_distill_options *o;
    rc_json *teacher; /* its run.json, where the data are its own */
    rc_string text[OWN];
    const char **set;
} distillation;

static rc_status add_setting(distillation *d, size_t at, const char *key, const char *value)
{
    RC_TRY(rc_string_printf(&d->text[at], "distill.%s=%s", key, value ? value : ""));
    d->set[d->o->settings.n_set + at] = d->text[at].data;
    return RC_OK;
}

static rc_status add_settings(distillation *d, rc_fit_options *fit)
{
    const rc_settings *given = &d->o->settings;
    RC_TRY(RC_NEW(&d->set, given->n_set + OWN));
    for (size_t i = 0; i < given->n_set; i++)
        d->set[i] = given->set[i];
    RC_TRY(add_setting(d, 0, "teacher", d->o->teacher));
    RC_TRY(add_setting(d, 1, "student", d->o->student));
    RC_TRY(add_setting(d, 2, "unlabelled", d->o->unlabelled));
    fit->settings.set = d->set;
    fit->settings.n_set += OWN;
    return RC_OK;
}

static rc_status run(distillation *d, char **json)
{
    const rc_distill_options *o = d->o;
    rc_fit_options fit = {
        .data = o->data, .method = "distill", .out = o->out, .settings = o->settings, .resume = o->resume};
    if (!o->data) {
        RC_TRY(rc__run_record(o->teacher, &d->teacher));
        fit.data = rc_json_string(d->teacher, "data", NULL);
    }
    RC_TRY(add_settings(d, &fit));
    return rc_fit(&fit, json);
}

rc_status rc_distill(const rc_distill_options *o, char **json)
{
    distillation d = {.o = o};
    RC_CHECK(o->teacher && o->student && o->out, RC_CONFIG,
             "a distillation needs a teacher, a student and a folder for the run: one of them is NULL");
    rc_status status = run(&d, json);
    rc_json_free(&d.teacher);
    for (int i = 0; i < OWN; i++)
        rc_string_free(&d.text[i]);
    rc_free(d.set);
    return status;
}
