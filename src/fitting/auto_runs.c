/* A candidate of "auto" as a run of its own. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "fitting/auto_parts.h"
#include "parallel/parallel.h"
#include "runs/run_record.h"
#include "runs/session_folder.h"

static rc_status set(rc_config *c, const char *format, double value)
{
    char text[40];
    snprintf(text, sizeof text, format, value);
    return rc_config_assign(c, text);
}

/* What was asked for, and on top of it what makes a candidate of it. A member's schedule is cut short where
 * it was best, not compressed. */
static rc_status choose_settings(const rc__auto *a, const rc__candidate *k, bool member, rc_config *out)
{
    double horizon = (double)k->horizon, epochs = member ? (double)k->best_epoch : horizon;
    *out = a->c;
    for (int i = 0; i < RC__CANDIDATE_SETTINGS && k->set[i][0]; i++)
        RC_TRY(rc_config_assign(out, k->set[i]));
    RC_TRY(rc_config_assign(out, "fit.test=false"));
    RC_TRY(rc_config_assign(out, "fit.opponents=no"));
    if (member) RC_TRY(rc_config_assign(out, "data.valid_fraction=0"));
    if (!k->source || k->whole) return rc_config_check(out);
    RC_TRY(set(out, "fit.epochs=%.0f", epochs));
    RC_TRY(set(out, "fit.warmup=%.0f", epochs > 1 && horizon > 4 ? 1 : 0));
    RC_TRY(set(out, k->tuned ? "fit.decay=%.0f" : "fit.head_start=ridge", horizon));
    return rc_config_check(out);
}

rc_status rc__candidate_folder(const rc__auto *a, const rc__candidate *k, bool member,
                               char out[RC_SESSION_PATH])
{
    char inner[RC__CANDIDATE_NAME + 16];
    RC_TRY(rc_path_join(member ? "members" : "candidates", k->name, sizeof inner, inner));
    return rc_path_join(a->folder, inner, RC_SESSION_PATH, out);
}

/* ---- fitting ---- */

typedef struct run {
    const rc__auto *a;
    const rc__candidate *k;
    rc__fitting of;
    rc_dataset *data;
} run;

static rc_status hear(void *context, rc_session *s, const rc_json *line)
{
    const run *r = context;
    const rc_auto_how *how = r->a->how;
    return how->epoch(how->epoch_context, r->k->name, s, line);
}

static rc_status prepare(run *r, bool member, const char *folder)
{
    const rc__auto_source *source = r->k->source;
    RC_TRY(choose_settings(r->a, r->k, member, &r->of.config));
    RC_TRY(rc_method_find(r->k->method, &r->of.method));
    RC_TRY(rc_dataset_share(r->a->how->data, &r->data));
    RC_TRY(rc__fitting_split(&r->of.config, r->data));
    r->of.data = r->data;
    r->of.folder = folder;
    r->of.source = source ? source->bundle : NULL;
    r->of.source_name = source ? source->name : NULL;
    return rc__fitting_prepare(&r->of);
}

static rc_status go(run *r, bool member, int64_t until, const char *folder)
{
    double started = rc_clock();
    RC_TRY(prepare(r, member, folder));
    RC_TRY(rc__fitting_open(&r->of, r->a->how->data_name, RC_RESUME_AUTO, NULL));
    rc_session *s = r->of.session;
    if (s->start == RC_SESSION_IS_DONE) return rc_run_result(s, &r->of.result);
    s->pause = until;
    s->out_of_fold = member || r->k->tuned || r->a->valid_apart ? 0 : r->a->plain_seconds;
    if (r->a->how->epoch) s->listener = (rc_listener){r, hear};
    return rc__fitting_run(&r->of, started);
}

/* *result NULL: it rests. */
static rc_status fit(const rc__auto *a, const rc__candidate *k, bool member, int64_t until,
                     const char *folder, rc_json **result)
{
    run r = {.a = a, .k = k};
    rc_status status = go(&r, member, until, folder);
    *result = status == RC_OK ? r.of.result : NULL;
    if (status == RC_OK) r.of.result = NULL;
    rc_session_close(&r.of.session);
    rc__fitting_free(&r.of);
    rc_dataset_close(&r.data);
    return status == RC_INTERRUPTED && until > 0 && !rc_interrupt_requested() ? RC_OK : status;
}

/* ---- judging ---- */

double rc__candidate_score(const rc__candidate *k)
{
    return k->held ? k->fold : k->valid;
}

static double loss_of(const rc__candidate *k)
{
    return k->held ? k->fold_loss : k->loss;
}

bool rc__candidate_better(const rc__candidate *a, const rc__candidate *b)
{
    double x = rc__candidate_score(a), y = rc__candidate_score(b);
    return x != y ? x < y : loss_of(a) < loss_of(b);
}

/* What came later than `until` is of a run that was cut, and is not looked at. */
static void judge_epoch(const rc_json *line, int64_t until, rc__candidate *k)
{
    bool of_fit = rc_json_choice(line, "stage", RC_STAGES) == RC_STAGE_FIT;
    int64_t epoch = of_fit ? rc_json_integer(line, "epoch", 0) : 0;
    rc__candidate now = {.valid = rc_json_number(line, "valid_metric", INFINITY),
                         .loss = rc_json_number(line, "valid_loss", INFINITY)};
    if (until > 0 && epoch > until) return;
    k->seconds += rc_json_number(line, "seconds", 0);
    k->epochs = epoch > k->epochs ? epoch : k->epochs;
    if (!of_fit || !rc__candidate_better(&now, k)) return;
    k->valid = now.valid;
    k->loss = now.loss;
    k->best_epoch = epoch;
}

/* Of a field under a random head there are no epochs: nothing was learnt or judged. */
static rc_status judge(const char *folder, int64_t until, rc__candidate *k)
{
    rc_json *epochs;
    k->valid = k->loss = INFINITY;
    k->seconds = 0;
    RC_TRY(rc_run_read_epochs(folder, &epochs));
    for (size_t i = 0; i < rc_json_length(epochs); i++)
        judge_epoch(rc_json_at(epochs, i), until, k);
    rc_json_free(&epochs);
    return RC_OK;
}

/* All ranks go on as rank 0 has judged, whose clock counts. */
static rc_status share_scores(rc__candidate *k)
{
    struct {
        double valid, loss, seconds, once;
        int64_t epochs, best_epoch;
    } s = {k->valid, k->loss, k->seconds, k->once, k->epochs, k->best_epoch};
    RC_TRY(rc_parallel_broadcast(&s, sizeof s));
    k->valid = s.valid;
    k->loss = s.loss;
    k->seconds = s.seconds;
    k->once = s.once;
    k->epochs = s.epochs;
    k->best_epoch = s.best_epoch;
    return RC_OK;
}

/* ---- candidates and members ---- */

/* The schedule of one that was begun before a cut is the one it was given then, whatever the clock says now.
 */
rc_status rc__candidate_fit(rc__auto *a, rc__candidate *k, int64_t until)
{
    char folder[RC_SESSION_PATH];
    rc_json *j;
    RC_TRY(rc__candidate_folder(a, k, false, folder));
    RC_TRY(fit(a, k, false, until, folder, &j));
    rc_status status = rc_parallel_follow(rc_parallel_rank() == 0 ? judge(folder, until, k) : RC_OK);
    /* Its own: of a run that was complete before, the clock knows nothing. */
    const rc_json *seconds = rc_json_get(j, "seconds");
    if (status == RC_OK && j) k->seconds = rc_json_number(seconds, "total", 0);
    k->once = k->seconds - rc_json_number(seconds, "out_of_fold", 0);
    if (j) snprintf(a->metric, sizeof a->metric, "%s", rc_json_string(j, "metric", ""));
    rc_json_free(&j);
    return status == RC_OK ? share_scores(k) : status;
}

rc_status rc__member_fit(rc__auto *a, const rc__candidate *k)
{
    char folder[RC_SESSION_PATH];
    rc_json *j;
    RC_TRY(rc__candidate_folder(a, k, true, folder));
    RC_TRY(fit(a, k, true, 0, folder, &j));
    rc_json_free(&j);
    return rc_parallel_follow(RC_OK); /* rank 0 has written what all are going to read */
}
