/* add: z = a + b, equal shapes. */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { A, B, INPUTS };

static rc_status forward(rc_node *node)
{
    RC_LAUNCH(device_of(node), add, rc_tensor_size(&node->value), value_of(node, A), value_of(node, B),
              node->value.data);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    RC_TRY(rc_node_pass_grad(node, A));
    return rc_node_pass_grad(node, B);
}

static rc_status jvp(rc_node *node)
{
    rc_device *d = device_of(node);
    const float *ta = tangent_of(node, A), *tb = tangent_of(node, B);
    if (!ta || !tb) return d->copy(d, node->tangent.data, ta ? ta : tb, rc_tensor_bytes(&node->tangent));
    RC_LAUNCH(d, add, rc_tensor_size(&node->tangent), ta, tb, node->tangent.data);
    return RC_OK;
}

const rc_op rc_op_add = {"add", forward, backward, jvp};

rc_var rc_add(rc_graph *g, rc_var a, rc_var b)
{
    if (!a || !b) return NULL;
    return rc_node_reads(
        rc_graph_apply(g, &rc_op_add, INPUTS, (rc_var[]){a, b}, NULL, 0, RC_DTYPE_F32, a->value.shape), 0);
}
