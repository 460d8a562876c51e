#include "generators/scalar_law.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "fourier/fourier.h"
#include "generators/limiter.h"

static const double PI = 3.14159265358979323846;
enum { GHOSTS = 2 };
static const double COURANT = 0.5;

struct rc_scalar_solver {
    int n;
    rc_scalar_law law;
    double dx;
    double *memory;
    double *padded, *slope, *flux, *stage; /* [n + 2 GHOSTS] each */
    double *spectrum, *decay;              /* [n] */
    double decay_time;                     /* what decay[] is for */
    rc_fourier *forward, *back;
};

rc_status rc_scalar_solver_create(int n, const rc_scalar_law *law, rc_scalar_solver **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_scalar_solver *s = *out;
    int64_t padded = n + 2 * GHOSTS;
    s->n = n;
    s->law = *law;
    s->dx = law->length / n;
    s->decay_time = -1;
    rc_status status = RC_NEW(&s->memory, 6 * padded);
    if (status == RC_OK) {
        double *at = s->memory;
        s->padded = at;
        s->slope = at += padded;
        s->flux = at += padded;
        s->stage = at += padded;
        s->spectrum = at += padded;
        s->decay = at + padded;
        status = rc_fourier_create(RC_FOURIER_REAL, n, &s->forward);
    }
    if (status == RC_OK) status = rc_fourier_create(RC_FOURIER_REAL_BACK, n, &s->back);
    if (status != RC_OK) rc_scalar_solver_destroy(out);
    return status;
}

void rc_scalar_solver_destroy(rc_scalar_solver **s)
{
    if (!*s) return;
    rc_fourier_destroy(&(*s)->forward);
    rc_fourier_destroy(&(*s)->back);
    rc_free((*s)->memory);
    rc_free(*s);
    *s = NULL;
}

/* ---- reaction: u' = growth u (1 - u) ---- */

static void react(const rc_scalar_solver *s, double dt, double *u)
{
    if (s->law.growth == 0) return;
    double shrink = exp(-s->law.growth * dt);
    for (int i = 0; i < s->n; i++)
        u[i] = u[i] / (u[i] + (1 - u[i]) * shrink);
}

/* ---- diffusion: each mode of the three-point Laplacian decays by itself ---- */

static void diffuse(rc_scalar_solver *s, double dt, double *u)
{
    int n = s->n;
    if (s->law.viscosity == 0) return;
    if (s->decay_time != dt) {
        for (int k = 0; k <= n / 2; k++) {
            double eigenvalue = (2 - 2 * cos(2 * PI * k / n)) / (s->dx * s->dx);
            s->decay[k] = exp(-s->law.viscosity * eigenvalue * dt) / n;
            if (k > 0) s->decay[n - k] = s->decay[k]; /* the imaginary part of mode k */
        }
        s->decay_time = dt;
    }
    rc_fourier_run(s->forward, u, s->spectrum);
    for (int i = 0; i < n; i++)
        s->spectrum[i] *= s->decay[i];
    rc_fourier_run(s->back, s->spectrum, u);
}

/* ---- conservation law ---- */

static double flux_of(const rc_scalar_law *law, double u)
{
    return u * (law->speed + 0.5 * law->steepening * u);
}

/* Godunov's flux of a convex f (steepening >= 0): the largest of f's values at the two sides, each held on
 * its own side of the sonic point. */
static double godunov(const rc_scalar_law *law, double left, double right)
{
    if (law->steepening == 0) return law->speed * (law->speed > 0 ? left : right);
    double sonic = -law->speed / law->steepening;
    return rc__greater(flux_of(law, rc__greater(left, sonic)), flux_of(law, rc__lesser(right, sonic)));
}

/* out = u + dt * (what flows in), cell by cell. */
static void advance(rc_scalar_solver *s, double dt, const double *u, double *out)
{
    int n = s->n;
    double *p = s->padded + GHOSTS, *slope = s->slope + GHOSTS, *flux = s->flux + GHOSTS;
    memcpy(p, u, (size_t)n * sizeof *p);
    for (int i = 0; i < GHOSTS; i++) {
        p[-1 - i] = u[n - 1 - i];
        p[n + i] = u[i];
    }
    for (int i = -1; i <= n; i++)
        slope[i] = 0.5 * rc__limit(p[i] - p[i - 1], p[i + 1] - p[i]);
    for (int i = 0; i <= n; i++) /* the face before cell i */
        flux[i] = godunov(&s->law, p[i - 1] + slope[i - 1], p[i] - slope[i]);
    for (int i = 0; i < n; i++)
        out[i] = p[i] - dt / s->dx * (flux[i + 1] - flux[i]);
}

static void convect(rc_scalar_solver *s, double dt, double *u)
{
    if (s->law.speed == 0 && s->law.steepening == 0) return;
    advance(s, dt, u, s->stage);
    advance(s, dt, s->stage, s->stage);
    for (int i = 0; i < s->n; i++)
        u[i] = 0.5 * (u[i] + s->stage[i]);
}

static double fastest(const rc_scalar_solver *s, const double *u)
{
    double max = 0;
    for (int i = 0; i < s->n; i++)
        max = rc__greater(max, fabs(s->law.speed + s->law.steepening * u[i]));
    return max;
}

rc_status rc_scalar_solver_run(rc_scalar_solver *s, double time, int steps, double *u)
{
    const double longest = time / steps;
    for (double t = 0; t < time;) {
        double speed = fastest(s, u);
        RC_CHECK(isfinite(speed), RC_NUMERIC, "the solution grew without bound");
        double dt = speed > 0 ? rc__lesser(longest, COURANT * s->dx / speed) : longest;
        if (t + dt > time * (1 - 1e-12)) dt = time - t;
        react(s, 0.5 * dt, u);
        diffuse(s, 0.5 * dt, u);
        convect(s, dt, u);
        diffuse(s, 0.5 * dt, u);
        react(s, 0.5 * dt, u);
        t = dt == time - t ? time : t + dt;
    }
    return RC_OK;
}
