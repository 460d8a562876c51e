/* recraft/import.h: data sets from the files people have.
 *
 * Failures and threads are as in recraft/run.h. */
#ifndef RECRAFT_IMPORT_H
#define RECRAFT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Text fields may be NULL: detected, or not used. More on each is in docs/your-data.md. */
typedef struct rc_data_import_options {
    size_t size;                 /* by RC_DATA_IMPORT_OPTIONS_INIT */
    const char *from, *out;      /* a file or folder; the folder to make */
    const char *test;            /* a second file of the same form: the test part */
    const char *x, *y;           /* arrays: inputs and targets, by their names; y: or a file of its own */
    const char *x_test, *y_test; /* those of the test part */
    const char *layout;          /* arrays: dimensions of x, as NHWC, NCL, HWN */
    const char *label;     /* tables: what to predict, columns by commas; FASTA, WFDB: a key in headers */
    const char *labels;    /* files, sequences: a table of names and labels */
    const char *split;     /* tables: column with the part of each row */
    const char *drop;      /* tables: columns to leave out, by commas */
    const char *target;    /* auto, classes, numbers, or labels (several, separated by commas) */
    const char *encode;    /* tables: of texts, "one-hot" or "ordinal"; NULL: one-hot */
    const char *delimiter; /* tables: a character, or "tab" */
    const char *header;    /* tables: does the first line hold names: auto, yes or no */
    const char *missing;   /* tables: words for a missing value, by commas */
    const char *decimal;   /* tables: "." or "," before the fraction */
    const char *comment;   /* tables: a character; lines that begin with it are left out */
    int64_t skip;          /* lines before the table */
    const char *encoding;  /* of files of text: utf8, latin1, cp1252, utf16 */
    const char *pixels;    /* of pictures: "64" or "48x64" (height, width) */
    int64_t length, hop;   /* 0: chosen */
    double test_fraction;  /* below 0: the default, 0.2 */
    int64_t seed;          /* of what is drawn: the test part */
    bool unlabelled;       /* labels are not looked for: x_unlabelled alone; needs like */
    const char *group;     /* column: rows of the same value (a patient, a day) stay in one part */
    const char *like; /* a run, or a data set that was imported: its encoders are applied, none are fitted */
    const char *channels; /* of signals, by commas; NULL: all that can stand together */
    const char *fill;     /* series: interpolate, mean or zero replaces what is missing */
    bool series;          /* each row of a table is a series */
    const char *files;    /* columns that name files, which become inputs; "none"; NULL: detected */
    const char *texts;    /* columns of long texts, which become inputs */
} rc_data_import_options;
#define RC_DATA_IMPORT_OPTIONS_INIT RC_SIZED(rc_data_import_options)
/* Makes a data set of it. *json: from, out, options, reader, found, columns, target, target_why, classes,
 * labels, split, n_train, n_valid, n_test, x_shape, y_shape, notes and others by the form; import.json in the
 * folder holds the same. */
RC_API rc_status rc_data_import(const rc_data_import_options *o, char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
