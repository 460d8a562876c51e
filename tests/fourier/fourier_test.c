/* The laws of the transforms, and both against their sums as they are written down. */
#include "check.h"

#include "fourier/fourier.h"

enum { N = 12, SIDE = 5 };
static const double PI = 3.14159265358979323846;

static void fill(int n, unsigned seed, double *out)
{
    for (int i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        out[i] = (double)(seed >> 16) / 65536 - 0.5;
    }
}

static void run(rc_fourier_kind kind, int n, double *in, double *out)
{
    rc_fourier *f;
    OK(rc_fourier_create(kind, n, &f));
    rc_fourier_run(f, in, out);
    rc_fourier_destroy(&f);
    CHECK(!f);
}

TEST(real_is_the_sum_of_its_waves)
{
    double x[N], kept[N], y[N];
    fill(N, 1, x);
    memcpy(kept, x, sizeof kept);
    run(RC_FOURIER_REAL, N, x, y);
    for (int k = 0; k <= N / 2; k++) {
        double re = 0, im = 0;
        for (int j = 0; j < N; j++) {
            re += kept[j] * cos(2 * PI * j * k / N);
            im -= kept[j] * sin(2 * PI * j * k / N);
        }
        NEAR(y[k], re, 1e-12);
        if (k > 0 && k < N / 2) NEAR(y[N - k], im, 1e-12);
    }
}

TEST(there_and_back_is_n_times_the_same)
{
    for (int n = 1; n <= N; n++) {
        double x[N], kept[N];
        fill(n, 2, x);
        memcpy(kept, x, sizeof kept);
        run(RC_FOURIER_REAL, n, x, x);
        run(RC_FOURIER_REAL_BACK, n, x, x);
        for (int i = 0; i < n; i++)
            NEAR(x[i], n * kept[i], 1e-12);
    }
}

TEST(an_impulse_holds_all_waves_alike)
{
    double x[N] = {1}, y[N];
    run(RC_FOURIER_REAL, N, x, y);
    for (int k = 0; k < N; k++)
        NEAR(y[k], k <= N / 2, 1e-15);
}

TEST(it_is_linear)
{
    double a[N], b[N], sum[N], of_sum[N];
    fill(N, 3, a);
    fill(N, 4, b);
    for (int i = 0; i < N; i++)
        sum[i] = 2 * a[i] - 3 * b[i];
    run(RC_FOURIER_REAL, N, sum, of_sum);
    run(RC_FOURIER_REAL, N, a, a);
    run(RC_FOURIER_REAL, N, b, b);
    for (int i = 0; i < N; i++)
        NEAR(of_sum[i], 2 * a[i] - 3 * b[i], 1e-12);
}

/* DCT-III: x_0 / 2 + sum of x_k cos(pi k (j + 1/2) / n), twice that, along each axis. */
static double wave(int k, int j)
{
    return (k ? 2 : 1) * cos(PI * k * (j + 0.5) / SIDE);
}

TEST(the_cosine_plane_is_the_sum_of_its_waves)
{
    double x[SIDE * SIDE], kept[SIDE * SIDE], y[SIDE * SIDE];
    fill(SIDE * SIDE, 5, x);
    memcpy(kept, x, sizeof kept);
    run(RC_FOURIER_COSINE_PLANE, SIDE, x, y);
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            double sum = 0;
            for (int k = 0; k < SIDE; k++)
                for (int l = 0; l < SIDE; l++)
                    sum += kept[k * SIDE + l] * wave(k, r) * wave(l, c);
            NEAR(y[r * SIDE + c], sum, 1e-12);
        }
}

int main(void)
{
    RUN(real_is_the_sum_of_its_waves);
    RUN(there_and_back_is_n_times_the_same);
    RUN(an_impulse_holds_all_waves_alike);
    RUN(it_is_linear);
    RUN(the_cosine_plane_is_the_sum_of_its_waves);
    return RESULT();
}
