/* Rows of a table in memory: what becomes of them, and samples for a predictor that was fitted to such. */
#include "api/row_input.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* ---- as the readers of tables take them ---- */

static rc_status take_numbers(const rc_rows_column *c, int64_t rows, double **out)
{
    rc_array given = {0};
    RC_TRY(rc__view_array(c->name, c->numbers, &given));
    rc_status status = RC_OK;
    if (given.shape.n != 1 || given.shape.dim[0] != rows)
        status = rc_fail(RC_SHAPE, "%s: numbers of a column are [%lld], one for each row", c->name,
                         (long long)rows);
    if (status == RC_OK) status = RC_NEW_RAW(out, rows);
    for (int64_t i = 0; i < rows && status == RC_OK; i++)
        (*out)[i] = rc_array_number(&given, i);
    rc_array_free(&given);
    return status;
}

static rc_status take_column(const rc_rows_column *c, int64_t i, rc__table_rows *out)
{
    static const rc_column_kind kind[] = {[RC_HOLDS_NUMBERS] = RC_COLUMN_REAL,
                                          [RC_HOLDS_DATES] = RC_COLUMN_DATE,
                                          [RC_HOLDS_WORDS] = RC_COLUMN_TEXT,
                                          [RC_HOLDS_CELLS] = RC_COLUMN_EMPTY,
                                          [RC_HOLDS_TEXTS] = RC_COLUMN_TEXT};
    RC_CHECK(c->name, RC_DATA, "%s: column %lld has no name", out->table.source, (long long)i);
    RC_CHECK((unsigned)c->holds <= RC_HOLDS_TEXTS, RC_CONFIG, "%s: \"%.80s\" holds %d, which is not a kind",
             out->table.source, c->name, (int)c->holds);
    if (c->holds <= RC_HOLDS_DATES) RC_TRY(take_numbers(c, out->table.rows, &out->number[i]));
    out->column[i] =
        (rc_memory_column){c->name, kind[c->holds], out->number[i], c->texts, c->holds == RC_HOLDS_TEXTS};
    return RC_OK;
}

rc_status rc__table_rows_open(const rc_rows *given, rc__table_rows *out)
{
    rc_rows rows = RC_ROWS_INIT;
    RC_TRY(rc__options_take("rc_rows", given, sizeof rows, &rows));
    const char *name = rows.name ? rows.name : "rows";
    RC_CHECK(rows.rows > 0 && rows.columns > 0 && rows.columns <= RC_MAX_COLUMNS && rows.column, RC_DATA,
             "%s: a table of %lld rows and %lld columns; it has at least 1, and at most %d columns", name,
             (long long)rows.rows, (long long)rows.columns, RC_MAX_COLUMNS);
    RC_TRY(RC_NEW(&out->column, rows.columns));
    RC_TRY(RC_NEW(&out->number, rows.columns));
    out->table = (rc_memory_table){name, rows.rows, (int)rows.columns, out->column, rows.texts};
    for (int64_t i = 0; i < rows.columns; i++)
        RC_TRY(take_column(&rows.column[i], i, out));
    return RC_OK;
}

void rc__table_rows_close(rc__table_rows *r)
{
    for (int i = 0; r->number && i < r->table.columns; i++)
        rc_free(r->number[i]);
    rc_free(r->number);
    rc_free(r->column);
    *r = (rc__table_rows){0};
}

/* ---- as samples of a data set ---- */

rc_status rc__task_encoders(const rc_task *t, rc_encoders **out)
{
    RC_CHECK(t->encoders, RC_UNSUPPORTED,
             "this predictor was fitted to arrays, not to rows of a table; give it arrays");
    return rc_encoders_parse("the predictor", t->encoders, out);
}

static rc_status add_notes(const rc_raw *r, rc_texts *notes)
{
    const rc_texts *found = rc_raw_notes(r);
    for (int64_t i = 0; i < found->n; i++)
        RC_TRY(rc_texts_add(notes, rc_texts_get(found, i), strlen(rc_texts_get(found, i))));
    return RC_OK;
}

/* By the same encoders all parts have the same inputs. */
static rc_status take_part(rc_raw *r, int part, rc__row_arrays *out)
{
    rc_dataset_arrays *a = &out->arrays;
    RC_TRY(rc_raw_input(r, 0, &a->x[part]));
    a->n_more = rc_raw_inputs(r) - 1;
    for (int k = 0; k < a->n_more; k++) {
        snprintf(out->name[k], sizeof out->name[k], "%s", rc_raw_input_name(r, k + 1));
        a->more[k].name = out->name[k];
        RC_TRY(rc_raw_is_of_texts(r, k + 1) ? rc_raw_texts(r, k + 1, &a->more[k].text[part])
                                            : rc_raw_input(r, k + 1, &a->more[k].x[part]));
    }
    return RC_OK;
}

/* The first part is what encoders are fitted to. */
static rc_status encode(const rc_rows *given, int part, rc__row_arrays *out, rc_texts *notes, rc_encoders **e)
{
    rc__table_rows rows = {0};
    rc_raw *r = NULL;
    rc_status status = rc__table_rows_open(given, &rows);
    if (status == RC_OK)
        status = *e ? rc_raw_open_table(*e, &rows.table, &r) : rc_raw_fit_table(&rows.table, e, &r);
    if (status == RC_OK) status = take_part(r, part, out);
    if (status == RC_OK) status = add_notes(r, notes);
    rc_raw_close(&r);
    rc__table_rows_close(&rows);
    return status;
}

rc_status rc__table_rows_encode(const rc_rows *const rows[RC_DATA_PARTS + 1], rc__row_arrays *out,
                                rc_texts *notes, rc_encoders **e)
{
    RC_CHECK(*e || rows[RC_DATA_TRAIN], RC_DATA,
             "rows: there is no training part to learn from what columns hold");
    for (int i = 0; i <= RC_DATA_PARTS; i++)
        if (rows[i]) RC_TRY(encode(rows[i], i, out, notes, e));
    return RC_OK;
}
