/* optim/optimizer.h: SGD, Adam and AdamW over a parameter block, as PyTorch defines them; gradient norms;
 * learning-rate schedules. */
#ifndef RC_OPTIM_OPTIMIZER_H
#define RC_OPTIM_OPTIMIZER_H

#include "optim/gradient_sum.h"

typedef enum rc_optimizer_kind { RC_OPTIMIZER_SGD, RC_OPTIMIZER_ADAM, RC_OPTIMIZER_ADAMW } rc_optimizer_kind;
typedef struct rc_optimizer_settings {
    rc_optimizer_kind kind;
    double weight_decay, momentum, beta1, beta2, eps;
} rc_optimizer_settings;

typedef struct rc_optimizer rc_optimizer;
/* State for the parameters that are trainable now (after rc_params_prepare_grads). p must outlive it. */
rc_status rc_optimizer_create(rc_params *p, const rc_optimizer_settings *s, rc_optimizer **out) RC_MUST_CHECK;
void rc_optimizer_destroy(rc_optimizer **o);
/* One update of every parameter whose gradient holds something; the gradient is multiplied by grad_scale
 * first. Nothing waits for the device.
 *
 * Moments of a table of embeddings (rc_params_mark_table) are zero until a step touches a row; Adam and AdamW
 * pass such rows over, where the rule says so, with the same bits. */
rc_status rc_optimizer_update(rc_optimizer *o, double lr, double grad_scale) RC_MUST_CHECK;
/* The same for a gradient whose norm is found first: one that is longer than clip (> 0; else as it is) is
 * scaled down to it, and one that is not finite updates nothing. */
rc_status rc_optimizer_update_clipped(rc_optimizer *o, double lr, double clip) RC_MUST_CHECK;
/* Backward and update in one walk over the graph: each parameter is updated as soon as its gradient is
 * complete, so that no more than one gradient need exist; those that have room in a block are updated
 * together, after it (rc_params_prepare_step_grads). The same bits as backward followed by an update of
 * grad_scale 1; but once a gradient is not finite, nothing more is updated. sum: the walk completes the
 * rank's last shard (rc_gradient_sum_complete, g may be NULL), and sums over all ranks are what updates;
 * NULL: the whole step is one graph. */
rc_status rc_optimizer_backward(rc_optimizer *o, rc_gradient_sum *sum, rc_graph *g, double lr) RC_MUST_CHECK;
/* Of the last step by these two, on the device: the squares of the gradient (device.h: sum_squares), and its
 * Euclidean norm from them; or to wait for it. inf or NaN where a gradient has one. */
rc_tensor rc_optimizer_squares(const rc_optimizer *o);
double rc_gradient_norm_of(const float squares[2]);
rc_status rc_optimizer_norm(const rc_optimizer *o, double *out) RC_MUST_CHECK;
/* Euclidean norm over all gradients that hold something. */
rc_status rc_gradient_norm(rc_params *p, double *out) RC_MUST_CHECK;
/* For checkpoints: state tensors 0.._count-1 (m, v: whole blocks), into a new optimizer again, and the step
 * counter. Rows of a table that no step has touched take no memory, and do not by being set. */
int rc_optimizer_state_count(const rc_optimizer *o);
rc_tensor rc_optimizer_state(rc_optimizer *o, int i);
rc_status rc_optimizer_set_state(rc_optimizer *o, int i, const void *host) RC_MUST_CHECK;
int64_t rc_optimizer_steps(const rc_optimizer *o);
void rc_optimizer_set_steps(rc_optimizer *o, int64_t steps);

/* Learning-rate schedules. The base rate is multiplied, at optimizer step s = 0, 1, ..., by (s+1)/(warmup+1)
 * while s < warmup, and from there on by: constant: 1; linear: a fall to 0 at `end`; cosine:
 * (1 + cos(pi x)) / 2 with x going from 0 to 1 at `end`; step: factor^k, k = number of whole spans of `every`
 * steps behind s. Published recipes often end (`end`) later than the training, so that the rate never gets to
 * 0. */
typedef enum rc_schedule_kind {
    RC_SCHEDULE_CONSTANT,
    RC_SCHEDULE_LINEAR,
    RC_SCHEDULE_COSINE,
    RC_SCHEDULE_STEP
} rc_schedule_kind;
typedef struct rc_schedule {
    rc_schedule_kind kind;
    int64_t warmup, end; /* optimizer steps */
    int64_t every;       /* STEP, at least 1 */
    double factor;       /* STEP */
} rc_schedule;
double rc_schedule_rate(const rc_schedule *schedule, int64_t s);

#endif
