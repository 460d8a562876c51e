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

static rc_var target(rc_graph *g, int64_t rows, int64_t cols)
{
    float y[64];
    for (int64_t i = 0; i < rows * cols; i++)
        y[i] = 0.3f + 0.1f * (float)(i % 7);
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(rows, cols), y, false);
}

static rc_var build_plain(rc_graph *g, rc_var *in)
{
    return rc_relative_l2(g, in[0], target(g, 3, 8), NULL, NULL);
}

static rc_var build_decoded(rc_graph *g, rc_var *in)
{
    float s[12], m[12];
    for (int i = 0; i < 12; i++) {
        s[i] = 0.5f + 0.2f * (float)i;
        m[i] = 1.0f - 0.1f * (float)i;
    }
    rc_var scale = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(12), s, false);
    rc_var mean = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(12), m, false);
    return rc_relative_l2(g, in[0], target(g, 2, 12), scale, mean);
}

static const rc_op_case cases[] = {
    {"plain", build_plain, 1, {{2, {3, 8}}}, 1, 0},
    {"decoded", build_decoded, 1, {{3, {2, 3, 4}}}, 1, 0},
};

const rc_op rc_op_relative_l2 = {"relative_l2", forward, backward, jvp, cases, sizeof cases / sizeof *cases};

rc_var rc_relative_l2(rc_graph *g, rc_var x, rc_var wanted, rc_var scale, rc_var mean)
{
    if (!x || !wanted) return NULL;
    return rc_graph_apply(g, &rc_op_relative_l2, INPUTS, (rc_var[]){x, wanted, scale, mean}, NULL, 0,
                          RC_DTYPE_F32, RC_SHAPE(x->value.shape.dim[0]));
}
