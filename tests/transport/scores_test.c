/* LEEP, NCE and LogME: values of their definitions in NumPy (tools/golden/scores.py), and what must hold. */
#include <string.h>

#include "base/rng.h"
#include "check.h"
#include "formats/safetensors.h"
#include "transport/transport.h"

static rc_safetensors *golden;

static const void *find(const char *set, const char *part, rc_shape *shape)
{
    char key[64];
    snprintf(key, sizeof key, "%s.%s", set, part);
    int i = rc_safetensors_find(golden, key);
    if (i < 0) {
        fprintf(stderr, "no %s in the fixture\n", key);
        exit(EXIT_FAILURE);
    }
    rc_safetensors_entry entry = rc_safetensors_get(golden, i);
    if (shape) *shape = entry.shape;
    return entry.data;
}

enum { MAX = 64, CLASSES = 5, D = 6 };

/* One output a class. */
static void spread(const int32_t *label, int64_t n, int64_t classes, float *y)
{
    memset(y, 0, (size_t)(n * classes) * sizeof *y);
    for (int64_t i = 0; i < n; i++)
        y[i * classes + label[i]] = 1;
}

static void compare(const char *set)
{
    rc_shape p, f, y;
    static float hot[MAX * CLASSES];
    const float *predictions = find(set, "p", &p), *features = find(set, "f", &f),
                *numbers = find(set, "y", &y);
    const int32_t *label = find(set, "label", NULL);
    const double *values = find(set, "values", NULL);
    int64_t n = p.dim[0], classes = 0;
    double found;
    for (int64_t i = 0; i < n; i++)
        classes = label[i] >= classes ? label[i] + 1 : classes;
    REQUIRE(n <= MAX && classes <= CLASSES);
    spread(label, n, classes, hot);
    OK(rc_leep(n, p.dim[1], classes, predictions, label, &found, NULL));
    NEAR(found, values[0], 1e-10);
    OK(rc_nce(n, p.dim[1], classes, predictions, label, &found));
    NEAR(found, values[1], 1e-10);
    OK(rc_logme(n, f.dim[1], classes, features, hot, &found));
    NEAR(found, values[2], 1e-7);
    OK(rc_logme(n, f.dim[1], y.dim[1], features, numbers, &found));
    NEAR(found, values[3], 1e-7);
}

TEST(values_of_the_definitions)
{
    compare("tall");
    compare("wide");
    compare("blind");
    compare("sharp");
}

typedef struct sample_set {
    float f[MAX * D], y[MAX * CLASSES];
    int32_t label[MAX];
} sample_set;

/* Features that lie `apart` for samples of different classes. */
static void draw(double apart, sample_set *s)
{
    rc_rng rng = rc_rng_make(21, "scores", 0);
    for (int i = 0; i < MAX; i++) {
        s->label[i] = i % CLASSES;
        for (int k = 0; k < D; k++)
            s->f[i * D + k] = (float)(rc_rng_normal(&rng) + (s->label[i] == k ? apart : 0));
    }
    spread(s->label, MAX, CLASSES, s->y);
}

static double logme_of(const sample_set *s)
{
    double value;
    return rc_logme(MAX, D, CLASSES, s->f, s->y, &value) == RC_OK ? value : HUGE_VAL;
}

/* The more the features tell, the greater; in which basis they are told, and in which order, is nothing. */
TEST(logme_orders_features_by_what_they_tell)
{
    static sample_set s, t;
    double before = -INFINITY;
    for (double apart = 0; apart < 5; apart += 1) {
        draw(apart, &s);
        CHECK(logme_of(&s) > before);
        before = logme_of(&s);
    }
    for (int i = 0; i < MAX; i++) { /* the samples backwards, and a turn of two features */
        int from = MAX - 1 - i;
        memcpy(t.f + i * D, s.f + from * D, D * sizeof *t.f);
        t.f[i * D] = 0.6f * s.f[from * D] - 0.8f * s.f[from * D + 1];
        t.f[i * D + 1] = 0.8f * s.f[from * D] + 0.6f * s.f[from * D + 1];
        t.label[i] = s.label[from];
    }
    spread(t.label, MAX, CLASSES, t.y);
    NEAR(logme_of(&t), before, 1e-5);
    for (int i = 0; i < MAX * D; i++) /* their scale is the prior's to find */
        t.f[i] *= 1000;
    NEAR(logme_of(&t), before, 1e-5);
}

/* A class that no sample is of, features that are all 0, no samples. */
TEST(logme_of_nothing)
{
    static sample_set s;
    static float more[MAX * (CLASSES + 1)];
    double value;
    draw(1, &s);
    spread(s.label, MAX, CLASSES + 1, more);
    OK(rc_logme(MAX, D, CLASSES + 1, s.f, more, &value));
    NEAR(value, logme_of(&s), 1e-12);
    memset(s.f, 0, sizeof s.f);
    CHECK(isnan(logme_of(&s)));
    OK(rc_logme(0, D, CLASSES, s.f, s.y, &value));
    CHECK(isnan(value));
    /* A perfect fit is very likely, and no more. */
    for (int i = 0; i < MAX; i++)
        s.f[i * D] = more[i] = (float)i;
    OK(rc_logme(MAX, D, 1, s.f, more, &value));
    CHECK(isfinite(value));
}

/* Never above 0, and no less than what the shares of the classes tell; LEEP of sure predictions. */
TEST(nce_lies_between_nothing_and_all)
{
    static float p[MAX * D], sure[MAX * D];
    static int32_t label[MAX];
    double nce, leep;
    rc_rng rng = rc_rng_make(22, "scores", 0);
    for (int i = 0; i < MAX; i++) {
        int best = 0;
        label[i] = i % 4;
        for (int k = 0; k < D; k++) {
            p[i * D + k] = (float)rc_rng_uniform(&rng);
            if (p[i * D + k] > p[i * D + best]) best = k;
        }
        sure[i * D + best] = 1;
    }
    OK(rc_nce(MAX, D, 4, p, label, &nce));
    OK(rc_leep(MAX, D, 4, sure, label, &leep, NULL));
    CHECK(nce <= 0 && nce >= -log(4));
    NEAR(nce, leep, 1e-12);
    for (int i = 0; i < MAX; i++)
        for (int k = 0; k < D; k++)
            p[i * D + k] = k == label[i];
    OK(rc_nce(MAX, D, 4, p, label, &nce));
    NEAR(nce, 0, 1e-12);
    OK(rc_nce(0, D, 4, p, label, &nce));
    CHECK(nce == 0);
}

int main(void)
{
    if (rc_safetensors_open(RC_TEST_DATA "/transport/scores.safetensors", &golden) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(values_of_the_definitions);
    RUN(logme_orders_features_by_what_they_tell);
    RUN(logme_of_nothing);
    RUN(nce_lies_between_nothing_and_all);
    rc_safetensors_close(&golden);
    return RESULT();
}
