/* Stage 1. One optimizer step an epoch on the whole objective
 *
 *     w_distance W(phi(x'), source features)  +  w_distortion H(Z_s | Z_t)   (or minus the information)
 *
 * over the alignment samples. Both terms couple all samples, so each epoch makes two passes: the first,
 * without recording, collects the pooled features and the source predictor's mean prediction per target
 * class; the second records batch by batch and feeds each the exact gradient of the whole objective. Memory
 * does not grow with the number of samples. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "methods/method.h"
#include "methods/source_samples.h"
#include "ops/ops.h"
#include "training/optimize.h"
#include "transport/distance.h"

typedef struct align {
    rc_session *s;
    const rc_bundle *source;
    const rc_config *c;
    rc_tensor head[2]; /* source head weight [K, F], bias [K] */
    int64_t n, width, classes, target_classes;
    int64_t *index;  /* the alignment samples, of train */
    int32_t *label;  /* their classes (or clusters) */
    float *features; /* [n, width], pooled */
    float *grad;     /* [n, width] of the distance */
    float *p_grad;   /* [batch, classes] of the distortion */
    rc_batch batch;
    rc_distortion distortion;
    rc_align_terms terms;
    rc_distance *distance; /* to the source's features; NULL: left out */
    double weight_distance, weight_conditional, weight_information; /* of the present epoch */
    rc_schedule schedule;
} align;

typedef struct epoch_values {
    double distance; /* NaN: left out */
    rc_distortion_values distortion;
} epoch_values;

/* ---- samples and their classes ---- */

static rc_status choose_samples(align *a)
{
    const rc_part *train = &a->s->task->data->train;
    a->n = train->n < a->c->align.samples ? train->n : a->c->align.samples;
    int64_t *order;
    RC_TRY(RC_NEW(&order, train->n));
    rc_epoch_order((uint64_t)a->c->seed ^ 0xa11a5ull, 0, train->n, order);
    rc_status status = RC_NEW(&a->index, a->n);
    if (status == RC_OK) memcpy(a->index, order, (size_t)a->n * sizeof *order);
    rc_free(order);
    return status;
}

/* Targets without classes get k-means clusters of the encoded targets (method: k = 10). */
static rc_status cluster_targets(align *a)
{
    const rc_task *t = a->s->task;
    float *y;
    int k = (int)(a->c->align.clusters < a->n ? a->c->align.clusters : a->n);
    RC_TRY(RC_NEW(&y, a->n * t->y_size));
    for (int64_t i = 0; i < a->n; i++) {
        rc_part_y(&t->data->train, t->data, a->index[i], y + i * t->y_size);
        rc_normaliser_encode(&t->ny, y + i * t->y_size);
    }
    rc_status status = rc_kmeans(y, a->n, t->y_size, k, (uint64_t)a->c->seed, 100, a->label, NULL);
    a->target_classes = k;
    rc_free(y);
    return status;
}

static rc_status choose_labels(align *a)
{
    const rc_task *t = a->s->task;
    RC_TRY(RC_NEW(&a->label, a->n));
    if (t->target != RC_TARGET_CLASSES) return cluster_targets(a);
    for (int64_t i = 0; i < a->n; i++)
        a->label[i] = rc_part_label(&t->data->train, a->index[i]);
    a->target_classes = a->s->model->spec.outputs;
    return RC_OK;
}

/* ---- one batch: pooled features, and the source predictor's probabilities where distortion counts ---- */

typedef struct outputs {
    rc_var pooled, p;
} outputs;

static outputs forward(align *a, int64_t first, int64_t n, bool record)
{
    rc_session *s = a->s;
    rc_graph *g = s->graph;
    rc_batch_fill(&a->batch, s->task, &s->task->data->train, a->index + first, n, NULL);
    rc_graph_reset(g, record);
    rc_feed feed = rc_batch_feed(g, s->task, &a->batch);
    rc_var u = rc_model_embed(g, s->model, &feed);
    outputs out = {rc_mean_tokens(g, u, feed.length), NULL};
    bool distortion_counts = a->weight_conditional != 0 || a->weight_information != 0;
    if (record && !distortion_counts) return out;
    rc_var pooled = rc_model_pool(g, s->model, rc_model_body(g, s->model, u, feed.length), feed.length);
    rc_var logits =
        rc_linear(g, pooled, rc_graph_leaf(g, a->head[0], false), rc_graph_leaf(g, a->head[1], false), NULL);
    out.p = rc_softmax(g, logits);
    return out;
}

static int64_t batch_at(const align *a, int64_t first)
{
    int64_t left = a->n - first, most = a->c->align.batch;
    return left < most ? left : most;
}

static rc_status measure(align *a, epoch_values *out)
{
    rc_distortion_clear(&a->distortion);
    for (int64_t i = 0; i < a->n; i += a->c->align.batch) {
        int64_t n = batch_at(a, i);
        outputs o = forward(a, i, n, false);
        RC_TRY(rc_graph_status(a->s->graph));
        RC_TRY(rc_tensor_download(&o.pooled->value, a->features + i * a->width));
        const void *p;
        RC_TRY(rc_tensor_map_read(&o.p->value, &p));
        rc_distortion_add(&a->distortion, n, p, a->label + i);
        rc_tensor_unmap(&o.p->value, p);
    }
    out->distortion = rc_distortion_evaluate(&a->distortion);
    out->distance = NAN;
    if (!a->distance) return RC_OK;
    rc_samples target = {a->features, a->n, a->width, a->label, a->target_classes};
    return rc_distance_measure(a->distance, &target, &out->distance, a->grad);
}

static rc_status descend(align *a)
{
    for (int64_t i = 0; i < a->n * a->width; i++)
        a->grad[i] *= (float)a->weight_distance;
    for (int64_t i = 0; i < a->n; i += a->c->align.batch) {
        int64_t n = batch_at(a, i);
        outputs o = forward(a, i, n, true);
        RC_TRY(rc_graph_status(a->s->graph));
        RC_TRY(rc_graph_seed(o.pooled, a->grad + i * a->width));
        if (o.p) {
            rc_distortion_gradient(&a->distortion, a->weight_conditional, a->weight_information, n,
                                   a->label + i, a->p_grad);
            RC_TRY(rc_graph_seed(o.p, a->p_grad));
        }
        RC_TRY(rc_graph_backward(a->s->graph, false));
    }
    return RC_OK;
}

/* ---- epochs ---- */

/* One after the other only where there are two. */
static bool is_sequential(const align *a)
{
    return strcmp(a->c->align.mode, "sequential") == 0 && a->distance &&
           strcmp(a->terms.distortion, "none") != 0;
}

static int64_t epochs_of(const align *a)
{
    return a->c->align.epochs + (is_sequential(a) ? a->c->align.distortion_epochs : 0);
}

static void weigh(align *a, int64_t epoch)
{
    bool sequential = is_sequential(a);
    bool information = strcmp(a->terms.distortion, "information") == 0;
    double distance = a->distance ? a->c->align.weight_distance : 0;
    double distortion = strcmp(a->terms.distortion, "none") != 0 ? a->c->align.weight_distortion : 0;
    if (sequential && epoch < a->c->align.epochs) distortion = 0;
    if (sequential && epoch >= a->c->align.epochs) distance = 0;
    a->weight_distance = distance;
    a->weight_conditional = information ? 0 : distortion;
    a->weight_information = information ? distortion : 0;
}

static double objective(const align *a, const epoch_values *v)
{
    double distance = a->distance ? a->weight_distance * v->distance : 0;
    return distance + a->weight_conditional * v->distortion.conditional_entropy -
           a->weight_information * v->distortion.information;
}

static rc_status usage_of(const align *a, rc_json **out)
{
    const rc_distortion *d = &a->distortion;
    RC_TRY(rc_json_array(out));
    for (int64_t k = 0; k < a->classes; k++) {
        double sum = 0;
        for (int64_t c = 0; c < a->target_classes; c++)
            sum += d->sum[c * a->classes + k];
        RC_TRY(rc_json_append_number(*out, sum / (double)a->n));
    }
    return RC_OK;
}

static rc_status log_epoch(align *a, const epoch_values *v, double lr, double started)
{
    rc_json *line, *usage;
    RC_TRY(rc_json_object(&line));
    rc_status status = rc_json_set_string(line, "stage", "align");
    if (status == RC_OK) status = rc_json_set_integer(line, "epoch", a->s->at.epoch + 1);
    if (status == RC_OK) status = rc_json_set_number(line, "loss", objective(a, v));
    if (status == RC_OK) status = rc_json_set_number(line, "distance", v->distance);
    if (status == RC_OK)
        status = rc_json_set_number(line, "conditional_entropy", v->distortion.conditional_entropy);
    if (status == RC_OK) status = rc_json_set_number(line, "entropy", v->distortion.entropy);
    if (status == RC_OK) status = rc_json_set_number(line, "information", v->distortion.information);
    if (status == RC_OK) status = rc_json_set_number(line, "used_classes", v->distortion.used_classes);
    if (status == RC_OK) status = usage_of(a, &usage);
    if (status == RC_OK) status = rc_json_set(line, "usage", usage);
    if (status == RC_OK) status = rc_json_set_number(line, "lr", lr);
    if (status == RC_OK) status = rc_json_set_number(line, "seconds", rc_clock() - started);
    if (status == RC_OK) return rc_session_metrics(a->s, line);
    rc_json_free(&line);
    return status;
}

static rc_status run_epoch(align *a)
{
    rc_session *s = a->s;
    double started = rc_clock(), norm;
    epoch_values v;
    weigh(a, s->at.epoch);
    RC_TRY(measure(a, &v));
    RC_TRY(descend(a));
    RC_TRY(rc_gradient_norm(s->model->params, &norm));
    RC_CHECK(isfinite(norm) && isfinite(objective(a, &v)), RC_NUMERIC,
             "align: the objective or its gradient left the finite range at epoch %lld; the last good "
             "checkpoint is kept; "
             "try a lower align.lr",
             (long long)s->at.epoch + 1);
    double lr = a->c->align.optimizer.lr * rc_schedule_rate(&a->schedule, s->at.epoch);
    RC_TRY(rc_optimizer_update(s->optimizer, lr, 1.0));
    rc_params_zero_grads(s->model->params);
    RC_TRY(log_epoch(a, &v, lr, started));
    s->at.epoch++;
    char text[96];
    snprintf(text, sizeof text, "distance %.4f, H(Zs|Zt) %.3f, H(Zs) %.3f", v.distance,
             v.distortion.conditional_entropy, v.distortion.entropy);
    rc_progress_step("align", s->at.epoch, epochs_of(a), text);
    return RC_OK;
}

/* ---- the stage ---- */

static rc_status prepare_distance(align *a)
{
    const rc_bundle *b = a->source;
    rc_distance_settings o = rc_distance_defaults();
    const rc_distance_kind *kind;
    if (strcmp(a->terms.distance, "none") == 0) return RC_OK;
    RC_TRY(rc_distance_find(a->terms.distance, &kind));
    RC_CHECK(!kind->labels || b->labels, RC_DATA,
             "%s: the bundle has no labels of its features, which the distance %s compares; build it again "
             "with `recraft source build`",
             b->name, kind->name);
    o.sinkhorn.epsilon = a->c->align.epsilon;
    o.sinkhorn.scaling = a->c->align.scaling;
    /* The bundle's own term serves only the epsilon it was computed for. */
    o.self = (rc_sinkhorn_self){b->self_distance, b->self_epsilon, b->self_epsilon == o.sinkhorn.epsilon};
    o.projections = (int)a->c->align.projections;
    o.seed = (uint64_t)a->c->seed;
    o.shrinkage = a->c->align.shrinkage;
    o.exact_labels = strcmp(a->c->align.label_distance, "exact") == 0;
    rc_samples source = {b->features, b->n_features, b->width, b->labels, b->classes};
    return rc_distance_create(kind, &source, &o, &a->distance);
}

static rc_status prepare(align *a)
{
    rc_session *s = a->s;
    a->width = rc_model_width(s->model);
    a->classes = a->source->classes;
    RC_TRY(choose_samples(a));
    RC_TRY(choose_labels(a));
    RC_TRY(rc_distortion_create(a->target_classes, a->classes, &a->distortion));
    bool plain = strcmp(a->c->align.source_head, "plain") == 0;
    RC_TRY(rc_source_head_load(a->s->device, a->source, plain, a->head));
    RC_TRY(RC_NEW(&a->features, a->n * a->width));
    RC_TRY(RC_NEW(&a->grad, a->n * a->width));
    RC_TRY(RC_NEW(&a->p_grad, a->c->align.batch * a->classes));
    RC_TRY(rc_batch_create(s->task, a->c->align.batch, &a->batch));
    RC_TRY(prepare_distance(a));
    RC_TRY(rc_config_schedule(&a->c->align.optimizer, 1, epochs_of(a), &a->schedule));
    rc_params_set_trainable(s->model->params, "", false);
    rc_model_set_trainable(s->model, RC_PART_EMBEDDER, true);
    RC_TRY(rc_params_prepare_grads(s->model->params));
    return rc_session_optimizer(s, &a->c->align.optimizer);
}

static rc_status run(align *a)
{
    rc_session *s = a->s;
    RC_TRY(prepare(a));
    while (s->at.epoch < epochs_of(a)) {
        RC_TRY(run_epoch(a));
        if (rc_interrupt_requested()) return rc_session_interrupted(s);
        if (s->at.epoch % a->c->fit.checkpoint_every == 0) RC_TRY(rc_session_checkpoint(s));
    }
    return RC_OK;
}

rc_status rc_stage_align(rc_session *s, const rc_bundle *source, rc_align_terms terms)
{
    bool done;
    RC_CHECK(strcmp(terms.distance, "none") != 0 || strcmp(terms.distortion, "none") != 0, RC_CONFIG,
             "align.distance and align.distortion are both none; use --method nft to leave stage 1 out");
    RC_TRY(rc_session_begin(s, "align", &done));
    if (done) return RC_OK;
    align a = {.s = s, .source = source, .c = &s->config, .terms = terms};
    rc_status status = run(&a);
    rc_batch_free(&a.batch);
    rc_distortion_free(&a.distortion);
    rc_distance_destroy(&a.distance);
    rc_tensor_destroy(&a.head[0]);
    rc_tensor_destroy(&a.head[1]);
    rc_free(a.index);
    rc_free(a.label);
    rc_free(a.features);
    rc_free(a.grad);
    rc_free(a.p_grad);
    return status == RC_OK ? rc_session_end(s) : status;
}
