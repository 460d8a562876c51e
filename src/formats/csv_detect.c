/* What a delimited file is like, from its first lines: delimiter, header, names of columns. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/container.h"
#include "formats/csv_reader.h"
#include "formats/levels.h"

enum { PROBE_BYTES = 1 << 20, PROBE_RECORDS = 200 };

static const struct {
    char delimiter;
    const char *text;
} candidates[] = {{'\t', "tab"}, {',', "comma"}, {';', "semicolon"}, {'|', "bar"}, {' ', "blanks"}};
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

static const char *delimiter_text(char delimiter, char text[8])
{
    for (int i = 0; i < CANDIDATES; i++)
        if (candidates[i].delimiter == delimiter) return candidates[i].text;
    snprintf(text, 8, "'%c'", delimiter);
    return text;
}

/* ---- delimiter ---- */

/* The number of columns when every record of the first lines has as many, 0 otherwise; *records counts those
 * looked at. Reads with a reader of its own. Fails for want of memory only: that is no answer. */
static rc_status even_columns(const rc_csv *c, char delimiter, size_t *columns, int *records)
{
    size_t size = (size_t)(c->end - c->begin);
    rc_status status = RC_OK;
    bool whole = size <= PROBE_BYTES, more = true, even = true;
    rc_csv probe = {.source = c->source,
                    .at = c->begin,
                    .end = c->begin + (whole ? size : PROBE_BYTES),
                    .line = c->begin_line,
                    .delimiter = delimiter,
                    .comment = c->comment,
                    .quotes = c->quotes,
                    .one_line = c->one_line};
    *columns = 0;
    *records = 0;
    while (even && *records < PROBE_RECORDS) {
        status = rc__csv_record(&probe, &more);
        /* A record that the end of the probe cuts off says nothing. */
        even = status == RC_OK || (!whole && *records > 0 && status != RC_MEMORY);
        if (!even || !more || (!whole && probe.at == probe.end)) break;
        if (*records == 0) *columns = probe.fields;
        even = probe.fields == *columns;
        ++*records;
    }
    rc_free(probe.field);
    rc_string_free(&probe.written);
    if (!even) *columns = 0;
    return status == RC_MEMORY ? status : RC_OK;
}

/* How often the delimiter is in the first line: the guess where nothing splits the lines evenly, so that
 * the ragged line is then named. */
static size_t in_first_line(const rc_csv *c, char delimiter)
{
    size_t n = 0;
    for (const char *p = c->begin; p < c->end && *p != '\n' && *p != '\r'; p++)
        n += *p == delimiter;
    return n;
}

/* Where semicolons split the lines evenly, commas between digits are decimal ones. */
static rc_status find_decimal_commas(const rc_csv *c, bool *found)
{
    size_t left = (size_t)(c->end - c->begin), size = left < PROBE_BYTES ? left : PROBE_BYTES, commas = 0,
           columns;
    int records;
    *found = false;
    for (size_t i = 0; i < size; i++) {
        if (c->begin[i] != ',') continue;
        if (i == 0 || i + 1 == left || !rc_ascii_is_digit(c->begin[i - 1]) ||
            !rc_ascii_is_digit(c->begin[i + 1]))
            return RC_OK;
        commas++;
    }
    RC_TRY(even_columns(c, ';', &columns, &records));
    *found = commas > 0 && columns > 1;
    return RC_OK;
}

static rc_status choose_delimiter(rc_csv *c)
{
    size_t max = 1, columns;
    int at = -1, records, looked = 0;
    bool decimal;
    RC_TRY(find_decimal_commas(c, &decimal));
    for (int i = 0; i < CANDIDATES; i++) {
        char delimiter = candidates[i].delimiter;
        if (delimiter == ',' && decimal) continue;
        RC_TRY(even_columns(c, delimiter, &columns, &records));
        if (columns <= max || (delimiter == ' ' && at >= 0)) continue;
        max = columns;
        at = i;
        looked = records;
    }
    if (at >= 0) {
        snprintf(c->why, sizeof c->why, "%s: splits the first %d lines into %zu columns each",
                 candidates[at].text, looked, max);
        c->delimiter = candidates[at].delimiter;
        return RC_OK;
    }
    max = 0;
    for (int i = 0; i < CANDIDATES - 1; i++) {
        size_t n = in_first_line(c, candidates[i].delimiter);
        if (n <= max) continue;
        max = n;
        at = i;
    }
    RC_TRY(even_columns(c, at < 0 ? ',' : candidates[at].delimiter, &columns, &records));
    bool one = columns == 1;
    c->delimiter = at < 0 || one ? ',' : candidates[at].delimiter;
    snprintf(c->why, sizeof c->why,
             at < 0 || one ? "one column: no delimiter splits the lines"
                           : "%s: the most frequent in the first line",
             at < 0 ? "" : candidates[at].text);
    return RC_OK;
}

/* ---- header ---- */

/* Numbers in the first line mean data, except 0, 1, 2 ...: column numbers, as pandas writes them. */
static bool looks_like_header(const rc_csv *c)
{
    int numbers = 0;
    for (size_t i = 0; i < c->fields; i++) {
        double value;
        rc_csv_field f = c->field[i];
        if (!rc_csv_number_styles(f) && !rc_csv_date_styles(f)) continue;
        if (!rc_csv_to_f64(f, &value) || value != numbers) return false;
        numbers++;
    }
    return numbers != 1;
}

static rc_status name_column(rc_csv *c, size_t i, char **out)
{
    rc_string s = {0};
    rc_csv_field f = rc_csv_trim(c->field[i]);
    if (c->header && f.length && !memchr(f.text, '\0', f.length))
        RC_TRY(rc_string_add(&s, f.text, f.length));
    else
        RC_TRY(rc_string_printf(&s, "column %zu", i + 1));
    *out = s.data;
    return RC_OK;
}

/* What is called as one before it takes its number behind the name. */
static rc_status tell_apart(rc_csv *c)
{
    rc_levels names = {0};
    rc_status status = RC_OK;
    for (int i = 0; i < c->columns && status == RC_OK;) {
        int64_t before = names.text.n;
        int32_t number;
        rc_string longer = {0};
        status = rc_levels_add(&names, c->name[i], strlen(c->name[i]), &number);
        if (status != RC_OK || names.text.n > before) {
            i++;
            continue;
        }
        status = rc_string_printf(&longer, "%s (column %d)", c->name[i], i + 1);
        if (status == RC_OK) { /* and once more with this name, which may be taken, too */
            rc_free(c->name[i]);
            c->name[i] = longer.data;
        } else
            rc_string_free(&longer);
    }
    rc_levels_free(&names);
    return status;
}

static void explain_header(rc_csv *c, rc_csv_header asked)
{
    size_t n = strlen(c->why);
    const char *how = asked != RC_CSV_HEADER_AUTO ? "as told"
                      : c->header                 ? "it holds no data numbers"
                                                  : "it holds numbers";
    snprintf(c->why + n, sizeof c->why - n, "; the first line is %s (%s)", c->header ? "the header" : "data",
             how);
}

/* ---- what stands before the table ---- */

static void begin_at(rc_csv *c, const char *at, int64_t line)
{
    c->begin = c->at = at;
    c->begin_line = c->line = line;
}

static rc_status fields_at_begin(rc_csv *c, size_t *fields)
{
    bool more;
    rc_status status = rc__csv_record(c, &more);
    *fields = more ? c->fields : 0;
    begin_at(c, c->begin, c->begin_line);
    return status;
}

static rc_status settle_delimiter(rc_csv *c, char delimiter, const char *who)
{
    char text[8];
    c->delimiter = delimiter;
    if (!delimiter) return choose_delimiter(c);
    snprintf(c->why, sizeof c->why, "%s: %s", delimiter_text(delimiter, text), who);
    return RC_OK;
}

/* Excel's "sep=;" as the first line. */
static bool take_separator(rc_csv *c, char *delimiter)
{
    size_t left = (size_t)(c->end - c->at);
    if (left < 6 || memcmp(c->at, "sep=", 4) != 0 || (c->at[5] != '\n' && c->at[5] != '\r')) return false;
    *delimiter = c->at[4];
    rc__csv_skip_line(c);
    return true;
}

/* Lines with '#' before the table are comments unless they have as many columns as it has: then they are its
 * header, or data, as they are where there is nothing else. */
static rc_status settle_comments(rc_csv *c, char delimiter, const char *who)
{
    const char *first = c->at;
    int64_t first_line = c->line, comments = 0;
    size_t columns, fields;
    while (c->at < c->end && *c->at == '#')
        rc__csv_skip_line(c);
    if (c->at == c->end) begin_at(c, first, first_line);
    begin_at(c, c->at, c->line);
    int64_t lines = c->line - first_line;
    RC_TRY(settle_delimiter(c, delimiter, who));
    if (lines == 0) return RC_OK;
    RC_TRY(fields_at_begin(c, &columns));
    begin_at(c, first, first_line);
    for (; comments < lines; comments++) {
        RC_TRY(fields_at_begin(c, &fields));
        if (columns > 1 && fields == columns) break;
        rc__csv_skip_line(c);
        begin_at(c, c->at, c->line);
    }
    size_t n = strlen(c->why);
    if (comments)
        snprintf(c->why + n, sizeof c->why - n, "; %lld lines before it begin with # and are left out",
                 (long long)comments);
    return RC_OK;
}

static rc_status find_table(rc_csv *c, rc_csv_options options)
{
    char delimiter = options.delimiter;
    const char *who = "as told";
    for (int64_t i = 0; i < options.skip && c->at < c->end; i++)
        rc__csv_skip_line(c);
    if (take_separator(c, &delimiter)) who = "as the line \"sep=\" says";
    if (options.delimiter) delimiter = options.delimiter;
    begin_at(c, c->at, c->line);
    if (!options.comment) return settle_comments(c, delimiter, who);
    return settle_delimiter(c, delimiter, who);
}

rc_status rc__csv_detect(rc_csv *c, rc_csv_options options)
{
    bool more;
    RC_TRY(find_table(c, options));
    RC_TRY(rc__csv_record(c, &more));
    RC_CHECK(more, RC_DATA, "%s: no lines; a table has a header and a line for each sample", c->source);
    c->header =
        options.header == RC_CSV_HEADER_AUTO ? looks_like_header(c) : options.header == RC_CSV_HEADER_YES;
    explain_header(c, options.header);
    RC_TRY(RC_NEW(&c->name, c->fields));
    c->columns = (int)c->fields;
    for (size_t i = 0; i < c->fields; i++)
        RC_TRY(!c->header && options.names && (int64_t)i < options.names->n
                   ? rc_strdup(rc_texts_get(options.names, (int64_t)i), &c->name[i])
                   : name_column(c, i, &c->name[i]));
    RC_TRY(tell_apart(c));
    c->data = c->header ? c->at : c->begin;
    c->data_line = c->header ? c->line : c->begin_line;
    rc_csv_rewind(c);
    return RC_OK;
}
