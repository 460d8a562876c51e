/* commands/saved_model.h: a model in memory as a run in a temporary folder, for what reads runs. */
#ifndef RC_COMMANDS_SAVED_MODEL_H
#define RC_COMMANDS_SAVED_MODEL_H

#include "recraft/predictor.h"

enum { RC__SAVED_PATH = 4096 };

/* Zero-initialise. */
typedef struct rc__saved_model {
    char folder[RC__SAVED_PATH], run[RC__SAVED_PATH]; /* run: within the folder */
} rc__saved_model;
rc_status rc__saved_model_make(rc_predictor *p, rc__saved_model *out) RC_MUST_CHECK;
/* Removes what was made, if anything was, and gives the outcome of what it was for. */
rc_status rc__saved_model_drop(rc__saved_model *s, rc_status status) RC_MUST_CHECK;

#endif
