/* base/context.h: what a context holds, and the one in which the calling thread works. Functions below the
 * public ones take no context: they ask here. */
#ifndef RC_BASE_CONTEXT_H
#define RC_BASE_CONTEXT_H

#include <stdatomic.h>

#include "base/status.h"
#include "recraft/context.h"

enum { RC_ERROR_TEXT = 1024 };

typedef struct rc_device rc_device;

struct rc_context {
    rc_sink sink;
    atomic_bool interrupted;
    int threads;       /* 0: as many as OpenMP gives */
    rc_device *device; /* NULL: the default */
    bool has_options;  /* messages name the program's options (--out), not the fields that they set (out) */
    rc_status status;
    char error[RC_ERROR_TEXT];
};

/* Of the calling thread; else the process's own. Threads that OpenMP adds begin in the process's own: a
 * parallel region that reports or asks whether to stop enters that of the thread that began it. */
rc_context *rc_context_current(void);
/* A message in the words of who reads it: of the calling thread's context. In place. */
void rc__context_word(char *text);
/* What a caller means: NULL is the process's own. */
rc_context *rc__context(const rc_context *given);

#endif
