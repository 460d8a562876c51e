/* Normalisation and softmax. */
#include "op_cases.h"

static rc_var build_layernorm(rc_graph *g, rc_var *in)
{
    return rc_layernorm(g, in[0], in[1], in[2], 1e-5f);
}

static rc_var build_rmsnorm(rc_graph *g, rc_var *in)
{
    return rc_rmsnorm(g, in[0], in[1], 1e-5f);
}

static rc_var build_softmax(rc_graph *g, rc_var *in)
{
    return rc_softmax(g, in[0]);
}

static const op_case cases[] = {
    {"layernorm", "small", build_layernorm, 3, {{3, {2, 3, 8}}, {1, {8}}, {1, {8}}}, 1, 0},
    {"layernorm", "odd width", build_layernorm, 3, {{2, {5, 13}}, {1, {13}}, {1, {13}}}, 2, 0},
    {"layernorm", "many rows", build_layernorm, 3, {{2, {70, 6}}, {1, {6}}, {1, {6}}}, 1, 2e-2f},
    {"rmsnorm", "small", build_rmsnorm, 2, {{3, {2, 3, 8}}, {1, {8}}}, 1, 0},
    {"rmsnorm", "odd width", build_rmsnorm, 2, {{2, {5, 13}}, {1, {13}}}, 2, 0},
    {"rmsnorm", "many rows", build_rmsnorm, 2, {{2, {70, 6}}, {1, {6}}}, 1, 2e-2f},
    {"softmax", "ten classes", build_softmax, 1, {{2, {4, 10}}}, 2, 0},
    {"softmax", "two classes", build_softmax, 1, {{2, {7, 2}}}, 1, 0},
};

const op_cases norm_cases = OP_CASES(cases);
