#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "report/report_parts.h"

enum { WIDTH = 560, HEIGHT = 268, LEFT = 64, RIGHT = 16, TOP = 24, BOTTOM = 40, TICKS = 5 };

static const char *const colour[] = {"#2a6fb0", "#d1622b", "#3c8d4f", "#8a5fb5", "#b0872a", "#c2466b"};
enum { COLOURS = sizeof colour / sizeof *colour };

typedef struct axes {
    double x0, x1, y0, y1;
    bool log, whole; /* whole: x are whole numbers, epochs for instance */
} axes;

static double scaled(const axes *a, double y)
{
    return a->log ? log10(y) : y;
}

static void widen(double *low, double *high)
{
    double margin = *high > *low ? 0.05 * (*high - *low) : fabs(*high) * 0.1 + 1e-9;
    *low -= margin;
    *high += margin;
}

static bool measure(const rc__plot *p, const rc__series *s, int count, axes *a)
{
    double low = INFINITY, high = -INFINITY;
    size_t longest = 0;
    *a = (axes){.x0 = INFINITY, .x1 = -INFINITY, .whole = !p->unit && !p->dots};
    for (int i = 0; i < count; i++) {
        size_t points = 0;
        for (size_t k = 0; k < s[i].n; k++) {
            if (!isfinite(s[i].y[k])) continue;
            points++;
            low = fmin(low, s[i].y[k]);
            high = fmax(high, s[i].y[k]);
            a->x0 = fmin(a->x0, s[i].x[k]);
            a->x1 = fmax(a->x1, s[i].x[k]);
        }
        longest = points > longest ? points : longest;
    }
    if (!(low <= high) || (longest < 2 && !p->dots)) return false; /* one point makes no line */
    if (p->unit) {
        a->x0 = a->y0 = 0;
        a->x1 = a->y1 = 1;
        return true;
    }
    if (p->dots && p->diagonal) {
        low = a->x0 = fmin(a->x0, low);
        high = a->x1 = fmax(a->x1, high);
    }
    a->log = !p->dots && low > 0 && log10(high / low) > 1.5;
    a->y0 = scaled(a, low);
    a->y1 = scaled(a, high);
    widen(&a->y0, &a->y1);
    if (p->dots) widen(&a->x0, &a->x1);
    if (a->x1 <= a->x0) a->x1 = a->x0 + 1;
    return true;
}

static double px(const axes *a, double x)
{
    return LEFT + (x - a->x0) / (a->x1 - a->x0) * (WIDTH - LEFT - RIGHT);
}

static double py(const axes *a, double y)
{
    return HEIGHT - BOTTOM - (scaled(a, y) - a->y0) / (a->y1 - a->y0) * (HEIGHT - TOP - BOTTOM);
}

/* The largest of 1, 2, 5 times a power of ten that leaves at least TICKS - 1 of them in the span. */
static double round_step(double span)
{
    double power = pow(10, floor(log10(span / (TICKS - 1)))), left = span / (TICKS - 1) / power;
    return power * (left >= 5 ? 5 : left >= 2 ? 2 : 1);
}

static rc_status y_tick(rc_string *out, const axes *a, double value)
{
    double y = py(a, value), none = 1e-9 * fmax(fabs(a->y0), fabs(a->y1));
    char text[RC__FIGURE];
    return rc_string_printf(
        out, "<line class=grid x1=%d x2=%d y1=%.1f y2=%.1f /><text x=%d y=%.1f text-anchor=end>%s</text>",
        LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, rc__figure(fabs(value) < none ? 0 : value, text));
}

/* Logarithmic: 1, 2 and 5 of every decade. */
static rc_status draw_log_ticks(rc_string *out, const axes *a)
{
    static const double digit[] = {1, 2, 5};
    for (int decade = (int)floor(a->y0); decade <= (int)ceil(a->y1); decade++)
        for (int i = 0; i < 3; i++) {
            double value = digit[i] * pow(10, decade);
            bool fits = log10(value) >= a->y0 && log10(value) <= a->y1;
            if (fits && (i == 0 || a->y1 - a->y0 < 4)) RC_TRY(y_tick(out, a, value));
        }
    return RC_OK;
}

static rc_status text_at(rc_string *out, int x, int y, const char *anchor, const char *text)
{
    RC_TRY(rc_string_printf(out, "<text x=%d y=%d text-anchor=%s>", x, y, anchor));
    RC_TRY(rc__html_text(out, text));
    return rc_string_printf(out, "</text>");
}

static rc_status draw_axes(rc_string *out, const rc__plot *p, const axes *a)
{
    double step = round_step(a->y1 - a->y0);
    char text[RC__FIGURE];
    if (a->log) RC_TRY(draw_log_ticks(out, a));
    for (double k = ceil(a->y0 / step); !a->log && k * step <= a->y1; k++)
        RC_TRY(y_tick(out, a, k * step));
    step = round_step(a->x1 - a->x0);
    if (a->whole) step = fmax(1, step);
    for (double k = ceil(a->x0 / step); k * step <= a->x1; k++)
        RC_TRY(rc_string_printf(out, "<text x=%.1f y=%d text-anchor=middle>%s</text>", px(a, k * step),
                                HEIGHT - BOTTOM + 16, rc__figure(k * step, text)));
    RC_TRY(text_at(out, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "middle", p->x_label));
    return p->y_label ? text_at(out, 4, 13, "start", p->y_label) : RC_OK;
}

static rc_status draw_series(rc_string *out, const axes *a, const rc__series *s, const char *stroke)
{
    bool open = false;
    RC_TRY(rc_string_printf(out, "<path fill=none stroke-width=2 stroke=\"%s\" d=\"", stroke));
    for (size_t k = 0; k < s->n; k++) {
        if (!isfinite(s->y[k])) {
            open = false;
            continue;
        }
        RC_TRY(rc_string_printf(out, "%c%.1f %.1f", open ? 'L' : 'M', px(a, s->x[k]), py(a, s->y[k])));
        open = true;
    }
    return rc_string_printf(out, "\"/>");
}

static rc_status draw_dots(rc_string *out, const axes *a, const rc__series *s, const char *fill)
{
    RC_TRY(rc_string_printf(out, "<g fill=\"%s\" fill-opacity=.5>", fill));
    for (size_t k = 0; k < s->n; k++)
        if (isfinite(s->x[k]) && isfinite(s->y[k]))
            RC_TRY(rc_string_printf(out, "<circle cx=%.1f cy=%.1f r=2.4 />", px(a, s->x[k]), py(a, s->y[k])));
    return rc_string_printf(out, "</g>");
}

/* Dashed lines that are no data. */
static rc_status draw_guides(rc_string *out, const rc__plot *p, const axes *a)
{
    static const char dashed[] = "stroke=\"#8a93a3\" stroke-dasharray=\"4 4\"";
    if (p->diagonal)
        RC_TRY(rc_string_printf(out, "<line %s x1=%.1f y1=%.1f x2=%.1f y2=%.1f />", dashed, px(a, a->x0),
                                py(a, a->x0), px(a, a->x1), py(a, a->x1)));
    if (p->zero && a->y0 < 0 && a->y1 > 0)
        RC_TRY(rc_string_printf(out, "<line %s x1=%d x2=%d y1=%.1f y2=%.1f />", dashed, LEFT, WIDTH - RIGHT,
                                py(a, 0), py(a, 0)));
    if (!(p->mark >= a->x0 && p->mark <= a->x1)) return RC_OK;
    return rc_string_printf(out, "<line %s x1=%.1f x2=%.1f y1=%d y2=%d />", dashed, px(a, p->mark),
                            px(a, p->mark), TOP, HEIGHT - BOTTOM);
}

static bool has_points(const rc__series *s)
{
    for (size_t k = 0; k < s->n; k++)
        if (isfinite(s->y[k])) return true;
    return false;
}

static rc_status draw(rc_string *out, const rc__plot *p, const axes *a, const rc__series *series, int count)
{
    RC_TRY(rc_string_printf(out, "<svg viewBox=\"0 0 %d %d\" role=img>", WIDTH, HEIGHT));
    RC_TRY(draw_axes(out, p, a));
    RC_TRY(draw_guides(out, p, a));
    for (int i = 0; i < count; i++)
        RC_TRY((p->dots ? draw_dots : draw_series)(out, a, &series[i], colour[i % COLOURS]));
    RC_TRY(rc_string_printf(out, "</svg><div class=legend>"));
    for (int i = 0; i < count; i++)
        if (has_points(&series[i]))
            RC_TRY(rc_string_printf(out, "<span><i style=\"background:%s\"></i>%s</span>",
                                    colour[i % COLOURS], series[i].name));
    return rc_string_printf(out, "</div>");
}

rc_status rc__chart_inside(rc_string *out, const rc__plot *p, const rc__series *series, int count)
{
    axes a;
    return measure(p, series, count, &a) ? draw(out, p, &a, series, count) : RC_OK;
}

rc_status rc__chart(rc_string *out, const rc__plot *p, const rc__series *series, int count)
{
    axes a;
    if (!measure(p, series, count, &a)) return RC_OK;
    RC_TRY(rc_string_printf(out, "<figure><figcaption>"));
    RC_TRY(rc__html_text(out, p->title));
    RC_TRY(rc_string_printf(out, "</figcaption>"));
    RC_TRY(draw(out, p, &a, series, count));
    return rc_string_printf(out, "</figure>\n");
}
