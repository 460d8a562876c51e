/* formats/memory_table.h: the columns of a table that is in memory already. */
#ifndef RC_FORMATS_MEMORY_TABLE_H
#define RC_FORMATS_MEMORY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum { RC_MAX_COLUMNS = 1 << 17 }; /* of a table */

typedef enum rc_column_kind {
    RC_COLUMN_EMPTY,
    RC_COLUMN_WHOLE,
    RC_COLUMN_REAL,
    RC_COLUMN_DATE,
    RC_COLUMN_TEXT,
    RC_COLUMN_SERIES
} rc_column_kind;

/* Columns in memory. Numbers, and dates as seconds since 1970, stand in `number` [rows], NaN where missing;
 * texts, UTF-8, in `text` [rows], NULL or blank where missing. */
typedef struct rc_memory_column {
    const char *name;
    rc_column_kind kind; /* REAL, DATE, TEXT; EMPTY: texts that may be any of these, by the rules of files */
    const double *number;
    const char *const *text;
    bool whole_texts; /* an input of its own, not names; all count that are not blank, as they are given */
} rc_memory_column;
typedef struct rc_memory_table {
    const char *source; /* what messages call it */
    int64_t rows;
    int columns;
    const rc_memory_column *column;
    bool find_texts; /* what is found to be free text becomes inputs */
} rc_memory_table;

#endif
