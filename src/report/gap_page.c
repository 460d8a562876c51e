#include "report/gap_page.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "report/report_parts.h"

static rc_status cell(rc_string *out, const rc_json *stage, const char *key)
{
    double v = rc_json_number(stage, key, NAN);
    return isfinite(v) ? rc_string_printf(out, "<td>%.4g</td>", v) : rc_string_printf(out, "<td>-</td>");
}

/* ---- the terms of the bound ---- */

static const char *const term[] = {"risk",    "lipschitz", "w1", "transport", "conditional_entropy",
                                   "entropy", "bound"};
static const char *const score[] = {"leep", "nce", "logme", "probe"};

static rc_status stage_row(rc_string *out, const char *name, const char *stage, const rc_json *values,
                           const char *const *key, size_t n)
{
    RC_TRY(rc_string_printf(out, "<tr><td class=name>"));
    RC_TRY(rc__html_text(out, name));
    RC_TRY(rc_string_printf(out, "</td><td class=name>"));
    RC_TRY(rc__html_text(out, stage));
    RC_TRY(rc_string_printf(out, "</td>"));
    for (size_t i = 0; i < n; i++)
        RC_TRY(cell(out, values, key[i]));
    return rc_string_printf(out, "</tr>\n");
}

/* Of every source, the best first, its stages. */
static rc_status stage_rows(rc_string *out, const rc_json *result, const char *const *key, size_t n)
{
    const rc_json *ranking = rc_json_get(result, "ranking");
    for (size_t i = 0; i < rc_json_length(ranking); i++) {
        const char *name = rc_json_as_string(rc_json_at(ranking, i));
        const rc_json *stages = rc_json_get(rc_json_find(result, "sources", "source", name), "stages");
        for (size_t k = 0; k < rc_json_length(stages); k++)
            RC_TRY(stage_row(out, k == 0 ? name : "", rc_json_string(rc_json_at(stages, k), "stage", ""),
                             rc_json_at(stages, k), key, n));
    }
    return rc_string_printf(out, "</table>\n");
}

static rc_status terms(rc_string *out, const rc_json *result)
{
    RC_TRY(rc_string_printf(out,
                            "<h2>Terms of the bound</h2><p>Risk of the source + Lipschitz constant (95 %% "
                            "quantile of its gradient norms) x sqrt(tokens) x W1 between features "
                            "(transport) + H(Z<sub>s</sub>|Z<sub>t</sub>).</p>"
                            "<table class=counts><tr><th class=name>source</th><th "
                            "class=name>stage</th><th>risk</th><th>Lipschitz</th><th>W1</th><th>transport"
                            "</th><th>H(Z<sub>s</sub>|Z<sub>t</sub>)</th><th>H(Z<sub>s</sub>)</th>"
                            "<th>bound</th></tr>\n"));
    return stage_rows(out, result, term, sizeof term / sizeof *term);
}

static rc_status scores(rc_string *out, const rc_json *result)
{
    RC_TRY(rc_string_printf(
        out, "<h2>What the sources tell about the labels</h2><p>LEEP, NCE and LogME: more is better. Probe: "
             "the loss of a head on frozen features, less is better.</p><table class=counts><tr><th "
             "class=name>source</th><th "
             "class=name>stage</th><th>LEEP</th><th>NCE</th><th>LogME</th><th>probe</th></tr>\n"));
    return stage_rows(out, result, score, sizeof score / sizeof *score);
}

/* ---- one source ---- */

/* The terms of each, where there are several. */
static rc_status sets(rc_string *out, const rc_json *stages)
{
    static const char *const of_set[] = {"weight",  "risk",        "lipschitz",
                                         "w1",      "transport",   "conditional_entropy",
                                         "entropy", "information", "bound"};
    if (rc_json_length(rc_json_get(rc_json_at(stages, 0), "sets")) == 0) return RC_OK;
    RC_TRY(rc_string_printf(out, "<p>Its labelled sets. The weight of each is what it tells about the "
                                 "target's classes before training. The terms above are means with these "
                                 "weights.</p><table class=counts><tr><th class=name>set</th><th "
                                 "class=name>stage</th><th>weight</th><th>risk</th><th>Lipschitz</th><th>W1</"
                                 "th><th>transport</th><th>H(Z<sub>s</sub>|Z<sub>t</sub>)</th><th>H(Z<sub>s</"
                                 "sub>)</th><th>information</th><th>bound</th></tr>\n"));
    for (size_t k = 0; k < rc_json_length(stages); k++) {
        const rc_json *stage = rc_json_at(stages, k), *list = rc_json_get(stage, "sets");
        for (size_t i = 0; i < rc_json_length(list); i++)
            RC_TRY(stage_row(out, rc_json_string(rc_json_at(list, i), "data", ""),
                             rc_json_string(stage, "stage", ""), rc_json_at(list, i), of_set,
                             sizeof of_set / sizeof *of_set));
    }
    return rc_string_printf(out, "</table>\n");
}

static rc_status distance_cell(rc_string *out, const rc_json *d)
{
    double value = rc_json_number(d, "value", NAN), low = rc_json_number(d, "low", NAN);
    const char *caveat = !rc_json_boolean(d, "converged", true) ? " <small>(not converged)</small>"
                         : rc_json_get(d, "optimum")            ? " <small>(a local optimum)</small>"
                                                                : "";
    if (!isfinite(low)) return rc_string_printf(out, "<td>%.4g%s</td>", value, caveat);
    return rc_string_printf(out, "<td>%.4g <small>%.4g to %.4g</small>%s</td>", value, low,
                            rc_json_number(d, "high", NAN), caveat);
}

static rc_status distances(rc_string *out, const rc_json *stages)
{
    const rc_json *first = rc_json_get(rc_json_at(stages, 0), "distances");
    RC_TRY(rc_string_printf(out, "<table class=counts><tr><th class=name>distance</th>"));
    for (size_t k = 0; k < rc_json_length(stages); k++) {
        RC_TRY(rc_string_printf(out, "<th>"));
        RC_TRY(rc__html_text(out, rc_json_string(rc_json_at(stages, k), "stage", "")));
        RC_TRY(rc_string_printf(out, "</th>"));
    }
    for (size_t i = 0; i < rc_json_length(first); i++) {
        RC_TRY(rc_string_printf(out, "</tr>\n<tr><td class=name>"));
        RC_TRY(rc__html_text(out, rc_json_string(rc_json_at(first, i), "name", "")));
        RC_TRY(rc_string_printf(out, "</td>"));
        for (size_t k = 0; k < rc_json_length(stages); k++)
            RC_TRY(distance_cell(out, rc_json_at(rc_json_get(rc_json_at(stages, k), "distances"), i)));
    }
    return rc_string_printf(out, "</tr></table>\n");
}

static rc_status projection(rc_string *out, const rc_json *source)
{
    const rc_json *p = rc_json_get(source, "projection"), *stages = rc_json_get(source, "stages");
    const rc_json *share = rc_json_get(p, "variance"), *points = rc_json_get(p, "source");
    rc__frame frame = {0};
    rc__frame_add(&frame, points);
    for (size_t k = 0; k < rc_json_length(stages); k++)
        rc__frame_add(&frame, rc_json_get(p, rc_json_string(rc_json_at(stages, k), "stage", "")));
    RC_TRY(rc_string_printf(out,
                            "<p>Pooled features on the two principal axes of all that is shown (%.0f %% and "
                            "%.0f %% of the variance), in one scale.</p><div class=charts>",
                            100.0 * rc_json_as_number(rc_json_at(share, 0)),
                            100.0 * rc_json_as_number(rc_json_at(share, 1))));
    for (size_t k = 0; k < rc_json_length(stages); k++) {
        const char *name = rc_json_string(rc_json_at(stages, k), "stage", "");
        RC_TRY(rc__scatter(out, name, &frame, points, rc_json_get(p, name)));
    }
    return rc_string_printf(out, "</div>\n");
}

static rc_status one_source(rc_string *out, const rc_json *source)
{
    RC_TRY(rc_string_printf(out, "<h2>"));
    RC_TRY(rc__html_text(out, rc_json_string(source, "source", "")));
    RC_TRY(rc_string_printf(
        out,
        "</h2><p>Accuracy of the source head %.3f; gradient norms of its loss: 5, 25, "
        "50, 75, 95 %% at %.3g, %.3g, %.3g, %.3g, %.3g.</p>",
        rc_json_number(source, "accuracy", NAN), rc_json_number(source, "gradient_norm_q05", NAN),
        rc_json_number(source, "gradient_norm_q25", NAN), rc_json_number(source, "gradient_norm_q50", NAN),
        rc_json_number(source, "gradient_norm_q75", NAN), rc_json_number(source, "gradient_norm_q95", NAN)));
    RC_TRY(rc__page_notes(out, source));
    RC_TRY(sets(out, rc_json_get(source, "stages")));
    RC_TRY(distances(out, rc_json_get(source, "stages")));
    return projection(out, source);
}

static rc_status page(rc_string *out, const rc_json *result)
{
    const char *data = rc_json_string(result, "data", "");
    const rc_json *ranking = rc_json_get(result, "ranking");
    RC_TRY(rc__page_open(out, data));
    RC_TRY(rc_string_printf(out, "<h1>How far is "));
    RC_TRY(rc__html_text(out, data));
    RC_TRY(rc_string_printf(out,
                            " from its sources?</h1><p>%lld training samples, %lld target classes; intervals "
                            "of 95 %% by resampling them.</p>\n",
                            (long long)rc_json_integer(result, "samples", 0),
                            (long long)rc_json_integer(result, "target_classes", 0)));
    RC_TRY(rc_string_printf(out, "<p>Sources are listed by %s, the best first.</p>\n",
                            rc_json_string(result, "ranked_by", "bound")));
    RC_TRY(rc__page_notes(out, result));
    RC_TRY(terms(out, result));
    RC_TRY(scores(out, result));
    for (size_t i = 0; i < rc_json_length(ranking); i++)
        RC_TRY(one_source(
            out, rc_json_find(result, "sources", "source", rc_json_as_string(rc_json_at(ranking, i)))));
    return rc_string_printf(out, "</body></html>\n");
}

rc_status rc_gap_page_write(const rc_json *result, const char *path)
{
    rc_string text = {0};
    RC_TRY(rc_json_check(result));
    rc_status status = page(&text, result);
    if (status == RC_OK) status = rc_file_write(path, text.data, text.length);
    rc_string_free(&text);
    return status;
}
