#include "training/opponents.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "parallel/parallel.h"

/* What takes longer is left to the method of its name. */
static const double MAX_SECONDS = 5;

typedef struct opponents {
    rc_session *s;
    rc_task *task;
    rc_plain_form form;
    rc_part labelled;            /* what the run has learnt from when it is scored on test */
    int64_t n, n_train, n_asked; /* samples of it; of the training part; to be scored */
    rc_json *all; /* NULL: nothing is measured, and it is only told how long that would take: */
    double seconds, bytes;
    rc_string line;
} opponents;

/* A metric that has no meaning on a part is no score of anybody. */
static rc_status score(const opponents *o, const rc_part *part, double *out)
{
    rc_score value;
    *out = NAN;
    if (part->n == 0) return RC_OK;
    rc_status status =
        rc_evaluate(o->s->graph, NULL, o->task, part, o->s->config.fit.batch, NULL, NULL, &value);
    if (status == RC_OK) *out = value.metric;
    return status == RC_DATA ? RC_OK : status;
}

static rc_status measure(opponents *o, const char *name, rc_json *one)
{
    const rc_dataset *d = o->s->task->data;
    double valid, test, started = rc_clock();
    uint64_t seed = (uint64_t)o->s->config.seed;
    RC_TRY(rc_task_fit_plain(o->task, name, &d->train, seed, NULL));
    RC_TRY(score(o, &d->valid, &valid));
    if (o->s->learnt_valid) RC_TRY(rc_task_fit_plain(o->task, name, &o->labelled, seed, NULL));
    RC_TRY(score(o, &d->test, &test));
    double seconds = rc_clock() - started;
    rc_json_set_number(one, "valid", valid);
    rc_json_set_number(one, "test", test);
    rc_json_set_number(one, "seconds", seconds);
    return rc_string_printf(&o->line, "%s%s %.4g in %.1f s", o->line.length ? ", " : "", name, valid,
                            seconds);
}

static double seconds_of(const opponents *o, const char *name)
{
    return rc_plain_seconds(name, &o->form, o->n_train, o->n_asked);
}

/* What is read by pieces is not taken into memory for them. */
static bool is_too_large(const opponents *o)
{
    return o->s->task->data->train.x->pieces != NULL;
}

static rc_status try_one(opponents *o, const char *name)
{
    char reason[96];
    if (rc_interrupt_requested())
        return rc_fail(RC_INTERRUPTED, "interrupted; the training is done, get its result with \1resume");
    rc_json *one = rc_json_set(o->all, name, rc_json_object());
    if (rc_plain_check(name, &o->form, o->n) != RC_OK) {
        rc_json_set_string(one, "skipped", rc_error_text());
        return RC_OK;
    }
    if (is_too_large(o)) {
        rc_message_print(sizeof reason, reason,
                         "it would need all samples in memory, %.0f MiB; \1method %s fits it",
                         rc_plain_bytes(name, &o->form, o->n) / (1 << 20), name);
        rc_json_set_string(one, "skipped", reason);
        return RC_OK;
    }
    double seconds = seconds_of(o, name);
    if (seconds <= MAX_SECONDS) return measure(o, name, one);
    rc_message_print(sizeof reason, reason, "it would take about %.0f s; \1method %s fits it", seconds, name);
    rc_json_set_string(one, "skipped", reason);
    return RC_OK;
}

static void foresee_one(opponents *o, const char *name)
{
    double seconds = seconds_of(o, name);
    bool learns = rc_plain_check(name, &o->form, o->n) == RC_OK && seconds <= MAX_SECONDS && !is_too_large(o);
    if (!learns) return;
    o->seconds += (o->s->learnt_valid ? 2 : 1) * seconds;
    o->bytes = fmax(o->bytes, rc_plain_bytes(name, &o->form, o->n));
}

/* Samples of another form are not for it, and it is not named. */
static bool is_served(const opponents *o, const char *name)
{
    return !rc_plain_wants_features(name) && rc_plain_check(name, &o->form, 1) == RC_OK;
}

static rc_status count_samples(opponents *o)
{
    const rc_dataset *d = o->s->task->data;
    int64_t valid, test;
    RC_TRY(rc_task_plain_samples(o->task, &o->labelled, &o->n));
    RC_TRY(rc_task_plain_samples(o->task, &d->train, &o->n_train));
    RC_TRY(rc_task_plain_samples(o->task, &d->valid, &valid));
    RC_TRY(rc_task_plain_samples(o->task, &d->test, &test));
    o->n_asked = valid + test;
    return RC_OK;
}

static rc_status run(void *context)
{
    opponents *o = context;
    rc_dataset *d = o->s->task->data;
    int64_t *index = NULL;
    RC_TRY(rc_task_create_plain(&o->s->config, d, o->s->device, &o->task));
    o->labelled = d->train;
    if (o->s->learnt_valid) RC_TRY(rc_dataset_reunite(d, &index, &o->labelled));
    o->form = rc_task_plain_form(o->task);
    rc_status status = count_samples(o);
    for (int i = 0; rc_plain_name(i) && status == RC_OK; i++) {
        const char *name = rc_plain_name(i);
        if (!is_served(o, name)) continue;
        if (o->all)
            status = try_one(o, name);
        else
            foresee_one(o, name);
    }
    rc_free(index);
    return status;
}

rc_status rc_opponents_add(rc_session *s, double valid, rc_json *result)
{
    opponents o = {.s = s, .all = rc_json_set(result, "opponents", rc_json_object())};
    rc_status status = rc_parallel_alone(run, &o);
    if (status == RC_OK && o.line.length && !isnan(valid))
        rc_progress_note("opponents (validation %s): %s; this run %.4g", rc_metric_name(s->task->metric),
                         o.line.data, valid);
    rc_task_destroy(&o.task);
    rc_string_free(&o.line);
    return status;
}

rc_status rc_opponents_foresee(rc_session *s, double *seconds, double *bytes)
{
    opponents o = {.s = s};
    rc_status status = run(&o);
    rc_task_destroy(&o.task);
    *seconds = o.seconds;
    *bytes = o.bytes;
    return status;
}
