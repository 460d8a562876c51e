/* exports/exports.h: a trained model, written for other programs. */
#ifndef RC_EXPORTS_EXPORTS_H
#define RC_EXPORTS_EXPORTS_H

#include "formats/json.h"
#include "tasks/task.h"

/* Opens the data of a run, divided as they were for it. */
typedef rc_status (*rc_export_data)(const char *run, const rc_task *t, rc_dataset **out);
/* The model of a finished run in the form of this name, into out. told: an object, which gets "run", "to",
 * "output" and what the form has to say; open_data: for forms that are measured. */
rc_status rc_export_write(const char *run, const char *to, const char *out, rc_export_data open_data,
                          rc_json *told) RC_MUST_CHECK;

#endif
