/* The method "auto" on arrays in memory: its answer, its leaderboard, files, stopping. */
#include "check.h"

#include <dirent.h>
#include <unistd.h>

#include "base/rng.h"
#include "recraft/recraft.h"

enum { N = 48, TEST = 16, F = 4 };

static char folder[] = "/tmp/recraft_auto_XXXXXX";
static float table[N + TEST][F];
static int64_t label[N + TEST];

/* The class is the sign of the first number. */
static void draw(void)
{
    rc_rng rng = rc_rng_make(1, "table", 0);
    for (int i = 0; i < N + TEST; i++) {
        for (int k = 0; k < F; k++)
            table[i][k] = (float)rc_rng_normal(&rng);
        label[i] = table[i][0] > 0;
    }
}

/* valid: the last samples are a validation part. */
static rc_status tables(bool valid, rc_data **out)
{
    static const char *const name[] = {"below", "above"};
    rc_view x = RC_VIEW(table, RC_DTYPE_F32, N, F), y = RC_VIEW(label, RC_DTYPE_I64, N);
    rc_view x_rest = RC_VIEW(table[N], RC_DTYPE_F32, TEST, F),
            y_rest = RC_VIEW(label + N, RC_DTYPE_I64, TEST);
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    int rest = valid ? RC_DATA_VALID : RC_DATA_TEST;
    a.x[RC_DATA_TRAIN] = &x, a.y[RC_DATA_TRAIN] = &y;
    a.x[rest] = &x_rest, a.y[rest] = &y_rest;
    a.class_names = name, a.classes = 2, a.name = "signs";
    return rc_data_from_arrays(NULL, &a, out);
}

static rc_status settings(const char *budget, rc_options **out)
{
    rc_status status = rc_options_create(out);
    if (status == RC_OK) status = rc_options_set(*out, "fit.budget", budget);
    if (status == RC_OK) status = rc_options_set(*out, "fit.epochs", "2");
    return status == RC_OK ? rc_options_set(*out, "model.image_size", "32") : status;
}

static rc_status shares(rc_predictor *p, float out[TEST][2])
{
    rc_view x = RC_VIEW(table[N], RC_DTYPE_F32, TEST, F), to = RC_VIEW(out, RC_DTYPE_F32, TEST, 2);
    return rc_predictor_predict_proba(NULL, p, &x, &to);
}

/* How many entries a folder has. */
static int entries(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d) closedir(d);
    return n;
}

static void check_leaderboard(const rc_predictor *p)
{
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    rc_candidate c = RC_CANDIDATE_INIT;
    double weights = 0, last = -1;
    int plain = 0, frozen = 0;
    OK(rc_predictor_describe(p, &info));
    CHECK(strcmp(info.method, "auto") == 0 && !info.has_model && isfinite(info.valid));
    CHECK(info.candidates >= 4);
    for (int64_t i = 0; i < info.candidates; i++) {
        OK(rc_predictor_candidate(p, i, &c));
        double score = isnan(c.out_of_fold) ? c.valid : c.out_of_fold;
        plain += !c.source[0];
        frozen += strcmp(c.source, "swin-mini") == 0;
        weights += c.weight;
        CHECK(score >= last && c.seconds > 0 && !c.setting[RC_CANDIDATE_SETTINGS - 1]);
        last = score;
    }
    CHECK(plain >= 3 && frozen >= 1);
    NEAR(weights, 1, 1e-9);
    FAILS(RC_CONFIG, "no candidate", rc_predictor_candidate(p, info.candidates, &c));
    FAILS(RC_CONFIG, "no candidate", rc_predictor_candidate(p, -1, &c));
}

static void fit_and_keep(bool valid)
{
    rc_data *d;
    rc_options *o;
    rc_predictor *p, *q;
    float before[TEST][2], after[TEST][2];
    char path[64];
    rc_scores scores = RC_SCORES_INIT;
    OK(tables(valid, &d));
    OK(settings("0", &o));
    rc_fit_how how = {.size = sizeof how, .method = "auto", .options = o};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    CHECK(entries(folder) == 0); /* it has left nothing */
    check_leaderboard(p);
    OK(shares(p, before));
    for (int i = 0; i < TEST; i++)
        NEAR(before[i][0] + before[i][1], 1, 1e-5);
    OK(rc_predictor_score(NULL, p, d, valid ? RC_DATA_VALID : RC_DATA_TEST, &scores));
    CHECK(scores.samples == TEST && scores.value < 0.3);
    CHECK(strcmp(rc_predictor_class_name(p, 1), "above") == 0 && rc_predictor_note(p, 0));
    FAILS(RC_UNSUPPORTED, "refine", rc_predictor_refine(NULL, p, d, NULL));
    snprintf(path, sizeof path, "%s/run", folder);
    OK(rc_predictor_save(NULL, p, path));
    rc_predictor_destroy(&p);
    OK(rc_predictor_load(NULL, path, &q));
    check_leaderboard(q);
    OK(shares(q, after));
    CHECK(memcmp(before, after, sizeof before) == 0);
    /* One that was loaded is saved as well, when its files are gone. */
    char command[160], again[64];
    snprintf(command, sizeof command, "rm -rf %s", path);
    CHECK(system(command) == 0);
    snprintf(again, sizeof again, "%s/again", folder);
    OK(rc_predictor_save(NULL, q, again));
    rc_predictor_destroy(&q);
    OK(rc_predictor_load(NULL, again, &q));
    OK(shares(q, after));
    CHECK(memcmp(before, after, sizeof before) == 0);
    rc_predictor_destroy(&q);
    snprintf(command, sizeof command, "rm -rf %s", again);
    CHECK(system(command) == 0);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

TEST(fit_answer_save_load)
{
    fit_and_keep(false);
}

/* Then nothing learns once more, and candidates answer themselves. */
TEST(a_validation_part_of_ones_own)
{
    fit_and_keep(true);
}

typedef struct watch {
    rc_context *context; /* is interrupted at the first epoch; NULL: not */
    int epochs, unnamed;
    char first[64];
} watch;

static bool hear(void *context, const rc_epoch *e)
{
    watch *w = context;
    if (!w->epochs++ && e->candidate) snprintf(w->first, sizeof w->first, "%s", e->candidate);
    w->unnamed += !e->candidate;
    if (w->context && strstr(e->candidate, "-nft")) rc_context_interrupt(w->context);
    return true;
}

TEST(epochs_are_told_and_an_interrupt_keeps_what_was_tried)
{
    rc_data *d;
    rc_options *o;
    rc_context *c;
    rc_predictor *p;
    rc_source *s;
    rc_candidate k = RC_CANDIDATE_INIT;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    float share[TEST][2];
    watch w = {0};
    OK(tables(false, &d));
    OK(settings("1", &o));
    OK(rc_context_create(&c));
    OK(rc_source_open(NULL, "swin-mini", &s));
    rc_fit_how how = {
        .size = sizeof how, .method = "auto", .options = o, .source = s, .epoch = hear, .epoch_context = &w};
    OK(rc_predictor_fit(c, d, &how, &p));
    CHECK(w.epochs > 0 && w.unnamed == 0);
    rc_predictor_destroy(&p);
    w.context = c;
    FAILS(RC_INTERRUPTED, "best of what was tried", rc_predictor_fit(c, d, &how, &p));
    REQUIRE(p);
    rc_context_clear_interrupt(c);
    check_leaderboard(p);
    OK(rc_predictor_describe(p, &info));
    CHECK(info.seconds > 0 && info.notes > 0 && isnan(info.test));
    OK(rc_predictor_candidate(p, 0, &k));
    CHECK(k.epochs == 0);
    OK(shares(p, share));
    rc_predictor_destroy(&p);
    rc_context_interrupt(c);
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_fit(c, d, &how, &p));
    CHECK(!p && entries(folder) == 0);
    rc_source_destroy(&s);
    rc_context_destroy(&c);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

/* The same folder cannot be fitted into twice, and its run is read by whoever comes later. */
TEST(a_folder_records_it)
{
    rc_data *d;
    rc_options *o;
    rc_predictor *p;
    char run[64], command[96];
    float before[TEST][2], after[TEST][2];
    snprintf(run, sizeof run, "%s/kept", folder);
    OK(tables(false, &d));
    OK(settings("0", &o));
    rc_fit_how how = {.size = sizeof how, .method = "auto", .options = o, .folder = run};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(shares(p, before));
    rc_predictor_destroy(&p);
    FAILS(RC_CONFIG, "not empty", rc_predictor_fit(NULL, d, &how, &p));
    how.resume = RC_RESUME_YES;
    FAILS(RC_CONFIG, "complete", rc_predictor_fit(NULL, d, &how, &p));
    CHECK(!p);
    OK(rc_predictor_load(NULL, run, &p));
    OK(shares(p, after));
    CHECK(memcmp(before, after, sizeof before) == 0);
    rc_predictor_destroy(&p);
    snprintf(command, sizeof command, "rm -rf %s", run);
    CHECK(system(command) == 0);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

TEST(what_cannot_be_is_refused)
{
    rc_data *d;
    rc_options *o;
    rc_predictor *p;
    OK(tables(false, &d));
    OK(settings("0", &o));
    rc_fit_how how = {.size = sizeof how, .method = "auto", .options = o};
    OK(rc_options_set(o, "data.valid_fraction", "0"));
    FAILS(RC_CONFIG, "chooses by validation data", rc_predictor_fit(NULL, d, &how, &p));
    CHECK(!p);
    OK(rc_options_set(o, "data.valid_fraction", "0.2"));
    OK(rc_options_set(o, "fit.lora_from", "/nowhere"));
    FAILS(RC_CONFIG, "fit.lora_from", rc_predictor_fit(NULL, d, &how, &p));
    CHECK(!p && entries(folder) == 0);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

/* Its run from each, as the mean of both. */
TEST(a_method_from_several_sources)
{
    rc_data *d;
    rc_options *o;
    rc_source *source;
    rc_predictor *p;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    rc_candidate c = RC_CANDIDATE_INIT;
    float said[TEST][2];
    char copy[64], both[96];
    snprintf(copy, sizeof copy, "%s/copy.safetensors", folder);
    snprintf(both, sizeof both, "swin-mini,%s", copy);
    OK(rc_source_open(NULL, "swin-mini", &source));
    OK(rc_source_save(NULL, source, copy));
    OK(tables(false, &d));
    OK(settings("0", &o));
    OK(rc_options_set(o, "fit.epochs", "1"));
    OK(rc_options_set(o, "fit.warmup", "0"));
    OK(rc_options_set(o, "fit.combine", "average"));
    rc_fit_how how = {.size = sizeof how, .method = "nft", .options = o, .sources = both};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_describe(p, &info));
    CHECK(strcmp(info.method, "nft") == 0 && strcmp(info.source, both) == 0 && info.candidates == 2);
    for (int i = 0; i < 2; i++) {
        OK(rc_predictor_candidate(p, i, &c));
        CHECK(c.weight == 0.5 && strcmp(c.method, "nft") == 0 && c.epochs == 1);
    }
    OK(shares(p, said));
    for (int i = 0; i < TEST; i++)
        NEAR(said[i][0] + said[i][1], 1, 1e-5);
    rc_predictor_destroy(&p);
    how.source = source;
    FAILS(RC_CONFIG, "cannot be used together", rc_predictor_fit(NULL, d, &how, &p));
    how.source = NULL;
    how.method = "forest";
    FAILS(RC_CONFIG, "the method forest has no source", rc_predictor_fit(NULL, d, &how, &p));
    how.sources = "auto";
    FAILS(RC_CONFIG, "plain methods have no source", rc_predictor_fit(NULL, d, &how, &p));
    how.method = "distill";
    FAILS(RC_CONFIG, "has a student instead", rc_predictor_fit(NULL, d, &how, &p));
    how.method = "probe";
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_describe(p, &info));
    CHECK(strcmp(info.source, "swin-mini") == 0 && info.candidates == 0);
    rc_predictor_destroy(&p);
    how.sources = "swin-mini,swin-mini";
    FAILS(RC_CONFIG, "is given twice", rc_predictor_fit(NULL, d, &how, &p));
    unlink(copy);
    CHECK(entries(folder) == 0);
    rc_source_destroy(&source);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    setenv("TMPDIR", folder, 1);
    setenv("RECRAFT_HOME", "/nowhere", 1); /* no sources but the one that is built in */
    draw();
    RUN(fit_answer_save_load);
    RUN(a_validation_part_of_ones_own);
    RUN(epochs_are_told_and_an_interrupt_keeps_what_was_tried);
    RUN(a_folder_records_it);
    RUN(a_method_from_several_sources);
    RUN(what_cannot_be_is_refused);
    return rmdir(folder) == 0 ? RESULT() : EXIT_FAILURE;
}
