/* mean_tokens: y[b, c] = mean over t of x[b, t, c]. */
#include "ops/ops.h"
#include "ops/parts.h"

static rc_status mean(rc_node *node, const float *from, float *to)
{
    const int64_t *dim = node->in[0]->value.shape.dim;
    RC_LAUNCH(device_of(node), mean_tokens, dim[0], dim[1], dim[2], from, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return mean(node, value_of(node, 0), node->value.data);
}

static rc_status backward(rc_node *node)
{
    const int64_t *dim = node->in[0]->value.shape.dim;
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, 0, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), mean_tokens_backward, dim[0], dim[1], dim[2], node->grad.data, acc,
                  dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return mean(node, tangent_of(node, 0), node->tangent.data);
}

static rc_var build(rc_graph *g, rc_var *in)
{
    return rc_mean_tokens(g, in[0]);
}

static const rc_op_case cases[] = {
    {"several tokens", build, 1, {{3, {3, 5, 7}}}, 1, 0},
    {"one token", build, 1, {{3, {2, 1, 4}}}, 1, 0},
};

const rc_op rc_op_mean_tokens = {"mean_tokens", forward, backward, jvp, cases, sizeof cases / sizeof *cases};

rc_var rc_mean_tokens(rc_graph *g, rc_var x)
{
    if (!x) return NULL;
    rc_shape shape = RC_SHAPE(x->value.shape.dim[0], x->value.shape.dim[2]);
    return rc_graph_apply(g, &rc_op_mean_tokens, 1, &x, NULL, 0, RC_DTYPE_F32, shape);
}
