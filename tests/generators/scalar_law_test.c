/* Advection, Burgers' equation and reaction-diffusion against exact solutions: the order of convergence. */
#include "check.h"

#include "generators/scalar_law.h"
#include "generators/waves.h"

static const double PI = 3.14159265358979323846;
enum { MAX = 1024 };

typedef double (*exact)(const rc_scalar_law *law, double x, double t);

/* Mean error at `time` on n cells of [0, length]. */
static double error_at(int n, rc_scalar_law law, exact u_of, double time)
{
    static double u[MAX];
    rc_scalar_solver *s;
    double sum = 0;
    for (int i = 0; i < n; i++)
        u[i] = u_of(&law, (i + 0.5) * law.length / n, 0);
    if (rc_scalar_solver_create(n, &law, &s) != RC_OK) return NAN;
    if (rc_scalar_solver_run(s, time, n / 4, u) != RC_OK) sum = NAN;
    rc_scalar_solver_destroy(&s);
    for (int i = 0; i < n; i++)
        sum += fabs(u[i] - u_of(&law, (i + 0.5) * law.length / n, time)) / n;
    return sum;
}

static void check_order(const char *name, rc_scalar_law law, exact u_of, double time, double min, double max)
{
    double e[4];
    for (int i = 0; i < 4; i++)
        e[i] = error_at(MAX / 8 << i, law, u_of, time);
    for (int i = 0; i < 3; i++)
        fprintf(stderr, "%s: order %.3f (error %.2e)\n", name, log2(e[i] / e[i + 1]), e[i + 1]);
    double order = log2(e[2] / e[3]);
    CHECK(order > min && order < max);
}

static double travelling(const rc_scalar_law *law, double x, double t)
{
    return exp(sin(2 * PI * (x - law->speed * t)));
}

TEST(advection_is_of_second_order)
{
    check_order("advection", (rc_scalar_law){.length = 1, .speed = 0.4}, travelling, 2, 1.8, 2.5);
    check_order("advection to the left", (rc_scalar_law){.length = 1, .speed = -1}, travelling, 1, 1.8, 2.5);
}

/* Cole and Hopf: u = -2 nu phi_x / phi, phi = 2 + exp(-nu k^2 t) cos(k x) solves the heat equation. */
static double cole_hopf(const rc_scalar_law *law, double x, double t)
{
    double k = 2 * PI / law->length, fade = exp(-law->viscosity * k * k * t);
    return 2 * law->viscosity * k * fade * sin(k * x) / (1.1 + fade * cos(k * x));
}

TEST(burgers_is_of_second_order)
{
    check_order("Burgers", (rc_scalar_law){.length = 2, .steepening = 1, .viscosity = 0.05}, cole_hopf, 1,
                1.7, 2.3);
    check_order("Burgers, published viscosity",
                (rc_scalar_law){.length = 2, .steepening = 1, .viscosity = 1 / PI}, cole_hopf, 0.2, 1.7, 2.3);
}

/* Without viscosity a step moves with the mean of the two sides, and a rise of -1 to 1 fans out to x / t. */
static double step_and_fan(const rc_scalar_law *law, double x, double t)
{
    (void)law;
    if (x < 1) return fmin(fmax((x - 0.5) / fmax(t, 1e-9), -1), 1);
    return x < 1.5 ? 1 : -1;
}

TEST(burgers_shock_stands_and_fan_opens)
{
    rc_scalar_law law = {.length = 2, .steepening = 1};
    double coarse = error_at(256, law, step_and_fan, 0.3), fine = error_at(512, law, step_and_fan, 0.3);
    fprintf(stderr, "shock and fan: order %.3f (error %.2e)\n", log2(coarse / fine), fine);
    CHECK(fine < 3e-3 && coarse / fine > 1.7);
}

/* Ablowitz and Zeppetella: a front of Fisher's equation, speed 5 sqrt(nu rho / 6); two of them, back to back.
 */
static double fisher(const rc_scalar_law *law, double x, double t)
{
    double width = sqrt(6 * law->viscosity / law->growth), speed = 5 * sqrt(law->viscosity * law->growth / 6);
    double from = fabs(x - 0.5 * law->length) - 0.2 * law->length - speed * t, e = exp(from / width);
    return 1 / ((1 + e) * (1 + e));
}

TEST(reaction_diffusion_is_of_second_order)
{
    check_order("reaction-diffusion", (rc_scalar_law){.length = 1, .viscosity = 1e-5, .growth = 10}, fisher,
                1, 1.8, 2.2);
}

TEST(diffusion_alone_decays_by_its_mode)
{
    rc_scalar_law law = {.length = 1, .viscosity = 0.5, .growth = 0};
    static double u[256];
    rc_scalar_solver *s;
    for (int i = 0; i < 256; i++)
        u[i] = 1 + cos(2 * PI * (i + 0.5) / 256);
    OK(rc_scalar_solver_create(256, &law, &s));
    OK(rc_scalar_solver_run(s, 0.1, 3, u));
    rc_scalar_solver_destroy(&s);
    for (int i = 0; i < 256; i++)
        NEAR(u[i], 1 + exp(-0.5 * 4 * PI * PI * 0.1) * cos(2 * PI * (i + 0.5) / 256), 1e-4);
}

TEST(what_is_conserved_stays_and_nothing_overshoots)
{
    rc_scalar_law law = {.length = 2, .steepening = 1, .viscosity = 1e-3};
    rc_wave_options o = {.modes = 4, .left = -1, .length = 2, .window = 0.5};
    static double u[MAX];
    for (uint64_t k = 0; k < 8; k++) {
        rc_rng rng = rc_rng_make(3, "test", k);
        rc_scalar_solver *s;
        double before = 0, after = 0, min = INFINITY, max = -INFINITY;
        rc_waves(&o, &rng, MAX, u);
        for (int i = 0; i < MAX; i++) {
            before += u[i] / MAX;
            min = fmin(min, u[i]);
            max = fmax(max, u[i]);
        }
        OK(rc_scalar_solver_create(MAX, &law, &s));
        OK(rc_scalar_solver_run(s, 0.5, 10, u));
        rc_scalar_solver_destroy(&s);
        for (int i = 0; i < MAX; i++) {
            after += u[i] / MAX;
            CHECK(u[i] > min - 1e-9 && u[i] < max + 1e-9);
        }
        NEAR(after, before, 1e-12);
    }
}

TEST(waves_are_bounded_and_repeatable)
{
    rc_wave_options o = {.modes = 4, .left = 0, .length = 1, .window = 1};
    static double u[MAX], v[MAX];
    for (uint64_t k = 0; k < 50; k++) {
        rc_rng rng = rc_rng_make(5, "test", k), again = rng;
        rc_waves(&o, &rng, MAX, u);
        rc_waves(&o, &again, MAX, v);
        CHECK(memcmp(u, v, sizeof u) == 0);
        for (int i = 0; i < MAX; i++)
            CHECK(fabs(u[i]) <= 4);
        NEAR(u[0], 0, 1e-6); /* the window starts at 0.1 or later */
        rc_waves_to_unit(MAX, u);
        double min = 1, max = 0;
        for (int i = 0; i < MAX; i++) {
            min = fmin(min, u[i]);
            max = fmax(max, u[i]);
        }
        CHECK(min == 0 && fabs(max - 1) < 1e-12);
    }
}

int main(void)
{
    RUN(advection_is_of_second_order);
    RUN(burgers_is_of_second_order);
    RUN(burgers_shock_stands_and_fan_opens);
    RUN(reaction_diffusion_is_of_second_order);
    RUN(diffusion_alone_decays_by_its_mode);
    RUN(what_is_conserved_stays_and_nothing_overshoots);
    RUN(waves_are_bounded_and_repeatable);
    return RESULT();
}
