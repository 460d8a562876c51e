/* importers/import_table.h: the state of the reader of tables. Within importers/ only. */
#ifndef RC_IMPORTERS_IMPORT_TABLE_H
#define RC_IMPORTERS_IMPORT_TABLE_H

#include "importers/samples.h"

/* A column that names files. */
typedef struct rc__file_column {
    int64_t k; /* column of the encoders */
    rc_import_options options;
    char from[256];       /* what messages call it */
    rc_texts path, where; /* of the files, and the place that names each */
    rc_samples s;         /* the files */
    int64_t *at;          /* by row: which file it has; -1: none */
    bool gaps;            /* some row has none, so all are float32 */
    void *read;           /* one sample before it is */
} rc__file_column;

/* Rows of the first file, then of `test`. */
typedef struct rc__tables {
    rc_table t[2];
    int series;      /* column of the tables that holds series; -1: columns are points of one, */
    int64_t points;  /* as many of them */
    int id;          /* column that says what a row is called; -1: none */
    int64_t columns; /* of the encoders */
    int *at;         /* by column of the encoders: where it is in the tables; -1: it is not */
    int32_t **rank; /* likewise: of each text of the tables' column its number in the encoders; -1: unknown */
    rc__file_column *files;
    int n_files;
    bool file_x;                  /* x is the first of them */
    int n_texts;                  /* inputs of texts, which stand behind the others, and */
    int64_t text[RC_MORE_INPUTS]; /* their columns of the encoders */
} rc__tables;

/* table_columns.c. */
const rc_table *rc__table_of(const rc__tables *p, int64_t i, int64_t *row);
double rc__table_number(const rc__tables *p, int column, int64_t i);
/* What became of the columns; of points of series one by one nothing is told. */
void rc__table_report(const rc_encoders *e, const rc__tables *p, rc_json *report);
/* table_encode.c: decides what becomes of each column, from the training part, unless that is given; encodes
 * one row. */
rc_status rc__table_prepare(rc_samples *s, const int8_t *part, rc_json *report) RC_MUST_CHECK;
rc_status rc__table_encode(rc_samples *s, int64_t i, void *out) RC_MUST_CHECK;
/* table_series.c: the same of rows that are series; and a note where rows look like it, and are not told to
 * be.
 */
rc_status rc__table_series(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__table_hint(rc_samples *s, const rc__tables *p) RC_MUST_CHECK;
/* table_files.c: columns that name files, chosen and read; then, when all other columns are known, as
 * inputs: `only` where no other column is one. */
rc_status rc__table_files(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__table_file_inputs(rc_samples *s, bool only) RC_MUST_CHECK;
/* What the input that column k of the encoders becomes is called. */
rc_status rc__table_name_input(rc_samples *s, int64_t k, rc__input *in) RC_MUST_CHECK;
/* table_texts.c: columns of long texts, where they are asked for or, in memory, found; then as inputs behind
 * those of files. */
/* Are so many different texts names or free text, rather than categories? */
bool rc__is_free_text(int64_t levels, int64_t rows);
rc_status rc__table_texts(rc_samples *s) RC_MUST_CHECK;
rc_status rc__table_text_inputs(rc_samples *s) RC_MUST_CHECK;
/* table_shared.c: rows that name the same file become a group, where no groups and parts are told. */
rc_status rc__table_shared_files(rc_samples *s) RC_MUST_CHECK;
void rc__table_files_close(rc__tables *p);
/* file_names.c: PICTURES, SOUNDS or SIGNALS, or UNKNOWN. What a file of such a name is; what the files are
 * that are all that a column holds; the same where all of them are there. */
rc_import_form rc__file_form(const char *name);
rc_import_form rc__column_names(const rc_column *c);
rc_import_form rc__table_names_files(const rc_table *t, int column);
/* How many of them there are, and the first row whose file there is not; -1: none. */
int64_t rc__count_files(const rc_table *t, const rc_column *c, int64_t *absent);
/* A path is that of the table's folder on. Rows in memory and from standard input have no folder. */
rc_status rc__file_path(const rc_table *t, const char *cell, size_t size, char *out) RC_MUST_CHECK;
/* table_match.c: where the encoders' columns are in what was read: a column that is needed and not there is
 * refused by name. Of rows to be encoded by given encoders: notes on what they do not have. */
rc_status rc__table_match(rc_samples *s) RC_MUST_CHECK;
rc_status rc__table_rank(rc_samples *s) RC_MUST_CHECK;
/* What the encoders' columns hold, for the reader of tables. */
rc_status rc__table_forms(const rc_encoders *e, rc_column_forms *out) RC_MUST_CHECK;
void rc__table_forms_free(rc_column_forms *f);

#endif
