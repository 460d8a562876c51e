/* Several finished runs of one task side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/report_parts.h"
#include "report/run_files.h"
#include "report/run_page.h"

enum { MAX_CURVES = 6 };

/* ---- may they be compared? ---- */

static bool same_text(const rc_json *a, const rc_json *b, const char *key)
{
    return strcmp(rc_json_string(a, key, ""), rc_json_string(b, key, "")) == 0;
}

/* The same data where both say which, and the same score of as many samples. */
static bool same_task(const rc__run *a, const rc__run *b)
{
    bool known = rc_json_get(a->identity, "data_fingerprint") && rc_json_get(b->identity, "data_fingerprint");
    return same_text(a->result, b->result, "metric") &&
           rc_json_integer(a->result, "n_test", 0) == rc_json_integer(b->result, "n_test", 0) &&
           (known ? same_text(a->identity, b->identity, "data_fingerprint")
                  : same_text(a->result, b->result, "task"));
}

static rc_status check_task(const rc__run *a, const rc__run *b)
{
    RC_CHECK(
        same_task(a, b), RC_CONFIG,
        "%s (%s, %s, %lld test samples) and %s (%s, %s, %lld) are of different tasks, whose scores cannot "
        "be compared",
        a->directory, rc_json_string(a->result, "task", "?"), rc_json_string(a->result, "metric", "?"),
        (long long)rc_json_integer(a->result, "n_test", 0), b->directory,
        rc_json_string(b->result, "task", "?"), rc_json_string(b->result, "metric", "?"),
        (long long)rc_json_integer(b->result, "n_test", 0));
    return RC_OK;
}

/* ---- the table ---- */

/* A run, or a plain predictor that was scored beside one. */
typedef struct entry {
    const char *name;
    const rc_json *result;
    bool plain;
    double test, low, high; /* low, high NaN: no interval */
} entry;

static entry entry_of_run(const rc__run *r)
{
    const rc_json *interval = rc_json_get(r->result, "test_interval");
    return (entry){.name = r->directory,
                   .result = r->result,
                   .test = rc_json_number(r->result, "test", NAN),
                   .low = interval ? rc_json_as_number(rc_json_at(interval, 0)) : NAN,
                   .high = interval ? rc_json_as_number(rc_json_at(interval, 1)) : NAN};
}

static bool is_listed(const entry *e, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(e[i].name, name) == 0) return true;
    return false;
}

static size_t count_opponents(const rc__run *r)
{
    const char *name;
    const rc_json *one;
    void *at = NULL;
    size_t n = 0;
    while (rc_json_each(rc_json_get(r->result, "opponents"), &at, &name, &one))
        n++;
    return n;
}

static size_t add_opponents(const rc__run *r, entry *e, size_t n)
{
    const char *name;
    const rc_json *one;
    void *at = NULL;
    while (rc_json_each(rc_json_get(r->result, "opponents"), &at, &name, &one)) {
        double test = rc_json_number(one, "test", NAN);
        if (isfinite(test) && !is_listed(e, n, name)) e[n++] = (entry){name, one, true, test, NAN, NAN};
    }
    return n;
}

/* Lower is better; what has no score comes last. */
static int by_score(const void *a, const void *b)
{
    double x = ((const entry *)a)->test, y = ((const entry *)b)->test;
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return x < y ? -1 : x > y;
}

static rc_status interval_cell(rc_string *out, const entry *e, double low, double high)
{
    double scale = 190 / (high - low), at = 5 + (e->test - low) * scale;
    RC_TRY(rc_string_printf(out, "<td class=track>"));
    if (!isfinite(e->test)) return rc_string_printf(out, "</td>");
    RC_TRY(rc_string_printf(out, "<svg viewBox=\"0 0 200 14\" preserveAspectRatio=none role=img>"));
    if (isfinite(e->low))
        RC_TRY(rc_string_printf(out, "<line class=axis x1=%.1f x2=%.1f y1=7 y2=7 />",
                                5 + (e->low - low) * scale, 5 + (e->high - low) * scale));
    return rc_string_printf(out, "<rect class=%s x=%.1f width=3 y=2 height=10 /></svg></td>",
                            e->plain ? "bar" : "best", at - 1.5);
}

static rc_status score_cell(rc_string *out, const entry *e)
{
    char text[3][RC__FIGURE];
    if (!isfinite(e->test)) return rc_string_printf(out, "<td>-</td>");
    RC_TRY(rc_string_printf(out, "<td><b>%s</b>", rc__figure(e->test, text[0])));
    if (isfinite(e->low))
        RC_TRY(rc_string_printf(out, " <small>%s to %s</small>", rc__figure(e->low, text[1]),
                                rc__figure(e->high, text[2])));
    return rc_string_printf(out, "</td>");
}

static rc_status name_cell(rc_string *out, const entry *e)
{
    RC_TRY(rc_string_printf(out, "<tr><th class=name>"));
    RC_TRY(rc__html_text(out, e->name));
    RC_TRY(rc_string_printf(out, "<br><small>"));
    if (e->plain) {
        RC_TRY(rc_string_printf(out, "plain predictor"));
    } else {
        const char *source = rc_json_string(e->result, "source", NULL);
        RC_TRY(rc__html_text(out, rc_json_string(e->result, "method", "?")));
        RC_TRY(rc_string_printf(out, "%s", source ? " from " : ""));
        RC_TRY(rc__html_text(out, source ? source : ""));
        RC_TRY(rc_string_printf(out, ", seed %lld", (long long)rc_json_integer(e->result, "seed", 0)));
    }
    return rc_string_printf(out, "</small></th>");
}

static rc_status entry_row(rc_string *out, const entry *e, double low, double high)
{
    const rc_json *seconds = rc_json_get(e->result, "seconds");
    double parameters = rc_json_number(e->result, "parameters", NAN);
    RC_TRY(name_cell(out, e));
    RC_TRY(score_cell(out, e));
    RC_TRY(interval_cell(out, e, low, high));
    RC_TRY(rc__number_cell(out, rc_json_number(e->result, "valid", NAN)));
    RC_TRY(rc__number_cell(out, rc_json_number(e->result, "n_train", NAN)));
    RC_TRY(rc__number_cell(out, parameters / 1e6));
    RC_TRY(rc__number_cell(out, 4 * parameters / 1e6));
    RC_TRY(rc__number_cell(out, rc_json_number(e->result, "best_epoch", NAN)));
    RC_TRY(rc__number_cell(out, e->plain ? rc_json_number(e->result, "seconds", NAN)
                                         : rc_json_number(seconds, "total", NAN)));
    RC_TRY(rc__number_cell(out, round(rc_json_number(e->result, "peak_rss_mb", NAN))));
    return rc_string_printf(out, "</tr>\n");
}

static rc_status rows(rc_string *out, entry *e, size_t n)
{
    double low = INFINITY, high = -INFINITY;
    qsort(e, n, sizeof *e, by_score);
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, isfinite(e[i].low) ? e[i].low : e[i].test);
        high = fmax(high, isfinite(e[i].high) ? e[i].high : e[i].test);
    }
    if (!(high > low)) high = low + 1;
    for (size_t i = 0; i < n; i++)
        RC_TRY(entry_row(out, &e[i], low, high));
    return RC_OK;
}

static rc_status table(rc_string *out, const rc__run *run, size_t n)
{
    entry *e;
    size_t max = n, entries = 0;
    for (size_t i = 0; i < n; i++)
        max += count_opponents(&run[i]);
    RC_TRY(RC_NEW(&e, max));
    for (size_t i = 0; i < n; i++)
        e[entries++] = entry_of_run(&run[i]);
    for (size_t i = 0; i < n; i++)
        entries = add_opponents(&run[i], e, entries);
    rc_status status = rc_string_printf(
        out, "<div class=wide><table class=\"counts bars\"><tr><th></th><th>test</th><th></th>"
             "<th>validation</th><th>training samples</th><th>parameters, millions</th><th>MB</th>"
             "<th>best epoch</th><th>seconds</th><th>peak memory, MB</th></tr>\n");
    if (status == RC_OK) status = rows(out, e, entries);
    rc_free(e);
    return status == RC_OK ? rc_string_printf(out, "</table></div>\n") : status;
}

/* ---- curves ---- */

static rc_status overlaid(rc_string *out, const rc__run *run, size_t n, const char *title, const char *unit,
                          const char *key)
{
    rc__series series[MAX_CURVES];
    rc_string name[MAX_CURVES] = {0};
    double *column[MAX_CURVES] = {0};
    int count = 0;
    rc_status status = RC_OK;
    for (size_t i = 0; i < n && count < MAX_CURVES && status == RC_OK; i++) {
        size_t room = rc_json_length(run[i].epochs) + 1;
        status = RC_NEW(&column[count], 2 * room);
        if (status == RC_OK) status = rc__html_text(&name[count], run[i].directory);
        if (status != RC_OK) break;
        double *x = column[count], *y = x + room;
        series[count] = (rc__series){name[count].data, x, y, rc__run_curve(&run[i], "fit", key, x, y)};
        count++;
    }
    if (status == RC_OK)
        status = rc__chart(out, &(rc__plot){.title = title, .x_label = "epoch", .y_label = unit, .mark = NAN},
                           series, count);
    for (int i = 0; i < MAX_CURVES; i++) {
        rc_string_free(&name[i]);
        rc_free(column[i]);
    }
    return status;
}

static rc_status charts(rc_string *out, const rc__run *run, size_t n)
{
    const char *metric = rc_json_string(run->result, "metric", "score");
    RC_TRY(overlaid(out, run, n, "Validation score", metric, "valid_metric"));
    RC_TRY(overlaid(out, run, n, "Validation loss", "loss", "valid_loss"));
    return overlaid(out, run, n, "Training loss", "loss", "train_loss");
}

/* Plain predictors have none. */
static rc_status curves(rc_string *out, const rc__run *run, size_t n)
{
    rc_string drawn = {0};
    rc_status status = charts(&drawn, run, n);
    if (status == RC_OK && drawn.length > 0) status = rc_string_printf(out, "<h2>Training</h2>");
    if (status == RC_OK && drawn.length > 0 && n > MAX_CURVES)
        status = rc_string_printf(out, "<p>Of the first %d runs that were given.</p>", MAX_CURVES);
    if (status == RC_OK && drawn.length > 0)
        status = rc_string_printf(out, "<div class=charts>%s</div>\n", drawn.data);
    rc_string_free(&drawn);
    return status;
}

/* ---- the page ---- */

static rc_status notes(rc_string *out, const rc__run *r)
{
    if (rc_json_length(rc_json_get(r->result, "notes")) == 0) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>Notes on "));
    RC_TRY(rc__html_text(out, r->directory));
    RC_TRY(rc_string_printf(out, "</h2>"));
    return rc__page_notes(out, r->result);
}

static rc_status page(rc_string *out, const rc__run *run, size_t n)
{
    const char *task = rc_json_string(run->result, "task", "one task");
    RC_TRY(rc__page_open(out, "recraft runs"));
    RC_TRY(rc_string_printf(out, "<h1>%zu runs on ", n));
    RC_TRY(rc__html_text(out, task));
    RC_TRY(rc_string_printf(out, "</h1><p>"));
    RC_TRY(rc__html_text(out, rc_json_string(run->result, "metric", "score")));
    RC_TRY(rc_string_printf(out,
                            " on the same %lld test samples, lower is better; with 95 %% intervals by the "
                            "bootstrap. Runs are closer to each other than their intervals are wide, since "
                            "they answer the same samples. Several seeds and data sets are compared by "
                            "<code>recraft compare</code>.</p>\n",
                            (long long)rc_json_integer(run->result, "n_test", 0)));
    RC_TRY(table(out, run, n));
    RC_TRY(curves(out, run, n));
    for (size_t i = 0; i < n; i++)
        RC_TRY(notes(out, &run[i]));
    return rc_string_printf(out, "</body></html>\n");
}

static rc_status write_page(const rc__run *run, size_t n, const char *output)
{
    rc_string text = {0};
    rc_status status = page(&text, run, n);
    if (status == RC_OK) status = rc_file_write(output, text.data, text.length);
    rc_string_free(&text);
    return status;
}

rc_status rc_report_compare(const char *const *runs, size_t n, const char *output)
{
    rc__run *run;
    RC_TRY(RC_NEW(&run, n));
    rc_status status = RC_OK;
    for (size_t i = 0; i < n && status == RC_OK; i++) {
        status = rc__run_open_finished(runs[i], &run[i]);
        if (status == RC_OK) status = check_task(&run[0], &run[i]);
    }
    if (status == RC_OK) status = write_page(run, n, output);
    for (size_t i = 0; i < n; i++)
        rc__run_close(&run[i]);
    rc_free(run);
    return status;
}
