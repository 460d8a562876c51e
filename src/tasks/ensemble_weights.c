/* Weights of predictors by what they say of samples that none of them has learnt from. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tasks/ensemble.h"

enum { ROUNDS = 50, FOLDS = 5, NONE = -1 };
static const double MIN = 1e-6;

typedef struct weighing {
    const rc_dataset *data;
    rc_target_kind target;
    const rc_part *part;
    int64_t outputs;
    int n;
    float *const *said;
    float *raised;    /* [n, part, outputs]: said, each to its power */
    float *sum;       /* [part, outputs]: of those that were taken, each as often as it was */
    float *truth;     /* [part, outputs], numbers and labels */
    int64_t *fold;    /* [part] */
    int64_t left_out; /* the fold that nothing is chosen by; NONE: all samples are looked at */
    double *weight, *power;
} weighing;

static int64_t size_of(const weighing *w)
{
    return w->part->n * w->outputs;
}

/* ---- loss ---- */

static double surprise(double p)
{
    return -log(fmax(p, MIN));
}

/* Of sample i, when (a + b) / parts is what is said of it; b may be NULL. */
static double loss_of(const weighing *w, int64_t i, const float *a, const float *b, double parts)
{
    double sum = 0;
    const float *truth = w->truth + i * w->outputs;
    if (w->target == RC_TARGET_CLASSES) {
        int64_t at = i * w->outputs + rc_part_label(w->part, i);
        return surprise((a[at] + (b ? b[at] : 0)) / parts);
    }
    for (int64_t k = 0; k < w->outputs; k++) {
        int64_t at = i * w->outputs + k;
        double said = (a[at] + (b ? b[at] : 0)) / parts, miss = said - truth[k];
        bool labels = w->target == RC_TARGET_MULTILABEL;
        sum += labels ? surprise(truth[k] > 0.5f ? said : 1 - said) : miss * miss;
    }
    return sum / (double)w->outputs;
}

/* Sum over the samples that are left out, or over the others; *n: how many. */
static double losses(const weighing *w, bool left_out, const float *a, const float *b, double parts,
                     int64_t *n)
{
    double sum = 0;
    *n = 0;
    for (int64_t i = 0; i < w->part->n; i++) {
        if ((w->fold[i] == w->left_out) != left_out) continue;
        sum += loss_of(w, i, a, b, parts);
        ++*n;
    }
    return sum;
}

/* ---- choosing by the samples that are looked at ---- */

/* The power under which the predictor alone explains them best; one far from 1 must be earned by many. */
static void choose_power(const weighing *w, int i)
{
    float *raised = w->raised + i * size_of(w);
    double min = INFINITY;
    int64_t n;
    bool classes = w->target == RC_TARGET_CLASSES;
    w->power[i] = 1;
    for (int k = classes ? -3 : 0; k <= (classes ? 10 : 0); k++) {
        double power = pow(1.25, k), far = log(power);
        memcpy(raised, w->said[i], (size_t)size_of(w) * sizeof *raised);
        rc__sharpen(w->part->n, w->outputs, power, raised);
        double loss = losses(w, false, raised, NULL, 1, &n) + far * far;
        if (!(loss < min)) continue;
        min = loss;
        w->power[i] = power;
    }
    memcpy(raised, w->said[i], (size_t)size_of(w) * sizeof *raised);
    rc__sharpen(w->part->n, w->outputs, w->power[i], raised);
}

static void choose_powers(const weighing *w)
{
    for (int i = 0; i < w->n; i++)
        choose_power(w, i);
}

/* Adds, round by round, the predictor that helps most; ends when none does. Returns how often one was added.
 */
static int select_members(const weighing *w, int max)
{
    double min = INFINITY;
    int rounds = 0;
    memset(w->sum, 0, (size_t)size_of(w) * sizeof *w->sum);
    memset(w->weight, 0, (size_t)w->n * sizeof *w->weight);
    for (; rounds < max; rounds++) {
        int best = NONE;
        int64_t n;
        for (int i = 0; i < w->n; i++) {
            double loss = losses(w, false, w->sum, w->raised + i * size_of(w), rounds + 1, &n);
            if (!(loss < min * (1 - 1e-9))) continue;
            min = loss;
            best = i;
        }
        if (best == NONE) break;
        w->weight[best] += 1;
        for (int64_t k = 0; k < size_of(w); k++)
            w->sum[k] += w->raised[best * size_of(w) + k];
    }
    for (int i = 0; i < w->n && rounds > 0; i++)
        w->weight[i] /= rounds;
    return rounds;
}

/* ---- several, or one? ---- */

/* Samples of one group stay together. */
static rc_status deal_folds(const weighing *w, int64_t *folds)
{
    int64_t groups, *order;
    RC_TRY(rc_part_groups(w->part, w->fold, &groups));
    *folds = groups < FOLDS ? groups : FOLDS;
    RC_TRY(RC_NEW(&order, groups));
    rc_epoch_order(0, 0, groups, order);
    for (int64_t i = 0; i < w->part->n; i++)
        w->fold[i] = order[w->fold[i]] % *folds;
    rc_free(order);
    return RC_OK;
}

static double loss_left_out(const weighing *w, int max)
{
    int64_t n;
    int rounds = select_members(w, max);
    return losses(w, true, w->sum, NULL, rounds, &n);
}

/* With few samples, weights fitted to them are worse than the best of the predictors alone. */
static bool combining_helps(weighing *w, int64_t folds)
{
    double together = 0, alone = 0;
    for (w->left_out = 0; w->left_out < folds; w->left_out++) {
        choose_powers(w);
        together += loss_left_out(w, ROUNDS);
        alone += loss_left_out(w, 1);
    }
    w->left_out = NONE;
    return together < alone;
}

static rc_status weigh(weighing *w, rc_switch several, bool *combined)
{
    int64_t folds;
    RC_TRY(deal_folds(w, &folds));
    *combined =
        several == RC_SWITCH_YES || (several == RC_SWITCH_AUTO && folds > 1 && combining_helps(w, folds));
    choose_powers(w);
    (void)select_members(w, *combined ? ROUNDS : 1);
    return RC_OK;
}

rc_status rc_ensemble_weigh(const rc_dataset *data, rc_target_kind target, const rc_part *part,
                            int64_t outputs, int n, float *const *said, rc_switch several, double *weight,
                            double *power, bool *combined)
{
    weighing w = {.data = data,
                  .target = target,
                  .part = part,
                  .outputs = outputs,
                  .n = n,
                  .said = said,
                  .left_out = NONE,
                  .weight = weight,
                  .power = power};
    int64_t size = size_of(&w);
    RC_TRY(RC_NEW(&w.raised, (n + 2) * size));
    w.sum = w.raised + n * size;
    w.truth = w.sum + size;
    for (int64_t i = 0; i < part->n && target != RC_TARGET_CLASSES; i++)
        rc_part_y(part, data, i, w.truth + i * outputs);
    rc_status status = RC_NEW(&w.fold, part->n);
    if (status == RC_OK) status = weigh(&w, several, combined);
    rc_free(w.fold);
    rc_free(w.raised);
    return status;
}
