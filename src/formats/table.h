/* formats/table.h: a table in memory, column by column, with the kind of each column and why: from CSV and
 * relatives (inferred), ARFF (declared), or .ts. */
#ifndef RC_FORMATS_TABLE_H
#define RC_FORMATS_TABLE_H

#include "formats/csv.h"
#include "formats/levels.h"
#include "formats/memory_table.h"

typedef struct rc_column {
    char *name;
    rc_column_kind kind;
    char why[200]; /* "text: \"Rome\" (line 2) is not a number" */
    bool whole;    /* texts that all count, unless they are blank */
    bool verbatim; /* texts as they were given, with the blanks around them and their line breaks */
    bool declared; /* levels stand in the file, in an order of its own (ARFF) */
    int64_t missing;
    int64_t inexact; /* line of the first whole number that float64 does not hold; 0: none */
    unsigned style;  /* of a CSV's numbers or dates (csv.h) */
    double *number;  /* WHOLE, REAL: [rows]; DATE: seconds since 1970; NaN where missing */
    int32_t *code;   /* TEXT: [rows], number of its level; -1 where missing */
    rc_levels levels;
    /* SERIES: [channels, length] of each row, NaN where missing, one after the other in `number`. */
    int64_t channels, capacity;
    int64_t *start; /* [rows + 1], of each row's numbers */
} rc_column;

/* What a column holds, where that is known: numbers and dates with the way in which they are written. */
typedef struct rc_column_form {
    rc_column_kind kind;
    unsigned style; /* csv.h; 0: texts */
    bool whole;     /* texts that all count, unless they are blank: no word stands for a missing one */
    bool verbatim;  /* texts as they were given; else without the blanks around them, on one line */
} rc_column_form;
typedef struct rc_column_forms {
    rc_levels name;
    rc_column_form *form; /* by the number of the name */
} rc_column_forms;

typedef enum rc_table_form {
    RC_TABLE_DELIMITED,
    RC_TABLE_ARFF,
    RC_TABLE_JSONL,
    RC_TABLE_TS,
    RC_TABLE_MEMORY
} rc_table_form;

typedef struct rc_table {
    rc_table_form form;
    char *source;
    char note[400]; /* how the file was read: delimiter, header */
    bool header;    /* columns have names of their own */
    rc_string text; /* JSON lines: the delimited text that stands for them */
    rc_texts notes; /* what the reader of the results should know */
    int64_t rows;
    int columns;
    rc_column *column;
    int64_t *line; /* of each row */
} rc_table;

/* A column is of numbers, all written in one way, or of dates, written in one way, where no value is anything
 * else but missing; else all its values are texts. Where options.forms knows the column, it is of that form,
 * and another value is refused by line. Memory: some 30 bytes for each of the file. */
rc_status rc_csv_table_parse(const char *name, const char *text, size_t size, rc_csv_options options,
                             rc_table *out) RC_MUST_CHECK;
/* ARFF: numeric, real, integer, nominal and string attributes, quoted names, missing values, sparse rows;
 * rows' weights are left out, with a note. date attributes are refused by line. Memory: 64
 * MiB, or 256 bytes for each of the file; what takes more is refused. A relational attribute of numbers is a
 * column of series, a channel for each of its instances; other relations are refused. */
rc_status rc_arff_parse(const char *name, const char *text, size_t size, rc_table *out) RC_MUST_CHECK;
/* .ts of sktime and aeon: a column "series", and "class" or "target" where the file has labels. Times of
 * their own are refused. */
rc_status rc_ts_parse(const char *name, const char *text, size_t size, rc_table *out) RC_MUST_CHECK;
/* JSON lines, an object a line: every key is a column, in the order in which they come up, and values are as
 * in delimited text; lists and objects as values are refused by line. Memory: as ARFF. */
rc_status rc_jsonl_parse(const char *name, const char *text, size_t size, rc_csv_options options,
                         rc_table *out) RC_MUST_CHECK;
/* ARFF by its suffix .arff, .ts by its own, JSON lines by .jsonl or .ndjson (each may be packed), or both by
 * their first line where the name has no suffix; else delimited text. options.forms holds for all. */
rc_status rc_table_read(const char *path, rc_csv_options options, rc_table *out) RC_MUST_CHECK;
rc_status rc_memory_table_read(const rc_memory_table *from, rc_csv_options options,
                               rc_table *out) RC_MUST_CHECK;
/* Column i of the table that was read, anew, as whole texts. */
rc_status rc_memory_table_texts(const rc_memory_table *from, int i, rc_column *out) RC_MUST_CHECK;
/* The values of a column as they stand in the file, blanks around them apart: rows texts. */
rc_status rc_table_texts(const rc_table *t, rc_csv_options options, int column, rc_texts *out) RC_MUST_CHECK;
/* Makes a column's texts those that were given (verbatim). */
rc_status rc_table_take_verbatim(rc_table *t, rc_csv_options options, int column) RC_MUST_CHECK;
void rc_table_free(rc_table *t);
int rc_table_find(const rc_table *t, const char *name); /* -1: none */
const char *rc_column_kind_text(rc_column_kind kind);
bool rc_column_is_missing(const rc_column *c, int64_t row);
/* The length of a row's series, and its values. */
int64_t rc_column_series(const rc_column *c, int64_t row, const double **values);
/* Numbers or dates become texts, as they would be written. */
rc_status rc_column_to_text(rc_column *c, int64_t rows) RC_MUST_CHECK;
/* Row as text: the level, the date, or the number; "" where missing. */
const char *rc_column_text(const rc_column *c, int64_t row, char buffer[RC_NUMBER_TEXT]);

#endif
