/* explain/explain.h: what a finished run says about single samples, and what its answers depend on. Asks the
 * model, for a bounded time; report/ shows it. */
#ifndef RC_EXPLAIN_EXPLAIN_H
#define RC_EXPLAIN_EXPLAIN_H

#include "datasets/labelled_text.h"
#include "importers/encoders.h"
#include "report/explained.h"
#include "tasks/trained.h"

typedef struct rc_explain_request {
    const char *directory;       /* the run's */
    rc_trained *of;              /* its task borrows the run's data, divided as they were for it */
    const rc_encoders *encoders; /* that the data were made by; NULL: not known */
    const rc_part *unseen;       /* samples that it has not learnt from: may be asked about; NULL: none */
    bool test;                   /* these are the test part */
    double seconds;              /* that the model may be asked for; 0: it is not asked */
    const char *texts;           /* where the texts are whose tokens the data are; NULL: no texts */
    const rc_text_options *how;  /* they are read */
} rc_explain_request;
/* *out is to be freed, also on failure. */
rc_status rc_explain(const rc_explain_request *q, rc_explained *out) RC_MUST_CHECK;

/* The gradient of one raw output of the model with respect to a sample, as it is given to the model: for each
 * number of the encoded sample, and of a text for each token the length of the gradient with respect to its
 * vector. An input that the sample lacks has zeros. gradient has rc_saliency_room numbers.
 * blind: of each input, is it read in such a way that no gradient passes? It has zeros, too. */
rc_status rc_saliency(rc_graph *g, rc_model *m, const rc_task *t, const rc_given *in, int64_t output,
                      float *gradient, bool *blind) RC_MUST_CHECK;
int64_t rc_saliency_room(const rc_task *t);
/* Where the gradient of input k begins, and how many numbers it has; n may be NULL. */
int64_t rc_saliency_at(const rc_task *t, int k, int64_t *n);

#endif
