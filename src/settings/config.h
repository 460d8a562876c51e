/* settings/config.h: every setting of a run in one table: key, kind, range, default, explanation. The same
 * table reads config.yaml and --set, writes config.yaml with all defaults filled in, and prints the help. */
#ifndef RC_SETTINGS_CONFIG_H
#define RC_SETTINGS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "formats/json.h"

enum { RC_CONFIG_TEXT = 32, RC_MAX_BATCH = 65536 };

typedef struct rc_optimizer_config {
    char optimizer[RC_CONFIG_TEXT]; /* adamw | adam | sgd */
    double lr, weight_decay, momentum, beta1, beta2, eps;
    char schedule[RC_CONFIG_TEXT]; /* constant | linear | cosine | step */
    double warmup;                 /* epochs */
    double decay;                  /* epochs after which linear and cosine have ended; 0: with the stage */
    double step_epochs;            /* step: epochs between reductions; 0: a third of the stage */
    double step_factor;            /* step: what each multiplies the rate by */
} rc_optimizer_config;

enum { RC_CONFIG_ROWS = 160 }; /* room for every row of the table */

typedef struct rc_config {
    bool asked[RC_CONFIG_ROWS]; /* of each row: was it set by somebody, or left to the defaults? */
    int64_t seed;
    struct {
        double valid_fraction;        /* 0.2: held out of train when the data set brings no validation part */
        int64_t limit_train;          /* 0: all */
        char missing[RC_CONFIG_TEXT]; /* refuse | mean: what is done with NaN in x */
        char normalise_x[RC_CONFIG_TEXT], normalise_y[RC_CONFIG_TEXT]; /* auto | none | channel | point */
        char format[RC_CONFIG_TEXT]; /* of texts: auto | csv | tsv | jsonl | conll | bytes | words */
        char text_column[RC_CONFIG_TEXT], label_column[RC_CONFIG_TEXT]; /* of texts; empty: found by name */
        char encoding[RC_CONFIG_TEXT]; /* of texts: utf8 | latin1 | cp1252 | utf16 */
    } data;
    struct {
        int64_t image_size;             /* 0: chosen from backbone and data */
        int64_t tokens;                 /* of a signal before a text backbone, at most; 0: layout.c */
        int64_t fold_width;             /* of a signal before an image backbone; 0: near a square */
        char table[RC_CONFIG_TEXT];     /* pieces | columns */
        double window;                  /* points that a token sees, in pieces: 1 */
        char channels[RC_CONFIG_TEXT];  /* joint | apart */
        char head[RC_CONFIG_TEXT];      /* auto | mean | cls | flatten | attention */
        char dense[RC_CONFIG_TEXT];     /* conv | linear | average */
        char precision[RC_CONFIG_TEXT]; /* f32 | bf16 */
    } model;
    struct {
        int64_t epochs, samples, batch;            /* 30 (one optimizer step an epoch), 128, 32 */
        int64_t unlabelled;                        /* 512 */
        int64_t probe_every;                       /* epochs between probes: 10; 0: none */
        char mode[RC_CONFIG_TEXT];                 /* joint | sequential */
        int64_t distortion_epochs;                 /* sequential: epochs of distortion after alignment, 5 */
        char distance[RC_CONFIG_TEXT];             /* a name of transport/distances.h, or none */
        double weight_distance, weight_distortion; /* 1, 0.1 */
        char weighting[RC_CONFIG_TEXT];            /* fixed | balanced */
        char distortion[RC_CONFIG_TEXT];           /* conditional | information | leep | none */
        char source_head[RC_CONFIG_TEXT];          /* recalibrated | plain */
        int64_t projections;                       /* sliced: 128 */
        double shrinkage;                          /* gaussian: -1 */
        char label_distance[RC_CONFIG_TEXT];       /* otdd: gaussian | exact */
        double epsilon, scaling;                   /* 0.1, 0.5 */
        int64_t clusters;                          /* k-means classes of targets that have none: 10 */
        rc_optimizer_config optimizer;             /* adamw, lr 1e-3, wd 0, step */
    } align;
    struct {
        int64_t epochs, batch, accumulate;  /* 30, 16, 1 */
        double clip;                        /* largest gradient norm; 0: off */
        double smoothing;                   /* label smoothing, 0 */
        char loss[RC_CONFIG_TEXT];          /* auto, or a name of tasks/objective.c */
        char metric[RC_CONFIG_TEXT];        /* auto, or a name of metrics/metric_table.c */
        char class_weights[RC_CONFIG_TEXT]; /* none | balanced */
        double pos_weight, focal_gamma;     /* 1, 2 */
        char train[RC_CONFIG_TEXT];         /* all | body | norms | head | last | lora (partial.h) */
        char embedder[RC_CONFIG_TEXT];      /* auto | train | freeze */
        int64_t last_blocks;                /* 2 */
        int64_t lora_rank;                  /* 8 */
        double lora_alpha;                  /* 16 */
        char lora_targets[RC_CONFIG_TEXT];  /* query,value */
        char head_start[RC_CONFIG_TEXT];    /* auto | seed | ridge */
        double body_rate, layer_decay;      /* 1, 1 */
        int64_t body_after;                 /* epochs before the body learns: 0 */
        char decay_of[RC_CONFIG_TEXT];      /* matrices | all */
        int64_t patience;                   /* epochs without a better validation; 0: off */
        char opponents[RC_CONFIG_TEXT];     /* auto | yes | no */
        char combine[RC_CONFIG_TEXT];       /* auto | yes | no */
        bool test;                          /* the test part is scored: true */
        double time_limit;                  /* seconds, of the method auto: 600 */
        char augment[RC_CONFIG_TEXT];       /* none, or some of jitter,scale,shift,mask */
        double mixup, dropout, drop_path;   /* 0, 0, 0 */
        double average;                     /* decay of the weights' running average; 0: none */
        bool flip, turn;                    /* augmentation: false */
        int64_t budget;                     /* epochs of its candidates together; -1: by the time */
        int64_t crop;                       /* random crop after padding by this many pixels: 0 */
        int64_t checkpoint_every;           /* least epochs between checkpoints, 1 */
        rc_optimizer_config optimizer;      /* adamw, lr 1e-3, wd 0.005, cosine, warm-up 2 */
    } fit;
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
        char storage[RC_CONFIG_TEXT];                                       /* bf16 | f16 | f32 */
        rc_optimizer_config optimizer; /* adamw, lr 1e-4, wd 0.05, cosine, warm-up 0 */
    } source;
} rc_config;

/* One row of the table. */
typedef enum rc_config_kind {
    RC_CONFIG_INTEGER,
    RC_CONFIG_REAL,
    RC_CONFIG_BOOLEAN,
    RC_CONFIG_CHOICE,
    RC_CONFIG_CHOICES, /* several, with commas between them */
    RC_CONFIG_NAME     /* any short text */
} rc_config_kind;
typedef struct rc_config_row {
    const char *key; /* "align.epsilon", "fit.optimizer.lr" */
    rc_config_kind kind;
    size_t offset;
    double min, max;     /* numbers, both allowed */
    const char *choices; /* "joint|sequential" */
    const char *initial; /* default, as text */
    const char *about;
} rc_config_row;
extern const rc_config_row rc_config_table[];
extern const int rc_config_table_count;

void rc_config_defaults(rc_config *c);
/* One setting; `where` ("--set", "my.yaml:12") begins the message. An unknown key is answered with the
 * nearest one. */
rc_status rc_config_set(rc_config *c, const char *where, const char *key, const char *value) RC_MUST_CHECK;
/* Its value as text, added to out. */
rc_status rc_config_get(const rc_config *c, const char *where, const char *key, rc_string *out) RC_MUST_CHECK;
rc_status rc_config_read(rc_config *c, const char *path) RC_MUST_CHECK; /* YAML over what is there */
/* "key=value" as --set takes it. */
rc_status rc_config_assign(rc_config *c, const char *assignment) RC_MUST_CHECK;
/* Which of n words stand in a list with commas between them: bit i for word i. */
unsigned rc_config_words(const char *list, const char *const *word, int n);
/* All settings as YAML text (nested), ready for rc_config_read. */
rc_status rc_config_write(const rc_config *c, rc_string *out) RC_MUST_CHECK;
/* The same of a file, as this version writes it: settings that came later say what was done before them. */
rc_status rc_config_restate(const char *path, rc_string *out) RC_MUST_CHECK;
/* What was set so far counts as defaults: a task's recipe, which the settings that follow may not fit. */
void rc_config_take_as_defaults(rc_config *c);
/* Checks between settings (warm-up within epochs ...). A warm-up that nobody asked for gives way: it becomes
 * half of the time that there is. */
rc_status rc_config_check(rc_config *c) RC_MUST_CHECK;

#endif
