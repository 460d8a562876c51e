/* The critical-difference diagram (Demsar 2006): methods on a line by average rank, best at the left; a bar
 * joins those that Nemenyi's test cannot tell apart. */
#include <math.h>
#include <stdlib.h>

#include "report/comparison_parts.h"
#include "report/report_parts.h"

enum { WIDTH = 760, SIDE = 170, AXIS_Y = 60, ROW = 22, BAR_STEP = 10 };

typedef struct place {
    double rank;
    int64_t method;
} place;

typedef struct diagram {
    const rc_comparison *c;
    place *order; /* best first */
    int64_t n, bars;
} diagram;

static int by_rank(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->method > y->method) - (x->method < y->method);
}

static double px(const diagram *d, double rank)
{
    return SIDE + (rank - 1) / (double)(d->n - 1) * (WIDTH - 2 * SIDE);
}

static rc_status line(rc_string *out, double x1, double y1, double x2, double y2, double width)
{
    return rc_string_printf(
        out,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"currentColor\" stroke-width=\"%g\"/>",
        x1, y1, x2, y2, width);
}

static rc_status label(rc_string *out, double x, double y, const char *anchor)
{
    return rc_string_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"currentColor\">", x,
                            y, anchor);
}

static rc_status draw_axis(const diagram *d, rc_string *out)
{
    RC_TRY(line(out, px(d, 1), AXIS_Y, px(d, (double)d->n), AXIS_Y, 1));
    for (int64_t i = 1; i <= d->n; i++) {
        RC_TRY(line(out, px(d, (double)i), AXIS_Y - 5, px(d, (double)i), AXIS_Y, 1));
        RC_TRY(label(out, px(d, (double)i), AXIS_Y - 9, "middle"));
        RC_TRY(rc_string_printf(out, "%lld</text>", (long long)i));
    }
    /* With few data sets the difference can exceed the axis: then only its size is told. */
    double cd = d->c->critical_difference, end = fmin(1 + cd, (double)d->n);
    RC_TRY(line(out, px(d, 1), 16, px(d, end), 16, 2));
    RC_TRY(line(out, px(d, 1), 12, px(d, 1), 20, 2));
    if (1 + cd <= (double)d->n) RC_TRY(line(out, px(d, end), 12, px(d, end), 20, 2));
    RC_TRY(label(out, px(d, end) + 8, 20, "start"));
    return rc_string_printf(out, "CD = %.2f</text>", cd);
}

/* Longest runs of neighbours within the critical difference; one that lies in another is not drawn. */
static rc_status draw_bars(diagram *d, rc_string *out)
{
    int64_t reached = 0;
    for (int64_t i = 0; i < d->n; i++) {
        int64_t last = i;
        while (last + 1 < d->n && d->order[last + 1].rank - d->order[i].rank < d->c->critical_difference)
            last++;
        if (last == i || last <= reached) continue;
        double y = AXIS_Y + 10 + BAR_STEP * (double)d->bars++;
        RC_TRY(line(out, px(d, d->order[i].rank) - 3, y, px(d, d->order[last].rank) + 3, y, 4));
        reached = last;
    }
    return RC_OK;
}

/* The better half is labelled at the left, from above; the other at the right, from below. */
static rc_status draw_methods(const diagram *d, rc_string *out)
{
    int64_t half = (d->n + 1) / 2;
    double top = AXIS_Y + 24 + BAR_STEP * (double)d->bars;
    for (int64_t i = 0; i < d->n; i++) {
        bool left = i < half;
        double x = px(d, d->order[i].rank), y = top + ROW * (double)(left ? i : d->n - 1 - i);
        double end = left ? SIDE - 12 : WIDTH - SIDE + 12;
        RC_TRY(line(out, x, AXIS_Y, x, y, 1));
        RC_TRY(line(out, x, y, end, y, 1));
        RC_TRY(label(out, left ? end - 5 : end + 5, y + 4, left ? "end" : "start"));
        RC_TRY(rc__html_text(out, d->c->method[d->order[i].method]));
        RC_TRY(rc_string_printf(out, " (%.2f)</text>", d->order[i].rank));
    }
    return RC_OK;
}

static rc_status draw(diagram *d, rc_string *out)
{
    rc_string body = {0};
    rc_status status = draw_axis(d, &body);
    if (status == RC_OK) status = draw_bars(d, &body);
    if (status == RC_OK) status = draw_methods(d, &body);
    double height = AXIS_Y + 24 + BAR_STEP * (double)d->bars + ROW * (double)((d->n + 1) / 2);
    if (status == RC_OK)
        status =
            rc_string_printf(out,
                             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
                             "color=\"#1c2330\" font-family=\"system-ui,sans-serif\" font-size=\"12\">"
                             "<title>Average ranks and critical difference</title>%s</svg>\n",
                             WIDTH, height, body.data);
    rc_string_free(&body);
    return status;
}

rc_status rc_comparison_diagram(const rc_comparison *c, rc_string *out)
{
    diagram d = {.c = c, .n = c->n_methods};
    if (!c->tested) return RC_OK;
    RC_TRY(RC_NEW(&d.order, d.n));
    for (int64_t m = 0; m < d.n; m++)
        d.order[m] = (place){c->average_rank[m], m};
    qsort(d.order, (size_t)d.n, sizeof *d.order, by_rank);
    rc_status status = draw(&d, out);
    rc_free(d.order);
    return status;
}
