/* cross_entropy: loss[r] = -sum_k t_k log p_k, p = softmax(x), t = smoothed one-hot label, times the classes'
 * weights if there are any. dx = dloss (p sum(t) - t); tloss = sum_k (p_k sum(t) - t_k) tx_k. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, LABEL, WEIGHT, INPUTS };
enum { P };

typedef struct settings {
    float smoothing;
} settings;

static rc_status forward(rc_node *node)
{
    const settings *a = node->attr;
    rc_tensor *x = &node->in[X]->value;
    RC_TRY(rc_node_save(node, P, RC_DTYPE_F32, x->shape));
    RC_LAUNCH(device_of(node), cross_entropy, row_count(x), last_dim(x), a->smoothing, value_of(node, WEIGHT),
              x->data, node->in[LABEL]->value.data, node->value.data, node->saved[P].data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    const settings *a = node->attr;
    rc_tensor *x = &node->in[X]->value;
    RC_LAUNCH(device_of(node), cross_entropy_backward, row_count(x), last_dim(x), a->smoothing,
              value_of(node, WEIGHT), node->saved[P].data, node->in[LABEL]->value.data, dloss, acc, dx);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    return rc__loss_backward(node, X, slope);
}

static rc_status jvp(rc_node *node)
{
    return rc__loss_jvp(node, X, slope);
}

const rc_op rc_op_cross_entropy = {"cross_entropy", forward, backward, jvp};

rc_var rc_weighted_cross_entropy(rc_graph *g, rc_var logits, rc_var label, rc_var weight, float smoothing)
{
    if (!logits || !label) return NULL;
    settings a = {smoothing};
    return rc_graph_apply(g, &rc_op_cross_entropy, INPUTS, (rc_var[]){logits, label, weight}, &a, sizeof a,
                          RC_DTYPE_F32, RC_SHAPE(row_count(&logits->value)));
}

rc_var rc_cross_entropy(rc_graph *g, rc_var logits, rc_var label, float smoothing)
{
    return rc_weighted_cross_entropy(g, logits, label, NULL, smoothing);
}
