/* The kernels of the fast device against those of `ref`, at sizes that the ops' own cases are too small for:
 * odd widths, more than one block, enough rows for all threads. */
#include "check.h"

#include "base/rng.h"
#include "devices/rounded_products.h"
#include "tensor/device.h"

enum { MAX_ARRAYS = 16 };

typedef struct arrays {
    float *x[MAX_ARRAYS];
    int n;
} arrays;

/* n numbers in [-range, range], the same for the same name. */
static float *numbers(arrays *a, const char *name, int64_t n, float range)
{
    void *memory;
    rc_rng rng = rc_rng_make(3, name, 0);
    if (a->n == MAX_ARRAYS || rc_alloc((size_t)n, sizeof(float), &memory) != RC_OK) abort();
    float *x = a->x[a->n++] = memory;
    for (int64_t i = 0; i < n; i++)
        x[i] = range * (2 * rc_rng_uniform_f(&rng) - 1);
    return x;
}

static void drop(arrays *a)
{
    while (a->n)
        rc_free(a->x[--a->n]);
}

/* Largest difference, beside the size of the largest number. */
static double apart(int64_t n, const float *a, const float *b)
{
    double max = 0, scale = 1e-3;
    for (int64_t i = 0; i < n; i++) {
        double gap = fabs((double)a[i] - b[i]);
        if (!(gap <= max)) max = isnan(gap) ? INFINITY : gap; /* the next number would pass a NaN over */
        if (fabs(b[i]) > scale) scale = fabs(b[i]);
    }
    return max / scale;
}

#define SAME(n, a, b) NEAR(apart((n), (a), (b)), 0, 2e-5)
#define ON(device, kernel, ...) OK((device)->kernels.kernel((device), __VA_ARGS__))
#define ARGS(...) __VA_ARGS__
#define BOTH(kernel, fast_args, ref_args)               \
    do {                                                \
        ON(rc_device_onednn(), kernel, ARGS fast_args); \
        ON(rc_device_ref(), kernel, ARGS ref_args);     \
    } while (0)

static void attention_case(int64_t tokens, int64_t heads, int64_t d, const int32_t *length, bool biased)
{
    arrays m = {0};
    int64_t c = heads * d, n = 3 * tokens * c, rows = 3 * heads * tokens, biases = heads * tokens * tokens;
    rc_attention a = {3, tokens, heads, d, 3 * c, 1.0f / sqrtf((float)d)};
    float *x = numbers(&m, "qkv", 3 * n, 2), *t = numbers(&m, "tangent", 3 * n, 1),
          *dout = numbers(&m, "dout", n, 1), *bias = biased ? numbers(&m, "bias", biases, 1) : NULL;
    float *out[2], *lse[2], *dx[2], *db[2];
    for (int i = 0; i < 2; i++) {
        out[i] = numbers(&m, "", n, 9); /* to be overwritten */
        lse[i] = numbers(&m, "", rows, 9);
        dx[i] = numbers(&m, "", 3 * n, 9);
        db[i] = biased ? numbers(&m, "sum", biases, 1) : NULL;
    }
    BOTH(attention, (&a, length, x, x + c, x + 2 * c, bias, out[0], lse[0]),
         (&a, length, x, x + c, x + 2 * c, bias, out[1], lse[1]));
    SAME(n, out[0], out[1]);
    SAME(rows, lse[0], lse[1]);
    BOTH(
        attention_backward,
        (&a, length, x, x + c, x + 2 * c, bias, out[0], lse[0], dout, dx[0], dx[0] + c, dx[0] + 2 * c, db[0]),
        (&a, length, x, x + c, x + 2 * c, bias, out[1], lse[1], dout, dx[1], dx[1] + c, dx[1] + 2 * c,
         db[1]));
    SAME(3 * n, dx[0], dx[1]);
    if (biased) SAME(biases, db[0], db[1]);
    BOTH(attention_jvp, (&a, length, x, x + c, x + 2 * c, bias, lse[0], t, t + c, t + 2 * c, bias, out[0]),
         (&a, length, x, x + c, x + 2 * c, bias, lse[1], t, t + c, t + 2 * c, bias, out[1]));
    SAME(n, out[0], out[1]);
    drop(&m);
}

TEST(attention)
{
    attention_case(197, 2, 64, NULL, false);
    attention_case(130, 3, 32, (const int32_t[]){130, 1, 64}, true);
    attention_case(49, 1, 33, (const int32_t[]){0, 48, 49}, false);
    attention_case(96, 2, 7, (const int32_t[]){200, -1, 17}, true);
    attention_case(1, 5, 80, NULL, true);
}

static void window_case(int64_t gh, int64_t gw, int64_t window, int64_t shift, int64_t heads, int64_t d)
{
    arrays m = {0};
    int64_t c = heads * d, n = 2 * gh * gw * c, w2 = window * window, biases = heads * w2 * w2;
    rc_window_attention a = {2, gh, gw, window, shift, heads, d, 3 * c, 1.0f / sqrtf((float)d)};
    float *x = numbers(&m, "qkv", 3 * n, 2), *dout = numbers(&m, "dout", n, 1),
          *bias = numbers(&m, "bias", biases, 1);
    float *out[2], *lse[2], *dx[2], *dbias[2];
    for (int i = 0; i < 2; i++) {
        out[i] = numbers(&m, "", n, 9);
        lse[i] = numbers(&m, "", n / d, 9);
        dx[i] = numbers(&m, "", 3 * n, 9);
        dbias[i] = numbers(&m, "sum", biases, 1);
    }
    BOTH(window_attention, (&a, x, x + c, x + 2 * c, bias, out[0], lse[0]),
         (&a, x, x + c, x + 2 * c, bias, out[1], lse[1]));
    SAME(n, out[0], out[1]);
    BOTH(window_attention_backward,
         (&a, x, x + c, x + 2 * c, bias, out[0], lse[0], dout, dx[0], dx[0] + c, dx[0] + 2 * c, dbias[0]),
         (&a, x, x + c, x + 2 * c, bias, out[1], lse[1], dout, dx[1], dx[1] + c, dx[1] + 2 * c, dbias[1]));
    SAME(3 * n, dx[0], dx[1]);
    SAME(biases, dbias[0], dbias[1]);
    drop(&m);
}

TEST(window_attention)
{
    window_case(14, 21, 7, 3, 2, 32);
    window_case(8, 8, 4, 2, 3, 24);
    window_case(5, 5, 5, 0, 1, 17);
}

/* The 2 x 2 tokens of one window, rolled by one, do not see each other: each is its own value,
 * whatever the others are. Shares below 2^-126 in the place of 0 would show. */
TEST(masked_tokens_count_nothing)
{
    enum { TOKENS = 4, D = 16 };
    static float q[TOKENS * D], k[TOKENS * D], v[TOKENS * D], bias[TOKENS * TOKENS], out[TOKENS * D];
    float lse[TOKENS];
    rc_window_attention a = {1, 2, 2, 2, 1, 1, D, D, 1};
    for (int i = 0; i < TOKENS; i++)
        for (int c = 0; c < D; c++)
            v[i * D + c] = i == 2 ? 3e38f : (float)i;
    ON(rc_device_onednn(), window_attention, &a, q, k, v, bias, out, lse);
    for (int i = 0; i < TOKENS * D; i++)
        CHECK(out[i] == v[i]);
}

static void moments_rest(float beta2)
{
    enum { N = 40, STEPS = 1200 };
    static float grad[N], m[N], v[N], w[N], before[N], u[N];
    rc_optimizer_step o = {
        .lr = 1e-3f, .beta1 = 0.9f, .beta2 = beta2, .eps = 1e-8f, .grad_scale = 1, .momentum = 0.9f};
    o.correction1 = o.correction2 = 1;
    for (int i = 0; i < N; i++) {
        m[i] = u[i] = 1e-2f;
        v[i] = 1e-4f;
        w[i] = 1;
    }
    for (int step = 0; step < STEPS; step++) {
        if (step == STEPS / 2) memcpy(before, w, sizeof w);
        ON(rc_device_onednn(), adam, &o, N, grad, m, v, w);
    }
    for (int i = 0; i < N; i++)
        CHECK(m[i] == 0 && fpclassify(v[i]) != FP_SUBNORMAL && w[i] < 1 && w[i] == before[i]);
    CHECK((v[0] == 0) == (beta2 < 0.99f));
    for (int step = 0; step < STEPS; step++)
        ON(rc_device_onednn(), sgd, &o, N, grad, u, w);
    CHECK(u[0] == 0 && u[N - 1] == 0);
}

TEST(moments_come_to_rest)
{
    moments_rest(0.999f);
    moments_rest(0.9f);
}

/* centred: no mean and no beta otherwise, as in an RMS norm. */
static void layernorm_case(int64_t rows, int64_t cols, bool acc, bool centred)
{
    arrays m = {0};
    int64_t n = rows * cols;
    float *x = numbers(&m, "x", n, 3), *gamma = numbers(&m, "gamma", cols, 1),
          *beta = centred ? numbers(&m, "beta", cols, 1) : NULL;
    float *dy = numbers(&m, "dy", n, 1), *y[2], *mean[2], *rstd[2], *dx[2], *dg[2], *db[2];
    const bool add[2] = {acc, !acc};
    for (int i = 0; i < 2; i++) {
        y[i] = numbers(&m, "old", n, 1);
        mean[i] = centred ? numbers(&m, "", rows, 1) : NULL;
        rstd[i] = numbers(&m, "", rows, 1);
        dg[i] = numbers(&m, "dg", cols, 1);
        db[i] = centred ? numbers(&m, "db", cols, 1) : NULL;
        dx[i] = y[i];
    }
    BOTH(layernorm, (rows, cols, 1e-5f, x, gamma, beta, y[0], mean[0], rstd[0]),
         (rows, cols, 1e-5f, x, gamma, beta, y[1], mean[1], rstd[1]));
    SAME(n, y[0], y[1]);
    BOTH(layernorm_backward, (rows, cols, x, gamma, mean[0], rstd[0], dy, acc, dx[0], add, dg[0], db[0]),
         (rows, cols, x, gamma, mean[1], rstd[1], dy, acc, dx[1], add, dg[1], db[1]));
    SAME(n, dx[0], dx[1]);
    SAME(cols, dg[0], dg[1]);
    if (centred) SAME(cols, db[0], db[1]);
    BOTH(layernorm_jvp, (rows, cols, x, gamma, mean[0], rstd[0], dy, gamma, beta, y[0]),
         (rows, cols, x, gamma, mean[1], rstd[1], dy, gamma, beta, y[1]));
    SAME(n, y[0], y[1]);
    drop(&m);
}

TEST(layernorm)
{
    layernorm_case(301, 193, false, true);
    layernorm_case(67, 768, true, true);
    layernorm_case(1, 5, true, true);
    layernorm_case(301, 193, false, false);
    layernorm_case(67, 31, true, false);
}

static void gelu_case(int64_t rows, int64_t cols, bool biased, bool acc)
{
    arrays m = {0};
    int64_t n = rows * cols;
    float *x = numbers(&m, "x", n, 6), *dy = numbers(&m, "dy", n, 1), *y[2], *db[2];
    float *b = biased ? numbers(&m, "b", cols, 1) : NULL;
    for (int i = 0; i < 2; i++) {
        y[i] = numbers(&m, "y", n, 1);
        db[i] = numbers(&m, "db", cols, 1);
    }
    BOTH(gelu_backward, (rows, cols, x, b, dy, acc, y[0], !acc, db[0]),
         (rows, cols, x, b, dy, acc, y[1], !acc, db[1]));
    SAME(n, y[0], y[1]);
    SAME(cols, db[0], db[1]);
    BOTH(gelu, (rows, cols, x, b, y[0]), (rows, cols, x, b, y[1]));
    SAME(n, y[0], y[1]);
    drop(&m);
}

TEST(gelu)
{
    gelu_case(301, 193, true, false);
    gelu_case(61, 64, true, true);
    gelu_case(1, 20011, false, true);
    gelu_case(7, 31, false, false);
}

TEST(gates_and_relu)
{
    enum { ROWS = 61, COLS = 301, N = ROWS * COLS };
    arrays m = {0};
    rc_gate f = {1.6f, 0.07f};
    float *x = numbers(&m, "x", 2 * N, 6), *t = numbers(&m, "t", 2 * N, 1), *y[2];
    for (int i = 0; i < 2; i++)
        y[i] = numbers(&m, "y", 2 * N, 1);
    BOTH(glu, (f, ROWS, COLS, x, y[0]), (f, ROWS, COLS, x, y[1]));
    SAME(2 * N, y[0], y[1]);
    BOTH(glu_backward, (f, ROWS, COLS, x, t, true, y[0]), (f, ROWS, COLS, x, t, true, y[1]));
    SAME(2 * N, y[0], y[1]);
    BOTH(glu_backward, (f, ROWS, COLS, x, t, false, y[0]), (f, ROWS, COLS, x, t, false, y[1]));
    SAME(2 * N, y[0], y[1]);
    BOTH(relu_backward, (N, x, t, true, y[0]), (N, x, t, true, y[1]));
    SAME(2 * N, y[0], y[1]);
    BOTH(relu, (N, x, y[0]), (N, x, y[1]));
    SAME(2 * N, y[0], y[1]);
    drop(&m);
}

/* Rows of a, b and c are longer than the product, as those of joined tensors are. */
static void gemm_case(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float beta)
{
    arrays all = {0};
    enum { MORE = 5 };
    int64_t lda = (ta ? m : k) + MORE, ldb = (tb ? k : n) + MORE, ldc = n + MORE;
    float *a = numbers(&all, "a", (ta ? k : m) * lda, 1), *b = numbers(&all, "b", (tb ? n : k) * ldb, 1);
    float *c[2] = {numbers(&all, "c", m * ldc, 1), numbers(&all, "c", m * ldc, 1)};
    BOTH(gemm, (ta, tb, m, n, k, 0.5f, a, lda, b, ldb, beta, c[0], ldc),
         (ta, tb, m, n, k, 0.5f, a, lda, b, ldb, beta, c[1], ldc));
    SAME(m * ldc, c[0], c[1]); /* what lies between the rows stays */
    drop(&all);
}

TEST(gemm)
{
    for (int beta = 0; beta < 2; beta++) {
        gemm_case(false, true, 131, 301, 277, (float)beta); /* columns shared out */
        gemm_case(false, true, 501, 65, 260, (float)beta);  /* rows shared out */
        gemm_case(false, true, 3, 1025, 700, (float)beta);  /* neither */
        gemm_case(false, false, 131, 301, 77, (float)beta);
        gemm_case(true, false, 77, 131, 301, (float)beta);
    }
}

/* The nearest bfloat16, by the conversion that files are written with. */
static float *rounded(arrays *all, int64_t n, const float *x)
{
    float *y = numbers(all, "", n, 1);
    uint16_t *narrow = NULL;
    if (RC_NEW(&narrow, n) != RC_OK || rc_convert_from_f32(RC_DTYPE_BF16, x, n, narrow) != RC_OK) abort();
    rc_convert_to_f32(RC_DTYPE_BF16, narrow, n, y);
    rc_free(narrow);
    return y;
}

/* With operands rounded to bfloat16: what ref makes of rounded operands. */
static void bf16_case(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float beta, bool round)
{
    arrays all = {0};
    enum { MORE = 5 };
    int64_t lda = (ta ? m : k) + MORE, ldb = (tb ? k : n) + MORE, ldc = n + MORE;
    int64_t size_a = (ta ? k : m) * lda, size_b = (tb ? n : k) * ldb;
    float *a = numbers(&all, "a", size_a, 1), *b = numbers(&all, "b", size_b, 1);
    float *c[2] = {numbers(&all, "c", m * ldc, 1), numbers(&all, "c", m * ldc, 1)};
    for (int again = 0; again < 2; again++) {
        ON(rc_device_onednn_bf16(), gemm, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c[0], ldc);
        ON(rc_device_ref(), gemm, ta, tb, m, n, k, 1, round ? rounded(&all, size_a, a) : a, lda,
           round ? rounded(&all, size_b, b) : b, ldb, beta, c[1], ldc);
        SAME(m * ldc, c[0], c[1]);
    }
    drop(&all);
}

static void bf16_cases(void)
{
    for (int beta = 0; beta < 2; beta++) {
        bf16_case(false, true, 131, 301, 277, (float)beta, true);
        bf16_case(false, false, 131, 301, 77, (float)beta, true);
        bf16_case(true, false, 77, 131, 301, (float)beta, true);
        bf16_case(false, true, 131, 10, 277, (float)beta, false); /* logits stay float32 */
    }
    for (int64_t m = 20; m < 300; m++) /* more shapes than are kept */
        bf16_case(false, true, m, 17, 16, 0, true);
    bf16_case(false, true, 20, 17, 16, 0, true);
}

/* One kernel for both products of the way back: the bits of each by itself. */
static void bf16_backward_case(int64_t m, int64_t n, int64_t k, bool acc, bool with_dw, bool with_dx)
{
    rc_device *d = rc_device_onednn_bf16();
    arrays all = {0};
    float *x = numbers(&all, "x", m * k, 1), *w = numbers(&all, "w", n * k, 1);
    float *dy = numbers(&all, "dy", m * n, 1), *dw[2], *dx[2], beta = acc ? 1.0f : 0.0f;
    const bool add[2] = {acc, acc};
    for (int i = 0; i < 2; i++) {
        dw[i] = numbers(&all, "dw", n * k, 1);
        dx[i] = numbers(&all, "dx", m * k, 1);
    }
    if (with_dw) ON(d, gemm, true, false, n, k, m, 1, dy, n, x, k, beta, dw[0], k);
    if (with_dx) ON(d, gemm, false, false, m, k, n, 1, dy, n, w, k, beta, dx[0], k);
    if (!acc) { /* what is overwritten may be x itself */
        memcpy(dx[1], x, (size_t)(m * k) * sizeof *x);
        x = dx[1];
        if (!with_dx) memcpy(dx[0], x, (size_t)(m * k) * sizeof *x);
    }
    ON(d, affine_backward, m, n, k, x, w, dy, add, with_dw ? dw[1] : NULL, with_dx ? dx[1] : NULL);
    CHECK(memcmp(dw[0], dw[1], (size_t)(n * k) * sizeof *x) == 0);
    CHECK(memcmp(dx[0], dx[1], (size_t)(m * k) * sizeof *x) == 0);
    drop(&all);
}

static void bf16_backward_cases(void)
{
    for (int i = 0; i < 8; i++) {
        bf16_backward_case(67, 131, 77, i & 1, i & 2, i & 4);
        bf16_backward_case(67, 10, 77, i & 1, i & 2, i & 4); /* of logits: in float32 */
    }
}

TEST(sums_of_bfloat16)
{
    enum { N = 20011 }; /* threads share it */
    arrays all = {0};
    float *x = numbers(&all, "x", N, 1), *y[2] = {numbers(&all, "y", N, 1), numbers(&all, "y", N, 1)};
    float *x_rounded = rounded(&all, N, x), *y_rounded = rounded(&all, N, y[0]);
    BOTH(add_rounded, (N, x, y[0]), (N, x, y[1]));
    CHECK(memcmp(y[0], y[1], N * sizeof **y) == 0);
    for (int i = 0; i < N; i++)
        CHECK(y[0][i] == x_rounded[i] + y_rounded[i]);
    drop(&all);
}

/* Multiplied as bfloat16 where the processor can, and as it is chosen. */
TEST(gemm_of_bfloat16)
{
    bool can = rc_bfloat16_choose(false);
    CHECK(rc_bfloat16_multiplies() == can);
    bf16_cases();
    bf16_backward_cases();
    rc_bfloat16_choose(true);
    if (can && rc_bfloat16_multiplies()) return;
    bf16_cases();
    bf16_backward_cases();
}

TEST(product_of_what_is_rounded)
{
    enum { M = 33, N = 40, K = 48 };
    static uint16_t a[M * K], w[N * K];
    static float c[M * N];
    for (int i = 0; i < M * K; i++)
        a[i] = i / K % 2 ? 0x4000 : 0x3f80; /* 2 and 1 */
    for (int i = 0; i < N * K; i++)
        w[i] = 0x3f00; /* 0.5 */
    bool can = rc_bfloat16_choose(false);
    if (can) OK(rc_bfloat16_product(M, N, K, a, w, c));
    for (int i = 0; i < M * N && can; i++)
        CHECK(c[i] == (i / N % 2 ? K : K / 2));
    rc_bfloat16_choose(true);
}

TEST(bfloat16_keeps_what_is_not_a_number)
{
    enum { SIDE = 32 };
    static float a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE];
    const uint32_t bits = 0x7fffffffu; /* rounding it as a number would make it -0 */
    for (int i = 0; i < SIDE * SIDE; i++)
        b[i] = 1;
    memcpy(&a[3 * SIDE], &bits, sizeof bits);
    a[5 * SIDE] = INFINITY;
    ON(rc_device_onednn_bf16(), gemm, false, false, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
    CHECK(isnan(c[3 * SIDE]) && isinf(c[5 * SIDE]) && c[4 * SIDE] == 0);
}

TEST(scatter)
{
    arrays m = {0};
    enum { ROWS = 211, OUT = 1003, WIDTH = 39 };
    int32_t index[OUT];
    for (int i = 0; i < OUT; i++)
        index[i] = i % 13 == 0 ? -1 : i * 37 % ROWS;
    for (int acc = 0; acc < 2; acc++) {
        float *x = numbers(&m, "x", OUT * WIDTH, 1), *y[2];
        for (int i = 0; i < 2; i++)
            y[i] = numbers(&m, "y", ROWS * WIDTH, 1);
        BOTH(scatter_rows, (1, ROWS, OUT, WIDTH, index, x, acc, y[0]),
             (1, ROWS, OUT, WIDTH, index, x, acc, y[1]));
        SAME(ROWS * WIDTH, y[0], y[1]);
    }
    drop(&m);
}

int main(void)
{
    RUN(attention);
    RUN(window_attention);
    RUN(masked_tokens_count_nothing);
    RUN(moments_come_to_rest);
    RUN(layernorm);
    RUN(gelu);
    RUN(gates_and_relu);
    RUN(gemm);
    RUN(gemm_of_bfloat16);
    RUN(sums_of_bfloat16);
    RUN(product_of_what_is_rounded);
    RUN(bfloat16_keeps_what_is_not_a_number);
    RUN(scatter);
    return RESULT();
}
