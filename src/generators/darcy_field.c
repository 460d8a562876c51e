/* The coefficient: a Gaussian random field N(0, (-Laplace + 9 I)^-2) with Neumann boundary, made in the
 * cosine basis, and its sign. */
#include <math.h>

#include "generators/darcy.h"

static const double PI = 3.14159265358979323846, TAU = 3.0;
static const double HIGH = 12.0, LOW = 3.0;

/* Weight of orthonormal cosine k in the inverse transform (which doubles all but the first). */
static double basis(int k, int n)
{
    return k == 0 ? sqrt(1.0 / n) : 0.5 * sqrt(2.0 / n);
}

void rc_darcy_field(int n, const rc_fourier *cosine, rc_rng *rng, double *u)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double xi = rc_rng_normal(rng);
            double spread = TAU / (PI * PI * ((double)k * k + (double)l * l) +
                                   TAU * TAU); /* tau^(alpha-1) lambda^(-alpha/2) */
            u[k * n + l] = k || l ? n * spread * xi * basis(k, n) * basis(l, n) : 0.0;
        }
    rc_fourier_run(cosine, u, u);
}

void rc_darcy_coefficient(int n, const rc_fourier *cosine, rc_rng *rng, double *a)
{
    rc_darcy_field(n, cosine, rng, a);
    for (int j = 0; j < n * n; j++)
        a[j] = a[j] >= 0 ? HIGH : LOW;
}
