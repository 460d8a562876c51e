/* exports/exports.h: a trained model, written for other programs. */
#ifndef RC_EXPORTS_EXPORTS_H
#define RC_EXPORTS_EXPORTS_H

#include "formats/json.h"

/* The model of a finished run in the form of this name, into out. told: an object, which gets "run", "to",
 * "output" and what the form has to say. */
rc_status rc_export_write(const char *run, const char *to, const char *out, rc_json *told) RC_MUST_CHECK;

#endif
