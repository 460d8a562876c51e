/* The samples that a run is most wrong about, and what they are. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/text_inputs.h"
#include "explain/explain_parts.h"

enum { MAX_CELLS = 40, MAX_VALUES = 4 };

/* ---- how wrong ---- */

/* Variances of numbers to be predicted, so that all of a sample's count alike. */
static rc_status spreads(const rc__judged *j, double *out)
{
    double *sum;
    float *y;
    int64_t numbers = j->q->of->task->y_size;
    RC_TRY(RC_NEW(&sum, 2 * numbers));
    rc_status status = RC_NEW_RAW(&y, numbers);
    for (int64_t i = 0; i < j->n && status == RC_OK; i++) {
        rc_part_read(j->part, j->q->of->task->data, RC_PART_Y, i, y);
        for (int64_t k = 0; k < numbers; k++) {
            sum[2 * k] += (double)y[k];
            sum[2 * k + 1] += (double)y[k] * (double)y[k];
        }
    }
    for (int64_t k = 0; k < numbers; k++) {
        double mean = sum[2 * k] / (double)j->n;
        out[k] = fmax(sum[2 * k + 1] / (double)j->n - mean * mean, 0);
        if (!(out[k] > 0)) out[k] = 1;
    }
    rc_free(y);
    rc_free(sum);
    return status;
}

static double surprise(double p)
{
    return -log(fmax(p, 1e-12));
}

/* Of output k; a quantile's is the pinball loss. */
static double loss_of_output(const rc_task *t, int64_t k, double off, double spread)
{
    if (t->target == RC_TARGET_MULTILABEL) return surprise(1 - fabs(off));
    if (t->quantiles == 0) return off * off / spread;
    double q = t->quantile[k / t->y_size];
    return fmax(-q * off, (1 - q) * off) / sqrt(spread);
}

/* Loss of sample i, and the output that is most wrong of it. y: room. */
static double loss_of(const rc__judged *j, int64_t i, const double *spread, float *y, int64_t *worst)
{
    const rc_task *t = j->q->of->task;
    const float *said = j->said + i * j->width;
    double sum = 0, max = -1;
    *worst = rc_task_decide(t, said);
    if (t->target == RC_TARGET_CLASSES) return surprise((double)said[rc_part_label(j->part, i)]);
    rc_part_read(j->part, t->data, RC_PART_Y, i, y);
    for (int64_t k = 0; k < j->width; k++) {
        int64_t of = k % t->y_size;
        double loss = loss_of_output(t, k, (double)said[k] - (double)y[of], spread[of]);
        sum += loss;
        if (!(loss > max)) continue;
        max = loss;
        *worst = k;
    }
    return sum;
}

static void insert(rc__worst_samples *f, int64_t number, int64_t output, double loss)
{
    int64_t at = f->n < RC__WORST ? f->n++ : RC__WORST;
    for (; at > 0 && loss > f->loss[at - 1]; at--) {
        if (at == RC__WORST) continue;
        f->loss[at] = f->loss[at - 1];
        f->number[at] = f->number[at - 1];
        f->output[at] = f->output[at - 1];
    }
    if (at == RC__WORST) return;
    f->loss[at] = loss;
    f->number[at] = number;
    f->output[at] = output;
}

rc_status rc__worst_find(const rc__judged *j, rc__worst_samples *f)
{
    double *spread;
    float *y = NULL;
    int64_t output;
    RC_TRY(RC_NEW(&spread, j->width));
    rc_status status = RC_NEW_RAW(&y, j->q->of->task->y_size);
    if (status == RC_OK && j->q->of->task->target == RC_TARGET_REGRESSION) status = spreads(j, spread);
    for (int64_t i = 0; i < j->n && status == RC_OK; i++) {
        double loss = loss_of(j, i, spread, y, &output);
        insert(f, i, output, isnan(loss) ? INFINITY : loss);
    }
    rc_free(y);
    rc_free(spread);
    return status;
}

/* Where it is in its array or file. */
static int64_t row_of(const rc__judged *j, int64_t i)
{
    return j->part->index ? j->part->index[i] : i;
}

/* ---- what was said of them ---- */

static rc_status add_name(const rc__judged *j, int64_t k, rc_string *out)
{
    const char *name = rc_dataset_label_name(j->q->of->task->data, k);
    return name ? rc_string_printf(out, "%s", name) : rc_string_printf(out, "%lld", (long long)k);
}

static void set_text(rc_json *to, const char *key, rc_string *text)
{
    rc_json_set_string(to, key, text->data ? text->data : "");
    rc_string_free(text);
}

static rc_status set_class(const rc__judged *j, rc_json *to, const char *key, int64_t k)
{
    rc_string text = {0};
    RC_TRY(add_name(j, k, &text));
    set_text(to, key, &text);
    return RC_OK;
}

static rc_status tell_class(const rc__judged *j, int64_t i, rc_json *to)
{
    const float *p = j->said + i * j->width;
    int64_t truth = rc_part_label(j->part, i), said = rc_task_decide(j->q->of->task, p);
    RC_TRY(set_class(j, to, "truth", truth));
    RC_TRY(set_class(j, to, "said", said));
    rc_json_set_number(to, "p", (double)p[said]);
    rc_json_set_number(to, "p_truth", (double)p[truth]);
    return RC_OK;
}

/* Of v those that are more likely than not. */
static rc_status set_labels(const rc__judged *j, rc_json *to, const char *key, const float *v)
{
    rc_string text = {0};
    for (int64_t k = 0; k < j->width; k++) {
        if (!(v[k] > 0.5f)) continue;
        if (text.length) RC_TRY(rc_string_printf(&text, ", "));
        RC_TRY(add_name(j, k, &text));
    }
    if (!text.length) RC_TRY(rc_string_printf(&text, "none"));
    set_text(to, key, &text);
    return RC_OK;
}

static rc_status value_name(const rc__judged *j, int64_t k, rc_string *out)
{
    const rc_texts *names = j->q->encoders ? rc_encoders_names(j->q->encoders) : NULL;
    const rc_task *t = j->q->of->task;
    int64_t of = k % t->y_size;
    if (names && names->n == t->y_size)
        RC_TRY(rc_string_printf(out, "%s", rc_texts_get(names, of)));
    else
        RC_TRY(rc_string_printf(out, "number %lld", (long long)of));
    return t->quantiles ? rc_string_printf(out, ", quantile %g", t->quantile[k / t->y_size]) : RC_OK;
}

/* The one that is most wrong, and those beside it; its quantiles, where these are said. */
static rc_status tell_values(const rc__judged *j, int64_t i, const float *y, int64_t worst, rc_json *to)
{
    const rc_task *t = j->q->of->task;
    int64_t count = j->width < MAX_VALUES ? j->width : MAX_VALUES,
            first = worst + count <= j->width ? worst : j->width - count, step = 1;
    if (t->quantiles) {
        count = t->quantiles;
        first = worst % t->y_size;
        step = t->y_size;
    }
    rc_json *list = rc_json_set(to, "values", rc_json_array());
    for (int64_t k = first; count > 0; count--, k += step) {
        rc_string name = {0};
        rc_json *one = rc_json_append(list, rc_json_object());
        RC_TRY(value_name(j, k, &name));
        set_text(one, "name", &name);
        rc_json_set_number(one, "truth", (double)y[k % t->y_size]);
        rc_json_set_number(one, "said", (double)j->said[i * j->width + k]);
    }
    return RC_OK;
}

static rc_status tell_answer(const rc__judged *j, int64_t i, int64_t worst, rc_json *to)
{
    const rc_task *t = j->q->of->task;
    float *y;
    if (t->target == RC_TARGET_CLASSES) return tell_class(j, i, to);
    RC_TRY(RC_NEW_RAW(&y, t->y_size));
    rc_part_read(j->part, t->data, RC_PART_Y, i, y);
    rc_status status = RC_OK;
    if (t->target == RC_TARGET_REGRESSION) {
        status = tell_values(j, i, y, worst, to);
    } else {
        status = set_labels(j, to, "truth", y);
        if (status == RC_OK) status = set_labels(j, to, "said", j->said + i * j->width);
        if (status == RC_OK) status = set_class(j, to, "wrong_about", worst);
        rc_json_set_number(to, "p_wrong_about", (double)j->said[i * j->width + worst]);
    }
    rc_free(y);
    return status;
}

/* ---- what they are: rows and texts ---- */

/* gradient: of the n numbers that the cell became; NULL: not known. */
static void add_cell(rc_json *list, rc_string *name, rc_string *value, const float *gradient, int64_t n)
{
    double square = 0;
    rc_json *cell = rc_json_append(list, rc_json_object());
    set_text(cell, "name", name);
    set_text(cell, "value", value);
    for (int64_t i = 0; gradient && i < n; i++)
        square += (double)gradient[i] * (double)gradient[i];
    if (gradient) rc_json_set_number(cell, "gradient", sqrt(square));
}

static rc_status add_columns(const rc_encoders *e, const float *x, const float *gradient, rc_json *list)
{
    int64_t width, cells = 0;
    for (int64_t k = 0; k < rc_encoders_columns(e) && cells < MAX_CELLS; k++) {
        rc_string name = {0}, value = {0};
        const char *of = rc_encoders_column(e, k, &width);
        if (width == 0) continue;
        RC_TRY(rc_string_printf(&name, "%s", of));
        RC_TRY(rc_encoders_value(e, k, x, &value));
        add_cell(list, &name, &value, gradient, width);
        x += width;
        if (gradient) gradient += width;
        cells++;
    }
    return RC_OK;
}

/* of: the input, where there are several; "". */
static rc_status add_numbers(const char *of, int64_t n, const float *x, const float *gradient, rc_json *list)
{
    for (int64_t k = 0; k < n && k < MAX_CELLS; k++) {
        rc_string name = {0}, value = {0};
        RC_TRY(rc_string_printf(&name, "%s%scolumn %lld", of, *of ? ", " : "", (long long)k + 1));
        RC_TRY(isnan(x[k]) ? rc_string_printf(&value, "(missing)")
                           : rc_string_printf(&value, "%.6g", (double)x[k]));
        add_cell(list, &name, &value, gradient ? gradient + k : NULL, 1);
    }
    return RC_OK;
}

static rc_status add_missing(const char *input, rc_json *list)
{
    rc_string name = {0}, value = {0};
    RC_TRY(rc_string_printf(&name, "%s", input));
    RC_TRY(rc_string_printf(&value, "(missing)"));
    add_cell(list, &name, &value, NULL, 0);
    return RC_OK;
}

/* Of a table its cells; of several inputs also that one is not there. */
static rc_status add_input(const rc__judged *j, int k, const float *x, const float *gradient, rc_json *list)
{
    const rc_task *t = j->q->of->task;
    const char *input = rc_task_input_name(t, k);
    int64_t size = rc_layout_size(rc_task_layout(t, k));
    if (t->n_more && rc_input_is_absent(x, size)) return add_missing(input, list);
    if (rc_task_layout(t, k)->form != RC_FORM_TABLE) return RC_OK;
    if (k == 0 && rc__knows_columns(j->q)) return add_columns(j->q->encoders, x, gradient, list);
    return add_numbers(t->n_more ? input : "", size, x, gradient, list);
}

/* What input k, a text, says; NULL: it is not there. */
static const char *text_of(const rc__judged *j, int k, int64_t i)
{
    const char *text = rc_part_text(j->part, j->q->of->task->data, k, i);
    return rc_text_is_blank(text, strlen(text)) ? NULL : text;
}

static rc_status tell_row(const rc__judged *j, const rc__worst_samples *w, int64_t i, rc_json *to)
{
    const rc_task *t = j->q->of->task;
    float *x;
    rc_json *list = rc_json_set(to, "row", rc_json_array());
    RC_TRY(RC_NEW_RAW(&x, rc_task_raw(t)));
    rc_status status = RC_OK;
    for (int k = 0; k <= t->n_more && status == RC_OK; k++) {
        if (rc_task_layout(t, k)->form == RC_FORM_TEXTS) {
            if (!text_of(j, k, w->number[i])) status = add_missing(rc_task_input_name(t, k), list);
            continue;
        }
        rc_part_read(j->part, t->data, k, w->number[i], x);
        status = rc_dataset_status(t->data);
        if (status == RC_OK) status = add_input(j, k, x, rc__gradient_of(j, w, i, k), list);
    }
    rc_free(x);
    return status;
}

/* Texts among several inputs, by their names. */
static void tell_text_inputs(const rc__judged *j, int64_t i, rc_json *to)
{
    const rc_task *t = j->q->of->task;
    rc_json *list = rc_json_set(to, "texts", rc_json_array());
    for (int k = 1; k <= t->n_more; k++) {
        const char *text = NULL;
        if (rc_task_layout(t, k)->form == RC_FORM_TEXTS) text = text_of(j, k, i);
        if (!text) continue;
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", rc_task_input_name(t, k));
        rc_json_set_string(one, "value", text);
    }
}

/* ---- tokens ---- */

static rc_status tell_tokens(const rc__judged *j, const rc__worst_samples *w, int64_t i, rc_json *to)
{
    const rc_task *t = j->q->of->task;
    int32_t *id;
    if (i >= w->gradients || !t->tokenizer) return RC_OK;
    rc_json *list = rc_json_set(to, "tokens", rc_json_array());
    for (int k = 0; k <= t->n_more; k++) {
        int64_t max;
        const float *gradient = rc__gradient_of(j, w, i, k);
        (void)rc_task_ids_at(t, k, &max);
        if (max == 0 || !gradient) continue;
        RC_TRY(RC_NEW_RAW(&id, max));
        rc_part_ids(j->part, t->data, k, w->number[i], id);
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", rc_task_input_name(t, k));
        rc_json *pieces = rc_json_set(one, "pieces", rc_json_array());
        rc_status status = rc__text_pieces(t->tokenizer, id, gradient, rc_row_tokens(id, max), pieces);
        rc_free(id);
        RC_TRY(status);
    }
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status tell_texts(const rc__judged *j, const rc__worst_samples *f, rc_json **sample)
{
    int64_t row[RC__WORST];
    rc_texts texts = {0};
    for (int64_t i = 0; i < f->n; i++)
        row[i] = row_of(j, f->number[i]);
    bool own = j->part->x == j->q->of->task->data->train.x;
    rc_status status = rc_text_rows(j->q->texts, j->q->how, j->test ? 2 : own ? 0 : 1, f->n, row, &texts);
    for (int64_t i = 0; i < f->n && status == RC_OK; i++)
        rc_json_set_string(sample[i], "text", rc_texts_get(&texts, i));
    rc_texts_free(&texts);
    return status;
}

rc_status rc__worst_tell(const rc__judged *j, const rc__worst_samples *w, rc_explained *out)
{
    rc_json *sample[RC__WORST];
    const rc_form form = j->q->of->task->data->form;
    const bool several = j->q->of->task->n_more > 0;
    rc_json_set_string(out->told, "part", j->test ? "test" : "validation");
    rc_json *list = rc_json_set(out->told, "samples", rc_json_array());
    for (int64_t i = 0; i < w->n; i++) {
        sample[i] = rc_json_append(list, rc_json_object());
        rc_json_set_integer(sample[i], "number", row_of(j, w->number[i]) + 1);
        RC_TRY(tell_answer(j, w->number[i], w->output[i], sample[i]));
        if (form == RC_FORM_TABLE || several) RC_TRY(tell_row(j, w, i, sample[i]));
        if (several) tell_text_inputs(j, w->number[i], sample[i]);
        RC_TRY(tell_tokens(j, w, i, sample[i]));
    }
    return form == RC_FORM_TEXTS && j->q->texts ? tell_texts(j, w, sample) : RC_OK;
}
