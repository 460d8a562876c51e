/* The running average of the weights, and samples that are mixed. */
#include "check.h"

#include "training/session.h"

static void open_model(rc_session *s, rc_model *m)
{
    *m = (rc_model){0};
    *s = (rc_session){.model = m};
    OK(rc_params_create(rc_device_default(), &m->params));
    OK(rc_params_declare(m->params, "frozen", RC_SHAPE(2), RC_INIT_ONES, 0, false, NULL));
    OK(rc_params_declare(m->params, "weight", RC_SHAPE(3), RC_INIT_ONES, 0, false, NULL));
    rc_params_get(m->params, 0)->trainable = false;
    OK(rc_params_allocate(m->params));
    OK(rc_params_initialise(m->params, 1));
    OK(rc_params_prepare_grads(m->params));
}

static void set_weight(rc_model *m, float value)
{
    rc_tensor t = rc_params_value(m->params, 1);
    OK(rc_tensor_upload(&t, (const float[]){value, value, value}));
}

static float weight(rc_model *m)
{
    float value[3] = {0};
    rc_tensor t = rc_params_value(m->params, 1);
    CHECK(rc_tensor_download(&t, value) == RC_OK);
    return value[2];
}

TEST(averaged)
{
    rc_session s;
    rc_model m;
    open_model(&s, &m);
    OK(rc_session_begin_average(&s));
    const float *average = s.average + rc_params_get(m.params, 1)->grad_offset;
    CHECK(s.average_size == rc_params_grad_total(m.params) && average[2] == 1);
    set_weight(&m, 3);
    OK(rc_session_average(&s, 0.75, 1000));
    NEAR(average[2], 1.5, 1e-6);
    OK(rc_session_average(&s, 0.99, 0)); /* early: nearly all of the new */
    NEAR(average[2], 0.1 * 1.5 + 0.9 * 3, 1e-6);
    OK(rc_session_swap_average(&s));
    NEAR(weight(&m), 2.85, 1e-6);
    CHECK(average[2] == 3);
    OK(rc_session_begin_average(&s)); /* one that is there stays */
    CHECK(average[2] == 3);
    rc_free(s.average);
    rc_params_destroy(&m.params);
}

/* Sample i with sample n - 1 - i, each with a share of its own; the middle one stays. */
TEST(mixed)
{
    enum { N = 3, SIZE = 4 };
    float x[N * SIZE], y[N] = {0, 10, 20}, share[N];
    int32_t label[N] = {5, 6, 7}, other[N];
    rc_task t = {.target = RC_TARGET_CLASSES, .y_size = 1};
    t.layout.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 1, .length = SIZE, .patch = 1};
    rc_batch b = {.n = N, .given.x = x, .y = y, .label = label, .share = share, .other = other};
    for (int i = 0; i < N * SIZE; i++)
        x[i] = (float)(i / SIZE);
    rc_batch_mix(&b, &t, 0.4, rc_rng_make(1, "mixup", 0));
    CHECK(b.mixed && other[0] == 7 && other[1] == 6 && other[2] == 5 && label[0] == 5);
    for (int i = 0; i < N; i++)
        CHECK(share[i] > 0.6f && share[i] <= 1);
    NEAR(x[3], 2 * (1 - share[0]), 1e-6);
    CHECK(x[4] == 1);
    NEAR(x[8], 2 * share[2], 1e-6);
    t.target = RC_TARGET_REGRESSION;
    rc_batch_mix(&b, &t, 0.4, rc_rng_make(1, "mixup", 0));
    CHECK(!b.mixed);
    NEAR(y[0], 20 * (1 - share[0]), 1e-5);
    NEAR(y[2], 20 * share[2], 1e-5);
}

int main(void)
{
    RUN(averaged);
    RUN(mixed);
    return RESULT();
}
