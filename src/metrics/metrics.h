/* metrics/metrics.h: scores of a whole part of a data set, not means over its batches. Arrays in, a number
 * out; lower is better for every one, so what others call AUROC is 1 - AUROC here, as the field's tables
 * print it. */
#ifndef RC_METRICS_METRICS_H
#define RC_METRICS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* Kinds of targets, as bits. */
typedef enum rc_metric_target {
    RC_METRIC_CLASSES = 1,
    RC_METRIC_LABELS = 2,      /* several labels a sample */
    RC_METRIC_NUMBERS = 4,     /* regression */
    RC_METRIC_FIELDS = 8,      /* dense */
    RC_METRIC_WORDS = 16,      /* a class for every word of a text */
    RC_METRIC_ORDERED = 32,    /* classes in order */
    RC_METRIC_COUNTS = 64,     /* of events, whose rate is said */
    RC_METRIC_QUANTILES = 128, /* some for each number */
    RC_METRIC_POINTS = 512,    /* a class for every point of a field */
    RC_METRIC_SURVIVAL = 256   /* time, and whether it ended with the event (1) or was only seen so far (0) */
} rc_metric_target;

typedef struct rc_metric_input {
    int64_t n, width; /* samples, or words; numbers a sample: classes, labels, or the size of a target */
    const float
        *output; /* [n, width]: probabilities of classes; scores of labels; values in their own units */
    const float *target;    /* [n, target_width]; not for classes. Of fields NaN: not known, does not count */
    int64_t target_width;   /* 0: as width */
    const double *quantile; /* [width / target_width], rising: the lowest of all numbers is said first, ... */
    const int32_t *label;   /* [n]: classes */
    double threshold;       /* two classes: of rc_decide; 0: none */
    int64_t side;           /* fields: length of a row */
    int64_t texts;          /* words: text i has the words first[i] .. first[i + 1] - 1 */
    const int64_t *first;
    const char *const *name; /* [width]: the classes' names; NULL: they have none */
} rc_metric_input;

/* All metrics: one that is named may be another for another kind of target. Settings have them in this order.
 */
#define RC_METRIC_NAMES(X)                  \
    X(ERROR, "error")                       \
    X(TOP5_ERROR, "top5_error")             \
    X(F1, "1-f1")                           \
    X(ENTITY_F1, "1-entity-f1")             \
    X(ECG, "1-ecg")                         \
    X(AUROC, "1-auroc")                     \
    X(AUROC_OVR, "1-auroc-ovr")             \
    X(LABEL_ERROR, "label_error")           \
    X(MAP, "1-map")                         \
    X(RMSE, "rmse")                         \
    X(MAE, "mae")                           \
    X(R2, "1-r2")                           \
    X(RELATIVE_L2, "relative_l2")           \
    X(NRMSE, "nrmse")                       \
    X(BALANCED_ERROR, "balanced_error")     \
    X(FNR, "fnr")                           \
    X(MAE8, "mae8")                         \
    X(CLASS_MAE, "class_mae")               \
    X(KAPPA, "1-kappa")                     \
    X(POISSON_DEVIANCE, "poisson_deviance") \
    X(PINBALL, "pinball")                   \
    X(COVERAGE_ERROR, "coverage_error")     \
    X(INTERVAL_WIDTH, "interval_width")     \
    X(CONCORDANCE, "1-concordance")         \
    X(IOU, "1-iou")                         \
    X(ECE, "ece")
#define RC_METRIC_ID(id, name) RC_BY_##id,
#define RC_METRIC_WORD(id, name) "|" name
typedef enum rc_metric_id { RC_BY_AUTO, RC_METRIC_NAMES(RC_METRIC_ID) } rc_metric_id;
#define RC_METRICS "auto" RC_METRIC_NAMES(RC_METRIC_WORD)

typedef struct rc_metric {
    rc_metric_id id;
    const char *about;
    unsigned targets;
    bool binary; /* for fields of 0 and 1, the output being a score that says 1 above 0 */
    bool usual;  /* printed beside the chosen one */
    /* NaN: not defined on these data (a class that is absent, for instance). */
    rc_status (*value)(const rc_metric_input *in, double *out);
} rc_metric;

extern const rc_metric rc_metric_table[];
extern const int rc_metric_count;
/* AUTO: the usual one. NULL: there is none of this name for this kind of target. */
const rc_metric *rc_metric_find(rc_metric_id id, rc_metric_target target);
const rc_metric *rc_metric_named(const char *name, rc_metric_target target);
const char *rc_metric_name(const rc_metric *m);
/* Are all targets 0 or 1, or NaN? */
bool rc_metric_is_binary(const rc_metric_input *in);

/* points.c: which of the classes is the likeliest at a point, of probabilities [classes, points]. */
int64_t rc_decide_point(const float *p, int64_t classes, int64_t points, int64_t at);

/* Numbers of a sample's target. */
int64_t rc_metric_target_width(const rc_metric_input *in);
/* quantiles.c: the share of numbers between the lowest and the highest quantile that is said of them. */
double rc_metric_coverage(const rc_metric_input *in);

/* interval.c: the middle 95 % of the metric's values over samples drawn again with replacement: whole texts,
 * or whole groups (group [n], numbered from 0; NULL: none). Always the same for the same input. NaN: too few,
 * or so many numbers that it would take long, or a metric that is often undefined. */
rc_status rc_metric_interval(const rc_metric *m, const rc_metric_input *in, const int64_t *group,
                             int64_t groups, double interval[2]) RC_MUST_CHECK;

/* ---- the parts: ranking.c ---- */

/* Of n scores with truth (0 or 1) by element i * stride. Ties count half. NaN without both truths. */
rc_status rc_auroc(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                   double *out) RC_MUST_CHECK;
/* Sum over thresholds of (recall step) * precision; ties share a threshold. NaN without a 1. */
rc_status rc_average_precision(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                               double *out) RC_MUST_CHECK;

/* Thresholds from the largest score down, equal scores together: how many with truth 0 and how many with
 * truth 1 are at or above; 0 and 0 first. Both arrays have room for n + 1 entries. */
rc_status rc_ranking_curve(int64_t n, const float *score, int64_t stride, const unsigned char *truth,
                           double *zeros_above, double *ones_above, int64_t *count) RC_MUST_CHECK;

/* calibration.c: samples by the probability of their likeliest class, in bins of equal width. */
enum { RC_RELIABILITY_BINS = 10 };
typedef struct rc_reliability {
    int64_t count[RC_RELIABILITY_BINS];
    double confidence[RC_RELIABILITY_BINS], right[RC_RELIABILITY_BINS]; /* means; 0 where there is none */
    double error; /* expected calibration error: mean over samples of |right - confidence| of their bin */
} rc_reliability;
rc_reliability rc_reliability_of(int64_t n, int64_t width, const float *probability, const int32_t *label);

/* The first of the largest; of two where a threshold is given (else 0): the second where it has that much. */
int64_t rc_decide(const float *p, int64_t width, double threshold);
/* Rows of the table. */
rc_status rc__error(const rc_metric_input *in, double *out);
rc_status rc__top5_error(const rc_metric_input *in, double *out);
rc_status rc__class_f1(const rc_metric_input *in, double *out);
rc_status rc__entity_f1(const rc_metric_input *in, double *out);
rc_status rc__calibration_error(const rc_metric_input *in, double *out);
rc_status rc__ecg(const rc_metric_input *in, double *out);
rc_status rc__class_auroc(const rc_metric_input *in, double *out);
rc_status rc__class_auroc_rest(const rc_metric_input *in, double *out);
rc_status rc__label_auroc(const rc_metric_input *in, double *out);
rc_status rc__label_precision(const rc_metric_input *in, double *out);
rc_status rc__label_error(const rc_metric_input *in, double *out);
rc_status rc__relative_l2(const rc_metric_input *in, double *out);
rc_status rc__rmse(const rc_metric_input *in, double *out);
rc_status rc__mae(const rc_metric_input *in, double *out);
rc_status rc__r2(const rc_metric_input *in, double *out);
rc_status rc__field_auroc(const rc_metric_input *in, double *out);
rc_status rc__balanced_error(const rc_metric_input *in, double *out);
rc_status rc__false_negatives(const rc_metric_input *in, double *out);
rc_status rc__contact_mae(const rc_metric_input *in, double *out);
rc_status rc__class_mae(const rc_metric_input *in, double *out);
rc_status rc__kappa(const rc_metric_input *in, double *out);
rc_status rc__point_error(const rc_metric_input *in, double *out);
rc_status rc__point_f1(const rc_metric_input *in, double *out);
rc_status rc__point_overlap(const rc_metric_input *in, double *out);
rc_status rc__poisson_deviance(const rc_metric_input *in, double *out);
rc_status rc__pinball(const rc_metric_input *in, double *out);
rc_status rc__coverage_error(const rc_metric_input *in, double *out);
rc_status rc__interval_width(const rc_metric_input *in, double *out);
rc_status rc__concordance(const rc_metric_input *in, double *out);

#endif
