/* attend: softmax(scale q k^T + bias) v over all tokens of a sample (Vaswani et al., "Attention is all you
 * need", 2017), keys behind the sample's length left out. Scores are never stored: backward computes them
 * again from the saved log-sum-exp of each row. */
#include "ops/ops.h"

#include <math.h>

#include "ops/op_parts.h"

enum { QKV, LENGTH, BIAS, INPUTS };
enum { LSE };

/* q, k and v lie side by side in each token's row of 3C. */
static float *part(float *qkv, const rc_attention *a, int i)
{
    return qkv ? qkv + i * a->heads * a->d : NULL;
}

static const int32_t *lengths(const rc_node *node)
{
    return node->in[LENGTH] ? node->in[LENGTH]->value.data : NULL;
}

static rc_status forward(rc_node *node)
{
    const rc_attention *a = node->attr;
    float *qkv = value_of(node, QKV);
    RC_TRY(rc_node_save(node, LSE, RC_DTYPE_F32, RC_SHAPE(a->batch, a->heads, a->tokens)));
    RC_LAUNCH(device_of(node), attention, a, lengths(node), part(qkv, a, 0), part(qkv, a, 1), part(qkv, a, 2),
              value_of(node, BIAS), node->value.data, node->saved[LSE].data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    const rc_attention *a = node->attr;
    float *qkv = value_of(node, QKV);
    rc_tensor dqkv, dbias = {0}, fresh = {0};
    bool acc;
    RC_TRY(rc_node_grad_of(node, QKV, &dqkv, &acc));
    if (node->in[BIAS]) RC_TRY(rc_node_grad_added(node, BIAS, &dbias));
    if (!dqkv.data && !dbias.data) return RC_OK;
    /* The kernel overwrites; it also needs somewhere to write when only the bias learns. */
    if (acc || !dqkv.data)
        RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->in[QKV]->value.shape, &fresh));
    float *to = fresh.data ? fresh.data : dqkv.data;
    RC_LAUNCH(device_of(node), attention_backward, a, lengths(node), part(qkv, a, 0), part(qkv, a, 1),
              part(qkv, a, 2), value_of(node, BIAS), node->value.data, node->saved[LSE].data, node->grad.data,
              part(to, a, 0), part(to, a, 1), part(to, a, 2), dbias.data);
    if (dqkv.data && fresh.data) RC_LAUNCH(device_of(node), axpy, rc_tensor_size(&dqkv), 1.0f, to, dqkv.data);
    rc_graph_release(node->graph, &fresh);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const rc_attention *a = node->attr;
    float *qkv = value_of(node, QKV), *t = tangent_of(node, QKV);
    RC_LAUNCH(device_of(node), attention_jvp, a, lengths(node), part(qkv, a, 0), part(qkv, a, 1),
              part(qkv, a, 2), value_of(node, BIAS), node->saved[LSE].data, part(t, a, 0), part(t, a, 1),
              part(t, a, 2), tangent_of(node, BIAS), node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_attend = {"attend", forward, backward, jvp};

static rc_var attend(rc_graph *g, rc_var qkv, rc_var bias, rc_var length, int64_t heads, float scale)
{
    int64_t batch = qkv->value.shape.dim[0], ld = last_dim(&qkv->value), c = ld / 3;
    int64_t tokens = row_count(&qkv->value) / batch;
    rc_attention a = {batch, tokens, heads, c / heads, ld, scale};
    rc_graph_notice(g, qkv, heads);
    return rc_graph_apply(g, &rc_op_attend, INPUTS, (rc_var[]){qkv, length, bias}, &a, sizeof a, RC_DTYPE_F32,
                          RC_SHAPE(batch, tokens, c));
}

rc_var rc_attend(rc_graph *g, rc_var qkv, rc_var length, int64_t heads)
{
    if (!qkv) return NULL;
    float d = (float)(last_dim(&qkv->value) / 3 / heads);
    return attend(g, qkv, NULL, length, heads, 1.0f / sqrtf(d));
}

rc_var rc_attend_biased(rc_graph *g, rc_var qkv, rc_var bias, rc_var length, int64_t heads)
{
    return qkv && bias ? attend(g, qkv, bias, length, heads, 1) : NULL;
}
