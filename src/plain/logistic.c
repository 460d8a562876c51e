/* Logistic regression, multinomial for classes and one by one for labels: the sum of the losses plus half the
 * strength times the squared weights (not the biases), by L-BFGS. The strength is chosen by cross-validation,
 * from strong to weak, each fit beginning at the one before. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "plain/lbfgs.h"
#include "plain/plain_parts.h"

enum { MAX_STEPS = 300, STRENGTHS = 11, LARGEST = 100000000 };

static double strength_at(int i)
{
    return pow(10.0, 3.0 - 0.5 * i);
}

/* A fit to some of the samples. weight [d + 1, outputs], the biases last. */
typedef struct problem {
    const rc_plain_form *f;
    rc__matrix rows;
    const double *t;      /* [n, outputs] of 0 and 1 */
    const double *weight; /* [n], of the samples; or NULL */
    double mass;          /* their sum, or n */
    double strength;
    double *score; /* [n, outputs] */
} problem;

static double cross_entropy(int64_t n, double *score, const double *t)
{
    double max = score[0], sum = 0, hit = 0;
    for (int64_t k = 1; k < n; k++)
        max = score[k] > max ? score[k] : max;
    for (int64_t k = 0; k < n; k++) {
        hit += t[k] * (score[k] - max);
        sum += score[k] = exp(score[k] - max);
    }
    for (int64_t k = 0; k < n; k++)
        score[k] /= sum;
    return log(sum) - hit;
}

static double binary_entropy(int64_t n, double *score, const double *t)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        double v = score[k];
        sum += (v > 0 ? v : 0) + log1p(exp(-fabs(v))) - t[k] * v;
        score[k] = rc__sigmoid(v);
    }
    return sum;
}

static double weight_of(const problem *p, int64_t i)
{
    return p->weight ? p->weight[i] : 1;
}

/* Losses of n samples in all; scores become probabilities. */
static double losses(const problem *p, const double *weight)
{
    int64_t m = p->f->outputs, d = p->rows.d;
    double sum = 0;
    rc__matrix_times(&p->rows, m, weight, p->score);
    for (int64_t i = 0; i < p->rows.n; i++) {
        for (int64_t k = 0; k < m; k++)
            p->score[i * m + k] += weight[d * m + k];
        sum += weight_of(p, i) * (p->f->target == RC_PLAIN_CLASSES ? cross_entropy : binary_entropy)(
                                     m, p->score + i * m, p->t + i * m);
    }
    return sum;
}

/* Per sample, so that tolerances do not depend on how many there are. */
static double objective(void *context, const double *weight, double *grad)
{
    problem *p = context;
    int64_t m = p->f->outputs, d = p->rows.d;
    double loss = losses(p, weight), squares = 0;
    for (int64_t i = 0; i < p->rows.n * m; i++)
        p->score[i] = weight_of(p, i / m) * (p->score[i] - p->t[i]);
    rc__matrix_turned_times(&p->rows, m, p->score, grad);
    memset(grad + d * m, 0, (size_t)m * sizeof *grad);
    for (int64_t i = 0; i < p->rows.n; i++)
        for (int64_t k = 0; k < m; k++)
            grad[d * m + k] += p->score[i * m + k];
    for (int64_t i = 0; i < d * m; i++) {
        squares += weight[i] * weight[i];
        grad[i] += p->strength * weight[i];
    }
    for (int64_t i = 0; i < (d + 1) * m; i++)
        grad[i] /= p->mass;
    return (loss + 0.5 * p->strength * squares) / p->mass;
}

static rc_status minimise(problem *p, double tolerance, double *weight)
{
    RC_TRY(RC_NEW_RAW(&p->score, p->rows.n * p->f->outputs));
    rc_status status = rc__lbfgs((p->rows.d + 1) * p->f->outputs, objective, p, tolerance, MAX_STEPS, weight);
    rc_free(p->score);
    return status;
}

/* ---- the strength ---- */

typedef struct search {
    const rc_plain_form *f;
    const rc__matrix *rows;
    const double *t;
    int32_t *fold;
    const double *weight; /* [n], or NULL */
    double *said;         /* [STRENGTHS, n, outputs]: of each sample by the fit without its fold */
    double loss[RC_PLAIN_FOLDS][STRENGTHS];
} search;

/* Samples whose fold is (or is not) k, side by side; t and weight with room for all. */
static rc_status gather(const search *s, int32_t k, bool is, double *t, double *weight, problem *out)
{
    int64_t m = s->f->outputs, n = 0;
    *out = (problem){.f = s->f, .t = t, .weight = s->weight ? weight : NULL};
    for (int64_t i = 0; i < s->rows->n; i++) {
        if ((s->fold[i] == k) != is) continue;
        out->mass += s->weight ? s->weight[i] : 1;
        if (s->weight) weight[n] = s->weight[i];
        memcpy(t + n++ * m, s->t + i * m, (size_t)m * sizeof *t);
    }
    return rc__matrix_of_fold(s->rows, s->fold, k, is, &out->rows);
}

static void note(search *s, int32_t k, int strength, problem *left, const double *weight)
{
    int64_t m = s->f->outputs;
    s->loss[k][strength] = losses(left, weight);
    double *to = s->said + (int64_t)strength * s->rows->n * m;
    for (int64_t i = 0, at = 0; i < s->rows->n; i++)
        if (s->fold[i] == k) memcpy(to + i * m, left->score + at++ * m, (size_t)m * sizeof *to);
}

static rc_status run_fold(search *s, int32_t k)
{
    int64_t n = s->rows->n, size = n * s->f->outputs;
    double *t = NULL, *weight = NULL, *of_sample = NULL;
    problem learnt = {0}, left = {0};
    rc_status status = RC_NEW_RAW(&t, 2 * size);
    if (status == RC_OK) status = RC_NEW(&weight, (s->rows->d + 1) * s->f->outputs);
    if (status == RC_OK) status = RC_NEW_RAW(&of_sample, 2 * n);
    if (status == RC_OK) status = gather(s, k, false, t, of_sample, &learnt);
    if (status == RC_OK) status = gather(s, k, true, t + size, of_sample + n, &left);
    if (status == RC_OK) status = RC_NEW_RAW(&left.score, size);
    for (int i = 0, risen = 0; i < STRENGTHS && status == RC_OK; i++) {
        s->loss[k][i] = INFINITY;
        if (risen == 2) continue; /* it has been at its least */
        learnt.strength = strength_at(i);
        status = minimise(&learnt, 1e-3, weight);
        if (status == RC_OK) note(s, k, i, &left, weight);
        risen = i > 0 && s->loss[k][i] > s->loss[k][i - 1] ? risen + 1 : 0;
    }
    rc_free(left.score);
    rc__matrix_free(&learnt.rows);
    rc__matrix_free(&left.rows);
    rc_free(of_sample);
    rc_free(weight);
    rc_free(t);
    return status;
}

/* The strength under which the folds left out lose least; held as rc_plain_fit has it. */
static rc_status choose(search *s, const rc_plain_samples *samples, uint64_t seed, double *strength,
                        float *held)
{
    int64_t n = s->rows->n, folds = 0, size = n * s->f->outputs;
    int best = 0;
    double min = INFINITY;
    rc_status status = rc__folds_deal(s->f, samples, seed, s->fold, &folds), each[RC_PLAIN_FOLDS] = {RC_OK};
#pragma omp parallel for schedule(dynamic, 1) if (n * s->rows->d < 1000000 || !s->rows->z)
    for (int32_t k = 0; k < (int32_t)folds; k++)
        each[k] = run_fold(s, k);
    for (int64_t k = 0; k < folds && status == RC_OK; k++)
        status = each[k];
    for (int i = 0; i < STRENGTHS; i++) {
        double sum = 0;
        for (int64_t k = 0; k < folds; k++)
            sum += s->loss[k][i];
        if (!(sum < min)) continue;
        min = sum;
        best = i;
    }
    *strength = strength_at(best);
    for (int64_t i = 0; i < size && held; i++)
        held[i] = (float)s->said[best * size + i];
    return status;
}

static rc_status search_strength(const problem *p, const rc_plain_samples *samples, const rc_plain_options *o,
                                 double *strength, float *held)
{
    search s = {.f = p->f, .rows = &p->rows, .t = p->t, .weight = samples->weight};
    rc_status status = RC_NEW(&s.fold, p->rows.n);
    if (status == RC_OK) status = RC_NEW(&s.said, STRENGTHS * p->rows.n * s.f->outputs);
    if (status == RC_OK) status = choose(&s, samples, o->seed, strength, held);
    rc_free(s.said);
    rc_free(s.fold);
    return status;
}

/* ---- the predictor ---- */

static rc_status check(const rc_plain_form *f, int64_t n)
{
    int64_t d = rc_plain_inputs(f);
    RC_CHECK(
        n * d <= LARGEST / f->outputs, RC_UNSUPPORTED,
        "logistic takes at most %d numbers times outputs; here are %lld samples of %lld numbers, and %lld "
        "outputs",
        LARGEST, (long long)n, (long long)d, (long long)f->outputs);
    return RC_OK;
}

rc_status rc__logistic_learn(rc_plain *p, const rc__matrix *rows, const rc_plain_samples *samples,
                             const rc_plain_options *o, float *held)
{
    int64_t m = p->form.outputs;
    double *weight, *truth;
    RC_TRY(rc__plain_add(p, "weight", RC_DTYPE_F64, RC_SHAPE(rows->d + 1, m), &weight));
    RC_TRY(RC_NEW_RAW(&truth, rows->n * m));
    rc__targets_fill(&p->form, samples, truth);
    problem all = {.f = &p->form, .rows = *rows, .t = truth, .strength = o->strength};
    all.weight = samples->weight;
    all.mass = rc__plain_mass(samples);
    rc_status status = RC_OK;
    if (o->strength == 0 || held) status = search_strength(&all, samples, o, &all.strength, held);
    if (o->strength != 0) all.strength = o->strength;
    if (status == RC_OK) status = minimise(&all, 1e-6, weight);
    rc_free(truth);
    return status;
}

rc_status rc__logistic_answer(const rc_plain *p, const rc__matrix *rows, float *out)
{
    const double *weight = rc__plain_data(p, "weight");
    int64_t m = p->form.outputs;
    double *score;
    RC_TRY(RC_NEW_RAW(&score, rows->n * m));
    rc__matrix_times(rows, m, weight, score);
    for (int64_t i = 0; i < rows->n; i++) {
        double *row = score + i * m;
        for (int64_t k = 0; k < m; k++)
            row[k] += weight[rows->d * m + k];
        if (p->form.target == RC_PLAIN_CLASSES) rc__softmax(m, row);
        for (int64_t k = 0; k < m; k++)
            out[i * m + k] = (float)(p->form.target == RC_PLAIN_CLASSES ? row[k] : rc__sigmoid(row[k]));
    }
    rc_free(score);
    return RC_OK;
}

/* The rows of a table, which stay its own. */
static rc__matrix rows_of(const rc__table *t)
{
    return (rc__matrix){.n = t->n, .d = t->d, .z = t->z};
}

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    rc__matrix rows = rows_of(t);
    return rc__logistic_learn(p, &rows, t->samples, o, held);
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    rc__matrix rows = rows_of(t);
    return rc__logistic_answer(p, &rows, out);
}

static rc_status verify(const rc_plain *p, int64_t d)
{
    return rc__plain_expect(p, "weight", RC_DTYPE_F64, RC_SHAPE(d + 1, p->form.outputs));
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    return 1e-6 * (double)n * (double)rc_plain_inputs(f) * (double)f->outputs + 1e-7 * (double)asked;
}

const rc_plain_kind rc__plain_logistic = {.name = "logistic",
                                          .targets = RC_PLAIN_CLASSES | RC_PLAIN_LABELS,
                                          .check = check,
                                          .seconds = seconds,
                                          .learn = learn,
                                          .leaves_out = true,
                                          .answer = answer,
                                          .verify = verify};
