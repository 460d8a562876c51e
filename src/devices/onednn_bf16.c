/* The fast device for bfloat16: operands of matrix products are rounded to it, and so is what a step keeps
 * for its way back; sums stay float32, and so does everything else (weights, optimizer). Up to twice the rate
 * where the processor multiplies bfloat16 fast (AMX; AVX-512 BF16 of AMD); elsewhere the same numbers, up to
 * the order of sums, from rounded operands in float32.
 *
 * oneDNN's matmul wants a primitive made for its shapes; a model has some dozens, which are kept. Making one
 * differs between oneDNN 2 and 3, and only make_primitive() knows. */
#include <dnnl.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "devices/onednn_parts.h"
#include "devices/ref.h"
#include "devices/rounded_products.h"

/* Products with a smaller side stay in float32: logits, sums by a product with ones. */
enum { MIN_SIDE = 16, MAX_KEPT = 256 };

typedef struct shape {
    int64_t m, n, k, ldc;
    bool ta, tb, add;
} shape;

typedef struct product {
    shape shape;
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[3];
} product;

/* The device's state. */
typedef struct rounder {
    rc__onednn onednn;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    bool can_multiply; /* oneDNN multiplies bfloat16 here */
    bool multiplies;   /* and is asked to: it is faster than float32 */
    product kept[MAX_KEPT];
    int count;
} rounder;

static const int argument[3] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};

/* ---- oneDNN ---- */

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t matrix;

static dnnl_status_t describe(matrix *out, dnnl_data_type_t type, const dnnl_dims_t size,
                              const dnnl_dims_t stride)
{
    return dnnl_memory_desc_create_with_strides(out, 2, size, type, stride);
}

static dnnl_status_t make_memory(rounder *at, const matrix *of, dnnl_memory_t *out)
{
    return dnnl_memory_create(out, *of, at->engine, DNNL_MEMORY_NONE);
}

static dnnl_status_t describe_product(rounder *at, const matrix d[3], dnnl_primitive_attr_t attr,
                                      dnnl_primitive_desc_t *out)
{
    return dnnl_matmul_primitive_desc_create(out, at->engine, d[0], d[1], NULL, d[2], attr);
}

static void forget(matrix d[3])
{
    for (int i = 0; i < 3; i++)
        if (d[i]) dnnl_memory_desc_destroy(d[i]);
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_f32);
}
#else
typedef dnnl_memory_desc_t matrix;

static dnnl_status_t describe(matrix *out, dnnl_data_type_t type, const dnnl_dims_t size,
                              const dnnl_dims_t stride)
{
    return dnnl_memory_desc_init_by_strides(out, 2, size, type, stride);
}

static dnnl_status_t make_memory(rounder *at, const matrix *of, dnnl_memory_t *out)
{
    return dnnl_memory_create(out, of, at->engine, DNNL_MEMORY_NONE);
}

static dnnl_status_t describe_product(rounder *at, const matrix d[3], dnnl_primitive_attr_t attr,
                                      dnnl_primitive_desc_t *out)
{
    dnnl_matmul_desc_t wanted;
    dnnl_status_t status = dnnl_matmul_desc_init(&wanted, &d[0], &d[1], NULL, &d[2]);
    return status != dnnl_success ? status : dnnl_primitive_desc_create(out, &wanted, attr, at->engine, NULL);
}

static void forget(matrix d[3])
{
    (void)d;
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1.0f);
}
#endif

static dnnl_status_t make_attributes(bool add, dnnl_primitive_attr_t *attr)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (status != dnnl_success || !add) return status;
    status = dnnl_post_ops_create(&ops);
    if (status == dnnl_success) status = append_sum(ops);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*attr, ops);
    if (ops) dnnl_post_ops_destroy(ops);
    return status;
}

static dnnl_status_t make_primitive(rounder *at, const shape *s, product *out)
{
    const dnnl_dims_t size[3] = {{s->m, s->k}, {s->k, s->n}, {s->m, s->n}};
    const dnnl_dims_t stride[3] = {
        {s->ta ? 1 : s->k, s->ta ? s->m : 1}, {s->tb ? 1 : s->n, s->tb ? s->k : 1}, {s->ldc, 1}};
    matrix d[3];
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t description = NULL;
    memset(d, 0, sizeof d);
    dnnl_status_t status = make_attributes(s->add, &attr);
    for (int i = 0; i < 3 && status == dnnl_success; i++)
        status = describe(&d[i], i < 2 ? dnnl_bf16 : dnnl_f32, size[i], stride[i]);
    if (status == dnnl_success) status = describe_product(at, d, attr, &description);
    if (status == dnnl_success) status = dnnl_primitive_create(&out->primitive, description);
    for (int i = 0; i < 3 && status == dnnl_success; i++)
        status = make_memory(at, &d[i], &out->memory[i]);
    if (description) dnnl_primitive_desc_destroy(description);
    if (attr) dnnl_primitive_attr_destroy(attr);
    forget(d);
    return status;
}

static void destroy(product *p)
{
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (int i = 0; i < 3; i++)
        if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
    *p = (product){0};
}

static bool is_same(const shape *a, const shape *b)
{
    return a->m == b->m && a->n == b->n && a->k == b->k && a->ldc == b->ldc && a->ta == b->ta &&
           a->tb == b->tb && a->add == b->add;
}

/* When all places are taken, all are given up: shapes that keep changing are not worth an order of age. */
static dnnl_status_t find(rounder *at, const shape *s, product **out)
{
    for (int i = 0; i < at->count; i++) {
        *out = &at->kept[i];
        if (is_same(&(*out)->shape, s)) return dnnl_success;
    }
    if (at->count == MAX_KEPT) {
        while (at->count > 0)
            destroy(&at->kept[--at->count]);
    }
    product made = {.shape = *s};
    dnnl_status_t status = make_primitive(at, s, &made);
    if (status != dnnl_success) {
        destroy(&made);
        return status;
    }
    at->kept[at->count] = made;
    *out = &at->kept[at->count++];
    return dnnl_success;
}

static dnnl_status_t multiply(rounder *at, const shape *s, uint16_t *a, uint16_t *b, float *c)
{
    product *p;
    dnnl_exec_arg_t arguments[3];
    void *data[3] = {a, b, c};
    dnnl_status_t status = find(at, s, &p);
    for (int i = 0; i < 3 && status == dnnl_success; i++) {
        arguments[i] = (dnnl_exec_arg_t){argument[i], p->memory[i]};
        status = dnnl_memory_set_data_handle(p->memory[i], data[i]);
    }
    if (status == dnnl_success) status = dnnl_primitive_execute(p->primitive, at->stream, 3, arguments);
    return status == dnnl_success ? dnnl_stream_wait(at->stream) : status;
}

/* ---- operands ---- */

static bool has_bfloat(void)
{
#ifdef RC_X86_KERNELS
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

/* Without AMX, Intel's cores (Sapphire Rapids in a virtual machine that hides it) multiply bfloat16 at half
 * the rate of float32. The choice must not be measured: the same machine has to give the same bits. */
static bool is_fast(void)
{
#ifdef RC_X86_KERNELS
    bool amx = (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_amx) == dnnl_cpu_isa_avx512_core_amx;
    return amx || !__builtin_cpu_is("intel");
#else
    return true;
#endif
}

/* Its memory handles are the primitive's, so one product is made at a time. */
static rc_status narrow_product(rounder *at, const shape *s, uint16_t *a, uint16_t *b, float *c)
{
    dnnl_status_t status;
    RC_TRY(rc__onednn_ask());
#pragma omp critical(rc_onednn_bf16)
    status = multiply(at, s, a, b, c);
    RC_CHECK(status == dnnl_success, RC_DEVICE,
             "oneDNN: a bfloat16 matrix product of %lld x %lld x %lld failed (status %d)", (long long)s->m,
             (long long)s->n, (long long)s->k, (int)status);
    return RC_OK;
}

/* An operand [rows, cols], and its numbers rounded to bfloat16, or (wide) the same as float32. */
typedef struct operand {
    int64_t rows, cols;
    const float *x;
    int64_t ld;
    float *rounded;
} operand;

/* Floats, in whole vectors. */
static int64_t room(const operand *o, bool wide)
{
    int64_t n = o->rows * o->cols;
    return ((wide ? n : (n + 1) / 2) + 15) / 16 * 16;
}

static void round_operand(const rc__onednn *by, operand *o, bool wide, float *to)
{
    o->rounded = to;
    if (wide)
        by->round(o->rows, o->cols, o->x, o->ld, to);
    else
        by->narrow(o->rows, o->cols, o->x, o->ld, (uint16_t *)to);
}

/* A primitive is made for the threads of the process, which a parallel region does not have. */
static bool is_wide(const rounder *at)
{
    return !at->multiplies || omp_in_parallel();
}

/* Of operands that are rounded. */
static rc_status multiply_rounded(rc_device *dev, bool wide, const shape *s, const operand *a,
                                  const operand *b, float *c)
{
    return wide ? rc__onednn_gemm(dev, s->ta, s->tb, s->m, s->n, s->k, 1.0f, a->rounded, a->cols, b->rounded,
                                  b->cols, s->add ? 1.0f : 0.0f, c, s->ldc)
                : narrow_product(dev->state, s, (uint16_t *)a->rounded, (uint16_t *)b->rounded, c);
}

static rc_status rounded_product(rc_device *dev, const shape *s, const float *a, int64_t lda, const float *b,
                                 int64_t ldb, float *c)
{
    rounder *at = dev->state;
    bool wide = is_wide(at);
    float *to;
    operand left = {s->ta ? s->k : s->m, s->ta ? s->m : s->k, a, lda, NULL},
            right = {s->tb ? s->n : s->k, s->tb ? s->k : s->n, b, ldb, NULL};
    RC_TRY(rc__scratch_take(at->onednn.scratch, room(&left, wide) + room(&right, wide), &to));
    round_operand(&at->onednn, &left, wide, to);
    round_operand(&at->onednn, &right, wide, to + room(&left, wide));
    rc_status status = multiply_rounded(dev, wide, s, &left, &right, c);
    rc__scratch_give(at->onednn.scratch, to);
    return status;
}

static rc_status gemm(rc_device *dev, bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                      int64_t ldc)
{
    shape s = {m, n, k, ldc, ta, tb, beta != 0};
    if (m < MIN_SIDE || n < MIN_SIDE || k < MIN_SIDE || alpha != 1 || (beta != 0 && beta != 1))
        return rc__onednn_gemm(dev, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return rounded_product(dev, &s, a, lda, b, ldb, c);
}

/* dy is rounded once for both products. */
static rc_status affine_backward(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                 const float *w, const float *dy, const bool add[2], float *dw, float *dx)
{
    rounder *at = dev->state;
    bool wide = is_wide(at);
    operand out = {m, n, dy, n, NULL}, in = {m, k, x, k, NULL}, weight = {n, k, w, k, NULL};
    shape of_dw = {n, k, m, k, true, false, add[0]}, of_dx = {m, k, n, k, false, false, add[1]};
    float *to;
    if (m < MIN_SIDE || n < MIN_SIDE || k < MIN_SIDE)
        return rc__affine_backward_plain(dev, m, n, k, x, w, dy, add, dw, dx);
    int64_t first = room(&out, wide), second = dw ? room(&in, wide) : 0, other = dx ? room(&weight, wide) : 0;
    RC_TRY(rc__scratch_take(at->onednn.scratch, first + (second > other ? second : other), &to));
    round_operand(&at->onednn, &out, wide, to);
    rc_status status = RC_OK;
    if (dw) {
        round_operand(&at->onednn, &in, wide, to + first);
        status = multiply_rounded(dev, wide, &of_dw, &out, &in, dw);
    }
    if (dx && status == RC_OK) {
        round_operand(&at->onednn, &weight, wide, to + first);
        status = multiply_rounded(dev, wide, &of_dx, &out, &weight, dx);
    }
    rc__scratch_give(at->onednn.scratch, to);
    return status;
}

rc_device *rc_device_onednn_bf16(void)
{
    static rc_device device;
    static rounder state;
    rc_device *base = rc_device_onednn();
#pragma omp critical(rc_device_onednn_bf16)
    if (!device.name) {
        state.can_multiply =
            has_bfloat() && dnnl_engine_create(&state.engine, dnnl_cpu, 0) == dnnl_success &&
            dnnl_stream_create(&state.stream, state.engine, dnnl_stream_default_flags) == dnnl_success;
        state.multiplies = state.can_multiply && is_fast();
        state.onednn = *(rc__onednn *)base->state;
        device = *base;
        device.state = &state;
        device.kernels.gemm = gemm;
        device.kernels.affine_backward = affine_backward;
        device.keeps_narrow = true;
        device.name = "onednn-bf16";
    }
    return &device;
}

bool rc_bfloat16_multiplies(void)
{
    const rounder *at = rc_device_onednn_bf16()->state;
    return at->multiplies;
}

bool rc_bfloat16_choose(bool fastest)
{
    rounder *at = rc_device_onednn_bf16()->state;
    at->multiplies = at->can_multiply && (!fastest || is_fast());
    return at->can_multiply;
}

rc_status rc_bfloat16_product(int64_t m, int64_t n, int64_t k, uint16_t *a, uint16_t *w, float *c)
{
    shape s = {m, n, k, n, false, true, false};
    return narrow_product(rc_device_onednn_bf16()->state, &s, a, w, c);
}
