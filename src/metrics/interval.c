/* How sure a metric is: the bootstrap's percentiles. Whole groups (records, texts) are drawn again with
 * replacement, as many as there are, and the metric is taken of each draw (Efron and Tibshirani, "An
 * introduction to the bootstrap", 1993, chapter 13). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "metrics/metrics.h"

enum { DRAWS = 1000, MIN_DRAWS = 200 };
/* Numbers that are copied in all; about a second. */
static const double MAX_WORK = 4e8;

typedef struct bootstrap {
    const rc_metric_input *from;
    int64_t units, *begin, *row; /* rows of unit u: row[begin[u]] up to row[begin[u + 1]] */
    int64_t *drawn, room;        /* [units]; rows that the draw's arrays have room for */
    float *output, *target;
    int32_t *label;
    int64_t *first;
    double *value; /* [DRAWS] */
} bootstrap;

static void free_bootstrap(bootstrap *b)
{
    rc_free(b->begin);
    rc_free(b->row);
    rc_free(b->drawn);
    rc_free(b->output);
    rc_free(b->target);
    rc_free(b->label);
    rc_free(b->first);
    rc_free(b->value);
}

/* Rows by unit, in order. */
static rc_status list_rows(bootstrap *b, const int64_t *group)
{
    const rc_metric_input *in = b->from;
    RC_TRY(RC_NEW(&b->begin, b->units + 1));
    RC_TRY(RC_NEW_RAW(&b->row, in->n));
    for (int64_t i = 0; i < in->n && group; i++)
        b->begin[group[i] + 1]++;
    for (int64_t u = 0; u < b->units; u++)
        b->begin[u + 1] = in->texts ? in->first[u + 1] : group ? b->begin[u] + b->begin[u + 1] : u + 1;
    for (int64_t i = 0; i < in->n; i++)
        b->row[group ? b->begin[group[i]]++ : i] = i;
    for (int64_t u = b->units; u > 0 && group; u--)
        b->begin[u] = b->begin[u - 1];
    if (group) b->begin[0] = 0;
    return RC_OK;
}

static rc_status make_room(bootstrap *b, int64_t rows)
{
    int64_t width = b->from->width;
    if (rows <= b->room) return RC_OK;
    rc_free(b->output);
    rc_free(b->target);
    rc_free(b->label);
    b->output = b->target = NULL;
    b->label = NULL;
    b->room = rows;
    RC_TRY(RC_NEW_RAW(&b->output, rows * width));
    if (b->from->target) RC_TRY(RC_NEW_RAW(&b->target, rows * rc_metric_target_width(b->from)));
    return b->from->label ? RC_NEW_RAW(&b->label, rows) : RC_OK;
}

static void copy_row(bootstrap *b, int64_t from, int64_t to)
{
    const rc_metric_input *in = b->from;
    int64_t width = in->width, wanted = rc_metric_target_width(in);
    memcpy(b->output + to * width, in->output + from * width, (size_t)width * sizeof *in->output);
    if (in->target)
        memcpy(b->target + to * wanted, in->target + from * wanted, (size_t)wanted * sizeof *in->target);
    if (in->label) b->label[to] = in->label[from];
}

static rc_status draw(bootstrap *b, uint64_t number, rc_metric_input *out)
{
    rc_rng rng = rc_rng_make(0, "bootstrap", number);
    int64_t rows = 0, at = 0;
    for (int64_t u = 0; u < b->units; u++) {
        b->drawn[u] = (int64_t)rc_rng_below(&rng, (uint64_t)b->units);
        rows += b->begin[b->drawn[u] + 1] - b->begin[b->drawn[u]];
    }
    RC_TRY(make_room(b, rows));
    for (int64_t u = 0; u < b->units; u++) {
        for (int64_t i = b->begin[b->drawn[u]]; i < b->begin[b->drawn[u] + 1]; i++)
            copy_row(b, b->row[i], at++);
        if (b->first) b->first[u + 1] = at;
    }
    *out = *b->from;
    out->n = rows;
    out->output = b->output;
    out->target = b->target;
    out->label = b->label;
    if (b->first) out->first = b->first;
    return RC_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Linear between the values on both sides. */
static double percentile(const double *sorted, int64_t n, double p)
{
    double at = p * (double)(n - 1);
    int64_t below = (int64_t)at;
    double above = sorted[below + 1 < n ? below + 1 : below];
    return sorted[below] + (at - (double)below) * (above - sorted[below]);
}

static rc_status run(bootstrap *b, const rc_metric *m, int64_t draws, double interval[2])
{
    int64_t finite = 0;
    for (int64_t i = 0; i < draws; i++) {
        rc_metric_input in;
        RC_TRY(draw(b, (uint64_t)i, &in));
        if (in.n == 0) continue; /* texts without a labelled word */
        RC_TRY(m->value(&in, &b->value[finite]));
        finite += isfinite(b->value[finite]);
    }
    if (finite < draws - draws / 10) return RC_OK;
    qsort(b->value, (size_t)finite, sizeof *b->value, ascending);
    interval[0] = percentile(b->value, finite, 0.025);
    interval[1] = percentile(b->value, finite, 0.975);
    return RC_OK;
}

rc_status rc_metric_interval(const rc_metric *m, const rc_metric_input *in, const int64_t *group,
                             int64_t groups, double interval[2])
{
    bootstrap b = {.from = in, .units = in->texts ? in->texts : group ? groups : in->n};
    double possible = MAX_WORK / ((double)in->n * (double)in->width + 1);
    int64_t draws = possible < DRAWS ? (int64_t)possible : DRAWS;
    interval[0] = interval[1] = NAN;
    if (b.units < 2 || draws < MIN_DRAWS) return RC_OK;
    rc_status status = list_rows(&b, in->texts ? NULL : group);
    if (status == RC_OK) status = RC_NEW_RAW(&b.drawn, b.units);
    if (status == RC_OK) status = RC_NEW_RAW(&b.value, DRAWS);
    if (status == RC_OK && in->texts) status = RC_NEW(&b.first, b.units + 1);
    if (status == RC_OK) status = run(&b, m, draws, interval);
    free_bootstrap(&b);
    return status;
}
