/* linear_each: y[b, t] = w[t] x[b, t]: every token has a matrix of its own.
 * dx[b, t] = w[t]^T dy[b, t], dw[t] = sum over b of dy[b, t] x[b, t]^T. ty = w tx + tw x. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, W, INPUTS };

typedef struct sizes {
    int64_t batch, tokens, n, k;
} sizes;

static sizes sizes_of(const rc_node *node)
{
    const int64_t *w = node->in[W]->value.shape.dim;
    return (sizes){node->value.shape.dim[0], w[0], w[1], w[2]};
}

/* y (+)= w x, token by token: a token's rows lie `tokens` rows apart. */
static rc_status multiply(rc_node *node, const float *x, const float *w, bool acc, float *y)
{
    sizes s = sizes_of(node);
    for (int64_t t = 0; t < s.tokens; t++)
        RC_LAUNCH(device_of(node), gemm, false, true, s.batch, s.n, s.k, 1.0f, x + t * s.k, s.tokens * s.k,
                  w + t * s.n * s.k, s.k, acc ? 1.0f : 0.0f, y + t * s.n, s.tokens * s.n);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return multiply(node, value_of(node, X), value_of(node, W), false, node->value.data);
}

static rc_status backward(rc_node *node)
{
    sizes s = sizes_of(node);
    const float *x = value_of(node, X), *w = value_of(node, W), *dy = node->grad.data;
    rc_tensor dx, dw;
    bool acc;
    RC_TRY(rc_node_grad_of(node, W, &dw, &acc));
    for (int64_t t = 0; dw.data && t < s.tokens; t++)
        RC_LAUNCH(device_of(node), gemm, true, false, s.n, s.k, s.batch, 1.0f, dy + t * s.n, s.tokens * s.n,
                  x + t * s.k, s.tokens * s.k, acc ? 1.0f : 0.0f, (float *)dw.data + t * s.n * s.k, s.k);
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    for (int64_t t = 0; dx.data && t < s.tokens; t++)
        RC_LAUNCH(device_of(node), gemm, false, false, s.batch, s.k, s.n, 1.0f, dy + t * s.n, s.tokens * s.n,
                  w + t * s.n * s.k, s.k, acc ? 1.0f : 0.0f, (float *)dx.data + t * s.k, s.tokens * s.k);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const float *tx = tangent_of(node, X), *tw = tangent_of(node, W);
    float *to = node->tangent.data;
    if (tx) RC_TRY(multiply(node, tx, value_of(node, W), false, to));
    if (tw) RC_TRY(multiply(node, value_of(node, X), tw, tx != NULL, to));
    if (!tx && !tw) RC_LAUNCH(device_of(node), fill, rc_tensor_size(&node->value), 0.0f, to);
    return RC_OK;
}

const rc_op rc_op_linear_each = {"linear_each", forward, backward, jvp};

rc_var rc_linear_each(rc_graph *g, rc_var x, rc_var w)
{
    if (!x || !w) return NULL;
    const int64_t *in = x->value.shape.dim, *to = w->value.shape.dim;
    bool fits = x->value.shape.n == 3 && w->value.shape.n == 3 && in[1] == to[0] && in[2] == to[2];
    if (!fits) return rc_graph_fail(g, rc_fail(RC_SHAPE, "linear_each: the inputs do not fit the matrices"));
    return rc_graph_apply(g, &rc_op_linear_each, INPUTS, (rc_var[]){x, w}, NULL, 0, RC_DTYPE_F32,
                          RC_SHAPE(in[0], in[1], to[1]));
}
