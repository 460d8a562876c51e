/* The Darcy solver against a manufactured solution, its order of convergence, and the statistics of the
 * coefficient field. */
#include "check.h"

#include "generators/darcy.h"

static const double PI = 3.14159265358979323846;

/* u = sin(pi x) sin(2 pi y), a = 1 + x y; f = -(a u_x)_x - (a u_y)_y. */
static double solution(double x, double y)
{
    return sin(PI * x) * sin(2 * PI * y);
}

static double right_side(double x, double y)
{
    double ux = PI * cos(PI * x) * sin(2 * PI * y), uy = 2 * PI * sin(PI * x) * cos(2 * PI * y);
    return 5 * PI * PI * (1 + x * y) * solution(x, y) - y * ux - x * uy;
}

static double error_at(int n)
{
    double *memory = calloc((size_t)(3 * n * n), sizeof *memory), *a = memory, *f = a + n * n, *u = f + n * n,
           worst = 0;
    for (int i = 0; i < n * n; i++) {
        double y = (double)(i / n) / (n - 1), x = (double)(i % n) / (n - 1);
        a[i] = 1 + x * y;
        f[i] = right_side(x, y);
    }
    rc_darcy_solver *s;
    if (rc_darcy_solver_create(n, &s) != RC_OK || rc_darcy_solver_run(s, a, f, u) != RC_OK) worst = NAN;
    for (int i = 0; i < n * n; i++)
        worst = fmax(worst, fabs(u[i] - solution((double)(i % n) / (n - 1), (double)(i / n) / (n - 1))));
    rc_darcy_solver_destroy(&s);
    free(memory);
    return worst;
}

TEST(second_order_convergence)
{
    double e[4];
    for (int i = 0; i < 4; i++)
        e[i] = error_at((10 << i) + 1);
    for (int i = 0; i < 3; i++) {
        double order = log2(e[i] / e[i + 1]);
        fprintf(stderr, "order of convergence %.3f (error %.2e)\n", order, e[i + 1]);
        CHECK(order > 1.9 && order < 2.2);
    }
    CHECK(e[3] < 2e-3);
}

/* Solvers that threads make at the same time order the unknowns alike, and so round alike. */
TEST(solvers_made_at_once_give_the_same_bits)
{
    enum { SIZE = 97, SOLVERS = 16 };
    static double a[SIZE * SIZE], f[SIZE * SIZE], u[SOLVERS][SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
        a[i] = (i * 7919) % 13 < 6 ? 3 : 12;
        f[i] = 1;
    }
    int failed = 0;
#pragma omp parallel for schedule(static, 1) num_threads(2) reduction(+ : failed)
    for (int k = 0; k < SOLVERS; k++) {
        rc_darcy_solver *s;
        failed += rc_darcy_solver_create(SIZE, &s) != RC_OK;
        failed += !s || rc_darcy_solver_run(s, a, f, u[k]) != RC_OK;
        rc_darcy_solver_destroy(&s);
    }
    REQUIRE(failed == 0);
    for (int k = 1; k < SOLVERS; k++)
        CHECK(memcmp(u[0], u[k], sizeof u[0]) == 0);
}

TEST(one_solver_serves_many_coefficients)
{
    enum { SIZE = 21 };
    static double a[SIZE * SIZE], f[SIZE * SIZE], u[SIZE * SIZE], v[SIZE * SIZE];
    rc_darcy_solver *s;
    OK(rc_darcy_solver_create(SIZE, &s));
    for (int i = 0; i < SIZE * SIZE; i++) {
        a[i] = 2;
        f[i] = 1;
    }
    OK(rc_darcy_solver_run(s, a, f, u));
    for (int i = 0; i < SIZE * SIZE; i++)
        a[i] = 6;
    OK(rc_darcy_solver_run(s, a, f, v));
    /* The equation is linear in 1/a; the constant-coefficient solution is symmetric. */
    for (int i = 0; i < SIZE * SIZE; i++) {
        NEAR(u[i], 3 * v[i], 1e-12);
        NEAR(u[i], u[(i % SIZE) * SIZE + i / SIZE], 1e-12);
    }
    NEAR(2 * u[SIZE * SIZE / 2], 0.0736713, 3e-4); /* the torsion constant of the square */
    a[SIZE + 1] = -500;
    FAILS(RC_NUMERIC, "not positive", rc_darcy_solver_run(s, a, f, u));
    rc_darcy_solver_destroy(&s);
}

/* The variance of a cosine mode over many samples against tau^2 / (pi^2 k^2 + tau^2)^2 (times n^2: the field
 * is scaled by n). */
TEST(field_has_the_spectrum)
{
    enum { SIZE = 16, SAMPLES = 3000 };
    static double u[SIZE * SIZE];
    int k[3][2] = {{1, 0}, {0, 2}, {2, 1}};
    double sum[3] = {0};
    rc_fourier *cosine;
    OK(rc_fourier_create(RC_FOURIER_COSINE_PLANE, SIZE, &cosine));
    for (int i = 0; i < SAMPLES; i++) {
        rc_rng rng = rc_rng_make(11, "test", (uint64_t)i);
        rc_darcy_field(SIZE, cosine, &rng, u);
        for (int m = 0; m < 3; m++) {
            double c = 0;
            for (int j = 0; j < SIZE * SIZE; j++)
                c += u[j] * cos(PI * k[m][0] * (j / SIZE + 0.5) / SIZE) *
                     cos(PI * k[m][1] * (j % SIZE + 0.5) / SIZE);
            double norm = (k[m][0] ? 2.0 : 1.0) * (k[m][1] ? 2.0 : 1.0) / (SIZE * SIZE);
            sum[m] += c * c * norm / SAMPLES;
        }
    }
    rc_fourier_destroy(&cosine);
    for (int m = 0; m < 3; m++) {
        double spread = 3 * SIZE / (PI * PI * (k[m][0] * k[m][0] + k[m][1] * k[m][1]) + 9);
        NEAR(sum[m] / (spread * spread), 1, 0.12);
    }
}

static void coefficient(int n, uint64_t i, double *a)
{
    rc_rng rng = rc_rng_make(1, "darcy-train", i);
    rc_fourier *cosine;
    OK(rc_fourier_create(RC_FOURIER_COSINE_PLANE, n, &cosine));
    rc_darcy_coefficient(n, cosine, &rng, a);
    rc_fourier_destroy(&cosine);
}

TEST(coefficient_depends_on_seed_and_index_only)
{
    enum { SIZE = 21 };
    static double a[SIZE * SIZE], b[SIZE * SIZE], c[SIZE * SIZE];
    coefficient(SIZE, 7, a);
    coefficient(SIZE, 8, c);
    coefficient(SIZE, 7, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    CHECK(memcmp(a, c, sizeof a) != 0);
    for (int i = 0; i < SIZE * SIZE; i++)
        CHECK(a[i] == 3 || a[i] == 12);
}

int main(void)
{
    RUN(second_order_convergence);
    RUN(solvers_made_at_once_give_the_same_bits);
    RUN(one_solver_serves_many_coefficients);
    RUN(field_has_the_spectrum);
    RUN(coefficient_depends_on_seed_and_index_only);
    return RESULT();
}
