#include "plain/linear_model.h"

#include <math.h>
#include <string.h>

#include "base/first_failure.h"
#include "base/memory.h"
#include "plain/lbfgs.h"

enum { MAX_STEPS = 300, STRENGTHS = 11, LARGEST = 100000000 };
/* Corners are rounded off by this much of a target's deviation in the end, and while strengths are compared.
 */
static const double SHARP = 1e-6, BLUNT = 1e-2;

static double strength_at(int i)
{
    return pow(10.0, 3.0 - 0.5 * i);
}

static int64_t scores_of(const rc__linear *p)
{
    return p->loss->scores(p->f);
}

static int64_t own_of(const rc__linear_loss *loss, const rc_plain_form *f)
{
    return loss->own ? loss->own(f) : loss->scores(f);
}

/* All that is learnt: weights [d, scores], and behind them what the loss has of its own. */
static int64_t size_of(const rc__linear *p)
{
    return p->rows.d * scores_of(p) + own_of(p->loss, p->f);
}

/* ---- one fit ---- */

static void find_scores(const rc__linear_loss *loss, const rc_plain_form *f, const rc__matrix *rows,
                        const double *weight, double *score)
{
    int64_t m = loss->scores(f);
    rc__matrix_times(rows, m, weight, score);
    for (int64_t i = 0; i < rows->n && !loss->own; i++)
        for (int64_t k = 0; k < m; k++)
            score[i * m + k] += weight[rows->d * m + k];
}

/* The sum over all samples; p->score holds the slopes then. */
static double losses(rc__linear *p, const double *weight, double *own_slope)
{
    find_scores(p->loss, p->f, &p->rows, weight, p->score);
    return p->loss->run(p, weight + p->rows.d * scores_of(p), own_slope);
}

/* Per sample, so that tolerances do not depend on how many there are. */
static double objective(void *context, const double *weight, double *grad)
{
    rc__linear *p = context;
    int64_t m = scores_of(p), d = p->rows.d, size = size_of(p);
    double *own = grad + d * m, squares = 0;
    memset(own, 0, (size_t)(size - d * m) * sizeof *own);
    double loss = losses(p, weight, own);
    rc__matrix_turned_times(&p->rows, m, p->score, grad);
    for (int64_t i = 0; i < p->rows.n && !p->loss->own; i++)
        for (int64_t k = 0; k < m; k++)
            own[k] += p->score[i * m + k];
    for (int64_t i = 0; i < d * m; i++) {
        squares += weight[i] * weight[i];
        grad[i] += p->strength * weight[i];
    }
    for (int64_t i = 0; i < size; i++)
        grad[i] /= p->mass;
    return (loss + 0.5 * p->strength * squares) / p->mass;
}

static rc_status prepare(rc__linear *p)
{
    RC_TRY(RC_NEW_RAW(&p->score, p->rows.n * scores_of(p)));
    return p->loss->prepare ? p->loss->prepare(p) : RC_OK;
}

/* The rows are somebody else's. */
static void release(rc__linear *p)
{
    rc_free(p->score);
    rc_free(p->order);
    rc_free(p->room);
}

static rc_status minimise(rc__linear *p, double tolerance, double smooth, double *weight)
{
    rc_status status = RC_OK;
    p->smooth = p->loss->cornered ? 1 : smooth;
    while (status == RC_OK) {
        status = rc__lbfgs(size_of(p), objective, p, tolerance, MAX_STEPS, weight);
        if (p->smooth <= smooth) break;
        p->smooth /= 4;
    }
    return status;
}

/* ---- the strength ---- */

typedef struct search {
    const rc__linear *all;
    int32_t *fold;
    float *said; /* [STRENGTHS, n, outputs]: of each sample by the fit without its fold */
    double loss[RC_PLAIN_FOLDS][STRENGTHS];
} search;

/* Samples whose fold is (or is not) k, side by side; t and weight with room for all. */
static rc_status gather(const search *s, int32_t k, bool is, double *t, double *weight, rc__linear *out)
{
    const rc__linear *all = s->all;
    int64_t truths = rc_plain_truths(all->f), n = 0;
    *out = (rc__linear){.f = all->f, .loss = all->loss, .t = t, .smooth = BLUNT};
    out->weight = all->weight ? weight : NULL;
    for (int64_t i = 0; i < all->rows.n; i++) {
        if ((s->fold[i] == k) != is) continue;
        out->mass += rc__linear_weight(all, i);
        weight[n] = rc__linear_weight(all, i);
        memcpy(t + n++ * truths, all->t + i * truths, (size_t)truths * sizeof *t);
    }
    RC_TRY(rc__matrix_of_fold(&all->rows, s->fold, k, is, &out->rows));
    return prepare(out);
}

static void note(search *s, int32_t k, int strength, rc__linear *left, const double *weight, double *unused)
{
    const rc__linear *all = s->all;
    int64_t m = scores_of(all), outputs = all->f->outputs;
    float *to = s->said + (int64_t)strength * all->rows.n * outputs;
    find_scores(all->loss, all->f, &left->rows, weight, left->score);
    for (int64_t i = 0, at = 0; i < all->rows.n; i++)
        if (s->fold[i] == k)
            all->loss->say(all->f, weight + all->rows.d * m, left->score + at++ * m, to + i * outputs);
    s->loss[k][strength] = losses(left, weight, unused);
}

static rc_status run_fold(search *s, int32_t k)
{
    const rc__linear *all = s->all;
    int64_t n = all->rows.n, size = n * rc_plain_truths(all->f);
    double *t = NULL, *weight = NULL, *of_sample = NULL;
    rc__linear learnt = {0}, left = {0};
    rc_status status = RC_NEW_RAW(&t, 2 * size);
    if (status == RC_OK) status = RC_NEW(&weight, 2 * size_of(all));
    if (status == RC_OK) status = RC_NEW_RAW(&of_sample, 2 * n);
    if (status == RC_OK) status = gather(s, k, false, t, of_sample, &learnt);
    if (status == RC_OK) status = gather(s, k, true, t + size, of_sample + n, &left);
    if (status == RC_OK && all->loss->begin) all->loss->begin(&learnt, weight + all->rows.d * scores_of(all));
    for (int i = 0, risen = 0; i < STRENGTHS && status == RC_OK; i++) {
        s->loss[k][i] = INFINITY;
        if (risen == 2) continue; /* it has been at its least */
        learnt.strength = strength_at(i);
        status = minimise(&learnt, 1e-3, BLUNT, weight);
        if (status == RC_OK) note(s, k, i, &left, weight, weight + size_of(all));
        risen = i > 0 && s->loss[k][i] > s->loss[k][i - 1] ? risen + 1 : 0;
    }
    release(&learnt);
    release(&left);
    rc__matrix_free(&learnt.rows);
    rc__matrix_free(&left.rows);
    rc_free(of_sample);
    rc_free(weight);
    rc_free(t);
    return status;
}

/* Rows of which all folds are fitted at once: each has copies of its own. */
static bool is_small(int64_t n, int64_t d)
{
    return n * d < 1000000;
}

/* The strength under which the folds left out lose least; held as rc_plain_fit has it. */
static rc_status choose(search *s, const rc_plain_samples *samples, uint64_t seed, double *strength,
                        float *held)
{
    const rc__matrix *rows = &s->all->rows;
    int64_t folds = 0, size = rows->n * s->all->f->outputs;
    int best = 0;
    double min = INFINITY;
    rc_first_failure failure = {0};
    RC_TRY(rc__folds_deal(s->all->f, samples, seed, s->fold, &folds));
#pragma omp parallel for schedule(dynamic, 1) if (!rows->z || is_small(rows->n, rows->d))
    for (int32_t k = 0; k < (int32_t)folds; k++)
        rc_first_failure_note(&failure, k, run_fold(s, k));
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
        held[i] = s->said[best * size + i];
    return rc_first_failure_raise(&failure);
}

static rc_status search_strength(const rc__linear *p, const rc_plain_samples *samples,
                                 const rc_plain_options *o, double *strength, float *held)
{
    search s = {.all = p};
    rc_status status = RC_NEW(&s.fold, p->rows.n);
    if (status == RC_OK) status = RC_NEW(&s.said, STRENGTHS * p->rows.n * p->f->outputs);
    if (status == RC_OK) status = choose(&s, samples, o->seed, strength, held);
    rc_free(s.said);
    rc_free(s.fold);
    return status;
}

/* ---- the predictor ---- */

/* Biases have a row of their own; what else a loss has stands behind the weights. */
static rc_shape shape_of(const rc__linear_loss *loss, const rc_plain_form *f, int64_t d)
{
    int64_t m = loss->scores(f);
    return loss->own ? RC_SHAPE(d * m + loss->own(f)) : RC_SHAPE(d + 1, m);
}

rc_status rc__linear_learn(rc_plain *p, const rc__linear_loss *loss, const rc_plain_form *f,
                           const rc__matrix *rows, const rc_plain_samples *samples, const rc_plain_options *o,
                           float *held)
{
    double *weight, *truth;
    RC_TRY(rc__plain_add(p, "weight", RC_DTYPE_F64, shape_of(loss, f, rows->d), &weight));
    RC_TRY(RC_NEW_RAW(&truth, rows->n * rc_plain_truths(f)));
    rc__targets_fill(f, samples, truth);
    rc__linear all = {.f = f, .loss = loss, .rows = *rows, .t = truth, .strength = o->strength};
    all.weight = samples->weight;
    all.mass = rc__plain_mass(samples);
    rc_status status = prepare(&all);
    if (status == RC_OK && (o->strength == 0 || held))
        status = search_strength(&all, samples, o, &all.strength, held);
    if (o->strength != 0) all.strength = o->strength;
    if (status == RC_OK && loss->begin) loss->begin(&all, weight + rows->d * loss->scores(f));
    if (status == RC_OK) status = minimise(&all, 1e-6, SHARP, weight);
    release(&all);
    rc_free(truth);
    return status;
}

rc_status rc__linear_answer(const rc_plain *p, const rc__linear_loss *loss, const rc_plain_form *f,
                            const rc__matrix *rows, float *out)
{
    const double *weight = rc__plain_data(p, "weight");
    int64_t m = loss->scores(f);
    double *score;
    RC_TRY(RC_NEW_RAW(&score, rows->n * m));
    find_scores(loss, f, rows, weight, score);
    for (int64_t i = 0; i < rows->n; i++)
        loss->say(f, weight + rows->d * m, score + i * m, out + i * f->outputs);
    rc_free(score);
    return RC_OK;
}

rc_status rc__linear_verify(const rc_plain *p, const rc__linear_loss *loss, const rc_plain_form *f, int64_t d)
{
    return rc__plain_expect(p, "weight", RC_DTYPE_F64, shape_of(loss, f, d));
}

double rc__linear_bytes(const rc_plain_form *f, int64_t n, int64_t d)
{
    double scores = (double)f->outputs, truths = (double)rc_plain_truths(f);
    double fold = (double)d + scores + 2 * truths + 2, folds = is_small(n, d) ? RC_PLAIN_FOLDS : 1;
    return (double)n *
           (sizeof(double) * (folds * fold + scores + truths) + sizeof(float) * STRENGTHS * scores);
}

/* ---- on a table ---- */

/* The rows of a table, which stay its own. */
static rc__matrix rows_of(const rc__table *t)
{
    return (rc__matrix){.n = t->n, .d = t->d, .z = t->z};
}

rc_status rc__linear_table_check(const rc_plain_form *f, int64_t n)
{
    int64_t d = rc_plain_inputs(f);
    RC_CHECK(
        n * d <= LARGEST / f->outputs, RC_UNSUPPORTED,
        "linear predictors take at most %d numbers times outputs; here are %lld samples of %lld numbers, "
        "and %lld outputs",
        LARGEST, (long long)n, (long long)d, (long long)f->outputs);
    return RC_OK;
}

rc_status rc__linear_table_learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    rc__matrix rows = rows_of(t);
    return rc__linear_learn(p, p->kind->loss(&p->form), &p->form, &rows, t->samples, o, held);
}

rc_status rc__linear_table_answer(const rc_plain *p, const rc__table *t, float *out)
{
    rc__matrix rows = rows_of(t);
    return rc__linear_answer(p, p->kind->loss(&p->form), &p->form, &rows, out);
}

rc_status rc__linear_table_verify(const rc_plain *p, int64_t d)
{
    return rc__linear_verify(p, p->kind->loss(&p->form), &p->form, d);
}

double rc__linear_table_bytes(const rc_plain_form *f, int64_t n)
{
    return rc__linear_bytes(f, n, rc_plain_inputs(f));
}

double rc__linear_seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    return 1e-6 * (double)n * (double)rc_plain_inputs(f) * (double)f->outputs + 1e-7 * (double)asked;
}
