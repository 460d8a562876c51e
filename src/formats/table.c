#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/table_reader.h"

const char *rc_column_kind_text(rc_column_kind kind)
{
    static const char *const text[] = {"empty", "whole numbers", "numbers", "dates", "text"};
    return text[kind];
}

void rc_table_free(rc_table *t)
{
    for (int i = 0; t->column && i < t->columns; i++) {
        rc_free(t->column[i].name);
        rc_free(t->column[i].number);
        rc_free(t->column[i].code);
        rc_levels_free(&t->column[i].levels);
    }
    rc_free(t->column);
    rc_free(t->line);
    rc_texts_free(&t->notes);
    rc_free(t->source);
    *t = (rc_table){0};
}

int rc_table_find(const rc_table *t, const char *name)
{
    for (int i = 0; i < t->columns; i++)
        if (strcmp(t->column[i].name, name) == 0) return i;
    return -1;
}

bool rc_column_is_missing(const rc_column *c, int64_t row)
{
    return c->kind == RC_COLUMN_EMPTY ||
           (c->kind == RC_COLUMN_TEXT ? c->code[row] < 0 : isnan(c->number[row]));
}

const char *rc_column_text(const rc_column *c, int64_t row, char buffer[RC_NUMBER_TEXT])
{
    if (rc_column_is_missing(c, row)) return "";
    if (c->kind == RC_COLUMN_TEXT) return rc_texts_get(&c->levels.text, c->code[row]);
    if (c->kind == RC_COLUMN_DATE) return rc_csv_date_text(c->number[row], buffer);
    if (c->kind != RC_COLUMN_WHOLE) return rc_text_number(c->number[row], buffer);
    snprintf(buffer, RC_NUMBER_TEXT, "%.0f", c->number[row]);
    return buffer;
}

static bool is_arff(const char *path)
{
    return rc_path_has_suffix(path, ".arff") || rc_path_has_suffix(path, ".arff.gz");
}

rc_status rc__table_note(rc_table *t, const char *format, ...)
{
    char text[400], shown[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rc_utf8_visible(text, "", sizeof shown, shown); /* a name may have been cut within a letter */
    return rc_texts_add(&t->notes, shown, strlen(shown));
}

bool rc__table_fits(size_t stored, size_t claimed)
{
    return claimed <= RC__TABLE_FREE || claimed / RC__TABLE_RATIO <= stored;
}

bool rc__is_inexact(rc_csv_field f)
{
    char text[24];
    int64_t whole;
    f = rc_csv_trim(f);
    size_t sign = f.length && strchr("+-", f.text[0]) ? 1 : 0;
    if (f.length <= 15) return false;
    for (size_t i = sign; i < f.length; i++)
        if (f.text[i] < '0' || f.text[i] > '9') return false;
    if (f.length >= sizeof text) return true;
    memcpy(text, f.text, f.length);
    text[f.length] = '\0';
    /* 2^63 itself cannot be converted back. */
    return !rc_text_to_i64(text + (*text == '+'), &whole) || fabs((double)whole) >= 0x1p63 ||
           (int64_t)(double)whole != whole;
}

/* ---- columns of known forms ---- */

const rc_column_form *rc__form_of(const rc_csv_options *o, const char *name)
{
    int32_t at = o->forms ? rc_levels_find(&o->forms->name, name, strlen(name)) : -1;
    return at < 0 ? NULL : &o->forms->form[at];
}

bool rc__to_form(rc_csv_field f, const rc_column_form *form, double *out)
{
    return form->kind == RC_COLUMN_DATE ? rc_csv_to_seconds(f, form->style, out)
                                        : rc_csv_to_f64_in(f, form->style, out);
}

rc_status rc__fail_form(const rc_table *t, int64_t line, const rc_column *c, rc_csv_field f)
{
    static const char *const dates[] = {[RC_CSV_YEAR_FIRST] = "dates as 2024-12-31",
                                        [RC_CSV_DAY_FIRST] = "dates with the day first",
                                        [RC_CSV_MONTH_FIRST] = "dates with the month first",
                                        [RC_CSV_TIME] = "times"};
    f = rc_csv_trim(f);
    return rc_fail(RC_DATA, "%s:%lld: \"%.80s\" is \"%.*s\"; it holds %s%s, or an empty cell", t->source,
                   (long long)line, c->name, (int)rc_utf8_cut(f.text, f.length, 40), f.text,
                   c->kind == RC_COLUMN_DATE   ? dates[c->style]
                   : c->style & RC_CSV_COMMA   ? "numbers with a decimal comma"
                   : c->style & RC_CSV_GROUPED ? "numbers as 1,234.5"
                                               : "numbers as 1234.5",
                   c->style & RC_CSV_PERCENT && c->kind != RC_COLUMN_DATE ? " and a percent sign" : "");
}

rc_status rc_column_to_text(rc_column *c, int64_t rows)
{
    if (c->kind == RC_COLUMN_TEXT) return RC_OK;
    RC_TRY(RC_NEW_RAW(&c->code, rows));
    for (int64_t r = 0; r < rows; r++) {
        char buffer[RC_NUMBER_TEXT];
        c->code[r] = -1;
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
        if (!text) continue;
        rc_csv_field f = {text, strlen(text), false};
        if (!rc__to_form(f, form, &c->number[r])) return rc__fail_form(t, t->line[r], c, f);
    }
    return RC_OK;
}

/* A file that declares what its columns hold may declare something else. */
static rc_status conform(rc_table *t, const rc_csv_options *o)
{
    for (int i = 0; i < t->columns; i++) {
        rc_column *c = &t->column[i];
        const rc_column_form *form = rc__form_of(o, c->name);
        if (!form) continue;
        bool numbers = c->kind == RC_COLUMN_WHOLE || c->kind == RC_COLUMN_REAL;
        if (form->kind == RC_COLUMN_TEXT)
            RC_TRY(rc_column_to_text(c, t->rows));
        else if (!numbers || form->kind == RC_COLUMN_DATE)
            RC_TRY(column_to_numbers(t, c, form));
    }
    return RC_OK;
}

/* ---- reading ---- */

static rc_status csv_texts(rc_csv *c, int column, rc_texts *out)
{
    bool more;
    RC_TRY(rc_csv_next(c, &more));
    while (more) {
        rc_csv_field f = rc_csv_trim(rc_csv_get(c, column));
        RC_TRY(rc_texts_add(out, f.text, f.length));
        RC_TRY(rc_csv_next(c, &more));
    }
    return RC_OK;
}

rc_status rc_table_texts(const rc_table *t, rc_csv_options options, int column, rc_texts *out)
{
    char buffer[RC_CSV_DATE_TEXT];
    rc_csv *c;
    const rc_column *from = &t->column[column];
    rc_status status = RC_OK;
    *out = (rc_texts){0};
    if (is_arff(t->source)) {
        RC_CHECK(!from->inexact, RC_DATA,
                 "%s:%lld: \"%.80s\" holds a whole number that float64 rounds; declare it as string",
                 t->source, (long long)from->inexact, from->name);
        for (int64_t r = 0; r < t->rows && status == RC_OK; r++) {
            const char *text = rc_column_text(from, r, buffer);
            status = rc_texts_add(out, text, strlen(text));
        }
    } else {
        RC_TRY(rc_csv_open(t->source, options, &c));
        status = csv_texts(c, column, out);
        rc_csv_close(&c);
        if (status == RC_OK && out->n != t->rows)
            status = rc_fail(RC_DATA, "%s: the file changed while it was read", t->source);
    }
    if (status != RC_OK) rc_texts_free(out);
    return status;
}

rc_status rc_table_read(const char *path, rc_csv_options options, rc_table *out)
{
    if (!is_arff(path)) return rc_csv_table(path, options, out);
    RC_TRY(rc_arff_table(path, options.encoding, out));
    rc_status status = conform(out, &options);
    if (status != RC_OK) rc_table_free(out);
    return status;
}
