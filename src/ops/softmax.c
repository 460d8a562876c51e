/* softmax over the last dimension: dx = p (dp - sum(p dp)), and the Jacobian is symmetric, so jvp is the same
 * map. */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), softmax, row_count(&node->value), last_dim(&node->value), value_of(node, 0),
              node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), softmax_backward, row_count(&node->value), last_dim(&node->value),
                  node->value.data, node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), softmax_backward, row_count(&node->value), last_dim(&node->value),
              node->value.data, tangent_of(node, 0), false, node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_softmax = {"softmax", forward, backward, jvp};

rc_var rc_softmax(rc_graph *g, rc_var x)
{
    if (!x) return NULL;
    return rc_graph_apply(g, &rc_op_softmax, 1, &x, NULL, 0, RC_DTYPE_F32, x->value.shape);
}
