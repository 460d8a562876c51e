#include "generators/shallow_water.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "generators/limiter.h"

enum { GHOSTS = 2, FIELDS = 3 };
enum { H, U, V };    /* what is reconstructed */
enum { H_, HU, HV }; /* what is conserved */
static const double COURANT = 0.45;

struct rc_shallow_water_solver {
    int rows, cols;
    double dx, g;
    double *memory;
    double *w[FIELDS];                   /* [rows + 4, cols + 4] with ghost cells */
    double *start[FIELDS], *now[FIELDS]; /* conserved, [rows, cols] */
    double *flux[FIELDS], *past[FIELDS]; /* of a row of faces, [cols + 1] */
};

rc_status rc_shallow_water_solver_create(int rows, int cols, double dx, double gravity,
                                         rc_shallow_water_solver **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_shallow_water_solver *s = *out;
    *s = (rc_shallow_water_solver){.rows = rows, .cols = cols, .dx = dx, .g = gravity};
    int64_t cells = (int64_t)rows * cols, padded = (int64_t)(rows + 2 * GHOSTS) * (cols + 2 * GHOSTS);
    rc_status status = RC_NEW(&s->memory, FIELDS * (padded + 2 * cells + 2 * (cols + 1)));
    if (status != RC_OK) {
        rc_shallow_water_solver_destroy(out);
        return status;
    }
    double *at = s->memory;
    for (int f = 0; f < FIELDS; f++) {
        s->w[f] = at;
        s->start[f] = at += padded;
        s->now[f] = at += cells;
        s->flux[f] = at += cells;
        s->past[f] = at += cols + 1;
        at += cols + 1;
    }
    return RC_OK;
}

void rc_shallow_water_solver_destroy(rc_shallow_water_solver **s)
{
    if (!*s) return;
    rc_free((*s)->memory);
    rc_free(*s);
    *s = NULL;
}

static double *inner(const rc_shallow_water_solver *s, int f, int row)
{
    return s->w[f] + (int64_t)(row + GHOSTS) * (s->cols + 2 * GHOSTS) + GHOSTS;
}

/* ---- ghost cells: the outermost cell repeats ---- */

static void fill_ghosts(rc_shallow_water_solver *s)
{
    size_t width = (size_t)s->cols + 2 * GHOSTS;
    for (int f = 0; f < FIELDS; f++) {
        for (int r = 0; r < s->rows; r++) {
            double *row = inner(s, f, r);
            for (int i = 1; i <= GHOSTS; i++) {
                row[-i] = row[0];
                row[s->cols - 1 + i] = row[s->cols - 1];
            }
        }
        for (int i = 1; i <= GHOSTS; i++) {
            memcpy(inner(s, f, -i) - GHOSTS, inner(s, f, 0) - GHOSTS, width * sizeof(double));
            memcpy(inner(s, f, s->rows - 1 + i) - GHOSTS, inner(s, f, s->rows - 1) - GHOSTS,
                   width * sizeof(double));
        }
    }
}

static void to_primitive(rc_shallow_water_solver *s)
{
    for (int r = 0; r < s->rows; r++) {
        double *h = inner(s, H, r), *u = inner(s, U, r), *v = inner(s, V, r);
        int64_t at = (int64_t)r * s->cols;
        for (int i = 0; i < s->cols; i++) {
            h[i] = s->now[H_][at + i];
            u[i] = s->now[HU][at + i] / h[i];
            v[i] = s->now[HV][at + i] / h[i];
        }
    }
    fill_ghosts(s);
}

/* ---- fluxes ---- */

/* Values on both sides of the face between p[-stride] and p[0]. */
static inline double before_face(const double *p, int64_t stride)
{
    return p[-stride] + 0.5 * rc__limit(p[-stride] - p[-2 * stride], p[0] - p[-stride]);
}

static inline double after_face(const double *p, int64_t stride)
{
    return p[0] - 0.5 * rc__limit(p[0] - p[-stride], p[stride] - p[0]);
}

/* Flux through `count` faces, face i lying between p[i - stride] and p[i], for water h with velocity n across
 * and t along the face. The two outer waves give mass and momentum across (HLL); what moves along is carried
 * by the mass (the middle wave). */
static void fluxes(int64_t count, int64_t stride, double g, const double *restrict h,
                   const double *restrict n, const double *restrict t, double *restrict fh,
                   double *restrict fn, double *restrict ft)
{
    for (int64_t i = 0; i < count; i++) {
        double hl = before_face(h + i, stride), nl = before_face(n + i, stride),
               tl = before_face(t + i, stride);
        double hr = after_face(h + i, stride), nr = after_face(n + i, stride), tr = after_face(t + i, stride);
        double cl = sqrt(g * hl), cr = sqrt(g * hr);
        double sl = rc__lesser(rc__lesser(nl - cl, nr - cr), 0),
               sr = rc__greater(rc__greater(nl + cl, nr + cr), 0);
        double ml = hl * nl, mr = hr * nr, scale = 1 / (sr - sl);
        double mass = scale * (sr * ml - sl * mr + sl * sr * (hr - hl));
        fh[i] = mass;
        fn[i] = scale * (sr * (ml * nl + 0.5 * g * hl * hl) - sl * (mr * nr + 0.5 * g * hr * hr) +
                         sl * sr * (mr - ml));
        ft[i] = mass * (mass > 0 ? tl : tr);
    }
}

static void sweep_columns(rc_shallow_water_solver *s, double ratio)
{
    for (int r = 0; r < s->rows; r++) {
        fluxes(s->cols + 1, 1, s->g, inner(s, H, r), inner(s, U, r), inner(s, V, r), s->flux[H_], s->flux[HU],
               s->flux[HV]);
        for (int f = 0; f < FIELDS; f++) {
            double *restrict q = s->now[f] + (int64_t)r * s->cols;
            const double *restrict flux = s->flux[f];
            for (int i = 0; i < s->cols; i++)
                q[i] -= ratio * (flux[i + 1] - flux[i]);
        }
    }
}

static void sweep_rows(rc_shallow_water_solver *s, double ratio)
{
    int64_t stride = s->cols + 2 * GHOSTS;
    for (int r = 0; r <= s->rows; r++) {
        fluxes(s->cols, stride, s->g, inner(s, H, r), inner(s, V, r), inner(s, U, r), s->flux[H_],
               s->flux[HV], s->flux[HU]);
        for (int f = 0; f < FIELDS; f++) {
            double *restrict q = s->now[f] + (int64_t)(r - 1) * s->cols;
            for (int i = 0; i < s->cols && r > 0; i++)
                q[i] -= ratio * (s->flux[f][i] - s->past[f][i]);
            double *swap = s->past[f];
            s->past[f] = s->flux[f];
            s->flux[f] = swap;
        }
    }
}

static void advance(rc_shallow_water_solver *s, double dt)
{
    to_primitive(s);
    sweep_columns(s, dt / s->dx);
    sweep_rows(s, dt / s->dx);
}

static void step(rc_shallow_water_solver *s, double dt)
{
    int64_t cells = (int64_t)s->rows * s->cols;
    for (int f = 0; f < FIELDS; f++)
        memcpy(s->start[f], s->now[f], (size_t)cells * sizeof(double));
    advance(s, dt);
    advance(s, dt);
    for (int f = 0; f < FIELDS; f++)
        for (int64_t i = 0; i < cells; i++)
            s->now[f][i] = 0.5 * (s->start[f][i] + s->now[f][i]);
}

static double fastest(const rc_shallow_water_solver *s)
{
    double max = 0;
    int64_t cells = (int64_t)s->rows * s->cols;
    for (int64_t i = 0; i < cells; i++) {
        double h = s->now[H_][i];
        max = rc__greater(max, rc__greater(fabs(s->now[HU][i]), fabs(s->now[HV][i])) / h + sqrt(s->g * h));
    }
    return max;
}

rc_status rc_shallow_water_solver_run(rc_shallow_water_solver *s, double time, double *w)
{
    int64_t cells = (int64_t)s->rows * s->cols;
    for (int64_t i = 0; i < cells; i++) {
        s->now[H_][i] = w[i];
        s->now[HU][i] = w[i] * w[cells + i];
        s->now[HV][i] = w[i] * w[2 * cells + i];
    }
    for (double t = 0; t < time;) {
        double speed = fastest(s);
        RC_CHECK(isfinite(speed) && speed > 0, RC_NUMERIC,
                 "the water ran dry or the solution grew without bound");
        double dt = COURANT * s->dx / speed;
        bool last = t + dt >= time;
        if (last) dt = time - t;
        step(s, dt);
        t = last ? time : t + dt;
    }
    to_primitive(s);
    for (int f = 0; f < FIELDS; f++)
        for (int r = 0; r < s->rows; r++)
            memcpy(w + f * cells + (int64_t)r * s->cols, inner(s, f, r), (size_t)s->cols * sizeof(double));
    return RC_OK;
}
