/* recraft/data.h: a data set: samples x with targets y, in a training part and maybe a validation and a test
 * part.
 *
 * Shapes of x, the first dimension being samples:
 *     [N, F]        a table: F numbers a row
 *     [N, C, L]     sequences of L steps, C channels
 *     [N, C, H, W]  images or fields, channels first
 * y decides what is learnt:
 *     whole numbers [N]               classes, from 0
 *     whole numbers [N, K], 0 and 1   K labels that are there or not
 *     floats [N] or [N, K]            numbers (regression)
 *     floats [N, ...]                 a field: a number for every point
 * Whole numbers in more dimensions are a field, too.
 *
 * Threads: a data set may be used by several threads at once once it is made; rc_data_split and rc_data_limit
 * change it and must be alone. */
#ifndef RECRAFT_DATA_H
#define RECRAFT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/array.h"
#include "recraft/context.h"
#include "recraft/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A data set. */
typedef struct rc_data rc_data;

/* Its parts: what is learnt, what chooses the best epoch, what is scored once. */
typedef enum rc_data_part { RC_DATA_TRAIN, RC_DATA_VALID, RC_DATA_TEST, RC_DATA_PARTS } rc_data_part;

/* ---- rows of a table ---- */

/* What a column holds. */
typedef enum rc_column_holds {
    RC_HOLDS_NUMBERS, /* `numbers`; NaN is a missing one */
    RC_HOLDS_DATES,   /* `numbers`: seconds since 1970, UTC; NaN is a missing one */
    RC_HOLDS_WORDS,   /* `texts`: names of categories, whatever they look like */
    RC_HOLDS_CELLS,   /* `texts`: numbers, dates or names, detected as in a file (docs/your-data.md)
                       */
    RC_HOLDS_TEXTS    /* `texts`: an input of its own beside the numbers of the other columns: whole texts as
                         they stand, with the blanks around them and their line breaks; "NA" is a text, too */
} rc_column_holds;

/* It has no size, and keeps its fields: columns lie side by side in an array. What else there may be to say
 * of them would be arrays of rc_rows. */
typedef struct rc_rows_column {
    const char *name;         /* UTF-8; no other column has it */
    rc_column_holds holds;    /* which of the next two is there */
    const rc_view *numbers;   /* [rows], of any type */
    const char *const *texts; /* [rows], UTF-8; NULL or blank is a missing one */
} rc_rows_column;

/* Rows of a table with columns of several kinds. All is borrowed for the call. */
typedef struct rc_rows {
    size_t size;                  /* by RC_ROWS_INIT */
    int64_t rows, columns;        /* how many of each */
    const rc_rows_column *column; /* [columns] */
    const char *name;             /* what messages call them; NULL: "rows" */
    bool texts; /* columns of cells that are found to hold free text are RC_HOLDS_TEXTS, the first three of
                   them; else they are left out, with a note. Encoders that are there already decide it: of
                   later rows such columns may be cells */
} rc_rows;
#define RC_ROWS_INIT RC_SIZED(rc_rows)

/* ---- from arrays ---- */

/* A further input of the same samples, beside x (docs/several-inputs.md), by part as x. A row of NaN: the
 * sample lacks it. It has no size, and keeps its fields: inputs lie side by side in an array. What else there
 * may be to say of them would be arrays of rc_data_arrays. */
typedef struct rc_data_input {
    const char *name; /* letters, digits, - and _ */
    const rc_view *x[RC_DATA_PARTS];
} rc_data_input;

/* The same of texts, UTF-8, one for each sample of x; NULL or blank: the sample lacks it. They are copied,
 * and become tokens at the fit, by the tokenizer of its source. It has no size, either. */
typedef struct rc_data_text_input {
    const char *name;                       /* as of rc_data_input */
    const char *const *text[RC_DATA_PARTS]; /* a text for each sample */
} rc_data_text_input;

/* Arrays by part: x[RC_DATA_TRAIN], y[RC_DATA_TRAIN] and so on. Those of an absent part are NULL.
 * The numbers are borrowed until rc_data_destroy, unless `copy` is set or they are not in C order. */
typedef struct rc_data_arrays {
    size_t size; /* by RC_DATA_ARRAYS_INIT */
    const rc_view *x[RC_DATA_PARTS], *y[RC_DATA_PARTS];
    const rc_view
        *group[RC_DATA_PARTS];      /* [N], whole numbers: samples of one group stay together; NULL: none */
    const char *const *class_names; /* of classes 0 .. classes - 1, copied; NULL: they have numbers only */
    int64_t classes;                /* how many names */
    const char *name;               /* what messages call the data; NULL: "data" */
    bool missing;                   /* NaN in x is a missing number; else it is refused */
    bool copy;                      /* the numbers are copied, and may go after the call */
    const rc_view *weight[RC_DATA_PARTS]; /* [N], floats from 0: how much each sample counts in the loss that
                                             is trained, over the mean of all; NULL: all the same. Scores are
                                             without weights */
    /* Instead of x: rows, which become numbers [N, F] by encoders that are fitted to the training part:
     * means replace missing numbers, zeros and ones names, days and circles for dates. A column of
     * texts is a further input, as text_inputs are, of the column's name (letters, digits, - and _; all else
     * is _). The data set keeps the encoders, and so does what is fitted to it: rc_predictor_apply_rows. */
    const rc_rows *rows[RC_DATA_PARTS];
    const rc_data_input *inputs; /* besides x, at most 3 with those of texts; not with rows; copied as x is */
    int64_t n_inputs;            /* how many of them */
    /* The predictor whose encoders make numbers and inputs of rows, to score it on them or to refine it; it
     * may go after the call. NULL: encoders are fitted to the training part, which is needed then.
     * RC_UNSUPPORTED: it keeps no encoders of a table, or there are no rows. */
    const struct rc_predictor *like;
    const rc_data_text_input *text_inputs; /* further inputs that are texts */
    int64_t n_text_inputs;                 /* how many of them */
    /* More samples of the same kind, of which no targets are known: distillation and stage 1 learn from them,
     * too (docs/distill.md, docs/methods.md). x, as those above; of `inputs` and `text_inputs` one each, in
     * their order; or rows in place of x. NULL: there are none. */
    const rc_view *unlabelled;
    const rc_view *const *unlabelled_inputs;    /* [n_inputs] */
    const char *const *const *unlabelled_texts; /* [n_text_inputs] */
    const rc_rows *unlabelled_rows;             /* in place of x */
} rc_data_arrays;
#define RC_DATA_ARRAYS_INIT RC_SIZED(rc_data_arrays)

/* RC_DATA: parts that do not fit each other, labels that are not classes, NaN or infinities; RC_SHAPE,
 * RC_UNSUPPORTED: not arrays as above; RC_MEMORY. */
RC_API rc_status rc_data_from_arrays(rc_context *context, const rc_data_arrays *arrays,
                                     rc_data **out) RC_MUST_CHECK;

/* ---- from batches ---- */

/* Some samples of a part, any number of them; group and weight as in rc_data_arrays, or without data: none.
 * All batches of a part have the same arrays, each of one type and one shape of a sample. */
typedef struct rc_data_batch {
    size_t size;                 /* of this struct, as the library knows it */
    rc_view x, y, group, weight; /* [n, ...], [n, ...], [n], [n] */
} rc_data_batch;
/* Asked again and again for each part in order: 1: *batch is filled, and copied at once; 0: the part has no
 * more (at once: there is no such part); below 0: give up, with RC_DATA. */
typedef int (*rc_next_batch)(void *context, rc_data_part part, rc_data_batch *batch);

/* All batches are gathered in memory. rest: class names, name and `missing` as above, NULL: none; its arrays
 * and rows are not looked at. RC_SHAPE: a batch differs from the first of its part. Else it fails as
 * rc_data_from_arrays. */
RC_API rc_status rc_data_from_batches(rc_context *context, rc_next_batch next, void *next_context,
                                      const rc_data_arrays *rest, rc_data **out) RC_MUST_CHECK;

/* ---- from texts ---- */

/* Whole texts, UTF-8, each with the name of its class, by part: n[part] of them; or sentences, with the name
 * of a class for each of their words. All are copied. */
typedef struct rc_data_texts {
    size_t size; /* by RC_DATA_TEXTS_INIT */
    int64_t n[RC_DATA_PARTS];
    const char *const *text[RC_DATA_PARTS], *const *label[RC_DATA_PARTS]; /* [n] each; all of UTF-8 */
    const char *name; /* what messages call the data; NULL: "texts" */
    /* [n]: how many words each sentence has. `text` and `label` are then those of all words, one sentence
     * behind the other. NULL: whole texts. */
    const int64_t *words[RC_DATA_PARTS];
    /* More texts, of which no class is known, for distillation; beside words, whole sentences. */
    int64_t n_unlabelled;
    const char *const *unlabelled; /* [n_unlabelled] */
    const rc_view
        *weight[RC_DATA_PARTS]; /* [n] floats, of texts or sentences, copied; as in rc_data_arrays */
} rc_data_texts;
#define RC_DATA_TEXTS_INIT RC_SIZED(rc_data_texts)

/* They become tokens when a source gives them its tokenizer, at the fit; classes are numbered in the order of
 * their names. RC_DATA: no training part, texts without labels, sentences without words, or words in one
 * part and whole texts in another; at the fit, what is not UTF-8 or empty, and weights that cannot be. */
RC_API rc_status rc_data_from_texts(rc_context *context, const rc_data_texts *texts,
                                    rc_data **out) RC_MUST_CHECK;

/* ---- from files ---- */

/* A folder of .npy (x_train, y_train, x_test ...), one file of such arrays (.npz, HDF5, .mat, pickle), or
 * labelled texts (.csv, .tsv, .jsonl, .conll, or a folder of them). Texts are read when a source gives them a
 * tokenizer: until a model is fitted nothing is known about them. options: data.* are used; NULL: the
 * defaults. RC_IO, RC_FORMAT, and as above. */
RC_API rc_status rc_data_open(rc_context *context, const char *path, const rc_options *options,
                              rc_data **out) RC_MUST_CHECK;

/* Releases it and sets *data to NULL, which it may be. Borrowed arrays are then free to go. */
RC_API void rc_data_destroy(rc_data **data);

/* ---- choosing samples ---- */

/* Holds a share of the training part out for validation, by classes where there are some, groups together.
 * Does nothing when there is a validation part. (Fitting does it by itself, with the settings
 * data.valid_fraction and seed.) RC_DATA: too few samples or groups. RC_UNSUPPORTED: texts of a path. */
RC_API rc_status rc_data_split(rc_context *context, rc_data *data, double share, uint64_t seed) RC_MUST_CHECK;
/* Keeps at most this many training samples, by classes where there are some. RC_CONFIG: fewer than one.
 * RC_UNSUPPORTED: texts of a path. RC_MEMORY. */
RC_API rc_status rc_data_limit(rc_context *context, rc_data *data, int64_t samples,
                               uint64_t seed) RC_MUST_CHECK;

/* ---- what it is ---- */

typedef enum rc_target {
    RC_TARGET_OF_CLASSES, /* a class of each sample */
    RC_TARGET_OF_LABELS,  /* labels that are there or not */
    RC_TARGET_OF_NUMBERS,
    RC_TARGET_OF_FIELDS, /* a number for every point */
    RC_TARGET_OF_WORDS   /* a class for every word of a text */
} rc_target;

/* What a data set holds. */
typedef struct rc_data_info {
    size_t size;                    /* by RC_DATA_INFO_INIT */
    bool known;                     /* false: texts that have not been read; the rest is 0 */
    int64_t samples[RC_DATA_PARTS]; /* of each part */
    int32_t x_dims, y_dims;         /* of a sample; a class has 0 */
    int64_t x_shape[RC_VIEW_DIMS], y_shape[RC_VIEW_DIMS]; /* of a sample */
    rc_target target;                                     /* what is learnt */
    int64_t classes;                                      /* classes or labels; else 0 */
    int64_t notes;                                        /* lines for rc_data_note */
    int64_t unlabelled;                                   /* samples without targets */
} rc_data_info;
#define RC_DATA_INFO_INIT RC_SIZED(rc_data_info)
/* RC_CONFIG: out was not begun with its initialiser. */
RC_API rc_status rc_data_describe(const rc_data *data, rc_data_info *out) RC_MUST_CHECK;
/* The name of a class; NULL: it has none. Note i: what may not be as it was meant; NULL after the last. Both
 * live as long as the data set. */
RC_API const char *rc_data_class_name(const rc_data *data, int64_t class_number);
RC_API const char *rc_data_note(const rc_data *data, int64_t i);

#ifdef __cplusplus
}
#endif
#endif
