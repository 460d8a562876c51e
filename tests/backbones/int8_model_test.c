/* A whole model with 8-bit weights: nearly the same answers, the same after a file, the same on every device
 * that has them; no gradients. */
#include "check.h"
#include "test_devices.h"

#include "backbones/model.h"

/* In a file, what follows a matrix of these sizes begins at odd places. */
enum { VOCABULARY = 41, WIDTH = 34, TOKENS = 9, BATCH = 2, OUTPUTS = 3 };

static rc_model_spec spec_of_texts(void)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = OUTPUTS};
    s.backbone.bert = (rc_bert_config){.vocabulary = VOCABULARY,
                                       .hidden = WIDTH,
                                       .blocks = 2,
                                       .heads = 2,
                                       .inner = 49,
                                       .positions = 12,
                                       .types = 2,
                                       .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_TOKENS, .length = TOKENS};
    return s;
}

static rc_status answer(rc_model *m, bool record, float out[BATCH * OUTPUTS])
{
    static const int32_t zeros[BATCH * TOKENS];
    int32_t ids[BATCH * TOKENS], positions[BATCH * TOKENS];
    rc_graph *g;
    for (int i = 0; i < BATCH * TOKENS; i++) {
        ids[i] = (i * 7 + 3) % VOCABULARY;
        positions[i] = i % TOKENS;
    }
    RC_TRY(rc_graph_create(m->device, &g));
    rc_graph_reset(g, record);
    rc_shape shape = RC_SHAPE(BATCH, TOKENS);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_I32, shape, ids, false),
                    .positions = rc_graph_input(g, RC_DTYPE_I32, shape, positions, false),
                    .types = rc_graph_input(g, RC_DTYPE_I32, shape, zeros, false)};
    rc_var y = rc_model_forward(g, m, &feed);
    rc_status status = rc_graph_status(g);
    if (status == RC_OK) status = rc_tensor_download(&y->value, out);
    rc_graph_destroy(&g);
    return status;
}

static void make(rc_device *device, rc_model **plain, rc_model **small)
{
    rc_model_spec s = spec_of_texts();
    OK(rc_model_create(device, &s, plain));
    OK(rc_params_initialise((*plain)->params, 4));
    OK(rc_model_to_int8(*plain, small));
}

TEST(which_parameters)
{
    rc_model *plain = NULL, *small = NULL;
    make(rc_device_ref(), &plain, &small);
    for (int i = 0; i < rc_params_count(small->params); i++) {
        const rc_param *p = rc_params_get(small->params, i);
        bool body = i >= small->first[RC_PART_BODY] && i < small->first[RC_PART_HEAD];
        CHECK(p->int8 == ((body && p->shape.n == 2) || strstr(p->name, "word_embeddings")));
        CHECK(!rc_params_get(plain->params, i)->int8);
        CHECK(p->half == !p->int8); /* floats that 16 bits hold */
    }
    CHECK(rc_params_total(small->params) > 0);
    rc_model_destroy(&plain);
    rc_model_destroy(&small);
}

TEST(answers_nearly_the_same)
{
    rc_device *device[] = {rc_device_ref(), rc_device_onednn(), rc_device_poison()};
    float before[BATCH * OUTPUTS], after[3][BATCH * OUTPUTS];
    for (int d = 0; d < 3; d++) {
        rc_model *plain = NULL, *small = NULL;
        make(device[d], &plain, &small);
        OK(answer(plain, false, before));
        OK(answer(small, false, after[d]));
        for (int i = 0; i < BATCH * OUTPUTS; i++) {
            NEAR(after[d][i], before[i], 0.01 * fabs(before[i]) + 1e-3);
            NEAR(after[d][i], after[0][i], 1e-5);
        }
        CHECK(memcmp(after[d], before, sizeof before) != 0);
        FAILS(RC_UNSUPPORTED, "8-bit weights, which can predict but not learn", answer(small, true, before));
        rc_model_destroy(&plain);
        rc_model_destroy(&small);
    }
}

static void reopen(rc_model *m, const char *path, rc_model **out)
{
    rc_safetensors_writer *w;
    rc_safetensors *f;
    OK(rc_safetensors_writer_create(&w));
    OK(rc_model_store(m, w, RC_DTYPE_F32));
    OK(rc_safetensors_writer_write(w, path));
    rc_safetensors_writer_destroy(&w);
    OK(rc_safetensors_open(path, &f));
    rc_weights from = {.file = f, .name = path};
    OK(rc_model_open(m->device, &m->spec, &from, out));
    /* Neither is taken for the other. */
    rc_model *wrong;
    rc_model_spec s = m->spec;
    s.int8 = false;
    FAILS(RC_FORMAT, "is int8, weights are floating-point", rc_model_open(m->device, &s, &from, &wrong));
    rc_safetensors_close(&f);
}

TEST(files)
{
    rc_model *plain = NULL, *small = NULL, *again = NULL, *never;
    rc_model_spec s;
    rc_json *j;
    float a[BATCH * OUTPUTS], b[BATCH * OUTPUTS];
    make(rc_device_onednn(), &plain, &small);
    reopen(small, "int8_model_test.safetensors", &again);
    REQUIRE(again);
    OK(answer(small, false, a));
    OK(answer(again, false, b));
    CHECK(memcmp(a, b, sizeof a) == 0);
    j = rc_model_spec_write(&small->spec);
    OK(rc_model_spec_read(j, "spec", &s));
    CHECK(s.int8);
    rc_json_free(&j);
    rc_device without = *rc_device_ref();
    without.kernels.linear_int8 = NULL;
    FAILS(RC_UNSUPPORTED, "8-bit weights, which the device ref does not support",
          rc_model_create(&without, &s, &never));
    remove("int8_model_test.safetensors");
    rc_model_destroy(&plain);
    rc_model_destroy(&small);
    rc_model_destroy(&again);
}

/* A number that 16 bits do not hold keeps its parameter as it was. */
TEST(a_large_number)
{
    rc_model *plain = NULL, *small = NULL, *again = NULL;
    rc_model_spec s = spec_of_texts();
    float bias[OUTPUTS];
    OK(rc_model_create(rc_device_ref(), &s, &plain));
    OK(rc_params_initialise(plain->params, 4));
    rc_tensor t = rc_params_value(plain->params, plain->head[1]);
    for (int i = 0; i < OUTPUTS; i++)
        bias[i] = i ? 0.1f : 1e5f;
    OK(rc_tensor_upload(&t, bias));
    OK(rc_model_to_int8(plain, &small));
    CHECK(!rc_params_get(small->params, small->head[1])->half);
    reopen(small, "int8_large_test.safetensors", &again);
    REQUIRE(again);
    t = rc_params_value(again->params, again->head[1]);
    OK(rc_tensor_download(&t, bias));
    CHECK(bias[0] == 1e5f && bias[1] == 0.1f);
    remove("int8_large_test.safetensors");
    rc_model_destroy(&plain);
    rc_model_destroy(&small);
    rc_model_destroy(&again);
}

/* Earlier versions kept all floats in 32 bits. */
TEST(earlier_files)
{
    rc_model *plain = NULL, *small = NULL, *again = NULL;
    float a[BATCH * OUTPUTS], b[BATCH * OUTPUTS];
    make(rc_device_ref(), &plain, &small);
    for (int i = 0; i < rc_params_count(small->params); i++)
        rc_params_get(small->params, i)->half = false;
    reopen(small, "int8_earlier_test.safetensors", &again);
    REQUIRE(again);
    OK(answer(small, false, a));
    OK(answer(again, false, b));
    CHECK(memcmp(a, b, sizeof a) == 0 && !rc_params_get(again->params, again->head[1])->half);
    remove("int8_earlier_test.safetensors");
    rc_model_destroy(&plain);
    rc_model_destroy(&small);
    rc_model_destroy(&again);
}

int main(void)
{
    RUN(which_parameters);
    RUN(a_large_number);
    RUN(earlier_files);
    RUN(answers_nearly_the_same);
    RUN(files);
    return RESULT();
}
