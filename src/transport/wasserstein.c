/* transport/wasserstein.c: exact transport between points or on given costs, as the network simplex method
 * solves it. */
#include <float.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "transport/distances.h"
#include "transport/exact.h"
#include "transport/pair_kernels.h"
#include "transport/pairs.h"

enum { STEP = 16 }; /* coordinates that are packed at a time */
/* A difference that is less than this share of what it is a difference of has lost too many digits. */
static const double cancelled = 0x1p-20;

/* ---- points with weight ---- */

/* The method wants weights above 0, so the others are left out: index[k] is the k-th that stays. */
typedef struct side {
    int64_t n, used;
    int64_t *index;
    double *weight; /* [used], or NULL: uniform */
} side;

static void free_side(side *s)
{
    rc_free(s->index);
    rc_free(s->weight);
}

static rc_status make_side(const char *name, int64_t n, const double *weight, side *out)
{
    double sum = 0.0;
    *out = (side){.n = n};
    RC_TRY(RC_NEW(&out->index, n));
    if (weight) RC_TRY(RC_NEW(&out->weight, n));
    for (int64_t i = 0; i < n; i++) {
        RC_CHECK(!weight || (isfinite(weight[i]) && weight[i] >= 0.0), RC_NUMERIC,
                 "weight %lld of %s is %g; weights are finite and not negative", (long long)i, name,
                 weight[i]);
        if (weight && weight[i] == 0.0) continue;
        if (weight) sum += out->weight[out->used] = weight[i];
        out->index[out->used++] = i;
    }
    RC_CHECK(!weight || (sum > 0.0 && isfinite(sum)), RC_NUMERIC,
             "the weights of %s sum to %g; they must sum to a finite number above 0", name, sum);
    return RC_OK;
}

/* ---- costs ---- */

/* Where the costs of a pair come from: a matrix, or the points. */
typedef struct costs {
    const double *matrix; /* [n, m], or NULL */
    int power;
    const float *a, *b;
    int64_t m, d;
} costs;

static double cost_of_square(const costs *c, double square)
{
    return c->power == 1 ? sqrt(square) : 0.5 * square;
}

static double cost_of(const costs *c, int64_t i, int64_t j)
{
    if (c->matrix) return c->matrix[i * c->m + j];
    return cost_of_square(c, rc_pair_kernels_get()->square(c->d, c->a + i * c->d, c->b + j * c->d));
}

/* Points first .. first + width side by side, relative to b's first one, which takes away what all have in
 * common: panel[k * width + r], and behind these their squared lengths. Beyond the last point it comes again.
 */
static void pack(const costs *c, const float *points, const side *s, int64_t first, int64_t width,
                 double *panel)
{
    const float *x[RC_LONG_MAX_COLUMNS];
    for (int64_t r = 0; r < width; r++) {
        x[r] = points + s->index[rc__min(first + r, s->used - 1)] * c->d;
        panel[c->d * width + r] = rc_pair_kernels_get()->square(c->d, x[r], c->b);
    }
    for (int64_t k = 0; k < c->d; k += STEP)
        for (int64_t r = 0; r < width; r++)
            for (int64_t q = k; q < rc__min(k + STEP, c->d); q++)
                panel[q * width + r] = (double)x[r][q] - (double)c->b[q];
}

/* |x - y|^2 = |x|^2 + |y|^2 - 2 x.y of a panel of rows, from i on, with one of columns, from j on. */
static void fill_tile(const costs *c, const side *rows, const side *columns, int64_t i, int64_t j,
                      const double *row_panel, const double *column_panel, int64_t ld, double *out)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t height = kernels->rows, width = kernels->long_columns;
    double product[RC_PAIR_MAX_ROWS * RC_LONG_MAX_COLUMNS];
    kernels->long_products(c->d, row_panel, column_panel, product);
    for (int64_t r = 0; r < rc__min(height, rows->used - i); r++)
        for (int64_t k = 0; k < rc__min(width, columns->used - j); k++) {
            double sum = row_panel[c->d * height + r] + column_panel[c->d * width + k];
            double square = sum - 2.0 * product[r * width + k];
            out[(i + r) * ld + j + k] = square < cancelled * sum
                                            ? cost_of(c, rows->index[i + r], columns->index[j + k])
                                            : cost_of_square(c, square);
        }
}

static rc_status measure_costs(const costs *c, const side *rows, const side *columns, int64_t ld, double *out)
{
    int64_t height = rc_pair_kernels_get()->rows, width = rc_pair_kernels_get()->long_columns;
    double *row_panels, *column_panels = NULL;
    RC_TRY(RC_NEW_RAW(&row_panels, rc_round_up(rows->used, height) * (c->d + 1)));
    rc_status status = RC_NEW_RAW(&column_panels, omp_get_max_threads() * width * (c->d + 1));
    if (status == RC_OK) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < rows->used; i += height)
            pack(c, c->a, rows, i, height, row_panels + i * (c->d + 1));
#pragma omp parallel for schedule(static)
        for (int64_t j = 0; j < columns->used; j += width) {
            double *panel = column_panels + omp_get_thread_num() * width * (c->d + 1);
            pack(c, c->b, columns, j, width, panel);
            for (int64_t i = 0; i < rows->used; i += height)
                fill_tile(c, rows, columns, i, j, row_panels + i * (c->d + 1), panel, ld, out);
        }
    }
    rc_free(column_panels);
    rc_free(row_panels);
    return status;
}

static void copy_costs(const costs *c, const side *rows, const side *columns, int64_t ld, double *out)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows->used; i++)
        for (int64_t j = 0; j < columns->used; j++)
            out[i * ld + j] = cost_of(c, rows->index[i], columns->index[j]);
}

static rc_status fill_costs(const costs *c, const side *rows, const side *columns, int64_t ld, double *out)
{
    int bad = 0;
    if (c->matrix)
        copy_costs(c, rows, columns, ld, out);
    else
        RC_TRY(measure_costs(c, rows, columns, ld, out));
#pragma omp parallel for schedule(static) reduction(| : bad)
    for (int64_t i = 0; i < rows->used; i++) {
        for (int64_t j = 0; j < columns->used; j++)
            bad |= !isfinite(out[i * ld + j]);
        for (int64_t j = columns->used; j < ld; j++)
            out[i * ld + j] = DBL_MAX;
    }
    RC_CHECK(!bad, RC_NUMERIC, "exact transport: a cost is not finite; check the values, or scale them down");
    return RC_OK;
}

rc_status rc__lengths(const float *x, int64_t n, int64_t d, double *out)
{
    costs c = {.power = 1, .a = x, .b = x, .m = n, .d = d};
    side all;
    rc_status status = make_side("a", n, NULL, &all);
    if (status == RC_OK) status = fill_costs(&c, &all, &all, n, out);
    free_side(&all);
    return status;
}

/* ---- back to all points ---- */

/* The dual of a point without weight: as large as the other side's allow. */
static rc_status spread_rows(const costs *c, const side *rows, const side *columns, rc_transport_plan *plan)
{
    double *u;
    if (rows->used == rows->n) return RC_OK;
    RC_TRY(RC_NEW(&u, rows->n));
    for (int64_t i = 0; i < rows->n; i++) {
        u[i] = INFINITY;
        for (int64_t k = 0; k < columns->used; k++)
            u[i] = fmin(u[i], cost_of(c, i, columns->index[k]) - plan->v[k]);
    }
    for (int64_t k = 0; k < rows->used; k++)
        u[rows->index[k]] = plan->u[k];
    rc_free(plan->u);
    plan->u = u;
    return RC_OK;
}

/* Against all rows, so that no pair is left out. */
static rc_status spread_columns(const costs *c, const side *rows, const side *columns,
                                rc_transport_plan *plan)
{
    double *v;
    if (columns->used == columns->n) return RC_OK;
    RC_TRY(RC_NEW(&v, columns->n));
    for (int64_t j = 0; j < columns->n; j++) {
        v[j] = INFINITY;
        for (int64_t i = 0; i < rows->n; i++)
            v[j] = fmin(v[j], cost_of(c, i, j) - plan->u[i]);
    }
    for (int64_t k = 0; k < columns->used; k++)
        v[columns->index[k]] = plan->v[k];
    rc_free(plan->v);
    plan->v = v;
    return RC_OK;
}

static rc_status spread(const costs *c, const side *rows, const side *columns, rc_transport_plan *plan)
{
    for (int64_t k = 0; k < plan->count; k++) {
        plan->from[k] = (int32_t)rows->index[plan->from[k]];
        plan->to[k] = (int32_t)columns->index[plan->to[k]];
    }
    RC_TRY(spread_rows(c, rows, columns, plan));
    return spread_columns(c, rows, columns, plan);
}

static rc_status transport(const costs *c, int64_t n, const double *weight_a, int64_t m,
                           const double *weight_b, rc_transport_plan *out)
{
    side rows = {0}, columns = {0};
    double *cost = NULL;
    rc_status status = RC_OK;
    *out = (rc_transport_plan){0};
    RC_CHECK(n > 0 && m > 0 && n < INT32_MAX / 4 && m < INT32_MAX / 4, RC_SHAPE,
             "exact transport of %lld points to %lld; at least one each is needed", (long long)n,
             (long long)m);
    RC_TRY_DONE(make_side("a", n, weight_a, &rows));
    RC_TRY_DONE(make_side("b", m, weight_b, &columns));
    int64_t ld = (columns.used + RC_COST_BLOCK - 1) / RC_COST_BLOCK * RC_COST_BLOCK;
    RC_TRY_DONE(RC_NEW_RAW(&cost, rows.used * ld));
    RC_TRY_DONE(fill_costs(c, &rows, &columns, ld, cost));
    RC_TRY_DONE(rc__network_simplex(rows.used, columns.used, cost, ld, rows.weight, columns.weight, out));
    RC_TRY_DONE(spread(c, &rows, &columns, out));
done:
    free_side(&rows);
    free_side(&columns);
    rc_free(cost);
    if (status != RC_OK) rc_transport_plan_free(out);
    return status;
}

rc_status rc_exact_transport(int64_t n, int64_t m, const double *cost, const double *row_weight,
                             const double *column_weight, rc_transport_plan *out)
{
    costs c = {.matrix = cost, .m = m};
    return transport(&c, n, row_weight, m, column_weight, out);
}

/* ---- W1 and W2 ---- */

/* With the plan at its optimum only the costs depend on a. Points that coincide pull nowhere. */
static rc_status find_gradient(const costs *c, int64_t n, const rc_transport_plan *plan, float *grad)
{
    const rc_pair_kernels *kernels = rc_pair_kernels_get();
    int64_t d = c->d;
    double *sum;
    RC_TRY(RC_NEW(&sum, n * d));
    for (int64_t k = 0; k < plan->count; k++) {
        const float *x = c->a + plan->from[k] * d, *y = c->b + plan->to[k] * d;
        double length = c->power == 1 ? sqrt(kernels->square(d, x, y)) : 1.0;
        if (length > 0.0) kernels->pull(d, plan->mass[k] / length, x, y, sum + plan->from[k] * d);
    }
    for (int64_t i = 0; i < n * d; i++)
        grad[i] = (float)sum[i];
    rc_free(sum);
    return RC_OK;
}

rc_status rc_wasserstein(int power, const float *a, const double *weight_a, int64_t n, const float *b,
                         const double *weight_b, int64_t m, int64_t d, double *value, float *grad_a,
                         rc_transport_plan *plan)
{
    costs c = {.power = power, .a = a, .b = b, .m = m, .d = d};
    rc_transport_plan found;
    RC_TRY(transport(&c, n, weight_a, m, weight_b, &found));
    rc_status status = grad_a ? find_gradient(&c, n, &found, grad_a) : RC_OK;
    *value = found.value;
    if (plan && status == RC_OK)
        *plan = found;
    else
        rc_transport_plan_free(&found);
    return status;
}

void rc__transport_plan_spread(const rc_transport_plan *plan, int64_t n, int64_t m, double *out)
{
    memset(out, 0, (size_t)(n * m) * sizeof *out);
    for (int64_t k = 0; k < plan->count; k++)
        out[plan->from[k] * m + plan->to[k]] += plan->mass[k];
}

static rc_status measure(int power, const rc_distance *to, const rc_sample_set *a, rc_measured *out,
                         float *grad)
{
    const rc_sample_set *b = &to->b;
    const rc_distance_settings *o = &to->settings;
    rc_transport_plan plan = {0};
    RC_TRY(rc_wasserstein(power, a->x, a->weight, a->n, b->x, b->weight, b->n, a->d, &out->value, grad,
                          o->plan ? &plan : NULL));
    if (o->plan) rc__transport_plan_spread(&plan, a->n, b->n, o->plan);
    rc_transport_plan_free(&plan);
    return RC_OK;
}

static rc_status measure_w1(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    return measure(1, to, a, out, grad);
}

static rc_status measure_w2(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    return measure(2, to, a, out, grad);
}

const rc_distance_kind rc_distance_w1 = {
    .name = "w1", .about = "exact Wasserstein, cost |x - y|", .plans = true, .measure = measure_w1};
const rc_distance_kind rc_distance_w2 = {.name = "w2",
                                         .about = "exact Wasserstein, half its square: cost |x - y|^2 / 2",
                                         .half_square = true,
                                         .plans = true,
                                         .measure = measure_w2};
