/* What of a context can fail. Whoever fails asks the present context for its words, so that this stands
 * apart. */
#include "base/current_context.h"

#include <stdio.h>

#include "base/given.h"
#include "base/memory.h"

enum { MAX_THREADS = 1024 };

rc_status rc_context_create(rc_context **out)
{
    RC_TRY(RC_ARGUMENTS(out));
    return RC_NEW(out, 1);
}

void rc_context_destroy(rc_context **c)
{
    if (!c) return;
    rc_free(*c);
    *c = NULL;
}

rc_status rc__context_keep(rc_context *c, rc_status status)
{
    if (status != RC_OK) {
        c->status = status;
        snprintf(c->error, sizeof c->error, "%s", rc_error_text());
    }
    return status;
}

rc_status rc_context_set_threads(rc_context *c, int64_t threads)
{
    if (threads < 0 || threads > MAX_THREADS)
        return rc__context_keep(
            rc__context(c),
            rc_fail(RC_CONFIG, "%lld threads; a context takes from 1 to %d, or 0 for as many as OpenMP gives",
                    (long long)threads, MAX_THREADS));
    rc__context(c)->threads = (int)threads;
    if (rc__context(c) == rc_context_current()) rc__context_limit_threads();
    return RC_OK;
}
