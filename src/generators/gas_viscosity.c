/* density u_t = (viscosity density u_x)_x with the heat it makes: a tridiagonal system, cyclic when periodic
 * (Sherman and Morrison). What the stress does is written as one flux of energy through each face, so that
 * the total stays and the heat of every cell is not negative. */
#include <math.h>

#include "base/memory.h"
#include "generators/gas.h"

struct rc_gas_viscosity {
    int n;
    rc_gas gas;
    double dx;
    double *memory, *face, *diagonal, *u, *mean, *right, *correction; /* [n + 1] each */
};

rc_status rc__gas_viscosity_create(int n, const rc_gas *gas, rc_gas_viscosity **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_gas_viscosity *v = *out;
    *v = (rc_gas_viscosity){.n = n, .gas = *gas, .dx = gas->length / n};
    rc_status status = RC_NEW(&v->memory, 6 * (int64_t)(n + 1));
    if (status != RC_OK) {
        rc__gas_viscosity_destroy(out);
        return status;
    }
    double **part[] = {&v->face, &v->diagonal, &v->u, &v->mean, &v->right, &v->correction};
    for (int i = 0; i < 6; i++)
        *part[i] = v->memory + (int64_t)i * (n + 1);
    return RC_OK;
}

void rc__gas_viscosity_destroy(rc_gas_viscosity **v)
{
    if (!*v) return;
    rc_free((*v)->memory);
    rc_free(*v);
    *v = NULL;
}

/* Density on the face before cell i; 0 on an open end, through which no stress acts. */
static void fill_faces(rc_gas_viscosity *v, const double *density)
{
    int n = v->n;
    for (int i = 1; i < n; i++)
        v->face[i] = 0.5 * (density[i - 1] + density[i]);
    v->face[0] = v->face[n] = v->gas.periodic ? 0.5 * (density[n - 1] + density[0]) : 0;
}

static double before(const rc_gas_viscosity *v, const double *u, int i)
{
    return u[i > 0 ? i - 1 : v->n - 1];
}

/* Factors the tridiagonal matrix with this diagonal and off-diagonals -k face[], and solves for two
 * right-hand sides in place. */
static void solve_two(const rc_gas_viscosity *v, double k, double *diagonal, double *a, double *b)
{
    int n = v->n;
    for (int i = 1; i < n; i++) {
        double factor = k * v->face[i] / diagonal[i - 1];
        diagonal[i] -= factor * k * v->face[i];
        a[i] += factor * a[i - 1];
        b[i] += factor * b[i - 1];
    }
    a[n - 1] /= diagonal[n - 1];
    b[n - 1] /= diagonal[n - 1];
    for (int i = n - 2; i >= 0; i--) {
        double link = k * v->face[i + 1], scale = 1 / diagonal[i];
        a[i] = (a[i] + link * a[i + 1]) * scale;
        b[i] = (b[i] + link * b[i + 1]) * scale;
    }
}

/* (density - k div face grad) right = right, in place. The matrix is T - c w w^T with c = k face[0],
 * w = (1, 0, ..., 0, 1) and T tridiagonal, which has c more on its first and last diagonal entry. */
static void solve_implicit(rc_gas_viscosity *v, double k, const double *density)
{
    int n = v->n;
    double corner = k * v->face[0];
    for (int i = 0; i < n; i++) {
        v->diagonal[i] = density[i] + k * (v->face[i] + v->face[i + 1]);
        v->correction[i] = 0;
    }
    v->diagonal[0] += corner;
    v->diagonal[n - 1] += corner;
    v->correction[0] = v->correction[n - 1] = 1;
    solve_two(v, k, v->diagonal, v->right, v->correction);
    double scale =
        corner * (v->right[0] + v->right[n - 1]) / (1 - corner * (v->correction[0] + v->correction[n - 1]));
    for (int i = 0; i < n; i++)
        v->right[i] += scale * v->correction[i];
}

void rc__gas_viscosity_run(rc_gas_viscosity *v, double dt, bool damped, double *q)
{
    int n = v->n;
    double *density = q, *momentum = q + n, *energy = q + 2 * n;
    double implicit = damped ? 1 : 0.5, k = dt * v->gas.viscosity / (v->dx * v->dx);
    fill_faces(v, density);
    for (int i = 0; i < n; i++)
        v->u[i] = momentum[i] / density[i];
    for (int i = 0; i < n; i++) {
        double after = v->u[i < n - 1 ? i + 1 : 0];
        v->right[i] = momentum[i] +
                      (1 - implicit) * k *
                          (v->face[i + 1] * (after - v->u[i]) - v->face[i] * (v->u[i] - before(v, v->u, i)));
    }
    solve_implicit(v, implicit * k, density);
    for (int i = 0; i < n; i++) {
        v->mean[i] = implicit * v->right[i] + (1 - implicit) * v->u[i];
        momentum[i] = density[i] * v->right[i];
    }
    for (int i = 0; i <= n; i++) { /* the stress's work on the face before cell i */
        double here = v->mean[i < n ? i : 0], last = before(v, v->mean, i);
        double power = 0.5 * k * v->face[i] * (here + last) * (here - last);
        if (i < n) energy[i] -= power;
        if (i > 0) energy[i - 1] += power;
    }
}
