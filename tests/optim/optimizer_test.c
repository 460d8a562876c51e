/* Optimizers against their published update rules, written out in double for one number at a time; clipping's
 * norm; schedules at the points where they turn. */
#include "check.h"
#include "test_devices.h"

#include "base/progress.h"
#include "ops/ops.h"
#include "optim/optimizer.h"

enum { A = 37, B = 6, STEPS = 5 }; /* odd sizes: vector kernels have a tail */

typedef struct scalar {
    double w, m, v;
} scalar;

/* Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW), and SGD with momentum as PyTorch has it: the
 * buffer starts as the first gradient, and there is no dampening. */
static void update(scalar *s, const rc_optimizer_settings *o, int t, double lr, double g)
{
    if (o->kind == RC_OPTIMIZER_ADAMW)
        s->w -= lr * o->weight_decay * s->w;
    else
        g += o->weight_decay * s->w;
    if (o->kind == RC_OPTIMIZER_SGD) {
        s->m = t == 1 ? g : o->momentum * s->m + g;
        s->w -= lr * s->m;
        return;
    }
    s->m = o->beta1 * s->m + (1 - o->beta1) * g;
    s->v = o->beta2 * s->v + (1 - o->beta2) * g * g;
    double m = s->m / (1 - pow(o->beta1, t)), v = s->v / (1 - pow(o->beta2, t));
    s->w -= lr * m / (sqrt(v) + o->eps);
}

static float weight(int i)
{
    return 0.3f * (float)((i * 7) % 11 - 5);
}

static float gradient(int i, int t)
{
    return 0.01f * (float)((i * 5 + t * 3) % 13 - 6) + (i % 4 == 0 ? 1e-6f : 0);
}

static void make(rc_device *device, rc_params **p)
{
    float w[A + B];
    int a, b;
    OK(rc_params_create(device, p));
    OK(rc_params_declare(*p, "a", RC_SHAPE(A), RC_INIT_ZEROS, 0, false, &a));
    OK(rc_params_declare(*p, "b", RC_SHAPE(2, B / 2), RC_INIT_ZEROS, 0, false, &b));
    OK(rc_params_allocate(*p));
    for (int i = 0; i < A + B; i++)
        w[i] = weight(i);
    rc_tensor ta = rc_params_value(*p, a), tb = rc_params_value(*p, b);
    OK(rc_tensor_upload(&ta, w));
    OK(rc_tensor_upload(&tb, w + A));
    OK(rc_params_prepare_grads(*p));
}

/* Put gradient(., t) where backward would, for the first `n` parameters. */
static void backward(rc_params *p, int t, int n)
{
    float g[A + B];
    for (int i = 0; i < A + B; i++)
        g[i] = gradient(i, t);
    for (int i = 0; i < n; i++) {
        rc_tensor to = rc_params_grad(p, i);
        OK(rc_tensor_upload(&to, i == 0 ? g : g + A));
        rc_params_set_grad_ready(p, i);
    }
}

static void read_back(rc_params *p, float *w)
{
    rc_tensor a = rc_params_value(p, 0), b = rc_params_value(p, 1);
    OK(rc_tensor_download(&a, w));
    OK(rc_tensor_download(&b, w + A));
}

static void follows_the_rule(rc_device *device, rc_optimizer_settings o)
{
    rc_params *p;
    rc_optimizer *optimizer;
    scalar s[A + B] = {{0}};
    float w[A + B];
    make(device, &p);
    for (int i = 0; i < A + B; i++)
        s[i].w = weight(i);
    OK(rc_optimizer_create(p, &o, &optimizer));
    for (int t = 1; t <= STEPS; t++) {
        double lr = 0.05 / t, scale = t == 3 ? 0.25 : 1;
        backward(p, t, 2);
        OK(rc_optimizer_update(optimizer, lr, scale));
        rc_params_zero_grads(p);
        for (int i = 0; i < A + B; i++)
            update(&s[i], &o, t, lr, scale * gradient(i, t));
    }
    read_back(p, w);
    for (int i = 0; i < A + B; i++)
        NEAR(w[i], s[i].w, 2e-6 * (1 + fabs(s[i].w)));
    CHECK(rc_optimizer_steps(optimizer) == STEPS);
    rc_optimizer_destroy(&optimizer);
    rc_params_destroy(&p);
}

TEST(updates_follow_the_published_rules)
{
    rc_device *devices[TEST_DEVICES];
    int count = test_devices(devices);
    for (int d = 0; d < count; d++)
        for (int kind = RC_OPTIMIZER_SGD; kind <= RC_OPTIMIZER_ADAMW; kind++)
            for (int decay = 0; decay < 2; decay++)
                follows_the_rule(devices[d], (rc_optimizer_settings){.kind = (rc_optimizer_kind)kind,
                                                                     .weight_decay = decay * 0.1,
                                                                     .momentum = 0.9,
                                                                     .beta1 = 0.9,
                                                                     .beta2 = 0.98,
                                                                     .eps = 1e-8});
}

TEST(what_has_no_gradient_stays)
{
    rc_params *p;
    rc_optimizer *optimizer;
    float w[A + B];
    rc_optimizer_settings o = {RC_OPTIMIZER_ADAMW, 0.1, 0, 0.9, 0.999, 1e-8};
    make(rc_device_default(), &p);
    OK(rc_optimizer_create(p, &o, &optimizer));
    backward(p, 1, 1);
    OK(rc_optimizer_update(optimizer, 0.1, 1));
    read_back(p, w);
    CHECK(w[0] != weight(0));
    for (int i = A; i < A + B; i++)
        CHECK(w[i] == weight(i));
    rc_optimizer_destroy(&optimizer);
    rc_params_destroy(&p);
}

/* ---- tables of embeddings ---- */

enum { ROWS = 61, WIDTH = 300, PICKED = 9, TABLE_STEPS = 7 };

static void make_table(rc_device *device, bool marked, rc_params **p)
{
    float w[ROWS * WIDTH];
    int i;
    OK(rc_params_create(device, p));
    OK(rc_params_declare(*p, "table", RC_SHAPE(ROWS, WIDTH), RC_INIT_ZEROS, 0, false, &i));
    if (marked) rc_params_mark_table(*p, i);
    OK(rc_params_allocate(*p));
    for (int k = 0; k < ROWS * WIDTH; k++)
        w[k] = k % 31 ? weight(k) : -0.0f;
    rc_tensor t = rc_params_value(*p, i);
    OK(rc_tensor_upload(&t, w));
}

/* Rows that come once, twice, again after some steps, or never; and none at all. */
static void pick(int t, int32_t *index)
{
    for (int j = 0; j < PICKED; j++)
        index[j] = j == 4 ? -1 : (j % 3 * 17 + t / 2 * 5 + (j > 6 ? j : 0)) % (ROWS - 20);
}

/* Gradients flow into the table through a lookup: once, or twice, so that they cannot be given by rows. */
static void step_table(rc_params *p, rc_graph *g, rc_optimizer *o, int t, int lookups, bool in_one_walk)
{
    int32_t index[PICKED];
    float slope[PICKED * WIDTH];
    double norm;
    pick(t, index);
    rc_graph_reset(g, true);
    for (int k = 0; k < lookups; k++) {
        for (int i = 0; i < PICKED * WIDTH; i++)
            slope[i] = i / WIDTH == 7 ? 0 : gradient(i, t + k);
        rc_var at = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(PICKED), index, false);
        rc_var y = rc_gather(g, rc_params_var(g, p, 0), at, 1, WIDTH, RC_SHAPE(PICKED, WIDTH));
        OK(rc_graph_status(g));
        OK(rc_graph_seed(y, slope));
    }
    if (in_one_walk) {
        OK(rc_optimizer_backward(o, NULL, g, 0.03 / t));
        OK(rc_optimizer_norm(o, &norm));
    } else {
        OK(rc_graph_backward(g, false));
        OK(rc_gradient_norm(p, &norm));
        OK(rc_optimizer_update(o, 0.03 / t, 0.5));
        rc_params_zero_grads(p);
    }
    CHECK(norm > 0);
}

typedef struct outcome {
    float w[ROWS * WIDTH], m[ROWS * WIDTH], v[ROWS * WIDTH];
} outcome;

static void download(rc_params *p, rc_optimizer *o, outcome *out)
{
    rc_tensor w = rc_params_value(p, 0), m = rc_optimizer_state(o, 0), v = rc_optimizer_state(o, 1);
    OK(rc_tensor_download(&w, out->w));
    OK(rc_tensor_download(&m, out->m));
    OK(rc_tensor_download(&v, out->v));
}

/* resume: moments go into a new optimizer after the third step. */
static void run_table(rc_device *device, const rc_optimizer_settings *s, bool marked, int lookups,
                      bool in_one_walk, bool resume, outcome *out)
{
    rc_params *p;
    rc_graph *g;
    rc_optimizer *o;
    make_table(device, marked, &p);
    if (in_one_walk)
        OK(rc_params_prepare_step_grads(p));
    else
        OK(rc_params_prepare_grads(p));
    OK(rc_graph_create(device, &g));
    OK(rc_optimizer_create(p, s, &o));
    for (int t = 1; t <= TABLE_STEPS; t++) {
        step_table(p, g, o, t, lookups, in_one_walk);
        if (t != 3 || !resume) continue;
        download(p, o, out);
        rc_optimizer_destroy(&o);
        OK(rc_optimizer_create(p, s, &o));
        OK(rc_optimizer_set_state(o, 0, out->m));
        OK(rc_optimizer_set_state(o, 1, out->v));
        rc_optimizer_set_steps(o, 3);
    }
    download(p, o, out);
    rc_optimizer_destroy(&o);
    rc_graph_destroy(&g);
    rc_params_destroy(&p);
}

TEST(tables_take_the_same_steps)
{
    static outcome dense, by_rows;
    rc_device *devices[TEST_DEVICES];
    int count = test_devices(devices);
    for (int d = 0; d < count; d++)
        for (int variant = 0; variant < 32; variant++) {
            rc_optimizer_settings s = {variant & 1 ? RC_OPTIMIZER_ADAM : RC_OPTIMIZER_ADAMW,
                                       variant & 2 ? 0 : 0.1,
                                       0,
                                       0.9,
                                       0.98,
                                       1e-8};
            int lookups = variant & 4 ? 2 : 1;
            bool in_one_walk = variant & 8, resume = variant & 16;
            run_table(devices[d], &s, false, lookups, in_one_walk, resume, &dense);
            run_table(devices[d], &s, true, lookups, in_one_walk, resume, &by_rows);
            CHECK(memcmp(dense.w, by_rows.w, sizeof dense.w) == 0);
            CHECK(memcmp(dense.m, by_rows.m, sizeof dense.m) == 0);
            CHECK(memcmp(dense.v, by_rows.v, sizeof dense.v) == 0);
            bool at_rest = s.kind == RC_OPTIMIZER_ADAMW || s.weight_decay == 0;
            CHECK((by_rows.v[(ROWS - 1) * WIDTH + 1] == 0) == at_rest);
        }
}

/* What a step does not touch takes no memory: neither moments nor gradient. */
TEST(untouched_rows_take_no_memory)
{
    enum { MANY = 40000, WIDE = 768 };
    rc_params *p;
    rc_graph *g;
    rc_optimizer *o;
    double norm;
    int i;
    const rc_optimizer_settings s = {RC_OPTIMIZER_ADAMW, 0.01, 0, 0.9, 0.999, 1e-8};
    OK(rc_params_create(rc_device_default(), &p));
    OK(rc_params_declare(p, "table", RC_SHAPE(MANY, WIDE), RC_INIT_ONES, 0, false, &i));
    rc_params_mark_table(p, i);
    OK(rc_params_allocate(p));
    OK(rc_params_initialise(p, 0));
    OK(rc_params_prepare_step_grads(p));
    OK(rc_graph_create(rc_device_default(), &g));
    int64_t before = rc_peak_rss();
    OK(rc_optimizer_create(p, &s, &o));
    for (int t = 0; t < 3; t++) {
        int32_t index[64];
        for (int j = 0; j < 64; j++)
            index[j] = (t * 977 + j * 601) % MANY;
        rc_graph_reset(g, true);
        rc_var at = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(64), index, false);
        rc_var y = rc_gather(g, rc_params_var(g, p, 0), at, 1, WIDE, RC_SHAPE(64, WIDE));
        OK(rc_graph_seed(y, NULL));
        OK(rc_optimizer_backward(o, NULL, g, 0.1));
        OK(rc_optimizer_norm(o, &norm));
        NEAR(norm, sqrt(64 * WIDE), 1e-6);
    }
    CHECK(rc_peak_rss() - before < 30 << 20); /* of 369 MB */
    rc_optimizer_destroy(&o);
    rc_graph_destroy(&g);
    rc_params_destroy(&p);
}

TEST(nothing_to_train_is_said)
{
    rc_params *p;
    rc_optimizer *optimizer = NULL;
    rc_optimizer_settings o = {RC_OPTIMIZER_SGD, 0, 0, 0, 0, 0};
    make(rc_device_default(), &p);
    rc_params_set_trainable(p, "", false);
    OK(rc_params_prepare_grads(p));
    FAILS(RC_CONFIG, "every parameter is frozen", rc_optimizer_create(p, &o, &optimizer));
    rc_optimizer_destroy(&optimizer);
    rc_params_destroy(&p);
}

TEST(norm_of_all_gradients)
{
    rc_params *p;
    double norm, square = 0;
    make(rc_device_default(), &p);
    OK(rc_gradient_norm(p, &norm));
    NEAR(norm, 0, 0);
    backward(p, 2, 2);
    for (int i = 0; i < A + B; i++)
        square += (double)gradient(i, 2) * gradient(i, 2);
    OK(rc_gradient_norm(p, &norm));
    NEAR(norm, sqrt(square), 1e-7);
    rc_tensor g = rc_params_grad(p, 1);
    float spoilt[B] = {0, NAN};
    OK(rc_tensor_upload(&g, spoilt));
    OK(rc_gradient_norm(p, &norm));
    CHECK(!isfinite(norm));
    rc_params_destroy(&p);
}

TEST(schedules_turn_where_they_should)
{
    rc_schedule s = {.kind = RC_SCHEDULE_LINEAR, .warmup = 4, .end = 24, .every = 8, .factor = 0.2};
    NEAR(rc_schedule_rate(&s, 0), 0.2, 1e-15);
    NEAR(rc_schedule_rate(&s, 3), 0.8, 1e-15);
    NEAR(rc_schedule_rate(&s, 4), 1, 0);
    NEAR(rc_schedule_rate(&s, 14), 0.5, 1e-15);
    NEAR(rc_schedule_rate(&s, 24), 0, 0);
    NEAR(rc_schedule_rate(&s, 99), 0, 0);
    s.kind = RC_SCHEDULE_COSINE;
    NEAR(rc_schedule_rate(&s, 4), 1, 0);
    NEAR(rc_schedule_rate(&s, 9), 0.5 * (1 + sqrt(0.5)), 1e-15);
    NEAR(rc_schedule_rate(&s, 14), 0.5, 1e-15);
    NEAR(rc_schedule_rate(&s, 24), 0, 1e-15);
    s.kind = RC_SCHEDULE_CONSTANT;
    NEAR(rc_schedule_rate(&s, 99), 1, 0);
    s = (rc_schedule){.kind = RC_SCHEDULE_STEP, .every = 20, .factor = 0.2};
    NEAR(rc_schedule_rate(&s, 19), 1, 0);
    NEAR(rc_schedule_rate(&s, 20), 0.2, 1e-15);
    NEAR(rc_schedule_rate(&s, 41), 0.04, 1e-15);
    /* A warm-up as long as the whole stage leaves no span to divide by. */
    s = (rc_schedule){.kind = RC_SCHEDULE_LINEAR, .warmup = 3, .end = 3, .every = 1};
    NEAR(rc_schedule_rate(&s, 3), 0, 0);
}

int main(void)
{
    RUN(updates_follow_the_published_rules);
    RUN(what_has_no_gradient_stays);
    RUN(tables_take_the_same_steps);
    RUN(untouched_rows_take_no_memory);
    RUN(nothing_to_train_is_said);
    RUN(norm_of_all_gradients);
    RUN(schedules_turn_where_they_should);
    return RESULT();
}
