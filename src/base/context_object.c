/* What of a context can fail. Whoever fails asks the present context for its words, so that this stands
 * apart. */
#include "base/context.h"
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

rc_status rc_context_set_threads(rc_context *c, int64_t threads)
{
    RC_CHECK(threads >= 0 && threads <= MAX_THREADS, RC_CONFIG,
             "%lld threads; a context takes from 1 to %d, or 0 for as many as OpenMP gives",
             (long long)threads, MAX_THREADS);
    rc__context(c)->threads = (int)threads;
    if (rc__context(c) == rc_context_current()) rc__context_limit_threads();
    return RC_OK;
}
