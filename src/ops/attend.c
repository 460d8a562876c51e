/* attend: softmax(scale q k^T) v over all tokens of a sample (Vaswani et al., "Attention is all you need",
 * 2017), keys behind the sample's length left out. Scores are never stored: backward computes them again from
 * the saved log-sum-exp of each row. */
#include "ops/ops.h"

#include <math.h>

#include "ops/op_parts.h"

enum { QKV, LENGTH, INPUTS };
enum { LSE };

/* q, k and v lie side by side in each token's row of 3C. */
static float *part(float *qkv, const rc_attention *a, int i)
{
    return qkv + i * a->heads * a->d;
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
              node->value.data, node->saved[LSE].data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    const rc_attention *a = node->attr;
    float *qkv = value_of(node, QKV);
    rc_tensor dqkv, fresh = {0};
    bool acc;
    RC_TRY(rc_node_grad_of(node, QKV, &dqkv, &acc));
    if (!dqkv.data) return RC_OK;
    if (acc) /* the kernel overwrites */
        RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->in[QKV]->value.shape, &fresh));
    float *to = acc ? fresh.data : dqkv.data;
    RC_LAUNCH(device_of(node), attention_backward, a, lengths(node), part(qkv, a, 0), part(qkv, a, 1),
              part(qkv, a, 2), node->value.data, node->saved[LSE].data, node->grad.data, part(to, a, 0),
              part(to, a, 1), part(to, a, 2));
    if (acc) RC_LAUNCH(device_of(node), axpy, rc_tensor_size(&dqkv), 1.0f, to, dqkv.data);
    rc_graph_release(node->graph, &fresh);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const rc_attention *a = node->attr;
    float *qkv = value_of(node, QKV), *t = tangent_of(node, QKV);
    RC_LAUNCH(device_of(node), attention_jvp, a, lengths(node), part(qkv, a, 0), part(qkv, a, 1),
              part(qkv, a, 2), node->saved[LSE].data, part(t, a, 0), part(t, a, 1), part(t, a, 2),
              node->tangent.data);
    return RC_OK;
}

static rc_var with_lengths(rc_graph *g, rc_var qkv, const int32_t *length, int64_t heads)
{
    rc_var n = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(qkv->value.shape.dim[0]), length, false);
    return rc_attend(g, qkv, n, heads);
}

static rc_var build_three_heads(rc_graph *g, rc_var *in)
{
    return rc_attend(g, in[0], NULL, 3);
}

static rc_var build_one_head(rc_graph *g, rc_var *in)
{
    return rc_attend(g, in[0], NULL, 1);
}

static rc_var build_padded(rc_graph *g, rc_var *in)
{
    return with_lengths(g, in[0], (const int32_t[]){7, 3, 0, 1}, 2);
}

static rc_var build_long(rc_graph *g, rc_var *in)
{
    return with_lengths(g, in[0], (const int32_t[]){77}, 2);
}

static const rc_op_case cases[] = {
    {"three heads of 5", build_three_heads, 1, {{3, {2, 11, 45}}}, 2, 0},
    {"one token", build_one_head, 1, {{3, {3, 1, 12}}}, 1, 0},
    {"head of 64", build_one_head, 1, {{3, {1, 19, 192}}}, 1, 0},
    {"head of 32, 33 tokens", build_one_head, 1, {{3, {1, 33, 96}}}, 1, 0},
    {"padding, one sample empty", build_padded, 1, {{3, {4, 7, 18}}}, 2, 0},
    {"several blocks of queries, padding", build_long, 1, {{3, {1, 101, 30}}}, 2, 0},
};

const rc_op rc_op_attend = {"attend", forward, backward, jvp, cases, sizeof cases / sizeof *cases};

rc_var rc_attend(rc_graph *g, rc_var qkv, rc_var length, int64_t heads)
{
    if (!qkv) return NULL;
    int64_t batch = qkv->value.shape.dim[0], ld = last_dim(&qkv->value), c = ld / 3;
    int64_t tokens = row_count(&qkv->value) / batch;
    rc_attention a = {batch, tokens, heads, c / heads, ld, 1.0f / sqrtf((float)(c / heads))};
    return rc_graph_apply(g, &rc_op_attend, INPUTS, (rc_var[]){qkv, length}, &a, sizeof a, RC_DTYPE_F32,
                          RC_SHAPE(batch, tokens, c));
}
