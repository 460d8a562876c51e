/* One method from several sources: its ordinary run from each, with an embedder of its own, one after the
 * other. What all of that is going to take is said before there is a folder. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/progress.h"
#include "fitting/auto_parts.h"
#include "runs/run_record.h"
#include "runs/session_folder.h"

/* ---- before ---- */

static void tell_source(const rc__auto_source *s, const rc__forecast *f, rc_json *list)
{
    rc_json *one = rc_json_append(list, rc_json_object());
    rc_json_set_string(one, "source", s->name);
    rc_json_set_integer(one, "parameters", f->of.parameters);
    rc_json_set_integer(one, "trainable", f->of.trainable);
    rc__forecast_json(f, one);
}

/* Whether the source serves the data and the method is told here. *models: MB of all of them so far. */
static rc_status foresee_source(rc__auto *a, int i, double *models, rc_json *list)
{
    const rc__auto_source *s = &a->source[i];
    bool last = i + 1 == a->sources;
    rc__forecast ahead;
    rc_status status = rc__auto_forecast(a, s, a->how->method, &a->c, last && a->how->opponents, &ahead);
    if (status != RC_OK) return rc_fail_context(status, "the source %s", s->name);
    rc__forecast_say(&ahead, s->name);
    a->expected += ahead.seconds;
    *models += ahead.model_mb;
    if (ahead.memory_mb > a->dearest.memory_mb) a->dearest = ahead;
    tell_source(s, &ahead, list);
    return RC_OK;
}

/* In the end all models are in memory together. */
static rc_status foresee(rc__auto *a, rc_json *list)
{
    const rc_method *method;
    double models = 0;
    RC_TRY(rc_method_find(a->how->method, &method));
    RC_CHECK(!method->plain, RC_CONFIG, "the method %s has no source, and %d are given", method->name,
             a->sources);
    for (int i = 0; i < a->sources; i++)
        RC_TRY(foresee_source(a, i, &models, list));
    a->dearest.memory_mb = fmax(a->dearest.memory_mb, a->dearest.data_mb + models);
    rc_progress_note("%d sources, one after the other: about %.0f s and %.0f MB of memory in all", a->sources,
                     ceil(a->expected), a->dearest.memory_mb);
    return RC_OK;
}

static rc_status look_ahead(rc__auto *a)
{
    rc__auto_begin_look(a);
    rc_json *list = rc_json_set(a->result, "sources", rc_json_array());
    RC_TRY(foresee(a, list));
    rc_json *seconds = rc_json_set(a->result, "seconds", rc_json_object());
    rc_json_set_number(seconds, "total", a->expected);
    rc__forecast_memory_json(&a->dearest, a->result);
    rc_json_set_texts(a->result, "notes", rc_dataset_notes(a->data));
    return RC_OK;
}

/* A run that goes on has said it. */
static rc_status begin(rc__auto *a)
{
    if (rc_run_has(a->folder, RC_RUN_IDENTITY)) return RC_OK;
    a->foreseen = rc_json_object();
    rc_json *list = rc_json_set(a->foreseen, "sources", rc_json_array());
    RC_TRY(foresee(a, list));
    rc_json_set_number(a->foreseen, "total_seconds", a->expected);
    rc_json_set_number(a->foreseen, "peak_mb", a->dearest.memory_mb);
    return rc__auto_share(&a->foreseen);
}

/* ---- the runs ---- */

/* What a source cannot do after all is no reason against the others. */
static rc_status try_sources(rc__auto *a)
{
    for (int i = 0; i < a->sources; i++) {
        const rc__auto_source *s = &a->source[i];
        rc__candidate k = {.method = a->how->method, .source = s, .layout = "", .whole = true, .tuned = true};
        snprintf(k.name, sizeof k.name, "%s", s->label);
        rc_progress_note("source %s, %d of %d", s->name, i + 1, a->sources);
        RC_TRY(rc__auto_try(a, k));
    }
    return RC_OK;
}

static rc_status tell(rc__auto *a)
{
    rc_string combine = {0};
    rc_status status = rc_config_get(&a->c, "fit", "fit.combine", &combine);
    if (status == RC_OK) rc_json_set_string(a->result, "combine", combine.data);
    rc_string_free(&combine);
    RC_TRY(status);
    rc_json_set_string(a->result, "source", a->how->source);
    rc_run_tell_foreseen(a->s, a->result);
    return RC_OK;
}

const rc__auto_way rc__auto_several = {.begin = begin, .try = try_sources, .tell = tell, .look = look_ahead};
