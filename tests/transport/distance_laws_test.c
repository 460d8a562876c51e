/* The laws that every distance of the table keeps. */
#include <omp.h>

#include "points.h"

static rc_distance_settings settings(void)
{
    rc_distance_settings o = rc_distance_defaults();
    o.sinkhorn.epsilon = 0.3;
    o.sinkhorn.passes = 20000;
    o.projections = 7;
    o.seed = 5;
    return o;
}

static void nothing_from_itself(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    rc_sample_set a = make_samples(41, 6, 3, 1.0, 2.0, 1);
    float gradient[41 * 6];
    NEAR(distance_between(kind, &a, &a, o, gradient), 0.0, 2e-6);
    for (int64_t i = 0; i < a.n * a.d; i++)
        NEAR(gradient[i], 0.0, 2e-5);
    free_samples(&a);
}

static void never_negative_and_symmetric(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    for (uint64_t seed = 0; seed < 8; seed++) {
        rc_sample_set a = make_samples(25, 4, 3, 1.0, 0.03 * (double)seed, 100 + seed);
        rc_sample_set b = make_samples(33, 4, 2, 1.0 - 0.05 * (double)seed, 0.0, 200 + seed);
        double ab = distance_between(kind, &a, &b, o, NULL), ba = distance_between(kind, &b, &a, o, NULL);
        CHECK(ab > 0.0);
        NEAR(ab, ba, 1e-5 * ab + 1e-7);
        free_samples(&a);
        free_samples(&b);
    }
}

/* The order of points changes nothing, and the gradient goes with its point. */
static void order_does_not_matter(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    enum { N = 35, D = 5 };
    rc_sample_set a = make_samples(N, D, 3, 1.0, 0.3, 5), b = make_samples(52, D, 4, 1.2, 0.0, 6);
    rc_sample_set a_back = reverse_samples(&a), b_back = reverse_samples(&b);
    float gradient[N * D], backwards[N * D];
    double value = distance_between(kind, &a, &b, o, gradient);
    NEAR(distance_between(kind, &a_back, &b_back, o, backwards), value, 1e-6 * value);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++)
            NEAR(backwards[(N - 1 - i) * D + k], gradient[i * D + k], 2e-5);
    free_samples(&a);
    free_samples(&b);
    free_samples(&a_back);
    free_samples(&b_back);
}

/* Moving both clouds together changes nothing; so the gradient of moving all of a is what the means say. */
static void place_does_not_matter(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    rc_sample_set a = make_samples(30, 5, 3, 1.0, 0.3, 7), b = make_samples(27, 5, 3, 1.0, 0.0, 8);
    double value = distance_between(kind, &a, &b, o, NULL);
    for (int64_t i = 0; i < a.n * a.d; i++)
        ((float *)a.x)[i] += 16.0f;
    for (int64_t i = 0; i < b.n * b.d; i++)
        ((float *)b.x)[i] += 16.0f;
    NEAR(distance_between(kind, &a, &b, o, NULL), value, 1e-4 * value);
    free_samples(&a);
    free_samples(&b);
}

/* Lengths twice as long: half-squares are four times as large. */
static void scale_is_squared(const rc_distance_kind *kind, rc_distance_settings o)
{
    if (!kind->half_square) return;
    rc_sample_set a = make_samples(30, 5, 3, 1.0, 0.3, 9), b = make_samples(27, 5, 3, 1.0, 0.0, 10);
    double value = distance_between(kind, &a, &b, &o, NULL);
    for (int64_t i = 0; i < a.n * a.d; i++)
        ((float *)a.x)[i] *= 2.0f;
    for (int64_t i = 0; i < b.n * b.d; i++)
        ((float *)b.x)[i] *= 2.0f;
    o.sinkhorn.epsilon *= 4.0;
    NEAR(distance_between(kind, &a, &b, &o, NULL), 4.0 * value, 1e-4 * value);
    free_samples(&a);
    free_samples(&b);
}

/* Smooth ones come from float32 sums and need room; a plan of exact transport changes from place to place,
 * and the value has a kink there, so these are looked at closely. */
static float step_for(const rc_distance_kind *kind)
{
    bool exact = strcmp(kind->name, "w1") == 0 || strcmp(kind->name, "w2") == 0 ||
                 strcmp(kind->name, "sliced") == 0 || strcmp(kind->name, "gw") == 0;
    return exact ? 1.0f / 65536.0f : 1.0f / 64.0f;
}

static const double weights[] = {3, 1, 2, 0, 1, 1, 2, 4, 0, 1, 3, 1, 2, 1, 1, 0, 2, 1, 1};

static void gradient_is_that_of_finite_differences(const rc_distance_kind *kind,
                                                   const rc_distance_settings *o, const double *weight)
{
    rc_sample_set a = make_samples(14, 4, 2, 1.0, 0.4, 11), b = make_samples(19, 4, 3, 1.0, 0.0, 12);
    a.weight = b.weight = weight;
    float gradient[14 * 4], *x = (float *)a.x;
    double largest = 0.0;
    (void)distance_between(kind, &a, &b, o, gradient);
    for (int64_t i = 0; i < a.n * a.d; i++)
        largest = fmax(largest, fabs((double)gradient[i]));
    CHECK(largest > 1e-4);
    for (int64_t i = 0; i < a.n * a.d; i++) {
        const float kept = x[i], step = step_for(kind), at[] = {-2, -1, 1, 2};
        double side[4];
        for (int s = 0; s < 4; s++) {
            x[i] = kept + at[s] * step;
            side[s] = distance_between(kind, &a, &b, o, NULL);
        }
        x[i] = kept;
        double slope = (8.0 * (side[2] - side[1]) - (side[3] - side[0])) / (12.0 * (double)step);
        NEAR(gradient[i], slope, 2e-3 * largest);
    }
    free_samples(&a);
    free_samples(&b);
}

static void equal_weights_are_none(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    enum { N = 14, M = 19, D = 4 };
    rc_sample_set a = make_samples(N, D, 2, 1.0, 0.4, 11), b = make_samples(M, D, 3, 1.0, 0.0, 12);
    double equal[M];
    float gradient[N * D], weighted[N * D];
    double value = distance_between(kind, &a, &b, o, gradient);
    for (int i = 0; i < M; i++)
        equal[i] = 0.3;
    a.weight = b.weight = equal;
    NEAR(distance_between(kind, &a, &b, o, weighted), value, 1e-7 * value);
    for (int i = 0; i < N * D; i++)
        NEAR(weighted[i], gradient[i], 1e-6);
    free_samples(&a);
    free_samples(&b);
}

/* s with every sample as often as its weight says; from [count]: which one it was. */
static rc_sample_set repeat_by_weight(const rc_sample_set *s, int64_t *from)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->n; i++)
        for (int k = 0; k < (int)s->weight[i]; k++)
            from[count++] = i;
    rc_sample_set out = make_samples(count, s->d, s->classes, 1.0, 0.0, 0);
    for (int64_t i = 0; i < count; i++) {
        memcpy((float *)out.x + i * s->d, s->x + from[i] * s->d, sizeof(float) * (size_t)s->d);
        ((int32_t *)out.label)[i] = s->label[from[i]];
    }
    return out;
}

/* A sample of weight 2 is two samples, and one of weight 0 is none. mmd and coral also count samples, for a
 * bandwidth and for n - 1; for them weights are only 0 or 1 here. */
static void weights_repeat_samples(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    enum { N = 14, M = 19, D = 4 };
    rc_sample_set a = make_samples(N, D, 2, 1.0, 0.4, 21), b = make_samples(M, D, 3, 1.0, 0.0, 22);
    bool counts = strcmp(kind->name, "mmd") == 0 || strcmp(kind->name, "coral") == 0;
    double weight[M], slope[N * D] = {0};
    float gradient[N * D], repeated[4 * N * D];
    int64_t from[4 * M];
    for (int i = 0; i < M; i++)
        weight[i] = counts ? fmin(weights[i], 1.0) : weights[i];
    a.weight = b.weight = weight;
    rc_sample_set many_b = repeat_by_weight(&b, from), many_a = repeat_by_weight(&a, from);
    double value = distance_between(kind, &many_a, &many_b, o, repeated);
    NEAR(distance_between(kind, &a, &b, o, gradient), value, 2e-6 * value);
    for (int64_t i = 0; i < many_a.n * D; i++)
        slope[from[i / D] * D + i % D] += (double)repeated[i];
    for (int i = 0; i < N * D; i++)
        NEAR(gradient[i], slope[i], 2e-5);
    free_samples(&a);
    free_samples(&b);
    free_samples(&many_a);
    free_samples(&many_b);
}

static void same_bits_for_any_number_of_threads(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    enum { N = 60, D = 20 };
    rc_sample_set a = make_samples(N, D, 3, 1.0, 0.2, 14), b = make_samples(150, D, 4, 1.0, 0.0, 15);
    static float one[N * D], three[N * D];
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    double value = distance_between(kind, &a, &b, o, one);
    omp_set_num_threads(3);
    CHECK(distance_between(kind, &a, &b, o, three) == value);
    CHECK(memcmp(one, three, sizeof one) == 0);
    omp_set_num_threads(threads);
    free_samples(&a);
    free_samples(&b);
}

static void bad_input_is_refused(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    rc_sample_set a = make_samples(6, 2, 2, 1.0, 0.0, 16), b = make_samples(5, 2, 2, 1.0, 0.0, 17);
    rc_sample_set narrow = {b.x, 5, 1, b.label, 2, NULL, false}, none = {a.x, 0, 2, a.label, 2, NULL, false};
    rc_distance *to;
    rc_measured found;
    FAILS(RC_SHAPE, "at least one", rc_distance_create(kind, &none, o, &to));
    OK(rc_distance_create(kind, &b, o, &to));
    if (kind->widths)
        OK(rc_distance_measure(to, &narrow, &found, NULL));
    else
        FAILS(RC_SHAPE, "must agree", rc_distance_measure(to, &narrow, &found, NULL));
    ((float *)a.x)[3] = INFINITY;
    FAILS(RC_NUMERIC, "sample 1, value 1", rc_distance_measure(to, &a, &found, NULL));
    ((float *)a.x)[3] = 0.0f;
    ((int32_t *)a.label)[4] = 2;
    if (kind->labels) FAILS(RC_DATA, "label 4 is 2", rc_distance_measure(to, &a, &found, NULL));
    rc_sample_set bare = {a.x, a.n, a.d, NULL, a.classes, NULL, false};
    if (kind->labels) FAILS(RC_DATA, "needs the labels", rc_distance_measure(to, &bare, &found, NULL));
    ((int32_t *)a.label)[4] = 0;
    double weight[6] = {1, 2, -1, 0, 0, 0};
    a.weight = weight;
    FAILS(RC_NUMERIC, "weight 2 of a is -1", rc_distance_measure(to, &a, &found, NULL));
    weight[0] = weight[1] = weight[2] = 0.0;
    FAILS(RC_NUMERIC, "sum to 0", rc_distance_measure(to, &a, &found, NULL));
    rc_distance_destroy(&to);
    free_samples(&a);
    free_samples(&b);
}

/* Every allocation may fail: the failure is passed on and nothing is lost (the leak checker watches). */
static void memory_may_run_out(const rc_distance_kind *kind, const rc_distance_settings *o)
{
    rc_sample_set a = make_samples(10, 3, 2, 1.0, 0.0, 18), b = make_samples(12, 3, 2, 1.0, 0.3, 19);
    a.weight = b.weight = weights;
    float gradient[30];
    rc_status status = RC_MEMORY;
    uint64_t k = 0;
    while (status == RC_MEMORY && k < 2000) {
        rc_distance *to = NULL;
        rc_measured found;
        rc_alloc_fail_at(++k);
        status = rc_distance_create(kind, &b, o, &to);
        if (status == RC_OK) status = rc_distance_measure(to, &a, &found, gradient);
        rc_distance_destroy(&to);
    }
    rc_alloc_fail_at(0);
    CHECK(status == RC_OK && k > 3);
    free_samples(&a);
    free_samples(&b);
}

static void check_all(const rc_distance_kind *kind, rc_distance_settings o)
{
    int before = check_failures;
    nothing_from_itself(kind, &o);
    never_negative_and_symmetric(kind, &o);
    order_does_not_matter(kind, &o);
    place_does_not_matter(kind, &o);
    scale_is_squared(kind, o);
    gradient_is_that_of_finite_differences(kind, &o, NULL);
    gradient_is_that_of_finite_differences(kind, &o, weights);
    equal_weights_are_none(kind, &o);
    weights_repeat_samples(kind, &o);
    same_bits_for_any_number_of_threads(kind, &o);
    bad_input_is_refused(kind, &o);
    memory_may_run_out(kind, &o);
    fprintf(stderr, "%s %s%s\n", check_failures == before ? "ok  " : "FAIL", kind->name,
            kind->labels && o.exact_labels ? ", exact distances between labels" : "");
}

int main(void)
{
    const rc_distance_kind *found;
    for (const rc_distance_kind *const *kind = rc_distance_table; *kind; kind++) {
        rc_distance_settings o = settings();
        check_all(*kind, o);
        o.exact_labels = true;
        if ((*kind)->labels) check_all(*kind, o);
        CHECK(rc_distance_find((*kind)->name, &found) == RC_OK && found == *kind);
    }
    FAILS(RC_CONFIG, "known: sinkhorn, w1", rc_distance_find("euclid", &found));
    return RESULT();
}
