/* What a delimited file is like, from its first lines: delimiter, header, names of columns. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/csv_reader.h"

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
 * looked at. Reads with a reader of its own. */
static size_t even_columns(const rc_csv *c, char delimiter, int *records)
{
    size_t size = (size_t)(c->end - c->begin), columns = 0;
    bool whole = size <= PROBE_BYTES, more = true, even = true;
    rc_csv probe = {.source = c->source,
                    .at = c->begin,
                    .end = c->begin + (whole ? size : PROBE_BYTES),
                    .line = 1,
                    .delimiter = delimiter,
                    .quotes = c->quotes};
    *records = 0;
    while (even && *records < PROBE_RECORDS) {
        /* A record that the end of the probe cuts off says nothing. */
        even = rc__csv_record(&probe, &more) == RC_OK || (!whole && *records > 0);
        if (!even || !more || (!whole && probe.at == probe.end)) break;
        if (*records == 0) columns = probe.fields;
        even = probe.fields == columns;
        ++*records;
    }
    rc_free(probe.field);
    rc_string_free(&probe.written);
    return even ? columns : 0;
}

/* How often the delimiter stands in the first line: the guess where nothing splits the lines evenly, so that
 * the ragged line is then named. */
static size_t in_first_line(const rc_csv *c, char delimiter)
{
    size_t n = 0;
    for (const char *p = c->begin; p < c->end && *p != '\n' && *p != '\r'; p++)
        n += *p == delimiter;
    return n;
}

static void choose_delimiter(rc_csv *c)
{
    size_t most = 1;
    int at = -1, records, looked = 0;
    for (int i = 0; i < CANDIDATES; i++) {
        char delimiter = candidates[i].delimiter;
        size_t columns = even_columns(c, delimiter, &records);
        if (columns <= most || (delimiter == ' ' && at >= 0)) continue;
        most = columns;
        at = i;
        looked = records;
    }
    if (at >= 0) {
        snprintf(c->why, sizeof c->why, "%s: splits the first %d lines into %zu columns each",
                 candidates[at].text, looked, most);
        c->delimiter = candidates[at].delimiter;
        return;
    }
    most = 0;
    for (int i = 0; i < CANDIDATES - 1; i++) {
        size_t n = in_first_line(c, candidates[i].delimiter);
        if (n <= most) continue;
        most = n;
        at = i;
    }
    bool one = even_columns(c, at < 0 ? ',' : candidates[at].delimiter, &records) == 1;
    c->delimiter = at < 0 || one ? ',' : candidates[at].delimiter;
    snprintf(c->why, sizeof c->why,
             at < 0 || one ? "one column: no delimiter splits the lines"
                           : "%s: the most frequent in the first line",
             at < 0 ? "" : candidates[at].text);
}

/* ---- header ---- */

/* Numbers in the first line mean data, except 0, 1, 2 ...: column numbers, as pandas writes them. */
static bool looks_like_header(const rc_csv *c)
{
    int numbers = 0;
    for (size_t i = 0; i < c->fields; i++) {
        double value;
        rc_csv_field f = c->field[i];
        if (!rc_csv_to_f64(f, &value)) continue;
        if (value != numbers) return false;
        numbers++;
    }
    return numbers != 1;
}

static rc_status name_column(rc_csv *c, size_t i, char **out)
{
    rc_string s = {0};
    rc_csv_field f = c->field[i];
    while (f.length && strchr(" \t", f.text[0])) {
        f.text++;
        f.length--;
    }
    while (f.length && strchr(" \t", f.text[f.length - 1]))
        f.length--;
    if (c->header && f.length && !memchr(f.text, '\0', f.length))
        RC_TRY(rc_string_add(&s, f.text, f.length));
    else
        RC_TRY(rc_string_printf(&s, "column %zu", i + 1));
    *out = s.data;
    return RC_OK;
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

rc_status rc__csv_detect(rc_csv *c, rc_csv_options options)
{
    bool more;
    char text[8];
    c->delimiter = options.delimiter;
    if (c->delimiter)
        snprintf(c->why, sizeof c->why, "%s: as told", delimiter_text(c->delimiter, text));
    else
        choose_delimiter(c);
    RC_TRY(rc__csv_record(c, &more));
    RC_CHECK(more, RC_DATA, "%s: no lines; a table has a header and a line for each sample", c->source);
    c->header =
        options.header == RC_CSV_HEADER_AUTO ? looks_like_header(c) : options.header == RC_CSV_HEADER_YES;
    explain_header(c, options.header);
    RC_TRY(RC_NEW(&c->name, c->fields));
    c->columns = (int)c->fields;
    for (size_t i = 0; i < c->fields; i++)
        RC_TRY(name_column(c, i, &c->name[i]));
    c->data = c->header ? c->at : c->begin;
    c->data_line = c->header ? c->line : 1;
    rc_csv_rewind(c);
    return RC_OK;
}
