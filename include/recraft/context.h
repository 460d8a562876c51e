/* recraft/context.h: what surrounds a piece of work: who hears of its progress, whether it should stop, how
 * many threads it may use, on which device it computes, and what went wrong last.
 *
 * Every function that works takes a context first. NULL is the process's own context, which is there
 * from the beginning and is what rc_progress_set_sink and rc_interrupt (recraft/run.h) speak to. Two contexts
 * share nothing: two threads, each with a context of its own, work side by side.
 *
 * Threads: one context serves one thread at a time, but rc_context_interrupt may be called from anywhere. See
 * docs/threading.md. */
#ifndef RECRAFT_CONTEXT_H
#define RECRAFT_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A context. */
typedef struct rc_context rc_context;

/* Makes a context: silent, not interrupted, as many threads as OpenMP gives, the default device. Fails with
 * RC_MEMORY. *out is the caller's, and is released with rc_context_destroy. */
RC_API rc_status rc_context_create(rc_context **out) RC_MUST_CHECK;
/* Releases it and sets *context to NULL; *context may be NULL. No work may be going on in it. Data sets,
 * sources and predictors do not belong to a context: they may outlive it. */
RC_API void rc_context_destroy(rc_context **context);

/* ---- progress ---- */

/* It has no size, and keeps its fields: what else there may be to hear would come through a function of its
 * own. Both functions may be NULL. They are called on the thread that works, or on one of its helpers but
 * never two at a time; they must not call the library with the same context, except for rc_context_interrupt.
 * Texts are valid during the call only. */
typedef struct rc_sink {
    /* done of total units of the named work ("fit", "align", "predict"); detail ("loss 0.31") may be NULL.
     * done
     * == total ends it. */
    void (*step)(void *context, const char *work, int64_t done, int64_t total, const char *detail);
    /* One line of news. Warnings begin with "warning: ". */
    void (*note)(void *context, const char *line);
    void *context; /* handed to both; what it points to must live as long as the sink is set */
} rc_sink;
/* The sink is copied; NULL is silence. */
RC_API void rc_context_set_progress(rc_context *context, const rc_sink *sink);

/* ---- stopping ---- */

/* Work in this context ends at the next safe point with RC_INTERRUPTED. From any thread. Async-signal-safe,
 * but let no signal handler run on a thread that computes: oneDNN's generated code keeps data below the stack
 * pointer. Block the signals there and wait for them in a thread of their own (sigwait). */
RC_API void rc_context_interrupt(rc_context *context);
/* The request stays until it is cleared: whatever is called meanwhile ends at once. */
RC_API void rc_context_clear_interrupt(rc_context *context);
RC_API bool rc_context_is_interrupted(const rc_context *context);

/* ---- means ---- */

/* At most this many threads for work in this context; 0: as many as OpenMP gives the calling thread. Results
 * of distances do not depend on the number; the last bits of a training do. Where the calling thread has
 * chosen the context (rc_context_use), OpenMP gives it so many at once. RC_CONFIG: below 0 or over 1024. */
RC_API rc_status rc_context_set_threads(rc_context *context, int64_t threads) RC_MUST_CHECK;
RC_API int64_t rc_context_threads(const rc_context *context);
/* What computes: "cpu" (the default, "onednn"), "cuda" or "opencl" (the first card), "cuda:N"
 * or "opencl:N" (its device N), "auto" (a card if there is one, else the processor); "onednn-bf16", "ref"
 * (plain loops, the specification) and "poison" (ref with guarded memory) are for tests. It counts for what
 * is made from now on: a predictor stays on the device that it was made on. NULL: what the setting
 * model.device says, or else the default. RC_CONFIG: there is no such device, or it cannot be used. */
RC_API rc_status rc_context_set_device(rc_context *context, const char *name) RC_MUST_CHECK;
RC_API const char *rc_context_device(const rc_context *context);

/* ---- failures ---- */

/* Code and text of the last call with this context that failed; RC_OK and "" before any. The text is one
 * line: what is wrong, where, and what to do. It is valid until the next call with this context. Failures of
 * functions that take no context are found in rc_error_text (recraft/status.h) only. */
RC_API rc_status rc_context_status(const rc_context *context) RC_MUST_CHECK;
RC_API const char *rc_context_error(const rc_context *context);

/* ---- functions that take no context ---- */

/* Makes a context the one in which the calling thread works when it calls functions that take none (those of
 * recraft/run.h and its neighbours, which read and write files); NULL: the process's own again. Returns what
 * it was before, NULL for the process's own. A context that limits its threads limits those that OpenMP gives
 * the calling thread, in the caller's own code, too, until another context is chosen. */
RC_API rc_context *rc_context_use(rc_context *context);

#ifdef __cplusplus
}
#endif
#endif
