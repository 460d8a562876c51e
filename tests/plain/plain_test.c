/* The plain predictors: what scikit-learn says (tools/golden/plain.py), and laws that hold for all of them.
 */
#include <omp.h>

#include "base/memory.h"
#include "base/rng.h"
#include "check.h"
#include "formats/safetensors.h"
#include "plain/plain.h"

/* ---- samples ---- */

enum { N = 120, COLUMNS = 6, CLASSES = 3, LENGTH = 40 };

typedef struct set {
    rc_plain_form f;
    rc_plain_samples s;
    float x[N * LENGTH], y[N * LENGTH];
    int32_t ids[N * LENGTH], label[N]; /* ids: of texts, in place of x */
} set;

static const rc_plain_options options = {.seed = 3, .trees = 40};

/* Classes that overlap; a column that never varies; numbers that are missing. */
static void make_table(set *v, rc_plain_target target)
{
    rc_rng rng = rc_rng_make(1, "table", 0);
    *v = (set){.f = {.target = target, .outputs = target == RC_PLAIN_NUMBERS ? 2 : CLASSES}};
    v->f.x_shape[0] = v->f.x_shape[2] = 1;
    v->f.x_shape[1] = COLUMNS;
    for (int64_t i = 0; i < N; i++) {
        float *x = v->x + i * COLUMNS, *y = v->y + i * v->f.outputs;
        v->label[i] = (int32_t)rc_rng_below(&rng, CLASSES);
        for (int64_t k = 0; k < COLUMNS; k++)
            x[k] =
                (float)(1000 * k + (1 + k) * rc_rng_normal(&rng) + (k < 3 ? 2 * v->label[i] * (1 + k) : 0));
        x[4] = 5;
        for (int64_t k = 0; k < v->f.outputs; k++)
            y[k] = target == RC_PLAIN_NUMBERS ? 3 * x[k] - x[1 - k] : (float)(x[k] > 1000 * k + 2);
        if (i % 10 == 0) x[5] = NAN;
    }
    bool classes = target == RC_PLAIN_CLASSES;
    v->s = (rc_plain_samples){N, v->x, classes ? v->label : NULL, classes ? NULL : v->y, NULL, NULL, NULL};
}

/* Waves of a frequency for each class, at any phase. */
static void make_sequences(set *v)
{
    rc_rng rng = rc_rng_make(2, "waves", 0);
    *v = (set){.f = {.target = RC_PLAIN_CLASSES,
                     .outputs = CLASSES,
                     .x_shape = {1, LENGTH, 1},
                     .form = RC_FORM_SEQUENCES}};
    for (int64_t i = 0; i < N; i++) {
        double phase = 6.3 * rc_rng_uniform(&rng);
        v->label[i] = (int32_t)rc_rng_below(&rng, CLASSES);
        for (int64_t k = 0; k < LENGTH; k++)
            v->x[i * LENGTH + k] =
                (float)(sin(phase + 0.4 * (1 + v->label[i]) * (double)k) + 0.3 * rc_rng_normal(&rng));
    }
    v->x[7] = NAN;
    v->s = (rc_plain_samples){N, v->x, v->label, NULL, NULL, NULL, NULL};
}

/* Texts of a word for each class, among others, of any length. */
static void make_texts(set *v)
{
    rc_rng rng = rc_rng_make(3, "texts", 0);
    *v = (set){.f = {.target = RC_PLAIN_CLASSES,
                     .outputs = CLASSES,
                     .x_shape = {1, LENGTH, 1},
                     .form = RC_FORM_TEXTS}};
    for (int64_t i = 0; i < N; i++) {
        uint64_t length = 1 + rc_rng_below(&rng, LENGTH);
        v->label[i] = (int32_t)rc_rng_below(&rng, CLASSES);
        for (uint64_t k = 0; k < LENGTH; k++)
            v->ids[i * LENGTH + (int64_t)k] = k < length ? (int32_t)(10 + rc_rng_below(&rng, 20)) : -1;
        if (i % 8) v->ids[i * LENGTH + (int64_t)rc_rng_below(&rng, length)] = v->label[i];
    }
    v->s = (rc_plain_samples){N, NULL, v->label, NULL, NULL, NULL, v->ids};
}

/* Pieces around one, of which the one in front of it says the class; the same pieces stand elsewhere too. */
static void make_windows(set *v)
{
    enum { PLACES = 7, BEFORE = 2, PIECES = 6 };
    rc_rng rng = rc_rng_make(4, "windows", 0);
    *v = (set){.f = {.target = RC_PLAIN_CLASSES,
                     .outputs = CLASSES,
                     .x_shape = {1, PLACES, 1},
                     .form = RC_FORM_TEXTS,
                     .placed = true}};
    for (int64_t i = 0; i < N; i++) {
        int32_t *ids = v->ids + i * PLACES;
        for (int64_t k = 0; k < PLACES; k++)
            ids[k] = (int32_t)rc_rng_below(&rng, PIECES);
        v->label[i] = ids[BEFORE] % CLASSES;
        for (int64_t k = 0; k < i % 3; k++)
            ids[k] = -1; /* in front of the text */
        if (i % 2) ids[PLACES - 1] = -1;
    }
    v->s = (rc_plain_samples){N, NULL, v->label, NULL, NULL, NULL, v->ids};
}

static rc_status ask(const rc_plain *p, const set *v, int64_t n, float *said)
{
    return v->f.form == RC_FORM_TEXTS ? rc_plain_predict_texts(p, n, v->ids, said)
                                      : rc_plain_predict(p, n, v->x, said);
}

static double error_of(const set *v, const float *said)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < v->s.n; i++) {
        int64_t best = 0;
        for (int64_t k = 1; k < v->f.outputs; k++)
            if (said[i * v->f.outputs + k] > said[i * v->f.outputs + best]) best = k;
        wrong += best != v->label[i];
    }
    return (double)wrong / (double)v->s.n;
}

/* Calls for every name that serves the set. */
static void each(set *v, void (*law)(const char *name, set *v))
{
    for (int i = 0; rc_plain_name(i); i++)
        if (rc_plain_check(rc_plain_name(i), &v->f, v->s.n) == RC_OK) law(rc_plain_name(i), v);
}

static void on_all_sets(void (*law)(const char *name, set *v))
{
    set v;
    make_table(&v, RC_PLAIN_CLASSES);
    each(&v, law);
    make_table(&v, RC_PLAIN_LABELS);
    each(&v, law);
    make_table(&v, RC_PLAIN_NUMBERS);
    each(&v, law);
    make_sequences(&v);
    each(&v, law);
    make_texts(&v);
    each(&v, law);
    make_windows(&v);
    each(&v, law);
}

/* ---- laws ---- */

static void check_probabilities(const set *v, const float *said)
{
    for (int64_t i = 0; i < v->s.n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < v->f.outputs; k++) {
            float p = said[i * v->f.outputs + k];
            CHECK(p >= 0 && p <= 1);
            sum += (double)p;
        }
        if (v->f.target == RC_PLAIN_CLASSES) NEAR(sum, 1, 1e-5);
    }
}

static void probabilities(const char *name, set *v)
{
    rc_plain *p;
    float said[N * CLASSES], held[N * CLASSES];
    OK(rc_plain_fit(name, &v->f, &v->s, &options, &(rc_plain_held){.said = held}, &p));
    OK(ask(p, v, N, said));
    if (v->f.target != RC_PLAIN_NUMBERS) check_probabilities(v, said);
    if (v->f.target != RC_PLAIN_NUMBERS) check_probabilities(v, held);
    /* Waves of any phase are nothing for a linear map. */
    if (v->f.target == RC_PLAIN_CLASSES && v->f.form != RC_FORM_SEQUENCES && strcmp(name, "majority") != 0) {
        /* Left out is worse than learnt, and better than chance. */
        CHECK(error_of(v, said) <= error_of(v, held));
        CHECK(error_of(v, held) < 0.4);
    }
    rc_plain_destroy(&p);
}

TEST(all_say_probabilities)
{
    on_all_sets(probabilities);
}

/* ---- weights ---- */

/* The array of this name, of which there is one. */
static const rc_plain_array *array_of(const rc_plain *p, const char *name)
{
    const rc_plain_array *array;
    int n = rc_plain_arrays(p, &array);
    for (int i = 0; i < n; i++)
        if (strcmp(array[i].name, name) == 0) return &array[i];
    abort();
}

static void near_arrays(const rc_plain *p, const rc_plain *q, const char *name)
{
    const rc_plain_array *a = array_of(p, name), *b = array_of(q, name);
    REQUIRE(rc_shape_size(&a->shape) == rc_shape_size(&b->shape));
    for (int64_t i = 0; i < rc_shape_size(&a->shape); i++)
        NEAR(((double *)a->data)[i], ((double *)b->data)[i], 1e-8);
}

/* Samples of weights 2, 1, 0, 1 in turn, and the same with each as often as its weight says. */
static void repeat_by_weight(const set *v, double *weight, set *many)
{
    static const int times[] = {2, 1, 0, 1};
    int64_t inputs = rc_plain_inputs(&v->f), outputs = v->f.outputs, at = 0;
    *many = *v;
    many->s.x = many->x;
    if (v->s.y) many->s.y = many->y;
    if (v->s.label) many->s.label = many->label;
    for (int64_t i = 0; i < N; i++) {
        weight[i] = times[i % 4];
        for (int k = 0; k < times[i % 4]; k++, at++) {
            memcpy(many->x + at * inputs, v->x + i * inputs, sizeof(float) * (size_t)inputs);
            memcpy(many->y + at * outputs, v->y + i * outputs, sizeof(float) * (size_t)outputs);
            many->label[at] = v->label[i];
        }
    }
}

/* The convolutions of `kernels`, the sureness of ridge and the chosen strengths depend on what is left out
 * and drawn, and so on how many rows there are. */
static void weights_repeat(const char *name, set *v)
{
    static set many;
    const rc_plain_options fixed = {.seed = 3, .trees = 40, .strength = 1};
    double weight[N];
    float said[N * LENGTH], again[N * LENGTH], held[N * LENGTH];
    rc_plain *p, *q;
    bool scores = strcmp(name, "ridge") == 0 || strcmp(name, "probe") == 0;
    if (v->f.form == RC_FORM_TEXTS || strcmp(name, "kernels") == 0) return;
    repeat_by_weight(v, weight, &many);
    v->s.weight = weight;
    OK(rc_plain_fit(name, &v->f, &v->s, &fixed, &(rc_plain_held){.said = held}, &p));
    OK(rc_plain_fit(name, &v->f, &many.s, &fixed, NULL, &q));
    if (scores) near_arrays(p, q, "weight");
    if (scores && v->f.target != RC_PLAIN_FIELDS) near_arrays(p, q, "bias");
    OK(ask(p, v, N, said));
    OK(ask(q, v, N, again));
    for (int64_t i = 0; i < N * v->f.outputs; i++) {
        if (!scores) NEAR(said[i], again[i], strcmp(name, "svm") == 0 ? 5e-3 : 1e-4);
        CHECK(isfinite(held[i]));
    }
    for (int i = 0; i < N; i++)
        weight[i] = 0;
    rc_plain_destroy(&q);
    FAILS(RC_DATA, "all samples are 0", rc_plain_fit(name, &v->f, &v->s, &fixed, NULL, &q));
    v->s.weight = NULL;
    rc_plain_destroy(&p);
}

TEST(a_sample_of_weight_two_is_two_samples)
{
    on_all_sets(weights_repeat);
}

/* Beside that of one sample, the weight of another is lost to rounding. */
TEST(a_forest_of_weights_far_apart)
{
    float x[] = {0, 1}, said[4];
    const int32_t label[] = {0, 1};
    const double weight[] = {1, 1e-17};
    rc_plain_form f = {.target = RC_PLAIN_CLASSES, .outputs = 2, .x_shape = {1, 1, 1}};
    rc_plain_samples s = {.n = 2, .x = x, .label = label, .weight = weight};
    rc_plain *p;
    OK(rc_plain_fit("forest", &f, &s, &(rc_plain_options){.trees = 20}, NULL, &p));
    OK(rc_plain_predict(p, 2, x, said));
    CHECK(said[0] > 0.5f && isfinite(said[3]));
    rc_plain_destroy(&p);
}

static void same_on_threads(const char *name, set *v)
{
    float said[2][N * CLASSES], held[2][N * CLASSES];
    for (int i = 0; i < 2; i++) {
        rc_plain *p;
        omp_set_num_threads(i ? 4 : 1);
        OK(rc_plain_fit(name, &v->f, &v->s, &options, &(rc_plain_held){.said = held[i]}, &p));
        OK(ask(p, v, N, said[i]));
        rc_plain_destroy(&p);
    }
    CHECK(memcmp(said[0], said[1], (size_t)(N * v->f.outputs) * sizeof(float)) == 0);
    CHECK(memcmp(held[0], held[1], (size_t)(N * v->f.outputs) * sizeof(float)) == 0);
}

TEST(threads_change_nothing)
{
    int threads = omp_get_max_threads();
    on_all_sets(same_on_threads);
    omp_set_num_threads(threads);
}

static void same_from_arrays(const char *name, set *v)
{
    rc_plain *p, *q;
    const rc_plain_array *array;
    float said[2][N * CLASSES];
    OK(rc_plain_fit(name, &v->f, &v->s, &options, NULL, &p));
    int n = rc_plain_arrays(p, &array);
    OK(rc_plain_restore(name, &v->f, n, array, &q));
    OK(ask(p, v, N, said[0]));
    OK(ask(q, v, N, said[1]));
    CHECK(memcmp(said[0], said[1], (size_t)(N * v->f.outputs) * sizeof(float)) == 0);
    rc_plain_destroy(&q);
    for (int i = 0; i < n; i++) {
        rc_plain_array damaged[16];
        memcpy(damaged, array, (size_t)n * sizeof *array);
        strcpy(damaged[i].name, "else");
        FAILS(RC_FORMAT, "missing", rc_plain_restore(name, &v->f, n, damaged, &q));
    }
    rc_plain_destroy(&p);
}

TEST(arrays_are_the_predictor)
{
    on_all_sets(same_from_arrays);
}

/* A way that goes in a circle would never end. */
TEST(damaged_arrays_are_refused)
{
    set v;
    rc_plain *p, *q;
    const rc_plain_array *array;
    static const char *const name[] = {"root", "split", "next", "column"};
    make_table(&v, RC_PLAIN_CLASSES);
    OK(rc_plain_fit("forest", &v.f, &v.s, &options, NULL, &p));
    int n = rc_plain_arrays(p, &array);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 4; k++) {
            if (strcmp(array[i].name, name[k]) != 0) continue;
            int32_t *value = array[i].data, was = *value;
            *value = k == 2 ? 0 : 1 << 20;
            FAILS(RC_FORMAT, "", rc_plain_restore("forest", &v.f, n, array, &q));
            *value = was;
        }
    rc_plain_destroy(&p);
}

static void allocations_fail(const char *name, set *v)
{
    rc_status status;
    rc_plain_options few = {.seed = 3, .trees = 4};
    float held[N * CLASSES];
    uint64_t at = 1;
    do {
        rc_plain *p = NULL;
        (void)rc_fail(RC_IO, "of before");
        rc_alloc_fail_at(at);
        status = rc_plain_fit(name, &v->f, &v->s, &few, &(rc_plain_held){.said = held}, &p);
        rc_alloc_fail_at(0);
        CHECK(status == RC_OK || !p);
        CHECK(status == RC_OK || strcmp(rc_error_text(), "of before") != 0); /* whatever thread it was on */
        rc_plain_destroy(&p);
        at += 1 + at / 4;
    } while (status != RC_OK);
}

TEST(memory_that_is_not_there)
{
    set v;
    make_table(&v, RC_PLAIN_CLASSES);
    each(&v, allocations_fail);
    make_sequences(&v);
    allocations_fail("kernels", &v);
}

/* ---- single ones ---- */

static double variance_of(const set *v, int output)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < N; i++)
        sum += (double)v->y[i * v->f.outputs + output];
    for (int64_t i = 0; i < N; i++)
        squares += pow((double)v->y[i * v->f.outputs + output] - sum / N, 2);
    return squares / N;
}

/* The closed form of leave-one-out against fits that have left one out: the strength it chooses has the least
 * error. The columns stay as they are: the closed form standardises by all samples. */
static double error_left_out(set *v, double strength)
{
    rc_plain_options o = {.strength = strength};
    double sum = 0, variance[2];
    for (int k = 0; k < 2; k++)
        variance[k] = variance_of(v, k);
    for (int64_t i = 0; i < N; i++) {
        float said[2], *x = v->x + i * COLUMNS, *y = v->y + i * 2, keep_x[COLUMNS], keep_y[2];
        const float *last_x = v->x + (N - 1) * COLUMNS, *last_y = v->y + (N - 1) * 2;
        rc_plain *p;
        memcpy(keep_x, x, sizeof keep_x);
        memcpy(keep_y, y, sizeof keep_y);
        memmove(x, last_x, sizeof keep_x);
        memmove(y, last_y, sizeof keep_y);
        v->s.n = N - 1;
        if (rc_plain_fit("ridge", &v->f, &v->s, &o, NULL, &p) != RC_OK) return INFINITY;
        if (rc_plain_predict(p, 1, keep_x, said) != RC_OK) return INFINITY;
        rc_plain_destroy(&p);
        memcpy(x, keep_x, sizeof keep_x);
        memcpy(y, keep_y, sizeof keep_y);
        v->s.n = N;
        for (int k = 0; k < 2; k++)
            sum += pow((double)(said[k] - keep_y[k]), 2) / variance[k];
    }
    return sum;
}

TEST(ridge_leaves_one_out)
{
    set v;
    rc_plain *chosen, *fixed;
    float weight[2][2 * COLUMNS], bias[2];
    double min = INFINITY, best = 0;
    make_table(&v, RC_PLAIN_NUMBERS);
    for (int64_t i = 0; i < N; i++) {
        v.x[i * COLUMNS + 5] = (float)i;
        v.y[i * 2] += 10 * (float)(i % 7);
        v.y[i * 2 + 1] += 10 * (float)(i % 11);
    }
    for (double power = -3; power <= 6; power += 0.5) {
        double error = error_left_out(&v, pow(10, power));
        if (!(error < min)) continue;
        min = error;
        best = pow(10, power);
    }
    CHECK(best > 0.01 && best < 1e5);
    OK(rc_plain_fit("ridge", &v.f, &v.s, &(rc_plain_options){0}, NULL, &chosen));
    OK(rc_plain_fit("ridge", &v.f, &v.s, &(rc_plain_options){.strength = best}, NULL, &fixed));
    rc_plain_linear(chosen, weight[0], bias);
    rc_plain_linear(fixed, weight[1], bias);
    for (int k = 0; k < 2 * COLUMNS; k++)
        NEAR(weight[0][k], weight[1][k], 1e-6);
    rc_plain_destroy(&chosen);
    rc_plain_destroy(&fixed);
}

/* What is said of a group out of fold does not depend on the group's own targets. */
static void leaves_groups_out(const char *name, set *v)
{
    enum { GROUPS = 17, OUTPUTS = 2 };
    int64_t group[N];
    float before[N * OUTPUTS], after[N * OUTPUTS];
    rc_plain *p;
    for (int64_t i = 0; i < N; i++)
        group[i] = i % GROUPS;
    v->s.group = group;
    OK(rc_plain_fit(name, &v->f, &v->s, &options, &(rc_plain_held){.said = before}, &p));
    rc_plain_destroy(&p);
    for (int64_t i = 3; i < N; i += GROUPS)
        v->y[i * OUTPUTS] += 1000;
    OK(rc_plain_fit(name, &v->f, &v->s, &options, &(rc_plain_held){.said = after}, &p));
    rc_plain_destroy(&p);
    int64_t differ = 0;
    for (int64_t i = 0; i < N; i++) {
        bool same = memcmp(before + i * OUTPUTS, after + i * OUTPUTS, OUTPUTS * sizeof *after) == 0;
        CHECK(same || group[i] != 3);
        differ += !same;
    }
    CHECK(differ > N / 2); /* of the other folds */
    for (int64_t i = 3; i < N; i += GROUPS)
        v->y[i * OUTPUTS] -= 1000;
}

TEST(groups_are_left_out_together)
{
    set v;
    make_table(&v, RC_PLAIN_NUMBERS);
    each(&v, leaves_groups_out);
}

TEST(places_are_heard)
{
    set v;
    rc_plain *p;
    float held[N * CLASSES];
    make_windows(&v);
    for (int placed = 0; placed < 2; placed++) {
        v.f.placed = placed;
        OK(rc_plain_fit("words", &v.f, &v.s, &options, &(rc_plain_held){.said = held}, &p));
        rc_plain_destroy(&p);
        CHECK(placed ? error_of(&v, held) < 0.1 : error_of(&v, held) > 0.3);
    }
}

/* One group alone cannot be left out: its samples are, as if they were of none. */
TEST(one_group_is_none)
{
    set v;
    int64_t group[N] = {0};
    float held[2][N * CLASSES];
    make_table(&v, RC_PLAIN_CLASSES);
    for (int i = 0; i < 2; i++) {
        rc_plain *p;
        v.s.group = i ? group : NULL;
        OK(rc_plain_fit("ridge", &v.f, &v.s, &options, &(rc_plain_held){.said = held[i]}, &p));
        rc_plain_destroy(&p);
    }
    CHECK(memcmp(held[0], held[1], sizeof held[0]) == 0);
}

TEST(kernels_hear_frequencies)
{
    set v;
    rc_plain *p;
    float held[N * CLASSES];
    make_sequences(&v);
    OK(rc_plain_fit("kernels", &v.f, &v.s, &options, &(rc_plain_held){.said = held}, &p));
    CHECK(error_of(&v, held) < 0.05);
    rc_plain_destroy(&p);
}

/* y is x smoothed over its neighbours, plus a field of its own: nothing is left over inside. */
TEST(patches_find_a_local_map)
{
    set v;
    rc_plain *p;
    float said[N * LENGTH];
    rc_rng rng = rc_rng_make(4, "fields", 0);
    v = (set){.f = {RC_PLAIN_FIELDS, LENGTH, .x_shape = {1, 5, 8}, .y_shape = {1, 5, 8}}};
    for (int64_t i = 0; i < N * LENGTH; i++)
        v.x[i] = (float)rc_rng_normal(&rng);
    for (int64_t i = 0; i < N * LENGTH; i++) {
        int64_t row = i % LENGTH / 8, column = i % 8;
        float left = v.x[column > 0 ? i - 1 : i], below = v.x[row < 4 ? i + 8 : i];
        v.y[i] = 2 * v.x[i] - left + below + (float)(i % LENGTH);
    }
    v.s = (rc_plain_samples){N, v.x, NULL, v.y, NULL, NULL, NULL};
    OK(rc_plain_fit("ridge", &v.f, &v.s, &options, NULL, &p));
    OK(rc_plain_predict(p, N, v.x, said));
    for (int64_t i = 0; i < N * LENGTH; i++)
        NEAR(said[i], v.y[i], 1e-3);
    rc_plain_destroy(&p);
    weights_repeat("ridge", &v);
    weights_repeat("majority", &v);
    OK(rc_plain_fit("majority", &v.f, &v.s, &options, NULL, &p));
    OK(rc_plain_predict(p, 1, v.x, said));
    double mean = 0;
    for (int64_t i = 0; i < N; i++)
        mean += (double)v.y[i * LENGTH + 9] / N;
    NEAR(said[9], mean, 1e-4);
    rc_plain_destroy(&p);
}

/* One sample, one class, columns that never vary. */
static void little(const char *name, set *v)
{
    rc_plain *p;
    float said[CLASSES];
    v->s.n = 2;
    v->label[0] = v->label[1] = 2;
    memcpy(v->x, v->x + LENGTH, sizeof(float) * LENGTH);
    OK(rc_plain_fit(name, &v->f, &v->s, &options, NULL, &p));
    OK(ask(p, v, 1, said));
    CHECK(said[2] >= said[0] && said[2] >= said[1]);
    rc_plain_destroy(&p);
}

TEST(little_to_learn_from)
{
    set v;
    make_sequences(&v);
    each(&v, little);
}

TEST(what_is_refused)
{
    rc_plain_form f = {.target = RC_PLAIN_FIELDS, .outputs = 16, .x_shape = {1, 4, 4}, .y_shape = {1, 4, 4}};
    FAILS(RC_CONFIG, "\"oracle\"", rc_plain_check("oracle", &f, 10));
    FAILS(RC_UNSUPPORTED, "forest does not predict fields", rc_plain_check("forest", &f, 10));
    f.y_shape[1] = 8;
    FAILS(RC_UNSUPPORTED, "on the points of x", rc_plain_check("ridge", &f, 10));
    f.target = RC_PLAIN_CLASSES;
    FAILS(RC_UNSUPPORTED, "sequences", rc_plain_check("kernels", &f, 10));
    FAILS(RC_UNSUPPORTED, "at most 5000 samples", rc_plain_check("svm", &f, 5001));
    FAILS(RC_UNSUPPORTED, "words takes texts, not numbers", rc_plain_check("words", &f, 10));
    f.form = RC_FORM_TEXTS;
    FAILS(RC_UNSUPPORTED, "forest takes numbers, not texts", rc_plain_check("forest", &f, 10));
    f.outputs = 513;
    FAILS(RC_UNSUPPORTED, "at most 512 classes", rc_plain_check("words", &f, 10));
    f.outputs = 16;
    f.form = RC_FORM_TABLE;
    f.x_shape[1] = f.x_shape[2] = 64;
    FAILS(RC_UNSUPPORTED, "ridge takes at most", rc_plain_check("ridge", &f, 5001));
}

/* ---- scikit-learn ---- */

static const void *golden(const rc_safetensors *f, const char *name, rc_shape *shape)
{
    rc_safetensors_entry e = rc_safetensors_get(f, rc_safetensors_find(f, name));
    if (shape) *shape = e.shape;
    return e.data;
}

/* Token ids, which these files have as floats. */
static const int32_t *ids_of(const float *x, const rc_shape *shape, int32_t *ids)
{
    for (int64_t i = 0; i < rc_shape_size(shape); i++)
        ids[i] = (int32_t)x[i];
    return ids;
}

static void compare(const rc_safetensors *file, const char *name, const char *want, rc_plain_form f,
                    double strength,
                    void (*look)(const rc_plain *p, int64_t n, float *said, const double *is))
{
    rc_plain *p;
    rc_shape x, test;
    rc_plain_samples s = {.x = golden(file, "x", &x), .label = golden(file, "label", NULL)};
    const float *at = golden(file, "x_test", &test);
    float said[64 * CLASSES];
    int32_t ids[4096];
    REQUIRE(rc_shape_size(&x) <= 4096 && rc_shape_size(&test) <= 4096);
    s.n = x.dim[0];
    if (f.target == RC_PLAIN_NUMBERS) {
        s.y = golden(file, "y", NULL);
        s.label = NULL;
    }
    f.x_shape[0] = f.x_shape[2] = 1;
    f.x_shape[1] = x.dim[1];
    if (f.form == RC_FORM_TEXTS) s.ids = ids_of(s.x, &x, ids);
    if (f.form == RC_FORM_TEXTS) s.x = NULL;
    OK(rc_plain_fit(name, &f, &s, &(rc_plain_options){.strength = strength}, NULL, &p));
    OK(f.form == RC_FORM_TEXTS ? rc_plain_predict_texts(p, test.dim[0], ids_of(at, &test, ids), said)
                               : rc_plain_predict(p, test.dim[0], at, said));
    look(p, test.dim[0] * f.outputs, said, golden(file, want, NULL));
    rc_plain_destroy(&p);
}

static void equal(const rc_plain *p, int64_t n, float *said, const double *is)
{
    (void)p;
    for (int64_t i = 0; i < n; i++)
        NEAR(said[i], is[i], 1e-5 * (1 + fabs(is[i])));
}

/* Scores of -1 and 1 there are of 0 and 1 here, and probabilities follow by the slope. */
static void equal_scores(const rc_plain *p, int64_t n, float *said, const double *is)
{
    const rc_plain_array *array;
    const double *slope = NULL;
    for (int i = 0, count = rc_plain_arrays(p, &array); i < count; i++)
        if (strcmp(array[i].name, "slope") == 0) slope = array[i].data;
    REQUIRE(slope);
    for (int64_t i = 0; i < n; i++) {
        int64_t first = i - i % CLASSES;
        NEAR(log((double)said[i] / (double)said[first]) / *slope, (is[i] - is[first]) / 2, 1e-5);
    }
}

/* The three machines' decisions, coupled. */
static void equal_decisions(const rc_plain *p, int64_t n, float *said, const double *is)
{
    (void)p;
    for (int64_t i = 0; i < n; i += CLASSES) {
        double r[CLASSES], o[CLASSES], sum = 0;
        for (int k = 0; k < CLASSES; k++)
            r[k] = exp(-2 * is[i + k]); /* of 0 and 1, 0 and 2, 1 and 2: odds against the first */
        o[0] = 1 / (1 + r[0] + r[1]);
        o[1] = 1 / (1 + 1 / r[0] + r[2]);
        o[2] = 1 / (1 + 1 / r[1] + 1 / r[2]);
        for (int k = 0; k < CLASSES; k++)
            sum += o[k];
        for (int k = 0; k < CLASSES; k++)
            NEAR(said[i + k], o[k] / sum, 2e-3);
    }
}

TEST(what_scikit_learn_says)
{
    rc_safetensors *f;
    rc_plain_form classes = {.target = RC_PLAIN_CLASSES, .outputs = CLASSES},
                  numbers = {.target = RC_PLAIN_NUMBERS, .outputs = 2};
    OK(rc_safetensors_open(RC_TEST_DATA "/plain/plain.safetensors", &f));
    compare(f, "ridge", "ridge_chosen", numbers, 0, equal);
    compare(f, "ridge", "ridge_classes", classes, 0, equal_scores);
    compare(f, "logistic", "logistic", classes, 2, equal);
    compare(f, "svm", "svm", classes, 0, equal_decisions);
    rc_safetensors_close(&f);
    OK(rc_safetensors_open(RC_TEST_DATA "/plain/words.safetensors", &f));
    classes.form = RC_FORM_TEXTS;
    compare(f, "words", "words", classes, 0.1, equal);
    rc_safetensors_close(&f);
}

int main(void)
{
    RUN(all_say_probabilities);
    RUN(a_sample_of_weight_two_is_two_samples);
    RUN(a_forest_of_weights_far_apart);
    RUN(threads_change_nothing);
    RUN(arrays_are_the_predictor);
    RUN(damaged_arrays_are_refused);
    RUN(memory_that_is_not_there);
    RUN(ridge_leaves_one_out);
    RUN(groups_are_left_out_together);
    RUN(one_group_is_none);
    RUN(places_are_heard);
    RUN(kernels_hear_frequencies);
    RUN(patches_find_a_local_map);
    RUN(little_to_learn_from);
    RUN(what_is_refused);
    RUN(what_scikit_learn_says);
    return RESULT();
}
