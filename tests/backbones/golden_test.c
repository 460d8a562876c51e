/* Every family against Hugging Face's implementation: outputs and the gradient of every parameter and of
 * image inputs, for the fixtures that the scripts in tools/golden/ wrote, on every device. */
#include <glob.h>

#include "check.h"
#include "test_devices.h"

#include "backbones/model.h"
#include "devices/gpu/opencl_abi.h"
#include "ops/ops.h"
#include "optim/optimizer.h"

enum { LONGEST = 1 << 16, MAX_CLASSES = 64 };

typedef struct fixture {
    const char *family, *name;
    rc_safetensors *file;
    rc_backbone_config config;
    rc_model *model;
    rc_graph *graph;
} fixture;

static const float *tensor(const fixture *f, const char *name, rc_shape *shape)
{
    int at = rc_safetensors_find(f->file, name);
    if (at < 0) return NULL;
    rc_safetensors_entry e = rc_safetensors_get(f->file, at);
    if (shape) *shape = e.shape;
    return e.data;
}

static double largest(const fixture *f, const char *name)
{
    double max = 0;
    int at = rc_safetensors_find(f->file, name);
    if (at < 0) return 0;
    rc_safetensors_entry e = rc_safetensors_get(f->file, at);
    for (size_t i = 0; i < e.bytes / sizeof(float); i++) {
        float v;
        memcpy(&v, (const float *)e.data + i, sizeof v);
        max = fabs((double)v) > max ? fabs((double)v) : max;
    }
    return max;
}

/* Softmax does not see a shift that all keys share, so the gradient of a key bias is exactly zero: what is
 * left is rounding, to be measured by the query bias beside it. */
static double scale_of(const fixture *f, const char *name)
{
    static const char *const part[][2] = {{".key.bias", ".query.bias"}, {".k_lin.bias", ".q_lin.bias"}};
    char query[256];
    for (int i = 0; i < 2; i++) {
        const char *key = strstr(name, part[i][0]);
        if (!key) continue;
        snprintf(query, sizeof query, "%.*s%s", (int)(key - name), name, part[i][1]);
        return largest(f, query);
    }
    return largest(f, name);
}

/* Largest difference over the largest magnitude of what is expected. */
static void compare(const fixture *f, const char *name, const rc_tensor *have, double tolerance)
{
    const float *want = tensor(f, name, NULL);
    const void *got;
    REQUIRE(want != NULL);
    OK(rc_tensor_map_read(have, &got));
    double scale = scale_of(f, name), apart = 0;
    for (int64_t i = 0; i < rc_tensor_size(have); i++) {
        double w, d;
        float v;
        memcpy(&v, want + i, sizeof v);
        w = v;
        d = fabs(w - ((const float *)got)[i]);
        apart = d > apart || isnan(d) ? d : apart;
    }
    rc_tensor_unmap(have, got);
    check_count++;
    if (apart <= tolerance * scale) return;
    check_failures++;
    fprintf(stderr, "%s: %s is %.3g apart, largest value %.3g\n", f->name, name, apart, scale);
}

/* ---- the model as the fixture has it ---- */

static rc_input input_of(const fixture *f)
{
    rc_shape x;
    if (tensor(f, "input.x", &x))
        return (rc_input){
            .kind = RC_INPUT_IMAGE, .channels = x.dim[1], .height = x.dim[2], .width = x.dim[3]};
    if (tensor(f, "input.series", &x)) { /* each channel is a series of its own */
        rc_input in = rc_backbone_of(&f->config)->native_input(&f->config);
        in.length = x.dim[1] * x.dim[2];
        in.rows = x.dim[1];
        return in;
    }
    if (!tensor(f, "input.ids", &x)) return (rc_input){0};
    return (rc_input){.kind = RC_INPUT_TOKENS, .length = x.dim[1]};
}

static void choose_head(const fixture *f, rc_model_spec *spec)
{
    rc_shape out;
    if (tensor(f, "output.reconstruction", &out)) {
        spec->head = RC_HEAD_DENSE;
        for (int i = 0; i < 3; i++)
            spec->out_shape[i] = out.dim[i + 1];
    } else if (tensor(f, "output.logits", &out)) {
        spec->head = RC_HEAD_LINEAR;
        spec->outputs = out.dim[1];
    }
    if (strcmp(f->family, "vit") == 0) spec->pool = RC_POOL_CLS;
}

static void open_fixture(rc_device *device, fixture *f)
{
    char path[512];
    rc_json *json;
    snprintf(path, sizeof path, "%s/%s/%s.json", RC_TEST_DATA, f->family, f->name);
    OK(rc_json_read(path, &json));
    OK(rc_backbone_config_read(rc_json_get(json, "config"), path, &f->config));
    rc_json_free(&json);
    snprintf(path, sizeof path, "%s/%s/%s.safetensors", RC_TEST_DATA, f->family, f->name);
    OK(rc_safetensors_open(path, &f->file));
    rc_model_spec spec = {.backbone = f->config, .input = input_of(f)};
    choose_head(f, &spec);
    OK(rc_model_create(device, &spec, &f->model));
    OK(rc_model_load(f->model, &(rc_weights){.file = f->file, .name = path}));
    OK(rc_params_prepare_grads(f->model->params));
    OK(rc_graph_create(device, &f->graph));
}

/* ---- what goes in ---- */

/* int64 of the file as int32; n: of how many. */
static const int32_t *whole(const fixture *f, const char *name, int32_t *out)
{
    int at = rc_safetensors_find(f->file, name);
    if (at < 0) return NULL;
    rc_safetensors_entry e = rc_safetensors_get(f->file, at);
    int64_t n = rc_shape_size(&e.shape);
    for (int64_t i = 0; i < n && i < LONGEST; i++) {
        int64_t wide;
        memcpy(&wide, (const int64_t *)e.data + i, sizeof wide);
        out[i] = (int32_t)wide;
    }
    return out;
}

static rc_feed feed_of(const fixture *f)
{
    static int32_t ids[LONGEST], types[LONGEST], length[LONGEST];
    rc_shape shape;
    const float *pixels = tensor(f, "input.x", &shape);
    if (pixels) return (rc_feed){.x = rc_graph_input(f->graph, RC_DTYPE_F32, shape, pixels, true)};
    const float *series = tensor(f, "input.series", &shape);
    if (series) {
        rc_shape all = rc_input_shape(&f->model->spec.input, shape.dim[0]);
        return (rc_feed){.x = rc_graph_input(f->graph, RC_DTYPE_F32, all, series, false)};
    }
    (void)tensor(f, "input.ids", &shape);
    rc_token_batch batch = {shape.dim[0], shape.dim[1], whole(f, "input.ids", ids),
                            whole(f, "input.length", length), whole(f, "input.types", types)};
    return rc_feed_tokens(f->graph, &f->config, &batch);
}

/* ---- what the loss sends back ---- */

static void seed_cotangent(const fixture *f, rc_var out)
{
    static float cotangent[1 << 20];
    const float *c = tensor(f, "input.cotangent", NULL);
    int64_t n = rc_tensor_size(&out->value);
    REQUIRE(c != NULL && n <= 1 << 20);
    for (int64_t i = 0; i < n; i++) {
        float v;
        memcpy(&v, c + i, sizeof v);
        cotangent[i] = v / (float)n;
    }
    OK(rc_graph_seed(out, cotangent));
}

static void seed_cross_entropy(const fixture *f, rc_var logits)
{
    static int32_t label[LONGEST];
    float each[MAX_CLASSES];
    int64_t batch = logits->value.shape.dim[0];
    REQUIRE(whole(f, "input.labels", label) != NULL && batch <= MAX_CLASSES);
    for (int64_t i = 0; i < batch; i++)
        each[i] = 1.0f / (float)batch;
    rc_var l = rc_graph_input(f->graph, RC_DTYPE_I32, RC_SHAPE(batch), label, false);
    OK(rc_graph_seed(rc_cross_entropy(f->graph, logits, l, 0), each));
}

static void check_gradients(fixture *f, rc_var x)
{
    char name[256];
    rc_params *p = f->model->params;
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_tensor grad = rc_params_grad(p, i);
        snprintf(name, sizeof name, "grad.%s", rc_params_get(p, i)->name);
        CHECK(rc_params_grad_ready(p, i));
        compare(f, name, &grad, 1e-4);
    }
    if (f->model->spec.input.kind == RC_INPUT_IMAGE) compare(f, "grad.input", &x->grad, 1e-4);
}

static void close_fixture(fixture *f)
{
    rc_graph_destroy(&f->graph);
    rc_model_destroy(&f->model);
    rc_safetensors_close(&f->file);
}

/* recompute: blocks on the way back. peak: the largest memory of the step. */
static void check_fixture(const char *family, const char *name, rc_device *device, bool recompute,
                          size_t *peak)
{
    fixture f = {.family = family, .name = name};
    open_fixture(device, &f);
    REQUIRE(f.graph != NULL);
    if (recompute) rc_graph_recompute(f.graph);
    rc_feed feed = feed_of(&f);
    rc_var u = rc_model_embed(f.graph, f.model, &feed);
    rc_var tokens = rc_model_body(f.graph, f.model, u, &feed);
    rc_var out = rc_model_head(f.graph, f.model, tokens, &feed);
    OK(rc_graph_status(f.graph));
    compare(&f, "output.embedding", &u->value, 1e-5);
    compare(&f, "output.last_hidden_state", &tokens->value, 1e-4);
    if (tensor(&f, "output.reconstruction", NULL)) compare(&f, "output.reconstruction", &out->value, 1e-4);
    if (tensor(&f, "output.logits", NULL)) {
        compare(&f, "output.logits", &out->value, 1e-4);
        seed_cross_entropy(&f, out);
    } else {
        seed_cotangent(&f, out);
    }
    OK(rc_graph_backward(f.graph, false));
    check_gradients(&f, feed.x);
    *peak = rc_graph_peak_bytes(f.graph);
    close_fixture(&f);
}

/* ---- what a training step asks of a card ---- */

static rc__cl real;
static struct {
    int launches, copies, waits;
} asked;

static int32_t count_launch(rc_cl_queue q, rc_cl_kernel k, uint32_t dims, const size_t *offset,
                            const size_t *global, const size_t *local, uint32_t n, const rc_cl_event *events,
                            rc_cl_event *event)
{
    asked.launches++;
    return real.EnqueueNDRangeKernel(q, k, dims, offset, global, local, n, events, event);
}

static int32_t count_copy(rc_cl_queue q, uint32_t waits, void *to, const void *from, size_t bytes, uint32_t n,
                          const rc_cl_event *events, rc_cl_event *event)
{
    asked.copies++;
    return real.EnqueueSVMMemcpy(q, waits, to, from, bytes, n, events, event);
}

static int32_t count_wait(rc_cl_queue q)
{
    asked.waits++;
    return real.Finish(q);
}

/* By AdamW, once the pool has its size. */
static void count_step(const char *family, const char *name, rc_device *device)
{
    const rc_optimizer_settings adamw = {RC_OPTIMIZER_ADAMW, 0.01, 0, 0.9, 0.999, 1e-8};
    fixture f = {.family = family, .name = name};
    rc_optimizer *o;
    open_fixture(device, &f);
    REQUIRE(f.graph != NULL);
    OK(rc_params_prepare_step_grads(f.model->params));
    OK(rc_optimizer_create(f.model->params, &adamw, &o));
    for (int i = 0; i < 2; i++) {
        memset(&asked, 0, sizeof asked);
        rc_graph_reset(f.graph, true);
        rc_feed feed = feed_of(&f);
        rc_var u = rc_model_embed(f.graph, f.model, &feed);
        OK(rc_graph_seed(rc_model_body(f.graph, f.model, u, &feed), NULL));
        double norm;
        OK(rc_optimizer_backward(o, NULL, f.graph, 1e-4));
        OK(rc_optimizer_norm(o, &norm));
    }
    fprintf(stderr, "     a step of %s/%s: %d kernels, %d copies, %d waits\n", family, name, asked.launches,
            asked.copies, asked.waits);
    CHECK(asked.waits == 1);
    rc_optimizer_destroy(&o);
    close_fixture(&f);
}

static void count_steps(rc_device *device)
{
    rc__cl *calls = rc__opencl_calls();
    real = *calls;
    calls->EnqueueNDRangeKernel = count_launch;
    calls->EnqueueSVMMemcpy = count_copy;
    calls->Finish = count_wait;
    count_step("bert", "roberta", device);
    count_step("swin", "shifted", device);
    *calls = real;
}

static const char *const fixtures[][2] = {
    {"swin", "decoder"},
    {"swin", "padded"},
    {"swin", "shifted"},
    {"swin", "small_grid"},
    {"swin", "eps"},
    {"bert", "bert"},
    {"bert", "bert_long"},
    {"bert", "camembert"},
    {"bert", "roberta"},
    {"bert", "distilbert"},
    {"bert", "bert_pad"},
    {"bert", "roberta_pad"},
    {"vit", "vit"},
    {"vit", "vit_resized"},
    {"vit", "deit"},
    {"vit", "dinov2"},
    {"vit", "vit_eps"},
    {"vit", "dinov2_swiglu"},
    {"vit", "deit_eps"},
    {"vit", "dinov2_eps"},
    {"t5", "relu"},
    {"t5", "gated"},
    {"t5", "far"},
    {"series", "moment"},
    {"series", "moment_bias"},
    {"series", "chronos"},
    {"series", "bolt"},
};

static bool is_a_fixture(const char *path)
{
    char end[256];
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        snprintf(end, sizeof end, "/%s/%s.safetensors", fixtures[i][0], fixtures[i][1]);
        size_t n = strlen(end), length = strlen(path);
        if (length >= n && strcmp(path + length - n, end) == 0) return true;
    }
    return false;
}

/* A file of a model's outputs that is in no row would not be compared with anything. */
TEST(every_golden_file_is_a_fixture)
{
    glob_t files;
    REQUIRE(glob(RC_TEST_DATA "/*/*.safetensors", 0, NULL, &files) == 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        rc_safetensors *file;
        OK(rc_safetensors_open(files.gl_pathv[i], &file));
        bool is_golden = rc_safetensors_find(file, "output.last_hidden_state") >= 0;
        if (is_golden && !is_a_fixture(files.gl_pathv[i])) {
            fprintf(stderr, "%s is in no row\n", files.gl_pathv[i]);
            check_failures++;
        }
        check_count++;
        rc_safetensors_close(&file);
    }
    globfree(&files);
}

int main(void)
{
    rc_device *device[TEST_DEVICES];
    size_t peak = 0, less = 0;
    double saved = 0;
    RUN(every_golden_file_is_a_fixture);
    int count = test_devices(device);
    for (int d = 0; d < count; d++)
        for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
            int before = check_failures;
            check_fixture(fixtures[i][0], fixtures[i][1], device[d], false, &peak);
            if (strcmp(device[d]->name, "onednn") == 0) {
                check_fixture(fixtures[i][0], fixtures[i][1], device[d], true, &less);
                saved += (double)peak - (double)less;
            }
            fprintf(stderr, "%s %s/%s on %s\n", check_failures == before ? "ok  " : "FAIL", fixtures[i][0],
                    fixtures[i][1], device[d]->name);
        }
    CHECK(saved > 0);
    if (test_opencl(&device[0])) count_steps(device[0]);
    return RESULT();
}
