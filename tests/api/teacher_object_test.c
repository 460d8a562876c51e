/* Distillation from objects in memory: the same student as by paths, and a teacher that is as it was. */
#include "check.h"

#include <unistd.h>

#include "base/failure.h"
#include "base/file.h"
#include "base/rng.h"
#include "formats/array_file.h"
#include "formats/json.h"
#include "recraft/recraft.h"

enum { N = 30, SIDE = 16, PIXELS = SIDE * SIDE, CHANNELS = 3, STEPS = 32, CLASSES = 2 };

static char folder[] = "/tmp/recraft_teacher_XXXXXX";
static float images[N * CHANNELS * PIXELS], waves[N * STEPS];
static int64_t label[N];

/* Stripes that lie or stand, waves that are slow or quick, and noise. */
static void draw(void)
{
    rc_rng rng = rc_rng_make(1, "stripes", 0);
    for (int i = 0; i < N; i++) {
        label[i] = i % CLASSES;
        for (int p = 0; p < CHANNELS * PIXELS; p++) {
            int along = label[i] ? p % SIDE : p / SIDE % SIDE;
            images[i * CHANNELS * PIXELS + p] = (float)(along / 4 % 2) + 0.3f * (float)rc_rng_normal(&rng);
        }
        for (int t = 0; t < STEPS; t++)
            waves[i * STEPS + t] =
                sinf((float)t * (label[i] ? 0.2f : 0.8f)) + 0.3f * (float)rc_rng_normal(&rng);
    }
}

static const char *in_folder(const char *name)
{
    static char path[4][96];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static rc_view pictures(void)
{
    return RC_VIEW(images, RC_DTYPE_F32, N, CHANNELS, SIDE, SIDE);
}

/* unlabelled NULL: none. */
static rc_status stripes(const rc_view *unlabelled, rc_data **out)
{
    rc_view x = pictures(), y = RC_VIEW(label, RC_DTYPE_I64, N);
    rc_data_arrays all = {
        .size = sizeof all, .x = {&x}, .y = {&y}, .name = "stripes", .unlabelled = unlabelled};
    return rc_data_from_arrays(NULL, &all, out);
}

typedef const char *const pairs[2];

static rc_options *settings(pairs *set)
{
    static pairs quick[] = {{"fit.epochs", "2"},        {"fit.batch", "10"},
                            {"fit.opponents", "no"},    {"fit.head_start", "seed"},
                            {"model.image_size", "16"}, {"source.head_epochs", "1"},
                            {"source.features", "12"},  {"source.recalibration_epochs", "1"},
                            {"source.tokens", "4"},     {NULL, NULL}};
    rc_options *o;
    if (rc_options_create(&o) != RC_OK) abort();
    for (int i = 0; quick[i][0]; i++)
        if (rc_options_set(o, quick[i][0], quick[i][1]) != RC_OK) abort();
    for (int i = 0; set && set[i][0]; i++)
        if (rc_options_set(o, set[i][0], set[i][1]) != RC_OK) abort();
    return o;
}

/* how: its options are these. */
static rc_status fit(const char *method, const rc_data *d, pairs *set, rc_fit_how how, rc_predictor **out)
{
    rc_options *o = settings(set);
    how.size = sizeof how;
    how.method = method;
    how.options = o;
    rc_status status = rc_predictor_fit(NULL, d, &how, out);
    rc_options_destroy(&o);
    return status;
}

static rc_status ask(rc_predictor *p, const rc_view *x, float said[N * CLASSES])
{
    const rc_view out = RC_VIEW(said, RC_DTYPE_F32, N, CLASSES);
    return rc_predictor_predict_proba(NULL, p, x, &out);
}

static rc_status same_answers(rc_predictor *a, rc_predictor *b, const rc_view *x, bool *same)
{
    float one[N * CLASSES], other[N * CLASSES];
    RC_TRY(ask(a, x, one));
    RC_TRY(ask(b, x, other));
    *same = memcmp(one, other, sizeof one) == 0;
    return RC_OK;
}

static void check_same(rc_predictor *a, rc_predictor *b)
{
    bool same;
    rc_view x = pictures();
    OK(same_answers(a, b, &x, &same));
    CHECK(same);
}

/* The fingerprint of the teacher that the record of a run has. */
static void read_fingerprint(const char *run, char out[32])
{
    char path[128];
    rc_json *record;
    out[0] = '\0';
    snprintf(path, sizeof path, "%s/run.json", run);
    OK(rc_json_read(path, &record));
    snprintf(out, 32, "%s", rc_json_string(record, "teacher_fingerprint", ""));
    rc_json_free(&record);
}

TEST(a_predictor_teaches)
{
    rc_data *d;
    rc_predictor *teacher, *by_path, *student, *kept;
    rc_distillation told = RC_DISTILLATION_INIT;
    float before[N * CLASSES], after[N * CLASSES];
    char by_path_print[32], print[32];
    rc_view x = pictures();
    OK(stripes(NULL, &d));
    OK(fit("nft", d, NULL, (rc_fit_how){.source = NULL}, &teacher));
    OK(ask(teacher, &x, before));
    OK(rc_predictor_save(NULL, teacher, in_folder("teacher")));
    pairs layers[] = {{"distill.layers", "4"}, {NULL, NULL}},
          path[] = {{"distill.layers", "4"}, {"distill.teacher", in_folder("teacher")}, {NULL, NULL}};
    OK(fit("distill", d, path, (rc_fit_how){.folder = in_folder("by-path")}, &by_path));
    OK(fit("distill", d, layers, (rc_fit_how){.teacher = teacher}, &student));
    OK(fit("distill", d, layers, (rc_fit_how){.teacher = teacher, .folder = in_folder("kept")}, &kept));
    check_same(student, by_path);
    check_same(kept, by_path);
    OK(rc_predictor_distillation(student, &told));
    CHECK(strcmp(told.teacher, "a predictor in memory") == 0 && told.layers == 4);
    read_fingerprint(in_folder("kept"), print);
    read_fingerprint(in_folder("by-path"), by_path_print);
    CHECK(print[0] && strcmp(print, by_path_print) == 0);
    OK(ask(teacher, &x, after));
    CHECK(memcmp(before, after, sizeof before) == 0);
    rc_predictor_destroy(&kept);
    rc_predictor_destroy(&student);
    rc_predictor_destroy(&by_path);
    rc_predictor_destroy(&teacher);
    rc_data_destroy(&d);
}

/* It has no layers, and the student is a source that is an object, too. */
TEST(a_plain_predictor_teaches_a_source)
{
    rc_data *d;
    rc_source *source;
    rc_predictor *teacher, *by_name, *student;
    rc_distillation told = RC_DISTILLATION_INIT;
    OK(stripes(NULL, &d));
    OK(rc_source_open(NULL, "swin-mini", &source));
    OK(fit("forest", d, NULL, (rc_fit_how){.source = NULL}, &teacher));
    pairs named[] = {{"distill.student", "swin-mini"}, {NULL, NULL}},
          shorter[] = {{"distill.layers", "4"}, {NULL, NULL}};
    FAILS(RC_UNSUPPORTED, "a predictor in memory is not a single model",
          fit("distill", d, shorter, (rc_fit_how){.teacher = teacher}, &student));
    OK(fit("distill", d, named, (rc_fit_how){.teacher = teacher}, &by_name));
    OK(fit("distill", d, NULL, (rc_fit_how){.teacher = teacher, .source = source}, &student));
    check_same(student, by_name);
    OK(rc_predictor_distillation(student, &told));
    CHECK(strcmp(told.student, "swin-mini") == 0 && isnan(told.mb[RC_TEACHER]));
    rc_predictor_destroy(&student);
    rc_predictor_destroy(&by_name);
    rc_predictor_destroy(&teacher);
    rc_source_destroy(&source);
    rc_data_destroy(&d);
}

/* And a source that was never a file: of a predictor, and from its student the next. */
TEST(a_source_teaches)
{
    rc_data *d;
    rc_source *large, *small;
    rc_source_info info = RC_SOURCE_INFO_INIT;
    rc_predictor *first, *by_path, *student;
    rc_distillation told = RC_DISTILLATION_INIT;
    OK(stripes(NULL, &d));
    const rc_data *const sets[] = {d};
    rc_options *o = settings(NULL);
    OK(fit("nft", d, NULL, (rc_fit_how){.source = NULL}, &first));
    OK(rc_source_from_predictor(NULL, first, sets, 1, o, "large", &large));
    OK(rc_source_save(NULL, large, in_folder("large.safetensors")));
    pairs layers[] = {{"distill.layers", "4"}, {"model.head", "mean"}, {NULL, NULL}},
          path[] = {{"distill.layers", "4"},
                    {"model.head", "mean"},
                    {"distill.teacher", in_folder("large.safetensors")},
                    {NULL, NULL}};
    OK(fit("distill", d, path, (rc_fit_how){.source = NULL}, &by_path));
    OK(fit("distill", d, layers, (rc_fit_how){.teacher_source = large}, &student));
    check_same(student, by_path);
    OK(rc_predictor_distillation(student, &told));
    CHECK(strcmp(told.teacher, "large") == 0);
    OK(rc_source_from_predictor(NULL, student, sets, 1, o, "small", &small));
    OK(rc_source_describe(small, &info));
    CHECK(info.classes == CLASSES && strcmp(info.name, "small") == 0);
    rc_options_destroy(&o);
    rc_source_destroy(&small);
    rc_source_destroy(&large);
    rc_predictor_destroy(&student);
    rc_predictor_destroy(&by_path);
    rc_predictor_destroy(&first);
    rc_data_destroy(&d);
}

TEST(samples_without_targets)
{
    rc_view x = pictures();
    rc_data *d, *more;
    rc_data_info info = RC_DATA_INFO_INIT;
    rc_predictor *teacher, *alone, *by_path, *student;
    bool same;
    OK(rc_npy_write(in_folder("more.npy"), RC_DTYPE_F32, RC_SHAPE(N, CHANNELS, SIDE, SIDE), images));
    OK(stripes(NULL, &d));
    OK(stripes(&x, &more));
    OK(rc_data_describe(more, &info));
    CHECK(info.unlabelled == N && info.samples[RC_DATA_TRAIN] == N);
    OK(fit("nft", d, NULL, (rc_fit_how){.source = NULL}, &teacher));
    pairs layers[] = {{"distill.layers", "4"}, {NULL, NULL}},
          path[] = {{"distill.layers", "4"}, {"distill.unlabelled", in_folder("more.npy")}, {NULL, NULL}};
    OK(fit("distill", d, layers, (rc_fit_how){.teacher = teacher}, &alone));
    OK(fit("distill", d, path, (rc_fit_how){.teacher = teacher}, &by_path));
    OK(fit("distill", more, layers, (rc_fit_how){.teacher = teacher}, &student));
    check_same(student, by_path);
    OK(same_answers(student, alone, &x, &same));
    CHECK(!same);
    rc_predictor_destroy(&student);
    FAILS(RC_CONFIG, "inputs without targets of its own",
          fit("distill", more, path, (rc_fit_how){.teacher = teacher}, &student));
    rc_predictor_destroy(&by_path);
    rc_predictor_destroy(&alone);
    rc_predictor_destroy(&teacher);
    rc_data_destroy(&more);
    rc_data_destroy(&d);
}

/* Each further input needs them, too. */
TEST(samples_of_several_inputs_without_targets)
{
    rc_view x = pictures(), y = RC_VIEW(label, RC_DTYPE_I64, N),
            w = RC_VIEW(waves, RC_DTYPE_F32, N, 1, STEPS),
            shorter = RC_VIEW(waves, RC_DTYPE_F32, N - 1, 1, STEPS);
    const rc_view *inputs[] = {&w};
    const char *texts[N], *const *const all_texts[] = {texts};
    rc_data_input wave = {"wave", {&w}};
    rc_data_text_input note = {"note", {texts}};
    rc_data_info info = RC_DATA_INFO_INIT;
    rc_data *d;
    for (int i = 0; i < N; i++)
        texts[i] = i % 3 ? "a note" : NULL;
    rc_data_arrays all = {.size = sizeof all,
                          .x = {&x},
                          .y = {&y},
                          .inputs = &wave,
                          .n_inputs = 1,
                          .text_inputs = &note,
                          .n_text_inputs = 1,
                          .unlabelled = &x,
                          .unlabelled_inputs = inputs,
                          .unlabelled_texts = all_texts};
    OK(rc_data_from_arrays(NULL, &all, &d));
    OK(rc_data_describe(d, &info));
    CHECK(info.unlabelled == N);
    rc_data_destroy(&d);
    inputs[0] = &shorter;
    FAILS(RC_DATA, "x_unlabelled has 30 samples", rc_data_from_arrays(NULL, &all, &d));
    all.unlabelled_inputs = NULL;
    FAILS(RC_DATA, "x_unlabelled.wave is missing", rc_data_from_arrays(NULL, &all, &d));
}

TEST(rows_without_targets)
{
    static const char *const kind[] = {"cat", "dog", "cat", "dog", "cat", "dog"};
    double age[] = {3, 1, 4, 1, 5, 9};
    int64_t y_of[] = {0, 1, 0, 1, 0, 1};
    rc_view ages = RC_VIEW(age, RC_DTYPE_F64, 6), four = RC_VIEW(age, RC_DTYPE_F64, 4),
            y = RC_VIEW(y_of, RC_DTYPE_I64, 6), x = RC_VIEW(age, RC_DTYPE_F64, 6, 1);
    const rc_rows_column columns[] = {{"kind", RC_HOLDS_WORDS, NULL, kind},
                                      {"age", RC_HOLDS_NUMBERS, &ages, NULL}},
                         fewer[] = {{"age", RC_HOLDS_NUMBERS, &four, NULL},
                                    {"kind", RC_HOLDS_WORDS, NULL, kind}};
    const rc_rows rows = {.size = sizeof rows, .rows = 6, .columns = 2, .column = columns},
                  more = {.size = sizeof more, .rows = 4, .columns = 2, .column = fewer};
    rc_data_arrays all = {.size = sizeof all, .rows = {&rows}, .y = {&y}, .unlabelled_rows = &more};
    rc_data_info info = RC_DATA_INFO_INIT;
    rc_data *d;
    OK(rc_data_from_arrays(NULL, &all, &d));
    OK(rc_data_describe(d, &info));
    CHECK(info.unlabelled == 4 && info.samples[RC_DATA_TRAIN] == 6);
    rc_data_destroy(&d);
    all.unlabelled = &x;
    FAILS(RC_DATA, "x_unlabelled: rows are given, too", rc_data_from_arrays(NULL, &all, &d));
    all = (rc_data_arrays){.size = sizeof all, .x = {&x}, .y = {&y}, .unlabelled_rows = &more};
    FAILS(RC_DATA, "unlabelled_rows", rc_data_from_arrays(NULL, &all, &d));
}

/* The teacher knows pictures, the student learns waves. */
TEST(data_without_pairs)
{
    rc_view w = RC_VIEW(waves, RC_DTYPE_F32, N, 1, STEPS), y = RC_VIEW(label, RC_DTYPE_I64, N);
    rc_data_arrays all = {.size = sizeof all, .x = {&w}, .y = {&y}, .name = "waves"};
    rc_data *own, *d;
    rc_predictor *teacher, *by_path, *student, *mixed;
    rc_distillation told = RC_DISTILLATION_INIT;
    bool same;
    OK(stripes(NULL, &own));
    OK(rc_data_from_arrays(NULL, &all, &d));
    OK(rc_make_directory(in_folder("stripes")));
    OK(rc_npy_write(in_folder("stripes/x_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, CHANNELS, SIDE, SIDE),
                    images));
    OK(rc_npy_write(in_folder("stripes/y_train.npy"), RC_DTYPE_I64, RC_SHAPE(N), label));
    OK(fit("nft", own, NULL, (rc_fit_how){.source = NULL}, &teacher));
    OK(rc_predictor_save(NULL, teacher, in_folder("painter")));
    pairs plain[] = {{"distill.student", "swin-mini"}, {NULL, NULL}},
          path[] = {{"distill.student", "swin-mini"},
                    {"distill.unpaired", in_folder("stripes")},
                    {NULL, NULL}},
          paths[] = {{"distill.student", "swin-mini"},
                     {"distill.unpaired", in_folder("stripes")},
                     {"distill.teacher", in_folder("painter")},
                     {NULL, NULL}};
    OK(fit("distill", d, paths, (rc_fit_how){.source = NULL}, &by_path));
    OK(fit("distill", d, plain, (rc_fit_how){.teacher = teacher, .unpaired = own}, &student));
    OK(fit("distill", d, path, (rc_fit_how){.teacher = teacher}, &mixed));
    OK(same_answers(student, by_path, &w, &same));
    CHECK(same);
    OK(same_answers(mixed, by_path, &w, &same));
    CHECK(same);
    OK(rc_predictor_distillation(student, &told));
    CHECK(strcmp(told.unpaired, "stripes") == 0 && strcmp(told.distance, "gw") == 0);
    rc_predictor_destroy(&mixed);
    rc_predictor_destroy(&student);
    rc_predictor_destroy(&by_path);
    rc_predictor_destroy(&teacher);
    rc_data_destroy(&d);
    rc_data_destroy(&own);
}

static bool interrupt(void *context, const rc_epoch *e)
{
    if (e->epoch == 1) rc_context_interrupt(context);
    return true;
}

/* With the same teacher it goes on to the same bits; with another one it does not go on. */
TEST(a_run_that_was_cut_short_goes_on)
{
    rc_context *c;
    rc_data *d;
    rc_predictor *teacher, *other, *whole, *cut;
    pairs layers[] = {{"distill.layers", "4"}, {"fit.epochs", "3"}, {NULL, NULL}},
          seeded[] = {{"seed", "7"}, {NULL, NULL}};
    OK(rc_context_create(&c));
    OK(stripes(NULL, &d));
    OK(fit("nft", d, NULL, (rc_fit_how){.source = NULL}, &teacher));
    OK(fit("nft", d, seeded, (rc_fit_how){.source = NULL}, &other));
    OK(fit("distill", d, layers, (rc_fit_how){.teacher = teacher}, &whole));
    rc_options *o = settings(layers);
    rc_fit_how how = {.size = sizeof how,
                      .method = "distill",
                      .options = o,
                      .teacher = teacher,
                      .folder = in_folder("cut"),
                      .epoch = interrupt,
                      .epoch_context = c};
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_fit(c, d, &how, &cut));
    rc_predictor_destroy(&cut);
    rc_context_clear_interrupt(c);
    how.epoch = NULL;
    how.resume = RC_RESUME_YES;
    how.teacher = other;
    FAILS(RC_CONFIG, "the teacher has changed since the run was started", rc_predictor_fit(c, d, &how, &cut));
    how.teacher = teacher;
    OK(rc_predictor_fit(c, d, &how, &cut));
    check_same(cut, whole);
    rc_predictor_destroy(&cut);
    rc_predictor_destroy(&whole);
    rc_predictor_destroy(&other);
    rc_predictor_destroy(&teacher);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
    rc_context_destroy(&c);
}

TEST(what_does_not_go_together_is_refused)
{
    rc_data *d;
    rc_source *source;
    rc_predictor *teacher, *student;
    OK(stripes(NULL, &d));
    OK(rc_source_open(NULL, "swin-mini", &source));
    OK(fit("forest", d, NULL, (rc_fit_how){.source = NULL}, &teacher));
    pairs named[] = {{"distill.student", "swin-mini"}, {NULL, NULL}},
          both[] = {{"distill.student", "swin-mini"}, {"distill.teacher", "run"}, {NULL, NULL}};
    FAILS(RC_CONFIG, "the method nft has no teacher",
          fit("nft", d, NULL, (rc_fit_how){.teacher = teacher}, &student));
    FAILS(RC_CONFIG, "distill.teacher is missing",
          fit("distill", d, named, (rc_fit_how){.source = NULL}, &student));
    FAILS(RC_CONFIG, "teacher and teacher_source exclude each other",
          fit("distill", d, named, (rc_fit_how){.teacher = teacher, .teacher_source = source}, &student));
    FAILS(RC_CONFIG, "distill.teacher and rc_fit_how.teacher exclude each other",
          fit("distill", d, both, (rc_fit_how){.teacher = teacher}, &student));
    FAILS(RC_CONFIG, "distill.student and rc_fit_how.source exclude each other",
          fit("distill", d, named, (rc_fit_how){.teacher = teacher, .source = source}, &student));
    FAILS(RC_UNSUPPORTED, "the teacher swin-mini is a source",
          fit("distill", d, named, (rc_fit_how){.teacher_source = source, .unpaired = d}, &student));
    FAILS(RC_UNSUPPORTED, "no features to compare",
          fit("distill", d, named, (rc_fit_how){.teacher = teacher, .unpaired = d}, &student));
    CHECK(!student);
    rc_predictor_destroy(&teacher);
    rc_source_destroy(&source);
    rc_data_destroy(&d);
}

int main(void)
{
    char command[96];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    draw();
    RUN(a_predictor_teaches);
    RUN(a_plain_predictor_teaches_a_source);
    RUN(a_source_teaches);
    RUN(samples_without_targets);
    RUN(samples_of_several_inputs_without_targets);
    RUN(rows_without_targets);
    RUN(data_without_pairs);
    RUN(a_run_that_was_cut_short_goes_on);
    RUN(what_does_not_go_together_is_refused);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? RESULT() : EXIT_FAILURE;
}
