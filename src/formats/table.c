#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/spill.h"
#include "formats/packed.h"
#include "formats/table_reader.h"
#include "formats/text_file.h"

int rc_table_find(const rc_table *t, const char *name)
{
    for (int i = 0; i < t->columns; i++)
        if (strcmp(t->column[i].name, name) == 0) return i;
    return -1;
}

bool rc_column_is_missing(const rc_column *c, int64_t row)
{
    if (c->kind == RC_COLUMN_SERIES) return c->start[row] == c->start[row + 1];
    return c->kind == RC_COLUMN_EMPTY ||
           (c->kind == RC_COLUMN_TEXT ? c->code[row] < 0 : isnan(c->number[row]));
}

const char *rc_column_text(const rc_column *c, int64_t row, char buffer[RC_NUMBER_TEXT])
{
    if (c->kind == RC_COLUMN_SERIES || rc_column_is_missing(c, row)) return "";
    if (c->kind == RC_COLUMN_TEXT) return rc_texts_get(&c->levels.text, c->code[row]);
    if (c->kind == RC_COLUMN_DATE) return rc_csv_date_text(c->number[row], buffer);
    if (c->kind != RC_COLUMN_WHOLE) return rc_text_number(c->number[row], buffer);
    rc_ascii_print(buffer, RC_NUMBER_TEXT, "%.0f", c->number[row]);
    return buffer;
}

/* ---- which reader ---- */

/* By the first text that is no comment of ARFF or .ts. */
static rc_table_form form_of_text(const char *text, size_t size)
{
    static const char relation[] = "@relation";
    const char *line;
    size_t at = 0, n;
    while (rc_text_next_line(text, size, &at, &line, &n)) {
        for (; n && (*line == ' ' || *line == '\t'); n--)
            line++;
        if (n == 0 || *line == '%' || *line == '#') continue;
        if (n >= strlen(relation) && rc_ascii_same_start(line, relation, strlen(relation)))
            return RC_TABLE_ARFF;
        return *line == '{' ? RC_TABLE_JSONL : *line == '@' ? RC_TABLE_TS : RC_TABLE_DELIMITED;
    }
    return RC_TABLE_DELIMITED;
}

static rc_table_form form_of_name(const char *path)
{
    return rc_packed_has_suffix(path, ".arff")                                             ? RC_TABLE_ARFF
           : rc_packed_has_suffix(path, ".jsonl") || rc_packed_has_suffix(path, ".ndjson") ? RC_TABLE_JSONL
           : rc_packed_has_suffix(path, ".ts")                                             ? RC_TABLE_TS
                                               : RC_TABLE_DELIMITED;
}

/* ---- columns of known forms ---- */

rc_status rc_column_to_text(rc_column *c, int64_t rows)
{
    if (c->kind == RC_COLUMN_TEXT) return RC_OK;
    RC_TRY(RC_NEW_RAW(&c->code, rows));
    for (int64_t r = 0; r < rows; r++) {
        char buffer[RC_NUMBER_TEXT];
        c->code[r] = -1;
        rc_spill_pass(r);
        if (rc_column_is_missing(c, r)) continue;
        const char *text = rc_column_text(c, r, buffer);
        RC_TRY(rc_levels_add(&c->levels, text, strlen(text), &c->code[r]));
    }
    c->kind = RC_COLUMN_TEXT;
    rc_free(c->number);
    c->number = NULL;
    return RC_OK;
}

static rc_status column_to_numbers(const rc_table *t, rc_column *c, const rc_column_form *form)
{
    RC_TRY(rc_column_to_text(c, t->rows));
    RC_TRY(RC_NEW_RAW(&c->number, t->rows));
    c->kind = form->kind;
    c->style = form->style;
    for (int64_t r = 0; r < t->rows; r++) {
        const char *text = c->code[r] < 0 ? NULL : rc_texts_get(&c->levels.text, c->code[r]);
        c->number[r] = NAN;
        rc_spill_pass(r);
        if (!text) continue;
        rc_csv_field f = {text, strlen(text), false};
        if (!rc__to_form(f, form, &c->number[r])) return rc__fail_form(t, t->line[r], c, f);
    }
    return RC_OK;
}

/* What declares what its columns hold may declare something else. */
rc_status rc__table_conform(rc_table *t, const rc_csv_options *o)
{
    for (int i = 0; i < t->columns; i++) {
        rc_column *c = &t->column[i];
        const rc_column_form *form = rc__form_of(o, c->name);
        if (!form) continue;
        bool series = c->kind == RC_COLUMN_SERIES;
        RC_CHECK(series == (form->kind == RC_COLUMN_SERIES), RC_DATA, "%s: \"%.80s\" holds %s instead of %s",
                 t->source, c->name, rc_column_kind_text(c->kind), rc_column_kind_text(form->kind));
        if (series) continue;
        if (c->kind == RC_COLUMN_DATE && form->kind == RC_COLUMN_DATE && form->style != RC_CSV_TIME) {
            c->style = form->style;
            continue;
        }
        bool numbers = c->kind == RC_COLUMN_WHOLE || c->kind == RC_COLUMN_REAL;
        if (form->kind == RC_COLUMN_TEXT)
            RC_TRY(rc_column_to_text(c, t->rows));
        else if (!numbers || form->kind == RC_COLUMN_DATE)
            RC_TRY(column_to_numbers(t, c, form));
    }
    return RC_OK;
}

/* ---- reading ---- */

/* verbatim: as they were given; else without the blanks around them. */
static rc_status csv_texts(rc_csv *c, int column, bool verbatim, rc_texts *out)
{
    bool more;
    rc_string room = {0};
    rc_status status = rc_csv_next(c, &more);
    while (status == RC_OK && more) {
        rc_csv_field f;
        status = rc__cell_get(c, column, verbatim, &room, &f);
        if (status == RC_OK && !verbatim) f = rc_csv_trim(f);
        if (status == RC_OK) status = rc_texts_add(out, f.text, f.length);
        if (status == RC_OK) status = rc_csv_next(c, &more);
        rc_spill_pass(out->n);
    }
    rc_string_free(&room);
    return status;
}

static bool is_read_as_delimited(const rc_table *t)
{
    return t->form == RC_TABLE_DELIMITED || t->form == RC_TABLE_JSONL;
}

static rc_status read_again(const rc_table *t, rc_csv_options options, int column, bool verbatim,
                            rc_texts *out)
{
    rc_csv *c;
    rc_csv_options cells = rc__cells_options((rc_csv_options){0}, NULL);
    RC_TRY(t->form == RC_TABLE_JSONL ? rc_csv_open_memory(t->source, t->text.data, t->text.length, cells, &c)
                                     : rc_csv_open(t->source, options, &c));
    rc_status status = csv_texts(c, column, verbatim, out);
    rc_csv_close(&c);
    if (status == RC_OK && out->n != t->rows)
        status = rc_fail(RC_DATA, "%s: the file changed while it was read", t->source);
    return status;
}

static rc_status write_values(const rc_table *t, const rc_column *from, rc_texts *out)
{
    char buffer[RC_CSV_DATE_TEXT];
    RC_CHECK(!from->inexact, RC_DATA,
             "%s:%lld: \"%.80s\" holds a whole number that float64 rounds; declare it as string", t->source,
             (long long)from->inexact, from->name);
    for (int64_t r = 0; r < t->rows; r++) {
        const char *text = rc_column_text(from, r, buffer);
        RC_TRY(rc_texts_add(out, text, strlen(text)));
        rc_spill_pass(r);
    }
    return RC_OK;
}

rc_status rc_table_texts(const rc_table *t, rc_csv_options options, int column, rc_texts *out)
{
    *out = (rc_texts){0};
    rc_status status = is_read_as_delimited(t) ? read_again(t, options, column, false, out)
                                               : write_values(t, &t->column[column], out);
    if (status != RC_OK) rc_texts_free(out);
    return status;
}

rc_status rc_table_take_verbatim(rc_table *t, rc_csv_options options, int column)
{
    rc_column *c = &t->column[column];
    rc_texts given = {0};
    rc_levels levels = {0};
    if (!is_read_as_delimited(t) || c->kind != RC_COLUMN_TEXT) return RC_OK;
    rc_status status = read_again(t, options, column, true, &given);
    for (int64_t r = 0; r < t->rows && status == RC_OK; r++) {
        const char *text = rc_texts_get(&given, r);
        if (c->code[r] >= 0) status = rc_levels_add(&levels, text, strlen(text), &c->code[r]);
        rc_spill_pass(r);
    }
    rc_texts_free(&given);
    rc_levels_free(&c->levels);
    c->levels = levels;
    c->verbatim = true;
    return status;
}

static rc_status read_as(rc_table_form form, const char *path, const rc_text_file *f, rc_csv_options options,
                         rc_table *out)
{
    options.encoding = NULL; /* it is UTF-8 by now */
    switch (form) {
    case RC_TABLE_JSONL:
        return rc_jsonl_parse(path, f->text, f->size, options, out);
    case RC_TABLE_TS:
        return rc_ts_parse(path, f->text, f->size, out);
    case RC_TABLE_ARFF:
        return rc_arff_parse(path, f->text, f->size, out);
    default:
        return rc_csv_table_parse(path, f->text, f->size, options, out);
    }
}

/* By the name; what has no ending, as standard input, by what it holds. */
rc_status rc_table_read(const char *path, rc_csv_options options, rc_table *out)
{
    rc_text_file f;
    *out = (rc_table){0};
    RC_TRY(rc_text_file_open(path, options.encoding, &f));
    bool named = strchr(rc_path_base(path), '.');
    rc_table_form form = named ? form_of_name(path) : form_of_text(f.text, f.size);
    rc_status status = read_as(form, path, &f, options, out);
    rc_text_file_close(&f);
    bool declares = form == RC_TABLE_ARFF || form == RC_TABLE_TS;
    if (status == RC_OK && declares) status = rc__table_conform(out, &options);
    if (status != RC_OK) rc_table_free(out);
    return status;
}
