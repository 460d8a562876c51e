/* ordered_classes: log p of K classes in order from K - 1 thresholds z: p_k = s(z_k) - s(z_{k-1}), with the
 * logistic function s. The thresholds z_0 = x_0, z_k = z_{k-1} + exp(x_k) are in order whatever x is. */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status forward(rc_node *node)
{
    const rc_tensor *x = &node->in[0]->value;
    RC_LAUNCH(device_of(node), ordered_classes, row_count(x), last_dim(x), value_of(node, 0),
              node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    const rc_tensor *x = &node->in[0]->value;
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), ordered_classes_backward, row_count(x), last_dim(x), value_of(node, 0),
                  node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const rc_tensor *x = &node->in[0]->value;
    RC_LAUNCH(device_of(node), ordered_classes_jvp, row_count(x), last_dim(x), value_of(node, 0),
              tangent_of(node, 0), node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_ordered_classes = {"ordered_classes", forward, backward, jvp};

rc_var rc_ordered_classes(rc_graph *g, rc_var x)
{
    if (!x) return NULL;
    rc_shape shape = x->value.shape;
    shape.dim[shape.n - 1]++;
    return rc_graph_apply(g, &rc_op_ordered_classes, 1, &x, NULL, 0, RC_DTYPE_F32, shape);
}
