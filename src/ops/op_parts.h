/* ops/op_parts.h: what several ops share. */
#ifndef RC_OPS_OP_PARTS_H
#define RC_OPS_OP_PARTS_H

#include "autodiff/graph.h"

static inline int64_t last_dim(const rc_tensor *t)
{
    return t->shape.dim[t->shape.n - 1];
}

static inline int64_t row_count(const rc_tensor *t)
{
    int64_t last = last_dim(t);
    return last ? rc_tensor_size(t) / last : 0;
}

static inline rc_shape with_last(rc_shape shape, int64_t last)
{
    shape.dim[shape.n - 1] = last;
    return shape;
}

static inline rc_device *device_of(const rc_node *node)
{
    return node->value.device;
}

static inline float *value_of(const rc_node *node, int i)
{
    return node->in[i] ? node->in[i]->value.data : NULL;
}

static inline float *tangent_of(const rc_node *node, int i)
{
    return node->in[i] ? node->in[i]->tangent.data : NULL;
}

/* Of a node with 8-bit weights. */
static inline rc_int8_matrix int8_of(const rc_node *node)
{
    return *(const rc_int8_matrix *)node->attr;
}

/* y [m,n] = base + x [m,k] w[n,k]^T + b, where base and b may be NULL; w is a node's value. */
rc_status rc__affine(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x, const rc_node *w,
                     const float *b, const float *base, float *y) RC_MUST_CHECK;
/* Gradients of w (input iw), and of x [m,k], from dy [m,n]: dx (may be NULL, or x) (+)= dy w. */
rc_status rc__affine_backward(rc_node *node, int iw, int64_t m, int64_t n, int64_t k, const float *x,
                              const float *dy, bool acc, float *dx) RC_MUST_CHECK;
/* Gradient of b (input ib, may be absent). */
rc_status rc__bias_grad(rc_node *node, int ib, int64_t m, int64_t n, const float *dy) RC_MUST_CHECK;
/* ty (already set) += tangents of w (and b) at x: x tw^T + tb. */
rc_status rc__affine_tangents(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x, const float *tw,
                              const float *tb, float *ty) RC_MUST_CHECK;

/* ty = tx w^T + x tw^T + tb + tr; each tangent may be NULL (zero). */
rc_status rc__linear_tangent(rc_device *d, int64_t m, int64_t n, int64_t k, const float *x, const rc_node *w,
                             const float *tx, const float *tw, const float *tb, const float *tr,
                             float *ty) RC_MUST_CHECK;

/* out[r] = sum over c of a[r, c] b[r, c]. */
rc_status rc__row_dot(rc_device *d, int64_t rows, int64_t cols, const float *a, const float *b,
                      float *out) RC_MUST_CHECK;
/* Losses of one number a row, of which input i has rows along dimension 0: numbers of a row; backward, and
 * jvp as the slope of ones times the tangent, both of the slope: dx (+)= dloss d loss / dx. */
typedef rc_status (*rc__loss_slope)(rc_node *node, const float *dloss, bool acc, float *dx);
int64_t rc__loss_width(const rc_node *node, int i);
rc_status rc__loss_backward(rc_node *node, int i, rc__loss_slope slope) RC_MUST_CHECK;
rc_status rc__loss_jvp(rc_node *node, int i, rc__loss_slope slope) RC_MUST_CHECK;

#endif
