/* Texts before teacher and student: both see the tokens of the teacher. */
#include <string.h>

#include "fitting/fitting.h"
#include "tasks/text_model.h"

const char *rc__fitting_student(const rc__fitting *f)
{
    return f->config.distill.layers[0] ? f->config.distill.teacher : f->config.distill.student;
}

static bool same_files(const rc_tokenizer *a, const rc_tokenizer *b)
{
    const rc_tokenizer_file *f, *g;
    for (int i = 0;; i++) {
        f = rc_tokenizer_source(a, i);
        g = rc_tokenizer_source(b, i);
        if (!f || !g) return !f && !g;
        if (strcmp(f->name, g->name) != 0 || f->size != g->size || memcmp(f->text, g->text, f->size) != 0)
            return false;
    }
}

/* What it has learnt of tokens holds for its own. */
static rc_status check_own_tokenizer(const rc_bundle *student, const rc_tokenizer *teachers)
{
    rc_tokenizer *own;
    if (!student) return RC_OK;
    RC_TRY(rc_bundle_tokenizer(student, &own));
    bool same = own && same_files(own, teachers);
    rc_tokenizer_close(&own);
    RC_CHECK(same, RC_CONFIG,
             "%s: this student cuts texts into other tokens than the teacher; take a backbone's config.json, "
             "which starts from random weights, or a source with the teacher's tokenizer",
             student->name);
    return RC_OK;
}

/* As the teacher reads texts. */
static rc_status take(rc__fitting *f)
{
    if (f->teaching) return rc_bundle_tokenizer(f->teaching, &f->tokenizer);
    const rc_tokenizer *own = f->teacher->task->tokenizer;
    return own ? rc_tokenizer_copy(own, &f->tokenizer) : RC_OK;
}

rc_status rc__fitting_take_tokenizer(rc__fitting *f, const char *data)
{
    const rc_backbone_config *backbone = &f->spec.backbone;
    RC_TRY(take(f));
    RC_CHECK(f->tokenizer, RC_DATA, "%s: these are texts, and the teacher was not trained on texts", data);
    RC_CHECK(rc_takes_text(backbone), RC_CONFIG, "distill.student: %s does not take texts",
             rc__fitting_student(f));
    RC_TRY(check_own_tokenizer(f->source, f->tokenizer));
    return rc_text_fits(f->tokenizer, rc__fitting_student(f), backbone);
}
