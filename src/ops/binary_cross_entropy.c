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

static rc_var build_with(rc_graph *g, rc_var x, float pos_weight)
{
    static const float y[15] = {1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0};
    return rc_binary_cross_entropy(g, x, rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(3, 5), y, false),
                                   pos_weight);
}

static rc_var build_plain(rc_graph *g, rc_var *in)
{
    return build_with(g, in[0], 1.0f);
}

static rc_var build_weighted(rc_graph *g, rc_var *in)
{
    return build_with(g, in[0], 10.0f);
}

static const rc_op_case cases[] = {
    {"plain", build_plain, 1, {{2, {3, 5}}}, 3, 0},
    {"weighted", build_weighted, 1, {{2, {3, 5}}}, 3, 0},
};

const rc_op rc_op_binary_cross_entropy = {"binary_cross_entropy",      forward, backward, jvp, cases,
                                          sizeof cases / sizeof *cases};

rc_var rc_binary_cross_entropy(rc_graph *g, rc_var logits, rc_var target, float pos_weight)
{
    if (!logits || !target) return NULL;
    settings a = {pos_weight};
    return rc_graph_apply(g, &rc_op_binary_cross_entropy, INPUTS, (rc_var[]){logits, target}, &a, sizeof a,
                          RC_DTYPE_F32, RC_SHAPE(logits->value.shape.dim[0]));
}
