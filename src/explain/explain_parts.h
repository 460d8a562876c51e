/* explain/explain_parts.h: within explain/ only. */
#ifndef RC_EXPLAIN_EXPLAIN_PARTS_H
#define RC_EXPLAIN_EXPLAIN_PARTS_H

#include "explain/explain.h"

/* Samples that the model is asked about, again and again. */
typedef struct rc__asked {
    const rc_explain_request *q;
    rc_part part; /* so many of q->unseen as there is time for */
    int64_t *index;
    int64_t size, tokens, width;
    float *x;      /* [n, size], as the data have them */
    int32_t *ids;  /* [n, tokens], of their texts */
    float *output; /* [n, width], raw, of the last pass */
    float *room;
    rc_given batch;
    double each, seconds; /* that a sample takes, and a pass */
    double started;
} rc__asked;
/* part.n = 0 where there is nobody to be asked, or no time. */
rc_status rc__asked_open(const rc_explain_request *q, rc__asked *out) RC_MUST_CHECK;
void rc__asked_close(rc__asked *a);
/* Outputs of a->x and a->ids as they are now. */
rc_status rc__ask(rc__asked *a) RC_MUST_CHECK;

/* Predictions [n, width] for samples of a part, in the target's units. */
typedef struct rc__judged {
    const rc_explain_request *q;
    const rc_part *part;
    bool test;
    int64_t n, width;
    float *said;
} rc__judged;
enum { RC__WORST = 12 };
/* The samples whose answers explain the truth worst, the worst first. */
typedef struct rc__worst_samples {
    int64_t n, number[RC__WORST];
    int64_t output[RC__WORST]; /* the one that is most wrong of each */
    double loss[RC__WORST];
    int64_t gradients;              /* the first so many samples have one: */
    int64_t size;                   /* numbers of each, as rc_saliency has them */
    float *gradient;                /* [gradients, size], owned */
    bool blind[1 + RC_MORE_INPUTS]; /* these inputs have none */
} rc__worst_samples;
rc_status rc__worst_find(const rc__judged *j, rc__worst_samples *w) RC_MUST_CHECK;
/* As many as there is time for. */
rc_status rc__gradients(const rc__judged *j, rc__worst_samples *w, rc_explained *out) RC_MUST_CHECK;
/* With respect to input k of sample i; NULL: there is none. */
const float *rc__gradient_of(const rc__judged *j, const rc__worst_samples *w, int64_t i, int k);
/* The first n tokens of a text as pieces of whole letters: text, and gradient. */
rc_status rc__text_pieces(const rc_tokenizer *z, const int32_t *id, const float *gradient, int64_t n,
                          rc_json *list) RC_MUST_CHECK;
/* Describes them in out->told. */
rc_status rc__worst_tell(const rc__judged *j, const rc__worst_samples *w, rc_explained *out) RC_MUST_CHECK;
/* Their pictures and signals. */
rc_status rc__pictures(const rc__judged *j, const rc__worst_samples *w, rc_explained *out) RC_MUST_CHECK;
/* Do the encoders say of which columns the numbers of a sample were made? */
bool rc__knows_columns(const rc_explain_request *q);
/* Has a sample parts that mean the same in all samples? */
bool rc__has_parts(const rc_trained *of);
rc_status rc__importance(rc__asked *a, rc_explained *out) RC_MUST_CHECK;

#endif
