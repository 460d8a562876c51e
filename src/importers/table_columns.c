/* Columns of a table that say something about samples: which, by name; the target; the part. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/spill.h"
#include "base/utf8.h"
#include "formats/pieces.h"
#include "importers/import_table.h"

enum { LISTED = 20 };

rc_csv_options rc__csv_options(const rc_import_options *o)
{
    rc_csv_options c = {.encoding = o->encoding};
    if (o->delimiter) c.delimiter = strcmp(o->delimiter, "tab") == 0 ? '\t' : o->delimiter[0];
    if (o->comment) c.comment = o->comment[0];
    c.header = o->header;
    c.decimal = o->decimal;
    c.skip = o->skip;
    c.missing = o->missing;
    return c;
}

rc_status rc__fail_columns(const rc_table *t, const char *what)
{
    rc_string s = {0};
    rc_status status = RC_OK;
    for (int i = 0; i < t->columns && i < LISTED && status == RC_OK; i++)
        status = rc_string_printf(&s, "%s%s", i ? ", " : "", t->column[i].name);
    if (status == RC_OK)
        status = rc_fail(RC_CONFIG, "%s: %s; the columns are %s%s", t->source, what, s.data,
                         t->columns > LISTED ? ", ..." : "");
    rc_string_free(&s);
    return status;
}

rc_status rc__no_column(const rc_table *t, const char *name, const char *what)
{
    const char **known;
    RC_TRY(RC_NEW(&known, t->columns));
    for (int i = 0; i < t->columns; i++)
        known[i] = t->column[i].name;
    rc_status status =
        rc_fail_unknown(RC_CONFIG, name, known, (size_t)t->columns, NULL, "%s: %s", t->source, what);
    rc_free(known);
    return status;
}

static rc_status no_such_column(const rc_table *t, const char *field, const char *name)
{
    char what[200];
    snprintf(what, sizeof what, "%s %.80s: there is no such column", field, name);
    return rc__no_column(t, name, what);
}

rc_status rc__find_column(const rc_table *t, const char *field, const char *name, int *out)
{
    *out = rc_table_find(t, name);
    return *out >= 0 ? RC_OK : no_such_column(t, field, name);
}

int rc__guess_column(const rc_table *t, const char *const *names)
{
    for (int k = 0; names[k]; k++)
        for (int i = 0; i < t->columns; i++)
            if (rc_ascii_same(t->column[i].name, names[k])) return i;
    return -1;
}

/* ---- target ---- */

static rc_status absent(const rc_table *t, const rc_column *c, int64_t row)
{
    return rc_fail(RC_DATA, "%s:%lld: the target \"%.80s\" is missing; remove the line, or fill it in",
                   t->source, (long long)t->line[row], c->name);
}

rc_status rc__check_present(const rc_table *t, const rc_column *c, int64_t row)
{
    return rc_column_is_missing(c, row) ? absent(t, c, row) : RC_OK;
}

/* Are the labels taken as they stand in the file? As numbers, "1,2" would be no labels 1 and 2, and whole
 * numbers that float64 rounds would be the same. */
static bool are_texts(const rc_samples *s, const rc_column *c)
{
    if (c->kind >= RC_COLUMN_DATE || c->kind == RC_COLUMN_EMPTY) return true;
    if (s->o->target == RC_IMPORT_LABELS) return c->style & (RC_CSV_GROUPED | RC_CSV_COMMA);
    return c->inexact && s->o->target != RC_IMPORT_NUMBERS;
}

/* Words such as NA are labels like others, unless told to stand for missing values. */
static rc_status add_label(rc_samples *s, const rc_table *t, const rc_column *c, const char *text,
                           int64_t row, bool *noted)
{
    rc_csv_field f = {text, strlen(text), false};
    if (rc_csv_is_missing(s->o->missing ? s->o->missing : "?", f)) return absent(t, c, row);
    if (!*noted && !s->o->missing && rc_csv_is_missing(NULL, f)) {
        *noted = true;
        RC_TRY(rc__note(s,
                        "\"%.80s\" is the target, so \"%.40s\" (%.80s:%lld) is a class; \1missing %.40s "
                        "makes it a missing value",
                        c->name, text, t->source, (long long)t->line[row], text));
    }
    return rc_texts_add(&s->label, text, f.length);
}

static rc_status target_texts(rc_samples *s, const rc_table *t, int column, const int64_t *row, int64_t n)
{
    rc_texts all;
    bool noted = false;
    RC_TRY(rc_table_texts(t, rc__csv_options(s->o), column, &all));
    rc_status status = RC_OK;
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        int64_t r = row ? row[i] : i;
        status = add_label(s, t, &t->column[column], rc_texts_get(&all, r), r, &noted);
        rc_spill_pass(i);
    }
    rc_texts_free(&all);
    return status;
}

rc_status rc__target_column(rc_samples *s, const rc_table *t, int column, const int64_t *row, int64_t first,
                            int64_t n)
{
    const rc_column *c = &t->column[column];
    RC_CHECK(c->kind != RC_COLUMN_SERIES, RC_DATA, "%s: \"%.80s\" holds series, which cannot be predicted",
             t->source, c->name);
    if (are_texts(s, c)) return target_texts(s, t, column, row, n);
    if (!s->y.data) {
        RC_TRY(RC_NEW_RAW((double **)&s->y.owned, s->n));
        s->y.dtype = RC_DTYPE_F64;
        s->y.shape = RC_SHAPE(s->n);
        s->y.data = s->y.owned;
        s->y_guess = true;
    }
    double *to = (double *)s->y.owned + first;
    for (int64_t i = 0; i < n; i++) {
        int64_t r = row ? row[i] : i;
        RC_TRY(rc__check_present(t, c, r));
        to[i] = c->number[r];
        rc_spill_pass(i);
    }
    return RC_OK;
}

/* ---- part ---- */

static bool is_date(const rc_column *c)
{
    return c->kind == RC_COLUMN_DATE && c->style != RC_CSV_TIME;
}

/* The column that orders rows in time: the one of dates, or numbers of such a name; -1: none, as rows stand.
 */
static rc_status guess_order(const rc_table *t, int *column)
{
    static const char *const usual[] = {"time", "timestamp", "datetime", "date", NULL};
    int dates = 0;
    *column = rc__guess_column(t, usual);
    if (*column >= 0 && t->column[*column].kind >= RC_COLUMN_DATE) *column = -1;
    for (int i = 0; i < t->columns; i++)
        if (is_date(&t->column[i]) && dates++ == 0) *column = i;
    return dates > 1
               ? rc__fail_columns(t, "several columns of dates; \1split time:COLUMN says which one counts")
               : RC_OK;
}

static rc_status find_order(const rc_table *t, const char *name, int *column)
{
    if (*name != ':') return guess_order(t, column);
    RC_TRY(rc__find_column(t, "\1split time:COLUMN", name + 1, column));
    rc_column_kind kind = t->column[*column].kind;
    RC_CHECK(kind != RC_COLUMN_TEXT && kind != RC_COLUMN_SERIES && kind != RC_COLUMN_EMPTY, RC_CONFIG,
             "%s: \1split time: \"%.80s\" is %s; dates and numbers have an order", t->source, name + 1,
             rc_column_kind_text(kind));
    return RC_OK;
}

static rc_status take_order(rc_samples *s, const rc_table *t, int column)
{
    const rc_column *c = column < 0 ? NULL : &t->column[column];
    RC_TRY(RC_NEW_RAW(&s->when, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        RC_CHECK(!c || !rc_column_is_missing(c, i), RC_DATA,
                 "%s:%lld: \"%.80s\", by which rows are ordered, is missing", t->source,
                 (long long)t->line[i], c->name);
        s->when[i] = c ? c->number[i] : (double)i + 1;
        rc_spill_pass(i);
    }
    s->when_dates = c && c->kind == RC_COLUMN_DATE;
    if (c)
        snprintf(s->when_of, sizeof s->when_of, "\"%.*s\"", (int)rc_utf8_cut(c->name, strlen(c->name), 80),
                 c->name);
    else
        snprintf(s->when_of, sizeof s->when_of, "the order of the rows");
    return RC_OK;
}

rc_status rc__split_table(rc_samples *s, const rc_table *t, int *column)
{
    const char *split = s->o->split;
    bool in_time = strncmp(split, "time", 4) == 0 && (split[4] == ':' || split[4] == '\0');
    *column = rc_table_find(t, split);
    if (*column >= 0 && (!in_time || t->column[*column].kind == RC_COLUMN_TEXT))
        return rc__split_column(s, t, *column, NULL);
    if (!in_time) return no_such_column(t, "\1split", split);
    RC_TRY(find_order(t, split + 4, column));
    rc_status status = take_order(s, t, *column);
    *column = -1;
    return status;
}

rc_status rc__split_column(rc_samples *s, const rc_table *t, int column, const int64_t *row)
{
    if (!s->part) RC_TRY(RC_NEW(&s->part, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        char buffer[RC_NUMBER_TEXT];
        int64_t r = row ? row[i] : i;
        const char *text = rc_column_text(&t->column[column], r, buffer);
        rc_spill_pass(i);
        RC_CHECK(rc__part_of(text, &s->part[i]), RC_DATA,
                 "%s:%lld: \"%.80s\" is \"%.40s\"; expected train, valid or test", t->source,
                 (long long)t->line[r], t->column[column].name, text);
    }
    return RC_OK;
}

/* ---- describing ---- */

rc_status rc__describe_table(const char *path, const char *encoding, rc_json *report)
{
    rc_table t;
    RC_TRY(rc_table_read(path, (rc_csv_options){.encoding = encoding}, &t));
    rc_json_set_string(report, "form", "table");
    rc_json_set_string(report, "found", t.note);
    rc_json_set_integer(report, "rows", t.rows);
    rc_json *list = rc_json_set(report, "columns", rc_json_array());
    for (int i = 0; i < t.columns; i++) {
        const rc_column *c = &t.column[i];
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", c->name);
        rc_json_set_string(one, "kind", rc_column_kind_text(c->kind));
        rc_json_set_integer(one, "missing", c->missing);
        if (c->kind == RC_COLUMN_TEXT) rc_json_set_integer(one, "different", c->levels.text.n);
        rc_json_set_string(one, "why", c->why);
        rc_import_form files = rc__table_names_files(&t, i);
        if (files != RC_IMPORT_UNKNOWN) rc_json_set_choice(one, "names", RC_IMPORT_FORMS, (int)files);
    }
    rc_json_set_texts(report, "notes", &t.notes);
    rc_table_free(&t);
    rc__tell_next(report, "it", "\1label COLUMN and \1out DIR");
    return RC_OK;
}

const rc_table *rc__table_of(const rc__tables *p, int64_t i, int64_t *row)
{
    bool second = i >= p->t[0].rows;
    *row = second ? i - p->t[0].rows : i;
    return &p->t[second];
}

double rc__table_number(const rc__tables *p, int c, int64_t i)
{
    int64_t row;
    const rc_table *t = rc__table_of(p, i, &row);
    const double *number = t->column[c].number; /* none in a column without values */
    return number ? number[row] : NAN;
}

void rc__table_report(const rc_encoders *e, const rc__tables *p, rc_json *report)
{
    rc_json *list = rc_json_set(report, "columns", rc_json_array());
    for (int64_t k = 0; k < e->columns; k++) {
        const rc__column_encoder *c = &e->column[k];
        if (e->options.series && c->use == RC__NUMBER) continue;
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", c->name);
        rc_json_set_string(one, "kind", p->at[k] < 0 ? "not there" : p->t[0].column[p->at[k]].why);
        rc_json_set_string(one, "use", c->about);
        rc_json_set_integer(one, "features", c->width);
    }
}

/* The name of a column as that of an input: what a name of a file may not hold becomes _, and so does the
 * dash of what would be the file of a shard. */
rc_status rc__table_name_input(rc_samples *s, int64_t k, rc__input *in)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    snprintf(in->name, sizeof in->name, "%s", s->e->column[k].name);
    for (char *at = in->name; *at; at++)
        if (!strchr(allowed, *at)) *at = '_';
    if (rc_shards_ends_as_one(in->name)) *strrchr(in->name, '-') = '_';
    RC_TRY(rc_input_name_check(s->o->from, in->name));
    for (int i = 0; i < s->n_more; i++)
        RC_CHECK(&s->more[i] == in || strcmp(s->more[i].name, in->name) != 0, RC_DATA,
                 "%s: two columns would be the input \"%s\"; rename one", s->o->from, in->name);
    return RC_OK;
}
