#include <string.h>

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
    {"class_mae", "how many classes the answer is away from the right one, on average", ORDERED, false, true,
     rc__class_mae},
    {"1-kappa", "1 - Cohen's kappa with squared weights", ORDERED, false, true, rc__kappa},
    {"error", "share of samples, or words, given a wrong class", CLASSES | WORDS | ORDERED, false, true,
     rc__error},
    {"top5_error", "share of samples whose class is not among the five likeliest", CLASSES, false, true,
     rc__top5_error},
    {"1-f1", "1 - F1, mean over the classes", CLASSES | WORDS | ORDERED, false, true, rc__class_f1},
    {"1-entity-f1", "1 - F1 over all entities (chunks of B-, I- labels; seqeval's)", WORDS, false, true,
     rc__entity_f1},
    {"1-auroc", "1 - AUROC; over two classes: mean over pairs (one against one)", CLASSES, false, true,
     rc__class_auroc},
    {"1-auroc-ovr", "1 - AUROC, mean over classes (one against the rest)", CLASSES, false, true,
     rc__class_auroc_rest},
    {"ece", "expected calibration error: how far probabilities are from shares of right answers",
     CLASSES | WORDS | ORDERED, false, true, rc__calibration_error},
    {"1-ecg", "1 - F1, mean over the first three classes (PhysioNet Challenge 2017)", CLASSES, false, false,
     rc__ecg},
    {"label_error", "share of labels that are wrong", LABELS, false, true, rc__label_error},
    {"1-auroc", "1 - AUROC, mean over labels", LABELS, false, true, rc__label_auroc},
    {"1-map", "1 - average precision, mean over labels", LABELS, false, true, rc__label_precision},
    {"poisson_deviance", "Poisson's mean deviance", COUNTS, false, true, rc__poisson_deviance},
    {"rmse", "root of the mean squared error", NUMBERS | COUNTS, false, true, rc__rmse},
    {"relative_l2", "|error| / |truth|, mean over samples", FIELDS, false, true, rc__relative_l2},
    {"relative_l2", "|error| / |truth|, mean over samples", NUMBERS, false, true, rc__relative_l2},
    {"nrmse", "another name of relative_l2: the two formulas are the same", NUMBERS | FIELDS, false, false,
     rc__relative_l2},
    {"rmse", "root of the mean squared error", FIELDS, false, true, rc__rmse},
    {"mae", "mean absolute error", NUMBERS | FIELDS | COUNTS, false, true, rc__mae},
    {"1-r2", "1 - R^2, mean over outputs", NUMBERS | COUNTS, false, true, rc__r2},
    {"1-auroc", "1 - AUROC over all points", FIELDS, true, true, rc__field_auroc},
    {"balanced_error", "1 - (true positive rate + true negative rate) / 2 over all points", FIELDS, true,
     true, rc__balanced_error},
    {"fnr", "share of true points that are missed", FIELDS, true, true, rc__false_negatives},
    {"mae8", "PSICOV: mean absolute error of distances up to 8, positions 24 or more apart", FIELDS, false,
     false, rc__contact_mae},
    {"error", "share of points given a wrong class", POINTS, false, true, rc__point_error},
    {"1-f1", "1 - F1, mean over the classes of points", POINTS, false, true, rc__point_f1},
    {"1-iou", "1 - intersection over union, mean over the classes of points", POINTS, false, true,
     rc__point_overlap},
    {"pinball", "pinball loss, mean over numbers and quantiles", QUANTILES, false, true, rc__pinball},
    {"coverage_error", "how far the share of numbers below each quantile is from it, mean over quantiles",
     QUANTILES, false, true, rc__coverage_error},
    {"interval_width", "mean distance of the highest quantile from the lowest", QUANTILES, false, true,
     rc__interval_width},
    {"1-concordance", "1 - Harrell's C: share of pairs whose order in time is said wrong", SURVIVAL, false,
     true, rc__concordance},
};
const int rc_metric_count = (int)(sizeof rc_metric_table / sizeof *rc_metric_table);

const rc_metric *rc_metric_find(const char *name, rc_metric_target target)
{
    bool any = strcmp(name, "auto") == 0;
    for (int i = 0; i < rc_metric_count; i++)
        if ((rc_metric_table[i].targets & (unsigned)target) &&
            (any || strcmp(rc_metric_table[i].name, name) == 0))
            return &rc_metric_table[i];
    return NULL;
}
