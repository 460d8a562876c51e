/* Number by number. */
#include "op_cases.h"

static rc_var build_sum(rc_graph *g, rc_var *in)
{
    return rc_add(g, in[0], in[1]);
}

static rc_var build_double(rc_graph *g, rc_var *in)
{
    return rc_add(g, in[0], in[0]);
}

static rc_var build_gelu(rc_graph *g, rc_var *in)
{
    return rc_gelu(g, in[0]);
}

static rc_var build_relu(rc_graph *g, rc_var *in)
{
    return rc_relu(g, in[0]);
}

static rc_var build_silu_gate(rc_graph *g, rc_var *in)
{
    return rc_glu(g, in[0], RC_GATE_SILU);
}

static rc_var build_gelu_gate(rc_graph *g, rc_var *in)
{
    return rc_glu(g, in[0], RC_GATE_GELU);
}

static const op_case cases[] = {
    {"add", "two tensors", build_sum, 2, {{2, {3, 7}}, {2, {3, 7}}}, 1, 0},
    {"add", "a tensor and itself", build_double, 1, {{2, {2, 5}}}, 1, 0},
    {"gelu", "around zero", build_gelu, 1, {{2, {5, 9}}}, 1, 0},
    {"gelu", "wide", build_gelu, 1, {{1, {100}}}, 4, 0},
    /* Few numbers of a wide range: none lies so near to 0 that a finite difference reaches across. */
    {"relu", "few", build_relu, 1, {{2, {3, 5}}}, 4, 0},
    {"relu", "odd size", build_relu, 1, {{1, {33}}}, 40, 0},
    {"glu", "silu around zero", build_silu_gate, 1, {{3, {2, 3, 10}}}, 1, 0},
    {"glu", "silu, wide", build_silu_gate, 1, {{2, {7, 6}}}, 4, 0},
    {"glu", "gelu around zero", build_gelu_gate, 1, {{3, {2, 3, 10}}}, 1, 0},
    {"glu", "gelu, wide", build_gelu_gate, 1, {{2, {7, 38}}}, 4, 0},
};

const op_cases elementwise_cases = OP_CASES(cases);
