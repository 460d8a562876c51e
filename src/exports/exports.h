/* exports/exports.h: a trained model, written for other programs. */
#ifndef RC_EXPORTS_EXPORTS_H
#define RC_EXPORTS_EXPORTS_H

#include "formats/json.h"
#include "tasks/task.h"

typedef struct rc_export_how {
    const char *run, *name; /* the run's folder; what messages call it */
    const char *to, *out;   /* a form, by its name; the file or folder to make */
    /* Opens the data of the run, divided as they were for it: for forms that are measured. */
    rc_status (*open_data)(void *context, const rc_task *t, rc_dataset **out);
    void *context;
} rc_export_how;
/* The model of a finished run in another form. told: an object, which gets "to", "output" and what the form
 * has to say. */
rc_status rc_export_write(const rc_export_how *how, rc_json *told) RC_MUST_CHECK;

#endif
