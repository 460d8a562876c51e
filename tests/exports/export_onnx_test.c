/* A model as an ONNX file, read to its last byte and computed by the definitions of its operators: every
 * operation that is translated, and whole models from the numbers of the data to the answer. */
#include "exported.h"
#include "onnx_run.h"
#include "ops/op_cases.h"

#include <unistd.h>

#include "base/file.h"
#include "exports/onnx_graph.h"
#include "recraft/version.h"

static char folder[] = "/tmp/recraft_export_onnx_XXXXXX";
static char path[64];
static rc_device *device;

/* ---- single operations ---- */

/* Operations that no model has when it answers, so that no row of the table is theirs. */
static const char *const untranslated[][2] = {
    {"linear_lora", "adapters are part of their matrices by then"},
    {"mix_rows", "training alone mixes samples"},
    {"ordered_classes", "classes in order have no form"},
    {"cross_entropy", "a loss"},
    {"focal", "a loss"},
    {"relative_l2", "a loss"},
    {"lp_error", "a loss"},
    {"squared_error", "a loss"},
    {"binary_cross_entropy", "a loss"},
    {"poisson", "a loss"},
    {"softened_kl", "a loss"},
};

static bool is_untranslated(const char *op)
{
    for (size_t i = 0; i < sizeof untranslated / sizeof *untranslated; i++)
        if (strcmp(untranslated[i][0], op) == 0) return true;
    return false;
}

/* In ONNX the mask of a text is in the place of its length: whole models try it. */
static bool has_lengths(rc_var y)
{
    enum { LENGTH = 1 };
    bool reads = strcmp(y->op->name, "attend") == 0 || strcmp(y->op->name, "mean_tokens") == 0;
    return reads && y->in[LENGTH];
}

static rc_status translate(rc_graph *g, rc_params *none, rc_var x, rc_var y)
{
    rc_onnx *o;
    rc__onnx_graph *t;
    rc_status status = rc_onnx_create(&o);
    if (status != RC_OK) return status;
    status = rc__onnx_graph_create(o, g, none, &t);
    if (status == RC_OK)
        status = rc__onnx_graph_bind(t, x, rc_onnx_input(o, "x", RC_DTYPE_F32, x->value.shape));
    if (status == RC_OK) rc_onnx_output(o, "y", rc__onnx_graph_translate(t, y), y->value.shape);
    if (status == RC_OK) status = rc_onnx_write(o, path);
    rc__onnx_graph_destroy(&t);
    rc_onnx_destroy(&o);
    return status;
}

static void give(onnx_file *f, const char *name, int element, const rc_shape *shape, const float *x)
{
    onnx_value *v = onnx_new(f, name, shape->n, shape->dim);
    REQUIRE(v);
    v->element = element;
    for (int64_t i = 0; i < rc_shape_size(shape); i++)
        v->v[i] = (double)x[i];
}

/* Every constant is used; what comes out is `want`, to rounding. */
static void check_answer(onnx_file *f, const float *want, int64_t n)
{
    double largest = 1;
    const onnx_value *y = onnx_run(f);
    REQUIRE(y && onnx_size(y) == n);
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)want[i]));
    for (int64_t i = 0; i < n; i++)
        NEAR(y->v[i], (double)want[i], 1e-5 * largest);
    for (int i = 0; i < f->n; i++)
        if (f->value[i].constant) CHECK(f->value[i].used > 0);
}

static void check_case(const op_case *c, rc_graph *g, rc_params *none)
{
    static float x[RC_OP_INPUTS][1 << 12];
    rc_var leaf[RC_OP_INPUTS] = {0};
    onnx_file f;
    rc_graph_reset(g, true);
    for (int i = 0; i < c->n_in; i++) {
        int64_t n = rc_shape_size(&c->in[i]);
        fill_normal(x[i], n, (uint64_t)i);
        leaf[i] = rc_graph_input(g, RC_DTYPE_F32, c->in[i], x[i], i == 0); /* the others are weights */
    }
    rc_var y = c->build(g, leaf);
    OK(rc_graph_status(g));
    if (has_lengths(y)) return;
    if (is_untranslated(c->op)) {
        FAILS(RC_UNSUPPORTED, "no operators are known", translate(g, none, leaf[0], y));
        return;
    }
    OK(translate(g, none, leaf[0], y));
    REQUIRE(onnx_open(path, &f));
    give(&f, "x", ONNX_F32, &c->in[0], x[0]);
    check_answer(&f, y->value.data, rc_tensor_size(&y->value));
    onnx_close(&f);
}

TEST(operations_compute_what_they_compute_here)
{
    static const op_cases *const groups[] = {&linear_cases,      &norm_cases, &attention_cases,
                                             &elementwise_cases, &rows_cases, &loss_cases};
    rc_graph *g;
    rc_params *none;
    OK(rc_graph_create(device, &g));
    OK(rc_params_create(device, &none));
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (int k = 0; k < groups[i]->count; k++) {
            const op_case *c = &groups[i]->of[k];
            int before = check_failures;
            check_case(c, g, none);
            if (check_failures != before) fprintf(stderr, "FAIL %s (%s)\n", c->op, c->name);
        }
    rc_params_destroy(&none);
    rc_graph_destroy(&g);
}

/* ---- whole models ---- */

enum { SAMPLES = 12, ASKED = 3, LARGEST = 1 << 12 };

typedef struct subject {
    rc_config config;
    rc_dataset *data;
    rc_model_spec spec;
    rc_export_how how;
    rc__exporting e;
} subject;

static void open(subject *s)
{
    s->how = (rc_export_how){.name = "the run", .to = "onnx", .out = path};
    s->e.how = &s->how;
    s->e.trained.device = device;
    OK(make_model(&s->spec, &s->e.trained.model));
    OK(rc_graph_create(device, &s->e.trained.graph));
    s->e.told = rc_json_object();
}

static void forget(subject *s)
{
    rc_json_free(&s->e.told);
    rc_trained_close(&s->e.trained);
    rc_dataset_close(&s->data);
    unlink(path);
}

/* A model before numbers of this shape. classes: the target is one of so many; 0: two numbers. */
static void make(const char *fixture, rc_shape x_shape, int64_t classes, const char *const *set, subject *s)
{
    static float x[SAMPLES * LARGEST], y[2 * SAMPLES];
    static int64_t label[SAMPLES];
    static const char *const name[] = {"plain", "with \"quotes\"", "last"};
    int64_t n = rc_shape_size(&x_shape) / x_shape.dim[0];
    rc_dataset_arrays a = {0};
    *s = (subject){0};
    REQUIRE(n <= LARGEST);
    fill_normal(x, SAMPLES * n, 1);
    fill_normal(y, 2 * SAMPLES, 2);
    for (int64_t i = 0; i < SAMPLES * n; i++)
        x[i] = 5 + 3 * x[i];
    for (int i = 0; i < SAMPLES; i++)
        label[i] = i % 3, y[2 * i] = 100 + 20 * y[2 * i];
    a.x[0] = (rc_array){.dtype = RC_DTYPE_F32, .shape = x_shape, .data = x};
    a.y[0] = classes ? (rc_array){.dtype = RC_DTYPE_I64, .shape = RC_SHAPE(SAMPLES), .data = label}
                     : (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SAMPLES, 2), .data = y};
    OK(rc_dataset_from_arrays("few", &a, classes ? name : NULL, classes, RC_DATASET_TRAIN, &s->data));
    rc_config_defaults(&s->config);
    for (; *set; set += 2)
        OK(rc_config_set(&s->config, "test", set[0], set[1]));
    OK(read_config(fixture, &s->spec.backbone));
    OK(rc_task_create(&s->config, s->data, device, &s->spec, &s->e.trained.task));
    OK(rc_task_detach(s->e.trained.task));
    open(s);
}

/* What recraft says of the first samples. */
static void our_answers(const subject *s, float *out)
{
    static float raw[2 * LARGEST], x[ASKED * LARGEST];
    const rc_trained *t = &s->e.trained;
    int64_t n = rc_task_raw(t->task), given = rc_task_given(t->task), width = rc_task_width(t->task);
    REQUIRE(given <= LARGEST && rc_task_room(t->task) <= 2 * LARGEST);
    for (int64_t i = 0; i < ASKED; i++) {
        memcpy(raw, (const float *)s->data->train.x->data + i * n, (size_t)n * sizeof *raw);
        rc_task_prepare(t->task, NULL, i, raw, x + i * given);
    }
    rc_graph_reset(t->graph, false);
    rc_var y = rc_task_forward(t->graph, t->model, t->task, ASKED, &(rc_given){.x = x});
    OK(rc_graph_status(t->graph));
    OK(rc_tensor_download(&y->value, out));
    for (int64_t i = 0; i < ASKED; i++)
        rc_task_finish_output(t->task, width, out + i * width);
}

static void check_model(subject *s)
{
    static float want[ASKED * LARGEST];
    const rc_task *t = s->e.trained.task;
    onnx_file f;
    our_answers(s, want);
    OK(rc__export_onnx(&s->e));
    REQUIRE(onnx_open(path, &f));
    for (int64_t n = ASKED; n >= 1; n -= ASKED - 1) { /* any number of samples */
        rc_shape shape = rc_layout_shape(&t->layout, n);
        onnx_reset(&f);
        give(&f, "x", ONNX_F32, &shape, s->data->train.x->data);
        check_answer(&f, want, n * rc_task_width(t));
    }
    onnx_close(&f);
    forget(s);
}

TEST(pictures)
{
    subject s;
    make("swin/shifted", RC_SHAPE(SAMPLES, 1, 12, 10), 3,
         (const char *const[]){"model.image_size", "16", NULL}, &s);
    check_model(&s);
    make("vit/vit", RC_SHAPE(SAMPLES, 2, 7, 9), 0, (const char *const[]){"model.head", "cls", NULL}, &s);
    check_model(&s);
    make("vit/dinov2", RC_SHAPE(SAMPLES, 3, 8, 8), 3, (const char *const[]){"model.head", "attention", NULL},
         &s);
    check_model(&s);
}

TEST(sequences)
{
    subject s;
    make("bert/bert", RC_SHAPE(SAMPLES, 2, 22), 0, (const char *const[]){"model.channels", "apart", NULL},
         &s);
    check_model(&s);
    make("swin/shifted", RC_SHAPE(SAMPLES, 1, 50), 3, (const char *const[]){"model.head", "mean", NULL}, &s);
    check_model(&s);
    make("series/bolt", RC_SHAPE(SAMPLES, 1, 30), 3, (const char *const[]){NULL}, &s);
    check_model(&s);
    make("series/chronos", RC_SHAPE(SAMPLES, 1, 9), 0, (const char *const[]){"model.head", "mean", NULL}, &s);
    check_model(&s);
}

TEST(tables)
{
    subject s;
    make("bert/roberta", RC_SHAPE(SAMPLES, 7), 3, (const char *const[]){NULL}, &s);
    check_model(&s);
}

/* ---- inputs and outputs ---- */

/* The name of dimension i, or its number. */
static const char *dimension(onnx_span end, int i, char out[ONNX_NAME])
{
    onnx_span tensor = onnx_message(onnx_message(end, 2, 0), 1, 0),
              dim = onnx_message(onnx_message(tensor, 2, 0), 1, i);
    onnx_field f;
    if (onnx_find(dim, 2, 0, &f)) return onnx_text(dim, 2, 0, out);
    snprintf(out, ONNX_NAME, "%lld", (long long)onnx_whole(dim, 1, 0));
    return out;
}

/* The i-th input or output. */
static void check_end(const onnx_file *f, int which, int i, const char *name, int element,
                      const char *const *dim)
{
    char text[ONNX_NAME];
    onnx_span end = onnx_message(f->graph, which, i), tensor = onnx_message(onnx_message(end, 2, 0), 1, 0);
    CHECK(strcmp(onnx_text(end, 1, 0, text), name) == 0);
    CHECK(onnx_whole(tensor, 1, 0) == element);
    int n = onnx_count(onnx_message(tensor, 2, 0), 1);
    for (int k = 0; k < n; k++)
        CHECK(dim[k] && strcmp(dimension(end, k, text), dim[k]) == 0);
    CHECK(!dim[n]);
}

/* ---- texts ---- */

enum { TEXTS = 3, TOKENS = 5 };

/* Without data: a task of texts that is only asked. */
static void make_texts(const char *fixture, subject *s)
{
    *s = (subject){.spec = {.head = RC_HEAD_LINEAR, .outputs = 3, .readout = RC_READOUT_POOL}};
    OK(read_config(fixture, &s->spec.backbone));
    s->spec.input = (rc_input){.kind = RC_INPUT_TOKENS, .length = TOKENS};
    OK(RC_NEW(&s->e.trained.task, 1));
    *s->e.trained.task = (rc_task){.target = RC_TARGET_CLASSES,
                                   .loss = RC_LOSS_CROSS_ENTROPY,
                                   .outputs = 3,
                                   .backbone = s->spec.backbone,
                                   .layout.form = RC_FORM_TEXTS,
                                   .layout.input = s->spec.input};
    open(s);
}

/* Padding may be any token, and the mask alone says that it is none. */
static void check_texts(const char *fixture)
{
    static const int32_t ids[TEXTS * TOKENS] = {5, 6, 7, 8, 9, 4, 5, 3, 3, 3, 8, 3, 3, 3, 3},
                                     length[] = {5, 2, 1};
    static float id[TEXTS * TOKENS], mask[TEXTS * TOKENS], want[TEXTS * 3];
    const rc_shape shape = RC_SHAPE(TEXTS, TOKENS);
    subject s;
    onnx_file f;
    make_texts(fixture, &s);
    rc_graph *g = s.e.trained.graph;
    rc_token_batch batch = {TEXTS, TOKENS, ids, length, NULL};
    rc_graph_reset(g, false);
    rc_feed feed = rc_feed_tokens(g, &s.spec.backbone, &batch);
    rc_var y = rc_task_outputs(g, s.e.trained.model, s.e.trained.task, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&y->value, want));
    for (int i = 0; i < TEXTS; i++)
        rc_task_finish_output(s.e.trained.task, 3, want + 3 * i);
    OK(rc__export_onnx(&s.e));
    for (int i = 0; i < TEXTS * TOKENS; i++)
        id[i] = (float)ids[i], mask[i] = i % TOKENS < length[i / TOKENS];
    REQUIRE(onnx_open(path, &f));
    CHECK(onnx_count(f.graph, ONNX_INPUTS) == 2 && onnx_count(f.graph, ONNX_OUTPUTS) == 1);
    check_end(&f, ONNX_INPUTS, 0, "input_ids", ONNX_I64, (const char *const[]){"batch", "tokens", NULL});
    check_end(&f, ONNX_INPUTS, 1, "attention_mask", ONNX_I64, (const char *const[]){"batch", "tokens", NULL});
    check_end(&f, ONNX_OUTPUTS, 0, "probabilities", ONNX_F32, (const char *const[]){"batch", "3", NULL});
    give(&f, "input_ids", ONNX_I64, &shape, id);
    give(&f, "attention_mask", ONNX_I64, &shape, mask);
    check_answer(&f, want, TEXTS * 3);
    onnx_close(&f);
    forget(&s);
}

TEST(texts)
{
    check_texts("bert/bert");
    check_texts("bert/distilbert");
    check_texts("bert/roberta"); /* counts positions behind its padding token */
}

TEST(biases_of_one_length_are_refused)
{
    subject s;
    make_texts("t5/gated", &s);
    FAILS(RC_UNSUPPORTED, "belong to texts of one length", rc__export_onnx(&s.e));
    CHECK(!rc_path_exists(path));
    forget(&s);
}

/* ---- what the file says of itself ---- */

TEST(versions_inputs_outputs_and_names)
{
    subject s;
    onnx_file f;
    char text[ONNX_NAME];
    make("swin/shifted", RC_SHAPE(SAMPLES, 1, 12, 10), 3,
         (const char *const[]){"model.image_size", "16", NULL}, &s);
    OK(rc__export_onnx(&s.e));
    REQUIRE(onnx_open(path, &f));
    CHECK(onnx_whole(f.all, ONNX_IR, 0) == 8 && onnx_count(f.all, ONNX_OPSETS) == 1);
    CHECK(onnx_whole(onnx_message(f.all, ONNX_OPSETS, 0), 2, 0) == 17);
    CHECK(strcmp(onnx_text(f.all, ONNX_VERSION, 0, text), rc_version()) == 0);
    CHECK(onnx_count(f.graph, ONNX_INPUTS) == 1 && onnx_count(f.graph, ONNX_OUTPUTS) == 1);
    check_end(&f, ONNX_INPUTS, 0, "x", ONNX_F32, (const char *const[]){"batch", "1", "12", "10", NULL});
    check_end(&f, ONNX_OUTPUTS, 0, "probabilities", ONNX_F32, (const char *const[]){"batch", "3", NULL});
    onnx_span note = onnx_message(f.all, ONNX_NOTES, 0);
    CHECK(onnx_count(f.all, ONNX_NOTES) == 1 && strcmp(onnx_text(note, 1, 0, text), "classes") == 0);
    CHECK(strcmp(onnx_text(note, 2, 0, text), "[\"plain\", \"with \\\"quotes\\\"\", \"last\"]") == 0);
    CHECK(strcmp(rc_json_string(s.e.told, "answer", ""), "probabilities") == 0);
    CHECK(rc_json_integer(s.e.told, "opset", 0) == 17);
    onnx_close(&f);
    forget(&s);
}

/* Parameter i, or it and `more` that are joined to it, as a constant of the file; NULL: it has none. */
static const onnx_value *weight_of(const onnx_file *f, rc_model *m, int i, int more)
{
    char joined[ONNX_NAME], turned_name[ONNX_NAME];
    const rc_param *p = rc_params_get(m->params, i);
    const float *x = parameter(m, i);
    int64_t rows = p->shape.dim[0] * (1 + more), size = p->size * (1 + more);
    snprintf(joined, sizeof joined, more ? "%s+%d" : "%s", p->name, more);
    snprintf(turned_name, sizeof turned_name, "%s.T", joined);
    const onnx_value *plain = onnx_get(f, joined), *turned = onnx_get(f, turned_name);
    CHECK(!plain || !turned);
    CHECK(!plain || onnx_size(plain) == size);
    CHECK(!turned || (turned->n == 2 && turned->dim[0] * rows == size && turned->dim[1] == rows));
    for (int64_t k = 0; k < size && plain; k++)
        CHECK(plain->v[k] == (double)x[k]);
    for (int64_t k = 0; k < size && turned; k++)
        CHECK(turned->v[k % (size / rows) * rows + k / (size / rows)] == (double)x[k]);
    return plain ? plain : turned;
}

/* Weights have the names of the published model, and our numbers, and are there once; matrices are turned.
 * What becomes of positions and of the first token is the same for every sample, and has no name. */
TEST(weights_have_their_names)
{
    subject s;
    onnx_file f;
    int written = 0, left = 0;
    make("vit/vit", RC_SHAPE(SAMPLES, 2, 7, 9), 0, (const char *const[]){"model.head", "cls", NULL}, &s);
    OK(rc__export_onnx(&s.e));
    REQUIRE(onnx_open(path, &f));
    rc_model *m = s.e.trained.model;
    for (int i = 0; i < rc_params_count(m->params); i++) {
        const char *name = rc_params_get(m->params, i)->name;
        int times = 0, joined = 0;
        for (int more = 0; more < 3 && i + more < rc_params_count(m->params); more++)
            if (weight_of(&f, m, i, more)) times++, joined = more;
        bool nameless = strstr(name, "position_embeddings") || strstr(name, "cls_token");
        if (times != !nameless) fprintf(stderr, "%s is there %d times\n", name, times);
        CHECK(times == !nameless);
        written += times * (1 + joined), left += nameless;
        i += joined;
    }
    CHECK(written + left == rc_params_count(m->params) && left == 2);
    const onnx_value *deviation = onnx_get(&f, "normaliser.y.std");
    REQUIRE(deviation && onnx_size(deviation) == 2);
    for (int k = 0; k < 2; k++)
        CHECK(deviation->v[k] == (double)s.e.trained.task->ny.std[k]);
    onnx_close(&f);
    forget(&s);
}

/* ---- refusals ---- */

TEST(a_file_that_cannot_be_made_leaves_what_was_there)
{
    subject s;
    char before[16] = "", elsewhere[96];
    make("vit/vit", RC_SHAPE(SAMPLES, 2, 7, 9), 0, (const char *const[]){"model.head", "cls", NULL}, &s);
    s.how.out = "run.npz";
    FAILS(RC_CONFIG, "out run.npz: takes a file .onnx", rc__export_onnx(&s.e));
    snprintf(elsewhere, sizeof elsewhere, "%s/nowhere/x.onnx", folder);
    s.how.out = elsewhere;
    CHECK(rc__export_onnx(&s.e) != RC_OK && !rc_path_exists(elsewhere));
    OK(rc_file_write(path, "kept", 4));
    s.how.out = path;
    s.e.trained.task->layout.x_shape[1] = 1 << 25; /* more numbers than a float can count */
    FAILS(RC_UNSUPPORTED, "too large to be exported", rc__export_onnx(&s.e));
    FILE *file = fopen(path, "r");
    REQUIRE(file);
    CHECK(fread(before, 1, sizeof before, file) == 4 && memcmp(before, "kept", 4) == 0);
    fclose(file);
    forget(&s);
}

TEST(what_one_file_cannot_hold)
{
    rc_onnx *o;
    const float few[1] = {0};
    OK(rc_onnx_create(&o));
    CHECK(!rc_onnx_constant(o, "large", RC_DTYPE_F32, RC_SHAPE(1 << 15, 1 << 15), few)); /* is not read */
    FAILS(RC_UNSUPPORTED, "more than 2 GB", rc_onnx_status(o));
    CHECK(!rc_onnx_one(o, "Relu", "x")); /* after a failure nothing is made */
    FAILS(RC_UNSUPPORTED, "more than 2 GB", rc_onnx_write(o, path));
    CHECK(!rc_path_exists(path));
    rc_onnx_destroy(&o);
}

int main(void)
{
    if (!mkdtemp(folder) || rc_device_by_name("ref", &device) != RC_OK) return EXIT_FAILURE;
    snprintf(path, sizeof path, "%s/x.onnx", folder);
    RUN(operations_compute_what_they_compute_here);
    RUN(pictures);
    RUN(sequences);
    RUN(tables);
    RUN(texts);
    RUN(biases_of_one_length_are_refused);
    RUN(versions_inputs_outputs_and_names);
    RUN(weights_have_their_names);
    unlink(path);
    RUN(a_file_that_cannot_be_made_leaves_what_was_there);
    RUN(what_one_file_cannot_hold);
    rmdir(folder);
    return RESULT();
}
