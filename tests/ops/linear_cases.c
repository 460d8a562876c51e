/* Products with matrices. */
#include "op_cases.h"

static rc_var build_linear(rc_graph *g, rc_var *in)
{
    return rc_linear(g, in[0], in[1], in[2], in[3]);
}

static rc_var build_bare_linear(rc_graph *g, rc_var *in)
{
    return rc_linear(g, in[0], in[1], NULL, NULL);
}

static rc_var build_residual_linear(rc_graph *g, rc_var *in)
{
    return rc_linear(g, in[0], in[1], NULL, in[2]);
}

static rc_var build_two_adapters(rc_graph *g, rc_var *in)
{
    const rc_adapter adapter[] = {{in[4], in[5], 0}, {in[6], in[7], 4}};
    return rc_linear_lora(g, in[0], in[1], in[2], in[3], adapter, 2, 0.7f);
}

static rc_var build_one_adapter(rc_graph *g, rc_var *in)
{
    const rc_adapter adapter[] = {{in[2], in[3], 0}};
    return rc_linear_lora(g, in[0], in[1], NULL, NULL, adapter, 1, 2.0f);
}

static rc_var build_linear_each(rc_graph *g, rc_var *in)
{
    return rc_linear_each(g, in[0], in[1]);
}

static rc_var build_mlp(rc_graph *g, rc_var *in)
{
    return rc_mlp(g, in[0], in[1], in[2], in[3], in[4], in[5]);
}

static const op_case cases[] = {
    {"linear",
     "bias and residual",
     build_linear,
     4,
     {{3, {2, 5, 7}}, {2, {4, 7}}, {1, {4}}, {3, {2, 5, 4}}},
     1,
     0},
    {"linear", "one row", build_linear, 4, {{2, {1, 3}}, {2, {2, 3}}, {1, {2}}, {2, {1, 2}}}, 1, 0},
    {"linear", "no bias", build_bare_linear, 2, {{2, {33, 19}}, {2, {17, 19}}}, 1, 0},
    {"linear",
     "residual without bias",
     build_residual_linear,
     3,
     {{2, {6, 5}}, {2, {9, 5}}, {2, {6, 9}}},
     1,
     0},
    {"linear_lora",
     "two adapters side by side",
     build_two_adapters,
     8,
     {{3, {2, 5, 7}},
      {2, {6, 7}},
      {1, {6}},
      {3, {2, 5, 6}},
      {2, {3, 7}},
      {2, {3, 3}},
      {2, {1, 7}},
      {2, {2, 1}}},
     1,
     0},
    {"linear_lora",
     "one over the whole width",
     build_one_adapter,
     4,
     {{2, {9, 5}}, {2, {4, 5}}, {2, {2, 5}}, {2, {4, 2}}},
     1,
     0},
    {"linear_each", "three tokens", build_linear_each, 2, {{3, {4, 3, 5}}, {3, {3, 7, 5}}}, 1, 0},
    {"linear_each", "one number a token", build_linear_each, 2, {{3, {2, 6, 1}}, {3, {6, 9, 1}}}, 1, 0},
    {"linear_each", "one sample", build_linear_each, 2, {{3, {1, 2, 3}}, {3, {2, 4, 3}}}, 1, 0},
    {"mlp",
     "residual",
     build_mlp,
     6,
     {{3, {2, 3, 5}}, {2, {8, 5}}, {1, {8}}, {2, {5, 8}}, {1, {5}}, {3, {2, 3, 5}}},
     1,
     0},
    {"mlp",
     "no residual",
     build_mlp,
     5,
     {{2, {7, 4}}, {2, {17, 4}}, {1, {17}}, {2, {3, 17}}, {1, {3}}},
     1,
     0},
};

const op_cases linear_cases = OP_CASES(cases);
