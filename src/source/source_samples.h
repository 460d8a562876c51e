/* source/source_samples.h: the source in a target run: its frozen head, and samples of it as tokens u, as a
 * bundle keeps them. */
#ifndef RC_SOURCE_SOURCE_SAMPLES_H
#define RC_SOURCE_SOURCE_SAMPLES_H

#include "source/bundle.h"
#include "tasks/task.h"

/* When a bundle is built: tokens [n, T, width] of the samples that rc_pooled_features takes first for this
 * seed, and how many of each are no padding (*length NULL: all are; else free with rc_free). */
rc_status rc_source_tokens_make(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part,
                                uint64_t seed, int64_t n, float *tokens, int32_t **length) RC_MUST_CHECK;

/* Weight [K, F] and bias [K] of the head of a source's set, recalibrated or as it was before (plain), on the
 * device. */
rc_status rc_source_head_load(rc_device *device, const rc_bundle *b, int set, bool plain,
                              rc_tensor head[2]) RC_MUST_CHECK;
/* Whether the bundle has it. */
rc_status rc_source_head_check(const rc_bundle *b, bool plain) RC_MUST_CHECK;

/* Batches of source samples before the body of a target model. Where its tokens lie in another grid than the
 * source's, a sequence is cut or padded, and a grid takes the nearest token. Leading extra tokens (class) are
 * kept. Of several sets they are the first's. */
typedef struct rc_source_samples {
    const rc_bundle *bundle;
    rc_grid grid; /* of the target */
    bool padded;  /* some sample does not fill the target's tokens */
    int64_t capacity;
    float *tokens;   /* [capacity, target tokens, width] */
    float *whole;    /* one sample as the bundle has it */
    int64_t *origin; /* [target tokens]: token of the source, -1: padding */
    int32_t *length, *label;
} rc_source_samples;
/* Whether the bundle has what source samples and their loss need: tokens, and the recalibrated head. For a
 * method's `check`. */
rc_status rc_source_samples_check(const rc_config *c, const rc_bundle *b) RC_MUST_CHECK;
/* For a bundle that passed the check. Fails when the families do not fit. */
rc_status rc_source_samples_create(const rc_bundle *b, const rc_model *m, int64_t capacity,
                                   rc_source_samples *out) RC_MUST_CHECK;
void rc_source_samples_free(rc_source_samples *s);
/* n <= capacity samples, drawn by the seed and the step (each once before any comes again). */
void rc_source_samples_draw(rc_source_samples *s, uint64_t seed, int64_t step, int64_t n);
/* What was drawn, in a graph: u, and the lengths (NULL: no padding). */
rc_var rc_source_samples_u(rc_graph *g, const rc_source_samples *s, int64_t n);
rc_var rc_source_samples_length(rc_graph *g, const rc_source_samples *s, int64_t n);
rc_var rc_source_samples_label(rc_graph *g, const rc_source_samples *s, int64_t n);

#endif
