/* What takes paths elsewhere, of objects in memory: how far a data set is from a source, a model in other
 * forms, and what a model that was distilled says of its teacher. */
#include "check.h"

#include <unistd.h>

#include "base/rng.h"
#include "formats/json.h"
#include "recraft/recraft.h"

enum { N = 36, SIDE = 16, PIXELS = SIDE * SIDE };

static char folder[] = "/tmp/recraft_objects_XXXXXX";
static float images[N * PIXELS];
static int64_t label[N];

/* Stripes that lie or stand, and noise. */
static void draw(void)
{
    rc_rng rng = rc_rng_make(1, "stripes", 0);
    for (int i = 0; i < N; i++) {
        label[i] = i % 2;
        for (int p = 0; p < PIXELS; p++) {
            int along = label[i] ? p % SIDE : p / SIDE;
            images[i * PIXELS + p] = (float)(along / 4 % 2) + 0.3f * (float)rc_rng_normal(&rng);
        }
    }
}

/* weight NULL: each counts as one. */
static rc_status stripes(const float *weight, rc_data **out)
{
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE), y = RC_VIEW(label, RC_DTYPE_I64, N),
            w = RC_VIEW((void *)(uintptr_t)weight, RC_DTYPE_F32, N);
    rc_data_arrays all = RC_DATA_ARRAYS_INIT;
    all.x[RC_DATA_TRAIN] = &x, all.y[RC_DATA_TRAIN] = &y;
    if (weight) all.weight[RC_DATA_TRAIN] = &w;
    all.name = "stripes";
    return rc_data_from_arrays(NULL, &all, out);
}

static const char *in_folder(const char *name)
{
    static char path[4][96];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

/* Pairs of names and values, and NULL. */
static void fit(const char *method, const rc_data *d, const char *const (*set)[2], rc_predictor **out)
{
    static const char *const quick[][2] = {
        {"fit.epochs", "1"}, {"fit.batch", "12"}, {"model.image_size", "16"}, {NULL, NULL}};
    rc_options *o;
    *out = NULL;
    OK(rc_options_create(&o));
    for (int i = 0; quick[i][0]; i++)
        OK(rc_options_set(o, quick[i][0], quick[i][1]));
    for (int i = 0; set && set[i][0]; i++)
        OK(rc_options_set(o, set[i][0], set[i][1]));
    rc_fit_how how = {.size = sizeof how, .method = method, .options = o};
    OK(rc_predictor_fit(NULL, d, &how, out));
    rc_options_destroy(&o);
}

static rc_json *parsed(char *text)
{
    rc_json *j = NULL;
    CHECK(rc_json_parse("the answer", text, strlen(text), &j) == RC_OK);
    rc_free_text(text);
    return j;
}

static const rc_json *at(const rc_json *list, size_t i)
{
    return rc_json_at(list, i);
}

TEST(a_data_set_and_sources)
{
    static const char *const lines[] = {"model.image_size=16"};
    rc_data *d;
    rc_source *s;
    rc_predictor *p;
    rc_align_options o = RC_ALIGN_OPTIONS_INIT;
    char *text;
    OK(stripes(NULL, &d));
    OK(rc_source_open(NULL, "swin-mini", &s));
    const rc_source *const among[] = {s, s};
    o.settings.set = lines, o.settings.n_set = 1;
    o.target = d, o.among = among, o.n_among = 1;
    o.resamples = -1, o.source_features = 40;
    o.distances = "w1,energy", o.rank_by = "logme";
    OK(rc_align(&o, &text));
    rc_json *j = parsed(text);
    const rc_json *before = at(rc_json_get(at(rc_json_get(j, "sources"), 0), "stages"), 0);
    CHECK(strcmp(rc_json_string(j, "data", ""), "stripes") == 0 &&
          rc_json_integer(j, "target_classes", 0) == 2);
    CHECK(isfinite(rc_json_number(before, "bound", NAN)) && isfinite(rc_json_number(before, "logme", NAN)));
    CHECK(rc_json_length(rc_json_get(before, "distances")) == 2);
    /* By their names, and after training. */
    static const char *const last[][2] = {{"data.valid_fraction", "0"}, {NULL, NULL}};
    fit("nft", d, last, &p);
    o.among = NULL, o.n_among = 0;
    o.model = p, o.rank_by = NULL;
    OK(rc_align(&o, &text));
    rc_json *trained = parsed(text);
    const rc_json *stages = rc_json_get(at(rc_json_get(trained, "sources"), 0), "stages");
    CHECK(rc_json_length(stages) == 2);
    CHECK(strcmp(rc_json_string(at(stages, 1), "stage", ""), "after training") == 0);
    CHECK(rc_json_number(at(stages, 1), "leep", NAN) != rc_json_number(at(stages, 0), "leep", NAN));
    rc_json_free(&trained);
    rc_json_free(&j);
    o.data = "elsewhere";
    FAILS(RC_CONFIG, "data and target cannot be used together", rc_align(&o, NULL));
    o.data = NULL, o.target = NULL;
    FAILS(RC_CONFIG, "a model in memory keeps none", rc_align(&o, NULL));
    o.target = d, o.run = "somewhere";
    FAILS(RC_CONFIG, "run and model cannot be used together", rc_align(&o, NULL));
    o.run = NULL, o.model = NULL, o.among = among, o.n_among = 2;
    FAILS(RC_CONFIG, "swin-mini is given twice", rc_align(&o, NULL));
    o.sources = "swin-mini";
    FAILS(RC_CONFIG, "sources and among cannot be used together", rc_align(&o, NULL));
    rc_predictor_destroy(&p);
    rc_source_destroy(&s);
    rc_data_destroy(&d);
}

static rc_status export(rc_predictor *p, const char *to, const char *name, const rc_data *measure,
                        rc_json **told)
{
    rc_export_options o = {
        .size = sizeof o, .to = to, .out = in_folder(name), .model = p, .measure = measure};
    char *text = NULL;
    rc_status status = rc_export(&o, told ? &text : NULL);
    if (text) *told = parsed(text);
    return status;
}

TEST(a_model_in_other_forms)
{
    static const char *const lora[][2] = {{"fit.train", "lora"}, {NULL, NULL}};
    float weight[N];
    rc_data *d, *other;
    rc_predictor *p, *small, *plain;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    rc_scores scores = RC_SCORES_INIT;
    rc_json *told;
    OK(stripes(NULL, &d));
    fit("nft", d, lora, &p);
    OK(rc_predictor_describe(p, &info));
    CHECK(info.weights[0] == '\0');
    OK(export(p, "npz", "model.npz", NULL, &told));
    CHECK(!rc_json_get(told, "run") && rc_json_integer(told, "arrays", 0) > 10);
    rc_json_free(&told);
    OK(export(p, "peft", "peft", NULL, &told)); /* the adapters are still there */
    CHECK(rc_json_integer(told, "adapters", 0) > 0);
    rc_json_free(&told);
    OK(export(p, "int8", "measured", d, &told));
    const rc_json *cost = rc_json_get(told, "int8");
    CHECK(rc_json_number(cost, "before", NAN) == info.valid && rc_json_integer(cost, "n", 0) > 0);
    CHECK(rc_json_number(cost, "mb", NAN) < rc_json_number(cost, "mb_before", NAN));
    rc_json_free(&told);
    OK(export(p, "int8", "unmeasured", NULL, &told));
    CHECK(
        strstr(rc_json_as_string(at(rc_json_get(told, "notes"), 0)), "not measured: its data are not given"));
    rc_json_free(&told);
    for (int i = 0; i < N; i++)
        weight[i] = (float)(1 + i % 2);
    OK(stripes(weight, &other));
    OK(export(p, "int8", "of-others", other, &told));
    CHECK(strstr(rc_json_as_string(at(rc_json_get(told, "notes"), 0)), "not those that the run was made of"));
    rc_json_free(&told);

    OK(rc_predictor_load(NULL, in_folder("measured"), &small));
    OK(rc_predictor_describe(small, &info));
    OK(rc_predictor_score(NULL, small, d, RC_DATA_TRAIN, &scores));
    CHECK(strcmp(info.weights, "int8") == 0 && strcmp(scores.weights, "int8") == 0);
    FAILS(RC_UNSUPPORTED, "the model has 8-bit weights", export(small, "onnx", "no.onnx", NULL, NULL));
    rc_options *few;
    OK(rc_options_create(&few));
    OK(rc_options_set(few, "fit.epochs", "1"));
    OK(rc_predictor_refine(NULL, p, d, &(rc_fit_how){.size = sizeof(rc_fit_how), .options = few}));
    rc_options_destroy(&few);
    FAILS(RC_UNSUPPORTED, "the model: the run has no adapters", export(p, "peft", "no", NULL, NULL));
    fit("ridge", d, NULL, &plain);
    FAILS(RC_UNSUPPORTED, "the model is a plain predictor", export(plain, "onnx", "no.onnx", NULL, NULL));
    rc_export_options both = {.size = sizeof both, .run = "x", .to = "npz", .out = "x.npz", .model = p};
    FAILS(RC_CONFIG, "run and model cannot be used together", rc_export(&both, NULL));
    rc_predictor_destroy(&plain);
    rc_predictor_destroy(&small);
    rc_predictor_destroy(&p);
    rc_data_destroy(&other);
    rc_data_destroy(&d);
}

TEST(teacher_and_student_side_by_side)
{
    rc_data *d;
    rc_predictor *teacher, *student, *loaded;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    rc_distillation told = RC_DISTILLATION_INIT, kept = RC_DISTILLATION_INIT;
    OK(stripes(NULL, &d));
    fit("nft", d, NULL, &teacher);
    OK(rc_predictor_save(NULL, teacher, in_folder("teacher")));
    FAILS(RC_UNSUPPORTED, "was not distilled", rc_predictor_distillation(teacher, &told));
    const char *const set[][2] = {
        {"distill.teacher", in_folder("teacher")}, {"distill.layers", "4"}, {NULL, NULL}};
    fit("distill", d, set, &student);
    OK(rc_predictor_describe(student, &info));
    OK(rc_predictor_distillation(student, &told));
    CHECK(info.distilled && strcmp(told.teacher, in_folder("teacher")) == 0 && told.student[0] == '\0');
    CHECK(told.layers == 4 && told.layer[0] == 0 && told.layer[3] > 3);
    CHECK(told.parameters[RC_STUDENT] == info.parameters && told.parameters[RC_TEACHER] > info.parameters);
    CHECK(told.valid[RC_STUDENT] == info.valid && told.mb[RC_TEACHER] > told.mb[RC_STUDENT]);
    CHECK(told.ms[RC_STUDENT] > 0 && told.ms_in_batch[RC_TEACHER] > 0 && told.batch[RC_TEACHER] == 12);
    CHECK(strstr(told.note, "held out by the seed") && told.unpaired[0] == '\0' && !told.local);
    OK(rc_predictor_save(NULL, student, in_folder("student")));
    OK(rc_predictor_load(NULL, in_folder("student"), &loaded));
    OK(rc_predictor_distillation(loaded, &kept));
    CHECK(memcmp(kept.valid, told.valid, sizeof kept.valid) == 0 &&
          kept.ms[RC_TEACHER] == told.ms[RC_TEACHER]);
    CHECK(kept.layers == 4 && strcmp(kept.note, told.note) == 0);
    rc_predictor_destroy(&loaded);
    rc_predictor_destroy(&student);
    rc_predictor_destroy(&teacher);
    rc_data_destroy(&d);
}

/* The teacher knows both classes. Of samples that weigh nothing nothing is learnt of it: all are of the other
 * class then. */
TEST(a_student_learns_of_samples_by_their_weights)
{
    float weight[N];
    int64_t answer[N], standing = 0;
    rc_data *even, *d;
    rc_predictor *teacher, *student;
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE), said = RC_VIEW(answer, RC_DTYPE_I64, N);
    for (int i = 0; i < N; i++)
        weight[i] = (float)(label[i] == 0);
    OK(stripes(NULL, &even));
    OK(stripes(weight, &d));
    fit("ridge", even, NULL, &teacher);
    OK(rc_predictor_save(NULL, teacher, in_folder("ridge")));
    const char *const set[][2] = {{"distill.teacher", in_folder("ridge")},
                                  {"distill.student", "swin-mini"},
                                  {"distill.answers", "10"},
                                  {"distill.temperature", "1"},
                                  {"fit.train", "head"},
                                  {"fit.head_start", "seed"},
                                  {"fit.lr", "0.01"},
                                  {"fit.epochs", "8"},
                                  {"data.valid_fraction", "0"},
                                  {NULL, NULL}};
    fit("distill", d, set, &student);
    OK(rc_predictor_predict(NULL, student, &x, &said));
    for (int i = 0; i < N; i++)
        standing += answer[i];
    CHECK(standing == 0);
    rc_predictor_destroy(&student);
    fit("distill", even, set, &student);
    OK(rc_predictor_predict(NULL, student, &x, &said));
    for (int i = 0; i < N; i++)
        standing += answer[i];
    CHECK(standing > N / 4);
    rc_predictor_destroy(&student);
    rc_predictor_destroy(&teacher);
    rc_data_destroy(&d);
    rc_data_destroy(&even);
}

int main(void)
{
    char command[96];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    draw();
    RUN(a_data_set_and_sources);
    RUN(a_model_in_other_forms);
    RUN(teacher_and_student_side_by_side);
    RUN(a_student_learns_of_samples_by_their_weights);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? RESULT() : EXIT_FAILURE;
}
