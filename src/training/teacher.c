#include "training/teacher.h"

#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "tasks/ensemble.h"

int64_t rc_teacher_says(const rc_trained *t)
{
    if (t->task->target == RC_TARGET_WORDS) return t->task->y_size * t->task->outputs;
    return rc_task_width(t->task);
}

int64_t rc_teacher_features(const rc_trained *t)
{
    return t->model ? rc_model_features(t->model) : 0;
}

/* Outputs of tokens are as many as the longest text of the batch has. */
static rc_status take_said(const rc_trained *t, const rc_tensor *output, int64_t n, float *said)
{
    int64_t all = rc_teacher_says(t), each = rc_tensor_size(output) / n;
    const void *host;
    RC_CHECK(each <= all, RC_SHAPE, "the teacher says %lld numbers of a sample, and its target has %lld",
             (long long)each, (long long)all);
    RC_TRY(rc_tensor_map_read(output, &host));
    for (int64_t i = 0; i < n; i++) {
        memcpy(said + i * all, (const float *)host + i * each, (size_t)each * sizeof(float));
        memset(said + i * all + each, 0, (size_t)(all - each) * sizeof(float));
    }
    rc_tensor_unmap(output, host);
    return RC_OK;
}

rc_status rc_teacher_ask(rc_trained *t, const rc_batch *b, bool watch, float *said, float *read)
{
    rc_graph *g = t->graph;
    rc_var output, features = NULL;
    rc_graph_reset(g, false);
    if (t->model && (read || watch)) {
        rc_feed feed = rc_task_feed(g, t->task, b->n, &b->given);
        bool averages = t->task->averages;
        output = averages ? rc_task_outputs(g, t->model, t->task, &feed) : NULL;
        if (watch) rc_graph_watch(g); /* not before: a mean over poses has read the sample in others, too */
        rc_var tokens = rc_model_body(g, t->model, rc_model_embed(g, t->model, &feed), &feed);
        features = read ? rc_model_pool(g, t->model, tokens, &feed) : NULL;
        rc_graph_keep(features);
        if (!averages) output = rc_model_head(g, t->model, tokens, &feed);
    } else {
        output = rc_task_forward(g, t->model, t->task, b->n, &b->given);
    }
    RC_TRY(rc_graph_status(g));
    RC_TRY(take_said(t, &output->value, b->n, said));
    return features ? rc_tensor_download(&features->value, read) : RC_OK;
}

/* ---- side by side ---- */

typedef struct side {
    rc_graph *graph;
    rc_model *model;
    rc_task *task;
    double valid, test;
} side;

/* By the metric of the run, whatever the teacher's own was; of what has none it stays NaN. */
static rc_status score(const side *a, rc_metric_id metric, const rc_part *part, int64_t batch, double *out)
{
    rc_score value;
    rc_task by = *a->task;
    by.metric = rc_metric_find(metric, rc__task_metric_target(&by));
    *out = NAN;
    if (part->n == 0 || !by.metric) return RC_OK;
    rc_status status = rc_evaluate(a->graph, a->model, &by, part, batch, NULL, NULL, &value);
    if (status == RC_OK) *out = value.metric;
    return status == RC_DATA || status == RC_NUMERIC ? RC_OK : status; /* as of the run itself: no score */
}

/* Least milliseconds that an answer takes, of n samples asked at once. */
static rc_status time_answers(const side *a, const rc_part *part, int64_t n, double *ms)
{
    static const double ENOUGH = 0.1; /* seconds */
    enum { MIN_PASSES = 3 };
    rc_batch b;
    int64_t *order;
    double min = INFINITY, began = rc_clock();
    RC_TRY(RC_NEW(&order, n));
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    rc_status status = rc_batch_create(a->task, n, &b);
    if (status == RC_OK) status = rc_batch_fill(&b, a->task, part, order, n, NULL);
    for (int i = 0; status == RC_OK && (i < MIN_PASSES || rc_clock() - began < ENOUGH); i++) {
        double at = rc_clock();
        rc_graph_reset(a->graph, false);
        rc_var said = rc_task_forward(a->graph, a->model, a->task, n, &b.given);
        status = rc_graph_status(a->graph);
        if (status == RC_OK) status = rc_tensor_wait(&said->value);
        min = fmin(min, rc_clock() - at);
    }
    rc_batch_free(&b);
    rc_free(order);
    *ms = 1000 * min / (double)n;
    return status;
}

/* Of the model file: adapters are merged into it by now. */
static int64_t parameters(const side *a)
{
    if (a->task->ensemble) return rc_ensemble_parameters(a->task->ensemble);
    return a->model ? rc_model_numbers(a->model, 0, RC_PART_ADAPTERS) : 0;
}

/* That these take; codes of 8 bits have a scale for each row, and beside them floats have 16 bits. */
static int64_t bytes_of(const side *a, int64_t n)
{
    const int64_t each = sizeof(float);
    int64_t bytes = n * each;
    for (int i = 0; a->model && i < a->model->first[RC_PART_ADAPTERS]; i++) {
        const rc_param *p = rc_params_get(a->model->params, i);
        if (p->int8) bytes -= p->size * (each - 1) - p->shape.dim[0] * each;
        if (!p->int8 && p->half && a->model->spec.int8) bytes -= p->size * each / 2;
    }
    return bytes;
}

static rc_status describe(const side *a, const rc_part *part, int64_t batch, rc_json *j)
{
    double alone, together;
    int64_t n = parameters(a);
    batch = part->n < batch ? part->n : batch;
    RC_TRY(time_answers(a, part, 1, &alone));
    RC_TRY(time_answers(a, part, batch, &together));
    rc_json_set_number(j, "valid", a->valid);
    rc_json_set_number(j, "test", a->test);
    if (n > 0) rc_json_set_integer(j, "parameters", n);
    if (n > 0) rc_json_set_number(j, "mb", (double)bytes_of(a, n) / 1e6);
    rc_json_set_number(j, "ms", alone);
    rc_json_set_integer(j, "batch", batch);
    rc_json_set_number(j, "ms_in_batch", together);
    return RC_OK;
}

static rc_status add_side(const side *a, const rc_session *s, const char *name, rc_json *to)
{
    rc_json *j = rc_json_set(to, name, rc_json_object());
    return describe(a, &a->task->data->train, s->config.fit.batch, j);
}

static const char held_out[] =
    "the validation part is held out by the seed: a source, or a teacher of another seed, may "
    "have learnt from its samples, "
    "and its validation score is then too good";

static const char own_data[] = "teacher and student know data of different kinds: each is scored on its own";

rc_status rc_teacher_add(rc_session *s, double valid, double test, rc_json *result)
{
    rc_trained *t = s->teacher;
    const rc_dataset *d = s->task->data, *own = t->task->data; /* the same, where there are pairs */
    side teacher = {t->graph, t->model, t->task, NAN, NAN},
         student = {s->graph, s->model, s->task, valid, test};
    RC_TRY(score(&teacher, s->task->metric->id, &own->valid, t->batch, &teacher.valid));
    if (s->config.fit.test) RC_TRY(score(&teacher, s->task->metric->id, &own->test, t->batch, &teacher.test));
    rc_json *j = rc_json_set(result, "distillation", rc_json_object());
    if (d != own) rc_json_set_string(j, "note", own_data);
    if (d == own && d->valid.n > 0 && d->valid.x == d->train.x) rc_json_set_string(j, "note", held_out);
    RC_TRY(add_side(&teacher, s, "teacher", j));
    return add_side(&student, s, "student", j);
}
