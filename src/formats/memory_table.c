/* Columns in memory as a table. Those that say what they hold are taken as they are; the others are written
 * out as delimited text, which is then read by the rules of that. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "formats/table_reader.h"

static bool is_open(const rc_memory_column *c)
{
    return c->kind == RC_COLUMN_EMPTY;
}

/* ---- columns that say what they hold ---- */

static rc_status take_numbers(const rc_memory_column *from, int64_t rows, rc_column *c)
{
    bool whole = true;
    RC_TRY(RC_NEW_RAW(&c->number, rows));
    for (int64_t r = 0; r < rows; r++) {
        double v = c->number[r] = from->number[r];
        c->missing += isnan(v);
        whole = whole && (isnan(v) || (floor(v) == v && fabs(v) < 9e15));
    }
    if (from->kind == RC_COLUMN_DATE) {
        c->style = RC_CSV_YEAR_FIRST;
    } else {
        c->style = RC_CSV_POINT;
        c->kind = whole ? RC_COLUMN_WHOLE : RC_COLUMN_REAL;
    }
    return RC_OK;
}

static rc_status take_texts(const rc_memory_table *t, const rc_memory_column *from, bool verbatim,
                            rc_column *c)
{
    RC_TRY(RC_NEW_RAW(&c->code, t->rows));
    for (int64_t r = 0; r < t->rows; r++) {
        const char *text = from->text[r] ? from->text[r] : "";
        size_t size = strlen(text), good = rc_utf8_span(text, size);
        RC_CHECK(good == size, RC_DATA, "%s:%lld: \"%.80s\": byte %zu (0x%02X) is not UTF-8, as texts are",
                 t->source, (long long)r + 1, from->name, good + 1, (unsigned char)text[good]);
        rc_csv_field f = {text, size, false};
        if (!verbatim) f = rc_csv_trim(f);
        bool gone = from->whole_texts || verbatim ? rc_text_is_blank(f.text, f.length) : f.length == 0;
        c->code[r] = -1;
        c->missing += gone;
        if (!gone) RC_TRY(rc_levels_add(&c->levels, f.text, f.length, &c->code[r]));
    }
    return RC_OK;
}

rc_status rc_memory_table_texts(const rc_memory_table *from, int i, rc_column *out)
{
    rc_memory_column column = from->column[i];
    column.whole_texts = true;
    rc_free(out->code);
    rc_levels_free(&out->levels);
    out->code = NULL;
    out->missing = 0;
    return take_texts(from, &column, true, out);
}

static void empty(rc_column *c)
{
    c->kind = RC_COLUMN_EMPTY;
    rc_free(c->number);
    rc_free(c->code);
    c->number = NULL;
    c->code = NULL;
}

static rc_status take_column(const rc_memory_table *from, const rc_csv_options *o, int i, rc_column *c)
{
    const rc_memory_column *column = &from->column[i];
    const rc_column_form *form = rc__form_of(o, column->name);
    bool verbatim = form ? form->verbatim : column->whole_texts;
    bool texts = is_open(column) || column->kind == RC_COLUMN_TEXT;
    RC_CHECK(texts ? column->text != NULL : column->number != NULL, RC_DATA, "%s: \"%.80s\" has no values",
             from->source, column->name);
    RC_TRY(rc_strdup(column->name, &c->name));
    if (is_open(column)) return RC_OK;
    c->kind = column->kind;
    RC_TRY(texts ? take_texts(from, column, verbatim, c) : take_numbers(column, from->rows, c));
    if (c->missing == from->rows) empty(c);
    snprintf(c->why, sizeof c->why, "%s", rc_column_kind_text(c->kind));
    return RC_OK;
}

/* ---- the others ---- */

static rc_status write_open(const rc_memory_table *from, rc_texts *names, rc_string *out)
{
    for (int i = 0; i < from->columns; i++)
        if (is_open(&from->column[i]))
            RC_TRY(rc_texts_add(names, from->column[i].name, strlen(from->column[i].name)));
    for (int64_t r = 0; r < from->rows && names->n > 0; r++) {
        int cells = 0;
        for (int i = 0; i < from->columns; i++) {
            const rc_memory_column *c = &from->column[i];
            if (!is_open(c)) continue;
            if (cells++) RC_TRY(rc_string_add(out, ",", 1));
            RC_TRY(rc__cell_put(out, c->text[r] ? c->text[r] : ""));
        }
        RC_TRY(rc_string_add(out, "\n", 1));
    }
    return RC_OK;
}

/* What was read changes places with the empty columns that it was written from. */
static void take_read(const rc_memory_table *from, rc_table *read, rc_table *out)
{
    int at = 0;
    for (int i = 0; i < from->columns; i++) {
        if (!is_open(&from->column[i])) continue;
        rc_column swap = out->column[i];
        out->column[i] = read->column[at];
        read->column[at++] = swap;
    }
}

static rc_status read_open(const rc_memory_table *from, rc_csv_options options, rc_table *out)
{
    rc_texts names = {0};
    rc_string text = {0};
    rc_table read = {0};
    rc_status status = write_open(from, &names, &text);
    if (status == RC_OK && names.n > 0)
        status = rc_csv_table_parse(from->source, text.data, text.length, rc__cells_options(options, &names),
                                    &read);
    if (status == RC_OK && names.n > 0) {
        rc_texts notes = out->notes;
        take_read(from, &read, out);
        out->notes = read.notes;
        read.notes = notes;
    }
    rc_table_free(&read);
    rc_string_free(&text);
    rc_texts_free(&names);
    return status;
}

/* ---- all of it ---- */

static rc_status check_table(const rc_memory_table *from)
{
    RC_CHECK(from->rows > 0 && from->columns > 0, RC_DATA, "%s: a table of %lld rows and %d columns",
             from->source, (long long)from->rows, from->columns);
    rc_levels names = {0};
    rc_status status = RC_OK;
    for (int i = 0; i < from->columns && status == RC_OK; i++) {
        const char *name = from->column[i].name;
        int32_t number;
        RC_TRY_DONE(name && name[0] ? rc_levels_add(&names, name, strlen(name), &number)
                                    : rc_fail(RC_DATA, "%s: column %d has no name", from->source, i));
        if (number < i) status = rc_fail(RC_DATA, "%s: two columns are called \"%.80s\"", from->source, name);
    }
done:
    rc_levels_free(&names);
    return status;
}

/* Cells that options.forms tells to be whole texts are as if they said so. */
static rc_status take_forms(const rc_memory_table *from, const rc_csv_options *o, rc_memory_column **out)
{
    RC_TRY(RC_NEW(out, from->columns));
    for (int i = 0; i < from->columns; i++) {
        rc_memory_column *c = &(*out)[i];
        *c = from->column[i];
        const rc_column_form *form = rc__form_of(o, c->name);
        if (!form || !form->whole || !(is_open(c) || c->kind == RC_COLUMN_TEXT)) continue;
        c->kind = RC_COLUMN_TEXT;
        c->whole_texts = true;
    }
    return RC_OK;
}

static rc_status read_columns(const rc_memory_table *from, rc_csv_options options, rc_table *out)
{
    RC_TRY(rc_strdup(from->source, &out->source));
    snprintf(out->note, sizeof out->note, "%d columns in memory", from->columns);
    out->form = RC_TABLE_MEMORY;
    out->header = true;
    out->rows = from->rows;
    RC_TRY(RC_NEW(&out->column, from->columns));
    RC_TRY(RC_NEW(&out->line, from->rows));
    for (int64_t r = 0; r < from->rows; r++)
        out->line[r] = r + 1;
    out->columns = from->columns; /* to be freed, also where one is refused */
    for (int i = 0; i < from->columns; i++)
        RC_TRY(take_column(from, &options, i, &out->column[i]));
    RC_TRY(read_open(from, options, out));
    return rc__table_conform(out, &options);
}

rc_status rc_memory_table_read(const rc_memory_table *from, rc_csv_options options, rc_table *out)
{
    rc_memory_column *column = NULL;
    rc_memory_table table = *from;
    *out = (rc_table){0};
    rc_status status = check_table(from);
    if (status == RC_OK) status = take_forms(from, &options, &column);
    table.column = column;
    if (status == RC_OK) status = read_columns(&table, options, out);
    rc_free(column);
    if (status != RC_OK) rc_table_free(out);
    return status;
}
