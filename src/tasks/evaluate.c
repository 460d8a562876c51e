/* A whole part through the model: the mean loss, and metrics of all its outputs together. */
#include <math.h>
#include <string.h>

#include "base/progress.h"
#include "base/spill.h"
#include "metrics/metrics.h"
#include "parallel/parallel.h"
#include "tasks/task.h"

/* A plain predictor says the same in any batch, and sooner in a large one. */
enum { PLAIN_BATCH = 256 };

/* Outputs and targets of a part, in the units that metrics want. */
typedef struct gathered {
    bool spills;            /* what is as long as the part lies in files (base/spill.h) */
    const float *known;     /* [n, width]: raw outputs of all samples; NULL: they are computed */
    int64_t n, width;       /* samples; of words, these */
    int64_t target_width;   /* numbers of a target */
    int64_t *first;         /* [samples + 1]: where a sample's words begin; NULL: no words */
    float *output, *target; /* [n, width], [n, target_width] */
    int32_t *label;         /* [n], classes */
    float *loss;            /* [samples] */
} gathered;

static void free_gathered(gathered *a)
{
    rc_free(a->output);
    rc_free(a->target);
    rc_free(a->label);
    rc_free(a->first);
    rc_free(a->loss);
}

/* Words of a part that have labels. */
static rc_status count_words(const rc_task *t, const rc_part *part, gathered *a)
{
    int32_t *label;
    a->n = 0;
    RC_TRY(RC_NEW(&a->first, part->n + 1));
    RC_TRY(RC_NEW_RAW(&label, t->y_size));
    for (int64_t i = 0; i < part->n; i++) {
        rc_part_words(part, t->data, i, label);
        for (int64_t k = 0; k < t->y_size; k++)
            a->n += label[k] >= 0;
        a->first[i + 1] = a->n;
    }
    rc_free(label);
    RC_CHECK(a->n > 0 || part->n == 0, RC_DATA,
             "%s: no word of this part has a label within %lld tokens; raise model.tokens", t->data->name,
             (long long)t->y_size);
    return RC_OK;
}

static rc_status prepare(gathered *a, const rc_task *t)
{
    a->width = rc_task_width(t);
    a->target_width = t->y_size;
    if (a->spills) rc_spill_begin();
    rc_status status = RC_NEW(&a->output, a->n * a->width);
    if (status == RC_OK && rc_target_is_class(t->target)) status = RC_NEW(&a->label, a->n);
    if (status == RC_OK && !a->label) status = RC_NEW(&a->target, a->n * a->target_width);
    if (a->spills) rc_spill_end();
    return status;
}

/* ---- through the model ---- */

/* The outputs of words with labels are samples of their own. */
static rc_status take_words(gathered *a, const rc_task *t, const rc_batch *b, int64_t tokens, int64_t first,
                            const float *output)
{
    int32_t *row;
    RC_TRY(RC_NEW_RAW(&row, 2 * b->n * tokens));
    int64_t n = rc_batch_words(b, t, tokens, row, row + b->n * tokens);
    for (int64_t i = 0; i < n; i++)
        memcpy(a->output + (a->first[first] + i) * a->width, output + row[i] * a->width,
               (size_t)a->width * sizeof *output);
    rc_free(row);
    return RC_OK;
}

static rc_var outputs_of(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b, int64_t first,
                         const gathered *a)
{
    if (!a->known) return rc_task_forward(g, m, t, b->n, &b->given);
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, a->width), a->known + first * a->width, false);
}

static rc_status run_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b, int64_t first,
                           gathered *a)
{
    rc_graph_reset(g, false);
    rc_var output = outputs_of(g, m, t, b, first, a);
    rc_var loss = rc_batch_loss(g, t, b, output, false);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_tensor_download(&loss->value, a->loss + first));
    if (t->target != RC_TARGET_WORDS) return rc_tensor_download(&output->value, a->output + first * a->width);
    const void *host;
    RC_TRY(rc_tensor_map_read(&output->value, &host));
    rc_status status = take_words(a, t, b, output->value.shape.dim[1], first, host);
    rc_tensor_unmap(&output->value, host);
    return status;
}

static rc_status run_batches(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t first,
                             int64_t end, int64_t batch, gathered *a)
{
    rc_batch b = {0};
    int64_t *chosen;
    RC_TRY(RC_NEW(&chosen, batch));
    rc_status status = rc_part_expect(part, NULL, first, end - first);
    if (status == RC_OK) status = rc_batch_create(t, batch, &b);
    for (int64_t i = first; i < end && status == RC_OK; i += batch) {
        for (int64_t k = 0; k < batch; k++)
            chosen[k] = i + k;
        status = rc_batch_fill(&b, t, part, chosen, end - i < batch ? end - i : batch, NULL);
        if (status == RC_OK) status = run_batch(g, m, t, &b, i, a);
        if (a->spills) rc_spill_rest();
    }
    rc_batch_free(&b);
    rc_free(chosen);
    return status;
}

/* Raw outputs and losses. What a model says is shared out to the ranks; plain predictors are soon done. */
static rc_status run_part(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                          gathered *a)
{
    int64_t first, end;
    RC_TRY(RC_NEW(&a->loss, part->n));
    RC_TRY(prepare(a, t));
    if (t->plain || a->known) return run_batches(g, m, t, part, 0, part->n, batch, a);
    rc_parallel_batches(part->n, batch, &first, &end);
    RC_TRY(run_batches(g, m, t, part, first, end, batch, a));
    RC_TRY(rc_parallel_complete(part->n, batch, NULL, sizeof *a->loss, a->loss));
    return rc_parallel_complete(part->n, batch, a->first, (size_t)a->width * sizeof *a->output, a->output);
}

/* ---- what it said ---- */

static rc_status take_labels(const rc_task *t, const rc_part *part, gathered *a)
{
    int32_t *word;
    for (int64_t i = 0; i < a->n && t->target == RC_TARGET_CLASSES; i++)
        a->label[i] = rc_part_label(part, i);
    if (t->target != RC_TARGET_WORDS) return RC_OK;
    RC_TRY(RC_NEW_RAW(&word, t->y_size));
    for (int64_t i = 0, n = 0; i < part->n; i++) {
        rc_part_words(part, t->data, i, word);
        for (int64_t k = 0; k < t->y_size; k++)
            if (word[k] >= 0) a->label[n++] = word[k];
    }
    rc_free(word);
    return RC_OK;
}

static rc_status show(const gathered *a, const rc_part *part, int64_t batch, rc_output_visitor visit,
                      void *context)
{
    for (int64_t i = 0; i < part->n; i += batch) {
        int64_t end = part->n - i < batch ? part->n : i + batch;
        int64_t from = a->first ? a->first[i] : i, to = a->first ? a->first[end] : end;
        rc_batch b = {.n = to - from, .label = a->label ? a->label + from : NULL};
        RC_TRY(visit(context, from, &b, a->output + from * a->width));
    }
    return RC_OK;
}

/* Labels and masks are judged by their scores, everything else by what a user is given. */
static void finish(const rc_task *t, const rc_part *part, gathered *a)
{
    for (int64_t i = 0; i < a->n; i++) {
        if (rc_task_says(t) != RC_SAYS_LABELS) rc_task_finish_output(t, a->width, a->output + i * a->width);
        if (a->target) rc_part_read(part, t->data, RC_PART_Y, i, a->target + i * a->target_width);
        rc_spill_stretch(i, (size_t)(a->width + a->target_width) * sizeof *a->output);
    }
}

/* ---- metrics ---- */

static bool is_finite(const gathered *a)
{
    for (int64_t i = 0; i < a->n * a->width; i++) {
        if (!isfinite(a->output[i])) return false;
        rc_spill_stretch(i, sizeof *a->output);
    }
    return true;
}

/* A model that has diverged scores NaN; where the metric has no meaning on the data, the user is told. */
static rc_status chosen_metric(const rc_task *t, const rc_metric_input *in, const gathered *a, double *out)
{
    const rc_metric *m = t->metric;
    RC_CHECK(!m->binary || rc_metric_is_binary(in), RC_DATA, "fit.metric %s needs targets of 0 and 1",
             rc_metric_name(m));
    RC_TRY(m->value(in, out));
    RC_CHECK(
        !isnan(*out) || !is_finite(a), RC_DATA,
        "fit.metric %s has no meaning on this part (%lld samples): does a class or label lack samples? Take "
        "another metric or a larger part",
        rc_metric_name(m), (long long)a->n);
    return RC_OK;
}

static rc_status usual_metrics(const rc_task *t, const rc_metric_input *in, rc_json *out)
{
    const rc_metric *chosen = t->metric;
    bool mask = t->target == RC_TARGET_DENSE && rc_metric_is_binary(in);
    for (int i = 0; i < rc_metric_count; i++) {
        const rc_metric *m = &rc_metric_table[i];
        double value;
        if (!(m->targets & (unsigned)rc__task_metric_target(t)) || !(m->usual || m == chosen)) continue;
        if (t->target == RC_TARGET_DENSE && (rc_task_says(t) == RC_SAYS_LABELS) != m->binary && m != chosen)
            continue;
        if (m->binary && !mask) continue;
        RC_TRY(m->value(in, &value));
        if (!isnan(value)) rc_json_set_number(out, rc_metric_name(m), value);
    }
    if (t->quantiles < 2) return RC_OK;
    rc_json_set_number(out, "coverage", rc_metric_coverage(in));
    rc_json_set_number(out, "coverage_meant", t->quantile[t->quantiles - 1] - t->quantile[0]);
    return RC_OK;
}

static rc_metric_input input_of(const rc_task *t, const rc_part *part, const gathered *a)
{
    rc_metric_input in = {
        .n = a->n, .width = a->width, .output = a->output, .target = a->target, .label = a->label};
    in.target_width = a->target ? a->target_width : 0;
    in.quantile = t->quantile;
    in.first = a->first;
    in.threshold = t->threshold;
    in.texts = a->first ? part->n : 0;
    in.name = rc_dataset_label_names(t->data);
    if (t->target != RC_TARGET_WORDS && t->y_shape.n > 0) in.side = t->y_shape.dim[t->y_shape.n - 1];
    return in;
}

static void add_to_group(const gathered *a, int64_t i, int64_t at, int64_t size, gathered *out)
{
    for (int64_t k = 0; k < a->width; k++)
        out->output[at * a->width + k] += a->output[i * a->width + k] / (float)size;
    if (a->label) out->label[at] = a->label[i];
    int64_t wanted = a->target_width;
    if (a->target) memcpy(out->target + at * wanted, a->target + i * wanted, (size_t)wanted * sizeof(float));
}

/* Records, clips: the mean of what their windows say. */
static rc_status merge_groups(const rc_task *t, const rc_part *part, const gathered *a, gathered *out)
{
    int64_t *rank = NULL, *size = NULL;
    rc_status status = RC_NEW(&rank, a->n);
    if (status == RC_OK) status = rc_part_groups(part, rank, &out->n);
    if (status == RC_OK) status = RC_NEW(&size, out->n);
    if (status == RC_OK) status = prepare(out, t);
    for (int64_t i = 0; i < a->n && status == RC_OK; i++)
        size[rank[i]]++;
    for (int64_t i = a->n - 1; i >= 0 && status == RC_OK;
         i--) /* backwards: the first sample's target stays */
        add_to_group(a, i, rank[i], size[rank[i]], out);
    rc_free(rank);
    rc_free(size);
    return status;
}

static rc_status group_metrics(const rc_task *t, const rc_part *part, const gathered *a, rc_json *out)
{
    bool voted = part->group && (t->target == RC_TARGET_CLASSES || t->target == RC_TARGET_MULTILABEL);
    gathered merged = {0};
    if (!voted) return RC_OK;
    rc_status status = merge_groups(t, part, a, &merged);
    rc_metric_input in = input_of(t, part, &merged);
    if (status == RC_OK) rc_json_set_integer(out, "groups", merged.n);
    if (status == RC_OK) status = usual_metrics(t, &in, out);
    free_gathered(&merged);
    return status;
}

static rc_status interval(const rc_task *t, const rc_part *part, const rc_metric_input *in, double out[2])
{
    int64_t *group = NULL, groups = 0;
    bool grouped = part->group && t->target != RC_TARGET_WORDS;
    rc_status status = grouped ? RC_NEW(&group, part->n) : RC_OK;
    if (status == RC_OK && grouped) status = rc_part_groups(part, group, &groups);
    if (status == RC_OK) status = rc_metric_interval(t->metric, in, group, groups, out);
    rc_free(group);
    return status;
}

static double mean_loss(const gathered *a, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n && a->loss; i++)
        sum += (double)a->loss[i];
    return sum / (double)n;
}

rc_status rc_evaluate_all(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                          const rc_evaluation *what, rc_score *out)
{
    RC_CHECK(part->n > 0, RC_DATA, "nothing to evaluate: the data set has no samples in this part");
    gathered a = {.spills = rc_part_is_large(part), .known = what->known, .n = part->n};
    *out = (rc_score){NAN, NAN};
    if (t->plain) batch = PLAIN_BATCH;
    rc_status status = t->target == RC_TARGET_WORDS ? count_words(t, part, &a) : RC_OK;
    if (status == RC_OK) status = run_part(g, m, t, part, batch, &a);
    if (status == RC_OK) status = take_labels(t, part, &a);
    if (status == RC_OK && what->visit) status = show(&a, part, batch, what->visit, what->context);
    if (status == RC_OK) finish(t, part, &a);
    rc_metric_input in = input_of(t, part, &a);
    if (a.spills) rc_spill_begin();
    if (status == RC_OK) status = chosen_metric(t, &in, &a, &out->metric);
    if (status == RC_OK && what->interval) status = interval(t, part, &in, what->interval);
    if (status == RC_OK && what->usual) status = usual_metrics(t, &in, what->usual);
    if (status == RC_OK && what->by_group) status = group_metrics(t, part, &a, what->by_group);
    if (a.spills) rc_spill_end();
    out->loss = mean_loss(&a, part->n);
    free_gathered(&a);
    return status;
}

rc_status rc_evaluate(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                      rc_output_visitor visit, void *context, rc_score *out)
{
    return rc_evaluate_all(g, m, t, part, batch, &(rc_evaluation){.visit = visit, .context = context}, out);
}

rc_status rc_evaluate_outputs(rc_graph *g, const rc_task *t, const rc_part *part, const float *output,
                              rc_score *out)
{
    return rc_evaluate_all(g, NULL, t, part, PLAIN_BATCH, &(rc_evaluation){.known = output}, out);
}

rc_status rc_evaluate_without(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int k,
                              int64_t batch, rc_score *out)
{
    rc_task lacking = *t;
    lacking.without = 1u << k;
    return rc_evaluate(g, m, &lacking, part, batch, NULL, NULL, out);
}

rc_status rc_evaluate_each_without(rc_graph *g, rc_model *m, const rc_task *t, int64_t batch, rc_json *result)
{
    rc_status status = RC_OK;
    if (t->n_more == 0) return RC_OK;
    rc_json *out = rc_json_set(result, "test_without", rc_json_object());
    for (int k = 0; k <= t->n_more && status == RC_OK; k++) {
        rc_score score;
        status = rc_evaluate_without(g, m, t, &t->data->test, k, batch, &score);
        if (status == RC_OK) rc_json_set_number(out, rc_task_input_name(t, k), score.metric);
    }
    return status;
}

/* ---- outputs for people ---- */

static void to_probabilities(int64_t width, float *output)
{
    double max = output[0], sum = 0;
    for (int64_t k = 1; k < width; k++)
        max = output[k] > max ? output[k] : max;
    for (int64_t k = 0; k < width; k++)
        sum += exp(output[k] - max);
    for (int64_t k = 0; k < width; k++)
        output[k] = (float)(exp(output[k] - max) / sum);
}

static void points_to_probabilities(const rc_task *t, float *output)
{
    int64_t points = t->y_size, classes = t->point_classes;
    for (int64_t i = 0; i < points; i++) {
        double max = output[i], sum = 0;
        for (int64_t k = 1; k < classes; k++)
            max = fmax(max, (double)output[k * points + i]);
        for (int64_t k = 0; k < classes; k++)
            sum += exp((double)output[k * points + i] - max);
        for (int64_t k = 0; k < classes; k++)
            output[k * points + i] = (float)(exp((double)output[k * points + i] - max) / sum);
    }
}

/* Quantiles of one number that cross are put in order (Chernozhukov et al., "Quantile and probability curves
 * without crossing", Econometrica 2010). */
static void decode_quantiles(const rc_task *t, float *output)
{
    int64_t size = t->y_size;
    for (int64_t q = 0; q < t->quantiles; q++)
        rc_normaliser_decode(&t->ny, output + q * size);
    for (int64_t i = size; i < t->quantiles * size; i++)
        for (int64_t k = i; k >= size && output[k] < output[k - size]; k -= size) {
            float higher = output[k - size];
            output[k - size] = output[k];
            output[k] = higher;
        }
}

void rc_task_finish_output(const rc_task *t, int64_t width, float *output)
{
    switch (rc_task_says(t)) {
    case RC_SAYS_NUMBERS:
        rc_normaliser_decode(&t->ny, output);
        break;
    case RC_SAYS_CLASSES:
        to_probabilities(width, output);
        rc__task_weigh_priors(t, output);
        break;
    case RC_SAYS_LABELS:
        for (int64_t k = 0; k < width; k++)
            output[k] = 1.0f / (1.0f + expf(-output[k]));
        break;
    case RC_SAYS_POINTS:
        points_to_probabilities(t, output);
        break;
    case RC_SAYS_RATES:
        for (int64_t k = 0; k < width; k++)
            output[k] = expf(output[k]);
        break;
    case RC_SAYS_QUANTILES:
        decode_quantiles(t, output);
        break;
    case RC_SAYS_RISKS:
        break;
    }
}
