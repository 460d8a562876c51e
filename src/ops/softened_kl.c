/* softened_kl: loss[r] = s^2 KL(q | p) with q = softmax(t / s), p = softmax(x / s), s the temperature (Hinton
 * et al. 2015): the square keeps gradients of one size whatever s is. dx = dloss s (p - q). */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, TEACHER, INPUTS };

typedef struct settings {
    float temperature;
} settings;

static rc_status forward(rc_node *node)
{
    const settings *a = node->attr;
    rc_tensor *x = &node->in[X]->value;
    RC_LAUNCH(device_of(node), softened_kl, row_count(x), last_dim(x), a->temperature, x->data,
              value_of(node, TEACHER), node->value.data);
    return RC_OK;
}

static rc_status slope(rc_node *node, const float *dloss, bool acc, float *dx)
{
    const settings *a = node->attr;
    rc_tensor *x = &node->in[X]->value;
    RC_LAUNCH(device_of(node), softened_kl_backward, row_count(x), last_dim(x), a->temperature, x->data,
              value_of(node, TEACHER), dloss, acc, dx);
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

const rc_op rc_op_softened_kl = {"softened_kl", forward, backward, jvp};

rc_var rc_softened_kl(rc_graph *g, rc_var logits, rc_var teacher, float temperature)
{
    if (!logits || !teacher) return NULL;
    settings a = {temperature};
    return rc_graph_apply(g, &rc_op_softened_kl, INPUTS, (rc_var[]){logits, teacher}, &a, sizeof a,
                          RC_DTYPE_F32, RC_SHAPE(row_count(&logits->value)));
}
