/* FitzHugh-Nagumo against a manufactured solution without flux through the boundary. */
#include "check.h"

#include "generators/fitzhugh_nagumo.h"

static const double PI = 3.14159265358979323846;

/* u = cos(pi x) cos(2 pi y) cos t, v = cos(2 pi x) cos(pi y) sin(t) on [-1, 1]^2. */
static void solution(double x, double y, double t, double out[2])
{
    out[0] = cos(PI * x) * cos(2 * PI * y) * cos(t);
    out[1] = cos(2 * PI * x) * cos(PI * y) * sin(t);
}

static void source(const rc_fitzhugh_nagumo *p, double x, double y, double t, double out[2])
{
    double w[2];
    solution(x, y, t, w);
    double ut = -cos(PI * x) * cos(2 * PI * y) * sin(t), vt = cos(2 * PI * x) * cos(PI * y) * cos(t);
    out[0] = ut + 5 * PI * PI * p->du * w[0] - (w[0] - w[0] * w[0] * w[0] - p->k - w[1]);
    out[1] = vt + 5 * PI * PI * p->dv * w[1] - (w[0] - w[1]);
}

static double error_at(int n)
{
    rc_fitzhugh_nagumo p = {.du = 1e-2, .dv = 2e-2, .k = 5e-3, .source = source};
    rc_fitzhugh_nagumo_solver *s;
    double *uv = calloc((size_t)(2 * n * n), sizeof *uv), worst = 0, w[2];
    for (int i = 0; i < n * n; i++) {
        solution(-1 + 2 * (i % n + 0.5) / n, -1 + 2 * (i / n + 0.5) / n, 0, w);
        uv[i] = w[0];
        uv[n * n + i] = w[1];
    }
    if (rc_fitzhugh_nagumo_solver_create(n, &p, &s) != RC_OK ||
        rc_fitzhugh_nagumo_solver_run(s, 1, uv) != RC_OK)
        worst = NAN;
    rc_fitzhugh_nagumo_solver_destroy(&s);
    for (int i = 0; i < n * n; i++) {
        solution(-1 + 2 * (i % n + 0.5) / n, -1 + 2 * (i / n + 0.5) / n, 1, w);
        worst = fmax(worst, fmax(fabs(uv[i] - w[0]), fabs(uv[n * n + i] - w[1])));
    }
    free(uv);
    return worst;
}

TEST(second_order_convergence)
{
    double e[4];
    for (int i = 0; i < 4; i++)
        e[i] = error_at(8 << i);
    for (int i = 0; i < 3; i++)
        fprintf(stderr, "reaction-diffusion 2-D: order %.3f (error %.2e)\n", log2(e[i] / e[i + 1]), e[i + 1]);
    CHECK(log2(e[2] / e[3]) > 1.9 && log2(e[2] / e[3]) < 2.1);
}

int main(void)
{
    RUN(second_order_convergence);
    return RESULT();
}
