/* Using a finished run: eval, predict, and the features of its model. */
#include <math.h>
#include <string.h>

#include "api/common.h"
#include "api/predict_words.h"
#include "api/text.h"
#include "base/file.h"
#include "base/progress.h"
#include "training/session.h"

/* ---- eval ---- */

static rc_status run_data_path(const char *run, char **out)
{
    char path[RC_SESSION_PATH];
    rc_json *j;
    RC_TRY(rc_path_join(run, "run.json", sizeof path, path));
    RC_TRY(rc_json_read(path, &j));
    const char *data = rc_json_string(j, "data", NULL);
    rc_status status = data ? rc_strdup(data, out) : rc_fail(RC_FORMAT, "%s: \"data\" is missing", path);
    rc_json_free(&j);
    return status;
}

static rc_status score(rc_session *s, rc_dataset *d, const char *name, rc_json *j)
{
    rc_score value;
    rc_json *usual = NULL, *by_group = NULL;
    RC_TRY(rc_task_attach(s->task, d));
    RC_CHECK(d->test.n > 0, RC_DATA, "%s: no x_test and y_test to evaluate on", name);
    RC_TRY(rc_json_set_string(j, "run", s->directory));
    RC_TRY(rc_json_set_string(j, "data", name));
    RC_TRY(rc_json_set_texts(j, "notes", rc_dataset_notes(d)));
    RC_TRY(rc_json_set_string(j, "metric", s->task->metric));
    rc_status status = rc_json_object(&usual);
    if (status == RC_OK) status = rc_json_object(&by_group);
    if (status == RC_OK)
        status = rc_evaluate_metrics(s->graph, s->model, s->task, &d->test, s->config.fit.batch, &value,
                                     usual, by_group);
    if (status == RC_OK) status = rc_json_set_number(j, "test", value.metric);
    if (status == RC_OK) status = rc_json_set_number(j, "test_loss", value.loss);
    if (status == RC_OK) status = rc_json_set_integer(j, "n_test", d->test.n);
    if (status == RC_OK) {
        status = rc_json_set(j, "metrics", usual);
        usual = NULL;
    }
    if (status == RC_OK && rc_json_get(by_group, "groups")) {
        status = rc_json_set(j, "by_group", by_group);
        by_group = NULL;
    }
    rc_json_free(&usual);
    rc_json_free(&by_group);
    return status;
}

/* Texts are read as the run read its own: with its settings and its tokenizer, and as long. */
static rc_status open_data(const rc_session *s, const char *path, rc_dataset **out)
{
    const rc_task *t = s->task;
    char file[RC_SESSION_PATH];
    rc_config c;
    if (!t->tokenizer) return rc_dataset_open(path, t->fills_missing ? RC_DATASET_MISSING : 0, out);
    rc_config_defaults(&c);
    RC_TRY(rc_path_join(s->directory, "config.yaml", sizeof file, file));
    RC_TRY(rc_config_read(&c, file));
    return rc__text_data(&c, path, t->tokenizer, &t->backbone, t->layout.input.length, out);
}

rc_status rc_eval(const char *run, const char *data, char **json)
{
    rc_session *s = NULL;
    rc_dataset *d = NULL;
    rc_json *j = NULL;
    char *path = NULL;
    rc_status status = rc_session_load(run, &s);
    if (status == RC_OK) status = data ? rc_strdup(data, &path) : run_data_path(run, &path);
    if (status == RC_OK) status = open_data(s, path, &d);
    if (status == RC_OK) status = rc_json_object(&j);
    if (status == RC_OK) status = score(s, d, path, j);
    rc_dataset_close(&d);
    rc_session_close(&s);
    rc_free(path);
    return rc__json_result(j, status, json);
}

/* ---- predict ---- */

static rc_status check_input(const rc_session *s, const rc_array *x, const char *path)
{
    const rc_layout *l = &s->task->layout;
    char text[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    RC_CHECK(rc_layout_accepts(l, &x->shape), RC_SHAPE, "%s: shape %s; the run takes %s", path,
             rc_shape_text(&x->shape, text), rc_layout_text(l, want));
    RC_CHECK(x->shape.dim[0] > 0, RC_DATA, "%s: no samples", path);
    return RC_OK;
}

static rc_shape output_shape(const rc_session *s, int64_t n)
{
    const rc_task *t = s->task;
    if (t->target != RC_TARGET_DENSE) return RC_SHAPE(n, t->outputs);
    rc_shape shape = {.n = t->y_shape.n + 1, .dim = {n}};
    memcpy(shape.dim + 1, t->y_shape.dim, (size_t)t->y_shape.n * sizeof *shape.dim);
    return shape;
}

static rc_shape feature_shape(const rc_session *s, int64_t n, bool pooled)
{
    int64_t width = rc_model_features(s->model);
    return pooled ? RC_SHAPE(n, width) : RC_SHAPE(n, rc_grid_tokens(&s->model->last), width);
}

/* Host memory for a batch of samples on their way into the model. */
typedef struct inputs {
    float *x, *raw;
} inputs;

static rc_status inputs_create(const rc_session *s, inputs *out)
{
    const rc_layout *l = &s->task->layout;
    *out = (inputs){0};
    RC_TRY(RC_NEW(&out->x, s->config.fit.batch * rc_input_size(&l->input)));
    return RC_NEW(&out->raw, rc_layout_room(l));
}

static void inputs_free(inputs *in)
{
    rc_free(in->x);
    rc_free(in->raw);
}

/* Samples first.. of the array, as the model is given them, and a graph without recording. */
static rc_status take_batch(rc_session *s, const rc_array *x, const char *path, int64_t first, int64_t n,
                            inputs *in)
{
    const rc_task *t = s->task;
    int64_t size = rc_layout_size(&t->layout), given = rc_input_size(&t->layout.input);
    for (int64_t i = 0; i < n; i++) {
        const char *from = (const char *)x->data + (size_t)((first + i) * size) * rc_dtype_size(x->dtype);
        rc_convert_to_f32(x->dtype, from, size, in->raw);
        for (int64_t k = 0; k < size; k++)
            RC_CHECK(isfinite(in->raw[k]) || (isnan(in->raw[k]) && t->fills_missing), RC_DATA,
                     "%s: sample %lld holds %s", path, (long long)(first + i),
                     isnan(in->raw[k]) ? "NaN, and the run was made without data.missing=mean"
                                       : "an infinity");
        rc_task_prepare_x(t, in->raw, in->x + i * given);
    }
    rc_graph_reset(s->graph, false);
    return RC_OK;
}

static rc_status predict_batch(rc_session *s, const rc_array *x, const char *path, int64_t first, int64_t n,
                               inputs *in, float *out)
{
    RC_TRY(take_batch(s, x, path, first, n, in));
    rc_var y = rc_task_forward(s->graph, s->model, s->task, n, in->x);
    RC_TRY(rc_graph_status(s->graph));
    int64_t width = rc_tensor_size(&y->value) / n;
    RC_TRY(rc_tensor_download(&y->value, out + first * width));
    for (int64_t i = first; i < first + n; i++)
        rc_task_finish_output(s->task, width, out + i * width);
    return RC_OK;
}

/* The last hidden state of a run's model, or its mean over tokens. */
static rc_status features_batch(rc_session *s, const rc_array *x, const char *path, int64_t first, int64_t n,
                                bool pool, inputs *in, float *out)
{
    RC_TRY(take_batch(s, x, path, first, n, in));
    rc_feed feed = rc_task_feed(s->graph, s->task, n, in->x);
    rc_var y = rc_model_body(s->graph, s->model, rc_model_embed(s->graph, s->model, &feed), feed.length);
    if (pool) y = rc_model_pool(s->graph, s->model, y, feed.length);
    RC_TRY(rc_graph_status(s->graph));
    return rc_tensor_download(&y->value, out + first * (rc_tensor_size(&y->value) / n));
}

static rc_status tell_output(const char *output, const rc_shape *shape, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", shape->dim[0]));
    return rc_json_set_string(j, "shape", rc_shape_text(shape, text));
}

typedef enum wanted { PREDICTIONS, POOLED, TOKENS } wanted;

static rc_status use_all(rc_session *s, const rc_array *x, const char *input, const char *output, wanted what,
                         rc_json *j)
{
    RC_TRY(check_input(s, x, input));
    int64_t n = x->shape.dim[0], batch = s->config.fit.batch;
    rc_shape shape = what == PREDICTIONS ? output_shape(s, n) : feature_shape(s, n, what == POOLED);
    inputs in;
    float *out = NULL;
    rc_status status = inputs_create(s, &in);
    if (status == RC_OK) status = RC_NEW(&out, rc_shape_size(&shape));
    for (int64_t i = 0; i < n && status == RC_OK; i += batch) {
        int64_t count = n - i < batch ? n - i : batch;
        status = what == PREDICTIONS ? predict_batch(s, x, input, i, count, &in, out)
                                     : features_batch(s, x, input, i, count, what == POOLED, &in, out);
        rc_progress_step(what == PREDICTIONS ? "predict" : "embed", i + count, n, NULL);
    }
    if (status == RC_OK) status = rc_npy_write(output, RC_DTYPE_F32, shape, out);
    inputs_free(&in);
    rc_free(out);
    return status == RC_OK ? tell_output(output, &shape, j) : status;
}

/* .npy; for a run on texts any other file is lines of text. */
static rc_status open_input(const rc_session *s, const char *input, rc_array *x)
{
    const rc_task *t = s->task;
    if (!t->tokenizer) return rc_npy_open(input, x);
    if (rc_path_has_suffix(input, ".npy")) return rc__text_ids(input, &t->backbone, x);
    return rc__text_lines(t->tokenizer, input, 0, t->layout.input.length, x);
}

static rc_status use_run(const char *run, const char *input, const char *output, wanted what, char **json)
{
    rc_session *s = NULL;
    rc_array x = {0};
    rc_json *j = NULL;
    rc_status status = rc_session_load(run, &s);
    if (status == RC_OK && what != PREDICTIONS && !s->model)
        status = rc_fail(RC_UNSUPPORTED, "%s: a plain predictor (%s) has no features to give", run,
                         rc_plain_name_of(s->task->plain));
    if (status == RC_OK && what == TOKENS && s->task->tokenizer)
        status = rc_fail(RC_UNSUPPORTED, "--pool none with --run is not for runs on texts; choose mean");
    bool words = status == RC_OK && what == PREDICTIONS && s->task->of_words;
    if (status == RC_OK) status = rc_json_object(&j);
    if (status == RC_OK && words) status = rc__predict_words(s, input, output, j);
    if (status == RC_OK && !words) status = open_input(s, input, &x);
    if (status == RC_OK && !words) status = use_all(s, &x, input, output, what, j);
    rc_array_free(&x);
    rc_session_close(&s);
    return rc__json_result(j, status, json);
}

rc_status rc_predict(const char *run, const char *input, const char *output, char **json)
{
    return use_run(run, input, output, PREDICTIONS, json);
}

rc_status rc_embed_run(const char *run, const char *input, const char *output, const char *pool, char **json)
{
    bool mean = strcmp(pool, "mean") == 0;
    RC_CHECK(mean || strcmp(pool, "none") == 0, RC_CONFIG, "--pool %s: with --run it is none or mean", pool);
    return use_run(run, input, output, mean ? POOLED : TOKENS, json);
}
