/* Distances between samples of the same class alone. */
#include "points.h"

enum { N = 15, M = 24, D = 3, K = 3 };

static rc_measured measure(const rc_distance_kind *kind, const rc_sample_set *a, const rc_sample_set *b,
                           double *plan, float *grad)
{
    rc_distance_settings o = rc_distance_defaults();
    rc_measured found = {.value = NAN};
    o.sinkhorn.passes = RC_PASSES_ALONE;
    o.plan = plan;
    CHECK(rc_distance_by_class(kind, &o, a, b, &found, grad) == RC_OK);
    return found;
}

/* For every kind that has no use for labels of its own. */
static const rc_distance_kind *each(int i)
{
    const rc_distance_kind *kind = rc_distance_table[i];
    return kind && kind->labels ? each(i + 1) : kind;
}

TEST(one_class_is_the_distance)
{
    rc_sample_set a = make_samples(N, D, 1, 1.0, 0.3, 41), b = make_samples(M, D, 1, 1.0, 0.0, 42);
    for (int i = 0; each(i); i++) {
        rc_distance_settings o = rc_distance_defaults();
        o.sinkhorn.passes = RC_PASSES_ALONE;
        float grad[N * D], whole[N * D];
        double want = distance_between(each(i), &a, &b, &o, whole);
        NEAR(measure(each(i), &a, &b, NULL, grad).value, want, 1e-6 * want);
        for (int k = 0; k < N * D; k++)
            NEAR(grad[k], whole[k], 1e-5);
    }
    free_samples(&a);
    free_samples(&b);
}

/* A sample of weight 2 is two samples, one of weight 0 is none, on either side. */
TEST(weights_count_samples)
{
    rc_sample_set a = make_samples(N, D, K, 1.0, 0.3, 47), b = make_samples(M, D, K, 1.0, 0.0, 48);
    float twice[2 * M * D];
    int32_t label[2 * M];
    double weight_a[N], weight_b[M];
    for (int i = 0; i < N; i++)
        weight_a[i] = i == 0 || i > N - 4 ? 0 : 3;
    for (int j = 0; j < M; j++)
        weight_b[j] = 1 + j % 2;
    int n = 0, m = 0;
    for (int j = 0; j < M; j++)
        for (int k = 0; k <= j % 2; k++, m++) {
            memcpy(twice + m * D, b.x + j * D, D * sizeof *twice);
            label[m] = b.label[j];
        }
    float some[N * D];
    int32_t some_label[N];
    for (int i = 0; i < N; i++) {
        if (weight_a[i] == 0) continue;
        memcpy(some + n * D, a.x + i * D, D * sizeof *some);
        some_label[n++] = a.label[i];
    }
    rc_sample_set fewer = {some, n, D, some_label, K, NULL, false},
                  more = {twice, m, D, label, K, NULL, false};
    for (int i = 0; each(i); i++) {
        float grad[N * D], of_fewer[N * D];
        bool counts =
            strcmp(each(i)->name, "mmd") == 0 || each(i)->several; /* samples, whatever they weigh */
        if (counts) continue;
        double want = measure(each(i), &fewer, &more, NULL, of_fewer).value;
        a.weight = weight_a, b.weight = weight_b;
        NEAR(measure(each(i), &a, &b, NULL, grad).value, want, 1e-4 * want);
        for (int k = 0; k < D; k++) {
            CHECK(grad[k] == 0);
            NEAR(grad[D + k], of_fewer[k], 1e-3);
        }
        a.weight = b.weight = NULL;
    }
    free_samples(&a);
    free_samples(&b);
}

TEST(gradients_are_slopes)
{
    rc_sample_set a = make_samples(N, D, K, 1.0, 0.3, 43), b = make_samples(M, D, K, 1.0, 0.0, 44);
    float *x = (float *)a.x;
    for (int i = 0; each(i); i++) {
        float grad[N * D], slope[N * D];
        CHECK(measure(each(i), &a, &b, NULL, grad).value > 0);
        for (int k = 0; k < N * D; k += 7) {
            float here = x[k], step = 1.0f / 4096;
            x[k] = here + step;
            double up = measure(each(i), &a, &b, NULL, slope).value;
            x[k] = here - step;
            double down = measure(each(i), &a, &b, NULL, NULL).value;
            x[k] = here;
            NEAR(grad[k], (up - down) / (2.0 * (double)step), 5e-3);
        }
    }
    free_samples(&a);
    free_samples(&b);
}

/* Unlike the mean over classes, gw sees how classes lie to each other. */
TEST(lengths_between_classes_count)
{
    rc_sample_set a = make_samples(N, D, K, 1.0, 0.0, 45), b = make_samples(M, D + 2, K, 1.0, 0.0, 46);
    rc_distance_settings o = rc_distance_defaults();
    double plan[N * M], free_value = distance_between(&rc_distance_gw, &a, &b, &o, NULL);
    rc_measured found = measure(&rc_distance_gw, &a, &b, plan, NULL);
    CHECK(found.how.converged && found.value > free_value);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < M; j++) {
            sum += plan[i * M + j];
            if (a.label[i] != b.label[j]) NEAR(plan[i * M + j], 0, 1e-14); /* weights are rounded */
        }
        NEAR(sum, 1.0 / N, 1e-12);
    }
    NEAR(measure(&rc_distance_gw, &a, &a, NULL, NULL).value, 0, 1e-12);
    rc_sample_set moved = make_samples(N, D, K, 1.0, 0.0, 45);
    for (int i = 0; i < N * D; i++)
        ((float *)moved.x)[i] += moved.label[i / D] == 1 ? 5.0f : 0.0f;
    CHECK(measure(&rc_distance_gw, &moved, &a, NULL, NULL).value > 0.5);
    free_samples(&a);
    free_samples(&b);
    free_samples(&moved);
}

/* A class that one side lacks is left out, with a gradient of 0; none in common is no distance. */
TEST(classes_that_are_missing)
{
    rc_sample_set a = make_samples(N, D, K, 1.0, 0.3, 47), b = make_samples(M, D, K, 1.0, 0.0, 48);
    for (int j = 0; j < M; j++)
        ((int32_t *)b.label)[j] = j % 2;
    for (int i = 0; each(i); i++) {
        float grad[N * D];
        CHECK(measure(each(i), &a, &b, NULL, grad).value > 0);
        for (int k = 0; k < N * D; k++)
            CHECK(a.label[k / D] != 2 || grad[k] == 0);
    }
    for (int j = 0; j < M; j++)
        ((int32_t *)b.label)[j] = 2;
    for (int i = 0; i < N; i++)
        ((int32_t *)a.label)[i] = i % 2;
    float grad[N * D];
    rc_measured none = measure(&rc_distance_gw, &a, &b, NULL, grad);
    CHECK(none.value == 0 && none.how.converged && grad[0] == 0 && grad[N * D - 1] == 0);
    rc_distance_settings o = rc_distance_defaults();
    b.classes = K + 1;
    FAILS(RC_SHAPE, "must be the same", rc_distance_by_class(&rc_distance_w1, &o, &a, &b, &none, NULL));
    free_samples(&a);
    free_samples(&b);
}

/* Every allocation may fail. */
TEST(memory_may_run_out)
{
    rc_sample_set a = make_samples(N, D, K, 1.0, 0.3, 49), b = make_samples(M, D, K, 1.0, 0.0, 50);
    const rc_distance_kind *const kinds[] = {&rc_distance_gw, &rc_distance_w1};
    rc_distance_settings o = rc_distance_defaults();
    for (int i = 0; i < 2; i++) {
        rc_status status = RC_MEMORY;
        uint64_t k = 0;
        while (status == RC_MEMORY && k < 2000) {
            float grad[N * D];
            rc_measured found;
            rc_alloc_fail_at(++k);
            status = rc_distance_by_class(kinds[i], &o, &a, &b, &found, grad);
        }
        rc_alloc_fail_at(0);
        CHECK(status == RC_OK && k > 3);
    }
    free_samples(&a);
    free_samples(&b);
}

int main(void)
{
    RUN(one_class_is_the_distance);
    RUN(weights_count_samples);
    RUN(gradients_are_slopes);
    RUN(lengths_between_classes_count);
    RUN(classes_that_are_missing);
    RUN(memory_may_run_out);
    return RESULT();
}
