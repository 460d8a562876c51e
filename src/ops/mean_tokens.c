/* mean_tokens: y[b, c] = mean over t < length[b] of x[b, t, c]; a sample of length 0 gives zeros. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, LENGTH, INPUTS };

static const int32_t *lengths(const rc_node *node)
{
    return node->in[LENGTH] ? node->in[LENGTH]->value.data : NULL;
}

static rc_status mean(rc_node *node, const float *from, float *to)
{
    const int64_t *dim = node->in[X]->value.shape.dim;
    RC_LAUNCH(device_of(node), mean_tokens, dim[0], dim[1], dim[2], lengths(node), from, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return mean(node, value_of(node, X), node->value.data);
}

static rc_status backward(rc_node *node)
{
    const int64_t *dim = node->in[X]->value.shape.dim;
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), mean_tokens_backward, dim[0], dim[1], dim[2], lengths(node),
                  node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return mean(node, tangent_of(node, X), node->tangent.data);
}

const rc_op rc_op_mean_tokens = {"mean_tokens", forward, backward, jvp};

rc_var rc_mean_tokens(rc_graph *g, rc_var x, rc_var length)
{
    if (!x) return NULL;
    const int64_t *dim = x->value.shape.dim;
    if (length && rc_tensor_size(&length->value) != dim[0])
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "mean_tokens: %lld lengths for %lld samples",
                                        (long long)rc_tensor_size(&length->value), (long long)dim[0]));
    return rc_graph_apply(g, &rc_op_mean_tokens, INPUTS, (rc_var[]){x, length}, NULL, 0, RC_DTYPE_F32,
                          RC_SHAPE(dim[0], dim[2]));
}
