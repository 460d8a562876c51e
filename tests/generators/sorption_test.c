/* Diffusion-sorption against a manufactured solution u = left(t) cos(k x), k tan k = 1 / D. */
#include "check.h"

#include "generators/sorption.h"

static const double DIFFUSION = 0.3;

static double wave_number(void)
{
    static double k = 1.2;
    for (int i = 0; i < 50; i++)
        k -= (k * tan(k) - 1 / DIFFUSION) / (tan(k) + k / (cos(k) * cos(k)));
    return k;
}

static double left(double t)
{
    return 1 + 0.5 * sin(3 * t);
}

static double solution(double x, double t)
{
    return left(t) * cos(wave_number() * x);
}

static double source(const rc_sorption *p, double x, double t)
{
    double k = wave_number(), u = solution(x, t), ut = 1.5 * cos(3 * t) * cos(k * x);
    return rc_sorption_retardation(p, u) * ut + p->diffusion * k * k * u;
}

static double error_at(int n, int steps)
{
    static double u[1024];
    rc_sorption p = rc_sorption_published();
    p.diffusion = DIFFUSION;
    p.left = left;
    p.source = source;
    rc_sorption_solver *s;
    double worst = 0;
    for (int i = 0; i < n; i++)
        u[i] = solution((i + 0.5) / n, 0);
    if (rc_sorption_solver_create(n, &p, &s) != RC_OK || rc_sorption_solver_run(s, 2, steps, u) != RC_OK)
        worst = NAN;
    rc_sorption_solver_destroy(&s);
    for (int i = 0; i < n; i++)
        worst = fmax(worst, fabs(u[i] - solution((i + 0.5) / n, 2)));
    return worst;
}

TEST(space_and_time_are_of_second_order)
{
    double e[4];
    for (int i = 0; i < 4; i++)
        e[i] = error_at(20 << i, 20 << i);
    for (int i = 0; i < 3; i++) {
        fprintf(stderr, "diffusion-sorption: order %.3f (error %.2e)\n", log2(e[i] / e[i + 1]), e[i + 1]);
        CHECK(log2(e[i] / e[i + 1]) > 1.8);
    }
    CHECK(e[3] < 1e-3);
}

/* Four times the steps must not change the data set's frame: time error below what float holds. */
TEST(published_case_is_resolved_in_time)
{
    enum { N = 256 };
    static double u[N], v[N];
    rc_sorption p = rc_sorption_published();
    rc_sorption_solver *s;
    for (int i = 0; i < N; i++)
        u[i] = v[i] = 0.1;
    OK(rc_sorption_solver_create(N, &p, &s));
    OK(rc_sorption_solver_run(s, 500, 200, u));
    OK(rc_sorption_solver_run(s, 500, 800, v));
    rc_sorption_solver_destroy(&s);
    for (int i = 0; i < N; i++) {
        NEAR(u[i], v[i], 2e-5);
        CHECK(u[i] > 0 && u[i] < 1);
        CHECK(i == 0 || i > N / 2 || u[i] < u[i - 1]);
    }
}

int main(void)
{
    RUN(space_and_time_are_of_second_order);
    RUN(published_case_is_resolved_in_time);
    return RESULT();
}
