/* A candidate of "auto" as a run of its own. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/auto_parts.h"

enum { SETTINGS = RC__AUTO_SETTINGS + 16, SETTING = 40, LARGEST = 64 << 20 };

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

/* What was asked for, and on top of it what makes a candidate of it. A member's schedule is cut short where
 * it was best, not compressed. */
static void choose_settings(const rc__auto *a, const rc__candidate *k, bool member, settings *out)
{
    double horizon = (double)k->horizon, epochs = member ? (double)k->best_epoch : horizon;
    *out = (settings){0};
    for (; out->n < a->o->settings.n_set; out->n++)
        out->set[out->n] = a->o->settings.set[out->n];
    for (int i = 0; i < RC__CANDIDATE_SETTINGS && k->set[i][0]; i++)
        out->set[out->n++] = k->set[i];
    add_setting(out, "fit.test=false", 0);
    add_setting(out, "fit.opponents=no", 0);
    if (member) add_setting(out, "data.valid_fraction=0", 0);
    if (!k->source) return;
    add_setting(out, "fit.epochs=%.0f", epochs);
    add_setting(out, "fit.warmup=%.0f", epochs > 1 && horizon > 4 ? 1 : 0);
    add_setting(out, k->tuned ? "fit.decay=%.0f" : "fit.head_start=ridge", horizon);
}

rc_status rc__candidate_folder(const rc__auto *a, const rc__candidate *k, bool member,
                               char out[RC_SESSION_PATH])
{
    char inner[RC__CANDIDATE_NAME + 16];
    snprintf(inner, sizeof inner, "%s/%s", member ? "members" : "candidates", k->name);
    return rc_path_join(a->o->out, inner, RC_SESSION_PATH, out);
}

/* *json NULL: it rests. */
static rc_status run(const rc__auto *a, const rc__candidate *k, bool member, int64_t until,
                     const char *folder, rc_json **json)
{
    settings s;
    char *text = NULL;
    rc_fit_options o = *a->o;
    *json = NULL;
    choose_settings(a, k, member, &s);
    o.method = k->method;
    o.compared = true; /* nobody waits for it alone */
    o.source = k->source;
    o.out = folder;
    o.resume = RC_RESUME_AUTO;
    o.pause = until;
    o.out_of_fold = member || k->tuned || a->own_valid ? 0 : a->plain_seconds;
    o.settings.set = s.set;
    o.settings.n_set = s.n;
    rc_status status = rc_fit(&o, &text);
    if (status == RC_INTERRUPTED && until > 0 && !rc_interrupt_requested()) return RC_OK;
    RC_TRY(status);
    status = rc_json_parse(folder, text, strlen(text), json);
    rc_free_text(text);
    return status;
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

/* One line of metrics.jsonl. What came later than `until` is of a run that was cut, and is not looked at. */
static void judge_line(const rc_json *line, int64_t until, rc__candidate *k)
{
    bool of_fit = strcmp(rc_json_string(line, "stage", ""), "fit") == 0;
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

static rc_status judge(const char *folder, int64_t until, rc__candidate *k)
{
    char path[RC_SESSION_PATH], *text;
    const char *line;
    size_t size, length, at = 0;
    k->valid = k->loss = INFINITY;
    k->seconds = 0;
    RC_TRY(rc_path_join(folder, "metrics.jsonl", sizeof path, path));
    if (!rc_path_exists(path)) return RC_OK; /* a field under a random head: nothing was learnt or judged */
    RC_TRY(rc_file_read(path, LARGEST, &text, &size));
    rc_status status = RC_OK;
    while (status == RC_OK && rc_text_next_line(text, size, &at, &line, &length)) {
        rc_json *j = NULL;
        status = rc_json_parse(path, line, length, &j);
        if (status == RC_OK) judge_line(j, until, k);
        rc_json_free(&j);
    }
    rc_free(text);
    return status;
}

/* ---- candidates and members ---- */

/* The schedule of one that was begun before a cut is the one it was given then, whatever the clock says now.
 */
rc_status rc__candidate_fit(rc__auto *a, rc__candidate *k, int64_t until)
{
    char folder[RC_SESSION_PATH];
    rc_json *j;
    RC_TRY(rc__candidate_folder(a, k, false, folder));
    RC_TRY(run(a, k, false, until, folder, &j));
    rc_status status = judge(folder, until, k);
    /* Its own: of a run that was complete before, the clock knows nothing. */
    const rc_json *seconds = rc_json_get(j, "seconds");
    if (status == RC_OK && j) k->seconds = rc_json_number(seconds, "total", 0);
    k->once = k->seconds - rc_json_number(seconds, "out_of_fold", 0);
    if (j) snprintf(a->metric, sizeof a->metric, "%s", rc_json_string(j, "metric", ""));
    rc_json_free(&j);
    return status;
}

rc_status rc__member_fit(rc__auto *a, const rc__candidate *k)
{
    char folder[RC_SESSION_PATH];
    rc_json *j;
    RC_TRY(rc__candidate_folder(a, k, true, folder));
    RC_TRY(run(a, k, true, 0, folder, &j));
    rc_json_free(&j);
    return RC_OK;
}
