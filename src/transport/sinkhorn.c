/* transport/sinkhorn.c: the debiased Sinkhorn divergence and its gradient.
 *
 * OT(a, b) is solved by semi_dual.c. OT(a, a) is symmetric: f = g solves f = T(f), T the softmin over the
 * cloud, and averaging f with T(f) at least halves the error from wherever it starts. Values are dual
 * objectives, lower bounds with an error quadratic in that of the potentials. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "transport/coupling.h"
#include "transport/pair_kernels.h"
#include "transport/sinkhorn.h"

rc_sinkhorn_options rc_sinkhorn_defaults(void)
{
    return (rc_sinkhorn_options){.epsilon = 0.1, .scaling = 0.5, .passes = 40};
}

static rc_status check_options(const rc_sinkhorn_options *o)
{
    RC_CHECK(isfinite(o->epsilon) && o->epsilon > 0.0, RC_CONFIG,
             "epsilon of the Sinkhorn divergence is %g; it must be a number above 0", o->epsilon);
    RC_CHECK(o->scaling > 0.0 && o->scaling < 1.0, RC_CONFIG,
             "scaling of the Sinkhorn divergence is %g; it must be between 0 and 1", o->scaling);
    RC_CHECK(o->passes > 0, RC_CONFIG, "%lld passes for the Sinkhorn divergence; at least 1 is needed",
             (long long)o->passes);
    return RC_OK;
}

static rc_status check_sizes(const char *name, const rc_sample_set *s)
{
    RC_CHECK(s->n > 0 && s->d > 0, RC_SHAPE,
             "cloud %s has %lld points of %lld coordinates; at least one is needed", name, (long long)s->n,
             (long long)s->d);
    return RC_OK;
}

/* Costs over epsilon are the scores of pair_kernels.h, which take less than -RC_PAIR_NOTHING for a number. */
static rc_status check_range(double largest, double epsilon)
{
    RC_CHECK(largest / epsilon < 1e28, RC_NUMERIC,
             "costs of up to %.2g are too large for epsilon %g; scale the points down, or raise epsilon",
             largest, epsilon);
    return RC_OK;
}

/* ---- where the points lie ---- */

static rc_status find_mean(const char *name, const rc_sample_set *s, float **out)
{
    RC_TRY(RC_NEW(out, s->d));
    rc_status status = rc_points_mean(s->x, s->n, s->d, *out);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "cloud %s", name);
}

static double mean_half_norm(const rc_cloud *cloud)
{
    double sum = 0.0;
    for (int64_t i = 0; i < cloud->n; i++)
        sum += (double)cloud->half_norm[i];
    return sum / (double)cloud->n;
}

static double largest_half_norm(const rc_cloud *cloud)
{
    double largest = 0.0;
    for (int64_t i = 0; i < cloud->n; i++)
        largest = fmax(largest, (double)cloud->half_norm[i]);
    return largest;
}

static double largest_label_cost(const rc_pairs *pairs)
{
    const rc_label_costs *l = &pairs->labels;
    double largest = 0.0;
    for (int64_t k = 0; l->table && k < l->row_classes * l->column_classes; k++)
        largest = fmax(largest, l->table[k]);
    return largest;
}

/* No cost is larger: |x - y|^2 / 2 <= |x|^2 + |y|^2. */
static double largest_cost(const rc_pairs *pairs)
{
    return largest_label_cost(pairs) +
           2.0 * (largest_half_norm(pairs->rows) + largest_half_norm(pairs->columns));
}

/* ---- the symmetric problem, OT_eps(a, a) ---- */

typedef struct potential {
    double *value, *next; /* next = T(value) */
} potential;

static rc_status create_potential(int64_t n, potential *p)
{
    RC_TRY(RC_NEW(&p->value, n));
    return RC_NEW(&p->next, n);
}

static void free_potential(potential *p)
{
    rc_free(p->value);
    rc_free(p->next);
}

static rc_status solve_self(rc_pairs *pairs, const rc_sinkhorn_options *o, potential *f, double *value,
                            rc_convergence *how)
{
    int64_t n = pairs->rows->n;
    RC_TRY(check_range(largest_cost(pairs), o->epsilon));
    for (int64_t k = 1;; k++) {
        double error = 0.0, sum = 0.0;
        RC_TRY(rc_pairs_softmin(pairs, o->epsilon, f->value, f->next));
        for (int64_t i = 0; i < n; i++) {
            double weight = rc_cloud_weight(pairs->rows, i);
            error += weight * fabs(expm1((f->value[i] - f->next[i]) / o->epsilon)) / (double)n;
            sum += weight * (f->value[i] + f->next[i]);
        }
        *value = sum / (double)n;
        *how = (rc_convergence){k, error, error <= RC_MARGINAL_TOLERANCE};
        bool more = !how->converged && k < o->passes;
        RC_TRY(rc__row_shares_agree(&pairs->shares, &more));
        if (!more) return RC_OK;
        for (int64_t i = 0; i < n; i++)
            f->value[i] = 0.5 * (f->value[i] + f->next[i]);
    }
}

rc_status rc_sinkhorn_self_term(const float *b, int64_t m, int64_t d, const rc_sinkhorn_options *o,
                                rc_sinkhorn_self *out)
{
    return rc__sinkhorn_self(&(rc_sample_set){.x = b, .n = m, .d = d}, o, NULL, out);
}

rc_status rc__sinkhorn_self(const rc_sample_set *b, const rc_sinkhorn_options *o,
                            const rc_label_costs *labels, rc_sinkhorn_self *out)
{
    rc_status status = RC_OK;
    float *mean = NULL;
    rc_cloud cloud = {0};
    rc_pairs pairs = {0};
    potential g = {0};
    *out = (rc_sinkhorn_self){.epsilon = o->epsilon};
    RC_TRY(check_options(o));
    RC_TRY(check_sizes("b", b));
    RC_TRY_DONE(find_mean("b", b, &mean));
    RC_TRY_DONE(rc_cloud_create(b->x, b->weight, b->n, b->d, mean, true, &cloud));
    cloud.everywhere = b->everywhere;
    RC_TRY_DONE(rc_pairs_create(&cloud, &cloud, labels, &pairs));
    RC_TRY_DONE(create_potential(b->n, &g));
    RC_TRY_DONE(solve_self(&pairs, o, &g, &out->value, &out->how));
    out->valid = true;
done:
    free_potential(&g);
    rc_pairs_free(&pairs);
    rc_cloud_free(&cloud);
    rc_free(mean);
    return status;
}

/* ---- the problem between two clouds ---- */

typedef struct problem {
    float *mean, *other; /* mean: of both clouds together */
    rc_cloud a, b;
    rc_pairs cross, self;
    rc_coupling coupling;
    potential own; /* of a with itself */
} problem;

static void free_problem(problem *p)
{
    rc_free(p->mean);
    rc_free(p->other);
    rc__coupling_free(&p->coupling);
    rc_pairs_free(&p->cross);
    rc_pairs_free(&p->self);
    rc_cloud_free(&p->a);
    rc_cloud_free(&p->b);
    free_potential(&p->own);
}

static rc_status solve_cross(problem *p, const rc_sinkhorn_options *o, double *value, rc_convergence *how)
{
    rc_coupling *c = &p->coupling;
    /* About a quarter of the mean cost: from there few updates lead far. */
    double start = 0.25 * (mean_half_norm(&p->a) + mean_half_norm(&p->b) + largest_label_cost(&p->cross));
    RC_TRY(check_range(largest_cost(&p->cross), o->epsilon));
    RC_TRY(rc__coupling_create(&p->cross, c));
    RC_TRY(rc__coupling_solve(c, start, o->epsilon, o->scaling, o->passes, how));
    *value = rc__coupling_value(c);
    return RC_OK;
}

/* Each row's mass is spread as the columns' potentials say, which keeps the rows exactly; the columns are as
 * near as the iteration has come. */
static void find_plan(const problem *p, double epsilon, double *plan)
{
    const rc_label_costs *l = &p->cross.labels;
    int64_t n = p->a.n, m = p->b.n, d = p->a.d;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        double *row = plan + i * m, max = -INFINITY, sum = 0.0;
        const double *more = l->table ? l->table + l->row[i] * l->column_classes : NULL;
        for (int64_t j = 0; j < m; j++) {
            double cost = 0.5 * rc_pair_kernels_get()->square(d, p->a.points + i * d, p->b.points + j * d);
            row[j] = (p->coupling.g[j] - cost - (more ? more[l->column[j]] : 0.0)) / epsilon +
                     log(rc_cloud_weight(&p->b, j));
            max = fmax(max, row[j]);
        }
        for (int64_t j = 0; j < m; j++)
            sum += row[j] = exp(row[j] - max);
        for (int64_t j = 0; j < m; j++)
            row[j] *= rc_cloud_weight(&p->a, i) / (sum * (double)n);
    }
}

/* With the potentials at their optimum only the costs depend on a: moving a_i pulls it away from where its
 * mass goes, a_i - sum_j P_ij b_j, and the same within a; a_i itself cancels between the two. */
static rc_status find_gradient(problem *p, double epsilon, const rc_sinkhorn_labels *l, float *grad)
{
    int64_t n = p->a.n;
    memset(grad, 0, sizeof *grad * (size_t)(n * p->a.d));
    RC_TRY(rc_pairs_barycentre(&p->self, epsilon, p->own.value, p->own.next, 1.0 / (double)n, grad));
    RC_TRY(rc_pairs_barycentre(&p->cross, epsilon, p->coupling.g, p->coupling.f, -1.0 / (double)n, grad));
    if (!l) return RC_OK;
    RC_TRY(rc_pairs_label_mass(&p->self, epsilon, p->own.value, p->own.next, l->self_mass));
    return rc_pairs_label_mass(&p->cross, epsilon, p->coupling.g, p->coupling.f, l->cross_mass);
}

rc_status rc__sinkhorn_measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    const rc_sample_set *b = &to->b;
    const rc_sinkhorn_options *o = &to->settings.sinkhorn;
    const rc_sinkhorn_labels *labels = to->state;
    problem p = {0};
    rc_sinkhorn_self self_b = to->settings.self;
    rc_convergence own;
    double cross, self, n = (double)a->n, m = (double)b->n;
    rc_status status = RC_OK;
    RC_TRY(check_options(o));
    RC_TRY(check_sizes("a", a));
    RC_TRY(check_sizes("b", b));
    if (self_b.valid) {
        RC_CHECK(self_b.epsilon == o->epsilon, RC_CONFIG,
                 "the stored self term was computed for epsilon %g, not %g; compute it again", self_b.epsilon,
                 o->epsilon);
    } else {
        assert(!labels);
        RC_TRY(rc__sinkhorn_self(b, o, NULL, &self_b));
    }
    /* Both clouds lie around the mean of all points. */
    RC_TRY_DONE(find_mean("a", a, &p.mean));
    RC_TRY_DONE(find_mean("b", b, &p.other));
    for (int64_t k = 0; k < a->d; k++)
        p.mean[k] = (float)((n * p.mean[k] + m * p.other[k]) / (n + m));
    RC_TRY_DONE(rc_cloud_create(a->x, a->weight, a->n, a->d, p.mean, true, &p.a));
    RC_TRY_DONE(rc_cloud_create(b->x, b->weight, b->n, b->d, p.mean, false, &p.b));
    p.a.everywhere = a->everywhere;
    p.b.everywhere = b->everywhere;
    RC_TRY_DONE(create_potential(a->n, &p.own));
    RC_TRY_DONE(rc_pairs_create(&p.a, &p.a, labels ? &labels->self : NULL, &p.self));
    RC_TRY_DONE(solve_self(&p.self, o, &p.own, &self, &own));
    RC_TRY_DONE(rc_pairs_create(&p.a, &p.b, labels ? &labels->cross : NULL, &p.cross));
    RC_TRY_DONE(solve_cross(&p, o, &cross, &out->how));
    /* OT_eps(a, b) - OT_eps(a, a) / 2 - OT_eps(b, b) / 2. */
    out->value = cross - 0.5 * self - 0.5 * self_b.value;
    rc_convergence_join(&out->how, &own);
    rc_convergence_join(&out->how, &self_b.how);
    if (to->settings.plan) find_plan(&p, o->epsilon, to->settings.plan);
    if (grad) status = find_gradient(&p, o->epsilon, labels, grad);
done:
    free_problem(&p);
    return status;
}

/* ---- in the table of distances ---- */

static rc_status prepare(rc_distance *to)
{
    const rc_sinkhorn_options *o = &to->settings.sinkhorn;
    rc_sinkhorn_self *self = &to->settings.self;
    if (self->valid && self->epsilon == o->epsilon) return RC_OK;
    return rc__sinkhorn_self(&to->b, o, NULL, self);
}

const rc_distance_kind rc_distance_sinkhorn = {.name = "sinkhorn",
                                               .about = "Sinkhorn divergence, cost |x - y|^2 / 2",
                                               .half_square = true,
                                               .plans = true,
                                               .entropic = true,
                                               .prepare = prepare,
                                               .measure = rc__sinkhorn_measure};
