/* One record after the other of a text. */
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/csv_reader.h"
#include "formats/memory_table.h"

static rc_status add_field(rc_csv *c, rc_csv_field f)
{
    if (c->fields == c->capacity) {
        size_t wanted = c->capacity ? 2 * c->capacity : 32;
        RC_CHECK(c->fields < RC_MAX_COLUMNS, RC_FORMAT, "%s:%lld: more than %d columns", c->source,
                 (long long)c->record_line, RC_MAX_COLUMNS);
        RC_TRY(rc_realloc(c->capacity * sizeof f, wanted * sizeof f, (void **)&c->field));
        c->capacity = wanted;
    }
    c->field[c->fields++] = f;
    return RC_OK;
}

static bool ends_line(char k)
{
    return k == '\n' || k == '\r';
}

static bool ends_field(const rc_csv *c, char k)
{
    return k == c->delimiter || ends_line(k) || (c->delimiter == ' ' && k == '\t');
}

static rc_status plain_field(rc_csv *c)
{
    const char *from = c->at, *end = c->end;
    char delimiter = c->delimiter;
    if (delimiter == ' ')
        while (c->at < end && !ends_field(c, *c->at))
            c->at++;
    else
        while (c->at < end && *c->at != delimiter && *c->at != '\n' && *c->at != '\r')
            c->at++;
    return add_field(c, (rc_csv_field){from, (size_t)(c->at - from), false});
}

static void count_lines(rc_csv *c, const char *from, const char *to)
{
    while (!c->one_line && (from = memchr(from, '\n', (size_t)(to - from)))) {
        c->line++;
        from++;
    }
}

static rc_status quoted_field(rc_csv *c)
{
    const char *from = ++c->at;
    int64_t line = c->line;
    size_t offset = c->written.length;
    bool doubled = false;
    for (;;) {
        const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));
        RC_CHECK(quote, RC_FORMAT, "%s:%lld: column %zu: a quote is opened and never closed", c->source,
                 (long long)line, c->fields + 1);
        count_lines(c, c->at, quote);
        c->at = quote + 1;
        bool twice = c->at < c->end && *c->at == '"';
        if (twice || doubled) RC_TRY(rc_string_add(&c->written, from, (size_t)(quote + twice - from)));
        if (!twice) {
            RC_CHECK(c->at == c->end || ends_field(c, *c->at), RC_FORMAT,
                     "%s:%lld: column %zu: text after the closing quote; quotes inside a quoted value are "
                     "doubled",
                     c->source, (long long)c->line, c->fields + 1);
            break;
        }
        doubled = true;
        from = ++c->at;
    }
    if (!doubled) return add_field(c, (rc_csv_field){from, (size_t)(c->at - 1 - from), true});
    /* Its offset for now: `written` may move before the record is complete. */
    return add_field(c, (rc_csv_field){NULL, offset, true});
}

static void settle_written(rc_csv *c)
{
    size_t end = c->written.length;
    for (size_t i = c->fields; i-- > 0;) {
        rc_csv_field *f = &c->field[i];
        if (f->text) continue;
        size_t offset = f->length;
        *f = (rc_csv_field){c->written.data + offset, end - offset, true};
        end = offset;
    }
}

static void end_line(rc_csv *c)
{
    if (c->at == c->end) return;
    if (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n') c->at++;
    c->at++;
    c->line++;
}

static void skip_blanks(rc_csv *c)
{
    while (c->at < c->end && rc_ascii_is_blank(*c->at))
        c->at++;
}

void rc__csv_skip_line(rc_csv *c)
{
    while (c->at < c->end && !ends_line(*c->at))
        c->at++;
    end_line(c);
}

/* Lines of nothing (where tabs separate, a line of tabs is a record), and comments. */
static void skip_empty_lines(rc_csv *c)
{
    for (;;) {
        const char *from = c->at;
        if (c->comment && c->at < c->end && *c->at == c->comment) {
            rc__csv_skip_line(c);
            continue;
        }
        while (c->at < c->end && rc_ascii_is_blank(*c->at) && (*c->at != c->delimiter || c->delimiter == ' '))
            c->at++;
        if (c->at < c->end && !ends_line(*c->at)) {
            if (c->delimiter != ' ') c->at = from;
            return;
        }
        if (c->at == c->end) return;
        end_line(c);
    }
}

rc_status rc__csv_record(rc_csv *c, bool *more)
{
    c->fields = 0;
    c->written.length = 0;
    skip_empty_lines(c);
    *more = c->at < c->end;
    c->record_line = c->line;
    while (*more) {
        bool quoted = c->quotes && c->at < c->end && *c->at == '"';
        RC_TRY(quoted ? quoted_field(c) : plain_field(c));
        if (c->delimiter == ' ') skip_blanks(c);
        if (c->at == c->end || ends_line(*c->at)) break;
        if (c->delimiter != ' ') c->at++;
    }
    settle_written(c);
    end_line(c);
    return RC_OK;
}

void rc_csv_rewind(rc_csv *c)
{
    c->at = c->data;
    c->line = c->data_line;
    c->fields = 0;
}
