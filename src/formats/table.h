/* formats/table.h: a table in memory, column by column, with the kind of each column and why: from CSV and
 * relatives (inferred) or ARFF (declared). */
#ifndef RC_FORMATS_TABLE_H
#define RC_FORMATS_TABLE_H

#include "formats/csv.h"
#include "formats/levels.h"

typedef enum rc_column_kind {
    RC_COLUMN_EMPTY,
    RC_COLUMN_WHOLE,
    RC_COLUMN_REAL,
    RC_COLUMN_TEXT
} rc_column_kind;

typedef struct rc_column {
    char *name;
    rc_column_kind kind;
    char why[200]; /* "text: \"Rome\" (line 2) is not a number" */
    bool declared; /* levels stand in the file, in an order of its own (ARFF) */
    int64_t missing;
    double *number; /* WHOLE, REAL: [rows]; NaN where missing */
    int32_t *code;  /* TEXT: [rows], number of its level; -1 where missing */
    rc_levels levels;
} rc_column;

typedef struct rc_table {
    char *source;
    char note[240]; /* how the file was read: delimiter, header */
    int64_t rows;
    int columns;
    rc_column *column;
    int64_t *line; /* of each row */
} rc_table;

/* A column is text when one value is neither missing nor a number; then all its values are texts. */
rc_status rc_csv_table(const char *path, rc_csv_options options, rc_table *out) RC_MUST_CHECK;
/* ARFF: numeric, real, integer, nominal and string attributes, quoted names, missing values, sparse rows.
 * date and relational attributes are refused by line. */
rc_status rc_arff_table(const char *path, rc_table *out) RC_MUST_CHECK;
rc_status rc_arff_parse(const char *name, const char *text, size_t size, rc_table *out) RC_MUST_CHECK;
/* ARFF by its suffix .arff, else delimited text. */
rc_status rc_table_read(const char *path, rc_csv_options options, rc_table *out) RC_MUST_CHECK;
void rc_table_free(rc_table *t);
int rc_table_find(const rc_table *t, const char *name); /* -1: none */
const char *rc_column_kind_text(rc_column_kind kind);
bool rc_column_is_missing(const rc_column *c, int64_t row);
/* Row as text: the level, or the number in few digits; "" where missing. */
const char *rc_column_text(const rc_column *c, int64_t row, char buffer[32]);

#endif
