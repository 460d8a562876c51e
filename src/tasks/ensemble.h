/* tasks/ensemble.h: several finished runs as one predictor: the weighted mean of what they say. */
#ifndef RC_TASKS_ENSEMBLE_H
#define RC_TASKS_ENSEMBLE_H

#include "tasks/task.h"

/* Their run folders lie below the ensemble's own: paths are relative to it, so that it can be moved. Weights
 * are at least 0 and sum to 1. */
typedef struct rc_ensemble_member {
    char run[64];
    double weight;
    double
        power; /* of its probabilities of classes, which then sum to 1 again: how sure it is made; else 1 */
} rc_ensemble_member;

enum { RC_ENSEMBLE_MEMBERS = 48 }; /* at most */
rc_status rc_ensemble_open(const char *directory, int n, const rc_ensemble_member *member,
                           rc_ensemble **out) RC_MUST_CHECK;
void rc_ensemble_destroy(rc_ensemble **e);
/* The model files of its members, below a folder where the ensemble's own is written. */
rc_status rc_ensemble_save(const rc_ensemble *e, const char *directory) RC_MUST_CHECK;
/* Of the models among its members, together. */
int64_t rc_ensemble_parameters(const rc_ensemble *e);
/* The folder of the fine-tuned member that counts most, below the ensemble's own; NULL: all are plain. */
const char *rc_ensemble_tuned(const rc_ensemble *e);
/* A task whose predictor is the ensemble, for the samples as they are; it takes the ensemble over, also on
 * failure. Members were trained on such data. */
rc_status rc_task_create_ensemble(const rc_config *c, rc_dataset *data, rc_device *device, rc_ensemble *e,
                                  rc_task **out) RC_MUST_CHECK;

/* What a run says of a part [n, outputs], as raw outputs. */
rc_status rc_run_outputs(const char *directory, rc_dataset *data, const rc_part *part,
                         float *out) RC_MUST_CHECK;

/* Predictors that are to answer together, and what they say of samples that they have not learnt from. */
typedef struct rc_ballot {
    const rc_dataset *data;
    rc_target_kind target;
    const rc_task *of; /* that says quantiles or classes of points; NULL: what is said is the target itself */
    const rc_part *part;
    int64_t outputs;
    int n;
    float *const *said; /* of predictor i [part.n, outputs], as predictions: probabilities, numbers */
    rc_switch several;  /* are taken: never; always; AUTO: where they have explained samples better, by more
                           than noise, that were left out while weights and powers were chosen */
    bool first_stands;  /* predictor 0 answers alone unless others, or it with them, are better by more than
                           noise; it is as sure as it should be. Else that is the best one alone */
} rc_ballot;

/* Weights under which the mean of the predictors explains the part best: the best one alone first, then one
 * more after the other, each as often as it helps (Caruana et al., "Ensemble selection from libraries of
 * models", ICML 2004). The loss is the mean of -log p of the truth, of numbers the squared error, of
 * quantiles the pinball loss. Before that the power of each is chosen on the same part: a forest that is
 * right but unsure would be passed over. Noise is one standard error of the mean difference, over groups
 * where samples have them. */
rc_status rc_ensemble_weigh(const rc_ballot *b, double *weight, double *power) RC_MUST_CHECK;

/* Within tasks/. p^power of n samples, which then sum to 1 again. */
void rc__sharpen(int64_t n, int64_t width, double power, float *p);
rc_var rc__ensemble_forward(rc_graph *g, const rc_task *t, int64_t n, const float *x);
void rc__ensemble_store(const rc_ensemble *e, rc_json *task);
/* Into t, if it has members. */
rc_status rc__ensemble_restore(const char *directory, const rc_json *json, const char *source,
                               rc_task *t) RC_MUST_CHECK;

#endif
