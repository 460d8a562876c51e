/* recraft/predictor.h: a model from a raw input to an answer: embedder, body, head, and how inputs and
 * outputs are normalised. It is fitted to a data set, predicts, gives features, is scored, saved and loaded.
 *
 * Nothing here needs a file: a fit without a folder keeps all in memory.
 *
 * Threads: one thread at a time uses a predictor, in any context. It stays on the device on which it was
 * made. */
#ifndef RECRAFT_PREDICTOR_H
#define RECRAFT_PREDICTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/data.h"
#include "recraft/options.h"
#include "recraft/run.h"
#include "recraft/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A model that was fitted. */
typedef struct rc_predictor rc_predictor;

/* ---- fitting ---- */

/* What a callback hears after each epoch. A number that a stage does not have is NaN. Metrics are lower the
 * better. */
typedef struct rc_epoch {
    size_t size;                                 /* of this struct, as the library knows it */
    const char *stage;                           /* "align" (stage 1), "fit" (stage 2) or "mona" */
    int64_t epoch;                               /* from 1; 0: the start of stage 2, before it has learnt */
    double seconds;                              /* since the fit began */
    double learning_rate;                        /* of its last step */
    double train_loss, valid_loss, valid_metric; /* stage 2 */
    const char *metric;                          /* the metric's name */
    double loss, distance, conditional_entropy, information; /* stage 1; entropies in nats */
    const char *candidate; /* of "auto", or of several sources: the name of the one that is trained; else NULL
                            */
} rc_epoch;

/* false: the present stage ends here, as if its epochs were done; stage 2 then takes its best epoch. (Of
 * "auto", or of several sources, that is a stage of one candidate; rc_context_interrupt ends the whole of
 * it.) Called on the thread
 * that fits; must not use the predictor, and of the context only rc_context_interrupt. */
typedef bool (*rc_epoch_callback)(void *context, const rc_epoch *epoch);

/* How a predictor is fitted. */
typedef struct rc_fit_how {
    size_t size;               /* by RC_FIT_HOW_INIT */
    const char *method;        /* a name of rc_method_at; NULL: "nft", naive fine-tuning */
    const rc_source *source;   /* borrowed for the call; NULL: "swin-mini" for images, "minilm" for others,
                                  for "auto" all that are here. Plain methods (forest, ridge ...) have
                                  none */
    const rc_options *options; /* NULL: the defaults */
    rc_epoch_callback epoch;   /* NULL: none */
    void *epoch_context;       /* handed to it */
    const char *folder;        /* a run folder that records it; NULL: none */
    rc_resume resume;          /* what to do with a run that is in the folder */
    /* Instead of source, as names or files. Several with commas between: the method's run from each, whose
     * answers the setting fit.combine combines (not of texts); the method "auto" tries those. "auto": the one
     * of all here that looks best before training. NULL: source. */
    const char *sources;
    /* Of the method "distill" alone (docs/distill.md): what the student learns from, as objects in place of
     * the settings distill.teacher and distill.unpaired. `source` is then the student's, in place of
     * distill.student. All are borrowed for the call; nobody else uses the teacher meanwhile, and it is
     * afterwards as it was. A folder keeps a fingerprint of the teacher, which is that of its file once it is
     * saved; a run that was cut short goes on (resume) where the same objects are given again. */
    rc_predictor *teacher;           /* of any method; data must be such as it was fitted to */
    const rc_source *teacher_source; /* or a source, of whose labelled set `data` are */
    const rc_data *unpaired; /* data of the teacher's own, where no sample belongs to one of the student's */
} rc_fit_how;
#define RC_FIT_HOW_INIT RC_SIZED(rc_fit_how)

/* Fits a new predictor to the training part; the validation part (held out, where there is none) chooses the
 * best epoch; the test part, if any, is scored once at the end. how NULL: all as by default. The data are
 * borrowed for the call. *out is the caller's.
 *
 * RC_CONFIG, RC_DATA, RC_SHAPE, RC_UNSUPPORTED: settings, method, source and data do not fit together.
 * RC_NUMERIC: the loss left the finite range. RC_INTERRUPTED: *out is the best so far, where stage 2 had been
 * begun, else NULL. RC_MEMORY, RC_DEVICE; with a folder RC_IO and RC_MACHINE. In all other cases of failure
 * *out is NULL.
 *
 * A method from several sources has a candidate for each, as "auto" has for all that it tries; see there.
 *
 * The method "auto" tries plain predictors, frozen features and fine-tuning within the setting
 * fit.time_limit (seconds), and combines the best; rc_predictor_candidate has the leaderboard. Without a
 * folder its candidates are kept in a temporary one ($TMPDIR) while it works, which is gone when the call
 * returns; so RC_IO and RC_MACHINE can come from that. RC_INTERRUPTED: *out combines the candidates that had
 * been tried, else NULL. */
RC_API rc_status rc_predictor_fit(rc_context *context, const rc_data *data, const rc_fit_how *how,
                                  rc_predictor **out) RC_MUST_CHECK;
/* Goes on with a predictor that has a model, on data of the same form and target: the settings of `fit` say
 * for how long and what learns; normalisers, loss and metric stay. method, source and folder of `how` are not
 * used. After a failure the predictor is as far as it had come (after RC_INTERRUPTED: the best of it).
 * RC_UNSUPPORTED: it has no model, or one of 8 bits. Else it fails as rc_predictor_fit. */
RC_API rc_status rc_predictor_refine(rc_context *context, rc_predictor *predictor, const rc_data *data,
                                     const rc_fit_how *how) RC_MUST_CHECK;
/* Releases it and sets *predictor to NULL, which it may be. */
RC_API void rc_predictor_destroy(rc_predictor **predictor);

/* Methods, row 0 and on; false after the last, or where out was not begun with its initialiser
 * (rc_error_text). Texts live as long as the process. */
typedef struct rc_method_about {
    size_t size;              /* by RC_METHOD_ABOUT_INIT */
    const char *name, *about; /* what rc_fit_how.method takes, and a line on it */
    bool plain;               /* a plain predictor without a source */
    bool texts;               /* its source reads texts that are one input among several */
} rc_method_about;
#define RC_METHOD_ABOUT_INIT RC_SIZED(rc_method_about)
RC_API bool rc_method_at(int64_t row, rc_method_about *out);

/* ---- files ---- */

/* As a run folder that the program reads (predict, eval, report, embed, export). RC_CONFIG: the folder is
 * there. RC_IO, RC_MACHINE: it cannot be written, and is not there in part. RC_MEMORY. */
RC_API rc_status rc_predictor_save(rc_context *context, rc_predictor *predictor,
                                   const char *folder) RC_MUST_CHECK;
/* The model of a finished run. RC_IO: no such folder, or unfinished. RC_FORMAT: damaged. */
RC_API rc_status rc_predictor_load(rc_context *context, const char *folder, rc_predictor **out) RC_MUST_CHECK;

/* ---- what it is ---- */

typedef struct rc_predictor_info {
    size_t size;            /* by RC_PREDICTOR_INFO_INIT */
    rc_target target;       /* what it answers */
    bool texts;             /* takes texts: x are token ids [N, T], -1 after each text */
    bool has_model;         /* else a plain predictor, or a combination: no features, no refining */
    int32_t x_dims, y_dims; /* of a sample; a class has 0 */
    int64_t x_shape[RC_VIEW_DIMS], y_shape[RC_VIEW_DIMS]; /* of a sample */
    int64_t outputs;               /* classes, labels, or numbers of a sample's answer */
    int64_t features;              /* width of a pooled feature; 0: has no model */
    int64_t feature_tokens;        /* of rc_predictor_embed without pooling */
    int64_t parameters, trainable; /* numbers of the model, and how many of them were trained last */
    const char *method, *source;   /* as it was fitted; "" where not known */
    const char *metric;            /* lower is better */
    /* Of the fit; NaN where not known. */
    double valid, test, test_loss; /* the metric on both parts */
    int64_t best_epoch, epochs;    /* the one that was kept, of how many */
    double seconds;                /* that it took */
    int64_t notes;                 /* lines for rc_predictor_note */
    int64_t candidates;            /* of "auto", or of several sources, for rc_predictor_candidate; else 0 */
    bool rows;                     /* keeps encoders of a table's columns: rc_predictor_apply_rows */
    const char *weights;           /* "int8": the model's weights have 8 bits (rc_export); else "" */
    bool distilled;                /* by the method distill: rc_predictor_distillation */
} rc_predictor_info;
#define RC_PREDICTOR_INFO_INIT RC_SIZED(rc_predictor_info)
/* Texts live until the predictor is refined or destroyed. RC_CONFIG: out was not begun with its initialiser.
 */
RC_API rc_status rc_predictor_describe(const rc_predictor *predictor, rc_predictor_info *out) RC_MUST_CHECK;
RC_API const char *rc_predictor_class_name(const rc_predictor *predictor,
                                           int64_t class_number);               /* NULL: none */
RC_API const char *rc_predictor_note(const rc_predictor *predictor, int64_t i); /* NULL after the last */

/* An input of its samples; of several, input 0 is called "x". */
typedef struct rc_input_info {
    size_t size;                 /* by RC_INPUT_INFO_INIT */
    const char *name;            /* of the input */
    bool texts;                  /* token ids, -1 after each text, and all -1 where there is none */
    int32_t dims;                /* of a sample */
    int64_t shape[RC_VIEW_DIMS]; /* likewise */
} rc_input_info;
#define RC_INPUT_INFO_INIT RC_SIZED(rc_input_info)
/* The name lives as long as the predictor. RC_CONFIG: there is none of this number. */
RC_API rc_status rc_predictor_input(const rc_predictor *predictor, int64_t k,
                                    rc_input_info *out) RC_MUST_CHECK;

/* One that the method "auto" has tried, or the run of a method from one of several sources. A number that it
 * does not have is NaN. Metrics are lower the better.
 */
enum { RC_CANDIDATE_SETTINGS = 4 };
typedef struct rc_candidate {
    size_t size;                                /* by RC_CANDIDATE_INIT */
    const char *name, *method, *source;         /* source "": a plain predictor */
    const char *setting[RC_CANDIDATE_SETTINGS]; /* "key=value", other than was asked for; NULL after the last
                                                 */
    int64_t epochs, best_epoch;                 /* that it was trained for; 0: it has none */
    bool dropped;                               /* before its end: others were better */
    double valid, valid_loss;                   /* on the validation part */
    double out_of_fold, out_of_fold_loss;       /* on all labelled samples, each by a fit without it */
    double seconds;                             /* that it took */
    double weight;                              /* its share in the answer; all sum to 1 */
} rc_candidate;
#define RC_CANDIDATE_INIT RC_SIZED(rc_candidate)
/* Candidate i, the best first; texts live as those of rc_predictor_info. RC_CONFIG: there is none of this
 * number. */
RC_API rc_status rc_predictor_candidate(const rc_predictor *predictor, int64_t i,
                                        rc_candidate *out) RC_MUST_CHECK;

/* Teacher and student of the method distill side by side (docs/distill.md), measured at the end of the fit. A
 * number that is not there is NaN. */
enum { RC_TEACHER, RC_STUDENT, RC_SIDES };
enum { RC_DISTILLATION_LAYERS = 128 };
typedef struct rc_distillation {
    size_t size;                            /* by RC_DISTILLATION_INIT */
    const char *teacher;                    /* as it was named */
    const char *student;                    /* likewise; "": some layers of the teacher */
    int64_t layers;                         /* kept of the teacher; 0: the student is another model */
    int64_t layer[RC_DISTILLATION_LAYERS];  /* which, counted from 0 through all stages */
    double valid[RC_SIDES], test[RC_SIDES]; /* by the metric of the fit */
    int64_t parameters[RC_SIDES];           /* numbers of the model file; 0: a plain predictor */
    double mb[RC_SIDES];                    /* their size */
    double ms[RC_SIDES];                    /* milliseconds for one answer, asked alone */
    double ms_in_batch[RC_SIDES];           /* for an answer out of a batch */
    int64_t batch[RC_SIDES];                /* of so many samples */
    const char *note;                       /* what to know about the scores; "": nothing */
    /* Of a teacher with data of its own: these, and the distance between features; "": there are pairs. */
    const char *unpaired, *distance;
    bool local; /* the distance finds a local optimum */
} rc_distillation;
#define RC_DISTILLATION_INIT RC_SIZED(rc_distillation)
/* Texts live as those of rc_predictor_info. RC_UNSUPPORTED: it was not distilled. */
RC_API rc_status rc_predictor_distillation(const rc_predictor *predictor, rc_distillation *out) RC_MUST_CHECK;

/* ---- using it ---- */

/* What is asked of a predictor for samples x [N, ...], which have the shape of those that it was fitted to.
 * Where it says float32, float64 memory is filled, too. */
typedef enum rc_wanted {
    /* int64 [N] of classes (of labelled words, N words): the most probable one; int64 [N, K] of labels: 1
     * where the probability is over one half, else 0; else float32 [N, ...]: numbers in the target's units,
     * rates of counts, quantiles of Y numbers [N, Q Y] (those of one quantile side by side), logarithms of
     * risks [N, 1], probabilities of the classes of points [N, K, ...]. */
    RC_ANSWER,
    RC_PROBABILITIES, /* float32 [N, K] of classes and labels; of a mask [N, ...], of points [N, K, ...] */
    RC_FEATURES,      /* float32 [N, features]: the mean over tokens of the last hidden state */
    RC_TOKENS         /* float32 [N, tokens, features]: all of it */
} rc_wanted;

/* The type and shape of the array that this many samples need: `out` gets these, with its data NULL; the
 * caller sets it. RC_CONFIG: fewer than 0 samples. RC_UNSUPPORTED: this predictor has no such thing. */
RC_API rc_status rc_predictor_shape(const rc_predictor *predictor, rc_wanted what, int64_t samples,
                                    rc_view *out) RC_MUST_CHECK;
/* Computes it into memory of the caller. Weights are not copied; memory for the work is kept from one call to
 * the next. RC_SHAPE: x or out have another shape. RC_DATA: NaN or infinities in x. RC_NUMERIC: what comes
 * out is not finite. RC_UNSUPPORTED: this predictor has no such thing, or takes several inputs or words, or
 * out has another type. RC_INTERRUPTED, RC_MEMORY, RC_DEVICE. */
RC_API rc_status rc_predictor_apply(rc_context *context, rc_predictor *predictor, rc_wanted what,
                                    const rc_view *x, const rc_view *out) RC_MUST_CHECK;
/* The same for a predictor of several inputs (docs/several-inputs.md): one array for each, by its name, of
 * texts the token ids of rc_predictor_encode_input; "x" is the first. One that is not among them is missing
 * in every sample, and so is a row of NaN. RC_CONFIG: no input is called so. RC_DATA: none is given, or other
 * numbers of samples.
 *
 * It has no size, and keeps its fields: inputs lie side by side in an array. */
typedef struct rc_input_view {
    const char *name;
    const rc_view *x;
} rc_input_view;
RC_API rc_status rc_predictor_apply_inputs(rc_context *context, rc_predictor *predictor, rc_wanted what,
                                           int64_t n, const rc_input_view *inputs,
                                           const rc_view *out) RC_MUST_CHECK;
/* The same for rows of a table, as those of the fit were, by the encoders that the predictor keeps. Columns
 * are found by their names; columns that the fit did not have are ignored. Notes for the context's progress
 * say which values were missing or not known, and what stands for them, and how many texts were cut. Where a
 * column named files at the fit, its cells are paths, from the working folder on, and those files are read.
 * RC_UNSUPPORTED: it keeps no such encoders (it was fitted to arrays, or to files that were not a table), or
 * its rows are series that are cut into windows. RC_CONFIG: a column is not there. RC_DATA: a value is not
 * what its column held at the fit. Else as rc_predictor_apply. */
RC_API rc_status rc_predictor_apply_rows(rc_context *context, rc_predictor *predictor, rc_wanted what,
                                         const rc_rows *rows, const rc_view *out) RC_MUST_CHECK;
/* The token ids that a predictor of texts takes for n texts (UTF-8): int32 [n, T] with the T of its x_shape,
 * -1 after each text; what is longer is cut, and a note for the context's progress says of how many texts.
 * RC_UNSUPPORTED: it takes no texts. RC_DATA: not UTF-8, or empty. */
RC_API rc_status rc_predictor_encode(rc_context *context, const rc_predictor *predictor, int64_t n,
                                     const char *const *texts, const rc_view *out) RC_MUST_CHECK;
/* The same for an input of texts among several, for rc_predictor_apply_inputs: its T is that of
 * rc_predictor_input, and a text that is NULL or blank is missing. RC_CONFIG: no input is called so. */
RC_API rc_status rc_predictor_encode_input(rc_context *context, const rc_predictor *predictor,
                                           const char *name, int64_t n, const char *const *texts,
                                           const rc_view *out) RC_MUST_CHECK;
/* For a predictor of labelled words (rc_data_texts.words): n sentences, of words[i] words each; `word` are
 * all of them, UTF-8, one sentence behind the other. `out` has a row for each word, whose number is what
 * rc_predictor_shape takes in the place of samples: of RC_ANSWER int64 [words], of RC_PROBABILITIES float32
 * [words, K]. A word beyond the T tokens that the predictor reads of a sentence has no answer: -1, or NaN; a
 * note for the context's progress says of how many words. Features are those of whole texts, by
 * rc_predictor_encode. RC_UNSUPPORTED: it does not label words. RC_DATA: a sentence without words, a word
 * that is empty or not UTF-8. Else as rc_predictor_apply. */
RC_API rc_status rc_predictor_apply_words(rc_context *context, rc_predictor *predictor, rc_wanted what,
                                          int64_t n, const int64_t *words, const char *const *word,
                                          const rc_view *out) RC_MUST_CHECK;
/* What rc_predictor_apply does, by name. */
RC_API rc_status rc_predictor_predict(rc_context *context, rc_predictor *predictor, const rc_view *x,
                                      const rc_view *out) RC_MUST_CHECK;
RC_API rc_status rc_predictor_predict_proba(rc_context *context, rc_predictor *predictor, const rc_view *x,
                                            const rc_view *out) RC_MUST_CHECK;
RC_API rc_status rc_predictor_embed(rc_context *context, rc_predictor *predictor, const rc_view *x,
                                    const rc_view *out) RC_MUST_CHECK;

enum { RC_SCORES = 16 };
/* How good the answers are for a part of a data set. */
typedef struct rc_scores {
    size_t size;                 /* by RC_SCORES_INIT */
    const char *metric;          /* the predictor's own */
    double value, loss;          /* by it, and by the loss of the fit */
    int64_t samples;             /* of the part */
    int64_t count;               /* of the metrics that are usual for such targets, all lower the better */
    const char *name[RC_SCORES]; /* of these metrics */
    double values[RC_SCORES];    /* by each */
    const char *weights;         /* as of rc_predictor_info */
} rc_scores;
#define RC_SCORES_INIT RC_SIZED(rc_scores)
/* On a part of a data set of the same form. RC_SHAPE, RC_DATA: of another form, or the part is empty.
 * RC_CONFIG: there is no such part. RC_MEMORY, RC_DEVICE. */
RC_API rc_status rc_predictor_score(rc_context *context, rc_predictor *predictor, const rc_data *data,
                                    rc_data_part part, rc_scores *out) RC_MUST_CHECK;

/* A source of one's own: the predictor's model, whose body takes images (or texts) as its backbone does, and
 * labelled sets of classes, 1 to 8: for each a head is trained and recalibrated, and features, tokens and
 * card are made (settings source.*, align.epsilon, seed). name: what the source is called; the predictor and
 * the data are not changed. RC_UNSUPPORTED: it has no such model. RC_DATA: no classes. */
RC_API rc_status rc_source_from_predictor(rc_context *context, const rc_predictor *predictor,
                                          const rc_data *const *data, size_t n_data,
                                          const rc_options *options, const char *name,
                                          rc_source **out) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
