/* Models of samples with several inputs: what flows back, what a missing input says, what a file keeps. */
#include "check.h"
#include "slopes.h"

enum { BATCH = 4, OUTPUTS = 3 };

static rc_device *device;

/* A signal of two channels, and one of one channel. */
static rc_model_spec small(rc_fusion fusion, rc_readout_kind readout)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = OUTPUTS};
    s.backbone.bert = (rc_bert_config){.vocabulary = 5,
                                       .hidden = 8,
                                       .blocks = 2,
                                       .heads = 2,
                                       .inner = 12,
                                       .positions = 12,
                                       .types = 1,
                                       .eps = 1e-5};
    s.readout = readout;
    s.fusion = fusion;
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 2, .length = 20, .patch = 4};
    s.n_more = 1;
    s.more[0] = (rc_named_input){"row", {.kind = RC_INPUT_SIGNAL, .channels = 1, .length = 6, .patch = 2}};
    return s;
}

/* Embedders of large numbers: before a LayerNorm small ones bend too much for the step of a finite
 * difference. */
static void make_of(const rc_model_spec *s, rc_model **m)
{
    static float values[SLOPE_NUMBERS];
    OK(rc_model_create(device, s, m));
    OK(rc_params_initialise((*m)->params, 4));
    for (int i = 0; i < (*m)->first[RC_PART_BODY]; i++) {
        rc_tensor t = rc_params_value((*m)->params, i);
        fill_normal(values, rc_tensor_size(&t), (uint64_t)i);
        if (!rc_model_is_norm(rc_params_get((*m)->params, i))) OK(rc_tensor_upload(&t, values));
    }
}

static void make(rc_fusion fusion, rc_readout_kind readout, rc_model **m)
{
    rc_model_spec s = small(fusion, readout);
    make_of(&s, m);
}

/* With a text between the two. */
static void make_with_text(rc_fusion fusion, rc_readout_kind readout, rc_model **m)
{
    rc_model_spec s = small(fusion, readout);
    s.more[1] = s.more[0];
    s.more[0] = (rc_named_input){"note", {.kind = RC_INPUT_TOKENS, .length = 5}};
    s.n_more = 2;
    make_of(&s, m);
}

TEST(gradients)
{
    static const rc_readout_kind readout[] = {RC_READOUT_FLATTEN, RC_READOUT_POOL, RC_READOUT_CLS,
                                              RC_READOUT_ATTENTION};
    for (int i = 0; i < 8; i++) {
        rc_model *m;
        make(i % 2 ? RC_FUSION_LATE : RC_FUSION_EARLY, readout[i / 2], &m);
        check_model_slopes(m, BATCH);
        rc_model_destroy(&m);
    }
}

TEST(gradients_with_texts)
{
    for (int i = 0; i < 4; i++) {
        rc_model *m;
        make_with_text(i % 2 ? RC_FUSION_LATE : RC_FUSION_EARLY, i / 2 ? RC_READOUT_CLS : RC_READOUT_POOL,
                       &m);
        check_model_slopes(m, BATCH);
        rc_model_destroy(&m);
    }
    rc_model_spec s = small(RC_FUSION_EARLY, RC_READOUT_FLATTEN);
    s.more[0].input = (rc_input){.kind = RC_INPUT_TOKENS, .length = 5};
    rc_model *m;
    FAILS(RC_CONFIG, "texts have no fixed length", rc_model_create(device, &s, &m));
}

TEST(grids)
{
    rc_model *m;
    make(RC_FUSION_EARLY, RC_READOUT_FLATTEN, &m);
    CHECK(rc_grid_tokens(&m->of[0]) == 5 && rc_grid_tokens(&m->of[1]) == 3 && rc_grid_tokens(&m->u) == 8);
    CHECK(rc_params_find(m->params, "inputs.row.embedder.projection.weight") >= 0);
    int64_t early = rc_params_total(m->params);
    rc_model_destroy(&m);
    make(RC_FUSION_LATE, RC_READOUT_POOL, &m);
    CHECK(rc_params_total(m->params) > early && rc_grid_tokens(&m->last) == 8);
    CHECK(rc_params_find(m->params, "inputs.row.bert.encoder.layer.1.output.dense.weight") >= 0);
    CHECK(rc_model_readout(m) == 2 * rc_model_features(m));
    rc_model_destroy(&m);
}

static void flops(const rc_model_spec *s, double *out)
{
    rc_model *m;
    OK(rc_model_create(device, s, &m));
    *out = rc_model_flops(m);
    rc_model_destroy(&m);
}

TEST(bodies_that_are_counted)
{
    rc_model_spec late = small(RC_FUSION_LATE, RC_READOUT_POOL), first = late, second = late;
    first.n_more = second.n_more = 0;
    first.fusion = second.fusion = RC_FUSION_EARLY;
    second.input = late.more[0].input;
    double all = 0, one = 0, other = 0;
    flops(&late, &all);
    flops(&first, &one);
    flops(&second, &other);
    CHECK(one > 0 && other > 0 && all == one + other);
}

static void outputs(rc_model *m, const float *x, float *out)
{
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    rc_feed feed = slope_feed(g, m, BATCH, x);
    rc_var y = rc_model_forward(g, m, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&y->value, out));
    rc_graph_destroy(&g);
}

/* Sample 1 lacks the row, sample 2 the signal: what lies in their place makes no difference; what is there
 * does. */
TEST(missing_inputs)
{
    for (int late = 0; late < 2; late++) {
        static float x[SLOPE_NUMBERS], before[BATCH * OUTPUTS], after[BATCH * OUTPUTS];
        rc_model *m;
        make(late ? RC_FUSION_LATE : RC_FUSION_EARLY, RC_READOUT_FLATTEN, &m);
        fill_normal(x, slope_inputs(m, BATCH), 5);
        outputs(m, x, before);
        for (int64_t i = 0; i < 40; i++)
            x[2 * 40 + i] += 1; /* of the signal of sample 2 */
        for (int64_t i = 0; i < 6; i++)
            x[BATCH * 40 + 6 + i] -= 2; /* of the row of sample 1 */
        outputs(m, x, after);
        CHECK(memcmp(before, after, sizeof before) == 0);
        x[BATCH * 40] += 1;
        outputs(m, x, after);
        CHECK(before[0] != after[0]);
        rc_model_destroy(&m);
    }
}

/* Sample 1 lacks its text, and that of sample 2 has 3 tokens: only these make a difference, and no other
 * sample of the batch does. */
TEST(ends_of_texts)
{
    for (int late = 0; late < 2; late++) {
        static float x[SLOPE_NUMBERS], before[BATCH * OUTPUTS], after[BATCH * OUTPUTS];
        rc_model *m;
        make_with_text(late ? RC_FUSION_LATE : RC_FUSION_EARLY, RC_READOUT_POOL, &m);
        fill_normal(x, slope_inputs(m, BATCH), 5);
        float *text = x + BATCH * 40;
        outputs(m, x, before);
        for (int64_t k = 0; k < 5; k++)
            text[5 + k] += 0.01f;
        text[2 * 5 + 3] += 0.01f;
        text[2 * 5 + 4] += 0.01f;
        outputs(m, x, after);
        CHECK(memcmp(before, after, sizeof before) == 0);
        text[2 * 5 + 2] += 0.01f;
        outputs(m, x, after);
        CHECK(memcmp(before, after, 2 * OUTPUTS * sizeof *before) == 0);
        CHECK(memcmp(before + 2 * OUTPUTS, after + 2 * OUTPUTS, OUTPUTS * sizeof *before) != 0);
        rc_model_destroy(&m);
    }
}

/* What a body attends by last, and which of the tokens there say something: those of the signal (5), of the
 * text up to its end, which has 1, 1, 3 and 4 tokens, and of the row (3). Sample 1 lacks its text, and sample
 * 2 its row. */
TEST(tokens_that_attend)
{
    static const int early[BATCH] = {5 + 1 + 3, 5 + 3, 5 + 3, 5 + 4 + 3},
                     late[BATCH][3] = {{5, 1, 3}, {5, 0, 3}, {5, 3, 0}, {5, 4, 3}};
    for (int apart = 0; apart < 2; apart++) {
        static float x[SLOPE_NUMBERS];
        bool counts[BATCH * 12];
        int64_t heads;
        rc_graph *g;
        rc_model *m;
        make_with_text(apart ? RC_FUSION_LATE : RC_FUSION_EARLY, RC_READOUT_POOL, &m);
        fill_normal(x, slope_inputs(m, BATCH), 5);
        OK(rc_graph_create(device, &g));
        rc_graph_reset(g, false);
        rc_graph_watch(g);
        rc_feed feed = slope_feed(g, m, BATCH, x);
        (void)rc_model_forward(g, m, &feed);
        OK(rc_graph_status(g));
        REQUIRE(rc_model_bodies(m) == (apart ? 3 : 1));
        for (int body = 0; body < rc_model_bodies(m); body++) {
            rc_var qkv = rc_graph_noticed(g, body, &heads);
            REQUIRE(qkv && heads == 2 && qkv->value.shape.dim[0] == BATCH);
            int64_t tokens = qkv->value.shape.dim[1];
            CHECK(tokens == (!apart ? 12 : body == 0 ? 5 : body == 1 ? 4 : 3));
            REQUIRE(rc_model_counts(m, &feed, body, BATCH, tokens, counts));
            for (int i = 0; i < BATCH; i++) {
                int n = 0;
                for (int64_t t = 0; t < tokens; t++)
                    n += counts[i * tokens + t];
                CHECK(n == (apart ? late[i][body] : early[i]));
            }
            CHECK(!rc_model_counts(m, &feed, body, BATCH, tokens - 1, counts));
        }
        CHECK(rc_graph_noticed(g, rc_model_bodies(m), &heads) == NULL);
        if (!apart) {
            REQUIRE(rc_model_counts(m, &feed, 0, BATCH, 12, counts));
            CHECK(counts[12 + 4] && !counts[12 + 5] && counts[12 + 6] && !counts[12 + 9]); /* sample 1 */
        }
        rc_graph_watch(g); /* a second pass, of other samples */
        CHECK(rc_graph_noticed(g, 0, &heads) == NULL);
        rc_feed others = slope_feed(g, m, BATCH - 1, x);
        (void)rc_model_forward(g, m, &others);
        OK(rc_graph_status(g));
        for (int body = 0; body < rc_model_bodies(m); body++) {
            rc_var qkv = rc_graph_noticed(g, body, &heads);
            REQUIRE(qkv && qkv->value.shape.dim[0] == BATCH - 1);
        }
        CHECK(rc_graph_noticed(g, rc_model_bodies(m), &heads) == NULL);
        rc_model_destroy(&m);
        rc_graph_destroy(&g);
    }
}

TEST(files)
{
    rc_model_spec s = small(RC_FUSION_LATE, RC_READOUT_POOL), back;
    rc_json *j;
    j = rc_model_spec_write(&s);
    OK(rc_model_spec_read(j, "file", &back));
    CHECK(back.n_more == 1 && back.fusion == RC_FUSION_LATE && strcmp(back.more[0].name, "row") == 0);
    CHECK(back.more[0].input.kind == RC_INPUT_SIGNAL && back.more[0].input.length == 6);
    static const char bad[] =
        "[{\"name\": \"../row\", \"kind\": \"signal\", \"channels\": 1, \"height\": 0, \"width\": 0, "
        "\"length\": 6, \"patch\": 2}]";
    rc_json *list;
    OK(rc_json_parse("file", bad, sizeof bad - 1, &list));
    rc_json_set(j, "more_inputs", list);
    FAILS(RC_DATA, "cannot be the name of an input", rc_model_spec_read(j, "file", &back));
    rc_json_free(&j);
    s.head = RC_HEAD_DENSE;
    s.out_shape[0] = s.out_shape[1] = s.out_shape[2] = 1;
    rc_model *m;
    FAILS(RC_UNSUPPORTED, "several inputs", rc_model_create(device, &s, &m));
}

int main(void)
{
    rc_device *devices[] = {rc_device_onednn(), rc_device_ref(), rc_device_poison()};
    for (int i = 0; i < 3; i++) {
        device = devices[i];
        RUN(gradients);
        RUN(gradients_with_texts);
        RUN(grids);
        RUN(bodies_that_are_counted);
        RUN(missing_inputs);
        RUN(ends_of_texts);
        RUN(tokens_that_attend);
        RUN(files);
    }
    return RESULT();
}
