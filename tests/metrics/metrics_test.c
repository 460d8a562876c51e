/* Scores against scikit-learn and scikit-survival (tools/golden/metrics.py, targets.py), and what
 * scikit-learn leaves undefined. */
#include "check.h"

#include <math.h>

#include "base/memory.h"
#include "formats/json.h"
#include "metrics/metrics.h"

static float *floats(const rc_json *list)
{
    size_t n = rc_json_length(list);
    float *v = malloc((n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)rc_json_as_number(rc_json_at(list, i));
    return v;
}

static rc_metric_target kind_of(const char *name)
{
    return strcmp(name, "classes") == 0     ? RC_METRIC_CLASSES
           : strcmp(name, "labels") == 0    ? RC_METRIC_LABELS
           : strcmp(name, "numbers") == 0   ? RC_METRIC_NUMBERS
           : strcmp(name, "counts") == 0    ? RC_METRIC_COUNTS
           : strcmp(name, "quantiles") == 0 ? RC_METRIC_QUANTILES
           : strcmp(name, "survival") == 0  ? RC_METRIC_SURVIVAL
           : strcmp(name, "ordered") == 0   ? RC_METRIC_ORDERED
           : strcmp(name, "points") == 0    ? RC_METRIC_POINTS
                                            : RC_METRIC_FIELDS;
}

static void check_case(const rc_json *c)
{
    rc_metric_input in = {.n = rc_json_integer(c, "n", 0), .width = rc_json_integer(c, "width", 0)};
    float *output = floats(rc_json_get(c, "output")), *target = floats(rc_json_get(c, "target"));
    double quantile[8];
    for (size_t i = 0; i < rc_json_length(rc_json_get(c, "quantile")); i++)
        quantile[i] = rc_json_as_number(rc_json_at(rc_json_get(c, "quantile"), i));
    in.target_width = rc_json_integer(c, "target_width", 0);
    in.quantile = quantile;
    int32_t label[64];
    for (size_t i = 0; i < rc_json_length(rc_json_get(c, "label")); i++)
        label[i] = (int32_t)rc_json_as_integer(rc_json_at(rc_json_get(c, "label"), i));
    in.output = output;
    in.target = target;
    in.label = label;
    void *iterator = NULL;
    const char *key;
    const rc_json *want;
    while (rc_json_each(rc_json_get(c, "want"), &iterator, &key, &want)) {
        const rc_metric *m = rc_metric_named(key, kind_of(rc_json_string(c, "kind", "")));
        double value = NAN;
        CHECK(m && m->value(&in, &value) == RC_OK);
        if (!(fabs(value - rc_json_as_number(want)) <= 1e-6))
            fprintf(stderr, "%s, %s: ", rc_json_string(c, "name", ""), key);
        NEAR(value, rc_json_as_number(want), 1e-6);
    }
    if (rc_json_get(c, "coverage")) NEAR(rc_metric_coverage(&in), rc_json_number(c, "coverage", 0), 1e-9);
    free(output);
    free(target);
}

TEST(scores_of_other_targets_are_those_of_others)
{
    rc_json *j;
    OK(rc_json_read(RC_TEST_DATA "/metrics/targets.json", &j));
    const rc_json *cases = rc_json_get(j, "scores");
    CHECK(rc_json_length(cases) == 10);
    for (size_t i = 0; i < rc_json_length(cases); i++)
        check_case(rc_json_at(cases, i));
    rc_json_free(&j);
}

/* No pair's order is known, or nothing is said; a truth that never varies has no kappa. */
TEST(scores_without_a_meaning_are_nan)
{
    const float censored[] = {1, 0, 2, 0}, risk[] = {1, 2}, event[] = {1, 1, 2, 1}, lost[] = {1, NAN};
    const float sure[] = {1, 0, 1, 0};
    const int32_t first[] = {0, 0};
    double value;
    rc_metric_input in = {.n = 2, .width = 1, .target_width = 2, .output = risk, .target = censored};
    OK(rc__concordance(&in, &value));
    CHECK(isnan(value));
    in.target = event;
    OK(rc__concordance(&in, &value));
    NEAR(value, 1, 0);
    in.output = lost;
    OK(rc__concordance(&in, &value));
    CHECK(isnan(value));
    in = (rc_metric_input){.n = 2, .width = 2, .output = sure, .label = first};
    OK(rc__kappa(&in, &value));
    CHECK(isnan(value));
}

TEST(scores_are_scikit_learns)
{
    rc_json *j;
    OK(rc_json_read(RC_TEST_DATA "/metrics/scores.json", &j));
    const rc_json *cases = rc_json_get(j, "cases");
    CHECK(rc_json_length(cases) >= 16);
    for (size_t i = 0; i < rc_json_length(cases); i++)
        check_case(rc_json_at(cases, i));
    rc_json_free(&j);
}

/* ---- labelled words ---- */

enum { WORDS = 512, NAMES = 16, TEXTS = 64 };

/* Sentences of label numbers one after the other; returns how many there are. */
static int64_t join(const rc_json *list, int32_t *label, int64_t *first)
{
    int64_t n = 0, texts = (int64_t)rc_json_length(list);
    for (int64_t i = 0; i < texts; i++) {
        const rc_json *s = rc_json_at(list, (size_t)i);
        first[i] = n;
        for (size_t k = 0; k < rc_json_length(s); k++)
            label[n++] = (int32_t)rc_json_as_integer(rc_json_at(s, k));
    }
    first[texts] = n;
    return texts;
}

static void check_entities(const rc_json *c)
{
    static int32_t truth[WORDS], said[WORDS];
    static float output[WORDS * NAMES];
    static int64_t first[TEXTS + 1];
    const char *name[NAMES];
    const rc_json *labels = rc_json_get(c, "labels"), *want = rc_json_get(c, "want");
    rc_metric_input in = {.width = (int64_t)rc_json_length(labels), .label = truth, .output = output};
    for (int64_t k = 0; k < in.width; k++)
        name[k] = rc_json_as_string(rc_json_at(labels, (size_t)k));
    in.texts = join(rc_json_get(c, "said"), said, first);
    CHECK(in.texts == join(rc_json_get(c, "truth"), truth, first));
    in.n = first[in.texts];
    in.first = first;
    in.name = name;
    memset(output, 0, sizeof output);
    for (int64_t i = 0; i < in.n; i++)
        output[i * in.width + said[i]] = 1;
    static const char *const metrics[] = {"1-entity-f1", "error"};
    for (int k = 0; k < 2; k++) {
        double value = -1;
        const rc_metric *m = rc_metric_named(metrics[k], RC_METRIC_WORDS);
        CHECK(m && m->value(&in, &value) == RC_OK);
        NEAR(value, rc_json_number(want, metrics[k], NAN), 1e-12);
    }
}

TEST(entities_are_seqevals)
{
    rc_json *j;
    OK(rc_json_read(RC_TEST_DATA "/metrics/entities.json", &j));
    const rc_json *cases = rc_json_get(j, "cases");
    CHECK(rc_json_length(cases) >= 10);
    for (size_t i = 0; i < rc_json_length(cases); i++)
        check_entities(rc_json_at(cases, i));
    rc_json_free(&j);
}

/* Parts of speech are no chunks, and without any entity there is nothing to score. */
TEST(entities_need_chunks)
{
    const char *const speech[] = {"NOUN", "VERB"}, *const chunks[] = {"O", "B-X"};
    const float output[] = {1, 0, 1, 0};
    const int32_t label[] = {0, 0};
    const int64_t first[] = {0, 2};
    double value;
    rc_metric_input in = {
        .n = 2, .width = 2, .output = output, .label = label, .texts = 1, .first = first, .name = speech};
    OK(rc__entity_f1(&in, &value));
    CHECK(isnan(value));
    in.name = chunks;
    OK(rc__entity_f1(&in, &value));
    CHECK(isnan(value));
    in.name = NULL;
    OK(rc__entity_f1(&in, &value));
    CHECK(isnan(value));
}

static double value_of(const char *name, rc_metric_target target, const rc_metric_input *in)
{
    double value = -1;
    const rc_metric *m = rc_metric_named(name, target);
    CHECK(m && m->value(in, &value) == RC_OK);
    return value;
}

TEST(absent_classes_are_left_out_or_undefined)
{
    /* Three classes of which 1 never occurs: one against one is the pair (0, 2) alone. */
    const float p[] = {0.6f, 0.3f, 0.1f, 0.2f, 0.1f, 0.7f, 0.5f, 0.1f, 0.4f, 0.3f, 0.2f, 0.5f};
    const int32_t label[] = {0, 2, 2, 0};
    rc_metric_input in = {.n = 4, .width = 3, .output = p, .label = label};
    NEAR(value_of("1-auroc", RC_METRIC_CLASSES, &in), 1 - 0.75, 1e-12);
    NEAR(value_of("1-auroc-ovr", RC_METRIC_CLASSES, &in), 1 - 0.75, 1e-12);
    CHECK(isnan(value_of("top5_error", RC_METRIC_CLASSES, &in)));
    const int32_t same[] = {2, 2, 2, 2};
    in.label = same;
    CHECK(isnan(value_of("1-auroc", RC_METRIC_CLASSES, &in)));
    CHECK(isnan(value_of("1-auroc-ovr", RC_METRIC_CLASSES, &in)));
    NEAR(value_of("error", RC_METRIC_CLASSES, &in), 0.5, 1e-12);
    const float none[] = {0, 0, 0, 0, 0, 0};
    rc_metric_input labels = {.n = 3, .width = 2, .output = none, .target = none};
    CHECK(isnan(value_of("1-auroc", RC_METRIC_LABELS, &labels)));
    CHECK(isnan(value_of("1-map", RC_METRIC_LABELS, &labels)));
    rc_metric_input mask = {.n = 1, .width = 6, .output = none, .target = none};
    CHECK(isnan(value_of("fnr", RC_METRIC_FIELDS, &mask)));
    CHECK(isnan(value_of("balanced_error", RC_METRIC_FIELDS, &mask)));
    CHECK(rc_metric_is_binary(&mask));
}

/* Of equal scores the first counts as the larger, in the error as in the top five. */
TEST(ties_go_to_the_first)
{
    const float p[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const int32_t label[] = {4, 5};
    rc_metric_input in = {.n = 2, .width = 7, .output = p, .label = label};
    NEAR(value_of("error", RC_METRIC_CLASSES, &in), 1, 0);
    NEAR(value_of("top5_error", RC_METRIC_CLASSES, &in), 0.5, 0);
}

TEST(nan_scores_do_not_hang)
{
    const float s[] = {NAN, 1, NAN, 0};
    const unsigned char truth[] = {1, 0, 0, 1};
    double value;
    OK(rc_auroc(4, s, 1, truth, &value));
    OK(rc_average_precision(4, s, 1, truth, &value));
}

TEST(auroc_is_symmetric_and_ignores_scale)
{
    enum { N = 200 };
    float s[N], stretched[N], turned[N];
    unsigned char truth[N], other[N];
    double a, b, c;
    for (int i = 0; i < N; i++) {
        s[i] = (float)((i * 7919) % 31);
        stretched[i] = expf(0.1f * s[i]);
        turned[i] = -s[i];
        truth[i] = (i * 104729) % 5 < 2;
        other[i] = !truth[i];
    }
    OK(rc_auroc(N, s, 1, truth, &a));
    OK(rc_auroc(N, stretched, 1, truth, &b));
    OK(rc_auroc(N, turned, 1, other, &c));
    NEAR(a, b, 1e-15);
    NEAR(a, c, 1e-15);
}

TEST(contacts_count_apart_and_near_only)
{
    enum { SIDE = 30 };
    static float said[2 * SIDE * SIDE], truth[2 * SIDE * SIDE];
    rc_metric_input in = {.n = 2, .width = SIDE * SIDE, .side = SIDE, .output = said, .target = truth};
    for (int i = 0; i < 2 * SIDE * SIDE; i++)
        truth[i] = 100; /* padding; the second protein has no contact at all */
    CHECK(isnan(value_of("mae8", RC_METRIC_FIELDS, &in)));
    truth[2 * SIDE + 26] = truth[26 * SIDE + 2] = 6; /* counts: 24 apart */
    truth[0 * SIDE + 29] = truth[29 * SIDE + 0] = 8; /* counts: at the limit */
    truth[2 * SIDE + 25] = truth[25 * SIDE + 2] = 4; /* too close in the chain */
    truth[1 * SIDE + 28] = truth[28 * SIDE + 1] = 8.5f;
    said[2 * SIDE + 26] = 7;
    said[26 * SIDE + 2] = 9; /* mean 8: off by 2 */
    said[0 * SIDE + 29] = said[29 * SIDE + 0] = 9;
    NEAR(value_of("mae8", RC_METRIC_FIELDS, &in), 1.5, 1e-6);
    in.side = 0;
    double value;
    FAILS(RC_SHAPE, "square", rc_metric_named("mae8", RC_METRIC_FIELDS)->value(&in, &value));
}

TEST(names_belong_to_kinds)
{
    CHECK(!rc_metric_named("rmse", RC_METRIC_CLASSES));
    CHECK(!rc_metric_named("nothing", RC_METRIC_FIELDS));
    CHECK(strcmp(rc_metric_name(rc_metric_find(RC_BY_AUTO, RC_METRIC_CLASSES)), "error") == 0);
    CHECK(strcmp(rc_metric_name(rc_metric_find(RC_BY_AUTO, RC_METRIC_LABELS)), "label_error") == 0);
    CHECK(strcmp(rc_metric_name(rc_metric_find(RC_BY_AUTO, RC_METRIC_NUMBERS)), "rmse") == 0);
    CHECK(strcmp(rc_metric_name(rc_metric_find(RC_BY_AUTO, RC_METRIC_FIELDS)), "relative_l2") == 0);
}

TEST(memory_failures_are_reported)
{
    const float p[] = {0.6f, 0.4f, 0.2f, 0.8f};
    const double quantile[] = {0.5};
    const int32_t label[] = {0, 1};
    for (int i = 0; i < rc_metric_count; i++)
        for (uint64_t k = 1; k < 6; k++) {
            double value;
            bool risk = rc_metric_table[i].targets == RC_METRIC_SURVIVAL;
            rc_metric_input in = {.n = 2, .width = 2, .output = p, .target = p, .label = label};
            in.width = risk ? 1 : 2;
            in.target_width = 2;
            in.quantile = quantile;
            if (rc_metric_table[i].id == RC_BY_MAE8) continue;
            rc_alloc_fail_at(k);
            rc_status status = rc_metric_table[i].value(&in, &value);
            rc_alloc_fail_at(0);
            CHECK(status == RC_OK || status == RC_MEMORY);
        }
}

/* Of n answers the first wrong ones are wrong, in blocks of `size` that are alike. */
static void make_answers(int64_t n, int64_t wrong, int64_t size, float *p, int32_t *label, int64_t *group)
{
    for (int64_t i = 0; i < n; i++) {
        label[i] = i < wrong;
        p[2 * i] = 0.75f;
        p[2 * i + 1] = 0.25f;
        group[i] = i / size;
    }
}

TEST(intervals_are_those_of_the_binomial)
{
    enum { N = 400, WRONG = 100 };
    static float p[2 * N];
    static int32_t label[N];
    static int64_t group[N];
    const rc_metric *error = rc_metric_named("error", RC_METRIC_CLASSES);
    rc_metric_input in = {.n = N, .width = 2, .output = p, .label = label};
    double alone[2], again[2], blocks[2], reach = 1.96 * sqrt(0.25 * 0.75 / N);
    make_answers(N, WRONG, 10, p, label, group);
    OK(rc_metric_interval(error, &in, NULL, 0, alone));
    NEAR(alone[0], 0.25 - reach, 0.006);
    NEAR(alone[1], 0.25 + reach, 0.006);
    OK(rc_metric_interval(error, &in, NULL, 0, again));
    CHECK(memcmp(alone, again, sizeof alone) == 0);
    /* Samples of a group that are all alike tell no more than one of them. */
    OK(rc_metric_interval(error, &in, group, N / 10, blocks));
    NEAR((blocks[1] - blocks[0]) / (alone[1] - alone[0]), sqrt(10), 0.35);
    in.n = 1;
    OK(rc_metric_interval(error, &in, NULL, 0, alone));
    CHECK(isnan(alone[0]) && isnan(alone[1]));
}

TEST(memory_failures_of_intervals_are_reported)
{
    const float p[] = {0.6f, 0.4f, 0.2f, 0.8f};
    const int32_t label[] = {0, 1};
    const int64_t group[] = {0, 1};
    rc_metric_input in = {.n = 2, .width = 2, .output = p, .label = label};
    for (uint64_t k = 1; k < 8; k++) {
        double interval[2];
        rc_alloc_fail_at(k);
        rc_status status =
            rc_metric_interval(rc_metric_named("error", RC_METRIC_CLASSES), &in, group, 2, interval);
        rc_alloc_fail_at(0);
        CHECK(status == RC_OK || status == RC_MEMORY);
    }
}

/* The area under the corners, by trapezoids, is AUROC; ties are one corner. */
TEST(ranking_curves_have_the_area)
{
    const float score[] = {0.9f, 0.8f, 0.8f, 0.5f, 0.4f, 0.4f, 0.1f};
    const unsigned char truth[] = {1, 1, 0, 0, 1, 0, 0};
    double zeros[8], ones[8], area = 0, auroc;
    int64_t n;
    OK(rc_ranking_curve(7, score, 1, truth, zeros, ones, &n));
    CHECK(n == 6 && zeros[5] == 4 && ones[5] == 3 && ones[1] == 1 && ones[2] == 2 && zeros[2] == 1);
    for (int64_t i = 1; i < n; i++)
        area += (zeros[i] - zeros[i - 1]) * (ones[i] + ones[i - 1]) / 2;
    OK(rc_auroc(7, score, 1, truth, &auroc));
    NEAR(area / 12, auroc, 1e-12);
}

TEST(reliability_is_counted_in_bins)
{
    enum { N = 8 };
    float p[2 * N];
    int32_t label[N];
    int64_t group[N];
    make_answers(N, 2, 1, p, label, group); /* sure to 3/4, and right in 3/4 */
    rc_reliability r = rc_reliability_of(N, 2, p, label);
    CHECK(r.count[7] == N && r.right[7] == 0.75);
    NEAR(r.error, 0, 1e-12);
    p[0] = 1, p[1] = 0; /* quite sure, and wrong: 1/8 of 1, and 7 others 6/7 right */
    r = rc_reliability_of(N, 2, p, label);
    CHECK(r.count[9] == 1 && r.right[9] == 0 && r.confidence[9] == 1);
    NEAR(r.error, 1 / 8.0 + 7 / 8.0 * (6 / 7.0 - 0.75), 1e-12);
}

TEST(probabilities_against_shares)
{
    /* Two answers that are 0.8 sure, of which one is right; one that is 0.6 sure, and right. */
    static const float p[] = {0.8f, 0.2f, 0.2f, 0.8f, 0.6f, 0.4f}, certain[] = {1, 0, 0, 1};
    static const int32_t label[] = {0, 0, 0}, other[] = {0, 1};
    rc_metric_input in = {.n = 3, .width = 2, .output = p, .label = label};
    NEAR(value_of("ece", RC_METRIC_CLASSES, &in), (0.6 + 0.4) / 3, 1e-6);
    in = (rc_metric_input){.n = 2, .width = 2, .output = certain, .label = other};
    NEAR(value_of("ece", RC_METRIC_CLASSES, &in), 0, 0);
}

int main(void)
{
    RUN(probabilities_against_shares);
    RUN(scores_are_scikit_learns);
    RUN(scores_of_other_targets_are_those_of_others);
    RUN(scores_without_a_meaning_are_nan);
    RUN(entities_are_seqevals);
    RUN(entities_need_chunks);
    RUN(absent_classes_are_left_out_or_undefined);
    RUN(ties_go_to_the_first);
    RUN(nan_scores_do_not_hang);
    RUN(auroc_is_symmetric_and_ignores_scale);
    RUN(contacts_count_apart_and_near_only);
    RUN(names_belong_to_kinds);
    RUN(memory_failures_are_reported);
    RUN(intervals_are_those_of_the_binomial);
    RUN(memory_failures_of_intervals_are_reported);
    RUN(ranking_curves_have_the_area);
    RUN(reliability_is_counted_in_bins);
    return RESULT();
}
