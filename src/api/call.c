#include "api/call.h"

#include <omp.h>
#include <string.h>

rc__call rc__call_begin(rc_context *context)
{
    rc__call call = {.before = rc__context_enter(context), .limit = rc__context_limit()};
    call.context = rc_context_current();
    if (call.context->threads > 0) omp_set_num_threads(call.context->threads);
    return call;
}

rc_status rc__call_end(const rc__call *call, rc_status status)
{
    rc__context_keep(call->context, status);
    rc__context_restore_limit(call->limit);
    rc__context_enter(call->before);
    return status;
}

/* The size that a caller's struct begins with. */
static rc_status size_of(const char *name, const void *given, size_t *out)
{
    memcpy(out, given, sizeof *out);
    RC_CHECK(*out >= sizeof *out, RC_CONFIG, "%s: its size is %zu; begin it with its initialiser", name,
             *out);
    return RC_OK;
}

rc_status rc__options_take(const char *name, const void *from, size_t size, void *to)
{
    size_t given;
    if (!from) return RC_OK;
    RC_TRY(size_of(name, from, &given));
    memcpy(to, from, given < size ? given : size);
    return RC_OK;
}

rc_status rc__options_give(const char *name, const void *from, size_t size, void *to)
{
    size_t given;
    RC_TRY(size_of(name, to, &given));
    memcpy((char *)to + sizeof given, (const char *)from + sizeof given,
           (given < size ? given : size) - sizeof given);
    return RC_OK;
}
