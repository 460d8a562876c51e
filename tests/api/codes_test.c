/* The codes with which the headers say that a function fails, one call for each (distance.h, entropy.h,
 * context.h, predictor.h, and views of arrays). What is not given at all is in given_test.c. */
#include "check.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "recraft/recraft.h"
#include "test_devices.h"

enum { N = 24, SIDE = 8, PIXELS = SIDE * SIDE };

static char folder[] = "/tmp/recraft_codes_XXXXXX";
static float images[N * PIXELS], features[N * 1000];
static int64_t label[N], answer[N];
static rc_view x, y, to;
static rc_data *data;
static rc_options *options;
static rc_predictor *predictor;

static const char *in_folder(const char *name)
{
    static char path[2][96];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static rc_status data_of(const rc_view *inputs, rc_data **out)
{
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    a.x[RC_DATA_TRAIN] = inputs, a.y[RC_DATA_TRAIN] = &y;
    return rc_data_from_arrays(NULL, &a, out);
}

static rc_status fit(rc_context *c, const char *method, const char *run, rc_predictor **out)
{
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.options = options, how.method = method, how.folder = run;
    return rc_predictor_fit(c, data, &how, out);
}

static void prepare(void)
{
    static const char *const set[][2] = {
        {"fit.epochs", "1"}, {"fit.batch", "8"}, {"model.image_size", "32"}, {"fit.train", "head"}};
    rc_rng rng = rc_rng_make(1, "codes", 0);
    for (int i = 0; i < N * PIXELS; i++)
        images[i] = (float)rc_rng_normal(&rng) + (float)(i / PIXELS % 2);
    for (int i = 0; i < N; i++)
        label[i] = i % 2;
    x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE);
    y = RC_VIEW(label, RC_DTYPE_I64, N);
    to = RC_VIEW(answer, RC_DTYPE_I64, N);
    OK(data_of(&x, &data));
    OK(rc_options_create(&options));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        OK(rc_options_set(options, set[i][0], set[i][1]));
    OK(fit(NULL, "nft", in_folder("run"), &predictor));
}

/* ---- distances and entropies ---- */

static rc_status between(const char *name, const rc_points *a, const rc_points *b,
                         const rc_distance_options *o, const rc_view *gradient, const rc_view *plan)
{
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    return rc_distance_between(NULL, name, a, b, o, gradient, plan, &r);
}

TEST(distances)
{
    float p[] = {0, 1, 2, 3}, q[] = {1, 2, 3, 5}, grad[4], huge[] = {3e38f, 0, -3e38f, 1};
    const float minus[] = {1, -1, 1, 1}, halves[] = {0.5f, 1, 1, 1};
    int64_t whole[4];
    rc_view vp = RC_VIEW(p, RC_DTYPE_F32, 4, 1), vq = RC_VIEW(q, RC_DTYPE_F32, 4, 1),
            vg = RC_VIEW(grad, RC_DTYPE_F32, 4, 1), vi = RC_VIEW(whole, RC_DTYPE_I64, 4, 1),
            vh = RC_VIEW(huge, RC_DTYPE_F32, 4, 1), vm = RC_VIEW(minus, RC_DTYPE_F32, 4),
            vl = RC_VIEW(halves, RC_DTYPE_F32, 4), vpl = RC_VIEW(features, RC_DTYPE_F32, 4, 4);
    rc_points a = RC_POINTS_INIT, b = RC_POINTS_INIT;
    rc_distance_options o = RC_DISTANCE_OPTIONS_INIT;
    a.x = &vp, b.x = &vq;
    OK(between("w2", &a, &b, NULL, &vg, &vpl));
    FAILS(RC_CONFIG, "known: sinkhorn", between("none", &a, &b, NULL, NULL, NULL));
    o.projections = -1;
    FAILS(RC_CONFIG, "-1 directions", between("sliced", &a, &b, &o, NULL, NULL));
    FAILS(RC_CONFIG, "labels of a", between("otdd", &a, &b, NULL, NULL, NULL));
    FAILS(RC_UNSUPPORTED, "no transport plan", between("mmd", &a, &b, NULL, NULL, &vpl));
    FAILS(RC_UNSUPPORTED, "float32 or float64", between("w2", &a, &b, NULL, &vi, NULL));
    vg.shape[0] = 3;
    FAILS(RC_SHAPE, "[4, 1] is needed", between("w2", &a, &b, NULL, &vg, NULL));
    a.weights = &vm;
    FAILS(RC_DATA, "weight 1 is -1", between("w2", &a, &b, NULL, NULL, NULL));
    a.weights = NULL, a.labels = b.labels = &vl;
    FAILS(RC_DATA, "a.labels", between("otdd", &a, &b, NULL, NULL, NULL));
    a.labels = b.labels = NULL;
    q[2] = INFINITY;
    FAILS(RC_DATA, "b: row 2", between("w2", &a, &b, NULL, NULL, NULL));
    q[2] = 3;
    b.x = &vh;
    FAILS(RC_NUMERIC, "", between("sinkhorn", &a, &b, NULL, NULL, NULL));
    b.x = &vq;
    rc_alloc_fail_at(1);
    FAILS(RC_MEMORY, "", between("w2", &a, &b, NULL, NULL, NULL));
    rc_alloc_fail_at(0);
    rc_interrupt();
    FAILS(RC_INTERRUPTED, "interrupted", between("sinkhorn", &a, &b, NULL, NULL, NULL));
    rc_context_clear_interrupt(NULL);
}

TEST(distances_of_files)
{
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    const char *none = in_folder("none.npy"), *text = in_folder("text.npy");
    FILE *f = fopen(text, "w");
    REQUIRE(f);
    CHECK(fputs("no array", f) >= 0 && fclose(f) == 0);
    FAILS(RC_IO, "none.npy", rc_distance_files(none, none, "w2", NULL, &r));
    FAILS(RC_FORMAT, "text.npy", rc_distance_files(text, text, "w2", NULL, &r));
}

TEST(entropies)
{
    float p[] = {0.5f, 0.5f, 0.25f, 0.75f};
    int32_t of[] = {0, 1};
    const float no_label[] = {0.5f, 1};
    rc_view vp = RC_VIEW(p, RC_DTYPE_F32, 2, 2), vl = RC_VIEW(of, RC_DTYPE_I32, 2),
            vn = RC_VIEW(no_label, RC_DTYPE_F32, 2), vi = RC_VIEW(features, RC_DTYPE_I32, 2, 2);
    OK(rc_entropy(NULL, &vp, &vl, 1, 0, NULL, NULL));
    FAILS(RC_UNSUPPORTED, "float32 or float64", rc_entropy(NULL, &vp, &vl, 1, 0, &vi, NULL));
    FAILS(RC_DATA, "labels", rc_entropy(NULL, &vp, &vn, 1, 0, NULL, NULL));
    vl.shape[0] = 1;
    FAILS(RC_SHAPE, "", rc_entropy(NULL, &vp, &vl, 1, 0, NULL, NULL));
    vl.shape[0] = 2;
    rc_alloc_fail_at(1);
    FAILS(RC_MEMORY, "", rc_entropy(NULL, &vp, &vl, 1, 0, NULL, NULL));
    rc_alloc_fail_at(0);
    p[0] = 2;
    FAILS(RC_DATA, "row 0 sums to", rc_entropy(NULL, &vp, &vl, 1, 0, NULL, NULL));
}

/* ---- contexts ---- */

TEST(contexts)
{
    rc_context *c;
    rc_alloc_fail_at(1);
    FAILS(RC_MEMORY, "", rc_context_create(&c));
    rc_alloc_fail_at(0);
    OK(rc_context_create(&c));
    CHECK(rc_context_status(c) == RC_OK && rc_context_error(c)[0] == '\0');
    FAILS(RC_CONFIG, "-1 threads", rc_context_set_threads(c, -1));
    CHECK(rc_context_status(c) == RC_CONFIG && strstr(rc_context_error(c), "-1 threads"));
    FAILS(RC_CONFIG, "1025 threads", rc_context_set_threads(c, 1025));
    FAILS(RC_CONFIG, "no device", rc_context_set_device(c, "nope"));
    CHECK(strstr(rc_context_error(c), "nope"));
    FAILS(RC_IO, "", rc_predictor_load(c, in_folder("none"), &(rc_predictor *){NULL}));
    CHECK(rc_context_status(c) == RC_IO && strcmp(rc_context_error(c), rc_error_text()) == 0);
    rc_context_destroy(&c);
}

/* ---- predictors ---- */

TEST(fits)
{
    rc_predictor *p = NULL;
    char run[96];
    snprintf(run, sizeof run, "%s", in_folder("run"));
    FAILS(RC_CONFIG, "known: ", fit(NULL, "none", NULL, &p));
    FAILS(RC_CONFIG, "the folder exists", fit(NULL, "nft", run, &p));
    FAILS(RC_IO, "text.npy", fit(NULL, "nft", in_folder("text.npy/run"), &p));
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.options = options, how.folder = run, how.resume = (rc_resume)7;
    FAILS(RC_CONFIG, "resume is 7", rc_predictor_fit(NULL, data, &how, &p));
    rc_alloc_fail_at(20);
    FAILS(RC_MEMORY, "", fit(NULL, "nft", NULL, &p));
    rc_alloc_fail_at(0);
    OK(rc_options_set(options, "fit.lr", "1e6"));
    OK(rc_options_set(options, "fit.optimizer", "sgd"));
    OK(rc_options_set(options, "fit.clip", "0"));
    OK(rc_options_set(options, "fit.epochs", "8"));
    OK(rc_options_set(options, "fit.train", "all"));
    FAILS(RC_NUMERIC, "", fit(NULL, "nft", NULL, &p));
    OK(rc_options_set(options, "fit.lr", "0.001"));
    OK(rc_options_set(options, "fit.optimizer", "adamw"));
    OK(rc_options_set(options, "fit.epochs", "1"));
    OK(rc_options_set(options, "fit.train", "head"));
    rc_interrupt();
    FAILS(RC_INTERRUPTED, "interrupted", fit(NULL, "nft", NULL, &p));
    rc_context_clear_interrupt(NULL);
    rc_predictor_destroy(&p);
}

TEST(what_does_not_fit_a_predictor)
{
    rc_data *other;
    rc_predictor *plain;
    rc_scores scores = RC_SCORES_INIT;
    rc_view small = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE / 2, SIDE);
    OK(data_of(&small, &other));
    OK(fit(NULL, "majority", NULL, &plain));
    FAILS(RC_UNSUPPORTED, "no model to refine", rc_predictor_refine(NULL, plain, data, NULL));
    FAILS(RC_SHAPE, "", rc_predictor_refine(NULL, predictor, other, NULL));
    FAILS(RC_SHAPE, "", rc_predictor_score(NULL, predictor, other, RC_DATA_TRAIN, &scores));
    FAILS(RC_DATA, "no samples", rc_predictor_score(NULL, predictor, data, RC_DATA_TEST, &scores));
    FAILS(RC_CONFIG, "no part 3", rc_predictor_score(NULL, predictor, data, RC_DATA_PARTS, &scores));
    const rc_data *const sets[] = {data};
    rc_source *s;
    FAILS(RC_UNSUPPORTED, "a source needs a model",
          rc_source_from_predictor(NULL, plain, sets, 1, options, "own", &s));
    rc_predictor_destroy(&plain);
    rc_data_destroy(&other);
}

static int in_child(int (*work)(int64_t), int64_t argument)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(work(argument));
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* No file may be longer than this many bytes. */
static int save_on_a_full_disk(int64_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){(rlim_t)bytes, (rlim_t)bytes});
    return (int)rc_predictor_save(NULL, predictor, in_folder("full"));
}

TEST(files)
{
    rc_predictor *p;
    char model[96];
    FAILS(RC_CONFIG, "run", rc_predictor_save(NULL, predictor, in_folder("run")));
    FAILS(RC_IO, "text.npy", rc_predictor_save(NULL, predictor, in_folder("text.npy/run")));
    CHECK(in_child(save_on_a_full_disk, 4096) == RC_MACHINE && access(in_folder("full"), F_OK) != 0);
    rc_alloc_fail_at(3);
    FAILS(RC_MEMORY, "", rc_predictor_save(NULL, predictor, in_folder("none")));
    rc_alloc_fail_at(0);
    FAILS(RC_IO, "no such run", rc_predictor_load(NULL, in_folder("none"), &p));
    OK(rc_predictor_save(NULL, predictor, in_folder("damaged")));
    snprintf(model, sizeof model, "%s/model.safetensors", in_folder("damaged"));
    CHECK(truncate(model, 1000) == 0);
    FAILS(RC_FORMAT, "model.safetensors", rc_predictor_load(NULL, in_folder("damaged"), &p));
    CHECK(unlink(model) == 0);
    FAILS(RC_IO, "unfinished", rc_predictor_load(NULL, in_folder("damaged"), &p));
}

TEST(what_a_predictor_is)
{
    rc_predictor_info unset = {0};
    rc_input_info input = RC_INPUT_INFO_INIT;
    rc_candidate candidate = RC_CANDIDATE_INIT;
    rc_distillation distillation = RC_DISTILLATION_INIT;
    FAILS(RC_CONFIG, "initialiser", rc_predictor_describe(predictor, &unset));
    FAILS(RC_CONFIG, "no input 1", rc_predictor_input(predictor, 1, &input));
    FAILS(RC_CONFIG, "no candidate 0", rc_predictor_candidate(predictor, 0, &candidate));
    FAILS(RC_UNSUPPORTED, "not distilled", rc_predictor_distillation(predictor, &distillation));
}

TEST(questions)
{
    rc_view v, other = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE / 2, SIDE),
               short_out = RC_VIEW(answer, RC_DTYPE_I64, N - 1), floats = RC_VIEW(features, RC_DTYPE_F32, N);
    static const char *const text[] = {"text"};
    static const int64_t one = 1;
    FAILS(RC_CONFIG, "what is 9", rc_predictor_shape(predictor, (rc_wanted)9, N, &v));
    FAILS(RC_CONFIG, "-3 samples", rc_predictor_shape(predictor, RC_ANSWER, -3, &v));
    FAILS(RC_CONFIG, "what is 9", rc_predictor_apply(NULL, predictor, (rc_wanted)9, &x, &to));
    OK(rc_predictor_apply(NULL, predictor, RC_ANSWER, &x, &to));
    FAILS(RC_SHAPE, "the run takes", rc_predictor_apply(NULL, predictor, RC_ANSWER, &other, &to));
    FAILS(RC_SHAPE, "is needed", rc_predictor_apply(NULL, predictor, RC_ANSWER, &x, &short_out));
    FAILS(RC_UNSUPPORTED, "int64", rc_predictor_apply(NULL, predictor, RC_ANSWER, &x, &floats));
    images[5] = NAN;
    FAILS(RC_DATA, "NaN", rc_predictor_apply(NULL, predictor, RC_ANSWER, &x, &to));
    images[5] = 0;
    rc_interrupt();
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_apply(NULL, predictor, RC_ANSWER, &x, &to));
    rc_context_clear_interrupt(NULL);
    rc_predictor *fresh;
    OK(rc_predictor_load(NULL, in_folder("run"), &fresh));
    rc_alloc_fail_at(1);
    FAILS(RC_MEMORY, "", rc_predictor_apply(NULL, fresh, RC_ANSWER, &x, &to));
    rc_alloc_fail_at(0);
    rc_predictor_destroy(&fresh);

    rc_input_view named = {"none", &x};
    rc_rows rows = RC_ROWS_INIT;
    FAILS(RC_CONFIG, "no input", rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 1, &named, &to));
    FAILS(RC_DATA, "no samples", rc_predictor_apply_inputs(NULL, predictor, RC_ANSWER, 0, &named, &to));
    FAILS(RC_UNSUPPORTED, "", rc_predictor_apply_rows(NULL, predictor, RC_ANSWER, &rows, &to));
    FAILS(RC_UNSUPPORTED, "not texts", rc_predictor_encode(NULL, predictor, 1, text, &to));
    FAILS(RC_CONFIG, "no input", rc_predictor_encode_input(NULL, predictor, "none", 1, text, &to));
    FAILS(RC_UNSUPPORTED, "label words",
          rc_predictor_apply_words(NULL, predictor, RC_ANSWER, 1, &one, text, &to));
}

TEST(answers_that_are_no_numbers)
{
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    rc_fit_how how = RC_FIT_HOW_INIT;
    rc_data *d;
    rc_predictor *p;
    float numbers[N], huge[] = {-3e38f, 3e38f};
    for (int i = 0; i < N; i++)
        numbers[i] = 1e-3f * (float)i;
    rc_view vx = RC_VIEW(numbers, RC_DTYPE_F32, N / 2, 2), vy = RC_VIEW(numbers, RC_DTYPE_F32, N / 2),
            vh = RC_VIEW(huge, RC_DTYPE_F32, 1, 2), out = RC_VIEW(features, RC_DTYPE_F32, 1, 1);
    a.x[RC_DATA_TRAIN] = &vx, a.y[RC_DATA_TRAIN] = &vy;
    OK(rc_data_from_arrays(NULL, &a, &d));
    how.method = "ridge";
    OK(rc_predictor_fit(NULL, d, &how, &p));
    FAILS(RC_NUMERIC, "not a finite number", rc_predictor_apply(NULL, p, RC_ANSWER, &vh, &out));
    rc_predictor_destroy(&p);
    rc_data_destroy(&d);
}

/* ---- a card that is lost ---- */

enum { LOADING = 40, ASKING, DONE, UNEXPECTED };

/* On our own CUDA, whose card is lost at this call of it. */
static int ask_a_card(int64_t call)
{
    char how[64];
    rc_context *c = NULL;
    rc_predictor *p = NULL;
    snprintf(how, sizeof how, "devices=1,lost=%lld", (long long)call);
    setenv("FAKE_CUDA", how, 1);
    if (rc_context_create(&c) != RC_OK) return UNEXPECTED;
    if (rc_context_set_device(c, "cuda") != RC_OK) return LOADING;
    rc_status status = rc_predictor_load(c, in_folder("run"), &p);
    if (status != RC_OK) return status == RC_DEVICE ? LOADING : UNEXPECTED;
    status = rc_predictor_apply(c, p, RC_ANSWER, &x, &to);
    return status == RC_OK                                            ? DONE
           : status == RC_DEVICE && rc_context_status(c) == RC_DEVICE ? ASKING
                                                                      : UNEXPECTED;
}

TEST(a_card_that_is_lost)
{
    int64_t call = 20;
    CHECK(in_child(ask_a_card, call) == LOADING);
    while (in_child(ask_a_card, call) == LOADING)
        call += 1 + call / 4;
    CHECK(in_child(ask_a_card, call) == ASKING);
}

int main(void)
{
    char command[96];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    prepare();
    RUN(distances);
    RUN(distances_of_files);
    RUN(entropies);
    RUN(contexts);
    RUN(fits);
    RUN(what_does_not_fit_a_predictor);
    RUN(files);
    RUN(what_a_predictor_is);
    RUN(questions);
    RUN(answers_that_are_no_numbers);
    RUN(a_card_that_is_lost);
    rc_predictor_destroy(&predictor);
    rc_options_destroy(&options);
    rc_data_destroy(&data);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? RESULT() : EXIT_FAILURE;
}
