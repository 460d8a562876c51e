/* What "auto" would try, and what that takes, without trying it: some steps of the usual recipe of each
 * source tell the rest. */
#include <math.h>

#include "base/progress.h"
#include "fitting/auto_parts.h"

/* As a frozen candidate takes it: the source is loaded, and all samples are seen once. */
static double frozen_seconds(const rc__auto *a, const rc__forecast *f)
{
    double samples = (double)(a->data->train.n + a->data->valid.n);
    return f->prepare + f->of.pass * samples / (double)a->c.fit.batch;
}

static void tell_source(const char *name, const rc__forecast *f, rc_json *list)
{
    rc_json *one = rc_json_append(list, rc_json_object());
    rc_json_set_string(one, "source", name);
    rc_json_set_integer(one, "parameters", f->of.parameters);
    rc_json_set_number(one, "epoch_seconds", f->of.stage[0].seconds / (double)f->of.stage[0].epochs);
    rc_json_set_number(one, "step_mb", f->step_mb);
}

rc_status rc__auto_forecast(const rc__auto *a, const rc__auto_source *s, const char *method,
                            const rc_config *c, bool opponents, rc__forecast *out)
{
    rc__fitting f = {.config = *c, .source_name = s->name, .source = s->bundle, .data = a->data};
    double started = rc_clock();
    rc_status status = rc_method_find(method, &f.method);
    if (status == RC_OK) status = rc__fitting_prepare(&f);
    if (status == RC_OK) status = rc__forecast_make(&f, opponents, started, out);
    rc__fitting_free(&f);
    return status;
}

static rc_status foresee(rc__auto *a, rc__auto_source *s, rc_json *list)
{
    rc_config usual = a->c;
    rc__forecast ahead;
    usual.fit.epochs = 1;
    usual.fit.optimizer.warmup = 0;
    rc_status status = rc__auto_forecast(a, s, "nft", &usual, false, &ahead);
    if (status != RC_OK) return rc__auto_leave_out(a, s->name, status);
    s->best = a->n;
    a->candidate[a->n++] =
        (rc__candidate){.method = "nft", .source = s, .layout = "", .once = frozen_seconds(a, &ahead)};
    if (ahead.memory_mb > a->dearest.memory_mb) a->dearest = ahead;
    tell_source(s->name, &ahead, list);
    return RC_OK;
}

void rc__auto_begin_look(rc__auto *a)
{
    a->dearest = rc__forecast_of_data(a->data);
    a->result = rc_json_object();
    rc_json_set_string(a->result, "task", a->data->name);
    rc_json_set_string(a->result, "method", a->how->method ? a->how->method : "auto");
    rc__json_dataset(a->data, a->result);
    rc__json_parts(a->data, a->result);
}

rc_status rc__auto_look_ahead(rc__auto *a)
{
    double limit = a->c.fit.time_limit, spent = rc_clock() - a->started, all;
    rc__auto_begin_look(a);
    rc_json *sources = rc_json_set(a->result, "sources", rc_json_array());
    for (int i = 0; i < a->sources; i++)
        RC_TRY(foresee(a, &a->source[i], sources));
    RC_TRY(rc__auto_foresee(a, &spent, &all));
    rc_json_set_integer(a->result, "budget", a->budget);
    rc_json *seconds = rc_json_set(a->result, "seconds", rc_json_object());
    rc_json_set_number(seconds, "before_fine_tuning", spent);
    rc_json_set_number(seconds, "total", all);
    rc_json_set_number(seconds, "limit", limit);
    rc__forecast_memory_json(&a->dearest, a->result);
    rc_json_append_texts(a->notes, rc_dataset_notes(a->data));
    rc_json *notes = a->notes;
    a->notes = NULL;
    rc_json_set(a->result, "notes", notes);
    return RC_OK;
}
