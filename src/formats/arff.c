/* ARFF, Weka's and OpenML's tables: declared attributes, then rows of values, dense or sparse. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/table_reader.h"

enum { MAX_ATTRIBUTES = 1 << 20 };

typedef struct reader {
    const char *source, *at, *end; /* at: within the current line */
    size_t size;
    const char *line_end, *next;
    int64_t line;
    rc_table *t;
    int column_capacity;
    int64_t row_capacity;
    rc_string value; /* the last one taken */
    bool quoted;
    int64_t *given;                /* by column: 1 + the sparse row that gave it last */
    int64_t weighted, weight_line; /* rows with a weight, and the first of them */
} reader;

static rc_status RC_PRINTF(2, 3) bad(const reader *r, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    rc_ascii_vprint(text, sizeof text, format, args);
    va_end(args);
    return rc_fail(RC_FORMAT, "%s:%lld: %s", r->source, (long long)r->line, text);
}

/* ---- lines and values ---- */

static void skip_blanks(reader *r)
{
    while (r->at < r->line_end && rc_ascii_is_blank(*r->at))
        r->at++;
}

/* To the next line that holds something; false at the end. */
static bool next_line(reader *r)
{
    while (r->next < r->end) {
        r->at = r->next;
        const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
        r->line_end = stop ? stop : r->end;
        r->next = stop ? stop + 1 : r->end;
        r->line++;
        while (r->line_end > r->at && rc_ascii_is_space(r->line_end[-1]))
            r->line_end--;
        skip_blanks(r);
        if (r->at < r->line_end && *r->at != '%') return true;
    }
    return false;
}

static bool take_word(reader *r, const char *word)
{
    size_t n = strlen(word);
    bool same = (size_t)(r->line_end - r->at) >= n && rc_ascii_same_start(r->at, word, n);
    if (!same || (r->at + n < r->line_end && (rc_ascii_is_word(r->at[n]) || r->at[n] == '_'))) return false;
    r->at += n;
    skip_blanks(r);
    return true;
}

static bool take(reader *r, char wanted)
{
    skip_blanks(r);
    if (r->at >= r->line_end || *r->at != wanted) return false;
    r->at++;
    skip_blanks(r);
    return true;
}

static char unescape(char k)
{
    return k == 'n' ? '\n' : k == 't' ? '\t' : k == 'r' ? '\r' : k;
}

static rc_status take_quoted(reader *r)
{
    char quote = *r->at++;
    while (r->at < r->line_end && *r->at != quote) {
        char k = *r->at++;
        if (k == '\\' && r->at < r->line_end) k = unescape(*r->at++);
        RC_TRY(rc_string_add(&r->value, &k, 1));
    }
    if (r->at == r->line_end) return bad(r, "a quote is opened and not closed on this line");
    r->at++;
    skip_blanks(r);
    return RC_OK;
}

/* A value up to one of the letters in `stops`. */
static rc_status take_value(reader *r, const char *stops)
{
    skip_blanks(r);
    r->value.length = 0;
    RC_TRY(rc_string_add(&r->value, "", 0));
    r->quoted = r->at < r->line_end && (*r->at == '\'' || *r->at == '"');
    if (r->quoted) return take_quoted(r);
    const char *from = r->at;
    while (r->at < r->line_end && !strchr(stops, *r->at))
        r->at++;
    const char *to = r->at;
    while (to > from && rc_ascii_is_blank(to[-1]))
        to--;
    skip_blanks(r);
    return rc_string_add(&r->value, from, (size_t)(to - from));
}

/* ---- attributes ---- */

static rc_status take_levels(reader *r, rc_column *c)
{
    int32_t number;
    c->kind = RC_COLUMN_TEXT;
    c->declared = true;
    while (!take(r, '}')) {
        if (r->at >= r->line_end) return bad(r, "the values of \"%.60s\" have no closing brace", c->name);
        RC_TRY(take_value(r, ",}"));
        RC_TRY(rc_levels_add(&c->levels, r->value.data, r->value.length, &number));
        if (!take(r, ',') && (r->at >= r->line_end || *r->at != '}'))
            return bad(r, "a comma is missing in the values of \"%.60s\"", c->name);
    }
    snprintf(c->why, sizeof c->why, "declared as one of %lld values", (long long)c->levels.text.n);
    return RC_OK;
}

/* Its own attributes, a number for each point in time, up to @end. */
static rc_status take_relation(reader *r, rc_column *c)
{
    c->kind = RC_COLUMN_SERIES;
    while (next_line(r)) {
        if (take_word(r, "@end")) return RC_OK;
        if (!take_word(r, "@attribute")) return bad(r, "neither @attribute nor @end within a relation");
        RC_TRY(take_value(r, " \t{"));
        bool number = take_word(r, "numeric") || take_word(r, "real") || take_word(r, "integer");
        RC_CHECK(
            number, RC_UNSUPPORTED,
            "%s:%lld: \"%.60s\" has attributes that are not numbers; a relation must be a series of numbers",
            r->source, (long long)r->line, c->name);
    }
    return bad(r, "the file ends within a relation");
}

static rc_status take_type(reader *r, rc_column *c)
{
    c->kind = RC_COLUMN_REAL;
    snprintf(c->why, sizeof c->why, "declared as numbers");
    if (take_word(r, "numeric") || take_word(r, "real")) return RC_OK;
    if (take_word(r, "integer")) {
        c->kind = RC_COLUMN_WHOLE;
        return RC_OK;
    }
    if (take_word(r, "string")) {
        c->kind = RC_COLUMN_TEXT;
        snprintf(c->why, sizeof c->why, "declared as text");
        return RC_OK;
    }
    if (take(r, '{')) return take_levels(r, c);
    if (take_word(r, "relational")) return take_relation(r, c);
    if (take_word(r, "date"))
        return rc_fail(
            RC_UNSUPPORTED,
            "%s:%lld: \"%.60s\" is of type date, which is not supported; save it as a number (days, "
            "say) or leave it out",
            r->source, (long long)r->line, c->name);
    return bad(r, "\"%.60s\" is of an unknown type", c->name);
}

static rc_status take_attribute(reader *r)
{
    rc_table *t = r->t;
    if (t->columns == r->column_capacity) {
        int wanted = r->column_capacity ? 2 * r->column_capacity : 16;
        if (t->columns >= MAX_ATTRIBUTES) return bad(r, "more than %d attributes", MAX_ATTRIBUTES);
        size_t size = sizeof *t->column;
        RC_TRY(rc_realloc((size_t)t->columns * size, (size_t)wanted * size, (void **)&t->column));
        memset(t->column + t->columns, 0, (size_t)(wanted - t->columns) * size);
        r->column_capacity = wanted;
    }
    rc_column *c = &t->column[t->columns];
    RC_TRY(take_value(r, " \t{"));
    if (r->value.length == 0) return bad(r, "an attribute without a name");
    RC_TRY(rc_strdup(r->value.data, &c->name));
    t->columns++;
    return take_type(r, c);
}

static rc_status take_head(reader *r)
{
    while (next_line(r)) {
        if (take_word(r, "@relation")) continue;
        if (take_word(r, "@data"))
            return r->t->columns ? RC_OK : bad(r, "@data, but no @attribute before it");
        if (!take_word(r, "@attribute")) return bad(r, "neither @relation, @attribute nor @data");
        RC_TRY(take_attribute(r));
    }
    return bad(r, "the file ends before @data");
}

/* ---- rows ---- */

/* What a sparse row leaves out takes memory all the same. */
static rc_status check_size(const reader *r)
{
    size_t cells, held = (size_t)r->t->rows + 1;
    bool fits = rc_mul_size(held, (size_t)r->t->columns, &cells) &&
                rc_mul_size(cells, sizeof(double), &held) && rc__table_fits(r->size, held);
    RC_CHECK(fits, RC_UNSUPPORTED,
             "%s:%lld: %d columns of this many rows would take over %d bytes of memory for each of the file; "
             "leave "
             "out columns",
             r->source, (long long)r->line, r->t->columns, RC__TABLE_RATIO);
    return RC_OK;
}

static rc_status add_row(reader *r)
{
    rc_table *t = r->t;
    RC_TRY(check_size(r));
    if (t->rows == r->row_capacity) {
        int64_t wanted = r->row_capacity ? 2 * r->row_capacity : 64;
        RC_TRY(rc__table_grow(t, r->row_capacity, wanted));
        r->row_capacity = wanted;
    }
    t->line[t->rows] = r->line;
    /* What a sparse row leaves out is zero: the number 0, or the first value. */
    for (int i = 0; i < t->columns; i++) {
        rc_column *c = &t->column[i];
        if (c->kind == RC_COLUMN_TEXT)
            c->code[t->rows] = c->levels.text.n ? 0 : -1;
        else if (c->kind == RC_COLUMN_SERIES)
            c->start[t->rows + 1] = c->start[t->rows];
        else
            c->number[t->rows] = 0;
    }
    t->rows++;
    return RC_OK;
}

/* A line for each channel. */
static rc_status put_series(reader *r, int i)
{
    size_t n = r->value.length;
    while (n && r->value.data[n - 1] == '\n')
        n--;
    return rc__series_row(r->t, i, r->line, r->value.data, n, '\n');
}

/* The value just taken into column i of the last row. */
static rc_status put(reader *r, int i)
{
    rc_column *c = &r->t->column[i];
    int64_t row = r->t->rows - 1;
    bool missing = !r->quoted && strcmp(r->value.data, "?") == 0;
    if (c->kind == RC_COLUMN_SERIES) return missing ? RC_OK : put_series(r, i);
    c->missing += missing;
    if (c->kind != RC_COLUMN_TEXT) {
        rc_csv_field f = {r->value.data, r->value.length, r->quoted};
        c->number[row] = NAN;
        if (!missing && !rc_csv_to_f64(f, &c->number[row]))
            return bad(r, "\"%.40s\" is not a number, as \"%.60s\" is declared", r->value.data, c->name);
        if (!c->inexact && rc__is_inexact(f)) c->inexact = r->line;
        return RC_OK;
    }
    c->code[row] = missing ? -1 : rc_levels_find(&c->levels, r->value.data, r->value.length);
    if (missing || c->code[row] >= 0) return RC_OK;
    if (c->declared)
        return bad(r, "\"%.40s\" is not one of the values declared for \"%.60s\"", r->value.data, c->name);
    return rc_levels_add(&c->levels, r->value.data, r->value.length, &c->code[row]);
}

/* "{0.5}" behind a row: how much it counts. */
static rc_status take_weight(reader *r)
{
    double weight;
    RC_TRY(take_value(r, "}"));
    rc_csv_field f = {r->value.data, r->value.length, r->quoted};
    bool good = rc_csv_to_f64(f, &weight) && weight >= 0 && isfinite(weight) && take(r, '}');
    if (!good) return bad(r, "{%.40s is not a weight of a row", r->value.data);
    if (weight == 1) return RC_OK;
    if (r->weighted++ == 0) r->weight_line = r->line;
    return RC_OK;
}

static rc_status take_dense(reader *r)
{
    int i = 0, columns = r->t->columns;
    do {
        if (i == columns && take(r, '{')) return take_weight(r);
        if (i == columns) return bad(r, "more than %d values; there are %d attributes", columns, columns);
        RC_TRY(take_value(r, ","));
        RC_TRY(put(r, i++));
    } while (take(r, ','));
    if (r->at < r->line_end) return bad(r, "column %d: text after the closing quote", i);
    if (i < columns)
        return bad(r, "%d values, there are %d attributes (nothing for \"%.60s\")", i, columns,
                   r->t->column[i].name);
    return RC_OK;
}

static rc_status take_sparse(reader *r)
{
    while (!take(r, '}')) {
        int64_t at;
        RC_TRY(take_value(r, " \t,}"));
        if (!rc_text_to_i64(r->value.data, &at) || at < 0 || at >= r->t->columns)
            return bad(r, "\"%.40s\" is not the number of an attribute (0 to %d)", r->value.data,
                       r->t->columns - 1);
        if (r->given[at] == r->t->rows) return bad(r, "attribute %lld is in the row twice", (long long)at);
        r->given[at] = r->t->rows;
        RC_TRY(take_value(r, ",}"));
        RC_TRY(put(r, (int)at));
        if (!take(r, ',') && (r->at >= r->line_end || *r->at != '}'))
            return bad(r, "the row has no closing brace");
    }
    return take(r, ',') && take(r, '{') ? take_weight(r) : RC_OK;
}

static rc_status read_arff(reader *r)
{
    RC_TRY(take_head(r));
    RC_TRY(RC_NEW(&r->given, r->t->columns));
    while (next_line(r)) {
        RC_TRY(add_row(r));
        RC_TRY(take(r, '{') ? take_sparse(r) : take_dense(r));
        if (r->at < r->line_end) return bad(r, "text after the end of the row");
    }
    RC_CHECK(r->t->rows > 0, RC_DATA, "%s: no rows after @data", r->source);
    for (int i = 0; i < r->t->columns; i++)
        if (r->t->column[i].kind == RC_COLUMN_SERIES) rc__series_tell(r->t, i);
    if (!r->weighted) return RC_OK;
    return rc__table_note(
        r->t,
        "%lld of %lld rows have a weight (the first on line %lld); weights are left out, every row "
        "counts the same",
        (long long)r->weighted, (long long)r->t->rows, (long long)r->weight_line);
}

rc_status rc_arff_parse(const char *name, const char *text, size_t size, rc_table *out)
{
    reader r = {.source = name, .size = size, .end = text + size, .next = text, .t = out};
    *out = (rc_table){0};
    rc_status status = rc_strdup(name, &out->source);
    snprintf(out->note, sizeof out->note, "ARFF: types as declared");
    out->form = RC_TABLE_ARFF;
    out->header = true;
    if (status == RC_OK) status = read_arff(&r);
    rc_string_free(&r.value);
    rc_free(r.given);
    if (status != RC_OK) rc_table_free(out);
    return status;
}
