/* Swin against Hugging Face's implementation: outputs and the gradient of every parameter and of the input,
 * for the fixtures that tools/golden/swin.py wrote. */
#include "check.h"

#include "backbones/model.h"
#include "ops/ops.h"

typedef struct fixture {
    rc_safetensors *file;
    rc_backbone_config config;
    rc_model *model;
    rc_graph *graph;
    const char *name;
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
    double most = 0;
    int at = rc_safetensors_find(f->file, name);
    if (at < 0) return 0;
    rc_safetensors_entry e = rc_safetensors_get(f->file, at);
    for (size_t i = 0; i < e.bytes / sizeof(float); i++) {
        float v;
        memcpy(&v, (const float *)e.data + i, sizeof v);
        most = fabs((double)v) > most ? fabs((double)v) : most;
    }
    return most;
}

/* Softmax does not see a shift that all keys share, so the gradient of a key bias is exactly zero: what is
 * left is rounding, to be measured by the query bias beside it. */
static double scale_of(const fixture *f, const char *name)
{
    char query[256];
    const char *key = strstr(name, ".key.bias");
    if (!key) return largest(f, name);
    snprintf(query, sizeof query, "%.*s.query.bias", (int)(key - name), name);
    return largest(f, query);
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

static void open_fixture(const char *name, rc_device *device, bool dense, fixture *f)
{
    char path[512];
    rc_json *json;
    rc_shape x, logits;
    f->name = name;
    snprintf(path, sizeof path, "%s/swin/%s.json", RC_TEST_DATA, name);
    OK(rc_json_read(path, &json));
    const rc_json *config = rc_json_get(json, "config");
    OK(rc_backbone_config_read(config ? config : json, path, &f->config));
    rc_json_free(&json);
    snprintf(path, sizeof path, "%s/swin/%s.safetensors", RC_TEST_DATA, name);
    OK(rc_safetensors_open(path, &f->file));
    REQUIRE(tensor(f, "input.x", &x) != NULL);
    rc_model_spec spec = {
        .backbone = f->config,
        .input = {.kind = RC_INPUT_IMAGE, .channels = x.dim[1], .height = x.dim[2], .width = x.dim[3]}};
    spec.head = dense ? RC_HEAD_DENSE : RC_HEAD_LINEAR;
    if (dense) {
        REQUIRE(tensor(f, "output.reconstruction", &logits) != NULL);
        for (int i = 0; i < 3; i++)
            spec.out_shape[i] = logits.dim[i + 1];
    } else {
        REQUIRE(tensor(f, "output.logits", &logits) != NULL);
        spec.outputs = logits.dim[1];
    }
    OK(rc_model_create(device, &spec, &f->model));
    OK(rc_model_load(f->model, &(rc_weights){.file = f->file, .name = path}));
    OK(rc_params_prepare_grads(f->model->params));
    OK(rc_graph_create(device, &f->graph));
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
    compare(f, "grad.input", &x->grad, 1e-4);
}

static void run(const char *name, rc_device *device, bool dense)
{
    static int32_t label[64];
    static float cotangent[1 << 20];
    fixture f = {0};
    rc_shape shape;
    open_fixture(name, device, dense, &f);
    REQUIRE(f.graph != NULL);
    const float *pixels = tensor(&f, "input.x", &shape);
    rc_var x = rc_graph_input(f.graph, RC_DTYPE_F32, shape, pixels, true);
    rc_var u = rc_model_embed(f.graph, f.model, &(rc_feed){.x = x});
    rc_var tokens = rc_model_body(f.graph, f.model, u, NULL);
    rc_var out = rc_model_head(f.graph, f.model, tokens, NULL);
    OK(rc_graph_status(f.graph));
    rc_graph_keep(out);
    if (tensor(&f, "output.embedding", NULL)) compare(&f, "output.embedding", &u->value, 1e-5);
    compare(&f, "output.last_hidden_state", &tokens->value, 1e-4);
    if (dense) {
        compare(&f, "output.reconstruction", &out->value, 1e-4);
        const float *c = tensor(&f, "input.cotangent", NULL);
        int64_t n = rc_tensor_size(&out->value);
        REQUIRE(c != NULL && n <= 1 << 20);
        for (int64_t i = 0; i < n; i++) {
            float v;
            memcpy(&v, c + i, sizeof v);
            cotangent[i] = v / (float)n;
        }
        OK(rc_graph_seed(out, cotangent));
    } else {
        compare(&f, "output.logits", &out->value, 1e-4);
        int at = rc_safetensors_find(f.file, "input.labels");
        REQUIRE(at >= 0);
        for (int64_t i = 0; i < shape.dim[0]; i++) {
            int64_t wide;
            memcpy(&wide, (const int64_t *)rc_safetensors_get(f.file, at).data + i, sizeof wide);
            label[i] = (int32_t)wide;
            cotangent[i] = 1.0f / (float)shape.dim[0];
        }
        rc_var l = rc_graph_input(f.graph, RC_DTYPE_I32, RC_SHAPE(shape.dim[0]), label, false);
        OK(rc_graph_seed(rc_cross_entropy(f.graph, out, l, 0), cotangent));
    }
    OK(rc_graph_backward(f.graph, true));
    check_gradients(&f, x);
    rc_graph_destroy(&f.graph);
    rc_model_destroy(&f.model);
    rc_safetensors_close(&f.file);
}

static rc_device *device;

TEST(decoder)
{
    run("decoder", device, true);
}

TEST(padded)
{
    run("padded", device, false);
}

TEST(shifted)
{
    run("shifted", device, false);
}

TEST(small_grid)
{
    run("small_grid", device, false);
}

int main(void)
{
    rc_device *devices[] = {rc_device_onednn(), rc_device_ref(), rc_device_poison()};
    for (int i = 0; i < 3; i++) {
        device = devices[i];
        RUN(decoder);
        RUN(padded);
        RUN(shifted);
        RUN(small_grid);
    }
    return RESULT();
}
