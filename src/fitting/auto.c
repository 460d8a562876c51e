/* Candidates are tried (auto_search.c, auto_several.c), and weights are found under which their mean explains
 * the validation part best. Of the method "auto", those with a weight learn once more in members/, with the
 * validation part and the epochs that were best. The test part is read once, for the combination. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/temporary.h"
#include "fitting/auto_parts.h"
#include "parallel/parallel.h"
#include "runs/session_folder.h"

/* Of the time, the most that a plain predictor alone may be expected to take. */
static const double PLAIN_SHARE = 1.0 / 8;

/* ---- together ---- */

/* The session's task becomes the combination of the candidates, or of the members. */
static rc_status combine(rc__auto *a, bool members)
{
    rc_ensemble_member member[RC__CANDIDATES];
    rc_ensemble *e;
    int n = 0;
    for (int i = 0; i < a->n; i++) {
        const rc__candidate *k = &a->candidate[i];
        if (!(k->weight > 0)) continue;
        RC_TRY(
            rc_path_join(members ? "members" : "candidates", k->name, sizeof member[n].run, member[n].run));
        member[n].power = k->power;
        member[n++].weight = k->weight;
    }
    rc_task_destroy(&a->s->task);
    RC_TRY(rc_ensemble_open(a->folder, n, member, &e));
    return rc_task_create_ensemble(&a->c, a->data, a->s->device, e, &a->s->task);
}

static rc_status score_combination(rc__auto *a)
{
    rc_session *s = a->s;
    rc_score valid;
    RC_TRY(combine(a, false));
    RC_TRY(rc_evaluate(s->graph, NULL, s->task, &a->data->valid, s->config.fit.batch, NULL, NULL, &valid));
    s->at.scored = 1;
    s->at.best_metric = valid.metric;
    s->at.best_loss = valid.loss;
    return RC_OK;
}

/* One that cannot learn once more leaves its share to the others. */
static rc_status refit_one(rc__auto *a, const rc__candidate *k, double *weight)
{
    char what[RC__CANDIDATE_NAME + 48];
    rc_status status = rc__member_fit(a, k);
    if (status == RC_OK) return RC_OK;
    snprintf(what, sizeof what, "%s, learning once more from all labels,", k->name);
    *weight = 0;
    return rc__auto_leave_out(a, what, status);
}

/* Shares change when all are through: cut before, the candidates answer with theirs. */
static rc_status refit(rc__auto *a)
{
    double weight[RC__CANDIDATES], sum = 0;
    if (a->valid_apart) return RC_OK;
    for (int i = 0; i < a->n; i++) {
        const rc__candidate *k = &a->candidate[i];
        weight[i] = k->weight;
        if (k->weight > 0) RC_TRY(refit_one(a, k, &weight[i]));
        sum += weight[i];
    }
    RC_CHECK(sum > 0, RC_DATA, "%s: none of the chosen predictors could learn once more from all labels",
             a->data->name);
    for (int i = 0; i < a->n; i++)
        a->candidate[i].weight = weight[i] / sum;
    return combine(a, true);
}

/* Once there is a result: a run that is cut before goes on from its candidates. */
static rc_status remove_candidates(const rc__auto *a)
{
    char folder[RC_SESSION_PATH];
    if (a->valid_apart) return RC_OK;
    RC_TRY(rc_path_join(a->folder, "candidates", sizeof folder, folder));
    return rc_parallel_follow(rc_parallel_rank() == 0 ? rc_remove_tree(folder) : RC_OK);
}

/* ---- what is told ---- */

static void tell_candidate(const rc__candidate *k, rc_json *list)
{
    rc_json *one = rc_json_append(list, rc_json_object());
    rc_json_set_string(one, "name", k->name);
    rc_json_set_string(one, "method", k->method);
    if (k->source) rc_json_set_string(one, "source", k->source->name);
    rc_json *set = rc_json_set(one, "settings", rc_json_array());
    for (int i = 0; i < RC__CANDIDATE_SETTINGS && k->set[i][0]; i++)
        rc_json_append_string(set, k->set[i]);
    if (k->source) rc_json_set_integer(one, "epochs", k->epochs);
    if (k->source) rc_json_set_integer(one, "best_epoch", k->best_epoch);
    rc_json_set_boolean(one, "dropped", k->dropped);
    rc_json_set_number(one, "valid", k->valid);
    rc_json_set_number(one, "valid_loss", k->loss);
    if (k->held) rc_json_set_number(one, "out_of_fold", k->fold);
    if (k->held) rc_json_set_number(one, "out_of_fold_loss", k->fold_loss);
    rc_json_set_number(one, "seconds", k->seconds);
    rc_json_set_number(one, "weight", k->weight);
}

/* The best first; of equals, the one that was tried first. */
static void sort_candidates(const rc__auto *a, const rc__candidate **out)
{
    for (int i = 0; i < a->n; i++) {
        int at = i;
        for (; at > 0 && rc__candidate_better(&a->candidate[i], out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = &a->candidate[i];
    }
}

/* In the order in which they were preferred. */
static void tell_sources(rc__auto *a)
{
    rc_json *list = rc_json_set(a->result, "sources", rc_json_array());
    for (int i = 0; i < a->sources; i++) {
        const rc__auto_source *s = a->ranked[i];
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "source", s->name);
        rc_json_set_number(one, "probe", s->best < 0 ? NAN : rc__candidate_score(&a->candidate[s->best]));
        rc_json_set_number(one, "w1", s->w1);
    }
}

static void tell_time(rc__auto *a)
{
    double seconds = rc_clock() - a->started, limit = a->c.fit.time_limit;
    rc_json_set_boolean(a->result, "time_limit_exceeded", seconds > limit);
    if (seconds <= limit) return;
    rc_session_note(a->s, "the fit took %.0f s, more than the limit of %.0f s (fit.time_limit)", seconds,
                    limit);
}

static const char *method_of(const rc__auto *a)
{
    return a->how->method ? a->how->method : "auto";
}

static rc_status tell_search(rc__auto *a)
{
    double of_sources = 0;
    for (int i = 0; i < a->n; i++)
        if (a->candidate[i].source) of_sources += a->candidate[i].weight;
    tell_sources(a);
    rc_json_set_integer(a->result, "budget", a->budget);
    rc_json_set_number(a->result, "weight_of_sources", of_sources);
    if (of_sources == 0)
        rc_session_note(a->s, "no source was worth it here: the plain predictors are better alone");
    tell_time(a);
    return RC_OK;
}

/* Why it is no score on samples that nothing was learnt from. */
static void note_validation(rc__auto *a)
{
    bool fitted = a->c.fit.combine != RC_COMBINE_AVERAGE, learnt = !a->valid_apart && !a->cut;
    if (fitted)
        rc_session_note(a->s, "the validation score is of weights that were fitted to the same samples%s",
                        learnt ? ", and of members before they learnt from them too" : "");
    else if (learnt)
        rc_session_note(a->s, "the validation score is of members before they learnt from its samples too");
}

static rc_status tell(rc__auto *a)
{
    const rc__candidate *sorted[RC__CANDIDATES];
    a->result = rc_json_object();
    rc_json_set_string(a->result, "task", a->data->name);
    rc_json_set_string(a->result, "method", method_of(a));
    rc_json_set_integer(a->result, "seed", a->c.seed);
    if (a->how->folder) rc_json_set_string(a->result, "run", a->how->folder);
    rc_json *list = rc_json_set(a->result, "candidates", rc_json_array());
    sort_candidates(a, sorted);
    int answering = 0;
    for (int i = 0; i < a->n; i++) {
        tell_candidate(sorted[i], list);
        answering += sorted[i]->weight > 0;
    }
    rc_json_set_boolean(a->result, "combined", answering > 1);
    RC_TRY(a->way->tell(a));
    note_validation(a);
    RC_TRY(rc_json_check(a->notes));
    for (size_t i = 0; i < rc_json_length(a->notes); i++)
        rc_json_append_string(a->s->notes, rc_json_as_string(rc_json_at(a->notes, i)));
    return RC_OK;
}

/* ---- what it begins with ---- */

/* Samples, units and scores. */
static rc_status open_data(rc__auto *a)
{
    rc_device *device;
    RC_TRY(rc_dataset_share(a->how->data, &a->data));
    a->valid_apart = a->how->method || a->data->valid.n > 0;
    RC_TRY(rc__fitting_split(&a->c, a->data));
    RC_CHECK(a->data->valid.n > 0, RC_CONFIG,
             "the run chooses by validation data, and there are none: set data.valid_fraction, or choose a "
             "method and one source");
    RC_TRY(rc__auto_find_labelled(a));
    RC_TRY(rc_device_choose(a->c.model.device, a->c.model.precision, &device));
    return rc_task_create_plain(&a->c, a->data, device, &a->task);
}

static void identify(rc__auto *a, uint64_t print, rc_json *identity)
{
    const rc_auto_how *how = a->how;
    rc_json_set_string(identity, "command", "fit");
    rc_json_set_string(identity, "data", how->data_name);
    rc_json_set_string(identity, "method", method_of(a));
    rc__json_fingerprint(identity, "data_fingerprint", print);
    if (a->foreseen) rc_json_set(identity, "foreseen", a->foreseen);
    a->foreseen = NULL;
    if (how->source) rc_json_set_string(identity, "source", how->source);
}

static rc_status open_session(rc__auto *a)
{
    const rc_auto_how *how = a->how;
    uint64_t print;
    RC_TRY(rc_dataset_fingerprint(a->data, &print));
    rc_json *identity = rc_json_object();
    identify(a, print, identity);
    RC_TRY(rc_session_create(how->folder ? how->folder : how->data_name, &a->c, identity, &a->s));
    return how->folder ? rc_run_open(a->s, how->resume, how->reserved) : RC_OK;
}

static rc_status choose_folder(rc__auto *a)
{
    if (!a->how->folder) return rc_temporary_folder(sizeof a->folder, a->folder);
    RC_CHECK(strlen(a->how->folder) < sizeof a->folder, RC_CONFIG, "\1out: the path is too long");
    strcpy(a->folder, a->how->folder);
    return RC_OK;
}

rc_status rc_auto_check(const rc_config *c)
{
    RC_CHECK(!c->fit.lora_from[0], RC_CONFIG,
             "fit.lora_from: adapters belong to one source; choose a method, such as nft, and one source");
    bool one = c->fit.combine == RC_COMBINE_AUTO || c->fit.combine == RC_COMBINE_NO ||
               c->fit.combine == RC_COMBINE_BEST;
    RC_CHECK(one || rc_loss_of(c->fit.loss)->says != RC_SAYS_RISKS, RC_CONFIG,
             "fit.combine: the risks of several predictors have no common scale; set fit.combine=best");
    return RC_OK;
}

/* Before there is a folder: a name may be wrong. */
static rc_status prepare(rc__auto *a)
{
    a->notes = rc_json_array();
    a->c = *a->how->config;
    RC_TRY(rc_auto_check(&a->c));
    RC_TRY(open_data(a));
    a->plain_seconds = PLAIN_SHARE * a->c.fit.time_limit;
    return rc__auto_list_sources(a);
}

/* ---- all of it ---- */

/* Told to stop, it may make do with what has been tried by then. */
static rc_status search(rc__auto *a)
{
    rc_status status = a->way->try(a);
    a->cut = status == RC_INTERRUPTED && a->how->makes_do && a->n > 0;
    if (status != RC_OK && !a->cut) return status;
    RC_CHECK(a->n > 0, RC_DATA, "%s: none of the candidates could be fitted to these data", a->data->name);
    RC_TRY(rc__auto_weigh(a));
    RC_TRY(score_combination(a));
    if (a->cut) return RC_OK;
    status = refit(a);
    a->cut = status == RC_INTERRUPTED && a->how->makes_do;
    return a->cut ? RC_OK : status;
}

/* It has no test score, and is not the end of a run. */
static rc_status finish_cut(rc__auto *a)
{
    rc_session_note(a->s, "it was told to stop: what was not tried by then is left out");
    return rc_session_finish_cut(a->s, a->result);
}

static rc_status run(rc__auto *a)
{
    bool done;
    RC_TRY(choose_folder(a));
    if (a->way->begin) RC_TRY(a->way->begin(a));
    RC_TRY(open_session(a));
    if (a->s->start == RC_SESSION_IS_DONE) {
        RC_TRY(remove_candidates(a));
        return rc_run_result(a->s, &a->result);
    }
    a->s->opponents = a->how->opponents;
    a->s->learnt_valid = !a->valid_apart;
    RC_TRY(rc_session_begin(a->s, RC_STAGE_FIT, &done));
    RC_TRY(search(a));
    RC_TRY(tell(a));
    if (a->cut) return finish_cut(a);
    RC_TRY(rc_session_end(a->s));
    RC_TRY(rc_session_finish(a->s, a->result));
    return remove_candidates(a);
}

/* ---- the time that is left ---- */

/* Behind what a step says of itself. */
static void count_down(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    const rc__auto *a = context;
    char text[320];
    double left = a->started + a->c.fit.time_limit - rc_clock();
    rc_ascii_print(text, sizeof text, "%s%s%.0f s %s fit.time_limit", detail ? detail : "",
                   detail ? ", " : "", fabs(left), left > 0 ? "to" : "past");
    a->told.step(a->told.context, work, done, total, text);
}

static void pass_on(void *context, const char *line)
{
    const rc__auto *a = context;
    a->told.note(a->told.context, line);
}

static void begin_countdown(rc__auto *a)
{
    rc_context_set_progress(rc_context_current(),
                            &(rc_sink){a->told.step ? count_down : NULL, a->told.note ? pass_on : NULL, a});
}

/* ---- from outside ---- */

static const rc__auto_way searching = {
    .timed = true, .try = rc__auto_search, .tell = tell_search, .look = rc__auto_look_ahead};

static rc_status work(rc__auto *a, bool dry)
{
    a->started = rc_clock();
    a->told = rc_context_current()->sink;
    a->way = a->how->method ? &rc__auto_several : &searching;
    rc_status status = prepare(a);
    if (a->way->timed) begin_countdown(a);
    if (status == RC_OK) status = dry ? a->way->look(a) : run(a);
    rc_context_set_progress(rc_context_current(), &a->told);
    return status;
}

static rc_status clear(rc__auto *a, rc_status status)
{
    if (!a->how->folder && a->folder[0]) status = rc_folder_drop(a->folder, status);
    for (int i = 0; i < a->n; i++)
        rc_free(a->candidate[i].said);
    rc_free(a->labelled_index);
    rc_task_destroy(&a->task);
    rc__auto_close_sources(a);
    rc_session_close(&a->s);
    rc_json_free(&a->plan);
    rc_json_free(&a->notes);
    rc_json_free(&a->foreseen);
    rc_json_free(&a->result);
    rc_dataset_close(&a->data);
    return status;
}

rc_status rc_auto_fit(const rc_auto_how *how, rc_session **session, rc_json **result)
{
    rc__auto a = {.how = how};
    *session = NULL;
    *result = NULL;
    rc_status status = work(&a, false);
    bool predicts = status == RC_OK && a.s->task;
    if (predicts) status = rc_task_detach(a.s->task);
    if (status == RC_OK) {
        *session = a.s;
        *result = a.result;
        a.s = NULL;
        a.result = NULL;
    }
    if (status == RC_OK && a.cut)
        status = rc_fail(RC_INTERRUPTED, "interrupted; the predictor is the best of what was tried by then");
    return clear(&a, status);
}

rc_status rc_auto_look_ahead(const rc_auto_how *how, rc_json **result)
{
    rc__auto a = {.how = how};
    *result = NULL;
    rc_status status = work(&a, true);
    if (status == RC_OK) {
        *result = a.result;
        a.result = NULL;
    }
    return clear(&a, status);
}
