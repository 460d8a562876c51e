/* Columns of a table that say something about samples: which, by name; the target; the part. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "importers/samples.h"

enum { MOST_SUGGESTED = 4096, LISTED = 20 };

rc_csv_options rc__csv_options(const rc_import_options *o)
{
    rc_csv_options c = {0};
    if (o->delimiter) c.delimiter = strcmp(o->delimiter, "tab") == 0 ? '\t' : o->delimiter[0];
    if (strcmp(o->header, "yes") == 0) c.header = RC_CSV_HEADER_YES;
    if (strcmp(o->header, "no") == 0) c.header = RC_CSV_HEADER_NO;
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

static rc_status no_such_column(const rc_table *t, const char *option, const char *name)
{
    const char *known[MOST_SUGGESTED];
    char what[200];
    size_t n = 0;
    for (int i = 0; i < t->columns && n < MOST_SUGGESTED; i++)
        known[n++] = t->column[i].name;
    const char *near = rc_text_nearest(name, known, n);
    snprintf(what, sizeof what, "%s %.80s: there is no such column", option, name);
    if (!near) return rc__fail_columns(t, what);
    return rc_fail(RC_CONFIG, "%s: %s; did you mean \"%.80s\"?", t->source, what, near);
}

rc_status rc__find_column(const rc_table *t, const char *option, const char *name, int *out)
{
    *out = rc_table_find(t, name);
    return *out >= 0 ? RC_OK : no_such_column(t, option, name);
}

int rc__guess_column(const rc_table *t, const char *const *names)
{
    for (int k = 0; names[k]; k++)
        for (int i = 0; i < t->columns; i++)
            if (strcasecmp(t->column[i].name, names[k]) == 0) return i;
    return -1;
}

/* ---- target ---- */

rc_status rc__check_present(const rc_table *t, const rc_column *c, int64_t row)
{
    RC_CHECK(!rc_column_is_missing(c, row), RC_DATA,
             "%s:%lld: \"%.80s\", which is to be predicted, is missing; remove the line, or fill it in",
             t->source, (long long)t->line[row], c->name);
    return RC_OK;
}

rc_status rc__target_column(rc_samples *s, const rc_table *t, int column, const int64_t *row)
{
    const rc_column *c = &t->column[column];
    for (int64_t i = 0; i < s->n; i++)
        RC_TRY(rc__check_present(t, c, row ? row[i] : i));
    if (c->kind == RC_COLUMN_TEXT) {
        for (int64_t i = 0; i < s->n; i++) {
            const char *text = rc_texts_get(&c->levels.text, c->code[row ? row[i] : i]);
            RC_TRY(rc_texts_add(&s->label, text, strlen(text)));
        }
        return RC_OK;
    }
    double *to;
    RC_TRY(RC_NEW_RAW(&to, s->n));
    s->y = (rc_array){.dtype = RC_DTYPE_F64, .shape = RC_SHAPE(s->n), .data = to, .owned = to};
    s->y_guess = true;
    for (int64_t i = 0; i < s->n; i++)
        to[i] = c->number[row ? row[i] : i];
    return RC_OK;
}

/* ---- part ---- */

rc_status rc__split_column(rc_samples *s, const rc_table *t, int column, const int64_t *row)
{
    if (!s->part) RC_TRY(RC_NEW(&s->part, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        char buffer[32];
        int64_t r = row ? row[i] : i;
        const char *text = rc_column_text(&t->column[column], r, buffer);
        RC_CHECK(rc__part_of(text, &s->part[i]), RC_DATA,
                 "%s:%lld: \"%.80s\" is \"%.40s\"; expected train, valid or test", t->source,
                 (long long)t->line[r], t->column[column].name, text);
    }
    return RC_OK;
}

/* ---- describing ---- */

rc_status rc__describe_table(const char *path, rc_json *report)
{
    rc_table t;
    rc_json *list, *one;
    RC_TRY(rc_table_read(path, (rc_csv_options){0}, &t));
    rc_status status = rc_json_array(&list);
    for (int i = 0; i < t.columns && status == RC_OK; i++) {
        const rc_column *c = &t.column[i];
        status = rc_json_object(&one);
        if (status == RC_OK) status = rc_json_set_string(one, "name", c->name);
        if (status == RC_OK) status = rc_json_set_string(one, "kind", rc_column_kind_text(c->kind));
        if (status == RC_OK) status = rc_json_set_integer(one, "missing", c->missing);
        if (status == RC_OK && c->kind == RC_COLUMN_TEXT)
            status = rc_json_set_integer(one, "different", c->levels.text.n);
        if (status == RC_OK) status = rc_json_set_string(one, "why", c->why);
        if (status == RC_OK) status = rc_json_append(list, one);
    }
    if (status == RC_OK) status = rc_json_set_string(report, "form", "table");
    if (status == RC_OK) status = rc_json_set_string(report, "found", t.note);
    if (status == RC_OK) status = rc_json_set_integer(report, "rows", t.rows);
    if (status == RC_OK) status = rc_json_set(report, "columns", list);
    rc_table_free(&t);
    RC_TRY(status);
    return rc_json_set_string(report, "next", "recraft data import PATH --label COLUMN --out DIR");
}
