/* relative_l2: loss[r] = |s (x - y)| / |s y + m|, the error of decoded fields; s and m undo the target's
 * normaliser. dx = dloss s^2 (x - y) / (|s (x - y)| |s y + m|). */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, TARGET, SCALE, MEAN, INPUTS };
enum { DIFF, NORM };

static rc_status forward(rc_node *node)
{
    int64_t rows = node->value.shape.dim[0];
    RC_TRY(rc_node_save(node, DIFF, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_TRY(rc_node_save(node, NORM, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_LAUNCH(device_of(node), relative_l2, rows, rc__loss_width(node, X), value_of(node, X),
              value_of(node, TARGET), value_of(node, SCALE), value_of(node, MEAN), node->value.data,
              node->saved[DIFF].data, node->saved[NORM].data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    RC_LAUNCH(device_of(node), relative_l2_backward, node->value.shape.dim[0], rc__loss_width(node, X),
              value_of(node, X), value_of(node, TARGET), value_of(node, SCALE), node->saved[DIFF].data,
              node->saved[NORM].data, dloss, acc, dx);
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

const rc_op rc_op_relative_l2 = {"relative_l2", forward, backward, jvp};

rc_var rc_relative_l2(rc_graph *g, rc_var x, rc_var wanted, rc_var scale, rc_var mean)
{
    if (!x || !wanted) return NULL;
    return rc_graph_apply(g, &rc_op_relative_l2, INPUTS, (rc_var[]){x, wanted, scale, mean}, NULL, 0,
                          RC_DTYPE_F32, RC_SHAPE(x->value.shape.dim[0]));
}
