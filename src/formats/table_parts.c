/* What the readers of tables share. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/csv_reader.h"
#include "formats/table_reader.h"

const char *rc_column_kind_text(rc_column_kind kind)
{
    static const char *const text[] = {"empty", "whole numbers", "numbers", "dates", "text", "series"};
    return text[kind];
}

void rc_table_free(rc_table *t)
{
    for (int i = 0; t->column && i < t->columns; i++) {
        rc_free(t->column[i].name);
        rc_free(t->column[i].number);
        rc_free(t->column[i].code);
        rc_free(t->column[i].start);
        rc_levels_free(&t->column[i].levels);
    }
    rc_free(t->column);
    rc_free(t->line);
    rc_texts_free(&t->notes);
    rc_string_free(&t->text);
    rc_free(t->source);
    *t = (rc_table){0};
}

static rc_status grow(void **p, size_t item, int64_t old, int64_t wanted)
{
    return rc_realloc((size_t)old * item, (size_t)wanted * item, p);
}

rc_status rc__table_grow(rc_table *t, int64_t old, int64_t wanted)
{
    RC_TRY(grow((void **)&t->line, sizeof *t->line, old, wanted));
    for (int i = 0; i < t->columns; i++) {
        rc_column *c = &t->column[i];
        if (c->kind == RC_COLUMN_TEXT) {
            RC_TRY(grow((void **)&c->code, sizeof *c->code, old, wanted));
        } else if (c->kind == RC_COLUMN_SERIES) {
            RC_TRY(grow((void **)&c->start, sizeof *c->start, old ? old + 1 : 0, wanted + 1));
            if (!old) c->start[0] = 0;
        } else {
            RC_TRY(grow((void **)&c->number, sizeof *c->number, old, wanted));
        }
    }
    return RC_OK;
}

rc_status rc__table_note(rc_table *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_status status = rc_texts_add_line(&t->notes, format, args);
    va_end(args);
    return status;
}

rc_status rc__cell_put(rc_string *out, const char *text)
{
    RC_TRY(rc_string_add(out, "\"", 1));
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\"");
        RC_TRY(rc_string_add(out, at, n));
        at += n;
        if (*at) RC_TRY(rc_string_add(out, "\"\"", 2));
        at += *at != '\0';
    }
    return rc_string_add(out, "\"", 1);
}

rc_status rc__cell_get(const rc_csv *c, int column, bool verbatim, rc_string *room, rc_csv_field *out)
{
    rc_csv_field f = *out = rc_csv_get(c, column);
    bool breaks = memchr(f.text, '\n', f.length) || memchr(f.text, '\r', f.length);
    if (!c->one_line || verbatim || !breaks) return RC_OK;
    room->length = 0;
    RC_TRY(rc_string_add(room, f.text, f.length));
    for (size_t i = 0; i < f.length; i++)
        if (room->data[i] == '\n' || room->data[i] == '\r') room->data[i] = ' ';
    out->text = room->data;
    return RC_OK;
}

rc_csv_options rc__cells_options(rc_csv_options options, const rc_texts *names)
{
    options.delimiter = ',';
    options.header = RC_CSV_HEADER_NO;
    options.names = names;
    options.comment = '\0';
    options.skip = 0;
    options.encoding = NULL;
    options.one_line = true;
    return options;
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
