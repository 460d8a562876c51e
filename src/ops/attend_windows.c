/* attend_windows: softmax(scale q k^T + bias + mask) v inside windows of a token grid (Liu et al., "Swin
 * Transformer", ICCV 2021). Scores are never stored: backward computes them again from the saved log-sum-exp
 * of each row. */
#include "ops/ops.h"

#include <math.h>

#include "ops/op_parts.h"

enum { QKV, BIAS, INPUTS };
enum { LSE };

/* q, k and v lie side by side in each token's row of 3C. */
static const float *part(const float *qkv, const rc_window_attention *a, int i)
{
    return qkv ? qkv + i * a->heads * a->d : NULL;
}

static rc_status forward(rc_node *node)
{
    const rc_window_attention *a = node->attr;
    int64_t windows = (a->gh / a->window) * (a->gw / a->window);
    RC_TRY(
        rc_node_save(node, LSE, RC_DTYPE_F32, RC_SHAPE(a->batch * windows, a->heads, a->window * a->window)));
    const float *qkv = value_of(node, QKV);
    RC_LAUNCH(device_of(node), window_attention, a, part(qkv, a, 0), part(qkv, a, 1), part(qkv, a, 2),
              value_of(node, BIAS), node->value.data, node->saved[LSE].data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    const rc_window_attention *a = node->attr;
    const float *qkv = value_of(node, QKV);
    rc_tensor dqkv, dbias, fresh = {0};
    bool acc;
    RC_TRY(rc_node_grad_of(node, QKV, &dqkv, &acc));
    RC_TRY(rc_node_grad_added(node, BIAS, &dbias));
    /* The kernel overwrites; it also needs somewhere to write when only the bias learns. */
    if (acc || !dqkv.data)
        RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->in[QKV]->value.shape, &fresh));
    float *to = fresh.data ? fresh.data : dqkv.data;
    int64_t c = a->heads * a->d;
    RC_LAUNCH(device_of(node), window_attention_backward, a, part(qkv, a, 0), part(qkv, a, 1),
              part(qkv, a, 2), value_of(node, BIAS), node->value.data, node->saved[LSE].data, node->grad.data,
              to, to + c, to + 2 * c, dbias.data);
    if (dqkv.data && fresh.data) RC_LAUNCH(device_of(node), axpy, rc_tensor_size(&dqkv), 1.0f, to, dqkv.data);
    rc_graph_release(node->graph, &fresh);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const rc_window_attention *a = node->attr;
    const float *qkv = value_of(node, QKV), *t = tangent_of(node, QKV);
    RC_LAUNCH(device_of(node), window_attention_jvp, a, part(qkv, a, 0), part(qkv, a, 1), part(qkv, a, 2),
              value_of(node, BIAS), node->saved[LSE].data, part(t, a, 0), part(t, a, 1), part(t, a, 2),
              tangent_of(node, BIAS), node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_attend_windows = {"attend_windows", forward, backward, jvp};

rc_var rc_attend_windows(rc_graph *g, rc_var qkv, rc_var bias, int64_t gh, int64_t gw, int64_t window,
                         int64_t shift, int64_t heads)
{
    if (!qkv || !bias) return NULL;
    int64_t c = last_dim(&qkv->value) / 3, batch = row_count(&qkv->value) / (gh * gw);
    rc_window_attention a = {
        batch, gh, gw, window, shift, heads, c / heads, 3 * c, 1.0f / sqrtf((float)(c / heads))};
    return rc_graph_apply(g, &rc_op_attend_windows, INPUTS, (rc_var[]){qkv, bias}, &a, sizeof a, RC_DTYPE_F32,
                          RC_SHAPE(batch, gh * gw, c));
}
