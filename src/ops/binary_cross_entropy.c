/* binary_cross_entropy on logits: loss[r] = mean over the row of -(w y log s(x) + (1 - y) log(1 - s(x))). */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, TARGET, INPUTS };

typedef struct settings {
    float pos_weight;
} settings;

static rc_status forward(rc_node *node)
{
    const settings *a = node->attr;
    RC_LAUNCH(device_of(node), binary_cross_entropy, node->value.shape.dim[0], rc__loss_width(node, X),
              a->pos_weight, value_of(node, X), value_of(node, TARGET), node->value.data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    const settings *a = node->attr;
    RC_LAUNCH(device_of(node), binary_cross_entropy_backward, node->value.shape.dim[0],
              rc__loss_width(node, X), a->pos_weight, value_of(node, X), value_of(node, TARGET), dloss, acc,
              dx);
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

const rc_op rc_op_binary_cross_entropy = {"binary_cross_entropy", forward, backward, jvp};

rc_var rc_binary_cross_entropy(rc_graph *g, rc_var logits, rc_var target, float pos_weight)
{
    if (!logits || !target) return NULL;
    settings a = {pos_weight};
    return rc_graph_apply(g, &rc_op_binary_cross_entropy, INPUTS, (rc_var[]){logits, target}, &a, sizeof a,
                          RC_DTYPE_F32, RC_SHAPE(logits->value.shape.dim[0]));
}
