/* bin_rows: the number of the bin of x / mean |x|, over the last dimension. It is constant almost everywhere,
 * so nothing flows back, and nothing forward. */
#include "ops/op_parts.h"
#include "ops/ops.h"

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), bin_rows, row_count(&node->value), last_dim(&node->value),
              *(const rc_bins *)node->attr, value_of(node, 0), node->value.data);
    return RC_OK;
}

static rc_status without_slope(rc_node *node)
{
    (void)node;
    return RC_OK;
}

const rc_op rc_op_bin_rows = {"bin_rows", forward, without_slope, without_slope};

rc_var rc_bin_rows(rc_graph *g, rc_var x, rc_bins bins)
{
    if (!x) return NULL;
    return rc_graph_apply(g, &rc_op_bin_rows, 1, &x, &bins, sizeof bins, RC_DTYPE_I32, x->value.shape);
}
