#include "fitting/forecast.h"

#include <math.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/choice.h"
#include "base/process.h"
#include "base/progress.h"
#include "formats/pieces.h"

static const double MB = 1e6;

/* ---- memory ---- */

/* In memory at once. */
static double array_mb(const rc_array *a)
{
    if (!a) return 0;
    rc_shape shape = a->shape;
    if (a->pieces) shape.dim[0] = 2 * rc_pieces_window(a->pieces) * rc_pieces_block(a->pieces);
    return (double)rc_shape_size(&shape) * (double)rc_dtype_size(a->dtype) / MB;
}

/* A validation part that was held out lies in the arrays of the training part. */
static double data_mb(const rc_dataset *d)
{
    const rc_part *part[] = {&d->train, d->valid.x == d->train.x ? NULL : &d->valid, &d->test,
                             &d->unlabelled};
    double sum = 0;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        if (!part[i] || part[i]->n == 0) continue;
        sum += array_mb(part[i]->y);
        for (int k = 0; k <= d->n_more; k++)
            sum += array_mb(rc_part_input(part[i], d, k).x);
    }
    return sum;
}

static double moments_mb(const rc_config *c, int64_t trainable)
{
    const rc_optimizer_config *o = &c->fit.optimizer;
    int moments = o->optimizer == RC_OPTIMIZER_SGD ? o->momentum > 0 : 2;
    return (double)trainable * moments * (double)sizeof(float) / MB;
}

/* Moments of the optimizer, the best parameters so far, their average. */
static double kept_mb(const rc_config *c, bool validates, int64_t trainable)
{
    int copies = validates + (c->fit.average > 0) + (c->fit.accumulate > 1 || c->fit.clip > 0);
    return moments_mb(c, trainable) + (double)trainable * copies * (double)sizeof(float) / MB;
}

/* With what the process has already. */
static double available_mb(void)
{
    int64_t more = rc_memory_available();
    return more < 0 ? -1 : (double)(more + rc_peak_rss()) / MB;
}

/* ---- all of it ---- */

rc__forecast rc__forecast_of_data(const rc_dataset *d)
{
    return (rc__forecast){
        .data_mb = data_mb(d), .memory_mb = (double)rc_peak_rss() / MB, .available_mb = available_mb()};
}

rc_status rc__forecast_make(rc__fitting *f, bool opponents, double started, rc__forecast *out)
{
    rc_rehearsal *r = &out->of;
    *out = rc__forecast_of_data(f->data);
    out->prepare = rc_clock() - started;
    RC_TRY(rc__fitting_rehearse(f, opponents, r));
    out->seconds = out->prepare + r->test + r->opponents;
    for (int i = 0; i < r->stages; i++)
        out->seconds += r->stage[i].seconds;
    out->model_mb = (double)r->parameters * (double)sizeof(float) / MB;
    out->optimizer_mb = kept_mb(&f->config, f->data->valid.n > 0, r->trainable);
    out->step_mb = (double)r->activations / MB;
    /* A checkpoint is written from a copy of the model and its moments; after the training they are gone. */
    double later = fmax(r->closed_form / MB, out->model_mb + moments_mb(&f->config, r->trainable));
    later = fmax(later, r->plain / MB - out->optimizer_mb);
    out->memory_mb = (double)rc_peak_rss() / MB + later;
    out->available_mb = available_mb();
    return RC_OK;
}

/* ---- whether it is worth one ---- */

/* Floating-point operations a second that any machine of today reaches, and the seconds from which on one
 * wants to know beforehand. */
static const double RATE = 5e10, LONG = 60;

bool rc__forecast_is_due(const rc__fitting *f)
{
    const rc_model *m = f->model;
    const rc_config *c = &f->config;
    if (!m) return false;
    int64_t n = f->data->train.n, seen = n < c->align.samples ? n : c->align.samples;
    double samples = (double)(c->fit.epochs * n + c->align.epochs * seen);
    return 3 * samples * rc_model_flops(m) / RATE > LONG;
}

/* ---- told ---- */

static void time_text(double seconds, size_t size, char *text)
{
    if (seconds < 90)
        rc_ascii_print(text, size, "%.0f s", ceil(seconds));
    else if (seconds < 5400)
        rc_ascii_print(text, size, "%.0f min", seconds / 60);
    else
        rc_ascii_print(text, size, "%.1f h", seconds / 3600);
}

void rc__forecast_say(const rc__forecast *f, const char *of)
{
    char all[32], end[32], stage[RC_SESSION_STAGES * 48] = "";
    size_t used = 0;
    for (int i = 0; i < f->of.stages; i++) {
        char each[32], name[RC_CHOICE_TEXT];
        time_text(f->of.stage[i].seconds, sizeof each, each);
        used += (size_t)snprintf(stage + used, sizeof stage - used, "%s %s, ",
                                 rc_choice_text(RC_STAGES, (int)f->of.stage[i].stage, name), each);
    }
    time_text(f->seconds, sizeof all, all);
    time_text(f->of.test + f->of.opponents, sizeof end, end);
    rc_progress_note("%s%sabout %s (%stest and opponents %s) and %.0f MB of memory", of ? of : "",
                     of ? ": " : "", all, stage, end, f->memory_mb);
    if (f->available_mb >= 0 && f->memory_mb > f->available_mb)
        rc_progress_note("warning: this machine has %.0f MB of memory left for it: a smaller fit.batch, a "
                         "smaller source, or fit.recompute needs less",
                         f->available_mb);
}

static void stages_json(const rc_rehearsal *r, rc_json *list)
{
    for (int i = 0; i < r->stages; i++) {
        const rc_rehearsed *s = &r->stage[i];
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_choice(one, "stage", RC_STAGES, (int)s->stage);
        rc_json_set_integer(one, "epochs", s->epochs);
        rc_json_set_integer(one, "steps", s->steps);
        rc_json_set_number(one, "seconds", s->seconds);
    }
}

void rc__forecast_memory_json(const rc__forecast *f, rc_json *j)
{
    rc_json *memory = rc_json_set(j, "memory_mb", rc_json_object());
    rc_json_set_number(memory, "data", f->data_mb);
    rc_json_set_number(memory, "model", f->model_mb);
    rc_json_set_number(memory, "optimizer", f->optimizer_mb);
    rc_json_set_number(memory, "step", f->step_mb);
    rc_json_set_number(memory, "peak", f->memory_mb);
    if (!(f->available_mb < 0)) rc_json_set_number(memory, "available", f->available_mb);
}

void rc__forecast_json(const rc__forecast *f, rc_json *j)
{
    char name[RC_CHOICE_TEXT];
    rc_json *list = rc_json_set(j, "stages", rc_json_array());
    stages_json(&f->of, list);
    rc_json *seconds = rc_json_set(j, "seconds", rc_json_object());
    rc_json_set_number(seconds, "prepare", f->prepare);
    for (int i = 0; i < f->of.stages; i++)
        rc_json_set_number(seconds, rc_choice_text(RC_STAGES, (int)f->of.stage[i].stage, name),
                           f->of.stage[i].seconds);
    rc_json_set_number(seconds, "test", f->of.test);
    rc_json_set_number(seconds, "opponents", f->of.opponents);
    rc_json_set_number(seconds, "total", f->seconds);
    rc__forecast_memory_json(f, j);
}
