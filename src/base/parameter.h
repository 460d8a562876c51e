/* base/parameter.h: named numbers with limits, as "key=value" sets them: what generators and transforms are
 * told. */
#ifndef RC_BASE_PARAMETER_H
#define RC_BASE_PARAMETER_H

#include "base/failure.h"

typedef struct rc_parameter {
    const char *name; /* NULL ends a list */
    double initial, min, max;
    const char *about;
} rc_parameter;

void rc_parameters_default(const rc_parameter *list, double *values);
/* owner: whose parameters they are, for the message. */
rc_status rc_parameters_assign(const char *owner, const rc_parameter *list, const char *assignment,
                               double *values) RC_MUST_CHECK;

#endif
