/* Weights of predictors by what they say of samples that none of them has learnt from. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tasks/ensemble.h"

enum { ROUNDS = 50, FOLDS = 5, NONE = -1 };
static const double MIN = 1e-6;

typedef struct weighing {
    const rc_ballot *b;
    float *raised;  /* [n, part, outputs]: said, each to its power */
    float *sum;     /* [part, outputs]: of those that were taken, each as often as it was */
    float *truth;   /* [part, truths], numbers and labels */
    int64_t *group; /* [part] */
    int64_t groups;
    int64_t *fold;    /* [part] */
    int64_t left_out; /* the fold that nothing is chosen by; NONE: all samples are looked at */
    double *gain;     /* [part]: what several lose less than one, each sample left out */
    double *weight, *power;
} weighing;

static int64_t truths_of(const weighing *w)
{
    return w->b->of ? w->b->of->y_size : w->b->outputs;
}

static int64_t size_of(const weighing *w)
{
    return w->b->part->n * w->b->outputs;
}

/* ---- loss ---- */

static double surprise(double p)
{
    return -log(fmax(p, MIN));
}

/* Of an output where its truth is known, of quantile q of a number: max(q e, (q - 1) e). */
static double loss_of_quantile(const rc_task *t, int64_t k, double said, double truth)
{
    double q = t->quantile[k / t->y_size], off = truth - said;
    return off > 0 ? q * off : (q - 1) * off;
}

/* Of sample i, when (a + b) / parts is what is said of its points or quantiles. */
static double loss_of_others(const weighing *w, int64_t i, const float *a, const float *b, double parts)
{
    const rc_task *t = w->b->of;
    const float *truth = w->truth + i * t->y_size;
    double sum = 0, known = 0;
    for (int64_t k = 0; k < w->b->outputs; k++) {
        int64_t at = i * w->b->outputs + k, of = k % t->y_size;
        double said = (a[at] + (b ? b[at] : 0)) / parts;
        if (!(truth[of] >= 0) && t->point_classes) continue;
        if (t->quantiles) sum += loss_of_quantile(t, k, said, (double)truth[of]);
        if (t->point_classes && k / t->y_size == (int64_t)truth[of]) sum += surprise(said);
        known++;
    }
    return known > 0 ? sum / known : 0;
}

/* Of sample i, when (a + b) / parts is what is said of it; b may be NULL. */
static double loss_of(const weighing *w, int64_t i, const float *a, const float *b, double parts)
{
    double sum = 0;
    if (w->b->of) return loss_of_others(w, i, a, b, parts);
    const float *truth = w->truth + i * w->b->outputs;
    if (w->b->target == RC_TARGET_CLASSES) {
        int64_t at = i * w->b->outputs + rc_part_label(w->b->part, i);
        return surprise((a[at] + (b ? b[at] : 0)) / parts);
    }
    for (int64_t k = 0; k < w->b->outputs; k++) {
        int64_t at = i * w->b->outputs + k;
        double said = (a[at] + (b ? b[at] : 0)) / parts, miss = said - truth[k];
        bool labels = w->b->target == RC_TARGET_MULTILABEL;
        if (isnan(truth[k])) continue;
        sum += labels ? surprise(truth[k] > 0.5f ? said : 1 - said) : miss * miss;
    }
    return sum / (double)w->b->outputs;
}

/* Sum over the samples that are looked at. */
static double losses(const weighing *w, const float *a, const float *b, double parts)
{
    double sum = 0;
    for (int64_t i = 0; i < w->b->part->n; i++)
        if (w->fold[i] != w->left_out) sum += loss_of(w, i, a, b, parts);
    return sum;
}

/* ---- choosing by the samples that are looked at ---- */

/* The power under which the predictor alone explains them best; one far from 1 must be earned by many. */
static void choose_power(const weighing *w, int i)
{
    float *raised = w->raised + i * size_of(w);
    double min = INFINITY;
    bool open = w->b->target == RC_TARGET_CLASSES && !(i == 0 && w->b->first_stands);
    w->power[i] = 1;
    for (int k = open ? -3 : 0; k <= (open ? 10 : 0); k++) {
        double power = pow(1.25, k), far = log(power);
        memcpy(raised, w->b->said[i], (size_t)size_of(w) * sizeof *raised);
        rc__sharpen(w->b->part->n, w->b->outputs, power, raised);
        double loss = losses(w, raised, NULL, 1) + far * far;
        if (!(loss < min)) continue;
        min = loss;
        w->power[i] = power;
    }
    memcpy(raised, w->b->said[i], (size_t)size_of(w) * sizeof *raised);
    rc__sharpen(w->b->part->n, w->b->outputs, w->power[i], raised);
}

static void choose_powers(const weighing *w)
{
    for (int i = 0; i < w->b->n; i++)
        choose_power(w, i);
}

/* Adds, round by round, the predictor that helps most; ends when none does. Returns how often one was added.
 */
static int select_members(const weighing *w, int max)
{
    double min = INFINITY;
    int rounds = 0;
    memset(w->sum, 0, (size_t)size_of(w) * sizeof *w->sum);
    memset(w->weight, 0, (size_t)w->b->n * sizeof *w->weight);
    for (; rounds < max; rounds++) {
        int best = NONE;
        for (int i = 0; i < w->b->n; i++) {
            double loss = losses(w, w->sum, w->raised + i * size_of(w), rounds + 1);
            if (!(loss < min * (1 - 1e-9))) continue;
            min = loss;
            best = i;
        }
        if (best == NONE) break;
        w->weight[best] += 1;
        for (int64_t k = 0; k < size_of(w); k++)
            w->sum[k] += w->raised[best * size_of(w) + k];
    }
    for (int i = 0; i < w->b->n && rounds > 0; i++)
        w->weight[i] /= rounds;
    return rounds;
}

/* ---- several, or one? ---- */

/* Samples of one group stay together. */
static rc_status deal_folds(weighing *w, int64_t *folds)
{
    int64_t *order;
    RC_TRY(rc_part_groups(w->b->part, w->group, &w->groups));
    *folds = w->groups < FOLDS ? w->groups : FOLDS;
    RC_TRY(RC_NEW(&order, w->groups));
    rc_epoch_order(0, 0, w->groups, order);
    for (int64_t i = 0; i < w->b->part->n; i++)
        w->fold[i] = order[w->group[i]] % *folds;
    rc_free(order);
    return RC_OK;
}

/* The one predictor that answers unless others are better, or those that would answer in its place. Returns
 * how often one was taken. */
static int take(const weighing *w, bool one)
{
    if (!one || !w->b->first_stands)
        return select_members(w, one || w->b->several == RC_SWITCH_NO ? 1 : ROUNDS);
    memset(w->weight, 0, (size_t)w->b->n * sizeof *w->weight);
    w->weight[0] = 1;
    memcpy(w->sum, w->raised, (size_t)size_of(w) * sizeof *w->sum);
    return 1;
}

static void add_losses_left_out(const weighing *w, bool one, double sign)
{
    int rounds = take(w, one);
    for (int64_t i = 0; i < w->b->part->n; i++)
        if (w->fold[i] == w->left_out) w->gain[i] += sign * loss_of(w, i, w->sum, NULL, rounds);
}

/* Is the mean gain larger than its standard error? Samples of a group are one draw. */
static rc_status beyond_noise(const weighing *w, bool *is)
{
    double *of_group, sum = 0, squares = 0, n = (double)w->b->part->n, groups = (double)w->groups;
    RC_TRY(RC_NEW(&of_group, w->groups));
    for (int64_t i = 0; i < w->b->part->n; i++)
        sum += w->gain[i];
    for (int64_t i = 0; i < w->b->part->n; i++)
        of_group[w->group[i]] += w->gain[i] - sum / n;
    for (int64_t k = 0; k < w->groups; k++)
        squares += of_group[k] * of_group[k];
    *is = w->groups > 1 && sum > sqrt(squares * groups / (groups - 1));
    rc_free(of_group);
    return RC_OK;
}

/* Are several better than one where neither was chosen? */
static rc_status others_help(weighing *w, int64_t folds, bool *is)
{
    memset(w->gain, 0, (size_t)w->b->part->n * sizeof *w->gain);
    for (w->left_out = 0; w->left_out < folds; w->left_out++) {
        choose_powers(w);
        add_losses_left_out(w, true, 1);
        add_losses_left_out(w, false, -1);
    }
    w->left_out = NONE;
    return beyond_noise(w, is);
}

static rc_status weigh(weighing *w)
{
    int64_t folds;
    bool help = w->b->several == RC_SWITCH_YES;
    RC_TRY(deal_folds(w, &folds));
    if (!help) RC_TRY(others_help(w, folds, &help));
    choose_powers(w);
    (void)take(w, !help);
    return RC_OK;
}

rc_status rc_ensemble_weigh(const rc_ballot *b, double *weight, double *power)
{
    weighing w = {.b = b, .left_out = NONE, .weight = weight, .power = power};
    int64_t n = b->part->n, size = size_of(&w);
    RC_TRY(RC_NEW(&w.raised, (b->n + 2) * size));
    w.sum = w.raised + b->n * size;
    w.truth = w.sum + size;
    for (int64_t i = 0; i < n && b->target != RC_TARGET_CLASSES; i++)
        rc_part_read(b->part, b->data, RC_PART_Y, i, w.truth + i * truths_of(&w));
    rc_status status = RC_NEW(&w.fold, 2 * n);
    if (status == RC_OK) status = RC_NEW(&w.gain, n);
    w.group = w.fold + n;
    if (status == RC_OK) status = weigh(&w);
    rc_free(w.gain);
    rc_free(w.fold);
    rc_free(w.raised);
    return status;
}
