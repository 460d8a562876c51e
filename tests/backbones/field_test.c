/* The dense head of RC_DENSE_CONV: its gradients by finite differences, fields of every form, and that a
 * field has no seams where the patches meet. */
#include "check.h"
#include "slopes.h"

enum { PATCH = 8 };

static rc_device *device;

static rc_model_spec image(int64_t h, int64_t w, int64_t channels, int64_t out_h, int64_t out_w)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_SWIN}, .head = RC_HEAD_DENSE, .dense = RC_DENSE_CONV};
    s.backbone.swin = (rc_swin_config){.image_size = 16,
                                       .patch = 2,
                                       .channels = 3,
                                       .embed = 6,
                                       .window = 2,
                                       .stages = 2,
                                       .depth = {1, 1},
                                       .heads = {1, 2},
                                       .mlp_ratio = 2,
                                       .eps = 1e-5,
                                       .qkv_bias = true};
    s.input = (rc_input){.kind = RC_INPUT_IMAGE, .channels = channels, .height = h, .width = w};
    s.out_shape[0] = 2;
    s.out_shape[1] = out_h;
    s.out_shape[2] = out_w;
    return s;
}

static rc_model_spec signal(int64_t length, int64_t patch, int64_t out)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_DENSE, .dense = RC_DENSE_CONV};
    s.backbone.bert = (rc_bert_config){.dialect = RC_BERT_BERT,
                                       .vocabulary = 5,
                                       .hidden = 8,
                                       .blocks = 1,
                                       .heads = 2,
                                       .inner = 12,
                                       .positions = 64,
                                       .types = 1,
                                       .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 2, .length = length, .patch = patch};
    s.out_shape[0] = 2;
    s.out_shape[1] = 1;
    s.out_shape[2] = out;
    return s;
}

static rc_model_spec class_token(void)
{
    rc_model_spec s = image(8, 12, 1, 8, 12);
    s.backbone.kind = RC_BACKBONE_VIT;
    s.backbone.vit = (rc_vit_config){.dialect = RC_VIT_DEIT,
                                     .image_size = 8,
                                     .patch = 4,
                                     .channels = 1,
                                     .hidden = 8,
                                     .blocks = 1,
                                     .heads = 2,
                                     .inner = 12,
                                     .eps = 1e-6,
                                     .qkv_bias = true};
    return s;
}

static void check_slopes(rc_model_spec s)
{
    rc_model *m;
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 5));
    /* Bodies and embedders have tests of their own; a signal's begins too small for the step taken here. */
    rc_model_set_trainable(m, RC_PART_BODY, false);
    rc_model_set_trainable(m, RC_PART_EMBEDDER, s.input.kind == RC_INPUT_IMAGE);
    check_model_slopes(m, 2);
    rc_model_destroy(&m);
}

TEST(gradients)
{
    check_slopes(image(8, 12, 3, 7, 11));
    check_slopes(image(4, 4, 1, 9, 1));
    check_slopes(class_token());
    check_slopes(signal(20, 4, 20));
    check_slopes(signal(9, 9, 9));
    check_slopes(signal(6, 1, 3));
}

/* Mean size of the steps between neighbours along a row where patches meet, over that of the other steps. */
static void compare_steps(rc_dense_kind dense, double *ratio)
{
    enum { SIDE = 64 };
    rc_model_spec s = image(SIDE, SIDE, 1, SIDE, SIDE);
    s.backbone.swin.patch = PATCH / 2;
    s.out_shape[0] = 1;
    s.dense = dense;
    rc_model *m;
    rc_graph *g;
    static float x[SIDE * SIDE], tokens[SIDE * SIDE], y[SIDE * SIDE];
    double step[2] = {0};
    int64_t count[2] = {0};
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 5));
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    fill_normal(tokens, rc_grid_tokens(&m->last) * rc_model_features(m), 3);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&s.input, 1), x, false)};
    rc_var z = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(1, rc_grid_tokens(&m->last), rc_model_features(m)),
                              tokens, false);
    rc_var field = rc_model_head(g, m, z, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&field->value, y));
    for (int i = 0; i < SIDE * SIDE; i++) {
        if (i % SIDE == 0) continue;
        bool seam = i % PATCH == 0;
        step[seam] += fabs((double)y[i] - y[i - 1]);
        count[seam]++;
    }
    rc_graph_destroy(&g);
    rc_model_destroy(&m);
    *ratio = step[1] / (double)count[1] / (step[0] / (double)count[0]);
}

TEST(no_seams)
{
    double mixed = 0;
    compare_steps(RC_DENSE_CONV, &mixed);
    NEAR(mixed, 1, 0.2);
}

int main(void)
{
    rc_device *devices[] = {rc_device_onednn(), rc_device_ref(), rc_device_poison()};
    for (int i = 0; i < 3; i++) {
        device = devices[i];
        RUN(gradients);
        RUN(no_seams);
    }
    return RESULT();
}
