/* gather: out row j = x row index[j], or zeros where index[j] < 0, in each block of a batch. Padding,
 * cropping, cutting into patches, merging patches, shuffling pixels and looking up the relative bias are all
 * this one op. Linear: backward scatters, jvp gathers. */
#include <assert.h>
#include <stdlib.h>

#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, INDEX, INPUTS };

static rc_status gather(rc_node *node, const float *from, float *to)
{
    const rc_gather_settings *a = node->attr;
    RC_LAUNCH(device_of(node), gather_rows, a->batch, a->rows_in, a->rows_out, a->width,
              node->in[INDEX]->value.data, from, to);
    return RC_OK;
}

static rc_status forward(rc_node *node)
{
    const rc_gather_settings *a = node->attr;
    if (node->in[X]->value.dtype == RC_DTYPE_I8) {
        assert(a->batch == 1);
        RC_LAUNCH(device_of(node), gather_int8, a->rows_out, a->width, node->in[INDEX]->value.data,
                  int8_of(node->in[X]), node->value.data);
        return RC_OK;
    }
    return gather(node, value_of(node, X), node->value.data);
}

/* ---- a table's gradient by rows ---- */

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Sorts index into `touched`, each once; returns how many there are. */
static int64_t find_touched(const int32_t *index, int64_t n, int32_t *touched)
{
    int64_t m = 0, all = 0;
    for (int64_t j = 0; j < n; j++)
        if (index[j] >= 0) touched[all++] = index[j];
    qsort(touched, (size_t)all, sizeof *touched, ascending);
    for (int64_t j = 0; j < all; j++)
        if (m == 0 || touched[m - 1] != touched[j]) touched[m++] = touched[j];
    return m;
}

/* Where in `touched` each index stands. */
static void number(const int32_t *index, int64_t n, const int32_t *touched, int64_t m, int32_t *slot)
{
    for (int64_t j = 0; j < n; j++) {
        const int32_t *at =
            index[j] < 0 ? NULL : bsearch(&index[j], touched, (size_t)m, sizeof *touched, ascending);
        slot[j] = at ? (int32_t)(at - touched) : -1;
    }
}

static rc_status scatter_touched(rc_node *node, int64_t m, const int32_t *touched, const int32_t *slot)
{
    const rc_gather_settings *a = node->attr;
    rc_tensor rows, place;
    RC_TRY(rc_node_grad_rows(node, X, m, a->width, touched, &rows));
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_I32, RC_SHAPE(a->rows_out), &place));
    RC_TRY(rc_tensor_upload(&place, slot));
    RC_LAUNCH(device_of(node), scatter_rows, 1, m, a->rows_out, a->width, place.data, node->grad.data, false,
              rows.data);
    rc_graph_release(node->graph, &place);
    return RC_OK;
}

/* The sums of a row are made in the same order as in the whole table. */
static rc_status backward_rows(rc_node *node)
{
    const rc_gather_settings *a = node->attr;
    const int32_t *index = node->in[INDEX]->host;
    void *room;
    RC_TRY(rc_graph_scratch(node->graph, (size_t)(2 * a->rows_out) * sizeof(int32_t), &room));
    int32_t *touched = room, *slot = touched + a->rows_out;
    int64_t m = find_touched(index, a->rows_out, touched);
    number(index, a->rows_out, touched, m, slot);
    return scatter_touched(node, m, touched, slot);
}

static rc_status backward(rc_node *node)
{
    const rc_gather_settings *a = node->attr;
    if (a->batch == 1 && node->in[INDEX]->host && rc_node_takes_rows(node, X)) return backward_rows(node);
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    if (!dx.data) return RC_OK;
    RC_LAUNCH(device_of(node), scatter_rows, a->batch, a->rows_in, a->rows_out, a->width,
              node->in[INDEX]->value.data, node->grad.data, acc, dx.data);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    return gather(node, tangent_of(node, X), node->tangent.data);
}

const rc_op rc_op_gather = {"gather", forward, backward, jvp};

rc_var rc_gather(rc_graph *g, rc_var x, rc_var index, int64_t batch, int64_t width, rc_shape shape)
{
    if (!x || !index) return NULL;
    rc_gather_settings a = {batch, rc_tensor_size(&x->value) / (batch * width), rc_tensor_size(&index->value),
                            width};
    rc_var y =
        rc_graph_apply(g, &rc_op_gather, INPUTS, (rc_var[]){x, index}, &a, sizeof a, RC_DTYPE_F32, shape);
    return rc_node_reads(y, RC_READS(INDEX));
}
