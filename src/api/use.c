/* Using a finished run: eval and predict. */
#include <string.h>

#include "api/common.h"
#include "base/file.h"
#include "base/progress.h"
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
