/* relu: y = max(0, x). */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), relu, rc_tensor_size(&node->value), value_of(node, 0), node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), relu_backward, rc_tensor_size(&dx), value_of(node, 0), node->grad.data,
                  acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), relu_backward, rc_tensor_size(&node->value), value_of(node, 0),
              tangent_of(node, 0), false, node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_relu = {"relu", forward, backward, jvp};

rc_var rc_relu(rc_graph *g, rc_var x)
{
    if (!x) return NULL;
    return rc_node_reads(rc_graph_apply(g, &rc_op_relu, 1, &x, NULL, 0, RC_DTYPE_F32, x->value.shape),
                         RC_READS(0));
}
