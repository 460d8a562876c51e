/* swiglu: y = silu(a) b for x = [a | b] in the last dimension, silu(a) = a / (1 + exp(-a)) (Shazeer, "GLU
 * variants improve transformer", 2020). */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), swiglu, row_count(&node->value), last_dim(&node->value), value_of(node, 0),
              node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), swiglu_backward, row_count(&node->value), last_dim(&node->value),
                  value_of(node, 0), node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), swiglu_jvp, row_count(&node->value), last_dim(&node->value), value_of(node, 0),
              tangent_of(node, 0), node->tangent.data);
    return RC_OK;
}

static rc_var build(rc_graph *g, rc_var *in)
{
    return rc_swiglu(g, in[0]);
}

static const rc_op_case cases[] = {
    {"around zero", build, 1, {{3, {2, 3, 10}}}, 1, 0},
    {"wide", build, 1, {{2, {7, 6}}}, 4, 0},
};

const rc_op rc_op_swiglu = {"swiglu", forward, backward, jvp, cases, sizeof cases / sizeof *cases};

rc_var rc_swiglu(rc_graph *g, rc_var x)
{
    if (!x) return NULL;
    rc_var y = rc_graph_apply(g, &rc_op_swiglu, 1, &x, NULL, 0, RC_DTYPE_F32,
                              with_last(x->value.shape, last_dim(&x->value) / 2));
    return rc_node_reads(y, RC_READS(0));
}
