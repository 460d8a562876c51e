#include "methods/stage_probe.h"

#include <string.h>

#include "base/progress.h"
#include "tasks/readout.h"
#include "training/rehearsal.h"

/* Samples to learn from and to be scored on, and the least of the latter that tell anything. */
enum { MAX = 512, MIN = 10 };

/* Rows of train in a seeded order, without those that are seen. */
static rc_status unseen(const rc_session *s, const int64_t *seen, int64_t n_seen, int64_t *out, int64_t *n)
{
    int64_t all = s->task->data->train.n, kept = 0;
    bool *is_seen;
    RC_TRY(RC_NEW(&is_seen, all));
    for (int64_t i = 0; i < n_seen; i++)
        is_seen[seen[i]] = true;
    rc_epoch_order((uint64_t)s->config.seed, 0, all, out);
    for (int64_t i = 0; i < all; i++)
        if (!is_seen[out[i]]) out[kept++] = out[i];
    rc_free(is_seen);
    *n = kept;
    return RC_OK;
}

static int64_t max_of(const rc_session *s, int64_t n)
{
    return rc_readout_max(s->model, n < MAX ? n : MAX);
}

static rc_status without_validation(rc_stage_probe *p, const int64_t *seen, int64_t n)
{
    const rc_part *train = &p->s->task->data->train;
    RC_TRY(RC_NEW(&p->judge, train->n));
    RC_TRY(unseen(p->s, seen, n, p->judge, &p->n_judge));
    if (p->n_judge < MIN) {
        rc_session_note(p->s, "stage 1 is not judged by a probe: there is no validation part, and it "
                              "sees the labels of all training samples");
        return RC_OK;
    }
    RC_TRY(RC_NEW(&p->learn, n));
    memcpy(p->learn, seen, (size_t)n * sizeof *seen);
    p->n_learn = n;
    p->judge_part = train;
    return RC_OK;
}

static rc_status with_validation(rc_stage_probe *p)
{
    const rc_dataset *d = p->s->task->data;
    p->judge_part = &d->valid;
    p->n_learn = d->train.n;
    p->n_judge = d->valid.n;
    RC_TRY(RC_NEW(&p->learn, p->n_learn));
    RC_TRY(RC_NEW(&p->judge, p->n_judge));
    rc_epoch_order((uint64_t)p->s->config.seed, 0, p->n_learn, p->learn);
    rc_epoch_order((uint64_t)p->s->config.seed, 0, p->n_judge, p->judge);
    return RC_OK;
}

static rc_status score(const rc_stage_probe *p, double *loss)
{
    rc_session *s = p->s;
    int64_t batch = s->config.align.batch;
    rc_readout learn = {0}, judge = {0};
    rc_plain *probe = NULL;
    rc_status status = rc_readout_take(s->graph, s->model, s->task, &s->task->data->train, p->learn,
                                       p->n_learn, batch, &learn);
    if (status == RC_OK)
        status =
            rc_readout_take(s->graph, s->model, s->task, p->judge_part, p->judge, p->n_judge, batch, &judge);
    if (status == RC_OK) status = rc_readout_fit(&learn, (uint64_t)s->config.seed, NULL, &probe);
    if (status == RC_OK) status = rc_readout_loss(&judge, probe, loss);
    rc_plain_destroy(&probe);
    rc_readout_free(&learn);
    rc_readout_free(&judge);
    return status;
}

static rc_status log_look(rc_session *s, double loss, double started)
{
    rc_json *line = rc_json_object();
    rc_json_set_string(line, "stage", "probe");
    rc_json_set_integer(line, "epoch", s->at.epoch);
    rc_json_set_number(line, "valid_loss", loss);
    rc_json_set_number(line, "seconds", rc_clock() - started);
    return rc_session_metrics(s, line);
}

static rc_status look(const rc_stage_probe *p)
{
    rc_session *s = p->s;
    rc_probed *at = &s->at.probe;
    double loss, started = rc_clock();
    RC_TRY(score(p, &loss));
    if (at->looks == 0) at->start = loss;
    bool better = at->looks == 0 || loss < at->best;
    at->looks++;
    RC_TRY(log_look(s, loss, started));
    if (!better) return RC_OK;
    at->best = loss;
    at->kept = s->at.epoch;
    return rc_session_keep_best(s);
}

/* All looks at once, and none is taken. */
static rc_status rehearse(rc_stage_probe *p)
{
    rc_session *s = p->s;
    int64_t every = s->config.align.probe_every, epochs = s->config.align.epochs;
    double each;
    RC_TRY(rc_rehearse_readout(s, p->n_learn, p->n_judge, &each));
    rc_rehearsal_add(s, 0, 0, (double)(1 + (epochs + every - 1) / every) * each);
    p->judge_part = NULL;
    return RC_OK;
}

rc_status rc_stage_probe_create(rc_session *s, const int64_t *seen, int64_t n, rc_stage_probe *out)
{
    const rc_dataset *d = s->task->data;
    *out = (rc_stage_probe){.s = s};
    if (s->config.align.probe_every == 0 || !rc_readout_serves(s->model) || d->train.n < 3) return RC_OK;
    RC_CHECK(s->at.probe.kept <= s->at.epoch && (s->at.probe.looks == 0 || s->best), RC_FORMAT,
             "%s/checkpoint: the best of stage 1 is missing; it is damaged, or belongs to another run",
             s->directory);
    RC_TRY(d->valid.n > 0 ? with_validation(out) : without_validation(out, seen, n));
    out->n_learn = max_of(s, out->n_learn);
    out->n_judge = max_of(s, out->n_judge);
    if (!out->judge_part) return RC_OK;
    if (s->rehearsal) return rehearse(out);
    return s->at.probe.looks == 0 ? look(out) : RC_OK;
}

void rc_stage_probe_free(rc_stage_probe *p)
{
    rc_free(p->learn);
    rc_free(p->judge);
    *p = (rc_stage_probe){0};
}

rc_status rc_stage_probe_look(const rc_stage_probe *p, int64_t epochs)
{
    int64_t epoch = p->s->at.epoch;
    bool due = p->judge_part && (epoch % p->s->config.align.probe_every == 0 || epoch == epochs);
    return due ? look(p) : RC_OK;
}

rc_status rc_stage_probe_end(const rc_stage_probe *p)
{
    const rc_probed *at = &p->s->at.probe;
    if (!p->judge_part) return RC_OK;
    rc_progress_note("stage 1: the loss of a probe was %.4g at the start and lowest, %.4g, after epoch %lld, "
                     "which is kept",
                     at->start, at->best, (long long)at->kept);
    return rc_session_use_best(p->s);
}
