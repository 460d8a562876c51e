/* The gradient of the recalibration loss in the source head, against finite differences through the whole
 * model. */
#include "check.h"

#include "source/recalibrate.h"

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

/* Texts of different lengths, on a text model: a class each, or a class for most words. */
static const rc_backbone_config text = {.kind = RC_BACKBONE_BERT,
                                        .bert = {.dialect = RC_BERT_BERT,
                                                 .vocabulary = 20,
                                                 .hidden = 8,
                                                 .blocks = 2,
                                                 .heads = 2,
                                                 .inner = 12,
                                                 .positions = 9,
                                                 .types = 2,
                                                 .padding = 0,
                                                 .eps = 1e-5}};
enum { TOKENS = 7 };

static void make_text(rc_device *device, bool words, setting *s)
{
    rc_input input = {.kind = RC_INPUT_TOKENS, .length = TOKENS};
    rc_model_spec spec = {.backbone = text, .input = input, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    OK(rc_model_create(device, &spec, &s->model));
    OK(rc_params_initialise(s->model->params, 3));
    for (int i = 0; i < rc_params_count(s->model->params); i++) {
        rc_tensor t = rc_params_value(s->model->params, i);
        if (t.shape.n > 1) enlarge(t);
    }
    rc_params_set_trainable(s->model->params, "", false);
    OK(rc_params_prepare_grads(s->model->params));
    OK(rc_graph_create(device, &s->graph));
    s->task = (rc_task){.backbone = text,
                        .layout = {.form = RC_FORM_TEXTS, .x_shape = {1, TOKENS, 1}, .input = input},
                        .target = words ? RC_TARGET_WORDS : RC_TARGET_CLASSES,
                        .y_size = words ? TOKENS : 1};
    OK(rc_batch_create(&s->task, N, &s->batch));
    s->batch.n = N;
    for (int i = 0; i < N; i++)
        for (int t = 0; t < TOKENS; t++) {
            bool there = t < 3 + i; /* the longest has 5 of 7: the batch is cut */
            s->batch.given.ids[i * TOKENS + t] = there ? 1 + (5 * i + 3 * t) % 19 : RC_NO_TOKEN;
            if (words) s->batch.label[i * TOKENS + t] = there && (i + t) % 3 ? (i + t) % CLASSES : -1;
        }
    for (int i = 0; i < N && !words; i++)
        s->batch.label[i] = i % CLASSES;
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
        s->batch.given.x[i] = (float)rc_rng_normal(&rng);
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

typedef enum kind { IMAGES, TEXTS, WORDS } kind;

static void check_device(rc_device *device, kind what)
{
    setting s = {0};
    static float weight[4096], bias[CLASSES], norm[N];
    if (what == IMAGES)
        make(device, &s);
    else
        make_text(device, what == WORDS, &s);
    REQUIRE(s.batch.n == N);
    memset(weight, 0, sizeof weight);
    memset(bias, 0, sizeof bias);
    rc_recalibration io = {.tau = 0.05, .rho = 10, .norm = norm, .grad_weight = weight, .grad_bias = bias};
    OK(rc_recalibration_batch(s.graph, s.model, &s.task, &s.batch, &io));
    for (int i = 0; i < N; i++)
        CHECK(norm[i] > io.tau);
    int64_t size = CLASSES * rc_model_features(s.model);
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

/* Plain training takes the same gradients with tau out of reach, and no norms. */
static void check_plain(rc_device *device, kind what)
{
    setting s = {0};
    static float with[4096], without[4096], bias[2][CLASSES];
    make_text(device, what == WORDS, &s);
    REQUIRE(s.batch.n == N);
    memset(with, 0, sizeof with);
    memset(without, 0, sizeof without);
    memset(bias, 0, sizeof bias);
    rc_recalibration io = {.tau = 1e9, .rho = 1, .grad_weight = with, .grad_bias = bias[0]};
    OK(rc_recalibration_batch(s.graph, s.model, &s.task, &s.batch, &io));
    rc_recalibration plain = {.plain = true, .grad_weight = without, .grad_bias = bias[1]};
    OK(rc_recalibration_batch(s.graph, s.model, &s.task, &s.batch, &plain));
    NEAR(plain.loss, io.loss, 1e-6);
    for (int64_t i = 0; i < CLASSES * rc_model_features(s.model); i++)
        NEAR(without[i], with[i], 1e-6);
    for (int i = 0; i < CLASSES; i++)
        NEAR(bias[1][i], bias[0][i], 1e-6);
    CHECK(plain.counted == (what == WORDS ? 8 : N));
    rc_batch_free(&s.batch);
    rc_graph_destroy(&s.graph);
    rc_model_destroy(&s.model);
}

/* A step in two portions, of which the shorter texts need less padding, is the step in one. */
static void check_portions(rc_device *device, kind what)
{
    setting s = {0};
    static float whole[4096], parts[4096], bias[2][CLASSES], norm[2][N];
    make_text(device, what == WORDS, &s);
    REQUIRE(s.batch.n == N);
    memset(whole, 0, sizeof whole);
    memset(parts, 0, sizeof parts);
    memset(bias, 0, sizeof bias);
    rc_recalibration io = {
        .tau = 0.05, .rho = 10, .norm = norm[0], .grad_weight = whole, .grad_bias = bias[0]};
    OK(rc_recalibration_batch(s.graph, s.model, &s.task, &s.batch, &io));
    double loss = 0;
    for (int first = 0; first < N; first += 2) {
        rc_batch b = s.batch;
        b.n = first ? N - 2 : 2;
        b.given.ids += first * TOKENS;
        b.label += first * s.task.y_size;
        rc_recalibration part = {.tau = 0.05,
                                 .rho = 10,
                                 .of = N,
                                 .norm = norm[1] + first,
                                 .grad_weight = parts,
                                 .grad_bias = bias[1]};
        OK(rc_recalibration_batch(s.graph, s.model, &s.task, &b, &part));
        loss += part.loss;
    }
    NEAR(loss, io.loss, 1e-5 * io.loss);
    for (int i = 0; i < N; i++)
        NEAR(norm[1][i], norm[0][i], 1e-5 * norm[0][i]);
    for (int64_t i = 0; i < CLASSES * rc_model_features(s.model); i++)
        NEAR(parts[i], whole[i], 1e-4);
    for (int i = 0; i < CLASSES; i++)
        NEAR(bias[1][i], bias[0][i], 1e-4);
    rc_batch_free(&s.batch);
    rc_graph_destroy(&s.graph);
    rc_model_destroy(&s.model);
}

TEST(a_step_in_portions)
{
    check_portions(rc_device_ref(), TEXTS);
    check_portions(rc_device_onednn(), WORDS);
}

TEST(on_the_reference_device)
{
    check_device(rc_device_ref(), IMAGES);
}

TEST(on_the_fast_device)
{
    check_device(rc_device_onednn(), IMAGES);
}

TEST(texts)
{
    check_device(rc_device_ref(), TEXTS);
    check_device(rc_device_onednn(), TEXTS);
}

TEST(labelled_words)
{
    check_device(rc_device_ref(), WORDS);
    check_device(rc_device_onednn(), WORDS);
}

TEST(without_penalty)
{
    check_plain(rc_device_ref(), TEXTS);
    check_plain(rc_device_onednn(), WORDS);
}

int main(void)
{
    RUN(on_the_reference_device);
    RUN(on_the_fast_device);
    RUN(texts);
    RUN(labelled_words);
    RUN(without_penalty);
    RUN(a_step_in_portions);
    return RESULT();
}
