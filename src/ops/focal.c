/* focal: loss[r] = -(1 - p)^gamma log p, p = softmax(x) at the label (Lin et al., "Focal loss for dense
 * object detection", ICCV 2017). dx_k = dloss (gamma (1 - p)^(gamma - 1) p log p - (1 - p)^gamma) (1[k =
 * label] - p_k). */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, LABEL, INPUTS };

typedef struct settings {
    float gamma;
} settings;

static rc_status forward(rc_node *node)
{
    const settings *a = node->attr;
    rc_tensor *x = &node->in[X]->value;
    RC_LAUNCH(device_of(node), focal, row_count(x), last_dim(x), a->gamma, x->data,
              node->in[LABEL]->value.data, node->value.data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    const settings *a = node->attr;
    rc_tensor *x = &node->in[X]->value;
    RC_LAUNCH(device_of(node), focal_backward, row_count(x), last_dim(x), a->gamma, x->data,
              node->in[LABEL]->value.data, dloss, acc, dx);
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

const rc_op rc_op_focal = {"focal", forward, backward, jvp};

rc_var rc_focal(rc_graph *g, rc_var logits, rc_var label, float gamma)
{
    if (!logits || !label) return NULL;
    settings a = {gamma};
    return rc_graph_apply(g, &rc_op_focal, INPUTS, (rc_var[]){logits, label}, &a, sizeof a, RC_DTYPE_F32,
                          RC_SHAPE(row_count(&logits->value)));
}
