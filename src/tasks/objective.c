/* What a task strives for: the loss of stage 2 and the metric that chooses the best epoch. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/choice.h"
#include "base/memory.h"
#include "metrics/metrics.h"
#include "tasks/task.h"

enum {
    CLASSES = RC_METRIC_CLASSES,
    LABELS = RC_METRIC_LABELS,
    NUMBERS = RC_METRIC_NUMBERS,
    FIELDS = RC_METRIC_FIELDS,
    WORDS = RC_METRIC_WORDS
};

/* What each asked loss is for these targets; what it is like is in losses.h. The first that fits a kind of
 * target is its default. */
static const struct {
    rc_loss asked, loss;
    unsigned targets;
} losses[] = {{RC_LOSS_CROSS_ENTROPY, RC_LOSS_CROSS_ENTROPY, CLASSES | WORDS},
              {RC_LOSS_FOCAL, RC_LOSS_FOCAL, CLASSES | WORDS},
              {RC_LOSS_ORDINAL, RC_LOSS_ORDINAL, CLASSES},
              {RC_LOSS_MSE, RC_LOSS_MSE, NUMBERS},
              {RC_LOSS_RELATIVE_L2, RC_LOSS_RELATIVE_L2, NUMBERS | FIELDS},
              {RC_LOSS_NRMSE, RC_LOSS_RELATIVE_L2, NUMBERS | FIELDS},
              {RC_LOSS_BCE, RC_LOSS_BCE, LABELS | FIELDS},
              {RC_LOSS_MSE, RC_LOSS_MSE, FIELDS},
              {RC_LOSS_RELATIVE_L1, RC_LOSS_RELATIVE_L1, NUMBERS | FIELDS},
              {RC_LOSS_RMSE, RC_LOSS_RMSE, NUMBERS | FIELDS},
              {RC_LOSS_MAE, RC_LOSS_MAE, NUMBERS | FIELDS},
              {RC_LOSS_CROSS_ENTROPY, RC_LOSS_POINTS, FIELDS},
              {RC_LOSS_POISSON, RC_LOSS_POISSON, NUMBERS},
              {RC_LOSS_PINBALL, RC_LOSS_PINBALL, NUMBERS},
              {RC_LOSS_COX, RC_LOSS_COX, NUMBERS}};
enum { LOSSES = sizeof losses / sizeof *losses };

/* In model files. */
static const char kept_names[] = RC_LOSSES "|cross-entropy of points";

static unsigned bit_of(const rc_task *t)
{
    static const unsigned bit[] = {[RC_TARGET_CLASSES] = CLASSES,
                                   [RC_TARGET_WORDS] = WORDS,
                                   [RC_TARGET_MULTILABEL] = LABELS,
                                   [RC_TARGET_REGRESSION] = NUMBERS,
                                   [RC_TARGET_DENSE] = FIELDS};
    return bit[t->target];
}

/* What is said is of the target's kind, unless the loss is of another. */
rc_metric_target rc__task_metric_target(const rc_task *t)
{
    rc_metric_target own = rc_loss_of(t->loss)->metric;
    return own ? own : (rc_metric_target)bit_of(t);
}

bool rc_task_says_target(const rc_task *t)
{
    rc_says says = rc_task_says(t);
    return says != RC_SAYS_QUANTILES && says != RC_SAYS_RISKS && says != RC_SAYS_POINTS;
}

/* ---- choices ---- */

static rc_status choose_loss(rc_task *t, rc_loss asked)
{
    char fitting[160] = "", name[RC_CHOICE_TEXT];
    if (t->target == RC_TARGET_DENSE && t->data->is_mask && asked == RC_LOSS_AUTO) asked = RC_LOSS_BCE;
    for (int i = 0; i < LOSSES; i++) {
        if (!(losses[i].targets & bit_of(t))) continue;
        snprintf(fitting + strlen(fitting), sizeof fitting - strlen(fitting), "%s%s", fitting[0] ? ", " : "",
                 rc_choice_text(RC_LOSSES, (int)losses[i].asked, name));
        if (asked != RC_LOSS_AUTO && asked != losses[i].asked) continue;
        t->loss = losses[i].loss;
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "fit.loss %s does not fit this target; %s do",
                   rc_choice_text(RC_LOSSES, (int)asked, name), fitting);
}

/* A mask's scores are not numbers to take a difference with. */
static rc_status choose_metric(rc_task *t, rc_metric_id id)
{
    rc_metric_target target = rc__task_metric_target(t);
    bool mask = t->target == RC_TARGET_DENSE && rc_task_says(t) == RC_SAYS_LABELS;
    if (mask && id == RC_BY_AUTO) id = RC_BY_AUROC;
    char fitting[256] = "", name[RC_CHOICE_TEXT];
    t->metric = rc_metric_find(id, target);
    for (int i = 0; i < rc_metric_count && !t->metric; i++)
        if (rc_metric_table[i].targets & (unsigned)target)
            snprintf(fitting + strlen(fitting), sizeof fitting - strlen(fitting), "%s%s",
                     fitting[0] ? ", " : "", rc_metric_name(&rc_metric_table[i]));
    RC_CHECK(t->metric, RC_CONFIG, "fit.metric %s does not fit this target; %s do",
             rc_choice_text(RC_METRICS, (int)id, name), fitting);
    return RC_OK;
}

/* "0.05,0.5,0.95" */
static rc_status choose_quantiles(rc_task *t, const char *text)
{
    const char *at = text;
    char *end;
    t->quantiles = 0;
    if (rc_task_says(t) != RC_SAYS_QUANTILES) return RC_OK;
    do {
        double q = rc_ascii_number(at, &end), last = t->quantiles ? t->quantile[t->quantiles - 1] : 0;
        RC_CHECK(t->quantiles < RC_MAX_QUANTILES, RC_CONFIG, "fit.quantiles: at most %d of them",
                 (int)RC_MAX_QUANTILES);
        RC_CHECK(end != at && (*end == ',' || *end == '\0') && q > last && q < 1, RC_CONFIG,
                 "fit.quantiles is \"%s\"; expected rising numbers between 0 and 1, such as 0.05,0.5,0.95",
                 text);
        t->quantile[t->quantiles++] = q;
        at = end + 1;
    } while (*end == ',');
    return RC_OK;
}

static rc_status count_points(const rc_task *t, int64_t *count, int64_t *all)
{
    const rc_part *train = &t->data->train;
    float *y;
    RC_TRY(RC_NEW_RAW(&y, t->y_size));
    for (int64_t i = 0; i < train->n; i++) {
        rc_part_read(train, t->data, RC_PART_Y, i, y);
        for (int64_t k = 0; k < t->y_size; k++) {
            if (!(y[k] >= 0)) continue;
            count[(int64_t)y[k]]++;
            ++*all;
        }
    }
    rc_free(y);
    return RC_OK;
}

/* Balanced: N / N_c, c's samples (or words) in train; 0 where there are none. */
static rc_status weigh_classes(rc_task *t, rc_class_weights weights)
{
    if (weights == RC_CLASS_WEIGHTS_NONE) return RC_OK;
    RC_CHECK(rc_loss_of(t->loss)->class_weights, RC_CONFIG,
             "fit.class_weights work with the losses cross-entropy (of points, too) and ordinal only");
    int64_t *count, all = 0, classes = t->point_classes ? t->point_classes : t->data->classes;
    RC_TRY(RC_NEW(&t->class_weight, classes));
    RC_TRY(RC_NEW(&count, classes));
    rc_status status = RC_OK;
    if (t->point_classes)
        status = count_points(t, count, &all);
    else
        all = rc_part_count_labels(&t->data->train, t->data, count);
    for (int64_t k = 0; k < classes; k++)
        if (count[k] > 0) t->class_weight[k] = (float)((double)all / (double)count[k]);
    rc_free(count);
    return status;
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
    RC_TRY(choose_quantiles(t, c->fit.quantiles));
    RC_TRY(rc__task_look_at_targets(t, true));
    RC_CHECK(!t->point_classes || (c->fit.mixup == 0 && !c->fit.turn), RC_CONFIG,
             "%s: fit.mixup and fit.turn do not go with classes of points", t->data->name);
    RC_CHECK(!t->data->has_gaps || c->fit.mixup == 0, RC_CONFIG,
             "%s: fit.mixup does not go with points of y that are not known", t->data->name);
    RC_CHECK(rc_task_says(t) != RC_SAYS_RISKS || c->fit.mixup == 0, RC_CONFIG,
             "%s: fit.mixup does not go with fit.loss=cox: an event cannot happen in part", t->data->name);
    RC_TRY(choose_metric(t, c->fit.metric));
    RC_TRY(weigh_classes(t, c->fit.class_weights));
    RC_CHECK(!c->fit.calibrate || rc__task_metric_target(t) == RC_METRIC_CLASSES, RC_CONFIG,
             "%s: fit.calibrate is for a class a sample, whose probabilities sum to 1, not for ordered ones",
             t->data->name);
    RC_TRY(rc__task_check_threshold(t, c->fit.threshold));
    return rc__task_weigh_samples(t);
}

static void store_quantiles(const rc_task *t, rc_json *out)
{
    if (t->quantiles == 0) return;
    rc_json *list = rc_json_set(out, "quantiles", rc_json_array());
    for (int64_t q = 0; q < t->quantiles; q++)
        rc_json_append_number(list, t->quantile[q]);
}

static rc_status restore_quantiles(rc_task *t, const rc_json *json, const char *source)
{
    const rc_json *list = rc_json_get(json, "quantiles");
    int64_t n = list ? (int64_t)rc_json_length(list) : 0;
    RC_CHECK((rc_task_says(t) == RC_SAYS_QUANTILES) == (n > 0) && n <= RC_MAX_QUANTILES, RC_FORMAT,
             "%s: \"quantiles\" is missing or damaged", source);
    for (; t->quantiles < n; t->quantiles++) {
        double q = rc_json_as_number(rc_json_at(list, (size_t)t->quantiles));
        RC_CHECK(q > (t->quantiles ? t->quantile[t->quantiles - 1] : 0) && q < 1, RC_FORMAT,
                 "%s: \"quantiles\" is damaged", source);
        t->quantile[t->quantiles] = q;
    }
    return RC_OK;
}

void rc__task_store_objective(const rc_task *t, rc_json *out)
{
    char name[RC_CHOICE_TEXT];
    rc_json_set_string(out, "loss", rc_choice_text(kept_names, (int)t->loss, name));
    rc_json_set_number(out, "pos_weight", t->pos_weight);
    rc_json_set_number(out, "focal_gamma", t->gamma);
    store_quantiles(t, out);
    if (t->point_classes) rc_json_set_integer(out, "point_classes", t->point_classes);
    rc_json_set_string(out, "metric", rc_metric_name(t->metric));
}

/* What its loss says of a sample is as wide as all others take it to be. */
static bool fits_target(const rc_task *t)
{
    bool fits = false;
    for (int i = 0; i < LOSSES; i++)
        fits |= losses[i].loss == t->loss && (losses[i].targets & bit_of(t));
    return fits;
}

rc_status rc__task_restore_objective(rc_task *t, const rc_json *json, const char *source)
{
    const char *name = rc_json_string(json, "loss", ""), *metric = rc_json_string(json, "metric", "");
    int loss = rc_choice_find(kept_names, name);
    RC_CHECK(loss >= 0, RC_FORMAT, "%s: the task's loss is unknown to this version", source);
    t->loss = (rc_loss)loss;
    RC_CHECK(fits_target(t), RC_FORMAT, "%s: the task's loss, %s, is not one of its target", source, name);
    t->metric = rc_metric_named(metric, rc__task_metric_target(t));
    RC_CHECK(t->metric && strcmp(metric, "auto") != 0, RC_FORMAT,
             "%s: the task's metric is unknown to this version", source);
    t->pos_weight = rc_json_number(json, "pos_weight", 1);
    t->gamma = rc_json_number(json, "focal_gamma", 0);
    RC_TRY(restore_quantiles(t, json, source));
    t->point_classes = rc_json_integer(json, "point_classes", 0);
    RC_CHECK((rc_task_says(t) == RC_SAYS_POINTS) == (t->point_classes > 0) && t->point_classes <= 1 << 16,
             RC_FORMAT, "%s: \"point_classes\" is missing or damaged", source);
    RC_CHECK(t->pos_weight >= 0 && t->gamma >= 0, RC_FORMAT, "%s: the task's loss is damaged", source);
    return RC_OK;
}
