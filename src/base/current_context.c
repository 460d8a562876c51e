#include "base/current_context.h"

#include <omp.h>

static rc_context process;
static _Thread_local rc_context *current;
static _Thread_local int unlimited; /* threads of OpenMP before a context limited them; 0: none does */

rc_context *rc__context(const rc_context *given)
{
    return given ? (rc_context *)(uintptr_t)given : &process;
}

rc_context *rc_context_current(void)
{
    return rc__context(current);
}

rc_context *rc__context_enter(rc_context *c)
{
    rc_context *before = current;
    current = c == &process ? NULL : c;
    return before;
}

void rc__context_limit_threads(void)
{
    int threads = rc_context_current()->threads;
    if (!threads && !unlimited) return;
    if (!unlimited) unlimited = omp_get_max_threads();
    omp_set_num_threads(threads ? threads : unlimited);
    if (!threads) unlimited = 0;
}

rc__thread_limit rc__context_limit(void)
{
    return (rc__thread_limit){omp_get_max_threads(), unlimited};
}

void rc__context_restore_limit(rc__thread_limit limit)
{
    omp_set_num_threads(limit.threads);
    unlimited = limit.unlimited;
}

rc_context *rc_context_use(rc_context *c)
{
    rc_context *before = rc__context_enter(c);
    rc__context_limit_threads();
    return before;
}

void rc_context_set_progress(rc_context *c, const rc_sink *sink)
{
    rc__context(c)->sink = sink ? *sink : (rc_sink){0};
}

void rc_context_interrupt(rc_context *c)
{
    atomic_store(&rc__context(c)->interrupted, true);
}

void rc_context_clear_interrupt(rc_context *c)
{
    atomic_store(&rc__context(c)->interrupted, false);
}

bool rc_context_is_interrupted(const rc_context *c)
{
    return atomic_load(&rc__context(c)->interrupted);
}

int64_t rc_context_threads(const rc_context *c)
{
    return rc__context(c)->threads;
}

rc_status rc_context_status(const rc_context *c)
{
    return rc__context(c)->status;
}

const char *rc_context_error(const rc_context *c)
{
    return rc__context(c)->error;
}
