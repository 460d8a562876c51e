/* The test part, read once: its score, and what the report shows of it. */
#include "training/examples.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { EXAMPLES = 4, MAX_CLASSES = 1000, MAX_OUTPUTS = 1 << 19 };

typedef struct examples {
    const rc_task *task;
    int64_t n, field; /* kept dense samples: the first ones, then the worst of the others; numbers of a field
                         (first output channel) */
    float *input, *truth, *prediction;
    int32_t row[2 * EXAMPLES];
    float error[2 * EXAMPLES]; /* |error| / |truth| of the whole target */
    float *whole;              /* [2, y_size]: a target and its prediction */
    int64_t classes;
    int32_t *confusion;     /* [truth, prediction] */
    float *said;            /* [outputs], of one sample, as a user is given it */
    int64_t kept, width;    /* test samples of which it is kept */
    float *output, *target; /* [kept, width], [kept, y_size]; target: labels and numbers */
    int32_t *label;         /* [kept]: classes */
} examples;

/* Sample `at` of the part, i of the batch. */
static void keep_output(examples *e, int64_t at, const rc_batch *b, int64_t i, const float *output)
{
    const rc_task *t = e->task;
    size_t bytes = (size_t)t->outputs * sizeof *output;
    memcpy(e->said, output, bytes);
    rc_task_finish_output(t, t->outputs, e->said);
    if (e->confusion) e->confusion[b->label[i] * e->classes + rc_task_decide(t, e->said)]++;
    if (at >= e->kept) return;
    memcpy(e->output + at * e->width, e->said, bytes);
    if (e->label)
        e->label[at] = b->label[i];
    else
        rc_part_read(&t->data->test, t->data, RC_PART_Y, at, e->target + at * t->y_size);
}

static double relative_error(int64_t n, const float *truth, const float *said)
{
    double off = 0, size = 0;
    for (int64_t k = 0; k < n; k++) {
        if (isnan(truth[k])) continue;
        off += ((double)said[k] - (double)truth[k]) * ((double)said[k] - (double)truth[k]);
        size += (double)truth[k] * (double)truth[k];
    }
    return sqrt(off / fmax(size, 1e-30));
}

/* Classes take the place of their probabilities. Returns the share of points that are wrong. */
static double decide_points(const rc_task *t, float *truth, float *said)
{
    int64_t wrong = 0, known = 0;
    for (int64_t k = 0; k < t->y_size; k++) {
        said[k] = (float)rc_decide_point(said, t->point_classes, t->y_size, k);
        known += truth[k] >= 0;
        wrong += truth[k] >= 0 && said[k] != truth[k];
        if (truth[k] < 0) truth[k] = NAN;
    }
    return known > 0 ? (double)wrong / (double)known : 0;
}

/* Where a sample is kept; -1: it is neither one of the first nor worse than those that are. */
static int64_t place_of(examples *e, double error)
{
    int64_t best = EXAMPLES;
    if (e->n < 2 * EXAMPLES) return e->n++;
    for (int64_t k = EXAMPLES; k < e->n; k++)
        if (e->error[k] < e->error[best]) best = k;
    return error > (double)e->error[best] ? best : -1;
}

static void keep_field(examples *e, int64_t at, const float *output)
{
    const rc_task *t = e->task;
    float *truth = e->whole, *said = truth + t->y_size;
    size_t bytes = (size_t)e->field * sizeof *truth;
    rc_part_read(&t->data->test, t->data, RC_PART_Y, at, truth);
    memcpy(said, output, (size_t)rc_task_width(t) * sizeof *said);
    rc_task_finish_output(t, rc_task_width(t), said);
    double error = t->point_classes ? decide_points(t, truth, said) : relative_error(t->y_size, truth, said);
    int64_t k = place_of(e, error);
    if (k < 0) return;
    e->row[k] = (int32_t)at;
    e->error[k] = (float)error;
    rc_part_read(&t->data->test, t->data, RC_PART_X, at, e->input + k * rc_layout_size(&t->layout));
    memcpy(e->truth + k * e->field, truth, bytes);
    memcpy(e->prediction + k * e->field, said, bytes);
}

static rc_status visit(void *context, int64_t first, const rc_batch *b, const float *output)
{
    examples *e = context;
    const rc_task *t = e->task;
    for (int64_t i = 0; i < b->n && (e->confusion || first + i < e->kept); i++)
        keep_output(e, first + i, b, i, output + i * t->outputs);
    for (int64_t i = 0; i < b->n && e->whole; i++)
        keep_field(e, first + i, output + i * rc_task_width(t));
    return rc_dataset_status(t->data);
}

/* Rows and columns of a dense target; a sequence is a picture of one row here. */
static rc_shape field_of(const rc_task *t)
{
    const rc_shape *y = &t->y_shape;
    return RC_SHAPE(t->layout.form == RC_FORM_IMAGES ? y->dim[y->n - 2] : 1, y->dim[y->n - 1]);
}

/* Words are many, and the report tells of their classes alone. */
static rc_status prepare_outputs(const rc_task *t, examples *e)
{
    int64_t n = t->data->test.n, max = MAX_OUTPUTS / t->outputs;
    if (t->target == RC_TARGET_WORDS || t->target == RC_TARGET_DENSE) return RC_OK;
    e->width = t->outputs;
    e->kept = n < max ? n : max;
    RC_TRY(RC_NEW(&e->output, e->kept * e->width));
    if (t->target == RC_TARGET_CLASSES) return RC_NEW(&e->label, e->kept);
    return RC_NEW(&e->target, e->kept * t->y_size);
}

static rc_status prepare(const rc_session *s, examples *e)
{
    const rc_task *t = s->task;
    e->task = t;
    RC_TRY(RC_NEW(&e->said, t->outputs));
    RC_TRY(prepare_outputs(t, e));
    if (rc_target_is_class(t->target) && t->outputs <= MAX_CLASSES) {
        e->classes = t->outputs;
        return RC_NEW(&e->confusion, e->classes * e->classes);
    }
    if (t->target != RC_TARGET_DENSE) return RC_OK;
    int64_t room = t->data->test.n < 2 * EXAMPLES ? t->data->test.n : 2 * EXAMPLES;
    rc_shape field = field_of(t);
    e->field = rc_shape_size(&field);
    RC_TRY(RC_NEW(&e->input, room * rc_layout_size(&t->layout)));
    RC_TRY(RC_NEW(&e->truth, room * e->field));
    RC_TRY(RC_NEW(&e->prediction, room * e->field));
    return RC_NEW(&e->whole, t->y_size + rc_task_width(t));
}

static rc_status add_names(const rc_dataset *d, rc_safetensors_writer *w)
{
    if (d->classes == 0 || !rc_dataset_label_names(d)) return RC_OK;
    rc_json *list = rc_json_array();
    for (int64_t k = 0; k < d->classes; k++)
        rc_json_append_string(list, rc_dataset_label_name(d, k));
    rc_status status = rc_safetensors_writer_metadata_json(w, "label_names", list);
    rc_json_free(&list);
    return status;
}

static rc_status add_quantiles(const rc_task *t, rc_safetensors_writer *w)
{
    rc_json *list = rc_json_array();
    for (int64_t q = 0; q < t->quantiles; q++)
        rc_json_append_number(list, t->quantile[q]);
    rc_status status = rc_safetensors_writer_metadata_json(w, "quantiles", list);
    rc_json_free(&list);
    return status;
}

static rc_status add_outputs(const examples *e, rc_safetensors_writer *w)
{
    const rc_task *t = e->task;
    if (e->kept == 0) return RC_OK;
    RC_TRY(rc_safetensors_writer_add(w, "test_output", RC_DTYPE_F32, RC_SHAPE(e->kept, e->width), e->output));
    if (t->quantiles) RC_TRY(add_quantiles(t, w));
    if (rc_task_says(t) == RC_SAYS_RISKS) rc_safetensors_writer_metadata(w, "test_output", "risk");
    if (e->label)
        return rc_safetensors_writer_add(w, "test_label", RC_DTYPE_I32, RC_SHAPE(e->kept), e->label);
    return rc_safetensors_writer_add(w, "test_target", RC_DTYPE_F32, RC_SHAPE(e->kept, t->y_size), e->target);
}

static rc_status save_examples(rc_session *s, const examples *e, rc_safetensors_writer *w)
{
    RC_TRY(add_names(s->task->data, w));
    RC_TRY(add_outputs(e, w));
    const rc_layout *l = &s->task->layout;
    const int64_t *x = l->x_shape;
    bool images = l->form == RC_FORM_IMAGES;
    if (e->confusion)
        RC_TRY(rc_safetensors_writer_add(w, "confusion", RC_DTYPE_I32, RC_SHAPE(e->classes, e->classes),
                                         e->confusion));
    if (e->n > 0) {
        rc_shape one = field_of(s->task), field = RC_SHAPE(e->n, one.dim[0], one.dim[1]);
        rc_shape input = RC_SHAPE(e->n, x[0], images ? x[1] : 1, images ? x[2] : x[1]);
        RC_TRY(rc_safetensors_writer_add(w, "input", RC_DTYPE_F32, input, e->input));
        RC_TRY(rc_safetensors_writer_add(w, "truth", RC_DTYPE_F32, field, e->truth));
        RC_TRY(rc_safetensors_writer_add(w, "prediction", RC_DTYPE_F32, field, e->prediction));
        RC_TRY(rc_safetensors_writer_add(w, "example_row", RC_DTYPE_I32, RC_SHAPE(e->n), e->row));
        RC_TRY(rc_safetensors_writer_add(w, "example_error", RC_DTYPE_F32, RC_SHAPE(e->n), e->error));
    }
    if (s->task->point_classes) rc_safetensors_writer_metadata(w, "example_error", "wrong points");
    if (!e->confusion && e->n == 0 && e->kept == 0) return RC_OK;
    return rc_session_keep(s, "examples.safetensors", w);
}

rc_status rc_score_test(rc_session *s, rc_score *score, double interval[2])
{
    examples e = {0};
    rc_safetensors_writer *w = NULL;
    rc_status status = prepare(s, &e);
    if (status == RC_OK)
        status =
            rc_evaluate_all(s->graph, s->model, s->task, &s->task->data->test, s->config.fit.batch,
                            &(rc_evaluation){.visit = visit, .context = &e, .interval = interval}, score);
    if (status == RC_OK) status = rc_safetensors_writer_create(&w);
    if (status == RC_OK) status = save_examples(s, &e, w);
    rc_safetensors_writer_destroy(&w);
    rc_free(e.input);
    rc_free(e.truth);
    rc_free(e.prediction);
    rc_free(e.whole);
    rc_free(e.confusion);
    rc_free(e.said);
    rc_free(e.output);
    rc_free(e.target);
    rc_free(e.label);
    return status;
}
