/* The kernels of the GPU device, by OpenCL, CUDA and as plain C, against those of `ref`, at sizes that the
 * operations' own cases are too small for: odd widths, more than one tile, group and share. Every array lies
 * between guard bands, which must stay as they are. The largest difference of each group of kernels is
 * printed. */
#include "check.h"
#include "test_devices.h"

#include "base/rng.h"
#include "devices/gpu/clblast.h"
#include "devices/gpu/opencl_abi.h"
#include "devices/plain_gpu.h"
#include "tensor/device.h"

enum { GUARD = 64, MAX_ARRAYS = 24, REF = 0, GPU = 1 };

static rc_device *device[2];
static bool is_plain; /* the kernels run as plain C, which takes its time */

typedef struct array {
    int64_t n;
    rc_tensor all[2]; /* on either device: guard, numbers, guard */
} array;

static array arrays[MAX_ARRAYS];
static int n_arrays;
static double worst; /* of the present group */

static int64_t few(int64_t n)
{
    return is_plain ? n / 8 + 1 : n;
}

static float guard_value(int64_t i)
{
    return (float)(1000 + i);
}

static void *numbers_in(void *whole)
{
    return (float *)whole + GUARD;
}

/* n 32-bit numbers, the same on both devices. */
static array *keep(int64_t n, rc_dtype type, const void *numbers)
{
    float *host = malloc((size_t)(n + 2 * GUARD) * sizeof *host);
    if (!host || n_arrays == MAX_ARRAYS) abort();
    array *a = &arrays[n_arrays++];
    a->n = n;
    for (int64_t i = 0; i < GUARD; i++)
        host[i] = host[GUARD + n + i] = guard_value(i);
    memcpy(numbers_in(host), numbers, (size_t)n * sizeof *host);
    for (int d = 0; d < 2; d++)
        if (rc_tensor_create(device[d], type, RC_SHAPE(n + 2 * GUARD), &a->all[d]) != RC_OK ||
            rc_tensor_upload(&a->all[d], host) != RC_OK)
            abort();
    free(host);
    return a;
}

/* n numbers in [-range, range], the same for the same name. */
static array *numbers(const char *name, int64_t n, float range)
{
    float *x = malloc((size_t)n * sizeof *x);
    rc_rng rng = rc_rng_make(3, name, 0);
    if (!x) abort();
    for (int64_t i = 0; i < n; i++)
        x[i] = range * (2 * rc_rng_uniform_f(&rng) - 1);
    array *a = keep(n, RC_DTYPE_F32, x);
    free(x);
    return a;
}

static void *at(const array *a, int d)
{
    return numbers_in(a->all[d].data);
}

static void drop(void)
{
    while (n_arrays > 0) {
        array *a = &arrays[--n_arrays];
        rc_tensor_destroy(&a->all[REF]);
        rc_tensor_destroy(&a->all[GPU]);
    }
}

/* The largest difference, beside the size of the largest number; the guards are as they were. */
static void same(const array *a)
{
    const float *x, *y;
    double max = 0, scale = 1e-3;
    OK(rc_tensor_map_read(&a->all[REF], (const void **)&x));
    OK(rc_tensor_map_read(&a->all[GPU], (const void **)&y));
    for (int64_t i = GUARD; i < GUARD + a->n; i++) {
        double gap = fabs((double)x[i] - y[i]);
        if (!(gap <= max)) max = isnan(gap) ? INFINITY : gap; /* the next number would pass a NaN over */
        if (fabs(x[i]) > scale) scale = fabs(x[i]);
    }
    for (int64_t i = 0; i < GUARD; i++)
        CHECK(y[i] == guard_value(i) && y[GUARD + a->n + i] == guard_value(i));
    NEAR(max / scale, 0, 2e-5);
    if (max / scale > worst) worst = max / scale;
    rc_tensor_unmap(&a->all[REF], x);
    rc_tensor_unmap(&a->all[GPU], y);
}

/* Runs a kernel on both; P(x) is where x lies. */
#define P(x) at((x), d)
#define MAYBE(x) ((x) ? P(x) : NULL)
#define BOTH(kernel, ...)                                                                    \
    for (int d = 0; d < 2; d++) {                                                            \
        if (device[d]->enter) device[d]->enter(device[d]);                                   \
        rc_status status_ = device[d]->kernels.kernel(device[d], __VA_ARGS__);               \
        if (device[d]->leave) device[d]->leave(device[d]);                                   \
        if (status_ != RC_OK) fprintf(stderr, "%s: %s\n", device[d]->name, rc_error_text()); \
        CHECK(status_ == RC_OK);                                                             \
    }

static float *part(const array *a, int d, int64_t c, int i)
{
    return (float *)at(a, d) + i * c;
}

static void attention_case(int64_t tokens, int64_t heads, int64_t d_head, const int32_t *lengths, bool biased)
{
    int64_t c = heads * d_head, n = 3 * tokens * c, rows = 3 * heads * tokens,
            biases = heads * tokens * tokens;
    rc_attention a = {3, tokens, heads, d_head, 3 * c, 1.0f / sqrtf((float)d_head)};
    array *x = numbers("qkv", 3 * n, 2), *t = numbers("tangent", 3 * n, 1), *dout = numbers("dout", n, 1);
    array *out = numbers("", n, 9), *lse = numbers("", rows, 9), *dx = numbers("", 3 * n, 9);
    array *l = lengths ? keep(3, RC_DTYPE_I32, lengths) : NULL;
    array *bias = biased ? numbers("bias", biases, 1) : NULL, *db = biased ? numbers("sum", biases, 1) : NULL;
    BOTH(attention, &a, MAYBE(l), P(x), part(x, d, c, 1), part(x, d, c, 2), MAYBE(bias), P(out), P(lse));
    same(out);
    same(lse);
    BOTH(attention_backward, &a, MAYBE(l), P(x), part(x, d, c, 1), part(x, d, c, 2), MAYBE(bias), P(out),
         P(lse), P(dout), P(dx), part(dx, d, c, 1), part(dx, d, c, 2), MAYBE(db));
    same(dx);
    if (biased) same(db);
    BOTH(attention_jvp, &a, MAYBE(l), P(x), part(x, d, c, 1), part(x, d, c, 2), MAYBE(bias), P(lse), P(t),
         part(t, d, c, 1), part(t, d, c, 2), MAYBE(bias), P(out));
    same(out);
    drop();
}

TEST(attention)
{
    attention_case(few(130), 3, 32, (const int32_t[]){130, 1, 64}, false);
    attention_case(70, 1, 33, (const int32_t[]){0, 48, 49}, true);
    attention_case(few(96), 2, 7, (const int32_t[]){200, -1, 17}, true);
    attention_case(few(33), 1, 300, NULL, false); /* wider than a group makes */
}

static void window_case(int64_t gh, int64_t gw, int64_t window, int64_t shift, int64_t heads, int64_t d_head)
{
    int64_t c = heads * d_head, n = 2 * gh * gw * c, w2 = window * window, biases = heads * w2 * w2;
    rc_window_attention a = {2, gh, gw, window, shift, heads, d_head, 3 * c, 1.0f / sqrtf((float)d_head)};
    array *x = numbers("qkv", 3 * n, 2), *t = numbers("tangent", 3 * n, 1), *dout = numbers("dout", n, 1);
    array *bias = numbers("bias", biases, 1), *out = numbers("", n, 9), *lse = numbers("", n / d_head, 9);
    array *dx = numbers("", 3 * n, 9), *dbias = numbers("sum", biases, 1);
    BOTH(window_attention, &a, P(x), part(x, d, c, 1), part(x, d, c, 2), P(bias), P(out), P(lse));
    same(out);
    same(lse);
    BOTH(window_attention_backward, &a, P(x), part(x, d, c, 1), part(x, d, c, 2), P(bias), P(out), P(lse),
         P(dout), P(dx), part(dx, d, c, 1), part(dx, d, c, 2), P(dbias));
    same(dx);
    same(dbias);
    BOTH(window_attention_jvp, &a, P(x), part(x, d, c, 1), part(x, d, c, 2), P(bias), P(lse), P(t),
         part(t, d, c, 1), part(t, d, c, 2), P(bias), P(out));
    same(out);
    BOTH(window_attention_jvp, &a, P(x), part(x, d, c, 1), part(x, d, c, 2), P(bias), P(lse), NULL, NULL,
         NULL, P(bias), P(out));
    same(out);
    drop();
}

TEST(window_attention)
{
    if (!is_plain) window_case(14, 21, 7, 3, 2, 32);
    window_case(8, 8, 4, 2, 3, 24);
    window_case(9, 9, 9, 0, 1, 17);
    window_case(8, 10, 2, 1, 1, 8); /* more windows than shares */
}

static void gemm_case(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, float beta)
{
    int64_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 5;
    array *a = numbers("a", (ta ? k : m) * lda, 1), *b = numbers("b", (tb ? n : k) * ldb, 1);
    array *c = numbers("c", m * ldc, 1);
    BOTH(gemm, ta, tb, m, n, k, alpha, P(a), lda, P(b), ldb, beta, P(c), ldc);
    same(c);
    drop();
}

TEST(matrix_products)
{
    for (int i = 0; i < 8; i++)
        gemm_case(i & 1, i & 2, 131, 75, few(277), 0.5f, i & 4 ? 0.5f : 0);
    gemm_case(false, true, 1, 10, few(5000), 0.5f, 0);
    gemm_case(false, false, 3, 2, 0, 0.5f, 0.5f);
}

/* ref makes it of three kernels. */
static void affine_case(bool biased, bool based)
{
    enum { M = 67, N = 131, K = 77 };
    array *x = numbers("x", M * K, 1), *w = numbers("w", N * K, 1), *y = numbers("", M * N, 9);
    array *bias = biased ? numbers("bias", N, 1) : NULL, *base = based ? numbers("base", M * N, 1) : NULL;
    rc_device *ref = device[REF], *gpu = device[GPU];
    OK(ref->kernels.gemm(ref, false, true, M, N, K, 1, at(x, REF), K, at(w, REF), K, 0, at(y, REF), N));
    if (biased) OK(ref->kernels.bias_rows(ref, M, N, at(bias, REF), at(y, REF), at(y, REF)));
    if (based) OK(ref->kernels.add(ref, M * N, at(y, REF), at(base, REF), at(y, REF)));
    gpu->enter(gpu);
    OK(gpu->kernels.affine(gpu, M, N, K, at(x, GPU), at(w, GPU), biased ? at(bias, GPU) : NULL,
                           based ? at(base, GPU) : NULL, at(y, GPU)));
    gpu->leave(gpu);
    same(y);
    drop();
}

TEST(affine_maps)
{
    for (int i = 0; i < 4; i++)
        affine_case(i & 1, i & 2);
}

static rc__clblast_calls clblast;
static int made_by_clblast, made_with_room;

static int counted(unsigned layout, unsigned ta, unsigned tb, size_t m, size_t n, size_t k, float alpha,
                   rc_cl_mem a, size_t from_a, size_t lda, rc_cl_mem b, size_t from_b, size_t ldb, float beta,
                   rc_cl_mem c, size_t from_c, size_t ldc, rc_cl_queue *queue, rc_cl_event *event,
                   rc_cl_mem room)
{
    made_by_clblast++;
    made_with_room += room != NULL;
    return clblast.SgemmWithTempBuffer(layout, ta, tb, m, n, k, alpha, a, from_a, lda, b, from_b, ldb, beta,
                                       c, from_c, ldc, queue, event, room);
}

/* From which size CLBlast makes copies is a matter of the device. */
static bool is_pocl(void)
{
    bool is_there;
    rc__gpu_found found;
    int number = atoi(device[GPU]->name + strlen("opencl:"));
    return rc__gpu_look(&rc__gpu_opencl, number, &is_there, &found) == RC_OK && strstr(found.version, "PoCL");
}

/* Larger products are CLBlast's where it is installed, and our own kernel makes them as well. */
TEST(products_without_and_with_clblast)
{
    rc__clblast_leave_out(true);
    matrix_products();
    affine_maps();
    rc__clblast_leave_out(false);
    clblast = *rc__clblast_functions();
    if (!clblast.SgemmWithTempBuffer) {
        fprintf(stderr, "NOT TESTED with CLBlast\n");
        return;
    }
    rc__clblast_functions()->SgemmWithTempBuffer = counted;
    matrix_products();
    affine_maps();
    int small = made_by_clblast;
    bool pocl = is_pocl();
    CHECK(small > 0);
    if (pocl) CHECK(small == 8 + 4 && made_with_room == 0);
    gemm_case(false, true, 700, 690, 720, 1, 0);
    CHECK(made_by_clblast > small);
    if (pocl) CHECK(made_by_clblast == small + 2 && made_with_room == 2); /* one is the trial */
    rc__clblast_functions()->SgemmWithTempBuffer = clblast.SgemmWithTempBuffer;
}

/* Of rounded operands, dw and dx of an affine map; dx lies where x did. */
static void affine_backward_case(int64_t n, bool acc)
{
    enum { M = 67, K = 77 };
    const bool add[2] = {acc, false};
    array *x = numbers("x", M * K, 1), *w = numbers("w", n * K, 1), *dy = numbers("dy", M * n, 1);
    array *dw = numbers("dw", n * K, 1);
    BOTH(affine_backward, M, n, K, P(x), P(w), P(dy), add, P(dw), P(x));
    same(dw);
    same(x);
    drop();
}

/* 64 times 1 + small, as a product of the card's makes it. */
static float sum_of_ones_and(float small)
{
    enum { SIDE = 64, N = SIDE * SIDE };
    rc_device *gpu = device[GPU];
    float host[N + 2 * GUARD], ones[N], more[N];
    for (int i = 0; i < N; i++) {
        ones[i] = 1;
        more[i] = 1 + small;
    }
    array *a = keep(N, RC_DTYPE_F32, more), *b = keep(N, RC_DTYPE_F32, ones), *c = numbers("", N, 9);
    gpu->enter(gpu);
    rc_status status = gpu->kernels.gemm(gpu, false, true, SIDE, SIDE, SIDE, 1, at(a, GPU), SIDE, at(b, GPU),
                                         SIDE, 0, at(c, GPU), SIDE);
    gpu->leave(gpu);
    if (status == RC_OK) status = rc_tensor_download(&c->all[GPU], host);
    drop();
    return status == RC_OK ? host[GUARD] : NAN;
}

/* Both precisions of the card's products, beside the processor's. */
static void rounded_products(rc_device *card)
{
    device[REF] = rc_device_onednn_bf16();
    OK(rc_device_choose(card->name, RC_PRECISION_BF16, &device[GPU]));
    CHECK(strcmp(device[GPU]->name, "cuda:0-bf16") == 0);
    for (int i = 0; i < 8; i++)
        gemm_case(i & 1, i & 2, 67, 33, 49, 1, i & 4 ? 1 : 0);
    gemm_case(false, true, 40, 10, 64, 1, 0); /* a small side: in float32 */
    for (int i = 0; i < 4; i++)
        affine_backward_case(i & 1 ? 131 : 10, i & 2);
    device[REF] = rc_device_ref();
    OK(rc_device_choose(card->name, RC_PRECISION_TF32, &device[GPU]));
    CHECK(strcmp(device[GPU]->name, "cuda:0-tf32") == 0);
    CHECK(sum_of_ones_and(0x1p-9f) == 64 * (1 + 0x1p-9f)); /* its operands have ten bits behind the point */
    CHECK(sum_of_ones_and(0x1p-12f) == 64);
    device[GPU] = card;
    CHECK(sum_of_ones_and(0x1p-12f) == 64 * (1 + 0x1p-12f));
    OK(rc_device_choose("cpu", RC_PRECISION_TF32, &device[GPU]));
    CHECK(device[GPU] == rc_device_onednn());
}

/* A sum as exact as in double precision. */
static void same_sum(const array *s)
{
    double sum[2];
    for (int d = 0; d < 2; d++) {
        float host[2 * GUARD + 2];
        OK(rc_tensor_download(&s->all[d], host));
        sum[d] = (double)host[GUARD] + host[GUARD + 1];
    }
    NEAR(sum[GPU] / sum[REF], 1, 1e-12);
    same(s);
}

TEST(sums)
{
    enum { COLS = 301 };
    int64_t rows = few(few(1003));
    array *x = numbers("x", rows * COLS, 3), *b = numbers("b", COLS, 1), *y = numbers("y", rows * COLS, 1);
    array *s = numbers("squares", 2, 0);
    BOTH(sum_rows, rows, COLS, P(x), true, P(b));
    same(b);
    BOTH(bias_rows, rows, COLS, P(b), P(x), P(y));
    same(y);
    for (int acc = 0; acc < 2; acc++) {
        BOTH(sum_squares, rows * COLS, P(x), acc, P(s));
        same_sum(s);
    }
    drop();
}

/* What the numbers of the bins say is seen by what they fetch: themselves. All are those of ref. */
static void bins_case(int64_t rows, rc_bins bins)
{
    enum { COLS = 301, TABLE = 4200 };
    float own[TABLE];
    for (int i = 0; i < TABLE; i++)
        own[i] = (float)i;
    int64_t n = rows * COLS;
    array *x = numbers("x", n, 6), *number = numbers("", n, 9), *y = numbers("y", n, 9);
    array *table = keep(TABLE, RC_DTYPE_F32, own);
    BOTH(bin_rows, rows, COLS, bins, P(x), P(number));
    BOTH(gather_rows, 1, TABLE, n, 1, P(number), P(table), P(y));
    same(y);
    CHECK(worst == 0);
    drop();
}

TEST(bins)
{
    bins_case(few(5), (rc_bins){40, 3, -2, 2});
    bins_case(few(1500), (rc_bins){4094, 2, -15, 15}); /* those of Chronos */
}

TEST(elementwise)
{
    enum { ROWS = 7, COLS = 301, N = ROWS * COLS };
    rc_gate f = {1.6f, 0.07f};
    array *x = numbers("x", 2 * N, 6), *t = numbers("t", 2 * N, 1), *y = numbers("y", 2 * N, 1);
    BOTH(relu, N, P(x), P(y));
    same(y);
    BOTH(relu_backward, N, P(x), P(t), true, P(y));
    same(y);
    BOTH(glu, f, ROWS, COLS, P(x), P(y));
    same(y);
    BOTH(glu_jvp, f, ROWS, COLS, P(x), P(t), P(y));
    same(y);
    BOTH(glu_backward, f, ROWS, COLS, P(x), P(t), true, P(y));
    same(y);
    BOTH(mul, N, P(x), P(t), true, P(y));
    BOTH(axpy, N, 0.3f, P(x), P(y));
    BOTH(scale, N, 0.3f, P(y));
    same(y);
    BOTH(add_rounded, N, P(x), P(t)); /* of what both have the same bits */
    BOTH(add, N, P(x), P(t), P(t));
    same(t);
    BOTH(fill, N, 0.3f, P(y));
    same(y);
    drop();
}

/* Of the same numbers, the same bits. */
TEST(bfloat16_between_ranks)
{
    enum { N = 2107 };
    array *x = numbers("x", N, 6), *y = numbers("y", N, 1), *half = numbers("", N, 9),
          *other = numbers("", N, 9);
    BOTH(narrow, N, P(x), P(half));
    BOTH(narrow, N, P(y), P(other));
    BOTH(add_narrow, N, P(half), P(other));
    BOTH(widen, N, P(other), P(y));
    same(y);
    CHECK(worst == 0);
    drop();
}

static void gelu_case(bool biased, bool summed, bool acc)
{
    enum { COLS = 301 };
    int64_t rows = few(few(1003)), n = rows * COLS;
    array *x = numbers("x", n, 6), *dy = numbers("dy", n, 1), *y = numbers("y", n, 1);
    array *b = biased ? numbers("b", COLS, 1) : NULL, *db = summed ? numbers("db", COLS, 1) : NULL;
    BOTH(gelu, rows, COLS, P(x), MAYBE(b), P(y));
    same(y);
    BOTH(gelu_backward, rows, COLS, P(x), MAYBE(b), P(dy), acc, P(y), acc, MAYBE(db));
    same(y);
    if (summed) same(db);
    BOTH(gelu_backward, rows, COLS, P(x), MAYBE(b), P(dy), false, P(dy), acc, MAYBE(db)); /* where dy stood */
    same(dy);
    drop();
}

TEST(gelus)
{
    for (int i = 0; i < 8; i++)
        gelu_case(i & 1, i & 2, i & 4);
}

/* centred: no mean and no beta otherwise, as in an RMS norm. */
static void norm_case(int64_t rows, int64_t cols, bool centred)
{
    int64_t n = rows * cols;
    array *x = numbers("x", n, 3), *gamma = numbers("gamma", cols, 1), *beta = numbers("beta", cols, 1);
    array *y = numbers("y", n, 9), *mean = centred ? numbers("", rows, 9) : NULL,
          *rstd = numbers("", rows, 9);
    array *dy = numbers("dy", n, 1), *dx = numbers("dx", n, 1), *dg = numbers("dg", cols, 1),
          *db = numbers("db", cols, 1);
    const bool add[2] = {true, false};
    BOTH(layernorm, rows, cols, 1e-5f, P(x), P(gamma), centred ? P(beta) : NULL, P(y), MAYBE(mean), P(rstd));
    same(y);
    if (centred) same(mean);
    same(rstd);
    for (int given = 1; given < 8; given++) { /* some of the three gradients */
        bool of_x = given & 1, of_gamma = given & 2, of_beta = centred && given & 4;
        BOTH(layernorm_backward, rows, cols, P(x), P(gamma), MAYBE(mean), P(rstd), P(dy), given > 3,
             of_x ? P(dx) : NULL, add, of_gamma ? P(dg) : NULL, of_beta ? P(db) : NULL);
        same(dx);
        same(dg);
        same(db);
    }
    BOTH(layernorm_jvp, rows, cols, P(x), P(gamma), MAYBE(mean), P(rstd), P(dy), P(dg),
         centred ? P(db) : NULL, P(y));
    same(y);
    BOTH(softmax, rows, cols, P(x), P(y));
    same(y);
    BOTH(softmax_backward, rows, cols, P(y), P(dy), true, P(dx));
    same(dx);
    drop();
}

TEST(norms)
{
    norm_case(few(few(300)), 97, true);
    norm_case(1, few(1003), true);
    norm_case(few(few(300)), 97, false);
    norm_case(few(few(3000)), 131, true); /* several rows to a share */
    norm_case(3, 1025, true);             /* longer than a group holds */
}

TEST(losses)
{
    enum { ROWS = 9, COLS = 303, N = ROWS * COLS };
    const int32_t label[ROWS] = {0, 1, 302, 7, 200, 127, 128, 129, 3};
    array *x = numbers("x", N, 4), *y = numbers("y", N, 1), *w = numbers("w", COLS, 1),
          *m = numbers("m", COLS, 1);
    array *l = keep(ROWS, RC_DTYPE_I32, label), *p = numbers("", N, 9), *dx = numbers("dx", N, 1);
    array *loss = numbers("", ROWS, 9), *diff = numbers("", ROWS, 9), *norm = numbers("", ROWS, 9),
          *dl = numbers("dl", ROWS, 1);
    BOTH(cross_entropy, ROWS, COLS, 0.1f, P(w), P(x), P(l), P(loss), P(p));
    same(loss);
    same(p);
    BOTH(cross_entropy_backward, ROWS, COLS, 0.1f, P(w), P(p), P(l), P(dl), true, P(dx));
    same(dx);
    BOTH(focal, ROWS, COLS, 1.5f, P(x), P(l), P(loss));
    same(loss);
    BOTH(focal_backward, ROWS, COLS, 1.5f, P(x), P(l), P(dl), false, P(dx));
    same(dx);
    for (int q = 1; q <= 3; q++) {
        BOTH(lp_error, ROWS, COLS, (float)q, q != 2, P(x), P(y), P(w), P(m), P(loss), P(diff), P(norm));
        same(loss);
        same(diff);
        same(norm);
        BOTH(lp_error_backward, ROWS, COLS, (float)q, P(x), P(y), P(w), P(diff), P(norm), P(dl), false,
             P(dx));
        same(dx);
    }
    BOTH(relative_l2, ROWS, COLS, P(x), P(y), P(w), P(m), P(loss), P(diff), P(norm));
    same(loss);
    same(diff);
    same(norm);
    BOTH(relative_l2_backward, ROWS, COLS, P(x), P(y), NULL, P(diff), P(norm), P(dl), true, P(dx));
    same(dx);
    BOTH(squared_error, ROWS, COLS, P(x), P(y), P(loss));
    same(loss);
    BOTH(squared_error_backward, ROWS, COLS, P(x), P(y), P(dl), true, P(dx));
    same(dx);
    BOTH(binary_cross_entropy, ROWS, COLS, 2.5f, P(x), P(p), P(loss));
    same(loss);
    BOTH(binary_cross_entropy_backward, ROWS, COLS, 2.5f, P(x), P(p), P(dl), true, P(dx));
    same(dx);
    BOTH(softened_kl, ROWS, COLS, 2.5f, P(x), P(y), P(loss));
    same(loss);
    BOTH(softened_kl_backward, ROWS, COLS, 2.5f, P(x), P(y), P(dl), true, P(dx));
    same(dx);
    BOTH(poisson, ROWS, COLS, P(x), P(p), P(loss));
    same(loss);
    BOTH(poisson_backward, ROWS, COLS, P(x), P(p), P(dl), true, P(dx));
    same(dx);
    drop();
}

TEST(classes_in_order)
{
    enum { ROWS = 301, COLS = 4, N = ROWS * COLS };
    array *x = numbers("x", N, 2), *t = numbers("t", N, 1), *p = numbers("", N + ROWS, 9),
          *dp = numbers("dp", N + ROWS, 1), *dx = numbers("dx", N, 1);
    BOTH(ordered_classes, ROWS, COLS, P(x), P(p));
    same(p);
    BOTH(ordered_classes_backward, ROWS, COLS, P(x), P(dp), true, P(dx));
    same(dx);
    BOTH(ordered_classes_jvp, ROWS, COLS, P(x), P(t), P(p));
    same(p);
    drop();
}

TEST(rows_moved)
{
    enum { ROWS = 211, OUT = 1003, WIDTH = 139 };
    int32_t index[OUT];
    for (int i = 0; i < OUT; i++)
        index[i] = i % 13 == 0 ? -1 : i * 37 % ROWS;
    array *at_ = keep(OUT, RC_DTYPE_I32, index);
    array *x = numbers("x", 2 * OUT * WIDTH, 1), *y = numbers("y", 2 * ROWS * WIDTH, 1);
    for (int acc = 0; acc < 2; acc++) {
        BOTH(scatter_rows, 2, ROWS, OUT, WIDTH, P(at_), P(x), acc, P(y));
        same(y);
    }
    BOTH(gather_rows, 2, ROWS, OUT, WIDTH, P(at_), P(y), P(x));
    same(x);
    drop();
}

/* A text may be empty, and be said to be longer than there is room for. */
TEST(means_of_tokens)
{
    enum { BATCH = 5, TOKENS = 37, CHANNELS = 131, N = BATCH * TOKENS * CHANNELS };
    const int32_t length[BATCH] = {37, 0, 1, 36, 40};
    array *l = keep(BATCH, RC_DTYPE_I32, length), *x = numbers("x", N, 3), *dx = numbers("dx", N, 1);
    array *y = numbers("", BATCH * CHANNELS, 9);
    for (int given = 0; given < 2; given++) {
        BOTH(mean_tokens, BATCH, TOKENS, CHANNELS, given ? P(l) : NULL, P(x), P(y));
        same(y);
        BOTH(mean_tokens_backward, BATCH, TOKENS, CHANNELS, given ? P(l) : NULL, P(y), given, P(dx));
        same(dx);
    }
    drop();
}

static void cells_case(int64_t i0, int64_t i1, int64_t o0, int64_t o1)
{
    const int64_t in[3] = {i0, i1, 5}, out[3] = {o0, o1, 3}, last_in[3] = {i0, i1, 3};
    array *x = numbers("x", 2 * i0 * i1 * 5, 1), *y = numbers("y", 2 * o0 * o1 * 5, 1);
    BOTH(adaptive_pool, 2, in, out, P(x), P(y));
    same(y);
    BOTH(adaptive_pool_backward, 2, in, out, P(y), true, P(x));
    same(x);
    BOTH(adaptive_pool_backward, 2, last_in, out, P(y), false, P(x));
    same(x);
    BOTH(interpolate, 2, in, out, 5, P(x), P(y));
    same(y);
    BOTH(interpolate_backward, 2, in, out, 5, P(y), true, P(x));
    same(x);
    drop();
}

TEST(cells)
{
    cells_case(7, 12, 3, 12);
    cells_case(3, 4, 17, 9);
    cells_case(1, 30, 6, 1);
}

static const rc_optimizer_step some_step = {.lr = 0.01f,
                                            .beta1 = 0.9f,
                                            .beta2 = 0.98f,
                                            .eps = 1e-8f,
                                            .weight_decay = 0.1f,
                                            .momentum = 0.9f,
                                            .correction1 = 0.3f,
                                            .correction2 = 0.05f,
                                            .grad_scale = 0.7f,
                                            .decoupled = true};

TEST(optimizers)
{
    enum { ROWS = 40, WIDTH = 133, N = ROWS * WIDTH, TOUCHED = 3 };
    const int32_t touched[TOUCHED] = {2, 17, 39};
    int32_t live[ROWS] = {[5] = 1, [17] = 1};
    rc_optimizer_step o = some_step;
    array *g = numbers("g", N, 1), *m = numbers("m", N, 0), *v = numbers("v", N, 0), *w = numbers("w", N, 1);
    array *t = keep(TOUCHED, RC_DTYPE_I32, touched), *l = keep(ROWS, RC_DTYPE_I32, live);
    for (int step = 0; step < 2; step++) {
        BOTH(adam_rows, &o, &((rc_table_gradient){ROWS, WIDTH, TOUCHED, P(t), P(g)}), P(l), P(m), P(v), P(w));
        same(m);
        same(v);
        same(w);
    }
    BOTH(adam, &o, N, P(g), P(m), P(v), P(w));
    same(m);
    same(v);
    same(w);
    BOTH(sgd, &o, N, P(g), P(m), P(w));
    same(m);
    same(w);
    drop();
}

/* Ranges of blocks that are laid out differently: longer than a stretch, of one number, and of none. */
TEST(optimizers_by_ranges)
{
    enum { N = 5000 };
    const rc_update_range range[] = {{1200, 0, 64, 128, 1, 1},
                                     {1, 1200, 3, 2000, 0.5f, 0},
                                     {0, 1300, 4, 2001, 1, 1},
                                     {2500, 1328, 2000, 2016, 0, 1},
                                     {77, 4000, 4900, 4800, 2, 0}};
    array *g = numbers("g", N, 1), *m = numbers("m", N, 0), *v = numbers("v", N, 0), *w = numbers("w", N, 1);
    rc_optimizer_step o = some_step;
    for (int step = 0; step < 2; step++) {
        BOTH(adam_ranges, &o, (int64_t)(sizeof range / sizeof *range), range, P(g), P(m), P(v), P(w));
        same(m);
        same(v);
        same(w);
    }
    drop();
}

/* A gradient of norm 5 is clipped to 1; one that is not finite, or too long for a float, makes no step. */
static void measured_case(const float squares[2], bool moves)
{
    enum { ROWS = 3, WIDTH = 133, N = ROWS * WIDTH };
    const int32_t touched[1] = {1}, live[ROWS] = {0};
    array *g = numbers("g", N, 1), *m = numbers("m", N, 0), *v = numbers("v", N, 0), *w = numbers("w", N, 1);
    array *t = keep(1, RC_DTYPE_I32, touched), *l = keep(ROWS, RC_DTYPE_I32, live);
    array *s = keep(2, RC_DTYPE_F32, squares), *before = numbers("w", N, 1);
    rc_optimizer_step o[2] = {some_step, some_step};
    for (int d = 0; d < 2; d++) {
        o[d].squares = P(s);
        o[d].clip = 1;
    }
    BOTH(adam_rows, &o[d], &((rc_table_gradient){ROWS, WIDTH, 1, P(t), P(g)}), P(l), P(m), P(v), P(w));
    BOTH(adam, &o[d], N, P(g), P(m), P(v), P(w));
    BOTH(sgd, &o[d], N, P(g), P(m), P(w));
    for (int d = 0; d < 2; d++) {
        float was[N + 2 * GUARD], is[N + 2 * GUARD];
        OK(rc_tensor_download(&before->all[d], was));
        OK(rc_tensor_download(&w->all[d], is));
        CHECK((memcmp(was, is, sizeof was) != 0) == moves);
    }
    same(w);
    same(m);
    same(v);
    same(l);
    drop();
}

TEST(optimizers_by_the_norm)
{
    measured_case((const float[]){24.5f, 0.5f}, true);
    measured_case((const float[]){INFINITY, NAN}, false);
    measured_case((const float[]){NAN, 0}, false);
}

/* None is without a case above; only gemm may be a library's. */
TEST(every_kernel_ran)
{
#define NAME(program, kernel, items) #kernel,
    static const char *const name[] = {RC__GPU_KERNELS(NAME)};
    const rc__gpu *g = device[GPU]->state;
    for (int i = 0; i < RC__GPU_KERNEL_COUNT; i++) {
        if (g->kernel[i] || (i == RC__GPU_gemm && g->driver->takes)) continue;
        fprintf(stderr, "%s did not run\n", name[i]);
        CHECK(g->kernel[i]);
    }
}

#define KIND(kind)                                                                                        \
    do {                                                                                                  \
        worst = 0;                                                                                        \
        RUN(kind);                                                                                        \
        fprintf(stderr, "     %s on %s: largest relative error %.1e\n", #kind, device[GPU]->name, worst); \
    } while (0)

static void all_kernels(void)
{
    KIND(matrix_products);
    KIND(sums);
    KIND(bins);
    KIND(affine_maps);
    KIND(gelus);
    KIND(elementwise);
    KIND(bfloat16_between_ranks);
    KIND(norms);
    KIND(attention);
    KIND(window_attention);
    KIND(losses);
    KIND(classes_in_order);
    KIND(rows_moved);
    KIND(means_of_tokens);
    KIND(cells);
    KIND(optimizers);
    KIND(optimizers_by_ranges);
    KIND(optimizers_by_the_norm);
    RUN(every_kernel_ran);
}

int main(void)
{
    device[REF] = rc_device_ref();
    setenv("RECRAFT_HOME", "gpu_kernels_home", 1);
    if (test_opencl(&device[GPU])) {
        all_kernels();
        KIND(products_without_and_with_clblast);
    }
    if (CHECKS_THREADS) return RESULT(); /* knows no fibres */
    is_plain = true;
    device[GPU] = plain_device();
    all_kernels();
    if (!test_cuda(&device[GPU])) return RESULT();
    all_kernels();
    rounded_products(device[GPU]);
    return RESULT();
}
