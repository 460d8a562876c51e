/* What losses that give one number a row share; in forward mode tloss[r] = slope[r] . tx[r]. */
#include "ops/op_parts.h"

rc_status rc__row_dot(rc_device *d, int64_t rows, int64_t cols, const float *a, const float *b, float *out)
{
    /* A row product is a [1, cols] x [cols, 1] matrix product. */
    for (int64_t r = 0; r < rows; r++)
        RC_LAUNCH(d, gemm, false, false, 1, 1, cols, 1.0f, a + r * cols, cols, b + r * cols, 1, 0.0f, out + r,
                  1);
    return RC_OK;
}

int64_t rc__loss_width(const rc_node *node, int i)
{
    return rc_tensor_size(&node->in[i]->value) / node->value.shape.dim[0];
}

rc_status rc__loss_backward(rc_node *node, int i, rc__loss_slope slope)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, i, &dx, &acc));
    return dx.data ? slope(node, node->grad.data, acc, dx.data) : RC_OK;
}

rc_status rc__loss_jvp(rc_node *node, int i, rc__loss_slope slope)
{
    rc_device *d = node->value.device;
    const rc_tensor *x = &node->in[i]->value;
    int64_t rows = node->value.shape.dim[0];
    rc_tensor ones, by_x;
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, RC_SHAPE(rows), &ones));
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, x->shape, &by_x));
    RC_LAUNCH(d, fill, rows, 1.0f, ones.data);
    RC_TRY(slope(node, ones.data, false, by_x.data));
    RC_TRY(rc__row_dot(d, rows, rc_tensor_size(x) / rows, by_x.data, node->in[i]->tangent.data,
                       node->tangent.data));
    rc_graph_release(node->graph, &by_x);
    rc_graph_release(node->graph, &ones);
    return RC_OK;
}
