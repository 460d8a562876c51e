/* What becomes of a table's columns. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/spill.h"
#include "importers/import_table.h"

enum { MAX_LEVELS = 64, MAX_FEATURES = 65536 };
static const double day = 86400, week = 7 * 86400.0, year = 365.2425 * 86400;

/* Its number among the texts of the encoder; -1: missing, or another text. */
static int32_t rank_at(const rc__tables *p, int64_t k, int64_t i)
{
    int64_t row;
    const rc_table *t = rc__table_of(p, i, &row);
    int32_t code = t->column[p->at[k]].code[row];
    return code < 0 ? -1 : p->rank[k][code];
}

/* Where it differs within the training part; else says why it is left out. */
static bool varies(int64_t n, double low, double high, rc__column_encoder *out)
{
    if (n > 0 && low != high) return true;
    snprintf(out->about, sizeof out->about, "left out: %s in the training part",
             n ? "always the same" : "always missing");
    return false;
}

/* Days since the first; and, where the dates go round several times, day, week and year as points of a
 * circle. */
static void fit_date(const rc_samples *s, const rc__tables *p, int c, const int8_t *part,
                     rc__column_encoder *out)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    char from[RC_CSV_DATE_TEXT], gaps[80] = "";
    int64_t n = 0, missing = 0;
    bool times = false;
    for (int64_t i = 0; i < s->n; i++) {
        double v = rc__table_number(p, c, i);
        missing += isnan(v);
        rc_spill_pass(i);
        if (isnan(v) || part[i] != RC__PART_TRAIN) continue;
        sum += v;
        n++;
        low = v < low ? v : low;
        high = v > high ? v : high;
        times = times || fmod(v - low, day) != 0;
    }
    if (!varies(n, low, high, out)) return;
    out->use = RC__DATE;
    out->start = low;
    out->fill = sum / (double)n;
    out->day = times && high - low >= 2 * day;
    out->week = high - low >= 2 * week;
    out->year = high - low >= 2 * year;
    out->width = 1 + 2 * (out->day + out->week + out->year);
    if (missing)
        snprintf(gaps, sizeof gaps, "; %lld missing, filled with the mean of train", (long long)missing);
    snprintf(out->about, sizeof out->about, "days since %s%s%s%s%s%s", rc_csv_date_text(low, from),
             out->width > 1 ? ", and sine and cosine of its place in" : "", out->day ? " the day" : "",
             !out->week ? ""
             : out->day ? ", the week"
                        : " the week",
             !out->year              ? ""
             : out->day || out->week ? ", the year"
                                     : " the year",
             gaps);
}

static float *put_circle(double seconds, double period, float *to)
{
    double angle = 2 * acos(-1.0) * seconds / period;
    *to++ = (float)sin(angle);
    *to++ = (float)cos(angle);
    return to;
}

static float *put_date(const rc__column_encoder *c, double seconds, float *to)
{
    if (isnan(seconds)) seconds = c->fill;
    *to++ = (float)((seconds - c->start) / day);
    if (c->day) to = put_circle(seconds, day, to);
    if (c->week) to = put_circle(seconds, week, to);
    return c->year ? put_circle(seconds, year, to) : to;
}

static void fit_number(const rc_samples *s, const rc__tables *p, int c, const int8_t *part,
                       rc__column_encoder *out)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    int64_t n = 0, missing = 0;
    bool counts = p->t[0].column[c].kind == RC_COLUMN_WHOLE;
    for (int64_t i = 0; i < s->n; i++) {
        double v = rc__table_number(p, c, i);
        missing += isnan(v);
        int64_t row;
        rc__table_of(p, i, &row);
        bool next = i > 0 && v == rc__table_number(p, c, i - 1) + 1, first = row == 0 && (v == 0 || v == 1);
        counts = counts && (next || first);
        rc_spill_pass(i);
        if (isnan(v) || part[i] != RC__PART_TRAIN) continue;
        sum += v;
        n++;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    if (!varies(n, low, high, out)) return;
    if (counts && s->n > 2) {
        snprintf(out->about, sizeof out->about, "left out: it numbers the lines");
        return;
    }
    out->use = RC__NUMBER;
    out->width = 1;
    out->fill = sum / (double)n;
    if (missing)
        rc_ascii_print(out->about, sizeof out->about,
                       "as it is; %lld missing, filled with the mean of train, %.6g", (long long)missing,
                       out->fill);
    else
        snprintf(out->about, sizeof out->about, "as it is");
}

/* Declared ones keep their order. */
static rc_status sort_levels(const rc_column *c, rc__column_encoder *out)
{
    int32_t *order, number;
    RC_TRY(rc_levels_sort(&c->levels, &order));
    rc_status status = RC_OK;
    for (int32_t k = 0; k < c->levels.text.n && status == RC_OK; k++) {
        const char *text = rc_texts_get(&c->levels.text, c->declared ? k : order[k]);
        status = rc_levels_add(&out->levels, text, strlen(text), &number);
    }
    rc_free(order);
    return status;
}

static int64_t count_missing(const rc_samples *s, const rc__tables *p, int c)
{
    int64_t row, missing = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const rc_table *t = rc__table_of(p, i, &row);
        missing += t->column[c].code[row] < 0;
        rc_spill_pass(i);
    }
    return missing;
}

static rc_status fit_text(const rc_samples *s, const rc__tables *p, int c, rc__column_encoder *out)
{
    const rc_column *column = &p->t[0].column[c];
    int64_t levels = column->levels.text.n;
    bool ordinal = s->o->encode == RC_IMPORT_ORDINAL, free_text = rc__is_free_text(levels, s->n);
    bool gaps = count_missing(s, p, c) > 0;
    if (levels + gaps < 2 || free_text || (!ordinal && levels > MAX_LEVELS)) {
        rc_message_print(sizeof out->about, out->about,
                         levels + gaps < 2 ? "left out: always the same"
                         : free_text
                             ? "left out: %lld different texts in %lld lines, so a name or free text, which "
                               "\1texts reads as an input"
                             : "left out: %lld different texts in %lld lines; \1encode ordinal would keep it",
                         (long long)levels, (long long)s->n);
        return RC_OK;
    }
    RC_TRY(sort_levels(column, out));
    out->use = ordinal ? RC__ORDINAL : levels == 2 && !gaps ? RC__TWO : RC__ONE_HOT;
    out->width = out->use == RC__ONE_HOT ? levels : 1;
    snprintf(out->about, sizeof out->about,
             ordinal ? "a number from 0 for each of %lld texts%s" : "zeros and ones for %lld texts%s",
             (long long)levels,
             !gaps     ? ""
             : ordinal ? "; missing: the number after the last"
                       : "; missing: all zeros");
    return RC_OK;
}

/* While fitting, column k of the encoders is column k of the table. */
static rc_status fit_column(rc_samples *s, const rc__tables *p, int k, const int8_t *part)
{
    rc__column_encoder *out = &s->e->column[k];
    if (out->about[0]) return RC_OK;
    switch (p->t[0].column[k].kind) {
    case RC_COLUMN_TEXT:
        return fit_text(s, p, k, out);
    case RC_COLUMN_EMPTY:
        snprintf(out->about, sizeof out->about, "left out: always missing");
        return RC_OK;
    case RC_COLUMN_DATE:
        fit_date(s, p, k, part, out);
        return RC_OK;
    default:
        fit_number(s, p, k, part, out);
        return RC_OK;
    }
}

static rc_status fit(rc_samples *s, const rc__tables *p, const int8_t *part)
{
    for (int k = 0; k < s->e->columns; k++) {
        rc__column_encoder *c = &s->e->column[k];
        if (c->use == RC__LABEL)
            snprintf(c->about, sizeof c->about, "not an input: the label");
        else
            RC_TRY(fit_column(s, p, k, part));
    }
    return rc__table_hint(s, p);
}

rc_status rc__table_prepare(rc_samples *s, const int8_t *part, rc_json *report)
{
    rc__tables *p = s->state;
    int64_t features = 0;
    if (!s->given) RC_TRY(fit(s, p, part));
    for (int64_t k = 0; k < s->e->columns; k++)
        features += s->e->column[k].width;
    RC_CHECK(features > 0 || p->n_files > 0, RC_DATA, "%s: no column is left as input%s", s->o->from,
             !p->n_texts   ? ""
             : s->o->table ? " besides texts; give these alone, as labelled texts"
                           : " besides texts; labelled texts alone need no import");
    RC_CHECK(features <= MAX_FEATURES, RC_DATA, "%s: %lld inputs after encoding; at most %d", s->o->from,
             (long long)features, MAX_FEATURES);
    s->shape = RC_SHAPE(features);
    RC_TRY(rc__table_file_inputs(s, features == 0));
    RC_TRY(rc__table_text_inputs(s));
    RC_TRY(rc__table_rank(s));
    rc__table_report(s->e, p, report);
    return RC_OK;
}

rc_status rc__table_encode(rc_samples *s, int64_t i, void *out)
{
    rc__tables *p = s->state;
    float *to = out;
    for (int64_t k = 0; k < s->e->columns; k++) {
        const rc__column_encoder *c = &s->e->column[k];
        if (c->width == 0) continue;
        if (c->use == RC__NUMBER) {
            double v = rc__table_number(p, p->at[k], i);
            *to++ = (float)(isnan(v) ? c->fill : v);
            continue;
        }
        if (c->use == RC__DATE) {
            to = put_date(c, rc__table_number(p, p->at[k], i), to);
            continue;
        }
        int32_t rank = rank_at(p, k, i);
        if (c->use == RC__ONE_HOT) {
            for (int64_t j = 0; j < c->width; j++)
                *to++ = rank == j;
        } else if (c->use == RC__TWO) {
            *to++ = rank < 0 ? 0.5f : (float)rank;
        } else {
            *to++ = rank < 0 ? (float)c->levels.text.n : (float)rank;
        }
    }
    return RC_OK;
}
