/* settings/config.h: every setting of a run in one table: key, kind, range, default, explanation. The same
 * table reads config.yaml and `set`, writes config.yaml with all defaults filled in, and prints the help. */
#ifndef RC_SETTINGS_CONFIG_H
#define RC_SETTINGS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "formats/json.h"
#include "formats/text_file.h"
#include "metrics/metrics.h"
#include "optim/optimizer.h"
#include "tensor/device.h"

enum { RC_CONFIG_TEXT = 32, RC_CONFIG_PATH = 1024, RC_MAX_BATCH = 65536 };

/* What a choice among words becomes once it is checked: a number in the order of the words in its row. */
typedef enum rc_missing { RC_MISSING_REFUSED, RC_MISSING_MEAN } rc_missing;
typedef enum rc_normalise {
    RC_NORMALISE_AUTO,
    RC_NORMALISE_NONE,
    RC_NORMALISE_CHANNEL,
    RC_NORMALISE_POINT
} rc_normalise;
typedef enum rc_table_tokens { RC_TABLE_PIECES, RC_TABLE_COLUMNS } rc_table_tokens;
typedef enum rc_channel_tokens { RC_CHANNELS_AUTO, RC_CHANNELS_JOINT, RC_CHANNELS_APART } rc_channel_tokens;
typedef enum rc_head_reads {
    RC_READS_AUTO,
    RC_READS_MEAN,
    RC_READS_CLS,
    RC_READS_FLATTEN,
    RC_READS_ATTENTION
} rc_head_reads;
typedef enum rc_joins { RC_JOINS_EARLY, RC_JOINS_LATE } rc_joins;
typedef enum rc_dense_head { RC_DENSE_HEAD_CONV, RC_DENSE_HEAD_LINEAR, RC_DENSE_HEAD_AVERAGE } rc_dense_head;
typedef enum rc_align_mode { RC_ALIGN_JOINT, RC_ALIGN_SEQUENTIAL } rc_align_mode;
typedef enum rc_weighting { RC_WEIGHTING_FIXED, RC_WEIGHTING_BALANCED } rc_weighting;
typedef enum rc_distortion_term {
    RC_DISTORTION_CONDITIONAL,
    RC_DISTORTION_INFORMATION,
    RC_DISTORTION_LEEP,
    RC_DISTORTION_NONE
} rc_distortion_term;
typedef enum rc_source_predictor { RC_PREDICTOR_RECALIBRATED, RC_PREDICTOR_PLAIN } rc_source_predictor;
typedef enum rc_between_labels { RC_BETWEEN_LABELS_GAUSSIAN, RC_BETWEEN_LABELS_EXACT } rc_between_labels;
typedef enum rc_class_weights { RC_CLASS_WEIGHTS_NONE, RC_CLASS_WEIGHTS_BALANCED } rc_class_weights;
typedef enum rc_train {
    RC_TRAIN_ALL,
    RC_TRAIN_BODY,
    RC_TRAIN_NORMS,
    RC_TRAIN_HEAD,
    RC_TRAIN_LAST,
    RC_TRAIN_LORA
} rc_train;
typedef enum rc_train_embedder { RC_EMBEDDER_AUTO, RC_EMBEDDER_TRAIN, RC_EMBEDDER_FREEZE } rc_train_embedder;
typedef enum rc_head_begins { RC_HEAD_BEGINS_AUTO, RC_HEAD_BEGINS_SEED, RC_HEAD_BEGINS_RIDGE } rc_head_begins;
typedef enum rc_decay_of { RC_DECAY_OF_MATRICES, RC_DECAY_OF_ALL } rc_decay_of;
/* Of two classes: the likelier is said, or the second from such a probability on that this is best. */
typedef enum rc_threshold { RC_THRESHOLD_HALF, RC_THRESHOLD_F1, RC_THRESHOLD_BALANCED } rc_threshold;
#define RC_THRESHOLDS "half|f1|balanced"
typedef enum rc_switch { RC_SWITCH_AUTO, RC_SWITCH_YES, RC_SWITCH_NO } rc_switch;
/* How several predictors answer together. YES is STACK and NO is BEST, as earlier versions call them. */
typedef enum rc_combine {
    RC_COMBINE_AUTO,
    RC_COMBINE_YES,
    RC_COMBINE_NO,
    RC_COMBINE_STACK,
    RC_COMBINE_BEST,
    RC_COMBINE_AVERAGE
} rc_combine;
typedef enum rc_storage { RC_STORAGE_BF16, RC_STORAGE_F16, RC_STORAGE_F32 } rc_storage;

typedef enum rc_loss {
    RC_LOSS_AUTO,
    RC_LOSS_CROSS_ENTROPY,
    RC_LOSS_FOCAL,
    RC_LOSS_ORDINAL, /* of classes in order: their logarithms of probabilities are said */
    RC_LOSS_BCE,
    RC_LOSS_MSE,
    RC_LOSS_RMSE,
    RC_LOSS_MAE,
    RC_LOSS_RELATIVE_L2,
    RC_LOSS_NRMSE, /* another name of relative-l2: the two formulas are the same */
    RC_LOSS_RELATIVE_L1,
    RC_LOSS_POISSON, /* of numbers: counts, whose rate's logarithm is said */
    RC_LOSS_PINBALL, /* of numbers: some quantiles of each are said */
    RC_LOSS_COX,     /* of time and event: a risk is said */
    RC_LOSS_POINTS   /* cross-entropy of fields: classes of points; no word of a setting */
} rc_loss;
/* The lists, by bit. */
#define RC_AUGMENTS "jitter|scale|shift|mask"            /* RC_AUGMENT_... (datasets/dataset.h) */
#define RC_MATRIX_WORDS "query|key|value|output|up|down" /* RC_MATRIX_... (backbones/model.h) */
enum { RC_LOG_CSV = 1, RC_LOG_TENSORBOARD = 2 };
#define RC_LOSSES \
    "auto|cross-entropy|focal|ordinal|bce|mse|rmse|mae|relative-l2|nrmse|relative-l1|poisson|pinball|cox"

typedef struct rc_optimizer_config {
    rc_optimizer_kind optimizer;
    double lr, weight_decay, momentum, beta1, beta2, eps;
    rc_schedule_kind schedule;
    double warmup;      /* epochs */
    double decay;       /* epochs after which linear and cosine have ended; 0: with the stage */
    double step_epochs; /* step: epochs between reductions; 0: a third of the stage */
    double step_factor; /* step: what each multiplies the rate by */
} rc_optimizer_config;

enum { RC_CONFIG_ROWS = 160 }; /* room for every row of the table */

typedef struct rc_config {
    bool asked[RC_CONFIG_ROWS]; /* of each row: was it set by somebody, or left to the defaults? */
    int64_t seed;
    struct {
        double valid_fraction; /* 0.2: held out of train when the data set brings no validation part */
        int64_t limit_train;   /* 0: all */
        int64_t memory;        /* MiB that inputs and targets of a part may take; more is read by pieces */
        rc_missing missing;    /* what is done with NaN in x */
        rc_normalise normalise_x, normalise_y;
        rc_text_format format;                                          /* of texts */
        char text_column[RC_CONFIG_TEXT], label_column[RC_CONFIG_TEXT]; /* of texts; empty: found by name */
        char encoding[RC_CONFIG_TEXT]; /* of texts: utf8 | latin1 | cp1252 | utf16 */
    } data;
    struct {
        int64_t image_size; /* 0: chosen from backbone and data */
        int64_t tokens;     /* of a signal before a text backbone, at most; 0: layout.c */
        int64_t fold_width; /* of a signal before an image backbone; 0: near a square */
        rc_table_tokens table;
        double window; /* points that a token sees, in pieces: 1 */
        rc_channel_tokens channels;
        rc_head_reads head;
        rc_dense_head dense;
        rc_joins fusion; /* of several inputs: before one body, or behind a body for each */
        rc_precision precision;
        char device[RC_CONFIG_TEXT]; /* as rc_device_by_name has it; "": the context's */
    } model;
    struct {
        int64_t epochs, samples, batch; /* 30 (one optimizer step an epoch), 128, 32 */
        int64_t unlabelled;             /* 512 */
        int64_t probe_every;            /* epochs between probes: 10; 0: none */
        rc_align_mode mode;
        int64_t distortion_epochs;                 /* sequential: epochs of distortion after alignment, 5 */
        int distance;                              /* in rc_distance_table, whose end is none */
        double weight_distance, weight_distortion; /* 1, 0.1 */
        rc_weighting weighting;
        rc_distortion_term distortion;
        rc_source_predictor source_head;
        int64_t projections;              /* sliced: 128 */
        double shrinkage;                 /* gaussian: -1 */
        rc_between_labels label_distance; /* otdd */
        double epsilon, scaling;          /* 0.1, 0.5 */
        int64_t clusters;                 /* k-means classes of targets that have none: 10 */
        rc_optimizer_config optimizer;    /* adamw, lr 1e-3, wd 0, step */
    } align;
    struct {
        int64_t epochs, batch, accumulate; /* 30, 16, 1 */
        int64_t shards;                    /* of a batch, summed in a fixed tree; 0: one for each rank */
        rc_wire wire;                      /* gradients between ranks: RC_WIRE_F32 */
        double clip;                       /* largest gradient norm; 0: off */
        double smoothing;                  /* label smoothing, 0 */
        rc_loss loss;
        rc_metric_id metric;
        char quantiles[128]; /* 0.05,0.5,0.95 */
        rc_class_weights class_weights;
        double pos_weight, focal_gamma; /* 1, 2 */
        rc_train train;
        rc_train_embedder embedder;
        int64_t last_blocks;            /* 2 */
        int64_t lora_rank;              /* 8 */
        double lora_alpha;              /* 16 */
        unsigned lora_targets;          /* bits, of query and value */
        char lora_from[RC_CONFIG_PATH]; /* a folder that the adapters come from; "": they are new */
        rc_head_begins head_start;
        double body_rate, layer_decay; /* 1, 1 */
        int64_t body_after;            /* epochs before the body learns: 0 */
        rc_decay_of decay_of;
        int64_t patience; /* epochs without a better validation; 0: off */
        rc_switch opponents;
        rc_combine combine;
        bool test;                        /* the test part is scored: true */
        double time_limit;                /* seconds, of the method auto: 600 */
        unsigned augment;                 /* bits, in the order of RC_AUGMENTS */
        double mixup, dropout, drop_path; /* 0, 0, 0 */
        double input_dropout;             /* 0.1, of several inputs */
        double average;                   /* decay of the weights' running average; 0: none */
        bool flip, turn;                  /* augmentation: false */
        unsigned log;                     /* RC_LOG_... */
        bool recompute;                   /* blocks on the way back: false */
        bool by_length;                   /* batches of texts: false */
        bool calibrate;                   /* probabilities, on the validation part: false */
        rc_threshold threshold;           /* of two classes, on the validation part: half */
        int64_t budget;                   /* epochs of its candidates together; -1: by the time */
        int64_t crop;                     /* random crop after padding by this many pixels: 0 */
        int64_t checkpoint_every;         /* least epochs between checkpoints, 1 */
        rc_optimizer_config optimizer;    /* adamw, lr 1e-3, wd 0.005, cosine, warm-up 2 */
    } fit;
    struct {
        char teacher[RC_CONFIG_PATH];          /* a finished run, or a source */
        char student[RC_CONFIG_PATH];          /* a source, or a backbone by name or file */
        char layers[RC_CONFIG_TEXT];           /* of the teacher, which are the student; "": none */
        char unlabelled[RC_CONFIG_PATH];       /* more inputs; "": none */
        char unpaired[RC_CONFIG_PATH];         /* data of the teacher's own; "": the student's */
        int distance;                          /* unpaired: in rc_distance_table, whose end is none */
        int64_t draws;                         /* unpaired: of the teacher for each sample, 4 */
        double temperature, answers, features; /* 2, 1, 1 */
        double attention;                      /* 0 */
    } distill;
    struct {
        double share; /* 0.5 */
    } pare;
    struct {
        double inner_lr, weight_task; /* 0.01, 1 */
    } mona;
    struct {
        int64_t head_epochs, recalibration_epochs, batch, features, tokens; /* 10, 10, 64, 5000, 128 */
        int64_t keep_mb;                                                    /* 1024 */
        double tau, rho;                                                    /* 0.4, 100 */
        double max_cost;                                                    /* 1 */
        char learnt_from[RC_CONFIG_TEXT];
        rc_storage storage;
        rc_optimizer_config optimizer; /* adamw, lr 1e-4, wd 0.05, cosine, warm-up 0 */
    } source;
} rc_config;

/* One row of the table. */
typedef enum rc_config_kind {
    RC_CONFIG_INTEGER,
    RC_CONFIG_REAL,
    RC_CONFIG_BOOLEAN,
    RC_CONFIG_CHOICE,  /* one of some words, kept as a number */
    RC_CONFIG_WORD,    /* likewise, kept as it is */
    RC_CONFIG_CHOICES, /* several, with commas between them, kept as bits; "none" is none of them */
    RC_CONFIG_NAME     /* any short text */
} rc_config_kind;
typedef struct rc_config_row {
    const char *key; /* "align.epsilon", "fit.optimizer.lr" */
    rc_config_kind kind;
    size_t offset;
    double min, max;     /* numbers, both allowed; of a name max: bytes that there is room for */
    const char *choices; /* "joint|sequential" */
    const char *initial; /* default, as text */
    const char *about;
} rc_config_row;
extern const rc_config_row rc_config_table[];
extern const int rc_config_table_count;

void rc_config_defaults(rc_config *c);
/* One setting; `where` ("\1set", "my.yaml:12") begins the message. An unknown key is answered with
 * the nearest one. */
rc_status rc_config_set(rc_config *c, const char *where, const char *key, const char *value) RC_MUST_CHECK;
/* Its value as text, added to out. */
rc_status rc_config_get(const rc_config *c, const char *where, const char *key, rc_string *out) RC_MUST_CHECK;
rc_status rc_config_read(rc_config *c, const char *path) RC_MUST_CHECK; /* YAML over what is there */
/* "key=value" as `set` takes it. */
rc_status rc_config_assign(rc_config *c, const char *assignment) RC_MUST_CHECK;
/* All settings as YAML text (nested), ready for rc_config_read. */
rc_status rc_config_write(const rc_config *c, rc_string *out) RC_MUST_CHECK;
/* Work that ranks share (parallel/parallel.h) has the same settings everywhere, else all fail here. */
rc_status rc_config_same(const rc_config *c) RC_MUST_CHECK;
/* The same of a file, as this version writes it: settings that came later say what was done before them. */
rc_status rc_config_restate(const char *path, rc_string *out) RC_MUST_CHECK;
/* The first setting that is another in c than in such a file: "fit.epochs is 3 there and 7 now"; empty where
 * there is none. */
rc_status rc_config_difference(const rc_config *c, const char *path, rc_string *out) RC_MUST_CHECK;
/* What was set so far counts as defaults: a task's recipe, which the settings that follow may not fit. */
void rc_config_take_as_defaults(rc_config *c);
/* Was this field of c set by somebody? */
bool rc_config_was_asked(const rc_config *c, const void *setting);
/* Checks between settings (warm-up within epochs ...). A warm-up that nobody asked for gives way: it becomes
 * half of the time that there is. */
rc_status rc_config_check(rc_config *c) RC_MUST_CHECK;

#endif
