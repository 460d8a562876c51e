/* layernorm: n = (x - mean) rstd, y = n gamma + beta, over the last dimension.
 * dx = rstd (g - mean(g) - n mean(g n)), g = dy gamma; dgamma = sum dy n; dbeta = sum dy. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, GAMMA, BETA, INPUTS };
enum { MEAN, RSTD };

static rc_status forward(rc_node *node)
{
    const rc_layernorm_settings *a = node->attr;
    int64_t rows = row_count(&node->value);
    RC_TRY(rc_node_save(node, MEAN, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_TRY(rc_node_save(node, RSTD, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_LAUNCH(device_of(node), layernorm, rows, last_dim(&node->value), a->eps, value_of(node, X),
              value_of(node, GAMMA), value_of(node, BETA), node->value.data, node->saved[MEAN].data,
              node->saved[RSTD].data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dx, dgamma, dbeta;
    bool acc, add[2] = {false, false};
    RC_TRY(rc_node_grad_of(node, GAMMA, &dgamma, &add[0]));
    RC_TRY(rc_node_grad_of(node, BETA, &dbeta, &add[1]));
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    RC_LAUNCH(device_of(node), layernorm_backward, row_count(&node->value), last_dim(&node->value),
              value_of(node, X), value_of(node, GAMMA), node->saved[MEAN].data, node->saved[RSTD].data,
              node->grad.data, acc, dx.data, add, dgamma.data, dbeta.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    RC_LAUNCH(device_of(node), layernorm_jvp, row_count(&node->value), last_dim(&node->value),
              value_of(node, X), value_of(node, GAMMA), node->saved[MEAN].data, node->saved[RSTD].data,
              tangent_of(node, X), tangent_of(node, GAMMA), tangent_of(node, BETA), node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_layernorm = {"layernorm", forward, backward, jvp};

rc_var rc_layernorm(rc_graph *g, rc_var x, rc_var gamma, rc_var beta, float eps)
{
    if (!x || !gamma || !beta) return NULL;
    rc_layernorm_settings a = {eps};
    rc_var y = rc_graph_apply(g, &rc_op_layernorm, INPUTS, (rc_var[]){x, gamma, beta}, &a, sizeof a,
                              RC_DTYPE_F32, x->value.shape);
    return rc_node_reads(y, RC_READS(X) | RC_READS(GAMMA));
}
