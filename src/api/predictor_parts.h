/* api/predictor_parts.h: what a public predictor is. */
#ifndef RC_API_PREDICTOR_PARTS_H
#define RC_API_PREDICTOR_PARTS_H

#include "api/data_parts.h"
#include "api/predicting.h"
#include "api/row_input.h"
#include "training/session.h"

struct rc_predictor {
    rc_session *session; /* of a training that is over, or of a finished run; its task has no data */
    rc__room room;
    rc_string metrics;     /* lines, one an epoch */
    rc_json *result;       /* of the fit; NULL: not known */
    rc_encoders *encoders; /* of its task, once rows were asked about */
    bool adapters;         /* the model still has those that are merged into it: a fit in memory made them */
};

struct rc_source {
    rc_bundle *bundle;
};

/* As rc_predictor_info has them. */
const char *rc__weights(const rc_predictor *p);

#endif
