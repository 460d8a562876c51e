/* JSON lines as a table: an object a line, a column for every key. They are written out as delimited text,
 * line for line, which is then read by the rules of that. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "formats/json.h"
#include "formats/memory_table.h"
#include "formats/table_reader.h"
#include "formats/text_file.h"

typedef struct lines {
    const char *source;
    rc_text_file file;
    rc_levels names;
    int64_t rows;
} lines;

typedef rc_status visitor(void *context, const char *where, const rc_json *object);

/* Every line's object; of a blank line NULL. */
static rc_status each(const lines *l, visitor *visit, void *context)
{
    const char *text;
    size_t at = 0, size;
    char where[300];
    for (int64_t line = 1; rc_text_next_line(l->file.text, l->file.size, &at, &text, &size); line++) {
        rc_json *j = NULL;
        snprintf(where, sizeof where, "%.250s:%lld", l->source, (long long)line);
        rc_status status = rc_text_is_blank(text, size) ? RC_OK : rc_json_parse(where, text, size, &j);
        if (status == RC_OK && j && !rc_json_is_object(j))
            status = rc_fail(RC_FORMAT, "%s: is not an object, {\"column\": value, ...}", where);
        if (status == RC_OK) status = visit(context, where, j);
        rc_json_free(&j);
        RC_TRY(status);
    }
    return RC_OK;
}

/* ---- columns ---- */

static rc_status take_names(void *context, const char *where, const rc_json *object)
{
    lines *l = context;
    void *at = NULL;
    const char *key;
    const rc_json *v;
    l->rows += object != NULL;
    while (object && rc_json_each(object, &at, &key, &v)) {
        int32_t number;
        RC_CHECK(!rc_json_is_array(v) && !rc_json_is_object(v), RC_UNSUPPORTED,
                 "%s: \"%.80s\" holds %s; a table has one value in a cell", where, key,
                 rc_json_is_array(v) ? "a list" : "an object");
        RC_TRY(rc_levels_add(&l->names, key, strlen(key), &number));
        RC_CHECK(l->names.text.n <= RC_MAX_COLUMNS, RC_FORMAT, "%s: more than %d columns", where,
                 RC_MAX_COLUMNS);
    }
    return RC_OK;
}

/* ---- cells ---- */

typedef struct writing {
    const lines *l;
    rc_string *out;
} writing;

static rc_status add_cell(rc_string *out, const rc_json *v)
{
    char number[RC_NUMBER_TEXT];
    if (rc_json_is_string(v)) return rc__cell_put(out, rc_json_as_string(v));
    if (rc_json_is_integer(v)) return rc_string_printf(out, "%lld", (long long)rc_json_as_integer(v));
    if (rc_json_is_number(v))
        return rc_string_printf(out, "%s", rc_text_number(rc_json_as_number(v), number));
    return rc__cell_put(out, !rc_json_is_boolean(v) ? "" : rc_json_as_boolean(v) ? "true" : "false");
}

/* A blank line stays one, so that lines have their numbers. */
static rc_status add_row(void *context, const char *where, const rc_json *object)
{
    const writing *w = context;
    const rc_texts *names = &w->l->names.text;
    (void)where;
    for (int64_t k = 0; k < names->n && object; k++) {
        if (k) RC_TRY(rc_string_add(w->out, ",", 1));
        RC_TRY(add_cell(w->out, rc_json_get(object, rc_texts_get(names, k))));
    }
    return rc_string_add(w->out, "\n", 1);
}

/* ---- as delimited text ---- */

static rc_status write_out(lines *l, rc_string *out)
{
    RC_TRY(each(l, take_names, l));
    RC_CHECK(l->rows > 0 && l->names.text.n > 0, RC_DATA, "%s: no objects with values", l->source);
    RC_CHECK(rc__table_fits(l->file.size, (size_t)l->rows * (size_t)l->names.text.n * sizeof(double)),
             RC_DATA,
             "%s: %lld lines with %lld different keys: as a table it takes more than 256 bytes for each of "
             "its own",
             l->source, (long long)l->rows, (long long)l->names.text.n);
    return each(l, add_row, &(writing){l, out});
}

static rc_status table_of(lines *l, rc_csv_options options, rc_table *out)
{
    rc_string text = {0};
    rc_status status = write_out(l, &text);
    if (status == RC_OK)
        status = rc_csv_table_parse(l->source, text.data, text.length,
                                    rc__cells_options(options, &l->names.text), out);
    if (status != RC_OK) {
        rc_string_free(&text);
        return status;
    }
    out->form = RC_TABLE_JSONL;
    out->header = true;
    out->text = text;
    snprintf(out->note, sizeof out->note, "JSON lines: a column for each of %d keys", out->columns);
    return RC_OK;
}

rc_status rc_jsonl_parse(const char *name, const char *text, size_t size, rc_csv_options options,
                         rc_table *out)
{
    lines l = {.source = name};
    *out = (rc_table){0};
    rc_status status = rc_text_file_memory(name, text, size, options.encoding, &l.file);
    if (status == RC_OK) status = table_of(&l, options, out);
    rc_levels_free(&l.names);
    rc_text_file_close(&l.file);
    return status;
}
