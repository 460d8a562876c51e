/* The gradient of the recalibration loss in the source head, against finite differences through the whole
 * model. */
#include "check.h"

#include "methods/recalibrate.h"

static const rc_backbone_config tiny = {RC_BACKBONE_SWIN,
                                        {{16, 2, 3, 8, 4, 2, {2, 2}, {2, 4}, 2.0, 1e-5, true}}};
enum { N = 3, CLASSES = 4 };

typedef struct setting {
    rc_model *model;
    rc_graph *graph;
    rc_task task;
    rc_batch batch;
} setting;

static void enlarge(rc_tensor t)
{
    static float x[1 << 16];
    OK(rc_tensor_download(&t, x));
    for (int64_t i = 0; i < rc_tensor_size(&t); i++)
        x[i] *= 8;
    OK(rc_tensor_upload(&t, x));
}

static void make(rc_device *device, setting *s)
{
    rc_input input = {.kind = RC_INPUT_IMAGE, .channels = 3, .height = 16, .width = 16};
    rc_model_spec spec = {.backbone = tiny, .input = input, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    OK(rc_model_create(device, &spec, &s->model));
    OK(rc_params_initialise(s->model->params, 3));
    /* Weights large enough for gradients well above tau. */
    for (int i = 0; i < rc_params_count(s->model->params); i++) {
        rc_tensor t = rc_params_value(s->model->params, i);
        if (t.shape.n > 1) enlarge(t);
    }
    rc_params_set_trainable(s->model->params, "", false);
    OK(rc_params_prepare_grads(s->model->params));
    OK(rc_graph_create(device, &s->graph));
    s->task = (rc_task){.layout = {.x_shape = {3, 16, 16}, .input = input}, .y_size = 1};
    OK(rc_batch_create(&s->task, N, &s->batch));
    s->batch.n = N;
    rc_rng rng = rc_rng_make(5, "test", 0);
    for (int i = 0; i < N * 3 * 16 * 16; i++)
        s->batch.x[i] = (float)rc_rng_normal(&rng);
    for (int i = 0; i < N; i++)
        s->batch.label[i] = i % CLASSES;
}

static double loss_at(setting *s, int which, int64_t at, float shift)
{
    rc_tensor t = rc_params_value(s->model->params, s->model->head[which]);
    static float saved[4096], moved[4096];
    rc_recalibration io = {.tau = 0.05, .rho = 10};
    if (rc_tensor_download(&t, saved) != RC_OK) return NAN;
    memcpy(moved, saved, sizeof moved);
    moved[at] += shift;
    if (rc_tensor_upload(&t, moved) != RC_OK) return NAN;
    rc_status status = rc_recalibration_batch(s->graph, s->model, &s->task, &s->batch, &io);
    if (rc_tensor_upload(&t, saved) != RC_OK || status != RC_OK) return NAN;
    return io.loss;
}

static void check_device(rc_device *device)
{
    setting s = {0};
    static float weight[4096], bias[CLASSES], norm[N];
    make(device, &s);
    REQUIRE(s.batch.n == N);
    rc_recalibration io = {.tau = 0.05, .rho = 10, .norm = norm, .grad_weight = weight, .grad_bias = bias};
    OK(rc_recalibration_batch(s.graph, s.model, &s.task, &s.batch, &io));
    for (int i = 0; i < N; i++)
        CHECK(norm[i] > io.tau);
    int64_t size = CLASSES * rc_swin_features(&tiny.swin);
    double scale = 0;
    for (int64_t i = 0; i < size; i++)
        scale = fmax(scale, fabs((double)weight[i]));
    const float h = 2e-3f;
    for (int64_t i = 0; i < size; i += 5)
        NEAR(weight[i], (loss_at(&s, 0, i, h) - loss_at(&s, 0, i, -h)) / (2 * h), 5e-3 * scale);
    for (int64_t i = 0; i < CLASSES; i++)
        NEAR(bias[i], (loss_at(&s, 1, i, h) - loss_at(&s, 1, i, -h)) / (2 * h), 5e-3 * scale);
    rc_batch_free(&s.batch);
    rc_graph_destroy(&s.graph);
    rc_model_destroy(&s.model);
}

TEST(on_the_reference_device)
{
    check_device(rc_device_ref());
}

TEST(on_the_fast_device)
{
    check_device(rc_device_onednn());
}

int main(void)
{
    RUN(on_the_reference_device);
    RUN(on_the_fast_device);
    return RESULT();
}
