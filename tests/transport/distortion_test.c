/* Feature-label distortion: known values, conventions, and the gradient against the whole-class computation.
 */
#include "base/rng.h"
#include "check.h"
#include "transport/transport.h"

enum { N = 23, SOURCE = 5, TARGET = 4 };

/* Predictions as softmax of random scores; class 3 gets no samples. */
static void make_batch(double *p, int32_t *label)
{
    rc_rng rng = rc_rng_make(3, "distortion", 0);
    for (int i = 0; i < N; i++) {
        double sum = 0.0;
        label[i] = (int32_t)rc_rng_below(&rng, TARGET - 1);
        for (int k = 0; k < SOURCE; k++)
            sum += p[i * SOURCE + k] = exp(rc_rng_normal(&rng));
        for (int k = 0; k < SOURCE; k++)
            p[i * SOURCE + k] /= sum;
    }
}

static double entropy(const double *p)
{
    double h = 0.0;
    for (int k = 0; k < SOURCE; k++)
        h -= p[k] > 0.0 ? p[k] * log(p[k]) : 0.0;
    return h;
}

/* Straight from the definition, over the whole data set at once, in double. */
static void brute_force(const double *p, const int32_t *label, double *conditional, double *all)
{
    double mean[SOURCE] = {0};
    *conditional = 0.0;
    for (int c = 0; c < TARGET; c++) {
        double of_class[SOURCE] = {0};
        int count = 0;
        for (int i = 0; i < N; i++) {
            count += label[i] == c;
            for (int k = 0; k < SOURCE && label[i] == c; k++)
                of_class[k] += p[i * SOURCE + k];
        }
        for (int k = 0; k < SOURCE; k++) {
            mean[k] += of_class[k] / N;
            of_class[k] /= count ? count : 1;
        }
        *conditional += (double)count / N * entropy(of_class);
    }
    *all = entropy(mean);
}

static void to_float(const double *p, float *out)
{
    for (int i = 0; i < N * SOURCE; i++)
        out[i] = (float)p[i];
}

/* In two batches, as training does. */
static void fill(rc_distortion *d, const float *p, const int32_t *label)
{
    rc_distortion_add(d, 9, p, label);
    rc_distortion_add(d, N - 9, p + 9 * SOURCE, label + 9);
}

TEST(values_are_the_definition)
{
    double p[N * SOURCE], conditional, all;
    float rounded[N * SOURCE];
    int32_t label[N];
    rc_distortion d;
    make_batch(p, label);
    to_float(p, rounded);
    brute_force(p, label, &conditional, &all);
    OK(rc_distortion_create(TARGET, SOURCE, &d));
    fill(&d, rounded, label);
    rc_distortion_values v = rc_distortion_evaluate(&d);
    NEAR(v.conditional_entropy, conditional, 1e-6);
    NEAR(v.entropy, all, 1e-6);
    NEAR(v.information, all - conditional, 1e-6);
    NEAR(v.used_classes, exp(all), 1e-5);
    CHECK(v.information > 0.0);
    rc_distortion_clear(&d);
    fill(&d, rounded, label);
    CHECK(rc_distortion_evaluate(&d).entropy == v.entropy);
    rc_distortion_free(&d);
}

static double loss(const double *p, const int32_t *label, double w_conditional, double w_information)
{
    double conditional, all;
    brute_force(p, label, &conditional, &all);
    return w_conditional * conditional - w_information * (all - conditional);
}

static void check_gradient(double w_conditional, double w_information)
{
    double p[N * SOURCE];
    float rounded[N * SOURCE], gradient[N * SOURCE];
    int32_t label[N];
    rc_distortion d;
    make_batch(p, label);
    to_float(p, rounded);
    OK(rc_distortion_create(TARGET, SOURCE, &d));
    fill(&d, rounded, label);
    rc_distortion_gradient(&d, w_conditional, w_information, 9, label, gradient);
    rc_distortion_gradient(&d, w_conditional, w_information, N - 9, label + 9, gradient + 9 * SOURCE);
    for (int i = 0; i < N * SOURCE; i++) {
        const double kept = p[i], step = 1e-5;
        p[i] = kept + step;
        double above = loss(p, label, w_conditional, w_information);
        p[i] = kept - step;
        double below = loss(p, label, w_conditional, w_information);
        p[i] = kept;
        NEAR(gradient[i], (above - below) / (2.0 * step), 1e-6);
    }
    rc_distortion_free(&d);
}

TEST(gradient_is_that_of_the_whole_class)
{
    check_gradient(1.0, 0.0);
    check_gradient(0.0, 1.0);
    check_gradient(0.7, 1.3);
}

/* One source class per target class: nothing is uncertain. Never-predicted classes cost nothing, and their
 * gradient is large and finite. */
TEST(certain_predictions)
{
    const float p[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0};
    const int32_t label[] = {0, 0, 1, 1};
    float gradient[12];
    rc_distortion d;
    OK(rc_distortion_create(2, 3, &d));
    rc_distortion_add(&d, 4, p, label);
    rc_distortion_values v = rc_distortion_evaluate(&d);
    NEAR(v.conditional_entropy, 0.0, 1e-12);
    NEAR(v.information, log(2.0), 1e-12);
    NEAR(v.used_classes, 2.0, 1e-12);
    rc_distortion_gradient(&d, 1.0, 0.0, 4, label, gradient);
    NEAR(gradient[0], -0.25, 1e-6);
    NEAR(gradient[2], -0.25 * (log(1e-12) + 1.0), 1e-5);
    rc_distortion_free(&d);
}

TEST(no_samples_at_all)
{
    const int32_t label[] = {1};
    float gradient[3] = {NAN, NAN, NAN};
    rc_distortion d;
    OK(rc_distortion_create(2, 3, &d));
    rc_distortion_values v = rc_distortion_evaluate(&d);
    CHECK(v.conditional_entropy == 0.0 && v.entropy == 0.0 && v.used_classes == 1.0);
    rc_distortion_gradient(&d, 1.0, 1.0, 1, label, gradient);
    for (int k = 0; k < 3; k++)
        CHECK(gradient[k] == 0.0f);
    rc_distortion_free(&d);
    FAILS(RC_SHAPE, "at least one of each", rc_distortion_create(0, 3, &d));
}

/* By the definition, in double. */
static double leep_of(int n, const float *p, const int32_t *label)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double q = 0;
        for (int k = 0; k < SOURCE; k++) {
            double own = 0, all = 0;
            for (int j = 0; j < n; j++) {
                all += (double)p[j * SOURCE + k];
                if (label[j] == label[i]) own += (double)p[j * SOURCE + k];
            }
            q += own / all * (double)p[i * SOURCE + k];
        }
        sum += log(q) / n;
    }
    return sum;
}

TEST(leep_and_its_gradient)
{
    static float p[N * SOURCE], gradient[N * SOURCE];
    static int32_t label[N];
    double value;
    rc_rng rng = rc_rng_make(12, "leep", 0);
    for (int i = 0; i < N; i++) {
        label[i] = i % TARGET;
        for (int k = 0; k < SOURCE; k++)
            p[i * SOURCE + k] = (float)(0.1 + rc_rng_uniform(&rng));
    }
    OK(rc_leep(N, SOURCE, TARGET, p, label, &value, gradient));
    NEAR(value, leep_of(N, p, label), 1e-10);
    for (int i = 0; i < N * SOURCE; i++) {
        float at = p[i], up = at + 1e-2f, down = at - 1e-2f;
        p[i] = up;
        double high = leep_of(N, p, label);
        p[i] = down;
        double low = leep_of(N, p, label);
        p[i] = at;
        NEAR(gradient[i], -(high - low) / ((double)up - (double)down), 1e-4);
    }
}

/* All samples sent to one source class: nothing is known but the shares of the classes. */
TEST(leep_gains_nothing_by_collapse)
{
    static float p[N * SOURCE], gradient[N * SOURCE];
    static int32_t label[N];
    double value, of_classes = 0;
    for (int i = 0; i < N; i++) {
        label[i] = i % 2;
        p[i * SOURCE + 1] = 1;
    }
    for (int c = 0; c < 2; c++) {
        double share = (double)((N + 1 - c) / 2) / N;
        of_classes -= share * log(share);
    }
    OK(rc_leep(N, SOURCE, TARGET, p, label, &value, gradient));
    NEAR(value, -of_classes, 1e-12);
}

int main(void)
{
    RUN(values_are_the_definition);
    RUN(gradient_is_that_of_the_whole_class);
    RUN(certain_predictions);
    RUN(no_samples_at_all);
    RUN(leep_and_its_gradient);
    RUN(leep_gains_nothing_by_collapse);
    return RESULT();
}
