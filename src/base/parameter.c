#include "base/parameter.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void rc_parameters_default(const rc_parameter *list, double *values)
{
    for (int i = 0; list[i].name; i++)
        values[i] = list[i].initial;
}

rc_status rc_parameters_assign(const char *owner, const rc_parameter *list, const char *assignment,
                               double *values)
{
    const char *equals = strchr(assignment, '=');
    size_t n = equals ? (size_t)(equals - assignment) : strlen(assignment);
    char names[256] = "";
    for (int i = 0; list[i].name; i++) {
        const rc_parameter *p = &list[i];
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", p->name);
        if (!equals || strlen(p->name) != n || strncmp(p->name, assignment, n) != 0) continue;
        RC_CHECK(rc_text_to_f64(equals + 1, &values[i]) && values[i] >= p->min && values[i] <= p->max,
                 RC_CONFIG, "\1set %.60s: %s of %s takes a number from %g to %g", assignment, p->name, owner,
                 p->min, p->max);
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "\1set %.60s: expected KEY=VALUE; %s has %s%s", assignment, owner,
                   names[0] ? "the parameters " : "no parameters", names);
}
