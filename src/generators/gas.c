#include "generators/gas.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "generators/limiter.h"

enum { GHOSTS = 2, FIELDS = 3, DAMPED_STEPS = 4 };
enum { DENSITY, VELOCITY, PRESSURE };
enum { MASS, MOMENTUM, ENERGY };
static const double COURANT = 0.5; /* up to here the limited scheme makes no new extrema */

struct rc_gas_solver {
    int n;
    rc_gas gas;
    rc_gas_viscosity *viscosity; /* NULL without */
    double *memory;
    double *w[FIELDS], *flux[FIELDS]; /* with ghost cells; w[f][0] is the first cell */
    double *q, *start;                /* conserved, [3,n] */
};

rc_status rc_gas_solver_create(int n, const rc_gas *gas, rc_gas_solver **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_gas_solver *s = *out;
    *s = (rc_gas_solver){.n = n, .gas = *gas};
    int64_t padded = n + 2 * GHOSTS;
    rc_status status = RC_NEW(&s->memory, 2 * FIELDS * padded + 2 * FIELDS * n);
    if (status == RC_OK) {
        for (int f = 0; f < FIELDS; f++) {
            s->w[f] = s->memory + f * padded + GHOSTS;
            s->flux[f] = s->memory + (FIELDS + f) * padded;
        }
        s->q = s->memory + 2 * FIELDS * padded;
        s->start = s->q + (int64_t)FIELDS * n;
        if (gas->viscosity > 0) status = rc__gas_viscosity_create(n, gas, &s->viscosity);
    }
    if (status != RC_OK) rc_gas_solver_destroy(out);
    return status;
}

void rc_gas_solver_destroy(rc_gas_solver **s)
{
    if (!*s) return;
    rc__gas_viscosity_destroy(&(*s)->viscosity);
    rc_free((*s)->memory);
    rc_free(*s);
    *s = NULL;
}

static void to_primitive(rc_gas_solver *s)
{
    int n = s->n;
    const double *mass = s->q, *momentum = mass + n, *energy = momentum + n;
    for (int i = 0; i < n; i++) {
        double u = momentum[i] / mass[i];
        s->w[DENSITY][i] = mass[i];
        s->w[VELOCITY][i] = u;
        s->w[PRESSURE][i] = (s->gas.gamma - 1) * (energy[i] - 0.5 * momentum[i] * u);
    }
    for (int f = 0; f < FIELDS; f++)
        for (int i = 1; i <= GHOSTS; i++) {
            s->w[f][-i] = s->w[f][s->gas.periodic ? n - i : 0];
            s->w[f][n - 1 + i] = s->w[f][s->gas.periodic ? i - 1 : n - 1];
        }
}

static void to_conserved(rc_gas_solver *s, const double *w)
{
    int n = s->n;
    for (int i = 0; i < n; i++) {
        double density = w[i], u = w[n + i], p = w[2 * n + i];
        s->q[i] = density;
        s->q[n + i] = density * u;
        s->q[2 * n + i] = p / (s->gas.gamma - 1) + 0.5 * density * u * u;
    }
}

/* Values on both sides of the face between p[-1] and p[0]. */
static inline double before_face(const double *p)
{
    return p[-1] + 0.5 * rc__limit(p[-1] - p[-2], p[0] - p[-1]);
}

static inline double after_face(const double *p)
{
    return p[0] - 0.5 * rc__limit(p[0] - p[-1], p[1] - p[0]);
}

/* HLLC on the faces before cells 0..n-1: the side of the contact that the face is on, changed by the jump
 * over that side's outer wave if that wave has passed the face. Selections instead of branches, for vector
 * units. */
static void fluxes(int n, double gamma, const double *restrict r, const double *restrict u,
                   const double *restrict p, double *restrict mass, double *restrict momentum,
                   double *restrict energy)
{
    for (int i = 0; i < n; i++) {
        double rl = before_face(r + i), ul = before_face(u + i), pl = before_face(p + i);
        double rr = after_face(r + i), ur = after_face(u + i), pr = after_face(p + i);
        double cl = sqrt(gamma * pl / rl), cr = sqrt(gamma * pr / rr);
        double sl = rc__lesser(ul - cl, ur - cr), sr = rc__greater(ul + cl, ur + cr);
        double ml = rl * (sl - ul), mr = rr * (sr - ur);
        double contact = (pr - pl + ml * ul - mr * ur) / (ml - mr);
        bool left = contact >= 0;
        double density = left ? rl : rr, velocity = left ? ul : ur, pressure = left ? pl : pr;
        double wave = left ? sl : sr, flow = left ? ml : mr;
        double moved = left ? rc__lesser(sl, 0) : rc__greater(sr, 0);
        double total = pressure / (gamma - 1) + 0.5 * density * velocity * velocity;
        double beyond = flow / (wave - contact); /* density between the outer wave and the contact */
        double carried = beyond * (total / density + (contact - velocity) * (contact + pressure / flow));
        mass[i] = density * velocity + moved * (beyond - density);
        momentum[i] =
            density * velocity * velocity + pressure + moved * (beyond * contact - density * velocity);
        energy[i] = velocity * (total + pressure) + moved * (carried - total);
    }
}

static void advance(rc_gas_solver *s, double dt)
{
    int n = s->n;
    double ratio = dt * n / s->gas.length;
    to_primitive(s);
    fluxes(n + 1, s->gas.gamma, s->w[DENSITY], s->w[VELOCITY], s->w[PRESSURE], s->flux[MASS],
           s->flux[MOMENTUM], s->flux[ENERGY]);
    for (int f = 0; f < FIELDS; f++) {
        double *restrict q = s->q + (int64_t)f * n;
        const double *restrict flux = s->flux[f];
        for (int i = 0; i < n; i++)
            q[i] -= ratio * (flux[i + 1] - flux[i]);
    }
}

static void convect(rc_gas_solver *s, double dt)
{
    int64_t size = (int64_t)FIELDS * s->n;
    memcpy(s->start, s->q, (size_t)size * sizeof(double));
    advance(s, dt);
    advance(s, dt);
    for (int64_t i = 0; i < size; i++)
        s->q[i] = 0.5 * (s->start[i] + s->q[i]);
}

/* NaN where a density or pressure is not positive. */
static double fastest(rc_gas_solver *s)
{
    double max = 0;
    to_primitive(s);
    for (int i = 0; i < s->n; i++) {
        double square = s->gas.gamma * s->w[PRESSURE][i] / s->w[DENSITY][i];
        if (!(square > 0 && s->w[DENSITY][i] > 0)) return NAN;
        max = rc__greater(max, fabs(s->w[VELOCITY][i]) + sqrt(square));
    }
    return max;
}

static void diffuse(rc_gas_solver *s, double dt, int64_t steps)
{
    if (s->viscosity) rc__gas_viscosity_run(s->viscosity, dt, steps < DAMPED_STEPS, s->q);
}

/* Half a step of viscosity, one of convection, half a step of viscosity; the halves between two steps are
 * taken together. */
rc_status rc_gas_solver_run(rc_gas_solver *s, double time, double *w)
{
    int64_t steps = 0;
    double pending = 0;
    bool last = false;
    to_conserved(s, w);
    for (double t = 0; !last; steps++) {
        double speed = fastest(s);
        RC_CHECK(isfinite(speed), RC_NUMERIC, "density or pressure fell to zero at time %g", t);
        double dt = COURANT * s->gas.length / s->n / speed;
        last = t + dt >= time;
        if (last) dt = time - t;
        diffuse(s, pending + 0.5 * dt, steps);
        convect(s, dt);
        pending = 0.5 * dt;
        t += dt;
    }
    diffuse(s, pending, steps);
    RC_CHECK(isfinite(fastest(s)), RC_NUMERIC, "density or pressure fell to zero at time %g", time);
    for (int f = 0; f < FIELDS; f++)
        memcpy(w + (int64_t)f * s->n, s->w[f], (size_t)s->n * sizeof(double));
    return RC_OK;
}
