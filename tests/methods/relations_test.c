/* How tokens relate to each other: the loss as its formula says it, in double, and its gradient against
 * finite differences; what leaves it alone. */
#include "check.h"

#include "autodiff/graph.h"
#include "base/rng.h"
#include "methods/relations.h"

enum { N = 2, T = 5, HEADS = 2, OWN = 4, THEIRS = 6, ROW = 3 * OWN, TAUGHT = 3 * THEIRS };
/* Of the second sample some are behind the end of a text, and some of an input that is not there. */
static const bool counts[N * T] = {true, true, true, true, true, true, false, true, true, false};
static const double weight[N] = {0.75, 2};

static void fill(float *x, int n, uint64_t seed)
{
    rc_rng rng = rc_rng_make(seed, "relations", 0);
    for (int i = 0; i < n; i++)
        x[i] = (float)rc_rng_normal(&rng);
}

/* ---- as the formula says ---- */

static void shares(const float *x, int row, int d, int which, int head, int i, const bool *counted,
                   double *out)
{
    double sum = 0;
    const float *own = x + i * row + (which * HEADS + head) * d;
    for (int j = 0; j < T; j++) {
        const float *other = x + j * row + (which * HEADS + head) * d;
        double score = 0;
        for (int k = 0; k < d; k++)
            score += (double)own[k] * (double)other[k];
        out[j] = counted[j] ? exp(score / sqrt(d)) : 0;
        sum += out[j];
    }
    for (int j = 0; j < T; j++)
        out[j] /= sum;
}

static double sample_loss(const float *own, const float *taught, const bool *counted)
{
    double sum = 0, p[T], q[T];
    int tokens = 0;
    for (int i = 0; i < T; i++)
        tokens += counted[i];
    for (int which = 0; which < 3; which++)
        for (int head = 0; head < HEADS; head++)
            for (int i = 0; i < T; i++) {
                if (!counted[i]) continue;
                shares(own, ROW, OWN / HEADS, which, head, i, counted, p);
                shares(taught, TAUGHT, THEIRS / HEADS, which, head, i, counted, q);
                for (int j = 0; j < T; j++)
                    sum += counted[j] ? q[j] * log(q[j] / p[j]) : 0;
            }
    return sum / (3 * HEADS * tokens);
}

static double by_formula(const float *own, const float *taught)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += weight[i] * sample_loss(own + (ptrdiff_t)i * T * ROW, taught + (ptrdiff_t)i * T * TAUGHT,
                                       counts + (ptrdiff_t)i * T);
    return sum;
}

/* ---- as a graph ---- */

static double loss_of(rc_graph *g, const float *own, int64_t taught_row, const float *taught, float *gradient)
{
    float seed[T * N * HEADS], each[T * N * HEADS];
    double sum = 0;
    rc_var loss[RC_RELATIONS];
    rc_graph_reset(g, true);
    rc_var student = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(N, T, ROW), own, true);
    rc_var teacher = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(N, T, taught_row), taught, false);
    if (rc_relation_losses(g, student, teacher, HEADS, counts, loss) != RC_OK) return NAN;
    rc_relation_seed(N, T, HEADS, counts, weight, seed);
    for (int k = 0; k < RC_RELATIONS; k++) {
        if (rc_tensor_download(&loss[k]->value, each) != RC_OK) return NAN;
        for (int i = 0; i < T * N * HEADS; i++)
            sum += (double)seed[i] * (double)each[i];
        if (gradient && rc_graph_seed(loss[k], seed) != RC_OK) return NAN;
    }
    if (gradient &&
        (rc_graph_backward(g, false) != RC_OK || rc_tensor_download(&student->grad, gradient) != RC_OK))
        return NAN;
    return sum;
}

static void open_graph(const char *device, rc_graph **g)
{
    rc_device *d;
    OK(rc_device_by_name(device, &d));
    OK(rc_graph_create(d, g));
}

static void check_on(const char *device)
{
    float own[N * T * ROW], taught[N * T * TAUGHT], gradient[N * T * ROW];
    rc_graph *g;
    open_graph(device, &g);
    fill(own, N * T * ROW, 1);
    fill(taught, N * T * TAUGHT, 2);
    double value = loss_of(g, own, TAUGHT, taught, gradient);
    NEAR(value, by_formula(own, taught), 1e-5);
    CHECK(value > 0.1);
    for (int i = 0; i < N * T * ROW; i++) {
        float kept = own[i];
        double at[2];
        for (int side = 0; side < 2; side++) {
            own[i] = kept + (side ? -1e-3f : 1e-3f);
            at[side] = by_formula(own, taught);
        }
        own[i] = kept;
        NEAR((double)gradient[i], (at[0] - at[1]) / 2e-3, 1e-4);
    }
    rc_graph_destroy(&g);
}

TEST(value_and_gradient_are_those_of_the_formula)
{
    check_on("ref");
    check_on("onednn");
}

/* A turn of the numbers of a head, which a student's width leaves free. */
TEST(a_turn_within_the_heads_is_no_loss)
{
    float own[N * T * ROW], turned[N * T * ROW], gradient[N * T * ROW];
    rc_graph *g;
    open_graph("ref", &g);
    fill(own, N * T * ROW, 3);
    for (int i = 0; i < N * T * ROW; i += 2) {
        turned[i] = 0.6f * own[i] - 0.8f * own[i + 1];
        turned[i + 1] = 0.8f * own[i] + 0.6f * own[i + 1];
    }
    NEAR(loss_of(g, own, ROW, turned, gradient), 0, 1e-6);
    for (int i = 0; i < N * T * ROW; i++)
        NEAR((double)gradient[i], 0, 1e-6);
    rc_graph_destroy(&g);
}

TEST(what_is_not_there_does_not_count)
{
    float own[N * T * ROW], taught[N * T * TAUGHT], gradient[N * T * ROW];
    rc_graph *g;
    open_graph("ref", &g);
    fill(own, N * T * ROW, 4);
    fill(taught, N * T * TAUGHT, 5);
    double value = loss_of(g, own, TAUGHT, taught, NULL);
    for (int t = 0; t < N * T; t++)
        if (!counts[t]) fill(own + (ptrdiff_t)t * ROW, ROW, (uint64_t)(6 + t));
    CHECK(loss_of(g, own, TAUGHT, taught, gradient) == value);
    for (int i = 0; i < N * T * ROW; i++)
        CHECK(counts[i / ROW] || gradient[i] == 0);
    rc_graph_destroy(&g);
}

/* All inputs of a sample may be missing. */
TEST(a_sample_of_nothing_has_no_loss)
{
    static const bool nothing[T];
    const double one = 1;
    float seed[T * HEADS];
    rc_relation_seed(1, T, HEADS, nothing, &one, seed);
    for (int i = 0; i < T * HEADS; i++)
        CHECK(seed[i] == 0);
}

TEST(heads_are_as_many_as_divide_both)
{
    CHECK(rc_relation_heads(12, 8) == 4 && rc_relation_heads(3, 12) == 3 && rc_relation_heads(5, 12) == 1);
}

int main(void)
{
    RUN(value_and_gradient_are_those_of_the_formula);
    RUN(a_turn_within_the_heads_is_no_loss);
    RUN(what_is_not_there_does_not_count);
    RUN(a_sample_of_nothing_has_no_loss);
    RUN(heads_are_as_many_as_divide_both);
    return RESULT();
}
