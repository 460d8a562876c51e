/* A training step: the update inside the backward walk, values computed again, and no allocation once the
 * first steps have been seen. */
#include "check.h"
#include "test_devices.h"

#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "devices/gpu/opencl_abi.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "recraft/generate.h"
#include "recraft/run.h"

enum { ROWS = 6, WIDTH = 20, STEPS = 3 };

/* ---- a small network: a table, a weight used twice, joined parameters, values that are forgotten ---- */

typedef struct network {
    rc_params *params;
    rc_graph *graph;
    int words, tied, gamma, beta, pair;
} network;

static void make(rc_device *device, network *n)
{
    OK(rc_params_create(device, &n->params));
    rc_params *p = n->params;
    OK(rc_params_declare(p, "words", RC_SHAPE(5, WIDTH), RC_INIT_NORMAL, 0.3f, false, &n->words));
    rc_params_mark_table(p, n->words);
    OK(rc_params_declare(p, "tied", RC_SHAPE(WIDTH, WIDTH), RC_INIT_NORMAL, 0.3f, false, &n->tied));
    OK(rc_params_declare(p, "gamma", RC_SHAPE(WIDTH), RC_INIT_ONES, 0, false, &n->gamma));
    OK(rc_params_declare(p, "beta", RC_SHAPE(WIDTH), RC_INIT_ZEROS, 0, false, &n->beta));
    OK(rc_params_declare(p, "upper", RC_SHAPE(3, WIDTH), RC_INIT_NORMAL, 0.3f, false, &n->pair));
    OK(rc_params_declare(p, "lower", RC_SHAPE(2, WIDTH), RC_INIT_NORMAL, 0.3f, true, NULL));
    OK(rc_params_allocate(p));
    OK(rc_params_initialise(p, 5));
    OK(rc_graph_create(device, &n->graph));
}

static void drop(network *n)
{
    rc_graph_destroy(&n->graph);
    rc_params_destroy(&n->params);
}

static rc_var output(network *n, bool forget, rc_var *x)
{
    rc_graph *g = n->graph;
    rc_params *p = n->params;
    float input[ROWS * WIDTH];
    const int32_t word[ROWS] = {1, 3, 1, -1, 0, 3};
    rc_rng rng = rc_rng_make(9, "input", 0);
    for (int i = 0; i < ROWS * WIDTH; i++)
        input[i] = 2 * rc_rng_uniform_f(&rng) - 1;
    rc_graph_reset(g, true);
    *x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(ROWS, WIDTH), input, true);
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(ROWS), word, false);
    rc_var words = rc_gather(g, rc_params_var(g, p, n->words), index, 1, WIDTH, RC_SHAPE(ROWS, WIDTH));
    rc_var first = rc_linear(g, *x, rc_params_var(g, p, n->tied), NULL, words);
    rc_var bent = rc_gelu(g, first);
    rc_var normed = rc_layernorm(g, bent, rc_params_var(g, p, n->gamma), rc_params_var(g, p, n->beta), 1e-5f);
    rc_var second = rc_linear(g, normed, rc_params_var(g, p, n->tied), NULL, first);
    rc_var y = rc_linear(g, second, rc_params_span(g, p, n->pair, 2, RC_SHAPE(5, WIDTH)), NULL, NULL);
    if (forget) {
        rc_graph_forget(normed);
        rc_graph_forget(bent); /* what `normed` is made of */
        CHECK(!normed->value.data && !bent->value.data);
    }
    rc_graph_keep(y);
    return y;
}

static void train(rc_device *device, const rc_optimizer_settings *o, bool one_walk, float *w)
{
    network n;
    rc_var x;
    rc_optimizer *optimizer;
    double norm[2];
    make(device, &n);
    if (one_walk)
        OK(rc_params_prepare_step_grads(n.params));
    else
        OK(rc_params_prepare_grads(n.params));
    OK(rc_optimizer_create(n.params, o, &optimizer));
    for (int t = 0; t < STEPS; t++) {
        OK(rc_graph_seed(output(&n, one_walk, &x), NULL));
        if (one_walk) {
            OK(rc_optimizer_backward(optimizer, NULL, n.graph, 0.01));
            OK(rc_optimizer_norm(optimizer, &norm[0]));
            CHECK(norm[0] > 0 && isfinite(norm[0]));
            continue;
        }
        OK(rc_graph_backward(n.graph, false));
        OK(rc_gradient_norm(n.params, &norm[1]));
        OK(rc_optimizer_update(optimizer, 0.01, 1));
        rc_params_zero_grads(n.params);
    }
    rc_tensor all = rc_params_value(n.params, 0);
    all.shape = RC_SHAPE(rc_params_total(n.params));
    OK(rc_tensor_download(&all, w));
    CHECK(rc_optimizer_steps(optimizer) == STEPS);
    rc_optimizer_destroy(&optimizer);
    drop(&n);
}

TEST(an_update_within_backward_gives_the_same_bits)
{
    rc_device *device[TEST_DEVICES];
    int count = test_devices(device);
    rc_optimizer_settings o[] = {{RC_OPTIMIZER_ADAMW, 0.05, 0, 0.9, 0.999, 1e-8},
                                 {RC_OPTIMIZER_SGD, 0.1, 0.9, 0, 0, 0}};
    for (int d = 0; d < count; d++)
        for (int k = 0; k < 2; k++) {
            static float two[1024], one[1024];
            train(device[d], &o[k], false, two);
            train(device[d], &o[k], true, one);
            CHECK(memcmp(one, two, sizeof one) == 0);
            CHECK(two[0] != 0);
        }
}

TEST(a_gradient_that_is_not_finite_updates_nothing)
{
    network n;
    rc_var x;
    rc_optimizer *optimizer;
    rc_optimizer_settings o = {RC_OPTIMIZER_ADAMW, 0, 0, 0.9, 0.999, 1e-8};
    float before[3 * WIDTH], after[3 * WIDTH], seed[ROWS * 5];
    double norm;
    for (int i = 0; i < ROWS * 5; i++)
        seed[i] = i == 7 ? NAN : 1;
    make(rc_device_default(), &n);
    OK(rc_params_prepare_step_grads(n.params));
    OK(rc_optimizer_create(n.params, &o, &optimizer));
    rc_tensor w = rc_params_value(n.params, n.pair);
    OK(rc_tensor_download(&w, before));
    OK(rc_graph_seed(output(&n, false, &x), seed));
    OK(rc_optimizer_backward(optimizer, NULL, n.graph, 0.01));
    OK(rc_optimizer_norm(optimizer, &norm));
    CHECK(!isfinite(norm));
    OK(rc_tensor_download(&w, after));
    CHECK(memcmp(before, after, sizeof before) == 0);
    rc_optimizer_destroy(&optimizer);
    drop(&n);
}

/* ---- what waits for the device ---- */

static int64_t waits;
static int32_t (*finish)(rc_cl_queue);

static int32_t counting_finish(rc_cl_queue queue)
{
    waits++;
    return finish(queue);
}

/* From here on; false: there is no such device. */
static bool count_waits(rc_device **device)
{
    if (!test_opencl(device)) return false;
    if (!finish) finish = rc__opencl_calls()->Finish;
    rc__opencl_calls()->Finish = counting_finish;
    return true;
}

TEST(a_step_waits_where_it_is_read)
{
    network n;
    rc_var x;
    rc_optimizer *optimizer;
    rc_device *device;
    rc_optimizer_settings o = {RC_OPTIMIZER_ADAMW, 0.05, 0, 0.9, 0.999, 1e-8};
    double norm;
    if (!count_waits(&device)) return;
    make(device, &n);
    OK(rc_params_prepare_step_grads(n.params));
    OK(rc_optimizer_create(n.params, &o, &optimizer));
    for (int t = 0; t < STEPS; t++) {
        waits = 0;
        OK(rc_graph_seed(output(&n, false, &x), NULL));
        if (t % 2 == 0) {
            OK(rc_optimizer_backward(optimizer, NULL, n.graph, 0.01));
        } else {
            OK(rc_graph_backward(n.graph, false));
            OK(rc_optimizer_update_clipped(optimizer, 0.01, 0.5));
            rc_params_zero_grads(n.params);
        }
        CHECK(waits == 0);
        OK(rc_optimizer_norm(optimizer, &norm));
        CHECK(waits == 1 && norm > 0.5);
    }
    rc_optimizer_destroy(&optimizer);
    drop(&n);
}

TEST(forgotten_values_come_back_for_tangents)
{
    network n;
    rc_var x;
    float tangent[ROWS * WIDTH], ty[2][ROWS * 5];
    for (int i = 0; i < ROWS * WIDTH; i++)
        tangent[i] = 0.1f * (float)(i % 7 - 3);
    make(rc_device_default(), &n);
    OK(rc_params_prepare_grads(n.params));
    for (int forget = 0; forget < 2; forget++) {
        rc_var y = output(&n, forget, &x);
        OK(rc_graph_seed_tangent(x, tangent));
        OK(rc_graph_jvp(n.graph));
        OK(rc_tensor_download(&y->tangent, ty[forget]));
    }
    CHECK(memcmp(ty[0], ty[1], sizeof ty[0]) == 0);
    drop(&n);
}

/* ---- the whole loop ---- */

/* What the host reads of a device, for which it waits where kernels wait in line. */
static int64_t reads;
static rc_status (*map)(rc_device *d, void *p, size_t bytes, bool read, bool write, void **host);

static rc_status counting_map(rc_device *d, void *p, size_t bytes, bool read, bool write, void **host)
{
    if (read) reads++;
    return map(d, p, bytes, read, write, host);
}

typedef struct watch {
    uint64_t count;                     /* allocations up to the step before */
    int64_t batches, steps, allocating; /* batches: of a step */
    int64_t reads;                      /* in all of these steps */
} watch;

/* Called once a step. Epochs are 8 batches; their ends (scores, metrics, checkpoints) may allocate and read.
 */
static void on_step(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    watch *w = context;
    (void)total, (void)detail;
    if (strcmp(work, "fit") != 0) return;
    uint64_t now = rc_alloc_count();
    if (done > 8 && (done - 1) % 8 >= w->batches) {
        w->steps++;
        w->allocating += now != w->count;
        w->reads += reads;
    }
    w->count = now;
    reads = 0;
}

static void fit_quietly(const char *folder, const char *out, int64_t batches, const char *const *set,
                        size_t n_set)
{
    char data[256], run[256];
    watch w = {.batches = batches};
    snprintf(data, sizeof data, "%s/darcy", folder);
    snprintf(run, sizeof run, "%s/%s", folder, out);
    rc_fit_options o = {.size = sizeof o, .data = data, .source = "swin-mini", .method = "nft", .out = run};
    o.settings = (rc_settings){.set = set, .n_set = n_set};
    rc_progress_set_sink(&(rc_sink){.step = on_step, .context = &w});
    OK(rc_fit(&o, NULL));
    rc_progress_set_sink(NULL);
    CHECK(w.steps == 2 * (8 / batches - 1));
    CHECK(w.allocating == 0);
    CHECK(w.reads == w.steps);
}

TEST(steady_training_allocates_nothing_and_reads_once_a_step)
{
    rc_device *device = rc_device_default();
    map = device->map;
    device->map = counting_map;
    char folder[] = "/tmp/recraft-step-XXXXXX", command[64];
    REQUIRE(mkdtemp(folder) != NULL);
    char data[256];
    snprintf(data, sizeof data, "%s/darcy", folder);
    OK(rc_make("darcy",
               &(rc_make_options){
                   .size = sizeof(rc_make_options), .out = data, .n_train = 20, .n_test = 2, .resolution = 9},
               NULL));
    const char *plain[] = {"fit.epochs=3", "fit.batch=2", "fit.warmup=0"};
    const char *clipped[] = {"fit.epochs=3", "fit.batch=2", "fit.warmup=0", "fit.clip=1"};
    const char *gathered[] = {"fit.epochs=3", "fit.batch=2", "fit.warmup=0", "fit.accumulate=2"};
    fit_quietly(folder, "plain", 1, plain, 3);
    fit_quietly(folder, "clipped", 1, clipped, 4);
    fit_quietly(folder, "gathered", 2, gathered, 4);
    device->map = map;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
}

int main(void)
{
    RUN(an_update_within_backward_gives_the_same_bits);
    RUN(a_gradient_that_is_not_finite_updates_nothing);
    RUN(a_step_waits_where_it_is_read);
    RUN(forgotten_values_come_back_for_tangents);
    RUN(steady_training_allocates_nothing_and_reads_once_a_step);
    return RESULT();
}
