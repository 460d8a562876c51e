/* Gromov-Wasserstein: POT's values, plans and gradients (tools/golden/gromov.py), and its own laws. Those of
 * all distances are in distance_laws_test.c. */
#include "formats/safetensors.h"
#include "points.h"

static rc_safetensors *golden;

static const void *find(const char *name, const char *part, rc_shape *shape)
{
    char key[64];
    snprintf(key, sizeof key, "%s.%s", name, part);
    int i = rc_safetensors_find(golden, key);
    if (i < 0) {
        fprintf(stderr, "no %s in the fixture\n", key);
        exit(EXIT_FAILURE);
    }
    rc_safetensors_entry entry = rc_safetensors_get(golden, i);
    if (shape) *shape = entry.shape;
    return entry.data;
}

static rc_sample_set side(const char *name, const char *x)
{
    rc_shape shape;
    rc_sample_set s = {.x = find(name, x, &shape)};
    s.n = shape.dim[0];
    s.d = shape.dim[1];
    return s;
}

static rc_measured measure(const rc_sample_set *a, const rc_sample_set *b, int64_t passes, double *plan,
                           float *grad)
{
    rc_distance_settings o = rc_distance_defaults();
    rc_measured found = {.value = NAN};
    rc_distance *to = NULL;
    o.plan = plan;
    o.sinkhorn.passes = passes;
    CHECK(rc_distance_create(&rc_distance_gw, b, &o, &to) == RC_OK &&
          rc_distance_measure(to, a, &found, grad) == RC_OK);
    rc_distance_destroy(&to);
    return found;
}

static double value_of(const rc_sample_set *a, const rc_sample_set *b)
{
    return measure(a, b, RC_PASSES_ALONE, NULL, NULL).value;
}

TEST(values_plans_and_gradients_agree)
{
    static const char *const name[] = {"same", "wider", "fewer", "line"};
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        rc_sample_set a = side(name[k], "a"), b = side(name[k], "b");
        const double *want = find(name[k], "values", NULL), *slope = find(name[k], "gradient", NULL);
        const double *want_plan = find(name[k], "plan", NULL);
        float *grad;
        double *plan;
        OK(RC_NEW(&grad, a.n * a.d));
        OK(RC_NEW(&plan, a.n * b.n));
        rc_measured found = measure(&a, &b, RC_PASSES_ALONE, plan, grad);
        NEAR(found.value, want[0], 1e-9 * want[0]);
        CHECK(found.how.converged && found.how.iterations > 1 && found.how.marginal_error == 0);
        for (int64_t i = 0; i < a.n * b.n; i++)
            NEAR(plan[i], want_plan[i], 1e-12);
        for (int64_t i = 0; i < a.n * a.d; i++)
            NEAR(grad[i], slope[i], 1e-7);
        a.weight = find(name[k], "weight_a", NULL);
        b.weight = find(name[k], "weight_b", NULL);
        want_plan = find(name[k], "weighted_plan", NULL);
        NEAR(measure(&a, &b, RC_PASSES_ALONE, plan, NULL).value, want[1], 1e-9 * want[1]);
        for (int64_t i = 0; i < a.n * b.n; i++)
            NEAR(plan[i], want_plan[i], 1e-12);
        rc_free(grad);
        rc_free(plan);
    }
}

/* Turned, shifted, put into a space of more coordinates, and in another order: no distance, and the plan
 * finds who is who. */
TEST(isometric_copies_are_the_same)
{
    enum { N = 30 };
    rc_sample_set a = make_samples(N, 2, 1, 1.0, 0.3, 31);
    float copy[N * 5];
    double plan[N * N];
    for (int i = 0; i < N; i++) {
        const float *x = a.x + i * 2;
        float *to = copy + (N - 1 - i) * 5;
        to[0] = 7.0f;
        to[1] = 0.6f * x[0] - 0.8f * x[1] + 2.0f;
        to[2] = -1.0f;
        to[3] = -0.8f * x[0] - 0.6f * x[1];
        to[4] = 0.0f;
    }
    rc_sample_set b = {.x = copy, .n = N, .d = 5};
    NEAR(measure(&a, &b, RC_PASSES_ALONE, plan, NULL).value, 0.0, 1e-12);
    for (int i = 0; i < N; i++)
        NEAR(plan[i * N + N - 1 - i], 1.0 / N, 1e-12);
    free_samples(&a);
}

TEST(widths_differ_both_ways)
{
    rc_sample_set a = make_samples(18, 2, 1, 1.0, 0.0, 32), b = make_samples(25, 6, 1, 1.0, 0.0, 33);
    double ab = value_of(&a, &b);
    CHECK(ab > 0);
    NEAR(value_of(&b, &a), ab, 1e-9 * ab);
    free_samples(&a);
    free_samples(&b);
}

/* Each problem of exact transport after the two starts gives a better plan, and being cut short is told. */
TEST(fewer_passes_are_worse)
{
    rc_sample_set a = make_samples(50, 16, 1, 1.0, 0.0, 34), b = make_samples(170, 12, 1, 1.0, 0.0, 35);
    rc_measured end = measure(&a, &b, RC_PASSES_ALONE, NULL, NULL);
    double before = INFINITY;
    CHECK(end.how.converged && end.how.iterations > 4);
    for (int64_t passes = 2; passes < end.how.iterations; passes++) {
        rc_measured cut = measure(&a, &b, passes, NULL, NULL);
        CHECK(!cut.how.converged && cut.how.iterations == passes && cut.value < before);
        before = cut.value;
    }
    CHECK(before == end.value);
    free_samples(&a);
    free_samples(&b);
}

/* Far from 1 the search takes the same way. */
TEST(any_scale)
{
    rc_sample_set a = side("fewer", "a"), b = side("fewer", "b");
    double value = value_of(&a, &b);
    for (int power = -75; power <= 75; power += 25) {
        float *x = repeat_points(a.x, a.n * a.d, 1), *y = repeat_points(b.x, b.n * b.d, 1);
        for (int64_t i = 0; i < a.n * a.d; i++)
            x[i] = ldexpf(x[i], power);
        for (int64_t i = 0; i < b.n * b.d; i++)
            y[i] = ldexpf(y[i], power);
        rc_sample_set far_a = {.x = x, .n = a.n, .d = a.d}, far_b = {.x = y, .n = b.n, .d = b.d};
        NEAR(ldexp(value_of(&far_a, &far_b), -2 * power), value, 1e-12 * value);
        rc_free(x);
        rc_free(y);
    }
}

/* Half of (3 - 1)^2 over the two pairs of four that are apart; one point has no lengths. */
TEST(pairs_and_points)
{
    const float two[] = {0, 1}, far[] = {0, 0, 0, 0, 3, 0}, one[] = {5, 5};
    rc_sample_set a = {.x = two, .n = 2, .d = 1}, b = {.x = far, .n = 2, .d = 3},
                  c = {.x = one, .n = 1, .d = 2};
    rc_sample_set same = {.x = far, .n = 3, .d = 1};
    float grad[3];
    NEAR(value_of(&a, &b), 1.0, 1e-15);
    NEAR(value_of(&a, &c), 0.25, 1e-15);
    NEAR(value_of(&c, &a), 0.25, 1e-15);
    CHECK(value_of(&c, &c) == 0.0);
    NEAR(measure(&same, &a, RC_PASSES_ALONE, NULL, grad).value, 0.25, 1e-15);
    for (int i = 0; i < 3; i++)
        CHECK(grad[i] == 0.0f);
}

/* From the corners of a regular polygon all mean lengths are alike, and the first costs say nothing: what is
 * found is a plan all the same. */
TEST(ties_at_the_start)
{
    enum { N = 6 };
    float corner[2 * N];
    double plan[N * N];
    for (int i = 0; i < N; i++) {
        corner[2 * i] = (float)cos(i * 2.0 * 3.14159265358979 / N);
        corner[2 * i + 1] = (float)sin(i * 2.0 * 3.14159265358979 / N);
    }
    rc_sample_set a = {.x = corner, .n = N, .d = 2};
    rc_measured found = measure(&a, &a, RC_PASSES_ALONE, plan, NULL);
    CHECK(found.how.converged && found.value >= 0.0 && found.value < 0.5);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++)
            sum += plan[i * N + j];
        NEAR(sum, 1.0 / N, 1e-12);
    }
}

int main(void)
{
    if (rc_safetensors_open(RC_TEST_DATA "/transport/gromov.safetensors", &golden) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(values_plans_and_gradients_agree);
    RUN(isometric_copies_are_the_same);
    RUN(widths_differ_both_ways);
    RUN(fewer_passes_are_worse);
    RUN(any_scale);
    RUN(pairs_and_points);
    RUN(ties_at_the_start);
    rc_safetensors_close(&golden);
    return RESULT();
}
