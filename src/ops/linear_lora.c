/* linear_lora: y = x w^T + b + r, and for every adapter i (LoRA, Hu et al., ICLR 2022), in its output
 * columns, y_i += s (x a_i^T) b_i^T with a_i [rank, K], b_i [N_i, rank]. Of an adapter only t_i = x a_i^T is
 * saved. With g_i the columns of dy and d_i = s g_i b_i: da_i = d_i^T x, db_i = s g_i^T t_i, dx += d_i a_i.
 */
#include "ops/op_parts.h"
#include "ops/ops.h"

enum { X, W, B, RESIDUAL, ADAPTERS, INPUTS = ADAPTERS + 2 * RC_ADAPTERS };

typedef struct settings {
    int count;
    int64_t first[RC_ADAPTERS]; /* output column where each adapter begins */
    float scale;
} settings;

typedef struct sizes {
    int64_t m, n, k;
} sizes;

static sizes sizes_of(const rc_node *node)
{
    return (sizes){row_count(&node->value), last_dim(&node->value), last_dim(&node->in[X]->value)};
}

/* One adapter: where its matrices are, and how large they are. */
typedef struct place {
    int a, b; /* inputs */
    int64_t rank, columns, first;
} place;

static place place_of(const rc_node *node, int i)
{
    const settings *s = node->attr;
    int a = ADAPTERS + 2 * i;
    const rc_tensor *down = &node->in[a]->value, *up = &node->in[a + 1]->value;
    return (place){a, a + 1, down->shape.dim[0], up->shape.dim[0], s->first[i]};
}

static rc_status forward(rc_node *node)
{
    const settings *a = node->attr;
    rc_device *d = device_of(node);
    sizes s = sizes_of(node);
    float *y = node->value.data;
    RC_TRY(rc__affine(d, s.m, s.n, s.k, value_of(node, X), node->in[W], value_of(node, B),
                      value_of(node, RESIDUAL), y));
    for (int i = 0; i < a->count; i++) {
        place l = place_of(node, i);
        RC_TRY(rc_node_save(node, i, RC_DTYPE_F32, RC_SHAPE(s.m, l.rank)));
        float *t = node->saved[i].data;
        RC_LAUNCH(d, gemm, false, true, s.m, l.rank, s.k, 1.0f, value_of(node, X), s.k, value_of(node, l.a),
                  s.k, 0.0f, t, l.rank);
        RC_LAUNCH(d, gemm, false, true, s.m, l.columns, l.rank, a->scale, t, l.rank, value_of(node, l.b),
                  l.rank, 1.0f, y + l.first, s.n);
    }
    return RC_OK;
}

/* Gradients of adapter i; dx (may be NULL) is added to. */
static rc_status adapter_backward(rc_node *node, int i, float *dx)
{
    const settings *a = node->attr;
    rc_device *d = device_of(node);
    sizes s = sizes_of(node);
    place l = place_of(node, i);
    const float *g = (const float *)node->grad.data + l.first;
    rc_tensor da, db, down;
    bool acc;
    RC_TRY(rc_node_grad_of(node, l.b, &db, &acc));
    if (db.data)
        RC_LAUNCH(d, gemm, true, false, l.columns, l.rank, s.m, a->scale, g, s.n, node->saved[i].data, l.rank,
                  acc ? 1.0f : 0.0f, db.data, l.rank);
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, RC_SHAPE(s.m, l.rank), &down));
    RC_LAUNCH(d, gemm, false, false, s.m, l.rank, l.columns, a->scale, g, s.n, value_of(node, l.b), l.rank,
              0.0f, down.data, l.rank);
    RC_TRY(rc_node_grad_of(node, l.a, &da, &acc));
    if (da.data)
        RC_LAUNCH(d, gemm, true, false, l.rank, s.k, s.m, 1.0f, down.data, l.rank, value_of(node, X), s.k,
                  acc ? 1.0f : 0.0f, da.data, s.k);
    if (dx)
        RC_LAUNCH(d, gemm, false, false, s.m, s.k, l.rank, 1.0f, down.data, l.rank, value_of(node, l.a), s.k,
                  1.0f, dx, s.k);
    rc_graph_release(node->graph, &down);
    return RC_OK;
}

static rc_status backward(rc_node *node)
{
    const settings *a = node->attr;
    sizes s = sizes_of(node);
    rc_tensor dx;
    bool acc;
    RC_TRY(rc__bias_grad(node, B, s.m, s.n, node->grad.data));
    RC_TRY(rc_node_grad_of(node, X, &dx, &acc));
    RC_TRY(rc__affine_backward(node, W, s.m, s.n, s.k, value_of(node, X), node->grad.data, acc, dx.data));
    for (int i = 0; i < a->count; i++)
        RC_TRY(adapter_backward(node, i, dx.data));
    return rc_node_pass_grad(node, RESIDUAL);
}

static rc_status adapter_jvp(rc_node *node, int i)
{
    const settings *a = node->attr;
    rc_device *d = device_of(node);
    sizes s = sizes_of(node);
    place l = place_of(node, i);
    float *ty = (float *)node->tangent.data + l.first;
    const float *tx = tangent_of(node, X), *ta = tangent_of(node, l.a), *tb = tangent_of(node, l.b);
    if (tb)
        RC_LAUNCH(d, gemm, false, true, s.m, l.columns, l.rank, a->scale, node->saved[i].data, l.rank, tb,
                  l.rank, 1.0f, ty, s.n);
    if (!tx && !ta) return RC_OK;
    rc_tensor t;
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, RC_SHAPE(s.m, l.rank), &t));
    if (tx)
        RC_LAUNCH(d, gemm, false, true, s.m, l.rank, s.k, 1.0f, tx, s.k, value_of(node, l.a), s.k, 0.0f,
                  t.data, l.rank);
    if (ta)
        RC_LAUNCH(d, gemm, false, true, s.m, l.rank, s.k, 1.0f, value_of(node, X), s.k, ta, s.k,
                  tx ? 1.0f : 0.0f, t.data, l.rank);
    RC_LAUNCH(d, gemm, false, true, s.m, l.columns, l.rank, a->scale, t.data, l.rank, value_of(node, l.b),
              l.rank, 1.0f, ty, s.n);
    rc_graph_release(node->graph, &t);
    return RC_OK;
}

static rc_status jvp(rc_node *node)
{
    const settings *a = node->attr;
    sizes s = sizes_of(node);
    RC_TRY(rc__linear_tangent(device_of(node), s.m, s.n, s.k, value_of(node, X), node->in[W],
                              tangent_of(node, X), tangent_of(node, W), tangent_of(node, B),
                              tangent_of(node, RESIDUAL), node->tangent.data));
    for (int i = 0; i < a->count; i++)
        RC_TRY(adapter_jvp(node, i));
    return RC_OK;
}

const rc_op rc_op_linear_lora = {"linear_lora", forward, backward, jvp};

rc_var rc_linear_lora(rc_graph *g, rc_var x, rc_var w, rc_var b, rc_var residual, const rc_adapter *adapter,
                      int count, float scale)
{
    if (!x || !w) return NULL;
    settings s = {.count = count, .scale = scale};
    rc_var in[INPUTS] = {x, w, b, residual};
    for (int i = 0; i < count; i++) {
        if (!adapter[i].a || !adapter[i].b) return NULL;
        in[ADAPTERS + 2 * i] = adapter[i].a;
        in[ADAPTERS + 2 * i + 1] = adapter[i].b;
        s.first[i] = adapter[i].first;
    }
    rc_shape shape = with_last(x->value.shape, w->value.shape.dim[0]);
    rc_var y = rc_graph_apply(g, &rc_op_linear_lora, INPUTS, in, &s, sizeof s, RC_DTYPE_F32, shape);
    return rc_node_reads(y, ~(RC_READS(B) | RC_READS(RESIDUAL) | RC_READS_OWN));
}
