/* transport/gromov.c: Gromov-Wasserstein between sets that need share no space: only lengths within each set
 * are compared (Memoli, "Gromov-Wasserstein distances and the metric approach to object matching", 2011),
 *
 *     min over plans P of  sum over i, j, k, l of  (|x_i - x_j| - |y_k - y_l|)^2 / 2  P_ik P_jl
 *
 * which, A and B being the lengths within a and b, is (mean A^2 + mean B^2) / 2 - <A P B, P>, squares taken
 * number by number (Peyre, Cuturi and Solomon, ICML 2016).
 *
 * The search is that of conditional gradients, as in POT: exact transport on the costs -2 A P B gives the
 * next plan. Lengths are conditionally negative definite, so -<A D B, D> <= 0 for every difference D of two
 * plans: the objective is concave, and the best step towards the next plan is always the whole one. So every
 * plan is a vertex, with at most n + m - 1 pairs that carry mass, each is better than the one before, and
 * after finitely many there is a local optimum. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "transport/dense.h"
#include "transport/exact.h"
#include "transport/gromov.h"
#include "transport/pair_kernels.h"

/* A plan that wins by no more, as a share of what does not depend on plans, is no better. */
static const double tolerance = 1e-12;

static void add_up(rc_gromov_side *s)
{
    int64_t n = s->set.n;
    double mean = 0;
    for (int64_t i = 0; i < n; i++) {
        double square = 0;
        for (int64_t j = 0; j < n; j++) {
            double length = s->length[i * n + j];
            s->mean[i] += rc_gromov_share(s, j) * length;
            square += rc_gromov_share(s, j) * length * length;
        }
        mean += rc_gromov_share(s, i) * s->mean[i];
        s->square += rc_gromov_share(s, i) * square;
    }
    s->spread = sqrt(fmax(0.0, s->square - mean * mean));
}

static void free_side(void *state)
{
    rc_gromov_side *s = state;
    if (!s) return;
    rc_free(s->length);
    rc_free(s->mean);
    rc_free(s);
}

static rc_status make_side(const rc_distance *to, const rc_sample_set *set, rc_gromov_side **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_gromov_side *s = *out;
    s->set = *set;
    s->label = to->settings.by_class ? set->label : NULL;
    RC_TRY(RC_NEW_RAW(&s->length, set->n * set->n));
    RC_TRY(RC_NEW(&s->mean, set->n));
    RC_TRY(rc__lengths(set->x, set->n, set->d, s->length));
    add_up(s);
    return RC_OK;
}

static rc_status prepare(rc_distance *to)
{
    rc_gromov_side *b = NULL;
    rc_status status = make_side(to, &to->b, &b);
    to->state = b;
    return status;
}

typedef struct search {
    const rc_gromov_side *a, *b;
    double *moved, *cost;   /* [n, m]: P B, and the costs for the next plan */
    rc_transport_plan plan; /* the best so far */
    double value;           /* its objective */
    int64_t steps;
} search;

static void move_lengths(search *s)
{
    const rc_transport_plan *plan = &s->plan;
    int64_t m = s->b->set.n;
    memset(s->moved, 0, sizeof *s->moved * (size_t)(s->a->set.n * m));
    for (int64_t k = 0; k < plan->count; k++)
        rc_pair_kernels_get()->combine(1, m, &plan->mass[k], 1, s->b->length + plan->to[k] * m, m,
                                       s->moved + plan->from[k] * m);
}

/* The costs of the plan, and its objective. */
static double look(search *s)
{
    int64_t n = s->a->set.n, m = s->b->set.n;
    double sum = 0;
    move_lengths(s);
    rc_dense_product(n, m, n, s->a->length, false, s->moved, s->cost);
    for (int64_t i = 0; i < n * m; i++)
        s->cost[i] *= -2.0;
    for (int64_t k = 0; k < s->plan.count; k++)
        sum += s->plan.mass[k] * s->cost[s->plan.from[k] * m + s->plan.to[k]];
    return (s->a->square + s->b->square + sum) / 2;
}

/* The plan that the costs ask for takes the place of the one before if it is better. If it is not, the costs
 * are its own all the same. */
static rc_status step(search *s, bool *better)
{
    const rc_sample_set *a = &s->a->set, *b = &s->b->set;
    rc_transport_plan before = s->plan, next;
    if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
    rc__gromov_forbid(s->a, s->b, s->cost);
    RC_TRY(rc_exact_transport(a->n, b->n, s->cost, a->weight, b->weight, &next));
    s->plan = next;
    double value = look(s);
    *better = s->steps == 0 || value < s->value - tolerance * (s->a->square + s->b->square);
    if (*better)
        s->value = value;
    else
        s->plan = before;
    rc_transport_plan_free(*better ? &before : &next);
    s->steps++;
    return RC_OK;
}

/* From the better of two starts. The product finds copies at once: the first costs match points by their mean
 * lengths. Where sets differ, it ends in poor optima, and annealing in good ones. */
static rc_status find_plan(search *s, int64_t passes, rc_measured *out)
{
    bool better;
    rc__gromov_product(s->a, s->b, s->cost);
    RC_TRY(step(s, &better));
    RC_TRY(rc__gromov_anneal(s->a, s->b, s->cost));
    RC_TRY(step(s, &better));
    if (!better) (void)look(s);
    better = true;
    while (better && s->steps < passes)
        RC_TRY(step(s, &better));
    out->value = s->value;
    out->how = (rc_convergence){.iterations = s->steps, .converged = !better};
    return RC_OK;
}

/* With the plan at its optimum only the lengths within a depend on a. Points that coincide pull nowhere. */
static rc_status find_gradient(search *s, float *grad)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    const rc_sample_set *a = &s->a->set;
    int64_t n = a->n, m = s->b->set.n, d = a->d;
    double *matched, *sum = NULL; /* matched: P B P^T */
    RC_TRY(RC_NEW(&matched, n * n));
    rc_status status = RC_NEW(&sum, n * d);
    move_lengths(s);
    for (int64_t k = 0; k < s->plan.count && status == RC_OK; k++)
        for (int64_t i = 0; i < n; i++)
            matched[i * n + s->plan.from[k]] += s->plan.mass[k] * s->moved[i * m + s->plan.to[k]];
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        for (int64_t j = 0; j < n; j++) {
            double length = s->a->length[i * n + j];
            double weight =
                2.0 * (rc_gromov_share(s->a, i) * rc_gromov_share(s->a, j) - matched[i * n + j] / length);
            if (length > 0.0) kernels->pull(d, weight, a->x + i * d, a->x + j * d, sum + i * d);
        }
        for (int64_t k = 0; k < d; k++)
            grad[i * d + k] = (float)sum[i * d + k];
    }
    rc_free(matched);
    rc_free(sum);
    return status;
}

static rc_status measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    const rc_distance_settings *o = &to->settings;
    rc_gromov_side *within = NULL;
    search s = {.b = to->state};
    rc_status status = RC_OK;
    RC_TRY_DONE(make_side(to, a, &within));
    s.a = within;
    RC_TRY_DONE(RC_NEW_RAW(&s.moved, a->n * to->b.n));
    RC_TRY_DONE(RC_NEW_RAW(&s.cost, a->n * to->b.n));
    RC_TRY_DONE(find_plan(&s, o->sinkhorn.passes, out));
    if (grad) RC_TRY_DONE(find_gradient(&s, grad));
    if (o->plan) rc__transport_plan_spread(&s.plan, a->n, to->b.n, o->plan);
done:
    free_side(within);
    rc_free(s.moved);
    rc_free(s.cost);
    rc_transport_plan_free(&s.plan);
    return status;
}

const rc_distance_kind rc_distance_gw = {
    .name = "gw",
    .about = "Gromov-Wasserstein, half its square: lengths within each set, whose widths may differ",
    .half_square = true,
    .plans = true,
    .widths = true,
    .local = true,
    .prepare = prepare,
    .measure = measure,
    .release = free_side};
