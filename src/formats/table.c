#include "formats/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

const char *rc_column_kind_text(rc_column_kind kind)
{
    static const char *const text[] = {"empty", "whole numbers", "numbers", "text"};
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

const char *rc_column_text(const rc_column *c, int64_t row, char buffer[32])
{
    if (rc_column_is_missing(c, row)) return "";
    if (c->kind == RC_COLUMN_TEXT) return rc_texts_get(&c->levels.text, c->code[row]);
    snprintf(buffer, 32, c->kind == RC_COLUMN_WHOLE ? "%.0f" : "%.9g", c->number[row]);
    return buffer;
}

/* ---- first pass: what the columns are ---- */

typedef struct finding {
    int64_t numbers, missing, text_line;
    bool whole;
    double low, high;
    char example[48];
} finding;

static void look(finding *f, rc_csv_field field, int64_t line)
{
    double v;
    if (rc_csv_is_missing(field)) {
        f->missing++;
    } else if (rc_csv_to_f64(field, &v)) {
        f->low = f->numbers == 0 || v < f->low ? v : f->low;
        f->high = f->numbers == 0 || v > f->high ? v : f->high;
        f->whole = (f->numbers == 0 || f->whole) && floor(v) == v && fabs(v) < 9e15;
        f->numbers++;
    } else if (!f->text_line) {
        f->text_line = line;
        snprintf(f->example, sizeof f->example, "%.*s%s", field.length > 30 ? 30 : (int)field.length,
                 field.text, field.length > 30 ? "..." : "");
    }
}

static void explain(const finding *f, int64_t rows, rc_column *c)
{
    size_t size = sizeof c->why;
    if (f->text_line) {
        c->kind = RC_COLUMN_TEXT;
        int64_t texts = rows - f->numbers - f->missing;
        bool comma = strspn(f->example, "+-0123456789,") == strlen(f->example);
        snprintf(c->why, size, "text: \"%s\" (line %lld) is not a number%s; %lld of %lld values are not",
                 f->example, (long long)f->text_line, comma ? " (a decimal comma? write a point)" : "",
                 (long long)texts, (long long)(rows - f->missing));
    } else if (f->numbers == 0) {
        c->kind = RC_COLUMN_EMPTY;
        snprintf(c->why, size, "every value is missing");
    } else {
        c->kind = f->whole ? RC_COLUMN_WHOLE : RC_COLUMN_REAL;
        snprintf(c->why, size, "%s: all %lld values are, from %.6g to %.6g", rc_column_kind_text(c->kind),
                 (long long)f->numbers, f->low, f->high);
    }
    c->missing = f->missing;
}

static rc_status survey(rc_csv *c, finding *f, rc_table *t)
{
    bool more;
    int columns = rc_csv_columns(c);
    for (;;) {
        RC_TRY(rc_csv_next(c, &more));
        if (!more) break;
        for (int i = 0; i < columns; i++)
            look(&f[i], rc_csv_get(c, i), rc_csv_line(c));
        t->rows++;
    }
    RC_CHECK(t->rows > 0, RC_DATA, "%s: a header and no rows", t->source);
    return RC_OK;
}

/* ---- second pass: the values ---- */

static rc_status make_column(rc_table *t, rc_column *c)
{
    if (c->kind == RC_COLUMN_TEXT) return RC_NEW_RAW(&c->code, t->rows);
    return c->kind == RC_COLUMN_EMPTY ? RC_OK : RC_NEW_RAW(&c->number, t->rows);
}

static rc_csv_field trimmed(rc_csv_field f)
{
    while (f.length && (f.text[0] == ' ' || f.text[0] == '\t')) {
        f.text++;
        f.length--;
    }
    while (f.length && (f.text[f.length - 1] == ' ' || f.text[f.length - 1] == '\t'))
        f.length--;
    return f;
}

static rc_status put(rc_column *c, int64_t row, rc_csv_field f)
{
    bool missing = rc_csv_is_missing(f);
    if (c->kind == RC_COLUMN_EMPTY) return RC_OK;
    if (c->kind != RC_COLUMN_TEXT) {
        if (missing || !rc_csv_to_f64(f, &c->number[row])) c->number[row] = NAN;
        return RC_OK;
    }
    c->code[row] = -1;
    f = trimmed(f);
    return missing ? RC_OK : rc_levels_add(&c->levels, f.text, f.length, &c->code[row]);
}

static rc_status fill(rc_csv *c, rc_table *t)
{
    bool more;
    rc_csv_rewind(c);
    for (int64_t row = 0; row < t->rows; row++) {
        RC_TRY(rc_csv_next(c, &more));
        t->line[row] = rc_csv_line(c);
        for (int i = 0; i < t->columns; i++)
            RC_TRY(put(&t->column[i], row, rc_csv_get(c, i)));
    }
    return RC_OK;
}

static rc_status read_table(rc_csv *c, const char *path, rc_table *t)
{
    finding *f;
    int columns = rc_csv_columns(c);
    RC_TRY(rc_strdup(path, &t->source));
    snprintf(t->note, sizeof t->note, "%s", rc_csv_why(c));
    RC_TRY(RC_NEW(&f, columns));
    rc_status status = survey(c, f, t);
    if (status == RC_OK) status = RC_NEW(&t->column, columns);
    if (status == RC_OK) status = RC_NEW(&t->line, t->rows);
    t->columns = status == RC_OK ? columns : 0;
    for (int i = 0; i < t->columns && status == RC_OK; i++) {
        explain(&f[i], t->rows, &t->column[i]);
        status = rc_strdup(rc_csv_name(c, i), &t->column[i].name);
        if (status == RC_OK) status = make_column(t, &t->column[i]);
    }
    rc_free(f);
    return status == RC_OK ? fill(c, t) : status;
}

rc_status rc_csv_table(const char *path, rc_csv_options options, rc_table *out)
{
    rc_csv *c;
    *out = (rc_table){0};
    RC_TRY(rc_csv_open(path, options, &c));
    rc_status status = read_table(c, path, out);
    rc_csv_close(&c);
    if (status != RC_OK) rc_table_free(out);
    return status;
}

rc_status rc_table_read(const char *path, rc_csv_options options, rc_table *out)
{
    return rc_path_has_suffix(path, ".arff") ? rc_arff_table(path, out) : rc_csv_table(path, options, out);
}
