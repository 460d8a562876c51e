/* Which runs a form of export takes, and all arrays of a run by their names. */
#include "exported.h"

#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "formats/array_file.h"

enum { SAMPLES = 12, SIDE = 8, PIXELS = SIDE * SIDE };

static char folder[] = "/tmp/recraft_exports_XXXXXX";
static char run[64], out[64];
static rc_device *device;

/* ---- runs ---- */

typedef struct subject {
    rc_config config;
    rc_dataset *data;
    rc_model_spec spec;
    rc_task *task;
    rc_model *model;
} subject;

/* Pictures with one number each; more: with a second picture beside each. */
static void make_data(bool more, subject *s)
{
    static float x[SAMPLES * PIXELS], y[SAMPLES];
    rc_dataset_arrays a = {0};
    fill_normal(x, SAMPLES * PIXELS, 1);
    fill_normal(y, SAMPLES, 2);
    a.x[0] = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SAMPLES, 1, SIDE, SIDE), .data = x};
    a.y[0] = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SAMPLES, 1), .data = y};
    if (more) {
        a.n_more = 1;
        a.more[0].name = "other";
        a.more[0].x[0] = a.x[0];
    }
    *s = (subject){0};
    rc_config_defaults(&s->config);
    OK(rc_dataset_from_arrays("few", &a, NULL, 0, RC_DATASET_TRAIN | RC_DATASET_INPUTS, &s->data));
}

static void make_run(subject *s)
{
    rc_safetensors_writer *w;
    char path[96];
    OK(rc_task_detach(s->task));
    OK(rc_make_directory(run));
    OK(rc_safetensors_writer_create(&w));
    OK(rc_trained_store(&s->config, s->model, s->task, w));
    snprintf(path, sizeof path, "%s/model.safetensors", run);
    OK(rc_safetensors_writer_write(w, path));
    rc_safetensors_writer_destroy(&w);
    rc_task_destroy(&s->task);
    rc_model_destroy(&s->model);
    rc_dataset_close(&s->data);
}

static void set(subject *s, const char *key, const char *value)
{
    OK(rc_config_set(&s->config, "test", key, value));
}

static void make_model_run(bool more, const char *loss, bool int8)
{
    subject s;
    rc_model *whole = NULL;
    make_data(more, &s);
    set(&s, "fit.loss", loss);
    set(&s, "model.image_size", "32");
    OK(read_config("swin/shifted", &s.spec.backbone));
    OK(rc_task_create(&s.config, s.data, device, &s.spec, &s.task));
    OK(make_model(&s.spec, &s.model));
    if (int8) {
        whole = s.model;
        OK(rc_model_to_int8(whole, &s.model));
    }
    make_run(&s);
    rc_model_destroy(&whole);
}

static void make_plain_run(void)
{
    subject s;
    make_data(false, &s);
    OK(rc_task_create_plain(&s.config, s.data, device, &s.task));
    OK(rc_task_fit_plain(s.task, "ridge", &s.data->train, 0, NULL));
    make_run(&s);
}

static rc_status export(const char *form)
{
    snprintf(out, sizeof out, "%s/x.%s", folder, form);
    const rc_export_how how = {.run = run, .name = "the run", .to = form, .out = out};
    rc_json *told = rc_json_object();
    rc_status status = rc_export_write(&how, told);
    if (status == RC_OK) CHECK(strcmp(rc_json_string(told, "output", ""), out) == 0);
    if (status == RC_OK) CHECK(strcmp(rc_json_string(told, "to", ""), form) == 0);
    rc_json_free(&told);
    return status;
}

/* These forms refuse the run, each with these words, and leave nothing. */
static void check_refusals(const char *const *forms, const char *words)
{
    for (; *forms; forms++) {
        FAILS(RC_UNSUPPORTED, words, export(*forms));
        CHECK(!rc_path_exists(out));
    }
}

/* The file .npz has every array of the model file, with its bits, and no other. */
static void check_arrays(void)
{
    char path[96];
    rc_safetensors *f;
    rc_npz *z;
    OK(export("npz"));
    snprintf(path, sizeof path, "%s/model.safetensors", run);
    OK(rc_safetensors_open(path, &f));
    OK(rc_npz_open(out, &z));
    CHECK(rc_npz_count(z) == rc_safetensors_count(f) && rc_npz_count(z) > 0);
    for (int i = 0; i < rc_safetensors_count(f); i++) {
        rc_safetensors_entry e = rc_safetensors_get(f, i);
        rc_array a;
        int at = rc_npz_find(z, e.name);
        REQUIRE(at >= 0);
        OK(rc_npz_read(z, at, &a));
        CHECK(a.dtype == e.dtype && rc_shape_equal(&a.shape, &e.shape));
        CHECK(memcmp(a.data, e.data, e.bytes) == 0);
        rc_array_free(&a);
    }
    rc_npz_close(&z);
    rc_safetensors_close(&f);
    OK(rc_remove_tree(out));
}

TEST(an_unknown_form_is_asked_back)
{
    make_plain_run();
    FAILS(RC_CONFIG, "did you mean onnx?", export("onnxx"));
    FAILS(RC_CONFIG, "onnx, hf, peft, npz, int8", export("torchscript"));
    OK(rc_remove_tree(run));
    FAILS(RC_IO, "no such run folder", export("npz"));
}

TEST(models)
{
    make_model_run(false, "mse", false);
    check_arrays();
    OK(export("onnx"));
    OK(rc_remove_tree(out));
    OK(rc_remove_tree(run));
}

TEST(plain_predictors)
{
    make_plain_run();
    check_refusals((const char *const[]){"onnx", "hf", "peft", "int8", NULL}, "is a plain predictor (ridge)");
    check_arrays();
    OK(rc_remove_tree(run));
}

TEST(answers_that_are_made_after_the_last_layer)
{
    make_model_run(false, "pinball", false);
    check_refusals((const char *const[]){"onnx", "hf", "peft", NULL},
                   "its answers are made after the last layer");
    check_arrays();
    OK(rc_remove_tree(run));
}

TEST(samples_of_several_inputs)
{
    make_model_run(true, "mse", false);
    check_refusals((const char *const[]){"onnx", "hf", "peft", NULL}, "takes samples of several inputs");
    check_arrays();
    OK(rc_remove_tree(run));
}

TEST(weights_of_8_bits)
{
    make_model_run(false, "mse", true);
    check_refusals((const char *const[]){"onnx", "hf", "peft", "int8", NULL}, "has 8-bit weights");
    check_arrays();
    OK(rc_remove_tree(run));
}

/* Before the run is looked for. */
TEST(a_name_that_is_not_utf8_is_refused_at_once)
{
    const rc_export_how how = {.run = "nowhere", .name = "the run", .to = "npz", .out = "caf\xe9.npz"};
    rc_json *told = rc_json_object();
    FAILS(RC_DATA, "\"caf\\xE9.npz\": byte 4 (0xE9) is not UTF-8", rc_export_write(&how, told));
    rc_json_free(&told);
}

int main(void)
{
    if (!mkdtemp(folder) || rc_device_by_name("ref", &device) != RC_OK) return EXIT_FAILURE;
    snprintf(run, sizeof run, "%s/run", folder);
    RUN(an_unknown_form_is_asked_back);
    RUN(models);
    RUN(plain_predictors);
    RUN(answers_that_are_made_after_the_last_layer);
    RUN(samples_of_several_inputs);
    RUN(weights_of_8_bits);
    RUN(a_name_that_is_not_utf8_is_refused_at_once);
    rmdir(folder);
    return RESULT();
}
