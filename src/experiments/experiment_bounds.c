/* What `recraft align` says of each data set and its source before training, as children, kept in
 * NAME/bound.json: can the source be chosen by it? */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "experiments/experiment_parts.h"
#include "experiments/run_folder.h"
#include "formats/json.h"

/* FIXED: words of the command before source and settings, the program's name among them. */
enum { PATH = RC__PATH, LARGEST = 64 << 20, FIXED = 8 };

/* NAME/bound: a child's folder would stand there; these write bound.json. */
static rc_status bound_stem(const rc__experiment *x, int64_t d, char out[PATH])
{
    char folder[PATH];
    RC_TRY(rc_path_join(x->p->out, x->p->data[d].name, sizeof folder, folder));
    return rc_path_join(folder, "bound", PATH - 16, out);
}

static rc_status bound_file(const char *stem, const char *suffix, char out[PATH])
{
    int n = snprintf(out, PATH, "%s%s", stem, suffix);
    RC_CHECK(n > 0 && n < PATH, RC_IO, "%.80s...: the path is too long", stem);
    return RC_OK;
}

/* ---- measuring ---- */

static rc_status bound_words(rc__experiment *x, int64_t d, rc__words *w)
{
    const rc_plan_data *data = &x->p->data[d];
    const char *path;
    RC_TRY(rc_plan_path(x->p, d, 0, &path)); /* the runs' settings, whose seed is the first, too */
    const char *const plain[] = {"align", "--data", path, "--resamples", "0", "--json", "--quiet"};
    RC_TRY(rc__begin_words(x, w));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        RC_TRY(rc__say(w, plain[i]));
    if (data->source) {
        RC_TRY(rc__say(w, "--source"));
        RC_TRY(rc__say(w, data->source));
    }
    return rc__say_settings(w, d, -1, -1, 0);
}

/* Source and settings; where program and data lie may change. */
static rc_status check_same(const rc__words *w, const char *path)
{
    rc_string by = {0};
    rc_status status = RC_OK;
    for (int64_t i = FIXED; i < w->n && status == RC_OK; i++)
        status = rc_string_printf(&by, "%s%s", i > FIXED ? " " : "", w->list[i]);
    if (status == RC_OK) status = rc__check_made(path, by.data ? by.data : "");
    rc_string_free(&by);
    return status;
}

static rc_status want_bound(rc__experiment *x, int64_t d)
{
    char stem[PATH], path[PATH], part[PATH];
    rc__words w;
    RC_TRY(rc_path_join(x->p->out, x->p->data[d].name, sizeof path, path));
    RC_TRY(rc_make_directory(path));
    RC_TRY(bound_words(x, d, &w));
    RC_TRY(bound_stem(x, d, stem));
    RC_TRY(bound_file(stem, ".json", path));
    RC_TRY(check_same(&w, path));
    RC_TRY(bound_file(stem, ".part", part));
    return rc__add_child(x, &w, &(rc__errand){.folder = stem, .made = path}, part);
}

static rc_status keep_output(const char *from, const char *to)
{
    char *text;
    size_t size;
    RC_TRY(rc_file_read(from, LARGEST, &text, &size));
    rc_status status = rc_file_write(to, text, size);
    rc_free(text);
    unlink(from);
    return status;
}

/* A bound that cannot be measured stops nothing: its line of the table stays empty. */
static rc_status bound_ended(rc__experiment *x, const rc__errand *e, const rc__child *c)
{
    const char *stem = e->folder;
    if (c->code != 0) {
        rc_comparison_run run = {0};
        RC_TRY(rc__run_note_failure(stem, c->code));
        RC_TRY(rc__run_read(stem, x->table, -1, &run));
        rc_progress_note("warning: %s failed: %s", stem + strlen(x->p->out) + 1, run.line);
        return RC_OK;
    }
    rc__run_forget_failure(stem);
    return keep_output(c->output, e->made);
}

rc_status rc__measure_bounds(rc__experiment *x)
{
    x->n_children = 0;
    for (int64_t d = 0; d < x->p->n_data; d++)
        if (rc__has_data(x, d)) RC_TRY(want_bound(x, d));
    return rc__run_children(x, false, bound_ended);
}

/* ---- reading ---- */

static rc_status note_number(rc_comparison *t, int64_t d, const char *name, double value)
{
    int64_t k = 0;
    while (k < t->n_predictors && strcmp(t->predictor[k], name) != 0)
        k++;
    if (k == RC_COMPARISON_PREDICTORS) return RC_OK;
    if (k == t->n_predictors) {
        RC_TRY(rc_comparison_text(t, name, &t->predictor[k]));
        t->n_predictors++;
    }
    t->prediction[d * RC_COMPARISON_PREDICTORS + k] = value;
    return RC_OK;
}

static rc_status note_bound(rc_comparison *t, int64_t d, const rc_json *j)
{
    static const char *const key[] = {"bound",       "risk", "transport", "w1",    "conditional_entropy",
                                      "information", "leep", "nce",       "logme", "probe"};
    const rc_json *source = rc_json_at(rc_json_get(j, "sources"), 0);
    const rc_json *stage = rc_json_at(rc_json_get(source, "stages"), 0),
                  *list = rc_json_get(stage, "distances");
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        if (rc_json_get(stage, key[i])) /* earlier versions had fewer of them */
            RC_TRY(note_number(t, d, key[i], rc_json_number(stage, key[i], NAN)));
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *one = rc_json_at(list, i);
        const char *name = rc_json_string(one, "name", "distance");
        if (strcmp(name, "w1") != 0) RC_TRY(note_number(t, d, name, rc_json_number(one, "value", NAN)));
    }
    if (t->source[d]) return RC_OK;
    return rc_comparison_text(t, rc_json_string(source, "source", "default"), &t->source[d]);
}

rc_status rc__read_bounds(rc__experiment *x)
{
    char stem[PATH], path[PATH];
    for (int64_t d = 0; d < x->p->n_data; d++) {
        const rc_plan_data *data = &x->p->data[d];
        rc_json *j;
        RC_TRY(rc_comparison_text(x->table, data->make ? data->make : data->path, &x->table->target[d]));
        RC_TRY(bound_stem(x, d, stem));
        RC_TRY(bound_file(stem, ".json", path));
        if (!rc_path_exists(path)) continue;
        RC_TRY(rc_json_read(path, &j));
        rc_status status = note_bound(x->table, d, j);
        rc_json_free(&j);
        RC_TRY(status);
    }
    return RC_OK;
}
