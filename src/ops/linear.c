/* linear: y = x w^T + b + r.
 * dx = dy w, dw = dy^T x, db = sum over rows of dy, dr = dy. ty = tx w^T + x tw^T + tb + tr. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, W, B, RESIDUAL, INPUTS };

typedef struct sizes {
    int64_t m, n, k;
} sizes;

static sizes sizes_of(const rc_node *node)
{
    return (sizes){row_count(&node->value), last_dim(&node->value), last_dim(&node->in[X]->value)};
}

static rc_status forward(rc_node *node)
{
    sizes s = sizes_of(node);
    return rc__affine(device_of(node), s.m, s.n, s.k, value_of(node, X), node->in[W], value_of(node, B),
                      value_of(node, RESIDUAL), node->value.data);
}

static rc_status backward(rc_node *node)
{
    sizes s = sizes_of(node);
    rc_tensor dx;
    bool acc;
    RC_TRY(rc__bias_grad(node, B, s.m, s.n, node->grad.data));
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    RC_TRY(rc__affine_backward(node, W, s.m, s.n, s.k, value_of(node, X), node->grad.data, acc, dx.data));
    return rc_node_pass_grad(node, RESIDUAL);
}

static rc_status jvp(rc_node *node)
{
    sizes s = sizes_of(node);
    return rc__linear_tangent(device_of(node), s.m, s.n, s.k, value_of(node, X), node->in[W],
                              tangent_of(node, X), tangent_of(node, W), tangent_of(node, B),
                              tangent_of(node, RESIDUAL), node->tangent.data);
}

const rc_op rc_op_linear = {"linear", forward, backward, jvp};

rc_var rc_linear(rc_graph *g, rc_var x, rc_var w, rc_var b, rc_var residual)
{
    if (!x || !w) return NULL;
    rc_shape shape = with_last(x->value.shape, w->value.shape.dim[0]);
    int64_t k = last_dim(&x->value);
    if (rc_tensor_size(&w->value) != w->value.shape.dim[0] * k)
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "linear: inputs of width %lld meet weights for width %lld",
                                        (long long)k,
                                        (long long)(rc_tensor_size(&w->value) / w->value.shape.dim[0])));
    rc_var y =
        rc_graph_apply(g, &rc_op_linear, INPUTS, (rc_var[]){x, w, b, residual}, NULL, 0, RC_DTYPE_F32, shape);
    return rc_node_reads(y, RC_READS(W) | (w->needs_grad ? RC_READS(X) : 0));
}
