/* Labels of words without a file: fitted from sentences in memory, and answered for sentences in memory, with
 * the bits of the same from files. */
#include <unistd.h>

#include "base/disk.h"
#include "base/text.h"
#include "recraft/recraft.h"
#include "text_model.h"

enum { SENTENCES = 24, WORDS = 5, N = SENTENCES * WORDS, CLASSES = 3, BEYOND = 70 };

static char folder[] = "/tmp/recraft_words_XXXXXX";
static const char *word[N], *label[N];
static int64_t words[SENTENCES];

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    return path[at];
}

static void draw(void)
{
    static const char *const labels[] = {"O", "B-THING", "I-THING", "I-THING", "O"};
    for (int i = 0; i < N; i++) {
        const char *const sentence[] = {"the", "network", "of", i / WORDS % 2 ? "words" : "answers", "."};
        word[i] = sentence[i % WORDS];
        label[i] = labels[i % WORDS];
    }
    for (int i = 0; i < SENTENCES; i++)
        words[i] = WORDS;
}

/* The same sentences as a file. */
static void write_sentences(const char *path)
{
    rc_string s = {0};
    for (int i = 0; i < N; i++)
        OK(rc_string_printf(&s, "%s %s\n%s", word[i], label[i], i % WORDS == WORDS - 1 ? "\n" : ""));
    OK(rc_file_write(path, s.data, s.length));
    rc_string_free(&s);
}

static void make_source(void)
{
    static const char *const set[] = {"source.head_epochs=2", "source.recalibration_epochs=1",
                                      "source.batch=8", "source.storage=f32"};
    const char *data = in_folder("train.conll");
    write_sentences(data);
    make_text_model(in_folder("model"));
    rc_source_build_options o = RC_SOURCE_BUILD_OPTIONS_INIT;
    o.model = in_folder("model");
    o.data = &data;
    o.n_data = 1;
    o.out = in_folder("source.safetensors");
    o.settings = (rc_settings){.set = set, .n_set = 4};
    OK(rc_source_build(&o, NULL));
}

static rc_data_texts all(void)
{
    rc_data_texts t = RC_DATA_TEXTS_INIT;
    t.n[RC_DATA_TRAIN] = SENTENCES;
    t.text[RC_DATA_TRAIN] = word;
    t.label[RC_DATA_TRAIN] = label;
    t.words[RC_DATA_TRAIN] = words;
    return t;
}

static void fit(const rc_data *d, const char *method, rc_predictor **out)
{
    rc_options *o;
    rc_fit_how how = RC_FIT_HOW_INIT;
    *out = NULL;
    OK(rc_options_create(&o));
    OK(rc_options_set(o, "fit.epochs", "12"));
    OK(rc_options_set(o, "fit.lr", "0.02"));
    OK(rc_options_set(o, "fit.batch", "4"));
    OK(rc_options_set(o, "fit.warmup", "0"));
    how.method = method;
    how.sources = in_folder("source.safetensors");
    how.options = o;
    OK(rc_predictor_fit(NULL, d, &how, out));
    rc_options_destroy(&o);
}

static rc_predictor *fit_in_memory(const char *method)
{
    rc_data *d;
    rc_predictor *p = NULL;
    rc_data_texts t = all();
    rc_status status = rc_data_from_texts(NULL, &t, &d);
    CHECK(status == RC_OK);
    if (status == RC_OK) fit(d, method, &p);
    rc_data_destroy(&d);
    return p;
}

static rc_status ask(rc_predictor *p, rc_wanted what, int64_t n, void *out)
{
    rc_view v;
    rc_status status = rc_predictor_shape(p, what, n * WORDS, &v);
    v.data = out;
    return status == RC_OK ? rc_predictor_apply_words(NULL, p, what, n, words, word, &v) : status;
}

/* Answers of the program's road, which reads a run folder and a file. */
static void check_file(rc_predictor *p, const int64_t *answer)
{
    char *text, line[64];
    size_t size;
    rc_string expected = {0};
    rc_predict_options o = RC_PREDICT_OPTIONS_INIT;
    OK(rc_predictor_save(NULL, p, in_folder("run")));
    o.run = in_folder("run");
    o.input = in_folder("train.conll");
    o.output = in_folder("answer.conll");
    OK(rc_predict(&o, NULL));
    for (int i = 0; i < N; i++) {
        snprintf(line, sizeof line, "%s %s\n%s", word[i], rc_predictor_class_name(p, answer[i]),
                 i % WORDS == WORDS - 1 ? "\n" : "");
        OK(rc_string_add(&expected, line, strlen(line)));
    }
    OK(rc_file_read(in_folder("answer.conll"), 1 << 16, &text, &size));
    CHECK(strcmp(text, expected.data) == 0);
    rc_free(text);
    rc_string_free(&expected);
}

TEST(fitted_and_answered_in_memory)
{
    int64_t answer[N];
    float p[N][CLASSES], of_file[N][CLASSES];
    rc_data *d;
    rc_predictor *q;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    rc_predictor *memory = fit_in_memory("nft");
    REQUIRE(memory);
    OK(rc_predictor_describe(memory, &info));
    CHECK(info.target == RC_TARGET_OF_WORDS && info.outputs == CLASSES);
    OK(ask(memory, RC_ANSWER, SENTENCES, answer));
    OK(ask(memory, RC_PROBABILITIES, SENTENCES, p));
    for (int i = 0; i < N; i++) {
        CHECK(strcmp(rc_predictor_class_name(memory, answer[i]), label[i]) == 0);
        NEAR((double)(p[i][0] + p[i][1] + p[i][2]), 1, 1e-5);
        for (int k = 0; k < CLASSES; k++)
            CHECK(p[i][answer[i]] >= p[i][k]);
    }
    check_file(memory, answer);
    OK(rc_data_open(NULL, in_folder("train.conll"), NULL, &d));
    fit(d, "nft", &q);
    OK(ask(q, RC_PROBABILITIES, SENTENCES, of_file));
    CHECK(memcmp(p, of_file, sizeof p) == 0);
    rc_scores score = RC_SCORES_INIT;
    OK(rc_predictor_score(NULL, q, d, RC_DATA_TRAIN, &score));
    NEAR(score.value, 0, 0);
    rc_predictor_destroy(&q);
    rc_predictor_destroy(&memory);
    rc_data_destroy(&d);
}

static char told[256];

static void hear(void *context, const char *line)
{
    (void)context;
    if (strstr(line, "have no answer")) snprintf(told, sizeof told, "%s", line);
}

/* Of a predictor that is not a network, too. */
TEST(words_beyond_the_tokens_have_no_answer)
{
    int64_t counts[] = {BEYOND, 1}, answer[BEYOND + 1];
    const char *many[BEYOND + 1];
    float p[BEYOND + 1][CLASSES];
    rc_predictor *of = fit_in_memory("words");
    REQUIRE(of);
    for (int i = 0; i <= BEYOND; i++)
        many[i] = "network";
    rc_view a = RC_VIEW(answer, RC_DTYPE_I64, BEYOND + 1), b = RC_VIEW(p, RC_DTYPE_F32, BEYOND + 1, CLASSES);
    rc_progress_set_sink(&(rc_sink){.note = hear});
    OK(rc_predictor_apply_words(NULL, of, RC_ANSWER, 2, counts, many, &a));
    OK(rc_predictor_apply_words(NULL, of, RC_PROBABILITIES, 2, counts, many, &b));
    rc_progress_set_sink(NULL);
    CHECK(answer[0] >= 0 && !isnan(p[0][0]) && answer[BEYOND] >= 0 && !isnan(p[BEYOND][0]));
    CHECK(answer[BEYOND - 1] == -1 && isnan(p[BEYOND - 1][0]) && isnan(p[BEYOND - 1][CLASSES - 1]));
    CHECK(told[0]);
    rc_predictor_destroy(&of);
}

TEST(what_cannot_be_is_refused)
{
    int64_t answer[N], none[] = {WORDS, 0}, one[] = {1}, two[] = {2};
    const char *blank[] = {"the", " "}, *bytes = "\xff";
    rc_view out = RC_VIEW(answer, RC_DTYPE_I64, N), x = out, first = RC_VIEW(answer, RC_DTYPE_I64, 1);
    rc_data *d;
    rc_data_texts t = all();
    rc_predictor *p = fit_in_memory("nft");
    REQUIRE(p);
    FAILS(RC_UNSUPPORTED, "rc_predictor_apply_words", rc_predictor_apply(NULL, p, RC_ANSWER, &x, &out));
    FAILS(RC_UNSUPPORTED, "features are those of whole texts",
          rc_predictor_apply_words(NULL, p, RC_FEATURES, SENTENCES, words, word, &out));
    FAILS(RC_SHAPE, "out", rc_predictor_apply_words(NULL, p, RC_ANSWER, SENTENCES - 1, words, word, &out));
    FAILS(RC_DATA, "no sentences", rc_predictor_apply_words(NULL, p, RC_ANSWER, 0, words, word, &out));
    FAILS(RC_DATA, "sentence 1 has 0 words",
          rc_predictor_apply_words(NULL, p, RC_ANSWER, 2, none, word, &out));
    FAILS(RC_DATA, "word 1 is empty", rc_predictor_apply_words(NULL, p, RC_ANSWER, 1, two, blank, &out));
    FAILS(RC_DATA, "words, sentence 0", rc_predictor_apply_words(NULL, p, RC_ANSWER, 1, one, &bytes, &first));
    rc_predictor_destroy(&p);
    t.n[RC_DATA_TRAIN] = 2;
    t.words[RC_DATA_TRAIN] = none;
    FAILS(RC_DATA, "sentence 1 has 0 words", rc_data_from_texts(NULL, &t, &d));
    t = all();
    t.n[RC_DATA_TEST] = 1;
    t.text[RC_DATA_TEST] = word;
    t.label[RC_DATA_TEST] = label;
    FAILS(RC_DATA, "words in the", rc_data_from_texts(NULL, &t, &d));
}

/* Probabilities of the first whole text, or of all words, after a fit with these weights (NULL: none), where
 * the labels of what has none are turned or not. No label has a say but in the loss. */
static rc_status fit_weighted(bool whole, const float *weight, bool turned, float p[WORDS][CLASSES])
{
    static const char *const set[][2] = {
        {"fit.epochs", "2"}, {"fit.batch", "4"}, {"data.valid_fraction", "0"}, {"fit.head_start", "seed"}};
    const char *other[N], *texts[SENTENCES], *kinds[SENTENCES];
    rc_data_texts t = all();
    rc_view w = RC_VIEW(weight, RC_DTYPE_F32, SENTENCES), out;
    rc_data *d = NULL;
    rc_options *o = NULL;
    rc_predictor *of = NULL;
    rc_fit_how how = RC_FIT_HOW_INIT;
    int32_t ids[1][64];
    for (int i = 0; i < N; i++)
        other[i] = turned && weight[i / WORDS] == 0 ? "O" : label[i];
    for (int i = 0; i < SENTENCES; i++) {
        texts[i] = i % 2 ? "words of the network" : "answers of the network";
        kinds[i] = (i % 2 == 1) != (turned && weight[i] == 0) ? "words" : "answers";
    }
    t.label[RC_DATA_TRAIN] = other;
    if (whole) t.words[RC_DATA_TRAIN] = NULL, t.text[RC_DATA_TRAIN] = texts, t.label[RC_DATA_TRAIN] = kinds;
    if (weight) t.weight[RC_DATA_TRAIN] = &w;
    rc_status status = rc_options_create(&o);
    for (size_t i = 0; i < sizeof set / sizeof *set && status == RC_OK; i++)
        status = rc_options_set(o, set[i][0], set[i][1]);
    if (status == RC_OK) status = rc_data_from_texts(NULL, &t, &d);
    how.sources = in_folder("source.safetensors"), how.options = o;
    if (status == RC_OK) status = rc_predictor_fit(NULL, d, &how, &of);
    if (status == RC_OK) status = rc_predictor_shape(of, RC_PROBABILITIES, whole ? 1 : WORDS, &out);
    out.data = p;
    if (status == RC_OK && !whole)
        status = rc_predictor_apply_words(NULL, of, RC_PROBABILITIES, 1, words, word, &out);
    if (status == RC_OK && whole) {
        rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
        status = rc_predictor_describe(of, &info);
        rc_view x = RC_VIEW(ids, RC_DTYPE_I32, 1, info.x_shape[0]);
        if (status == RC_OK) status = rc_predictor_encode(NULL, of, 1, texts, &x);
        if (status == RC_OK) status = rc_predictor_apply(NULL, of, RC_PROBABILITIES, &x, &out);
    }
    rc_predictor_destroy(&of);
    rc_data_destroy(&d);
    rc_options_destroy(&o);
    return status;
}

TEST(texts_and_sentences_count_by_their_weights)
{
    float three[SENTENCES], some[SENTENCES];
    for (int i = 0; i < SENTENCES; i++) {
        three[i] = 3;
        some[i] = i % 3 ? (float)(i % 5 + 1) : 0;
    }
    for (int whole = 0; whole < 2; whole++) {
        float a[WORDS][CLASSES] = {{0}}, b[WORDS][CLASSES] = {{0}};
        OK(fit_weighted(whole, NULL, false, a));
        OK(fit_weighted(whole, three, false, b));
        CHECK(memcmp(a, b, sizeof a) == 0);
        OK(fit_weighted(whole, some, false, b));
        CHECK(memcmp(a, b, sizeof a) != 0);
        OK(fit_weighted(whole, some, true, a));
        CHECK(memcmp(a, b, sizeof a) == 0);
    }
    float p[WORDS][CLASSES];
    some[4] = -1;
    FAILS(RC_DATA, "weight_train of sample 4 is -1", fit_weighted(true, some, false, p));
    rc_data *d;
    rc_data_texts t = all();
    rc_view few = RC_VIEW(three, RC_DTYPE_F32, 3);
    t.weight[RC_DATA_TRAIN] = &few;
    OK(rc_data_from_texts(NULL, &t, &d));
    rc_predictor *of = NULL;
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.sources = in_folder("source.safetensors");
    FAILS(RC_DATA, "not one float for each", rc_predictor_fit(NULL, d, &how, &of));
    rc_data_destroy(&d);
}

/* Features of whole texts by the source itself, which is what the program says of a file of them. */
TEST(a_source_embeds_texts)
{
    static const char *const texts[] = {"a short text", "another text, which is a little longer"};
    static float answer[2][16], of_file[2][16];
    int32_t ids[] = {5, 9, 11, -1};
    rc_source *s;
    rc_source_info info = RC_SOURCE_INFO_INIT;
    rc_array found = {0};
    OK(rc_source_open(NULL, in_folder("source.safetensors"), &s));
    OK(rc_source_describe(s, &info));
    CHECK(info.texts && info.outputs == 16);
    rc_view out = RC_VIEW(answer, RC_DTYPE_F32, 2, 16), x = RC_VIEW(ids, RC_DTYPE_I32, 1, 4),
            one = RC_VIEW(of_file, RC_DTYPE_F32, 1, 16);
    OK(rc_source_apply_texts(NULL, s, 2, texts, &out));
    FILE *f = fopen(in_folder("texts.txt"), "w");
    REQUIRE(f);
    CHECK(fprintf(f, "%s\n%s\n", texts[0], texts[1]) > 0 && fclose(f) == 0);
    rc_embed_options o = RC_EMBED_OPTIONS_INIT;
    o.source = in_folder("source.safetensors"), o.input = in_folder("texts.txt");
    o.output = in_folder("texts.npy");
    OK(rc_embed(&o, NULL));
    OK(rc_npy_open(in_folder("texts.npy"), &found));
    CHECK(found.shape.dim[0] == 2 && found.shape.dim[1] == 16);
    CHECK(memcmp(found.data, answer, sizeof answer) == 0);
    rc_array_free(&found);
    OK(rc_source_apply(NULL, s, &x, &one));
    FAILS(RC_DATA, "there are none", rc_source_apply_texts(NULL, s, 0, texts, &out));
    FAILS(RC_SHAPE, "[1, 16]", rc_source_apply_texts(NULL, s, 1, texts, &out));
    FAILS(RC_DATA, "text", rc_source_apply_texts(NULL, s, 2, (const char *const[]){"a text", ""}, &out));
    FAILS(RC_DATA, "UTF-8", rc_source_apply_texts(NULL, s, 2, (const char *const[]){"a text", "\xff"}, &out));
    x.dims = 1;
    FAILS(RC_SHAPE, "token ids [N, T]", rc_source_apply(NULL, s, &x, &one));
    rc_source_destroy(&s);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    setenv("RECRAFT_HOME", folder, 1);
    draw();
    make_source();
    RUN(fitted_and_answered_in_memory);
    RUN(words_beyond_the_tokens_have_no_answer);
    RUN(what_cannot_be_is_refused);
    RUN(texts_and_sentences_count_by_their_weights);
    RUN(a_source_embeds_texts);
    return rc_remove_tree(folder) == RC_OK ? RESULT() : EXIT_FAILURE;
}
