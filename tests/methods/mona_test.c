/* The gradient of MoNA's stage 1: against finite differences of the whole, simulated step included. */
#include "base/rng.h"
#include "check.h"
#include "methods/mona.h"

enum { N = 4, CLASSES = 3, SIDE = 16 };

typedef struct setting {
    rc_bundle *bundle;
    rc_task task;
    rc_batch batch;
    rc_source_samples samples;
    rc_mona x;
} setting;

static void make_batch(setting *s, const rc_input *input)
{
    rc_rng rng = rc_rng_make(5, "test", 0);
    s->task = (rc_task){.target = RC_TARGET_CLASSES,
                        .loss = RC_LOSS_CROSS_ENTROPY,
                        .y_size = 1,
                        .layout = {.input = *input, .x_shape = {3, SIDE, SIDE}}};
    OK(rc_batch_create(&s->task, N, &s->batch));
    s->batch.n = N;
    for (int i = 0; i < N * 3 * SIDE * SIDE; i++)
        s->batch.given.x[i] = (float)rc_rng_normal(&rng);
    for (int i = 0; i < N; i++)
        s->batch.label[i] = i % CLASSES;
}

static void make(setting *s, double inner_lr, double weight_task)
{
    rc_device *device = rc_device_default();
    rc_input input = {.kind = RC_INPUT_IMAGE, .channels = 3, .height = SIDE, .width = SIDE};
    *s = (setting){0};
    OK(rc_bundle_open("swin-mini", &s->bundle));
    rc_model_spec spec = {
        .backbone = s->bundle->backbone, .input = input, .head = RC_HEAD_LINEAR, .outputs = CLASSES};
    rc_weights weights = rc_bundle_weights(s->bundle);
    s->x = (rc_mona){.task = &s->task,
                     .batch = &s->batch,
                     .samples = &s->samples,
                     .inner_lr = inner_lr,
                     .weight_task = weight_task};
    OK(rc_model_create(device, &spec, &s->x.model));
    OK(rc_model_start(s->x.model, &weights, 3));
    OK(rc_graph_create(device, &s->x.graph));
    make_batch(s, &input);
    OK(rc_source_samples_create(s->bundle, s->x.model, 8, &s->samples));
    rc_source_samples_draw(&s->samples, 1, 0, 8);
    OK(rc_source_head_load(device, s->bundle, 0, false, s->x.head));
    OK(rc_mona_prepare(&s->x));
    rc_params_set_trainable(s->x.model->params, "", true);
    OK(rc_params_prepare_grads(s->x.model->params));
}

static void end(setting *s)
{
    rc_mona_free(&s->x);
    rc_tensor_destroy(&s->x.head[0]);
    rc_tensor_destroy(&s->x.head[1]);
    rc_source_samples_free(&s->samples);
    rc_batch_free(&s->batch);
    rc_graph_destroy(&s->x.graph);
    rc_model_destroy(&s->x.model);
    rc_bundle_close(&s->bundle);
}

static void read_block(setting *s, float *out)
{
    rc_params *p = s->x.model->params;
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_tensor t = rc_params_value(p, i);
        OK(rc_tensor_download(&t, out + rc_params_get(p, i)->offset));
    }
}

/* The embedder at `from` + step * direction. */
static void move_embedder(setting *s, const float *from, double step, const float *direction)
{
    rc_params *p = s->x.model->params;
    static float moved[1 << 16];
    for (int i = 0; i < s->x.model->first[RC_PART_BODY]; i++) {
        const rc_param *e = rc_params_get(p, i);
        rc_tensor t = rc_params_value(p, i);
        for (int64_t k = 0; k < e->size; k++)
            moved[k] = from[e->offset + k] + (float)(step * direction[e->offset + k]);
        OK(rc_tensor_upload(&t, moved));
    }
}

TEST(gradient_through_the_simulated_step)
{
    setting s;
    double target, source, up, down, length = 0;
    make(&s, 0.3, 0);
    int64_t n = s.x.total;
    float *values, *direction;
    OK(RC_NEW(&values, n));
    OK(RC_NEW(&direction, n));
    read_block(&s, values);
    OK(rc_mona_gradient(&s.x, &target, &source));
    for (int i = 0; i < s.x.model->first[RC_PART_BODY]; i++) {
        const rc_param *e = rc_params_get(s.x.model->params, i);
        for (int64_t k = e->offset; k < e->offset + e->size; k++)
            length += (double)s.x.g[k] * s.x.g[k];
    }
    length = sqrt(length);
    REQUIRE(length > 1e-4);
    for (int64_t k = 0; k < n; k++)
        direction[k] = (float)(s.x.g[k] / length);
    /* Along the gradient the slope is its length. */
    const double h = 0.002;
    move_embedder(&s, values, h, direction);
    OK(rc_mona_gradient(&s.x, &target, &up));
    move_embedder(&s, values, -h, direction);
    OK(rc_mona_gradient(&s.x, &target, &down));
    double slope = (up - down) / (2 * h);
    CHECK(fabs(slope - length) < 0.01 * length);
    if (!(fabs(slope - length) < 0.01 * length)) fprintf(stderr, "  slope %g, gradient %g\n", slope, length);
    rc_free(values);
    rc_free(direction);
    end(&s);
}

TEST(leaves_all_parameters_as_they_were)
{
    setting s;
    double target, source;
    make(&s, 0.1, 1);
    float *before, *after;
    OK(RC_NEW(&before, s.x.total));
    OK(RC_NEW(&after, s.x.total));
    read_block(&s, before);
    OK(rc_mona_gradient(&s.x, &target, &source));
    read_block(&s, after);
    CHECK(memcmp(before, after, (size_t)s.x.total * sizeof *before) == 0);
    for (int i = s.x.model->first[RC_PART_BODY]; i < s.x.model->first[RC_PART_HEAD]; i++) {
        const rc_param *e = rc_params_get(s.x.model->params, i);
        for (int64_t k = e->offset; k < e->offset + e->size; k++)
            if (s.x.g[k] != 0) REQUIRE(!"the body has a gradient");
    }
    rc_free(before);
    rc_free(after);
    end(&s);
}

TEST(source_samples_go_round)
{
    setting s;
    int seen[1 << 12] = {0};
    make(&s, 0.1, 1);
    int64_t all = s.bundle->n_tokens, width = s.bundle->width, tokens = rc_grid_tokens(&s.samples.grid);
    REQUIRE(all > 8 && all < 1 << 12);
    CHECK(tokens == 64 && s.bundle->grid.h == 16 && !s.samples.padded); /* a smaller grid than the source's */
    float *whole;
    OK(RC_NEW(&whole, 256 * width));
    for (int64_t step = 0; step < all / 8; step++) {
        rc_source_samples_draw(&s.samples, 7, step, 8);
        for (int64_t i = 0; i < 8; i++)
            for (int64_t k = 0; k < all; k++) {
                if (s.bundle->labels[k] != s.samples.label[i]) continue;
                (void)rc_bundle_tokens(s.bundle, k, whole);
                seen[k] +=
                    memcmp(whole, s.samples.tokens + i * tokens * width, (size_t)width * sizeof *whole) == 0;
            }
    }
    for (int64_t k = 0; k < all; k++)
        CHECK(seen[k] == 1);
    rc_free(whole);
    end(&s);
}

int main(void)
{
    RUN(gradient_through_the_simulated_step);
    RUN(leaves_all_parameters_as_they_were);
    RUN(source_samples_go_round);
    return RESULT();
}
