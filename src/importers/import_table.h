/* importers/import_table.h: the state of the reader of tables. Within importers/ only. */
#ifndef RC_IMPORTERS_IMPORT_TABLE_H
#define RC_IMPORTERS_IMPORT_TABLE_H

#include "importers/samples.h"

typedef enum rc__column_use {
    RC__SKIP,
    RC__NUMBER,
    RC__DATE,
    RC__TWO,
    RC__ONE_HOT,
    RC__ORDINAL
} rc__column_use;

typedef struct rc__column_plan {
    rc__column_use use;
    int64_t width, missing;
    double fill;          /* NUMBER, DATE: mean of the training part */
    double start;         /* DATE: the first of the training part */
    bool day, week, year; /* DATE: these go round */
    int32_t *rank;        /* of each level */
    char what[200];
} rc__column_plan;

/* Rows of the first file, then of --test. */
typedef struct rc__tables {
    rc_table t[2];
    rc__column_plan *plan;
    bool *target; /* which columns are to be predicted, or say the part */
} rc__tables;

const rc_table *rc__table_of(const rc__tables *p, int64_t i, int64_t *row);
/* table_encode.c: decides what becomes of each column, from the training part; encodes one row. */
rc_status rc__table_prepare(rc_samples *s, const int8_t *part, rc_json *report) RC_MUST_CHECK;
rc_status rc__table_encode(rc_samples *s, int64_t i, void *out) RC_MUST_CHECK;

#endif
