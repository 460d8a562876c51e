#include "training/rehearsal.h"

#include <math.h>

#include "base/progress.h"
#include "parallel/parallel.h"
#include "tasks/readout.h"
#include "training/opponents.h"

/* Seconds: what is timed so long is timed well; what takes so long is not done twice. */
static const double ENOUGH = 1, LONG = 3;

rc_status rc_rehearse(rc_session *s, int64_t times, rc_status (*run)(void *context), void *context,
                      double *seconds)
{
    double began = rc_clock(), at;
    RC_TRY(run(context)); /* warms up */
    *seconds = rc_clock() - began;
    at = rc_clock();
    for (int64_t n = 1; n < times; n++) {
        bool more = at - began < LONG && (n == 1 || rc_clock() - at < ENOUGH);
        RC_TRY(rc_parallel_decide(&more));
        if (!more) break;
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
        RC_TRY(run(context));
        *seconds = (rc_clock() - at) / (double)n;
    }
    s->stage_started += rc_clock() - began;
    return RC_OK;
}

void rc_rehearsal_add(rc_session *s, int64_t epochs, int64_t steps, double seconds)
{
    int at = (int)s->entered - 1;
    rc_rehearsed *stage = &s->rehearsal->stage[at];
    double now = rc_clock();
    s->rehearsal->stages = at + 1;
    stage->stage = s->stage[at];
    stage->epochs += epochs;
    stage->steps += steps;
    stage->seconds += seconds + now - s->stage_started;
    s->stage_started = now;
}

/* ---- epochs ---- */

typedef struct epochs {
    rc_session *s;
    int64_t all;
    rc_status (*run)(void *context);
    void *context;
} epochs;

static rc_status run_epoch(void *context)
{
    epochs *e = context;
    if (e->s->at.epoch == e->all) e->s->at.epoch = 0;
    return e->run(e->context);
}

rc_status rc_rehearse_epochs(rc_session *s, int64_t all, rc_status (*run)(void *context), void *context)
{
    epochs e = {s, all, run, context};
    double each = 0;
    if (all > 0) RC_TRY(rc_rehearse(s, all, run_epoch, &e, &each));
    rc_rehearsal_add(s, all, all, (double)all * each);
    return RC_OK;
}

/* ---- passes ---- */

typedef struct pass {
    rc_session *s;
    rc_batch batch;
    int64_t *order, n, at;
} pass;

static rc_status run_pass(void *context)
{
    pass *p = context;
    rc_session *s = p->s;
    RC_TRY(rc_batch_fill(&p->batch, s->task, &s->task->data->train, p->order + p->at, p->n, NULL));
    p->at = p->at + 2 * p->n <= s->task->data->train.n ? p->at + p->n : 0;
    rc_graph_reset(s->graph, false);
    rc_feed feed = rc_task_feed(s->graph, s->task, p->batch.n, &p->batch.given);
    rc_var said = rc_task_outputs(s->graph, s->model, s->task, &feed);
    RC_TRY(rc_graph_status(s->graph));
    return rc_tensor_wait(&said->value);
}

static rc_status time_pass(rc_session *s, int64_t batch, int64_t times, double *seconds)
{
    int64_t all = s->task->data->train.n;
    pass p = {.s = s, .n = all < batch ? all : batch};
    RC_TRY(RC_NEW(&p.order, all));
    rc_status status = rc_part_order(&s->task->data->train, (uint64_t)s->config.seed, 0, p.order);
    if (status == RC_OK) status = rc_batch_create(s->task, p.n, &p.batch);
    if (status == RC_OK) status = rc_rehearse(s, times, run_pass, &p, seconds);
    rc_batch_free(&p.batch);
    rc_free(p.order);
    *seconds *= (double)batch / (double)p.n;
    return status;
}

rc_status rc_rehearse_passes(rc_session *s, int64_t samples, double *seconds)
{
    rc_rehearsal *r = s->rehearsal;
    int64_t batch = s->config.fit.batch;
    *seconds = 0;
    if (samples == 0) return RC_OK;
    if (r->pass == 0) RC_TRY(time_pass(s, batch, 1 + samples / batch, &r->pass));
    *seconds = r->pass * (double)samples / (double)batch;
    return RC_OK;
}

rc_status rc_rehearse_readout(rc_session *s, int64_t n, int64_t asked, double *seconds)
{
    rc_readout one;
    const int64_t first = 0;
    RC_TRY(rc_rehearse_passes(s, n + asked, seconds));
    RC_TRY(rc_readout_take(s->graph, s->model, s->task, &s->task->data->train, &first, 1, 1, &one));
    *seconds += rc_plain_seconds("probe", &one.form, n, asked);
    s->rehearsal->closed_form = fmax(s->rehearsal->closed_form, rc_plain_bytes("probe", &one.form, n));
    rc_readout_free(&one);
    return RC_OK;
}

/* ---- the end ---- */

/* Of a task that turns, an answer is the mean over all poses, on validation and test. */
static rc_status rehearse_test(rc_session *s)
{
    rc_rehearsal *r = s->rehearsal;
    const rc_dataset *d = s->task->data;
    int64_t test = s->config.fit.test ? d->test.n : 0, valid = s->task->turns ? d->valid.n : 0;
    if (!s->model) return RC_OK;
    s->task->averages = s->task->turns;
    if (s->task->turns) r->pass = 0;
    rc_status status = rc_rehearse_passes(s, test + valid, &r->test);
    s->task->averages = false;
    return status;
}

rc_status rc_rehearse_end(rc_session *s)
{
    rc_rehearsal *r = s->rehearsal;
    RC_TRY(rehearse_test(s));
    r->activations = rc_graph_peak_bytes(s->graph);
    if (s->model) {
        r->parameters = rc_params_total(s->model->params);
        r->trainable = rc_params_trainable_total(s->model->params);
    }
    return s->opponents ? rc_opponents_foresee(s, &r->opponents, &r->plain) : RC_OK;
}
