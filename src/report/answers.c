/* What a run said of its test samples: classes by name, how each was found, how sure the answers were;
 * labels; numbers against the truth. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "metrics/metrics.h"
#include "report/report_parts.h"

enum {
    MAX_CONFUSED = 30,
    MAX_LISTED = 100,
    MAX_CURVES = 6,
    MAX_DOTS = 1500,
    MAX_NUMBERS = 4,
    MAX_QUANTILES = 16
};

typedef struct answers {
    rc_json *names, *quantiles; /* quantiles: of numbers, the outputs; NULL: the numbers themselves are */
    bool risk;                  /* the output is; the target is a time, and whether it ended with the event */
    int64_t n, width; /* samples whose outputs are kept; 0: none (an earlier version's run, words) */
    int64_t numbers;  /* of a target */
    float *output, *target;
    float *label, *confusion; /* confusion [classes, classes] */
    int64_t classes;
} answers;

static void free_answers(answers *a)
{
    rc_json_free(&a->names);
    rc_json_free(&a->quantiles);
    rc_free(a->output);
    rc_free(a->target);
    rc_free(a->label);
    rc_free(a->confusion);
}

/* Outputs of a target of so many numbers. */
static bool target_fits(const answers *a)
{
    int64_t quantiles = (int64_t)rc_json_length(a->quantiles);
    if (a->risk) return a->width == 1 && a->numbers == 2;
    return quantiles <= MAX_QUANTILES && a->width == a->numbers * (a->quantiles ? quantiles : 1);
}

static rc_status read_answers(const char *path, const rc_safetensors *f, answers *a)
{
    rc_shape confusion = {0}, output = {0}, target = {0}, label = {0};
    const char *is = rc_safetensors_metadata(f, "test_output");
    RC_TRY(rc_safetensors_metadata_json(f, "label_names", &a->names));
    RC_TRY(rc_safetensors_metadata_json(f, "quantiles", &a->quantiles));
    a->risk = is && strcmp(is, "risk") == 0;
    RC_TRY(rc__copied(f, "confusion", 2, &confusion, &a->confusion));
    RC_TRY(rc__copied(f, "test_output", 2, &output, &a->output));
    RC_TRY(rc__copied(f, "test_target", 2, &target, &a->target));
    RC_TRY(rc__copied(f, "test_label", 1, &label, &a->label));
    RC_CHECK(!a->confusion || confusion.dim[0] == confusion.dim[1], RC_FORMAT,
             "%s: the confusion of classes is not square", path);
    a->classes = a->confusion ? confusion.dim[0] : 0;
    if (!a->output) return RC_OK;
    a->n = output.dim[0];
    a->width = output.dim[1];
    a->numbers = a->target ? target.dim[1] : 0;
    bool fits = (a->label && label.dim[0] == a->n) || (a->target && target.dim[0] == a->n && target_fits(a));
    for (int64_t i = 0; i < a->n && fits && a->label; i++)
        fits = a->label[i] >= 0 && a->label[i] < (float)a->width;
    RC_CHECK(fits, RC_FORMAT, "%s: the test samples' outputs and targets do not fit together", path);
    return RC_OK;
}

static rc_status add_name(rc_string *out, const answers *a, int64_t k)
{
    const char *name = a->names ? rc_json_as_string(rc_json_at(a->names, (size_t)k)) : NULL;
    return name ? rc__html_text(out, name) : rc_string_printf(out, "%lld", (long long)k);
}

/* ---- classes: the confusion, and what it says of each ---- */

static double at(const answers *a, int64_t truth, int64_t said)
{
    return (double)a->confusion[truth * a->classes + said];
}

static rc_status confusion(rc_string *out, const answers *a)
{
    if (a->classes == 0 || a->classes > MAX_CONFUSED) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>Test samples: true class (rows) and predicted class</h2>"
                                 "<div class=wide><table class=counts><tr><th></th>"));
    for (int64_t k = 0; k < a->classes; k++) {
        RC_TRY(rc_string_printf(out, "<th class=said>"));
        RC_TRY(add_name(out, a, k));
        RC_TRY(rc_string_printf(out, "</th>"));
    }
    RC_TRY(rc_string_printf(out, "</tr>"));
    for (int64_t i = 0; i < a->classes; i++) {
        double total = 1e-9;
        for (int64_t k = 0; k < a->classes; k++)
            total += at(a, i, k);
        RC_TRY(rc_string_printf(out, "<tr><th class=name>"));
        RC_TRY(add_name(out, a, i));
        RC_TRY(rc_string_printf(out, "</th>"));
        for (int64_t k = 0; k < a->classes; k++)
            RC_TRY(rc_string_printf(out, "<td style=\"background:rgba(42,111,176,%.2f)\">%.0f</td>",
                                    0.85 * at(a, i, k) / total, at(a, i, k)));
        RC_TRY(rc_string_printf(out, "</tr>"));
    }
    return rc_string_printf(out, "</table></div>\n");
}

static rc_status share(rc_string *out, double part, double all)
{
    return all > 0 ? rc_string_printf(out, "<td>%.3f</td>", part / all) : rc_string_printf(out, "<td>-</td>");
}

/* truth, said: how many there are, and how often it was said; both: how often rightly. */
static rc_status quality_row(rc_string *out, const answers *a, int64_t k, double truth, double said,
                             double both)
{
    RC_TRY(rc_string_printf(out, "<tr><th class=name>"));
    RC_TRY(add_name(out, a, k));
    RC_TRY(rc_string_printf(out, "</th><td>%.0f</td>", truth));
    RC_TRY(share(out, both, said));
    RC_TRY(share(out, both, truth));
    RC_TRY(share(out, 2 * both, said + truth));
    return rc_string_printf(out, "</tr>");
}

static rc_status open_quality(rc_string *out, const char *what)
{
    return rc_string_printf(
        out,
        "<h2>%s</h2><table class=counts><tr><th></th><th>test samples</th><th>precision</th>"
        "<th>recall</th><th>F1</th></tr>",
        what);
}

static rc_status qualities_of_classes(rc_string *out, const answers *a)
{
    if (a->classes == 0 || a->classes > MAX_LISTED) return RC_OK;
    RC_TRY(open_quality(out, "Each class"));
    for (int64_t k = 0; k < a->classes; k++) {
        double truth = 0, said = 0;
        for (int64_t i = 0; i < a->classes; i++) {
            truth += at(a, k, i);
            said += at(a, i, k);
        }
        RC_TRY(quality_row(out, a, k, truth, said, at(a, k, k)));
    }
    return rc_string_printf(out, "</table>\n");
}

static rc_status qualities_of_labels(rc_string *out, const answers *a)
{
    if (a->width > MAX_LISTED) return RC_OK;
    RC_TRY(open_quality(out, "Each label, where its probability is over one half"));
    for (int64_t k = 0; k < a->width; k++) {
        double truth = 0, said = 0, both = 0;
        for (int64_t i = 0; i < a->n; i++) {
            bool is = a->target[i * a->width + k] > 0.5f, says = a->output[i * a->width + k] > 0.5f;
            truth += is;
            said += says;
            both += is && says;
        }
        RC_TRY(quality_row(out, a, k, truth, said, both));
    }
    return rc_string_printf(out, "</table>\n");
}

/* ---- curves over thresholds ---- */

typedef struct threshold_curves {
    double *x, *y; /* [curves, n + 1] */
    rc__series series[MAX_CURVES];
    rc_string name[MAX_CURVES];
    int count;
} threshold_curves;

/* Is class or label k the truth of sample i? */
static bool is_true(const answers *a, int64_t i, int64_t k)
{
    return a->label ? (int64_t)a->label[i] == k : a->target[i * a->width + k] > 0.5f;
}

/* roc: false positive rate and recall; else recall and precision. */
static rc_status add_curve(const answers *a, int64_t k, bool roc, threshold_curves *c)
{
    unsigned char *truth = NULL;
    double *x = c->x + c->count * (a->n + 1), *y = c->y + c->count * (a->n + 1), area = NAN;
    int64_t points = 0, positives = 0;
    rc_status status = RC_NEW(&truth, a->n);
    for (int64_t i = 0; i < a->n && status == RC_OK; i++)
        positives += truth[i] = is_true(a, i, k);
    bool any = positives > 0 && positives < a->n;
    if (status == RC_OK && any)
        status = rc_ranking_curve(a->n, a->output + k, a->width, truth, x, y, &points);
    for (int64_t i = 0; i < points; i++) {
        double wrong = x[i], right = y[i];
        x[i] = roc ? wrong / (double)(a->n - positives) : right / (double)positives;
        y[i] = roc ? right / (double)positives : wrong + right > 0 ? right / (wrong + right) : NAN;
    }
    if (status == RC_OK && any)
        status = (roc ? rc_auroc : rc_average_precision)(a->n, a->output + k, a->width, truth, &area);
    rc_free(truth);
    if (status != RC_OK || !any) return status;
    rc_string *name = &c->name[c->count];
    RC_TRY(add_name(name, a, k));
    RC_TRY(rc_string_printf(name, " (area %.3f)", area));
    c->series[c->count++] = (rc__series){name->data, x, y, (size_t)points};
    return RC_OK;
}

static rc_status curves_chart(rc_string *out, const answers *a, bool roc)
{
    threshold_curves c = {0};
    bool pair = a->label && a->width == 2; /* what one class lacks the other has */
    int64_t first = pair ? 1 : 0;
    rc_status status = RC_NEW_RAW(&c.x, MAX_CURVES * (a->n + 1));
    if (status == RC_OK) status = RC_NEW_RAW(&c.y, MAX_CURVES * (a->n + 1));
    for (int64_t k = first; k < a->width && status == RC_OK; k++)
        status = add_curve(a, k, roc, &c);
    rc__plot plot = {.title = roc ? "ROC: recall over false positive rate" : "Precision over recall",
                     .x_label = roc ? "false positive rate" : "recall",
                     .y_label = roc ? "recall" : "precision",
                     .unit = true,
                     .diagonal = roc,
                     .mark = NAN};
    if (status == RC_OK && c.count > 0) status = rc__chart(out, &plot, c.series, c.count);
    for (int i = 0; i < MAX_CURVES; i++)
        rc_string_free(&c.name[i]);
    rc_free(c.x);
    rc_free(c.y);
    return status;
}

static rc_status reliability(rc_string *out, const answers *a)
{
    int32_t *label;
    double x[RC_RELIABILITY_BINS], y[RC_RELIABILITY_BINS];
    size_t n = 0;
    char title[96];
    RC_TRY(RC_NEW_RAW(&label, a->n));
    for (int64_t i = 0; i < a->n; i++)
        label[i] = (int32_t)a->label[i];
    rc_reliability r = rc_reliability_of(a->n, a->width, a->output, label);
    rc_free(label);
    for (int b = 0; b < RC_RELIABILITY_BINS; b++) {
        if (r.count[b] == 0) continue;
        x[n] = r.confidence[b];
        y[n++] = r.right[b];
    }
    rc_ascii_print(title, sizeof title,
                   "How often answers of each probability are right: calibration error %.3f", r.error);
    const rc__series series[] = {{"share that is right", x, y, n}};
    const rc__plot plot = {.title = title,
                           .x_label = "probability of the answer",
                           .y_label = "share that is right",
                           .unit = true,
                           .diagonal = true,
                           .mark = NAN};
    return rc__chart(out, &plot, series, 1);
}

static rc_status thresholds(rc_string *out, const answers *a)
{
    bool few = a->width <= MAX_CURVES;
    if (!few && !a->label) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>How sure the answers are</h2><div class=charts>"));
    if (few) RC_TRY(curves_chart(out, a, true));
    if (few) RC_TRY(curves_chart(out, a, false));
    if (a->label) RC_TRY(reliability(out, a));
    return rc_string_printf(out, "</div>\n");
}

/* ---- numbers ---- */

/* Of number k: predictions over truth, and what is left over, over the prediction. */
static rc_status number_charts(rc_string *out, const answers *a, int64_t k)
{
    int64_t n = a->n < MAX_DOTS ? a->n : MAX_DOTS;
    double *truth, *said, *error;
    char of[32] = "", title[2][64];
    RC_TRY(RC_NEW_RAW(&truth, 3 * n));
    said = truth + n;
    error = said + n;
    for (int64_t i = 0; i < n; i++) {
        truth[i] = (double)a->target[i * a->width + k];
        said[i] = (double)a->output[i * a->width + k];
        error[i] = said[i] - truth[i];
    }
    if (a->width > 1) snprintf(of, sizeof of, ", number %lld", (long long)k);
    snprintf(title[0], sizeof title[0], "Prediction over truth%s", of);
    snprintf(title[1], sizeof title[1], "Error over prediction%s", of);
    rc__plot plot = {.title = title[0],
                     .x_label = "truth",
                     .y_label = "prediction",
                     .dots = true,
                     .diagonal = true,
                     .mark = NAN};
    rc_status status = rc__chart(out, &plot, &(rc__series){"test samples", truth, said, (size_t)n}, 1);
    plot = (rc__plot){.title = title[1],
                      .x_label = "prediction",
                      .y_label = "prediction - truth",
                      .dots = true,
                      .zero = true,
                      .mark = NAN};
    if (status == RC_OK)
        status = rc__chart(out, &plot, &(rc__series){"test samples", said, error, (size_t)n}, 1);
    rc_free(truth);
    return status;
}

/* Of number k, every quantile over the truth. */
static rc_status quantile_chart(rc_string *out, const answers *a, int64_t k)
{
    int64_t n = a->n < MAX_DOTS ? a->n : MAX_DOTS;
    int count = (int)rc_json_length(a->quantiles);
    rc__series series[MAX_QUANTILES];
    double *truth;
    char name[MAX_QUANTILES][32], title[64];
    RC_TRY(RC_NEW_RAW(&truth, (1 + count) * n));
    for (int64_t i = 0; i < n; i++)
        truth[i] = (double)a->target[i * a->numbers + k];
    for (int q = 0; q < count; q++) {
        double *said = truth + (1 + q) * n;
        for (int64_t i = 0; i < n; i++)
            said[i] = (double)a->output[i * a->width + q * a->numbers + k];
        rc_ascii_print(name[q], sizeof name[q], "quantile %g",
                       rc_json_as_number(rc_json_at(a->quantiles, (size_t)q)));
        series[q] = (rc__series){name[q], truth, said, (size_t)n};
    }
    snprintf(title, sizeof title, "Quantiles over truth, number %lld", (long long)k);
    rc__plot plot = {.title = a->numbers > 1 ? title : "Quantiles over truth",
                     .x_label = "truth",
                     .y_label = "quantile",
                     .dots = true,
                     .diagonal = true,
                     .mark = NAN};
    rc_status status = rc__chart(out, &plot, series, count);
    rc_free(truth);
    return status;
}

/* Of those whom the event met, a high risk should stand at an early time. */
static rc_status risk_chart(rc_string *out, const answers *a)
{
    int64_t n = a->n < MAX_DOTS ? a->n : MAX_DOTS;
    double *time;
    RC_TRY(RC_NEW_RAW(&time, 3 * n));
    double *met = time + n, *so_far = met + n;
    for (int64_t i = 0; i < n; i++) {
        bool event = a->target[2 * i + 1] > 0;
        time[i] = (double)a->target[2 * i];
        met[i] = event ? (double)a->output[i] : NAN;
        so_far[i] = event ? NAN : (double)a->output[i];
    }
    const rc__series series[] = {{"ended with the event", time, met, (size_t)n},
                                 {"seen so far", time, so_far, (size_t)n}};
    rc__plot plot = {
        .title = "Risk over time", .x_label = "time", .y_label = "risk", .dots = true, .mark = NAN};
    rc_status status = rc__chart(out, &plot, series, 2);
    rc_free(time);
    return status;
}

static rc_status numbers(rc_string *out, const answers *a)
{
    RC_TRY(rc_string_printf(out, "<h2>Test samples</h2><div class=charts>"));
    if (a->risk) RC_TRY(risk_chart(out, a));
    for (int64_t k = 0; k < a->numbers && k < MAX_NUMBERS && !a->risk; k++)
        RC_TRY((a->quantiles ? quantile_chart : number_charts)(out, a, k));
    return rc_string_printf(out, "</div>\n");
}

static bool are_labels(const answers *a)
{
    bool labels = a->target && !a->label && !a->risk && !a->quantiles;
    for (int64_t i = 0; i < a->n * a->width && labels; i++)
        labels = (a->target[i] == 0 || a->target[i] == 1) && a->output[i] >= 0 && a->output[i] <= 1;
    return labels;
}

rc_status rc__answers(rc_string *out, const char *path, const rc_safetensors *file)
{
    answers a = {0};
    rc_status status = read_answers(path, file, &a);
    bool labels = are_labels(&a);
    if (status == RC_OK) status = confusion(out, &a);
    if (status == RC_OK) status = qualities_of_classes(out, &a);
    if (status == RC_OK && labels && a.n > 0) status = qualities_of_labels(out, &a);
    if (status == RC_OK && a.n > 0 && (labels || a.label)) status = thresholds(out, &a);
    if (status == RC_OK && a.n > 0 && !labels && !a.label) status = numbers(out, &a);
    free_answers(&a);
    return status;
}

rc_status rc__copied(const rc_safetensors *f, const char *name, int dims, rc_shape *shape, float **out)
{
    int at = rc_safetensors_find(f, name);
    *out = NULL;
    if (at < 0) return RC_OK;
    rc_safetensors_entry e = rc_safetensors_get(f, at);
    if (e.shape.n != dims || rc_shape_size(&e.shape) == 0) return RC_OK;
    *shape = e.shape;
    RC_TRY(RC_NEW_RAW(out, rc_shape_size(&e.shape)));
    rc_convert_to_f32(e.dtype, e.data, rc_shape_size(&e.shape), *out);
    return RC_OK;
}
