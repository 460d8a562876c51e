/* add_rows: z[b, ..] = x[b, ..] + r[..], the same r for every sample b (position embeddings). */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, ROW, INPUTS };

static int64_t batch_of(const rc_node *node)
{
    return node->value.shape.dim[0];
}

static int64_t row_size(const rc_node *node)
{
    return rc_tensor_size(&node->value) / batch_of(node);
}

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), bias_rows, batch_of(node), row_size(node), value_of(node, ROW),
              value_of(node, X), node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    rc_tensor dr;
    bool acc;
    RC_TRY(rc_node_grad_of(node, ROW, &dr, &acc));
    if (dr.data)
        RC_LAUNCH(device_of(node), sum_rows, batch_of(node), row_size(node), node->grad.data, acc, dr.data);
    return rc_node_pass_grad(node, X);
}

static rc_status jvp(rc_node *node)
{
    rc_device *d = device_of(node);
    const float *tx = tangent_of(node, X), *tr = tangent_of(node, ROW);
    float *tz = node->tangent.data;
    if (tx && !tr) return d->copy(d, tz, tx, rc_tensor_bytes(&node->tangent));
    if (!tx) RC_LAUNCH(d, fill, rc_tensor_size(&node->tangent), 0.0f, tz);
    RC_LAUNCH(d, bias_rows, batch_of(node), row_size(node), tr, tx ? tx : tz, tz);
    return RC_OK;
}

const rc_op rc_op_add_rows = {"add_rows", forward, backward, jvp};

rc_var rc_add_rows(rc_graph *g, rc_var x, rc_var row)
{
    if (!x || !row) return NULL;
    int64_t batch = x->value.shape.dim[0];
    if (rc_tensor_size(&row->value) * batch != rc_tensor_size(&x->value))
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "add_rows: %lld numbers do not fit samples of %lld",
                                        (long long)rc_tensor_size(&row->value),
                                        (long long)(rc_tensor_size(&x->value) / batch)));
    rc_var y =
        rc_graph_apply(g, &rc_op_add_rows, INPUTS, (rc_var[]){x, row}, NULL, 0, RC_DTYPE_F32, x->value.shape);
    return rc_node_reads(y, 0);
}
