/* scale_rows: y[r, c] = s[r] x[r, c]. dx = s dy, ds = sum over columns of x dy. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, SCALE, INPUTS };

static rc_status take_ones(rc_node *node, int64_t n, rc_tensor *out)
{
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, RC_SHAPE(n), out));
    RC_LAUNCH(device_of(node), fill, n, 1.0f, out->data);
    return RC_OK;
}

/* to (+)= a[r, c] s[r] */
static rc_status times(rc_node *node, const float *a, const float *s, bool acc, float *to)
{
    rc_tensor wide, ones;
    rc_device *d = device_of(node);
    int64_t rows = row_count(&node->value), cols = last_dim(&node->value);
    RC_TRY(take_ones(node, cols, &ones));
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->value.shape, &wide));
    RC_LAUNCH(d, gemm, false, false, rows, cols, 1, 1.0f, s, 1, ones.data, cols, 0.0f, wide.data, cols);
    RC_LAUNCH(d, mul, rows * cols, a, wide.data, acc, to);
    rc_graph_release(node->graph, &wide);
    rc_graph_release(node->graph, &ones);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return times(node, value_of(node, X), value_of(node, SCALE), false, node->value.data);
}

static rc_status scale_grad(rc_node *node)
{
    rc_tensor ds, product, ones;
    bool acc;
    rc_device *d = device_of(node);
    int64_t rows = row_count(&node->value), cols = last_dim(&node->value);
    RC_TRY(rc_node_grad_of(node, SCALE, &ds, &acc));
    if (!ds.data) return RC_OK;
    RC_TRY(take_ones(node, cols, &ones));
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->value.shape, &product));
    RC_LAUNCH(d, mul, rows * cols, value_of(node, X), node->grad.data, false, product.data);
    RC_LAUNCH(d, gemm, false, false, rows, 1, cols, 1.0f, product.data, cols, ones.data, 1, acc ? 1.0f : 0.0f,
              ds.data, 1);
    rc_graph_release(node->graph, &product);
    rc_graph_release(node->graph, &ones);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx;
    bool acc;
    RC_TRY(scale_grad(node));
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    return dx.data ? times(node, node->grad.data, value_of(node, SCALE), acc, dx.data) : RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const float *tx = tangent_of(node, X), *ts = tangent_of(node, SCALE);
    float *to = node->tangent.data;
    if (tx) RC_TRY(times(node, tx, value_of(node, SCALE), false, to));
    if (ts) RC_TRY(times(node, value_of(node, X), ts, tx != NULL, to));
    if (!tx && !ts) RC_LAUNCH(device_of(node), fill, rc_tensor_size(&node->value), 0.0f, to);
    return RC_OK;
}

const rc_op rc_op_scale_rows = {"scale_rows", forward, backward, jvp};

rc_var rc_scale_rows(rc_graph *g, rc_var x, rc_var scale)
{
    if (!x || !scale) return NULL;
    if (rc_tensor_size(&scale->value) != row_count(&x->value))
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "scale_rows: %lld scales for %lld rows",
                                        (long long)rc_tensor_size(&scale->value),
                                        (long long)row_count(&x->value)));
    rc_var y = rc_graph_apply(g, &rc_op_scale_rows, INPUTS, (rc_var[]){x, scale}, NULL, 0, RC_DTYPE_F32,
                              x->value.shape);
    return rc_node_reads(y, RC_READS(SCALE) | (scale->needs_grad ? RC_READS(X) : 0));
}
