/* MoNA: stage 1 as methods/mona.h has it, one optimizer step an epoch on a batch of the target and one of the
 * source; then stage 2 on everything. */
#include "methods/mona.h"

#include <stdio.h>

#include "base/ascii.h"
#include "base/progress.h"
#include "methods/method.h"
#include "methods/stage_probe.h"
#include "settings/optimize.h"

typedef struct mona {
    rc_session *s;
    const rc_bundle *source;
    const rc_config *c;
    rc_mona x;
    rc_source_samples samples;
    rc_batch batch;
    int64_t *order;
    rc_schedule schedule;
    rc_stage_probe probe;
} mona;

/* ---- epochs ---- */

static bool in_body(const rc_model *m, int i)
{
    return i >= m->first[RC_PART_BODY] && i < m->first[RC_PART_BODY + 1];
}

/* The body's gradients stay empty, and so it stays as it is. */
static rc_status update(mona *a)
{
    rc_session *s = a->s;
    rc_params *p = s->model->params;
    const rc_optimizer_config *o = &a->c->align.optimizer;
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_tensor t = rc_params_grad(p, i);
        if (in_body(s->model, i)) continue;
        RC_TRY(rc_tensor_upload(&t, a->x.g + rc_params_get(p, i)->offset));
        rc_params_set_grad_ready(p, i);
    }
    RC_TRY(rc_optimizer_update(s->optimizer, o->lr * rc_schedule_rate(&a->schedule, s->at.epoch), 1.0));
    rc_params_zero_grads(p);
    return RC_OK;
}

static rc_status log_epoch(mona *a, double target, double source, double started)
{
    rc_json *line = rc_json_object();
    rc_json_set_choice(line, "stage", RC_STAGES, RC_STAGE_MONA);
    rc_json_set_integer(line, "epoch", a->s->at.epoch + 1);
    rc_json_set_number(line, "loss", a->c->mona.weight_task * target + source);
    rc_json_set_number(line, "target_loss", target);
    rc_json_set_number(line, "source_loss", source);
    rc_json_set_number(line, "seconds", rc_clock() - started);
    return rc_session_metrics(a->s, line);
}

static rc_status run_epoch(void *context)
{
    mona *a = context;
    rc_session *s = a->s;
    const rc_part *train = &s->task->data->train;
    double started = rc_clock(), target, source;
    int64_t n = train->n < a->c->align.batch ? train->n : a->c->align.batch;
    RC_TRY(rc_part_order(train, (uint64_t)a->c->seed ^ 0x304aull, s->at.epoch, a->order));
    RC_TRY(rc_batch_fill(&a->batch, s->task, train, a->order, n, NULL));
    rc_source_samples_draw(&a->samples, (uint64_t)a->c->seed, s->at.epoch, a->samples.capacity);
    RC_TRY(rc_mona_gradient(&a->x, &target, &source));
    RC_TRY(update(a));
    RC_TRY(log_epoch(a, target, source, started));
    s->at.epoch++;
    char text[96];
    rc_ascii_print(text, sizeof text, "target loss %.4f, source loss after a step %.4f", target, source);
    rc_progress_step("mona", s->at.epoch, a->c->align.epochs, text);
    return rc_stage_probe_look(&a->probe, a->c->align.epochs);
}

/* ---- the stage ---- */

static rc_status prepare(mona *a)
{
    rc_session *s = a->s;
    rc_params *p = s->model->params;
    a->x = (rc_mona){.graph = s->graph,
                     .model = s->model,
                     .task = s->task,
                     .batch = &a->batch,
                     .samples = &a->samples,
                     .inner_lr = a->c->mona.inner_lr,
                     .weight_task = a->c->mona.weight_task};
    rc_method_note_first(s, a->source);
    RC_TRY(rc_source_head_load(s->device, a->source, 0, false, a->x.head));
    RC_TRY(rc_source_samples_create(a->source, s->model, a->c->align.batch, &a->samples));
    RC_TRY(rc_batch_create(s->task, a->c->align.batch, &a->batch));
    RC_TRY(rc_mona_prepare(&a->x));
    RC_TRY(RC_NEW(&a->order, s->task->data->train.n));
    a->schedule = rc_config_schedule(&a->c->align.optimizer, 1, a->c->align.epochs);
    rc_params_set_trainable(p, "", true);
    RC_TRY(rc_params_prepare_grads(p));
    RC_TRY(rc_session_optimizer(s, &a->c->align.optimizer));
    rc_epoch_order((uint64_t)a->c->seed, 0, s->task->data->train.n, a->order); /* all are seen */
    RC_TRY(rc_stage_probe_create(s, a->order, s->task->data->train.n, &a->probe));
    return rc_session_check(s, a->c->align.epochs, 0, s->at.epoch);
}

static rc_status run_epochs(mona *a)
{
    RC_TRY(prepare(a));
    RC_TRY(rc_session_epochs(a->s, a->c->align.epochs, run_epoch, a));
    return rc_stage_probe_end(&a->probe);
}

static rc_status learn_embedder(rc_session *s, const rc_bundle *source)
{
    bool done;
    RC_TRY(rc_session_begin(s, RC_STAGE_MONA, &done));
    if (done) return RC_OK;
    mona a = {.s = s, .source = source, .c = &s->config};
    rc_status status = run_epochs(&a);
    rc_tensor_destroy(&a.x.head[0]);
    rc_tensor_destroy(&a.x.head[1]);
    rc_mona_free(&a.x);
    rc_source_samples_free(&a.samples);
    rc_batch_free(&a.batch);
    rc_stage_probe_free(&a.probe);
    rc_free(a.order);
    return status == RC_OK ? rc_session_end(s) : status;
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    RC_TRY(learn_embedder(s, source));
    return rc_stage_fit(s);
}

const rc_method rc_method_mona = {
    .name = "mona",
    .about = "an embedder by which fine-tuning would cost the source least, then fit",
    .run = run,
    .check = rc_source_samples_check};
