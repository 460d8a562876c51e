/* Shallow water against exact solutions: a smooth simple wave, Stoker's dam break, and symmetry. */
#include "check.h"

#include "generators/shallow_water.h"

static const double PI = 3.14159265358979323846;

/* A wave that runs to the right into still water: u - 2 c = -2 keeps everywhere, c travels at u + c = 3 c - 2
 * (g = 1). c at (x, t): by Newton from c0(x - (3 c - 2) t). */
static double start_c(double x)
{
    return fabs(x) < 1 ? 1 + 0.1 * pow(cos(0.5 * PI * x), 4) : 1;
}

static double wave_c(double x, double t)
{
    double low = 1, high = 1.1;
    for (int i = 0; i < 60; i++) { /* x - (3 c - 2) t falls with c, so start_c(...) - c changes sign once */
        double c = 0.5 * (low + high);
        if (start_c(x - (3 * c - 2) * t) > c)
            low = c;
        else
            high = c;
    }
    return 0.5 * (low + high);
}

/* Stoker 1957: depth 2 to the left of 0, 1 to the right, at rest. */
static double dam_depth(double x, double t)
{
    double low = 1, high = 2;
    for (int i = 0; i < 60; i++) { /* the depth between: the rarefaction's and the shock's velocity agree */
        double h = 0.5 * (low + high);
        double behind = 2 * (sqrt(2) - sqrt(h)), ahead = (h - 1) * sqrt(0.5 * (h + 1) / h);
        if (behind > ahead)
            low = h;
        else
            high = h;
    }
    double h = low, u = 2 * (sqrt(2) - sqrt(h)), shock = h * u / (h - 1), s = x / t;
    if (s < -sqrt(2)) return 2;
    if (s < u - sqrt(h)) return (2 * sqrt(2) - s) * (2 * sqrt(2) - s) / 9;
    return s < shock ? h : 1;
}

typedef double (*depth)(double x, double t);
static double wave_depth(double x, double t)
{
    double c = wave_c(x, t);
    return c * c;
}

/* Mean error of the depth along columns (or rows), n cells over [-3, 3] and 4 cells across. */
static double error_at(int n, int along_rows, depth h_of, int wave, double time)
{
    static double w[3 * 4 * 1024];
    int rows = along_rows ? n : 4, cols = along_rows ? 4 : n, cells = rows * cols;
    double dx = 6.0 / n, sum = 0;
    for (int i = 0; i < cells; i++) {
        double x = -3 + ((along_rows ? i / cols : i % cols) + 0.5) * dx, h = wave    ? wave_depth(x, 0)
                                                                             : x < 0 ? 2
                                                                                     : 1;
        w[i] = h;
        w[cells + i] = w[2 * cells + i] = 0;
        if (wave) w[(along_rows ? 2 : 1) * cells + i] = 2 * sqrt(h) - 2;
    }
    rc_shallow_water_solver *s;
    if (rc_shallow_water_solver_create(rows, cols, dx, 1, &s) != RC_OK ||
        rc_shallow_water_solver_run(s, time, w) != RC_OK)
        sum = NAN;
    rc_shallow_water_solver_destroy(&s);
    for (int i = 0; i < cells; i++)
        sum += fabs(w[i] - h_of(-3 + ((along_rows ? i / cols : i % cols) + 0.5) * dx, time)) / cells;
    return sum;
}

TEST(smooth_wave_is_of_second_order)
{
    for (int along_rows = 0; along_rows < 2; along_rows++) {
        double e[4];
        for (int i = 0; i < 4; i++)
            e[i] = error_at(64 << i, along_rows, wave_depth, 1, 0.8);
        for (int i = 0; i < 3; i++)
            fprintf(stderr, "shallow water, smooth: order %.3f (error %.2e)\n", log2(e[i] / e[i + 1]),
                    e[i + 1]);
        CHECK(log2(e[2] / e[3]) > 1.8);
    }
}

TEST(dam_break_is_stokers)
{
    double coarse = error_at(256, 0, dam_depth, 0, 1), fine = error_at(512, 0, dam_depth, 0, 1);
    fprintf(stderr, "dam break: order %.3f (error %.2e)\n", log2(coarse / fine), fine);
    CHECK(fine < 2e-3 && log2(coarse / fine) > 0.8);
    NEAR(error_at(256, 1, dam_depth, 0, 1), coarse, 1e-12);
}

TEST(circle_stays_symmetric_and_water_stays)
{
    enum { N = 48 };
    static double w[3 * N * N];
    double before = 0, after = 0;
    for (int i = 0; i < N * N; i++) {
        double x = (i % N + 0.5) * 5 / N - 2.5, y = (i / N + 0.5) * 5 / N - 2.5;
        w[i] = x * x + y * y <= 0.25 ? 2 : 1;
        before += w[i];
    }
    rc_shallow_water_solver *s;
    OK(rc_shallow_water_solver_create(N, N, 5.0 / N, 1, &s));
    OK(rc_shallow_water_solver_run(s, 1, w));
    for (int i = 0; i < N * N; i++) {
        int r = i / N, c = i % N;
        after += w[i];
        NEAR(w[i], w[c * N + r], 1e-12);
        NEAR(w[i], w[(N - 1 - r) * N + c], 1e-12);
        NEAR(w[i], w[r * N + N - 1 - c], 1e-12);
    }
    NEAR(after, before, 1e-9); /* nothing has reached the boundary */
    rc_shallow_water_solver_destroy(&s);
}

TEST(dry_water_is_refused)
{
    static double w[3 * 16];
    rc_shallow_water_solver *s;
    OK(rc_shallow_water_solver_create(4, 4, 1, 1, &s));
    FAILS(RC_NUMERIC, "dry", rc_shallow_water_solver_run(s, 1, w));
    rc_shallow_water_solver_destroy(&s);
}

int main(void)
{
    RUN(smooth_wave_is_of_second_order);
    RUN(dam_break_is_stokers);
    RUN(circle_stays_symmetric_and_water_stays);
    RUN(dry_water_is_refused);
    return RESULT();
}
