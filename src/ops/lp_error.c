/* lp_error: loss[r] = |s (x - y)|_q / |s y + m|_q, or divided by |1|_q, which makes a mean absolute (q = 1)
 * or a root mean square (q = 2) error; s and m undo the target's normaliser. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, TARGET, SCALE, MEAN, INPUTS };
enum { DIFF, NORM };

typedef struct settings {
    float q;
    bool relative;
} settings;

static rc_status forward(rc_node *node)
{
    const settings *a = node->attr;
    int64_t rows = node->value.shape.dim[0];
    RC_TRY(rc_node_save(node, DIFF, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_TRY(rc_node_save(node, NORM, RC_DTYPE_F32, RC_SHAPE(rows)));
    RC_LAUNCH(device_of(node), lp_error, rows, rc__loss_width(node, X), a->q, a->relative, value_of(node, X),
              value_of(node, TARGET), value_of(node, SCALE), value_of(node, MEAN), node->value.data,
              node->saved[DIFF].data, node->saved[NORM].data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    const settings *a = node->attr;
    RC_LAUNCH(device_of(node), lp_error_backward, node->value.shape.dim[0], rc__loss_width(node, X), a->q,
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

const rc_op rc_op_lp_error = {"lp_error", forward, backward, jvp};

rc_var rc_lp_error(rc_graph *g, rc_var x, rc_var wanted, rc_var scale, rc_var mean, float q, bool relative)
{
    if (!x || !wanted) return NULL;
    settings a = {q, relative};
    return rc_graph_apply(g, &rc_op_lp_error, INPUTS, (rc_var[]){x, wanted, scale, mean}, &a, sizeof a,
                          RC_DTYPE_F32, RC_SHAPE(x->value.shape.dim[0]));
}
