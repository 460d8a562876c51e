/* glu: y = f(a) b for x = [a | b] in the last dimension (Shazeer, "GLU variants improve transformer", 2020).
 */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_gate gate_of(const rc_node *node)
{
    return *(const rc_gate *)node->attr;
}

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), glu, gate_of(node), row_count(&node->value), last_dim(&node->value),
              value_of(node, 0), node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), glu_backward, gate_of(node), row_count(&node->value),
                  last_dim(&node->value), value_of(node, 0), node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), glu_jvp, gate_of(node), row_count(&node->value), last_dim(&node->value),
              value_of(node, 0), tangent_of(node, 0), node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_glu = {"glu", forward, backward, jvp};

rc_var rc_glu(rc_graph *g, rc_var x, rc_gate f)
{
    if (!x) return NULL;
    rc_var y = rc_graph_apply(g, &rc_op_glu, 1, &x, &f, sizeof f, RC_DTYPE_F32,
                              with_last(x->value.shape, last_dim(&x->value) / 2));
    return rc_node_reads(y, RC_READS(0));
}
