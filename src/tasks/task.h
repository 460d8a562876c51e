/* tasks/task.h: a data set made ready for a model: normalised and resized inputs, batches, the loss, the
 * metric. */
#ifndef RC_TASKS_TASK_H
#define RC_TASKS_TASK_H

#include "backbones/model.h"
#include "datasets/dataset.h"
#include "metrics/metrics.h"
#include "plain/plain.h"
#include "settings/config.h"
#include "tasks/layout.h"
#include "tasks/losses.h"
#include "tokenizers/tokenizer.h"

typedef struct rc_ensemble rc_ensemble;

/* A further input of a sample, beside x. */
typedef struct rc_task_input {
    char name[RC_INPUT_NAME];
    rc_layout layout;
    rc_normaliser nx;
} rc_task_input;

typedef struct rc_task {
    rc_dataset *data; /* borrowed; NULL when only predicting */
    rc_target_kind target;
    int64_t y_size;
    rc_shape y_shape;            /* of one sample's target (n = 0: a class) */
    rc_backbone_config backbone; /* that the input is made for */
    rc_layout layout;            /* how samples become the model's input */
    bool uncut; /* texts go in with all their padding; else a batch is as long as its longest */
    rc_normaliser nx, ny;
    int n_more; /* further inputs; layout and nx are those of x */
    rc_task_input more[RC_MORE_INPUTS];
    bool masks;         /* an input that a sample lacks stays NaN for the model; else it becomes its mean */
    unsigned without;   /* bit k: input k is hidden from now on, to see what it is worth; 0 is x */
    bool fills_missing; /* NaN in x becomes the mean of nx */
    bool turns;         /* what is learnt holds for a square input in any of its eight poses */
    bool averages; /* so predictions are the mean over them; not while it learns, for the time it takes */
    rc_turns turn;
    rc_loss loss;            /* neither AUTO nor NRMSE */
    const rc_metric *metric; /* lower is better */
    double smoothing, pos_weight, gamma;
    int64_t quantiles; /* PINBALL; else 0 */
    double quantile[RC_MAX_QUANTILES];
    int64_t point_classes; /* POINTS: their number, [point_classes, y_size] is said; else 0 */
    double threshold; /* of two classes the second is said where its probability is this; 0: the likelier */
    rc_threshold threshold_for; /* what it was chosen for */
    double *share; /* [classes]: how much of the training data they were, as its loss counts; NULL: unknown */
    double *prior; /* [classes]: their shares where it is used, by which probabilities are weighed; NULL: as
                      in the training data */
    float *class_weight;     /* [classes], when training with weights; else NULL */
    double mean_weight;      /* of the training samples; 0: they have no weights */
    rc_tokenizer *tokenizer; /* of texts, owned; else NULL */
    char **label_name;       /* [labels] of a restored task whose classes have names, owned */
    int64_t labels;
    char *encoders;  /* how raw input becomes samples (importers/encoders.h), JSON, owned; NULL: not known */
    int64_t outputs; /* of a linear head: classes, labels, numbers, or what else the loss has it say */
    rc_ensemble *ensemble; /* finished runs that predict together (ensemble.h), owned; else NULL */
    rc_plain *plain;       /* what predicts where there is no model, owned; else NULL */
    rc_device *device;
    rc_tensor scale, mean; /* of ny on the device, when the loss is on decoded values */
} rc_task;

/* Chooses normalisers (fitted on train), loss, metric and layout; fills spec's input and head from the
 * data. `spec->backbone` is given. */
rc_status rc_task_create(const rc_config *c, rc_dataset *data, rc_device *device, rc_model_spec *spec,
                         rc_task **out) RC_MUST_CHECK;
/* Without data or targets: inputs as the embedder takes them, for what a model says of them. */
rc_status rc_task_create_bare(const rc_backbone_config *backbone, const rc_input *input,
                              rc_task **out) RC_MUST_CHECK;
void rc_task_destroy(rc_task **t);
/* Numbers that are said of a sample, or of a word. */
int64_t rc_task_width(const rc_task *t);
/* Are these the numbers of the target, in its units? Not where quantiles, a risk, or classes of points are
 * said. */
bool rc_task_says_target(const rc_task *t);
/* The same for a plain predictor, which takes samples as they are; fitted to a part, it is what
 * rc_task_forward asks. */
rc_status rc_task_create_plain(const rc_config *c, rc_dataset *data, rc_device *device,
                               rc_task **out) RC_MUST_CHECK;
rc_plain_form rc_task_plain_form(const rc_task *t);
/* How many samples it learns from in a part: of labelled words, these. */
rc_status rc_task_plain_samples(const rc_task *t, const rc_part *part, int64_t *out) RC_MUST_CHECK;
/* held: as of rc_plain_fit. */
rc_status rc_task_fit_plain(rc_task *t, const char *name, const rc_part *part, uint64_t seed,
                            rc_plain_held *held) RC_MUST_CHECK;
/* Into and out of a model file: "normaliser.*" tensors and a JSON object. */
rc_status rc_task_store(const rc_task *t, rc_safetensors_writer *w, rc_json *out) RC_MUST_CHECK;
rc_status rc_task_restore(const rc_safetensors *file, const rc_json *json, const char *source,
                          const rc_model_spec *spec, rc_device *device, rc_task **out) RC_MUST_CHECK;
/* Within tasks/: puts ny's scale on the device where the loss needs it. */
rc_status rc__task_upload_scale(rc_task *t) RC_MUST_CHECK;
/* Within tasks/, objective.c: loss and metric by settings; into and out of a model file. */
rc_status rc__task_choose_objective(rc_task *t, const rc_config *c) RC_MUST_CHECK;
rc_status rc__task_weigh_samples(rc_task *t) RC_MUST_CHECK;
/* targets.c: are they what the loss needs? learns: from these data, and counts the classes of points; else
 * they are others than it has learnt from. */
rc_status rc__task_look_at_targets(rc_task *t, bool learns) RC_MUST_CHECK;
void rc__task_store_objective(const rc_task *t, rc_json *out);
rc_status rc__task_restore_objective(rc_task *t, const rc_json *json, const char *source) RC_MUST_CHECK;
/* Within tasks/, turns.c. */
rc_status rc__task_choose_turns(rc_task *t, const rc_config *c) RC_MUST_CHECK;
void rc__task_store_turns(const rc_task *t, rc_json *out);
rc_status rc__task_restore_turns(rc_task *t, const rc_json *json, const char *source) RC_MUST_CHECK;
/* Within tasks/, decision.c. */
rc_status rc__task_check_threshold(const rc_task *t, rc_threshold chosen) RC_MUST_CHECK;
void rc__task_store_decision(const rc_task *t, rc_json *out);
rc_status rc__task_restore_decision(rc_task *t, const rc_json *json, const char *source) RC_MUST_CHECK;
void rc__task_weigh_priors(const rc_task *t, float *p);
rc_var rc__turns_forward(rc_graph *g, rc_model *m, const rc_task *t, const rc_feed *feed);
rc_metric_target rc__task_metric_target(const rc_task *t);
/* A task that was stored with its plain predictor. */
/* Of an ensemble too, whose members are still to be opened. */
rc_status rc_task_restore_plain(const rc_safetensors *file, const rc_json *json, const char *source,
                                rc_device *device, rc_task **out) RC_MUST_CHECK;
/* Within tasks/, plain_task.c. */
void rc__plain_layout(rc_layout *l);
/* In place: what rc_task_finish_output makes of it is the prediction again. */
void rc__predictions_as_outputs(const rc_task *t, int64_t n, float *v);
rc_status rc__task_store_plain(const rc_task *t, rc_safetensors_writer *w, rc_json *out) RC_MUST_CHECK;
rc_status rc__task_restore_plain(rc_task *t, const rc_safetensors *file, const rc_json *json,
                                 const char *source) RC_MUST_CHECK;
/* Lets go of the data set, and keeps the names of its classes and its encoders. */
rc_status rc_task_detach(rc_task *t) RC_MUST_CHECK;
/* Does this data set fit the task (for eval)? On success the task borrows it. */
rc_status rc_task_attach(rc_task *t, rc_dataset *data) RC_MUST_CHECK;

/* Samples as they are given to a model, in host memory: the numbers of all inputs, encoded and resized, one
 * input behind the other; and so the token ids of texts, RC_NO_TOKEN behind each. */
typedef struct rc_given {
    float *x;     /* [n, rc_task_given] */
    int32_t *ids; /* [n, rc_task_ids] */
} rc_given;
rc_status rc_given_create(const rc_task *t, int64_t n, rc_given *out) RC_MUST_CHECK;
void rc_given_free(rc_given *g);

/* Host memory of one batch, reused. */
typedef struct rc_batch {
    int64_t capacity, n;
    rc_given given;
    float *y;       /* [n, y_size], encoded; not of classes */
    float *known;   /* [n, y_size]: 0 where y is not, and 0 before it was encoded; NULL: all is known */
    int32_t *label; /* CLASSES [n]; WORDS [n, T], -1: none */
    bool mixed;     /* CLASSES: sample i counts share[i] as label[i], the rest as other[i] */
    float *share;
    int32_t *other;
    float *weight; /* of each sample, 1 on average over the training part, where that has weights */
    float *scratch;
} rc_batch;
rc_status rc_batch_create(const rc_task *t, int64_t capacity, rc_batch *out) RC_MUST_CHECK;
void rc_batch_free(rc_batch *b);
/* What sample i of a labelled batch counts in a training: its weight over the mean, or 1. */
double rc_batch_weight(const rc_task *t, const rc_batch *b, int64_t i);
/* Number k of a batch's targets; NaN where that is not known. */
float rc_batch_number(const rc_task *t, const rc_batch *b, int64_t k);
/* NaN in targets [n, width] becomes the mean of its column, 0 where the column holds nothing else. */
void rc_fill_unknown(int64_t n, int64_t width, float *y);

typedef struct rc_augment {
    bool flip, turn;
    double hide; /* probability that an input of several is hidden */
    int64_t crop;
    unsigned what; /* RC_AUGMENT_... */
    double mixup;  /* as rc_batch_mix has it */
    uint64_t seed, epoch, batch;
} rc_augment;
/* What the settings do to the samples of batch `batch` of a stage, which is in this epoch. */
rc_augment rc_augment_of(const rc_config *c, int64_t epoch, int64_t batch);
/* How often they hide an input of several; 0: there is but one. */
double rc_task_hides(const rc_task *t, const rc_config *c);
/* Samples order[0..n) of a part, of one without targets x alone; augment may be NULL. Fails where they cannot
 * be read any more (rc_dataset_status). */
rc_status rc_batch_fill(rc_batch *b, const rc_task *t, const rc_part *part, const int64_t *order, int64_t n,
                        const rc_augment *augment) RC_MUST_CHECK;
/* To the device beside what it does now: what the feed and the loss of this batch are going to upload. It
 * must stay as it is until then, or until it is forgotten (tensor/tensor.h). */
rc_status rc_batch_bring(const rc_batch *b, const rc_task *t, rc_device *device) RC_MUST_CHECK;
/* Mixup (Zhang et al. 2018): into each sample up to `max` of another of the batch, and of its target. */
void rc_batch_mix(rc_batch *b, const rc_task *t, double max, rc_rng rng);
/* A sample: all its inputs one behind the other. How many numbers it has, raw and as the model is given them;
 * how many `raw` below needs room for; and how many token ids, which are given as they are. */
int64_t rc_task_raw(const rc_task *t);
int64_t rc_task_given(const rc_task *t);
int64_t rc_task_room(const rc_task *t);
int64_t rc_task_ids(const rc_task *t);
/* Where input k begins in the numbers of a raw sample, and how many it has (n may be NULL): of texts none.
 * The same in its token ids, of which only texts have some. What the input is called. */
int64_t rc_task_input_at(const rc_task *t, int k, int64_t *n);
int64_t rc_task_given_at(const rc_task *t, int k); /* the same of what the model is given */
int64_t rc_task_ids_at(const rc_task *t, int k, int64_t *n);
const char *rc_task_input_name(const rc_task *t, int k);
/* All inputs of sample i, in raw units. */
void rc_task_read(const rc_task *t, const rc_part *part, int64_t i, float *raw, int32_t *ids);
/* The numbers of one sample in raw units, standardised, changed by `augment` (NULL: not) and laid out; raw
 * has rc_task_room numbers and is overwritten. To be changed it needs twice the room. */
void rc_task_prepare(const rc_task *t, const rc_augment *augment, int64_t sample, float *raw, float *out);
/* The same of n samples [n, rc_task_raw], which stay as they are, without changes: out [n, rc_task_given].
 * room: rc_task_room numbers. */
void rc_task_prepare_rows(const rc_task *t, int64_t n, const float *raw, float *room, float *out);

const rc_layout *rc_task_layout(const rc_task *t, int k); /* of input k */
/* Within tasks/, task_inputs.c: hides inputs of a raw sample. */
void rc__task_hide_inputs(const rc_task *t, const rc_augment *a, int64_t sample, float *raw, int32_t *ids);
/* n samples. Token ids are cut to the longest text among them. */
rc_feed rc_task_feed(rc_graph *g, const rc_task *t, int64_t n, const rc_given *in);
/* What is said of the tokens of texts is as long as these: rows of `have` numbers move to rows of `want`,
 * zeros behind. */
void rc_spread_rows(float *rows, int64_t n, int64_t have, int64_t want);
/* Raw outputs of the model for them; and the same of whatever predicts: a plain predictor, several runs. */
rc_var rc_task_outputs(rc_graph *g, rc_model *m, const rc_task *t, const rc_feed *feed);
rc_var rc_task_forward(rc_graph *g, rc_model *m, const rc_task *t, int64_t n, const rc_given *in);
/* Words: which rows of the model's output [n * tokens, classes] have a label, in the batch's order: row and
 * label have room for n * tokens. Returns how many. */
int64_t rc_batch_words(const rc_batch *b, const rc_task *t, int64_t tokens, int32_t *row, int32_t *label);
/* Loss of each sample [n], of words the mean over the sample's; smoothing and weights are for training
 * only. */
rc_var rc_batch_loss(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training);

typedef struct rc_score {
    double loss, metric; /* mean over the part's samples; metric of the part as a whole */
} rc_score;
/* Called for every batch of an evaluation, of which it sees n and the labels, with the model's raw outputs
 * [n, rc_task_width]; of labelled words, these are the samples. May be NULL. */
typedef rc_status (*rc_output_visitor)(void *context, int64_t first, const rc_batch *b, const float *output);
rc_status rc_evaluate(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                      rc_output_visitor visit, void *context, rc_score *out) RC_MUST_CHECK;
/* The same of samples that lack input k; 0 is x. */
rc_status rc_evaluate_without(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int k,
                              int64_t batch, rc_score *out) RC_MUST_CHECK;
/* What each of several inputs is worth: the test score without it, by its name, as result's "test_without".
 * Of one input: nothing. */
rc_status rc_evaluate_each_without(rc_graph *g, rc_model *m, const rc_task *t, int64_t batch,
                                   rc_json *result) RC_MUST_CHECK;
/* Of raw outputs [n, width] that are known already; not of words. */
rc_status rc_evaluate_outputs(rc_graph *g, const rc_task *t, const rc_part *part, const float *output,
                              rc_score *out) RC_MUST_CHECK;
/* All that an evaluation may tell: what is NULL is not asked. */
typedef struct rc_evaluation {
    const float *known; /* raw outputs, where there are some already; else the model is asked */
    rc_output_visitor visit;
    void *context;
    rc_json *usual;    /* gets the metrics that are usual for this kind of target */
    rc_json *by_group; /* classes and labels of samples with groups: the same of whole groups, the mean of a
                          group's outputs against its first target */
    double *interval;  /* [2]: the metric's 95 % interval by the bootstrap (metrics/interval.c) */
} rc_evaluation;
rc_status rc_evaluate_all(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                          const rc_evaluation *what, rc_score *out) RC_MUST_CHECK;
/* decision.c: the class that is said under these probabilities. */
int64_t rc_task_decide(const rc_task *t, const float *p);
/* Notes how frequent the classes are in the training part. */
rc_status rc_task_count_classes(rc_task *t) RC_MUST_CHECK;
/* "no=0.9,yes=0.1", or "0.9,0.1" in the order of the classes: probabilities are from now on those that
 * classes of these frequencies have. A threshold is given up. */
rc_status rc_task_set_priors(rc_task *t, const char *priors) RC_MUST_CHECK;
/* Threshold and priors, for whoever reads the answers. */
void rc_task_tell_decision(const rc_task *t, rc_json *out);
/* Output of one sample in the target's units: probabilities, or decoded values; in place. */
void rc_task_finish_output(const rc_task *t, int64_t width, float *output);

#endif
