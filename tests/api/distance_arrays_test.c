/* Distances and entropies of arrays: gradients against finite differences, plans against their marginals. */
#include "check.h"

#include "base/rng.h"
#include "recraft/recraft.h"

enum { N = 7, M = 5, D = 3, K = 4 };

typedef struct clouds {
    float a[N * D], b[M * D];
    int64_t label_a[N];
    uint8_t label_b[M];
    rc_view va, vb, la, lb;
    rc_points pa, pb;
} clouds;

static void make(clouds *c)
{
    rc_rng rng = rc_rng_make(3, "points", 0);
    for (int i = 0; i < N * D; i++)
        c->a[i] = (float)rc_rng_normal(&rng);
    for (int i = 0; i < M * D; i++)
        c->b[i] = (float)rc_rng_normal(&rng) + 0.5f;
    for (int i = 0; i < N; i++)
        c->label_a[i] = i % 2 ? -70 : 900;
    for (int i = 0; i < M; i++)
        c->label_b[i] = (uint8_t)(i % 2);
    c->va = RC_VIEW(c->a, RC_DTYPE_F32, N, D);
    c->vb = RC_VIEW(c->b, RC_DTYPE_F32, M, D);
    c->la = RC_VIEW(c->label_a, RC_DTYPE_I64, N);
    c->lb = RC_VIEW(c->label_b, RC_DTYPE_U8, M);
    c->pa = (rc_points){.size = sizeof(rc_points), .x = &c->va, .labels = &c->la};
    c->pb = (rc_points){.size = sizeof(rc_points), .x = &c->vb, .labels = &c->lb};
}

static double value_of(const clouds *c, const char *name)
{
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    if (rc_distance_between(NULL, name, &c->pa, &c->pb, NULL, NULL, NULL, &r) != RC_OK) return NAN;
    return r.value;
}

TEST(gradients_are_slopes)
{
    rc_distance_about about = RC_DISTANCE_ABOUT_INIT;
    clouds c;
    make(&c);
    for (int64_t row = 0; rc_distance_at(row, &about); row++) {
        double grad[N * D];
        rc_view g = RC_VIEW(grad, RC_DTYPE_F64, N, D);
        rc_distance_result r = RC_DISTANCE_RESULT_INIT;
        OK(rc_distance_between(NULL, about.name, &c.pa, &c.pb, NULL, &g, NULL, &r));
        CHECK(r.value > 0 && r.n == N && r.m == M && r.d == D && r.converged);
        CHECK((r.iterations > 0) == (r.epsilon > 0 || r.local));
        for (int k = 0; k < N * D; k += 4) {
            float here = c.a[k], step = 1.0f / 256;
            c.a[k] = here + step;
            double up = value_of(&c, about.name);
            c.a[k] = here - step;
            double down = value_of(&c, about.name);
            c.a[k] = here;
            NEAR(grad[k], (up - down) / (2.0 * (double)step), 3e-3 * (1 + fabs(grad[k])));
        }
    }
    CHECK(!rc_distance_at(-1, &about));
}

TEST(plans_keep_the_mass)
{
    static const char *const name[] = {"w1", "w2", "sinkhorn", "otdd", "gw"};
    clouds c;
    make(&c);
    for (size_t q = 0; q < sizeof name / sizeof *name; q++) {
        double plan[N * M];
        rc_view p = RC_VIEW(plan, RC_DTYPE_F64, N, M);
        rc_distance_result r = RC_DISTANCE_RESULT_INIT;
        OK(rc_distance_between(NULL, name[q], &c.pa, &c.pb, NULL, NULL, &p, &r));
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < M; j++)
                sum += plan[i * M + j];
            NEAR(sum, 1.0 / N, 1e-9);
        }
        for (int j = 0; j < M; j++) {
            double sum = 0;
            for (int i = 0; i < N; i++)
                sum += plan[i * M + j];
            NEAR(sum, 1.0 / M, 2e-6);
        }
    }
    float some[N * M];
    rc_view p = RC_VIEW(some, RC_DTYPE_F32, N, M);
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    FAILS(RC_UNSUPPORTED, "no transport plan",
          rc_distance_between(NULL, "mmd", &c.pa, &c.pb, NULL, NULL, &p, &r));
}

/* A sample of weight 2 is two samples. */
TEST(weights_count_samples)
{
    const float a[] = {0, 3, 3}, b[] = {1, 5};
    const int32_t weight[] = {1, 2};
    rc_view three = RC_VIEW(a, RC_DTYPE_F32, 3, 1), two = RC_VIEW(a, RC_DTYPE_F32, 2, 1);
    rc_view vb = RC_VIEW(b, RC_DTYPE_F32, 2, 1), w = RC_VIEW(weight, RC_DTYPE_I32, 2);
    rc_points pb = {.size = sizeof pb, .x = &vb};
    rc_distance_result r = RC_DISTANCE_RESULT_INIT, s = RC_DISTANCE_RESULT_INIT;
    OK(rc_distance_between(NULL, "w2", &(rc_points){.size = sizeof(rc_points), .x = &three}, &pb, NULL, NULL,
                           NULL, &r));
    OK(rc_distance_between(NULL, "w2", &(rc_points){.size = sizeof(rc_points), .x = &two, .weights = &w}, &pb,
                           NULL, NULL, NULL, &s));
    NEAR(r.value, s.value, 1e-12);
    double plan[4];
    const int32_t none[] = {1, 0};
    rc_view some = RC_VIEW(none, RC_DTYPE_I32, 2), p = RC_VIEW(plan, RC_DTYPE_F64, 2, 2);
    OK(rc_distance_between(NULL, "sinkhorn", &(rc_points){.size = sizeof(rc_points), .x = &three}, &pb, NULL,
                           NULL, NULL, &r));
    OK(rc_distance_between(NULL, "sinkhorn",
                           &(rc_points){.size = sizeof(rc_points), .x = &two, .weights = &w}, &pb, NULL, NULL,
                           &p, &s));
    NEAR(r.value, s.value, 1e-6);
    NEAR(plan[0] + plan[1], 1.0 / 3.0, 1e-9);
    NEAR(plan[0] + plan[2], 0.5, 1e-6);
    OK(rc_distance_between(
        NULL, "otdd", &(rc_points){.size = sizeof(rc_points), .x = &two, .weights = &some, .labels = &w},
        &(rc_points){.size = sizeof(rc_points), .x = &vb, .labels = &w}, NULL, NULL, &p, &s));
    CHECK(s.n == 2 && plan[2] == 0.0 && plan[3] == 0.0);
    NEAR(plan[0] + plan[1], 1.0, 1e-9);
}

TEST(wrong_arrays_are_named)
{
    clouds c;
    make(&c);
    rc_distance_result r = RC_DISTANCE_RESULT_INIT, unset = {0};
    rc_points bare = {.size = sizeof bare, .x = &c.va};
    FAILS(RC_CONFIG, "a.labels", rc_distance_between(NULL, "otdd", &bare, &c.pb, NULL, NULL, NULL, &r));
    FAILS(RC_CONFIG, "known: sinkhorn",
          rc_distance_between(NULL, "euclid", &bare, &c.pb, NULL, NULL, NULL, &r));
    FAILS(RC_CONFIG, "initialiser", rc_distance_between(NULL, "w1", &bare, &c.pb, NULL, NULL, NULL, &unset));
    c.vb.shape[1] = 2;
    FAILS(RC_SHAPE, "must be equal", rc_distance_between(NULL, "w1", &bare, &c.pb, NULL, NULL, NULL, &r));
    CHECK(rc_context_status(NULL) == RC_SHAPE && strstr(rc_context_error(NULL), "must be equal"));
    OK(rc_distance_between(NULL, "gw", &bare, &c.pb, NULL, NULL, NULL, &r));
    CHECK(r.value > 0 && r.d == D && r.d_b == 2 && r.local);
    c.vb.shape[1] = D;
    c.b[4] = NAN;
    FAILS(RC_DATA, "b: row 1, column 1", rc_distance_between(NULL, "w1", &bare, &c.pb, NULL, NULL, NULL, &r));
}

TEST(entropies)
{
    double p[6 * K], grad[6 * K];
    const int8_t label[] = {5, 5, 9, 9, 9, -1};
    rc_rng rng = rc_rng_make(4, "p", 0);
    for (int i = 0; i < 6; i++) {
        double sum = 0;
        for (int k = 0; k < K; k++)
            sum += p[i * K + k] = 0.1 + rc_rng_uniform(&rng);
        for (int k = 0; k < K; k++)
            p[i * K + k] /= sum;
    }
    rc_view vp = RC_VIEW(p, RC_DTYPE_F64, 6, K), vl = RC_VIEW(label, RC_DTYPE_I8, 6);
    rc_view vg = RC_VIEW(grad, RC_DTYPE_F64, 6, K);
    rc_entropy_result r = RC_ENTROPY_RESULT_INIT, up = RC_ENTROPY_RESULT_INIT;
    OK(rc_entropy(NULL, &vp, &vl, 1, 0, &vg, &r));
    NEAR(r.information, r.entropy - r.conditional_entropy, 1e-12);
    NEAR(r.used_labels, exp(r.entropy), 1e-9);
    CHECK(r.information > 0);
    /* Along p - q, within the probabilities. */
    double slope = grad[0] - grad[1], step = 1e-3;
    p[0] += step, p[1] -= step;
    OK(rc_entropy(NULL, &vp, &vl, 1, 0, NULL, &up));
    NEAR((up.conditional_entropy - r.conditional_entropy) / step, slope, 1e-2);
    p[2] = 3;
    FAILS(RC_DATA, "row 0 sums to", rc_entropy(NULL, &vp, &vl, 1, 0, NULL, &r));
}

int main(void)
{
    RUN(gradients_are_slopes);
    RUN(plans_keep_the_mass);
    RUN(weights_count_samples);
    RUN(wrong_arrays_are_named);
    RUN(entropies);
    return RESULT();
}
