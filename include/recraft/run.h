/* recraft/run.h: what the program does, as functions. Results that people or scripts read come back as one
 * JSON object in *json (free with rc_free_text; pass NULL when not wanted); each function lists its keys,
 * which only grow in number. Progress and notes go to the sink set with rc_progress_set_sink. Paths are
 * UTF-8, relative to the working folder. What a call is given is borrowed for the call.
 *
 * Failures of all functions here and in align.h, compare.h, generate.h, get.h, import.h, models.h, report.h
 * and transform.h. *json then holds nothing. An output file or folder is not there in part; but
 * that of a training stays, and RC_RESUME_YES goes on with it.
 *     RC_CONFIG: an option or setting is missing, unknown or out of its limits, or does not work with
 * another; nothing has this name; the folder to be made is there. RC_IO: a file or folder is not there, or
 * cannot be read or written. RC_FORMAT: a file is damaged, or not what it should be. RC_DATA: numbers, labels
 * or texts that cannot be used, or data that are not those of the run. RC_SHAPE: arrays of other shapes than
 * the run, the source or each other. RC_UNSUPPORTED: what the run or model cannot do, or what this build
 * leaves out (docs/api.md). RC_NUMERIC: numbers left the finite range. RC_MEMORY, RC_MACHINE, RC_DEVICE: the
 * machine cannot: memory, a full disk, a card. RC_INTERRUPTED: rc_context_interrupt. A training has written
 * its checkpoint.
 *
 * Threads: the functions work in the context that the calling thread has chosen with rc_context_use, else in
 * the process's own. Two threads with contexts of their own may call them at the same time, for other folders
 * (docs/threading.md). */
#ifndef RECRAFT_RUN_H
#define RECRAFT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/context.h"
#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Frees a text that a function handed out (*json, *yaml, *text); NULL is none. */
RC_API void rc_free_text(char *text);

/* "key=value" settings, as --set gives them, applied after the config file. It has no size, and keeps its
 * fields, since it lies inside options structs: what is new is a setting, or a field of theirs. */
typedef struct rc_settings {
    const char *config_file; /* YAML, or NULL */
    const char *const *set;
    size_t n_set;     /* how many of them */
    const char *seed; /* NULL: the setting `seed` (0) */
} rc_settings;

/* What to do with a run that is in the folder already. */
typedef enum rc_resume {
    RC_RESUME_NO,  /* refuse the folder; what a run left that was killed before it had begun is not a run */
    RC_RESUME_YES, /* go on with it; there must be one */
    RC_RESUME_AUTO /* go on with it, or begin one */
} rc_resume;

/* Train on a target data set. source: a known name, a bundle, or NULL: "swin-mini" for images, "minilm" for
 * sequences and tables; several with commas between: the method's run from each, combined by the setting
 * fit.combine (of arrays; with the method "auto" those that it tries); "auto": the one of all here that
 * looks best before training. method: NULL is "auto"; "recraft" or "nft" (more in rc_methods). out: the run
 * folder. data and out are not NULL. */
typedef struct rc_fit_options {
    size_t size; /* by RC_FIT_OPTIONS_INIT */
    const char *data, *source, *method, *out;
    rc_settings settings; /* over the defaults */
    rc_resume resume;     /* what to do with a run that is in out */
    const char *task;     /* of rc_data_list: its recipe's settings come before the others; NULL: none */
    bool compared;        /* a run of a comparison: plain opponents only with fit.opponents=yes */
    /* How `data` is imported where it is neither a data set nor texts (recraft/import.h): into out/data. Its
     * from and out are not used. NULL: it is not. */
    const struct rc_data_import_options *import;
} rc_fit_options;
#define RC_FIT_OPTIONS_INIT RC_SIZED(rc_fit_options)
/* *json: task, method, source, seed, run, metric, valid, test, test_interval (95 %), test_loss, best_epoch,
 * epochs, seconds, peak_rss_mb, opponents and others by the method. */
RC_API rc_status rc_fit(const rc_fit_options *o, char **json) RC_MUST_CHECK;
/* What rc_fit would do and take: reads and checks all that it would, times some steps, gives sizes,
 * steps, time and memory. Nothing is kept and nothing is written. out may be NULL. *json: stages,
 * seconds, memory_mb and others. */
RC_API rc_status rc_fit_dry_run(const rc_fit_options *o, char **json) RC_MUST_CHECK;
/* The settings as rc_fit would use them, as a config file that gives the same again; data and out may be
 * NULL. *yaml: free with rc_free_text. */
RC_API rc_status rc_fit_config(const rc_fit_options *o, char **yaml) RC_MUST_CHECK;
/* {"methods": [{"name":.., "about":..}]} */
RC_API rc_status rc_methods(char **json) RC_MUST_CHECK;
/* {"settings": [{"key","default","about"}]}: every setting of --config and --set. */
RC_API rc_status rc_settings_list(char **json) RC_MUST_CHECK;

/* A small model, the student, learns from a finished run or a source, the teacher (docs/distill.md): rc_fit
 * with the method distill. student: a source, which begins with its weights, or a backbone by its name or
 * config.json, from random ones; NULL with layers: this many of the teacher's layers, with their weights
 * ("3", or of each stage of a Swin "1,2,1"). data NULL: those of the teacher. unlabelled: more inputs without
 * targets (arrays as of rc_predict, or the training inputs of a data set that has targets, or texts); NULL:
 * none. unpaired: data of the teacher's own, of another kind than `data`, whose features are compared without
 * pairs; NULL: none. out: of a run the folder of the student's; of a source the student's bundle, as
 * rc_source_build takes it, with its run beside it in a folder .run. */
typedef struct rc_distill_options {
    size_t size; /* by RC_DISTILL_OPTIONS_INIT */
    const char *teacher, *student, *data, *unlabelled, *out;
    rc_settings settings; /* as of rc_fit */
    rc_resume resume;     /* likewise */
    const char *layers, *unpaired;
} rc_distill_options;
#define RC_DISTILL_OPTIONS_INIT RC_SIZED(rc_distill_options)
/* *json: as of rc_fit, or of a source of rc_source_build; layers (those kept), and distillation: teacher and
 * student with valid, test, parameters, mb, ms, ms_in_batch; unpaired: data, distance, optimum. */
RC_API rc_status rc_distill(const rc_distill_options *o, char **json) RC_MUST_CHECK;
/* rc_fit_dry_run of the same; out may be NULL. */
RC_API rc_status rc_distill_dry_run(const rc_distill_options *o, char **json) RC_MUST_CHECK;

/* The test part of the run's data set, or of another folder of the same form, or a raw file or folder with
 * labels (data; NULL: the run's own). *json: run, weights, data, metric, test, test_interval (95 %),
 * test_loss, n_test, metrics (the usual ones), by_group. */
RC_API rc_status rc_eval(const char *run, const char *data, char **json) RC_MUST_CHECK;
/* Predictions, class probabilities [N, K] or values in the target's units, for what the run's data were made
 * from (a table, pictures, sounds, sequences, arrays; "-" is standard input), or for arrays of inputs [N,
 * ...]: an .npy, or a folder or file (.npz, HDF5) in which they are called x, or x_test and so on as in a
 * data set (docs/large-data.md says what may be larger than memory). A run on texts takes texts, read as its
 * own were: .csv, .tsv, .jsonl with labels or without, or a text a line. A run on labelled words takes
 * sentences a line or .conll columns, and writes a word and its label a line. output: .csv, .jsonl or .npy
 * (of words .conll, .txt or .csv); "-" is standard output. */
typedef struct rc_predict_options {
    size_t size; /* by RC_PREDICT_OPTIONS_INIT */
    const char *run, *input, *output;
    const char *encoding; /* of texts: utf8, latin1, cp1252, utf16; NULL: as the run's own */
    rc_settings settings; /* data.memory; data.* of texts, where they differ from the run's own */
    const char *priors; /* how frequent the classes are where the answers are for: "no=0.9,yes=0.1", or shares
                           in the order of the classes; NULL: as in the training data */
    const char *part;   /* of a data set: train, valid, test or unlabelled; NULL: x, or the only part */
} rc_predict_options;
#define RC_PREDICT_OPTIONS_INIT RC_SIZED(rc_predict_options)
/* *json: weights, output, n, shape, windows (of recordings), notes, scores (where labels are there: as of
 * rc_eval); of labelled words output, n, words, without_label. */
RC_API rc_status rc_predict(const rc_predict_options *o, char **json) RC_MUST_CHECK;

/* A finished run's model for other programs (docs/export.md). to: onnx (a file: the model from the data's
 * numbers or token ids to answers), hf (a folder of Hugging Face's transformers), peft (a folder of low-rank
 * adapters), npz (a file: all arrays by name) or int8 (a run folder with 8-bit weights, which answers as the
 * run does and does not learn). out: what is made. */
typedef struct rc_export_options {
    size_t size; /* by RC_EXPORT_OPTIONS_INIT */
    const char *run, *to, *out;
    struct rc_predictor *model; /* instead of run: a predictor in memory, borrowed */
    const struct rc_data
        *measure; /* of a model: the data that it was fitted to, on whose validation part it is
                     measured what int8 costs; NULL: that is not measured, as a note says */
} rc_export_options;
#define RC_EXPORT_OPTIONS_INIT RC_SIZED(rc_export_options)
/* *json: run, to, output, notes; onnx: inputs, answer, opset, classes; hf: class; peft: adapters; npz:
 * arrays; int8: int8 (matrices, matrices_left, mb_before, mb, part, n, metric, before, after). */
RC_API rc_status rc_export(const rc_export_options *o, char **json) RC_MUST_CHECK;

/* Supervised training of a small backbone from nothing. backbone: a known name (swin-mini) or a config.json.
 * Writes a model folder (config.json, model.safetensors) that is also a run folder. */
typedef struct rc_pretrain_options {
    size_t size;                       /* by RC_PRETRAIN_OPTIONS_INIT */
    const char *data, *backbone, *out; /* data: a labelled set; out: the folder */
    rc_settings settings;              /* as of rc_fit */
    rc_resume resume;                  /* likewise */
} rc_pretrain_options;
#define RC_PRETRAIN_OPTIONS_INIT RC_SIZED(rc_pretrain_options)
/* *json: as of rc_fit. */
RC_API rc_status rc_pretrain(const rc_pretrain_options *o, char **json) RC_MUST_CHECK;

/* Source bundles. model: a model folder (config.json + model.safetensors), or the folder of a finished run.
 * data: labelled sets, each of which gets a head of its own on the model's body. out: the bundle, one
 * .safetensors file, or a name to keep it under. */
typedef struct rc_source_build_options {
    size_t size; /* by RC_SOURCE_BUILD_OPTIONS_INIT */
    const char *model, *const *data;
    size_t n_data; /* 1 to 8 */
    const char *out;
    rc_settings settings; /* source.*, align.epsilon, seed and others */
} rc_source_build_options;
#define RC_SOURCE_BUILD_OPTIONS_INIT RC_SIZED(rc_source_build_options)
/* *json: the card: data, classes, tau, rho, before_recalibration, after_recalibration and others; of several
 * sets `sets` (a card of each), classes, features, model. */
RC_API rc_status rc_source_build(const rc_source_build_options *o, char **json) RC_MUST_CHECK;
/* A source under its name, kept from then on: from the place where bundles are published (from: an address or
 * a folder with NAME.safetensors and SHA256SUMS; NULL: $RECRAFT_SOURCES, where that is set), else made here
 * from a known model and its usual labelled set, or `data`. mirror: where that set's files are;
 * NULL: their publisher. */
typedef struct rc_source_get_options {
    size_t size; /* by RC_SOURCE_GET_OPTIONS_INIT */
    const char *name, *from, *data, *mirror;
} rc_source_get_options;
#define RC_SOURCE_GET_OPTIONS_INIT RC_SIZED(rc_source_get_options)
/* *json: source, path, how (it was there, fetched, built), from. */
RC_API rc_status rc_source_get(const rc_source_get_options *o, char **json) RC_MUST_CHECK;
/* source: a known name ("swin-mini") or a bundle file. *json: as of rc_source_card: source, classes,
 * features, width, tokens, self_distance, self_epsilon, backbone, card (of several sets card.sets, one of
 * each). */
RC_API rc_status rc_source_show(const char *source, char **json) RC_MUST_CHECK;
/* *json: the names of those built in (sources), of those built here (built_here), and of those that
 * rc_source_get can have (can_be_had). */
RC_API rc_status rc_source_list(char **json) RC_MUST_CHECK;

/* Shapes, types, class balance, ranges and faults of a data set; or a task's row and recipe by its name.
 * encoding: of tables and texts; NULL: UTF-8. *json: data, form, target, classes, train, valid, test; of
 * texts labels_of, labels, faults, and in the parts n, words, words_a_text, class_counts. */
RC_API rc_status rc_data_show(const char *path, const char *encoding, char **json) RC_MUST_CHECK;
/* The same of labelled texts, read with the settings data.*; with a model (a folder, a fetched model's name
 * or a source) their tokens are counted: tokens, tokens_a_text, longer_than_model. */
RC_API rc_status rc_data_show_texts(const char *path, const char *model, const rc_settings *settings,
                                    char **json) RC_MUST_CHECK;
/* The tasks of the field. *json: tasks: name, suite, about, x, y, samples, loss, metric, data. */
RC_API rc_status rc_data_list(char **json) RC_MUST_CHECK;

/* Features of a backbone for images [N, C, H, W], token ids [N, T] (integers, padded at the end with the
 * model's padding id, or with -1 where a text has that token itself; padding does not count), or texts as
 * rc_predict takes them; of a run for inputs as the run takes them. Arrays are in files as of rc_predict.
 * Exactly one of model (folder), source (bundle) and run is given. output: .csv or .npy, or "-". pool: "none"
 * (last hidden state [N, T, C]), "mean" (NULL), "cls" (the first token; not of a run). */
typedef struct rc_embed_options {
    size_t size;                                              /* by RC_EMBED_OPTIONS_INIT */
    const char *model, *source, *run, *input, *output, *pool; /* input: what is embedded */
    const char *encoding;                                     /* as above */
    rc_settings settings;                                     /* data.memory; data.* of texts */
    const char *part;                                         /* as above */
} rc_embed_options;
#define RC_EMBED_OPTIONS_INIT RC_SIZED(rc_embed_options)
/* *json: weights, output, n, shape, notes. */
RC_API rc_status rc_embed(const rc_embed_options *o, char **json) RC_MUST_CHECK;

/* The token ids that a text model is given, for every line of a text file: one line of numbers each, to
 * the file `output`. With `words` a line is taken as words with blanks between them, and an id is followed by
 * /WORD (counted from 0; - for special tokens). length 0: no limit. */
typedef struct rc_tokenize_options {
    size_t size;                        /* by RC_TOKENIZE_OPTIONS_INIT */
    const char *model, *input, *output; /* a model folder or fetched name; the text file; the file to make */
    bool words;
    int64_t length;
    const char *encoding; /* of the input; NULL: UTF-8 */
} rc_tokenize_options;
#define RC_TOKENIZE_OPTIONS_INIT RC_SIZED(rc_tokenize_options)
/* *json: output, n, tokens, truncated, kind, vocabulary. */
RC_API rc_status rc_tokenize(const rc_tokenize_options *o, char **json) RC_MUST_CHECK;

/* Times a fine-tuning step (forward, backward, AdamW) with random weights. model: a known name
 * (swin-base, roberta-base) or a config.json; image (pixels each way) is for vision, tokens for text models,
 * 0: the model's own size, texts of 128; steps 0: enough for a steady figure. */
typedef struct rc_bench_options {
    size_t size; /* by RC_BENCH_OPTIONS_INIT */
    const char *model;
    int64_t batch, image, tokens, steps; /* batch: samples a step, at least 1 */
    const char *train;                   /* what learns, as the setting fit.train; NULL: all */
    const char *precision; /* of the operands of matrix products: "f32" (also NULL), "tf32" or "bf16" */
    bool recompute;        /* as the setting fit.recompute */
    const char *wire; /* of gradients between ranks: "f32" (also NULL) or "bf16", as the setting fit.wire */
} rc_bench_options;
#define RC_BENCH_OPTIONS_INIT RC_SIZED(rc_bench_options)
/* *json: seconds, gflops (of the model), peak_gflops (of this machine's sgemm), ratio, peak_rss_mb, step_mb,
 * model, batch, image or tokens, train, precision, recompute, device, parameters, trainable, steps, ranks. */
RC_API rc_status rc_bench(const rc_bench_options *o, char **json) RC_MUST_CHECK;

/* What computes on this machine, and why the rest cannot be used. *json: devices: name, what, memory_mb,
 * card, usable, why; and notes. */
RC_API rc_status rc_devices(char **json) RC_MUST_CHECK;

/* ---- progress ---- */
/* Of the process's own context (recraft/context.h), or of the one that the calling thread uses; NULL:
 * silence. */
RC_API void rc_progress_set_sink(const rc_sink *sink);
/* rc_context_interrupt of the process's own context: running work stops at the next safe point, writes a
 * checkpoint, and returns RC_INTERRUPTED. */
RC_API void rc_interrupt(void);

#ifdef __cplusplus
}
#endif
#endif
