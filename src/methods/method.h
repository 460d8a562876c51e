/* methods/method.h: a method is a sequence of stages over a session. One short file each; methods.c lists
 * them. */
#ifndef RC_METHODS_METHOD_H
#define RC_METHODS_METHOD_H

#include "source/bundle.h"
#include "training/session.h"
#include "transport/distances.h"

typedef struct rc_method {
    const char *name, *about;
    rc_status (*run)(rc_session *s, const rc_bundle *source); /* source NULL for plain ones */
    /* Refuses settings that cannot work, before a run folder is made; may be NULL. */
    rc_status (*check)(const rc_config *c, const rc_bundle *source);
    bool taught;          /* learns from distill.teacher, and has a student in a source's place */
    bool linear_head;     /* wants one: no fields, no classes of words */
    bool forgets;         /* takes the architecture of its source, and nothing that it has learnt */
    const char *no_texts; /* why it does not take texts; NULL: it does */
    const char
        *plain; /* the plain predictor (plain/plain.h) that takes the model's place: no source; NULL: none */
} rc_method;

/* NULL-terminated. */
extern const rc_method *const rc_method_table[];
/* Does its model have a gate (rc_model_spec)? */
bool rc_method_has_gate(const rc_method *m);
rc_status rc_method_find(const char *name, const rc_method **out) RC_MUST_CHECK;

/* A note where the source has several sets, and the method reads the samples and the head of the first. */
void rc_method_note_first(rc_session *s, const rc_bundle *source);

/* What stage 1 minimises. */
typedef struct rc_align_terms {
    const rc_distance_kind *distance; /* NULL: left out */
    rc_distortion_term distortion;
} rc_align_terms;
/* Stage 1: learn the embedder so that its pooled features come close to the source's (a distance) and the
 * frozen source predictor's labels stay predictable from the target's (feature-label distortion), jointly or
 * one after the other. */
rc_status rc_stage_align(rc_session *s, const rc_bundle *source, rc_align_terms terms) RC_MUST_CHECK;
/* Whether the source holds what these terms need. */
rc_status rc_align_check(const rc_config *c, const rc_bundle *source, rc_align_terms terms) RC_MUST_CHECK;

#endif
