/* The gradient of a step in shards: the sum of what the shards would give by themselves, on every device. */
#include "check.h"
#include "test_devices.h"

#include "base/bfloat16.h"
#include "ops/ops.h"
#include "optim/optimizer.h"

enum { SHARDS = 3, ROWS = 4, WIDTH = 16, OUT = 3, NUMBERS = WIDTH * WIDTH + WIDTH + OUT * WIDTH };

typedef struct network {
    rc_params *params;
    rc_graph *graph;
    int first, bias, last, unused; /* parameters */
    int table;                     /* of another network */
} network;

static void make(rc_device *device, network *n)
{
    OK(rc_params_create(device, &n->params));
    rc_params *p = n->params;
    OK(rc_params_declare(p, "first", RC_SHAPE(WIDTH, WIDTH), RC_INIT_NORMAL, 0.3f, false, &n->first));
    OK(rc_params_declare(p, "bias", RC_SHAPE(WIDTH), RC_INIT_ZEROS, 0, false, &n->bias));
    OK(rc_params_declare(p, "last", RC_SHAPE(OUT, WIDTH), RC_INIT_NORMAL, 0.3f, false, &n->last));
    OK(rc_params_declare(p, "unused", RC_SHAPE(7), RC_INIT_ONES, 0, false, &n->unused));
    OK(rc_params_allocate(p));
    OK(rc_params_initialise(p, 5));
    OK(rc_graph_create(device, &n->graph));
}

static void drop(network *n)
{
    rc_graph_destroy(&n->graph);
    rc_params_destroy(&n->params);
}

/* A batch that has a number of its own. */
static void record(network *n, int batch)
{
    float input[ROWS * WIDTH];
    rc_rng rng = rc_rng_make(9, "input", (uint64_t)batch);
    for (int i = 0; i < ROWS * WIDTH; i++)
        input[i] = 2 * rc_rng_uniform_f(&rng) - 1;
    rc_graph *g = n->graph;
    rc_params *p = n->params;
    rc_graph_reset(g, true);
    rc_var x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(ROWS, WIDTH), input, false);
    rc_var h = rc_gelu(g, rc_linear(g, x, rc_params_var(g, p, n->first), rc_params_var(g, p, n->bias), NULL));
    rc_var y = rc_linear(g, h, rc_params_var(g, p, n->last), NULL, NULL);
    OK(rc_graph_status(g));
    OK(rc_graph_seed(y, NULL));
}

static void read_gradients(network *n, float *out)
{
    const int used[] = {n->first, n->bias, n->last};
    for (int i = 0; i < 3; i++) {
        rc_tensor t = rc_params_grad(n->params, used[i]);
        OK(rc_tensor_download(&t, out));
        out += rc_tensor_size(&t);
    }
}

static void alone(network *n, int batch, float *out)
{
    OK(rc_params_prepare_grads(n->params));
    record(n, batch);
    OK(rc_graph_backward(n->graph, false));
    read_gradients(n, out);
}

static float added(rc_wire wire, float a, float b)
{
    return wire == RC_WIRE_BF16 ? rc_bfloat_round(a) + rc_bfloat_round(b) : a + b;
}

/* The tree of three is (0 + 1) + 2. */
static void add_up_in_the_tree(rc_wire wire)
{
    rc_device *device[TEST_DEVICES];
    int devices = test_devices(device);
    for (int d = 0; d < devices; d++) {
        network n;
        rc_gradient_sum *sum;
        float each[SHARDS][NUMBERS], got[NUMBERS];
        make(device[d], &n);
        for (int s = 0; s < SHARDS; s++)
            alone(&n, s, each[s]);
        OK(rc_gradient_sum_create(n.params, SHARDS, wire, true, &sum));
        for (int s = 0; s < SHARDS; s++) {
            rc_gradient_sum_begin(sum, s);
            record(&n, s);
            OK(rc_gradient_sum_complete(sum, n.graph, NULL, NULL));
        }
        read_gradients(&n, got);
        for (int i = 0; i < NUMBERS; i++)
            CHECK(got[i] == added(wire, 0, added(wire, added(wire, each[0][i], each[1][i]), each[2][i])));
        CHECK(!rc_params_grad_ready(n.params, n.unused));
        rc_gradient_sum_destroy(&sum);
        drop(&n);
    }
}

TEST(shards_add_up_in_the_tree)
{
    add_up_in_the_tree(RC_WIRE_F32);
}

TEST(each_is_rounded_and_each_sum)
{
    add_up_in_the_tree(RC_WIRE_BF16);
}

/* A shard of two batches, one without samples, and one that a later walk has no part of. */
TEST(a_shard_may_be_empty_or_several_batches)
{
    network n;
    rc_gradient_sum *sum;
    float each[2][NUMBERS], got[NUMBERS];
    make(rc_device_poison(), &n);
    for (int s = 0; s < 2; s++)
        alone(&n, s, each[s]);
    OK(rc_gradient_sum_create(n.params, 2, RC_WIRE_F32, true, &sum));
    rc_gradient_sum_begin(sum, 0);
    record(&n, 0);
    OK(rc_graph_backward(n.graph, false));
    record(&n, 1);
    OK(rc_gradient_sum_complete(sum, n.graph, NULL, NULL));
    rc_gradient_sum_begin(sum, 1);
    OK(rc_gradient_sum_complete(sum, NULL, NULL, NULL));
    read_gradients(&n, got);
    for (int i = 0; i < NUMBERS; i++)
        NEAR(got[i], each[0][i] + each[1][i], 1e-5);
    CHECK(!rc_params_grad_ready(n.params, n.unused));
    rc_gradient_sum_destroy(&sum);
    drop(&n);
}

/* Updated as it arrives, or when all is there. */
TEST(an_update_on_arrival_gives_the_same_bits)
{
    static const rc_optimizer_settings settings = {RC_OPTIMIZER_ADAMW, 0.01, 0, 0.9, 0.999, 1e-8};
    float w[2][WIDTH * WIDTH];
    for (int on_arrival = 0; on_arrival < 2; on_arrival++) {
        network n;
        rc_gradient_sum *sum;
        rc_optimizer *o;
        make(rc_device_default(), &n);
        OK(rc_gradient_sum_create(n.params, SHARDS, RC_WIRE_F32, true, &sum));
        OK(rc_optimizer_create(n.params, &settings, &o));
        for (int s = 0; s < SHARDS; s++) {
            rc_gradient_sum_begin(sum, s);
            record(&n, s);
            if (on_arrival && s == SHARDS - 1)
                OK(rc_optimizer_backward(o, sum, n.graph, 0.01));
            else
                OK(rc_gradient_sum_complete(sum, n.graph, NULL, NULL));
        }
        if (!on_arrival) OK(rc_optimizer_update(o, 0.01, 1));
        rc_tensor t = rc_params_value(n.params, n.first);
        OK(rc_tensor_download(&t, w[on_arrival]));
        rc_optimizer_destroy(&o);
        rc_gradient_sum_destroy(&sum);
        drop(&n);
    }
    CHECK(memcmp(w[0], w[1], sizeof w[0]) == 0);
}

/* ---- tables ---- */

enum { WORDS = 20, LOOKED_UP = 3, TABLE = WORDS * WIDTH };

/* Shards look up some rows each, of which they share one; the gradient of the last is 0 and -0. twice: by two
 * operations, so that the shard's gradient is whole. */
static void look_up(network *n, int shard, bool twice)
{
    const int32_t index[LOOKED_UP] = {7, 2 * shard, 2 * shard + 13};
    float seed[LOOKED_UP * WIDTH];
    for (int i = 0; i < LOOKED_UP * WIDTH; i++)
        seed[i] = (shard == SHARDS - 1 ? 0.0f : 0.1f) * (float)(i % 7 - 3);
    rc_graph *g = n->graph;
    rc_graph_reset(g, true);
    rc_var i = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(LOOKED_UP), index, false);
    rc_var w = rc_params_var(g, n->params, n->table);
    rc_var x = rc_gather(g, w, i, 1, WIDTH, RC_SHAPE(LOOKED_UP, WIDTH));
    if (twice) x = rc_add(g, x, rc_gather(g, w, i, 1, WIDTH, RC_SHAPE(LOOKED_UP, WIDTH)));
    OK(rc_graph_status(g));
    OK(rc_graph_seed(x, seed));
}

static void make_with_table(rc_device *device, network *n)
{
    OK(rc_params_create(device, &n->params));
    OK(rc_params_declare(n->params, "table", RC_SHAPE(WORDS, WIDTH), RC_INIT_NORMAL, 0.3f, false, &n->table));
    rc_params_mark_table(n->params, n->table);
    OK(rc_params_allocate(n->params));
    OK(rc_params_initialise(n->params, 5));
    OK(rc_graph_create(device, &n->graph));
}

/* The sum as numbers of the whole table, however it is given. */
static void read_table(network *n, bool by_rows, float *out)
{
    const rc_gradient *g = &rc_params_get(n->params, n->table)->grad;
    int32_t row[WORDS];
    float value[TABLE];
    memset(out, 0, TABLE * sizeof *out);
    CHECK(g->ready && !g->rows.data == !by_rows);
    if (!by_rows) {
        OK(rc_tensor_download(&g->value, out));
        return;
    }
    OK(rc_tensor_download(&g->touched, row));
    OK(rc_tensor_download(&g->rows, value));
    CHECK(g->rows.shape.dim[0] == 2 * SHARDS + 1);
    for (int64_t k = 0; k < g->rows.shape.dim[0]; k++) {
        CHECK(k == 0 || row[k] > row[k - 1]);
        memcpy(out + row[k] * WIDTH, value + k * WIDTH, WIDTH * sizeof *out);
    }
}

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* The tree of three, as it is given: rounded once more. */
static float total(rc_wire wire, float a, float b, float c)
{
    float sum = added(wire, added(wire, a, b), c);
    return wire == RC_WIRE_BF16 ? rc_bfloat_round(sum) : sum;
}

/* Of whole shards the sum is whole: whole_one < 0: none is; SHARDS: all. */
static void add_up_tables(rc_device *device, rc_wire wire, int whole_one)
{
    network n;
    rc_gradient_sum *sum;
    float each[SHARDS][TABLE], got[TABLE];
    make_with_table(device, &n);
    OK(rc_params_prepare_grads(n.params));
    for (int s = 0; s < SHARDS; s++) {
        look_up(&n, s, whole_one == s || whole_one == SHARDS);
        OK(rc_graph_backward(n.graph, false));
        rc_tensor t = rc_params_grad(n.params, n.table);
        OK(rc_tensor_download(&t, each[s]));
        rc_params_zero_grads(n.params);
    }
    OK(rc_gradient_sum_create(n.params, SHARDS, wire, true, &sum));
    for (int step = 0; step < 2; step++)
        for (int s = 0; s < SHARDS; s++) {
            rc_gradient_sum_begin(sum, s);
            look_up(&n, s, whole_one == s || whole_one == SHARDS);
            OK(rc_gradient_sum_complete(sum, n.graph, NULL, NULL));
        }
    read_table(&n, whole_one < 0 && !device->bridge, got);
    for (int i = 0; i < TABLE; i++)
        CHECK(same_bits(got[i], total(wire, each[0][i], each[1][i], each[2][i])));
    rc_gradient_sum_destroy(&sum);
    drop(&n);
}

TEST(rows_of_a_table_add_up_to_the_bits_of_whole_tables)
{
    rc_device *device[TEST_DEVICES];
    int devices = test_devices(device);
    for (int d = 0; d < devices; d++)
        for (int whole_one = -1; whole_one <= SHARDS; whole_one++) {
            add_up_tables(device[d], RC_WIRE_F32, whole_one);
            add_up_tables(device[d], RC_WIRE_BF16, whole_one);
        }
}

/* A table's norm, and its update, from rows and from the whole. */
TEST(rows_update_a_table_as_the_whole_does)
{
    static const rc_optimizer_settings settings = {RC_OPTIMIZER_ADAMW, 0.01, 0, 0.9, 0.999, 1e-8};
    float w[2][TABLE];
    double norm[2];
    for (int by_rows = 0; by_rows < 2; by_rows++) {
        network n;
        rc_gradient_sum *sum;
        rc_optimizer *o;
        make_with_table(rc_device_default(), &n);
        OK(rc_gradient_sum_create(n.params, SHARDS, RC_WIRE_F32, by_rows, &sum));
        OK(rc_optimizer_create(n.params, &settings, &o));
        for (int step = 0; step < 3; step++) {
            for (int s = 0; s < SHARDS; s++) {
                rc_gradient_sum_begin(sum, s);
                look_up(&n, (s + step) % SHARDS, false);
                OK(rc_gradient_sum_complete(sum, n.graph, NULL, NULL));
            }
            OK(rc_gradient_norm(n.params, &norm[by_rows]));
            OK(rc_optimizer_update_clipped(o, 0.01, 1000));
            rc_params_zero_grads(n.params);
        }
        rc_tensor t = rc_params_value(n.params, n.table);
        OK(rc_tensor_download(&t, w[by_rows]));
        rc_optimizer_destroy(&o);
        rc_gradient_sum_destroy(&sum);
        drop(&n);
    }
    NEAR(norm[0], norm[1], 1e-6 * norm[0]);
    CHECK(norm[0] > 0.1);
    CHECK(memcmp(w[0], w[1], sizeof w[0]) == 0);
}

int main(void)
{
    RUN(shards_add_up_in_the_tree);
    RUN(each_is_rounded_and_each_sum);
    RUN(a_shard_may_be_empty_or_several_batches);
    RUN(an_update_on_arrival_gives_the_same_bits);
    RUN(rows_of_a_table_add_up_to_the_bits_of_whole_tables);
    RUN(rows_update_a_table_as_the_whole_does);
    return RESULT();
}
