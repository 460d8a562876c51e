/* interpolate: a grid of rows [B, in0 in1, C] -> [B, out0 out1, C], linearly between the centres of cells
 * (tensor/device.h). Linear: backward is the transpose, jvp the same again. */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status interpolate(rc_node *node, const float *from, float *to)
{
    const rc_interpolate_settings *a = node->attr;
    RC_LAUNCH(device_of(node), interpolate, node->value.shape.dim[0], a->in, a->out, last_dim(&node->value),
              from, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return interpolate(node, value_of(node, 0), node->value.data);
}

static rc_status backward(rc_node *node)
{
    const rc_interpolate_settings *a = node->attr;
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), interpolate_backward, node->value.shape.dim[0], a->in, a->out,
                  last_dim(&node->value), node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return interpolate(node, tangent_of(node, 0), node->tangent.data);
}

const rc_op rc_op_interpolate = {"interpolate", forward, backward, jvp};

rc_var rc_interpolate(rc_graph *g, rc_var x, const int64_t in[2], const int64_t out[2])
{
    if (!x) return NULL;
    int64_t batch = x->value.shape.dim[0], channels = last_dim(&x->value);
    if (rc_tensor_size(&x->value) != batch * in[0] * in[1] * channels)
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "interpolate: %lld rows are not a grid of %lld x %lld",
                                        (long long)(row_count(&x->value) / batch), (long long)in[0],
                                        (long long)in[1]));
    rc_interpolate_settings a = {{in[0], in[1]}, {out[0], out[1]}};
    return rc_graph_apply(g, &rc_op_interpolate, 1, &x, &a, sizeof a, RC_DTYPE_F32,
                          RC_SHAPE(batch, out[0] * out[1], channels));
}
