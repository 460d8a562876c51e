#include "base/choice.h"
#include "metrics/metrics.h"

enum {
    CLASSES = RC_METRIC_CLASSES,
    LABELS = RC_METRIC_LABELS,
    NUMBERS = RC_METRIC_NUMBERS,
    FIELDS = RC_METRIC_FIELDS,
    WORDS = RC_METRIC_WORDS,
    ORDERED = RC_METRIC_ORDERED,
    COUNTS = RC_METRIC_COUNTS,
    QUANTILES = RC_METRIC_QUANTILES,
    POINTS = RC_METRIC_POINTS,
    SURVIVAL = RC_METRIC_SURVIVAL
};

/* The first of a kind is its default. */
const rc_metric rc_metric_table[] = {
    {RC_BY_CLASS_MAE, "how many classes the answer is away from the right one, on average", ORDERED, false,
     true, rc__class_mae},
    {RC_BY_KAPPA, "1 - Cohen's kappa with squared weights", ORDERED, false, true, rc__kappa},
    {RC_BY_ERROR, "share of samples, or words, given a wrong class", CLASSES | WORDS | ORDERED, false, true,
     rc__error},
    {RC_BY_TOP5_ERROR, "share of samples whose class is not among the five likeliest", CLASSES, false, true,
     rc__top5_error},
    {RC_BY_F1, "1 - F1, mean over the classes", CLASSES | WORDS | ORDERED, false, true, rc__class_f1},
    {RC_BY_ENTITY_F1, "1 - F1 over all entities (chunks of B-, I- labels; seqeval's)", WORDS, false, true,
     rc__entity_f1},
    {RC_BY_AUROC, "1 - AUROC; over two classes: mean over pairs (one against one)", CLASSES, false, true,
     rc__class_auroc},
    {RC_BY_AUROC_OVR, "1 - AUROC, mean over classes (one against the rest)", CLASSES, false, true,
     rc__class_auroc_rest},
    {RC_BY_ECE, "expected calibration error: how far probabilities are from shares of right answers",
     CLASSES | WORDS | ORDERED, false, true, rc__calibration_error},
    {RC_BY_ECG, "1 - F1, mean over the first three classes (PhysioNet Challenge 2017)", CLASSES, false, false,
     rc__ecg},
    {RC_BY_LABEL_ERROR, "share of labels that are wrong", LABELS, false, true, rc__label_error},
    {RC_BY_AUROC, "1 - AUROC, mean over labels", LABELS, false, true, rc__label_auroc},
    {RC_BY_MAP, "1 - average precision, mean over labels", LABELS, false, true, rc__label_precision},
    {RC_BY_POISSON_DEVIANCE, "Poisson's mean deviance", COUNTS, false, true, rc__poisson_deviance},
    {RC_BY_RMSE, "root of the mean squared error", NUMBERS | COUNTS, false, true, rc__rmse},
    {RC_BY_RELATIVE_L2, "|error| / |truth|, mean over samples", FIELDS, false, true, rc__relative_l2},
    {RC_BY_RELATIVE_L2, "|error| / |truth|, mean over samples", NUMBERS, false, true, rc__relative_l2},
    {RC_BY_NRMSE, "another name of relative_l2: the two formulas are the same", NUMBERS | FIELDS, false,
     false, rc__relative_l2},
    {RC_BY_RMSE, "root of the mean squared error", FIELDS, false, true, rc__rmse},
    {RC_BY_MAE, "mean absolute error", NUMBERS | FIELDS | COUNTS, false, true, rc__mae},
    {RC_BY_R2, "1 - R^2, mean over outputs", NUMBERS | COUNTS, false, true, rc__r2},
    {RC_BY_AUROC, "1 - AUROC over all points", FIELDS, true, true, rc__field_auroc},
    {RC_BY_BALANCED_ERROR, "1 - (true positive rate + true negative rate) / 2 over all points", FIELDS, true,
     true, rc__balanced_error},
    {RC_BY_FNR, "share of true points that are missed", FIELDS, true, true, rc__false_negatives},
    {RC_BY_MAE8, "PSICOV: mean absolute error of distances up to 8, positions 24 or more apart", FIELDS,
     false, false, rc__contact_mae},
    {RC_BY_ERROR, "share of points given a wrong class", POINTS, false, true, rc__point_error},
    {RC_BY_F1, "1 - F1, mean over the classes of points", POINTS, false, true, rc__point_f1},
    {RC_BY_IOU, "1 - intersection over union, mean over the classes of points", POINTS, false, true,
     rc__point_overlap},
    {RC_BY_PINBALL, "pinball loss, mean over numbers and quantiles", QUANTILES, false, true, rc__pinball},
    {RC_BY_COVERAGE_ERROR, "how far the share of numbers below each quantile is from it, mean over quantiles",
     QUANTILES, false, true, rc__coverage_error},
    {RC_BY_INTERVAL_WIDTH, "mean distance of the highest quantile from the lowest", QUANTILES, false, true,
     rc__interval_width},
    {RC_BY_CONCORDANCE, "1 - Harrell's C: share of pairs whose order in time is said wrong", SURVIVAL, false,
     true, rc__concordance},
};
const int rc_metric_count = (int)(sizeof rc_metric_table / sizeof *rc_metric_table);

#define NAME(id, name) [RC_BY_##id] = name,

const rc_metric *rc_metric_find(rc_metric_id id, rc_metric_target target)
{
    for (int i = 0; i < rc_metric_count; i++)
        if ((rc_metric_table[i].targets & (unsigned)target) &&
            (id == RC_BY_AUTO || rc_metric_table[i].id == id))
            return &rc_metric_table[i];
    return NULL;
}

const rc_metric *rc_metric_named(const char *name, rc_metric_target target)
{
    int id = rc_choice_find(RC_METRICS, name);
    return id < 0 ? NULL : rc_metric_find((rc_metric_id)id, target);
}

const char *rc_metric_name(const rc_metric *m)
{
    static const char *const names[] = {RC_METRIC_NAMES(NAME)};
    return names[m->id];
}
