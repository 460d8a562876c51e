/* Tables whose rows are series: a column holds them (.ts, relational ARFF), or, with `series`, every column
 * of numbers is a point of one, in order. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/spill.h"
#include "importers/import_table.h"

enum { MIN_POINTS = 16 };
#define ALIKE 0.7 /* mean correlation of neighbours from which on columns look like a series */

/* ---- which columns ---- */

static int find_series(const rc_table *t, const rc_encoders *e)
{
    for (int k = 0; k < t->columns; k++)
        if (t->column[k].kind == RC_COLUMN_SERIES && !e->column[k].about[0]) return k;
    return -1;
}

static void fit_column(const rc_column *c, bool chosen, bool points, rc__column_encoder *out)
{
    bool number = c->kind == RC_COLUMN_EMPTY || c->kind == RC_COLUMN_WHOLE || c->kind == RC_COLUMN_REAL;
    if (chosen) {
        out->use = RC__SERIES;
        out->width = c->channels;
        snprintf(out->about, sizeof out->about, "the series");
    } else if (points && number) {
        out->use = RC__NUMBER;
        out->width = 1;
        out->form.kind = RC_COLUMN_REAL;
        snprintf(out->about, sizeof out->about, "a point of the series");
    } else {
        snprintf(out->about, sizeof out->about, "left out: %s", points ? "no numbers" : "not the series");
    }
}

static rc_status choose_columns(rc_samples *s, const rc__tables *p)
{
    const rc_table *t = &p->t[0];
    int series = find_series(t, s->e);
    int64_t inputs = 0;
    for (int k = 0; k < t->columns; k++) {
        rc__column_encoder *out = &s->e->column[k];
        if (out->use == RC__LABEL)
            snprintf(out->about, sizeof out->about, "not an input: the label");
        else if (!out->about[0])
            fit_column(&t->column[k], k == series, series < 0, out);
        inputs += out->width;
    }
    RC_CHECK(inputs > 0, RC_DATA, "%s: no column is left as a series", s->o->from);
    return RC_OK;
}

/* ---- reading ---- */

static const rc_column *column_of(const rc_samples *s, int64_t i, int64_t *row)
{
    const rc__tables *p = s->state;
    const rc_table *t = rc__table_of(p, i, row);
    return &t->column[p->series];
}

static rc_status read_series(rc_samples *s, int64_t i, void *out)
{
    int64_t row;
    const double *values;
    const rc_column *c = column_of(s, i, &row);
    int64_t n = rc_column_series(c, row, &values) * c->channels;
    for (int64_t k = 0; k < n; k++)
        ((float *)out)[k] = (float)values[k];
    return RC_OK;
}

static int64_t length_of_series(rc_samples *s, int64_t i)
{
    int64_t row;
    const double *values;
    const rc_column *c = column_of(s, i, &row);
    return rc_column_series(c, row, &values);
}

static rc_status read_points(rc_samples *s, int64_t i, void *out)
{
    const rc__tables *p = s->state;
    float *to = out;
    for (int64_t k = 0; k < p->columns; k++)
        if (s->e->column[k].width) *to++ = (float)rc__table_number(p, p->at[k], i);
    return RC_OK;
}

static int64_t length_of_points(rc_samples *s, int64_t i)
{
    (void)i;
    return ((const rc__tables *)s->state)->points;
}

rc_status rc__table_series(rc_samples *s, rc_json *report)
{
    rc__tables *p = s->state;
    int64_t channels = 1;
    if (!s->given) RC_TRY(choose_columns(s, p));
    p->series = -1;
    p->points = 0;
    for (int64_t k = 0; k < p->columns; k++) {
        p->points += s->e->column[k].width;
        if (s->e->column[k].use != RC__SERIES) continue;
        p->series = p->at[k];
        channels = s->e->column[k].width;
    }
    const rc_table *t = &p->t[0];
    RC_CHECK(p->series < 0 || t->column[p->series].channels == channels, RC_DATA,
             "%s: series of %lld channels instead of %lld", t->source,
             (long long)t->column[p->series].channels, (long long)channels);
    rc__table_report(s->e, p, report);
    s->x = p->series < 0 ? read_points : read_series;
    s->prepare = NULL;
    if (s->e->options.fill == RC_IMPORT_FILL_AUTO) s->e->options.fill = RC_IMPORT_FILL_INTERPOLATE;
    return rc__series_windows(s, channels, p->series < 0 ? length_of_points : length_of_series, report);
}

/* ---- a table that looks like series ---- */

/* "att12": where its number begins, and which it is. */
static bool is_numbered(const char *name, size_t *stem, int64_t *number)
{
    size_t n = strlen(name), at = n;
    while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9')
        at--;
    *stem = at;
    return at < n && rc_text_to_i64(name + at, number);
}

/* Are these columns all that is an input, and their names numbered one after the other? */
static bool are_numbered(const rc_encoders *e, int64_t *first, int64_t *count)
{
    size_t stem = 0;
    int64_t last = 0;
    *count = 0;
    for (int64_t k = 0; k < e->columns; k++) {
        const rc__column_encoder *c = &e->column[k];
        size_t n;
        int64_t number;
        if (c->width == 0) continue;
        if (c->use != RC__NUMBER || !is_numbered(c->name, &n, &number)) return false;
        if (*count == 0) *first = k, stem = n;
        bool next = *count == 0 || (k == *first + *count && number == last + 1 && n == stem &&
                                    strncmp(c->name, e->column[*first].name, n) == 0);
        if (!next) return false;
        last = number;
        ++*count;
    }
    return *count >= MIN_POINTS;
}

/* The mean correlation of each column with the one behind it; rows with gaps do not count. */
static double likeness(const rc_samples *s, const rc__tables *p, int64_t first, int64_t count)
{
    double all = 0;
    for (int64_t k = first; k + 1 < first + count; k++) {
        double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        for (int64_t i = 0; i < s->n; i++) {
            double a = rc__table_number(p, (int)k, i), b = rc__table_number(p, (int)k + 1, i);
            rc_spill_pass(i);
            if (isnan(a) || isnan(b)) continue;
            n++, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
        }
        double spread = (xx - x * x / n) * (yy - y * y / n);
        all += spread > 0 ? (xy - x * y / n) / sqrt(spread) : 0;
    }
    return all / (double)(count - 1);
}

rc_status rc__table_hint(rc_samples *s, const rc__tables *p)
{
    const rc_encoders *e = s->e;
    int64_t first = 0, count;
    if (!are_numbered(e, &first, &count)) return RC_OK;
    double alike = likeness(s, p, first, count);
    if (!(alike > ALIKE)) return RC_OK;
    return rc__note(s,
                    "\"%.60s\" to \"%.60s\" look like points of a series, each like the one before "
                    "(correlation %.2f); \1series takes each row as one series",
                    e->column[first].name, e->column[first + count - 1].name, alike);
}
