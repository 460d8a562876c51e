/* mean_tokens: y[b, c] = sum over t of m[b, t] x[b, t, c] / sum over t of m[b, t], m = 1 without a mask. The
 * mask is data: nothing flows into it. */
#include "ops/ops.h"
#include "ops/parts.h"

enum { X, MASK, INPUTS };

static rc_status mean(rc_node *node, const float *from, float *to)
{
    const int64_t *dim = node->in[X]->value.shape.dim;
    RC_LAUNCH(device_of(node), mean_tokens, dim[0], dim[1], dim[2], value_of(node, MASK), from, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return mean(node, value_of(node, X), node->value.data);
}

static rc_status backward(rc_node *node)
{
    const int64_t *dim = node->in[X]->value.shape.dim;
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), mean_tokens_backward, dim[0], dim[1], dim[2], value_of(node, MASK),
                  node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return mean(node, tangent_of(node, X), node->tangent.data);
}

static rc_var build(rc_graph *g, rc_var *in)
{
    return rc_mean_tokens(g, in[0], NULL);
}

static rc_var build_masked(rc_graph *g, rc_var *in)
{
    static const float mask[3 * 5] = {1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0};
    return rc_mean_tokens(g, in[0], rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 5), mask, false));
}

static const rc_op_case cases[] = {
    {"several tokens", build, 1, {{3, {3, 5, 7}}}, 1, 0},
    {"one token", build, 1, {{3, {2, 1, 4}}}, 1, 0},
    {"padding, and nothing but padding", build_masked, 1, {{3, {3, 5, 7}}}, 1, 0},
};

const rc_op rc_op_mean_tokens = {"mean_tokens", forward, backward, jvp, cases, sizeof cases / sizeof *cases};

rc_var rc_mean_tokens(rc_graph *g, rc_var x, rc_var mask)
{
    if (!x) return NULL;
    const int64_t *dim = x->value.shape.dim;
    if (mask && (mask->value.shape.n != 2 || mask->value.shape.dim[0] != dim[0] ||
                 mask->value.shape.dim[1] != dim[1]))
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "mean_tokens: the mask does not fit %lld x %lld tokens",
                                        (long long)dim[0], (long long)dim[1]));
    return rc_graph_apply(g, &rc_op_mean_tokens, INPUTS, (rc_var[]){x, mask}, NULL, 0, RC_DTYPE_F32,
                          RC_SHAPE(dim[0], dim[2]));
}
