/* Samples through whatever predicts, as often as there is time for. */
#include <string.h>

#include "base/progress.h"
#include "explain/explain_parts.h"

enum { MAX_SAMPLES = 500, MIN_SAMPLES = 20 };

static rc_status ask_batch(rc__asked *a, int64_t first, int64_t n)
{
    const rc_trained *of = a->q->of;
    const rc_task *t = of->task;
    rc_task_prepare_rows(t, n, a->x + first * a->size, a->room, a->batch.x);
    memcpy(a->batch.ids, a->ids + first * a->tokens, (size_t)(n * a->tokens) * sizeof *a->ids);
    rc_graph_reset(of->graph, false);
    rc_var y = rc_task_forward(of->graph, of->model, t, n, &a->batch);
    RC_TRY(rc_graph_status(of->graph));
    return rc_tensor_download(&y->value, a->output + first * a->width);
}

rc_status rc__ask(rc__asked *a)
{
    for (int64_t i = 0; i < a->part.n; i += a->q->of->batch) {
        int64_t left = a->part.n - i;
        RC_TRY(ask_batch(a, i, left < a->q->of->batch ? left : a->q->of->batch));
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
    }
    return RC_OK;
}

static rc_status take(rc__asked *a, int64_t n)
{
    const rc_task *t = a->q->of->task;
    for (int64_t i = 0; i < n; i++)
        rc_task_read(t, &a->part, i, a->x + i * a->size, a->ids + i * a->tokens);
    a->part.n = n;
    return rc_dataset_status(t->data);
}

/* A first batch says how long a sample takes; the first pass may take a quarter of the time. */
static rc_status open(rc__asked *a, int64_t n)
{
    const rc_trained *of = a->q->of;
    int64_t first = n < of->batch ? n : of->batch;
    RC_TRY(RC_NEW(&a->index, a->part.n));
    rc_epoch_order(0, 0, a->part.n, a->index);
    for (int64_t i = 0; i < n; i++)
        a->index[i] = a->part.index ? a->part.index[a->index[i]] : a->index[i];
    a->part.index = a->index;
    RC_TRY(RC_NEW_RAW(&a->x, n * a->size));
    RC_TRY(RC_NEW_RAW(&a->ids, n * a->tokens));
    RC_TRY(RC_NEW_RAW(&a->output, n * a->width));
    RC_TRY(RC_NEW_RAW(&a->room, rc_task_room(of->task)));
    RC_TRY(rc_given_create(of->task, of->batch, &a->batch));
    RC_TRY(take(a, first));
    RC_TRY(rc__ask(a));
    a->each = (rc_clock() - a->started) / (double)first;
    double possible = a->q->seconds / 4 / a->each;
    if (possible < (double)n) n = (int64_t)possible;
    RC_TRY(take(a, n < MIN_SAMPLES && n < first ? 0 : n));
    double from = rc_clock();
    RC_TRY(rc__ask(a));
    a->seconds = rc_clock() - from;
    return RC_OK;
}

rc_status rc__asked_open(const rc_explain_request *q, rc__asked *out)
{
    const rc_task *t = q->of->task;
    *out = (rc__asked){.q = q, .started = rc_clock()};
    if (!q->unseen || q->unseen->n == 0 || t->target == RC_TARGET_WORDS || q->seconds <= 0) return RC_OK;
    out->part = *q->unseen;
    out->size = rc_task_raw(t);
    out->tokens = rc_task_ids(t);
    out->width = rc_task_width(t);
    return open(out, out->part.n < MAX_SAMPLES ? out->part.n : MAX_SAMPLES);
}

void rc__asked_close(rc__asked *a)
{
    rc_free(a->index);
    rc_free(a->x);
    rc_free(a->ids);
    rc_free(a->output);
    rc_free(a->room);
    rc_given_free(&a->batch);
}
