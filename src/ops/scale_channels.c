/* scale_channels: y[r, c] = s[c] x[r, c] + residual[r, c] (layer scale: Touvron et al., 2021).
 * dx = s dy, ds = sum over rows of x dy, dresidual = dy. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, SCALE, RESIDUAL, INPUTS };

/* to (+)= a[r, c] b[c] */
static rc_status times(rc_node *node, const float *a, const float *b, bool acc, float *to)
{
    rc_tensor wide;
    rc_device *d = device_of(node);
    int64_t n = rc_tensor_size(&node->value);
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->value.shape, &wide));
    RC_LAUNCH(d, bias_rows, row_count(&node->value), last_dim(&node->value), b, NULL, wide.data);
    RC_LAUNCH(d, mul, n, a, wide.data, acc, to);
    rc_graph_release(node->graph, &wide);
    return RC_OK;
}

/* to += what is there */
static rc_status plus(rc_node *node, const float *what, float *to)
{
    if (what) RC_LAUNCH(device_of(node), axpy, rc_tensor_size(&node->value), 1.0f, what, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    RC_TRY(times(node, value_of(node, X), value_of(node, SCALE), false, node->value.data));
    return plus(node, value_of(node, RESIDUAL), node->value.data);
}

static rc_status scale_grad(rc_node *node)
{
    rc_tensor ds, product;
    bool acc;
    rc_device *d = device_of(node);
    RC_TRY(rc_node_grad_of(node, SCALE, &ds, &acc));
    if (!ds.data) return RC_OK;
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->value.shape, &product));
    RC_LAUNCH(d, mul, rc_tensor_size(&node->value), value_of(node, X), node->grad.data, false, product.data);
    RC_LAUNCH(d, sum_rows, row_count(&node->value), last_dim(&node->value), product.data, acc, ds.data);
    rc_graph_release(node->graph, &product);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(scale_grad(node));
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    if (dx.data) RC_TRY(times(node, node->grad.data, value_of(node, SCALE), acc, dx.data));
    return rc_node_pass_grad(node, RESIDUAL);
}

static rc_status jvp(rc_node *node)
{
    const float *tx = tangent_of(node, X), *ts = tangent_of(node, SCALE);
    float *to = node->tangent.data;
    if (tx) RC_TRY(times(node, tx, value_of(node, SCALE), false, to));
    if (ts) RC_TRY(times(node, value_of(node, X), ts, tx != NULL, to));
    if (!tx && !ts) RC_LAUNCH(device_of(node), fill, rc_tensor_size(&node->value), 0.0f, to);
    return plus(node, tangent_of(node, RESIDUAL), to);
}

const rc_op rc_op_scale_channels = {"scale_channels", forward, backward, jvp};

rc_var rc_scale_channels(rc_graph *g, rc_var x, rc_var scale, rc_var residual)
{
    if (!x || !scale) return NULL;
    if (rc_tensor_size(&scale->value) != last_dim(&x->value))
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "scale_channels: %lld scales for %lld channels",
                                        (long long)rc_tensor_size(&scale->value),
                                        (long long)last_dim(&x->value)));
    rc_var y = rc_graph_apply(g, &rc_op_scale_channels, INPUTS, (rc_var[]){x, scale, residual}, NULL, 0,
                              RC_DTYPE_F32, x->value.shape);
    return rc_node_reads(y, RC_READS(SCALE) | (scale->needs_grad ? RC_READS(X) : 0));
}
