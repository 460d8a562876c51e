/* .ts, the files of sktime, aeon and the archives of UCR and UEA: a head of tags (@), then a line for each
 * case, its channels and last its class or number with colons between them, values with commas between them.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "formats/table_reader.h"

typedef struct reader {
    rc_table *t;
    const char *at, *end; /* within the current line */
    int64_t line, row_capacity;
    rc_column *label; /* NULL: there is none */
} reader;

static void skip_blanks(reader *r)
{
    while (r->at < r->end && rc_ascii_is_space(*r->at))
        r->at++;
    while (r->end > r->at && rc_ascii_is_space(r->end[-1]))
        r->end--;
}

/* The next word of the line; false at its end. */
static bool take_word(reader *r, const char **word, size_t *length)
{
    skip_blanks(r);
    *word = r->at;
    while (r->at < r->end && !rc_ascii_is_space(*r->at))
        r->at++;
    *length = (size_t)(r->at - *word);
    return *length > 0;
}

static bool is_word(const char *word, size_t length, const char *wanted)
{
    return length == strlen(wanted) && rc_ascii_same_start(word, wanted, length);
}

/* ---- the head ---- */

static rc_status add_column(reader *r, const char *name, rc_column_kind kind, const char *why)
{
    rc_column *c = &r->t->column[r->t->columns];
    RC_TRY(rc_strdup(name, &c->name));
    r->t->columns++;
    c->kind = kind;
    snprintf(c->why, sizeof c->why, "%s", why);
    return RC_OK;
}

static rc_status take_classes(reader *r)
{
    const char *word;
    size_t length;
    int32_t number;
    RC_TRY(add_column(r, "class", RC_COLUMN_TEXT, "classes"));
    r->label = &r->t->column[1];
    while (take_word(r, &word, &length)) {
        RC_TRY(rc_levels_add(&r->label->levels, word, length, &number));
        r->label->declared = true;
    }
    return RC_OK;
}

static rc_status take_tag(reader *r, bool *data)
{
    const char *tag, *word;
    size_t length, n;
    take_word(r, &tag, &length);
    *data = is_word(tag, length, "@data");
    bool yes = take_word(r, &word, &n) && is_word(word, n, "true");
    RC_CHECK(!yes || !is_word(tag, length, "@timestamps"), RC_UNSUPPORTED,
             "%s:%lld: series with times of their own (@timestamps true), which are not read; save the "
             "values alone",
             r->t->source, (long long)r->line);
    bool classes = is_word(tag, length, "@classLabel"), number = is_word(tag, length, "@targetLabel");
    if (!yes || (!classes && !number)) return RC_OK;
    RC_CHECK(!r->label, RC_FORMAT, "%s:%lld: the target was declared before", r->t->source,
             (long long)r->line);
    if (classes) return take_classes(r);
    RC_TRY(add_column(r, "target", RC_COLUMN_REAL, "declared as numbers"));
    r->label = &r->t->column[1];
    return RC_OK;
}

/* ---- cases ---- */

static rc_status add_row(reader *r)
{
    rc_table *t = r->t;
    if (t->rows == r->row_capacity) {
        int64_t wanted = r->row_capacity ? 2 * r->row_capacity : 64;
        RC_TRY(rc__table_grow(t, r->row_capacity, wanted));
        r->row_capacity = wanted;
    }
    t->line[t->rows++] = r->line;
    return RC_OK;
}

static rc_status take_label(reader *r, const char *text, size_t length)
{
    rc_column *c = r->label;
    int64_t row = r->t->rows - 1;
    rc_csv_field f = rc_csv_trim((rc_csv_field){text, length, false});
    bool missing = rc_csv_is_missing("?", f);
    c->missing += missing;
    if (c->kind == RC_COLUMN_REAL) {
        c->number[row] = NAN;
        RC_CHECK(missing || rc_csv_to_f64(f, &c->number[row]), RC_FORMAT,
                 "%s:%lld: \"%.*s\" is not a number, as @targetLabel says", r->t->source, (long long)r->line,
                 (int)rc_utf8_cut(f.text, f.length, 40), f.text);
        return RC_OK;
    }
    c->code[row] = missing ? -1 : rc_levels_find(&c->levels, f.text, f.length);
    if (missing || c->code[row] >= 0) return RC_OK;
    RC_CHECK(!c->declared, RC_FORMAT, "%s:%lld: \"%.*s\" is not one of the classes that @classLabel declares",
             r->t->source, (long long)r->line, (int)rc_utf8_cut(f.text, f.length, 40), f.text);
    return rc_levels_add(&c->levels, f.text, f.length, &c->code[row]);
}

static rc_status take_case(reader *r)
{
    const char *stop = r->end;
    RC_CHECK(*r->at != '(', RC_UNSUPPORTED,
             "%s:%lld: values with times, as (0,1.5), are not read; save the values alone", r->t->source,
             (long long)r->line);
    RC_TRY(add_row(r));
    if (r->label) {
        do
            stop--;
        while (stop > r->at && *stop != ':');
        RC_CHECK(stop > r->at, RC_FORMAT, "%s:%lld: expected a series, a colon and the target", r->t->source,
                 (long long)r->line);
        RC_TRY(take_label(r, stop + 1, (size_t)(r->end - stop) - 1));
    }
    return rc__series_row(r->t, 0, r->line, r->at, (size_t)(stop - r->at), ':');
}

static rc_status read_ts(reader *r, const char *text, size_t size)
{
    const char *line;
    size_t at = 0, length;
    bool data = false;
    RC_TRY(RC_NEW(&r->t->column, 2));
    RC_TRY(add_column(r, "series", RC_COLUMN_SERIES, ""));
    while (rc_text_next_line(text, size, &at, &line, &length)) {
        r->line++;
        r->at = line;
        r->end = line + length;
        skip_blanks(r);
        if (r->at == r->end || *r->at == '#' || *r->at == '%') continue;
        if (data) {
            RC_TRY(take_case(r));
            continue;
        }
        RC_CHECK(*r->at == '@', RC_FORMAT, "%s:%lld: expected a tag, as @classLabel, or @data", r->t->source,
                 (long long)r->line);
        RC_TRY(take_tag(r, &data));
    }
    RC_CHECK(data, RC_FORMAT, "%s: the file ends before @data", r->t->source);
    RC_CHECK(r->t->rows > 0, RC_DATA, "%s: no series after @data", r->t->source);
    rc__series_tell(r->t, 0);
    return RC_OK;
}

rc_status rc_ts_parse(const char *name, const char *text, size_t size, rc_table *out)
{
    reader r = {.t = out};
    *out = (rc_table){.header = true, .form = RC_TABLE_TS};
    rc_status status = rc_strdup(name, &out->source);
    snprintf(out->note, sizeof out->note, ".ts: a series a line");
    if (status == RC_OK) status = read_ts(&r, text, size);
    if (status != RC_OK) rc_table_free(out);
    return status;
}
