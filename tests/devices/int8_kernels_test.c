/* 8-bit weights: ref's integers by the definition, and the fast device's against them, bit for bit. The same
 * test runs under several ONEDNN_MAX_CPU_ISA (tests/CMakeLists.txt): some have no exact sum of 8-bit
 * products.
 */
#include "check.h"

#include "base/rng.h"
#include "tensor/device.h"

enum { MAX_M = 300, MAX_N = 200, MAX_K = 1100 };

static struct {
    float x[MAX_M * MAX_K], y[2][MAX_M * MAX_N], w[MAX_N * MAX_K], scale[MAX_N];
    int8_t code[MAX_N * MAX_K];
    int32_t sum[MAX_N], work[RC_INT8_ROWS * (MAX_N + 2 + MAX_K / 4)];
} all;

static void draw(int64_t n, const char *name, float *out)
{
    rc_rng rng = rc_rng_make(7, name, 0);
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)rc_rng_normal(&rng);
}

static rc_int8_matrix round_weights(int64_t n, int64_t k)
{
    rc_int8_round(n, k, all.w, all.code, all.scale);
    rc_int8_sum(n, k, all.code, all.sum);
    return (rc_int8_matrix){all.code, all.scale, all.sum};
}

static void on_both(int64_t m, int64_t n, int64_t k, bool acc)
{
    rc_device *device[] = {rc_device_ref(), rc_device_onednn()};
    rc_int8_matrix w = {all.code, all.scale, all.sum};
    for (int d = 0; d < 2; d++) {
        draw(m * n, "y", all.y[d]);
        OK(device[d]->kernels.linear_int8(device[d], m, n, k, all.x, w, acc, all.y[d], all.work));
    }
}

static double dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

TEST(weights_round_to_the_nearest)
{
    enum { N = 5, K = 37 };
    draw((int64_t)N * K, "w", all.w);
    for (int c = 0; c < K; c++)
        all.w[2 * K + c] = 0;
    rc_int8_matrix w = round_weights(N, K);
    for (int r = 0; r < N; r++) {
        int top = 0, sum = 0;
        for (int c = 0; c < K; c++) {
            int code = w.code[r * K + c];
            NEAR(w.scale[r] * (float)code, all.w[r * K + c], 0.5001 * w.scale[r]);
            top = abs(code) > top ? abs(code) : top;
            sum += code;
        }
        CHECK(top == (r == 2 ? 0 : 127) && w.sum[r] == sum);
    }
    rc_shape fits = RC_SHAPE(3, 16), narrow = RC_SHAPE(300, 15), deep = RC_SHAPE(2, 1 << 17),
             vector = RC_SHAPE(64);
    CHECK(rc_int8_fits(&fits) && !rc_int8_fits(&narrow) && !rc_int8_fits(&deep) && !rc_int8_fits(&vector));
}

static void product_case(int64_t m, int64_t n, int64_t k, bool acc)
{
    draw(m * k, "x", all.x);
    draw(n * k, "w", all.w);
    round_weights(n, k);
    on_both(m, n, k, acc);
    CHECK(memcmp(all.y[0], all.y[1], (size_t)(m * n) * sizeof(float)) == 0);
    if (acc) return;
    for (int64_t i = 0; i < m; i += 7)
        for (int64_t j = 0; j < n;
             j += 5) /* a row's steps are about 6 / 127, and errors lie evenly in them */
            NEAR(all.y[0][i * n + j], dot(all.x + i * k, all.w + j * k, k), 0.1 * sqrt((double)k));
}

TEST(products)
{
    for (int acc = 0; acc < 2; acc++) {
        product_case(1, 200, 768, acc);
        product_case(3, 1, 16, acc);
        product_case(17, 33, 129, acc);
        product_case(300, 65, 96, acc); /* more rows than go at a time */
        product_case(20, 200, 1100, acc);
    }
}

/* Whole numbers with steps of 1 come out as they are. */
TEST(integers)
{
    enum { M = 6, N = 50, K = 200 };
    draw((int64_t)M * K, "x", all.x);
    draw((int64_t)N * K, "w", all.w);
    for (int i = 0; i < M * K; i++)
        all.x[i] = i % K == 0 ? -40.0f : i % K == 1 ? 87.0f : rintf(fmaxf(-40, fminf(87, 30 * all.x[i])));
    for (int i = 0; i < N * K; i++)
        all.w[i] = i % K == 0 ? 127.0f : rintf(fmaxf(-127, fminf(127, 50 * all.w[i])));
    round_weights(N, K);
    on_both(M, N, K, false);
    for (int d = 0; d < 2; d++)
        for (int i = 0; i < M; i++)
            for (int j = 0; j < N; j++)
                CHECK(all.y[d][i * N + j] == (float)dot(all.x + (int64_t)i * K, all.w + (int64_t)j * K, K));
}

/* Every code at its end: where two products are added in 16 bits, 8 bits of both would not fit. */
TEST(sums_do_not_saturate)
{
    enum { M = 40, N = 48, K = 1088 };
    for (int i = 0; i < M * K; i++)
        all.x[i] = i / K % 4 == 0            ? 127.0f
                   : i / K % 4 == 1          ? -127.0f
                   : i / K % 4 == 2 && i % 2 ? 127.0f
                                             : 0.0f;
    for (int i = 0; i < N * K; i++)
        all.code[i] = (int8_t)(i / K % 3 == 0 ? 127 : i / K % 3 == 1 ? -127 : i % 2 ? 127 : -128);
    for (int j = 0; j < N; j++)
        all.scale[j] = 1;
    rc_int8_sum(N, K, all.code, all.sum);
    on_both(M, N, K, false);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int c = 0; c < K; c++)
                sum += (double)all.x[i * K + c] * all.code[j * K + c];
            CHECK(all.y[0][i * N + j] == (float)sum && all.y[1][i * N + j] == (float)sum);
        }
}

TEST(rows_that_have_no_step)
{
    enum { M = 6, N = 20, K = 40 };
    draw((int64_t)M * K, "x", all.x);
    draw((int64_t)N * K, "w", all.w);
    round_weights(N, K);
    all.x[0 * K + 39] = NAN;
    all.x[1 * K] = -INFINITY;
    all.x[2 * K] = 3e38f, all.x[2 * K + 1] = -3e38f;
    for (int c = 0; c < K; c++)
        all.x[3 * K + c] = 0, all.x[4 * K + c] = 1e-40f;
    on_both(M, N, K, false);
    for (int d = 0; d < 2; d++)
        for (int i = 0; i < M * N; i++)
            CHECK(i / N < 3 ? isnan(all.y[d][i]) : i / N < 5 ? all.y[d][i] == 0 : isfinite(all.y[d][i]));
}

TEST(look_up)
{
    enum { N = 4, K = 20 };
    const int32_t index[] = {3, -1, 0, 3};
    rc_device *device = rc_device_onednn();
    draw((int64_t)N * K, "w", all.w);
    rc_int8_matrix w = round_weights(N, K);
    OK(device->kernels.gather_int8(device, 4, K, index, w, all.y[0]));
    for (int j = 0; j < 4; j++)
        for (int c = 0; c < K; c++)
            NEAR(all.y[0][j * K + c], index[j] < 0 ? 0 : all.w[index[j] * K + c],
                 index[j] < 0 ? 0 : 0.5001 * w.scale[index[j]]);
}

int main(void)
{
    RUN(weights_round_to_the_nearest);
    RUN(products);
    RUN(integers);
    RUN(sums_do_not_saturate);
    RUN(rows_that_have_no_step);
    RUN(look_up);
    return RESULT();
}
