#include "base/first_failure.h"

#include <stdio.h>

void rc_first_failure_note(rc_first_failure *f, int64_t at, rc_status status)
{
    if (status == RC_OK) return;
#pragma omp critical(rc_first_failure)
    if (f->status == RC_OK || at < f->at) {
        f->at = at;
        snprintf(f->text, sizeof f->text, "%s", rc_error_text());
#pragma omp atomic write
        f->status = status;
    }
}

rc_status rc_first_failure_status(const rc_first_failure *f)
{
    rc_status status;
#pragma omp atomic read
    status = f->status;
    return status;
}

rc_status rc_first_failure_raise(const rc_first_failure *f)
{
    return f->status == RC_OK ? RC_OK : rc_fail(f->status, "%s", f->text);
}
