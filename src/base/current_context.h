/* base/current_context.h: what a context holds, and the one in which the calling thread works. Functions
 * below the public ones take no context: they ask here. */
#ifndef RC_BASE_CURRENT_CONTEXT_H
#define RC_BASE_CURRENT_CONTEXT_H

#include <stdatomic.h>

#include "base/failure.h"
#include "base/message.h"
#include "recraft/context.h"

typedef struct rc_device rc_device;

/* Writes what stands in messages for a field of an options struct, or for a function (base/message.h). */
typedef void rc_field_namer(const char *field, size_t room, char *out);

struct rc_context {
    rc_sink sink;
    atomic_bool interrupted;
    int threads;       /* 0: as many as OpenMP gives */
    rc_device *device; /* NULL: the default */
    int64_t card; /* the one that names without a number mean, counted from 0 among those that can be used,
                     and over again behind the last: another one for each rank of a machine */
    rc_field_namer *namer; /* NULL: messages name fields as they are */
    rc_status status;
    char error[RC_MESSAGE];
};

/* Of the calling thread; else the process's own. Threads that OpenMP adds begin in the process's own: a
 * parallel region that reports or asks whether to stop enters that of the thread that began it. */
rc_context *rc_context_current(void);
/* What a caller means: NULL is the process's own. */
rc_context *rc__context(const rc_context *given);
/* rc_context_use without its threads, which a thread of a parallel region has already. */
rc_context *rc__context_enter(rc_context *context);
/* The outcome of a call: a failure stays in the context. Gives it again. */
rc_status rc__context_keep(rc_context *context, rc_status status);
/* OpenMP gives the calling thread as many threads as its context says, or as before that was limited. */
void rc__context_limit_threads(void);
/* What OpenMP gives the calling thread, as it is now; and as it was, whatever contexts it has used since. */
typedef struct rc__thread_limit {
    int threads, unlimited; /* unlimited: before a context limited them; 0: none does */
} rc__thread_limit;
rc__thread_limit rc__context_limit(void);
void rc__context_restore_limit(rc__thread_limit limit);

#endif
