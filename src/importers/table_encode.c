/* What becomes of a table's columns. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "importers/import_table.h"

enum { MAX_LEVELS = 64, MAX_FEATURES = 65536 };
static const double day = 86400, week = 7 * 86400.0, year = 365.2425 * 86400;

static double number_at(const rc__tables *p, int c, int64_t i)
{
    int64_t row;
    const rc_table *t = rc__table_of(p, i, &row);
    return t->column[c].number[row];
}

static int32_t code_at(const rc__tables *p, int c, int64_t i)
{
    int64_t row;
    const rc_table *t = rc__table_of(p, i, &row);
    return t->column[c].code[row];
}

/* Where it differs within the training part; else says why it is left out. */
static bool varies(int64_t n, double low, double high, rc__column_plan *out)
{
    if (n > 0 && low != high) return true;
    snprintf(out->what, sizeof out->what, "left out: %s in the training part",
             n ? "always the same" : "always missing");
    return false;
}

/* Days since the first; and, where the dates go round several times, day, week and year as points of a
 * circle. */
static void plan_date(const rc_samples *s, const rc__tables *p, int c, const int8_t *part,
                      rc__column_plan *out)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    char from[RC_CSV_DATE_TEXT], gaps[80] = "";
    int64_t n = 0;
    bool times = false;
    for (int64_t i = 0; i < s->n; i++) {
        double v = number_at(p, c, i);
        out->missing += isnan(v);
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
    if (out->missing)
        snprintf(gaps, sizeof gaps, "; %lld missing, filled with the mean of train", (long long)out->missing);
    snprintf(out->what, sizeof out->what, "days since %s%s%s%s%s%s", rc_csv_date_text(low, from),
             out->width > 1 ? ", and sine and cosine of its place in" : "", out->day ? " the day" : "",
             out->week ? " the week" : "", out->year ? " the year" : "", gaps);
}

static float *put_circle(double seconds, double period, float *to)
{
    double angle = 2 * acos(-1.0) * seconds / period;
    *to++ = (float)sin(angle);
    *to++ = (float)cos(angle);
    return to;
}

static float *put_date(const rc__column_plan *plan, double seconds, float *to)
{
    if (isnan(seconds)) seconds = plan->fill;
    *to++ = (float)((seconds - plan->start) / day);
    if (plan->day) to = put_circle(seconds, day, to);
    if (plan->week) to = put_circle(seconds, week, to);
    return plan->year ? put_circle(seconds, year, to) : to;
}

static void plan_number(const rc_samples *s, const rc__tables *p, int c, const int8_t *part,
                        rc__column_plan *out)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    int64_t n = 0;
    bool counts = p->t[0].column[c].kind == RC_COLUMN_WHOLE;
    for (int64_t i = 0; i < s->n; i++) {
        double v = number_at(p, c, i);
        out->missing += isnan(v);
        int64_t row;
        rc__table_of(p, i, &row);
        bool next = i > 0 && v == number_at(p, c, i - 1) + 1, first = row == 0 && (v == 0 || v == 1);
        counts = counts && (next || first);
        if (isnan(v) || part[i] != RC__PART_TRAIN) continue;
        sum += v;
        n++;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    if (!varies(n, low, high, out)) return;
    if (counts && s->n > 2) {
        snprintf(out->what, sizeof out->what, "left out: it numbers the lines");
        return;
    }
    out->use = RC__NUMBER;
    out->width = 1;
    out->fill = sum / (double)n;
    if (out->missing)
        snprintf(out->what, sizeof out->what, "as it is; %lld missing, filled with the mean of train, %.6g",
                 (long long)out->missing, out->fill);
    else
        snprintf(out->what, sizeof out->what, "as it is");
}

static rc_status rank_levels(const rc_column *c, rc__column_plan *out)
{
    int32_t *order;
    int64_t n = c->levels.text.n;
    RC_TRY(RC_NEW(&out->rank, n));
    for (int64_t k = 0; c->declared && k < n; k++)
        out->rank[k] = (int32_t)k;
    if (c->declared) return RC_OK;
    RC_TRY(rc_levels_sort(&c->levels, &order));
    for (int64_t k = 0; k < n; k++)
        out->rank[order[k]] = (int32_t)k;
    rc_free(order);
    return RC_OK;
}

static rc_status plan_text(const rc_samples *s, const rc__tables *p, int c, rc__column_plan *out)
{
    const rc_column *column = &p->t[0].column[c];
    int64_t levels = column->levels.text.n;
    bool ordinal = strcmp(s->o->encode, "ordinal") == 0, free_text = 2 * levels > s->n && levels > 8;
    for (int64_t i = 0; i < s->n; i++)
        out->missing += code_at(p, c, i) < 0;
    bool gaps = out->missing > 0;
    if (levels + gaps < 2 || free_text || (!ordinal && levels > MAX_LEVELS)) {
        snprintf(out->what, sizeof out->what,
                 levels + gaps < 2 ? "left out: always the same"
                 : free_text       ? "left out: %lld different texts in %lld lines, so a name or free text"
                             : "left out: %lld different texts in %lld lines; --encode ordinal would keep it",
                 (long long)levels, (long long)s->n);
        return RC_OK;
    }
    RC_TRY(rank_levels(column, out));
    out->use = ordinal ? RC__ORDINAL : levels == 2 && !gaps ? RC__TWO : RC__ONE_HOT;
    out->width = out->use == RC__ONE_HOT ? levels : 1;
    snprintf(out->what, sizeof out->what,
             ordinal ? "a number from 0 for each of %lld texts%s" : "zeros and ones for %lld texts%s",
             (long long)levels,
             !gaps     ? ""
             : ordinal ? "; missing: the number after the last"
                       : "; missing: all zeros");
    return RC_OK;
}

rc_status rc__table_prepare(rc_samples *s, const int8_t *part, rc_json *report)
{
    rc__tables *p = s->state;
    rc_json *list, *one;
    int64_t features = 0;
    RC_TRY(rc_json_array(&list));
    rc_status status = RC_OK;
    for (int c = 0; c < p->t[0].columns && status == RC_OK; c++) {
        rc__column_plan *plan = &p->plan[c];
        const rc_column *column = &p->t[0].column[c];
        if (p->target[c])
            snprintf(plan->what, sizeof plan->what, "not an input: label or part");
        else if (!plan->what[0] && column->kind == RC_COLUMN_TEXT)
            status = plan_text(s, p, c, plan);
        else if (!plan->what[0] && column->kind == RC_COLUMN_EMPTY)
            snprintf(plan->what, sizeof plan->what, "left out: always missing");
        else if (!plan->what[0] && column->kind == RC_COLUMN_DATE)
            plan_date(s, p, c, part, plan);
        else if (!plan->what[0])
            plan_number(s, p, c, part, plan);
        features += plan->width;
        if (status == RC_OK) status = rc_json_object(&one);
        if (status == RC_OK) status = rc_json_set_string(one, "name", column->name);
        if (status == RC_OK) status = rc_json_set_string(one, "kind", column->why);
        if (status == RC_OK) status = rc_json_set_string(one, "use", plan->what);
        if (status == RC_OK) status = rc_json_set_integer(one, "features", plan->width);
        if (status == RC_OK) status = rc_json_append(list, one);
    }
    if (status == RC_OK) status = rc_json_set(report, "columns", list);
    RC_TRY(status);
    RC_CHECK(features > 0, RC_DATA, "%s: no column is left as input", s->o->from);
    RC_CHECK(features <= MAX_FEATURES, RC_DATA, "%s: %lld inputs after encoding; at most %d", s->o->from,
             (long long)features, MAX_FEATURES);
    s->shape = RC_SHAPE(features);
    return RC_OK;
}

rc_status rc__table_encode(rc_samples *s, int64_t i, void *out)
{
    rc__tables *p = s->state;
    float *to = out;
    for (int c = 0; c < p->t[0].columns; c++) {
        const rc__column_plan *plan = &p->plan[c];
        if (plan->use == RC__SKIP) continue;
        if (plan->use == RC__NUMBER) {
            double v = number_at(p, c, i);
            *to++ = (float)(isnan(v) ? plan->fill : v);
            continue;
        }
        if (plan->use == RC__DATE) {
            to = put_date(plan, number_at(p, c, i), to);
            continue;
        }
        int32_t code = code_at(p, c, i), rank = code < 0 ? -1 : plan->rank[code];
        if (plan->use == RC__ONE_HOT) {
            for (int64_t k = 0; k < plan->width; k++)
                *to++ = rank == k;
        } else {
            *to++ = rank < 0 ? (float)p->t[0].column[c].levels.text.n : (float)rank;
        }
    }
    return RC_OK;
}
