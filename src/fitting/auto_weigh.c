/* How much each candidate of "auto" counts. Predictors in closed form are weighed by all labelled samples:
 * each sample is judged by a fit that has not learnt from it. What was fine-tuned knows the training part, so
 * it has the validation part alone to show that it is better than they are together, by more than noise. */
#include <string.h>

#include "base/memory.h"
#include "fitting/auto_parts.h"
#include "parallel/parallel.h"

static int64_t outputs_of(const rc__auto *a)
{
    return rc_task_width(a->task);
}

rc_status rc__auto_find_labelled(rc__auto *a)
{
    const rc_part *train = &a->data->train, *valid = &a->data->valid;
    a->labelled = *valid;
    if (a->valid_apart) return RC_OK;
    a->labelled.n += train->n;
    RC_TRY(RC_NEW_RAW(&a->labelled_index, a->labelled.n));
    memcpy(a->labelled_index, train->index, (size_t)train->n * sizeof *train->index);
    memcpy(a->labelled_index + train->n, valid->index, (size_t)valid->n * sizeof *valid->index);
    a->labelled.index = a->labelled_index;
    return RC_OK;
}

/* ---- what candidates say ---- */

static float *valid_rows(const rc__auto *a, const rc__candidate *k)
{
    return k->said + (a->labelled.n - a->data->valid.n) * outputs_of(a);
}

/* A metric may have no meaning on a part. */
static rc_status score_out_of_fold(const rc__auto *a, rc__candidate *k)
{
    rc_score score;
    rc_status status = rc_evaluate_outputs(a->s->graph, a->task, &a->labelled, k->said, &score);
    if (status == RC_DATA) score = (rc_score){k->valid, k->loss};
    k->fold = score.metric;
    k->fold_loss = score.loss;
    return status == RC_DATA ? RC_OK : status;
}

rc_status rc__candidate_listen(const rc__auto *a, rc__candidate *k)
{
    char folder[RC_SESSION_PATH];
    int64_t width = outputs_of(a), before = a->labelled.n - a->data->valid.n;
    RC_TRY(rc__candidate_folder(a, k, false, folder));
    RC_TRY(RC_NEW(&k->said, a->labelled.n * width));
    if (before > 0) RC_TRY(rc_out_of_fold_read(folder, before, width, k->said, &k->held));
    RC_TRY(rc_run_outputs(folder, a->data, &a->data->valid, valid_rows(a, k)));
    if (k->held) RC_TRY(score_out_of_fold(a, k));
    for (int64_t i = k->held ? 0 : before; i < a->labelled.n; i++)
        rc_task_finish_output(a->task, width, k->said + i * width);
    return RC_OK;
}

/* ---- weights ---- */

/* Those who are weighed against each other; of[0] may be NULL: what the others have to beat. */
typedef struct ballot {
    int n;
    rc__candidate *of[RC__CANDIDATES + 1];
    float *said[RC__CANDIDATES + 1];
} ballot;

static void add(ballot *b, rc__candidate *k, float *said)
{
    b->of[b->n] = k;
    b->said[b->n++] = said;
}

static rc_switch several(const rc__auto *a)
{
    static const rc_switch is[] = {[RC_COMBINE_AUTO] = RC_SWITCH_AUTO,
                                   [RC_COMBINE_YES] = RC_SWITCH_YES,
                                   [RC_COMBINE_STACK] = RC_SWITCH_YES,
                                   [RC_COMBINE_NO] = RC_SWITCH_NO,
                                   [RC_COMBINE_BEST] = RC_SWITCH_NO};
    return is[a->c.fit.combine];
}

/* Those whom all labelled samples judge answer together under AUTO, too: on the development sets a rule that
 * asks for more than noise gained nothing over it (experiments/combine.yaml). */
static rc_switch several_held(const rc__auto *a)
{
    return a->c.fit.combine == RC_COMBINE_AUTO ? RC_SWITCH_YES : several(a);
}

/* *first: the share of the first. */
static rc_status elect(rc__auto *a, const rc_part *part, const ballot *b, rc_switch how, double *first)
{
    double weight[RC__CANDIDATES + 1], power[RC__CANDIDATES + 1];
    rc_ballot whole = {.data = a->data,
                       .target = a->data->target,
                       .of = a->task->quantiles || a->task->point_classes ? a->task : NULL,
                       .part = part,
                       .outputs = outputs_of(a),
                       .n = b->n,
                       .said = b->said,
                       .several = how,
                       .first_stands = !b->of[0]};
    RC_TRY(rc_ensemble_weigh(&whole, weight, power));
    *first = weight[0];
    for (int i = 0; i < b->n; i++) {
        if (!b->of[i]) continue;
        b->of[i]->weight = weight[i];
        b->of[i]->power = power[i];
    }
    return RC_OK;
}

/* Of the validation part, what those who were elected so far say together. */
static rc_status answer_together(const rc__auto *a, float *out)
{
    int64_t n = a->data->valid.n, width = outputs_of(a);
    float *one;
    RC_TRY(RC_NEW_RAW(&one, n * width));
    memset(out, 0, (size_t)(n * width) * sizeof *out);
    for (int i = 0; i < a->n; i++) {
        const rc__candidate *k = &a->candidate[i];
        if (!(k->weight > 0)) continue;
        memcpy(one, valid_rows(a, k), (size_t)(n * width) * sizeof *one);
        rc__sharpen(n, width, k->power, one);
        for (int64_t j = 0; j < n * width; j++)
            out[j] += (float)k->weight * one[j];
    }
    rc_free(one);
    return RC_OK;
}

/* The others join, and the first ones give up the share that they do not keep. */
static rc_status elect_others(rc__auto *a, const ballot *held, ballot *others)
{
    double kept;
    RC_TRY(elect(a, &a->data->valid, others, several(a), &kept));
    for (int i = 0; i < held->n; i++)
        held->of[i]->weight *= kept;
    return RC_OK;
}

/* Each as it is, and all the same. */
static void average(rc__auto *a)
{
    int n = 0;
    for (int i = 0; i < a->n; i++)
        n += !a->candidate[i].dropped;
    for (int i = 0; i < a->n; i++) {
        a->candidate[i].weight = a->candidate[i].dropped ? 0 : 1.0 / n;
        a->candidate[i].power = 1;
    }
}

/* Risks of several have no scale in common: that of the best validation score answers. */
static void take_best(rc__auto *a)
{
    const rc__candidate *best = NULL;
    for (int i = 0; i < a->n; i++) {
        const rc__candidate *k = &a->candidate[i];
        bool better = !best || k->valid < best->valid || (k->valid == best->valid && k->loss < best->loss);
        if (!k->dropped && better) best = k;
    }
    for (int i = 0; i < a->n; i++) {
        a->candidate[i].weight = &a->candidate[i] == best;
        a->candidate[i].power = 1;
    }
}

static rc_status weigh(rc__auto *a)
{
    ballot held = {0}, others = {0};
    float *together = NULL;
    double first;
    rc_status status = RC_OK;
    if (rc_task_says(a->task) == RC_SAYS_RISKS) {
        take_best(a);
        return RC_OK;
    }
    if (a->c.fit.combine == RC_COMBINE_AVERAGE) {
        average(a);
        return RC_OK;
    }
    for (int i = 0; i < a->n; i++)
        if (a->candidate[i].held) add(&held, &a->candidate[i], a->candidate[i].said);
    if (held.n > 0) {
        RC_TRY(elect(a, &a->labelled, &held, several_held(a), &first));
        RC_TRY(RC_NEW_RAW(&together, a->data->valid.n * outputs_of(a)));
        status = answer_together(a, together);
        add(&others, NULL, together);
    }
    for (int i = 0; i < a->n && status == RC_OK; i++) {
        rc__candidate *k = &a->candidate[i];
        if (k->dropped || k->held) continue;
        if (!k->said) status = rc__candidate_listen(a, k);
        add(&others, k, valid_rows(a, k));
    }
    if (status == RC_OK && others.n > (held.n > 0)) status = elect_others(a, &held, &others);
    rc_free(together);
    return status;
}

/* Processors of two kinds may weigh a little differently; the ranks go on together. */
static rc_status share_weights(rc__auto *a)
{
    for (int i = 0; i < a->n; i++) {
        rc__candidate *k = &a->candidate[i];
        double of[] = {k->weight, k->power, k->fold, k->fold_loss};
        RC_TRY(rc_parallel_broadcast(of, sizeof of));
        k->weight = of[0];
        k->power = of[1];
        k->fold = of[2];
        k->fold_loss = of[3];
    }
    return RC_OK;
}

rc_status rc__auto_weigh(rc__auto *a)
{
    RC_TRY(weigh(a));
    return share_weights(a);
}
