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

/* Text fields may be NULL: detected, or not used. `recraft data import --help` says what each means. */
typedef struct rc_data_import_options {
    size_t size; /* by RC_DATA_IMPORT_OPTIONS_INIT */
    const char *from, *out;
    const char *test;
    const char *x, *y, *x_test, *y_test, *layout;
    const char *label, *labels, *split, *drop;
    const char *target, *encode;
    const char *delimiter, *header, *missing, *decimal, *comment;
    int64_t skip;         /* lines before the table */
    const char *encoding; /* of files of text: utf8, latin1, cp1252, utf16 */
    const char *pixels;   /* of pictures: "64" or "48x64" (height, width) */
    int64_t length, hop;  /* 0: chosen */
    double test_fraction; /* below 0: the default, 0.2 */
    int64_t seed;
    bool unlabelled;   /* labels are not looked for: x_unlabelled alone; needs like */
    const char *group; /* column: rows of the same value (a patient, a day) stay in one part */
    const char *like;  /* a run, or a data set that was imported: its encoders are applied, none are fitted */
    const char *channels; /* of signals, by commas; NULL: all that can stand together */
    const char *fill;     /* series: interpolate, mean or zero replaces what is missing */
    bool series;          /* each row of a table is a series */
    const char *files;    /* columns that name files, which become inputs; "none"; NULL: detected */
    const char *texts;    /* columns of long texts, which become inputs */
} rc_data_import_options;
#define RC_DATA_IMPORT_OPTIONS_INIT RC_SIZED(rc_data_import_options)
RC_API rc_status rc_data_import(const rc_data_import_options *o, char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
