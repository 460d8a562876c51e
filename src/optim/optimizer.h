/* optim/optimizer.h: SGD, Adam and AdamW over a parameter block, as PyTorch defines them; gradient norms;
 * learning-rate schedules. */
#ifndef RC_OPTIM_OPTIMIZER_H
#define RC_OPTIM_OPTIMIZER_H

#include "autodiff/params.h"

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
 * first. */
rc_status rc_optimizer_update(rc_optimizer *o, double lr, double grad_scale) RC_MUST_CHECK;
/* Euclidean norm over all gradients that hold something; inf or NaN when one does. */
rc_status rc_gradient_norm(rc_params *p, double *out) RC_MUST_CHECK;
/* For checkpoints: state tensors 0.._count-1 (m, v: whole blocks) and the step counter. */
int rc_optimizer_state_count(const rc_optimizer *o);
rc_tensor rc_optimizer_state(rc_optimizer *o, int i);
int64_t rc_optimizer_steps(const rc_optimizer *o);
void rc_optimizer_set_steps(rc_optimizer *o, int64_t steps);

/* Multiplier of the base rate at optimizer step s = 0, 1, ... of `total`, with `warmup` steps of linear rise
 * (s+1)/(warmup+1): constant: 1; linear: falls to 0 at total; cosine: (1 + cos(pi x)) / 2; step: 0.2^k, k =
 * number of thirds of the total passed. */
typedef enum rc_schedule_kind {
    RC_SCHEDULE_CONSTANT,
    RC_SCHEDULE_LINEAR,
    RC_SCHEDULE_COSINE,
    RC_SCHEDULE_STEP
} rc_schedule_kind;
double rc_schedule(rc_schedule_kind kind, int64_t s, int64_t warmup, int64_t total);
rc_status rc_schedule_by_name(const char *name, rc_schedule_kind *out) RC_MUST_CHECK;
rc_status rc_optimizer_by_name(const char *name, rc_optimizer_kind *out) RC_MUST_CHECK;

#endif
