/* Attention of whole samples and of windows. */
#include "op_cases.h"

static rc_var lengths_of(rc_graph *g, rc_var qkv, const int32_t *length)
{
    return rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(qkv->value.shape.dim[0]), length, false);
}

static rc_var build_three_heads(rc_graph *g, rc_var *in)
{
    return rc_attend(g, in[0], NULL, 3);
}

static rc_var build_one_head(rc_graph *g, rc_var *in)
{
    return rc_attend(g, in[0], NULL, 1);
}

static rc_var build_padded(rc_graph *g, rc_var *in)
{
    return rc_attend(g, in[0], lengths_of(g, in[0], (const int32_t[]){7, 3, 0, 1}), 2);
}

static rc_var build_long(rc_graph *g, rc_var *in)
{
    return rc_attend(g, in[0], lengths_of(g, in[0], (const int32_t[]){77}), 2);
}

static rc_var build_biased(rc_graph *g, rc_var *in)
{
    return rc_attend_biased(g, in[0], in[1], NULL, 2);
}

static rc_var build_biased_padded(rc_graph *g, rc_var *in)
{
    return rc_attend_biased(g, in[0], in[1], lengths_of(g, in[0], (const int32_t[]){5, 0, 2}), 3);
}

static rc_var build_shifted_windows(rc_graph *g, rc_var *in)
{
    return rc_attend_windows(g, in[0], in[1], 4, 6, 2, 1, 2);
}

static rc_var build_single_window(rc_graph *g, rc_var *in)
{
    return rc_attend_windows(g, in[0], in[1], 3, 3, 3, 0, 1);
}

static rc_var build_wide_windows(rc_graph *g, rc_var *in)
{
    return rc_attend_windows(g, in[0], in[1], 8, 4, 4, 2, 3);
}

static const op_case cases[] = {
    {"attend", "three heads of 5", build_three_heads, 1, {{3, {2, 11, 45}}}, 2, 0},
    {"attend", "one token", build_one_head, 1, {{3, {3, 1, 12}}}, 1, 0},
    {"attend", "head of 64", build_one_head, 1, {{3, {1, 19, 192}}}, 1, 0},
    {"attend", "head of 32, 33 tokens", build_one_head, 1, {{3, {1, 33, 96}}}, 1, 0},
    {"attend", "padding, one sample empty", build_padded, 1, {{3, {4, 7, 18}}}, 2, 0},
    {"attend", "several blocks of queries, padding", build_long, 1, {{3, {1, 101, 30}}}, 2, 0},
    {"attend", "bias", build_biased, 2, {{3, {2, 9, 24}}, {3, {2, 9, 9}}}, 1, 0},
    {"attend",
     "bias, several blocks of queries",
     build_biased,
     2,
     {{3, {1, 44, 18}}, {3, {2, 44, 44}}},
     1,
     0},
    {"attend",
     "bias, padding, one sample empty",
     build_biased_padded,
     2,
     {{3, {3, 5, 18}}, {3, {3, 5, 5}}},
     1,
     0},
    {"attend_windows",
     "2 x 3 windows, shifted",
     build_shifted_windows,
     2,
     {{3, {2, 24, 12}}, {3, {2, 4, 4}}},
     1,
     0},
    {"attend_windows", "one window of 9", build_single_window, 2, {{3, {1, 9, 15}}, {3, {1, 9, 9}}}, 2, 0},
    {"attend_windows",
     "windows of 16, shifted",
     build_wide_windows,
     2,
     {{3, {1, 32, 45}}, {3, {3, 16, 16}}},
     1,
     0},
};

const op_cases attention_cases = OP_CASES(cases);
