/* Losses, and the probabilities that one of them is asked of. */
#include "op_cases.h"

static rc_var labels(rc_graph *g)
{
    return rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(4), (const int32_t[]){0, 2, 4, 1}, false);
}

static rc_var build_cross_entropy(rc_graph *g, rc_var *in)
{
    return rc_cross_entropy(g, in[0], labels(g), 0.0f);
}

static rc_var build_smoothed(rc_graph *g, rc_var *in)
{
    rc_var label = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(3), (const int32_t[]){9, 0, 3}, false);
    return rc_cross_entropy(g, in[0], label, 0.1f);
}

static rc_var build_weighted(rc_graph *g, rc_var *in)
{
    rc_var weight = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(5), (const float[]){0.5f, 2, 1, 0, 3}, false);
    return rc_weighted_cross_entropy(g, in[0], labels(g), weight, 0.2f);
}

static rc_var build_focal_two(rc_graph *g, rc_var *in)
{
    return rc_focal(g, in[0], labels(g), 2.0f);
}

static rc_var build_focal_half(rc_graph *g, rc_var *in)
{
    return rc_focal(g, in[0], labels(g), 0.5f);
}

static rc_var build_focal_zero(rc_graph *g, rc_var *in)
{
    return rc_focal(g, in[0], labels(g), 0.0f);
}

/* n numbers: first, first + step, ... */
static rc_var line(rc_graph *g, int64_t n, float first, float step)
{
    float x[12];
    for (int64_t i = 0; i < n; i++)
        x[i] = first + step * (float)i;
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n), x, false);
}

static rc_var scales(rc_graph *g, int64_t n)
{
    return line(g, n, 0.5f, 0.2f);
}

static rc_var means(rc_graph *g, int64_t n)
{
    return line(g, n, 1.0f, -0.1f);
}

static rc_var truth(rc_graph *g, int64_t rows, int64_t cols)
{
    float y[24];
    for (int64_t i = 0; i < rows * cols; i++)
        y[i] = 0.3f + 0.1f * (float)(i % 7);
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(rows, cols), y, false);
}

static rc_var build_relative(rc_graph *g, rc_var *in)
{
    return rc_relative_l2(g, in[0], truth(g, 3, 8), NULL, NULL);
}

static rc_var build_decoded(rc_graph *g, rc_var *in)
{
    return rc_relative_l2(g, in[0], truth(g, 2, 12), scales(g, 12), means(g, 12));
}

/* Errors stay away from 0, where |e| has a corner: x is within [-1, 1], y beyond 1.2. */
static rc_var lp_error(rc_graph *g, rc_var x, float q, bool relative)
{
    float y[24];
    for (int i = 0; i < 24; i++)
        y[i] = (i % 3 ? 1.0f : -1.0f) * (1.2f + 0.1f * (float)(i % 7));
    rc_var target = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 8), y, false);
    return rc_lp_error(g, x, target, scales(g, 8), means(g, 8), q, relative);
}

static rc_var build_lp_one(rc_graph *g, rc_var *in)
{
    return lp_error(g, in[0], 1, true);
}

static rc_var build_lp_three(rc_graph *g, rc_var *in)
{
    return lp_error(g, in[0], 3, true);
}

static rc_var build_root_mean_square(rc_graph *g, rc_var *in)
{
    return lp_error(g, in[0], 2, false);
}

static rc_var build_squared_error(rc_graph *g, rc_var *in)
{
    static const float y[12] = {0.5f, -1, 2, 0, 0.25f, 1, -0.5f, 3, 0.1f, 0.2f, 0.3f, 0.4f};
    return rc_squared_error(g, in[0], rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 4), y, false));
}

static rc_var binary_cross_entropy(rc_graph *g, rc_var x, float pos_weight)
{
    static const float y[15] = {1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0};
    rc_var target = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 5), y, false);
    return rc_binary_cross_entropy(g, x, target, pos_weight);
}

static rc_var build_binary(rc_graph *g, rc_var *in)
{
    return binary_cross_entropy(g, in[0], 1.0f);
}

static rc_var build_weighted_binary(rc_graph *g, rc_var *in)
{
    return binary_cross_entropy(g, in[0], 10.0f);
}

static rc_var build_poisson(rc_graph *g, rc_var *in)
{
    static const float y[12] = {0, 1, 2, 0, 5, 1, 0, 3, 7, 2, 0, 4};
    return rc_poisson(g, in[0], rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 4), y, false));
}

static rc_var build_ordered_classes(rc_graph *g, rc_var *in)
{
    return rc_ordered_classes(g, in[0]);
}

static rc_var softened_kl(rc_graph *g, rc_var x, float temperature)
{
    static const float t[15] = {1, 0, -2, 3, 0.5f, 0, 0, 0, 0, 0, -90, 40, 0.25f, 39, 1};
    return rc_softened_kl(g, x, rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 5), t, false), temperature);
}

static rc_var build_plain_kl(rc_graph *g, rc_var *in)
{
    return softened_kl(g, in[0], 1.0f);
}

static rc_var build_softened_kl(rc_graph *g, rc_var *in)
{
    return softened_kl(g, in[0], 4.0f);
}

static const op_case cases[] = {
    {"cross_entropy", "plain", build_cross_entropy, 1, {{2, {4, 5}}}, 3, 0},
    {"cross_entropy", "smoothed", build_smoothed, 1, {{2, {3, 10}}}, 2, 0},
    {"cross_entropy", "weighted", build_weighted, 1, {{2, {4, 5}}}, 3, 0},
    {"focal", "gamma 2", build_focal_two, 1, {{2, {4, 5}}}, 3, 0},
    {"focal", "gamma 1/2", build_focal_half, 1, {{2, {4, 5}}}, 3, 0},
    {"focal", "gamma 0", build_focal_zero, 1, {{2, {4, 5}}}, 3, 0},
    {"relative_l2", "plain", build_relative, 1, {{2, {3, 8}}}, 1, 0},
    {"relative_l2", "decoded", build_decoded, 1, {{3, {2, 3, 4}}}, 1, 0},
    {"lp_error", "relative, q 1", build_lp_one, 1, {{2, {3, 8}}}, 1, 0},
    {"lp_error", "relative, q 3", build_lp_three, 1, {{3, {3, 2, 4}}}, 1, 0},
    {"lp_error", "root mean square", build_root_mean_square, 1, {{2, {3, 8}}}, 1, 0},
    {"squared_error", "three rows", build_squared_error, 1, {{2, {3, 4}}}, 1, 0},
    {"binary_cross_entropy", "plain", build_binary, 1, {{2, {3, 5}}}, 3, 0},
    {"binary_cross_entropy", "weighted", build_weighted_binary, 1, {{2, {3, 5}}}, 3, 0},
    {"poisson", "three rows", build_poisson, 1, {{2, {3, 4}}}, 1, 0},
    {"ordered_classes", "five classes", build_ordered_classes, 1, {{2, {3, 4}}}, 1.5f, 0},
    {"ordered_classes", "two classes", build_ordered_classes, 1, {{2, {7, 1}}}, 2, 0},
    {"softened_kl", "plain", build_plain_kl, 1, {{2, {3, 5}}}, 3, 0},
    {"softened_kl", "softened", build_softened_kl, 1, {{2, {3, 5}}}, 3, 0},
};

const op_cases loss_cases = OP_CASES(cases);
