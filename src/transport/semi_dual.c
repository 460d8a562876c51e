/* transport/semi_dual.c: the potentials of entropic transport by Newton's method.
 *
 * As epsilon falls, each solution is the start of the next. At each epsilon a few updates of Sinkhorn's come
 * first, g_j -= epsilon log(mean density of column j), since they are safe anywhere. Near the solution they
 * crawl, ever more as epsilon shrinks; Newton's steps do not. With the rows kept exact, the step of g in
 * units of epsilon solves
 *
 *     (diag q - D^T D / (n m)) x = w - q,    D the density, q its mean over the rows, w the weights (1),
 *
 * positive semidefinite, 0 for constants, which are free. Conjugate gradients solve it to what the error of
 * the marginal is worth, with one product D^T (D x) each. */
#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "transport/coupling.h"

/* Mean relative error of the marginal at which the last epsilon is solved, and those before it. */
static const double tolerance = RC_MARGINAL_TOLERANCE, on_the_way = 3e-3;
/* No potential moves by more than so many epsilon at once: as far as the quadratic model may be believed. */
static const double longest_step = 3.0;
enum { SINKHORN_UPDATES = 1, HALVINGS = 12 };

typedef struct ascent {
    rc_coupling *c;
    int64_t m, passes, limit;
    double *before, *step, *rest, *direction, *image; /* [m] */
} ascent;

static void free_ascent(ascent *a)
{
    rc_free(a->before);
    rc_free(a->step);
    rc_free(a->rest);
    rc_free(a->direction);
    rc_free(a->image);
}

static rc_status create_ascent(rc_coupling *c, ascent *a)
{
    *a = (ascent){.c = c, .m = c->pairs->columns->n};
    RC_TRY(RC_NEW(&a->before, a->m));
    RC_TRY(RC_NEW(&a->step, a->m));
    RC_TRY(RC_NEW(&a->rest, a->m));
    RC_TRY(RC_NEW(&a->direction, a->m));
    return RC_NEW(&a->image, a->m);
}

static rc_status settle(ascent *a)
{
    a->passes++;
    return rc__coupling_settle(a->c);
}

/* Whether to go on; all ranks that share the rows do the same. */
static rc_status agree(const ascent *a, bool *more)
{
    return rc__row_shares_agree(&a->c->pairs->shares, more);
}

static double mean(const double *x, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double mean_size(const double *x, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        sum += fabs(x[i]);
    return sum / (double)n;
}

static double marginal_error(const rc_coupling *c)
{
    return mean_size(c->excess, c->pairs->columns->n);
}

static double weight_at(const rc_coupling *c, int64_t j)
{
    return rc_cloud_weight(c->pairs->columns, j);
}

/* A column may have lost all its mass to rounding. */
static double excess_at(const rc_coupling *c, int64_t j)
{
    return fmax(c->excess[j], weight_at(c, j) * (DBL_EPSILON - 1.0));
}

/* The mean density of a column. */
static double density_at(const rc_coupling *c, int64_t j)
{
    return weight_at(c, j) + excess_at(c, j);
}

static void update_columns(rc_coupling *c)
{
    for (int64_t j = 0; j < c->pairs->columns->n; j++)
        c->g[j] -= c->epsilon * log1p(excess_at(c, j) / weight_at(c, j));
}

/* ---- Newton's steps ---- */

/* Inner product of the rest with itself, preconditioned. */
static double rest_square(const ascent *a)
{
    double sum = 0.0;
    for (int64_t j = 0; j < a->m; j++)
        sum += a->rest[j] * a->rest[j] / density_at(a->c, j);
    return sum;
}

/* image = the matrix times direction; *out: how direction curves under it. */
static rc_status curve(ascent *a, double *out)
{
    *out = 0.0;
    RC_TRY(rc__coupling_apply(a->c, a->direction, a->image));
    a->passes++;
    for (int64_t j = 0; j < a->m; j++) {
        a->image[j] = density_at(a->c, j) * a->direction[j] - a->image[j];
        *out += a->direction[j] * a->image[j];
    }
    return RC_OK;
}

static rc_status find_step(ascent *a)
{
    const rc_coupling *c = a->c;
    double enough = fmin(0.1, sqrt(marginal_error(c)));
    for (int64_t j = 0; j < a->m; j++) {
        a->step[j] = 0.0;
        a->rest[j] = -excess_at(c, j);
        a->direction[j] = a->rest[j] / density_at(c, j);
    }
    double square = rest_square(a), last = enough * enough * square, curved = 1.0;
    for (;;) {
        bool more = a->passes < a->limit && square > last && curved > 0.0;
        RC_TRY(agree(a, &more));
        if (!more) return RC_OK;
        RC_TRY(curve(a, &curved));
        if (!(curved > 0.0)) continue; /* which all ranks are to know of */
        for (int64_t j = 0; j < a->m; j++) {
            a->step[j] += square / curved * a->direction[j];
            a->rest[j] -= square / curved * a->image[j];
        }
        double next = rest_square(a);
        for (int64_t j = 0; j < a->m; j++)
            a->direction[j] = a->rest[j] / density_at(c, j) + next / square * a->direction[j];
        square = next;
    }
}

/* The constant that steps hold is free, and would only make them look long. */
static double step_length(ascent *a)
{
    double centre = mean(a->step, a->m), longest = 0.0;
    for (int64_t j = 0; j < a->m; j++) {
        a->step[j] -= centre;
        longest = fmax(longest, fabs(a->step[j]));
    }
    return longest > longest_step ? longest_step / longest : 1.0;
}

/* Halves the step until it gains. What gains nothing at all gives way to an update. */
static rc_status take_step(ascent *a)
{
    rc_coupling *c = a->c;
    double gained = rc__coupling_value(c), size = mean_size(c->f, c->pairs->rows->n) + mean_size(c->g, a->m);
    double length = step_length(a);
    for (int64_t j = 0; j < a->m; j++)
        a->before[j] = c->g[j];
    for (int k = 0; k < HALVINGS; k++, length *= 0.5) {
        for (int64_t j = 0; j < a->m; j++)
            c->g[j] = a->before[j] + length * c->epsilon * a->step[j];
        RC_TRY(settle(a));
        bool less = rc__coupling_value(c) < gained - 16.0 * DBL_EPSILON * size;
        RC_TRY(agree(a, &less));
        if (!less) return RC_OK;
    }
    for (int64_t j = 0; j < a->m; j++)
        c->g[j] = a->before[j];
    RC_TRY(settle(a));
    update_columns(c);
    return settle(a);
}

/* ---- the whole ---- */

static rc_status ascend(ascent *a, double enough)
{
    RC_TRY(settle(a));
    for (int k = 0;; k++) {
        bool more = marginal_error(a->c) > enough && a->passes < a->limit;
        RC_TRY(agree(a, &more));
        if (!more) return RC_OK;
        if (k < SINKHORN_UPDATES) {
            update_columns(a->c);
            RC_TRY(settle(a));
        } else {
            RC_TRY(find_step(a));
            RC_TRY(take_step(a));
        }
    }
}

/* The values of epsilon before the last share half the passes. */
static rc_status anneal(ascent *a, double start, double epsilon, double scaling, int64_t max)
{
    double falls = log(start / epsilon) / (-2.0 * log(scaling));
    int64_t levels = falls > 0.0 ? (int64_t)ceil(falls) : 0;
    for (int64_t k = 0; k < levels; k++) {
        a->c->epsilon = start * pow(scaling, 2.0 * (double)k);
        a->limit = max / 2 * (k + 1) / levels;
        if (a->passes < a->limit) RC_TRY(ascend(a, on_the_way));
    }
    a->c->epsilon = epsilon;
    a->limit = max;
    return ascend(a, tolerance);
}

rc_status rc__coupling_solve(rc_coupling *c, double start, double epsilon, double scaling, int64_t max,
                             rc_convergence *how)
{
    ascent a;
    rc_status status = create_ascent(c, &a);
    if (status == RC_OK) status = anneal(&a, start, epsilon, scaling, max);
    if (status == RC_OK) {
        *how = (rc_convergence){a.passes, marginal_error(c), marginal_error(c) <= tolerance};
        /* One more half of an update costs no pass, and takes the value's error to that of the rows then. */
        update_columns(c);
    }
    free_ascent(&a);
    return status;
}
