/* squared_error: loss[r] = mean over the row of (x - y)^2. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, TARGET, INPUTS };

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), squared_error, node->value.shape.dim[0], rc__loss_width(node, X),
              value_of(node, X), value_of(node, TARGET), node->value.data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    RC_LAUNCH(device_of(node), squared_error_backward, node->value.shape.dim[0], rc__loss_width(node, X),
              value_of(node, X), value_of(node, TARGET), dloss, acc, dx);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    return rc__loss_backward(node, X, slope);
}

static rc_status jvp(rc_node *node)
{
    return rc__loss_jvp(node, X, slope);
}

const rc_op rc_op_squared_error = {"squared_error", forward, backward, jvp};

rc_var rc_squared_error(rc_graph *g, rc_var x, rc_var target)
{
    if (!x || !target) return NULL;
    return rc_graph_apply(g, &rc_op_squared_error, INPUTS, (rc_var[]){x, target}, NULL, 0, RC_DTYPE_F32,
                          RC_SHAPE(x->value.shape.dim[0]));
}
