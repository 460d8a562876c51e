/* mix_rows: y = m x for a fixed matrix m [T, N] and rows x [N, C]: resampling a table of positions. The
 * matrix is data: nothing flows into it. dx = m^T dy. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, MATRIX, INPUTS };

static rc_status mix(rc_node *node, const float *from, float *to)
{
    const int64_t *dim = node->in[MATRIX]->value.shape.dim;
    int64_t channels = last_dim(&node->value);
    RC_LAUNCH(device_of(node), gemm, false, false, dim[0], channels, dim[1], 1.0f, value_of(node, MATRIX),
              dim[1], from, channels, 0.0f, to, channels);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    return mix(node, value_of(node, X), node->value.data);
}

static rc_status backward(rc_node *node)
{
    const int64_t *dim = node->in[MATRIX]->value.shape.dim;
    int64_t channels = last_dim(&node->value);
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    if (dx.data)
        RC_LAUNCH(device_of(node), gemm, true, false, dim[1], channels, dim[0], 1.0f, value_of(node, MATRIX),
                  dim[1], node->grad.data, channels, acc ? 1.0f : 0.0f, dx.data, channels);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return mix(node, tangent_of(node, X), node->tangent.data);
}

const rc_op rc_op_mix_rows = {"mix_rows", forward, backward, jvp};

rc_var rc_mix_rows(rc_graph *g, rc_var x, rc_var matrix)
{
    if (!x || !matrix) return NULL;
    const int64_t *dim = matrix->value.shape.dim;
    if (row_count(&x->value) != dim[1])
        return rc_graph_fail(g, rc_fail(RC_SHAPE, "mix_rows: %lld rows, the matrix takes %lld",
                                        (long long)row_count(&x->value), (long long)dim[1]));
    return rc_graph_apply(g, &rc_op_mix_rows, INPUTS, (rc_var[]){x, matrix}, NULL, 0, RC_DTYPE_F32,
                          RC_SHAPE(dim[0], last_dim(&x->value)));
}
