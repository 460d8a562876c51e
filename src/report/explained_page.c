/* What a run was asked: the samples that it is most wrong about, and what its answers depend on. */
#include "report/explained.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "report/report_parts.h"

enum { MAX_TEXT = 600, MAX_CELL = 80, MAX_BARS = 25 };

void rc_explained_free(rc_explained *e)
{
    rc_json_free(&e->told);
    for (int k = 0; k < e->n_drawn; k++) {
        rc_free(e->drawn[k].x);
        rc_free(e->drawn[k].map);
    }
    *e = (rc_explained){0};
}

void rc_explained_make(rc_explained *out)
{
    *out = (rc_explained){0};
    out->told = rc_json_object();
    out->notes = rc_json_set(out->told, "notes", rc_json_array());
}

void rc_explained_note(rc_explained *e, const char *format, ...)
{
    char line[600];
    va_list args;
    va_start(args, format);
    rc_message_write(sizeof line, line, format, args);
    va_end(args);
    rc_json_append_string(e->notes, line);
}

static rc_status add_text(rc_string *out, const rc_json *j, const char *key, size_t max)
{
    char cut[MAX_TEXT + 8];
    const char *text = rc_json_string(j, key, "");
    size_t size = strlen(text), kept = rc_utf8_cut(text, size, max);
    memcpy(cut, text, kept);
    strcpy(cut + kept, kept < size ? " …" : "");
    return rc__html_text(out, cut);
}

static rc_status tagged(rc_string *out, const char *open, const rc_json *j, const char *key, size_t max,
                        const char *close)
{
    RC_TRY(rc_string_printf(out, "%s", open));
    RC_TRY(add_text(out, j, key, max));
    return rc_string_printf(out, "%s", close);
}

/* ---- one sample ---- */

static rc_status said(rc_string *out, const rc_json *sample)
{
    double p = rc_json_number(sample, "p", NAN);
    if (!rc_json_get(sample, "said")) return RC_OK;
    RC_TRY(tagged(out, "<p>truth <b>", sample, "truth", MAX_CELL, "</b>, said <b>"));
    RC_TRY(add_text(out, sample, "said", MAX_CELL));
    RC_TRY(rc_string_printf(out, "</b>"));
    if (isfinite(p))
        RC_TRY(rc_string_printf(out, " with probability %.3f (the truth: %.3g)", p,
                                rc_json_number(sample, "p_truth", NAN)));
    if (rc_json_get(sample, "wrong_about"))
        RC_TRY(tagged(out, "; most wrong about <b>", sample, "wrong_about", MAX_CELL, "</b>"));
    p = rc_json_number(sample, "p_wrong_about", NAN);
    if (isfinite(p)) RC_TRY(rc_string_printf(out, ", to which it gives probability %.3f", p));
    return rc_string_printf(out, "</p>");
}

static rc_status values(rc_string *out, const rc_json *list)
{
    char text[3][RC__FIGURE];
    if (!list) return RC_OK;
    RC_TRY(rc_string_printf(out, "<table class=counts><tr><th></th><th>truth</th><th>said</th>"
                                 "<th>error</th></tr>"));
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *one = rc_json_at(list, i);
        double truth = rc_json_number(one, "truth", NAN), answer = rc_json_number(one, "said", NAN);
        RC_TRY(tagged(out, "<tr><th class=name>", one, "name", MAX_CELL, "</th>"));
        RC_TRY(rc_string_printf(out, "<td>%s</td><td>%s</td><td>%s%s</td></tr>", rc__figure(truth, text[0]),
                                rc__figure(answer, text[1]), answer > truth ? "+" : "",
                                rc__figure(answer - truth, text[2])));
    }
    return rc_string_printf(out, "</table>");
}

/* Of numbers that stand under `key` in each of a list. */
static double largest_of(const rc_json *list, const char *key)
{
    double max = 0;
    for (size_t i = 0; i < rc_json_length(list); i++)
        max = fmax(max, rc_json_number(rc_json_at(list, i), key, 0));
    return max;
}

static rc_status row(rc_string *out, const rc_json *list)
{
    if (!list) return RC_OK;
    double max = largest_of(list, "gradient");
    RC_TRY(rc_string_printf(out, "<table class=\"counts row\">"));
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *cell = rc_json_at(list, i);
        RC_TRY(tagged(out, "<tr><th class=name>", cell, "name", MAX_CELL, "</th>"));
        RC_TRY(tagged(out, "<td>", cell, "value", MAX_CELL, "</td>"));
        if (max > 0)
            RC_TRY(rc_string_printf(out,
                                    "<td class=depends><svg viewBox=\"0 0 100 14\" preserveAspectRatio=none "
                                    "role=img><rect class=best x=0 width=%.1f y=2 height=10 /></svg></td>",
                                    100 * rc_json_number(cell, "gradient", 0) / max));
        RC_TRY(rc_string_printf(out, "</tr>"));
    }
    return rc_string_printf(out, "</table>");
}

/* The texts of a sample as the model reads them, the darker the more the answer depends on a piece. */
static rc_status tokens(rc_string *out, const rc_json *list)
{
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *one = rc_json_at(list, i), *pieces = rc_json_get(one, "pieces");
        double max = largest_of(pieces, "gradient");
        if (rc_json_length(pieces) == 0) continue;
        RC_TRY(rc_string_printf(out, "<p class=tokens>"));
        if (rc_json_length(list) > 1) RC_TRY(tagged(out, "<b>", one, "name", MAX_CELL, "</b>: "));
        for (size_t k = 0; k < rc_json_length(pieces); k++) {
            const rc_json *piece = rc_json_at(pieces, k);
            double share = max > 0 ? rc_json_number(piece, "gradient", 0) / max : 0;
            RC_TRY(rc_string_printf(out, "<span style=\"background:rgba(42,111,176,%.2f)\">", 0.75 * share));
            RC_TRY(add_text(out, piece, "text", MAX_CELL));
            RC_TRY(rc_string_printf(out, "</span>"));
        }
        RC_TRY(rc_string_printf(out, "</p>"));
    }
    return RC_OK;
}

static rc_status texts(rc_string *out, const rc_json *list)
{
    for (size_t i = 0; i < rc_json_length(list); i++) {
        RC_TRY(tagged(out, "<blockquote><b>", rc_json_at(list, i), "name", MAX_CELL, "</b>: "));
        RC_TRY(add_text(out, rc_json_at(list, i), "value", MAX_TEXT));
        RC_TRY(rc_string_printf(out, "</blockquote>"));
    }
    return RC_OK;
}

static rc_status picture(rc_string *out, const rc_drawn *d, int64_t i, bool map)
{
    const int64_t *dim = d->shape.dim;
    int64_t place = dim[1] * dim[2];
    RC_TRY(rc_string_printf(out, "<div class=pair>"));
    RC_TRY(rc__photo(out, d->x + i * dim[0] * place, dim[0], dim[1], dim[2]));
    if (map) RC_TRY(rc__map(out, d->map + i * place, dim[1], dim[2]));
    return rc_string_printf(out, "</div>");
}

/* Below the curves what the answer depends on, as a strip. */
static rc_status signal(rc_string *out, const rc_drawn *d, int64_t i, bool map)
{
    static const char *const name[] = {"channel 1", "channel 2", "channel 3"};
    int64_t channels = d->shape.dim[0], n = d->shape.dim[2];
    rc__series series[3];
    double *at;
    RC_TRY(RC_NEW_RAW(&at, (channels + 1) * n));
    for (int64_t k = 0; k < n; k++)
        at[k] = 1 + (double)k * (double)d->points / (double)n;
    for (int64_t c = 0; c < channels; c++) {
        double *y = at + (c + 1) * n;
        for (int64_t k = 0; k < n; k++)
            y[k] = (double)d->x[(i * channels + c) * n + k];
        series[c] = (rc__series){name[c], at, y, (size_t)n};
    }
    rc_status status =
        rc__chart_inside(out, &(rc__plot){.x_label = "point", .mark = NAN}, series, (int)channels);
    rc_free(at);
    if (status != RC_OK || !map) return status;
    RC_TRY(rc_string_printf(out, "<div class=gradient>"));
    RC_TRY(rc__map(out, d->map + i * n, 1, n));
    return rc_string_printf(out, "</div>");
}

static rc_status drawings(rc_string *out, const rc_explained *e, int64_t i)
{
    for (int k = 0; k < e->n_drawn; k++) {
        const rc_drawn *d = &e->drawn[k];
        if (d->name[0]) RC_TRY(rc_string_printf(out, "<small>%s</small>", d->name));
        RC_TRY((d->points ? signal : picture)(out, d, i, d->map && i < e->maps));
    }
    return RC_OK;
}

static rc_status sample(rc_string *out, const rc_explained *e, size_t i)
{
    const char *part = rc_json_string(e->told, "part", "");
    const rc_json *one = rc_json_at(rc_json_get(e->told, "samples"), i);
    RC_TRY(rc_string_printf(out, "<figure><figcaption>%s sample %lld</figcaption>",
                            strcmp(part, "test") == 0 ? "Test" : "Validation",
                            (long long)rc_json_integer(one, "number", 0)));
    RC_TRY(said(out, one));
    RC_TRY(drawings(out, e, (int64_t)i));
    if (rc_json_get(one, "text")) RC_TRY(tagged(out, "<blockquote>", one, "text", MAX_TEXT, "</blockquote>"));
    RC_TRY(texts(out, rc_json_get(one, "texts")));
    RC_TRY(tokens(out, rc_json_get(one, "tokens")));
    RC_TRY(values(out, rc_json_get(one, "values")));
    RC_TRY(row(out, rc_json_get(one, "row")));
    return rc_string_printf(out, "</figure>\n");
}

rc_status rc__worst_samples(rc_string *out, const rc_explained *e)
{
    size_t n = rc_json_length(rc_json_get(e->told, "samples"));
    bool curves = false;
    if (n == 0) return RC_OK;
    for (int k = 0; k < e->n_drawn; k++)
        curves = curves || e->drawn[k].points;
    RC_TRY(rc_string_printf(out,
                            "<h2>The worst %s samples</h2><p>Those whose truth the answers explain "
                            "least, the worst first.%s</p><div class=%s>\n",
                            rc_json_string(e->told, "part", ""),
                            e->maps == 0
                                ? ""
                                : " Marks show where a change of the input would change the answer most: "
                                  "light places in the map beside a picture or below a curve, long bars "
                                  "behind the values of columns, dark pieces of a text. They show the "
                                  "length of the gradient. In each map and text, and among the columns of "
                                  "a sample, the longest is drawn in full.",
                            curves ? "charts" : "samples"));
    for (size_t i = 0; i < n; i++)
        RC_TRY(sample(out, e, i));
    return rc_string_printf(out, "</div>\n");
}

/* ---- importance ---- */

typedef struct bar {
    const rc_json *of;
    double mean, sd; /* sd NaN: not known */
} bar;

static int descending(const void *a, const void *b)
{
    double x = ((const bar *)a)->mean, y = ((const bar *)b)->mean;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* From low to high in a box of 200 by 14. */
static rc_status bar_row(rc_string *out, const bar *b, double low, double high)
{
    char text[RC__FIGURE];
    double scale = 200 / (high - low), zero = -low * scale, end = (b->mean - low) * scale;
    RC_TRY(tagged(out, "<tr><th class=name>", b->of, "name", MAX_CELL, "</th>"));
    RC_TRY(rc_string_printf(out,
                            "<td class=track><svg viewBox=\"0 0 200 14\" preserveAspectRatio=none role=img>"
                            "<rect class=best x=%.1f width=%.1f y=2 height=10 />"
                            "<line class=axis x1=%.1f x2=%.1f y1=0 y2=14 />",
                            fmin(zero, end), fabs(end - zero), zero, zero));
    if (isfinite(b->sd))
        RC_TRY(rc_string_printf(out, "<line class=axis x1=%.1f x2=%.1f y1=7 y2=7 />", end - b->sd * scale,
                                end + b->sd * scale));
    RC_TRY(rc_string_printf(out, "</svg></td><td>%s%s", b->mean > 0 ? "+" : "", rc__figure(b->mean, text)));
    if (isfinite(b->sd)) RC_TRY(rc_string_printf(out, " <small>± %s</small>", rc__figure(b->sd, text)));
    return rc_string_printf(out, "</td></tr>\n");
}

static rc_status bars(rc_string *out, const rc_json *chart)
{
    const rc_json *list = rc_json_get(chart, "bars");
    size_t n = rc_json_length(list), shown = n < MAX_BARS ? n : MAX_BARS;
    double low = 0, high = 1e-12;
    bar *b;
    RC_TRY(RC_NEW(&b, n + 1));
    for (size_t i = 0; i < n; i++) {
        const rc_json *one = rc_json_at(list, i);
        b[i] = (bar){one, rc_json_number(one, "mean", 0), rc_json_number(one, "sd", NAN)};
        double sd = isfinite(b[i].sd) ? b[i].sd : 0;
        low = fmin(low, b[i].mean - sd);
        high = fmax(high, b[i].mean + sd);
    }
    if (!rc_json_boolean(chart, "ordered", false)) qsort(b, n, sizeof *b, descending);
    rc_status status =
        rc_string_printf(out, "<figure><figcaption>%s</figcaption><table class=\"counts bars\">",
                         rc_json_string(chart, "title", ""));
    for (size_t i = 0; i < shown && status == RC_OK; i++)
        status = bar_row(out, &b[i], low, high);
    rc_free(b);
    RC_TRY(status);
    RC_TRY(rc_string_printf(out, "</table>"));
    if (shown < n) RC_TRY(rc_string_printf(out, "<small>%zu more have less.</small>", n - shown));
    return rc_string_printf(out, "</figure>\n");
}

rc_status rc__importance_charts(rc_string *out, const rc_explained *e)
{
    const rc_json *j = rc_json_get(e->told, "importance"), *charts = rc_json_get(j, "charts");
    RC_TRY(rc__page_notes(out, e->told));
    char text[RC__FIGURE];
    if (!j) return RC_OK;
    long long repeats = rc_json_integer(j, "repeats", 0);
    RC_TRY(tagged(out, "<h2>What the answers depend on</h2><p>How much the ", j, "metric", MAX_CELL,
                  " rises when each is shuffled"));
    RC_TRY(rc_string_printf(out,
                            " among %lld %s samples (without that it is %s there): mean of %lld shuffle%s. "
                            "Inputs that say the same share their importance.</p><div class=charts>\n",
                            (long long)rc_json_integer(j, "samples", 0), rc_json_string(j, "part", ""),
                            rc__figure(rc_json_number(j, "base", NAN), text), repeats,
                            repeats > 1 ? "s, and one standard deviation" : ""));
    for (size_t i = 0; i < rc_json_length(charts); i++)
        RC_TRY(bars(out, rc_json_at(charts, i)));
    return rc_string_printf(out, "</div>\n");
}
