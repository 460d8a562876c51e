/* gelu: y = x Phi(x), erf form (Hendrycks and Gimpel, 2016). */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), gelu, 1, rc_tensor_size(&node->value), value_of(node, 0), NULL,
              node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), gelu_backward, 1, rc_tensor_size(&dx), value_of(node, 0), NULL,
                  node->grad.data, acc, dx.data, false, NULL);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), gelu_backward, 1, rc_tensor_size(&node->value), value_of(node, 0), NULL,
              tangent_of(node, 0), false, node->tangent.data, false, NULL);
    return RC_OK;
}

const rc_op rc_op_gelu = {"gelu", forward, backward, jvp};

rc_var rc_gelu(rc_graph *g, rc_var x)
{
    if (!x) return NULL;
    return rc_node_reads(rc_graph_apply(g, &rc_op_gelu, 1, &x, NULL, 0, RC_DTYPE_F32, x->value.shape),
                         RC_READS(0));
}
