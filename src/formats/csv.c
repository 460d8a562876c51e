#include "formats/csv.h"

#include <string.h>

#include "base/memory.h"
#include "formats/csv_reader.h"

/* ---- opening ---- */

static rc_status open_text(const char *name, rc_csv_options options, rc_csv *c)
{
    char *source;
    const char *text = c->file.text;
    size_t size = c->file.size;
    RC_TRY(rc_strdup(name, &source));
    c->source = source;
    RC_CHECK(!memchr(text, '\0', size < 4096 ? size : 4096), RC_FORMAT,
             "%s: not a text file (it holds zero bytes); if it is UTF-16, save it as UTF-8, or say so "
             "(\1encoding, or the setting data.encoding: utf16)",
             name);
    c->begin = c->at = text;
    c->end = text + size;
    c->line = 1;
    c->comment = options.comment;
    c->quotes = !options.no_quotes;
    c->one_line = options.one_line;
    return rc__csv_detect(c, options);
}

rc_status rc_csv_open_memory(const char *name, const char *text, size_t size, rc_csv_options options,
                             rc_csv **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_text_file_memory(name, text, size, options.encoding, &(*out)->file);
    if (status == RC_OK) status = open_text(name, options, *out);
    if (status != RC_OK) rc_csv_close(out);
    return status;
}

rc_status rc_csv_open(const char *path, rc_csv_options options, rc_csv **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_text_file_open(path, options.encoding, &(*out)->file);
    if (status == RC_OK) status = open_text(path, options, *out);
    if (status != RC_OK) rc_csv_close(out);
    return status;
}

void rc_csv_close(rc_csv **c)
{
    if (!*c) return;
    for (int i = 0; (*c)->name && i < (*c)->columns; i++)
        rc_free((*c)->name[i]);
    rc_free((*c)->name);
    rc_free((*c)->field);
    rc_string_free(&(*c)->written);
    rc_text_file_close(&(*c)->file);
    rc_free((void *)(uintptr_t)(*c)->source);
    rc_free(*c);
    *c = NULL;
}

/* ---- walking ---- */

static rc_status ragged(const rc_csv *c)
{
    const char *where = c->header ? "header" : "the first line";
    if (c->fields < (size_t)c->columns)
        return rc_fail(RC_DATA, "%s:%lld: %zu columns, %s has %d (nothing for \"%.60s\")%s", c->source,
                       (long long)c->record_line, c->fields, where, c->columns, c->name[c->fields],
                       *c->field[0].text == '#' ? "; \1comment '#' skips such lines" : "");
    RC_CHECK(c->columns > 1, RC_DATA,
             "%s:%lld: %zu columns, %s has 1 (\"%.60s\"); \1skip N skips lines before the table", c->source,
             (long long)c->record_line, c->fields, where, c->name[0]);
    const rc_csv_field *f = &c->field[c->columns];
    int shown = f->length > 40 ? 40 : (int)f->length;
    return rc_fail(
        RC_DATA,
        "%s:%lld: %zu columns, %s has %d (\"%.*s\" in column %d is too many; a value that holds the "
        "delimiter must be quoted)",
        c->source, (long long)c->record_line, c->fields, where, c->columns, shown, f->text, c->columns + 1);
}

rc_status rc_csv_next(rc_csv *c, bool *more)
{
    RC_TRY(rc__csv_record(c, more));
    return !*more || c->fields == (size_t)c->columns ? RC_OK : ragged(c);
}

rc_csv_field rc_csv_get(const rc_csv *c, int column)
{
    return c->field[column];
}

int64_t rc_csv_line(const rc_csv *c)
{
    return c->record_line;
}

int64_t rc_csv_place(const rc_csv *c, int64_t *all)
{
    *all = c->end - c->data;
    return c->at - c->data;
}

int rc_csv_columns(const rc_csv *c)
{
    return c->columns;
}

const char *rc_csv_name(const rc_csv *c, int column)
{
    return c->name[column];
}

int rc_csv_find(const rc_csv *c, const char *name)
{
    for (int i = 0; i < c->columns; i++)
        if (strcmp(c->name[i], name) == 0) return i;
    return -1;
}

char rc_csv_delimiter(const rc_csv *c)
{
    return c->delimiter;
}

bool rc_csv_has_header(const rc_csv *c)
{
    return c->header;
}

const char *rc_csv_why(const rc_csv *c)
{
    return c->why;
}
