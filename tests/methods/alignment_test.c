/* Feature-label distortion through a whole model: the two passes in small batches give the gradient of one
 * graph over the whole set; and the gap between a source and a target. */
#include "check.h"

#include <unistd.h>

#include "base/rng.h"
#include "methods/gap.h"
#include "ops/ops.h"

static const rc_backbone_config tiny = {RC_BACKBONE_SWIN,
                                        {{16, 2, 3, 8, 4, 2, {2, 2}, {2, 4}, 2.0, 1e-5, true}}};
enum {
    N = 23,
    UNLABELLED = 6,
    CLASSES = 4,
    FEWER = 3,
    TARGETS = 3,
    FEATURES = 60,
    PIXELS = 3 * 16 * 16,
    MAX = 1 << 16
};

static char folder[] = "/tmp/recraft_alignment_XXXXXX";
static char path_x[64], path_y[64], path_u[64], path_bundle[64], path_twins[64], path_pair[64],
    path_more[2][64];
static const char *source_path = path_bundle; /* of the scenes to come */
enum { POINTS = 20 };

typedef struct scene {
    rc_config c;
    rc_dataset *data;
    rc_bundle *source;
    rc_task *task;
    rc_model *model;
    rc_graph *graph;
    rc_alignment view;
} scene;

static rc_status write_data(void)
{
    static float x[N * PIXELS];
    int64_t y[N];
    rc_rng rng = rc_rng_make(5, "test", 0);
    for (int i = 0; i < N; i++) {
        y[i] = i % TARGETS;
        for (int k = 0; k < PIXELS; k++)
            x[i * PIXELS + k] = (float)(rc_rng_normal(&rng) + 0.5 * (double)y[i]);
    }
    RC_TRY(rc_npy_write(path_x, RC_DTYPE_F32, RC_SHAPE(N, 3, 16, 16), x));
    RC_TRY(rc_npy_write(path_u, RC_DTYPE_F32, RC_SHAPE(UNLABELLED, 3, 16, 16), x + 7 * PIXELS));
    return rc_npy_write(path_y, RC_DTYPE_I64, RC_SHAPE(N), y);
}

/* A second input, which sample 3 lacks, while sample 5 lacks the first. */
static rc_status write_more(void)
{
    static float more[N * POINTS], x[N * PIXELS];
    rc_array first = {0};
    rc_rng rng = rc_rng_make(7, "test", 0);
    for (int i = 0; i < N * POINTS; i++)
        more[i] = i / POINTS == 3 ? NAN : (float)rc_rng_normal(&rng);
    RC_TRY(rc_npy_write(path_more[0], RC_DTYPE_F32, RC_SHAPE(N, 1, POINTS), more));
    RC_TRY(rc_npy_write(path_more[1], RC_DTYPE_F32, RC_SHAPE(UNLABELLED, 1, POINTS), more + 7 * POINTS));
    RC_TRY(rc_npy_open(path_x, &first));
    memcpy(x, first.data, sizeof x);
    rc_array_free(&first);
    for (int k = 0; k < PIXELS; k++)
        x[5 * PIXELS + k] = NAN;
    return rc_npy_write(path_x, RC_DTYPE_F32, RC_SHAPE(N, 3, 16, 16), x);
}

/* A card for each of two sets; of the first as it is alone. */
#define CARD                                                                                   \
    "{\"data\": \"one\", \"before_recalibration\": {\"accuracy\": 0.875, \"loss\": 0.25, "     \
    "\"gradient_norm_q95\": 3}, \"after_recalibration\": {\"accuracy\": 0.75, \"loss\": 0.5, " \
    "\"gradient_norm_q95\": 2}}"
static const char card_of_one[] = CARD;
static const char card_of_two[] =
    "{\"sets\": [" CARD ", {\"data\": \"two\", \"after_recalibration\": {\"accuracy\": 0.5, \"loss\": 1.5, "
    "\"gradient_norm_q95\": 4}}]}";

/* The head as the model has it, and once more behind itself; or behind it one of fewer classes. */
static rc_status read_head(rc_model *m, float *weight, float *bias, bool twins)
{
    int64_t reads = rc_model_features(m);
    rc_tensor w = rc_params_value(m->params, m->head[0]), b = rc_params_value(m->params, m->head[1]);
    RC_TRY(rc_tensor_download(&w, weight));
    RC_TRY(rc_tensor_download(&b, bias));
    rc_rng rng = rc_rng_make(11, "test", 0);
    for (int64_t i = 0; i < CLASSES * reads; i++)
        weight[CLASSES * reads + i] = twins ? weight[i] : 2 * (float)rc_rng_normal(&rng);
    for (int i = 0; i < CLASSES; i++)
        bias[CLASSES + i] = twins ? bias[i] : 0;
    return RC_OK;
}

/* Of the first `sets` sets: the second is the first again, or another with fewer classes. */
static rc_status write_bundle(rc_model *m, const char *path, int sets, bool twins)
{
    static float features[2 * FEATURES * 8], prior[2 * CLASSES], weight[MAX], bias[2 * CLASSES];
    static int32_t label[2 * FEATURES];
    int64_t second = twins ? CLASSES : FEWER;
    rc_source_set set[] = {{.classes = CLASSES, .n_features = FEATURES},
                           {.classes = second, .n_features = FEATURES}};
    rc_json *card;
    rc_rng rng = rc_rng_make(6, "test", 0);
    for (int i = 0; i < FEATURES * 8; i++)
        features[i] = (float)rc_rng_normal(&rng);
    for (int i = 0; i < FEATURES * 8; i++)
        features[FEATURES * 8 + i] = features[i] + (twins ? 0.0f : 1.5f);
    for (int i = 0; i < FEATURES; i++) {
        label[i] = i % CLASSES;
        label[FEATURES + i] = CLASSES + i % (int)second;
    }
    RC_TRY(read_head(m, weight, bias, twins));
    RC_TRY(rc_json_parse("card", sets == 1 ? card_of_one : card_of_two,
                         strlen(sets == 1 ? card_of_one : card_of_two), &card));
    rc_bundle_parts parts = {.model = m,
                             .sets = sets,
                             .set = set,
                             .classes = CLASSES + (sets - 1) * second,
                             .n_features = sets * FEATURES,
                             .features = features,
                             .labels = label,
                             .prior = prior,
                             .weight = weight,
                             .bias = bias,
                             .plain_weight = weight,
                             .plain_bias = bias,
                             .self_distance = 1.0,
                             .self_epsilon = 7.0,
                             .card = card,
                             .storage = RC_DTYPE_F32};
    rc_status status = rc_bundle_write(path, &parts);
    rc_json_free(&card);
    return status;
}

static rc_status make_source(void)
{
    rc_input input = {.kind = RC_INPUT_IMAGE, .channels = 3, .height = 16, .width = 16};
    rc_model_spec spec = {.backbone = tiny, .input = input, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    rc_model *m;
    static float x[MAX];
    RC_TRY(rc_model_create(rc_device_default(), &spec, &m));
    RC_TRY(rc_params_initialise(m->params, 3));
    /* Weights large enough for predictions that differ. */
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_tensor t = rc_params_value(m->params, i);
        if (t.shape.n < 2) continue;
        RC_TRY(rc_tensor_download(&t, x));
        for (int64_t k = 0; k < rc_tensor_size(&t); k++)
            x[k] *= 8;
        RC_TRY(rc_tensor_upload(&t, x));
    }
    rc_status status = write_bundle(m, path_bundle, 1, false);
    if (status == RC_OK) status = write_bundle(m, path_twins, 2, true);
    if (status == RC_OK) status = write_bundle(m, path_pair, 2, false);
    rc_model_destroy(&m);
    return status;
}

static rc_status open_scene_with(scene *s, int64_t batch, int64_t unlabelled)
{
    rc_device *device = rc_device_default();
    *s = (scene){0};
    rc_config_defaults(&s->c);
    s->c.align.batch = batch;
    s->c.align.unlabelled = unlabelled;
    RC_TRY(rc_dataset_open(folder, RC_DATASET_TRAIN | RC_DATASET_INPUTS, &s->data));
    RC_TRY(rc_bundle_open(source_path, &s->source));
    rc_model_spec spec = {.backbone = s->source->backbone};
    rc_weights weights = rc_bundle_weights(s->source);
    RC_TRY(rc_task_create(&s->c, s->data, device, &spec, &s->task));
    RC_TRY(rc_model_create(device, &spec, &s->model));
    RC_TRY(rc_model_start(s->model, &weights, 4));
    rc_params_set_trainable(s->model->params, "", false);
    rc_model_set_trainable(s->model, RC_PART_EMBEDDER, true);
    RC_TRY(rc_params_prepare_grads(s->model->params));
    RC_TRY(rc_graph_create(device, &s->graph));
    return rc_alignment_create(s->graph, s->model, s->task, s->source, &s->c, &s->view);
}

static rc_status open_scene(scene *s, int64_t batch)
{
    return open_scene_with(s, batch, 0);
}

static void close_scene(scene *s)
{
    rc_alignment_free(&s->view);
    rc_graph_destroy(&s->graph);
    rc_model_destroy(&s->model);
    rc_task_destroy(&s->task);
    rc_bundle_close(&s->source);
    rc_dataset_close(&s->data);
}

/* Of all parameters of the embedder, one after the other; returns how many. */
static int64_t read_gradients(scene *s, float *out)
{
    int64_t at = 0;
    for (int i = s->model->first[RC_PART_EMBEDDER]; i < s->model->first[RC_PART_EMBEDDER + 1]; i++) {
        rc_tensor g = rc_params_grad(s->model->params, i);
        if (rc_tensor_download(&g, out + at) != RC_OK) CHECK(!"no gradient");
        at += rc_tensor_size(&g);
    }
    return at;
}

/* From the definition, in double, over the whole set: the gradient of w_c H(Z_s|Z_t) - w_i I in p [n,
 * CLASSES]. */
static void brute_gradient(const float *p, const int32_t *label, double w_c, double w_i, float *out)
{
    double of_class[TARGETS][CLASSES] = {{0}}, all[CLASSES] = {0}, count[TARGETS] = {0};
    for (int i = 0; i < N; i++) {
        count[label[i]] += 1.0;
        for (int k = 0; k < CLASSES; k++) {
            of_class[label[i]][k] += (double)p[i * CLASSES + k];
            all[k] += (double)p[i * CLASSES + k] / N;
        }
    }
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < CLASSES; k++) {
            double mean = of_class[label[i]][k] / count[label[i]];
            double conditional = -(count[label[i]] / N) * (log(mean) + 1.0) / count[label[i]];
            double entropy = -(log(all[k]) + 1.0) / N;
            out[i * CLASSES + k] = (float)(w_c * conditional - w_i * (entropy - conditional));
        }
    }
}

/* All samples in one graph. */
static rc_status whole_graph(scene *s, double w_c, double w_i)
{
    static float p[N * CLASSES], seed[N * CLASSES];
    rc_graph *g = s->graph;
    rc_batch b = {0};
    RC_TRY(rc_batch_create(s->task, N, &b));
    RC_TRY(rc_batch_fill(&b, s->task, &s->data->train, s->view.index, N, NULL));
    rc_graph_reset(g, true);
    rc_feed feed = rc_task_feed(g, s->task, b.n, &b.given);
    rc_var tokens = rc_model_body(g, s->model, rc_model_embed(g, s->model, &feed), &feed);
    rc_var logits = rc_linear(g, rc_model_pool(g, s->model, tokens, &feed),
                              rc_graph_leaf(g, s->view.head->head[0], false),
                              rc_graph_leaf(g, s->view.head->head[1], false), NULL);
    rc_var out = rc_softmax(g, logits);
    rc_status status = rc_graph_status(g);
    if (status == RC_OK) status = rc_tensor_download(&out->value, p);
    brute_gradient(p, s->view.label, w_c, w_i, seed);
    if (status == RC_OK) status = rc_graph_seed(out, seed);
    if (status == RC_OK) status = rc_graph_backward(g, false);
    rc_batch_free(&b);
    return status;
}

static void compare_passes(int64_t batch, double w_c, double w_i)
{
    static float two[MAX], one[MAX], nothing[N * 8];
    scene s;
    OK(open_scene(&s, batch));
    s.view.differentiates = true;
    REQUIRE(s.view.n == N && s.view.target_classes == TARGETS && s.view.width == 8);
    OK(rc_alignment_measure(&s.view, true));
    OK(rc_alignment_backward(&s.view, nothing, w_c, w_i));
    int64_t n = read_gradients(&s, two);
    rc_params_zero_grads(s.model->params);
    OK(whole_graph(&s, w_c, w_i));
    CHECK(read_gradients(&s, one) == n && n > 0);
    double largest = 0.0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)one[i]));
    CHECK(largest > 1e-4);
    for (int64_t i = 0; i < n; i++)
        NEAR(two[i], one[i], 1e-4 * largest);
    close_scene(&s);
}

TEST(two_passes_are_the_whole_class)
{
    compare_passes(5, 1.0, 0.0);
    compare_passes(5, 0.0, 1.0);
    compare_passes(5, 0.3, 2.0);
}

/* Where one batch holds all, the measure's own pass is gone back through, once. */
TEST(one_pass_is_the_whole_class)
{
    compare_passes(N, 1.0, 0.0);
    compare_passes(N + 4, 0.3, 2.0);
}

TEST(a_kept_pass_serves_once)
{
    static float pull[N * 8], kept[MAX], again[MAX];
    double scale[2];
    int64_t n = 0;
    scene s;
    OK(open_scene(&s, N));
    s.view.differentiates = true;
    for (int turn = 0; turn < 2; turn++) {
        rc_rng rng = rc_rng_make(8, "test", 0);
        for (int i = 0; i < N * 8; i++)
            pull[i] = (float)(0.01 * rc_rng_normal(&rng));
        if (turn == 0) OK(rc_alignment_measure(&s.view, true));
        CHECK((s.view.kept.p[0] != NULL) == (turn == 0));
        OK(rc_alignment_backward_balanced(&s.view, pull, 0.2, 0.4, &scale[turn]));
        n = read_gradients(&s, turn == 0 ? kept : again);
        rc_params_zero_grads(s.model->params);
    }
    CHECK(n > 0 && scale[0] != 1.0);
    NEAR(scale[0], scale[1], 1e-6 * scale[0]);
    for (int64_t i = 0; i < n; i++)
        NEAR(kept[i], again[i], 1e-6 * (1.0 + fabs((double)again[i])));
    close_scene(&s);
}

static double length(const float *v, int64_t n)
{
    double squares = 0;
    for (int64_t i = 0; i < n; i++)
        squares += (double)v[i] * (double)v[i];
    return sqrt(squares);
}

/* The distance's gradient, and the distortion's made w times as long. */
TEST(balanced_terms_have_the_lengths_asked_for)
{
    static float of_distance[MAX], of_distortion[MAX], both[MAX], pull[N * 8], nothing[N * 8];
    const double w = 0.4;
    double scale;
    scene s;
    rc_rng rng = rc_rng_make(8, "test", 0);
    OK(open_scene(&s, 7));
    for (int i = 0; i < N * 8; i++)
        pull[i] = (float)(0.01 * rc_rng_normal(&rng));
    OK(rc_alignment_measure(&s.view, true));
    OK(rc_alignment_backward(&s.view, pull, 0, 0));
    int64_t n = read_gradients(&s, of_distance);
    rc_params_zero_grads(s.model->params);
    OK(rc_alignment_backward(&s.view, NULL, 0, 1.0));
    (void)read_gradients(&s, of_distortion);
    rc_params_zero_grads(s.model->params);
    OK(rc_alignment_backward_balanced(&s.view, pull, 0, w, &scale));
    (void)read_gradients(&s, both);
    double factor = w * length(of_distance, n) / length(of_distortion, n), largest = length(of_distance, n);
    REQUIRE(largest > 1e-4 && factor > 0);
    NEAR(scale * w, factor, 1e-4 * factor);
    for (int64_t i = 0; i < n; i++)
        NEAR(scale * (double)both[i], (double)of_distance[i] + factor * (double)of_distortion[i],
             1e-4 * largest);
    /* Features that are aligned already: nothing is left to be in balance with. */
    rc_params_zero_grads(s.model->params);
    OK(rc_alignment_backward_balanced(&s.view, nothing, 0, w, &scale));
    (void)read_gradients(&s, both);
    CHECK(scale == 1.0 && length(both, n) == 0.0);
    close_scene(&s);
}

static double objective(scene *s, const float *pull)
{
    if (rc_alignment_measure(&s->view, true) != RC_OK) return NAN;
    rc_distortion_values v = rc_alignment_distortion(&s->view);
    double sum = s->view.by_leep ? -rc_alignment_leep(&s->view) : v.conditional_entropy - 0.5 * v.information;
    for (int i = 0; i < s->view.inputs * (N + UNLABELLED) * 8; i++)
        sum += (double)pull[i] * (double)s->view.features[i];
    return sum;
}

/* Along one direction of all parameters of the embedder, with a pull on the features beside the distortion,
 * which samples without labels have no part in. */
static void compare_with_differences(bool by_leep)
{
    static float gradient[MAX], pull[2 * (N + UNLABELLED) * 8], saved[MAX], moved[MAX];
    scene s;
    rc_rng rng = rc_rng_make(8, "test", 0);
    OK(open_scene_with(&s, 7, 100));
    REQUIRE(s.view.n == N && s.view.more == UNLABELLED);
    s.view.by_leep = by_leep;
    for (int i = 0; i < s.view.inputs * (N + UNLABELLED) * 8; i++)
        pull[i] = (float)(0.01 * rc_rng_normal(&rng));
    OK(rc_alignment_measure(&s.view, true));
    OK(rc_alignment_weigh(&s.view));
    OK(rc_alignment_backward(&s.view, pull, 1.0, 0.5));
    (void)read_gradients(&s, gradient);
    double slope = 0.0, side[2], step = 1e-3;
    for (int turn = 0; turn < 2; turn++) {
        int64_t at = 0;
        for (int i = s.model->first[RC_PART_EMBEDDER]; i < s.model->first[RC_PART_EMBEDDER + 1]; i++) {
            rc_tensor t = rc_params_value(s.model->params, i);
            OK(rc_tensor_download(&t, saved + at));
            rc_rng along = rc_rng_make(9, "along", (uint64_t)i);
            for (int64_t k = 0; k < rc_tensor_size(&t); k++) {
                double v = rc_rng_normal(&along);
                if (turn == 0) slope += v * (double)gradient[at + k];
                moved[k] = saved[at + k] + (float)((turn == 0 ? step : -step) * v);
            }
            OK(rc_tensor_upload(&t, moved));
            at += rc_tensor_size(&t);
        }
        side[turn] = objective(&s, pull);
        at = 0;
        for (int i = s.model->first[RC_PART_EMBEDDER]; i < s.model->first[RC_PART_EMBEDDER + 1]; i++) {
            rc_tensor t = rc_params_value(s.model->params, i);
            OK(rc_tensor_upload(&t, saved + at));
            at += rc_tensor_size(&t);
        }
    }
    CHECK(fabs(slope) > 1e-2);
    NEAR((side[0] - side[1]) / (2.0 * step), slope, 1e-2 * fabs(slope));
    close_scene(&s);
}

TEST(gradient_is_that_of_finite_differences)
{
    compare_with_differences(false);
    compare_with_differences(true);
}

/* ---- sets of the source ---- */

TEST(twins_are_as_one)
{
    static float one[MAX], two[MAX], of_one[N * 8], of_two[N * 8];
    rc_measured d[2];
    rc_distance *distance;
    rc_distortion_values v[2];
    for (int turn = 0; turn < 2; turn++) {
        scene s;
        source_path = turn == 0 ? path_bundle : path_twins;
        OK(open_scene(&s, 7));
        OK(rc_alignment_measure(&s.view, true));
        OK(rc_alignment_weigh(&s.view));
        CHECK(s.view.head[0].weight == (turn == 0 ? 1.0 : 0.5));
        v[turn] = rc_alignment_distortion(&s.view);
        OK(rc_alignment_distance(&s.view, &rc_distance_sinkhorn, &distance));
        rc_sample_set a = rc_alignment_samples(&s.view, 0);
        OK(rc_distance_measure(distance, &a, &d[turn], turn == 0 ? of_one : of_two));
        rc_distance_destroy(&distance);
        OK(rc_alignment_backward(&s.view, turn == 0 ? of_one : of_two, 0.4, 0.7));
        (void)read_gradients(&s, turn == 0 ? one : two);
        close_scene(&s);
    }
    source_path = path_bundle;
    NEAR(v[1].conditional_entropy, v[0].conditional_entropy, 1e-12);
    NEAR(v[1].information, v[0].information, 1e-12);
    NEAR(d[1].value, d[0].value, 1e-6 * d[0].value);
    for (int i = 0; i < MAX; i++)
        NEAR(two[i], one[i], 1e-5 * (1 + fabs((double)one[i])));
}

/* Each weighs what it tells of the target, and terms are their means. */
TEST(sets_weigh_what_they_tell)
{
    scene s;
    source_path = path_pair;
    OK(open_scene(&s, 7));
    source_path = path_bundle;
    REQUIRE(s.source->sets == 2 && s.source->classes == CLASSES + FEWER);
    CHECK(s.source->set[1].first_class == CLASSES && s.source->set[1].first_feature == FEATURES &&
          strcmp(s.source->set[1].name, "two") == 0);
    CHECK(s.view.head[0].weight == 0.5 && s.view.head[1].weight == 0.5);
    OK(rc_alignment_measure(&s.view, true));
    OK(rc_alignment_weigh(&s.view));
    const rc_alignment_head *h = s.view.head;
    double tells[2];
    for (int k = 0; k < 2; k++)
        tells[k] = rc_distortion_evaluate(&h[k].distortion).information;
    CHECK(tells[0] > 1e-4 && tells[1] > 1e-4 && fabs(h[0].weight - 0.5) > 1e-3);
    NEAR(h[0].weight, tells[0] / (tells[0] + tells[1]), 1e-12);
    NEAR(h[0].weight + h[1].weight, 1, 1e-15);
    NEAR(rc_alignment_distortion(&s.view).information, h[0].weight * tells[0] + h[1].weight * tells[1],
         1e-12);
    rc_gap g;
    rc_gap_options o = {.source_features = 20, .distances = "w1,otdd", .seed = 3};
    OK(rc_gap_measure(&s.view, &o, &g));
    REQUIRE(g.sets == 2 && g.count == 2);
    CHECK(g.set[0].risk == 0.5 && g.set[1].risk == 1.5 && g.set[1].norm[4] == 4);
    NEAR(g.mean.bound, h[0].weight * g.set[0].bound + h[1].weight * g.set[1].bound, 1e-9);
    NEAR(g.mean.bound, g.mean.risk + g.mean.transport + g.mean.distortion.conditional_entropy, 1e-9);
    /* A set of no weight is as none. */
    static const rc_distance_kind *const kinds[] = {&rc_distance_sinkhorn, &rc_distance_otdd,
                                                    &rc_distance_coral};
    double value[2][3];
    for (int turn = 0; turn < 2; turn++) {
        scene alone;
        source_path = path_bundle;
        OK(open_scene(&alone, 7));
        rc_alignment *v = turn ? &alone.view : &s.view;
        s.view.head[0].weight = 1, s.view.head[1].weight = 0;
        OK(rc_alignment_measure(v, false));
        for (int k = 0; k < 3; k++) {
            rc_distance *distance;
            rc_measured d;
            rc_sample_set from = rc_alignment_samples(v, 0);
            OK(rc_alignment_distance(v, kinds[k], &distance));
            OK(rc_distance_measure(distance, &from, &d, NULL));
            value[turn][k] = d.value;
            rc_distance_destroy(&distance);
        }
        close_scene(&alone);
    }
    for (int k = 0; k < 3; k++)
        NEAR(value[0][k], value[1][k], 1e-6 * value[1][k]);
    /* Where nothing is told, all weigh the same. */
    for (int k = 0; k < 2; k++)
        rc_distortion_clear(&s.view.head[k].distortion);
    OK(rc_alignment_weigh(&s.view));
    CHECK(h[0].weight == 0.5 && h[1].weight == 0.5);
    close_scene(&s);
}

TEST(gradient_of_several_sets)
{
    source_path = path_pair;
    compare_with_differences(false);
    compare_with_differences(true);
    source_path = path_bundle;
}

/* Every input has features of its own, and one distortion is said of all. */
TEST(several_inputs)
{
    scene s;
    OK(write_more());
    OK(open_scene_with(&s, 7, 100));
    OK(rc_alignment_measure(&s.view, true));
    REQUIRE(s.view.inputs == 2 && s.view.room == N + UNLABELLED);
    for (int64_t i = 0; i < N; i++) {
        CHECK(s.view.weight[i] == (s.view.index[i] != 5));
        CHECK(s.view.weight[s.view.room + i] == (s.view.index[i] != 3));
    }
    close_scene(&s);
    compare_with_differences(false);
}

/* ---- the gap ---- */

TEST(a_gap_and_its_bound)
{
    scene s;
    rc_gap g;
    rc_gap_options o = {.source_features = 1000, .resamples = 20, .seed = 3};
    OK(open_scene(&s, 8));
    OK(rc_alignment_measure(&s.view, true));
    OK(rc_gap_measure(&s.view, &o, &g));
    CHECK(g.count == 9 && g.mean.risk == 0.5 && g.mean.accuracy == 0.75 && isnan(g.mean.norm[0]));
    NEAR(g.mean.transport, 2.0 * sqrt(8.0 * 8.0) * g.mean.w1, 1e-9);
    NEAR(g.mean.bound, 0.5 + g.mean.transport + g.mean.distortion.conditional_entropy, 1e-9);
    for (int i = 0; i < g.count; i++) {
        const rc_gap_distance *d = &g.distance[i];
        CHECK(d->value > 0.0 && d->low <= d->value && d->value <= d->high && d->low < d->high);
        if (strcmp(d->kind->name, "w1") == 0) NEAR(d->value, g.mean.w1, 1e-12);
    }
    o.distances = "coral,w1";
    o.resamples = 0;
    OK(rc_gap_measure(&s.view, &o, &g));
    CHECK(g.count == 2 && isnan(g.distance[0].low));
    /* A target with the source's own features is no distance away. */
    for (int i = 0; i < N * 8; i++)
        s.source->features[i] = s.view.features[i];
    s.source->set[0].n_features = s.source->n_features = N;
    OK(rc_gap_measure(&s.view, &o, &g));
    NEAR(g.mean.bound, 0.5 + g.mean.distortion.conditional_entropy, 1e-9);
    /* The plain head has a card of its own. */
    s.c.align.source_head = RC_PREDICTOR_PLAIN;
    OK(rc_gap_measure(&s.view, &o, &g));
    CHECK(g.mean.risk == 0.25 && g.mean.accuracy == 0.875 && g.mean.norm[4] == 3.0);
    o.distances = "w1,nothing";
    FAILS(RC_CONFIG, "no distance is called \"nothing\"", rc_gap_check(&o));
    close_scene(&s);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    snprintf(path_x, sizeof path_x, "%s/x_train.npy", folder);
    snprintf(path_more[0], sizeof path_more[0], "%s/x_train.more.npy", folder);
    snprintf(path_more[1], sizeof path_more[1], "%s/x_unlabelled.more.npy", folder);
    snprintf(path_y, sizeof path_y, "%s/y_train.npy", folder);
    snprintf(path_u, sizeof path_u, "%s/x_unlabelled.npy", folder);
    snprintf(path_bundle, sizeof path_bundle, "%s/source.safetensors", folder);
    snprintf(path_twins, sizeof path_twins, "%s/twins.safetensors", folder);
    snprintf(path_pair, sizeof path_pair, "%s/pair.safetensors", folder);
    if (write_data() != RC_OK || make_source() != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(two_passes_are_the_whole_class);
    RUN(one_pass_is_the_whole_class);
    RUN(a_kept_pass_serves_once);
    RUN(gradient_is_that_of_finite_differences);
    RUN(balanced_terms_have_the_lengths_asked_for);
    RUN(a_gap_and_its_bound);
    RUN(twins_are_as_one);
    RUN(sets_weigh_what_they_tell);
    RUN(gradient_of_several_sets);
    RUN(several_inputs);
    for (int i = 0; i < 2; i++)
        (void)unlink(path_more[i]);
    (void)unlink(path_x);
    (void)unlink(path_y);
    (void)unlink(path_u);
    (void)unlink(path_bundle);
    (void)unlink(path_twins);
    (void)unlink(path_pair);
    (void)rmdir(folder);
    return RESULT();
}
