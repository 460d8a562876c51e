/* Texts from files: CSV and TSV, JSON lines, and columns of words as in CoNLL. */
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/text_rows.h"
#include "formats/csv.h"
#include "formats/json.h"
#include "formats/text_file.h"

static const char *const TEXT_NAMES[] = {"text", "sentence", "question", "content",
                                         "body", "review",   "title",    NULL};
static const char *const LABEL_NAMES[] = {"label", "labels", "class", "target", "category", "tag", "y", NULL};

/* ---- CSV and TSV ---- */

static rc_status which_column(const rc_csv *c, const char *path, const char *what)
{
    rc_string list = {0};
    rc_status status = RC_OK;
    for (int i = 0; i < rc_csv_columns(c) && status == RC_OK; i++)
        status = rc_string_printf(&list, "%s%s", i ? ", " : "", rc_csv_name(c, i));
    if (status == RC_OK)
        status = rc_fail(RC_DATA,
                         "%s: which column is the %s? Set data.%s_column to one of: %s; a table of "
                         "numbers becomes a data set by `\1rc_data_import`",
                         path, what, what, list.data);
    rc_string_free(&list);
    return status;
}

static rc_status no_column(const rc_csv *c, const char *path, const char *what, const char *asked)
{
    const char **known;
    RC_TRY(RC_NEW(&known, rc_csv_columns(c)));
    for (int i = 0; i < rc_csv_columns(c); i++)
        known[i] = rc_csv_name(c, i);
    rc_status status = rc_fail_unknown(RC_DATA, asked, known, (size_t)rc_csv_columns(c), NULL,
                                       "%s: no column \"%.80s\" (data.%s_column)", path, asked, what);
    rc_free(known);
    return status;
}

/* The column that was asked for, or the first of the usual names. */
static rc_status find_column(const rc_csv *c, const char *path, const char *what, const char *asked,
                             const char *const *usual, int *out)
{
    *out = -1;
    if (*asked)
        *out = rc_csv_find(c, asked);
    else
        for (int i = 0; usual[i] && *out < 0; i++)
            *out = rc_csv_find(c, usual[i]);
    if (*out >= 0) return RC_OK;
    return *asked ? no_column(c, path, what, asked) : which_column(c, path, what);
}

static rc_status walk_records(rc_csv *c, int text, int label, rc__rows *r)
{
    bool more;
    RC_TRY(rc_csv_next(c, &more));
    while (more) {
        rc_csv_field x = rc_csv_get(c, text), y = {.text = ""};
        if (!r->unlabelled) y = rc_csv_get(c, label);
        RC_TRY(rc__rows_begin(r, rc_csv_line(c)));
        RC_TRY(rc__rows_add(r, x.text, x.length, y.text, y.length));
        RC_TRY(rc__rows_end(r));
        RC_TRY(rc_csv_next(c, &more));
    }
    return RC_OK;
}

rc_status rc__read_delimited(const char *path, bool tabs, const rc_text_options *o, rc__rows *r)
{
    rc_csv *c;
    int text, label = -1;
    rc_csv_options how = {.delimiter = tabs ? '\t' : ',',
                          .header = RC_CSV_HEADER_YES,
                          .encoding = o->encoding,
                          .no_quotes = tabs};
    RC_TRY(rc_csv_open(path, how, &c));
    rc_status status = find_column(c, path, "text", o->text_column, TEXT_NAMES, &text);
    if (status == RC_OK && !r->unlabelled)
        status = find_column(c, path, "label", o->label_column, LABEL_NAMES, &label);
    if (status == RC_OK && text == label)
        status = rc_fail(RC_DATA, "%s: data.text_column and data.label_column name the same column", path);
    if (status == RC_OK) status = walk_records(c, text, label, r);
    rc_csv_close(&c);
    return status;
}

/* ---- JSON lines ---- */

static const rc_json *find_key(const rc_json *j, const char *asked, const char *const *usual)
{
    if (*asked) return rc_json_get(j, asked);
    for (int i = 0; usual[i]; i++)
        if (rc_json_get(j, usual[i])) return rc_json_get(j, usual[i]);
    return NULL;
}

static rc_status add_object(const rc_json *j, const rc_text_options *o, const char *where, int64_t line,
                            rc__rows *r)
{
    const char *text = rc_json_as_string(find_key(j, o->text_column, TEXT_NAMES));
    const rc_json *label = find_key(j, o->label_column, LABEL_NAMES);
    char number[32];
    RC_CHECK(text, RC_DATA, "%s: no text under \"%s\"; set data.text_column", where,
             *o->text_column ? o->text_column : TEXT_NAMES[0]);
    const char *name = r->unlabelled ? "" : rc_json_as_string(label);
    if (!r->unlabelled && rc_json_is_integer(label)) {
        snprintf(number, sizeof number, "%lld", (long long)rc_json_as_integer(label));
        name = number;
    }
    RC_CHECK(name, RC_DATA, "%s: no label (a text or a whole number) under \"%s\"; set data.label_column",
             where, *o->label_column ? o->label_column : LABEL_NAMES[0]);
    RC_TRY(rc__rows_begin(r, line));
    RC_TRY(rc__rows_add(r, text, strlen(text), name, strlen(name)));
    return rc__rows_end(r);
}

typedef rc_status line_reader(const char *path, const rc_text_options *o, const char *text, size_t size,
                              int64_t line, void *state, rc__rows *r);

static rc_status each_line(const char *path, const rc_text_options *o, line_reader *read, void *state,
                           rc__rows *r)
{
    rc_text_file file;
    const char *text;
    size_t at = 0, size;
    RC_TRY(rc_text_file_open(path, o->encoding, &file));
    rc_status status = RC_OK;
    for (int64_t line = 1; status == RC_OK && rc_text_next_line(file.text, file.size, &at, &text, &size);
         line++)
        status = read(path, o, text, size, line, state, r);
    rc_text_file_close(&file);
    return status;
}

static rc_status read_object(const char *path, const rc_text_options *o, const char *text, size_t size,
                             int64_t line, void *state, rc__rows *r)
{
    char where[4200];
    rc_json *j;
    (void)state;
    if (size == 0) return RC_OK;
    snprintf(where, sizeof where, "%s:%lld", path, (long long)line);
    RC_TRY(rc_json_parse(where, text, size, &j));
    rc_status status = add_object(j, o, where, line, r);
    rc_json_free(&j);
    return status;
}

rc_status rc__read_json_lines(const char *path, const rc_text_options *o, rc__rows *r)
{
    return each_line(path, o, read_object, NULL, r);
}

/* ---- columns of words ---- */

enum { MAX_COLUMNS = 64 };

typedef struct columns {
    int n, word, label; /* n of the first line; the others from 0 */
    bool open;          /* inside a sentence */
} columns;

static bool next_word(const char *text, size_t size, size_t *at, const char **word, size_t *length)
{
    while (*at < size && (text[*at] == ' ' || text[*at] == '\t'))
        ++*at;
    size_t from = *at;
    while (*at < size && text[*at] != ' ' && text[*at] != '\t')
        ++*at;
    *word = text + from;
    *length = *at - from;
    return *length > 0;
}

static int cut_columns(const char *text, size_t size, const char **column, size_t *length)
{
    const char *word;
    size_t at = 0, letters;
    int n = 0;
    for (; next_word(text, size, &at, &word, &letters); n++)
        if (n < MAX_COLUMNS) column[n] = word, length[n] = letters;
    return n;
}

static rc_status choose_column(const char *path, const char *key, const char *asked, int n, int fallback,
                               int *out)
{
    int64_t number = fallback + 1;
    RC_CHECK(!*asked || rc_text_to_i64(asked, &number), RC_CONFIG,
             "data.%s is \"%s\"; columns of words have no names, give the number (from 1)", key, asked);
    RC_CHECK(number >= 1 && number <= n, RC_DATA, "%s: data.%s is %lld; there are %d columns", path, key,
             (long long)number, n);
    *out = (int)number - 1;
    return RC_OK;
}

static rc_status first_line(const char *path, const rc_text_options *o, int n, columns *c)
{
    RC_CHECK(n >= (o->unlabelled ? 1 : 2) && n <= MAX_COLUMNS, RC_DATA,
             "%s: %d column%s; expected a word and its label on every line, a blank line between sentences",
             path, n, n == 1 ? "" : "s");
    c->n = n;
    RC_TRY(choose_column(path, "text_column", o->text_column, n, 0, &c->word));
    return o->unlabelled ? RC_OK : choose_column(path, "label_column", o->label_column, n, n - 1, &c->label);
}

static rc_status end_sentence(columns *c, rc__rows *r)
{
    if (!c->open) return RC_OK;
    c->open = false;
    return rc__rows_end(r);
}

static rc_status read_word(const char *path, const rc_text_options *o, const char *text, size_t size,
                           int64_t line, void *state, rc__rows *r)
{
    columns *c = state;
    const char *column[MAX_COLUMNS];
    size_t length[MAX_COLUMNS];
    int n = cut_columns(text, size, column, length);
    if (n == 0) return end_sentence(c, r);
    bool comment = text[0] == '#' && n > 1 && !c->open;
    bool document = length[0] == 10 && memcmp(column[0], "-DOCSTART-", 10) == 0;
    if (comment || document) return RC_OK;
    if (c->n == 0) RC_TRY(first_line(path, o, n, c));
    RC_CHECK(n == c->n, RC_DATA, "%s:%lld: %d columns, the first line has %d", path, (long long)line, n,
             c->n);
    if (!c->open) RC_TRY(rc__rows_begin(r, line));
    c->open = true;
    return rc__rows_add(r, column[c->word], length[c->word], column[c->label],
                        r->unlabelled ? 0 : length[c->label]);
}

rc_status rc__read_columns(const char *path, const rc_text_options *o, rc__rows *r)
{
    columns c = {0};
    r->in_words = true;
    RC_TRY(each_line(path, o, read_word, &c, r));
    return end_sentence(&c, r);
}

/* ---- plain lines ---- */

static rc_status read_line(const char *path, const rc_text_options *o, const char *text, size_t size,
                           int64_t line, void *state, rc__rows *r)
{
    const char *word;
    size_t at = 0, length;
    (void)o, (void)state;
    RC_TRY(rc__rows_begin(r, line));
    if (!r->in_words) return rc__rows_add(r, text, size, "", 0);
    while (next_word(text, size, &at, &word, &length))
        RC_TRY(rc__rows_add(r, word, length, "", 0));
    RC_CHECK(r->row[r->n - 1].n > 0, RC_DATA, "%s:%lld: a line without words; remove it", path,
             (long long)line);
    return RC_OK;
}

rc_status rc__read_lines(const char *path, const rc_text_options *o, rc__rows *r)
{
    return each_line(path, o, read_line, NULL, r);
}
