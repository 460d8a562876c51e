/* training/session.h: one training: where it stands, what it works with, and whom it is told to. Knows
 * stages by number and name only; what a stage does is the business of fit_stage.c and of methods/.
 * A recorder keeps what becomes of it, such as the run folder of runs/.
 */
#ifndef RC_TRAINING_SESSION_H
#define RC_TRAINING_SESSION_H

#include "base/lock.h"
#include "optim/optimizer.h"
#include "recraft/run.h"
#include "tasks/trained.h"

enum { RC_SESSION_PATH = 4096, RC_SESSION_STAGES = 8, RC_SESSION_SETS = 8 };

/* What a probe has said of stage 1 (methods/stage_probe.h). */
typedef struct rc_probed {
    int64_t looks, kept; /* kept: the epoch whose parameters were best; 0: the start */
    double start, best;  /* losses */
} rc_probed;

/* What the labelled sets of the source weigh in stage 1, where there are several. */
typedef struct rc_weighed {
    int64_t sets; /* 0: they have not been weighed */
    double weight[RC_SESSION_SETS];
} rc_weighed;

/* What an addition to the loss says of its batches, or of their shards (rc_fit_addition). */
typedef struct rc_told {
    double sum;            /* over the samples of this epoch so far */
    int64_t batches, open; /* of this stage so far; those that had not converged */
} rc_told;

typedef struct rc_position {
    int64_t stage, epoch,
        batch;       /* completed stages; completed epochs of this stage; completed batches of this epoch */
    double loss_sum; /* of this epoch so far */
    int64_t loss_count;
    rc_told told;
    int64_t scored;                            /* validations of this stage so far */
    int64_t best_epoch;                        /* of those; 0: the start */
    double best_worth, best_metric, best_loss; /* worth: by which it was chosen */
    double train_loss;                         /* mean of the last whole epoch; NaN: none */
    rc_probed probe;
    rc_weighed weighed;
    int64_t metrics_bytes; /* length of metrics.jsonl at this point */
    double seconds[RC_SESSION_STAGES];
} rc_position;

/* What there is to do when a session has been opened. */
typedef enum rc_session_start {
    RC_SESSION_BEGINS,
    RC_SESSION_GOES_ON, /* from a checkpoint, by rc_run_restore once the model is made */
    RC_SESSION_IS_DONE  /* nothing: rc_run_result */
} rc_session_start;

typedef struct rc_session rc_session;
typedef struct rc_rehearsal rc_rehearsal; /* rehearsal.h */

/* Where a training is kept while it goes on, and what is made of it. */
typedef struct rc_recorder {
    rc_status (*metrics)(rc_session *s, const rc_json *line); /* an epoch */
    rc_status (*checkpoint)(rc_session *s);
    rc_status (*optimizer)(rc_session *s); /* its state, of the stage that is resumed */
    rc_status (*keep)(rc_session *s, const char *name, rc_safetensors_writer *w);
    rc_status (*result)(rc_session *s, const rc_json *result);
} rc_recorder;

/* Hears of every epoch, recorded or not; may set s->stopped. */
typedef struct rc_listener {
    void *context;
    rc_status (*epoch)(void *context, rc_session *s, const rc_json *line); /* NULL: nobody listens */
} rc_listener;

/* What a training goes through. */
typedef enum rc_stage { RC_STAGE_TEACHER, RC_STAGE_ALIGN, RC_STAGE_MONA, RC_STAGE_FIT } rc_stage;
#define RC_STAGES "teacher|align|mona|fit"

struct rc_session {
    rc_config config;
    char directory[RC_SESSION_PATH]; /* the run folder; without a recorder what messages call the training */
    const rc_recorder *recorder;     /* NULL: nothing is kept but in memory */
    rc_listener listener;
    rc_rehearsal *rehearsal;     /* NULL: this is the training itself */
    struct rc_training_log *log; /* of the run folder's recorder, memory alone; NULL: none, or not yet */
    bool stopped; /* whoever listens has had enough: or no epoch got better for too long: the stage ends as if
                     all were done */
    rc_session_start start;
    rc_lock *lock; /* NULL: a finished run that is only read */
    rc_device *device;
    rc_graph *graph;
    rc_model *model; /* NULL: the task's plain predictor takes its place */
    rc_task *task;
    rc_position at;
    bool changed;    /* supervised training has changed weights in this process */
    int64_t entered; /* stages begun in this process */
    rc_stage stage[RC_SESSION_STAGES];
    double out_of_fold;   /* seconds that predictions of training samples out of fold may take; 0: unwanted */
    double folds_seconds; /* that they have taken, among those of their stage */
    int64_t pause;        /* epochs of supervised training after which it rests; 0: none */
    bool opponents;       /* are scored beside the run at its end */
    bool learnt_valid;    /* what is scored on test has learnt from the validation samples too */
    int64_t shards;       /* of a batch: fit.shards, or as many as there were ranks when it began */
    double stage_started, prepare_seconds;
    double checkpoint_ended, checkpoint_seconds; /* of the last one: when (rc_clock), and what it took */
    rc_trained *teacher;                         /* borrowed: what is learnt from; NULL: none */
    rc_optimizer *optimizer;                     /* of the current stage */
    float *best; /* the best of what learns so far, host, laid out as its gradients; NULL: none */
    int64_t best_size;
    float *average; /* a running average of what learns, laid out like best; NULL: none is kept */
    int64_t average_size;
    rc_safetensors *resumed; /* open checkpoint, until its optimizer has been read */
    rc_json *record;         /* run.json */
    rc_json *notes;          /* what makes the result other than of one undisturbed run: lines */
};

/* A training that nothing is written of. name: what messages call it; identity: a JSON object that says what
 * it is, keys that end in "fingerprint" among it; taken over. */
rc_status rc_session_create(const char *name, const rc_config *c, rc_json *identity,
                            rc_session **out) RC_MUST_CHECK;
/* How many shards a batch is cut into, and the record tells it; the ranks must divide them. */
rc_status rc_session_set_shards(rc_session *s, int64_t shards) RC_MUST_CHECK;
rc_status rc_session_choose_shards(rc_session *s) RC_MUST_CHECK; /* fit.shards; 0: one for each rank */
/* A line for the user now, and for the result, which has each line once. */
void rc_session_note(rc_session *s, const char *format, ...) RC_PRINTF(2, 3);
/* For the result alone: the user knows of it. */
void rc_session_keep_note(rc_session *s, const char *line);
/* Where gradients of cards go through the host, why. */
void rc_session_note_way(rc_session *s, const rc_gradient_sum *sum);
void rc_session_close(rc_session **s); /* destroys graph, model, task too */

/* Begin the next stage; *done when it was finished before an interruption. */
rc_status rc_session_begin(rc_session *s, rc_stage stage, bool *done) RC_MUST_CHECK;
/* Where a checkpoint says it stands must be a place that this stage comes by: so many epochs, so many batches
 * in each, and so many steps of its optimizer up to there. */
rc_status rc_session_check(const rc_session *s, int64_t epochs, int64_t batches, int64_t steps) RC_MUST_CHECK;
/* The optimizer over what is trainable now, with its state if this stage is being resumed. */
rc_status rc_session_optimizer(rc_session *s, const rc_optimizer_config *c) RC_MUST_CHECK;
rc_status rc_session_end(rc_session *s) RC_MUST_CHECK;
void rc_session_count_seconds(rc_session *s); /* of the stage, up to now */
rc_status rc_session_checkpoint(rc_session *s) RC_MUST_CHECK;
/* At the end of an epoch: a checkpoint every fit.checkpoint_every epochs, unless those were so short that
 * checkpoints would take more than a twentieth of the time. */
rc_status rc_session_checkpoint_if_due(rc_session *s) RC_MUST_CHECK;
/* Writes a checkpoint, unless the stage has not yet gone on from one, and returns RC_INTERRUPTED. */
rc_status rc_session_interrupted(rc_session *s) RC_MUST_CHECK;
/* The epochs of a stage from where it stands, until the last or s->stopped: run(context) does one and counts
 * it in s->at. Between two a checkpoint is written where one is due. On a request to stop one is written too:
 * run may break off with RC_INTERRUPTED wherever it can go on from s->at. */
rc_status rc_session_epochs(rc_session *s, int64_t epochs, rc_status (*run)(void *context),
                            void *context) RC_MUST_CHECK;
/* One line about an epoch, for whoever listens and for metrics.jsonl; takes the object over. */
rc_status rc_session_metrics(rc_session *s, rc_json *line) RC_MUST_CHECK;

/* Keep the current parameters as the best so far; put the best back. */
rc_status rc_session_keep_best(rc_session *s) RC_MUST_CHECK;
rc_status rc_session_use_best(rc_session *s) RC_MUST_CHECK;

/* average.c: a running average of what learns (Polyak and Juditsky 1992): begins at the parameters as they
 * are, unless a checkpoint brought it; moves after a step; changes places with the parameters. */
rc_status rc_session_begin_average(rc_session *s) RC_MUST_CHECK;
rc_status rc_session_average(rc_session *s, double decay, int64_t steps) RC_MUST_CHECK;
rc_status rc_session_swap_average(rc_session *s) RC_MUST_CHECK;

/* Ordinary supervised training of what config.fit says, on the task's own loss; model selection on
 * validation. */
rc_status rc_stage_fit(rc_session *s) RC_MUST_CHECK;
/* head_start.c: the head of a model with a linear one begins as ridge regression on what it reads of the
 * model as it is, where the settings say so. *started: it did. */
rc_status rc_head_start(rc_session *s, bool *started) RC_MUST_CHECK;
/* The same, where the method itself decides what learns: `train` in place of fit.train. */
rc_status rc_stage_fit_only(rc_session *s, rc_train train) RC_MUST_CHECK;
/* The same with something added to every batch: `add` extends its graph, from what is there, and seeds what
 * it adds. */
typedef struct rc_fit_batch {
    const rc_batch *batch;
    const int64_t *order; /* [batch->n]: which training samples */
    int64_t index;        /* of the batch, or of its shard, in the stage, from 0 */
    rc_feed feed;
    rc_var u, tokens, output;
    double share;  /* weight of a sample in the step's mean */
    rc_told *told; /* to be added to */
} rc_fit_batch;
typedef struct rc_fit_addition {
    void *context;
    rc_status (*add)(void *context, rc_graph *g, const rc_fit_batch *b);
    const char *tells; /* the mean of what is told is this key of an epoch's line; NULL: nothing is told */
    bool watches;      /* the graph notices by what the model attends last */
    bool together;     /* it compares the samples of a batch, or of its shard, with each other */
} rc_fit_addition;
rc_status rc_stage_fit_with(rc_session *s, const rc_fit_addition *addition) RC_MUST_CHECK;
/* Samples that a batch, or its largest shard, has. */
int64_t rc_fit_shard(const rc_session *s);
/* Does it change samples from epoch to epoch? */
bool rc_fit_changes(const rc_session *s);

/* out_of_fold.c: what predictors in closed form say of training samples that they have not learnt from. Room
 * for it, owned by the caller; said NULL: it is unwanted, or too much by `seconds`, which one fit takes. Then
 * into out_of_fold.safetensors, as raw outputs; what is said is overwritten. */
rc_status rc_out_of_fold_room(const rc_session *s, double seconds, rc_plain_held *held) RC_MUST_CHECK;
rc_status rc_out_of_fold_keep(rc_session *s, const rc_plain_held *held) RC_MUST_CHECK;
/* What the run in a folder has kept so of its n training samples; *there: it has. */
rc_status rc_out_of_fold_read(const char *directory, int64_t n, int64_t width, float *out,
                              bool *there) RC_MUST_CHECK;

/* The stage "fit" of a plain predictor, by its name. */
rc_status rc_stage_plain(rc_session *s, const char *name) RC_MUST_CHECK;

/* Something that belongs beside the result, as a file of this name. */
rc_status rc_session_keep(rc_session *s, const char *name, rc_safetensors_writer *w) RC_MUST_CHECK;
/* model.safetensors: all that eval, predict and embed need; or the same to any place. */
rc_status rc_session_save_model(rc_session *s) RC_MUST_CHECK;
rc_status rc_session_write_model(rc_session *s, const char *path) RC_MUST_CHECK;
/* The checksum that this file would have. */
rc_status rc_session_model_checksum(const rc_session *s, uint64_t *out) RC_MUST_CHECK;
/* Test (read once), examples.safetensors, result.json. result: extra keys are already in it; it stays the
 * caller's. */
rc_status rc_session_finish(rc_session *s, rc_json *result) RC_MUST_CHECK;
/* What there is to say of one that was told to stop, and makes do with what it has: no test, no files. */
rc_status rc_session_finish_cut(rc_session *s, rc_json *result) RC_MUST_CHECK;
/* test_interval: [low, high]; nothing where there is none. */
void rc_result_set_interval(rc_json *result, const double interval[2]);
/* Fails where the result says why there is no test score. */
rc_status rc_result_check(const char *name, const rc_json *result) RC_MUST_CHECK;

/* Open the model of a finished run: graph, model and task, nothing else. */
rc_status rc_session_load(const char *directory, rc_session **out) RC_MUST_CHECK;
/* What has been trained so far, to be asked; borrowed. */
rc_trained rc_session_trained(const rc_session *s);

#endif
