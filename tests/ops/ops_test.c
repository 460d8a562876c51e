/* One driver for every op of the table: each case is run on every device. The value must agree with `ref`,
 * backward with finite differences, and jvp and backward with each other: <w, J t> = <J^T w, t>. */
#include "check.h"
#include "op_cases.h"
#include "test_devices.h"

#include "base/rng.h"

/* A new operation adds one word here. */
#define OPERATIONS(X)       \
    X(linear)               \
    X(linear_lora)          \
    X(linear_each)          \
    X(mlp)                  \
    X(layernorm)            \
    X(rmsnorm)              \
    X(attend)               \
    X(attend_windows)       \
    X(gather)               \
    X(add)                  \
    X(add_rows)             \
    X(gelu)                 \
    X(relu)                 \
    X(glu)                  \
    X(scale_channels)       \
    X(mix_rows)             \
    X(scale_rows)           \
    X(mean_tokens)          \
    X(adaptive_pool)        \
    X(interpolate)          \
    X(softmax)              \
    X(bin_rows)             \
    X(cross_entropy)        \
    X(focal)                \
    X(relative_l2)          \
    X(lp_error)             \
    X(squared_error)        \
    X(binary_cross_entropy) \
    X(poisson)              \
    X(ordered_classes)      \
    X(softened_kl)

#define DECLARE(name) extern const rc_op rc_op_##name;
OPERATIONS(DECLARE)
#define POINT(name) &rc_op_##name,
static const rc_op *const all[] = {OPERATIONS(POINT)};

static const op_cases *const groups[] = {&linear_cases,      &norm_cases, &attention_cases,
                                         &elementwise_cases, &rows_cases, &loss_cases};
enum { ALL = sizeof all / sizeof *all, GROUPS = sizeof groups / sizeof *groups, MAX = 4096 };

/* Operations without a case. */
static const struct {
    const char *op, *reason;
} untried[] = {{"bin_rows",
                "its numbers of bins are whole, without derivatives: gpu_kernels_test compares them with "
                "ref, and golden_test with their publisher's"}};
enum { UNTRIED = sizeof untried / sizeof *untried };

static const rc_op *find_op(const char *name)
{
    for (int i = 0; i < ALL; i++)
        if (strcmp(all[i]->name, name) == 0) return all[i];
    fprintf(stderr, "there is no operation %s\n", name);
    return NULL;
}

static int count_cases(const char *op)
{
    int count = 0;
    for (int i = 0; i < GROUPS; i++)
        for (int k = 0; k < groups[i]->count; k++)
            count += strcmp(groups[i]->of[k].op, op) == 0;
    return count;
}

static const char *why_untried(const char *op)
{
    for (int k = 0; k < UNTRIED; k++)
        if (strcmp(untried[k].op, op) == 0) return untried[k].reason;
    return NULL;
}

TEST(every_operation_is_tried)
{
    for (int i = 0; i < ALL; i++) {
        const char *op = all[i]->name, *why = why_untried(op);
        int count = count_cases(op);
        CHECK((count > 0) != (why != NULL));
        if (count == 0)
            fprintf(stderr, "%s has no case: %s\n", op, why ? why : "give it one (ops/op_cases.h)");
    }
    for (int k = 0; k < UNTRIED; k++)
        CHECK(find_op(untried[k].op));
}

typedef struct inputs {
    float x[RC_OP_INPUTS][MAX];
    float t[RC_OP_INPUTS][MAX];
    float w[MAX]; /* cotangent of the output */
} inputs;

static void draw(const op_case *c, inputs *in)
{
    rc_rng rng = rc_rng_make(7, c->name, 0);
    for (int i = 0; i < c->n_in; i++)
        for (int64_t k = 0; k < rc_shape_size(&c->in[i]); k++) {
            in->x[i][k] = c->range * (2 * rc_rng_uniform_f(&rng) - 1);
            in->t[i][k] = 2 * rc_rng_uniform_f(&rng) - 1;
        }
    for (int64_t k = 0; k < MAX; k++)
        in->w[k] = 2 * rc_rng_uniform_f(&rng) - 1;
}

static rc_var build(rc_graph *g, const op_case *c, inputs *in, rc_var *leaf)
{
    rc_graph_reset(g, true);
    for (int i = 0; i < c->n_in; i++)
        leaf[i] = rc_graph_input(g, RC_DTYPE_F32, c->in[i], in->x[i], true);
    rc_var y = c->build(g, leaf);
    rc_graph_keep(y);
    return y;
}

static double dot(const float *a, const float *b, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (double)a[i] * b[i];
    return s;
}

/* <w, y> at x + h t in input i. */
static double shifted(rc_graph *g, const op_case *c, inputs *in, int i, const float *t, float h)
{
    static float saved[MAX], y[MAX];
    int64_t n = rc_shape_size(&c->in[i]);
    memcpy(saved, in->x[i], (size_t)n * sizeof(float));
    for (int64_t k = 0; k < n; k++)
        in->x[i][k] += h * t[k];
    rc_var leaf[RC_OP_INPUTS] = {0};
    rc_var out = build(g, c, in, leaf);
    memcpy(in->x[i], saved, (size_t)n * sizeof(float));
    if (!out || rc_tensor_download(&out->value, y) != RC_OK) return NAN;
    return dot(in->w, y, rc_tensor_size(&out->value));
}

/* Backward must do without the values that the op says it does not read. */
static void hide_what_is_not_read(rc_var y)
{
    for (int i = 0; i < y->n_in; i++)
        if (y->in[i] && !(y->reads & RC_READS(i))) y->in[i]->value.data = NULL;
    if (!(y->reads & RC_READS_OWN)) y->value.data = NULL;
}

static void check_case(const op_case *c, rc_device *device, rc_graph *ref)
{
    const rc_op *op = find_op(c->op);
    REQUIRE(op);
    static inputs in;
    static float y[MAX], y_ref[MAX], ty[MAX], grad[RC_OP_INPUTS][MAX];
    draw(c, &in);
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_var leaf[RC_OP_INPUTS] = {0};
    rc_var out = build(g, c, &in, leaf);
    OK(rc_graph_status(g));
    REQUIRE(out->op == op);
    int64_t n = rc_tensor_size(&out->value);
    REQUIRE(n > 0 && n <= MAX);
    OK(rc_tensor_download(&out->value, y));

    rc_var ref_leaf[RC_OP_INPUTS] = {0};
    rc_var ref_out = build(ref, c, &in, ref_leaf);
    OK(rc_graph_status(ref));
    OK(rc_tensor_download(&ref_out->value, y_ref));
    for (int64_t k = 0; k < n; k++)
        NEAR(y[k], y_ref[k], 2e-5 * (1 + fabs(y_ref[k])));

    OK(rc_graph_seed(out, in.w));
    OK(rc_graph_backward(g, true));
    for (int i = 0; i < c->n_in; i++)
        OK(rc_tensor_download(&leaf[i]->grad, grad[i]));

    for (int i = 0; i < c->n_in; i++) {
        int64_t size = rc_shape_size(&c->in[i]);
        double scale = sqrt(dot(grad[i], grad[i], size)) + 1e-3;
        double tolerance = (c->tolerance > 0 ? c->tolerance : 1e-2) * scale;
        const float h = 4e-3f;
        double slope =
            (shifted(ref, c, &in, i, in.t[i], h) - shifted(ref, c, &in, i, in.t[i], -h)) / (2.0 * h);
        NEAR(dot(grad[i], in.t[i], size), slope, tolerance);
        for (int64_t k = 0; k<size; k += size> 24 ? size / 24 : 1) {
            static float unit[MAX];
            memset(unit, 0, sizeof unit);
            unit[k] = 1;
            slope = (shifted(ref, c, &in, i, unit, h) - shifted(ref, c, &in, i, unit, -h)) / (2.0 * h);
            NEAR(grad[i][k], slope, tolerance);
        }
        /* forward mode in this input alone */
        out = build(g, c, &in, leaf);
        OK(rc_graph_seed_tangent(leaf[i], in.t[i]));
        OK(rc_graph_jvp(g));
        OK(rc_tensor_download(&out->tangent, ty));
        NEAR(dot(in.w, ty, n), dot(grad[i], in.t[i], size), 1e-4 * (scale + 1));
    }
    /* forward mode in all inputs at once */
    out = build(g, c, &in, leaf);
    double sum = 0;
    for (int i = 0; i < c->n_in; i++) {
        OK(rc_graph_seed_tangent(leaf[i], in.t[i]));
        sum += dot(grad[i], in.t[i], rc_shape_size(&c->in[i]));
    }
    OK(rc_graph_jvp(g));
    OK(rc_tensor_download(&out->tangent, ty));
    NEAR(dot(in.w, ty, n), sum, 1e-4 * (fabs(sum) + 10));
    /* gradients add up: a second backward with retained values doubles nothing, a fresh seed repeats it */
    rc_graph_clear_grads(g);
    OK(rc_graph_seed(out, in.w));
    hide_what_is_not_read(out);
    OK(rc_graph_backward(g, false));
    static float again[MAX];
    for (int i = 0; i < c->n_in; i++) {
        OK(rc_tensor_download(&leaf[i]->grad, again));
        CHECK(memcmp(again, grad[i], (size_t)rc_shape_size(&c->in[i]) * sizeof(float)) == 0);
    }
    rc_graph_destroy(&g);
}

int main(void)
{
    rc_device *device[TEST_DEVICES];
    int devices = test_devices(device);
    rc_graph *ref;
    if (rc_graph_create(rc_device_ref(), &ref) != RC_OK) return EXIT_FAILURE;
    RUN(every_operation_is_tried);
    for (int i = 0; i < GROUPS; i++)
        for (int d = 0; d < devices; d++)
            for (int k = 0; k < groups[i]->count; k++) {
                const op_case *c = &groups[i]->of[k];
                int before = check_failures;
                check_case(c, device[d], ref);
                fprintf(stderr, "%s %s (%s) on %s\n", check_failures == before ? "ok  " : "FAIL", c->op,
                        c->name, device[d]->name);
            }
    rc_graph_destroy(&ref);
    return RESULT();
}
