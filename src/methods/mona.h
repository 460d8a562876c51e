/* methods/mona.h: MoNA (Ma et al., "Learning modality knowledge alignment for cross-modality transfer", ICML
 * 2024), as read in docs/methods.md. Stage 1 learns the embedder phi (and a first head) so that fine-tuning
 * the body theta on the target would cost little of what it knows of the source:
 *
 *     min over phi, head:  w L_t(theta, phi) + L_s(theta'),     theta' = theta - beta dL_t/dtheta (theta,
 * phi)
 *
 * L_t is the task's loss, L_s the cross-entropy of the frozen source head on source samples. Source samples
 * do not pass phi, so L_s depends on it through theta' alone, by the mixed second derivative
 *
 *     dL_s/dphi = -beta d/dphi <v, dL_t/dtheta>,  v = dL_s/dtheta',
 *
 * taken as a central difference of dL_t/dphi at theta +- e v, e = 0.01 / |v| (as DARTS does, Liu et al.
 * 2019). */
#ifndef RC_METHODS_MONA_H
#define RC_METHODS_MONA_H

#include "source/source_samples.h"
#include "tasks/task.h"

typedef struct rc_mona {
    rc_graph *graph;
    rc_model *model; /* all its parameters with gradients prepared */
    const rc_task *task;
    rc_batch *batch;            /* of the target */
    rc_source_samples *samples; /* all drawn */
    rc_tensor head[2];          /* of the source */
    double inner_lr, weight_task;
    /* the rest by rc_mona_prepare */
    int64_t total; /* parameters */
    float *seed;
    float *g; /* the gradient of the objective, as the parameters lie; 0 in the body */
    float *start, *moved, *plus, *work;
} rc_mona;

rc_status rc_mona_prepare(rc_mona *a) RC_MUST_CHECK;
void rc_mona_free(rc_mona *a);
/* Fills g and gives L_t(theta) and L_s(theta'); the parameters are as before afterwards. */
rc_status rc_mona_gradient(rc_mona *a, double *target, double *source) RC_MUST_CHECK;

#endif
