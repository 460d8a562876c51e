#include "exports/exports.h"

#include <string.h>

#include "base/text.h"
#include "exports/export_forms.h"
#include "tasks/ensemble.h"

static const struct form {
    const char *name;
    bool plain; /* can hold a plain predictor, too */
    bool ours;  /* not for other programs' layers: all that is in the model file, or most of it */
    rc_status (*write)(rc__exporting *e);
} forms[] = {{"onnx", false, false, rc__export_onnx},
             {"hf", false, false, rc__export_hf},
             {"peft", false, false, rc__export_peft},
             {"npz", true, true, rc__export_npz},
             {"int8", false, true, rc__export_int8}};
enum { FORMS = sizeof forms / sizeof *forms };

static rc_status find(const char *name, const struct form **out)
{
    const char *known[FORMS];
    for (int i = 0; i < FORMS; i++) {
        *out = &forms[i];
        known[i] = forms[i].name;
        if (strcmp(known[i], name) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, FORMS, NULL, "\1to %.40s is not a form of export", name);
}

static rc_status refuse_combined(const rc_export_how *how, const rc_ensemble *e)
{
    const char *tuned = rc_ensemble_tuned(e);
    RC_CHECK(tuned, RC_UNSUPPORTED, "%s combines plain predictors; there is no model in it to export",
             how->name);
    RC_CHECK(
        how->name == how->run, RC_UNSUPPORTED,
        "%s combines several predictors, which are not one model; save it, and export the fine-tuned one "
        "of them, %s in its folder",
        how->name, tuned);
    return rc_fail(RC_UNSUPPORTED,
                   "%s combines several predictors, which are not one model; export the fine-tuned one of "
                   "them: \1run %s/%s",
                   how->name, how->run, tuned);
}

static rc_status check(const rc__exporting *e, const struct form *f)
{
    const rc_task *t = e->trained.task;
    if (t->ensemble) return refuse_combined(e->how, t->ensemble);
    RC_CHECK(e->trained.model || f->plain, RC_UNSUPPORTED,
             "%s is a plain predictor (%s), for which %s has no form; choose \1to npz", e->how->name,
             rc_plain_name_of(t->plain), f->name);
    RC_CHECK(!e->trained.model || !e->trained.model->spec.int8 || f->plain, RC_UNSUPPORTED,
             "%s has 8-bit weights, which only npz takes as they are; export the run that it was made from",
             e->how->name);
    RC_CHECK(
        !rc_loss_of(t->loss)->own || f->ours, RC_UNSUPPORTED,
        "%s: its answers are made after the last layer in a way for which %s has no form; choose \1to npz",
        e->how->name, f->name);
    RC_CHECK(!t->n_more || f->ours, RC_UNSUPPORTED,
             "%s takes samples of several inputs, for which %s has no form; choose \1to npz", e->how->name,
             f->name);
    return RC_OK;
}

rc_status rc_export_write(const rc_export_how *how, rc_json *told)
{
    const struct form *f;
    rc__exporting e = {.how = how, .told = told};
    RC_TRY(find(how->to, &f));
    rc_json_set_string(told, "to", how->to);
    rc_json_set_string(told, "output", how->out);
    RC_TRY(rc_json_check(told));
    RC_TRY(rc_trained_open(how->run, &e.trained));
    rc_status status = check(&e, f);
    if (status == RC_OK) status = f->write(&e);
    rc_trained_close(&e.trained);
    return status;
}
