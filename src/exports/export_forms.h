/* exports/export_forms.h: what writes each form, within exports/. */
#ifndef RC_EXPORTS_EXPORT_FORMS_H
#define RC_EXPORTS_EXPORT_FORMS_H

#include "exports/exports.h"
#include "formats/json.h"
#include "tasks/trained.h"

typedef struct rc__exporting {
    const rc_export_how *how;
    rc_trained trained;
    rc_json *told; /* gets what a user should know */
} rc__exporting;

rc_status rc__export_npz(rc__exporting *e) RC_MUST_CHECK;
rc_status rc__export_hf(rc__exporting *e) RC_MUST_CHECK;
rc_status rc__export_peft(rc__exporting *e) RC_MUST_CHECK;
rc_status rc__export_int8(rc__exporting *e) RC_MUST_CHECK;
rc_status rc__export_onnx(rc__exporting *e) RC_MUST_CHECK;

#endif
