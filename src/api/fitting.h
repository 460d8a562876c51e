/* api/fitting.h: the order of a fit, for whoever has its settings, method, source and data. */
#ifndef RC_API_FITTING_H
#define RC_API_FITTING_H

#include "methods/method.h"

typedef struct rc__fitting {
    rc_config config;
    const rc_method *method;
    const char *source_name; /* for the result; NULL: no source */
    const rc_bundle *source; /* borrowed; NULL: a plain method */
    rc_dataset *data;        /* borrowed; split as it is to be */
    rc_tokenizer *tokenizer; /* of texts, until the task has it */
    rc_model_spec spec;
    rc_task *task; /* both until the session has them */
    rc_model *model;
    rc_session *session; /* the caller's, once it is there */
    rc_json *result;     /* likewise */
} rc__fitting;

/* The source that data of this form have unless another is asked for. */
const char *rc__default_source(const rc_dataset *data, bool text);
/* Checks what goes together, and makes task and model: before there is a folder, so that what does not fit
 * leaves nothing behind. */
rc_status rc__fitting_prepare(rc__fitting *f) RC_MUST_CHECK;
/* What the run is, for its record: data, source and method with their fingerprints. */
rc_status rc__fitting_identity(const rc__fitting *f, const char *data, rc_json **out) RC_MUST_CHECK;
/* Gives task and model to the session, which must not be done, and trains: f->result. */
rc_status rc__fitting_run(rc__fitting *f, double started) RC_MUST_CHECK;
/* Releases what the session has not taken; session, data and source stay. */
void rc__fitting_free(rc__fitting *f);

/* As run folders keep it. */
rc_status rc__json_fingerprint(rc_json *j, const char *key, uint64_t value) RC_MUST_CHECK;

#endif
