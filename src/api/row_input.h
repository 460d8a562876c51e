/* api/row_input.h: rows of a table as callers have them. */
#ifndef RC_API_ROW_INPUT_H
#define RC_API_ROW_INPUT_H

#include "api/call.h"
#include "importers/encoders.h"
#include "tasks/task.h"

/* The same as the readers of tables take them. Zero-initialise; to be closed in any case. */
typedef struct rc__table_rows {
    rc_memory_table table;
    rc_memory_column *column;
    double **number; /* [columns], owned */
} rc__table_rows;
rc_status rc__table_rows_open(const rc_rows *given, rc__table_rows *out) RC_MUST_CHECK;
void rc__table_rows_close(rc__table_rows *r);

/* How a predictor of this task makes samples of rows, parsed anew; the caller's. */
rc_status rc__task_encoders(const rc_task *t, rc_encoders **out) RC_MUST_CHECK;
/* Arrays of a data set, with room for the names of their inputs. */
typedef struct rc__row_arrays {
    rc_dataset_arrays arrays;
    char name[RC_MORE_INPUTS][RC_INPUT_NAME];
} rc__row_arrays;
/* Rows of parts, the last of them without targets, as x and further inputs, by encoders *e; NULL: by new
 * ones, fitted to the training part. They are the caller's, as are the arrays, on failure, too. Notes are
 * what was found. */
rc_status rc__table_rows_encode(const rc_rows *const rows[RC_DATA_PARTS + 1], rc__row_arrays *out,
                                rc_texts *notes, rc_encoders **e) RC_MUST_CHECK;

#endif
