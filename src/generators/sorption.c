#include "generators/sorption.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_NEWTON = 20 };
static const double OFFSET = 1e-6, CONVERGED = 1e-11;

struct rc_sorption_solver {
    int n;
    double dx;
    rc_sorption p;
    double *memory;
    double *held, *held_stage, *known; /* theta of the step's start and of its first stage; right-hand side */
    double *rate, *residual, *diagonal; /* [n] each */
};

rc_sorption rc_sorption_published(void)
{
    const double porosity = 0.29, density = 2880, k = 3.5e-4;
    return (rc_sorption){
        .diffusion = 5e-4, .capacity = (1 - porosity) / porosity * density * k, .exponent = 0.874};
}

rc_status rc_sorption_solver_create(int n, const rc_sorption *p, rc_sorption_solver **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_sorption_solver *s = *out;
    *s = (rc_sorption_solver){.n = n, .dx = 1.0 / n, .p = *p};
    rc_status status = RC_NEW(&s->memory, 6 * n);
    if (status != RC_OK) {
        rc_sorption_solver_destroy(out);
        return status;
    }
    double **part[] = {&s->held, &s->held_stage, &s->known, &s->rate, &s->residual, &s->diagonal};
    for (int i = 0; i < 6; i++)
        *part[i] = s->memory + (int64_t)i * n;
    return RC_OK;
}

void rc_sorption_solver_destroy(rc_sorption_solver **s)
{
    if (!*s) return;
    rc_free((*s)->memory);
    rc_free(*s);
    *s = NULL;
}

static double above_zero(double u)
{
    return fmax(u + OFFSET, 1e-12);
}

double rc_sorption_retardation(const rc_sorption *p, double u)
{
    return 1 + p->capacity * p->exponent * pow(above_zero(u), p->exponent - 1);
}

/* theta(u), and from the same power its derivative */
static double holding(const rc_sorption *p, double u, double *derivative)
{
    double v = above_zero(u), power = pow(v, p->exponent);
    *derivative = 1 + p->capacity * p->exponent * power / v;
    return u + p->capacity * power;
}

/* Ghost cells put the boundary conditions on the faces: u = left at x = 0; at x = 1 the face's u is -D u_x.
 */
static double ghost_factor(const rc_sorption_solver *s)
{
    double ratio = s->p.diffusion / s->dx;
    return (ratio - 0.5) / (ratio + 0.5);
}

static void rate_of(const rc_sorption_solver *s, const double *u, double t, double *rate)
{
    int n = s->n;
    double scale = s->p.diffusion / (s->dx * s->dx), left = s->p.left ? s->p.left(t) : 1;
    for (int i = 0; i < n; i++) {
        double before = i > 0 ? u[i - 1] : 2 * left - u[0],
               after = i < n - 1 ? u[i + 1] : ghost_factor(s) * u[i];
        rate[i] = scale * (before - 2 * u[i] + after);
        if (s->p.source) rate[i] += s->p.source(&s->p, (i + 0.5) * s->dx, t);
    }
}

/* Solves (diag(diagonal) - w L) v = residual into residual; L's off-diagonals are 1. */
static void solve_tridiagonal(const rc_sorption_solver *s, double w, double *diagonal, double *residual)
{
    int n = s->n;
    for (int i = 1; i < n; i++) {
        double factor = -w / diagonal[i - 1];
        diagonal[i] += factor * w;
        residual[i] -= factor * residual[i - 1];
    }
    residual[n - 1] /= diagonal[n - 1];
    for (int i = n - 2; i >= 0; i--)
        residual[i] = (residual[i] + w * residual[i + 1]) / diagonal[i];
}

/* Solves theta(u) - weight * rate(u, t) = known for u, from the u that is there. `held` gets theta(u). */
static rc_status solve_stage(rc_sorption_solver *s, double weight, double t, double *u, double *held)
{
    int n = s->n;
    double w = weight * s->p.diffusion / (s->dx * s->dx);
    for (int round = 0; round < MAX_NEWTON; round++) {
        double change = 0;
        rate_of(s, u, t, s->rate);
        for (int i = 0; i < n; i++) {
            double derivative;
            held[i] = holding(&s->p, u[i], &derivative);
            s->residual[i] = s->known[i] - held[i] + weight * s->rate[i];
            s->diagonal[i] = derivative + (i == 0 ? 3 : i == n - 1 ? 2 - ghost_factor(s) : 2) * w;
        }
        solve_tridiagonal(s, w, s->diagonal, s->residual);
        for (int i = 0; i < n; i++) {
            u[i] += s->residual[i];
            change = fmax(change, fabs(s->residual[i]));
        }
        if (change < CONVERGED) return RC_OK;
    }
    return rc_fail(RC_NUMERIC, "Newton's method did not converge at time %g", t);
}

/* The trapezoidal rule to t + gamma dt, then BDF2 over the three points; one weight serves both. */
static rc_status step(rc_sorption_solver *s, double t, double dt, double *u)
{
    const double gamma = 2 - sqrt(2), weight = 0.5 * gamma * dt;
    const double a = 1 / (gamma * (2 - gamma)), b = (1 - gamma) * (1 - gamma) * a;
    double unused;
    rate_of(s, u, t, s->rate);
    for (int i = 0; i < s->n; i++) {
        s->held[i] = holding(&s->p, u[i], &unused);
        s->known[i] = s->held[i] + weight * s->rate[i];
    }
    RC_TRY(solve_stage(s, weight, t + gamma * dt, u, s->held_stage));
    for (int i = 0; i < s->n; i++)
        s->known[i] = a * holding(&s->p, u[i], &unused) - b * s->held[i];
    return solve_stage(s, weight, t + dt, u, s->held_stage);
}

rc_status rc_sorption_solver_run(rc_sorption_solver *s, double time, int steps, double *u)
{
    double t = 0;
    for (int j = 1; j <= steps; j++) {
        double next = time * ((double)j / steps) * ((double)j / steps);
        RC_TRY(step(s, t, next - t, u));
        t = next;
    }
    return RC_OK;
}
