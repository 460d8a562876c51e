/* k-means: finds what is there, never gets worse, and does the same again. */
#include "base/memory.h"
#include "base/rng.h"
#include "check.h"
#include "transport/transport.h"

/* Point i belongs to blob i % k; blobs stand `apart` from each other along their own axes (d >= k). */
static float *make_blobs(int64_t n, int64_t d, int k, double apart)
{
    float *x;
    rc_rng rng = rc_rng_make(4, "blobs", 0);
    if (RC_NEW(&x, n * d) != RC_OK) abort();
    for (int64_t i = 0; i < n * d; i++)
        x[i] = (float)rc_rng_normal(&rng);
    for (int64_t i = 0; i < n; i++)
        x[i * d + i % k] += (float)apart;
    return x;
}

static double inertia(const float *x, int64_t n, int64_t d, const float *centres, const int32_t *label)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t q = 0; q < d; q++) {
            double delta = (double)x[i * d + q] - (double)centres[label[i] * d + q];
            sum += delta * delta;
        }
    }
    return sum;
}

static void recover_blobs(int64_t n, int64_t d, int k)
{
    float *x = make_blobs(n, d, k, 40.0), *centres = NULL;
    int32_t *label = NULL;
    OK(RC_NEW(&label, n));
    OK(RC_NEW(&centres, k * d));
    for (uint64_t seed = 0; seed < 5; seed++) {
        int64_t wrong = 0;
        OK(rc_kmeans(x, n, d, k, seed, 50, label, centres, NULL));
        for (int64_t i = 0; i < n; i++)
            wrong += label[i] != label[i % k];
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < i; j++)
                CHECK(label[i] != label[j]);
        }
        CHECK(wrong == 0);
        for (int i = 0; i < k; i++)
            NEAR(centres[label[i] * d + i], 40.0, 1.0);
    }
    rc_free(x);
    rc_free(label);
    rc_free(centres);
}

TEST(separated_blobs_are_recovered)
{
    recover_blobs(400, 12, 10);
    recover_blobs(2500, 3, 3);
}

TEST(mini_batches_recover_them_too)
{
    recover_blobs(12000, 6, 5);
}

TEST(inertia_never_grows)
{
    enum { COUNT = 300, WIDTH = 3, CLUSTERS = 10 };
    float *x = make_blobs(COUNT, WIDTH, 3, 1.0), centres[CLUSTERS * WIDTH];
    int32_t label[COUNT];
    double before = INFINITY, first = 0.0;
    bool converged = true;
    for (int iterations = 1; iterations < 30; iterations++) {
        OK(rc_kmeans(x, COUNT, WIDTH, CLUSTERS, 1, iterations, label, centres, &converged));
        CHECK(iterations > 2 || !converged);
        double now = inertia(x, COUNT, WIDTH, centres, label);
        CHECK(now <= before * (1.0 + 1e-6));
        if (iterations == 1) first = now;
        before = now;
    }
    CHECK(before < 0.99 * first);
    OK(rc_kmeans(x, COUNT, WIDTH, CLUSTERS, 1, 1000, label, centres, &converged));
    CHECK(converged);
    rc_free(x);
}

TEST(same_seed_same_labels)
{
    enum { COUNT = 11000, WIDTH = 4 };
    float *x = make_blobs(COUNT, WIDTH, 4, 2.0);
    int32_t *one = NULL, *two = NULL;
    OK(RC_NEW(&one, COUNT));
    OK(RC_NEW(&two, COUNT));
    for (int64_t n = 1000; n <= COUNT; n += 10000) {
        size_t bytes = sizeof *one * (size_t)n;
        OK(rc_kmeans(x, n, WIDTH, 7, 9, 20, one, NULL, NULL));
        OK(rc_kmeans(x, n, WIDTH, 7, 9, 20, two, NULL, NULL));
        CHECK(memcmp(one, two, bytes) == 0);
        OK(rc_kmeans(x, n, WIDTH, 7, 10, 20, two, NULL, NULL));
        CHECK(memcmp(one, two, bytes) != 0);
    }
    rc_free(x);
    rc_free(one);
    rc_free(two);
}

/* Fewer different points than clusters: none stays empty. */
TEST(no_cluster_is_empty)
{
    const float x[] = {1, 1, 1, 1, 1, 5, 5, 5};
    int32_t label[8];
    int count[4] = {0};
    OK(rc_kmeans(x, 8, 1, 4, 0, 10, label, NULL, NULL));
    for (int i = 0; i < 8; i++) {
        REQUIRE(label[i] >= 0 && label[i] < 4);
        count[label[i]]++;
    }
    for (int i = 0; i < 4; i++)
        CHECK(count[i] > 0);
    OK(rc_kmeans(x, 8, 1, 8, 0, 10, label, NULL, NULL));
    OK(rc_kmeans(x, 8, 1, 1, 0, 10, label, NULL, NULL));
    for (int i = 0; i < 8; i++)
        CHECK(label[i] == 0);
}

TEST(bad_input_is_refused)
{
    const float x[] = {1, NAN, 3};
    int32_t label[3];
    FAILS(RC_CONFIG, "1 to 3 clusters", rc_kmeans(x, 3, 1, 4, 0, 10, label, NULL, NULL));
    FAILS(RC_CONFIG, "clusters", rc_kmeans(x, 3, 1, 0, 0, 10, label, NULL, NULL));
    FAILS(RC_SHAPE, "at least one", rc_kmeans(x, 0, 1, 1, 0, 10, label, NULL, NULL));
    FAILS(RC_NUMERIC, "point 1", rc_kmeans(x, 3, 1, 2, 0, 10, label, NULL, NULL));
}

int main(void)
{
    RUN(separated_blobs_are_recovered);
    RUN(mini_batches_recover_them_too);
    RUN(inertia_never_grows);
    RUN(same_seed_same_labels);
    RUN(no_cluster_is_empty);
    RUN(bad_input_is_refused);
    return RESULT();
}
