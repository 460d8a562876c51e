/* api/predicting.h: samples through a fitted model, batch by batch, for whoever wants its answers or
 * features. */
#ifndef RC_API_PREDICTING_H
#define RC_API_PREDICTING_H

#include "api/text_feed.h"
#include "datasets/labelled_text.h"
#include "importers/encoders.h"
#include "tasks/trained.h"

typedef enum rc__wanted { RC__PREDICTIONS, RC__POOLED, RC__TOKENS } rc__wanted;

/* Host memory for a batch on its way in and out. Zero-initialise; it grows when it is needed. */
typedef struct rc__room {
    rc_given given;
    float *raw; /* a batch of samples as in the data, and room for one */
    float *out;
    int64_t outputs; /* room in out */
} rc__room;
void rc__room_free(rc__room *room);

/* Samples [n, ...] that are asked about, one by one. */
typedef struct rc__inputs {
    const char *name; /* for messages */
    rc_shape shape;
    void *context;
    rc_status (*sample)(void *context, int64_t i, float *raw, int32_t *ids); /* as of rc_task_read */
    rc_pieces *pieces; /* that they are read from; NULL: they are in memory */
} rc__inputs;
/* Those of an array, which must outlive it: of numbers, the int32 token ids that texts have become, or token
 * ids as they are given. */
rc__inputs rc__inputs_of(rc_array *x, const char *name);
rc__inputs rc__inputs_of_texts(rc_array *ids, const char *name);
rc__inputs rc__inputs_of_ids(rc__text_ids *ids);
/* Raw input by encoders. */
rc__inputs rc__inputs_of_raw(rc_raw *raw, const char *name);
/* Those of a task with several inputs, an array for each; what is missing has no data. */
typedef struct rc__named {
    const rc_task *task;
    rc_raw *raw; /* in place of the arrays, by encoders; NULL: none */
    rc_array x[RC_MORE_INPUTS + 1];
    rc_texts text[RC_MORE_INPUTS + 1]; /* in place of arrays, until they are checked */
    int64_t n;
    rc_texts notes; /* on texts that were cut, and on how x is read */
} rc__named;
/* From files (rc_inputs_read, of the task's names); by encoders; or from the arrays in x, where they are
 * there already. Checks them. */
rc_status rc__named_open(const rc_task *t, const char *path, rc_inputs_asked how,
                         rc__named *out) RC_MUST_CHECK;
rc_status rc__named_raw(const rc_task *t, rc_raw *raw, const char *name, rc__named *out) RC_MUST_CHECK;
bool rc__named_has(const rc__named *in, int k);
rc_status rc__named_check(const char *name, rc__named *in) RC_MUST_CHECK;
void rc__named_close(rc__named *in);
rc__inputs rc__inputs_named(rc__named *in, const char *name);
/* Do they have the form that the model takes? */
rc_status rc__inputs_check(const rc_trained *of, const rc__inputs *in) RC_MUST_CHECK;
/* What comes out for n samples; of labelled words a row for each token. */
rc_shape rc__wanted_shape(const rc_trained *of, rc__wanted what, int64_t n);
/* Batches, one of every rank together, go to visit: n samples from `first` on, rows [n, ...]: probabilities,
 * numbers in the target's units, or features. */
typedef rc_status (*rc__rows_visitor)(void *context, int64_t first, int64_t n, const float *rows);
rc_status rc__predict(const rc_trained *of, rc__room *room, const rc__inputs *in, rc__wanted what,
                      rc__rows_visitor visit, void *context) RC_MUST_CHECK;
/* By a task of labelled words: what goes to visit are words in the place of samples, a row of probabilities
 * each; NaN of a word that lies beyond the tokens that the task reads. */
rc_status rc__predict_words(const rc_trained *of, rc__room *room, const rc_sentences *in, const char *name,
                            rc__rows_visitor visit, void *context) RC_MUST_CHECK;

#endif
