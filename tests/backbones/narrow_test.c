/* What a step keeps as bfloat16 until its way back: half the memory, the same way forward, and gradients no
 * further from those of float32 than rounded operands of products leave them. */
#include "slopes.h"
#include "test_devices.h"

#include "ops/ops.h"

enum { BATCH = 4, CLASSES = 5, MAX_PARAMETERS = 1 << 20 };

typedef struct outcome {
    float logits[BATCH * CLASSES];
    float *grad; /* of all parameters, one behind the other */
    int64_t n;
    size_t peak;
} outcome;

/* ---- models with some blocks ---- */

static rc_model_spec bert(void)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    s.backbone.bert = (rc_bert_config){.vocabulary = 5,
                                       .hidden = 32,
                                       .blocks = 8,
                                       .heads = 2,
                                       .inner = 128,
                                       .positions = 48,
                                       .types = 1,
                                       .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 2, .length = 160, .patch = 4};
    return s;
}

static rc_model_spec bert_with_adapters(void)
{
    rc_model_spec s = bert();
    s.lora = (rc_lora){4, 8, (1u << RC_MATRICES) - 1};
    return s;
}

static rc_model_spec vit(rc_vit_dialect dialect)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_VIT}, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    s.backbone.vit = (rc_vit_config){.dialect = dialect,
                                     .image_size = 24,
                                     .patch = 4,
                                     .channels = 3,
                                     .hidden = 32,
                                     .blocks = 8,
                                     .heads = 2,
                                     .inner = 128,
                                     .eps = 1e-6,
                                     .qkv_bias = true};
    s.input = (rc_input){.kind = RC_INPUT_IMAGE, .channels = 3, .height = 24, .width = 24};
    return s;
}

static rc_model_spec plain_vit(void)
{
    return vit(RC_VIT_VIT);
}

static rc_model_spec dinov2(void)
{
    return vit(RC_VIT_DINOV2);
}

static rc_model_spec swin(void)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_SWIN}, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    s.backbone.swin = (rc_swin_config){.image_size = 32,
                                       .patch = 2,
                                       .channels = 3,
                                       .embed = 32,
                                       .window = 4,
                                       .stages = 2,
                                       .depth = {6, 2},
                                       .heads = {2, 4},
                                       .mlp_ratio = 4,
                                       .eps = 1e-5,
                                       .qkv_bias = true};
    s.input = (rc_input){.kind = RC_INPUT_IMAGE, .channels = 3, .height = 32, .width = 32};
    return s;
}

/* Larger weights than a model begins with, so that no part of it counts for little. */
static void fill_parameters(rc_params *p)
{
    static float value[MAX_PARAMETERS];
    OK(rc_params_initialise(p, 1));
    for (int i = 0; i < rc_params_count(p); i++) {
        static float more[MAX_PARAMETERS];
        rc_tensor t = rc_params_value(p, i);
        int64_t n = rc_tensor_size(&t);
        REQUIRE(n <= MAX_PARAMETERS);
        OK(rc_tensor_download(&t, value));
        fill_normal(more, n, 100 + (uint64_t)i);
        for (int64_t k = 0; k < n; k++)
            value[k] += 0.1f * more[k];
        OK(rc_tensor_upload(&t, value));
    }
}

typedef enum way { PLAINLY, RECOMPUTING, WATCHING } way;

static void step(rc_graph *g, rc_model *m, way how, outcome *out)
{
    static float x[SLOPE_NUMBERS], each[BATCH];
    static const int32_t label[BATCH] = {0, 3, 1, 4};
    REQUIRE(slope_inputs(m, BATCH) <= SLOPE_NUMBERS);
    fill_normal(x, slope_inputs(m, BATCH), 2);
    for (int i = 0; i < BATCH; i++)
        each[i] = 1.0f / BATCH;
    rc_graph_reset(g, true);
    if (how == RECOMPUTING) rc_graph_recompute(g);
    if (how == WATCHING) rc_graph_watch(g);
    rc_feed feed = slope_feed(g, m, BATCH, x);
    rc_var logits = rc_model_forward(g, m, &feed);
    rc_var loss =
        rc_cross_entropy(g, logits, rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(BATCH), label, false), 0);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&logits->value, out->logits));
    OK(rc_graph_seed(loss, each));
    OK(rc_graph_backward(g, false));
}

static void run(rc_device *device, rc_model_spec spec, way how, outcome *out)
{
    rc_model *m;
    rc_graph *g;
    OK(rc_model_create(device, &spec, &m));
    fill_parameters(m->params);
    OK(rc_params_prepare_grads(m->params));
    OK(rc_graph_create(device, &g));
    step(g, m, how, out);
    out->peak = rc_graph_peak_bytes(g);
    OK(RC_NEW(&out->grad, rc_params_total(m->params)));
    out->n = 0;
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_tensor grad = rc_params_grad(m->params, i);
        if (!rc_params_grad_ready(m->params, i)) continue; /* no part of this model */
        OK(rc_tensor_download(&grad, out->grad + out->n));
        out->n += rc_tensor_size(&grad);
    }
    rc_graph_destroy(&g);
    rc_model_destroy(&m);
}

/* |a - b| / |b| */
static double apart(const outcome *a, const outcome *b)
{
    double difference = 0, length = 0;
    for (int64_t i = 0; i < b->n; i++) {
        double d = (double)a->grad[i] - b->grad[i];
        difference += d * d;
        length += (double)b->grad[i] * b->grad[i];
    }
    return sqrt(difference / length);
}

static bool same(const outcome *a, const outcome *b)
{
    return a->n == b->n && memcmp(a->grad, b->grad, (size_t)a->n * sizeof *a->grad) == 0;
}

/* ---- on one device ---- */

enum { EXACT, WIDE, NARROW, AGAIN, RECOMPUTED, WATCHED, OUTCOMES };

static void compare(const char *name, rc_model_spec (*spec)(void), rc_device *exact, rc_device *narrow)
{
    static outcome of[OUTCOMES];
    rc_device wide = *narrow; /* rounds operands, and keeps float32 */
    wide.keeps_narrow = false;
    CHECK(narrow->keeps_narrow && !exact->keeps_narrow);
    run(exact, spec(), PLAINLY, &of[EXACT]);
    run(&wide, spec(), PLAINLY, &of[WIDE]);
    run(narrow, spec(), PLAINLY, &of[NARROW]);
    run(narrow, spec(), PLAINLY, &of[AGAIN]);
    run(narrow, spec(), RECOMPUTING, &of[RECOMPUTED]);
    run(narrow, spec(), WATCHING, &of[WATCHED]);
    double rounded = apart(&of[WIDE], &of[EXACT]), kept = apart(&of[NARROW], &of[EXACT]);
    double all = (double)of[WIDE].peak, memory = (double)of[NARROW].peak / all;
    fprintf(stderr,
            "%s on %s: gradients %.4f apart with rounded operands, %.4f kept so, in %.2f of the memory\n",
            name, narrow->name, rounded, kept, memory);
    CHECK(memcmp(of[NARROW].logits, of[WIDE].logits, sizeof of[WIDE].logits) == 0);
    CHECK(kept > 0 && kept < 1.1 * rounded);
    CHECK(memory < 0.65);                                  /* more blocks come nearer to a half */
    CHECK((double)of[WATCHED].peak / all < memory + 0.05); /* for the last block's attention */
    CHECK(same(&of[AGAIN], &of[NARROW]) && !same(&of[NARROW], &of[WIDE]));
    CHECK(same(&of[RECOMPUTED], &of[WIDE]));
    for (int i = 0; i < OUTCOMES; i++)
        rc_free(of[i].grad);
}

int main(void)
{
    static const struct {
        const char *name;
        rc_model_spec (*spec)(void);
    } model[] = {{"BERT", bert},
                 {"BERT with adapters", bert_with_adapters},
                 {"ViT", plain_vit},
                 {"DINOv2", dinov2},
                 {"Swin", swin}};
    rc_device *card, *narrow;
    bool on_card = !CHECKS_ADDRESSES && test_cuda(&card);
    for (size_t i = 0; i < sizeof model / sizeof *model; i++)
        compare(model[i].name, model[i].spec, rc_device_onednn(), rc_device_onednn_bf16());
    if (on_card && rc_device_choose(card->name, RC_PRECISION_BF16, &narrow) == RC_OK)
        compare(model[0].name, model[0].spec, card, narrow);
    return RESULT();
}
