/* What a task strives for: the loss of stage 2 and the metric that chooses the best epoch. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metrics/metrics.h"
#include "ops/ops.h"
#include "tasks/task.h"

enum {
    CLASSES = RC_METRIC_CLASSES,
    LABELS = RC_METRIC_LABELS,
    NUMBERS = RC_METRIC_NUMBERS,
    FIELDS = RC_METRIC_FIELDS,
    WORDS = RC_METRIC_WORDS
};

/* The first that fits a kind of target is its default. */
static const struct loss_row {
    const char *name;
    rc_loss_kind kind;
    unsigned targets;
} losses[] = {{"cross-entropy", RC_LOSS_CROSS_ENTROPY, CLASSES | WORDS},
              {"focal", RC_LOSS_FOCAL, CLASSES | WORDS},
              {"mse", RC_LOSS_MSE, NUMBERS},
              {"relative-l2", RC_LOSS_RELATIVE_L2, NUMBERS | FIELDS},
              {"nrmse", RC_LOSS_RELATIVE_L2, NUMBERS | FIELDS},
              {"bce", RC_LOSS_BCE, LABELS | FIELDS},
              {"mse", RC_LOSS_MSE, FIELDS},
              {"relative-l1", RC_LOSS_RELATIVE_L1, NUMBERS | FIELDS},
              {"rmse", RC_LOSS_RMSE, NUMBERS | FIELDS},
              {"mae", RC_LOSS_MAE, NUMBERS | FIELDS}};
enum { LOSSES = sizeof losses / sizeof *losses };

/* Names in model files. */
static const char *const kind_name[] = {[RC_LOSS_CROSS_ENTROPY] = "cross-entropy",
                                        [RC_LOSS_FOCAL] = "focal",
                                        [RC_LOSS_BCE] = "bce",
                                        [RC_LOSS_MSE] = "mse",
                                        [RC_LOSS_RELATIVE_L2] = "relative-l2",
                                        [RC_LOSS_RELATIVE_L1] = "relative-l1",
                                        [RC_LOSS_RMSE] = "rmse",
                                        [RC_LOSS_MAE] = "mae"};

static unsigned bit_of(const rc_task *t)
{
    static const unsigned bit[] = {[RC_TARGET_CLASSES] = CLASSES,
                                   [RC_TARGET_MULTILABEL] = LABELS,
                                   [RC_TARGET_REGRESSION] = NUMBERS,
                                   [RC_TARGET_DENSE] = FIELDS};
    return t->of_words ? WORDS : bit[t->target];
}

rc_metric_target rc__task_metric_target(const rc_task *t)
{
    return (rc_metric_target)bit_of(t);
}

const rc_metric *rc__task_metric(const rc_task *t)
{
    return rc_metric_find(t->metric, rc__task_metric_target(t));
}

/* ---- choices ---- */

static rc_status choose_loss(rc_task *t, const char *name)
{
    if (t->target == RC_TARGET_DENSE && t->data->is_mask && strcmp(name, "auto") == 0) name = "bce";
    bool automatic = strcmp(name, "auto") == 0;
    char fitting[160] = "";
    for (int i = 0; i < LOSSES; i++) {
        if (!(losses[i].targets & bit_of(t))) continue;
        snprintf(fitting + strlen(fitting), sizeof fitting - strlen(fitting), "%s%s", fitting[0] ? ", " : "",
                 losses[i].name);
        if (!automatic && strcmp(name, losses[i].name) != 0) continue;
        t->loss = losses[i].kind;
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "fit.loss %s does not fit this target; %s do", name, fitting);
}

/* A mask's scores are not numbers to take a difference with. */
static rc_status choose_metric(rc_task *t, const char *name)
{
    unsigned bit = bit_of(t);
    if (t->target == RC_TARGET_DENSE && t->loss == RC_LOSS_BCE && strcmp(name, "auto") == 0) name = "1-auroc";
    const rc_metric *m = rc_metric_find(name, (rc_metric_target)bit);
    char fitting[256] = "";
    for (int i = 0; i < rc_metric_count && !m; i++)
        if (rc_metric_table[i].targets & bit)
            snprintf(fitting + strlen(fitting), sizeof fitting - strlen(fitting), "%s%s",
                     fitting[0] ? ", " : "", rc_metric_table[i].name);
    RC_CHECK(m, RC_CONFIG, "fit.metric %s does not fit this target; %s do", name, fitting);
    t->metric = m->name;
    return RC_OK;
}

/* Balanced: N / N_c, c's samples (or words) in train; 0 where there are none. */
static rc_status weigh_classes(rc_task *t, rc_class_weights weights)
{
    if (weights == RC_CLASS_WEIGHTS_NONE) return RC_OK;
    RC_CHECK(t->loss == RC_LOSS_CROSS_ENTROPY, RC_CONFIG,
             "fit.class_weights go with the loss cross-entropy only");
    int64_t *count;
    RC_TRY(RC_NEW(&t->class_weight, t->data->classes));
    RC_TRY(RC_NEW(&count, t->data->classes));
    double all = (double)rc_part_count_labels(&t->data->train, t->data, count);
    for (int64_t k = 0; k < t->data->classes; k++)
        if (count[k] > 0) t->class_weight[k] = (float)(all / (double)count[k]);
    rc_free(count);
    return RC_OK;
}

rc_status rc__task_weigh_samples(rc_task *t)
{
    const rc_part *train = &t->data->train;
    t->mean_weight = 0;
    if (!train->weight || train->n == 0) return RC_OK;
    for (int64_t i = 0; i < train->n; i++)
        t->mean_weight += (double)rc_part_weight(train, i) / (double)train->n;
    RC_CHECK(t->mean_weight > 0, RC_DATA, "%s: the weights of the training samples are all 0", t->data->name);
    return RC_OK;
}

rc_status rc__task_choose_objective(rc_task *t, const rc_config *c)
{
    t->smoothing = c->fit.smoothing;
    t->pos_weight = c->fit.pos_weight;
    t->gamma = c->fit.focal_gamma;
    RC_TRY(choose_loss(t, c->fit.loss));
    RC_TRY(choose_metric(t, c->fit.metric));
    RC_TRY(weigh_classes(t, c->fit.class_weights));
    RC_CHECK(!c->fit.calibrate || bit_of(t) == CLASSES, RC_CONFIG,
             "%s: fit.calibrate is for a class a sample, whose probabilities sum to 1", t->data->name);
    RC_TRY(rc__task_check_threshold(t, c->fit.threshold));
    return rc__task_weigh_samples(t);
}

rc_status rc__task_store_objective(const rc_task *t, rc_json *out)
{
    RC_TRY(rc_json_set_string(out, "loss", kind_name[t->loss]));
    RC_TRY(rc_json_set_number(out, "pos_weight", t->pos_weight));
    RC_TRY(rc_json_set_number(out, "focal_gamma", t->gamma));
    return rc_json_set_string(out, "metric", t->metric);
}

rc_status rc__task_restore_objective(rc_task *t, const rc_json *json, const char *source)
{
    const char *loss = rc_json_string(json, "loss", ""), *metric = rc_json_string(json, "metric", "");
    int kind = 0, kinds = sizeof kind_name / sizeof *kind_name;
    while (kind < kinds && strcmp(kind_name[kind], loss) != 0)
        kind++;
    const rc_metric *m = rc_metric_find(metric, (rc_metric_target)bit_of(t));
    RC_CHECK(kind < kinds && m && strcmp(metric, "auto") != 0, RC_FORMAT,
             "%s: the task's loss or metric is unknown to this version", source);
    t->loss = (rc_loss_kind)kind;
    t->metric = m->name;
    t->pos_weight = rc_json_number(json, "pos_weight", 1);
    t->gamma = rc_json_number(json, "focal_gamma", 0);
    RC_CHECK(t->pos_weight >= 0 && t->gamma >= 0, RC_FORMAT, "%s: the task's loss is damaged", source);
    return RC_OK;
}

/* ---- the loss of a batch ---- */

/* Weighted so that the mean over the batch is sum(w loss) / sum(w), as the classes' weights are meant. */
static rc_var batch_weights(rc_graph *g, const rc_task *t, const int32_t *label, int64_t n, int64_t classes)
{
    float *scaled = NULL;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += t->class_weight[label[i]];
    rc_status status = RC_NEW(&scaled, classes);
    for (int64_t k = 0; k < classes && status == RC_OK; k++)
        scaled[k] = (float)(t->class_weight[k] * (double)n / sum);
    rc_var v = status == RC_OK ? rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(classes), scaled, false)
                               : rc_graph_fail(g, status);
    rc_free(scaled);
    return v;
}

/* Of n rows of logits with these labels. */
static rc_var class_loss(rc_graph *g, const rc_task *t, const int32_t *labels, int64_t n, rc_var output,
                         bool training)
{
    if (!output) return NULL;
    rc_var label = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n), labels, false);
    if (t->loss == RC_LOSS_FOCAL) return rc_focal(g, output, label, (float)t->gamma);
    if (!training) return rc_cross_entropy(g, output, label, 0);
    rc_var weight =
        t->class_weight ? batch_weights(g, t, labels, n, rc_tensor_size(&output->value) / n) : NULL;
    return rc_weighted_cross_entropy(g, output, label, weight, (float)t->smoothing);
}

/* The mean over each sample's words as a product: row i of the matrix has 1 / (words of i) at these. A sample
 * without a labelled word has no loss. */
static rc_var mean_of_words(rc_graph *g, const int32_t *row, int64_t rows, int64_t tokens, int64_t n,
                            rc_var loss)
{
    float *share;
    rc_status status = RC_NEW(&share, n * rows);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t first = 0, end; first < rows; first = end) {
        int64_t sample = row[first] / tokens;
        for (end = first; end < rows && row[end] / tokens == sample; end++) {
        }
        for (int64_t r = first; r < end; r++)
            share[sample * rows + r] = 1.0f / (float)(end - first);
    }
    rc_var matrix = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n, rows), share, false);
    rc_free(share);
    return rc_linear(g, loss, matrix, NULL, NULL);
}

/* Outputs of tokens [n, tokens, K]: those that are the first of a labelled word are rows of classes. */
static rc_var word_loss(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    int64_t tokens = output->value.shape.dim[1], k = output->value.shape.dim[2];
    int32_t *row;
    rc_status status = RC_NEW_RAW(&row, 2 * b->n * tokens);
    if (status != RC_OK) return rc_graph_fail(g, status);
    int32_t *label = row + b->n * tokens;
    int64_t rows = rc_batch_words(b, t, tokens, row, label);
    rc_var loss = NULL;
    if (rows > 0) {
        rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(rows), row, false);
        loss = class_loss(g, t, label, rows, rc_gather(g, output, index, 1, k, RC_SHAPE(rows, k)), training);
        loss = mean_of_words(g, row, rows, tokens, b->n, loss);
    } else {
        status =
            rc_fail(RC_DATA, "no word of a whole batch has a label within %lld tokens; raise model.tokens",
                    (long long)tokens);
        (void)rc_graph_fail(g, status);
    }
    rc_free(row);
    return loss;
}

/* Of each sample, all of which count alike. */
static rc_var loss_of_samples(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    if (t->of_words) return word_loss(g, t, b, output, training);
    if (t->target == RC_TARGET_CLASSES) return class_loss(g, t, b->label, b->n, output, training);
    rc_var y = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, t->y_size), b->y, false);
    if (t->loss == RC_LOSS_BCE) return rc_binary_cross_entropy(g, output, y, (float)t->pos_weight);
    if (t->loss == RC_LOSS_MSE) return rc_squared_error(g, output, y);
    rc_var scale = t->scale.data ? rc_graph_leaf(g, t->scale, false) : NULL;
    rc_var mean = t->mean.data ? rc_graph_leaf(g, t->mean, false) : NULL;
    if (t->loss == RC_LOSS_RELATIVE_L2) return rc_relative_l2(g, output, y, scale, mean);
    return rc_lp_error(g, output, y, scale, mean, t->loss == RC_LOSS_RMSE ? 2 : 1,
                       t->loss == RC_LOSS_RELATIVE_L1);
}

rc_var rc_batch_loss(rc_graph *g, const rc_task *t, const rc_batch *b, rc_var output, bool training)
{
    rc_var loss = output ? loss_of_samples(g, t, b, output, training) : NULL;
    if (!loss || !training || t->mean_weight == 0) return loss;
    rc_var weight = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n), b->weight, false);
    return rc_scale_channels(g, loss, weight, NULL);
}
