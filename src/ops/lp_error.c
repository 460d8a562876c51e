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

/* Errors stay away from 0, where |e| has a corner: x is within [-1, 1], y beyond 1.2. */
static rc_var build_with(rc_graph *g, rc_var x, float q, bool relative)
{
    float y[24], s[8], m[8];
    for (int i = 0; i < 24; i++)
        y[i] = (i % 3 ? 1.0f : -1.0f) * (1.2f + 0.1f * (float)(i % 7));
    for (int i = 0; i < 8; i++) {
        s[i] = 0.5f + 0.2f * (float)i;
        m[i] = 1.0f - 0.1f * (float)i;
    }
    return rc_lp_error(g, x, rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 8), y, false),
                       rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(8), s, false),
                       rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(8), m, false), q, relative);
}

static rc_var build_one(rc_graph *g, rc_var *in)
{
    return build_with(g, in[0], 1, true);
}

static rc_var build_three(rc_graph *g, rc_var *in)
{
    return build_with(g, in[0], 3, true);
}

static rc_var build_root_mean_square(rc_graph *g, rc_var *in)
{
    return build_with(g, in[0], 2, false);
}

static const rc_op_case cases[] = {
    {"relative, q 1", build_one, 1, {{2, {3, 8}}}, 1, 0},
    {"relative, q 3", build_three, 1, {{3, {3, 2, 4}}}, 1, 0},
    {"root mean square", build_root_mean_square, 1, {{2, {3, 8}}}, 1, 0},
};

const rc_op rc_op_lp_error = {"lp_error", forward, backward, jvp, cases, sizeof cases / sizeof *cases};

rc_var rc_lp_error(rc_graph *g, rc_var x, rc_var wanted, rc_var scale, rc_var mean, float q, bool relative)
{
    if (!x || !wanted) return NULL;
    settings a = {q, relative};
    return rc_graph_apply(g, &rc_op_lp_error, INPUTS, (rc_var[]){x, wanted, scale, mean}, &a, sizeof a,
                          RC_DTYPE_F32, RC_SHAPE(x->value.shape.dim[0]));
}
