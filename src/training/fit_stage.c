/* Supervised training: epochs of batches, an optimizer step every `accumulate` batches, validation after each
 * epoch. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/progress.h"
#include "parallel/parallel.h"
#include "settings/optimize.h"
#include "training/by_length.h"
#include "training/partial.h"
#include "training/rehearsal.h"

/* Sums of the step in hand. */
typedef struct shard_total {
    double loss;
    rc_told told;
} shard_total;

/* What the device will say of the step in hand, read once it all is in line: the losses of samples, and
 * behind them the squares of the gradient. */
typedef struct readings {
    rc_tensor said;
    float *counts;  /* of each loss: what it weighs in its shard's sum */
    int64_t *shard; /* and which that is */
    int64_t n;      /* losses so far */
} readings;

enum { SQUARES = 2, NOTHING = -1 };

typedef struct fit {
    rc_session *s;
    const rc_config *c;
    rc_train train_what;             /* as fit.train */
    const rc_fit_addition *addition; /* or NULL */
    const rc_part *train, *valid;
    int64_t batches, steps; /* per epoch */
    double rate;            /* the base of the learning rate */
    rc_schedule schedule;
    int64_t *order;
    int32_t *tokens; /* of each text, where batches are made by it; or NULL */
    float *seed;     /* the loss's gradient: one over the samples of the step */
    rc_batch batch;
    int64_t filled; /* index of what the batch holds already, or NOTHING */
    readings of_step;
    rc_gradient_sum *sum; /* over the shards of every batch; NULL: a batch is whole, and there is one rank */
    shard_total *total, *own_total;        /* [shards]; of this rank's shards */
    int64_t first_shard, end_shard, shard; /* of this rank; in hand */
} fit;

static int64_t up(int64_t n, int64_t by)
{
    return (n + by - 1) / by;
}

static int64_t batch_size(const fit *f, int64_t b)
{
    int64_t left = f->train->n - b * f->c->fit.batch;
    return left < f->c->fit.batch ? left : f->c->fit.batch;
}

/* Where a shard of the batch begins; of the one behind the last: the batch's end. */
static int64_t shard_at(const fit *f, int64_t b, int64_t shard)
{
    return batch_size(f, b) * shard / f->s->shards;
}

/* Samples in the optimizer step that batch b belongs to: the gradient is the mean over them. */
static int64_t step_samples(const fit *f, int64_t b)
{
    int64_t a = f->c->fit.accumulate, first = b / a * a, n = 0;
    for (int64_t i = first; i < first + a && i < f->batches; i++)
        n += batch_size(f, i);
    return n;
}

static double rate_of_step(const fit *f, int64_t step)
{
    return f->rate * rc_schedule_rate(&f->schedule, step);
}

static double learning_rate(const fit *f)
{
    return rate_of_step(f, rc_optimizer_steps(f->s->optimizer));
}

static rc_status not_finite(const fit *f, const char *what, double value)
{
    return rc_fail(
        RC_NUMERIC,
        "fit: %s became %g at epoch %lld, step %lld; the last good checkpoint is kept; try a lower fit.lr "
        "or set fit.clip",
        what, value, (long long)f->s->at.epoch + 1, (long long)rc_optimizer_steps(f->s->optimizer));
}

int64_t rc_fit_shard(const rc_session *s)
{
    return up(s->config.fit.batch, s->shards);
}

bool rc_fit_changes(const rc_session *s)
{
    rc_augment a = rc_augment_of(&s->config, 0, 0);
    return a.flip || a.turn || a.crop > 0 || rc_task_hides(s->task, &s->config) > 0 || a.what || a.mixup > 0;
}

/* Behind what the step has kept so far, on the device. */
static rc_status keep(const fit *f, const rc_tensor *from)
{
    rc_tensor to = rc_tensor_rows(f->of_step.said, f->of_step.n, rc_tensor_size(from));
    return to.device->copy(to.device, to.data, from->data, rc_tensor_bytes(from));
}

/* Of the stage, from 0. */
static int64_t index_of(const fit *f, int64_t b, int64_t shard)
{
    return (f->s->at.epoch * f->batches + b) * f->s->shards + shard;
}

static const int64_t *order_of(const fit *f, int64_t b, int64_t shard)
{
    return f->order + b * f->c->fit.batch + shard_at(f, b, shard);
}

static bool is_empty(const fit *f, int64_t b, int64_t shard)
{
    return shard_at(f, b, shard) == shard_at(f, b, shard + 1);
}

static rc_status fill_shard(fit *f, int64_t b, int64_t shard)
{
    int64_t index = index_of(f, b, shard), n = shard_at(f, b, shard + 1) - shard_at(f, b, shard);
    rc_augment augment = rc_augment_of(f->c, f->s->at.epoch, index);
    if (f->filled == index) return RC_OK;
    f->filled = NOTHING;
    rc_tensor_forget_brought(f->s->device);
    RC_TRY(rc_batch_fill(&f->batch, f->s->task, f->train, order_of(f, b, shard), n, &augment));
    f->filled = index;
    return RC_OK;
}

/* Forward through the model and its loss, which is kept to be read, and whose gradient is seeded. */
static rc_status run_shard(fit *f, int64_t b, int64_t shard)
{
    rc_session *s = f->s;
    int64_t index = index_of(f, b, shard);
    float share = 1.0f / (float)step_samples(f, b);
    RC_TRY(fill_shard(f, b, shard));
    f->filled = NOTHING; /* it is used up */
    rc_graph_reset(s->graph, true);
    if (f->c->fit.recompute) rc_graph_recompute(s->graph);
    if (f->addition && f->addition->watches) rc_graph_watch(s->graph);
    *rc_graph_noise(s->graph) = (rc_noise){f->c->fit.dropout, f->c->fit.drop_path,
                                           rc_rng_make((uint64_t)f->c->seed, "noise", (uint64_t)index)};
    rc_feed feed = rc_task_feed(s->graph, s->task, f->batch.n, &f->batch.given);
    rc_var u = rc_model_embed(s->graph, s->model, &feed);
    rc_var tokens = rc_model_body(s->graph, s->model, u, &feed);
    rc_var output = rc_model_head(s->graph, s->model, tokens, &feed);
    /* Of mixed samples one loss for what counts as their own class, and one for what counts as another. */
    for (int other = 0; other <= f->batch.mixed; other++) {
        rc_batch counted = f->batch;
        readings *r = &f->of_step;
        if (other) counted.label = counted.other;
        rc_var loss = rc_batch_loss(s->graph, s->task, &counted, output, true);
        RC_TRY(rc_graph_status(s->graph));
        RC_TRY(keep(f, &loss->value));
        for (int64_t i = 0; i < counted.n; i++, r->n++) {
            r->counts[r->n] = !counted.mixed ? 1.0f : other ? 1 - counted.share[i] : counted.share[i];
            r->shard[r->n] = shard;
            f->seed[i] = share * r->counts[r->n];
        }
        RC_TRY(rc_graph_seed(loss, f->seed));
    }
    if (!f->addition) return RC_OK;
    rc_fit_batch there = {&f->batch, order_of(f, b, shard), index, feed, u, tokens, output,
                          share,     &f->total[shard].told};
    return f->addition->add(f->addition->context, s->graph, &there);
}

/* Without clipping and accumulation a gradient can be used as soon as it is complete, and need not be kept.
 */
static bool in_one_walk(const fit *f)
{
    return f->c->fit.accumulate == 1 && !(f->c->fit.clip > 0);
}

/* Of the graph in hand, NULL: the shard is empty here. last: of the shard in this step. */
static rc_status backward(fit *f, rc_graph *g, bool last)
{
    if (!last) return g ? rc_graph_backward(g, false) : RC_OK;
    bool updates = in_one_walk(f) && f->shard == f->end_shard - 1;
    if (!updates)
        return f->sum ? rc_gradient_sum_complete(f->sum, g, NULL, NULL) : rc_graph_backward(g, false);
    return rc_optimizer_backward(f->s->optimizer, f->sum, g, learning_rate(f));
}

static rc_status update(fit *f)
{
    rc_tensor squares = rc_optimizer_squares(f->s->optimizer);
    if (!in_one_walk(f)) {
        RC_TRY(rc_optimizer_update_clipped(f->s->optimizer, learning_rate(f), f->c->fit.clip));
        rc_params_zero_grads(f->s->model->params);
    }
    return keep(f, &squares);
}

static void tell(const fit *f)
{
    const rc_position *at = &f->s->at;
    char text[96];
    double loss = at->loss_count ? at->loss_sum / (double)at->loss_count : 0;
    if (at->scored)
        rc_ascii_print(text, sizeof text, "loss %.4f, best valid %s %.4f", loss,
                       rc_metric_name(f->s->task->metric), at->best_metric);
    else
        rc_ascii_print(text, sizeof text, "loss %.4f", loss);
    rc_progress_step("fit", at->epoch * f->batches + at->batch, f->c->fit.epochs * f->batches, text);
}

/* One shard of the batches of a step, up to `end`. */
static rc_status learn_shard(fit *f, int64_t shard, int64_t end)
{
    f->shard = shard;
    f->total[shard] = (shard_total){0};
    if (f->sum) rc_gradient_sum_begin(f->sum, shard);
    for (int64_t b = f->s->at.batch; b < end; b++) {
        bool empty = is_empty(f, b, shard);
        if (!empty) RC_TRY(run_shard(f, b, shard));
        RC_TRY(backward(f, empty ? NULL : f->s->graph, b + 1 == end));
    }
    return RC_OK;
}

/* The one place of a step that waits for the device, unless its addition reads something (docs/gpu.md). */
static rc_status read_step(fit *f, double *norm)
{
    readings *r = &f->of_step;
    rc_tensor all = rc_tensor_rows(r->said, 0, r->n + SQUARES);
    const void *host;
    RC_TRY(rc_tensor_map_read(&all, &host));
    const float *said = host;
    for (int64_t i = 0; i < r->n; i++)
        f->total[r->shard[i]].loss += (double)r->counts[i] * said[i];
    *norm = rc_gradient_norm_of(said + r->n);
    rc_tensor_unmap(&all, host);
    r->n = 0;
    return RC_OK;
}

/* Of all shards, in their order. */
static rc_status add_totals(fit *f, int64_t end, double norm)
{
    rc_position *at = &f->s->at;
    int64_t n = 0;
    double sum = 0;
    rc_told told = at->told;
    size_t each = (size_t)(f->end_shard - f->first_shard) * sizeof *f->total;
    memcpy(f->own_total, f->total + f->first_shard, each);
    RC_TRY(rc_parallel_gather(f->own_total, each, f->total));
    for (int64_t i = 0; i < f->s->shards; i++) {
        sum += f->total[i].loss;
        told.sum += f->total[i].told.sum;
        told.batches += f->total[i].told.batches;
        told.open += f->total[i].told.open;
    }
    for (int64_t b = at->batch; b < end; b++)
        n += batch_size(f, b);
    if (!isfinite(sum)) return not_finite(f, "the loss", sum / (double)n);
    if (!isfinite(norm)) return not_finite(f, "the gradient", norm);
    at->loss_sum += sum;
    at->loss_count += n;
    at->told = told;
    return RC_OK;
}

/* Of the next step, while the device works on this one. */
static rc_status fill_ahead(fit *f, int64_t b)
{
    if (b == f->batches || is_empty(f, b, f->first_shard)) return RC_OK;
    RC_TRY(fill_shard(f, b, f->first_shard));
    return rc_batch_bring(&f->batch, f->s->task, f->s->device);
}

/* The next of the epoch. While the device works on it, the batch after it is filled, and goes there. */
static rc_status learn_step(fit *f)
{
    rc_position *at = &f->s->at;
    double norm;
    int64_t end =
        at->batch + f->c->fit.accumulate < f->batches ? at->batch + f->c->fit.accumulate : f->batches;
    for (int64_t shard = f->first_shard; shard < f->end_shard; shard++)
        RC_TRY(learn_shard(f, shard, end));
    f->s->changed = true;
    RC_TRY(update(f));
    RC_TRY(fill_ahead(f, end));
    RC_TRY(read_step(f, &norm));
    RC_TRY(add_totals(f, end, norm));
    at->batch = end;
    return f->s->average ? rc_session_average(f->s, f->c->fit.average, rc_optimizer_steps(f->s->optimizer))
                         : RC_OK;
}

/* What this rank will read from here on, so that nothing is read ahead which only others need. */
static rc_status expect_own(const fit *f)
{
    int64_t *own, n = 0;
    if (!rc_part_is_large(f->train)) return RC_OK;
    RC_TRY(RC_NEW_RAW(&own, f->train->n));
    for (int64_t b = f->s->at.batch; b < f->batches; b++) {
        const int64_t *end = order_of(f, b, f->end_shard);
        for (const int64_t *i = order_of(f, b, f->first_shard); i < end; i++)
            own[n++] = *i;
    }
    rc_status status = rc_part_expect(f->train, own, 0, n);
    rc_free(own);
    return status;
}

static rc_status begin_epoch(fit *f)
{
    const rc_position *at = &f->s->at;
    uint64_t seed = (uint64_t)f->c->seed;
    RC_TRY(rc_part_order(f->train, seed, at->epoch, f->order));
    if (f->tokens)
        RC_TRY(rc_order_by_length(f->tokens, f->train->n, f->c->fit.batch,
                                  rc_rng_make(seed, "by length", (uint64_t)at->epoch), f->order));
    rc_partial_rates(f->c, at->epoch, f->s->model);
    return expect_own(f);
}

static rc_status run_batches(fit *f)
{
    rc_position *at = &f->s->at;
    RC_TRY(begin_epoch(f));
    while (at->batch < f->batches) {
        RC_TRY(learn_step(f));
        tell(f);
        /* Between steps no gradient is pending, so the position is enough. */
        RC_TRY(rc_parallel_agree());
        if (rc_interrupt_requested()) return RC_INTERRUPTED;
    }
    return RC_OK;
}

typedef struct judged {
    rc_score score;
    double worth; /* by which epochs are chosen */
} judged;

/* Of several inputs the metric without each counts, too, as far as training hides them. Else the epoch that
 * is kept might be one that has not learnt yet what to say without an input: the start of the head, above
 * all. */
static rc_status judge(fit *f, judged *out)
{
    rc_session *s = f->s;
    int64_t batch = f->c->fit.batch;
    double hidden = rc_task_hides(s->task, &s->config), sum = 0;
    int inputs = 1 + s->task->n_more;
    RC_TRY(rc_evaluate(s->graph, s->model, s->task, f->valid, batch, NULL, NULL, &out->score));
    for (int k = 0; k < inputs && hidden > 0; k++) {
        rc_score without;
        RC_TRY(rc_evaluate_without(s->graph, s->model, s->task, f->valid, k, batch, &without));
        sum += without.metric;
    }
    out->worth = (1 - hidden) * out->score.metric + hidden * sum / inputs;
    return RC_OK;
}

/* Of equals, which small validation parts make often, the smaller loss. */
static bool is_better(const rc_position *at, const judged *valid)
{
    if (!at->scored || isnan(at->best_worth)) return true;
    if (valid->worth != at->best_worth) return valid->worth < at->best_worth;
    return valid->score.loss < at->best_loss;
}

/* Of the parameters as they are, after so many epochs. */
static rc_status score(fit *f, int64_t epoch, rc_score *out)
{
    rc_position *at = &f->s->at;
    judged valid;
    RC_TRY(judge(f, &valid));
    /* All stop at the same epoch, even where processors of another kind give a score other last bits. */
    RC_TRY(rc_parallel_broadcast(&valid, sizeof valid));
    *out = valid.score;
    bool better = is_better(at, &valid);
    at->scored++;
    if (!better) return RC_OK;
    at->best_epoch = epoch;
    at->best_worth = valid.worth;
    at->best_metric = valid.score.metric;
    at->best_loss = valid.score.loss;
    return rc_session_keep_best(f->s);
}

typedef struct validation {
    rc_score own, average; /* of the parameters, and of their running average */
} validation;

static rc_status validate(fit *f, int64_t epoch, validation *out)
{
    *out = (validation){{NAN, NAN}, {NAN, NAN}};
    if (f->valid->n == 0) return RC_OK;
    RC_TRY(score(f, epoch, &out->own));
    if (!f->s->average) return RC_OK;
    RC_TRY(rc_session_swap_average(f->s));
    RC_TRY(score(f, epoch, &out->average));
    return rc_session_swap_average(f->s);
}

/* Does something that is added tell what comes of it? */
static bool tells(const fit *f)
{
    return f->addition && f->addition->tells;
}

/* train_loss NaN: the start, before any training. */
static void fill_line(const fit *f, int64_t epoch, double train_loss, const validation *valid, double lr,
                      double started, rc_json *line)
{
    rc_json_set_choice(line, "stage", RC_STAGES, RC_STAGE_FIT);
    rc_json_set_integer(line, "epoch", epoch);
    rc_json_set_number(line, "train_loss", train_loss);
    rc_json_set_number(line, "valid_loss", valid->own.loss);
    rc_json_set_number(line, "valid_metric", valid->own.metric);
    if (f->s->average) rc_json_set_number(line, "average_loss", valid->average.loss);
    if (f->s->average) rc_json_set_number(line, "average_metric", valid->average.metric);
    const rc_position *at = &f->s->at;
    if (tells(f) && at->loss_count > 0)
        rc_json_set_number(line, f->addition->tells, at->told.sum / (double)at->loss_count);
    rc_json_set_number(line, "lr", lr);
    rc_json_set_number(line, "seconds", rc_clock() - started);
}

static rc_status log_epoch(fit *f, int64_t epoch, double train_loss, const validation *valid, double lr,
                           double started)
{
    rc_json *line = rc_json_object();
    fill_line(f, epoch, train_loss, valid, lr, started, line);
    return rc_session_metrics(f->s, line);
}

static rc_status report_epoch(fit *f, double started)
{
    rc_position *at = &f->s->at;
    validation valid;
    double lr = rate_of_step(f, rc_optimizer_steps(f->s->optimizer) - 1); /* the epoch's last */
    at->train_loss = at->loss_sum / (double)at->loss_count;
    RC_TRY(validate(f, at->epoch + 1, &valid));
    return log_epoch(f, at->epoch + 1, at->train_loss, &valid, lr, started);
}

/* A head that was not begun at random may already be the best there is. */
static rc_status begin_head(fit *f)
{
    validation valid;
    bool begun;
    double started = rc_clock();
    f->s->changed = f->s->changed || f->c->fit.head_start != RC_HEAD_BEGINS_SEED;
    RC_TRY(rc_head_start(f->s, &begun));
    if (!begun) return RC_OK;
    RC_TRY(validate(f, 0, &valid));
    return log_epoch(f, 0, NAN, &valid, 0, started);
}

static bool has_given_up(const fit *f)
{
    const rc_position *at = &f->s->at;
    int64_t patience = f->c->fit.patience;
    return patience > 0 && f->valid->n > 0 && at->epoch - at->best_epoch >= patience;
}

static rc_status run_epoch(void *context)
{
    fit *f = context;
    rc_position *at = &f->s->at;
    if (f->s->pause > 0 && at->epoch >= f->s->pause) return RC_INTERRUPTED;
    double started = rc_clock();
    RC_TRY(run_batches(f));
    RC_TRY(report_epoch(f, started));
    at->epoch++;
    at->batch = 0;
    at->loss_sum = 0;
    at->loss_count = 0;
    at->told.sum = 0;
    f->s->stopped = f->s->stopped || has_given_up(f);
    return RC_OK;
}

static rc_status run_epochs(fit *f)
{
    const rc_position *at = &f->s->at;
    if (!at->epoch && !at->batch) RC_TRY(begin_head(f));
    f->s->stopped = f->s->stopped || has_given_up(f);
    return rc_session_epochs(f->s, f->c->fit.epochs, run_epoch, f);
}

/* ---- rehearsed ---- */

static rc_status rehearse_step(void *context)
{
    fit *f = context;
    if (f->s->at.batch == f->batches) f->s->at.batch = 0;
    return learn_step(f);
}

/* Of an epoch in the middle, when all learns that is going to. */
static rc_status rehearse(fit *f)
{
    rc_session *s = f->s;
    int64_t epochs = f->c->fit.epochs, times = s->average ? 2 : 1;
    double each = 0, valid;
    bool begun;
    s->at.epoch = epochs / 2;
    RC_TRY(begin_epoch(f));
    if (epochs > 0) RC_TRY(rc_rehearse(s, epochs * f->steps, rehearse_step, f, &each));
    if (f->valid->n > 0) RC_TRY(rc_session_keep_best(s));
    RC_TRY(rc_head_start(s, &begun));
    int64_t passes = rc_task_hides(s->task, &s->config) > 0 ? 2 + s->task->n_more : 1;
    RC_TRY(rc_rehearse_passes(s, passes * f->valid->n, &valid));
    rc_rehearsal_add(s, epochs, epochs * f->steps,
                     (double)(epochs * f->steps) * each + (double)(times * epochs + begun) * valid);
    return RC_OK;
}

/* ---- the stage ---- */

/* A checkpoint comes between two steps. */
static rc_status check_position(const fit *f)
{
    const rc_position *at = &f->s->at;
    int64_t max = at->batch * f->c->fit.batch, seen = max < f->train->n ? max : f->train->n;
    int64_t steps = at->epoch * f->steps + up(at->batch, f->c->fit.accumulate);
    bool between = at->batch % f->c->fit.accumulate == 0 || at->batch == f->batches;
    RC_TRY(rc_session_check(f->s, f->c->fit.epochs, f->batches, steps));
    RC_CHECK(between && at->loss_count == seen, RC_FORMAT,
             "%s/checkpoint: %lld samples by batch %lld, where the settings give %lld; it is damaged, or "
             "belongs to another run",
             f->s->directory, (long long)at->loss_count, (long long)at->batch, (long long)seen);
    return RC_OK;
}

/* Models of text stay at chance at a rate that image models need (docs/results-older.md). */
static double base_rate(const fit *f)
{
    const rc_backbone_config *c = &f->s->model->spec.backbone;
    bool text = rc_backbone_of(c)->native->input == RC_INPUT_TOKENS;
    return f->c->fit.optimizer.lr > 0 ? f->c->fit.optimizer.lr : text ? 3e-4 : 1e-3;
}

/* Processors of another kind may have brought the ranks to other last bits by now. */
static rc_status begin_alike(rc_params *p)
{
    rc_status status = RC_OK;
    for (int i = 0; i < rc_params_count(p) && rc_parallel_size() > 1 && status == RC_OK; i++) {
        rc_tensor t = rc_params_value(p, i);
        void *host;
        RC_TRY(rc_tensor_map_update(&t, &host));
        status = rc_parallel_broadcast(host, rc_tensor_bytes(&t));
        rc_tensor_unmap(&t, host);
    }
    return status;
}

static rc_status prepare_gradients(fit *f)
{
    rc_params *p = f->s->model->params;
    int64_t shards = f->s->shards;
    rc_parallel_part(shards, rc_parallel_rank(), &f->first_shard, &f->end_shard);
    RC_TRY(RC_NEW(&f->total, shards));
    RC_TRY(RC_NEW(&f->own_total, shards));
    bool by_rows = f->c->fit.optimizer.optimizer != RC_OPTIMIZER_SGD;
    if (shards > 1) {
        RC_TRY(rc_gradient_sum_create(p, shards, f->c->fit.wire, by_rows, &f->sum));
        rc_session_note_way(f->s, f->sum);
        return RC_OK;
    }
    return f->c->fit.accumulate > 1 ? rc_params_prepare_grads(p) : rc_params_prepare_step_grads(p);
}

/* A mixed sample has two losses. */
static rc_status prepare_readings(fit *f)
{
    int64_t batches = f->c->fit.accumulate < f->batches ? f->c->fit.accumulate : f->batches;
    int64_t max = 2 * batches * f->c->fit.batch;
    f->filled = NOTHING;
    RC_TRY(RC_NEW(&f->of_step.counts, max));
    RC_TRY(RC_NEW(&f->of_step.shard, max));
    return rc_tensor_create(f->s->device, RC_DTYPE_F32, RC_SHAPE(max + SQUARES), &f->of_step.said);
}

/* These take their samples together: as many of them as a shard has. */
static void note_shards(const fit *f)
{
    const rc_task *t = f->s->task;
    bool together = t->class_weight || rc_loss_of(t->loss)->together || f->c->fit.mixup > 0 ||
                    (f->addition && f->addition->together);
    if (f->s->shards == 1 && f->c->fit.wire != RC_WIRE_F32) {
        rc_session_note(f->s, "fit.wire has no effect, since a batch is one shard (fit.shards)");
        return;
    }
    if (f->s->shards == 1 || !together) return;
    rc_session_note(
        f->s,
        "a batch is %lld shards (fit.shards), and fit.loss=cox, fit.class_weights, distill.unpaired and "
        "fit.mixup take each by itself: the run learns a little differently from one with whole batches",
        (long long)f->s->shards);
}

static rc_status prepare(fit *f)
{
    rc_session *s = f->s;
    f->rate = base_rate(f);
    f->train = &s->task->data->train;
    f->valid = &s->task->data->valid;
    f->batches = up(f->train->n, f->c->fit.batch);
    f->steps = up(f->batches, f->c->fit.accumulate);
    f->schedule = rc_config_schedule(&f->c->fit.optimizer, f->steps, f->c->fit.epochs);
    note_shards(f);
    RC_TRY(begin_alike(s->model->params));
    RC_TRY(rc_partial_apply(f->c, f->train_what, s->model));
    RC_TRY(prepare_gradients(f));
    RC_TRY(rc_session_optimizer(s, &f->c->fit.optimizer));
    if (f->c->fit.average > 0) RC_TRY(rc_session_begin_average(s));
    RC_TRY(check_position(f));
    RC_TRY(RC_NEW(&f->order, f->train->n));
    RC_TRY(RC_NEW(&f->seed, f->c->fit.batch));
    RC_TRY(rc_batch_create(s->task, f->c->fit.batch, &f->batch));
    RC_TRY(prepare_readings(f));
    return f->c->fit.by_length ? rc_count_tokens(s->task->data, f->train, &f->tokens) : RC_OK;
}

static rc_status run_stage(rc_session *s, rc_train train, const rc_fit_addition *addition)
{
    bool done;
    RC_TRY(rc_session_begin(s, RC_STAGE_FIT, &done));
    if (done) return RC_OK;
    fit f = {.s = s, .c = &s->config, .train_what = train, .addition = addition};
    if (!s->at.epoch && !s->at.batch) s->at.scored = s->at.best_epoch = 0;
    rc_status status = prepare(&f);
    if (status == RC_OK) status = s->rehearsal ? rehearse(&f) : run_epochs(&f);
    /* Where nothing can be validated, the average is taken as it was asked for. */
    if (status == RC_OK && s->average && f.valid->n == 0) status = rc_session_swap_average(s);
    if (status == RC_OK) status = rc_session_use_best(s);
    rc_tensor_forget_brought(s->device);
    rc_batch_free(&f.batch);
    rc_gradient_sum_destroy(&f.sum);
    rc_free(f.order);
    rc_free(f.tokens);
    rc_free(f.seed);
    rc_free(f.of_step.counts);
    rc_free(f.of_step.shard);
    rc_tensor_destroy(&f.of_step.said);
    rc_free(f.total);
    rc_free(f.own_total);
    return status == RC_OK ? rc_session_end(s) : status;
}

rc_status rc_stage_fit(rc_session *s)
{
    return run_stage(s, s->config.fit.train, NULL);
}

rc_status rc_stage_fit_only(rc_session *s, rc_train train)
{
    return run_stage(s, train, NULL);
}

rc_status rc_stage_fit_with(rc_session *s, const rc_fit_addition *addition)
{
    return run_stage(s, s->config.fit.train, addition);
}
