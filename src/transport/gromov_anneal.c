/* transport/gromov_anneal.c: where the search of Gromov-Wasserstein begins. Entropic Gromov-Wasserstein
 * (Peyre, Cuturi and Solomon, ICML 2016) has one optimum where epsilon is large; it is followed while epsilon
 * falls. Each plan is the entropic one for the costs of the last. */
#include <math.h>

#include "base/memory.h"
#include "base/progress.h"
#include "transport/coupling.h"
#include "transport/dense.h"
#include "transport/gromov.h"

/* Of epsilon. Costs are in units of the product of the two spreads, so that float32 holds those of any scale.
 */
static const double first = 1.0, last = 0.01, ratio = 0.5;
enum { PLANS_EACH = 2, PASSES = RC_PASSES_ALONE };

void rc__gromov_product(const rc_gromov_side *a, const rc_gromov_side *b, double *cost)
{
    for (int64_t i = 0; i < a->set.n; i++)
        for (int64_t j = 0; j < b->set.n; j++)
            cost[i * b->set.n + j] = -2.0 * a->mean[i] * b->mean[j];
}

void rc__gromov_forbid(const rc_gromov_side *a, const rc_gromov_side *b, double *cost)
{
    int64_t n = a->set.n, m = b->set.n;
    double largest = 0;
    if (!a->label) return;
    for (int64_t i = 0; i < n * m; i++)
        largest = fmax(largest, fabs(cost[i]));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            if (a->label[i] != b->label[j]) cost[i * m + j] = (double)(n + m) * largest;
}

typedef struct annealing {
    const rc_gromov_side *a, *b;
    rc_cloud rows, columns; /* without points: costs are given */
    rc_pairs pairs;
    rc_coupling coupling;
    double unit;
    double *plan, *moved; /* [n, m]: P and A P */
} annealing;

static void free_annealing(annealing *s)
{
    rc__coupling_free(&s->coupling);
    rc_pairs_free(&s->pairs);
    rc_free(s->plan);
    rc_free(s->moved);
}

static rc_status create(annealing *s)
{
    int64_t n = s->a->set.n, m = s->b->set.n;
    s->rows = (rc_cloud){.n = n, .weight = s->a->set.weight};
    s->columns = (rc_cloud){.n = m, .weight = s->b->set.weight};
    RC_TRY(rc__pairs_of_costs(&s->rows, &s->columns, &s->pairs));
    RC_TRY(rc__coupling_create(&s->pairs, &s->coupling));
    RC_TRY(RC_NEW_RAW(&s->plan, n * m));
    return RC_NEW_RAW(&s->moved, n * m);
}

/* The entropic plan for the costs, which become those of the plan. Whether it has converged is no matter:
 * exact transport comes afterwards. */
static rc_status follow(annealing *s, double epsilon, double *cost)
{
    int64_t n = s->a->set.n, m = s->b->set.n;
    const rc_coupling *c = &s->coupling;
    rc_convergence how;
    for (int64_t i = 0; i < n * m; i++)
        cost[i] /= s->unit;
    rc__gromov_forbid(s->a, s->b, cost);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            s->pairs.cost[i * s->pairs.ld + j] = (float)cost[i * m + j];
    RC_TRY(rc__coupling_solve(&s->coupling, epsilon, epsilon, ratio, PASSES, &how));
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            s->plan[i * m + j] = rc_gromov_share(s->a, i) * rc_gromov_share(s->b, j) *
                                 exp((c->f[i] + c->g[j] - cost[i * m + j]) / epsilon);
    rc_dense_product(n, m, n, s->a->length, false, s->plan, s->moved);
    rc_dense_product(n, m, m, s->moved, false, s->b->length, cost);
    for (int64_t i = 0; i < n * m; i++)
        cost[i] *= -2.0;
    return RC_OK;
}

static rc_status anneal(annealing *s, double *cost)
{
    rc__gromov_product(s->a, s->b, cost);
    RC_TRY(create(s));
    for (double epsilon = first; epsilon > last; epsilon *= ratio)
        for (int k = 0; k < PLANS_EACH; k++) {
            RC_TRY(follow(s, epsilon, cost));
            if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
        }
    return RC_OK;
}

rc_status rc__gromov_anneal(const rc_gromov_side *a, const rc_gromov_side *b, double *cost)
{
    annealing s = {.a = a, .b = b, .unit = a->spread * b->spread};
    if (!(s.unit > 0.0)) return RC_OK;
    rc_status status = anneal(&s, cost);
    free_annealing(&s);
    return status;
}
