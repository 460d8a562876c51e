/* tasks/layout.h: how a sample of the data takes the form that the model is given.
 *
 *   images  -> image backbone   resized
 *   signals -> text backbone    cut into pieces by the embedder, where need be with zeros at the end
 *   signals -> image backbone   folded row by row to a picture, zeros at its end, then resized
 *   images  -> text backbone    flattened, square by square (a square is a token), or row by row
 *
 *   tables  -> text backbone    a token for each column (layout_columns.c)
 *   signals -> series backbone  resampled to the length it was trained on; cut into pieces, where all points
 * are asked for images  -> series backbone  flattened as before a text backbone
 *
 * Elsewhere a table [N, F] is a signal of one channel. Texts (datasets/labelled_text.h) are token ids and go
 * in as they are. */
#ifndef RC_TASKS_LAYOUT_H
#define RC_TASKS_LAYOUT_H

#include "backbones/model.h"
#include "datasets/dataset.h"
#include "settings/config.h"

typedef struct rc_layout {
    rc_form form;           /* of the data */
    int64_t x_shape[3];     /* of a sample: C,L,1 or C,H,W */
    int64_t fold_h, fold_w; /* signals before an image backbone; else 0 */
    int64_t square;     /* images before a text backbone: edge of a token's square, 1: row by row; else 0 */
    rc_input input;     /* what the model is given */
    int32_t *features;  /* columns as tokens: how many numbers each token reads; else NULL */
    int32_t *order;     /* square > 1: the pixel that each number comes from */
    bool resampled;     /* signals before a series backbone */
    int64_t to_h, to_w; /* what a channel is resized to; of signals to_w is 1 */
    rc_resize *resize;  /* image backbones, and what is resampled */
} rc_layout;

/* Chooses the layout for a data set and fills spec's input, head and output shape, not what a linear head
 * says; spec->backbone is given. */
rc_status rc_layout_choose(const rc_config *c, const rc_dataset *d, rc_model_spec *spec,
                           rc_layout *out) RC_MUST_CHECK;
/* Can samples of this form be augmented as the settings say? (rc_layout_choose asks, too.) */
rc_status rc_layout_check_augmentation(const rc_config *c, const rc_dataset *d) RC_MUST_CHECK;
/* Makes the tables, once the numbers are set (rc_layout_choose does it). */
rc_status rc__layout_prepare(rc_layout *l) RC_MUST_CHECK;
/* layout_columns.c: a token for each column of a table, `max` tokens. */
rc_status rc__layout_columns_choose(const rc_dataset *d, int64_t max, rc_layout *l) RC_MUST_CHECK;
void rc__layout_columns_apply(const rc_layout *l, const float *raw, float *out);
void rc__layout_columns_pull(const rc_layout *l, const float *gradient, float *out);
void rc__layout_columns_store(const rc_layout *l, rc_json *task);
rc_status rc__layout_columns_restore(const rc_json *task, const char *source, rc_layout *l) RC_MUST_CHECK;
void rc_layout_free(rc_layout *l);

int64_t rc_layout_size(const rc_layout *l); /* numbers of a sample */
int64_t rc_layout_room(const rc_layout *l); /* numbers that `raw` below needs room for */
/* raw (encoded; overwritten) -> out, rc_input_size numbers. */
void rc_layout_apply(const rc_layout *l, float *raw, float *out);
/* A gradient with respect to what the model is given, as one with respect to the encoded sample: the
 * transpose of what lays it out. out has rc_layout_room numbers, of which rc_layout_size are said. */
void rc_layout_pull(const rc_layout *l, const float *gradient, float *out);
/* n samples as the data have them. */
rc_shape rc_layout_shape(const rc_layout *l, int64_t n);
/* For messages and predictions: "[N, 3, 32, 32]"; does an array of inputs have this form? */
bool rc_layout_accepts(const rc_layout *l, const rc_shape *shape);
const char *rc_layout_text(const rc_layout *l, char text[RC_SHAPE_TEXT]);

/* Into and out of a task's JSON. */
rc_head_kind rc__head_for(rc_target_kind target); /* what says targets of this kind */
void rc__layout_store(const rc_layout *l, rc_json *task);
rc_status rc__layout_restore(const rc_json *task, const char *source, const rc_model_spec *spec,
                             rc_layout *out) RC_MUST_CHECK;

#endif
