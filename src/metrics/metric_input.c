/* What is to be scored. */
#include <math.h>
#include <stddef.h>

#include "base/spill.h"
#include "metrics/metrics.h"

int64_t rc_metric_target_width(const rc_metric_input *in)
{
    return in->target_width ? in->target_width : in->width;
}

bool rc_metric_is_binary(const rc_metric_input *in)
{
    for (int64_t i = 0; in->target && i < in->n * rc_metric_target_width(in); i++) {
        if (in->target[i] != 0 && in->target[i] != 1 && !isnan(in->target[i])) return false;
        rc_spill_stretch(i, sizeof *in->target);
    }
    return in->target != NULL;
}
