/* Losses of counts, quantiles, risks, ordered classes and classes of points: against statsmodels and
 * scikit-learn (tools/golden/targets.py), and by finite differences through the whole loss. */
#include "check.h"
#include "test_devices.h"

#include <math.h>

#include "formats/json.h"
#include "ops/ops.h"
#include "tasks/task.h"

enum { MAX = 128 };

static int64_t floats(const rc_json *list, float *out)
{
    int64_t n = (int64_t)rc_json_length(list);
    CHECK(n <= MAX);
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)rc_json_as_number(rc_json_at(list, (size_t)i));
    return n;
}

/* The batch's losses for these outputs [n, width], and the gradient of their mean. */
static void run(rc_device *d, const rc_task *t, const rc_batch *b, int64_t width, const float *output,
                float *loss, float *grad)
{
    float each[MAX];
    rc_graph *g;
    OK(rc_graph_create(d, &g));
    rc_graph_reset(g, true);
    rc_var x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(b->n, width), output, true);
    rc_var l = rc_batch_loss(g, t, b, x, true);
    rc_graph_keep(l);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&l->value, loss));
    for (int64_t i = 0; i < b->n; i++)
        each[i] = 1.0f / (float)b->n;
    OK(rc_graph_seed(l, each));
    OK(rc_graph_backward(g, false));
    OK(rc_tensor_download(&x->grad, grad));
    rc_graph_destroy(&g);
}

static double mean(int64_t n, const float *v)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)v[i] / (double)n;
    return sum;
}

static void check_slopes(rc_device *d, const rc_task *t, const rc_batch *b, int64_t width, float *output)
{
    const float h = 1e-2f;
    float loss[MAX], grad[MAX], other[MAX];
    run(d, t, b, width, output, loss, grad);
    for (int64_t i = 0; i < b->n * width; i++) {
        float was = output[i];
        output[i] = was + h;
        run(d, t, b, width, output, loss, other);
        double up = mean(b->n, loss);
        output[i] = was - h;
        run(d, t, b, width, output, loss, other);
        NEAR(grad[i], (up - mean(b->n, loss)) / (2 * (double)h), 2e-3);
        output[i] = was;
    }
}

TEST(cox_is_the_partial_likelihood)
{
    rc_json *j;
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    OK(rc_json_read(RC_TEST_DATA "/metrics/targets.json", &j));
    const rc_json *cases = rc_json_get(rc_json_get(j, "losses"), "cox");
    CHECK(rc_json_length(cases) == 2);
    for (size_t i = 0; i < rc_json_length(cases); i++) {
        const rc_json *c = rc_json_at(cases, i);
        rc_task t = {.target = RC_TARGET_REGRESSION, .loss = RC_LOSS_COX, .y_size = 2, .outputs = 1};
        float x[MAX], y[MAX], risk[MAX], loss[MAX], grad[MAX];
        double slope = 0, beta = rc_json_number(c, "beta", 0);
        rc_batch b = {.n = floats(rc_json_get(c, "x"), x), .y = y};
        (void)floats(rc_json_get(c, "y"), y);
        for (int64_t k = 0; k < b.n; k++)
            risk[k] = (float)beta * x[k];
        for (int d = 0; d < count; d++) {
            run(device[d], &t, &b, 1, risk, loss, grad);
            NEAR(mean(b.n, loss), rc_json_number(c, "loss", 0), 2e-6);
            slope = 0;
            for (int64_t k = 0; k < b.n; k++)
                slope += (double)grad[k] * x[k];
            NEAR(slope, rc_json_number(c, "slope", 0), 2e-6);
        }
        check_slopes(device[0], &t, &b, 1, risk);
    }
    rc_json_free(&j);
}

/* Nobody had the event: there is nothing to learn, and no division by zero. */
TEST(a_batch_without_an_event_has_no_loss)
{
    rc_task t = {.target = RC_TARGET_REGRESSION, .loss = RC_LOSS_COX, .y_size = 2, .outputs = 1};
    float y[] = {3, 0, 4, 0, 5, 0}, risk[] = {1, -2, 3}, loss[3], grad[3];
    rc_batch b = {.n = 3, .y = y};
    run(rc_device_ref(), &t, &b, 1, risk, loss, grad);
    for (int i = 0; i < 3; i++)
        CHECK(loss[i] == 0 && grad[i] == 0);
}

/* Of a shard it is no fault: the others have some. */
TEST(texts_without_a_labelled_word_have_no_loss)
{
    rc_task t = {.target = RC_TARGET_WORDS, .y_size = 2, .outputs = 2};
    int32_t label[] = {-1, -1, -1, -1};
    float output[8] = {1}, loss[] = {1, 1};
    rc_batch b = {.n = 2, .label = label};
    rc_graph *g;
    OK(rc_graph_create(rc_device_ref(), &g));
    rc_graph_reset(g, true);
    rc_var x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(2, 2, 2), output, true);
    rc_var l = rc_batch_loss(g, &t, &b, x, true);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&l->value, loss));
    CHECK(loss[0] == 0 && loss[1] == 0);
    OK(rc_graph_seed(l, loss));
    OK(rc_graph_backward(g, false));
    CHECK(!x->grad.data);
    rc_graph_destroy(&g);
}

TEST(pinball_is_scikit_learns)
{
    rc_json *j;
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    OK(rc_json_read(RC_TEST_DATA "/metrics/targets.json", &j));
    const rc_json *c = rc_json_at(rc_json_get(rc_json_get(j, "losses"), "pinball"), 0);
    float y[MAX], output[MAX], want[MAX], quantile[MAX], loss[MAX], grad[MAX];
    int64_t width = rc_json_integer(c, "width", 0),
            outputs = width * floats(rc_json_get(c, "quantile"), quantile);
    rc_batch b = {.n = floats(rc_json_get(c, "target"), y) / width, .y = y};
    rc_task t = {.target = RC_TARGET_REGRESSION,
                 .loss = RC_LOSS_PINBALL,
                 .y_size = width,
                 .quantiles = outputs / width,
                 .outputs = outputs};
    for (int64_t k = 0; k < t.quantiles; k++)
        t.quantile[k] = (double)quantile[k];
    CHECK(floats(rc_json_get(c, "output"), output) == b.n * outputs);
    CHECK(floats(rc_json_get(c, "loss"), want) == b.n);
    for (int d = 0; d < count; d++) {
        run(device[d], &t, &b, outputs, output, loss, grad);
        for (int64_t i = 0; i < b.n; i++)
            NEAR(loss[i], want[i], 1e-6);
        for (int64_t i = 0; i < b.n * outputs; i++) {
            double q = t.quantile[i % outputs / width];
            bool above = y[i / outputs * width + i % width] > output[i];
            NEAR(grad[i], (above ? -q : 1 - q) / (double)(b.n * outputs), 1e-6);
        }
    }
    rc_json_free(&j);
}

TEST(poisson_is_the_likelihood)
{
    rc_json *j;
    OK(rc_json_read(RC_TEST_DATA "/metrics/targets.json", &j));
    const rc_json *cases = rc_json_get(rc_json_get(j, "losses"), "poisson");
    CHECK(rc_json_length(cases) == 2);
    for (size_t i = 0; i < rc_json_length(cases); i++) {
        const rc_json *c = rc_json_at(cases, i);
        int64_t width = rc_json_integer(c, "width", 0);
        rc_task t = {
            .target = RC_TARGET_REGRESSION, .loss = RC_LOSS_POISSON, .y_size = width, .outputs = width};
        float x[MAX], y[MAX], want[MAX], loss[MAX], grad[MAX];
        rc_batch b = {.n = floats(rc_json_get(c, "x"), x) / width, .y = y};
        (void)floats(rc_json_get(c, "y"), y);
        (void)floats(rc_json_get(c, "loss"), want);
        run(rc_device_ref(), &t, &b, width, x, loss, grad);
        for (int64_t k = 0; k < b.n; k++)
            NEAR(loss[k], want[k], 2e-6 * (1 + fabs((double)want[k])));
    }
    rc_json_free(&j);
}

/* -log p of proportional odds, whose thresholds are moved by what is said of a sample. */
TEST(ordered_classes_are_proportional_odds)
{
    rc_json *j;
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    OK(rc_json_read(RC_TEST_DATA "/metrics/targets.json", &j));
    const rc_json *cases = rc_json_get(rc_json_get(j, "losses"), "ordered");
    CHECK(rc_json_length(cases) == 2);
    for (size_t i = 0; i < rc_json_length(cases); i++) {
        const rc_json *c = rc_json_at(cases, i);
        int64_t classes = rc_json_integer(c, "width", 0), n = rc_json_integer(c, "n", 0);
        float x[MAX], threshold[MAX], want[MAX], given[MAX], p[MAX];
        (void)floats(rc_json_get(c, "x"), x);
        (void)floats(rc_json_get(c, "thresholds"), threshold);
        (void)floats(rc_json_get(c, "loss"), want);
        for (int64_t k = 0; k < n * (classes - 1); k++)
            given[k] = threshold[k % (classes - 1)];
        for (int64_t k = 0; k < n; k++)
            given[k * (classes - 1)] -= (float)rc_json_number(c, "beta", 0) * x[k];
        for (int d = 0; d < count; d++) {
            rc_graph *g;
            OK(rc_graph_create(device[d], &g));
            rc_graph_reset(g, false);
            rc_var log_p = rc_ordered_classes(
                g, rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n, classes - 1), given, false));
            OK(rc_graph_status(g));
            OK(rc_tensor_download(&log_p->value, p));
            for (int64_t k = 0; k < n; k++) {
                int64_t label = rc_json_as_integer(rc_json_at(rc_json_get(c, "label"), (size_t)k));
                double sum = 0;
                NEAR(-p[k * classes + label], want[k], 1e-5);
                for (int64_t m = 0; m < classes; m++)
                    sum += exp((double)p[k * classes + m]);
                NEAR(sum, 1, 1e-6);
            }
            rc_graph_destroy(&g);
        }
    }
    rc_json_free(&j);
}

/* Over the points that are known, by definition; y and x are decoded with s = 2 and m = 1. */
static double known_loss(rc_loss kind, const float *x, const float *y, const float *known, int n)
{
    double square = 0, absolute = 0, truth_square = 0, truth = 0, bce = 0, count = 0;
    for (int k = 0; k < n; k++) {
        double e = (double)x[k] - (double)y[k], t = 2 * (double)y[k] + 1;
        if (known[k] == 0) continue;
        count++;
        square += e * e;
        absolute += fabs(e);
        truth_square += t * t;
        truth += fabs(t);
        bce += log1p(exp((double)x[k])) - (double)y[k] * (double)x[k];
    }
    if (count == 0) return 0;
    return kind == RC_LOSS_MSE           ? square / count
           : kind == RC_LOSS_MAE         ? 2 * absolute / count
           : kind == RC_LOSS_RMSE        ? 2 * sqrt(square / count)
           : kind == RC_LOSS_RELATIVE_L2 ? 2 * sqrt(square) / sqrt(truth_square)
           : kind == RC_LOSS_RELATIVE_L1 ? 2 * absolute / truth
                                         : bce / count;
}

TEST(points_that_are_not_known_do_not_count)
{
    enum { N = 3, SIZE = 6 };
    static const rc_loss kind[] = {RC_LOSS_MSE,         RC_LOSS_MAE,         RC_LOSS_RMSE,
                                   RC_LOSS_RELATIVE_L2, RC_LOSS_RELATIVE_L1, RC_LOSS_BCE};
    float known[N * SIZE], y[N * SIZE], x[N * SIZE], loss[N], grad[N * SIZE];
    float two[SIZE] = {2, 2, 2, 2, 2, 2}, one[SIZE] = {1, 1, 1, 1, 1, 1};
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    for (int d = 0; d < count; d++)
        for (int k = 0; k < 6; k++) {
            bool decoded = kind[k] != RC_LOSS_MSE && kind[k] != RC_LOSS_BCE;
            rc_task t = {.target = RC_TARGET_DENSE, .loss = kind[k], .y_size = SIZE, .pos_weight = 1};
            rc_batch b = {.n = N, .y = y, .known = known};
            for (int i = 0; i < N * SIZE; i++) { /* the last sample is wholly unknown */
                known[i] = i % 4 != 1 && i < 2 * SIZE;
                x[i] = 0.8f * cosf(2.0f * (float)i);
                y[i] = kind[k] == RC_LOSS_BCE ? (float)(i % 2) : 1.5f * sinf((float)i);
                if (known[i] == 0) y[i] = kind[k] == RC_LOSS_BCE ? 0 : -0.5f; /* 0, encoded */
            }
            if (decoded) {
                OK(rc_tensor_create(device[d], RC_DTYPE_F32, RC_SHAPE(SIZE), &t.scale));
                OK(rc_tensor_create(device[d], RC_DTYPE_F32, RC_SHAPE(SIZE), &t.mean));
                OK(rc_tensor_upload(&t.scale, two));
                OK(rc_tensor_upload(&t.mean, one));
            }
            run(device[d], &t, &b, SIZE, x, loss, grad);
            for (int i = 0; i < N; i++)
                NEAR(loss[i], known_loss(kind[k], x + i * SIZE, y + i * SIZE, known + i * SIZE, SIZE), 3e-6);
            for (int i = 0; i < N * SIZE; i++)
                CHECK(known[i] > 0 ? grad[i] != 0 : grad[i] == 0);
            if (d == 0) check_slopes(device[d], &t, &b, SIZE, x);
            rc_tensor_destroy(&t.scale);
            rc_tensor_destroy(&t.mean);
        }
}

/* Mean over the known points of a sample; with weights, over those of the batch. */
TEST(classes_of_points_are_cross_entropy)
{
    rc_json *j;
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    OK(rc_json_read(RC_TEST_DATA "/metrics/targets.json", &j));
    const rc_json *c = rc_json_at(rc_json_get(rc_json_get(j, "losses"), "points"), 0);
    float y[MAX], x[MAX], want[MAX], weight[MAX], loss[MAX], grad[MAX];
    rc_batch b = {.n = floats(rc_json_get(c, "loss"), want), .y = y};
    int64_t points = floats(rc_json_get(c, "target"), y) / b.n,
            classes = floats(rc_json_get(c, "weight"), weight);
    int64_t size = classes * points;
    rc_task t = {
        .target = RC_TARGET_DENSE, .loss = RC_LOSS_POINTS, .y_size = points, .point_classes = classes};
    CHECK(floats(rc_json_get(c, "output"), x) == b.n * size);
    for (int weighted = 0; weighted < 2; weighted++)
        for (int d = 0; d < count; d++) {
            t.class_weight = weighted ? weight : NULL;
            run(device[d], &t, &b, size, x, loss, grad);
            if (weighted) NEAR(mean(b.n, loss), rc_json_number(c, "weighted", 0), 3e-6);
            for (int64_t i = 0; !weighted && i < b.n; i++)
                NEAR(loss[i], want[i], 3e-6);
            for (int64_t i = 0; i < b.n * size; i++)
                CHECK((y[i / size * points + i % points] < 0) == (grad[i] == 0));
            if (d == 0) check_slopes(device[d], &t, &b, size, x);
        }
    rc_json_free(&j);
}

int main(void)
{
    RUN(cox_is_the_partial_likelihood);
    RUN(a_batch_without_an_event_has_no_loss);
    RUN(texts_without_a_labelled_word_have_no_loss);
    RUN(pinball_is_scikit_learns);
    RUN(poisson_is_the_likelihood);
    RUN(ordered_classes_are_proportional_odds);
    RUN(points_that_are_not_known_do_not_count);
    RUN(classes_of_points_are_cross_entropy);
    return RESULT();
}
