/* tests/slopes.h: the gradients of a whole model against finite differences. */
#ifndef RC_TESTS_SLOPES_H
#define RC_TESTS_SLOPES_H

#include "check.h"

#include "backbones/model.h"

enum { SLOPE_NUMBERS = 1 << 14 };

static inline void fill_normal(float *x, int64_t n, uint64_t seed)
{
    rc_rng rng = rc_rng_make(seed, "slopes", 0);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)rc_rng_normal(&rng);
}

/* What every pass drops; the same each time. */
static rc_noise slope_noise;

/* Numbers of a batch: all of the first input, then all of each further one. */
static inline int64_t slope_inputs(const rc_model *m, int64_t batch)
{
    int64_t n = rc_input_size(&m->spec.input);
    for (int k = 0; k < m->spec.n_more; k++)
        n += rc_input_size(&m->spec.more[k].input);
    return batch * n;
}

/* Token ids of texts of several lengths, as `x` says, of which that of a missing one is 1. */
static inline rc_feed slope_texts(rc_graph *g, const rc_model *m, const rc_input *in, int64_t batch,
                                  const bool *present, const float *x)
{
    static int32_t id[SLOPE_NUMBERS], length[64];
    int64_t words = m->backbone->vocabulary(&m->spec.backbone).size;
    for (int64_t i = 0; i < batch; i++)
        length[i] = present[i * (1 + m->spec.n_more)] ? (int32_t)(1 + i % in->length) : 1;
    for (int64_t k = 0; k < batch * in->length; k++)
        id[k] = (int32_t)(fabsf(x[k]) * 100) % (int32_t)words;
    rc_token_batch texts = {.batch = batch, .tokens = in->length, .ids = id, .length = length};
    return rc_feed_tokens(g, &m->spec.backbone, &texts);
}

/* Of several inputs, sample i lacks one in every three samples. */
static inline rc_feed slope_feed(rc_graph *g, rc_model *m, int64_t batch, const float *x)
{
    static rc_feed more[RC_MORE_INPUTS];
    static bool present[64];
    int inputs = 1 + m->spec.n_more;
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&m->spec.input, batch), x, false)};
    if (inputs == 1) return feed;
    for (int64_t i = 0; i < batch * inputs; i++)
        present[i] = (i / inputs) % 3 == 0 || i % inputs != (i / inputs) % inputs;
    x += batch * rc_input_size(&m->spec.input);
    for (int k = 0; k < m->spec.n_more; k++) {
        const rc_input *in = &m->spec.more[k].input;
        if (in->kind == RC_INPUT_TOKENS)
            more[k] = slope_texts(g, m, in, batch, present + k + 1, x);
        else
            more[k] = (rc_feed){.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(in, batch), x, false)};
        x += batch * rc_input_size(in);
    }
    feed.more = more;
    feed.present = present;
    return feed;
}

/* sum of c . output, c fixed; with gradients when asked. */
static inline double slope_objective(rc_graph *g, rc_model *m, int64_t batch, const float *x, bool backward)
{
    static float out[SLOPE_NUMBERS], c[SLOPE_NUMBERS];
    rc_graph_reset(g, backward);
    *rc_graph_noise(g) = slope_noise;
    rc_feed feed = slope_feed(g, m, batch, x);
    rc_var y = rc_model_forward(g, m, &feed);
    if (rc_graph_status(g) != RC_OK || rc_tensor_download(&y->value, out) != RC_OK) return NAN;
    int64_t n = rc_tensor_size(&y->value);
    double sum = 0;
    fill_normal(c, n, 8);
    for (int64_t i = 0; i < n; i++)
        sum += (double)c[i] * out[i];
    if (backward && (rc_graph_seed(y, c) != RC_OK || rc_graph_backward(g, false) != RC_OK)) return NAN;
    return sum;
}

/* Along a random direction in every trainable parameter: the slope, and what the gradient says of it. */
static inline void check_model_slopes(rc_model *m, int64_t batch)
{
    static float x[SLOPE_NUMBERS], value[SLOPE_NUMBERS], moved[SLOPE_NUMBERS], grad[SLOPE_NUMBERS],
        direction[SLOPE_NUMBERS];
    rc_graph *g;
    REQUIRE(slope_inputs(m, batch) <= SLOPE_NUMBERS);
    OK(rc_params_prepare_grads(m->params));
    OK(rc_graph_create(m->device, &g));
    fill_normal(x, slope_inputs(m, batch), 2);
    CHECK(isfinite(slope_objective(g, m, batch, x, true)));
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_tensor t = rc_params_value(m->params, i), d = rc_params_grad(m->params, i);
        int64_t n = rc_tensor_size(&t);
        double want = 0, step = 1e-2, value_at[2];
        if (!d.data) continue;
        REQUIRE(n <= SLOPE_NUMBERS);
        OK(rc_tensor_download(&t, value));
        OK(rc_tensor_download(&d, grad));
        fill_normal(direction, n, (uint64_t)i);
        for (int64_t k = 0; k < n; k++)
            want += (double)grad[k] * direction[k] / sqrt((double)n);
        for (int side = 0; side < 2; side++) {
            for (int64_t k = 0; k < n; k++)
                moved[k] = value[k] + (float)((side ? -step : step) * direction[k] / sqrt((double)n));
            OK(rc_tensor_upload(&t, moved));
            value_at[side] = slope_objective(g, m, batch, x, false);
        }
        OK(rc_tensor_upload(&t, value));
        double slope = (value_at[0] - value_at[1]) / (2 * step);
        if (!(fabs(slope - want) <= 2e-3 + 1e-2 * fabs(want)))
            fprintf(stderr, "%s: slope %g, gradient %g\n", rc_params_get(m->params, i)->name, slope, want);
        CHECK(fabs(slope - want) <= 2e-3 + 1e-2 * fabs(want));
    }
    rc_graph_destroy(&g);
}

#endif
