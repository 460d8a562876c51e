/* report/explained.h: what a page shows of a run beyond its files, as explain/ finds it by asking the model.
 */
#ifndef RC_REPORT_EXPLAINED_H
#define RC_REPORT_EXPLAINED_H

#include "base/input_name.h"
#include "formats/json.h"
#include "tensor/tensor.h"

/* An input of the samples that is drawn: pictures [3 or 1, h, w], or signals [channels, 1, points]. */
typedef struct rc_drawn {
    char name[RC_INPUT_NAME]; /* of several inputs; else "" */
    rc_shape shape;
    float *x;       /* [samples, shape] */
    int64_t points; /* of a signal before it was thinned out for the page; else 0 */
    float *map;     /* [samples, h, w]: how much the answer depends on each place; NULL: not known */
} rc_drawn;

typedef struct rc_explained {
    /* "part": of the samples, test or validation; "samples", the worst first: number (of its row, from 1),
     * truth and said (texts), p and p_truth (of classes), wrong_about and its p (of labels) or values (name,
     * truth, said), and row (name, value, gradient), text, or texts (name, value) among several inputs, and
     * tokens (name of the input, and their pieces: text, gradient); gradient, where it is known: how much the
     * answer depends on it. "importance": metric, base, part, samples, repeats, and charts (title, ordered,
     * bars of name, mean, sd). */
    rc_json *told, *notes; /* notes: within told */
    int n_drawn;
    rc_drawn drawn[1 + RC_MORE_INPUTS];
    int64_t maps; /* the first so many samples have maps */
} rc_explained;
/* Of nothing yet. */
void rc_explained_make(rc_explained *out);
void rc_explained_free(rc_explained *e);
/* One more of the notes. */
void rc_explained_note(rc_explained *e, const char *format, ...) RC_PRINTF(2, 3);

#endif
