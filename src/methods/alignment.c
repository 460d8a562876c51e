#include "methods/alignment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/finite.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "parallel/parallel.h"
#include "source/source_samples.h"

/* A balance below it says that one of the terms has no gradient but rounding. */
static const double SMALLEST = 1e-12;
enum { KMEANS_ROUNDS = 100 };

/* ---- samples and their classes ---- */

static rc_status choose_from(const rc_alignment *a, const rc_part *part, int64_t n, int64_t *index)
{
    int64_t *order;
    RC_TRY(RC_NEW(&order, part->n));
    rc_status status = rc_part_order(part, (uint64_t)a->c->seed ^ 0xa11a5ull, 0, order);
    if (status == RC_OK) memcpy(index, order, (size_t)n * sizeof *order);
    rc_free(order);
    return status;
}

static rc_status choose_samples(rc_alignment *a)
{
    const rc_part *train = &a->task->data->train, *more = &a->task->data->unlabelled;
    a->n = train->n < a->c->align.samples ? train->n : a->c->align.samples;
    a->more = more->n < a->c->align.unlabelled ? more->n : a->c->align.unlabelled;
    RC_TRY(RC_NEW(&a->index, a->n + a->more));
    RC_TRY(choose_from(a, train, a->n, a->index));
    return choose_from(a, more, a->more, a->index + a->n);
}

static bool are_same(const float *x, int64_t n, int64_t d)
{
    for (int64_t i = 1; i < n; i++)
        if (memcmp(x, x + i * d, sizeof *x * (size_t)d) != 0) return false;
    return true;
}

/* Of samples x [n, d]. */
static rc_status cluster(rc_alignment *a, const float *x, int64_t d)
{
    bool converged = false;
    int64_t max = are_same(x, a->n, d) ? 1 : a->c->align.clusters; /* more would be drawn by lot */
    int k = (int)(max < a->n ? max : a->n);
    RC_TRY(rc_kmeans(x, a->n, d, k, (uint64_t)a->c->seed, KMEANS_ROUNDS, a->label, NULL, &converged));
    a->target_classes = k;
    a->unsettled = !converged;
    return RC_OK;
}

/* Targets without classes get k-means clusters of the encoded targets (method: k = 10). */
static rc_status cluster_targets(rc_alignment *a)
{
    const rc_task *t = a->task;
    float *y;
    RC_TRY(RC_NEW(&y, a->n * t->y_size));
    for (int64_t i = 0; i < a->n; i++) {
        rc_part_read(&t->data->train, t->data, RC_PART_Y, a->index[i], y + i * t->y_size);
        rc_normaliser_encode(&t->ny, y + i * t->y_size);
    }
    rc_fill_unknown(a->n, t->y_size, y);
    rc_status status = cluster(a, y, t->y_size);
    rc_free(y);
    return status;
}

/* Samples whose words have labels get clusters of what they are made of: the share of each label. */
static rc_status cluster_words(rc_alignment *a)
{
    const rc_task *t = a->task;
    int64_t classes = t->data->classes;
    int32_t *label = NULL;
    float *share;
    RC_TRY(RC_NEW(&share, a->n * classes));
    rc_status status = RC_NEW_RAW(&label, t->y_size);
    for (int64_t i = 0; i < a->n && status == RC_OK; i++) {
        int64_t words = 0;
        rc_part_words(&t->data->train, t->data, a->index[i], label);
        for (int64_t w = 0; w < t->y_size; w++)
            words += label[w] >= 0;
        for (int64_t w = 0; w < t->y_size; w++)
            if (label[w] >= 0) share[i * classes + label[w]] += 1.0f / (float)words;
    }
    if (status == RC_OK) status = cluster(a, share, classes);
    rc_free(label);
    rc_free(share);
    return status;
}

static rc_status choose_labels(rc_alignment *a)
{
    const rc_task *t = a->task;
    RC_TRY(RC_NEW(&a->label, a->n));
    if (t->target == RC_TARGET_WORDS) return cluster_words(a);
    if (t->target != RC_TARGET_CLASSES) return cluster_targets(a);
    for (int64_t i = 0; i < a->n; i++)
        a->label[i] = rc_part_label(&t->data->train, a->index[i]);
    a->target_classes = a->model->spec.outputs;
    return RC_OK;
}

/* P_c is a mean over the samples of class c: over a few it is sharper than the class is. */
static rc_status note_few(const rc_alignment *a, rc_texts *out)
{
    enum { FEW = 5 };
    char text[160];
    if (a->n >= FEW * a->target_classes || a->n == a->task->data->train.n) return RC_OK;
    int n = rc_ascii_print(
        text, sizeof text,
        "stage 1 looks at %lld samples of %lld classes, about %.1f a class, so H(Zs|Zt) comes "
        "out too low; raise align.samples",
        (long long)a->n, (long long)a->target_classes, (double)a->n / (double)a->target_classes);
    return rc_texts_add(out, text, (size_t)n);
}

rc_status rc_alignment_notes(const rc_alignment *a, rc_texts *out)
{
    char text[160];
    RC_TRY(note_few(a, out));
    if (!a->unsettled) return RC_OK;
    int n = snprintf(text, sizeof text,
                     "the %lld clusters used as classes were still changing after %d rounds of k-means "
                     "(not converged)",
                     (long long)a->target_classes, KMEANS_ROUNDS);
    return rc_texts_add(out, text, (size_t)n);
}

/* Texts have as many tokens as they are long, all else as the grid has. */
static void count_tokens(rc_alignment *a)
{
    const rc_dataset *d = a->task->data;
    double sum = 0;
    for (int64_t i = 0; d->form == RC_FORM_TEXTS && i < a->n; i++)
        sum += sqrt((double)rc_part_tokens(&d->train, d, a->index[i]));
    a->root_tokens =
        d->form == RC_FORM_TEXTS ? sum / (double)a->n : sqrt((double)rc_grid_tokens(&a->model->u));
}

/* Those with labels first. */
static rc_status cut_batches(rc_alignment *a)
{
    int64_t max = a->c->align.batch, all = a->n + a->more, at = 0;
    int64_t places = (a->n + max - 1) / max + (a->more + max - 1) / max + 1;
    RC_TRY(RC_NEW(&a->at, 2 * places));
    a->p_at = a->at + places;
    while (at < all) {
        int64_t end = at < a->n ? a->n : all;
        at = end - at < max ? end : at + max;
        a->at[++a->batches] = at;
        a->p_at[a->batches] = at < a->n ? at : a->n;
        if (at <= a->n) a->labelled = a->batches;
    }
    return RC_OK;
}

static rc_status create_head(const rc_alignment *a, int k, rc_alignment_head *h)
{
    h->classes = a->source->set[k].classes;
    h->weight = 1.0 / a->source->sets;
    RC_TRY(rc_source_head_load(a->model->device, a->source, k, rc_alignment_plain_head(a->c), h->head));
    RC_TRY(rc_distortion_create(a->target_classes, h->classes, &h->distortion));
    RC_TRY(RC_NEW(&h->p_grad, a->c->align.batch * h->classes));
    RC_TRY(RC_NEW(&h->p, 2 * a->n * h->classes));
    h->leep_grad = h->p + a->n * h->classes;
    return RC_OK;
}

static void free_head(rc_alignment_head *h)
{
    rc_distortion_free(&h->distortion);
    rc_tensor_destroy(&h->head[0]);
    rc_tensor_destroy(&h->head[1]);
    rc_free(h->p_grad);
    rc_free(h->p);
}

static rc_status create(rc_alignment *a)
{
    RC_TRY(choose_samples(a));
    RC_TRY(choose_labels(a));
    for (int k = 0; k < a->source->sets; k++)
        RC_TRY(create_head(a, k, &a->head[k]));
    a->inputs = 1 + a->task->n_more;
    a->room = a->n + a->more;
    RC_TRY(RC_NEW(&a->features, a->inputs * a->room * a->width));
    if (a->inputs > 1) RC_TRY(RC_NEW(&a->weight, a->inputs * a->room));
    RC_TRY(rc_graph_create(a->model->device, &a->embedding));
    RC_TRY(cut_batches(a));
    count_tokens(a);
    return rc_batch_create(a->task, a->c->align.batch, &a->batch);
}

rc_status rc_alignment_create(rc_graph *g, rc_model *m, const rc_task *t, const rc_bundle *source,
                              const rc_config *c, rc_alignment *out)
{
    *out = (rc_alignment){.graph = g, .model = m, .task = t, .source = source, .c = c};
    out->width = rc_model_width(m);
    rc_status status = create(out);
    if (status != RC_OK) rc_alignment_free(out);
    return status;
}

void rc_alignment_drop_unlabelled(rc_alignment *a)
{
    a->more = 0;
    a->batches = a->labelled;
}

void rc_alignment_free(rc_alignment *a)
{
    rc_gradient_sum_destroy(&a->sum);
    rc_batch_free(&a->batch);
    rc_graph_destroy(&a->embedding);
    for (int k = 0; k < RC_SOURCE_SETS; k++)
        free_head(&a->head[k]);
    rc_free(a->index);
    rc_free(a->label);
    rc_free(a->features);
    rc_free(a->weight);
    rc_free(a->set_weight);
    rc_free(a->at);
    *a = (rc_alignment){0};
}

/* ---- passes ---- */

/* Passes of the embedder alone have a graph of their own, so that they leave alone what is kept. */
static rc_graph *graph_of(rc_alignment *a, bool predict)
{
    return predict ? a->graph : a->embedding;
}

/* Which of n samples have which input. */
static void note_present(rc_alignment *a, int64_t first, int64_t n, const bool *present)
{
    for (int64_t i = 0; i < n && a->weight; i++)
        for (int k = 0; k < a->inputs; k++)
            a->weight[k * a->room + first + i] = present[i * a->inputs + k];
}

static rc_alignment_outputs forward(rc_alignment *a, int64_t first, int64_t n, bool record, bool predict)
{
    rc_graph *g = graph_of(a, predict);
    const rc_dataset *d = a->task->data;
    rc_status status = rc_batch_fill(&a->batch, a->task, first < a->n ? &d->train : &d->unlabelled,
                                     a->index + first, n, NULL);
    rc_graph_reset(g, record);
    if (a->c->fit.recompute) rc_graph_recompute(g);
    if (status != RC_OK) (void)rc_graph_fail(g, status);
    rc_feed feed = rc_task_feed(g, a->task, a->batch.n, &a->batch.given);
    rc_var u = rc_model_embed(g, a->model, &feed);
    rc_alignment_outputs out = {0};
    for (int k = 0; k < a->inputs; k++)
        out.pooled[k] = rc_model_pool_input(g, a->model, u, k, &feed);
    if (rc_graph_status(g) == RC_OK) note_present(a, first, n, feed.present);
    if (!predict) return out;
    rc_var pooled = rc_model_pool(g, a->model, rc_model_body(g, a->model, u, &feed), &feed);
    for (int k = 0; k < a->source->sets; k++) {
        const rc_tensor *head = a->head[k].head;
        out.p[k] = rc_softmax(g, rc_linear(g, pooled, rc_graph_leaf(g, head[0], false),
                                           rc_graph_leaf(g, head[1], false), NULL));
    }
    return out;
}

static float *features_at(const rc_alignment *a, int k, int64_t i)
{
    return a->features + (k * a->room + i) * a->width;
}

static rc_status measure_batch(rc_alignment *a, int64_t j, bool predict, bool keep)
{
    int64_t i = a->at[j];
    bool labelled = i < a->n, says = predict && labelled;
    rc_alignment_outputs o = forward(a, i, a->at[j + 1] - i, keep && labelled, says);
    RC_TRY(rc_graph_status(graph_of(a, says)));
    if (keep && labelled) a->kept = o;
    for (int k = 0; k < a->inputs; k++)
        RC_TRY(rc_tensor_download(&o.pooled[k]->value, features_at(a, k, i)));
    for (int k = 0; k < a->source->sets && says; k++)
        RC_TRY(rc_tensor_download(&o.p[k]->value, a->head[k].p + i * a->head[k].classes));
    return RC_OK;
}

/* What the ranks have measured, to all. */
static rc_status share(const rc_alignment *a, bool predict)
{
    size_t of_features = (size_t)a->width * sizeof *a->features;
    for (int k = 0; k < a->inputs; k++) {
        RC_TRY(rc_parallel_complete(a->batches, 1, a->at, of_features, features_at(a, k, 0)));
        if (a->weight)
            RC_TRY(rc_parallel_complete(a->batches, 1, a->at, sizeof *a->weight, a->weight + k * a->room));
    }
    for (int k = 0; k < a->source->sets && predict; k++) {
        const rc_alignment_head *h = &a->head[k];
        RC_TRY(rc_parallel_complete(a->batches, 1, a->p_at, (size_t)h->classes * sizeof *h->p, h->p));
    }
    return RC_OK;
}

/* Every rank does some of the batches. */
static rc_status measure_batches(rc_alignment *a, bool predict, bool keep)
{
    int64_t first, end;
    rc_parallel_part(a->batches, rc_parallel_rank(), &first, &end);
    for (int64_t j = first; j < end; j++)
        RC_TRY(measure_batch(a, j, predict, keep));
    return share(a, predict);
}

static rc_status check_features(const rc_alignment *a)
{
    for (int k = 0; k < a->inputs; k++)
        RC_CHECK(rc_first_not_finite(features_at(a, k, 0), (a->n + a->more) * a->width) < 0, RC_NUMERIC,
                 "the features of the samples are no longer finite numbers; during training a lower align.lr "
                 "may help; before it, the weights or the data are too large");
    return RC_OK;
}

/* An input that none of them has is no set of features. */
static rc_status check_present(const rc_alignment *a)
{
    for (int k = 0; k < a->inputs && a->weight; k++) {
        double sum = 0;
        for (int64_t i = 0; i < a->n + a->more; i++)
            sum += a->weight[k * a->room + i];
        RC_CHECK(sum > 0, RC_DATA,
                 "%s: none of the %lld samples that stage 1 looks at has the input %s; raise align.samples",
                 a->task->data->name, (long long)(a->n + a->more), rc_task_input_name(a->task, k));
    }
    return RC_OK;
}

rc_sample_set rc_alignment_samples(const rc_alignment *a, int k)
{
    return (rc_sample_set){features_at(a, k, 0),
                           a->n + a->more,
                           a->width,
                           a->label,
                           a->target_classes,
                           a->weight ? a->weight + k * a->room : NULL,
                           true};
}

/* What the predictions of a head say. */
static rc_status read_head(const rc_alignment *a, rc_alignment_head *h)
{
    for (int64_t j = 0; j < a->labelled; j++)
        rc_distortion_add(&h->distortion, a->at[j + 1] - a->at[j], h->p + a->at[j] * h->classes,
                          a->label + a->at[j]);
    if (!a->by_leep) return RC_OK;
    return rc_leep(a->n, h->classes, a->target_classes, h->p, a->label, &h->leep, h->leep_grad);
}

rc_status rc_alignment_measure(rc_alignment *a, bool predict)
{
    bool keep = a->differentiates && predict && a->n <= a->c->align.batch;
    for (int k = 0; k < a->source->sets; k++)
        rc_distortion_clear(&a->head[k].distortion);
    a->kept = (rc_alignment_outputs){0};
    RC_TRY(measure_batches(a, predict, keep));
    RC_TRY(check_features(a));
    RC_TRY(check_present(a));
    for (int k = 0; k < a->source->sets && predict; k++)
        RC_TRY(read_head(a, &a->head[k]));
    return RC_OK;
}

/* Of samples i .. i + n - 1, into p_grad. */
static void distortion_gradient(const rc_alignment *a, const rc_alignment_head *h, int64_t i, int64_t n,
                                double w_conditional, double w_information)
{
    if (!a->by_leep) {
        rc_distortion_gradient(&h->distortion, h->weight * w_conditional, h->weight * w_information, n,
                               a->label + i, h->p_grad);
        return;
    }
    for (int64_t k = 0; k < n * h->classes; k++)
        h->p_grad[k] = (float)(h->weight * w_conditional) * h->leep_grad[i * h->classes + k];
}

static rc_status backward_batch(rc_alignment *a, int64_t j, const float *grad, double w_conditional,
                                double w_information)
{
    int64_t i = a->at[j], n = a->at[j + 1] - i;
    bool predict = i < a->n && (w_conditional != 0 || w_information != 0);
    rc_graph *g = graph_of(a, predict);
    rc_alignment_outputs o = predict && a->kept.p[0] ? a->kept : forward(a, i, n, true, predict);
    RC_TRY(rc_graph_status(g));
    for (int k = 0; k < a->inputs && grad; k++)
        RC_TRY(rc_graph_seed(o.pooled[k], grad + (k * a->room + i) * a->width));
    for (int k = 0; k < a->source->sets && predict; k++) {
        distortion_gradient(a, &a->head[k], i, n, w_conditional, w_information);
        RC_TRY(rc_graph_seed(o.p[k], a->head[k].p_grad));
        a->kept = (rc_alignment_outputs){0};
    }
    return rc_graph_backward(g, false);
}

/* Batches first .. end - 1; without a gradient of the features those alone that have labels. */
static rc_status backward_batches(rc_alignment *a, int64_t first, int64_t end, const float *grad,
                                  double w_conditional, double w_information)
{
    for (int64_t j = first; j < end && (grad || j < a->labelled); j++)
        RC_TRY(backward_batch(a, j, grad, w_conditional, w_information));
    return RC_OK;
}

rc_status rc_alignment_backward(rc_alignment *a, const float *grad, double w_conditional,
                                double w_information)
{
    int64_t first, end, batches = a->batches;
    if (!a->sum) return backward_batches(a, 0, batches, grad, w_conditional, w_information);
    rc_parallel_part(a->shards, rc_parallel_rank(), &first, &end);
    for (int64_t shard = first; shard < end; shard++) {
        rc_gradient_sum_begin(a->sum, shard);
        RC_TRY(backward_batches(a, batches * shard / a->shards, batches * (shard + 1) / a->shards, grad,
                                w_conditional, w_information));
        RC_TRY(rc_gradient_sum_complete(a->sum, NULL, NULL, NULL));
    }
    return RC_OK;
}

/* The distance's passes do not run the body, so two of them cost little beside the distortion's one. */
rc_status rc_alignment_backward_balanced(rc_alignment *a, float *grad, double w_conditional,
                                         double w_information, double *scale)
{
    double of_distance, of_distortion, weight = w_conditional + w_information;
    *scale = 1.0;
    RC_TRY(rc_alignment_backward(a, grad, 0, 0));
    RC_TRY(rc_gradient_norm(a->model->params, &of_distance));
    if (weight <= 0) return RC_OK;
    rc_params_zero_grads(a->model->params);
    RC_TRY(rc_alignment_backward(a, NULL, w_conditional, w_information));
    RC_TRY(rc_gradient_norm(a->model->params, &of_distortion));
    double factor = of_distortion > 0 ? weight * of_distance / of_distortion : 0;
    if (isfinite(factor) && factor > SMALLEST) {
        *scale = factor;
        for (int64_t i = 0; i < a->inputs * a->room * a->width; i++)
            grad[i] = (float)(grad[i] / factor);
    } else {
        rc_params_zero_grads(a->model->params);
    }
    return rc_alignment_backward(a, grad, 0, 0);
}
