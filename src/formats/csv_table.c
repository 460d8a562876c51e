/* Delimited text as a table: one walk to see what the columns are, one for their values. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/spill.h"
#include "base/text.h"
#include "base/utf8.h"
#include "formats/table_reader.h"

/* ---- both passes ---- */

/* After a row of pass 0 or 1. */
static rc_status step(const rc_csv *c, int pass, int64_t row)
{
    int64_t all, place = rc_csv_place(c, &all);
    rc_spill_pass(row);
    if ((row & 0xfff) != 0xfff) return RC_OK;
    rc_progress_step("read", pass * all + place, 2 * all, NULL);
    return rc_interrupt_requested() ? rc_fail(RC_INTERRUPTED, "interrupted") : RC_OK;
}

/* ---- first pass: what the columns are ---- */

/* A value and where it stands. */
typedef struct example {
    int64_t line;
    char text[48];
} example;

typedef struct finding {
    int64_t numbers, dates, texts, missing;
    unsigned numbers_in, any, dates_in; /* styles that every number has; that one has; that every date has */
    example number, date, text;         /* the first of each */
} finding;

static void keep(example *e, rc_csv_field f, int64_t line)
{
    if (e->line) return;
    size_t n = rc_utf8_cut(f.text, f.length, 30);
    e->line = line;
    snprintf(e->text, sizeof e->text, "%.*s%s", (int)n, f.text, n < f.length ? "..." : "");
}

static void look(finding *f, const char *missing, rc_csv_field field, int64_t line)
{
    unsigned style;
    if (rc_csv_is_missing(missing, field)) {
        f->missing++;
    } else if ((style = rc_csv_number_styles(field))) {
        f->numbers_in = f->numbers++ ? f->numbers_in & style : style;
        f->any |= style;
        if (!(style & RC_CSV_DIGITS)) keep(&f->number, field, line);
    } else if ((style = rc_csv_date_styles(field))) {
        f->dates_in = f->dates++ ? f->dates_in & style : style;
        keep(&f->date, field, line);
    } else {
        f->texts++;
        keep(&f->text, field, line);
    }
}

static rc_status survey(rc_csv *c, const char *missing, rc_string *room, finding *f, rc_table *t)
{
    bool more;
    rc_csv_field field;
    int columns = rc_csv_columns(c);
    for (;;) {
        RC_TRY(rc_csv_next(c, &more));
        if (!more) break;
        for (int i = 0; i < columns; i++) {
            RC_TRY(rc__cell_get(c, i, false, room, &field));
            look(&f[i], missing, field, rc_csv_line(c));
        }
        RC_TRY(step(c, 0, t->rows++));
    }
    RC_CHECK(t->rows > 0, RC_DATA, "%s: a header and no rows", t->source);
    return RC_OK;
}

/* ---- how the numbers of a column are written ---- */

static bool is_numbers(const finding *f)
{
    bool percent = !(f->any & RC_CSV_PERCENT) || (f->numbers_in & RC_CSV_PERCENT);
    return f->numbers && !f->dates && !f->texts && percent;
}

/* Of the ways in which all are numbers; 0: none. With a point where that does; 1,234 is a number with a
 * decimal comma where semicolons separate, else with groups. Commas that separate are no decimal ones, unless
 * told. */
static unsigned choose_style(const finding *f, char told, char delimiter)
{
    bool commas = told == ',' || (!told && delimiter != ',');
    unsigned can = f->numbers_in;
    if (told == ',' && (can & RC_CSV_COMMA)) return RC_CSV_COMMA;
    if (can & RC_CSV_POINT) return RC_CSV_POINT;
    if ((can & RC_CSV_COMMA) && commas && (delimiter == ';' || !(can & RC_CSV_GROUPED))) return RC_CSV_COMMA;
    return told != ',' ? can & RC_CSV_GROUPED : 0;
}

/* Numbers that would be others if they were read in the other way. Where semicolons do not separate, a point
 * is no doubt one. */
static rc_status note_style(rc_table *t, const char *name, const finding *f, unsigned style, char told,
                            char delimiter)
{
    double here, there;
    char number[2][RC_NUMBER_TEXT];
    unsigned other = style == RC_CSV_COMMA ? RC_CSV_GROUPED : RC_CSV_COMMA;
    rc_csv_field field = {f->number.text, strlen(f->number.text), false};
    if (told || !f->number.line || !(f->numbers_in & other)) return RC_OK;
    if (style == RC_CSV_POINT && delimiter != ';') return RC_OK;
    unsigned percent = f->numbers_in & RC_CSV_PERCENT;
    if (!rc_csv_to_f64_in(field, style | percent, &here) ||
        !rc_csv_to_f64_in(field, other | percent, &there) || here == there)
        return RC_OK;
    return rc__table_note(t, "\"%.80s\": %s is read as %s; \1decimal '%c' reads it as %s", name,
                          f->number.text, rc_text_number(here, number[0]), other == RC_CSV_COMMA ? ',' : '.',
                          rc_text_number(there, number[1]));
}

static const char *style_text(const finding *f, unsigned style)
{
    if (f->any & RC_CSV_PERCENT) return ", their percent signs left out";
    if (f->numbers_in & RC_CSV_DIGITS || style == RC_CSV_POINT) return "";
    return style == RC_CSV_COMMA ? " with decimal commas" : " with separators between groups of digits";
}

/* ---- what is told of a column ---- */

static void explain_text(const finding *f, int64_t rows, rc_column *c)
{
    const example *e = f->texts ? &f->text : f->dates ? &f->date : &f->number;
    int64_t present = rows - f->missing, others = present - (f->texts || f->dates ? f->numbers : 0);
    c->kind = RC_COLUMN_TEXT;
    if (!f->texts && !f->numbers) {
        snprintf(c->why, sizeof c->why, "text: \"%s\" (line %lld) is a date, but %s; write 2024-12-31",
                 e->text, (long long)e->line,
                 f->dates_in ? "whether the day or the month comes first is not clear"
                             : "they are written in several ways");
    } else if (!f->texts && !f->dates) {
        bool percent = f->any & RC_CSV_PERCENT;
        rc_message_print(
            sizeof c->why, c->why,
            "text: the numbers are written in several ways, or with %s; first \"%s\" (line %lld)",
            percent ? "and without a percent sign" : "decimal commas (\1decimal ,)", e->text,
            (long long)e->line);
    } else {
        snprintf(c->why, sizeof c->why,
                 "text: \"%s\" (line %lld) is not a number; %lld of %lld values are not", e->text,
                 (long long)e->line, (long long)others, (long long)present);
    }
}

static bool settle_dates(const finding *f, rc_column *c)
{
    bool one = f->dates_in && !(f->dates_in & (f->dates_in - 1));
    if (!f->dates || f->numbers || f->texts || !one) return false;
    c->kind = RC_COLUMN_DATE;
    c->style = f->dates_in;
    return true;
}

/* Most are numbers: are the others a word for a missing value? */
static rc_status note_nearly(rc_table *t, const char *name, const finding *f)
{
    if (!f->texts || f->numbers < 4 * (f->texts + f->dates)) return RC_OK;
    return rc__table_note(t,
                          "\"%.80s\" is taken for text: %lld of its values are numbers, \"%s\" (line %lld) "
                          "is not; \1missing says which words stand for missing values",
                          name, (long long)f->numbers, f->text.text, (long long)f->text.line);
}

static rc_status settle(const finding *f, const rc_csv *csv, const rc_csv_options *o, rc_table *t,
                        rc_column *c)
{
    const rc_column_form *form = rc__form_of(o, c->name);
    c->missing = f->missing;
    if (form) {
        RC_CHECK(form->kind != RC_COLUMN_SERIES, RC_DATA,
                 "%s: \"%.80s\": series are needed, which delimited text cannot hold", t->source, c->name);
        c->kind = form->kind;
        c->style = form->style;
        c->whole = form->whole;
        c->verbatim = form->verbatim;
        snprintf(c->why, sizeof c->why, "%s, as told", rc_column_kind_text(form->kind));
        return RC_OK;
    }
    c->style = is_numbers(f) ? choose_style(f, o->decimal, rc_csv_delimiter(csv)) : 0;
    if (c->style) {
        c->kind = RC_COLUMN_REAL; /* or WHOLE: fill() tells */
        RC_TRY(note_style(t, c->name, f, c->style, o->decimal, rc_csv_delimiter(csv)));
        c->style |= f->any & RC_CSV_PERCENT;
        return RC_OK;
    }
    if (settle_dates(f, c)) return RC_OK;
    if (f->missing < t->rows) {
        explain_text(f, t->rows, c);
        return note_nearly(t, c->name, f);
    }
    c->kind = RC_COLUMN_EMPTY;
    snprintf(c->why, sizeof c->why, "every value is missing");
    return RC_OK;
}

/* ---- second pass: the values ---- */

static rc_status make_column(rc_table *t, rc_column *c)
{
    if (c->kind == RC_COLUMN_TEXT) return RC_NEW_RAW(&c->code, t->rows);
    return c->kind == RC_COLUMN_EMPTY ? RC_OK : RC_NEW_RAW(&c->number, t->rows);
}

static rc_status put(const rc_table *t, rc_column *c, const char *missing, int64_t row, rc_csv_field f)
{
    bool gone = rc_csv_is_missing(c->whole ? "" : missing, f);
    if (c->kind == RC_COLUMN_EMPTY) return RC_OK;
    if (c->kind == RC_COLUMN_TEXT) {
        c->code[row] = -1;
        if (!c->verbatim) f = rc_csv_trim(f);
        return gone || (c->verbatim && rc_text_is_blank(f.text, f.length))
                   ? RC_OK
                   : rc_levels_add(&c->levels, f.text, f.length, &c->code[row]);
    }
    bool read =
        !gone && rc__to_form(f, &(rc_column_form){.kind = c->kind, .style = c->style}, &c->number[row]);
    if (!read && !gone) return rc__fail_form(t, t->line[row], c, f);
    if (!read) c->number[row] = NAN;
    if (!c->inexact && c->kind == RC_COLUMN_REAL && rc__is_inexact(f)) c->inexact = t->line[row];
    return RC_OK;
}

static rc_status fill(rc_csv *c, const char *missing, rc_string *room, rc_table *t)
{
    bool more;
    rc_csv_field field;
    rc_csv_rewind(c);
    for (int64_t row = 0; row < t->rows; row++) {
        RC_TRY(rc_csv_next(c, &more));
        t->line[row] = rc_csv_line(c);
        for (int i = 0; i < t->columns; i++) {
            RC_TRY(rc__cell_get(c, i, t->column[i].verbatim, room, &field));
            RC_TRY(put(t, &t->column[i], missing, row, field));
        }
        RC_TRY(step(c, 1, row));
    }
    return RC_OK;
}

/* Whole or not, and from where to where. */
static void explain_numbers(const finding *f, int64_t rows, rc_column *c)
{
    double low = INFINITY, high = -INFINITY;
    char from[RC_CSV_DATE_TEXT], to[RC_CSV_DATE_TEXT], line[80] = "";
    bool whole = true;
    for (int64_t r = 0; r < rows; r++) {
        double v = c->number[r];
        rc_spill_pass(r);
        if (isnan(v)) continue;
        low = v < low ? v : low;
        high = v > high ? v : high;
        whole = whole && floor(v) == v && fabs(v) < 9e15;
    }
    if (c->kind == RC_COLUMN_DATE) {
        snprintf(c->why, sizeof c->why, "%s%s: all %lld values are, from %s to %s",
                 c->style == RC_CSV_TIME ? "times" : "dates",
                 c->style == RC_CSV_DAY_FIRST     ? ", the day first"
                 : c->style == RC_CSV_MONTH_FIRST ? ", the month first"
                                                  : "",
                 (long long)f->dates, rc_csv_date_text(low, from), rc_csv_date_text(high, to));
        return;
    }
    if (whole) c->kind = RC_COLUMN_WHOLE;
    if (c->inexact)
        snprintf(line, sizeof line, "; from line %lld on float64 rounds some", (long long)c->inexact);
    rc_ascii_print(c->why, sizeof c->why, "%s%s: all %lld values are, from %.6g to %.6g%s",
                   rc_column_kind_text(c->kind), style_text(f, c->style), (long long)f->numbers, low, high,
                   line);
}

static rc_status make_columns(rc_csv *c, const rc_csv_options *o, const finding *f, rc_string *room,
                              rc_table *t)
{
    int columns = rc_csv_columns(c);
    RC_TRY(RC_NEW(&t->column, columns));
    RC_TRY(RC_NEW(&t->line, t->rows));
    t->columns = columns;
    for (int i = 0; i < columns; i++) {
        RC_TRY(rc_strdup(rc_csv_name(c, i), &t->column[i].name));
        RC_TRY(settle(&f[i], c, o, t, &t->column[i]));
        RC_TRY(make_column(t, &t->column[i]));
    }
    RC_TRY(fill(c, o->missing, room, t));
    for (int i = 0; i < columns; i++)
        if (t->column[i].number && !rc__form_of(o, t->column[i].name))
            explain_numbers(&f[i], t->rows, &t->column[i]);
    return RC_OK;
}

static rc_status read_table(rc_csv *c, const char *path, const rc_csv_options *o, rc_table *t)
{
    finding *f;
    rc_string room = {0};
    RC_TRY(rc_strdup(path, &t->source));
    snprintf(t->note, sizeof t->note, "%s", rc_csv_why(c));
    t->header = rc_csv_has_header(c);
    RC_TRY(RC_NEW(&f, rc_csv_columns(c)));
    rc_status status = survey(c, o->missing, &room, f, t);
    if (status == RC_OK) status = make_columns(c, o, f, &room, t);
    rc_string_free(&room);
    rc_free(f);
    return status;
}

rc_status rc_csv_table_parse(const char *name, const char *text, size_t size, rc_csv_options options,
                             rc_table *out)
{
    rc_csv *c;
    *out = (rc_table){0};
    RC_TRY(rc_csv_open_memory(name, text, size, options, &c));
    rc_status status = read_table(c, name, &options, out);
    rc_csv_close(&c);
    if (status != RC_OK) rc_table_free(out);
    return status;
}
