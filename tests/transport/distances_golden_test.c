/* Values and gradients of other libraries (tools/golden/transport.py), and closed forms of single distances.
 */
#include "formats/safetensors.h"
#include "points.h"
#include "transport/exact.h"
#include "transport/radial.h"
#include "transport/sliced.h"

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

static rc_sample_set side(const char *set, const char *x, const char *label)
{
    rc_shape shape;
    rc_sample_set s = {.x = find(set, x, &shape), .label = find(set, label, NULL)};
    s.n = shape.dim[0];
    s.d = shape.dim[1];
    for (int64_t i = 0; i < s.n; i++)
        s.classes = s.label[i] >= s.classes ? s.label[i] + 1 : s.classes;
    return s;
}

static double relative_error(const float *x, const double *y, int64_t n)
{
    double error = 0.0, norm = 0.0;
    for (int64_t i = 0; i < n; i++) {
        error += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        norm += y[i] * y[i];
    }
    return sqrt(error / norm);
}

static void compare(const char *set, const char *name)
{
    rc_sample_set a = side(set, "a", "label_a"), b = side(set, "b", "label_b");
    rc_distance_settings o = rc_distance_defaults();
    const rc_distance_kind *kind;
    char key[64];
    float *gradient;
    OK(RC_NEW(&gradient, a.n * a.d));
    OK(rc_distance_find(name, &kind));
    const double *value = find(set, name, NULL);
    snprintf(key, sizeof key, "%s.gradient", name);
    NEAR(distance_between(kind, &a, &b, &o, gradient), *value, 1e-9 + 1e-7 * *value);
    double error = relative_error(gradient, find(set, key, NULL), a.n * a.d);
    if (!(error < 2e-6)) fprintf(stderr, "%s %s: gradient off by %g\n", set, name, error);
    CHECK(error < 2e-6);
    rc_free(gradient);
}

static const char *const sets[] = {"many", "few", "line"};
enum { SETS = 3 };

TEST(values_and_gradients_agree)
{
    const char *const name[] = {"w1", "w2", "gaussian", "mmd", "coral", "energy"};
    for (int s = 0; s < SETS; s++)
        for (size_t i = 0; i < sizeof name / sizeof *name; i++)
            compare(sets[s], name[i]);
}

TEST(slices_along_given_directions)
{
    for (int s = 0; s < SETS; s++) {
        rc_sample_set a = side(sets[s], "a", "label_a"), b = side(sets[s], "b", "label_b");
        rc_shape shape;
        const double *direction = find(sets[s], "directions", &shape);
        const double *want = find(sets[s], "sliced", NULL);
        rc_slices *slices;
        float *gradient;
        double value;
        OK(RC_NEW(&gradient, a.n * a.d));
        OK(rc__slices_create(&b, shape.dim[0], direction, 0, &slices));
        OK(rc__slices_measure(slices, &a, &value, gradient));
        NEAR(value, *want, 1e-9 * *want);
        CHECK(relative_error(gradient, find(sets[s], "sliced.gradient", NULL), a.n * a.d) < 1e-6);
        rc__slices_free(slices);
        rc_free(gradient);
    }
}

/* The value, a plan that has the weights as its marginals and that value, and the gradient along a direction.
 */
static void check_weighted(int power, const rc_sample_set *a, const double *wa, const rc_sample_set *b,
                           const double *wb, double want)
{
    float *gradient, *moved;
    double value, side[2], slope = 0, sum = 0, *left, step = 1e-4;
    rc_transport_plan plan;
    OK(RC_NEW(&gradient, a->n * a->d));
    OK(RC_NEW(&moved, a->n * a->d));
    OK(RC_NEW(&left, a->n));
    OK(rc_wasserstein(power, a->x, wa, a->n, b->x, wb, b->n, a->d, &value, gradient, &plan));
    NEAR(value, want, 1e-10 * want);
    for (int64_t i = 0; i < a->n; i++)
        sum += wa[i];
    for (int64_t i = 0; i < a->n; i++)
        left[i] = wa[i] / sum;
    for (int64_t k = 0; k < plan.count; k++) {
        double r2 = 0;
        for (int64_t q = 0; q < a->d; q++) {
            double side_q = (double)a->x[plan.from[k] * a->d + q] - (double)b->x[plan.to[k] * a->d + q];
            r2 += side_q * side_q;
        }
        left[plan.from[k]] -= plan.mass[k];
        value -= plan.mass[k] * (power == 1 ? sqrt(r2) : r2 / 2);
    }
    NEAR(value, 0, 1e-9 * want);
    for (int64_t i = 0; i < a->n; i++)
        NEAR(left[i], 0, 1e-12);
    rc_transport_plan_free(&plan);
    for (int turn = 0; turn < 2; turn++) {
        rc_rng rng = rc_rng_make(5, "along", 0);
        for (int64_t i = 0; i < a->n * a->d; i++) {
            double v = rc_rng_normal(&rng);
            if (turn == 0) slope += v * (double)gradient[i];
            moved[i] = a->x[i] + (float)((turn == 0 ? step : -step) * v);
        }
        OK(rc_wasserstein(power, moved, wa, a->n, b->x, wb, b->n, a->d, &side[turn], NULL, NULL));
    }
    NEAR((side[0] - side[1]) / (2 * step), slope, 2e-3 * (1 + fabs(slope)));
    rc_free(gradient);
    rc_free(moved);
    rc_free(left);
}

TEST(weighted_transport_agrees)
{
    for (int s = 0; s < SETS; s++) {
        rc_sample_set a = side(sets[s], "a", "label_a"), b = side(sets[s], "b", "label_b");
        const double *wa = find(sets[s], "weight_a", NULL), *wb = find(sets[s], "weight_b", NULL);
        const double *want = find(sets[s], "weighted", NULL);
        for (int power = 1; power <= 2; power++) {
            check_weighted(power, &a, wa, &b, wb, want[power - 1]);
        }
    }
}

TEST(dataset_distance_agrees)
{
    const rc_distance_kind *kind;
    OK(rc_distance_find("otdd", &kind));
    for (int s = 0; s < SETS; s++) {
        rc_sample_set a = side(sets[s], "a", "label_a"), b = side(sets[s], "b", "label_b");
        rc_distance_settings o = rc_distance_defaults();
        o.sinkhorn.epsilon = 0.5;
        o.sinkhorn.passes = 20000;
        const double *want = find(sets[s], "otdd_gaussian", NULL);
        NEAR(distance_between(kind, &a, &b, &o, NULL), *want, 5e-6 * *want);
        o.exact_labels = true;
        want = find(sets[s], "otdd_exact", NULL);
        NEAR(distance_between(kind, &a, &b, &o, NULL), *want, 5e-6 * *want);
    }
}

/* ---- closed forms ---- */

/* Between N(0, 1) and N(m, s^2) on a line, half of m^2 + (1 - s)^2; here of the samples' own moments. */
TEST(gaussians_on_a_line)
{
    const float a[] = {-1, 1}, b[] = {0, 6};
    rc_sample_set x = {a, 2, 1, NULL, 0, NULL, false}, y = {b, 2, 1, NULL, 0, NULL, false};
    rc_distance_settings o = rc_distance_defaults();
    const rc_distance_kind *kind;
    OK(rc_distance_find("gaussian", &kind));
    NEAR(distance_between(kind, &x, &y, &o, NULL), 0.5 * (9.0 + 4.0), 1e-12);
}

/* Fewer samples than coordinates: the gradient with shrinkage, and without it. */
TEST(gaussians_of_few_samples)
{
    rc_sample_set a = make_samples(5, 8, 1, 1.0, 0.4, 21), b = make_samples(12, 8, 1, 1.0, 0.0, 22);
    const rc_distance_kind *kind;
    float gradient[40], *x = (float *)a.x;
    OK(rc_distance_find("gaussian", &kind));
    for (int round = 0; round < 3; round++) {
        rc_distance_settings o = rc_distance_defaults();
        o.shrinkage = round == 0 ? -1.0 : round == 1 ? 0.0 : 0.7;
        (void)distance_between(kind, &a, &b, &o, gradient);
        for (int i = 0; i < 40; i++) {
            const float kept = x[i], step = 1.0f / 1024.0f;
            x[i] = kept + step;
            double above = distance_between(kind, &a, &b, &o, NULL);
            x[i] = kept - step;
            double below = distance_between(kind, &a, &b, &o, NULL);
            x[i] = kept;
            NEAR(gradient[i], (above - below) / (2.0 * (double)step), 1e-5);
        }
    }
    free_samples(&a);
    free_samples(&b);
}

/* With one label on either side OTDD's plan is that of the Sinkhorn divergence, and the label distance
 * between the two sides is added to it: the self terms have none. */
TEST(one_label_adds_its_distance)
{
    rc_sample_set a = make_samples(20, 3, 1, 1.0, 0.4, 23), b = make_samples(26, 3, 1, 1.0, 0.0, 24);
    const rc_distance_kind *kind[3];
    rc_distance_settings o = rc_distance_defaults();
    o.sinkhorn.passes = 20000;
    o.exact_labels = true;
    OK(rc_distance_find("otdd", &kind[0]));
    OK(rc_distance_find("sinkhorn", &kind[1]));
    OK(rc_distance_find("w2", &kind[2]));
    double both = distance_between(kind[1], &a, &b, &o, NULL) + distance_between(kind[2], &a, &b, &o, NULL);
    NEAR(distance_between(kind[0], &a, &b, &o, NULL), both, 1e-5 * both);
    free_samples(&a);
    free_samples(&b);
}

/* Labels that nobody carries change nothing. */
TEST(unused_labels_are_nothing)
{
    rc_sample_set a = make_samples(20, 3, 2, 1.0, 0.4, 25), b = make_samples(26, 3, 3, 1.0, 0.0, 26);
    const rc_distance_kind *kind;
    rc_distance_settings o = rc_distance_defaults();
    float gradient[60], again[60];
    OK(rc_distance_find("otdd", &kind));
    double value = distance_between(kind, &a, &b, &o, gradient);
    a.classes = 7;
    b.classes = 5;
    CHECK(distance_between(kind, &a, &b, &o, again) == value);
    CHECK(memcmp(gradient, again, sizeof again) == 0);
    free_samples(&a);
    free_samples(&b);
}

/* Memory grows with n + m: sets whose distances would not fit give what sets whose distances do fit give.
 * Every sample many times is the same distribution; the bandwidth of mmd, a mean over pairs of different
 * samples, moves a little by it. */
TEST(kernels_of_large_sets)
{
    enum { TIMES = 28 };
    static const char *const name[] = {"energy", "mmd"};
    static const double close[] = {1e-9, 2e-3};
    rc_sample_set a = make_samples(9, 2, 1, 1.0, 0.4, 27), b = make_samples(300, 2, 1, 1.0, 0.0, 28);
    float *many_a = repeat_points(a.x, a.n * a.d, TIMES), *many_b = repeat_points(b.x, b.n * b.d, TIMES);
    rc_sample_set more_a = {many_a, a.n * TIMES, a.d, NULL, 0, NULL, false},
                  more_b = {many_b, b.n * TIMES, b.d, NULL, 0, NULL, false};
    rc_distance_settings o = rc_distance_defaults();
    CHECK(more_b.n * (more_b.n - 1) / 2 > RC_RADIAL_STORED / (int64_t)sizeof(float));
    for (int k = 0; k < 2; k++) {
        const rc_distance_kind *kind;
        OK(rc_distance_find(name[k], &kind));
        double few = distance_between(kind, &a, &b, &o, NULL);
        NEAR(distance_between(kind, &more_a, &more_b, &o, NULL), few, close[k] * few);
    }
    rc_free(many_a);
    rc_free(many_b);
    free_samples(&a);
    free_samples(&b);
}

/* Too far apart for float32: refused, where a wrong number was given. */
TEST(samples_too_far_apart)
{
    const float near[] = {2e19f, 2e19f, -2e19f, 1e19f}, far[] = {1e15f, -1e15f, 3e15f, 0};
    const rc_sample_set a = {near, 2, 2, NULL, 0, NULL, false}, b = {far, 2, 2, NULL, 0, NULL, false};
    const rc_distance_kind *kind;
    rc_distance_settings o = rc_distance_defaults();
    rc_distance *to = NULL;
    rc_measured found;
    OK(rc_distance_find("mmd", &kind));
    FAILS(RC_NUMERIC, "scale the samples down", rc_distance_create(kind, &a, &o, &to));
    rc_distance_destroy(&to);
    OK(rc_distance_find("sinkhorn", &kind));
    FAILS(RC_NUMERIC, "too large for epsilon 0.1", rc_distance_create(kind, &b, &o, &to));
    rc_distance_destroy(&to);
    OK(rc_distance_find("w2", &kind));
    OK(rc_distance_create(kind, &b, &o, &to));
    OK(rc_distance_measure(to, &b, &found, NULL));
    CHECK(found.value == 0);
    rc_distance_destroy(&to);
}

int main(void)
{
    if (rc_safetensors_open(RC_TEST_DATA "/transport/distances.safetensors", &golden) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(values_and_gradients_agree);
    RUN(slices_along_given_directions);
    RUN(weighted_transport_agrees);
    RUN(dataset_distance_agrees);
    RUN(gaussians_on_a_line);
    RUN(gaussians_of_few_samples);
    RUN(one_label_adds_its_distance);
    RUN(unused_labels_are_nothing);
    RUN(kernels_of_large_sets);
    RUN(samples_too_far_apart);
    rc_safetensors_close(&golden);
    return RESULT();
}
