/* What training drops: how much, of whom, and what flows back through it. */
#include "check.h"
#include "slopes.h"

#include "backbones/layers.h"
#include "ops/ops.h"

enum { SAMPLES = 400, TOKENS = 3, WIDTH = 5, N = SAMPLES * TOKENS * WIDTH };

static rc_device *device;
static float ones[N], out[N];

static void drop(rc_noise noise, rc_var (*how)(rc_graph *g, rc_var x))
{
    rc_graph *g;
    for (int i = 0; i < N; i++)
        ones[i] = 1;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    *rc_graph_noise(g) = noise;
    rc_var x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(SAMPLES, TOKENS, WIDTH), ones, false), y = how(g, x);
    OK(rc_graph_status(g));
    CHECK(rc_shape_equal(&y->value.shape, &x->value.shape));
    CHECK((y == x) == (noise.dropout == 0 && noise.drop_path == 0));
    OK(rc_tensor_download(&y->value, out));
    rc_graph_reset(g, false);
    CHECK(rc_graph_noise(g)->dropout == 0 && rc_graph_noise(g)->drop_path == 0);
    rc_graph_destroy(&g);
}

/* 0 or 1 / (1 - rate); 1 in the mean. */
static void check_share(double rate, double tolerance)
{
    double mean = 0;
    for (int i = 0; i < N; i++) {
        CHECK(out[i] == 0 || fabs(out[i] - 1 / (1 - rate)) < 1e-6);
        mean += out[i] / N;
    }
    NEAR(mean, 1, tolerance);
}

TEST(numbers)
{
    drop((rc_noise){.dropout = 0.3, .rng = rc_rng_make(1, "noise", 0)}, rc__dropout);
    check_share(0.3, 0.04);
    CHECK(out[0] != out[1] || out[0] != out[2] || out[0] != out[3] || out[0] != out[4]);
    drop((rc_noise){0}, rc__dropout);
}

TEST(branches_of_whole_samples)
{
    drop((rc_noise){.drop_path = 0.25, .rng = rc_rng_make(1, "noise", 0)}, rc__drop_path);
    check_share(0.25, 0.1);
    for (int i = 0; i < N; i++)
        CHECK(out[i] == out[i / (TOKENS * WIDTH) * TOKENS * WIDTH]);
    drop((rc_noise){0}, rc__drop_path);
}

/* Of a whole model, whose dropped branches leave the residual. */
TEST(gradients)
{
    rc_model *m;
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.bert = (rc_bert_config){.vocabulary = 5,
                                       .hidden = 8,
                                       .blocks = 2,
                                       .heads = 2,
                                       .inner = 12,
                                       .positions = 12,
                                       .types = 1,
                                       .eps = 1e-5};
    s.readout = RC_READOUT_FLATTEN;
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 2, .length = 20, .patch = 4};
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 4));
    slope_noise = (rc_noise){0.3, 0.4, rc_rng_make(3, "noise", 0)};
    check_model_slopes(m, 3);
    slope_noise = (rc_noise){0};
    rc_model_destroy(&m);
}

int main(void)
{
    rc_device *devices[] = {rc_device_onednn(), rc_device_ref(), rc_device_poison()};
    for (int i = 0; i < 3; i++) {
        device = devices[i];
        RUN(numbers);
        RUN(branches_of_whole_samples);
        RUN(gradients);
    }
    return RESULT();
}
