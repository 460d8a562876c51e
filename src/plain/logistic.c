/* Logistic regression, multinomial for classes and one by one for labels: the sum of the losses plus half the
 * strength times the squared weights (not the biases), by L-BFGS. The strength is chosen by cross-validation,
 * from strong to weak, each fit beginning at the one before. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "plain/lbfgs.h"
#include "plain/parts.h"
#include "transport/dense.h"

enum { FOLDS = 5, MOST_STEPS = 300, STRENGTHS = 11, LARGEST = 100000000 };

static double strength_at(int i)
{
    return pow(10.0, 3.0 - 0.5 * i);
}

/* A fit to some of the samples. weight [d + 1, outputs], the biases last. */
typedef struct problem {
    const rc_plain_form *f;
    int64_t n, d;
    const double *z;
    const double *t; /* [n, outputs] of 0 and 1 */
    double strength;
    double *score; /* [n, outputs] */
} problem;

static double cross_entropy(int64_t n, double *score, const double *t)
{
    double most = score[0], sum = 0, hit = 0;
    for (int64_t k = 1; k < n; k++)
        most = score[k] > most ? score[k] : most;
    for (int64_t k = 0; k < n; k++) {
        hit += t[k] * (score[k] - most);
        sum += score[k] = exp(score[k] - most);
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

/* Losses of n samples in all; scores become probabilities. */
static double losses(const problem *p, const double *weight)
{
    int64_t m = p->f->outputs;
    double sum = 0;
    rc_dense_product(p->n, m, p->d, p->z, false, weight, p->score);
    for (int64_t i = 0; i < p->n; i++) {
        for (int64_t k = 0; k < m; k++)
            p->score[i * m + k] += weight[p->d * m + k];
        sum += (p->f->target == RC_PLAIN_CLASSES ? cross_entropy : binary_entropy)(m, p->score + i * m,
                                                                                   p->t + i * m);
    }
    return sum;
}

/* Per sample, so that tolerances do not depend on how many there are. */
static double objective(void *context, const double *weight, double *grad)
{
    problem *p = context;
    int64_t m = p->f->outputs;
    double loss = losses(p, weight), squares = 0, n = (double)p->n;
    for (int64_t i = 0; i < p->n * m; i++)
        p->score[i] -= p->t[i];
    rc_dense_product(p->d, m, p->n, p->z, true, p->score, grad);
    memset(grad + p->d * m, 0, (size_t)m * sizeof *grad);
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t k = 0; k < m; k++)
            grad[p->d * m + k] += p->score[i * m + k];
    for (int64_t i = 0; i < p->d * m; i++) {
        squares += weight[i] * weight[i];
        grad[i] += p->strength * weight[i];
    }
    for (int64_t i = 0; i < (p->d + 1) * m; i++)
        grad[i] /= n;
    return (loss + 0.5 * p->strength * squares) / n;
}

static rc_status minimise(problem *p, double tolerance, double *weight)
{
    RC_TRY(RC_NEW_RAW(&p->score, p->n * p->f->outputs));
    rc_status status = rc__lbfgs((p->d + 1) * p->f->outputs, objective, p, tolerance, MOST_STEPS, weight);
    rc_free(p->score);
    return status;
}

/* ---- the strength ---- */

typedef struct search {
    const rc_plain_form *f;
    int64_t n, d;
    const double *z, *t;
    int32_t *fold;
    double *said; /* [STRENGTHS, n, outputs]: of each sample by the fit without its fold */
    double loss[FOLDS][STRENGTHS];
} search;

/* Rows whose fold is (or is not) k, side by side. */
static int64_t gather(const search *s, int32_t k, bool is, double *z, double *t)
{
    int64_t n = 0, m = s->f->outputs;
    for (int64_t i = 0; i < s->n; i++) {
        if ((s->fold[i] == k) != is) continue;
        memcpy(z + n * s->d, s->z + i * s->d, (size_t)s->d * sizeof *z);
        memcpy(t + n * m, s->t + i * m, (size_t)m * sizeof *t);
        n++;
    }
    return n;
}

static void note(search *s, int32_t k, int strength, problem *left, const double *weight)
{
    int64_t m = s->f->outputs;
    s->loss[k][strength] = losses(left, weight);
    double *to = s->said + (int64_t)strength * s->n * m;
    for (int64_t i = 0, at = 0; i < s->n; i++)
        if (s->fold[i] == k) memcpy(to + i * m, left->score + at++ * m, (size_t)m * sizeof *to);
}

static rc_status run_fold(search *s, int32_t k)
{
    int64_t m = s->f->outputs;
    double *z = NULL, *t = NULL, *weight = NULL;
    problem learnt = {.f = s->f, .d = s->d}, left = {.f = s->f, .d = s->d};
    rc_status status = RC_NEW_RAW(&z, s->n * s->d);
    if (status == RC_OK) status = RC_NEW_RAW(&t, s->n * m);
    if (status == RC_OK) status = RC_NEW(&weight, (s->d + 1) * m);
    if (status == RC_OK) status = RC_NEW_RAW(&left.score, s->n * m);
    if (status == RC_OK) {
        learnt.n = gather(s, k, false, z, t);
        left.n = gather(s, k, true, z + learnt.n * s->d, t + learnt.n * m);
        learnt.z = z;
        learnt.t = t;
        left.z = z + learnt.n * s->d;
        left.t = t + learnt.n * m;
    }
    for (int i = 0, risen = 0; i < STRENGTHS && status == RC_OK; i++) {
        s->loss[k][i] = INFINITY;
        if (risen == 2) continue; /* it has been at its least */
        learnt.strength = strength_at(i);
        status = minimise(&learnt, 1e-3, weight);
        if (status == RC_OK) note(s, k, i, &left, weight);
        risen = i > 0 && s->loss[k][i] > s->loss[k][i - 1] ? risen + 1 : 0;
    }
    rc_free(left.score);
    rc_free(weight);
    rc_free(t);
    rc_free(z);
    return status;
}

/* The strength under which the folds left out lose least; held as rc_plain_fit has it. */
static rc_status choose(search *s, const rc_plain_samples *samples, uint64_t seed, double *strength,
                        float *held)
{
    int64_t folds = s->n < FOLDS ? s->n : FOLDS, size = s->n * s->f->outputs;
    int best = 0;
    double least = INFINITY;
    rc_status status = rc__folds_deal(s->f, samples, folds, seed, s->fold), each[FOLDS] = {RC_OK};
#pragma omp parallel for schedule(dynamic, 1) if (s->n * s->d < 1000000)
    for (int32_t k = 0; k < (int32_t)folds; k++)
        each[k] = run_fold(s, k);
    for (int64_t k = 0; k < folds && status == RC_OK; k++)
        status = each[k];
    for (int i = 0; i < STRENGTHS; i++) {
        double sum = 0;
        for (int64_t k = 0; k < folds; k++)
            sum += s->loss[k][i];
        if (!(sum < least)) continue;
        least = sum;
        best = i;
    }
    *strength = strength_at(best);
    for (int64_t i = 0; i < size && held; i++)
        held[i] = (float)s->said[best * size + i];
    return status;
}

static rc_status search_strength(const problem *p, const rc__table *t, const rc_plain_options *o,
                                 double *strength, float *held)
{
    search s = {.f = p->f, .n = p->n, .d = p->d, .z = p->z, .t = p->t};
    rc_status status = RC_NEW(&s.fold, s.n);
    if (status == RC_OK) status = RC_NEW(&s.said, STRENGTHS * s.n * s.f->outputs);
    if (status == RC_OK) status = choose(&s, t->samples, o->seed, strength, held);
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

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    int64_t m = p->form.outputs;
    double *weight, *truth;
    RC_TRY(rc__plain_add(p, "weight", RC_DTYPE_F64, RC_SHAPE(t->d + 1, m), &weight));
    RC_TRY(RC_NEW_RAW(&truth, t->n * m));
    rc__targets_fill(&p->form, t->samples, truth);
    problem all = {.f = &p->form, .n = t->n, .d = t->d, .z = t->z, .t = truth, .strength = o->strength};
    rc_status status = RC_OK;
    if (o->strength == 0 || held) status = search_strength(&all, t, o, &all.strength, held);
    if (o->strength != 0) all.strength = o->strength;
    if (status == RC_OK) status = minimise(&all, 1e-6, weight);
    rc_free(truth);
    return status;
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    const double *weight = rc__plain_data(p, "weight");
    int64_t m = p->form.outputs;
    double *score;
    RC_TRY(RC_NEW_RAW(&score, t->n * m));
    rc_dense_product(t->n, m, t->d, t->z, false, weight, score);
    for (int64_t i = 0; i < t->n; i++) {
        double *row = score + i * m;
        for (int64_t k = 0; k < m; k++)
            row[k] += weight[t->d * m + k];
        if (p->form.target == RC_PLAIN_CLASSES) rc__softmax(m, row);
        for (int64_t k = 0; k < m; k++)
            out[i * m + k] = (float)(p->form.target == RC_PLAIN_CLASSES ? row[k] : rc__sigmoid(row[k]));
    }
    rc_free(score);
    return RC_OK;
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
