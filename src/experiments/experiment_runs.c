/* The runs of an experiment as children, and the data sets that it makes first. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/progress.h"
#include "experiments/experiment_parts.h"
#include "experiments/run_folder.h"
#include "runs/run_record.h"

enum { PATH = RC__PATH };

int64_t rc__cells(const rc__experiment *x)
{
    return x->p->n_data * x->p->n_methods;
}

/* ---- shares ---- */

/* Dealt out like cards, each round from another place: else a share could have all runs of a slow method. */
static int64_t first_of_round(int64_t i)
{
    static const uint32_t golden = 2654435761u; /* 2^32 over the golden ratio: multiples are spread */
    return (uint32_t)i * golden >> 16;
}

bool rc__has_run(const rc__experiment *x, int64_t cell, int64_t seed)
{
    int64_t n = x->o->shares, unit = x->p->n_candidates ? cell : seed * rc__cells(x) + cell;
    return n == 0 || (unit + first_of_round(unit / n)) % n == x->o->share - 1;
}

bool rc__has_data(const rc__experiment *x, int64_t d)
{
    for (int64_t m = 0; m < x->p->n_methods; m++)
        for (int64_t seed = 0; seed < x->p->seeds; seed++)
            if (rc__has_run(x, d * x->p->n_methods + m, seed)) return true;
    return false;
}

/* ---- paths ---- */

/* Of the runs of a cell. */
static rc_status cell_folder(const rc_plan *p, int64_t cell, char out[PATH])
{
    char data[PATH];
    RC_TRY(rc_path_join(p->out, p->data[cell / p->n_methods].name, sizeof data, data));
    return rc_path_join(data, p->method[cell % p->n_methods].name, PATH, out);
}

static rc_status run_folder(const rc__experiment *x, int64_t cell, const char *kind, const char *which,
                            char out[PATH])
{
    enum { ROOM = 64 }; /* for the names of files in it */
    char folder[PATH], name[PATH];
    RC_TRY(cell_folder(x->p, cell, folder));
    snprintf(name, sizeof name, "%s-%s", kind, which);
    return rc_path_join(folder, name, PATH - ROOM, out);
}

rc_status rc__seed_folder(const rc__experiment *x, int64_t cell, int64_t seed, char out[PATH])
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)seed);
    return run_folder(x, cell, "seed", number, out);
}

rc_status rc__tune_folder(const rc__experiment *x, int64_t cell, int64_t k, char out[PATH])
{
    return run_folder(x, cell, "tune", x->p->candidate[k], out);
}

/* ---- runs ---- */

/* The command of one run, as anybody could give it. */
static rc_status fit_words(rc__experiment *x, int64_t cell, int64_t k, int64_t seed, const char *folder,
                           rc__words *w)
{
    const rc_plan *p = x->p;
    int64_t d = cell / p->n_methods, m = cell % p->n_methods;
    const char *path;
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)seed);
    RC_TRY(rc_plan_path(x->p, d, seed, &path));
    const char *const plain[] = {"fit",  "--data", path,   "--method", p->method[m].method, "--out",
                                 folder, "--seed", number, "--quiet",  "--resume=auto",     "--compared"};
    RC_TRY(rc__begin_words(x, w));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        RC_TRY(rc__say(w, plain[i]));
    if (p->data[d].source) {
        RC_TRY(rc__say(w, "--source"));
        RC_TRY(rc__say(w, p->data[d].source));
    }
    return rc__say_settings(w, d, m, k, seed);
}

/* A run to be done: a child, which is not started where nothing is left to do. */
rc_status rc__want_run(rc__experiment *x, int64_t cell, int64_t k, int64_t seed, const char *folder)
{
    rc__words w;
    char parent[PATH], result[PATH];
    RC_TRY(cell_folder(x->p, cell, parent));
    RC_TRY(rc_make_directory(parent));
    RC_TRY(rc_path_join(folder, RC_RUN_RESULT, sizeof result, result));
    RC_TRY(fit_words(x, cell, k, seed, folder, &w));
    return rc__add_child(x, &w, &(rc__errand){.folder = folder, .made = result, .is_run = true}, NULL);
}

static rc_status run_ended(rc__experiment *x, const rc__errand *e, const rc__child *c)
{
    const char *name = e->folder + strlen(x->p->out) + 1;
    char text[200];
    x->done++;
    if (c->code == 0) {
        rc__run_forget_failure(e->folder);
        rc_ascii_print(text, sizeof text, "%.120s took %.0f s", name, c->seconds);
    } else {
        x->failed++;
        RC_TRY(rc__run_note_failure(e->folder, c->code));
        rc_comparison_run run = {0};
        RC_TRY(rc__run_read(e->folder, x->table, -1, &run));
        rc_progress_note("warning: %s failed: %s", name, run.line);
        snprintf(text, sizeof text, "%lld failed", (long long)x->failed);
    }
    rc_progress_step("compare", x->done, x->total, text);
    return RC_OK;
}

rc_status rc__run_wanted(rc__experiment *x)
{
    rc_progress_step("compare", x->done, x->total, NULL);
    return rc__run_children(x, true, run_ended);
}

/* ---- data sets to be made ---- */

static rc_status make_words(rc__experiment *x, const rc_plan_data *d, rc__words *w)
{
    RC_TRY(rc__begin_words(x, w));
    RC_TRY(rc__say(w, "data"));
    RC_TRY(rc__say(w, "make"));
    for (int64_t i = 0; i < d->make_words; i++)
        RC_TRY(rc__say(w, d->make_word[i]));
    RC_TRY(rc__say(w, "--out"));
    RC_TRY(rc__say(w, d->path));
    return rc__say(w, "--quiet");
}

rc_status rc__check_made(const char *what, const char *by)
{
    char path[PATH], *text;
    size_t size;
    RC_CHECK(snprintf(path, sizeof path, "%s.made", what) < PATH, RC_IO, "%.80s...: the path is too long",
             what);
    if (!rc_path_exists(what)) return rc_file_write(path, by, strlen(by));
    if (!rc_path_exists(path)) return RC_OK;
    RC_TRY(rc_file_read(path, 1 << 16, &text, &size));
    bool same = strcmp(text, by) == 0;
    rc_status status =
        same ? RC_OK
             : rc_fail(
                   RC_CONFIG,
                   "%s: was made by \"%.200s\", the plan says \"%.200s\"; remove it, or choose another \1out",
                   what, text, by);
    rc_free(text);
    return status;
}

static rc_status data_ended(rc__experiment *x, const rc__errand *e, const rc__child *c)
{
    const char *folder = e->folder;
    rc_comparison_run run = {0};
    if (c->code != 0) {
        RC_TRY(rc__run_note_failure(folder, c->code));
        RC_TRY(rc__run_read(folder, x->table, -1, &run));
    }
    rc__run_forget_failure(folder);
    RC_CHECK(c->code == 0, RC_CONFIG, "%s cannot be made: %s", folder, run.line);
    return RC_OK;
}

rc_status rc__make_data(rc__experiment *x)
{
    char folder[PATH];
    rc__words w;
    RC_TRY(rc_path_join(x->p->out, "data", sizeof folder, folder));
    x->n_children = 0;
    for (int64_t i = 0; i < x->p->n_data; i++) {
        const rc_plan_data *d = &x->p->data[i];
        if (!d->make || !rc__has_data(x, i)) continue;
        RC_TRY(rc_make_directory(folder));
        RC_TRY(rc__check_made(d->path, d->make));
        if (rc_path_exists(d->path)) continue;
        RC_TRY(make_words(x, d, &w));
        RC_TRY(rc__add_child(x, &w, &(rc__errand){.folder = d->path, .made = d->path}, NULL));
    }
    return rc__run_children(x, false, data_ended);
}
