#include "training/threshold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct sample {
    float p;
    int32_t label;
} sample;

static int descending(const void *a, const void *b)
{
    float x = ((const sample *)a)->p, y = ((const sample *)b)->p;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Of `ones` and `zeros` samples of the classes, hits and alarms are said to be of the second. */
static double worth(rc_threshold chosen, double ones, double zeros, double hits, double alarms)
{
    if (chosen == RC_THRESHOLD_F1) return 2 * hits / (ones + hits + alarms);
    return (hits / ones + 1 - alarms / zeros) / 2;
}

rc_status rc_best_threshold(rc_threshold chosen, int64_t n, const float *p, const int32_t *label, double *out)
{
    sample *s;
    double ones = 0, hits = 0, best = -1;
    RC_TRY(RC_NEW_RAW(&s, n));
    for (int64_t i = 0; i < n; i++) {
        s[i] = (sample){p[i], label[i]};
        ones += label[i];
    }
    qsort(s, (size_t)n, sizeof *s, descending);
    *out = 0.5;
    for (int64_t i = 0; i < n; i++) {
        hits += s[i].label;
        double next = i + 1 < n ? (double)s[i + 1].p : 0, between = ((double)s[i].p + next) / 2;
        if (next == (double)s[i].p) continue;
        double value = worth(chosen, ones, (double)n - ones, hits, (double)(i + 1) - hits);
        bool nearer = value == best && fabs(between - 0.5) < fabs(*out - 0.5);
        if (!(value > best) && !nearer) continue;
        best = value;
        *out = between;
    }
    rc_free(s);
    return RC_OK;
}

/* ---- of a training ---- */

typedef struct answers {
    const rc_task *task;
    float *raw, *p; /* outputs [n, 2]; probabilities of the second class */
    int32_t *label;
    int64_t n, ones;
} answers;

static rc_status take(void *context, int64_t first, const rc_batch *b, const float *output)
{
    answers *a = context;
    memcpy(a->raw + 2 * first, output, (size_t)(2 * b->n) * sizeof *output);
    for (int64_t i = 0; i < b->n; i++) {
        float p[2] = {output[2 * i], output[2 * i + 1]};
        rc_task_finish_output(a->task, 2, p);
        a->p[first + i] = p[1];
        a->label[first + i] = b->label[i];
        a->ones += b->label[i];
    }
    return RC_OK;
}

static rc_status choose(rc_session *s, answers *a)
{
    rc_score value;
    rc_threshold chosen = s->config.fit.threshold;
    const rc_part *valid = &s->task->data->valid;
    RC_TRY(RC_NEW_RAW(&a->raw, 2 * a->n));
    RC_TRY(RC_NEW(&a->p, a->n));
    RC_TRY(RC_NEW(&a->label, a->n));
    RC_TRY(rc_evaluate(s->graph, s->model, s->task, valid, s->config.fit.batch, take, a, &value));
    if (a->ones == 0 || a->ones == a->n) {
        rc_session_note(s, "fit.threshold: it stays one half, since the validation part has one class");
        return RC_OK;
    }
    RC_TRY(rc_best_threshold(chosen, a->n, a->p, a->label, &s->task->threshold));
    s->task->threshold_for = chosen;
    if (!s->at.scored) return RC_OK;
    RC_TRY(rc_evaluate_outputs(s->graph, s->task, valid, a->raw, &value));
    s->at.best_metric = value.metric;
    return RC_OK;
}

rc_status rc_choose_threshold(rc_session *s)
{
    if (s->config.fit.threshold == RC_THRESHOLD_HALF) return RC_OK;
    answers a = {.task = s->task, .n = s->task->data->valid.n};
    if (a.n == 0 || s->learnt_valid) {
        rc_session_note(s, "fit.threshold: it stays one half, since every validation sample was learnt from");
        return RC_OK;
    }
    bool averages = s->task->averages;
    s->task->averages = s->task->turns;
    rc_status status = choose(s, &a);
    s->task->averages = averages;
    rc_free(a.raw);
    rc_free(a.p);
    rc_free(a.label);
    return status;
}
