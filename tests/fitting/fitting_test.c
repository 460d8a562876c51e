/* The order of a fit, for whoever has its settings, method, source and data; and what is said of its time and
 * memory before it begins. */
#include "check.h"

#include <unistd.h>

#include "base/choice.h"
#include "base/current_context.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/rng.h"
#include "fitting/forecast.h"
#include "runs/session_folder.h"

enum { TRAIN = 40, TEST_PART = 10, SIDE = 8, PIXELS = SIDE * SIDE, BATCH = 8, EPOCHS = 3 };

static char folder[] = "/tmp/recraft_fitting_XXXXXX";
static rc_bundle *source;

/* ---- what a fit is given ---- */

/* Stripes that lie or stand, and noise. form: of x, in which the pixels may stand in a row. */
static void make_data(rc_form form, rc_dataset **out)
{
    static float x[TRAIN + TEST_PART][PIXELS];
    static int64_t label[TRAIN + TEST_PART];
    rc_rng rng = rc_rng_make(1, "stripes", 0);
    rc_dataset_arrays a = {0};
    for (int i = 0; i < TRAIN + TEST_PART; i++) {
        label[i] = i % 2;
        for (int p = 0; p < PIXELS; p++)
            x[i][p] = (float)((label[i] ? p % SIDE : p / SIDE) / 2 % 2) + 0.3f * (float)rc_rng_normal(&rng);
    }
    for (int part = 0; part < 3; part += 2) { /* training and test */
        int first = part ? TRAIN : 0, n = part ? TEST_PART : TRAIN;
        rc_shape shape[] = {[RC_FORM_IMAGES] = RC_SHAPE(n, 1, SIDE, SIDE),
                            [RC_FORM_SEQUENCES] = RC_SHAPE(n, 1, PIXELS),
                            [RC_FORM_TABLE] = RC_SHAPE(n, PIXELS)};
        a.x[part] = (rc_array){.dtype = RC_DTYPE_F32, .shape = shape[form], .data = x[first]};
        a.y[part] = (rc_array){.dtype = RC_DTYPE_I64, .shape = RC_SHAPE(n), .data = label + first};
    }
    OK(rc_dataset_from_arrays("stripes", &a, NULL, 0, RC_DATASET_TRAIN, out));
}

typedef struct subject {
    rc__fitting of;
    rc_dataset *data;
} subject;

/* set: settings beside the usual ones, up to NULL. */
static void begin(const char *method, const char *const *set, subject *s)
{
    static const char *const usual[] = {
        "fit.epochs=3", "fit.batch=8", "model.image_size=8", "fit.train=head", "data.valid_fraction=0.2",
        "fit.warmup=0"};
    *s = (subject){.of = {.source = source, .source_name = "swin-mini"}};
    rc_config_defaults(&s->of.config);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        OK(rc_config_assign(&s->of.config, usual[i]));
    for (; *set; set++)
        OK(rc_config_assign(&s->of.config, *set));
    OK(rc_method_find(method, &s->of.method));
    if (s->of.method->plain) s->of.source = NULL, s->of.source_name = NULL;
    make_data(RC_FORM_IMAGES, &s->data);
    s->of.data = s->data;
    OK(rc__fitting_split(&s->of.config, s->data));
}

static const char *const nothing[] = {NULL};

static void end(subject *s)
{
    rc_session_close(&s->of.session);
    rc__fitting_free(&s->of);
    rc_dataset_close(&s->data);
}

/* ---- data ---- */

TEST(what_is_chosen_by_is_held_out)
{
    subject s, again;
    begin("nft", nothing, &s);
    CHECK(s.data->train.n == 32 && s.data->valid.n == 8 && s.data->test.n == TEST_PART);
    begin("nft", nothing, &again);
    CHECK(memcmp(s.data->valid.index, again.data->valid.index, 8 * sizeof *s.data->valid.index) == 0);
    end(&again);
    begin("nft", (const char *const[]){"data.limit_train=20", NULL}, &again);
    CHECK(again.data->train.n == 16 && again.data->valid.n == 4); /* of those that it may learn from */
    rc_json *j = rc_json_object();
    rc__json_dataset(again.data, j);
    rc__json_parts(again.data, j);
    CHECK(strcmp(rc_json_string(j, "form", ""), "images") == 0 && rc_json_integer(j, "classes", 0) == 2);
    CHECK(rc_json_integer(j, "n_train", 0) == 16 && rc_json_integer(j, "n_valid", 0) == 4 &&
          rc_json_integer(j, "n_test", 0) == TEST_PART);
    rc_json_free(&j);
    end(&again);
    end(&s);
}

/* ---- sources ---- */

/* Nothing is kept at home, so that only what is built in is there. */
TEST(the_usual_source_of_a_form)
{
    static const struct {
        rc_form form;
        const char *asked, *name, *missed;
    } of[] = {{RC_FORM_IMAGES, NULL, "swin-mini", NULL},
              {RC_FORM_SEQUENCES, NULL, "swin-mini", "minilm"},
              {RC_FORM_TABLE, NULL, "swin-mini", "minilm"},
              {RC_FORM_TABLE, "swin-mini", "swin-mini", NULL},
              {RC_FORM_IMAGES, "elsewhere.safetensors", "elsewhere.safetensors", NULL}};
    char note[RC__NOTE];
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        rc__fitting f = {.source = source};
        make_data(of[i].form, &f.data);
        rc__fitting_choose_source(&f, of[i].asked, false);
        CHECK(strcmp(f.source_name, of[i].name) == 0);
        CHECK(of[i].missed ? f.missed && strcmp(f.missed, of[i].missed) == 0 : !f.missed);
        rc__fitting_note(&f, note);
        CHECK(of[i].missed ? strstr(note, of[i].missed) != NULL : note[0] == '\0');
        rc__fitting_choose_source(&f, NULL, true); /* swin-mini cannot stand in for it */
        CHECK(strcmp(f.source_name, "minilm") == 0 && !f.missed);
        rc_dataset_close(&f.data);
    }
}

/* ---- the order ---- */

static const char *in_folder(const char *name, char path[96])
{
    snprintf(path, 96, "%s/%s", folder, name);
    return path;
}

static void fit(subject *s, const char *name, char path[96])
{
    s->of.folder = name ? in_folder(name, path) : NULL;
    OK(rc__fitting_prepare(&s->of));
    if (name) CHECK(!rc_path_exists(path)); /* what does not fit would leave nothing behind */
    OK(rc__fitting_open(&s->of, "stripes", RC_RESUME_AUTO, NULL));
    OK(rc__fitting_run(&s->of, rc_clock()));
}

static void check_same_model(const subject *a, const subject *b)
{
    const rc_model *m = a->of.session->model, *n = b->of.session->model;
    REQUIRE(m && n && rc_params_count(m->params) == rc_params_count(n->params));
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_tensor x = rc_params_value(m->params, i), y = rc_params_value(n->params, i);
        CHECK(memcmp(x.data, y.data, rc_tensor_bytes(&x)) == 0);
    }
    CHECK(rc_json_number(a->of.result, "test", 1) == rc_json_number(b->of.result, "test", 2));
}

TEST(a_folder_changes_nothing_but_that_it_is_there)
{
    subject memory, kept, done;
    char path[96];
    begin("nft", nothing, &memory);
    fit(&memory, NULL, path);
    CHECK(!rc_json_get(memory.of.result, "run"));
    CHECK(strcmp(rc_json_string(memory.of.result, "method", ""), "nft") == 0);
    CHECK(strcmp(rc_json_string(memory.of.result, "source", ""), "swin-mini") == 0);
    CHECK(!memory.of.task && !memory.of.model); /* the session has them now */
    begin("nft", nothing, &kept);
    fit(&kept, "kept", path);
    CHECK(strcmp(rc_json_string(kept.of.result, "run", ""), path) == 0);
    check_same_model(&memory, &kept);
    end(&kept);
    /* Once more: there is nothing to do. */
    begin("nft", nothing, &done);
    done.of.folder = path;
    OK(rc__fitting_prepare(&done.of));
    OK(rc__fitting_open(&done.of, "stripes", RC_RESUME_AUTO, NULL));
    CHECK(done.of.session->start == RC_SESSION_IS_DONE);
    end(&done);
    /* Nor is it another run, of another seed. */
    begin("nft", (const char *const[]){"seed=7", NULL}, &done);
    done.of.folder = path;
    OK(rc__fitting_prepare(&done.of));
    CHECK(rc__fitting_open(&done.of, "stripes", RC_RESUME_AUTO, NULL) == RC_CONFIG);
    end(&done);
    end(&memory);
    OK(rc_remove_tree(path));
}

/* How the source was chosen stands in the result, and stays the caller's. */
TEST(the_choice_of_a_source_is_told)
{
    subject s;
    char path[96];
    begin("nft", nothing, &s);
    s.of.choice = rc_json_object();
    rc_json_set_string(s.of.choice, "by", "w1");
    fit(&s, NULL, path);
    CHECK(strcmp(rc_json_string(rc_json_get(s.of.result, "source_choice"), "by", ""), "w1") == 0);
    CHECK(strcmp(rc_json_string(s.of.choice, "by", ""), "w1") == 0);
    end(&s);
}

TEST(what_does_not_fit_is_refused_before_there_is_a_folder)
{
    static const struct {
        const char *method, *set, *words;
        rc_status code;
    } of[] = {
        {"distill", "seed=0", "learns from one finished run", RC_CONFIG},
        {"nft", "fit.lora_from=/nowhere", "no such folder of adapters", RC_CONFIG},
        {"poisson", "seed=0", "does not predict classes", RC_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        subject s;
        char path[96];
        begin(of[i].method, (const char *const[]){of[i].set, NULL}, &s);
        s.of.folder = in_folder("refused", path);
        rc_status status = rc__fitting_prepare(&s.of);
        if (status != of[i].code) fprintf(stderr, "%s: %s\n", of[i].method, rc_error_text());
        CHECK(status == of[i].code && strstr(rc_error_text(), of[i].words));
        CHECK(!rc_path_exists(path));
        end(&s);
    }
}

/* ---- what it is going to take ---- */

typedef struct listener {
    int notes, steps;
    char last[512];
} listener;

static void hear_step(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    (void)work, (void)done, (void)total, (void)detail;
    ((listener *)context)->steps++;
}

static void hear_note(void *context, const char *line)
{
    listener *l = context;
    l->notes++;
    snprintf(l->last, sizeof l->last, "%s", line);
}

static void listen(listener *l)
{
    rc_context_set_progress(NULL, &(rc_sink){hear_step, hear_note, l});
}

static void foresee(const char *method, const char *const *set, subject *s, rc__forecast *out)
{
    begin(method, set, s);
    OK(rc__fitting_prepare(&s->of));
    OK(rc__forecast_make(&s->of, true, rc_clock(), out));
}

/* The same bits come out, and nobody hears of epochs that are no training. */
TEST(a_rehearsal_leaves_no_trace)
{
    static const char *const all[] = {"fit.head_start=seed", "fit.train=all", "align.epochs=2",
                                      "align.samples=8",     "align.batch=8", NULL};
    subject rehearsed, plain;
    rc__forecast ahead;
    listener l = {0};
    char path[96];
    begin("recraft", all, &plain);
    fit(&plain, NULL, path);
    begin("recraft", all, &rehearsed);
    OK(rc__fitting_prepare(&rehearsed.of));
    listen(&l);
    OK(rc__forecast_make(&rehearsed.of, true, rc_clock(), &ahead));
    CHECK(l.steps == 0 && l.notes == 0 && rc_context_current()->sink.context == &l);
    rc_context_set_progress(NULL, NULL);
    CHECK(!rehearsed.of.model && rehearsed.of.task && !rehearsed.of.session); /* the model is spent */
    OK(rc__fitting_open(&rehearsed.of, "stripes", RC_RESUME_NO, NULL));
    OK(rc__fitting_run(&rehearsed.of, rc_clock()));
    check_same_model(&plain, &rehearsed);
    end(&rehearsed);
    end(&plain);
}

static const rc_rehearsed *stage_of(const rc__forecast *f, rc_stage stage)
{
    for (int i = 0; i < f->of.stages; i++)
        if (f->of.stage[i].stage == stage) return &f->of.stage[i];
    return NULL;
}

/* Epochs and steps are those of the training, however few were rehearsed; the stages are those that it goes
 * through; and all seconds have a part that they belong to. */
TEST(stages_epochs_and_steps_are_those_of_the_training)
{
    subject s;
    rc__forecast ahead;
    foresee("nft", nothing, &s, &ahead);
    const rc_rehearsed *tuning = stage_of(&ahead, RC_STAGE_FIT);
    REQUIRE(tuning);
    CHECK(tuning->epochs == EPOCHS && tuning->steps == EPOCHS * (32 / BATCH));
    double sum = ahead.prepare + ahead.of.test + ahead.of.opponents;
    for (int i = 0; i < ahead.of.stages; i++) {
        CHECK(ahead.of.stage[i].seconds > 0);
        sum += ahead.of.stage[i].seconds;
    }
    NEAR(ahead.seconds, sum, 1e-9 * sum);
    CHECK(ahead.of.test > 0 && ahead.of.opponents > 0);
    OK(rc__fitting_open(&s.of, "stripes", RC_RESUME_NO, NULL));
    OK(rc__fitting_run(&s.of, rc_clock()));
    CHECK(s.of.session->entered == ahead.of.stages);
    for (int i = 0; i < ahead.of.stages; i++)
        CHECK(s.of.session->stage[i] == ahead.of.stage[i].stage);
    end(&s);
    foresee("nft", (const char *const[]){"fit.accumulate=3", "fit.epochs=500", NULL}, &s, &ahead);
    tuning = stage_of(&ahead, RC_STAGE_FIT); /* four batches are two steps */
    CHECK(tuning && tuning->epochs == 500 && tuning->steps == 1000);
    end(&s);
}

TEST(nothing_is_tested_unasked)
{
    subject s;
    rc__forecast ahead;
    foresee("nft", (const char *const[]){"fit.test=false", NULL}, &s, &ahead);
    CHECK(ahead.of.test == 0 && ahead.of.opponents > 0);
    end(&s);
}

/* ---- memory ---- */

static double mb(double bytes)
{
    return bytes / 1e6;
}

TEST(arrays_count_once)
{
    subject s;
    begin("nft", nothing, &s); /* the validation part lies in the arrays of the training part */
    double x = (TRAIN + TEST_PART) * PIXELS * sizeof(float), y = (TRAIN + TEST_PART) * sizeof(int64_t);
    rc__forecast f = rc__forecast_of_data(s.data);
    NEAR(f.data_mb, mb(x + y), 1e-12);
    CHECK(f.memory_mb > 0 && f.seconds == 0 && f.model_mb == 0);
    end(&s);
}

/* Numbers beside each that learns: moments, the best so far, an average, and the sum of a step's gradients.
 */
TEST(what_an_optimizer_keeps)
{
    static const struct {
        const char *set[4];
        int numbers;
    } of[] = {{{"fit.optimizer=adamw"}, 2 + 1},
              {{"fit.optimizer=sgd"}, 1 + 1},
              {{"fit.optimizer=sgd", "fit.momentum=0"}, 1},
              {{"fit.optimizer=adamw", "data.valid_fraction=0"}, 2},
              {{"fit.optimizer=adamw", "fit.average=0.9"}, 2 + 1 + 1},
              {{"fit.optimizer=adamw", "fit.clip=1"}, 2 + 1 + 1},
              {{"fit.optimizer=adamw", "fit.accumulate=2", "fit.average=0.9"}, 2 + 1 + 1 + 1}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        subject s;
        rc__forecast f;
        begin("nft", of[i].set, &s);
        OK(rc_config_assign(&s.of.config, "fit.epochs=1"));
        OK(rc__fitting_prepare(&s.of));
        OK(rc__forecast_make(&s.of, false, rc_clock(), &f));
        CHECK(f.of.trainable > 0 && f.of.trainable < f.of.parameters); /* fit.train=head */
        NEAR(f.model_mb, mb((double)f.of.parameters * 4), 1e-12);
        NEAR(f.optimizer_mb, mb((double)f.of.trainable * 4 * of[i].numbers), 1e-12);
        CHECK(f.step_mb > 0 && f.memory_mb > f.step_mb + f.model_mb);
        end(&s);
    }
}

/* ---- what is said ---- */

TEST(one_line_says_time_and_memory)
{
    rc__forecast f = {.of = {.stages = 2,
                             .stage = {{RC_STAGE_ALIGN, .seconds = 89.2}, {RC_STAGE_FIT, .seconds = 5399}},
                             .test = 1.5,
                             .opponents = 3.1},
                      .seconds = 7200,
                      .memory_mb = 1234.4,
                      .available_mb = 2000};
    listener l = {0};
    listen(&l);
    rc__forecast_say(&f, NULL);
    CHECK(l.notes == 1);
    CHECK(strcmp(l.last,
                 "about 2.0 h (align 90 s, fit 90 min, test and opponents 5 s) and 1234 MB of memory") == 0);
    rc__forecast_say(&f, "swin-mini");
    CHECK(l.notes == 2 && strncmp(l.last, "swin-mini: about 2.0 h", 22) == 0);
    f.available_mb = 1000;
    rc__forecast_say(&f, NULL);
    CHECK(l.notes == 4 && strncmp(l.last, "warning: this machine has 1000 MB", 33) == 0);
    f.available_mb = -1; /* not known */
    rc__forecast_say(&f, NULL);
    CHECK(l.notes == 5);
    rc_context_set_progress(NULL, NULL);
}

TEST(the_same_in_json)
{
    subject s;
    rc__forecast f;
    foresee("nft", nothing, &s, &f);
    rc_json *j = rc_json_object();
    rc__forecast_json(&f, j);
    const rc_json *seconds = rc_json_get(j, "seconds"), *memory = rc_json_get(j, "memory_mb"),
                  *stages = rc_json_get(j, "stages");
    CHECK(rc_json_number(seconds, "total", 0) == f.seconds &&
          rc_json_number(seconds, "prepare", -1) == f.prepare);
    CHECK(rc_json_number(seconds, "test", -1) == f.of.test &&
          rc_json_number(seconds, "opponents", -1) == f.of.opponents);
    REQUIRE(rc_json_length(stages) == (size_t)f.of.stages);
    for (int i = 0; i < f.of.stages; i++) {
        const rc_json *one = rc_json_at(stages, (size_t)i);
        const char *name = rc_json_string(one, "stage", "");
        CHECK(rc_choice_find(RC_STAGES, name) == (int)f.of.stage[i].stage &&
              rc_json_integer(one, "steps", -1) == f.of.stage[i].steps);
        CHECK(rc_json_number(seconds, name, -1) == rc_json_number(one, "seconds", -2));
    }
    CHECK(rc_json_number(memory, "peak", 0) == f.memory_mb && rc_json_number(memory, "data", 0) == f.data_mb);
    CHECK(rc_json_number(memory, "model", 0) == f.model_mb && rc_json_number(memory, "step", 0) == f.step_mb);
    rc_json_free(&j);
    j = rc_json_object();
    f.available_mb = -1;
    rc__forecast_memory_json(&f, j);
    CHECK(!rc_json_get(rc_json_get(j, "memory_mb"), "available"));
    rc_json_free(&j);
    end(&s);
}

/* From arithmetic alone: a minute of it or more, and never for what has no model. */
TEST(when_a_forecast_is_due)
{
    static const struct {
        const char *method, *set;
        bool due;
    } of[] = {{"nft", "fit.epochs=1", false},
              {"nft", "fit.epochs=1000000", true},
              {"recraft", "align.epochs=1000000", true},
              {"ridge", "fit.epochs=1000000", false}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        subject s;
        begin(of[i].method, (const char *const[]){of[i].set, NULL}, &s);
        OK(rc__fitting_prepare(&s.of));
        CHECK(rc__forecast_is_due(&s.of) == of[i].due);
        end(&s);
    }
}

int main(void)
{
    if (!mkdtemp(folder) || setenv("RECRAFT_HOME", folder, 1) != 0 ||
        rc_bundle_open("swin-mini", &source) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(what_is_chosen_by_is_held_out);
    RUN(the_usual_source_of_a_form);
    RUN(a_folder_changes_nothing_but_that_it_is_there);
    RUN(the_choice_of_a_source_is_told);
    RUN(what_does_not_fit_is_refused_before_there_is_a_folder);
    RUN(a_rehearsal_leaves_no_trace);
    RUN(stages_epochs_and_steps_are_those_of_the_training);
    RUN(nothing_is_tested_unasked);
    RUN(arrays_count_once);
    RUN(what_an_optimizer_keeps);
    RUN(one_line_says_time_and_memory);
    RUN(the_same_in_json);
    RUN(when_a_forecast_is_due);
    rc_bundle_close(&source);
    rmdir(folder);
    return RESULT();
}
