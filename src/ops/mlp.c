/* mlp: q = x w1^T, p = q + b1, h = gelu(p), y = h w2^T + b2 + r.
 * Only q is saved: h costs one pass to compute again and would double the largest activation of a block.
 * dh = dy w2, dp = dh * gelu'(p), dx = dp w1; weights as in linear. b1 is added where gelu and its slope are
 * taken, and its gradient summed there: each is a pass over the largest activation less. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, W1, B1, W2, B2, RESIDUAL, INPUTS };
enum { PRODUCT };

typedef struct sizes {
    int64_t m, k, f, n;
} sizes;

static sizes sizes_of(const rc_node *node)
{
    return (sizes){row_count(&node->value), last_dim(&node->in[X]->value), node->in[W1]->value.shape.dim[0],
                   last_dim(&node->value)};
}

static rc_status hidden(rc_node *node, sizes s, rc_tensor *h)
{
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, RC_SHAPE(s.m, s.f), h));
    RC_LAUNCH(device_of(node), gelu, s.m, s.f, node->saved[PRODUCT].data, value_of(node, B1), h->data);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    sizes s = sizes_of(node);
    rc_device *d = device_of(node);
    RC_TRY(rc_node_save(node, PRODUCT, RC_DTYPE_F32, RC_SHAPE(s.m, s.f)));
    RC_TRY(
        rc__affine(d, s.m, s.f, s.k, value_of(node, X), node->in[W1], NULL, NULL, node->saved[PRODUCT].data));
    if (node->bare) return RC_OK;
    rc_tensor h;
    RC_TRY(hidden(node, s, &h));
    RC_TRY(rc_graph_narrow(node->graph, &node->saved[PRODUCT]));
    RC_TRY(rc__affine(d, s.m, s.n, s.f, h.data, node->in[W2], value_of(node, B2), value_of(node, RESIDUAL),
                      node->value.data));
    rc_graph_release(node->graph, &h);
    if (!rc_graph_recording(node->graph)) rc_graph_release(node->graph, &node->saved[PRODUCT]);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    sizes s = sizes_of(node);
    rc_device *d = device_of(node);
    const float *dy = node->grad.data;
    rc_tensor h, dp, db, dx;
    bool acc;
    RC_TRY(hidden(node, s, &h));
    RC_TRY(rc__bias_grad(node, B2, s.m, s.n, dy));
    /* The place of h takes dh, then dp. */
    dp = h;
    RC_TRY(rc__affine_backward(node, W2, s.m, s.n, s.f, h.data, dy, false, dp.data));
    RC_TRY(rc_node_grad_done(node, W2));
    RC_TRY(rc_node_grad_of(node, B1, &db, &acc));
    RC_LAUNCH(d, gelu_backward, s.m, s.f, node->saved[PRODUCT].data, value_of(node, B1), dp.data, false,
              dp.data, acc, db.data);
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    RC_TRY(rc__affine_backward(node, W1, s.m, s.f, s.k, value_of(node, X), dp.data, acc, dx.data));
    rc_graph_release(node->graph, &h);
    return rc_node_pass_grad(node, RESIDUAL);
}

static rc_status jvp(rc_node *node)
{
    sizes s = sizes_of(node);
    rc_device *d = device_of(node);
    rc_tensor h, t;
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, RC_SHAPE(s.m, s.f), &t));
    const float *tx = tangent_of(node, X), *base = tangent_of(node, RESIDUAL);
    if (tx)
        RC_TRY(rc__affine(d, s.m, s.f, s.k, tx, node->in[W1], NULL, NULL, t.data));
    else
        RC_LAUNCH(d, fill, s.m * s.f, 0.0f, t.data);
    RC_TRY(rc__affine_tangents(d, s.m, s.f, s.k, value_of(node, X), tangent_of(node, W1),
                               tangent_of(node, B1), t.data));
    RC_LAUNCH(d, gelu_backward, s.m, s.f, node->saved[PRODUCT].data, value_of(node, B1), t.data, false,
              t.data, false, NULL);
    RC_TRY(rc__affine(d, s.m, s.n, s.f, t.data, node->in[W2], NULL, base, node->tangent.data));
    rc_graph_release(node->graph, &t);
    if (!tangent_of(node, W2) && !tangent_of(node, B2)) return RC_OK;
    RC_TRY(hidden(node, s, &h));
    RC_TRY(rc__affine_tangents(d, s.m, s.n, s.f, h.data, tangent_of(node, W2), tangent_of(node, B2),
                               node->tangent.data));
    rc_graph_release(node->graph, &h);
    return RC_OK;
}

const rc_op rc_op_mlp = {"mlp", forward, backward, jvp};

rc_var rc_mlp(rc_graph *g, rc_var x, rc_var w1, rc_var b1, rc_var w2, rc_var b2, rc_var residual)
{
    if (!x || !w1 || !w2) return NULL;
    rc_shape shape = with_last(x->value.shape, w2->value.shape.dim[0]);
    rc_var y = rc_graph_apply(g, &rc_op_mlp, INPUTS, (rc_var[]){x, w1, b1, w2, b2, residual}, NULL, 0,
                              RC_DTYPE_F32, shape);
    return rc_node_reads(y, RC_READS(W1) | RC_READS(B1) | RC_READS(W2) | (w1->needs_grad ? RC_READS(X) : 0));
}
