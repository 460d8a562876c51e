/* The graph itself, on a function whose derivatives are known: y = gelu(x) . w + gelu(x), and what holds for
 * every function: both modes agree, what is forgotten is made again, and nothing flows where it should not.
 */
#include "check.h"
#include "test_devices.h"

#include "autodiff/params.h"
#include "ops/ops.h"

enum { ROWS = 3, WIDTH = 4, N = ROWS * WIDTH };

static rc_device *device;
static float x[N], x_inner[N], out_grad[N], w[WIDTH * WIDTH];

static void fill(int n, unsigned seed, float *out)
{
    for (int i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        out[i] = (float)(seed >> 16) / 32768 - 1;
    }
}

static rc_var build(rc_graph *g, rc_var in, rc_var weight, bool forget)
{
    rc_var h = rc_gelu(g, in), y = rc_linear(g, h, weight, NULL, h);
    if (forget) rc_graph_forget(h);
    return y;
}

static rc_var input(rc_graph *g, bool needs_grad)
{
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(ROWS, WIDTH), x, needs_grad);
}

static rc_var weight_of(rc_graph *g)
{
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(WIDTH, WIDTH), w, false);
}

static void gradient(bool forget, float *grad)
{
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true), y = build(g, in, weight_of(g), forget);
    OK(rc_graph_status(g));
    OK(rc_graph_seed(y, out_grad));
    OK(rc_graph_backward(g, false));
    OK(rc_tensor_download(&in->grad, grad));
    rc_graph_destroy(&g);
}

TEST(what_is_forgotten_is_made_again)
{
    float kept[N], again[N];
    gradient(false, kept);
    gradient(true, again);
    CHECK(memcmp(kept, again, sizeof kept) == 0);
}

/* No backward reads what is only added. */
TEST(what_is_not_read_is_not_made_again)
{
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true), a = rc_gelu(g, in), b = rc_linear(g, in, weight_of(g), NULL, NULL);
    rc_var y = rc_gelu(g, rc_add(g, a, b));
    rc_graph_forget(a);
    rc_graph_forget(b);
    OK(rc_graph_seed(y, out_grad));
    OK(rc_graph_backward(g, true));
    CHECK(in->grad.data && !a->value.data && !b->value.data);
    rc_graph_destroy(&g);
}

/* The gradient of the weight, with the inner value as the device leaves it, or as given. */
static void weight_gradient(rc_device *on, float *given, float *grad)
{
    rc_graph *g;
    OK(rc_graph_create(on, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true), h = rc_gelu(g, in), kept = rc_gelu(g, in), inner = h;
    rc_graph_keep(kept);
    if (given) inner = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(ROWS, WIDTH), given, false);
    rc_var weight = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(WIDTH, WIDTH), w, true);
    rc_var y = rc_linear(g, inner, weight, NULL, kept);
    rc_graph_settle(g, in, y);
    OK(rc_graph_status(g));
    CHECK((h->value.dtype == RC_DTYPE_BF16) == on->keeps_narrow);
    CHECK(kept->value.dtype == RC_DTYPE_F32 && y->value.dtype == RC_DTYPE_F32);
    OK(rc_graph_seed(y, out_grad));
    OK(rc_graph_backward(g, true));
    if (!given) CHECK(h->value.dtype == RC_DTYPE_F32);
    OK(rc_tensor_download(&weight->grad, grad));
    OK(rc_tensor_download(&h->value, x_inner));
    rc_graph_destroy(&g);
}

TEST(what_waits_is_rounded_once)
{
    rc_device narrow = *device;
    float of_kept[WIDTH * WIDTH], of_given[WIDTH * WIDTH], inner[N];
    uint16_t half[N];
    narrow.keeps_narrow = true;
    weight_gradient(device, NULL, of_given);
    memcpy(inner, x_inner, sizeof inner);
    OK(rc_convert_from_f32(RC_DTYPE_BF16, inner, N, half));
    rc_convert_to_f32(RC_DTYPE_BF16, half, N, inner);
    weight_gradient(&narrow, NULL, of_kept);
    CHECK(memcmp(inner, x_inner, sizeof inner) == 0);
    weight_gradient(device, inner, of_given);
    CHECK(memcmp(of_kept, of_given, sizeof of_kept) == 0);
}

/* <out_grad, J v> = <J^T out_grad, v>. */
TEST(forward_and_reverse_mode_agree)
{
    float grad[N], v[N], tangent[N];
    double forward = 0, reverse = 0;
    rc_graph *g;
    fill(N, 7, v);
    gradient(false, grad);
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true), y = build(g, in, weight_of(g), false);
    OK(rc_graph_seed_tangent(in, v));
    OK(rc_graph_jvp(g));
    OK(rc_tensor_download(&y->tangent, tangent));
    rc_graph_destroy(&g);
    for (int i = 0; i < N; i++) {
        forward += (double)tangent[i] * out_grad[i];
        reverse += (double)grad[i] * v[i];
    }
    CHECK(forward != 0);
    NEAR(forward, reverse, 1e-5);
}

TEST(seeds_add_up_and_a_second_pass_is_like_the_first)
{
    float once[N], twice[N], ones[N];
    rc_graph *g;
    for (int i = 0; i < N; i++)
        ones[i] = 1;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true), y = rc_add(g, in, in);
    OK(rc_graph_seed(y, NULL));
    OK(rc_graph_backward(g, true));
    OK(rc_tensor_download(&in->grad, once));
    rc_graph_clear_grads(g);
    OK(rc_graph_seed(y, ones));
    OK(rc_graph_seed(in, ones)); /* a leaf may have a share of its own */
    OK(rc_graph_backward(g, false));
    OK(rc_tensor_download(&in->grad, twice));
    for (int i = 0; i < N; i++)
        CHECK(once[i] == 2 && twice[i] == 3);
    rc_graph_destroy(&g);
}

TEST(nothing_flows_through_what_is_detached)
{
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true), cut = rc_graph_detach(g, rc_gelu(g, in), true), y = rc_gelu(g, cut);
    OK(rc_graph_seed(y, NULL));
    OK(rc_graph_backward(g, false));
    CHECK(cut->grad.data && !in->grad.data);
    rc_graph_destroy(&g);
}

TEST(a_failure_sticks)
{
    rc_graph *g;
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var in = input(g, true);
    CHECK(!rc_graph_fail(g, rc_fail(RC_NUMERIC, "the first")));
    CHECK(!rc_gelu(g, in) && !rc_graph_fail(g, rc_fail(RC_SHAPE, "the second")));
    CHECK(rc_graph_status(g) == RC_NUMERIC);
    rc_graph_reset(g, true); /* a new step is a new chance */
    CHECK(rc_gelu(g, input(g, true)));
    OK(rc_graph_status(g));
    rc_graph_destroy(&g);
}

TEST(steps_like_the_last_ask_for_no_more)
{
    rc_graph *g;
    size_t peak = 0;
    OK(rc_graph_create(device, &g));
    for (int step = 0; step < 4; step++) {
        rc_graph_reset(g, true);
        rc_var in = input(g, true), y = build(g, in, weight_of(g), false);
        OK(rc_graph_seed(y, NULL));
        OK(rc_graph_backward(g, false));
        if (step == 0) peak = rc_graph_peak_bytes(g);
        CHECK(rc_graph_peak_bytes(g) == peak);
    }
    rc_graph_destroy(&g);
}

/* ---- parameters ---- */

static rc_params *make_params(void)
{
    rc_params *p = NULL;
    CHECK(rc_params_create(device, &p) == RC_OK);
    CHECK(rc_params_declare(p, "a.weight", RC_SHAPE(2, 3), RC_INIT_KAIMING, 0, false, NULL) == RC_OK);
    CHECK(rc_params_declare(p, "b.query", RC_SHAPE(WIDTH, WIDTH), RC_INIT_NORMAL, 0.1f, false, NULL) ==
          RC_OK);
    CHECK(rc_params_declare(p, "b.key", RC_SHAPE(WIDTH, WIDTH), RC_INIT_ONES, 0, true, NULL) == RC_OK);
    CHECK(rc_params_allocate(p) == RC_OK && rc_params_initialise(p, 3) == RC_OK);
    return p;
}

TEST(parameters_lie_in_one_block)
{
    rc_params *p = make_params();
    CHECK(rc_params_count(p) == 3 && rc_params_find(p, "b.key") == 2 && rc_params_find(p, "b") < 0);
    CHECK(rc_params_get(p, 2)->offset == rc_params_get(p, 1)->offset + WIDTH * WIDTH);
    CHECK(rc_params_total(p) >= 2 * 3 + 2 * WIDTH * WIDTH);
    CHECK(rc_params_set_trainable(p, "", false) == 3 && rc_params_set_trainable(p, "b.", true) == 2);
    CHECK(rc_params_trainable_total(p) == 2 * WIDTH * WIDTH);
    OK(rc_params_prepare_grads(p));
    CHECK(!rc_params_grad(p, 0).data && rc_params_grad(p, 1).data);
    rc_params_destroy(&p);
}

/* Joined ones are one matrix, whose gradient is theirs. */
TEST(a_group_is_one_tensor)
{
    rc_params *p = make_params();
    rc_graph *g;
    float all[2 * WIDTH * WIDTH], key[WIDTH * WIDTH];
    rc_params_set_trainable(p, "", true);
    OK(rc_params_prepare_grads(p));
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var both = rc_params_span(g, p, 1, 2, RC_SHAPE(2 * WIDTH, WIDTH));
    rc_var y = rc_linear(g, input(g, false), both, NULL, NULL);
    OK(rc_graph_seed(y, NULL));
    OK(rc_graph_backward(g, false));
    CHECK(rc_params_grad_ready(p, 1) && !rc_params_grad_ready(p, 0));
    OK(rc_tensor_download(&both->value, all));
    for (int i = 0; i < WIDTH * WIDTH; i++)
        CHECK(all[WIDTH * WIDTH + i] == 1);
    rc_tensor grad = rc_params_grad(p, 2);
    OK(rc_tensor_download(&grad, key));
    for (int i = 0; i < WIDTH; i++) {
        float sum = 0; /* of input column i, the same for every row of the matrix */
        for (int r = 0; r < ROWS; r++)
            sum += x[r * WIDTH + i];
        NEAR(key[i], sum, 1e-6);
        NEAR(key[WIDTH + i], sum, 1e-6);
    }
    rc_params_zero_grads(p);
    CHECK(!rc_params_grad_ready(p, 1));
    rc_graph_destroy(&g);
    rc_params_destroy(&p);
}

/* Of the two matrices of an mlp, the second one's gradient is gone before the first one's has room. */
typedef struct handed {
    rc_params *params;
    int count, order[2];
    bool alone;
} handed;

static rc_status take(void *context, rc_gradient *gradient)
{
    handed *h = context;
    int count, first = rc_params_group_of(h->params, gradient, &count);
    if (h->count == 0) h->alone = !rc_params_get(h->params, 0)->grad.value.data;
    if (h->count < 2) h->order[h->count++] = first;
    return RC_OK;
}

TEST(one_gradient_at_a_time)
{
    handed h = {0};
    rc_graph *g;
    OK(rc_params_create(device, &h.params));
    for (int i = 0; i < 2; i++)
        OK(rc_params_declare(h.params, i ? "w2" : "w1", RC_SHAPE(WIDTH, WIDTH), RC_INIT_ONES, 0, false,
                             NULL));
    OK(rc_params_allocate(h.params));
    OK(rc_params_initialise(h.params, 0));
    rc_params_lay_out_grads(h.params);
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, true);
    rc_var bias = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(WIDTH), x, false);
    rc_var y = rc_mlp(g, input(g, false), rc_params_var(g, h.params, 0), bias, rc_params_var(g, h.params, 1),
                      bias, NULL);
    OK(rc_graph_seed(y, out_grad));
    OK(rc_graph_backward_into(g, false, take, &h));
    CHECK(h.count == 2 && h.order[0] == 1 && h.order[1] == 0 && h.alone);
    rc_graph_destroy(&g);
    rc_params_destroy(&h.params);
}

TEST(every_name_has_numbers_of_its_own)
{
    rc_params *a = make_params(), *b = NULL;
    float of_a[6], of_b[6];
    OK(rc_params_create(device, &b)); /* the same name among others, behind others */
    OK(rc_params_declare(b, "first", RC_SHAPE(5), RC_INIT_NORMAL, 1, false, NULL));
    OK(rc_params_declare(b, "a.weight", RC_SHAPE(2, 3), RC_INIT_KAIMING, 0, false, NULL));
    OK(rc_params_allocate(b));
    OK(rc_params_initialise(b, 3));
    rc_tensor ta = rc_params_value(a, 0), tb = rc_params_value(b, 1);
    OK(rc_tensor_download(&ta, of_a));
    OK(rc_tensor_download(&tb, of_b));
    CHECK(memcmp(of_a, of_b, sizeof of_a) == 0);
    for (int i = 0; i < 6; i++)
        CHECK(fabs((double)of_a[i]) <= 1 / sqrt(3.0));
    rc_params_destroy(&a);
    rc_params_destroy(&b);
}

int main(void)
{
    rc_device *devices[TEST_DEVICES];
    int count = test_devices(devices);
    fill(N, 1, x);
    fill(N, 2, out_grad);
    fill(WIDTH * WIDTH, 3, w);
    for (int i = 0; i < count; i++) {
        device = devices[i];
        RUN(what_is_forgotten_is_made_again);
        RUN(what_is_not_read_is_not_made_again);
        RUN(what_waits_is_rounded_once);
        RUN(forward_and_reverse_mode_agree);
        RUN(seeds_add_up_and_a_second_pass_is_like_the_first);
        RUN(nothing_flows_through_what_is_detached);
        RUN(a_failure_sticks);
        RUN(steps_like_the_last_ask_for_no_more);
        RUN(parameters_lie_in_one_block);
        RUN(a_group_is_one_tensor);
        RUN(one_gradient_at_a_time);
        RUN(every_name_has_numbers_of_its_own);
    }
    return RESULT();
}
