/* A task for a plain predictor in place of a model: samples as they are, only normalised, and its predictions
 * as a model's outputs, so that losses, metrics and answers are computed for both alike. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tasks/ensemble.h"

/* A labelled word is a sample of its own: its first piece, and what stands before and behind that. */
enum { BLOCK = 256, REACH = 3, WINDOW = 2 * REACH + 1 };
/* Probabilities of 0 and 1 have no finite logarithm. */
static const double MIN = 1e-6;

static rc_plain_target plain_target(const rc_task *t)
{
    static const rc_plain_target said[] = {
        [RC_SAYS_CLASSES] = RC_PLAIN_CLASSES, [RC_SAYS_LABELS] = RC_PLAIN_LABELS,
        [RC_SAYS_POINTS] = RC_PLAIN_POINTS,   [RC_SAYS_NUMBERS] = RC_PLAIN_NUMBERS,
        [RC_SAYS_RATES] = RC_PLAIN_NUMBERS,   [RC_SAYS_QUANTILES] = RC_PLAIN_QUANTILES,
        [RC_SAYS_RISKS] = RC_PLAIN_RISKS};
    bool field = t->target == RC_TARGET_DENSE && !t->point_classes;
    return field ? RC_PLAIN_FIELDS : said[rc_task_says(t)];
}

/* Every sample row by row, at its own length. */
void rc__plain_layout(rc_layout *l)
{
    l->square = l->form == RC_FORM_IMAGES;
    l->input = (rc_input){.kind = RC_INPUT_SIGNAL,
                          .channels = l->x_shape[0],
                          .length = l->x_shape[1] * l->x_shape[2],
                          .patch = 1};
}

rc_plain_form rc_task_plain_form(const rc_task *t)
{
    const rc_layout *l = &t->layout;
    const rc_shape *y = &t->y_shape;
    rc_plain_form f = {.target = plain_target(t),
                       .outputs = rc_task_width(t),
                       .ordered = rc__task_metric_target(t) == RC_METRIC_ORDERED,
                       .counts = rc_task_says(t) == RC_SAYS_RATES,
                       .quantiles = t->quantiles,
                       .point_classes = t->point_classes,
                       .form = t->n_more ? RC_FORM_TABLE : l->form, /* of several inputs one row */
                       .placed = t->target == RC_TARGET_WORDS};
    memcpy(f.quantile, t->quantile, sizeof f.quantile);
    memcpy(f.x_shape, l->x_shape, sizeof f.x_shape);
    if (t->n_more) memcpy(f.x_shape, (int64_t[]){1, rc_task_given(t), 1}, sizeof f.x_shape);
    if (f.placed) f.x_shape[1] = WINDOW;
    bool channels = y->n > rc_form_dims(l->form); /* else the field is one alone */
    for (int i = 0; i < 3; i++)
        f.y_shape[i] = 1;
    if (t->target == RC_TARGET_DENSE) memcpy(f.y_shape + !channels, y->dim, (size_t)y->n * sizeof *y->dim);
    return f;
}

/* ---- learning ---- */

typedef struct gathered {
    int64_t n;
    float *x, *y;
    int32_t *ids, *label; /* ids: of texts, in place of x */
    int64_t *group;
    double *weight;
} gathered;

static void gathered_free(gathered *a)
{
    rc_free(a->x);
    rc_free(a->y);
    rc_free(a->ids);
    rc_free(a->label);
    rc_free(a->group);
    rc_free(a->weight);
}

static rc_status gather(const rc_task *t, const rc_part *part, gathered *a)
{
    int64_t size = rc_task_given(t), tokens = rc_task_ids(t), groups, *order = NULL;
    bool classes = t->target == RC_TARGET_CLASSES;
    rc_batch b = {0};
    a->n = part->n;
    rc_status status = tokens ? RC_NEW_RAW(&a->ids, part->n * tokens) : RC_NEW_RAW(&a->x, part->n * size);
    if (status == RC_OK && classes) status = RC_NEW_RAW(&a->label, part->n);
    if (status == RC_OK && !classes) status = RC_NEW_RAW(&a->y, part->n * t->y_size);
    if (status == RC_OK) status = RC_NEW_RAW(&a->group, part->n);
    if (status == RC_OK) status = rc_part_groups(part, a->group, &groups);
    if (status == RC_OK) status = RC_NEW_RAW(&order, part->n);
    if (status == RC_OK) status = rc_batch_create(t, BLOCK, &b);
    for (int64_t i = 0; i < part->n && status == RC_OK; i++)
        order[i] = i;
    if (status == RC_OK) status = rc_part_weights(part, order, part->n, &a->weight);
    for (int64_t i = 0; i < part->n && status == RC_OK; i += BLOCK) {
        status = rc_batch_fill(&b, t, part, order + i, part->n - i < BLOCK ? part->n - i : BLOCK, NULL);
        if (status != RC_OK) break;
        if (a->x) memcpy(a->x + i * size, b.given.x, (size_t)(b.n * size) * sizeof *a->x);
        if (a->ids) memcpy(a->ids + i * tokens, b.given.ids, (size_t)(b.n * tokens) * sizeof *a->ids);
        if (classes) memcpy(a->label + i, b.label, (size_t)b.n * sizeof *a->label);
        for (int64_t k = 0; k < b.n * t->y_size && !classes; k++)
            a->y[i * t->y_size + k] = rc_batch_number(t, &b, k);
    }
    if (status == RC_OK && !classes && !t->point_classes) rc_fill_unknown(part->n, t->y_size, a->y);
    rc_batch_free(&b);
    rc_free(order);
    return status;
}

static void window_at(const int32_t *ids, int64_t length, int64_t at, int32_t *out)
{
    for (int64_t k = 0; k < WINDOW; k++) {
        int64_t i = at + k - REACH;
        out[k] = i >= 0 && i < length ? ids[i] : RC_NO_TOKEN;
    }
}

/* Words of one text are left out together. */
static void gather_text(const rc_task *t, const rc_part *part, int64_t i, int32_t *ids, int32_t *label,
                        gathered *a)
{
    rc_part_ids(part, t->data, RC_PART_X, i, ids);
    rc_part_words(part, t->data, i, label);
    for (int64_t k = 0; k < t->y_size; k++) {
        if (label[k] < 0) continue;
        window_at(ids, t->y_size, k, a->ids + a->n * WINDOW);
        a->label[a->n] = label[k];
        a->group[a->n++] = i;
    }
}

static rc_status gather_words(const rc_task *t, const rc_part *part, gathered *a)
{
    int64_t n;
    int32_t *ids = NULL, *label = NULL;
    RC_TRY(rc_task_plain_samples(t, part, &n));
    rc_status status = RC_NEW_RAW(&a->ids, n * WINDOW);
    if (status == RC_OK) status = RC_NEW_RAW(&a->label, n);
    if (status == RC_OK) status = RC_NEW_RAW(&a->group, n);
    if (status == RC_OK) status = RC_NEW_RAW(&ids, t->y_size);
    if (status == RC_OK) status = RC_NEW_RAW(&label, t->y_size);
    for (int64_t i = 0; i < part->n && status == RC_OK; i++)
        gather_text(t, part, i, ids, label, a);
    rc_free(label);
    rc_free(ids);
    return status;
}

rc_status rc_task_plain_samples(const rc_task *t, const rc_part *part, int64_t *out)
{
    int64_t *count;
    *out = part->n;
    if (t->target != RC_TARGET_WORDS) return RC_OK;
    RC_TRY(RC_NEW(&count, t->outputs));
    *out = rc_part_count_labels(part, t->data, count);
    rc_free(count);
    return RC_OK;
}

rc_status rc_task_fit_plain(rc_task *t, const char *name, const rc_part *part, uint64_t seed,
                            rc_plain_held *held)
{
    rc_plain_form form = rc_task_plain_form(t);
    rc_plain_options options = {.seed = seed};
    gathered a = {0};
    rc_plain_destroy(&t->plain);
    RC_TRY(rc_plain_check(name, &form, part->n));
    rc_status status = form.placed ? gather_words(t, part, &a) : gather(t, part, &a);
    rc_plain_samples samples = {a.n, a.x, a.label, a.y, a.group, a.weight, a.ids};
    if (status == RC_OK) status = rc_plain_fit(name, &form, &samples, &options, held, &t->plain);
    gathered_free(&a);
    return status;
}

/* ---- outputs ---- */

void rc__predictions_as_outputs(const rc_task *t, int64_t n, float *v)
{
    for (int64_t i = 0; i < n; i++) {
        double p = (double)v[i];
        switch (rc_task_says(t)) {
        case RC_SAYS_CLASSES:
        case RC_SAYS_POINTS:
            v[i] = (float)log(fmax(p, MIN));
            break;
        case RC_SAYS_LABELS:
            p = fmin(fmax(p, MIN), 1 - MIN);
            v[i] = (float)log(p / (1 - p));
            break;
        case RC_SAYS_RATES:
            v[i] = (float)log(fmax(p, (double)FLT_MIN));
            break;
        case RC_SAYS_NUMBERS:
        case RC_SAYS_QUANTILES:
        case RC_SAYS_RISKS:
            break;
        }
    }
}

/* Of texts whose words have labels, what is said of every piece. */
static rc_status say_of_pieces(const rc_task *t, int64_t n, const int32_t *ids, float *said)
{
    int32_t *window;
    RC_TRY(RC_NEW_RAW(&window, n * t->y_size * WINDOW));
    for (int64_t i = 0; i < n * t->y_size; i++)
        window_at(ids + i / t->y_size * t->y_size, t->y_size, i % t->y_size, window + i * WINDOW);
    rc_status status = rc_plain_predict_texts(t->plain, n * t->y_size, window, said);
    rc_free(window);
    return status;
}

static rc_var plain_forward(rc_graph *g, const rc_task *t, int64_t n, const rc_given *in)
{
    bool words = t->target == RC_TARGET_WORDS;
    int64_t outputs = rc_task_plain_form(t).outputs, pieces = words ? t->y_size : 1;
    rc_shape shape = words ? RC_SHAPE(n, pieces, outputs) : RC_SHAPE(n, outputs);
    float *said;
    rc_var output = NULL;
    rc_status status = RC_NEW_RAW(&said, n * pieces * outputs);
    if (status == RC_OK)
        status = words ? say_of_pieces(t, n, in->ids, said)
                 : rc_plain_form_of(t->plain)->form == RC_FORM_TEXTS
                     ? rc_plain_predict_texts(t->plain, n, in->ids, said)
                     : rc_plain_predict(t->plain, n, in->x, said);
    if (status == RC_OK) {
        rc__predictions_as_outputs(t, n * pieces * outputs, said);
        output = rc_graph_input(g, RC_DTYPE_F32, shape, said, false);
    } else {
        (void)rc_graph_fail(g, status);
    }
    rc_free(said);
    return output;
}

rc_var rc_task_outputs(rc_graph *g, rc_model *m, const rc_task *t, const rc_feed *feed)
{
    return t->averages ? rc__turns_forward(g, m, t, feed) : rc_model_forward(g, m, feed);
}

rc_var rc_task_forward(rc_graph *g, rc_model *m, const rc_task *t, int64_t n, const rc_given *in)
{
    if (t->ensemble) return rc__ensemble_forward(g, t, n, in->x);
    if (t->plain) return plain_forward(g, t, n, in);
    rc_feed feed = rc_task_feed(g, t, n, in);
    return rc_task_outputs(g, m, t, &feed);
}

/* ---- files ---- */

static const char PREFIX[] = "plain.";

rc_status rc__task_store_plain(const rc_task *t, rc_safetensors_writer *w, rc_json *out)
{
    const rc_plain_array *array;
    rc_json_set_string(out, "plain", rc_plain_name_of(t->plain));
    rc_json_set_integer(out, "outputs", t->outputs);
    for (int i = 0, n = rc_plain_arrays(t->plain, &array); i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", PREFIX, array[i].name);
        RC_TRY(rc_safetensors_writer_add(w, name, array[i].dtype, array[i].shape, array[i].data));
    }
    return RC_OK;
}

rc_status rc__task_restore_plain(rc_task *t, const rc_safetensors *file, const rc_json *json,
                                 const char *source)
{
    rc_plain_form form = rc_task_plain_form(t);
    rc_plain_array *array;
    int n = 0;
    RC_TRY(RC_NEW(&array, rc_safetensors_count(file)));
    for (int i = 0; i < rc_safetensors_count(file); i++) {
        rc_safetensors_entry e = rc_safetensors_get(file, i);
        if (strncmp(e.name, PREFIX, sizeof PREFIX - 1) != 0) continue;
        rc_plain_array *a = &array[n++];
        *a = (rc_plain_array){.dtype = e.dtype, .shape = e.shape, .data = (void *)(uintptr_t)e.data};
        snprintf(a->name, sizeof a->name, "%s", e.name + sizeof PREFIX - 1);
    }
    rc_status status = rc_plain_restore(rc_json_string(json, "plain", ""), &form, n, array, &t->plain);
    rc_free(array);
    return status == RC_OK ? RC_OK : rc_fail_context(RC_FORMAT, "%s", source);
}
