/* A plain predictor fitted as a run: no epochs, no checkpoint, and the scores of any other run. */
#include <math.h>

#include "base/memory.h"
#include "base/progress.h"
#include "parallel/parallel.h"
#include "training/rehearsal.h"

static rc_status write_line(rc_session *s, const rc_score *valid)
{
    rc_json *line = rc_json_object();
    rc_json_set_choice(line, "stage", RC_STAGES, RC_STAGE_FIT);
    rc_json_set_number(line, "valid_loss", valid->loss);
    rc_json_set_number(line, "valid_metric", valid->metric);
    rc_json_set_number(line, "seconds", rc_clock() - s->stage_started);
    return rc_session_metrics(s, line);
}

static rc_status learn(rc_session *s, const char *name)
{
    const rc_part *train = &s->task->data->train;
    rc_plain_form form = rc_task_plain_form(s->task);
    rc_plain_held held;
    RC_TRY(rc_out_of_fold_room(s, rc_plain_seconds(name, &form, train->n, 0), &held));
    rc_status status =
        rc_task_fit_plain(s->task, name, train, (uint64_t)s->config.seed, held.said ? &held : NULL);
    if (status == RC_OK && held.said) status = rc_out_of_fold_keep(s, &held);
    rc_free(held.said);
    return status;
}

static rc_status rehearse(rc_session *s, const char *name)
{
    int64_t n, asked;
    rc_plain_form form = rc_task_plain_form(s->task);
    RC_TRY(rc_task_plain_samples(s->task, &s->task->data->train, &n));
    RC_TRY(rc_task_plain_samples(s->task, &s->task->data->valid, &asked));
    rc_rehearsal_add(s, 0, 0, rc_plain_seconds(name, &form, n, asked));
    s->rehearsal->closed_form = rc_plain_bytes(name, &form, n);
    return rc_session_end(s);
}

rc_status rc_stage_plain(rc_session *s, const char *name)
{
    rc_score valid = {NAN, NAN};
    const rc_part *part = &s->task->data->valid;
    bool done;
    RC_TRY(rc_session_begin(s, RC_STAGE_FIT, &done));
    if (s->rehearsal) return rehearse(s, name);
    RC_TRY(learn(s, name));
    RC_TRY(rc_parallel_agree());
    if (rc_interrupt_requested()) return rc_session_interrupted(s);
    if (part->n > 0)
        RC_TRY(rc_evaluate(s->graph, NULL, s->task, part, s->config.fit.batch, NULL, NULL, &valid));
    s->at.scored = part->n > 0;
    s->at.best_metric = valid.metric;
    RC_TRY(write_line(s, &valid));
    return rc_session_end(s);
}
