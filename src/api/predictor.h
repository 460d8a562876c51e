/* api/predictor.h: what a public predictor is. */
#ifndef RC_API_PREDICTOR_H
#define RC_API_PREDICTOR_H

#include "api/data.h"
#include "api/predicting.h"

struct rc_predictor {
    rc_session *session; /* of a training that is over, or of a finished run; its task has no data */
    rc__room room;
    rc_string metrics; /* lines, one an epoch */
    rc_json *result;   /* of the fit; NULL: not known */
};

struct rc_source {
    rc_bundle *bundle;
    void *bytes; /* of a bundle that was built in memory; else NULL */
    size_t size;
};

#endif
