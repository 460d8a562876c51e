/* A support vector machine with radial kernels exp(-|a - b|^2 / d), C = 10, one against one for classes and
 * one by one for labels. Solved by sequential minimal optimisation with the working sets of Fan, Chen and Lin
 * (JMLR 2005), as LIBSVM has it. */
#include <math.h>
#include <string.h>

#include "base/first_failure.h"
#include "base/memory.h"
#include "plain/plain_parts.h"
#include "transport/dense.h"

/* The kernel matrix is kept: 100 MB. */
enum { LARGEST = 5000, MAX_STEPS = 10000000, BLOCK = 64 };
static const double COST = 10, TOLERANCE = 1e-3, MIN = 1e-12;

/* ---- kernels ---- */

static double square_norm(int64_t d, const double *z)
{
    double sum = 0;
    for (int64_t k = 0; k < d; k++)
        sum += z[k] * z[k];
    return sum;
}

/* out [n, m] = kernels between rows of a and b, in single precision. */
static rc_status kernels_between(int64_t n, const double *a, int64_t m, const double *b, int64_t d,
                                 float *out)
{
    double *inner = NULL, *half = NULL;
    rc_status status = RC_NEW_RAW(&inner, BLOCK * m);
    if (status == RC_OK) status = RC_NEW_RAW(&half, m);
    for (int64_t j = 0; j < m && status == RC_OK; j++)
        half[j] = square_norm(d, b + j * d);
    for (int64_t i = 0; i < n && status == RC_OK; i += BLOCK) {
        int64_t rows = n - i < BLOCK ? n - i : BLOCK;
        rc_dense_inner(rows, m, d, a + i * d, b, inner);
#pragma omp parallel for schedule(static)
        for (int64_t r = 0; r < rows; r++) {
            double own = square_norm(d, a + (i + r) * d);
            for (int64_t j = 0; j < m; j++)
                out[(i + r) * m + j] =
                    (float)exp(-fmax(0, own + half[j] - 2 * inner[r * m + j]) / (double)(d > 0 ? d : 1));
        }
    }
    rc_free(inner);
    rc_free(half);
    return status;
}

/* ---- one against another ---- */

/* Least 1/2 a^T Q a - sum a, 0 <= a <= C w, y^T a = 0, with Q_ij = y_i y_j K_ij and w the weights. */
typedef struct machine {
    int64_t n, all;       /* samples of this machine, and in the kernel matrix */
    const float *kernel;  /* [all, all] */
    const int64_t *index; /* [n] */
    const double *y;      /* [n]: 1 or -1 */
    const double *cost;   /* [n]: the most of a */
    double *a, *grad;     /* [n] */
    double bias;
} machine;

static bool can_rise(const machine *m, int64_t i)
{
    return m->y[i] > 0 ? m->a[i] < m->cost[i] : m->a[i] > 0;
}

static bool can_fall(const machine *m, int64_t i)
{
    return m->y[i] > 0 ? m->a[i] > 0 : m->a[i] < m->cost[i];
}

/* The pair that violates optimality most, to second order; false: none does. */
static bool choose_pair(const machine *m, int64_t *first, int64_t *second)
{
    double max = -INFINITY, min = INFINITY, best = INFINITY;
    *first = *second = -1;
    for (int64_t i = 0; i < m->n; i++)
        if (can_rise(m, i) && -m->y[i] * m->grad[i] >= max) {
            max = -m->y[i] * m->grad[i];
            *first = i;
        }
    if (*first < 0) return false;
    const float *row = m->kernel + m->index[*first] * m->all;
    for (int64_t j = 0; j < m->n; j++) {
        if (!can_fall(m, j)) continue;
        double v = -m->y[j] * m->grad[j], gap = max - v;
        min = v < min ? v : min;
        if (gap <= 0) continue;
        double gain = -gap * gap / fmax(2 - 2 * (double)row[m->index[j]], MIN);
        if (gain > best) continue;
        best = gain;
        *second = j;
    }
    return *second >= 0 && max - min >= TOLERANCE;
}

/* The best values of a pair, the sum y^T a being what it was. */
static void move_pair(machine *m, int64_t i, int64_t j)
{
    const float *ki = m->kernel + m->index[i] * m->all, *kj = m->kernel + m->index[j] * m->all;
    double curvature = fmax(2 - 2 * (double)ki[m->index[j]], MIN);
    double way = (-m->y[i] * m->grad[i] + m->y[j] * m->grad[j]) / curvature;
    double room_i = m->y[i] > 0 ? m->cost[i] - m->a[i] : m->a[i];
    double room_j = m->y[j] > 0 ? m->a[j] : m->cost[j] - m->a[j];
    double step = fmin(way, fmin(room_i, room_j));
    /* A bound that is met is met exactly: what lies on it is told from what does not. */
    m->a[i] = step == room_i ? (m->y[i] > 0 ? m->cost[i] : 0) : m->a[i] + m->y[i] * step;
    m->a[j] = step == room_j ? (m->y[j] > 0 ? 0 : m->cost[j]) : m->a[j] - m->y[j] * step;
    for (int64_t k = 0; k < m->n; k++)
        m->grad[k] += m->y[k] * step * ((double)ki[m->index[k]] - (double)kj[m->index[k]]);
}

/* Where free samples lie; without any, the middle of what the bound ones allow. */
static double find_bias(const machine *m)
{
    double sum = 0, low = -INFINITY, high = INFINITY;
    int64_t free_ones = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double v = -m->y[i] * m->grad[i];
        if (m->a[i] > 0 && m->a[i] < m->cost[i]) {
            sum += v;
            free_ones++;
        } else if (can_rise(m, i)) {
            low = fmax(low, v);
        } else {
            high = fmin(high, v);
        }
    }
    return free_ones ? sum / (double)free_ones : (low + high) / 2;
}

static rc_status solve(machine *m)
{
    int64_t i, j, steps = 0;
    RC_TRY(RC_NEW(&m->a, m->n));
    RC_TRY(RC_NEW_RAW(&m->grad, m->n));
    for (int64_t k = 0; k < m->n; k++)
        m->grad[k] = -1;
    while (steps++ < MAX_STEPS && choose_pair(m, &i, &j))
        move_pair(m, i, j);
    m->bias = find_bias(m);
    return RC_OK;
}

/* ---- all of them ---- */

typedef struct training {
    const rc_plain_form *f;
    const rc_plain_samples *s;
    const float *kernel;
    double *dual; /* [n, outputs]: of classes, column o of a sample is its part in the machine against o */
    double *bias; /* [outputs, outputs] of classes, a machine at [a, b], a < b; else [outputs] */
} training;

/* Which samples learn in machine (a, b), or of label a; y and cost of each. */
static int64_t take_part(const training *t, int64_t a, int64_t b, int64_t *index, double *y, double *cost)
{
    int64_t n = 0;
    for (int64_t i = 0; i < t->s->n; i++) {
        if (t->f->target == RC_PLAIN_LABELS) {
            y[n] = t->s->y[i * t->f->outputs + a] > 0.5f ? 1 : -1;
        } else {
            if (t->s->label[i] != a && t->s->label[i] != b) continue;
            y[n] = t->s->label[i] == a ? 1 : -1;
        }
        cost[n] = COST * rc_plain_weight(t->s, i);
        index[n++] = i;
    }
    return n;
}

/* With one side missing the other one always wins. */
static bool one_sided(int64_t n, const double *y, double *bias)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += y[i];
    *bias = n == 0 ? 0 : sum > 0 ? 1 : -1;
    return fabs(sum) == (double)n;
}

static rc_status train_one(const training *t, int64_t a, int64_t b)
{
    bool labels = t->f->target == RC_PLAIN_LABELS;
    double *y = NULL, *cost = NULL, *bias = &t->bias[labels ? a : a * t->f->outputs + b];
    int64_t *index = NULL;
    machine m = {.all = t->s->n, .kernel = t->kernel};
    rc_status status = RC_NEW_RAW(&y, t->s->n);
    if (status == RC_OK) status = RC_NEW_RAW(&index, t->s->n);
    if (status == RC_OK) status = RC_NEW_RAW(&cost, t->s->n);
    if (status == RC_OK) m.n = take_part(t, a, b, index, y, cost);
    if (status == RC_OK && !one_sided(m.n, y, bias)) {
        m.index = index;
        m.y = y;
        m.cost = cost;
        status = solve(&m);
        *bias = m.bias;
        for (int64_t i = 0; i < m.n && status == RC_OK; i++)
            t->dual[index[i] * t->f->outputs + (labels || y[i] < 0 ? a : b)] = y[i] * m.a[i];
    }
    rc_free(m.a);
    rc_free(m.grad);
    rc_free(index);
    rc_free(cost);
    rc_free(y);
    return status;
}

static rc_status train_all(const training *t)
{
    int64_t k = t->f->outputs, machines = t->f->target == RC_PLAIN_LABELS ? k : k * k;
    rc_first_failure failure = {0};
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < machines; i++)
        if (machines == k || i / k < i % k)
            rc_first_failure_note(&failure, i,
                                  machines == k ? train_one(t, i, 0) : train_one(t, i / k, i % k));
    return rc_first_failure_raise(&failure);
}

static bool supports(const training *t, int64_t i)
{
    for (int64_t k = 0; k < t->f->outputs; k++)
        if (t->dual[i * t->f->outputs + k] != 0) return true;
    return false;
}

/* The samples that count in any machine. */
static rc_status keep(rc_plain *p, const rc__table *table, const training *t)
{
    int64_t k = t->f->outputs, count = 0, at = 0;
    double *support, *dual;
    int32_t *own;
    for (int64_t i = 0; i < table->n; i++)
        count += supports(t, i);
    RC_TRY(rc__plain_add(p, "support", RC_DTYPE_F64, RC_SHAPE(count, table->d), &support));
    RC_TRY(rc__plain_add(p, "dual", RC_DTYPE_F64, RC_SHAPE(count, k), &dual));
    RC_TRY(rc__plain_add(p, "class", RC_DTYPE_I32, RC_SHAPE(count), &own));
    for (int64_t i = 0; i < table->n; i++) {
        if (!supports(t, i)) continue;
        memcpy(support + at * table->d, table->z + i * table->d, (size_t)table->d * sizeof *support);
        memcpy(dual + at * k, t->dual + i * k, (size_t)k * sizeof *dual);
        own[at++] = t->s->label ? t->s->label[i] : 0;
    }
    return RC_OK;
}

static rc_shape bias_shape(const rc_plain_form *f)
{
    return RC_SHAPE(f->target == RC_PLAIN_LABELS ? 1 : f->outputs, f->outputs);
}

static rc_status learn(rc_plain *p, const rc__table *table, const rc_plain_options *o, float *held)
{
    float *kernel = NULL;
    (void)o, (void)held;
    training t = {.f = &p->form, .s = table->samples};
    RC_TRY(rc__plain_add(p, "bias", RC_DTYPE_F64, bias_shape(&p->form), &t.bias));
    rc_status status = RC_NEW_RAW(&kernel, table->n * table->n);
    if (status == RC_OK) status = RC_NEW(&t.dual, table->n * p->form.outputs);
    if (status == RC_OK) status = kernels_between(table->n, table->z, table->n, table->z, table->d, kernel);
    t.kernel = kernel;
    if (status == RC_OK) status = train_all(&t);
    if (status == RC_OK) status = keep(p, table, &t);
    rc_free(t.dual);
    rc_free(kernel);
    return status;
}

/* ---- answers ---- */

/* decision [outputs, outputs] of classes: that of machine (a, b) at [a, b], a < b. */
static void decide_classes(const rc_plain *p, const float *kernel, double *decision)
{
    const double *dual = rc__plain_data(p, "dual");
    const int32_t *own = rc__plain_data(p, "class");
    int64_t k = p->form.outputs, count = rc__plain_rows(p, "class");
    memcpy(decision, rc__plain_data(p, "bias"), (size_t)(k * k) * sizeof *decision);
    for (int64_t s = 0; s < count; s++)
        for (int64_t o = 0; o < k; o++)
            decision[own[s] < o ? own[s] * k + o : o * k + own[s]] += dual[s * k + o] * (double)kernel[s];
}

/* What pairs say, coupled (Price et al., "Pairwise neural network classifiers with probabilistic outputs",
 * NIPS 1994): p_a = 1 / (sum over b of 1 / r_ab - (K - 2)), then made to sum to 1. A margin of 1 counts as
 * odds of e^2. */
static void couple(int64_t k, const double *decision, float *out)
{
    double sum = 0;
    for (int64_t a = 0; a < k; a++) {
        double rest = 2 - (double)k;
        for (int64_t b = 0; b < k; b++) {
            if (a == b) continue;
            double margin = a < b ? decision[a * k + b] : -decision[b * k + a];
            rest += 1 / fmax(rc__sigmoid(2 * margin), 1e-9);
        }
        out[a] = (float)(1 / rest);
        sum += 1 / rest;
    }
    for (int64_t a = 0; a < k; a++)
        out[a] = (float)((double)out[a] / sum);
}

static void decide_labels(const rc_plain *p, const float *kernel, float *out)
{
    const double *dual = rc__plain_data(p, "dual"), *bias = rc__plain_data(p, "bias");
    int64_t k = p->form.outputs, count = rc__plain_rows(p, "class");
    for (int64_t l = 0; l < k; l++) {
        double sum = bias[l];
        for (int64_t s = 0; s < count; s++)
            sum += dual[s * k + l] * (double)kernel[s];
        out[l] = (float)rc__sigmoid(2 * sum);
    }
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    int64_t k = p->form.outputs, count = rc__plain_rows(p, "class");
    bool labels = p->form.target == RC_PLAIN_LABELS;
    float *kernel = NULL;
    double *decision = NULL;
    rc_status status = RC_NEW_RAW(&kernel, t->n * count);
    if (status == RC_OK && !labels) status = RC_NEW_RAW(&decision, t->n * k * k);
    if (status == RC_OK)
        status = kernels_between(t->n, t->z, count, rc__plain_data(p, "support"), t->d, kernel);
    if (status == RC_OK) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < t->n; i++) {
            if (labels) {
                decide_labels(p, kernel + i * count, out + i * k);
                continue;
            }
            decide_classes(p, kernel + i * count, decision + i * k * k);
            couple(k, decision + i * k * k, out + i * k);
        }
    }
    rc_free(decision);
    rc_free(kernel);
    return status;
}

static rc_status verify(const rc_plain *p, int64_t d)
{
    int64_t k = p->form.outputs;
    RC_TRY(rc__plain_expect(p, "class", RC_DTYPE_I32, RC_SHAPE(-1)));
    RC_TRY(rc__plain_expect_within(p, "class", 0, k - 1));
    int64_t count = rc__plain_rows(p, "class");
    RC_TRY(rc__plain_expect(p, "support", RC_DTYPE_F64, RC_SHAPE(count, d)));
    RC_TRY(rc__plain_expect(p, "dual", RC_DTYPE_F64, RC_SHAPE(count, k)));
    return rc__plain_expect(p, "bias", RC_DTYPE_F64, bias_shape(&p->form));
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    (void)f;
    RC_CHECK(n <= LARGEST, RC_UNSUPPORTED, "svm takes at most %d samples; here are %lld", LARGEST,
             (long long)n);
    return RC_OK;
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    double each = 1e-9 * (double)rc_plain_inputs(f) + 2e-8;
    return (double)n * ((double)n * (each + 1e-8 * (double)f->outputs) + (double)asked * each);
}

static double bytes(const rc_plain_form *f, int64_t n)
{
    return (double)n * ((double)n * sizeof(float) + (double)f->outputs * sizeof(double));
}

const rc_plain_kind rc__plain_svm = {.name = "svm",
                                     .targets = RC_PLAIN_CLASSES | RC_PLAIN_LABELS,
                                     .check = check,
                                     .seconds = seconds,
                                     .bytes = bytes,
                                     .learn = learn,
                                     .answer = answer,
                                     .verify = verify};
