/* Plain predictors of grades, counts, quantiles, survival and classes of points: what statsmodels,
 * scikit-learn and scikit-survival say (tools/golden/plain_targets.py), and laws. */
#include <omp.h>

#include "check.h"
#include "formats/safetensors.h"
#include "plain/plain.h"

enum { MAX_SAID = 2048, GRADES = 4, STATES = 3 };

/* The samples of the fixture that have this target. */
typedef struct target {
    const char *method, *truth, *want;
    rc_plain_form f;
    double strength, tolerance;
    bool points;
} target;

#define ROW     \
    {           \
        1, 4, 1 \
    }
static const target targets[] = {
    {"ordinal",
     "grade",
     "grades",
     {RC_PLAIN_CLASSES, GRADES, .ordered = true, .x_shape = ROW},
     1e-6,
     1e-4,
     false},
    {"poisson", "count", "counts", {RC_PLAIN_NUMBERS, 1, .counts = true, .x_shape = ROW}, 2, 1e-4, false},
    {"quantile",
     "price",
     "quantiles",
     {RC_PLAIN_QUANTILES, 3, .quantiles = 3, .quantile = {0.1, 0.5, 0.9}, .x_shape = ROW},
     1e-6,
     1e-4,
     false},
    {"cox", "survival", "risks", {RC_PLAIN_RISKS, 1, .x_shape = ROW}, 2, 1e-4, false},
    {"logistic",
     "state",
     "points",
     {RC_PLAIN_POINTS, STATES * 16, .point_classes = STATES, .x_shape = {1, 16, 1}, .form = RC_FORM_SEQUENCES,
      .y_shape = {1, 16, 1}},
     2,
     1e-5,
     true}};
enum { TARGETS = sizeof targets / sizeof *targets };

static rc_safetensors *file;

static const void *golden(const char *name, int64_t *rows)
{
    rc_safetensors_entry e = rc_safetensors_get(file, rc_safetensors_find(file, name));
    if (rows) *rows = e.shape.dim[0];
    return e.data;
}

static rc_plain_samples samples_of(const target *t)
{
    rc_plain_samples s = {0};
    s.x = golden(t->points ? "signal" : "x", &s.n);
    if (t->f.target == RC_PLAIN_CLASSES)
        s.label = golden(t->truth, NULL);
    else
        s.y = golden(t->truth, NULL);
    return s;
}

TEST(what_others_say)
{
    for (int i = 0; i < TARGETS; i++) {
        const target *t = &targets[i];
        rc_plain_samples s = samples_of(t);
        rc_plain *p;
        int64_t n;
        float said[MAX_SAID];
        const float *x = golden(t->points ? "signal" : "x_test", &n);
        const double *want = golden(t->want, NULL);
        OK(rc_plain_fit(t->method, &t->f, &s, &(rc_plain_options){.strength = t->strength}, NULL, &p));
        OK(rc_plain_predict(p, n, x, said));
        for (int64_t k = 0; k < n * t->f.outputs; k++)
            NEAR(said[k], want[k], t->tolerance * (1 + fabs(want[k])));
        rc_plain_destroy(&p);
    }
}

/* The strength is chosen, samples are left out, threads change nothing, and the arrays are the predictor. */
TEST(they_are_predictors_like_others)
{
    int threads = omp_get_max_threads();
    for (int i = 0; i < TARGETS; i++) {
        const target *t = &targets[i];
        rc_plain_samples s = samples_of(t);
        size_t bytes = (size_t)(s.n * t->f.outputs) * sizeof(float);
        float said[2][MAX_SAID], held[2][MAX_SAID];
        const rc_plain_array *array;
        rc_plain *p, *q;
        for (int k = 0; k < 2; k++) {
            omp_set_num_threads(k ? 4 : 1);
            OK(rc_plain_fit(t->method, &t->f, &s, &(rc_plain_options){.seed = 1},
                            &(rc_plain_held){.said = held[k]}, &p));
            OK(rc_plain_predict(p, s.n, s.x, said[k]));
            if (k == 0) rc_plain_destroy(&p);
        }
        CHECK(memcmp(said[0], said[1], bytes) == 0 && memcmp(held[0], held[1], bytes) == 0);
        CHECK(memcmp(said[0], held[0], bytes) != 0);
        for (int64_t k = 0; k < s.n * t->f.outputs; k++)
            CHECK(isfinite(said[0][k]) && isfinite(held[0][k]));
        int arrays = rc_plain_arrays(p, &array);
        OK(rc_plain_restore(t->method, &t->f, arrays, array, &q));
        OK(rc_plain_predict(q, s.n, s.x, said[1]));
        CHECK(memcmp(said[0], said[1], bytes) == 0);
        rc_plain_destroy(&q);
        rc_plain_destroy(&p);
    }
    omp_set_num_threads(threads);
}

/* Every second sample twice: the same as with a weight of 2 (weights are of mean 1). */
TEST(a_sample_of_weight_two_is_two_samples)
{
    for (int i = 0; i < TARGETS; i++) {
        const target *t = &targets[i];
        rc_plain_samples s = samples_of(t), twice = {0};
        int64_t inputs = rc_plain_inputs(&t->f), truths = rc_plain_truths(&t->f);
        float x[2048], y[2048], said[MAX_SAID], again[MAX_SAID];
        int32_t label[256];
        double weight[128];
        if (s.n > 60) s.n = 60;
        for (int64_t k = 0; k < s.n; k++) {
            weight[k] = k % 2 ? 4.0 / 3 : 2.0 / 3;
            for (int64_t again_k = 0; again_k <= k % 2; again_k++, twice.n++) {
                memcpy(x + twice.n * inputs, s.x + k * inputs, (size_t)inputs * sizeof *x);
                if (s.y) memcpy(y + twice.n * truths, s.y + k * truths, (size_t)truths * sizeof *y);
                if (s.label) label[twice.n] = s.label[k];
            }
        }
        twice.x = x;
        twice.y = s.y ? y : NULL;
        twice.label = s.label ? label : NULL;
        rc_plain *p, *q;
        s.weight = weight;
        /* Strengths stand beside sums: there are half as many again. */
        OK(rc_plain_fit(t->method, &t->f, &s, &(rc_plain_options){.strength = 2}, NULL, &p));
        OK(rc_plain_fit(t->method, &t->f, &twice, &(rc_plain_options){.strength = 3}, NULL, &q));
        OK(rc_plain_predict(p, s.n, s.x, said));
        OK(rc_plain_predict(q, s.n, s.x, again));
        for (int64_t k = 0; k < s.n * t->f.outputs; k++)
            NEAR(said[k], again[k], 2e-3 * (1 + fabs((double)said[k])));
        rc_plain_destroy(&p);
        rc_plain_destroy(&q);
    }
}

/* ---- without looking at a sample ---- */

TEST(quantiles_of_all)
{
    const float x[] = {0, 0, 0, 0}, y[] = {3, 30, 1, 10, 4, 40, 2, 20};
    const double weight[] = {1, 0.1, 2.8, 0.1};
    rc_plain_form f = {RC_PLAIN_QUANTILES, 4, .quantiles = 2, .quantile = {0.25, 0.5}, .x_shape = {1, 1, 1}};
    rc_plain_samples s = {.n = 4, .x = x, .y = y};
    rc_plain *p;
    float said[4];
    OK(rc_plain_fit("majority", &f, &s, &(rc_plain_options){0}, NULL, &p));
    OK(rc_plain_predict(p, 1, x, said));
    CHECK(said[0] == 1 && said[1] == 10 && said[2] == 2 && said[3] == 20);
    rc_plain_destroy(&p);
    s.weight = weight;
    OK(rc_plain_fit("majority", &f, &s, &(rc_plain_options){0}, NULL, &p));
    OK(rc_plain_predict(p, 1, x, said));
    CHECK(said[0] == 3 && said[1] == 30 && said[2] == 4 && said[3] == 40);
    rc_plain_destroy(&p);
}

TEST(shares_of_points_and_one_risk)
{
    const float x[] = {1, 2, 3, 4}, y[] = {0, NAN, 1, 1}, times[] = {5, 1, 6, 0};
    rc_plain_form f = {RC_PLAIN_POINTS,      4,
                       .point_classes = 2,   .x_shape = {1, 2, 1},
                       .y_shape = {1, 2, 1}, .form = RC_FORM_SEQUENCES};
    rc_plain_samples s = {.n = 2, .x = x, .y = y};
    rc_plain *p;
    float said[4];
    OK(rc_plain_fit("majority", &f, &s, &(rc_plain_options){0}, NULL, &p));
    OK(rc_plain_predict(p, 1, x, said));
    for (int k = 0; k < 4; k++)
        NEAR(said[k], k < 2 ? 1 / 3.0 : 2 / 3.0, 1e-6);
    rc_plain_destroy(&p);
    f = (rc_plain_form){RC_PLAIN_RISKS, 1, .x_shape = {1, 2, 1}};
    s.y = times;
    OK(rc_plain_fit("majority", &f, &s, &(rc_plain_options){0}, NULL, &p));
    OK(rc_plain_predict(p, 2, x, said));
    CHECK(said[0] == 0 && said[1] == 0);
    rc_plain_destroy(&p);
}

/* ---- little to learn from ---- */

TEST(no_column_varies)
{
    for (int i = 0; i < TARGETS; i++) {
        const target *t = &targets[i];
        static const float x[64];
        rc_plain_samples s = samples_of(t);
        rc_plain *p;
        float said[MAX_SAID];
        s.x = x;
        s.n = 2;
        OK(rc_plain_fit(t->method, &t->f, &s, &(rc_plain_options){0}, NULL, &p));
        OK(rc_plain_predict(p, 1, x, said));
        for (int64_t k = 0; k < t->f.outputs; k++)
            CHECK(isfinite(said[k]));
        rc_plain_destroy(&p);
    }
}

/* Nothing comes of a score that is far above those at risk later. */
TEST(risks_far_apart)
{
    enum { N = 100 };
    float x[N], y[2 * N], said[N];
    rc_plain_form f = {RC_PLAIN_RISKS, 1, .x_shape = {1, 1, 1}};
    rc_plain_samples s = {.n = N, .x = x, .y = y};
    rc_plain *p;
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[2 * i] = (float)(N - i);
        y[2 * i + 1] = 1;
    }
    OK(rc_plain_fit("cox", &f, &s, &(rc_plain_options){.strength = 1e-12}, NULL, &p));
    OK(rc_plain_predict(p, N, x, said));
    for (int i = 1; i < N; i++)
        CHECK(said[i] > said[i - 1] + 1);
    CHECK(said[N - 1] > said[0] + 1000);
    rc_plain_destroy(&p);
}

/* Of what seldom happens, a rate below that from which sums of squares are raised. */
TEST(rates_of_seldom_events)
{
    enum { N = 2000 };
    static float x[N], y[N];
    float said[2];
    rc_plain_form f = {RC_PLAIN_NUMBERS, 1, .counts = true, .x_shape = {1, 1, 1}};
    rc_plain_samples s = {.n = N, .x = x, .y = y};
    rc_plain *p;
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i % 2);
        y[i] = i % 500 == 1;
    }
    OK(rc_plain_fit("poisson", &f, &s, &(rc_plain_options){.strength = 1e-3}, NULL, &p));
    OK(rc_plain_predict(p, 2, x, said));
    CHECK(said[0] > 0 && said[0] < 0.0001f);
    NEAR(said[1], 0.004, 1e-4);
    rc_plain_destroy(&p);
    OK(rc_plain_fit("ridge", &f, &s, &(rc_plain_options){0}, NULL, &p));
    OK(rc_plain_predict(p, 2, x, said));
    CHECK(said[0] == 0.01f && said[1] == 0.01f);
    rc_plain_destroy(&p);
}

/* Of large fields the memory is that of the answers, of which it says those of all points at once. */
TEST(memory_of_large_fields)
{
    rc_plain_form f = {RC_PLAIN_POINTS, 3 * 1024 * 1024, .point_classes = 3, .x_shape = {1, 1024, 1024},
                       .y_shape = {1, 1024, 1024}};
    double points = 1024.0 * 1024, samples = 4 * points * sizeof(float);
    double bytes = rc_plain_bytes("logistic", &f, 4) - samples;
    CHECK(bytes > points * 9 * sizeof(double) && bytes < points * 1000 * sizeof(double));
    f.x_shape[1] = f.x_shape[2] = f.y_shape[1] = f.y_shape[2] = 8; /* of small ones that of the folds */
    f.outputs = 3 * 64;
    CHECK(rc_plain_bytes("logistic", &f, 10000) > 5 * 10000 * 9 * sizeof(double));
    f = (rc_plain_form){RC_PLAIN_CLASSES, 3, .x_shape = {1, 50, 1}};
    CHECK(rc_plain_bytes("logistic", &f, 1000) > 6 * 1000 * 50 * sizeof(double));
}

TEST(each_for_its_target)
{
    rc_plain_form f = {RC_PLAIN_CLASSES, 3, .x_shape = ROW};
    FAILS(RC_UNSUPPORTED, "ordinal is for grades", rc_plain_check("ordinal", &f, 9));
    FAILS(RC_UNSUPPORTED, "cox does not predict classes", rc_plain_check("cox", &f, 9));
    f.target = RC_PLAIN_NUMBERS;
    FAILS(RC_UNSUPPORTED, "poisson is for counts", rc_plain_check("poisson", &f, 9));
    f = (rc_plain_form){RC_PLAIN_RISKS, 1, .x_shape = ROW};
    FAILS(RC_UNSUPPORTED, "ridge does not predict risks", rc_plain_check("ridge", &f, 9));
    f = targets[TARGETS - 1].f;
    f.y_shape[1] = 8;
    FAILS(RC_UNSUPPORTED, "logistic predicts fields on the points of x", rc_plain_check("logistic", &f, 9));
}

int main(void)
{
    if (rc_safetensors_open(RC_TEST_DATA "/plain/targets.safetensors", &file) != RC_OK) return 1;
    RUN(what_others_say);
    RUN(they_are_predictors_like_others);
    RUN(a_sample_of_weight_two_is_two_samples);
    RUN(quantiles_of_all);
    RUN(shares_of_points_and_one_risk);
    RUN(no_column_varies);
    RUN(risks_far_apart);
    RUN(rates_of_seldom_events);
    RUN(memory_of_large_fields);
    RUN(each_for_its_target);
    rc_safetensors_close(&file);
    return RESULT();
}
