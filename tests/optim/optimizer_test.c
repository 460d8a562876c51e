/* Optimizers against their published update rules, written out in double for one number at a time; clipping's
 * norm; schedules at the points where they turn. */
#include "check.h"

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
    rc_device *const devices[] = {rc_device_ref(), rc_device_onednn(), rc_device_poison()};
    for (size_t d = 0; d < sizeof devices / sizeof *devices; d++)
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

TEST(names)
{
    rc_optimizer_kind kind;
    rc_schedule_kind schedule;
    OK(rc_optimizer_by_name("adam", &kind));
    CHECK(kind == RC_OPTIMIZER_ADAM);
    OK(rc_schedule_by_name("step", &schedule));
    CHECK(schedule == RC_SCHEDULE_STEP);
    FAILS(RC_CONFIG, "known: sgd, adam, adamw", rc_optimizer_by_name("lion", &kind));
    FAILS(RC_CONFIG, "known: constant", rc_schedule_by_name("", &schedule));
}

int main(void)
{
    RUN(updates_follow_the_published_rules);
    RUN(what_has_no_gradient_stays);
    RUN(nothing_to_train_is_said);
    RUN(norm_of_all_gradients);
    RUN(schedules_turn_where_they_should);
    RUN(names);
    return RESULT();
}
