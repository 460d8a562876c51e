/* Exact transport: plans, duals, weights, closed forms, and POT's values. */
#include "base/memory.h"
#include "base/rng.h"
#include "check.h"
#include "transport/exact.h"

static double *make_costs(int64_t n, int64_t m, uint64_t seed, double step)
{
    double *cost;
    rc_rng rng = rc_rng_make(seed, "costs", 0);
    if (RC_NEW(&cost, n * m) != RC_OK) abort();
    for (int64_t i = 0; i < n * m; i++) {
        cost[i] = rc_rng_uniform(&rng);
        if (step > 0.0) cost[i] = step * floor(cost[i] / step);
    }
    return cost;
}

/* Everything that makes a plan optimal: marginals, no negative mass, feasible duals, tight where mass is. */
static void check_plan(const rc_transport_plan *p, int64_t n, int64_t m, const double *cost, const double *a,
                       const double *b)
{
    double *left, sum_a = 0.0, sum_b = 0.0, dual = 0.0, primal = 0.0;
    OK(RC_NEW(&left, n + m));
    for (int64_t i = 0; i < n; i++)
        sum_a += a ? a[i] : 1.0;
    for (int64_t j = 0; j < m; j++)
        sum_b += b ? b[j] : 1.0;
    for (int64_t i = 0; i < n; i++) {
        left[i] = (a ? a[i] : 1.0) / sum_a;
        dual += left[i] * p->u[i];
    }
    for (int64_t j = 0; j < m; j++) {
        left[n + j] = (b ? b[j] : 1.0) / sum_b;
        dual += left[n + j] * p->v[j];
    }
    for (int64_t k = 0; k < p->count; k++) {
        int64_t i = p->from[k], j = p->to[k];
        REQUIRE(i >= 0 && i < n && j >= 0 && j < m && p->mass[k] > 0.0);
        left[i] -= p->mass[k];
        left[n + j] -= p->mass[k];
        primal += p->mass[k] * cost[i * m + j];
        NEAR(p->u[i] + p->v[j], cost[i * m + j], 1e-11);
    }
    for (int64_t x = 0; x < n + m; x++)
        NEAR(left[x], 0.0, 1e-12);
    bool feasible = true;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            feasible = feasible && p->u[i] + p->v[j] <= cost[i * m + j] + 1e-11;
    CHECK(feasible);
    NEAR(p->value, primal, 1e-12);
    NEAR(p->value, dual, 1e-11);
    CHECK(p->count < n + m);
    rc_free(left);
}

static void solve_and_check(int64_t n, int64_t m, const double *cost, const double *a, const double *b)
{
    rc_transport_plan p;
    OK(rc_exact_transport(n, m, cost, a, b, &p));
    check_plan(&p, n, m, cost, a, b);
    rc_transport_plan_free(&p);
}

/* Coarse steps give ties everywhere, equal sizes a degenerate pivot at almost every turn. */
TEST(plans_and_duals_prove_each_other)
{
    const int64_t size[][2] = {{1, 1}, {1, 7}, {7, 1}, {12, 12}, {40, 41}, {64, 64}, {30, 90}, {17, 200}};
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        for (int ties = 0; ties < 3; ties++) {
            double *cost = make_costs(size[k][0], size[k][1], k, ties == 0 ? 0.0 : ties == 1 ? 0.125 : 2.0);
            solve_and_check(size[k][0], size[k][1], cost, NULL, NULL);
            rc_free(cost);
        }
    }
}

TEST(weights_may_be_anything_from_zero)
{
    const int64_t n = 33, m = 50;
    double *cost = make_costs(n, m, 20, 0.0), a[33], b[50];
    rc_rng rng = rc_rng_make(1, "weights", 0);
    for (int round = 0; round < 20; round++) {
        for (int64_t i = 0; i < n; i++)
            a[i] = rc_rng_below(&rng, 3) ? rc_rng_uniform(&rng) : 0.0;
        for (int64_t j = 0; j < m; j++)
            b[j] = rc_rng_below(&rng, 4) ? exp(8.0 * rc_rng_normal(&rng)) : 0.0;
        a[0] = b[0] = 1.0;
        solve_and_check(n, m, cost, a, b);
        solve_and_check(n, m, cost, a, NULL);
        solve_and_check(n, m, cost, NULL, b);
    }
    rc_free(cost);
}

static int ascending(const void *x, const void *y)
{
    float a = *(const float *)x, b = *(const float *)y;
    return (a > b) - (a < b);
}

/* On a line the best plan joins the points in order, whatever the power. */
TEST(on_a_line_order_decides)
{
    enum { N = 50 };
    float a[N], b[N], gradient[N];
    double w1 = 0.0, w2 = 0.0, value;
    rc_rng rng = rc_rng_make(2, "line", 0);
    for (int i = 0; i < N; i++) {
        a[i] = (float)rc_rng_normal(&rng);
        b[i] = (float)(2.0 * rc_rng_normal(&rng) + 0.5);
    }
    qsort(a, N, sizeof *a, ascending);
    qsort(b, N, sizeof *b, ascending);
    for (int i = 0; i < N; i++) {
        w1 += fabs((double)a[i] - b[i]) / N;
        w2 += 0.5 * ((double)a[i] - b[i]) * ((double)a[i] - b[i]) / N;
    }
    OK(rc_wasserstein(1, a, NULL, N, b, NULL, N, 1, &value, gradient, NULL));
    NEAR(value, w1, 1e-9);
    OK(rc_wasserstein(2, a, NULL, N, b, NULL, N, 1, &value, gradient, NULL));
    NEAR(value, w2, 1e-9);
    for (int i = 0; i < N; i++)
        NEAR(gradient[i], ((double)a[i] - b[i]) / N, 1e-7);
}

/* A moved copy is as far away as it was moved. */
TEST(a_moved_copy)
{
    enum { N = 40, D = 3 };
    float a[N * D], b[N * D], gradient[N * D];
    double value;
    rc_rng rng = rc_rng_make(3, "copy", 0);
    for (int i = 0; i < N * D; i++) {
        a[i] = (float)rc_rng_below(&rng, 4096) / 256.0f;
        b[i] = a[i] + (i % D == 0 ? 3.0f : i % D == 1 ? 4.0f : 0.0f);
    }
    OK(rc_wasserstein(1, a, NULL, N, b, NULL, N, D, &value, gradient, NULL));
    NEAR(value, 5.0, 1e-12);
    OK(rc_wasserstein(2, a, NULL, N, b, NULL, N, D, &value, gradient, NULL));
    NEAR(value, 12.5, 1e-12);
    for (int i = 0; i < N; i++)
        NEAR(gradient[i * D], -3.0 / N, 1e-8);
}

/* Near points far from where coordinates begin: their distances keep their digits, and are 0 where they are.
 */
TEST(near_points_far_away)
{
    enum { N = 30, D = 37 };
    float a[N * D], b[N * D], gradient[N * D];
    double value, want = 0.0;
    rc_rng rng = rc_rng_make(5, "near", 0);
    for (int i = 0; i < N * D; i++) {
        a[i] = 1e4f * (float)rc_rng_normal(&rng);
        b[i] = i / D % 2 ? a[i] : a[i] * (1.0f + 1e-6f * (float)(i % D % 3));
    }
    for (int i = 0; i < N; i++) {
        double square = 0.0;
        for (int k = i * D; k < (i + 1) * D; k++)
            square += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
        want += sqrt(square) / N;
    }
    OK(rc_wasserstein(1, a, NULL, N, b, NULL, N, D, &value, gradient, NULL));
    CHECK(want > 0);
    NEAR(value, want, 1e-12 * want);
    OK(rc_wasserstein(1, a, NULL, N, a, NULL, N, D, &value, gradient, NULL));
    CHECK(value == 0);
}

/* Points that coincide are at the kink of |x - y|: no pull. */
TEST(coinciding_points_pull_nowhere)
{
    const float a[] = {1, 2, 5, 5}, b[] = {1, 2, 5, 6};
    float gradient[4];
    double value;
    OK(rc_wasserstein(1, a, NULL, 2, b, NULL, 2, 2, &value, gradient, NULL));
    NEAR(value, 0.5, 1e-12);
    CHECK(gradient[0] == 0.0f && gradient[1] == 0.0f);
    NEAR(gradient[3], -0.5, 1e-7);
}

TEST(bad_input_is_refused)
{
    double cost[] = {1, 2, 3, 4}, weight[] = {1, -1}, none[] = {0, 0}, odd[] = {1, NAN};
    float huge[] = {1e30f, -1e30f}, small[] = {0, 1};
    rc_transport_plan p;
    double value;
    FAILS(RC_NUMERIC, "weight 1 of a is -1", rc_exact_transport(2, 2, cost, weight, NULL, &p));
    FAILS(RC_NUMERIC, "weight 1 of b is nan", rc_exact_transport(2, 2, cost, NULL, odd, &p));
    FAILS(RC_NUMERIC, "sum to 0", rc_exact_transport(2, 2, cost, none, NULL, &p));
    FAILS(RC_SHAPE, "at least one", rc_exact_transport(0, 2, cost, NULL, NULL, &p));
    cost[2] = INFINITY;
    FAILS(RC_NUMERIC, "cost is not finite", rc_exact_transport(2, 2, cost, NULL, NULL, &p));
    cost[2] = 1e308;
    FAILS(RC_NUMERIC, "is too large", rc_exact_transport(2, 2, cost, NULL, NULL, &p));
    OK(rc_wasserstein(2, huge, NULL, 2, small, NULL, 2, 1, &value, NULL, NULL));
    CHECK(isfinite(value));
}

int main(void)
{
    RUN(plans_and_duals_prove_each_other);
    RUN(weights_may_be_anything_from_zero);
    RUN(on_a_line_order_decides);
    RUN(a_moved_copy);
    RUN(near_points_far_away);
    RUN(coinciding_points_pull_nowhere);
    RUN(bad_input_is_refused);
    return RESULT();
}
