/* Rows moved, scaled, mixed and averaged. */
#include "op_cases.h"

static rc_var gather(rc_graph *g, rc_var x, const int32_t *index, int64_t n, int64_t batch, int64_t width)
{
    rc_var i = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n), index, false);
    return rc_gather(g, x, i, batch, width, RC_SHAPE(batch, n, width));
}

static rc_var build_padded_gather(rc_graph *g, rc_var *in)
{
    return gather(g, in[0], (const int32_t[]){0, 1, -1, 2, 3, -1}, 6, 2, 3);
}

static rc_var build_repeated_gather(rc_graph *g, rc_var *in)
{
    return gather(g, in[0], (const int32_t[]){4, 0, 4, 4, 2}, 5, 1, 1);
}

static rc_var build_add_rows(rc_graph *g, rc_var *in)
{
    return rc_add_rows(g, in[0], in[1]);
}

static rc_var build_scale_channels(rc_graph *g, rc_var *in)
{
    return rc_scale_channels(g, in[0], in[1], in[2]);
}

static rc_var build_scale_rows(rc_graph *g, rc_var *in)
{
    return rc_scale_rows(g, in[0], in[1]);
}

static rc_var build_mix_rows(rc_graph *g, rc_var *in)
{
    static const float m[3 * 4] = {0.5f, 0.25f, 0, 0.25f, 1, 0, 0, 0, -0.5f, 2, 0, 0.125f};
    return rc_mix_rows(g, in[0], rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 4), m, false));
}

static rc_var build_mean(rc_graph *g, rc_var *in)
{
    return rc_mean_tokens(g, in[0], NULL);
}

static rc_var build_padded_mean(rc_graph *g, rc_var *in)
{
    static const int32_t length[3] = {3, 5, 0};
    return rc_mean_tokens(g, in[0], rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(3), length, false));
}

static rc_var build_shrinking_pool(rc_graph *g, rc_var *in)
{
    return rc_adaptive_pool(g, in[0], (const int64_t[]){1, 4, 3});
}

static rc_var build_growing_pool(rc_graph *g, rc_var *in)
{
    return rc_adaptive_pool(g, in[0], (const int64_t[]){2, 5, 7});
}

static rc_var build_larger(rc_graph *g, rc_var *in)
{
    return rc_interpolate(g, in[0], (const int64_t[]){2, 3}, (const int64_t[]){5, 6});
}

static rc_var build_smaller(rc_graph *g, rc_var *in)
{
    return rc_interpolate(g, in[0], (const int64_t[]){6, 5}, (const int64_t[]){3, 4});
}

static rc_var build_longer(rc_graph *g, rc_var *in)
{
    return rc_interpolate(g, in[0], (const int64_t[]){1, 4}, (const int64_t[]){1, 9});
}

static const op_case cases[] = {
    {"gather", "padding", build_padded_gather, 1, {{3, {2, 4, 3}}}, 1, 0},
    {"gather", "repeated rows of one", build_repeated_gather, 1, {{1, {5}}}, 1, 0},
    {"add_rows", "three samples", build_add_rows, 2, {{3, {3, 5, 7}}, {2, {5, 7}}}, 1, 0},
    {"add_rows", "one sample", build_add_rows, 2, {{2, {1, 4}}, {1, {4}}}, 1, 0},
    {"scale_channels",
     "with residual",
     build_scale_channels,
     3,
     {{3, {2, 5, 7}}, {1, {7}}, {3, {2, 5, 7}}},
     1,
     0},
    {"scale_channels", "without residual", build_scale_channels, 2, {{2, {6, 3}}, {1, {3}}}, 1, 0},
    {"scale_rows", "tokens of samples", build_scale_rows, 2, {{3, {2, 5, 7}}, {1, {10}}}, 1, 0},
    {"scale_rows", "one column", build_scale_rows, 2, {{2, {6, 1}}, {1, {6}}}, 1, 0},
    {"mix_rows", "four rows into three", build_mix_rows, 1, {{2, {4, 5}}}, 1, 0},
    {"mean_tokens", "several tokens", build_mean, 1, {{3, {3, 5, 7}}}, 1, 0},
    {"mean_tokens", "one token", build_mean, 1, {{3, {2, 1, 4}}}, 1, 0},
    {"mean_tokens", "padding, and nothing but padding", build_padded_mean, 1, {{3, {3, 5, 7}}}, 1, 0},
    {"adaptive_pool", "shrinking", build_shrinking_pool, 1, {{4, {2, 3, 7, 8}}}, 1, 0},
    {"adaptive_pool", "growing", build_growing_pool, 1, {{4, {1, 3, 3, 4}}}, 1, 0},
    {"interpolate", "growing", build_larger, 1, {{3, {2, 6, 5}}}, 1, 0},
    {"interpolate", "shrinking", build_smaller, 1, {{3, {3, 30, 2}}}, 1, 0},
    {"interpolate", "a line", build_longer, 1, {{3, {2, 4, 17}}}, 1, 0},
};

const op_cases rows_cases = OP_CASES(cases);
