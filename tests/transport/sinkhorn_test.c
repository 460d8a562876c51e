/* The Sinkhorn divergence against POT and geomloss, its laws, and its gradient. */
#include <omp.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "check.h"
#include "formats/safetensors.h"
#include "points.h"
#include "transport/coupling.h"
#include "transport/distances.h"
#include "transport/transport.h"

enum { EPSILON, DIVERGENCE, SELF_B, GEOMLOSS, GEOMLOSS_ERROR, EXACT, MEANS };

static rc_sinkhorn_options converged(double epsilon)
{
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    o.epsilon = epsilon;
    o.passes = 20000;
    return o;
}

static float *make_points(int64_t n, int64_t d, double spread, double shift, uint64_t seed)
{
    float *x;
    rc_rng rng = rc_rng_make(seed, "points", 0);
    if (RC_NEW(&x, n * d) != RC_OK) abort();
    for (int64_t i = 0; i < n * d; i++)
        x[i] = (float)(spread * rc_rng_normal(&rng) + shift);
    return x;
}

/* self_b, gradient and how may be NULL. */
static rc_status measured_divergence(const float *a, int64_t n, const float *b, int64_t m, int64_t d,
                                     const rc_sinkhorn_options *o, const rc_sinkhorn_self *self_b,
                                     double *value, float *gradient, rc_convergence *how)
{
    rc_measured found;
    rc_distance to = {.b = {.x = b, .n = m, .d = d}, .settings.sinkhorn = *o};
    if (self_b) to.settings.self = *self_b;
    RC_TRY(rc_distance_sinkhorn.measure(&to, &(rc_sample_set){.x = a, .n = n, .d = d}, &found, gradient));
    *value = found.value;
    if (how) *how = found.how;
    return RC_OK;
}

static double divergence(const float *a, int64_t n, const float *b, int64_t m, int64_t d,
                         const rc_sinkhorn_options *o, float *gradient)
{
    double value = NAN;
    if (measured_divergence(a, n, b, m, d, o, NULL, &value, gradient, NULL) != RC_OK) {
        CHECK(!"the divergence failed");
    }
    return value;
}

/* ---- fixtures ---- */

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

static double relative_error(const float *x, const double *y, int64_t n)
{
    double error = 0.0, norm = 0.0;
    for (int64_t i = 0; i < n; i++) {
        error += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        norm += y[i] * y[i];
    }
    return sqrt(error / norm);
}

/* Converged, it is POT's; with the defaults it is nearer to POT's than geomloss is with its own. */
static void compare_with_reference(const char *name, double value_tolerance, double gradient_tolerance)
{
    rc_shape sa, sb;
    const float *a = find(name, "a", &sa), *b = find(name, "b", &sb);
    const double *gradient = find(name, "gradient", NULL), *v = find(name, "values", NULL);
    int64_t n = sa.dim[0], m = sb.dim[0], d = sa.dim[1];
    /* Sums of float32 exponentials are exact to about 1e-7, and epsilon multiplies their logarithm. */
    double size = fabs(v[DIVERGENCE]), slack = value_tolerance * size + 1e-7 * v[EPSILON];
    float *got;
    OK(RC_NEW(&got, n * d));
    rc_sinkhorn_options o = converged(v[EPSILON]);
    NEAR(divergence(a, n, b, m, d, &o, got), v[DIVERGENCE], slack);
    CHECK(relative_error(got, gradient, n * d) < gradient_tolerance);
    rc_sinkhorn_self self;
    OK(rc_sinkhorn_self_term(b, m, d, &o, &self));
    NEAR(self.value, v[SELF_B], 1e-5 * v[SELF_B] + 1e-7 * v[EPSILON]);
    o = rc_sinkhorn_defaults();
    o.epsilon = v[EPSILON];
    double quick = divergence(a, n, b, m, d, &o, got);
    CHECK(fabs(quick - v[DIVERGENCE]) <= fabs(v[GEOMLOSS] - v[DIVERGENCE]) + slack);
    CHECK(relative_error(got, gradient, n * d) <= v[GEOMLOSS_ERROR] + gradient_tolerance);
    rc_free(got);
}

TEST(agrees_with_pot)
{
    compare_with_reference("plane", 5e-6, 1e-3);
    compare_with_reference("cloud", 5e-6, 1e-3);
    compare_with_reference("fine", 5e-6, 1e-3);
    compare_with_reference("wide", 5e-6, 1e-3);
}

TEST(large_epsilon_compares_means)
{
    const double *v = find("coarse", "values", NULL);
    NEAR(v[DIVERGENCE], v[MEANS], 1e-3 * v[MEANS]);
    compare_with_reference("coarse", 1e-5, 1e-3);
}

/* ---- from small scales to large, from small epsilon to large ---- */

static double converged_divergence(const float *a, int64_t n, const float *b, int64_t m, int64_t d,
                                   double epsilon)
{
    rc_sinkhorn_options o = {.epsilon = epsilon, .scaling = 0.5, .passes = RC_PASSES_ALONE};
    rc_convergence how = {0};
    double value = NAN;
    CHECK(measured_divergence(a, n, b, m, d, &o, NULL, &value, NULL, &how) == RC_OK);
    CHECK(how.converged && how.marginal_error <= RC_MARGINAL_TOLERANCE && how.iterations < RC_PASSES_ALONE);
    return value;
}

static float *scaled(const float *x, int64_t count, double factor)
{
    float *out;
    if (RC_NEW(&out, count) != RC_OK) abort();
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(factor * (double)x[i]);
    return out;
}

/* The references hold for points times a power of two: epsilon and value grow with its square. */
static void compare_range(const char *name)
{
    static const int power[] = {-27, -10, 0, 8, 20};
    rc_shape sa, sb, count;
    const float *a = find(name, "a", &sa), *b = find(name, "b", &sb);
    const double *epsilon = find(name, "epsilon", &count), *want = find(name, "value", NULL);
    int64_t n = sa.dim[0], m = sb.dim[0], d = sa.dim[1];
    for (size_t k = 0; k < sizeof power / sizeof *power; k++) {
        double factor = ldexp(1.0, power[k]), square = factor * factor;
        float *x = scaled(a, n * d, factor), *y = scaled(b, m * d, factor);
        for (int64_t i = 0; i < count.dim[0]; i++) {
            double value = converged_divergence(x, n, y, m, d, square * epsilon[i]);
            NEAR(value / square, want[i], 1e-5 * want[i]);
        }
        rc_free(x);
        rc_free(y);
    }
}

TEST(right_at_any_scale_and_epsilon)
{
    static const char *const name[] = {"line", "plane", "space", "far", "some", "many", "single"};
    rc_safetensors *one_scale = golden;
    if (rc_safetensors_open(RC_TEST_DATA "/transport/sinkhorn_ranges.safetensors", &golden) != RC_OK) abort();
    for (size_t k = 0; k < sizeof name / sizeof *name; k++)
        compare_range(name[k]);
    rc_safetensors_close(&golden);
    golden = one_scale;
}

/* Fewer passes than it takes: a lower bound, and it says so. */
TEST(what_has_not_converged_says_so)
{
    const int64_t n = 40, m = 60, d = 3;
    float *a = make_points(n, d, 1.0, 0.5, 41), *b = make_points(m, d, 1.0, 0.0, 42);
    rc_sinkhorn_options few = {.epsilon = 0.003, .scaling = 0.5, .passes = 12}, many = few;
    rc_sinkhorn_self self;
    rc_convergence how, then;
    double low, value;
    many.passes = RC_PASSES_ALONE;
    OK(rc_sinkhorn_self_term(b, m, d, &many, &self));
    CHECK(self.how.converged);
    OK(measured_divergence(a, n, b, m, d, &few, &self, &low, NULL, &how));
    OK(measured_divergence(a, n, b, m, d, &many, &self, &value, NULL, &then));
    CHECK(!how.converged && how.marginal_error > RC_MARGINAL_TOLERANCE && then.converged);
    CHECK(low < value && how.iterations < then.iterations);
    self.how.converged = false;
    self.how.marginal_error = 0.5;
    OK(measured_divergence(a, n, b, m, d, &many, &self, &value, NULL, &then));
    CHECK(!then.converged && then.marginal_error == 0.5);
    rc_free(a);
    rc_free(b);
}

/* ---- laws ---- */

TEST(distance_to_itself_is_zero)
{
    const int64_t n = 70, d = 9;
    float *a = make_points(n, d, 1.0, 3.0, 1), *gradient = make_points(n, d, 1.0, 0.0, 2);
    for (double epsilon = 0.01; epsilon < 200.0; epsilon *= 10.0) {
        rc_sinkhorn_options o = rc_sinkhorn_defaults();
        o.epsilon = epsilon;
        NEAR(divergence(a, n, a, n, d, &o, gradient), 0.0, 1e-6 + 1e-7 * epsilon);
        for (int64_t i = 0; i < n * d; i++)
            NEAR(gradient[i], 0.0, 1e-5);
    }
    rc_free(a);
    rc_free(gradient);
}

TEST(never_negative_and_symmetric)
{
    const int64_t n = 25, m = 33, d = 4;
    for (uint64_t seed = 0; seed < 20; seed++) {
        float *a = make_points(n, d, 1.0, 0.02 * (double)seed, 100 + seed);
        float *b = make_points(m, d, 1.0 - 0.03 * (double)seed, 0.0, 200 + seed);
        rc_sinkhorn_options o = converged(0.05 * (double)(1 + seed));
        double ab = divergence(a, n, b, m, d, &o, NULL), ba = divergence(b, m, a, n, d, &o, NULL);
        CHECK(ab > 0.0);
        NEAR(ab, ba, 1e-5 * ab + 1e-6);
        rc_free(a);
        rc_free(b);
    }
}

TEST(order_and_place_do_not_matter)
{
    const int64_t n = 131, m = 203, d = 6;
    float *a = make_points(n, d, 1.0, 0.3, 5), *b = make_points(m, d, 1.0, 0.0, 6);
    float *backwards = make_points(n, d, 1.0, 0.0, 7);
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    double value = divergence(a, n, b, m, d, &o, NULL);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < d; k++)
            backwards[i * d + k] = a[(n - 1 - i) * d + k];
    }
    NEAR(divergence(backwards, n, b, m, d, &o, NULL), value, 1e-6 * value);
    for (int64_t i = 0; i < n * d; i++)
        a[i] += 64.0f;
    for (int64_t i = 0; i < m * d; i++)
        b[i] += 64.0f;
    NEAR(divergence(a, n, b, m, d, &o, NULL), value, 1e-4 * value);
    rc_free(a);
    rc_free(b);
    rc_free(backwards);
}

static int ascending(const void *x, const void *y)
{
    float a = *(const float *)x, b = *(const float *)y;
    return (a > b) - (a < b);
}

/* On a line the best plan joins the points in order. */
TEST(small_epsilon_is_exact_transport)
{
    const int64_t n = 40;
    float *a = make_points(n, 1, 1.0, 0.5, 8), *b = make_points(n, 1, 2.0, 0.0, 9);
    qsort(a, (size_t)n, sizeof *a, ascending);
    qsort(b, (size_t)n, sizeof *b, ascending);
    double exact = 0.0;
    for (int64_t i = 0; i < n; i++)
        exact += 0.5 * ((double)a[i] - b[i]) * ((double)a[i] - b[i]) / (double)n;
    rc_sinkhorn_options o = converged(1e-3);
    NEAR(divergence(a, n, b, n, 1, &o, NULL), exact, 5e-3 * exact);
    rc_free(a);
    rc_free(b);
    rc_shape sa, sb;
    const float *x = find("fine", "a", &sa), *y = find("fine", "b", &sb);
    const double *v = find("fine", "values", NULL);
    double value = divergence(x, sa.dim[0], y, sb.dim[0], sa.dim[1], &o, NULL);
    NEAR(value, v[EXACT], 2e-2 * v[EXACT]);
}

TEST(one_point_each)
{
    const float a[] = {1, 2, 3}, b[] = {2, 4, 5};
    float gradient[3];
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    NEAR(divergence(a, 1, b, 1, 3, &o, gradient), 4.5, 1e-6);
    for (int k = 0; k < 3; k++)
        NEAR(gradient[k], a[k] - b[k], 1e-6);
}

/* ---- gradient ---- */

TEST(gradient_is_that_of_finite_differences)
{
    const int64_t n = 11, m = 17, d = 5;
    float *a = make_points(n, d, 1.0, 0.4, 10), *b = make_points(m, d, 1.0, 0.0, 11), gradient[11 * 5];
    rc_sinkhorn_options o = converged(0.3);
    double largest = 0.0;
    (void)divergence(a, n, b, m, d, &o, gradient);
    for (int64_t i = 0; i < n * d; i++)
        largest = fmax(largest, fabs((double)gradient[i]));
    for (int64_t i = 0; i < n * d; i++) {
        const float kept = a[i], step = 0.0625f;
        double side[4];
        const float at[] = {-2, -1, 1, 2};
        for (int s = 0; s < 4; s++) {
            a[i] = kept + at[s] * step;
            side[s] = divergence(a, n, b, m, d, &o, NULL);
        }
        a[i] = kept;
        double slope = (8.0 * (side[2] - side[1]) - (side[3] - side[0])) / (12.0 * (double)step);
        NEAR(gradient[i], slope, 1e-3 * largest);
    }
    rc_free(a);
    rc_free(b);
}

/* ---- the cached term, threads, blocks ---- */

TEST(cached_self_term_changes_nothing)
{
    const int64_t n = 20, m = 300, d = 33;
    float *a = make_points(n, d, 1.0, 0.2, 12), *b = make_points(m, d, 1.0, 0.0, 13);
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    rc_sinkhorn_self self;
    double value;
    OK(rc_sinkhorn_self_term(b, m, d, &o, &self));
    CHECK(self.valid && self.epsilon == o.epsilon);
    OK(measured_divergence(a, n, b, m, d, &o, &self, &value, NULL, NULL));
    CHECK(value == divergence(a, n, b, m, d, &o, NULL));
    o.epsilon = 0.2;
    FAILS(RC_CONFIG, "epsilon 0.1, not 0.2",
          measured_divergence(a, n, b, m, d, &o, &self, &value, NULL, NULL));
    rc_free(a);
    rc_free(b);
}

TEST(same_bits_for_any_number_of_threads)
{
    const int64_t n = 150, m = 1100, d = 50;
    float *a = make_points(n, d, 1.0, 0.2, 14), *b = make_points(m, d, 1.0, 0.0, 15);
    float *one = make_points(n, d, 1.0, 0.0, 0), *three = make_points(n, d, 1.0, 0.0, 1);
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    double value = divergence(a, n, b, m, d, &o, one);
    omp_set_num_threads(3);
    CHECK(divergence(a, n, b, m, d, &o, three) == value);
    CHECK(memcmp(one, three, sizeof(float) * (size_t)(n * d)) == 0);
    omp_set_num_threads(threads);
    rc_free(a);
    rc_free(b);
    rc_free(one);
    rc_free(three);
}

static void compare_pairs(rc_pairs *kept, rc_pairs *fresh, const rc_cloud *x, const rc_cloud *y)
{
    double *f = NULL, *g = NULL, *again = NULL;
    float *one = NULL, *two = NULL;
    OK(RC_NEW(&f, x->n));
    OK(RC_NEW(&g, y->n));
    OK(RC_NEW(&again, x->n));
    OK(RC_NEW(&one, x->n * x->d));
    OK(RC_NEW(&two, x->n * x->d));
    OK(rc_pairs_softmin(kept, 0.5, g, f));
    OK(rc_pairs_softmin(fresh, 0.5, g, again));
    for (int64_t i = 0; i < x->n; i++)
        NEAR(again[i], f[i], 2e-6);
    OK(rc_pairs_barycentre(kept, 0.5, g, f, 1.0, one));
    OK(rc_pairs_barycentre(fresh, 0.5, g, f, 1.0, two));
    for (int64_t i = 0; i < x->n * x->d; i++)
        NEAR(two[i], one[i], 1e-6);
    rc_free(f);
    rc_free(g);
    rc_free(again);
    rc_free(one);
    rc_free(two);
}

/* The plan, its marginal and what it does to a function of the columns. */
static void compare_couplings(rc_coupling *kept, rc_coupling *fresh, int64_t m)
{
    double *x = NULL, *one = NULL, *two = NULL;
    OK(RC_NEW(&x, m));
    OK(RC_NEW(&one, m));
    OK(RC_NEW(&two, m));
    for (int64_t j = 0; j < m; j++) {
        kept->g[j] = fresh->g[j] = 0.1 * sin((double)j);
        x[j] = cos((double)j);
    }
    kept->epsilon = fresh->epsilon = 0.5;
    OK(rc__coupling_settle(kept));
    OK(rc__coupling_settle(fresh));
    OK(rc__coupling_apply(kept, x, one));
    OK(rc__coupling_apply(fresh, x, two));
    NEAR(rc__coupling_value(fresh), rc__coupling_value(kept), 1e-8);
    for (int64_t j = 0; j < m; j++) {
        NEAR(fresh->excess[j], kept->excess[j], 2e-6);
        NEAR(two[j], one[j], 1e-6);
    }
    rc_free(x);
    rc_free(one);
    rc_free(two);
}

/* Costs and densities that are not kept give what kept ones give. */
TEST(large_sets_need_no_cost_matrix)
{
    const int64_t n = 700, m = 1000, d = 7;
    float *a = make_points(n, d, 1.0, 0.2, 16), *b = make_points(m, d, 1.0, 0.0, 17), centre[7] = {0};
    rc_cloud x, y;
    rc_pairs kept, fresh;
    rc_coupling with, without;
    OK(rc_cloud_create(a, NULL, n, d, centre, true, &x));
    OK(rc_cloud_create(b, NULL, m, d, centre, false, &y));
    OK(rc__pairs_create(&x, &y, NULL, true, &kept));
    OK(rc__pairs_create(&x, &y, NULL, false, &fresh));
    REQUIRE(kept.cost && !fresh.cost);
    compare_pairs(&kept, &fresh, &x, &y);
    OK(rc__coupling_create(&kept, &with));
    OK(rc__coupling_create(&fresh, &without));
    REQUIRE(with.density && !without.density);
    compare_couplings(&with, &without, m);
    double weight[1000];
    for (int i = 0; i < 1000; i++)
        weight[i] = 0.5 + i % 2;
    x.weight = y.weight = weight;
    compare_pairs(&kept, &fresh, &x, &y);
    compare_couplings(&with, &without, m);
    CHECK(rc_pairs_stored(5000, 5000) && !rc_pairs_stored(6000, 6000));
    rc__coupling_free(&with);
    rc__coupling_free(&without);
    rc_pairs_free(&kept);
    rc_pairs_free(&fresh);
    rc_cloud_free(&x);
    rc_cloud_free(&y);
    rc_free(a);
    rc_free(b);
}

/* Memory grows with N + M. Every point many times is the same distribution: what 2,000 x 20,000 points give,
 * whose costs would take 160 MB, is what 50 x 500 of them give, and of its gradient a fortieth. */
TEST(a_large_divergence_in_little_memory)
{
    enum { N = 50, M = 500, D = 2, TIMES = 40 };
    rc_sinkhorn_options o = {.epsilon = 0.5, .scaling = 0.5, .passes = 20};
    float *a = make_points(N, D, 1, 0.3, 31), *b = make_points(M, D, 1, 0, 32);
    float *many_a = repeat_points(a, N * D, TIMES), *many_b = repeat_points(b, M * D, TIMES);
    float few[N * D], *many;
    double value, large;
    rc_sinkhorn_self self;
    OK(RC_NEW(&many, (int64_t)N * D * TIMES));
    REQUIRE(!rc_pairs_stored(N * TIMES, M * TIMES));
    OK(rc_sinkhorn_self_term(b, M, D, &o, &self));
    OK(measured_divergence(a, N, b, M, D, &o, &self, &value, few, NULL));
    int64_t before = rc_peak_rss();
    OK(measured_divergence(many_a, N * TIMES, many_b, M * TIMES, D, &o, &self, &large, many, NULL));
    CHECK(rc_peak_rss() - before < 64 << 20);
    NEAR(large, value, 1e-5 * value);
    for (int i = 0; i < N * D; i++)
        NEAR(many[i] * TIMES, few[i], 1e-4 / N);
    rc_free(a);
    rc_free(b);
    rc_free(many_a);
    rc_free(many_b);
    rc_free(many);
}

/* ---- refusals ---- */

TEST(bad_input_is_refused)
{
    float a[] = {1, 2, 3, 4}, b[] = {1, NAN, 3, 4}, huge[] = {1e30f, 0, -1e30f, 0};
    double value;
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    FAILS(RC_NUMERIC, "cloud b: point 0, coordinate 1",
          measured_divergence(a, 2, b, 2, 2, &o, NULL, &value, NULL, NULL));
    FAILS(RC_NUMERIC, "squared length", measured_divergence(huge, 2, a, 2, 2, &o, NULL, &value, NULL, NULL));
    FAILS(RC_SHAPE, "cloud a has 0 points", measured_divergence(a, 0, a, 2, 2, &o, NULL, &value, NULL, NULL));
    o.epsilon = 0.0;
    FAILS(RC_CONFIG, "epsilon", measured_divergence(a, 2, a, 2, 2, &o, NULL, &value, NULL, NULL));
    o = rc_sinkhorn_defaults();
    o.scaling = 1.0;
    FAILS(RC_CONFIG, "scaling", measured_divergence(a, 2, a, 2, 2, &o, NULL, &value, NULL, NULL));
}

/* Every allocation may fail: the failure is passed on and nothing is lost (the leak checker watches). */
TEST(memory_may_run_out)
{
    const int64_t n = 10, m = 12, d = 3;
    float *a = make_points(n, d, 1.0, 0.0, 18), *b = make_points(m, d, 1.0, 0.0, 19), gradient[30];
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    double value;
    rc_status status = RC_MEMORY;
    uint64_t k = 0;
    while (status == RC_MEMORY && k < 1000) {
        rc_alloc_fail_at(++k);
        status = measured_divergence(a, n, b, m, d, &o, NULL, &value, gradient, NULL);
    }
    rc_alloc_fail_at(0);
    CHECK(status == RC_OK && k > 20 && k < 1000);
    rc_free(a);
    rc_free(b);
}

int main(void)
{
    if (rc_safetensors_open(RC_TEST_DATA "/transport/sinkhorn.safetensors", &golden) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(agrees_with_pot);
    RUN(large_epsilon_compares_means);
    RUN(right_at_any_scale_and_epsilon);
    RUN(what_has_not_converged_says_so);
    RUN(distance_to_itself_is_zero);
    RUN(never_negative_and_symmetric);
    RUN(order_and_place_do_not_matter);
    RUN(small_epsilon_is_exact_transport);
    RUN(one_point_each);
    RUN(gradient_is_that_of_finite_differences);
    RUN(cached_self_term_changes_nothing);
    RUN(same_bits_for_any_number_of_threads);
    RUN(large_sets_need_no_cost_matrix);
    RUN(a_large_divergence_in_little_memory);
    RUN(bad_input_is_refused);
    RUN(memory_may_run_out);
    rc_safetensors_close(&golden);
    return RESULT();
}
