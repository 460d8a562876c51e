/* source/recalibrate.h: stage 0, source recalibration. The source head is trained with the body frozen,
 * first on cross-entropy, then with a penalty on each sample's gradient in the embedder's output u:
 *
 *     L = mean_i l_i + (rho / N) sum_i max(0, |dl_i/du_i|_2 - tau)^2 .
 *
 * With f = pool(body(u)), delta = softmax - onehot and v = W^T delta, the gradient is g = (df/du)^T v. The
 * penalty's slope in g is t = 2 max(0, |g| - tau) g / |g|, and its gradient in v is (df/du) t: one
 * forward-mode pass, no second derivative. The rest is the head's own chain rule: v depends on W directly and
 * through delta.
 *
 * Where words are labelled (token classification), the head reads every token, f is all of them, and l_i is
 * the mean over the labelled words of sample i. */
#ifndef RC_SOURCE_RECALIBRATE_H
#define RC_SOURCE_RECALIBRATE_H

#include "source/kept_features.h"

/* One batch: loss (with penalty), per-sample gradient norms [n] (may be NULL), and the gradients of head
 * weight [K, F] and bias [K], to which is added (may be NULL: then the forward-mode pass is left out). All
 * host memory. */
typedef struct rc_recalibration {
    double tau, rho;
    bool plain; /* cross-entropy only, no norms: a forward pass and the head's own gradient */
    int64_t of; /* samples N of the step that this batch is a portion of; 0: it is the whole step */
    double loss;
    int64_t counted, correct; /* labels, and those that the head gets right */
    float *norm, *grad_weight, *grad_bias;
} rc_recalibration;
rc_status rc_recalibration_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                                 rc_recalibration *io) RC_MUST_CHECK;
/* The same for n samples whose features are kept: always plain, and the body has nothing to do. */
rc_status rc_recalibration_kept(rc_model *m, const rc_kept_features *kept, const int64_t *sample, int64_t n,
                                rc_recalibration *io) RC_MUST_CHECK;

/* Quantiles of the gradient norms over (at most `most` samples of) a part, and the head's accuracy and loss
 * on all of it. `kept` holds the part's features, or nothing. */
typedef struct rc_head_state {
    double accuracy, loss /* cross-entropy */, mean_norm, quantile[5]; /* 0.05 0.25 0.5 0.75 0.95 */
} rc_head_state;
rc_status rc_head_measure(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t max,
                          const rc_kept_features *kept, rc_head_state *out) RC_MUST_CHECK;

/* `epochs` of head training on the task's train part, whose features `kept` holds (or nothing); with_penalty
 * chooses L over plain cross-entropy. The penalty is about the body's derivatives where v happens to be, so
 * that every sample passes through the body in every epoch; without it the features are enough. */
rc_status rc_head_train(rc_graph *g, rc_model *m, const rc_task *t, const rc_config *c, int64_t epochs,
                        bool with_penalty, const rc_kept_features *kept) RC_MUST_CHECK;

/* Embedder outputs averaged over tokens, of the first n samples of a part in a seeded order: features [n,
 * embed]; label [n], the samples' classes, may be NULL. */
rc_status rc_pooled_features(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                             uint64_t seed, int64_t n, float *features, int32_t *label) RC_MUST_CHECK;

#endif
