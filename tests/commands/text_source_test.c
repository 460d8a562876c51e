/* From labelled texts and a text model's folder to a source bundle, its features, and a fit on texts. The
 * model is a small BERT with random weights. */
#include "base/progress.h"
#include "base/text.h"
#include "recraft/recraft.h"
#include "recraft/report.h"
#include "source/source_samples.h"
#include "text_model.h"

static rc_status predict(const char *run, const char *input, const char *output, char **json)
{
    return rc_predict(
        &(rc_predict_options){
            .size = sizeof(rc_predict_options), .run = run, .input = input, .output = output},
        json);
}

static rc_status embed(const char *model, const char *source, const char *input, const char *output)
{
    rc_embed_options o = {
        .size = sizeof o, .model = model, .source = source, .input = input, .output = output};
    return rc_embed(&o, NULL);
}

static void make_model(void)
{
    mkdir("text_source", 0777);
    mkdir("text_source/home", 0777);
    setenv("RECRAFT_HOME", "text_source/home", 1);
    make_text_model("text_source/model");
}

static void write_texts(const char *path, const char *name, int n)
{
    rc_string s = {0};
    mkdir(path, 0777);
    OK(rc_string_printf(&s, "text,label\n"));
    for (int i = 0; i < n; i++)
        OK(rc_string_printf(
            &s, i % 2 ? "what is the answer %d?,question\n" : "the network of %d words.,statement\n", i));
    char full[256];
    OK(rc_path_join(path, name, sizeof full, full));
    OK(rc_file_write(full, s.data, s.length));
    rc_string_free(&s);
}

static rc_status build_of(const char *const *data, size_t n, const char *out, char **json)
{
    static const char *const set[] = {"source.head_epochs=40", "source.recalibration_epochs=1",
                                      "source.lr=0.05", "source.batch=8", "source.storage=f32"};
    rc_source_build_options o = {sizeof o, "text_source/model", data, n, out, {.set = set, .n_set = 5}};
    return rc_source_build(&o, json);
}

static rc_status build(const char *data, const char *out, char **json)
{
    return build_of(&data, 1, out, json);
}

TEST(a_source_of_texts)
{
    char *json;
    rc_bundle *b;
    rc_tokenizer *t;
    write_texts("text_source/texts", "train.csv", 24);
    write_texts("text_source/texts", "test.csv", 8);
    OK(build("text_source/texts", "tiny", &json)); /* a name: kept at home */
    CHECK(strstr(json, "\"labels\"") && strstr(json, "question") && strstr(json, "\"labels_of\": \"texts\""));
    rc_free_text(json);
    OK(rc_source_list(&json));
    CHECK(strstr(json, "\"tiny\""));
    rc_free_text(json);
    OK(rc_bundle_open("tiny", &b));
    CHECK(b->classes == 2 && b->n_features == 24 && b->width == 16);
    CHECK(rc_json_number(rc_json_get(b->card, "before_recalibration"), "accuracy", 0) > 0.9);
    OK(rc_bundle_tokenizer(b, &t));
    CHECK(t && rc_tokenizer_find(t, "[CLS]") == 2);
    rc_tokenizer_close(&t);
    rc_bundle_close(&b);
}

/* A label for every word: the letter's case decides; punctuation is a third class. */
TEST(a_source_of_words)
{
    char *json;
    rc_bundle *b;
    rc_string s = {0};
    for (int i = 0; i < 20; i++)
        OK(rc_string_printf(&s, "the DET\nnetwork NOUN\nof ADP\n%d NUM\n. PUNCT\n\n", i));
    OK(rc_file_write("text_source/words.conll", s.data, s.length));
    rc_string_free(&s);
    OK(build("text_source/words.conll", "text_source/words.safetensors", &json));
    CHECK(strstr(json, "\"labels_of\": \"words\""));
    rc_free_text(json);
    OK(rc_bundle_open("text_source/words.safetensors", &b));
    CHECK(b->classes == 5);
    CHECK(rc_json_number(rc_json_get(b->card, "before_recalibration"), "accuracy", 0) > 0.9);
    rc_bundle_close(&b);
}

static int64_t size_of(const rc_tensor head[2])
{
    return rc_tensor_size(&head[0]) + rc_tensor_size(&head[1]);
}

/* Set k of a bundle is, to the last bit, what its bundle of its own holds. */
static void check_set(const rc_bundle *all, int k, const char *alone)
{
    static float head[2][1024];
    rc_bundle *b;
    rc_tensor t[2];
    const rc_source_set *s = &all->set[k];
    OK(rc_bundle_open(alone, &b));
    CHECK(s->classes == b->classes && s->n_features == b->n_features);
    CHECK(memcmp(all->features + s->first_feature * b->width, b->features,
                 sizeof(float) * (size_t)(b->n_features * b->width)) == 0);
    for (int64_t i = 0; i < b->n_features; i++)
        CHECK(all->labels[s->first_feature + i] == s->first_class + b->labels[i]);
    for (int plain = 0; plain < 2; plain++) {
        for (int turn = 0; turn < 2; turn++) {
            OK(rc_source_head_load(rc_device_default(), turn ? b : all, turn ? 0 : k, plain, t));
            REQUIRE(size_of(t) <= 1024);
            OK(rc_tensor_download(&t[0], head[turn]));
            OK(rc_tensor_download(&t[1], head[turn] + rc_tensor_size(&t[0])));
            rc_tensor_destroy(&t[0]);
            rc_tensor_destroy(&t[1]);
        }
        CHECK(memcmp(head[0], head[1], sizeof head[0]) == 0);
    }
    const rc_json *own = rc_json_get(b->card, "after_recalibration");
    CHECK(rc_json_number(rc_json_get(s->card, "after_recalibration"), "loss", 0) ==
          rc_json_number(own, "loss", 1));
    rc_bundle_close(&b);
}

/* Texts and words on one body: each has a head, features and a card of its own. */
TEST(a_source_of_several_sets)
{
    static const char *const data[] = {"text_source/texts", "text_source/words.conll"};
    char *json;
    rc_bundle *b;
    OK(build_of(data, 2, "text_source/both.safetensors", &json));
    CHECK(strstr(json, "\"sets\"") && strstr(json, "question") && strstr(json, "NOUN"));
    rc_free_text(json);
    OK(rc_bundle_open("text_source/both.safetensors", &b));
    REQUIRE(b->sets == 2 && b->classes == 7);
    check_set(b, 0, "tiny");
    check_set(b, 1, "text_source/words.safetensors");
    rc_bundle_close(&b);
    FAILS(RC_CONFIG, "takes 1 to 8", build_of(data, 0, "text_source/none.safetensors", NULL));
    FAILS(RC_CONFIG, "text 1 of 1 is missing", build(NULL, "text_source/none.safetensors", NULL));
    FAILS(RC_CONFIG, "field model of", rc_source_build(NULL, NULL));
}

/* With the features of the frozen body kept, and with the body passed in every epoch. */
static void check_kept(const char *data)
{
    static const char *const set[2][6] = {{"source.keep_mb=1", "source.head_epochs=10", "source.lr=0.05",
                                           "source.batch=8", "source.storage=f32", "source.tau=0.05"},
                                          {"source.keep_mb=0", "source.head_epochs=10", "source.lr=0.05",
                                           "source.batch=8", "source.storage=f32", "source.tau=0.05"}};
    static const char *const state[] = {"before_recalibration", "after_recalibration"};
    static const char *const value[] = {"accuracy",           "loss",
                                        "gradient_norm_mean", "gradient_norm_q05",
                                        "gradient_norm_q50",  "gradient_norm_q95"};
    rc_bundle *b[2];
    for (int k = 0; k < 2; k++) {
        char *json, file[64];
        snprintf(file, sizeof file, "text_source/kept%d.safetensors", k);
        rc_source_build_options o = {sizeof o, "text_source/model",        &data, 1,
                                     file,     {.set = set[k], .n_set = 6}};
        OK(rc_source_build(&o, &json));
        rc_free_text(json);
        OK(rc_bundle_open(file, &b[k]));
    }
    for (int s = 0; s < 2; s++)
        for (int v = 0; v < 6; v++) {
            double kept = rc_json_number(rc_json_get(b[0]->card, state[s]), value[v], NAN);
            CHECK(kept > 0);
            NEAR(kept, rc_json_number(rc_json_get(b[1]->card, state[s]), value[v], NAN), 1e-4 * kept);
        }
    rc_bundle_close(&b[0]);
    rc_bundle_close(&b[1]);
}

TEST(kept_features_change_nothing)
{
    check_kept("text_source/texts");
    check_kept("text_source/words.conll");
}

/* The bundle's own tokenizer and the model folder's give the same features. */
TEST(lines_to_features)
{
    rc_array a, b;
    const char lines[] = "the network of 99 words.\nwhat is the answer 99?\n\n";
    OK(rc_file_write("text_source/lines.txt", lines, strlen(lines)));
    OK(embed("text_source/model", NULL, "text_source/lines.txt", "text_source/a.npy"));
    OK(embed(NULL, "tiny", "text_source/lines.txt", "text_source/b.npy"));
    OK(rc_npy_open("text_source/a.npy", &a));
    OK(rc_npy_open("text_source/b.npy", &b));
    CHECK(a.shape.n == 2 && a.shape.dim[0] == 3 && a.shape.dim[1] == 16);
    CHECK(memcmp(a.data, b.data, 3 * 16 * sizeof(float)) == 0);
    rc_array_free(&a);
    rc_array_free(&b);
}

TEST(a_fit_that_lacks_something)
{
    FAILS(RC_CONFIG, "field data of rc_fit_options is missing",
          rc_fit(&(rc_fit_options){.size = sizeof(rc_fit_options), .out = "text_source/none"}, NULL));
    rc_fit_options no_method = {
        .size = sizeof no_method, .data = "text_source/nothing", .out = "text_source/none"};
    CHECK(rc_fit(&no_method, NULL) == RC_IO && strstr(rc_error_text(), "text_source/nothing"));
}

/* A run on texts carries tokenizer and labels; eval and predict need nothing else. */
TEST(a_target_of_texts)
{
    static const char *const set[] = {"fit.epochs=25", "fit.lr=0.01", "align.epochs=2", "fit.batch=4"};
    rc_fit_options o = {.size = sizeof o,
                        .data = "text_source/texts",
                        .source = "tiny",
                        .method = "recraft",
                        .out = "text_source/run",
                        .settings = {.set = set, .n_set = 4}};
    rc_array p;
    char *json;
    CHECK(system("rm -rf text_source/run") == 0);
    OK(rc_fit(&o, &json));
    CHECK(strstr(json, "\"task\": \"texts\""));
    rc_free_text(json);
    OK(rc_eval("text_source/run", NULL, &json));
    CHECK(strstr(json, "\"test\": 0.0") || strstr(json, "\"test\": 0,"));
    rc_free_text(json);
    OK(predict("text_source/run", "text_source/lines.txt", "text_source/p.npy", NULL));
    OK(rc_npy_open("text_source/p.npy", &p));
    CHECK(p.shape.n == 2 && p.shape.dim[0] == 3 && p.shape.dim[1] == 2);
    const float *y = p.data;
    CHECK(y[1] > 0.5f && y[2] > 0.5f); /* a statement (1), a question (0) */
    rc_array_free(&p);
    o.source = "swin-mini";
    FAILS(RC_CONFIG, "need a source that was trained on text", rc_fit(&o, NULL));
}

/* Called once a step; from the second epoch on, steps behind an epoch's first are to allocate nothing. */
typedef struct watch {
    uint64_t count;
    int64_t steps, allocating;
} watch;

static void on_step(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    watch *w = context;
    int64_t each = total / 4;
    (void)detail;
    if (strcmp(work, "fit") != 0) return;
    uint64_t now = rc_alloc_count();
    if (done > 2 * each && done % each != 1) {
        w->steps++;
        w->allocating += now != w->count;
    }
    w->count = now;
}

TEST(texts_in_memory)
{
    static const char *const text[] = {"what is the answer?",  "the network of words.",
                                       "what is the network?", "the answer of words.",
                                       "what is of words?",    "the answer is the network."};
    static const char *const label[] = {"question",  "statement", "question",
                                        "statement", "question",  "statement"};
    rc_data_texts t = RC_DATA_TEXTS_INIT;
    rc_data *d;
    rc_data_info known = RC_DATA_INFO_INIT;
    rc_options *o;
    rc_source *source;
    rc_predictor *p;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    int64_t answer[6];
    t.n[RC_DATA_TRAIN] = t.n[RC_DATA_TEST] = 6;
    t.text[RC_DATA_TRAIN] = t.text[RC_DATA_TEST] = text;
    t.label[RC_DATA_TRAIN] = label;
    FAILS(RC_DATA, "the test part lacks", rc_data_from_texts(NULL, &t, &d));
    t.label[RC_DATA_TEST] = label;
    OK(rc_data_from_texts(NULL, &t, &d));
    OK(rc_data_describe(d, &known));
    CHECK(!known.known);
    OK(rc_source_open(NULL, "tiny", &source));
    OK(rc_options_create(&o));
    OK(rc_options_set(o, "fit.epochs", "1"));
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.source = source, how.options = o;
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_describe(p, &info));
    CHECK(info.texts && info.x_dims == 1 && strcmp(rc_predictor_class_name(p, 0), "question") == 0);
    int32_t *ids = malloc(sizeof *ids * 6 * (size_t)info.x_shape[0]);
    REQUIRE(ids);
    rc_view x = RC_VIEW(ids, RC_DTYPE_I32, 6, info.x_shape[0]), y = RC_VIEW(answer, RC_DTYPE_I64, 6);
    OK(rc_predictor_encode(NULL, p, 6, text, &x));
    CHECK(ids[0] == 2); /* [CLS] */
    OK(rc_predictor_predict(NULL, p, &x, &y));
    for (int i = 0; i < 6; i++)
        CHECK(answer[i] == 0 || answer[i] == 1);
    FAILS(RC_DATA, "text 0: the text is empty",
          rc_predictor_encode(NULL, p, 6, (const char *[]){"", "", "", "", "", ""}, &x));
    free(ids);
    rc_predictor_destroy(&p);
    rc_source_destroy(&source);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

TEST(steady_training_on_texts_allocates_nothing)
{
    static const char *const set[] = {"fit.epochs=4", "fit.batch=2", "fit.warmup=0"};
    watch w = {0};
    CHECK(system("rm -rf text_source/steady") == 0);
    rc_fit_options o = {.size = sizeof o,
                        .data = "text_source/texts",
                        .source = "tiny",
                        .method = "nft",
                        .out = "text_source/steady",
                        .settings = {.set = set, .n_set = 3}};
    rc_progress_set_sink(&(rc_sink){.step = on_step, .context = &w});
    OK(rc_fit(&o, NULL));
    rc_progress_set_sink(NULL);
    CHECK(w.steps > 4);
    CHECK(w.allocating == 0);
}

/* ---- labels of words as a target ---- */

static void write_words(const char *path, int n, bool last)
{
    rc_string s = {0};
    for (int i = 0; i < n; i++)
        OK(rc_string_printf(&s, "the x O\nnetwork x B-THING\nof x I-THING\n%s x I-THING\n. x O\n\n",
                            i % 2 ? "words" : "answers"));
    if (last) OK(rc_string_printf(&s, "what x B-ASK\nnetwork x B-THING\n"));
    OK(rc_file_write(path, s.data, s.length));
    rc_string_free(&s);
}

static const char *const WORD_SETTINGS[] = {
    "fit.epochs=12", "fit.lr=0.02",      "align.epochs=2", "fit.batch=4",
    "fit.warmup=0",  "align.clusters=3", "align.batch=8",  "data.valid_fraction=0.2"};

static rc_fit_options word_options(const char *out, const char *method)
{
    return (rc_fit_options){.size = sizeof(rc_fit_options),
                            .data = "text_source/tags",
                            .source = "tiny",
                            .method = method,
                            .out = out,
                            .settings = {.set = WORD_SETTINGS, .n_set = 8}};
}

static double number_in(const char *text, const char *object, const char *key)
{
    rc_json *j;
    double value = NAN;
    if (rc_json_parse("result", text, strlen(text), &j) != RC_OK) return NAN;
    value = rc_json_number(object ? rc_json_get(j, object) : j, key, NAN);
    rc_json_free(&j);
    return value;
}

TEST(a_target_of_words)
{
    static const char expected[] =
        "the O\nnetwork B-THING\nof I-THING\nwords I-THING\n. O\n\nthe O\nnetwork B-THING\n\n";
    char *json, *text;
    size_t size;
    mkdir("text_source/tags", 0777);
    write_words("text_source/tags/train.conll", 24, true);
    write_words("text_source/tags/test.conll", 6, false);
    CHECK(system("rm -rf text_source/word_run text_source/nft_run") == 0);
    rc_fit_options o = word_options("text_source/word_run", "recraft");
    OK(rc_fit(&o, &json));
    CHECK(strstr(json, "\"metric\": \"error\""));
    rc_free_text(json);
    o = word_options("text_source/nft_run", "nft");
    OK(rc_fit(&o, NULL));
    OK(rc_eval("text_source/word_run", NULL, &json));
    NEAR(number_in(json, NULL, "test"), 0, 0);
    NEAR(number_in(json, "metrics", "1-entity-f1"), 0, 0);
    CHECK(number_in(json, NULL, "test_loss") < 0.7);
    rc_free_text(json);
    OK(rc_report(&(rc_report_options){.size = sizeof(rc_report_options), .run = "text_source/word_run"}));
    OK(rc_file_write("text_source/new.txt", "the network of  words .\nthe network\n", 36));
    OK(predict("text_source/word_run", "text_source/new.txt", "text_source/tagged.txt", &json));
    NEAR(number_in(json, NULL, "n"), 2, 0);
    NEAR(number_in(json, NULL, "words"), 7, 0);
    NEAR(number_in(json, NULL, "without_label"), 0, 0);
    rc_free_text(json);
    OK(rc_file_read("text_source/tagged.txt", 1 << 16, &text, &size));
    CHECK(strcmp(text, expected) == 0);
    rc_free(text);
    /* The same words in columns. */
    static const char columns[] = "the x\nnetwork x\nof x\nwords x\n. x\n\n\nthe x\nnetwork x\n";
    OK(rc_file_write("text_source/new.conll", columns, strlen(columns)));
    OK(predict("text_source/word_run", "text_source/new.conll", "text_source/tagged.txt", NULL));
    OK(rc_file_read("text_source/tagged.txt", 1 << 16, &text, &size));
    CHECK(strcmp(text, expected) == 0);
    rc_free(text);
}

/* Ctrl-C in the fifth step of stage 2. */
static void stop_in_between(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    (void)context, (void)total, (void)detail;
    if (strcmp(work, "fit") == 0 && done == 5) rc_context_interrupt(NULL);
}

static void check_same(const char *a, const char *b)
{
    char *text[2];
    size_t size[2];
    OK(rc_file_read(a, 1 << 24, &text[0], &size[0]));
    OK(rc_file_read(b, 1 << 24, &text[1], &size[1]));
    CHECK(size[0] == size[1] && memcmp(text[0], text[1], size[0]) == 0);
    rc_free(text[0]);
    rc_free(text[1]);
}

TEST(a_target_of_words_resumes)
{
    rc_sink sink = {.step = stop_in_between};
    CHECK(system("rm -rf text_source/resumed") == 0);
    rc_fit_options o = word_options("text_source/resumed", "recraft");
    rc_context_set_progress(NULL, &sink);
    FAILS(RC_INTERRUPTED, "resume", rc_fit(&o, NULL));
    rc_context_set_progress(NULL, NULL);
    rc_context_clear_interrupt(NULL);
    o.resume = true;
    OK(rc_fit(&o, NULL));
    check_same("text_source/resumed/model.safetensors", "text_source/word_run/model.safetensors");
}

/* A word beyond the longest text of the training has no label. */
TEST(words_that_are_cut)
{
    char *json, *text;
    size_t size;
    rc_string s = {0};
    for (int i = 0; i < 20; i++)
        OK(rc_string_printf(&s, "the "));
    OK(rc_file_write("text_source/long.txt", s.data, s.length));
    rc_string_free(&s);
    OK(predict("text_source/word_run", "text_source/long.txt", "text_source/tagged.txt", &json));
    NEAR(number_in(json, NULL, "words"), 20, 0);
    CHECK(number_in(json, NULL, "without_label") > 5);
    rc_free_text(json);
    OK(rc_file_read("text_source/tagged.txt", 1 << 16, &text, &size));
    CHECK(strncmp(text, "the O\n", 6) == 0 && strstr(text, "the _\n\n"));
    rc_free(text);
}

static rc_json *shown(const char *path, const char *model)
{
    char *text;
    rc_json *j = NULL;
    rc_settings none = {0};
    rc_status status =
        model ? rc_data_show_texts(path, model, &none, &text) : rc_data_show(path, NULL, &text);
    CHECK(status == RC_OK);
    if (status != RC_OK) return NULL;
    CHECK(rc_json_parse("shown", text, strlen(text), &j) == RC_OK);
    rc_free_text(text);
    return j;
}

static int64_t at(const rc_json *list, size_t i)
{
    return rc_json_as_integer(rc_json_at(list, i));
}

TEST(what_is_in_words)
{
    mkdir("text_source/shown", 0777);
    OK(rc_file_write("text_source/shown/train.conll", "the O\nnetwork B-X\n\nof O\n\nit O\nis B-X\nso O\n",
                     42));
    OK(rc_file_write("text_source/shown/test.conll", "the O\nof B-NEW\n", 15));
    rc_json *j = shown("text_source/shown", NULL);
    const rc_json *train = rc_json_get(j, "train"), *counts = rc_json_get(train, "class_counts");
    CHECK(strcmp(rc_json_string(j, "labels_of", ""), "words") == 0 && rc_json_integer(j, "classes", 0) == 2);
    CHECK(rc_json_integer(train, "n", 0) == 3 && rc_json_integer(train, "words", 0) == 6);
    CHECK(at(counts, 0) == 2 && at(counts, 1) == 4);
    const rc_json *lengths = rc_json_get(train, "words_a_text");
    CHECK(rc_json_integer(lengths, "min", 0) == 1 && rc_json_integer(lengths, "q50", 0) == 2 &&
          rc_json_integer(lengths, "max", 0) == 3);
    CHECK(!rc_json_get(train, "tokens"));
    const rc_json *faults = rc_json_get(j, "faults");
    CHECK(rc_json_length(faults) == 1 &&
          strstr(rc_json_as_string(rc_json_at(faults, 0)), "test.conll:1: label \"B-NEW\" never occurs"));
    rc_json_free(&j);
}

TEST(what_is_in_texts)
{
    static const char *const cut[] = {"model.tokens=6"};
    char *text;
    rc_json *j = shown("text_source/texts", "tiny");
    const rc_json *train = rc_json_get(j, "train"), *lengths = rc_json_get(train, "tokens_a_text");
    CHECK(rc_json_integer(train, "n", 0) == 24 && rc_json_integer(train, "words", 0) == 12 * 5 + 12 * 5);
    CHECK(at(rc_json_get(train, "class_counts"), 0) == 12 && at(rc_json_get(train, "class_counts"), 1) == 12);
    CHECK(rc_json_integer(lengths, "min", 0) >= 7 && rc_json_integer(train, "longer_than_model", -1) == 0);
    CHECK(rc_json_length(rc_json_get(j, "faults")) == 0);
    rc_json_free(&j);
    rc_settings settings = {.set = cut, .n_set = 1};
    OK(rc_data_show_texts("text_source/texts", "text_source/model", &settings, &text));
    CHECK(strstr(text, "24 texts have more than the 6 tokens"));
    rc_free_text(text);
    FAILS(RC_DATA, "no labelled texts", rc_data_show_texts("text_source/model", NULL, &settings, &text));
    FAILS(RC_CONFIG, "trained on text",
          rc_data_show_texts("text_source/texts", "swin-mini", &settings, &text));
}

TEST(words_that_are_refused)
{
    static const char *const other[] = {"fit.metric=1-auroc"};
    char *json;
    rc_fit_options o = word_options("text_source/refused", "nft");
    OK(rc_file_write("text_source/blank.txt", "the\n \nof\n", 9));
    FAILS(RC_DATA, "text_source/blank.txt:2: a line without words",
          predict("text_source/word_run", "text_source/blank.txt", "text_source/none.txt", NULL));
    FAILS(RC_DATA, "this run labels words",
          predict("text_source/word_run", "text_source/p.npy", "text_source/none.txt", NULL));
    CHECK(!rc_path_exists("text_source/none.txt"));
    FAILS(RC_DATA, "labels of texts, the run was trained with those of words",
          rc_eval("text_source/word_run", "text_source/texts", &json));
    write_words("text_source/other.conll", 6, false);
    FAILS(RC_DATA, "3 labels, the run was trained with",
          rc_eval("text_source/word_run", "text_source/other.conll", &json));
    o.settings = (rc_settings){.set = other, .n_set = 1};
    FAILS(RC_CONFIG, "fit.metric 1-auroc does not fit this target; error, 1-f1, 1-entity-f1, ece do",
          rc_fit(&o, NULL));
    o.settings = (rc_settings){0};
    o.method = "pare";
    FAILS(RC_CONFIG, "method pare does not take texts: it mixes", rc_fit(&o, NULL));
    o.method = "nft";
    OK(rc_file_write("text_source/tags/test.conll", "the x B-NEW\n", 12));
    FAILS(RC_DATA, "tags/test.conll:1: label \"B-NEW\" never occurs in the train part", rc_fit(&o, NULL));
    OK(rc_file_write("text_source/tags/test.conll", "the\n", 4));
    FAILS(RC_DATA, "1 column; expected a word and its label", rc_fit(&o, NULL));
    CHECK(!rc_path_exists("text_source/refused"));
}

TEST(what_does_not_fit)
{
    FAILS(RC_IO, "no such data set", build("text_source/nowhere.csv", "x", NULL));
    FAILS(RC_DATA, "no texts; a text model takes", build("text_source/model", "x", NULL));
    OK(rc_file_write("text_source/latin.txt", "caf\xe9\n", 5));
    FAILS(RC_DATA, "text_source/latin.txt:1: byte 4 (0xE9) is not UTF-8",
          embed("text_source/model", NULL, "text_source/latin.txt", "text_source/c.npy"));
    CHECK(!rc_path_exists("text_source/c.npy"));
    /* A vocabulary larger than the embedding. */
    char *small = strdup(TEXT_MODEL);
    memcpy(strstr(small, "1500"), "1400", 4);
    mkdir("text_source/small", 0777);
    OK(rc_file_write("text_source/small/config.json", small, strlen(small)));
    copy_file("text_source/model/tokenizer.json", "text_source/small/tokenizer.json");
    free(small);
    FAILS(RC_SHAPE, "only 1400 rows; they do not belong together",
          embed("text_source/small", NULL, "text_source/lines.txt", "text_source/c.npy"));
}

int main(void)
{
    make_model();
    RUN(a_source_of_texts);
    RUN(a_source_of_words);
    RUN(a_source_of_several_sets);
    RUN(kept_features_change_nothing);
    RUN(lines_to_features);
    RUN(a_fit_that_lacks_something);
    RUN(a_target_of_texts);
    RUN(texts_in_memory);
    RUN(steady_training_on_texts_allocates_nothing);
    RUN(a_target_of_words);
    RUN(a_target_of_words_resumes);
    RUN(words_that_are_cut);
    RUN(what_is_in_words);
    RUN(what_is_in_texts);
    RUN(words_that_are_refused);
    RUN(what_does_not_fit);
    return RESULT();
}
