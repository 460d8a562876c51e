/* Every public function is asked without each thing that it needs, and says so; and none is left out here.
 * Every public struct begins with its size, or is one of those that keep their fields. */
#include "check.h"

#include <ctype.h>
#include <dirent.h>

#include "base/file.h"
#include "base/memory.h"
#include "recraft/recraft.h"

enum { N = 12 };

static float x[N], features[N];
static int64_t y[N];
static rc_view vx, vy, vf;
static rc_data *data;
static rc_predictor *predictor;
static rc_source *source;
static rc_options *options;

/* "argument x of rc_f", "field x of rc_f_options" */
#define ASKS(words, call) FAILS(RC_CONFIG, words " is missing", call)

static void prepare(void)
{
    for (int i = 0; i < N; i++) {
        y[i] = i % 2;
        x[i] = (float)y[i];
    }
    vx = RC_VIEW(x, RC_DTYPE_F32, N, 1);
    vy = RC_VIEW(y, RC_DTYPE_I64, N);
    vf = RC_VIEW(features, RC_DTYPE_F32, N, 1);
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    a.x[RC_DATA_TRAIN] = &vx, a.y[RC_DATA_TRAIN] = &vy;
    OK(rc_data_from_arrays(NULL, &a, &data));
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.method = "majority";
    OK(rc_predictor_fit(NULL, data, &how, &predictor));
    OK(rc_source_open(NULL, "swin-mini", &source));
    OK(rc_options_create(&options));
}

TEST(values_of_nothing)
{
    int64_t shape[] = {1};
    CHECK(rc_dtype_size((rc_dtype)-1) == 0 && strcmp(rc_dtype_text((rc_dtype)-1), "unknown") == 0);
    CHECK(!rc_view_make(x, RC_DTYPE_F32, 1, NULL).data && !rc_view_make(NULL, RC_DTYPE_F32, 1, shape).data);
    CHECK(rc_view_size(NULL) == 0 && !rc_view_is_dense(NULL));
    CHECK(rc_view_size(&(rc_view){.dims = 100}) == 0);
    CHECK(!rc_distance_at(0, NULL) && !rc_method_at(0, NULL) && !rc_setting_at(0, NULL));
    CHECK(!rc_data_class_name(NULL, 0) && !rc_data_note(NULL, 0));
    CHECK(!rc_predictor_class_name(NULL, 0) && !rc_predictor_note(NULL, 0));
    rc_context_destroy(NULL);
    rc_data_destroy(NULL);
    rc_options_destroy(NULL);
    rc_predictor_destroy(NULL);
    rc_source_destroy(NULL);
    rc_free_text(NULL);
}

TEST(contexts)
{
    ASKS("argument out of rc_context_create", rc_context_create(NULL));
    rc_context_set_progress(NULL, NULL);
    rc_progress_set_sink(NULL);
    rc_interrupt();
    CHECK(rc_context_is_interrupted(NULL));
    rc_context_clear_interrupt(NULL);
    rc_context_interrupt(NULL);
    rc_context_clear_interrupt(NULL);
    OK(rc_context_set_threads(NULL, 0));
    CHECK(rc_context_threads(NULL) == 0);
    OK(rc_context_set_device(NULL, NULL));
    CHECK(rc_context_device(NULL) != NULL);
    CHECK(rc_context_use(NULL) == NULL);
    rc_data *none;
    ASKS("argument path of rc_data_open", rc_data_open(NULL, NULL, NULL, &none));
    CHECK(rc_context_status(NULL) == RC_CONFIG && strstr(rc_context_error(NULL), "argument path"));
    CHECK(strcmp(rc_error_text(), rc_context_error(NULL)) == 0);
    CHECK(!none && rc_status_text(RC_OK) && rc_status_exit_code(RC_CONFIG) == 2);
    CHECK(rc_version() && rc_version_number() == RC_VERSION_NUMBER);
}

TEST(settings)
{
    const char *value;
    rc_options *copy;
    ASKS("argument out of rc_options_create", rc_options_create(NULL));
    ASKS("argument from of rc_options_copy", rc_options_copy(NULL, &copy));
    ASKS("argument out of rc_options_copy", rc_options_copy(options, NULL));
    ASKS("argument options of rc_options_set", rc_options_set(NULL, "seed", "1"));
    ASKS("argument key of rc_options_set", rc_options_set(options, NULL, "1"));
    ASKS("argument value of rc_options_set", rc_options_set(options, "seed", NULL));
    ASKS("argument options of rc_options_set", rc_options_set_number(NULL, "fit.lr", 1));
    ASKS("argument key of rc_options_set", rc_options_set_integer(options, NULL, 1));
    ASKS("argument key of rc_options_set", rc_options_set_boolean(options, NULL, true));
    ASKS("argument options of rc_options_read", rc_options_read(NULL, "none.yaml"));
    ASKS("argument path of rc_options_read", rc_options_read(options, NULL));
    ASKS("argument options of rc_options_get", rc_options_get(NULL, "seed", &value));
    ASKS("argument key of rc_options_get", rc_options_get(options, NULL, &value));
    ASKS("argument value of rc_options_get", rc_options_get(options, "seed", NULL));
}

static int no_batch(void *context, rc_data_part part, rc_data_batch *b)
{
    (void)context, (void)part, (void)b;
    return 0;
}

TEST(data_sets)
{
    const char *texts[] = {"one", NULL}, *labels[] = {"a", "b"};
    rc_data *d;
    rc_data_info info = RC_DATA_INFO_INIT;
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    rc_data_texts t = RC_DATA_TEXTS_INIT;
    ASKS("argument arrays of rc_data_from_arrays", rc_data_from_arrays(NULL, NULL, &d));
    CHECK(!d);
    ASKS("argument out of rc_data_from_arrays", rc_data_from_arrays(NULL, &a, NULL));
    CHECK(rc_data_from_arrays(NULL, &a, &d) != RC_OK && !d);
    a.x[RC_DATA_TRAIN] = &vx;
    CHECK(rc_data_from_arrays(NULL, &a, &d) != RC_OK && !d);
    a.y[RC_DATA_TRAIN] = &vy;
    a.n_inputs = 1;
    ASKS("field inputs of rc_data_arrays", rc_data_from_arrays(NULL, &a, &d));
    a.inputs = &(rc_data_input){.x = {&vx}};
    ASKS("field name of rc_data_input", rc_data_from_arrays(NULL, &a, &d));
    a.n_inputs = 0;
    a.class_names = texts, a.classes = 2;
    ASKS("rc_data_arrays.class_names: text 2 of 2", rc_data_from_arrays(NULL, &a, &d));
    ASKS("argument next of rc_data_from_batches", rc_data_from_batches(NULL, NULL, NULL, NULL, &d));
    ASKS("argument out of rc_data_from_batches", rc_data_from_batches(NULL, no_batch, NULL, NULL, NULL));
    CHECK(rc_data_from_batches(NULL, no_batch, NULL, NULL, &d) != RC_OK && !d);
    ASKS("argument texts of rc_data_from_texts", rc_data_from_texts(NULL, NULL, &d));
    ASKS("argument out of rc_data_from_texts", rc_data_from_texts(NULL, &t, NULL));
    t.n[RC_DATA_TRAIN] = 2;
    FAILS(RC_DATA, "lacks its texts", rc_data_from_texts(NULL, &t, &d));
    t.text[RC_DATA_TRAIN] = texts, t.label[RC_DATA_TRAIN] = labels;
    ASKS("rc_data_texts.text: text 2 of 2", rc_data_from_texts(NULL, &t, &d));
    ASKS("argument out of rc_data_open", rc_data_open(NULL, "none", NULL, NULL));
    ASKS("argument data of rc_data_split", rc_data_split(NULL, NULL, 0.5, 0));
    ASKS("argument data of rc_data_limit", rc_data_limit(NULL, NULL, 1, 0));
    ASKS("argument data of rc_data_describe", rc_data_describe(NULL, &info));
    ASKS("argument out of rc_data_describe", rc_data_describe(data, NULL));
}

TEST(distances)
{
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    rc_points p = {.size = sizeof p, .x = &vx}, empty = RC_POINTS_INIT;
    ASKS("argument name of rc_distance_between",
         rc_distance_between(NULL, NULL, &p, &p, NULL, NULL, NULL, &r));
    ASKS("argument a of rc_distance_between",
         rc_distance_between(NULL, "w1", NULL, &p, NULL, NULL, NULL, &r));
    ASKS("argument b of rc_distance_between",
         rc_distance_between(NULL, "w1", &p, NULL, NULL, NULL, NULL, &r));
    ASKS("argument result of rc_distance_between",
         rc_distance_between(NULL, "w1", &p, &p, NULL, NULL, NULL, NULL));
    ASKS("field x of rc_points", rc_distance_between(NULL, "w1", &empty, &p, NULL, NULL, NULL, &r));
    ASKS("argument path_a of rc_distance_files", rc_distance_files(NULL, "b", "w1", NULL, &r));
    ASKS("argument path_b of rc_distance_files", rc_distance_files("a", NULL, "w1", NULL, &r));
    ASKS("argument name of rc_distance_files", rc_distance_files("a", "b", NULL, NULL, &r));
    ASKS("argument out of rc_distance_files", rc_distance_files("a", "b", "w1", NULL, NULL));
    ASKS("argument probabilities of rc_entropy", rc_entropy(NULL, NULL, &vy, 1, 0, NULL, NULL));
    ASKS("argument labels of rc_entropy", rc_entropy(NULL, &vx, NULL, 1, 0, NULL, NULL));
    OK(rc_distances(NULL));
}

TEST(sources)
{
    static const char *const texts[] = {"text"};
    const rc_data *none[] = {NULL};
    rc_source *s;
    rc_source_info info = RC_SOURCE_INFO_INIT;
    rc_view v;
    ASKS("argument name_or_path of rc_source_open", rc_source_open(NULL, NULL, &s));
    CHECK(!s);
    ASKS("argument out of rc_source_open", rc_source_open(NULL, "swin-mini", NULL));
    ASKS("argument source of rc_source_save", rc_source_save(NULL, NULL, "none"));
    ASKS("argument path of rc_source_save", rc_source_save(NULL, source, NULL));
    ASKS("argument source of rc_source_describe", rc_source_describe(NULL, &info));
    ASKS("argument out of rc_source_describe", rc_source_describe(source, NULL));
    ASKS("argument source of rc_source_features", rc_source_features(NULL, &v, NULL));
    ASKS("argument features of rc_source_features", rc_source_features(source, NULL, NULL));
    char *card;
    ASKS("argument source of rc_source_card", rc_source_card(NULL, &card));
    ASKS("argument json of rc_source_card", rc_source_card(source, NULL));
    ASKS("argument source of rc_source_apply", rc_source_apply(NULL, NULL, &vx, &vf));
    ASKS("argument x of rc_source_apply", rc_source_apply(NULL, source, NULL, &vf));
    ASKS("argument out of rc_source_apply", rc_source_apply(NULL, source, &vx, NULL));
    ASKS("argument source of rc_source_apply_texts", rc_source_apply_texts(NULL, NULL, 1, texts, &vf));
    ASKS("argument texts of rc_source_apply_texts", rc_source_apply_texts(NULL, source, 1, NULL, &vf));
    ASKS("argument out of rc_source_apply_texts", rc_source_apply_texts(NULL, source, 1, texts, NULL));
    ASKS("argument predictor of rc_source_from_predictor",
         rc_source_from_predictor(NULL, NULL, none, 1, NULL, "own", &s));
    ASKS("argument data of rc_source_from_predictor",
         rc_source_from_predictor(NULL, predictor, NULL, 1, NULL, "own", &s));
    ASKS("argument name of rc_source_from_predictor",
         rc_source_from_predictor(NULL, predictor, none, 1, NULL, NULL, &s));
    ASKS("argument out of rc_source_from_predictor",
         rc_source_from_predictor(NULL, predictor, none, 1, NULL, "own", NULL));
    ASKS("labelled set 1 of 1", rc_source_from_predictor(NULL, predictor, none, 1, NULL, "own", &s));
    FAILS(RC_CONFIG, "0 labelled sets", rc_source_from_predictor(NULL, predictor, none, 0, NULL, "own", &s));
    CHECK(!s);
}

TEST(predictors)
{
    rc_predictor *p;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    rc_input_info about_input = RC_INPUT_INFO_INIT;
    static const char *const texts[] = {"text"};
    static const int64_t one = 1;
    rc_candidate c = RC_CANDIDATE_INIT;
    rc_distillation d = RC_DISTILLATION_INIT;
    rc_scores scores = RC_SCORES_INIT;
    rc_view v;
    rc_input_view input = {0};
    rc_rows rows = RC_ROWS_INIT;
    ASKS("argument data of rc_predictor_fit", rc_predictor_fit(NULL, NULL, NULL, &p));
    CHECK(!p);
    ASKS("argument out of rc_predictor_fit", rc_predictor_fit(NULL, data, NULL, NULL));
    ASKS("argument predictor of rc_predictor_refine", rc_predictor_refine(NULL, NULL, data, NULL));
    ASKS("argument data of rc_predictor_refine", rc_predictor_refine(NULL, predictor, NULL, NULL));
    ASKS("argument predictor of rc_predictor_save", rc_predictor_save(NULL, NULL, "none"));
    ASKS("argument folder of rc_predictor_save", rc_predictor_save(NULL, predictor, NULL));
    ASKS("argument folder of rc_predictor_load", rc_predictor_load(NULL, NULL, &p));
    ASKS("argument out of rc_predictor_load", rc_predictor_load(NULL, "none", NULL));
    ASKS("argument predictor of rc_predictor_describe", rc_predictor_describe(NULL, &info));
    ASKS("argument out of rc_predictor_describe", rc_predictor_describe(predictor, NULL));
    ASKS("argument predictor of rc_predictor_candidate", rc_predictor_candidate(NULL, 0, &c));
    ASKS("argument out of rc_predictor_candidate", rc_predictor_candidate(predictor, 0, NULL));
    ASKS("argument predictor of rc_predictor_distillation", rc_predictor_distillation(NULL, &d));
    ASKS("argument out of rc_predictor_distillation", rc_predictor_distillation(predictor, NULL));
    ASKS("argument predictor of rc_predictor_shape", rc_predictor_shape(NULL, RC_ANSWER, 1, &v));
    ASKS("argument out of rc_predictor_shape", rc_predictor_shape(predictor, RC_ANSWER, 1, NULL));
    ASKS("argument predictor of rc_predictor_apply", rc_predictor_apply(NULL, NULL, RC_ANSWER, &vx, &vy));
    ASKS("argument x of rc_predictor_apply", rc_predictor_apply(NULL, predictor, RC_ANSWER, NULL, &vy));
    ASKS("argument out of rc_predictor_apply", rc_predictor_apply(NULL, predictor, RC_ANSWER, &vx, NULL));
    ASKS("argument predictor of rc_predictor_apply", rc_predictor_predict(NULL, NULL, &vx, &vy));
    ASKS("argument x of rc_predictor_apply", rc_predictor_predict_proba(NULL, predictor, NULL, &vf));
    ASKS("argument out of rc_predictor_apply", rc_predictor_embed(NULL, predictor, &vx, NULL));
    ASKS("argument predictor of rc_predictor_apply_inputs",
         rc_predictor_apply_inputs(NULL, NULL, RC_ANSWER, 1, &input, &vy));
    ASKS("argument inputs of rc_predictor_apply_inputs",
         rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 1, NULL, &vy));
    ASKS("argument out of rc_predictor_apply_inputs",
         rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 1, &input, NULL));
    ASKS("field name of rc_input_view",
         rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 1, &input, &vy));
    input.name = "x";
    ASKS("field x of rc_input_view", rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 1, &input, &vy));
    CHECK(rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 0, &input, &vy) != RC_OK);
    ASKS("argument predictor of rc_predictor_apply_rows",
         rc_predictor_apply_rows(NULL, NULL, RC_ANSWER, &rows, &vy));
    ASKS("argument rows of rc_predictor_apply_rows",
         rc_predictor_apply_rows(NULL, predictor, RC_ANSWER, NULL, &vy));
    ASKS("argument out of rc_predictor_apply_rows",
         rc_predictor_apply_rows(NULL, predictor, RC_ANSWER, &rows, NULL));
    ASKS("argument predictor of rc_predictor_apply_words",
         rc_predictor_apply_words(NULL, NULL, RC_ANSWER, 1, &one, texts, &vy));
    ASKS("argument words of rc_predictor_apply_words",
         rc_predictor_apply_words(NULL, predictor, RC_ANSWER, 1, NULL, texts, &vy));
    ASKS("argument word of rc_predictor_apply_words",
         rc_predictor_apply_words(NULL, predictor, RC_ANSWER, 1, &one, NULL, &vy));
    ASKS("argument out of rc_predictor_apply_words",
         rc_predictor_apply_words(NULL, predictor, RC_ANSWER, 1, &one, texts, NULL));
    FAILS(RC_UNSUPPORTED, "does not label words",
          rc_predictor_apply_words(NULL, predictor, RC_ANSWER, 1, &one, texts, &vy));
    ASKS("argument predictor of rc_predictor_encode", rc_predictor_encode(NULL, NULL, 0, NULL, &vy));
    ASKS("argument texts of rc_predictor_encode", rc_predictor_encode(NULL, predictor, 1, NULL, &vy));
    ASKS("argument out of rc_predictor_encode",
         rc_predictor_encode(NULL, predictor, 0, (const char *const[]){"text"}, NULL));
    ASKS("argument predictor of rc_predictor_input", rc_predictor_input(NULL, 0, &about_input));
    ASKS("argument out of rc_predictor_input", rc_predictor_input(predictor, 0, NULL));
    ASKS("argument predictor of rc_predictor_encode_input",
         rc_predictor_encode_input(NULL, NULL, "x", 0, texts, &vy));
    ASKS("argument name of rc_predictor_encode_input",
         rc_predictor_encode_input(NULL, predictor, NULL, 1, texts, &vy));
    ASKS("argument texts of rc_predictor_encode_input",
         rc_predictor_encode_input(NULL, predictor, "x", 1, NULL, &vy));
    ASKS("argument out of rc_predictor_encode_input",
         rc_predictor_encode_input(NULL, predictor, "x", 1, texts, NULL));
    ASKS("argument predictor of rc_predictor_score",
         rc_predictor_score(NULL, NULL, data, RC_DATA_TRAIN, &scores));
    ASKS("argument data of rc_predictor_score",
         rc_predictor_score(NULL, predictor, NULL, RC_DATA_TRAIN, &scores));
    ASKS("argument out of rc_predictor_score",
         rc_predictor_score(NULL, predictor, data, RC_DATA_TRAIN, NULL));
}

TEST(rows_of_a_table)
{
    rc_data *d;
    rc_rows_column column = {.name = "kind", .holds = RC_HOLDS_WORDS};
    rc_rows rows = {.size = sizeof rows, .rows = N, .columns = 1};
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    a.rows[RC_DATA_TRAIN] = &rows, a.y[RC_DATA_TRAIN] = &vy;
    FAILS(RC_DATA, "it has at least 1", rc_data_from_arrays(NULL, &a, &d));
    rows.column = &column;
    FAILS(RC_DATA, "has no values", rc_data_from_arrays(NULL, &a, &d));
    column.holds = RC_HOLDS_NUMBERS;
    ASKS("kind", rc_data_from_arrays(NULL, &a, &d));
    column.name = NULL;
    FAILS(RC_DATA, "has no name", rc_data_from_arrays(NULL, &a, &d));
}

/* All fields but one; without options all are missing. */
#define WITH(type, ...) (&(rc_##type##_options){.size = sizeof(rc_##type##_options), __VA_ARGS__})

TEST(runs)
{
    static const char *const lacks[] = {"seed=1", NULL};
    ASKS("field data of rc_fit_options", rc_fit(NULL, NULL));
    ASKS("field data of rc_fit_options", rc_fit(WITH(fit, .out = "none"), NULL));
    ASKS("field out of rc_fit_options", rc_fit(WITH(fit, .data = "none"), NULL));
    ASKS("field data of rc_fit_options", rc_fit_dry_run(NULL, NULL));
    ASKS("argument yaml of rc_fit_config", rc_fit_config(NULL, NULL));
    char *yaml;
    ASKS("rc_settings.set", rc_fit_config(WITH(fit, .settings.n_set = 2), &yaml));
    ASKS("rc_settings.set: text 2 of 2",
         rc_fit_config(WITH(fit, .settings.set = lacks, .settings.n_set = 2), &yaml));
    ASKS("field teacher of rc_distill_options", rc_distill(NULL, NULL));
    ASKS("field teacher of rc_distill_options", rc_distill(WITH(distill, .student = "s", .out = "o"), NULL));
    ASKS("field student of rc_distill_options", rc_distill(WITH(distill, .teacher = "t", .out = "o"), NULL));
    ASKS("field out of rc_distill_options", rc_distill(WITH(distill, .teacher = "t", .student = "s"), NULL));
    ASKS("field teacher of rc_distill_options", rc_distill_dry_run(NULL, NULL));
    ASKS("argument run of rc_eval", rc_eval(NULL, NULL, NULL));
    ASKS("field run of rc_predict_options", rc_predict(NULL, NULL));
    ASKS("field run of rc_predict_options", rc_predict(WITH(predict, .input = "i", .output = "o"), NULL));
    ASKS("field input of rc_predict_options", rc_predict(WITH(predict, .run = "r", .output = "o"), NULL));
    ASKS("field output of rc_predict_options", rc_predict(WITH(predict, .run = "r", .input = "i"), NULL));
    ASKS("field run of rc_export_options", rc_export(NULL, NULL));
    ASKS("field to of rc_export_options", rc_export(WITH(export, .run = "r", .out = "o"), NULL));
    ASKS("field out of rc_export_options", rc_export(WITH(export, .run = "r", .to = "t"), NULL));
    ASKS("field data of rc_pretrain_options", rc_pretrain(NULL, NULL));
    ASKS("field backbone of rc_pretrain_options", rc_pretrain(WITH(pretrain, .data = "d", .out = "o"), NULL));
    ASKS("field out of rc_pretrain_options", rc_pretrain(WITH(pretrain, .data = "d", .backbone = "b"), NULL));
    ASKS("field model of rc_source_build_options", rc_source_build(NULL, NULL));
    ASKS("field data of rc_source_build_options",
         rc_source_build(WITH(source_build, .model = "m", .out = "o"), NULL));
    ASKS("field out of rc_source_build_options",
         rc_source_build(WITH(source_build, .model = "m", .data = lacks, .n_data = 1), NULL));
    ASKS("rc_source_build_options.data: text 2 of 2",
         rc_source_build(WITH(source_build, .model = "m", .data = lacks, .n_data = 2, .out = "o"), NULL));
    ASKS("field name of rc_source_get_options", rc_source_get(NULL, NULL));
    ASKS("argument source of rc_source_show", rc_source_show(NULL, NULL));
    ASKS("argument path of rc_data_show", rc_data_show(NULL, NULL, NULL));
    ASKS("argument path of rc_data_show_texts", rc_data_show_texts(NULL, NULL, &(rc_settings){0}, NULL));
    ASKS("argument settings of rc_data_show_texts", rc_data_show_texts("none", NULL, NULL, NULL));
    ASKS("field input of rc_embed_options", rc_embed(NULL, NULL));
    ASKS("field output of rc_embed_options", rc_embed(WITH(embed, .model = "m", .input = "i"), NULL));
    FAILS(RC_CONFIG, "give one of", rc_embed(WITH(embed, .input = "i", .output = "o.npy"), NULL));
    ASKS("field model of rc_tokenize_options", rc_tokenize(NULL, NULL));
    ASKS("field input of rc_tokenize_options",
         rc_tokenize(WITH(tokenize, .model = "m", .output = "o"), NULL));
    ASKS("field output of rc_tokenize_options",
         rc_tokenize(WITH(tokenize, .model = "m", .input = "i"), NULL));
    ASKS("field model of rc_bench_options", rc_bench(NULL, NULL));
    FAILS(RC_CONFIG, "at least 1 sample", rc_bench(WITH(bench, .model = "swin-mini"), NULL));
    FAILS(RC_CONFIG, "align: no data", rc_align(NULL, NULL));
    FAILS(RC_CONFIG, "among: source 1 of 1 is missing",
          rc_align(WITH(align, .target = data, .n_among = 1), NULL));
    ASKS("field out of rc_compare_options", rc_compare(NULL, NULL, NULL));
    CHECK(rc_compare(WITH(compare, .out = "none"), NULL, NULL) == RC_CONFIG);
    ASKS("argument name of rc_make", rc_make(NULL, WITH(make, .out = "o"), NULL));
    ASKS("field out of rc_make_options", rc_make("darcy", NULL, NULL));
    ASKS("rc_make_options.set: text 2 of 2",
         rc_make("darcy", WITH(make, .out = "o", .set = lacks, .n_set = 2), NULL));
    ASKS("argument name of rc_apply", rc_apply(NULL, WITH(apply, .in = "i", .out = "o"), NULL));
    ASKS("field in of rc_apply_options", rc_apply("mel", NULL, NULL));
    ASKS("field out of rc_apply_options", rc_apply("mel", WITH(apply, .in = "i"), NULL));
    ASKS("rc_apply_options.set", rc_apply("mel", WITH(apply, .in = "i", .out = "o", .n_set = 2), NULL));
    ASKS("argument task of rc_data_get_plan", rc_data_get_plan(NULL, NULL, NULL));
    ASKS("argument task of rc_data_get", rc_data_get(NULL, WITH(data_get, .out = "o"), NULL));
    ASKS("field out of rc_data_get_options", rc_data_get("darcy", NULL, NULL));
    ASKS("field from of rc_data_import_options", rc_data_import(NULL, NULL));
    ASKS("field out of rc_data_import_options", rc_data_import(WITH(data_import, .from = "f"), NULL));
    ASKS("argument name of rc_models_get", rc_models_get(NULL, NULL, NULL));
    ASKS("field run of rc_report_options", rc_report(NULL));
    FAILS(RC_CONFIG, "belongs to none", rc_report_runs(lacks, 1, NULL));
    FAILS(RC_CONFIG, "no run is given", rc_report_runs(NULL, 0, "page.html"));
    ASKS("runs: text 2 of 2", rc_report_runs(lacks, 2, "page.html"));
    ASKS("argument text of rc_table", rc_table(lacks, 1, NULL));
    ASKS("runs: text 2 of 2", rc_table(lacks, 2, &yaml));
}

TEST(lists_without_a_reader)
{
    OK(rc_methods(NULL));
    OK(rc_settings_list(NULL));
    OK(rc_source_list(NULL));
    OK(rc_data_list(NULL));
    OK(rc_make_list(NULL));
    OK(rc_apply_list(NULL));
    OK(rc_models_list(NULL));
    OK(rc_devices(NULL));
    char *text;
    OK(rc_table(NULL, 0, &text));
    rc_free_text(text);
}

/* ---- none is left out ---- */

/* Functions of a header that this file does not name. */
static int count_left_out(const char *header, const char *own)
{
    int left_out = 0;
    for (const char *at = header; (at = strstr(at, "RC_API ")) != NULL; at++) {
        const char *end = at + strcspn(at, "(;");
        const char *name = end;
        char call[80];
        while (name > at && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
            name--;
        if (*end != '(' || strncmp(name, "rc_", 3) != 0) continue;
        snprintf(call, sizeof call, "%.*s(", (int)(end - name), name);
        if (strstr(own, call)) continue;
        fprintf(stderr, "%s...) is not asked without what it needs\n", call);
        left_out++;
    }
    return left_out;
}

/* Those that programs were compiled with keep their size and fields (recraft/version.h). */
static const struct {
    const char *name;
    size_t size, has;
} kept[] = {
    {"rc_view", sizeof(rc_view), sizeof(void *) + 8 + 2 * RC_VIEW_DIMS * sizeof(int64_t)},
    {"rc_sink", sizeof(rc_sink), 3 * sizeof(void *)},
    {"rc_settings", sizeof(rc_settings), 4 * sizeof(void *)},
    {"rc_data_input", sizeof(rc_data_input), (1 + RC_DATA_PARTS) * sizeof(void *)},
    {"rc_data_text_input", sizeof(rc_data_text_input), (1 + RC_DATA_PARTS) * sizeof(void *)},
    {"rc_input_view", sizeof(rc_input_view), 2 * sizeof(void *)},
    {"rc_rows_column", sizeof(rc_rows_column), 4 * sizeof(void *)},
};
enum { KEPT = sizeof kept / sizeof *kept };

/* Structs of a header that have no size; *others: those that should have one. */
static int count_unsized(const char *header, int *others)
{
    static const char begin[] = "typedef struct ", size[] = "size_t size;";
    int unsized = 0;
    for (const char *at = header; (at = strstr(at, begin)) != NULL; at++) {
        const char *name = at + strlen(begin), *first = name + strcspn(name, "{;");
        int k = 0;
        if (*first == ';') continue;
        first += 1 + strspn(first + 1, " \n");
        if (strncmp(first, size, strlen(size)) == 0) continue;
        unsized++;
        while (k < KEPT && strncmp(name, kept[k].name, strlen(kept[k].name)) != 0)
            k++;
        if (k == KEPT) fprintf(stderr, "%.30s... has no size\n", name);
        *others += k == KEPT;
    }
    return unsized;
}

TEST(all_of_them)
{
    char *own, path[1024];
    size_t size;
    int headers = 0, unsized = 0, others = 0;
    OK(rc_file_read(RC_SOURCE_DIR "/tests/api/given_test.c", 1 << 20, &own, &size));
    DIR *folder = opendir(RC_SOURCE_DIR "/include/recraft");
    for (struct dirent *e; folder && (e = readdir(folder));) {
        char *header;
        snprintf(path, sizeof path, RC_SOURCE_DIR "/include/recraft/%s", e->d_name);
        if (!strstr(e->d_name, ".h") || rc_file_read(path, 1 << 20, &header, &size) != RC_OK) continue;
        headers++;
        CHECK(count_left_out(header, own) == 0);
        unsized += count_unsized(header, &others);
        rc_free(header);
    }
    if (folder) closedir(folder);
    CHECK(headers >= 19 && unsized == KEPT && others == 0);
    for (int k = 0; k < KEPT; k++)
        CHECK(kept[k].size == kept[k].has);
    rc_free(own);
}

int main(void)
{
    prepare();
    RUN(values_of_nothing);
    RUN(contexts);
    RUN(settings);
    RUN(data_sets);
    RUN(distances);
    RUN(sources);
    RUN(predictors);
    RUN(rows_of_a_table);
    RUN(runs);
    RUN(lists_without_a_reader);
    RUN(all_of_them);
    rc_options_destroy(&options);
    rc_source_destroy(&source);
    rc_predictor_destroy(&predictor);
    rc_data_destroy(&data);
    return RESULT();
}
