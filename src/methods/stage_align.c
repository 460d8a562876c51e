/* Stage 1. One optimizer step an epoch on the whole objective
 *
 *     w_distance W(phi(x'), source features)  +  w_distortion H(Z_s | Z_t)   (or minus the information)
 *
 * over the alignment samples. Of a source of several sets both are those of their mixture (alignment.h),
 * under weights that are found at the start and stay. Of several inputs W is the mean of each one's distance,
 * over the samples that have it, and Z_s is said of all of them together. Both terms couple all samples, so
 * each epoch makes two passes: the first, without recording, collects the pooled features and the source
 * predictor's mean prediction per target class; the second records batch by batch and feeds each the exact
 * gradient of the whole objective. Memory is that of one batch, and the pooled features. Where align.batch
 * holds them all, one recorded pass does both. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/progress.h"
#include "methods/alignment.h"
#include "methods/method.h"
#include "methods/stage_probe.h"
#include "settings/optimize.h"

typedef struct align {
    rc_session *s;
    const rc_bundle *source;
    const rc_config *c;
    rc_alignment view;
    float *grad; /* of the distance, as the view's features */
    rc_align_terms terms;
    rc_distance *distance; /* to the source's features; NULL: left out */
    double weight_distance, weight_conditional, weight_information; /* of the present epoch */
    double balance; /* what the last two were multiplied by: 1, or with align.weighting=balanced its factor */
    rc_stage_probe probe;
    rc_schedule schedule, second; /* second: of the distortion that comes after the distance */
} align;

typedef struct epoch_values {
    rc_measured distance; /* value NaN: left out; of several inputs the mean, and */
    double each[RC_MORE_INPUTS + 1];
    rc_distortion_values distortion;
    double leep; /* NaN: not asked for */
} epoch_values;

_Static_assert((int)RC_SESSION_SETS == (int)RC_SOURCE_SETS, "a session keeps the weights of all sets");

/* One after the other only where there are two. */
static bool is_sequential(const align *a)
{
    return a->c->align.mode == RC_ALIGN_SEQUENTIAL && a->distance &&
           a->terms.distortion != RC_DISTORTION_NONE;
}

static int64_t epochs_of(const align *a)
{
    return a->c->align.epochs + (is_sequential(a) ? a->c->align.distortion_epochs : 0);
}

/* Without a term of distortion, its values are measured at the first and the last epoch alone: they take the
 * body's forward pass, which aligning does not. */
static bool sees_distortion(const align *a)
{
    return a->terms.distortion != RC_DISTORTION_NONE || a->s->at.epoch == 0 ||
           a->s->at.epoch == epochs_of(a) - 1;
}

/* Every input has its own. */
static rc_status measure_distances(align *a, epoch_values *out)
{
    const rc_alignment *v = &a->view;
    double sum = 0;
    for (int k = 0; k < v->inputs; k++) {
        rc_sample_set target = rc_alignment_samples(v, k);
        rc_measured one;
        RC_TRY(rc_distance_measure(a->distance, &target, &one, a->grad + k * v->room * v->width));
        if (k == 0) out->distance = one;
        rc_convergence_join(&out->distance.how, &one.how);
        sum += out->each[k] = one.value;
    }
    out->distance.value = sum / v->inputs;
    return RC_OK;
}

static rc_status measure(align *a, epoch_values *out)
{
    const rc_alignment *v = &a->view;
    bool predict = sees_distortion(a);
    RC_TRY(rc_alignment_measure(&a->view, predict));
    out->distortion = predict ? rc_alignment_distortion(v) : (rc_distortion_values){NAN, NAN, NAN, NAN};
    out->leep = predict && v->by_leep ? rc_alignment_leep(v) : NAN;
    out->distance = (rc_measured){.value = NAN, .how.converged = true};
    return a->distance ? measure_distances(a, out) : RC_OK;
}

/* The gradients are to be multiplied by a->balance afterwards. */
static rc_status descend(align *a)
{
    bool balanced = a->c->align.weighting == RC_WEIGHTING_BALANCED && a->weight_distance > 0;
    const rc_alignment *v = &a->view;
    for (int64_t i = 0; i < v->inputs * v->room * v->width; i++)
        a->grad[i] *= (float)(a->weight_distance / v->inputs);
    a->balance = 1.0;
    if (balanced)
        return rc_alignment_backward_balanced(&a->view, a->grad, a->weight_conditional, a->weight_information,
                                              &a->balance);
    return rc_alignment_backward(&a->view, a->grad, a->weight_conditional, a->weight_information);
}

/* ---- epochs ---- */

/* One after the other are two trainings: the second begins with its own rate and without the first's moments,
 * which would carry its steps on for as long as it lasts. */
static rc_status begin_distortion(align *a)
{
    if (!is_sequential(a) || a->s->at.epoch != a->c->align.epochs) return RC_OK;
    rc_optimizer_destroy(&a->s->optimizer);
    return rc_session_optimizer(a->s, &a->c->align.optimizer);
}

static double rate(const align *a)
{
    int64_t epoch = a->s->at.epoch, first = a->c->align.epochs;
    bool second = is_sequential(a) && epoch >= first;
    double factor =
        second ? rc_schedule_rate(&a->second, epoch - first) : rc_schedule_rate(&a->schedule, epoch);
    return a->c->align.optimizer.lr * factor;
}

static void weigh(align *a, int64_t epoch)
{
    bool sequential = is_sequential(a);
    bool information = a->terms.distortion == RC_DISTORTION_INFORMATION;
    double distance = a->distance ? a->c->align.weight_distance : 0;
    double distortion = a->terms.distortion != RC_DISTORTION_NONE ? a->c->align.weight_distortion : 0;
    if (sequential && epoch < a->c->align.epochs) distortion = 0;
    if (sequential && epoch >= a->c->align.epochs) distance = 0;
    a->weight_distance = distance;
    a->weight_conditional = information ? 0 : distortion;
    a->weight_information = information ? distortion : 0;
}

static double objective(const align *a, const epoch_values *v)
{
    double distance = a->distance ? a->weight_distance * v->distance.value : 0;
    if (a->weight_conditional == 0 && a->weight_information == 0) return distance;
    double conditional = a->view.by_leep ? -v->leep : v->distortion.conditional_entropy;
    return distance + a->balance * (a->weight_conditional * conditional -
                                    a->weight_information * v->distortion.information);
}

static void add_usage(const align *a, const rc_distortion *d, rc_json *list)
{
    for (int64_t k = 0; k < d->source_classes; k++) {
        double sum = 0;
        for (int64_t c = 0; c < d->target_classes; c++)
            sum += d->sum[c * d->source_classes + k];
        rc_json_append_number(list, sum / (double)a->view.n);
    }
}

static void log_usage(const align *a, rc_json *line)
{
    if (!sees_distortion(a)) return;
    rc_json *list = rc_json_set(line, "usage", rc_json_array());
    for (int k = 0; k < a->source->sets; k++)
        add_usage(a, &a->view.head[k].distortion, list);
}

static void log_set(const align *a, int k, rc_json *one)
{
    const rc_alignment_head *h = &a->view.head[k];
    rc_json_set_string(one, "data", a->source->set[k].name);
    rc_json_set_number(one, "weight", h->weight);
    if (!sees_distortion(a)) return;
    rc_distortion_values v = rc_distortion_evaluate(&h->distortion);
    rc_json_set_number(one, "conditional_entropy", v.conditional_entropy);
    rc_json_set_number(one, "entropy", v.entropy);
    rc_json_set_number(one, "information", v.information);
    if (a->view.by_leep) rc_json_set_number(one, "leep", h->leep);
}

static void log_sets(const align *a, rc_json *line)
{
    if (a->source->sets == 1) return;
    rc_json *list = rc_json_set(line, "sets", rc_json_array());
    for (int k = 0; k < a->source->sets; k++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        log_set(a, k, one);
    }
}

static void log_distances(const align *a, const epoch_values *v, rc_json *line)
{
    if (a->view.inputs == 1 || !a->distance) return;
    rc_json *each = rc_json_set(line, "distances", rc_json_object());
    for (int k = 0; k < a->view.inputs; k++)
        rc_json_set_number(each, rc_task_input_name(a->s->task, k), v->each[k]);
}

static rc_status log_epoch(align *a, const epoch_values *v, double lr, double started)
{
    rc_json *line = rc_json_object();
    rc_json_set_choice(line, "stage", RC_STAGES, RC_STAGE_ALIGN);
    rc_json_set_integer(line, "epoch", a->s->at.epoch + 1);
    rc_json_set_number(line, "loss", objective(a, v));
    rc_json_set_number(line, "distance", v->distance.value);
    log_distances(a, v, line);
    if (v->distance.how.iterations > 0) {
        rc_json_set_number(line, "marginal_error", v->distance.how.marginal_error);
        rc_json_set_boolean(line, "converged", v->distance.how.converged);
    }
    rc_json_set_number(line, "conditional_entropy", v->distortion.conditional_entropy);
    rc_json_set_number(line, "entropy", v->distortion.entropy);
    rc_json_set_number(line, "information", v->distortion.information);
    if (a->view.by_leep) rc_json_set_number(line, "leep", v->leep);
    rc_json_set_number(line, "used_classes", v->distortion.used_classes);
    rc_json_set_number(line, "balance", a->balance);
    log_usage(a, line);
    log_sets(a, line);
    rc_json_set_number(line, "lr", lr);
    rc_json_set_number(line, "seconds", rc_clock() - started);
    return rc_session_metrics(a->s, line);
}

/* A distance may break off by itself; nothing has changed since the epoch began. */
static rc_status run_epoch(void *context)
{
    align *a = context;
    rc_session *s = a->s;
    double started = rc_clock(), norm;
    epoch_values v;
    RC_TRY(begin_distortion(a));
    weigh(a, s->at.epoch);
    RC_TRY(measure(a, &v));
    RC_TRY(descend(a));
    RC_TRY(rc_gradient_norm(s->model->params, &norm));
    RC_CHECK(isfinite(norm) && isfinite(objective(a, &v)), RC_NUMERIC,
             "align: the objective or its gradient left the finite range at epoch %lld; the last good "
             "checkpoint is kept; "
             "try a lower align.lr",
             (long long)s->at.epoch + 1);
    double lr = rate(a);
    RC_TRY(rc_optimizer_update(s->optimizer, lr, a->balance));
    rc_params_zero_grads(s->model->params);
    RC_TRY(log_epoch(a, &v, lr, started));
    s->at.epoch++;
    char text[96];
    int used = rc_ascii_print(text, sizeof text, "distance %.4f%s", v.distance.value,
                              v.distance.how.converged ? "" : " (not converged)");
    if (!isnan(v.distortion.entropy))
        rc_ascii_print(text + used, sizeof text - (size_t)used, ", H(Zs|Zt) %.3f, H(Zs) %.3f",
                       v.distortion.conditional_entropy, v.distortion.entropy);
    rc_progress_step("align", s->at.epoch, epochs_of(a), text);
    return rc_stage_probe_look(&a->probe, epochs_of(a));
}

/* ---- the stage ---- */

/* A run that goes on has them already. */
static rc_status take_notes(align *a)
{
    rc_texts notes = {0};
    if (a->s->at.epoch > 0 || a->terms.distortion == RC_DISTORTION_NONE) return RC_OK;
    rc_status status = rc_alignment_notes(&a->view, &notes);
    for (int64_t i = 0; i < notes.n && status == RC_OK; i++)
        rc_session_note(a->s, "%s", rc_texts_get(&notes, i));
    rc_texts_free(&notes);
    return status;
}

/* A balance needs the gradients of the terms one by one, and takes them on every rank. */
static rc_status prepare_gradients(align *a)
{
    rc_session *s = a->s;
    a->view.shards = s->shards;
    if (s->shards == 1 || a->c->align.weighting == RC_WEIGHTING_BALANCED)
        return rc_params_prepare_grads(s->model->params);
    RC_TRY(rc_gradient_sum_create(s->model->params, s->shards, a->c->fit.wire, false, &a->view.sum));
    rc_session_note_way(s, a->view.sum);
    return RC_OK;
}

/* At the start of the stage, and from then on as the checkpoint has them: with weights that followed the
 * embedder the objective would move under it, and the set that is ahead would draw it on. */
static rc_status weigh_sets(align *a)
{
    rc_session *s = a->s;
    rc_weighed *kept = &s->at.weighed;
    int sets = a->source->sets;
    if (sets == 1) return RC_OK;
    bool begins = s->at.epoch == 0 && kept->sets == 0;
    RC_CHECK(begins || kept->sets == sets, RC_FORMAT,
             "%s/checkpoint: the weights of the source's sets are missing; it is damaged, or belongs to "
             "another run",
             s->directory);
    if (begins) RC_TRY(rc_alignment_measure(&a->view, true));
    if (begins) RC_TRY(rc_alignment_weigh(&a->view));
    for (int k = 0; k < sets; k++) {
        if (begins) kept->weight[k] = a->view.head[k].weight;
        a->view.head[k].weight = kept->weight[k];
        rc_progress_note("set %s of the source weighs %.3f", a->source->set[k].name, kept->weight[k]);
    }
    kept->sets = sets;
    return RC_OK;
}

static rc_status prepare(align *a)
{
    rc_session *s = a->s;
    RC_TRY(rc_alignment_create(s->graph, s->model, s->task, a->source, a->c, &a->view));
    a->view.differentiates = true;
    a->view.by_leep = a->terms.distortion == RC_DISTORTION_LEEP;
    RC_TRY(weigh_sets(a));
    RC_TRY(take_notes(a));
    RC_TRY(RC_NEW(&a->grad, a->view.inputs * a->view.room * a->view.width));
    if (a->terms.distance) RC_TRY(rc_alignment_distance(&a->view, a->terms.distance, &a->distance));
    if (!a->distance || a->distance->kind->labels) rc_alignment_drop_unlabelled(&a->view);
    a->schedule = rc_config_schedule(&a->c->align.optimizer, 1, a->c->align.epochs);
    a->second = rc_config_schedule(&a->c->align.optimizer, 1, a->c->align.distortion_epochs);
    rc_params_set_trainable(s->model->params, "", false);
    rc_model_set_trainable(s->model, RC_PART_EMBEDDER, true);
    RC_TRY(prepare_gradients(a));
    RC_TRY(rc_session_optimizer(s, &a->c->align.optimizer));
    RC_TRY(rc_stage_probe_create(s, a->view.index, a->view.n, &a->probe));
    int64_t epoch = s->at.epoch, first = a->c->align.epochs;
    bool second = is_sequential(a) && epoch > first; /* with an optimizer of its own */
    /* Where one turns into the other, the run may have been cut before or after the old optimizer went. */
    bool turning = is_sequential(a) && epoch == first && rc_optimizer_steps(s->optimizer) == 0;
    return rc_session_check(s, epochs_of(a), 0, second ? epoch - first : turning ? 0 : epoch);
}

/* What stage 1 has learned, for `recraft align`: stage 2 will change it. */
static rc_status keep_embedder(const align *a)
{
    rc_safetensors_writer *w;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_model_store_part(a->s->model, RC_PART_EMBEDDER, w, RC_DTYPE_F32);
    if (status == RC_OK) status = rc_session_keep(a->s, "embedder.safetensors", w);
    rc_safetensors_writer_destroy(&w);
    return status;
}

static rc_status run(align *a)
{
    RC_TRY(prepare(a));
    RC_TRY(rc_session_epochs(a->s, epochs_of(a), run_epoch, a));
    return rc_stage_probe_end(&a->probe);
}

rc_status rc_align_check(const rc_config *c, const rc_bundle *source, rc_align_terms terms)
{
    bool aligns = terms.distance != NULL;
    RC_CHECK(aligns || terms.distortion != RC_DISTORTION_NONE, RC_CONFIG,
             "align.distance and align.distortion are both none; use \1method nft to leave stage 1 out");
    bool turns = aligns && terms.distortion != RC_DISTORTION_NONE && c->align.mode == RC_ALIGN_SEQUENTIAL;
    RC_CHECK(c->align.epochs > 0 || (turns && c->align.distortion_epochs > 0), RC_CONFIG,
             "align.epochs is 0; use \1method nft to leave stage 1 out");
    RC_TRY(rc_alignment_check(source, c));
    return aligns ? rc_alignment_check_distance(source, terms.distance) : RC_OK;
}

rc_status rc_stage_align(rc_session *s, const rc_bundle *source, rc_align_terms terms)
{
    bool done;
    RC_TRY(rc_session_begin(s, RC_STAGE_ALIGN, &done));
    if (done) return RC_OK;
    align a = {.s = s, .source = source, .c = &s->config, .terms = terms};
    rc_status status = run(&a);
    if (status == RC_OK) status = keep_embedder(&a);
    rc_stage_probe_free(&a.probe);
    rc_alignment_free(&a.view);
    rc_distance_destroy(&a.distance);
    rc_free(a.grad);
    return status == RC_OK ? rc_session_end(s) : status;
}
