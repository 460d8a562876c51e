/* Losses and their gradients against PyTorch (tools/golden/metrics.py), on the devices that compute. */
#include "check.h"
#include "test_devices.h"

#include "formats/json.h"
#include "ops/ops.h"

enum { MAX = 64 };

static int64_t floats(const rc_json *list, float *out)
{
    int64_t n = (int64_t)rc_json_length(list);
    for (int64_t i = 0; i < n && i < MAX; i++)
        out[i] = (float)rc_json_as_number(rc_json_at(list, (size_t)i));
    return n;
}

static rc_var labels(rc_graph *g, const rc_json *c, int64_t rows)
{
    int32_t label[MAX];
    for (int64_t i = 0; i < rows; i++)
        label[i] = (int32_t)rc_json_as_integer(rc_json_at(rc_json_get(c, "label"), (size_t)i));
    return rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(rows), label, false);
}

static rc_var loss_of(rc_graph *g, const rc_json *c, rc_var x, int64_t rows, int64_t cols)
{
    const char *name = rc_json_string(c, "name", "");
    float v[MAX];
    if (strcmp(name, "focal") == 0)
        return rc_focal(g, x, labels(g, c, rows), (float)rc_json_number(c, "gamma", 0));
    if (strcmp(name, "cross_entropy") == 0) {
        rc_var weight = NULL;
        if (floats(rc_json_get(c, "class_weight"), v) > 0)
            weight = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(cols), v, false);
        return rc_weighted_cross_entropy(g, x, labels(g, c, rows), weight,
                                         (float)rc_json_number(c, "smoothing", 0));
    }
    (void)floats(rc_json_get(c, "target"), v);
    rc_var y = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(rows, cols), v, false);
    if (strcmp(name, "bce") == 0)
        return rc_binary_cross_entropy(g, x, y, (float)rc_json_number(c, "pos_weight", 1));
    if (strcmp(name, "softened_kl") == 0)
        return rc_softened_kl(g, x, y, (float)rc_json_number(c, "temperature", 1));
    if (strcmp(name, "mse") == 0) return rc_squared_error(g, x, y);
    if (strcmp(name, "rmse") == 0) return rc_lp_error(g, x, y, NULL, NULL, 2, false);
    return rc_lp_error(g, x, y, NULL, NULL, (float)rc_json_number(c, "p", 2), true);
}

static void check_case(rc_device *device, const rc_json *c)
{
    int64_t rows = rc_json_integer(c, "rows", 0), cols = rc_json_integer(c, "cols", 0);
    float x[MAX], want[MAX], have[MAX], weight[MAX];
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    (void)floats(rc_json_get(c, "x"), x);
    (void)floats(rc_json_get(c, "weight"), weight);
    rc_var in = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(rows, cols), x, true);
    rc_var loss = loss_of(g, c, in, rows, cols);
    rc_graph_keep(loss);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&loss->value, have));
    (void)floats(rc_json_get(c, "loss"), want);
    for (int64_t i = 0; i < rows; i++)
        NEAR(have[i], want[i], 2e-6 * (1 + fabs(want[i])));
    OK(rc_graph_seed(loss, weight));
    OK(rc_graph_backward(g, false));
    OK(rc_tensor_download(&in->grad, have));
    (void)floats(rc_json_get(c, "grad"), want);
    for (int64_t i = 0; i < rows * cols; i++) {
        if (!(fabs(have[i] - want[i]) <= 2e-6 * (1 + fabs(want[i]))))
            fprintf(stderr, "%s: ", rc_json_string(c, "name", ""));
        NEAR(have[i], want[i], 2e-6 * (1 + fabs(want[i])));
    }
    rc_graph_destroy(&g);
}

TEST(losses_and_gradients_are_pytorchs)
{
    rc_json *j;
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    OK(rc_json_read(RC_TEST_DATA "/metrics/losses.json", &j));
    const rc_json *cases = rc_json_get(j, "cases");
    CHECK(rc_json_length(cases) == 17);
    for (size_t i = 0; i < rc_json_length(cases); i++)
        for (int d = 0; d < count; d++)
            check_case(device[d], rc_json_at(cases, i));
    rc_json_free(&j);
}

/* A class told apart with certainty: the loss and slope vanish, whatever gamma. */
TEST(focal_loss_of_certainty_is_zero)
{
    const float x[] = {60, 0, 0}, one[] = {1}, gamma[] = {0, 0.5f, 1, 2};
    for (int i = 0; i < 4; i++) {
        rc_graph *g;
        float loss, grad[3];
        OK(rc_graph_create(rc_device_ref(), &g));
        rc_graph_reset(g, true);
        rc_var in = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(1, 3), x, true);
        rc_var label = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), (const int32_t[]){0}, false);
        rc_var out = rc_focal(g, in, label, gamma[i]);
        rc_graph_keep(out);
        OK(rc_graph_status(g));
        OK(rc_tensor_download(&out->value, &loss));
        OK(rc_graph_seed(out, one));
        OK(rc_graph_backward(g, false));
        OK(rc_tensor_download(&in->grad, grad));
        CHECK(loss >= 0 && loss < 1e-12f);
        for (int k = 0; k < 3; k++)
            CHECK(isfinite(grad[k]) && fabsf(grad[k]) < 1e-12f);
        rc_graph_destroy(&g);
    }
}

/* Classes in order: x, the class that is there, the slopes of its log p. */
static void check_slopes(rc_device *device, const float x[4], int label, const float want[4])
{
    rc_graph *g;
    float log_p[5], grad[4], one[5] = {0};
    one[label] = 1;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(1, 4), x, true), out = rc_ordered_classes(g, in);
    rc_graph_keep(out);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&out->value, log_p));
    OK(rc_graph_seed(out, one));
    OK(rc_graph_backward(g, false));
    OK(rc_tensor_download(&in->grad, grad));
    CHECK(isfinite(log_p[label]));
    for (int k = 0; k < 4; k++)
        NEAR(grad[k], want[k], 1e-6);
    rc_graph_destroy(&g);
}

/* A gap of 2e17 between classes hides nothing of those before it; one of no number at all still has a slope.
 */
TEST(classes_in_order_lie_as_far_apart_as_may_be)
{
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    /* z: 0.5, 0.5 + exp(-1), then far away. d log p_1 = d z_1 s(-z_1) - d z_0 s(z_0) + d x_1 g / (exp(g) - 1)
     */
    const float far[4] = {0.5f, -1, 40, 1}, near[4] = {0.5f, -200, 1, 1};
    const double g = exp(-1), z = 0.5 + g, above = 1 / (1 + exp(z)), below = 1 / (1 + exp(-0.5));
    const float slopes[4] = {(float)(above - below), (float)(g * above + g / expm1(g)), 0, 0};
    const float same[4] = {(float)(1 - 2 * below), 1, 0, 0};
    for (int d = 0; d < count; d++) {
        check_slopes(device[d], far, 1, slopes);
        check_slopes(device[d], near, 1, same);
    }
}

int main(void)
{
    RUN(losses_and_gradients_are_pytorchs);
    RUN(focal_loss_of_certainty_is_zero);
    RUN(classes_in_order_lie_as_far_apart_as_may_be);
    return RESULT();
}
