/* transport/sinkhorn.c: the debiased Sinkhorn divergence and its gradient.
 *
 * Potentials f (on a) and g (on b) solve f = T(g), g = T(f), where T is the softmin over the other cloud. The
 * regularisation is annealed from the squared diameter of the points down to epsilon, one averaged update of
 * both sides at each value: this keeps f and g symmetric and is stable far from the solution. At epsilon the
 * updates are averaged every other time only. Errors that f and g share, as when the clouds are alike, at
 * least halve in an averaged update; the others shrink faster without (f = T(g) and g = T(f) at once are two
 * interleaved Sinkhorn iterations). The value is the mean of two dual objectives, (T(g), g) and (f, T(f)),
 * each a lower bound with an error quadratic in that of the potentials. */
#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "base/progress.h"
#include "transport/distance.h"
#include "transport/pairs.h"
#include "transport/sinkhorn.h"

/* Mean change of a potential, in units of epsilon, at which it counts as converged: about the relative error
 * of the marginals of the plan. Changes below `resolution` times the potentials are rounding of float32
 * costs. */
static const double tolerance = 1e-4, resolution = 1e-7;
/* Averaged updates of the symmetric problem at least halve the error each time. */
static const double self_tolerance = 1e-5;
enum { SELF_ITERATIONS = 60 };

rc_sinkhorn_options rc_sinkhorn_defaults(void)
{
    return (rc_sinkhorn_options){.epsilon = 0.1, .scaling = 0.5, .extra_iterations = 20};
}

static rc_status check_options(const rc_sinkhorn_options *o)
{
    RC_CHECK(isfinite(o->epsilon) && o->epsilon > 0.0, RC_CONFIG,
             "epsilon of the Sinkhorn divergence is %g; it must be a number above 0", o->epsilon);
    RC_CHECK(o->scaling > 0.0 && o->scaling < 1.0, RC_CONFIG,
             "scaling of the Sinkhorn divergence is %g; it must lie between 0 and 1", o->scaling);
    RC_CHECK(o->extra_iterations >= 0, RC_CONFIG,
             "extra iterations of the Sinkhorn divergence are %d; there cannot be fewer than 0",
             o->extra_iterations);
    return RC_OK;
}

static rc_status check_sizes(const char *name, int64_t n, int64_t d)
{
    RC_CHECK(n > 0 && d > 0, RC_SHAPE, "cloud %s has %lld points of %lld coordinates; at least one is needed",
             name, (long long)n, (long long)d);
    return RC_OK;
}

/* Costs over epsilon are the scores of pair_kernels.h, which take less than -RC_PAIR_NOTHING for a number. */
static rc_status check_range(double start, double epsilon)
{
    RC_CHECK(start / epsilon < 1e28, RC_NUMERIC,
             "costs of up to %.2g are too large for epsilon %g; scale the points down, or raise epsilon",
             start, epsilon);
    return RC_OK;
}

static rc_status check_interrupt(void)
{
    return rc_interrupt_requested() ? rc_fail(RC_INTERRUPTED, "interrupted") : RC_OK;
}

/* ---- where the points lie ---- */

typedef struct extent {
    float *low, *high; /* [d] */
    double *mean;
    float *centre;
} extent;

static void free_extent(extent *e)
{
    rc_free(e->low);
    rc_free(e->high);
    rc_free(e->mean);
    rc_free(e->centre);
}

static rc_status measure_extent(const char *name, const float *points, int64_t n, int64_t d, extent *e)
{
    RC_TRY(RC_NEW(&e->low, d));
    RC_TRY(RC_NEW(&e->high, d));
    RC_TRY(RC_NEW(&e->mean, d));
    RC_TRY(RC_NEW(&e->centre, d));
    rc_status status = rc_points_extent(points, n, d, e->low, e->high, e->mean);
    if (status != RC_OK) return rc_fail_context(status, "cloud %s", name);
    for (int64_t k = 0; k < d; k++)
        e->centre[k] = (float)e->mean[k];
    return RC_OK;
}

/* e becomes the extent of both clouds together. */
static void join_extent(extent *e, int64_t n, const extent *other, int64_t m, int64_t d)
{
    for (int64_t k = 0; k < d; k++) {
        e->low[k] = fminf(e->low[k], other->low[k]);
        e->high[k] = fmaxf(e->high[k], other->high[k]);
        e->mean[k] = ((double)n * e->mean[k] + (double)m * other->mean[k]) / (double)(n + m);
        e->centre[k] = (float)e->mean[k];
    }
}

/* Squared diagonal of the bounding box. */
static double squared_diameter(const extent *e, int64_t d)
{
    double sum = 0.0;
    for (int64_t k = 0; k < d; k++) {
        double side = (double)e->high[k] - (double)e->low[k];
        sum += side * side;
    }
    return sum;
}

/* ---- potentials ---- */

typedef struct potential {
    double *value, *next; /* next = T(the other side's value) */
    int64_t n;
} potential;

static rc_status create_potential(int64_t n, potential *p)
{
    p->n = n;
    RC_TRY(RC_NEW(&p->value, n));
    return RC_NEW(&p->next, n);
}

static void free_potential(potential *p)
{
    rc_free(p->value);
    rc_free(p->next);
}

static void average_update(potential *p)
{
    for (int64_t i = 0; i < p->n; i++)
        p->value[i] = 0.5 * (p->value[i] + p->next[i]);
}

static void take_update(potential *p)
{
    double *old = p->value;
    p->value = p->next;
    p->next = old;
}

static double mean_of(const double *x, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* Mean change apart from a common constant, which is free. */
static double mean_change(const potential *p)
{
    double shift = mean_of(p->next, p->n) - mean_of(p->value, p->n), sum = 0.0;
    for (int64_t i = 0; i < p->n; i++)
        sum += fabs(p->next[i] - p->value[i] - shift);
    return sum / (double)p->n;
}

static double mean_size(const potential *p)
{
    double sum = 0.0;
    for (int64_t i = 0; i < p->n; i++)
        sum += fabs(p->value[i]);
    return sum / (double)p->n;
}

/* ---- the symmetric problem, OT_eps(a, a) ---- */

static rc_status solve_self(rc_pairs *pairs, const rc_sinkhorn_options *o, double start, potential *f,
                            double *value)
{
    double epsilon = fmax(start, o->epsilon);
    RC_TRY(check_range(start, o->epsilon));
    rc_pairs_softmin(pairs, false, epsilon, f->value, f->next);
    take_update(f);
    for (; epsilon > o->epsilon; epsilon *= o->scaling * o->scaling) {
        RC_TRY(check_interrupt());
        rc_pairs_softmin(pairs, false, epsilon, f->value, f->next);
        average_update(f);
    }
    for (int k = 0;; k++) {
        RC_TRY(check_interrupt());
        rc_pairs_softmin(pairs, false, o->epsilon, f->value, f->next);
        double shift = fabs(mean_of(f->next, f->n) - mean_of(f->value, f->n));
        if (k == SELF_ITERATIONS || mean_change(f) + shift <= self_tolerance * o->epsilon) break;
        average_update(f);
    }
    *value = mean_of(f->value, f->n) + mean_of(f->next, f->n);
    return RC_OK;
}

static double largest_label_cost(const rc_label_costs *l)
{
    double largest = 0.0;
    for (int64_t k = 0; l && k < l->row_classes * l->column_classes; k++)
        largest = fmax(largest, l->table[k]);
    return largest;
}

rc_status rc_sinkhorn_self_term(const float *b, int64_t m, int64_t d, const rc_sinkhorn_options *o,
                                rc_sinkhorn_self *out)
{
    return rc__sinkhorn_self(b, m, d, o, NULL, out);
}

rc_status rc__sinkhorn_self(const float *b, int64_t m, int64_t d, const rc_sinkhorn_options *o,
                            const rc_label_costs *labels, rc_sinkhorn_self *out)
{
    rc_status status = RC_OK;
    extent e = {0};
    rc_cloud cloud = {0};
    rc_pairs pairs = {0};
    potential g = {0};
    *out = (rc_sinkhorn_self){.epsilon = o->epsilon};
    RC_TRY(check_options(o));
    RC_TRY(check_sizes("b", m, d));
    RC_TRY_DONE(measure_extent("b", b, m, d, &e));
    RC_TRY_DONE(rc_cloud_create(b, m, d, e.centre, true, &cloud));
    RC_TRY_DONE(rc_pairs_create(&cloud, &cloud, labels, &pairs));
    RC_TRY_DONE(create_potential(m, &g));
    double start = squared_diameter(&e, d) + largest_label_cost(labels);
    RC_TRY_DONE(solve_self(&pairs, o, start, &g, &out->value));
    out->valid = true;
done:
    free_potential(&g);
    rc_pairs_free(&pairs);
    rc_cloud_free(&cloud);
    free_extent(&e);
    return status;
}

/* ---- the problem between two clouds ---- */

static void update_both(rc_pairs *pairs, double epsilon, potential *f, potential *g)
{
    rc_pairs_softmin(pairs, false, epsilon, g->value, f->next);
    rc_pairs_softmin(pairs, true, epsilon, f->value, g->next);
}

static void tell_open(const rc_sinkhorn_options *o, double change, double enough)
{
    if (o->tells)
        rc_progress_note("note: after %d iterations the potentials still move by %.2g (converged: %.2g); the "
                         "value may be off by some percent, a larger epsilon converges",
                         o->extra_iterations, change, enough);
}

static rc_status solve_cross(rc_pairs *pairs, const rc_sinkhorn_options *o, double start, potential *f,
                             potential *g, double *value)
{
    double epsilon = fmax(start, o->epsilon);
    RC_TRY(check_range(start, o->epsilon));
    update_both(pairs, epsilon, f, g);
    take_update(f);
    take_update(g);
    for (bool last = false; !last; epsilon *= o->scaling * o->scaling) {
        last = epsilon <= o->epsilon;
        RC_TRY(check_interrupt());
        update_both(pairs, last ? o->epsilon : epsilon, f, g);
        average_update(f);
        average_update(g);
    }
    for (int k = 0;; k++) {
        RC_TRY(check_interrupt());
        update_both(pairs, o->epsilon, f, g);
        double change = fmax(mean_change(f), mean_change(g));
        double enough = tolerance * o->epsilon + resolution * (mean_size(f) + mean_size(g));
        if (change <= enough) break;
        if (k == o->extra_iterations) {
            tell_open(o, change, enough);
            break;
        }
        if (k % 2 == 0) {
            average_update(f);
            average_update(g);
        } else {
            take_update(f);
            take_update(g);
        }
    }
    *value = 0.5 * (mean_of(f->value, f->n) + mean_of(f->next, f->n) + mean_of(g->value, g->n) +
                    mean_of(g->next, g->n));
    return RC_OK;
}

typedef struct problem {
    extent joint, other;
    rc_cloud a, b;
    rc_pairs cross, self;
    potential f, g, own_f;
} problem;

static void free_problem(problem *p)
{
    free_extent(&p->joint);
    free_extent(&p->other);
    rc_pairs_free(&p->cross);
    rc_pairs_free(&p->self);
    rc_cloud_free(&p->a);
    rc_cloud_free(&p->b);
    free_potential(&p->f);
    free_potential(&p->g);
    free_potential(&p->own_f);
}

/* OT_eps(a, b) - OT_eps(a, a) / 2. */
static rc_status solve(const float *a, int64_t n, const float *b, int64_t m, int64_t d,
                       const rc_sinkhorn_options *o, const rc_sinkhorn_labels *labels, problem *p,
                       double *value)
{
    const rc_label_costs *cross = labels ? &labels->cross : NULL, *self = labels ? &labels->self : NULL;
    double own_start, cross_value, self_value;
    RC_TRY(measure_extent("a", a, n, d, &p->joint));
    RC_TRY(measure_extent("b", b, m, d, &p->other));
    own_start = squared_diameter(&p->joint, d);
    join_extent(&p->joint, n, &p->other, m, d);
    RC_TRY(rc_cloud_create(a, n, d, p->joint.centre, true, &p->a));
    RC_TRY(rc_cloud_create(b, m, d, p->joint.centre, !rc_pairs_stored(n, m), &p->b));
    RC_TRY(create_potential(n, &p->f));
    RC_TRY(create_potential(m, &p->g));
    RC_TRY(create_potential(n, &p->own_f));
    RC_TRY(rc_pairs_create(&p->a, &p->a, self, &p->self));
    RC_TRY(solve_self(&p->self, o, own_start + largest_label_cost(self), &p->own_f, &self_value));
    RC_TRY(rc_pairs_create(&p->a, &p->b, cross, &p->cross));
    double start = squared_diameter(&p->joint, d) + largest_label_cost(cross);
    RC_TRY(solve_cross(&p->cross, o, start, &p->f, &p->g, &cross_value));
    *value = cross_value - 0.5 * self_value;
    return RC_OK;
}

/* With the potentials at their optimum only the costs depend on a: moving a_i pulls it away from where its
 * mass goes, a_i - sum_j P_ij b_j, and the same within a; a_i itself cancels between the two. */
static rc_status find_gradient(problem *p, double epsilon, float *grad)
{
    int64_t n = p->a.n, size = n * p->a.d;
    for (int64_t i = 0; i < size; i++)
        grad[i] = 0.0f;
    RC_TRY(rc_pairs_barycentre(&p->self, epsilon, p->own_f.value, p->own_f.next, 1.0 / (double)n, grad));
    return rc_pairs_barycentre(&p->cross, epsilon, p->g.value, p->f.next, -1.0 / (double)n, grad);
}

static rc_status find_label_mass(problem *p, double epsilon, const rc_sinkhorn_labels *l)
{
    RC_TRY(rc_pairs_label_mass(&p->self, epsilon, p->own_f.value, p->own_f.next, l->self_mass));
    return rc_pairs_label_mass(&p->cross, epsilon, p->g.value, p->f.next, l->cross_mass);
}

rc_status rc_sinkhorn_divergence(const float *a, int64_t n, const float *b, int64_t m, int64_t d,
                                 const rc_sinkhorn_options *o, const rc_sinkhorn_self *self_b, double *value,
                                 float *grad_a)
{
    return rc__sinkhorn_divergence(a, n, b, m, d, o, self_b, NULL, value, grad_a);
}

rc_status rc__sinkhorn_divergence(const float *a, int64_t n, const float *b, int64_t m, int64_t d,
                                  const rc_sinkhorn_options *o, const rc_sinkhorn_self *self_b,
                                  const rc_sinkhorn_labels *labels, double *value, float *grad_a)
{
    RC_TRY(check_options(o));
    RC_TRY(check_sizes("a", n, d));
    RC_TRY(check_sizes("b", m, d));
    rc_sinkhorn_self fresh = {0};
    if (self_b && self_b->valid) {
        RC_CHECK(self_b->epsilon == o->epsilon, RC_CONFIG,
                 "the stored self term was computed for epsilon %g, not %g; compute it anew", self_b->epsilon,
                 o->epsilon);
        fresh = *self_b;
    } else {
        assert(!labels);
        RC_TRY(rc_sinkhorn_self_term(b, m, d, o, &fresh));
    }
    problem p = {0};
    rc_status status = solve(a, n, b, m, d, o, labels, &p, value);
    if (status == RC_OK) *value -= 0.5 * fresh.value;
    if (status == RC_OK && grad_a) status = find_gradient(&p, o->epsilon, grad_a);
    if (status == RC_OK && grad_a && labels) status = find_label_mass(&p, o->epsilon, labels);
    free_problem(&p);
    return status;
}

/* ---- in the table of distances ---- */

static rc_status prepare(rc_distance *to)
{
    const rc_sinkhorn_options *o = &to->settings.sinkhorn;
    rc_sinkhorn_self *self = &to->settings.self;
    if (self->valid && self->epsilon == o->epsilon) return RC_OK;
    return rc_sinkhorn_self_term(to->b.x, to->b.n, to->b.d, o, self);
}

static rc_status measure(const rc_distance *to, const rc_samples *a, double *value, float *grad)
{
    return rc_sinkhorn_divergence(a->x, a->n, to->b.x, to->b.n, a->d, &to->settings.sinkhorn,
                                  &to->settings.self, value, grad);
}

const rc_distance_kind rc_distance_sinkhorn = {.name = "sinkhorn",
                                               .about = "Sinkhorn divergence, cost |x - y|^2 / 2",
                                               .half_square = true,
                                               .prepare = prepare,
                                               .measure = measure};
