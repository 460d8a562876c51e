/* adaptive_pool: [B, D0, D1, D2] -> [B, E0, E1, E2] by means over adaptive cells (tensor/device.h). Linear.
 */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status pool(rc_node *node, const float *from, float *to)
{
    const rc_shape *in = &node->in[0]->value.shape, *out = &node->value.shape;
    RC_LAUNCH(device_of(node), adaptive_pool, in->dim[0], in->dim + 1, out->dim + 1, from, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return pool(node, value_of(node, 0), node->value.data);
}

static rc_status backward(rc_node *node)
{
    const rc_shape *in = &node->in[0]->value.shape, *out = &node->value.shape;
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), adaptive_pool_backward, in->dim[0], in->dim + 1, out->dim + 1,
                  node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return pool(node, tangent_of(node, 0), node->tangent.data);
}

const rc_op rc_op_adaptive_pool = {"adaptive_pool", forward, backward, jvp};

rc_var rc_adaptive_pool(rc_graph *g, rc_var x, const int64_t out[3])
{
    if (!x) return NULL;
    rc_shape shape = RC_SHAPE(x->value.shape.dim[0], out[0], out[1], out[2]);
    return rc_graph_apply(g, &rc_op_adaptive_pool, 1, &x, NULL, 0, RC_DTYPE_F32, shape);
}
