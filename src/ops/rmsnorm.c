/* rmsnorm: n = x r, r = 1 / sqrt(mean(x^2) + eps), y = n gamma, over the last dimension (Zhang and Sennrich,
 * "Root mean square layer normalization", 2019). dx = r (g - n mean(g n)), g = dy gamma; dgamma = sum dy n.
 * The kernels are those of layernorm, which subtract no mean where there is no place for it. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, GAMMA, INPUTS };
enum { RSTD };

static rc_status forward(rc_node *node)
{
    const rc_layernorm_settings *a = node->attr;
    int64_t rows = row_count(&node->value);
    RC_TRY(rc_node_save(node, RSTD, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_LAUNCH(device_of(node), layernorm, rows, last_dim(&node->value), a->eps, value_of(node, X),
              value_of(node, GAMMA), NULL, node->value.data, NULL, node->saved[RSTD].data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx, dgamma;
    bool acc, add[2] = {false, false};
    RC_TRY(rc_node_grad_of(node, GAMMA, &dgamma, &add[0]));
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    RC_LAUNCH(device_of(node), layernorm_backward, row_count(&node->value), last_dim(&node->value),
              value_of(node, X), value_of(node, GAMMA), NULL, node->saved[RSTD].data, node->grad.data, acc,
              dx.data, add, dgamma.data, NULL);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), layernorm_jvp, row_count(&node->value), last_dim(&node->value),
              value_of(node, X), value_of(node, GAMMA), NULL, node->saved[RSTD].data, tangent_of(node, X),
              tangent_of(node, GAMMA), NULL, node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_rmsnorm = {"rmsnorm", forward, backward, jvp};

rc_var rc_rmsnorm(rc_graph *g, rc_var x, rc_var gamma, float eps)
{
    if (!x || !gamma) return NULL;
    rc_layernorm_settings a = {eps};
    rc_var y = rc_graph_apply(g, &rc_op_rmsnorm, INPUTS, (rc_var[]){x, gamma}, &a, sizeof a, RC_DTYPE_F32,
                              x->value.shape);
    return rc_node_reads(y, RC_READS(X) | RC_READS(GAMMA));
}
