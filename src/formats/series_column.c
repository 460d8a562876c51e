/* Columns of series: the numbers of all rows in one block. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/table_reader.h"

int64_t rc_column_series(const rc_column *c, int64_t row, const double **values)
{
    *values = c->number ? c->number + c->start[row] : NULL;
    return c->channels ? (c->start[row + 1] - c->start[row]) / c->channels : 0;
}

static rc_status add(rc_column *c, int64_t row, double value)
{
    int64_t *n = &c->start[row + 1];
    if (*n == c->capacity) {
        int64_t wanted = c->capacity ? 2 * c->capacity : 256;
        RC_TRY(rc_realloc((size_t)c->capacity * sizeof value, (size_t)wanted * sizeof value,
                          (void **)&c->number));
        c->capacity = wanted;
    }
    c->number[(*n)++] = value;
    return RC_OK;
}

/* The values of one channel; their number. */
static rc_status take_channel(const rc_table *t, rc_column *c, int64_t line, const char *at, const char *end,
                              int64_t *count)
{
    for (*count = 0; at <= end; ++*count) {
        const char *stop = memchr(at, ',', (size_t)(end - at));
        double v = NAN;
        if (!stop) stop = end;
        rc_csv_field f = rc_csv_trim((rc_csv_field){at, (size_t)(stop - at), false});
        RC_CHECK(rc_csv_is_missing(NULL, f) || rc_csv_to_f64(f, &v), RC_FORMAT,
                 "%s:%lld: \"%.*s\" is not a number", t->source, (long long)line,
                 (int)rc_utf8_cut(f.text, f.length, 40), f.text);
        RC_TRY(add(c, t->rows - 1, v));
        at = stop + 1;
    }
    return RC_OK;
}

rc_status rc__series_row(rc_table *t, int column, int64_t line, const char *text, size_t size, char between)
{
    rc_column *c = &t->column[column];
    const char *end = text + size;
    int64_t channels = 0, first = 0, count, row = t->rows - 1;
    c->start[row + 1] = c->start[row];
    for (const char *at = text, *stop; at <= end; at = stop + 1, channels++) {
        stop = memchr(at, between, (size_t)(end - at));
        if (!stop) stop = end;
        RC_TRY(take_channel(t, c, line, at, stop, &count));
        if (channels == 0) first = count;
        RC_CHECK(count == first, RC_FORMAT, "%s:%lld: channel %lld has %lld values, the first has %lld",
                 t->source, (long long)line, (long long)channels + 1, (long long)count, (long long)first);
    }
    if (c->channels == 0) c->channels = channels;
    RC_CHECK(channels == c->channels, RC_FORMAT, "%s:%lld: %lld channels, the rows before have %lld",
             t->source, (long long)line, (long long)channels, (long long)c->channels);
    return RC_OK;
}

void rc__series_tell(rc_table *t, int column)
{
    rc_column *c = &t->column[column];
    const double *values;
    int64_t min = INT64_MAX, max = 0;
    for (int64_t r = 0; r < t->rows; r++) {
        int64_t n = rc_column_series(c, r, &values);
        min = n < min ? n : min;
        max = n > max ? n : max;
    }
    for (int64_t i = 0; i < c->start[t->rows]; i++)
        c->missing += isnan(c->number[i]) != 0;
    snprintf(c->why, sizeof c->why, "series of %lld to %lld values in %lld channels", (long long)min,
             (long long)max, (long long)c->channels);
}
