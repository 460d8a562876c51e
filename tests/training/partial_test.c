/* Partial fine-tuning: what is frozen keeps its bits, memory shrinks with what learns, adapters have the
 * right gradients and can be merged. */
#include "check.h"
#include "slopes.h"

#include "backbones/adapters_file.h"
#include "optim/optimizer.h"
#include "training/partial.h"

enum { BATCH = 3 };

static rc_config config;
static rc_device *device;

static rc_model_spec bert_spec(void)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.bert = (rc_bert_config){.dialect = RC_BERT_BERT,
                                       .vocabulary = 5,
                                       .hidden = 16,
                                       .blocks = 3,
                                       .heads = 2,
                                       .inner = 32,
                                       .positions = 12,
                                       .types = 1,
                                       .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 2, .length = 40, .patch = 4};
    return s;
}

static rc_model_spec swin_spec(void)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_SWIN}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.swin = (rc_swin_config){.image_size = 16,
                                       .patch = 2,
                                       .channels = 1,
                                       .embed = 8,
                                       .window = 4,
                                       .stages = 2,
                                       .depth = {2, 2},
                                       .heads = {2, 4},
                                       .mlp_ratio = 2,
                                       .eps = 1e-5,
                                       .qkv_bias = true};
    s.input = (rc_input){.kind = RC_INPUT_IMAGE, .channels = 1, .height = 16, .width = 16};
    return s;
}

static rc_model_spec vit_spec(bool swiglu)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_VIT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.vit = (rc_vit_config){.dialect = swiglu ? RC_VIT_DINOV2 : RC_VIT_VIT,
                                     .image_size = 16,
                                     .patch = 4,
                                     .channels = 1,
                                     .hidden = 16,
                                     .blocks = 3,
                                     .heads = 2,
                                     .inner = 24,
                                     .eps = 1e-5,
                                     .qkv_bias = true,
                                     .swiglu = swiglu};
    s.input = (rc_input){.kind = RC_INPUT_IMAGE, .channels = 1, .height = 16, .width = 16};
    return s;
}

static void set(const char *key, const char *value)
{
    OK(rc_config_set(&config, "test", key, value));
}

static rc_status make(rc_model_spec spec, const char *train, rc_model **out)
{
    if (rc_config_set(&config, "test", "fit.train", train) != RC_OK) return RC_CONFIG;
    if (rc_partial_adapters(&config, &spec.lora) != RC_OK) return RC_CONFIG;
    rc_status status = rc_model_create(device, &spec, out);
    if (status == RC_OK) status = rc_params_initialise((*out)->params, 6);
    return status == RC_OK ? rc_partial_apply(&config, config.fit.train, *out) : status;
}

/* Three steps of AdamW; the graph's peak in bytes. */
static size_t train(rc_model *m)
{
    static float x[SLOPE_NUMBERS], c[SLOPE_NUMBERS];
    rc_graph *g;
    rc_optimizer *o;
    rc_optimizer_settings settings = {RC_OPTIMIZER_ADAMW, 0.01, 0, 0.9, 0.999, 1e-8};
    if (rc_params_prepare_step_grads(m->params) != RC_OK) return 0;
    if (rc_optimizer_create(m->params, &settings, &o) != RC_OK || rc_graph_create(device, &g) != RC_OK)
        return 0;
    rc_tensor state = rc_optimizer_state(o, 0);
    CHECK(rc_tensor_size(&state) <= rc_params_grad_total(m->params)); /* nothing for what is frozen */
    fill_normal(x, BATCH * rc_input_size(&m->spec.input), 2);
    fill_normal(c, 64, 3);
    for (int i = 0; i < 3; i++) {
        rc_graph_reset(g, true);
        rc_feed feed = {.x =
                            rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&m->spec.input, BATCH), x, false)};
        rc_var y = rc_model_forward(g, m, &feed);
        CHECK(rc_graph_status(g) == RC_OK && rc_graph_seed(y, c) == RC_OK);
        CHECK(rc_optimizer_backward(o, NULL, g, 1e-2) == RC_OK);
    }
    size_t peak = rc_graph_peak_bytes(g);
    rc_graph_destroy(&g);
    rc_optimizer_destroy(&o);
    return peak;
}

/* Trains and compares every parameter with what it was. */
static size_t check_frozen(rc_model_spec spec, const char *mode)
{
    static float before[1 << 16], after[1 << 16];
    rc_model *m;
    if (make(spec, mode, &m) != RC_OK) {
        check_failures++;
        fprintf(stderr, "%s: %s\n", mode, rc_error_text());
        return 0;
    }
    int64_t at = 0;
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_tensor t = rc_params_value(m->params, i);
        CHECK(rc_tensor_download(&t, before + at) == RC_OK);
        at += rc_tensor_size(&t);
    }
    size_t peak = train(m);
    at = 0;
    for (int i = 0; i < rc_params_count(m->params); i++) {
        const rc_param *p = rc_params_get(m->params, i);
        rc_tensor t = rc_params_value(m->params, i);
        CHECK(rc_tensor_download(&t, after) == RC_OK);
        bool same = memcmp(before + at, after, (size_t)p->size * sizeof *after) == 0;
        at += p->size;
        if (same == p->trainable) fprintf(stderr, "%s: %s\n", mode, p->name);
        CHECK(same != p->trainable);
    }
    rc_model_destroy(&m);
    return peak;
}

static void check_modes(rc_model_spec spec)
{
    rc_config_defaults(&config);
    set("fit.last_blocks", "1");
    set("fit.lora_rank", "2");
    size_t all = check_frozen(spec, "all"), body = check_frozen(spec, "body"),
           head = check_frozen(spec, "head"), norm = check_frozen(spec, "norms"),
           last = check_frozen(spec, "last"), lora = check_frozen(spec, "lora");
    fprintf(stderr, "graph peak, bytes: all %zu, body %zu, head %zu, norm %zu, last %zu, lora %zu\n", all,
            body, head, norm, last, lora);
    CHECK(head <= last && last < all && norm <= all && body <= all);
    set("fit.lora_targets", "query,key,value,output,up,down");
    check_frozen(spec, "lora");
    set("fit.lora_targets", "key");
    set("fit.embedder", "freeze");
    check_frozen(spec, "lora");
}

TEST(bert_modes)
{
    check_modes(bert_spec());
}

TEST(swin_modes)
{
    check_modes(swin_spec());
}

TEST(vit_modes)
{
    check_modes(vit_spec(false));
    check_modes(vit_spec(true));
}

/* ---- how fast ---- */

static float rate_of(rc_model *m, const char *name)
{
    return rc_params_get(m->params, rc_params_find(m->params, name))->rate;
}

static bool decays(rc_model *m, const char *name)
{
    return rc_params_get(m->params, rc_params_find(m->params, name))->decays;
}

TEST(rates)
{
    rc_model *m;
    rc_config_defaults(&config);
    OK(make(bert_spec(), "all", &m));
    rc_partial_rates(&config, 0, m);
    CHECK(rate_of(m, "bert.encoder.layer.0.output.dense.weight") == 1);
    CHECK(decays(m, "bert.encoder.layer.0.output.dense.weight"));
    CHECK(!decays(m, "bert.encoder.layer.0.output.dense.bias"));
    CHECK(!decays(m, "bert.encoder.layer.0.output.LayerNorm.weight"));
    set("fit.body_rate", "0.5");
    set("fit.layer_decay", "0.1");
    set("fit.body_after", "2");
    set("fit.decay_of", "all");
    rc_partial_rates(&config, 1, m);
    CHECK(rate_of(m, "bert.encoder.layer.2.output.dense.weight") == 0);
    CHECK(rate_of(m, "classifier.weight") == 1 && rate_of(m, "embedder.projection.weight") == 1);
    rc_partial_rates(&config, 2, m);
    NEAR(rate_of(m, "bert.encoder.layer.2.output.dense.weight"), 0.5, 1e-7);
    NEAR(rate_of(m, "bert.encoder.layer.0.output.dense.weight"), 0.005, 1e-7);
    CHECK(rate_of(m, "classifier.weight") == 1);
    CHECK(decays(m, "bert.encoder.layer.0.output.LayerNorm.weight"));
    rc_model_destroy(&m);
}

/* At a rate of 0 nothing moves, whatever the gradient. */
TEST(a_rate_of_nought_keeps_the_bits)
{
    static float before[1 << 14], after[1 << 14];
    rc_model *m;
    rc_config_defaults(&config);
    set("fit.body_after", "1");
    OK(make(bert_spec(), "all", &m));
    rc_partial_rates(&config, 0, m);
    rc_tensor body =
        rc_params_value(m->params, rc_params_find(m->params, "bert.encoder.layer.1.output.dense.weight"));
    rc_tensor head = rc_params_value(m->params, rc_params_find(m->params, "classifier.weight"));
    OK(rc_tensor_download(&body, before));
    OK(rc_tensor_download(&head, before + 4096));
    train(m);
    OK(rc_tensor_download(&body, after));
    OK(rc_tensor_download(&head, after + 4096));
    CHECK(memcmp(before, after, rc_tensor_bytes(&body)) == 0);
    CHECK(memcmp(before + 4096, after + 4096, rc_tensor_bytes(&head)) != 0);
    rc_model_destroy(&m);
}

/* ---- adapters ---- */

/* As after some training: b is no longer zero. */
static void stir(rc_model *m)
{
    static float x[SLOPE_NUMBERS];
    for (int i = m->first[RC_PART_ADAPTERS]; i < m->first[RC_PARTS]; i++) {
        rc_tensor t = rc_params_value(m->params, i);
        fill_normal(x, rc_tensor_size(&t), (uint64_t)i);
        for (int64_t k = 0; k < rc_tensor_size(&t); k++)
            x[k] *= 0.2f;
        OK(rc_tensor_upload(&t, x));
    }
}

static void check_adapters(rc_model_spec spec, const char *targets)
{
    static float x[SLOPE_NUMBERS];
    rc_model *m;
    rc_graph *g;
    rc_config_defaults(&config);
    set("fit.lora_rank", "3");
    set("fit.lora_alpha", "5");
    set("fit.lora_targets", targets);
    OK(make(spec, "lora", &m));
    stir(m);
    check_model_slopes(m, BATCH);
    OK(rc_graph_create(device, &g));
    fill_normal(x, BATCH * rc_input_size(&m->spec.input), 2);
    double apart = slope_objective(g, m, BATCH, x, false);
    OK(rc_model_merge_adapters(m));
    double merged = slope_objective(g, m, BATCH, x, false);
    NEAR(merged, apart, 1e-4 * (1 + fabs(apart)));
    /* And the adapters did something. */
    OK(rc_params_initialise(m->params, 6));
    CHECK(fabs(slope_objective(g, m, BATCH, x, false) - apart) > 100 * fabs(merged - apart) + 1e-6);
    rc_graph_destroy(&g);
    rc_model_destroy(&m);
}

TEST(adapters)
{
    check_adapters(bert_spec(), "query,value");
    check_adapters(bert_spec(), "key,output,up,down");
    check_adapters(bert_spec(), "up");
    check_adapters(swin_spec(), "query,key,value,output,up,down");
    check_adapters(vit_spec(false), "query,key,value,output,up,down");
    check_adapters(vit_spec(true), "value,output,up,down");
}

/* The names that peft has lead back to ours, with the prefix of the backbone or without it. */
static void check_names(rc_model_spec spec, const char *first)
{
    rc_model *m;
    set("fit.lora_rank", "2");
    set("fit.lora_targets", "value,output,up,down");
    OK(make(spec, "lora", &m));
    const char *prefix = m->backbone->prefix(&m->spec.backbone);
    for (int i = m->first[RC_PART_ADAPTERS]; i < m->first[RC_PARTS]; i++) {
        const char *name = rc_params_get(m->params, i)->name;
        rc_peft_name there, back;
        CHECK(rc_peft_name_of(name, RC_PEFT_OURS, prefix, &there));
        if (i == m->first[RC_PART_ADAPTERS]) CHECK(strcmp(first, there.name[RC_PEFT_THEIRS]) == 0);
        CHECK(rc_peft_name_of(there.name[RC_PEFT_THEIRS], RC_PEFT_THEIRS, prefix, &back));
        CHECK(strcmp(name, back.name[RC_PEFT_OURS]) == 0);
        CHECK(back.part == there.part && strstr(there.name[RC_PEFT_THEIRS], prefix) == NULL);
    }
    rc_model_destroy(&m);
}

TEST(names_of_peft)
{
    rc_peft_name n;
    check_names(bert_spec(), "base_model.model.encoder.layer.0.attention.self.value.lora_A.weight");
    check_names(swin_spec(), "base_model.model.encoder.layers.0.blocks.0.attention.self.value.lora_A.weight");
    check_names(vit_spec(false), "base_model.model.encoder.layer.0.attention.attention.value.lora_A.weight");
    check_names(vit_spec(true), "base_model.model.encoder.layer.0.attention.attention.value.lora_A.weight");
    CHECK(rc_peft_name_of("base_model.model.bert.x.query.lora_B.weight", RC_PEFT_THEIRS, "bert.", &n));
    CHECK(strcmp("lora.bert.x.query.weight.b", n.name[RC_PEFT_OURS]) == 0);
    static const char *const other[] = {"",
                                        "base_model.model.lora_A.weight",
                                        "base_model.model..lora_A.weigh",
                                        "lora.bert.x.query.weight.a",
                                        "x.query.lora_A.weight",
                                        "base_model.model.x.lora_embedding_A"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        CHECK(!rc_peft_name_of(other[i], RC_PEFT_THEIRS, "bert.", &n));
}

/* ---- refusals ---- */

TEST(refused)
{
    rc_model *m;
    rc_config_defaults(&config);
    FAILS(RC_CONFIG, "has \"outptu\"", rc_config_set(&config, "--set", "fit.lora_targets", "query,outptu"));
    FAILS(RC_CONFIG, "has \"\"", rc_config_set(&config, "--set", "fit.lora_targets", "query,"));
    set("fit.lora_targets", "value,query,value");
    CHECK(config.fit.lora_targets == (1u << RC_MATRIX_QUERY | 1u << RC_MATRIX_VALUE));
    FAILS(RC_CONFIG, "takes a whole number", rc_config_set(&config, "--set", "fit.lora_rank", "0"));
    set("fit.lora_rank", "17");
    FAILS(RC_CONFIG, "a target matrix is only 16 x 16", make(bert_spec(), "lora", &m));
    set("fit.last_blocks", "4");
    FAILS(RC_CONFIG, "the model has 3 blocks", make(bert_spec(), "last", &m));
    rc_model_destroy(&m);
    set("fit.train", "lora");
    rc_model_spec plain = bert_spec();
    OK(rc_model_create(device, &plain, &m));
    FAILS(RC_CONFIG, "no source here", rc_partial_apply(&config, RC_TRAIN_LORA, m));
    rc_model_destroy(&m);
}

int main(void)
{
    rc_device *devices[] = {rc_device_onednn(), rc_device_ref(), rc_device_poison()};
    for (int i = 0; i < 3; i++) {
        device = devices[i];
        RUN(bert_modes);
        RUN(swin_modes);
        RUN(vit_modes);
        RUN(rates);
        RUN(a_rate_of_nought_keeps_the_bits);
        RUN(adapters);
        RUN(names_of_peft);
        RUN(refused);
    }
    return RESULT();
}
