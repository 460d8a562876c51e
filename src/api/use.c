/* Using a finished run: eval and predict; features of a backbone: embed. */
#include <string.h>

#include "api/common.h"
#include "backbones/bundle.h"
#include "base/file.h"
#include "base/progress.h"
#include "ops/ops.h"
#include "training/session.h"

enum { BATCH = 32 };

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
    RC_TRY(rc_task_attach(s->task, d));
    RC_CHECK(d->test.n > 0, RC_DATA, "%s: no x_test and y_test to evaluate on", name);
    RC_TRY(rc_evaluate(s->graph, s->model, s->task, &d->test, BATCH, NULL, NULL, &value));
    RC_TRY(rc_json_set_string(j, "run", s->directory));
    RC_TRY(rc_json_set_string(j, "data", name));
    RC_TRY(rc_json_set_string(j, "metric", s->task->metric));
    RC_TRY(rc_json_set_number(j, "test", value.metric));
    RC_TRY(rc_json_set_number(j, "test_loss", value.loss));
    return rc_json_set_integer(j, "n_test", d->test.n);
}

rc_status rc_eval(const char *run, const char *data, char **json)
{
    rc_session *s = NULL;
    rc_dataset *d = NULL;
    rc_json *j = NULL;
    char *path = NULL;
    rc_status status = rc_session_load(run, &s);
    if (status == RC_OK) status = data ? rc_strdup(data, &path) : run_data_path(run, &path);
    if (status == RC_OK) status = rc_dataset_open(path, false, &d);
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
    const int64_t *want = s->task->x_shape;
    char text[RC_SHAPE_TEXT];
    RC_CHECK(x->shape.n == 4 && x->shape.dim[1] == want[0] && x->shape.dim[2] == want[1] &&
                 x->shape.dim[3] == want[2],
             RC_SHAPE, "%s: shape %s; the run takes [N, %lld, %lld, %lld]", path,
             rc_shape_text(&x->shape, text), (long long)want[0], (long long)want[1], (long long)want[2]);
    RC_CHECK(x->shape.dim[0] > 0, RC_DATA, "%s: no samples", path);
    return RC_OK;
}

static rc_shape output_shape(const rc_session *s, int64_t n)
{
    const rc_model_spec *spec = &s->model->spec;
    if (spec->head == RC_HEAD_LINEAR) return RC_SHAPE(n, spec->outputs);
    const int64_t *o = spec->out_shape;
    return o[0] == 1 ? RC_SHAPE(n, o[1], o[2]) : RC_SHAPE(n, o[0], o[1], o[2]);
}

static rc_status predict_batch(rc_session *s, const rc_array *x, const char *path, int64_t first, int64_t n,
                               float *inputs, float *raw, float *out)
{
    const rc_task *t = s->task;
    int64_t size = t->x_shape[0] * t->x_shape[1] * t->x_shape[2], image = rc_input_size(&t->input);
    for (int64_t i = 0; i < n; i++) {
        rc_convert_to_f32(x->dtype,
                          (const char *)x->data + (size_t)((first + i) * size) * rc_dtype_size(x->dtype),
                          size, raw);
        for (int64_t k = 0; k < size; k++)
            RC_CHECK(raw[k] - raw[k] == 0, RC_DATA, "%s: sample %lld holds NaN or infinity", path,
                     (long long)(first + i));
        rc_task_prepare_x(t, raw, inputs + i * image);
    }
    rc_graph_reset(s->graph, false);
    rc_feed feed = {.x = rc_graph_input(s->graph, RC_DTYPE_F32, rc_input_shape(&t->input, n), inputs, false)};
    rc_var y = rc_model_forward(s->graph, s->model, &feed);
    RC_TRY(rc_graph_status(s->graph));
    int64_t width = rc_tensor_size(&y->value) / n;
    RC_TRY(rc_tensor_download(&y->value, out + first * width));
    for (int64_t i = first; i < first + n; i++)
        rc_task_finish_output(t, width, out + i * width);
    return RC_OK;
}

static rc_status predict_all(rc_session *s, const rc_array *x, const char *input, const char *output,
                             rc_json *j)
{
    const rc_task *t = s->task;
    RC_TRY(check_input(s, x, input));
    int64_t n = x->shape.dim[0], size = t->x_shape[0] * t->x_shape[1] * t->x_shape[2];
    int64_t image = rc_input_size(&t->input);
    rc_shape shape = output_shape(s, n);
    float *inputs = NULL, *raw = NULL, *out = NULL;
    rc_status status = RC_NEW(&inputs, BATCH * image);
    if (status == RC_OK) status = RC_NEW(&raw, size);
    if (status == RC_OK) status = RC_NEW(&out, rc_shape_size(&shape));
    for (int64_t i = 0; i < n && status == RC_OK; i += BATCH) {
        status = predict_batch(s, x, input, i, n - i < BATCH ? n - i : BATCH, inputs, raw, out);
        rc_progress_step("predict", i + BATCH < n ? i + BATCH : n, n, NULL);
    }
    if (status == RC_OK) status = rc_npy_write(output, RC_DTYPE_F32, shape, out);
    rc_free(inputs);
    rc_free(raw);
    rc_free(out);
    RC_TRY(status);
    char text[RC_SHAPE_TEXT];
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", n));
    return rc_json_set_string(j, "shape", rc_shape_text(&shape, text));
}

rc_status rc_predict(const char *run, const char *input, const char *output, char **json)
{
    rc_session *s = NULL;
    rc_array x = {0};
    rc_json *j = NULL;
    rc_status status = rc_session_load(run, &s);
    if (status == RC_OK) status = rc_npy_open(input, &x);
    if (status == RC_OK) status = rc_json_object(&j);
    if (status == RC_OK) status = predict_all(s, &x, input, output, j);
    rc_array_free(&x);
    rc_session_close(&s);
    return rc__json_result(j, status, json);
}

/* ---- embed ---- */

static rc_status model_of_bundle(const char *source, const rc_input *in, rc_model **out)
{
    rc_bundle *b;
    RC_TRY(rc_bundle_open(source, &b));
    rc_model_spec spec = {.backbone = b->backbone, .input = *in, .head = RC_HEAD_NONE};
    rc_weights weights = rc_bundle_weights(b);
    rc_status status = rc_model_create(rc_device_default(), &spec, out);
    if (status == RC_OK) {
        status = rc_model_load(*out, &weights);
        if (status != RC_OK) rc_model_destroy(out);
    }
    rc_bundle_close(&b);
    return status;
}

static rc_status embed_batch(rc_graph *g, rc_model *m, const rc_array *x, int64_t first, int64_t n, bool pool,
                             float *in, float *out)
{
    rc_shape shape = x->shape;
    shape.dim[0] = n;
    int64_t size = rc_shape_size(&shape);
    rc_convert_to_f32(x->dtype, (const char *)x->data + (size_t)(first * size / n) * rc_dtype_size(x->dtype),
                      size, in);
    rc_graph_reset(g, false);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, shape, in, false)};
    rc_var y = rc_model_body(g, m, rc_model_embed(g, m, &feed), feed.length);
    if (pool) y = rc_model_pool(g, m, y, feed.length);
    RC_TRY(rc_graph_status(g));
    return rc_tensor_download(&y->value, out + first * (rc_tensor_size(&y->value) / n));
}

static rc_status embed_all(rc_model *m, const rc_array *x, bool pool, const char *output, rc_json *j)
{
    int64_t n = x->shape.dim[0], tokens = rc_grid_tokens(&m->last), width = rc_model_features(m);
    rc_shape shape = pool ? RC_SHAPE(n, width) : RC_SHAPE(n, tokens, width);
    rc_graph *g = NULL;
    float *in = NULL, *out = NULL;
    rc_status status = rc_graph_create(m->device, &g);
    if (status == RC_OK) status = RC_NEW(&in, BATCH * (rc_array_size(x) / n));
    if (status == RC_OK) status = RC_NEW(&out, rc_shape_size(&shape));
    for (int64_t i = 0; i < n && status == RC_OK; i += BATCH)
        status = embed_batch(g, m, x, i, n - i < BATCH ? n - i : BATCH, pool, in, out);
    if (status == RC_OK) status = rc_npy_write(output, RC_DTYPE_F32, shape, out);
    rc_graph_destroy(&g);
    rc_free(in);
    rc_free(out);
    RC_TRY(status);
    char text[RC_SHAPE_TEXT];
    RC_TRY(rc_json_set_string(j, "output", output));
    RC_TRY(rc_json_set_integer(j, "n", n));
    return rc_json_set_string(j, "shape", rc_shape_text(&shape, text));
}

/* The file's samples have the form that the model is made for. */
static rc_status open_model(const char *model, const char *source, const rc_array *x, const char *input,
                            rc_model **out)
{
    char text[RC_SHAPE_TEXT];
    RC_CHECK(x->shape.n == 4 && x->shape.dim[0] >= 1, RC_SHAPE, "%s: shape %s; expected images [N, C, H, W]",
             input, rc_shape_text(&x->shape, text));
    const int64_t *dim = x->shape.dim;
    rc_input in = {.kind = RC_INPUT_IMAGE, .channels = dim[1], .height = dim[2], .width = dim[3]};
    RC_TRY(model ? rc_model_folder_open(model, rc_device_default(), &in, out)
                 : model_of_bundle(source, &in, out));
    return RC_OK;
}

rc_status rc_embed(const char *model, const char *source, const char *input, const char *output,
                   const char *pool, char **json)
{
    rc_array x;
    rc_model *m = NULL;
    rc_json *j = NULL;
    bool mean = strcmp(pool, "mean") == 0;
    RC_CHECK(!model != !source, RC_CONFIG, "give either --model or --source");
    RC_CHECK(mean || strcmp(pool, "none") == 0, RC_CONFIG, "--pool %s: a Swin has none or mean", pool);
    RC_TRY(rc_npy_open(input, &x));
    rc_status status = open_model(model, source, &x, input, &m);
    if (status == RC_OK) status = rc_json_object(&j);
    if (status == RC_OK) status = embed_all(m, &x, mean, output, j);
    rc_model_destroy(&m);
    rc_array_free(&x);
    return rc__json_result(j, status, json);
}
