/* The method "auto": every candidate is an ordinary run in candidates/ of the run folder, fitted to the
 * training part and judged on the validation part.
 *
 *   1. plain predictors, which take seconds;
 *   2. for each source its frozen features with a closed-form head, no epochs;
 *   3. fine-tuning from the sources in the order of 2, as many epochs as the time allows;
 *   4. weights under which their mean explains the validation part best;
 *   5. those with a weight once more in members/, with the validation part and the epochs that were best.
 *
 * The test part is read once, for the combination. */
#include "commands/auto.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backbones/bundle.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/progress.h"
#include "training/ensemble.h"

enum { CANDIDATES = 16, NAME = 48, SETTINGS = 64, SETTING = 64, MOST_EPOCHS = 20 };
/* A frozen candidate takes the time of one forward pass over all samples, of loading the source and of a
 * ridge regression; an epoch of fine-tuning, of about three passes. */
static const double EPOCH_COST = 2.0;

typedef struct candidate {
    char name[NAME];
    const char *method, *source; /* source NULL: a plain predictor */
    int64_t epochs;              /* of fine-tuning; 0: the head in closed form, on frozen features */
    int64_t best_epoch;
    double valid, seconds, weight, power;
} candidate;

typedef struct automatic {
    const rc_fit_options *o;
    double started;
    rc_config c;
    rc_dataset *data;
    bool own_valid; /* the data set brings its validation part: there is nothing to refit on */
    rc_session *s;
    int n;
    candidate candidate[CANDIDATES];
    bool combined;
    rc_json *result;
} automatic;

/* ---- one candidate ---- */

typedef struct settings {
    const char *set[SETTINGS];
    char text[8][SETTING];
    size_t n, own;
} settings;

static void add_setting(settings *s, const char *format, double value)
{
    snprintf(s->text[s->own], SETTING, format, value);
    s->set[s->n++] = s->text[s->own++];
}

/* What was asked for, and on top of it what makes a candidate of it. A member learns from all labels, exactly
 * as far as was best: its schedule is cut short, not compressed. */
static void choose_settings(const automatic *a, const candidate *k, bool member, settings *out)
{
    int64_t epochs = member ? k->best_epoch : k->epochs;
    *out = (settings){0};
    for (; out->n < a->o->settings.n_set; out->n++)
        out->set[out->n] = a->o->settings.set[out->n];
    add_setting(out, "fit.test=false", 0);
    add_setting(out, "fit.opponents=no", 0);
    if (member) add_setting(out, "data.valid_fraction=0", 0);
    if (!k->source) return;
    add_setting(out, "fit.epochs=%.0f", (double)epochs);
    add_setting(out, "fit.warmup=%.0f", epochs > 1 && k->epochs > 4 ? 1 : 0);
    if (k->epochs > 0) add_setting(out, "fit.decay=%.0f", (double)k->epochs);
    if (k->epochs == 0) add_setting(out, "fit.head_start=ridge", 0);
}

static rc_status folder_of(const automatic *a, const candidate *k, bool member, char out[RC_SESSION_PATH])
{
    char inner[NAME + 16];
    snprintf(inner, sizeof inner, "%s/%s", member ? "members" : "candidates", k->name);
    return rc_path_join(a->o->out, inner, RC_SESSION_PATH, out);
}

/* One that was begun before goes on with the epochs it was given then, whatever the clock says now. */
static rc_status recall_epochs(const char *folder, candidate *k)
{
    char path[RC_SESSION_PATH];
    rc_config c;
    RC_TRY(rc_path_join(folder, "config.yaml", sizeof path, path));
    if (k->epochs == 0 || !rc_path_exists(path)) return RC_OK;
    rc_config_defaults(&c);
    RC_TRY(rc_config_read(&c, path));
    k->epochs = c.fit.epochs;
    return RC_OK;
}

static rc_status fit_one(automatic *a, candidate *k, bool member)
{
    char folder[RC_SESSION_PATH], *text = NULL;
    settings s;
    rc_json *j = NULL;
    RC_TRY(folder_of(a, k, member, folder));
    if (!member) RC_TRY(recall_epochs(folder, k));
    choose_settings(a, k, member, &s);
    rc_fit_options o = *a->o;
    o.method = k->method;
    o.source = k->source;
    o.out = folder;
    o.resume = RC_RESUME_AUTO;
    o.settings.set = s.set;
    o.settings.n_set = s.n;
    RC_TRY(rc_fit(&o, &text));
    rc_status status = rc_json_parse(folder, text, strlen(text), &j);
    rc_free_text(text);
    RC_TRY(status);
    if (!member) {
        k->valid = rc_json_number(j, "valid", NAN);
        k->best_epoch = rc_json_integer(j, "best_epoch", 0);
        /* Its own: of a run that was complete before, the clock knows nothing. */
        k->seconds = rc_json_number(rc_json_get(j, "seconds"), "total", 0);
    }
    rc_json_free(&j);
    return RC_OK;
}

/* A predictor that does not serve such data is left out, with its reason; what stops the program stops here.
 */
static rc_status try_one(automatic *a, const char *method, const char *source, int64_t epochs)
{
    candidate *k = &a->candidate[a->n];
    *k = (candidate){.method = method, .source = source, .epochs = epochs};
    const char *base = source ? strrchr(source, '/') : NULL;
    base = base ? base + 1 : source;
    if (source)
        snprintf(k->name, sizeof k->name, "%.24s-%s", base, epochs > 0 ? method : "frozen");
    else
        snprintf(k->name, sizeof k->name, "%s", method);
    rc_status status = fit_one(a, k, false);
    if (status == RC_INTERRUPTED || status == RC_MEMORY || status == RC_IO) return status;
    if (status != RC_OK) {
        rc_progress_note("%s is left out: %s", k->name, rc_error_text());
        return RC_OK;
    }
    rc_progress_note("%s: validation %s %.4g in %.1f s", k->name, a->s->task ? a->s->task->metric : "metric",
                     k->valid, k->seconds);
    a->n++;
    return RC_OK;
}

/* ---- which ---- */

static rc_status try_plain(automatic *a)
{
    static const char *const name[] = {"ridge", "logistic", "svm", "forest", "kernels"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        bool series = a->data->x_dims == 1 && !a->data->is_table;
        if (strcmp(name[i], "kernels") == 0 && !series) continue;
        RC_TRY(try_one(a, name[i], NULL, 0));
    }
    return RC_OK;
}

/* The sources that take such data: the one asked for; else of images the one that is built in, of series and
 * tables also the text model, where it has been made. */
static int list_sources(const automatic *a, const char *out[2])
{
    rc_bundle *b;
    int n = 0;
    if (a->o->source) {
        out[0] = a->o->source;
        return 1;
    }
    if (a->data->x_dims == 1 && rc_bundle_open("minilm", &b) == RC_OK) {
        rc_bundle_close(&b);
        out[n++] = "minilm";
    } else if (a->data->x_dims == 1) {
        rc_progress_note(
            "the source minilm is not here (`recraft models get minilm`, then `recraft source build`); "
            "swin-mini serves alone");
    }
    out[n++] = "swin-mini";
    return n;
}

static double time_left(const automatic *a)
{
    return a->c.fit.time_limit - (rc_clock() - a->started);
}

/* A frozen candidate has passed all samples forward once. Half of what is left is for fitting again. */
static int64_t affordable_epochs(const automatic *a, const candidate *frozen)
{
    bool asked = a->c.fit.epochs > 0 && a->c.fit.epochs < MOST_EPOCHS;
    int64_t most = asked ? a->c.fit.epochs : MOST_EPOCHS;
    double epoch = EPOCH_COST * frozen->seconds, share = time_left(a) / 2;
    double epochs = floor(share / fmax(epoch, 1e-3));
    return epochs < 1 ? 0 : epochs < (double)most ? (int64_t)epochs : most;
}

static rc_status try_sources(automatic *a)
{
    const char *source[2];
    int n = list_sources(a, source), first = a->n;
    for (int i = 0; i < n; i++)
        RC_TRY(try_one(a, "nft", source[i], 0));
    int tried = a->n - first;
    for (int i = 0; i < tried; i++) {
        /* The better of two sources first: the other gets what time it leaves. */
        int at = first + i;
        if (tried == 2 && a->candidate[first + 1].valid < a->candidate[first].valid) at = first + 1 - i;
        int64_t epochs = affordable_epochs(a, &a->candidate[at]);
        if (epochs > 0) RC_TRY(try_one(a, "nft", a->candidate[at].source, epochs));
    }
    return RC_OK;
}

/* ---- together ---- */

static rc_status weigh(automatic *a)
{
    const rc_part *valid = &a->data->valid;
    int64_t outputs = a->data->classes > 0 ? a->data->classes : a->data->y_size;
    float *said[CANDIDATES] = {0};
    double weight[CANDIDATES], power[CANDIDATES];
    const char *how = a->c.fit.combine;
    rc_combine combine = strcmp(how, "yes") == 0  ? RC_COMBINE_YES
                         : strcmp(how, "no") == 0 ? RC_COMBINE_NO
                                                  : RC_COMBINE_AUTO;
    rc_status status = RC_OK;
    for (int i = 0; i < a->n && status == RC_OK; i++) {
        char folder[RC_SESSION_PATH];
        status = RC_NEW(&said[i], valid->n * outputs);
        if (status == RC_OK) status = folder_of(a, &a->candidate[i], false, folder);
        if (status == RC_OK) status = rc_run_outputs(folder, a->data, valid, said[i]);
    }
    if (status == RC_OK)
        status = rc_ensemble_weigh(a->data, a->data->target, valid, outputs, a->n, said, combine, weight,
                                   power, &a->combined);
    for (int i = 0; i < a->n; i++) {
        if (status == RC_OK) a->candidate[i].weight = weight[i];
        if (status == RC_OK) a->candidate[i].power = power[i];
        rc_free(said[i]);
    }
    return status;
}

/* The session's task becomes the combination of the candidates, or of the members. */
static rc_status combine(automatic *a, bool members)
{
    rc_ensemble_member member[CANDIDATES];
    rc_ensemble *e;
    int n = 0;
    for (int i = 0; i < a->n; i++) {
        const candidate *k = &a->candidate[i];
        if (!(k->weight > 0)) continue;
        snprintf(member[n].run, sizeof member[n].run, "%s/%s", members ? "members" : "candidates", k->name);
        member[n].power = k->power;
        member[n++].weight = k->weight;
    }
    rc_task_destroy(&a->s->task);
    RC_TRY(rc_ensemble_open(a->o->out, n, member, &e));
    return rc_task_create_ensemble(&a->c, a->data, a->s->device, e, &a->s->task);
}

static rc_status score_combination(automatic *a)
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

static rc_status refit(automatic *a)
{
    char folder[RC_SESSION_PATH];
    if (a->own_valid) return RC_OK;
    for (int i = 0; i < a->n; i++)
        if (a->candidate[i].weight > 0) RC_TRY(fit_one(a, &a->candidate[i], true));
    RC_TRY(combine(a, true));
    RC_TRY(rc_path_join(a->o->out, "candidates", sizeof folder, folder));
    return rc_remove_tree(folder);
}

/* ---- what is told ---- */

static rc_status tell_candidate(const candidate *k, rc_json *list)
{
    rc_json *one;
    RC_TRY(rc_json_object(&one));
    RC_TRY(rc_json_append(list, one));
    RC_TRY(rc_json_set_string(one, "name", k->name));
    RC_TRY(rc_json_set_string(one, "method", k->method));
    if (k->source) RC_TRY(rc_json_set_string(one, "source", k->source));
    if (k->source) RC_TRY(rc_json_set_integer(one, "epochs", k->epochs));
    if (k->source) RC_TRY(rc_json_set_integer(one, "best_epoch", k->best_epoch));
    RC_TRY(rc_json_set_number(one, "valid", k->valid));
    RC_TRY(rc_json_set_number(one, "seconds", k->seconds));
    return rc_json_set_number(one, "weight", k->weight);
}

static rc_status tell(automatic *a)
{
    rc_json *list;
    double of_sources = 0;
    RC_TRY(rc_json_object(&a->result));
    RC_TRY(rc_json_set_string(a->result, "task", a->data->name));
    RC_TRY(rc_json_set_string(a->result, "method", "auto"));
    RC_TRY(rc_json_set_integer(a->result, "seed", a->c.seed));
    RC_TRY(rc_json_set_string(a->result, "run", a->o->out));
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(a->result, "candidates", list));
    for (int i = 0; i < a->n; i++) {
        RC_TRY(tell_candidate(&a->candidate[i], list));
        if (a->candidate[i].source) of_sources += a->candidate[i].weight;
    }
    RC_TRY(rc_json_set_boolean(a->result, "combined", a->combined));
    RC_TRY(rc_json_set_number(a->result, "weight_of_sources", of_sources));
    RC_TRY(rc_session_note(a->s, "the validation score is of weights that were fitted to the same samples%s",
                           a->own_valid ? "" : ", and of members before they learnt from them too"));
    if (of_sources == 0)
        RC_TRY(rc_session_note(a->s, "no source was worth it here: the plain predictors are better alone"));
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status open_data(automatic *a)
{
    RC_TRY(rc__open_arrays(a->o->data, &a->c, &a->data));
    a->own_valid = a->data->valid.n > 0;
    RC_TRY(rc_dataset_limit_train(a->data, a->c.data.limit_train, (uint64_t)a->c.seed));
    RC_TRY(rc_dataset_hold_out(a->data, a->c.data.valid_fraction, (uint64_t)a->c.seed));
    RC_CHECK(a->data->valid.n > 0, RC_CONFIG,
             "the method auto chooses by validation data, and there are none: set data.valid_fraction, or "
             "choose a "
             "method");
    RC_CHECK(a->o->settings.n_set < SETTINGS - 8, RC_CONFIG, "%zu settings; at most %d can be given here",
             a->o->settings.n_set, SETTINGS - 8);
    return RC_OK;
}

static rc_status open_session(automatic *a)
{
    rc_json *identity;
    RC_TRY(rc_json_object(&identity));
    rc_status status = rc_json_set_string(identity, "command", "fit");
    if (status == RC_OK) status = rc_json_set_string(identity, "data", a->o->data);
    if (status == RC_OK) status = rc_json_set_string(identity, "method", "auto");
    if (status == RC_OK)
        status = rc__json_fingerprint(identity, "data_fingerprint", rc_dataset_fingerprint(a->data));
    if (status == RC_OK && a->o->source) status = rc_json_set_string(identity, "source", a->o->source);
    if (status == RC_OK) return rc_session_open(a->o->out, &a->c, identity, a->o->resume, &a->s);
    rc_json_free(&identity);
    return status;
}

static rc_status run(automatic *a)
{
    bool done;
    a->started = rc_clock();
    rc_config_defaults(&a->c);
    RC_TRY(rc__settings_apply(&a->c, &a->o->settings));
    RC_TRY(open_data(a));
    RC_TRY(open_session(a));
    if (a->s->start == RC_SESSION_IS_DONE) return rc_session_result(a->s, &a->result);
    rc_progress_note("at most %.0f s are spent on finding what serves best (fit.time_limit)",
                     a->c.fit.time_limit);
    a->s->opponents = rc__wants_opponents(a->o, &a->c);
    a->s->learnt_valid = !a->own_valid;
    RC_TRY(rc_session_begin(a->s, "fit", &done));
    RC_TRY(try_plain(a));
    RC_TRY(try_sources(a));
    RC_CHECK(a->n > 0, RC_DATA, "%s: none of the candidates could be fitted to these data", a->data->name);
    RC_TRY(weigh(a));
    RC_TRY(score_combination(a));
    RC_TRY(refit(a));
    RC_TRY(tell(a));
    RC_TRY(rc_session_end(a->s));
    return rc_session_finish(a->s, a->result);
}

rc_status rc__fit_auto(const rc_fit_options *o, char **json)
{
    automatic a = {.o = o};
    rc_status status = run(&a);
    rc_session_close(&a.s);
    rc_dataset_close(&a.data);
    return rc__json_result(a.result, status, json);
}
