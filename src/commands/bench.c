/* The time of a fine-tuning step beside the machine's own matrix-product rate, in one run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backbones/model.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "commands/common.h"
#include "devices/rounded_products.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "parallel/parallel.h"
#include "training/partial.h"

enum { CLASSES = 10, MAX_STEPS = 200, TOKENS = 128 };

typedef struct bench {
    rc_model *model;
    rc_graph *graph;
    rc_optimizer *optimizer;
    int64_t batch, all; /* of this rank, and of all ranks together */
    bool recompute;
    rc_gradient_sum *sum; /* over the ranks; NULL: alone */
    float *pixels, *seed;
    int32_t *ids, *label;
} bench;

static bool is_text(const bench *b)
{
    return b->model->spec.input.kind == RC_INPUT_TOKENS;
}

static rc_feed feed_of(bench *b)
{
    const rc_model_spec *s = &b->model->spec;
    rc_token_batch texts = {.batch = b->batch, .tokens = s->input.length, .ids = b->ids};
    if (is_text(b)) return rc_feed_tokens(b->graph, &s->backbone, &texts);
    rc_shape shape = rc_input_shape(&s->input, b->batch);
    return (rc_feed){.x = rc_graph_input(b->graph, RC_DTYPE_F32, shape, b->pixels, false)};
}

static rc_status step(bench *b)
{
    rc_graph *g = b->graph;
    double norm;
    rc_graph_reset(g, true);
    if (b->recompute) rc_graph_recompute(g);
    if (b->sum) rc_gradient_sum_begin(b->sum, rc_parallel_rank());
    rc_feed feed = feed_of(b);
    rc_var label = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(b->batch), b->label, false);
    rc_var loss = rc_cross_entropy(g, rc_model_forward(g, b->model, &feed), label, 0);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_graph_seed(loss, b->seed));
    RC_TRY(rc_optimizer_backward(b->optimizer, b->sum, g, 1e-4));
    return rc_optimizer_norm(b->optimizer, &norm); /* a training waits for it once a step, too */
}

typedef struct operands {
    rc_tensor a, w, c;
    uint16_t *a16, *w16; /* as bfloat16, on a device with the host's memory */
} operands;

enum { RATE_M = 1024, RATE_N = 2048, RATE_K = 1024 };

static rc_status make_operands(rc_device *d, operands *o)
{
    RC_TRY(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(RATE_M, RATE_K), &o->a));
    RC_TRY(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(RATE_N, RATE_K), &o->w));
    RC_TRY(rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(RATE_M, RATE_N), &o->c));
    RC_LAUNCH(d, fill, rc_tensor_size(&o->a), 0.37f, o->a.data);
    RC_LAUNCH(d, fill, rc_tensor_size(&o->w), 0.73f, o->w.data);
    return RC_OK;
}

static rc_status multiply(rc_device *d, const operands *o)
{
    RC_LAUNCH(d, gemm, false, true, RATE_M, RATE_N, RATE_K, 1.0f, o->a.data, RATE_K, o->w.data, RATE_K, 0.0f,
              o->c.data, RATE_N);
    return RC_OK;
}

static rc_status multiply_bfloat16(rc_device *d, const operands *o)
{
    (void)d; /* the processor */
    return rc_bfloat16_product(RATE_M, RATE_N, RATE_K, o->a16, o->w16, o->c.data);
}

static rc_status add_up(rc_device *d, const operands *o)
{
    RC_LAUNCH(d, axpy, rc_tensor_size(&o->c), 0.5f, o->a.data, o->c.data);
    return RC_OK;
}

/* The best of several tries, each of as many calls as take some milliseconds: to read a number waits for what
 * a device may still have to do, and takes its time. A slow device is not tried for long. */
static rc_status time_calls(rc_device *d, const operands *o, rc_status (*call)(rc_device *, const operands *),
                            double work, double *out)
{
    enum { TRIES = 12, MAX_CALLS = 1 << 12 };
    const double enough = 2; /* seconds */
    int calls = 1;
    double began = rc_clock();
    rc_tensor first = rc_tensor_reshape(o->c, RC_SHAPE(rc_tensor_size(&o->c), 1));
    first = rc_tensor_rows(first, 0, 1);
    for (int i = 0; i < TRIES && (i < 3 || rc_clock() - began < enough); i++) {
        double started = rc_clock();
        for (int k = 0; k < calls; k++)
            RC_TRY(call(d, o));
        RC_TRY(rc_tensor_wait(&first));
        double seconds = rc_clock() - started, rate = calls * work / seconds / 1e9;
        if (i > 1 && rate > *out) *out = rate;
        if (seconds < 5e-3 && calls < MAX_CALLS) {
            calls *= 2;
            i = 0;
        }
    }
    return RC_OK;
}

/* GFLOP/s of square-ish products of the size that the models are made of. */
static rc_status machine_rate(rc_device *d, double *best)
{
    operands o = {0};
    rc_status status = make_operands(d, &o);
    if (status == RC_OK) status = time_calls(d, &o, multiply, 2.0 * RATE_M * RATE_N * RATE_K, best);
    rc_tensor_destroy(&o.a);
    rc_tensor_destroy(&o.w);
    rc_tensor_destroy(&o.c);
    return status;
}

static rc_status bfloat16_operands(operands *o)
{
    enum { SOME = 0x3f12 }; /* 0.57 */
    RC_TRY(RC_NEW(&o->a16, RATE_M * RATE_K));
    RC_TRY(RC_NEW(&o->w16, RATE_N * RATE_K));
    for (int64_t i = 0; i < RATE_M * RATE_K; i++)
        o->a16[i] = SOME;
    for (int64_t i = 0; i < RATE_N * RATE_K; i++)
        o->w16[i] = SOME;
    return RC_OK;
}

/* The same by a device that rounds operands. A card rounds them in passing. `onednn-bf16` multiplies operands
 * that are rounded already: where it takes float32 for that, a rate of float32. */
static rc_status rounded_rate(rc_device *d, double plain, double *best)
{
    operands o = {0};
    if (d != rc_device_onednn_bf16()) return machine_rate(d, best);
    if (!rc_bfloat16_multiplies()) {
        *best = plain;
        return RC_OK;
    }
    rc_status status = bfloat16_operands(&o);
    if (status == RC_OK) status = rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(RATE_M, RATE_N), &o.c);
    if (status == RC_OK) status = time_calls(d, &o, multiply_bfloat16, 2.0 * RATE_M * RATE_N * RATE_K, best);
    rc_tensor_destroy(&o.c);
    rc_free(o.a16);
    rc_free(o.w16);
    return status;
}

/* GB/s of a card's memory: arrays that are larger than what it keeps nearer. */
static rc_status memory_rate(rc_device *d, double *best)
{
    enum { NUMBERS = 1 << 25 };
    operands o = {0};
    rc_status status = rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(NUMBERS), &o.a);
    if (status == RC_OK) status = rc_tensor_create(d, RC_DTYPE_F32, RC_SHAPE(NUMBERS), &o.c);
    if (status == RC_OK) status = time_calls(d, &o, add_up, 3.0 * sizeof(float) * NUMBERS, best);
    rc_tensor_destroy(&o.a);
    rc_tensor_destroy(&o.c);
    return status;
}

/* What only a device with memory of its own has. taken: by the steps, in bytes. */
static rc_status add_memory(rc_device *d, size_t taken, rc_json *j)
{
    double bandwidth = 0;
    if (!d->peak) return RC_OK;
    rc_json_set_number(j, "peak_device_mb", (double)taken / 1e6);
    RC_TRY(memory_rate(d, &bandwidth));
    rc_json_set_number(j, "bandwidth_gbs", bandwidth);
    return RC_OK;
}

static rc_status fill_batch(bench *b)
{
    int64_t n = b->batch * rc_input_size(&b->model->spec.input);
    rc_rng rng = rc_rng_make(0, "bench", 0);
    if (is_text(b)) {
        rc_vocabulary words = b->model->backbone->vocabulary(&b->model->spec.backbone);
        RC_TRY(RC_NEW(&b->ids, n));
        for (int64_t i = 0; i < n; i++)
            b->ids[i] = (int32_t)(rc_rng_uniform(&rng) * (double)words.size);
    } else {
        RC_TRY(RC_NEW(&b->pixels, n));
        for (int64_t i = 0; i < n; i++)
            b->pixels[i] = 2 * rc_rng_uniform_f(&rng) - 1;
    }
    RC_TRY(RC_NEW(&b->seed, b->batch));
    RC_TRY(RC_NEW(&b->label, b->batch));
    for (int64_t i = 0; i < b->batch; i++) {
        b->label[i] = (int32_t)(i % CLASSES);
        b->seed[i] = 1.0f / (float)b->all;
    }
    return RC_OK;
}

static rc_status prepare(bench *b, const rc_bench_options *o)
{
    rc_model_spec spec = {.head = RC_HEAD_LINEAR, .outputs = CLASSES};
    RC_TRY(rc__same_file("another model", o->model));
    RC_CHECK(o->batch >= 1 && o->batch <= 65536, RC_CONFIG, "\1batch takes 1 to 65536");
    RC_CHECK(o->image >= 0 && o->image <= 4096, RC_CONFIG, "\1image takes 0 to 4096");
    RC_TRY(rc_backbone_config_named(o->model, &spec.backbone));
    spec.input = rc_backbone_of(&spec.backbone)->native_input(&spec.backbone);
    bool text = spec.input.kind == RC_INPUT_TOKENS;
    RC_CHECK(spec.input.kind != RC_INPUT_SIGNAL || (!o->image && !o->tokens), RC_CONFIG,
             "%s reads series of %lld points: give neither \1image nor \1tokens", o->model,
             (long long)spec.input.length);
    RC_CHECK(!(text && o->image) && !(!text && o->tokens), RC_CONFIG, "%s reads %s: give \1%s, not \1%s",
             o->model, text ? "text" : "images", text ? "tokens" : "image", text ? "image" : "tokens");
    if (o->image) spec.input.height = spec.input.width = o->image;
    if (text && (o->tokens || spec.input.length > TOKENS)) spec.input.length = o->tokens ? o->tokens : TOKENS;
    RC_CHECK(o->batch % rc_parallel_size() == 0, RC_CONFIG,
             "\1batch: %lld ranks cannot share %lld samples evenly", (long long)rc_parallel_size(),
             (long long)o->batch);
    b->all = o->batch;
    b->batch = o->batch / rc_parallel_size();
    b->recompute = o->recompute;
    rc_config c;
    rc_config_defaults(&c);
    if (o->train) RC_TRY(rc_config_set(&c, "\1train", "fit.train", o->train));
    if (o->precision) RC_TRY(rc_config_set(&c, "\1precision", "model.precision", o->precision));
    if (o->wire) RC_TRY(rc_config_set(&c, "\1wire", "fit.wire", o->wire));
    RC_TRY(rc_partial_adapters(&c, &spec.lora));
    rc_device *device;
    RC_TRY(rc_device_choose(NULL, c.model.precision, &device));
    RC_TRY(rc_model_create(device, &spec, &b->model));
    RC_TRY(rc_params_initialise(b->model->params, 0));
    RC_TRY(rc_partial_apply(&c, c.fit.train, b->model));
    RC_TRY(rc_parallel_size() > 1
               ? rc_gradient_sum_create(b->model->params, rc_parallel_size(), c.fit.wire, true, &b->sum)
               : rc_params_prepare_step_grads(b->model->params));
    rc_optimizer_settings settings = {RC_OPTIMIZER_ADAMW, 0.01, 0, 0.9, 0.999, 1e-8};
    RC_TRY(rc_optimizer_create(b->model->params, &settings, &b->optimizer));
    RC_TRY(rc_graph_create(b->model->device, &b->graph));
    return fill_batch(b);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median step time; the first two steps warm caches and size the pools. */
static rc_status time_steps(bench *b, int64_t steps, int64_t *done, double *median)
{
    double seconds[MAX_STEPS], started = rc_clock();
    if (steps > MAX_STEPS) steps = MAX_STEPS;
    for (int i = 0; i < 2; i++)
        RC_TRY(step(b));
    int64_t n = 0;
    for (;;) {
        bool more = steps ? n < steps : n < 3 || (n < 20 && rc_clock() - started < 20);
        RC_TRY(rc_parallel_decide(&more));
        if (!more) break;
        double at = rc_clock();
        RC_TRY(step(b));
        seconds[n++] = rc_clock() - at;
        rc_progress_step("bench", n, steps ? steps : 20, NULL);
        RC_TRY(rc_parallel_agree());
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
    }
    qsort(seconds, (size_t)n, sizeof *seconds, ascending);
    *median = seconds[n / 2];
    *done = n;
    return RC_OK;
}

/* How gradients come together, if that is on cards. */
static void add_way(const rc_gradient_sum *sum, rc_json *j)
{
    bool crosses;
    const char *way = rc_gradient_sum_way(sum, &crosses);
    if (way[0]) rc_json_set_string(j, crosses ? "cards_by" : "through_host", way);
}

static void add_rounded(const char *precision, double gflops, double rounded, rc_json *j)
{
    char key[64];
    snprintf(key, sizeof key, "peak_%s_gflops", precision);
    rc_json_set_number(j, key, rounded);
    snprintf(key, sizeof key, "ratio_%s", precision);
    rc_json_set_number(j, key, gflops / rounded);
}

static rc_status run(bench *b, const rc_bench_options *o, rc_json *j)
{
    double seconds, peak = 0, rounded = 0;
    int64_t steps;
    RC_TRY(prepare(b, o));
    rc_device *plain = rc_device_default(), *d = b->model->device;
    if (!d->peak) RC_TRY(machine_rate(plain, &peak)); /* its operands would count as memory of the steps */
    RC_TRY(time_steps(b, o->steps, &steps, &seconds));
    size_t taken = d->peak ? d->peak(d) : 0;
    RC_TRY(machine_rate(plain, &peak));
    if (d != plain) RC_TRY(rounded_rate(d, peak, &rounded));
    peak *= (double)rc_parallel_size();
    rounded *= (double)rc_parallel_size();
    /* Backward is counted as twice forward, as usual for model FLOPs. */
    const rc_model *m = b->model;
    double forward = (double)b->all * rc_model_flops(m);
    double gflops = 3 * forward / seconds / 1e9;
    rc_json_set_string(j, "model", o->model);
    rc_json_set_integer(j, "batch", o->batch);
    const rc_input *in = &m->spec.input;
    rc_json_set_integer(j, is_text(b) ? "tokens" : "image", is_text(b) ? in->length : in->height);
    rc_json_set_string(j, "train", o->train ? o->train : "all");
    rc_json_set_string(j, "precision", o->precision ? o->precision : "f32");
    rc_json_set_boolean(j, "recompute", o->recompute);
    rc_json_set_string(j, "device", d->name);
    rc_json_set_integer(j, "parameters", rc_params_total(m->params));
    rc_json_set_integer(j, "trainable", rc_params_trainable_total(m->params));
    rc_json_set_integer(j, "steps", steps);
    rc_json_set_integer(j, "ranks", rc_parallel_size());
    if (b->sum) rc_json_set_string(j, "wire", o->wire ? o->wire : "f32");
    if (b->sum) add_way(b->sum, j);
    if (b->sum) /* of two steps that are not timed, too */
        rc_json_set_integer(j, "bytes_sent", rc_gradient_sum_sent(b->sum) / (steps + 2));
    if (b->sum) rc_json_set_boolean(j, "shared_memory", rc_gradient_sum_is_shared(b->sum));
    rc_json_set_number(j, "seconds", seconds);
    rc_json_set_number(j, "gflops", gflops);
    rc_json_set_number(j, "peak_gflops", peak);
    rc_json_set_number(j, "ratio", gflops / peak);
    if (d != plain) add_rounded(o->precision, gflops, rounded, j);
    rc_json_set_number(j, "step_mb", (double)rc_graph_peak_bytes(b->graph) / 1e6);
    RC_TRY(add_memory(d, taken, j));
    rc_json_set_number(j, "peak_rss_mb", (double)rc_peak_rss() / 1e6);
    return RC_OK;
}

rc_status rc_bench(const rc_bench_options *given, char **json)
{
    rc_bench_options own = RC_BENCH_OPTIONS_INIT, *o = &own;
    bench b = {0};
    RC_TRY(rc__options_take("rc_bench_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_bench_options", o->model));
    RC_CHECK(o->batch > 0 && o->steps >= 0, RC_CONFIG,
             "rc_bench_options: a batch of %lld samples, %lld steps; at least 1 sample is timed, and steps "
             "are not "
             "below 0",
             (long long)o->batch, (long long)o->steps);
    rc_json *j = rc_json_object();
    rc_status status = run(&b, o, j);
    rc_gradient_sum_destroy(&b.sum);
    rc_graph_destroy(&b.graph);
    rc_optimizer_destroy(&b.optimizer);
    rc_model_destroy(&b.model);
    rc_free(b.pixels);
    rc_free(b.ids);
    rc_free(b.seed);
    rc_free(b.label);
    return rc__json_result(j, status, json);
}
