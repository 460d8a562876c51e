/* report/explained.h: what a page shows of a run beyond its files, as explain/ finds it by asking the model.
 */
#ifndef RC_REPORT_EXPLAINED_H
#define RC_REPORT_EXPLAINED_H

#include "formats/json.h"
#include "tensor/tensor.h"

typedef struct rc_explained {
    /* "part": of the samples, test or validation; "samples", the worst first: number (of its row, from 1),
     * truth and said (texts), p and p_truth (of classes), wrong_about and its p (of labels) or values (name,
     * truth, said), and row (name, value), text, or texts (name, value) among several inputs. "importance":
     * metric, base, part, samples, repeats, and charts (title, ordered, bars of name, mean, sd). */
    rc_json *told, *notes; /* notes: within told */
    rc_shape input; /* of a sample's picture [3 or 1, h, w] or signal [channels, 1, points]; n = 0: none */
    float *x;       /* [samples, input] */
    int64_t points; /* of a signal before it was thinned out for the page */
    int64_t maps;   /* the first so many samples have one: */
    float *map;     /* [maps, h, w]: how much the answer depends on each place */
} rc_explained;
/* Of nothing yet. */
rc_status rc_explained_make(rc_explained *out) RC_MUST_CHECK;
void rc_explained_free(rc_explained *e);
/* One more of the notes. */
rc_status rc_explained_note(rc_explained *e, const char *format, ...) RC_PRINTF(2, 3) RC_MUST_CHECK;

#endif
