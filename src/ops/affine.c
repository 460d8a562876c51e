/* The affine map y = x w^T + b and its derivatives, shared by linear and mlp. */
#include "ops/op_parts.h"

static rc_status multiply_int8(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x,
                               const rc_node *w, bool acc, float *y)
{
    rc_tensor work;
    RC_TRY(rc_graph_take(w->graph, RC_DTYPE_U8, RC_SHAPE(rc_int8_work(m, n, k)), &work));
    RC_LAUNCH(d, linear_int8, m, n, k, x, int8_of(w), acc, y, work.data);
    rc_graph_release(w->graph, &work);
    return RC_OK;
}

rc_status rc__affine(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x, const rc_node *w,
                     const float *b, const float *base, float *y)
{
    float beta = 0.0f;
    if (d->kernels.affine && w->value.dtype == RC_DTYPE_F32) {
        RC_LAUNCH(d, affine, m, n, k, x, w->value.data, b, base, y);
        return RC_OK;
    }
    if (b) {
        RC_LAUNCH(d, bias_rows, m, n, b, base, y);
        beta = 1.0f;
    } else if (base) {
        RC_TRY(d->copy(d, y, base, (size_t)(m * n) * sizeof(float)));
        beta = 1.0f;
    }
    if (w->value.dtype == RC_DTYPE_I8) return multiply_int8(d, m, n, k, x, w, beta != 0, y);
    RC_LAUNCH(d, gemm, false, true, m, n, k, 1.0f, x, k, w->value.data, k, beta, y, n);
    return RC_OK;
}

rc_status rc__affine_backward(rc_node *node, int iw, int64_t m, int64_t n, int64_t k, const float *x,
                              const float *dy, bool acc, float *dx)
{
    rc_tensor dw;
    bool add[2] = {false, acc};
    RC_TRY(rc_node_grad_of(node, iw, &dw, &add[0]));
    RC_LAUNCH(device_of(node), affine_backward, m, n, k, x, value_of(node, iw), dy, add, dw.data, dx);
    return RC_OK;
}

rc_status rc__bias_grad(rc_node *node, int ib, int64_t m, int64_t n, const float *dy)
{
    rc_tensor db;
    bool acc;
    RC_TRY(rc_node_grad_of(node, ib, &db, &acc));
    if (db.data) RC_LAUNCH(device_of(node), sum_rows, m, n, dy, acc, db.data);
    return RC_OK;
}

rc_status rc__affine_tangents(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x, const float *tw,
                              const float *tb, float *ty)
{
    if (tw) RC_LAUNCH(d, gemm, false, true, m, n, k, 1.0f, x, k, tw, k, 1.0f, ty, n);
    if (tb) RC_LAUNCH(d, bias_rows, m, n, tb, ty, ty);
    return RC_OK;
}

rc_status rc__linear_tangent(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x, const rc_node *w,
                             const float *tx, const float *tw, const float *tb, const float *tr, float *ty)
{
    if (tx)
        RC_TRY(rc__affine(d, m, n, k, tx, w, NULL, tr, ty));
    else if (tr)
        RC_TRY(d->copy(d, ty, tr, (size_t)(m * n) * sizeof(float)));
    else
        RC_LAUNCH(d, fill, m * n, 0.0f, ty);
    return rc__affine_tangents(d, m, n, k, x, tw, tb, ty);
}
