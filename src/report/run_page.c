#include "report/run_page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/json.h"
#include "report/report_parts.h"
#include "report/run_files.h"

enum { MAX_SOURCE_CLASSES = 64 };

/* ---- headline ---- */

static rc_status card(rc_string *out, const char *label, double value)
{
    char text[RC__FIGURE];
    if (!isfinite(value)) return RC_OK;
    return rc_string_printf(out, "<div><span>%s</span><b>%s</b></div>", label, rc__figure(value, text));
}

/* The source; of a combination those that were tried, and their share of the answer. */
static rc_status sources(rc_string *out, const rc_json *j)
{
    const rc_json *tried = rc_json_get(j, "sources");
    const char *source = rc_json_string(j, "source", NULL);
    if (source) {
        RC_TRY(rc_string_printf(out, "source "));
        return rc__html_text(out, source);
    }
    if (rc_json_length(tried) == 0) return rc_string_printf(out, "no source");
    for (size_t i = 0; i < rc_json_length(tried); i++) {
        RC_TRY(rc_string_printf(out, i == 0 ? "sources tried: " : ", "));
        RC_TRY(rc__html_text(out, rc_json_string(rc_json_at(tried, i), "source", "")));
    }
    return rc_string_printf(out, " (share of the answer: %.0f %%)",
                            100 * rc_json_number(j, "weight_of_sources", 0));
}

static rc_status title(rc_string *out, const rc__run *r)
{
    const rc_json *j = r->result ? r->result : r->identity;
    RC_TRY(rc_string_printf(out, "<h1>"));
    RC_TRY(rc__html_text(out, rc_json_string(j, "method", "run")));
    RC_TRY(rc_string_printf(out, " on "));
    RC_TRY(
        rc__html_text(out, rc_json_string(j, "task", rc_path_base(rc_json_string(j, "data", "its data")))));
    RC_TRY(rc_string_printf(out, "</h1><p>"));
    RC_TRY(sources(out, j));
    if (!r->result) return rc_string_printf(out, " &middot; unfinished</p>");
    RC_TRY(rc_string_printf(out, " &middot; seed %lld &middot; recraft ",
                            (long long)rc_json_integer(j, "seed", 0)));
    RC_TRY(rc__html_text(out, rc_json_string(j, "version", "")));
    return rc_string_printf(out, "</p>");
}

/* A score in the words of its metric: a share of wrong answers is read more easily as such. */
static void score_text(char text[RC__FIGURE], const rc_json *result, double value)
{
    bool share = strcmp(rc_json_string(result, "metric", ""), "error") == 0;
    if (share)
        rc_ascii_print(text, RC__FIGURE, "%.3g %%", 100 * value);
    else
        rc__figure(value, text);
}

static rc_status answer_without_test(rc_string *out, const rc_json *j)
{
    double valid = rc_json_number(j, "valid", NAN);
    char text[RC__FIGURE];
    if (!isfinite(valid)) return RC_OK;
    score_text(text, j, valid);
    RC_TRY(rc_string_printf(out, "<p class=answer>There is no test score; on %lld validation samples the ",
                            (long long)rc_json_integer(j, "n_valid", 0)));
    RC_TRY(rc__html_text(out, rc_json_string(j, "metric", "score")));
    return rc_string_printf(out, " is <b>%s</b>; lower is better.</p>\n", text);
}

/* How good, how sure, and against what. */
static rc_status answer(rc_string *out, const rc_json *j)
{
    const rc_json *interval = rc_json_get(j, "test_interval");
    double test = rc_json_number(j, "test", NAN), low = rc_json_as_number(rc_json_at(interval, 0)),
           high = rc_json_as_number(rc_json_at(interval, 1)), other;
    const char *metric = rc_json_string(j, "metric", "score"), *name = rc__best_opponent(j, &other);
    char text[3][RC__FIGURE];
    if (!isfinite(test)) return answer_without_test(out, j);
    score_text(text[0], j, test);
    RC_TRY(rc_string_printf(out, "<p class=answer>On %lld test samples the ",
                            (long long)rc_json_integer(j, "n_test", 0)));
    RC_TRY(rc__html_text(out, metric));
    RC_TRY(rc_string_printf(out, " is <b>%s</b>", text[0]));
    if (interval) {
        score_text(text[1], j, low);
        score_text(text[2], j, high);
        RC_TRY(rc_string_printf(out, " (95 %% interval %s to %s)", text[1], text[2]));
    }
    RC_TRY(rc_string_printf(out, "; lower is better."));
    if (name) {
        score_text(text[0], j, other);
        RC_TRY(rc_string_printf(out, " The best plain predictor on them, "));
        RC_TRY(rc__html_text(out, name));
        RC_TRY(rc_string_printf(out, ", has %s%s.", text[0],
                                !interval      ? ""
                                : other < low  ? ", which is better by more than this interval"
                                : other > high ? ", which is worse by more than this interval"
                                               : ", which is within this interval"));
    }
    return rc_string_printf(out, "</p>\n");
}

/* What each of several inputs is worth. */
static rc_status without_inputs(rc_string *out, const rc_json *j)
{
    const rc_json *value;
    const char *name;
    void *at = NULL;
    bool any = false;
    while (rc_json_each(rc_json_get(j, "test_without"), &at, &name, &value)) {
        char text[RC__FIGURE];
        score_text(text, j, rc_json_as_number(value));
        RC_TRY(rc_string_printf(out, any ? ", without " : "<p>Without the input "));
        RC_TRY(rc__html_text(out, name));
        RC_TRY(rc_string_printf(out, " it is %s", text));
        any = true;
    }
    return any ? rc_string_printf(out, ".</p>\n") : RC_OK;
}

static rc_status parts(rc_string *out, const rc_json *j)
{
    const char *split = rc_json_string(j, "split", NULL);
    if (!split) return RC_OK;
    RC_TRY(rc_string_printf(out, "<p>Parts of the data: "));
    RC_TRY(rc__html_text(out, split));
    return rc_string_printf(out, ".</p>\n");
}

static rc_status headline(rc_string *out, const rc__run *r)
{
    const rc_json *j = r->result;
    char label[96];
    RC_TRY(title(out, r));
    if (!j) return RC_OK;
    RC_TRY(answer(out, j));
    RC_TRY(without_inputs(out, j));
    RC_TRY(parts(out, j));
    RC_TRY(rc_string_printf(out, "<div class=cards>"));
    rc_string metric = {0};
    rc_status status = rc__html_text(&metric, rc_json_string(j, "metric", "metric"));
    if (status == RC_OK) {
        snprintf(label, sizeof label, "test %.60s", metric.data ? metric.data : "");
        status = card(out, label, rc_json_number(j, "test", NAN));
    }
    rc_string_free(&metric);
    RC_TRY(status);
    RC_TRY(card(out, "validation", rc_json_number(j, "valid", NAN)));
    RC_TRY(card(out, "threshold of the second class", rc_json_number(j, "threshold", NAN)));
    RC_TRY(card(out, "best epoch", rc_json_number(j, "best_epoch", NAN)));
    RC_TRY(card(out, "kept of stage 1, epoch", rc_json_number(rc_json_get(j, "stage_1"), "kept_epoch", NAN)));
    RC_TRY(card(out, "training samples", rc_json_number(j, "n_train", NAN)));
    RC_TRY(card(out, "parameters, millions", rc_json_number(j, "parameters", NAN) / 1e6));
    RC_TRY(card(out, "seconds", round(rc_json_number(rc_json_get(j, "seconds"), "total", NAN))));
    RC_TRY(card(out, "peak memory, MB", round(rc_json_number(j, "peak_rss_mb", NAN))));
    return rc_string_printf(out, "</div>\n");
}

/* ---- curves ---- */

typedef struct curve {
    const char *key, *name;
} curve;

/* The curves of one stage in one chart. best: the epoch that was chosen; NAN: none is. */
static rc_status stage_chart(rc_string *out, const rc__run *r, const char *stage, double best,
                             const char *heading, const char *unit, const curve *curves, int count)
{
    rc__plot plot = {.title = heading,
                     .x_label = isnan(best) ? "epoch" : "epoch; dashed: the best",
                     .y_label = unit,
                     .mark = best};
    double *columns;
    rc__series series[8];
    size_t room = rc_json_length(r->epochs) + 1;
    RC_TRY(RC_NEW(&columns, room * (size_t)(count + 1)));
    for (int c = 0; c < count; c++) {
        double *y = columns + (size_t)(c + 1) * room;
        series[c] =
            (rc__series){curves[c].name, columns, y, rc__run_curve(r, stage, curves[c].key, columns, y)};
    }
    rc_status status = rc__chart(out, &plot, series, count);
    rc_free(columns);
    return status;
}

static rc_status stage_charts(rc_string *out, const rc__run *r)
{
    static const curve losses[] = {{"train_loss", "train"}, {"valid_loss", "validation"}},
                       metric[] = {{"valid_metric", "validation"}}, probe[] = {{"valid_loss", "probe"}},
                       distance[] = {{"distance", "distance"}}, objective[] = {{"loss", "objective"}},
                       knowledge[] = {{"target_loss", "target"}, {"source_loss", "source"}},
                       entropies[] = {{"conditional_entropy", "H(Zs|Zt)"}, {"entropy", "H(Zs)"}};
    const char *score = rc_json_string(r->result, "metric", "score");
    double best = rc_json_number(r->result, "best_epoch", NAN);
    RC_TRY(stage_chart(out, r, "align", NAN, "Stage 1: objective", "objective", objective, 1));
    RC_TRY(stage_chart(out, r, "align", NAN, "Stage 1: Sinkhorn divergence to the source features",
                       "distance", distance, 1));
    RC_TRY(
        stage_chart(out, r, "align", NAN, "Stage 1: entropies of the source labels", "nats", entropies, 2));
    RC_TRY(stage_chart(out, r, "probe", NAN, "Stage 1: loss of a probe on samples that it did not learn from",
                       "loss", probe, 1));
    RC_TRY(stage_chart(out, r, "mona", NAN, "Stage 1: target loss, source loss after a simulated step",
                       "loss", knowledge, 2));
    RC_TRY(stage_chart(out, r, "fit", best, "Stage 2: loss", "loss", losses, 2));
    return stage_chart(out, r, "fit", best, "Stage 2: validation score", score, metric, 1);
}

/* A plain predictor has one epoch, and so no curve. */
static rc_status curves(rc_string *out, const rc__run *r)
{
    rc_string charts = {0};
    rc_status status = stage_charts(&charts, r);
    if (status == RC_OK && charts.length > 0)
        status = rc_string_printf(out, "<h2>Training</h2><div class=charts>%s</div>\n", charts.data);
    rc_string_free(&charts);
    return status;
}

/* One row a source class, one cell an epoch; darker = used more. */
static rc_status usage(rc_string *out, const rc__run *r)
{
    size_t classes = 0, epochs = rc_json_length(r->epochs);
    for (size_t i = 0; i < epochs; i++) {
        size_t n = rc_json_length(rc_json_get(rc_json_at(r->epochs, i), "usage"));
        classes = n > classes ? n : classes;
    }
    if (classes == 0 || classes > MAX_SOURCE_CLASSES) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>Use of the source classes during stage 1</h2><table class=strip>"));
    for (size_t c = 0; c < classes; c++) {
        RC_TRY(rc_string_printf(out, "<tr><th><small>%zu</small></th>", c));
        for (size_t i = 0; i < epochs; i++) {
            const rc_json *list = rc_json_get(rc_json_at(r->epochs, i), "usage");
            if (!list) continue;
            double share = rc_json_as_number(rc_json_at(list, c));
            RC_TRY(rc_string_printf(out,
                                    "<td title=\"%.3f\" style=\"background:rgba(42,111,176,%.2f)\"></td>",
                                    share, share > 0 ? sqrt(share) : 0));
        }
        RC_TRY(rc_string_printf(out, "</tr>"));
    }
    return rc_string_printf(out, "</table>\n");
}

/* ---- tables ---- */

static rc_status row_of(rc_string *out, const char *name)
{
    RC_TRY(rc_string_printf(out, "<tr><th>"));
    RC_TRY(rc__html_text(out, name));
    return rc_string_printf(out, "</th>");
}

/* ---- sizes ---- */

static rc_status sizes(rc_string *out, const rc__run *r)
{
    const rc_json *parts = rc_json_get(r->result, "parts"), *one;
    const char *name;
    void *at = NULL;
    if (!parts) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>Size</h2><table class=counts><tr><th></th><th>parameters</th>"
                                 "<th>MB</th></tr>"));
    while (rc_json_each(parts, &at, &name, &one)) {
        double n = rc_json_as_number(one);
        RC_TRY(row_of(out, name));
        RC_TRY(rc_string_printf(out, "<td>%.0f</td><td>%.3f</td></tr>", n, 4 * n / 1e6));
    }
    return rc_string_printf(out, "</table>\n");
}

/* ---- sets of the source ---- */

static rc_status source_sets(rc_string *out, const rc__run *r)
{
    const rc_json *list = rc_json_get(r->result, "source_sets");
    if (rc_json_length(list) == 0) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>Labelled sets of the source</h2><p>In stage 1 the weight of each is "
                                 "what it told about the target's classes at the start.</p><table "
                                 "class=counts><tr><th></th><th>classes</th><th>weight</th></tr>"));
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *one = rc_json_at(list, i);
        RC_TRY(row_of(out, rc_json_string(one, "data", "?")));
        RC_TRY(rc__number_cell(out, rc_json_number(one, "classes", NAN)));
        RC_TRY(rc__number_cell(out, rc_json_number(one, "weight", NAN)));
        RC_TRY(rc_string_printf(out, "</tr>"));
    }
    return rc_string_printf(out, "</table>\n");
}

/* ---- candidates of auto ---- */

static rc_status candidate_row(rc_string *out, const rc_json *c)
{
    static const char *const key[] = {"out_of_fold", "valid",   "valid_loss", "epochs",
                                      "best_epoch",  "seconds", "weight"};
    const rc_json *set = rc_json_get(c, "settings");
    RC_TRY(row_of(out, rc_json_string(c, "name", "?")));
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        RC_TRY(rc__number_cell(out, rc_json_number(c, key[i], NAN)));
    RC_TRY(rc_string_printf(out, "<td>%s", rc_json_boolean(c, "dropped", false) ? "dropped " : ""));
    for (size_t i = 0; i < rc_json_length(set); i++) {
        const char *one = rc_json_as_string(rc_json_at(set, i));
        RC_TRY(rc_string_printf(out, "%s", i ? ", " : ""));
        RC_TRY(rc__html_text(out, one ? one : ""));
    }
    return rc_string_printf(out, "</td></tr>");
}

static rc_status candidates(rc_string *out, const rc__run *r)
{
    const rc_json *list = rc_json_get(r->result, "candidates");
    size_t n = rc_json_length(list);
    if (n == 0) return RC_OK;
    RC_TRY(rc_string_printf(
        out,
        "<h2>Candidates</h2><p>Out of fold: the score on all labelled samples, each judged by a fit that "
        "has not learnt from it.</p>"
        "<table class=counts><tr><th></th><th>out of fold</th><th>validation</th><th>loss</th>"
        "<th>epochs</th><th>best</th><th>seconds</th><th>weight</th><th></th></tr>"));
    for (size_t i = 0; i < n; i++)
        RC_TRY(candidate_row(out, rc_json_at(list, i)));
    return rc_string_printf(out, "</table>\n");
}

/* ---- teacher and student ---- */

static rc_status side(rc_string *out, const rc_json *both, const char *name)
{
    static const char *const key[] = {"valid", "test", "parameters", "mb", "ms", "ms_in_batch"};
    const rc_json *one = rc_json_get(both, name);
    RC_TRY(row_of(out, name));
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        RC_TRY(rc__number_cell(out, rc_json_number(one, key[i], NAN)));
    return rc_string_printf(out, "</tr>");
}

static rc_status kept_layers(rc_string *out, const rc_json *layers)
{
    if (rc_json_length(layers) == 0) return RC_OK;
    for (size_t i = 0; i < rc_json_length(layers); i++)
        RC_TRY(rc_string_printf(out, "%s%lld",
                                i == 0 ? "<p>The student began with the teacher's layers " : ", ",
                                (long long)rc_json_as_integer(rc_json_at(layers, i))));
    return rc_string_printf(out, ", counted from 0 through all stages.</p>\n");
}

static rc_status distillation(rc_string *out, const rc__run *r)
{
    const rc_json *both = rc_json_get(r->result, "distillation");
    if (!both) return RC_OK;
    RC_TRY(rc_string_printf(out,
                            "<h2>Teacher and student</h2><p>Milliseconds for an answer, on the machine of "
                            "the run: asked alone, and in a batch of %lld.</p><table class=counts><tr>"
                            "<th></th><th>validation</th><th>test</th><th>parameters</th><th>MB</th>"
                            "<th>ms alone</th><th>ms in a batch</th></tr>",
                            (long long)rc_json_integer(rc_json_get(both, "student"), "batch", 0)));
    RC_TRY(side(out, both, "teacher"));
    RC_TRY(side(out, both, "student"));
    RC_TRY(rc_string_printf(out, "</table>\n"));
    RC_TRY(kept_layers(out, rc_json_get(r->result, "layers")));
    if (!rc_json_get(both, "note")) return RC_OK;
    RC_TRY(rc_string_printf(out, "<p>"));
    RC_TRY(rc__html_text(out, rc_json_string(both, "note", "")));
    return rc_string_printf(out, "</p>\n");
}

/* ---- plain opponents ---- */

static rc_status opponent_row(rc_string *out, const char *name, double valid, double test, double seconds)
{
    RC_TRY(row_of(out, name));
    RC_TRY(rc__number_cell(out, valid));
    RC_TRY(rc__number_cell(out, test));
    RC_TRY(rc__number_cell(out, seconds));
    return rc_string_printf(out, "</tr>");
}

/* What was had without the model, and what the run itself was. */
static rc_status opponents(rc_string *out, const rc__run *r)
{
    const rc_json *all = rc_json_get(r->result, "opponents"), *one;
    const char *name;
    void *at = NULL;
    if (!all) return RC_OK;
    RC_TRY(rc_string_printf(out,
                            "<h2>Plain opponents</h2><table class=counts><tr><th></th><th>validation</th>"
                            "<th>test</th><th>seconds</th></tr>"));
    RC_TRY(opponent_row(out, rc_json_string(r->result, "method", "this run"),
                        rc_json_number(r->result, "valid", NAN), rc_json_number(r->result, "test", NAN),
                        rc_json_number(rc_json_get(r->result, "seconds"), "total", NAN)));
    while (rc_json_each(all, &at, &name, &one)) {
        const char *skipped = rc_json_string(one, "skipped", NULL);
        if (!skipped) {
            RC_TRY(opponent_row(out, name, rc_json_number(one, "valid", NAN),
                                rc_json_number(one, "test", NAN), rc_json_number(one, "seconds", NAN)));
            continue;
        }
        RC_TRY(row_of(out, name));
        RC_TRY(rc_string_printf(out, "<td colspan=3>skipped: "));
        RC_TRY(rc__html_text(out, skipped));
        RC_TRY(rc_string_printf(out, "</td></tr>"));
    }
    return rc_string_printf(out, "</table>\n");
}

/* ---- the page ---- */

static rc_status examples(rc_string *out, const rc__run *r)
{
    char path[4096];
    rc_safetensors *f;
    RC_TRY(rc_path_join(r->directory, "examples.safetensors", sizeof path, path));
    if (!rc_path_exists(path)) return RC_OK;
    RC_TRY(rc_safetensors_open(path, &f));
    rc_status status = rc__examples(out, path, f);
    rc_safetensors_close(&f);
    return status;
}

static rc_status explanations(rc_string *out, const rc_explained *e)
{
    if (!e) return RC_OK;
    RC_TRY(rc__importance_charts(out, e));
    return rc__worst_samples(out, e);
}

static rc_status page(rc_string *out, const rc__run *r, const rc_explained *e)
{
    RC_TRY(rc__page_open(out, "recraft run"));
    RC_TRY(headline(out, r));
    RC_TRY(rc__page_notes(out, r->result));
    RC_TRY(distillation(out, r));
    RC_TRY(opponents(out, r));
    RC_TRY(candidates(out, r));
    RC_TRY(examples(out, r));
    RC_TRY(explanations(out, e));
    RC_TRY(curves(out, r));
    RC_TRY(source_sets(out, r));
    RC_TRY(usage(out, r));
    RC_TRY(sizes(out, r));
    RC_TRY(rc_string_printf(out, "<h2>Settings</h2><details><summary>config.yaml</summary><pre>"));
    RC_TRY(rc__html_text(out, r->config));
    return rc_string_printf(out, "</pre></details></body></html>\n");
}

rc_status rc_report_write(const char *directory, const rc_explained *explained, const char *output)
{
    rc__run r;
    rc_string text = {0};
    char path[4096];
    rc_status status = rc__run_open(directory, &r);
    if (status == RC_OK) status = page(&text, &r, explained);
    if (status == RC_OK && !output) status = rc_path_join(directory, "report.html", sizeof path, path);
    if (status == RC_OK) status = rc_file_write(output ? output : path, text.data, text.length);
    rc_string_free(&text);
    rc__run_close(&r);
    return status;
}
