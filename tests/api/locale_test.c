/* In a host whose locale writes 0,5 and has letters of its own (Turkish: FILE is no file): settings, data,
 * models and files are those of any other host, and the host's threads keep their locale. */
#include "check.h"

#include <ctype.h>
#include <locale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/text.h"
#include "recraft/recraft.h"

enum { N = 24, SIDE = 8, PIXELS = SIDE * SIDE };

static char folder[] = "/tmp/recraft_locale_XXXXXX";
static float images[N * PIXELS];
static int64_t label[N];

/* The C library finds what is compiled here through LOCPATH. */
static bool make_locale(void)
{
    char command[256];
    snprintf(command, sizeof command, "localedef --no-archive -i tr_TR -f UTF-8 %s/tr_TR.UTF-8", folder);
    if (system(command) != 0) {
        fprintf(stderr, "no Turkish locale can be made; install locales: scripts/deps check\n");
        return false;
    }
    return setenv("LOCPATH", folder, 1) == 0;
}

static bool enter_turkey(void)
{
    return setlocale(LC_ALL, "tr_TR.UTF-8") && strtod("0,5", NULL) == 0.5 && tolower('I') != 'i';
}

/* ---- settings ---- */

TEST(settings_have_a_point)
{
    rc_options *o;
    rc_setting s = RC_SETTING_INIT;
    const char *value;
    OK(rc_options_create(&o));
    for (int64_t i = 0; rc_setting_at(i, &s); i++) {
        OK(rc_options_get(o, s.key, &value));
        CHECK(strcmp(value, s.initial) == 0);
        CHECK(s.kind != RC_SETTING_NUMBER || s.min <= s.max);
    }
    OK(rc_options_set(o, "fit.lr", "0.001"));
    OK(rc_options_get(o, "fit.lr", &value));
    CHECK(strcmp(value, "0.001") == 0);
    OK(rc_options_set_number(o, "fit.lr", 0.25));
    OK(rc_options_get(o, "fit.lr", &value));
    CHECK(strcmp(value, "0.25") == 0);
    FAILS(RC_CONFIG, "fit.lr", rc_options_set(o, "fit.lr", "0,001"));
    OK(rc_options_set(o, "fit.turn", "TRUE"));
    rc_options_destroy(&o);
}

/* ---- data ---- */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* What a short number takes, what only strtod can, and a name whose letters differ here. */
TEST(tables_have_a_point)
{
    char csv[64], to[64], *json;
    rc_string text = {0};
    rc_data *d;
    snprintf(csv, sizeof csv, "%s/table.csv", folder);
    snprintf(to, sizeof to, "%s/table", folder);
    OK(rc_string_printf(&text, "size,weight,PRICE_IN\n"));
    for (int i = 0; i < N; i++)
        OK(rc_string_printf(&text, "%d.%d,1.%de-3,%d.123456789012345678\n", i, i % 10, i % 10, i));
    write_file(csv, text.data);
    rc_string_free(&text);
    rc_data_import_options o = RC_DATA_IMPORT_OPTIONS_INIT;
    o.from = csv, o.out = to, o.label = "PRICE_IN", o.target = "numbers";
    OK(rc_data_import(&o, &json));
    rc_free_text(json);
    OK(rc_data_open(NULL, to, NULL, &d));
    rc_data_info info = RC_DATA_INFO_INIT;
    OK(rc_data_describe(d, &info));
    CHECK(info.target == RC_TARGET_OF_NUMBERS && info.x_shape[0] == 2);
    rc_data_destroy(&d);
}

/* ---- a model ---- */

static void draw(void)
{
    rc_rng rng = rc_rng_make(1, "locale", 0);
    for (int i = 0; i < N * PIXELS; i++)
        images[i] = (float)rc_rng_normal(&rng) + (float)(i / PIXELS % 2);
    for (int i = 0; i < N; i++)
        label[i] = i % 2;
}

static rc_status pictures(rc_data **out)
{
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE), y = RC_VIEW(label, RC_DTYPE_I64, N);
    rc_data_arrays a = RC_DATA_ARRAYS_INIT;
    a.x[RC_DATA_TRAIN] = a.x[RC_DATA_TEST] = &x;
    a.y[RC_DATA_TRAIN] = a.y[RC_DATA_TEST] = &y;
    return rc_data_from_arrays(NULL, &a, out);
}

static bool break_off(void *context, const rc_epoch *e)
{
    if (e->epoch == 1) rc_context_interrupt(context);
    return true;
}

/* Into a folder, cut short and gone on with where `cut`; probabilities of all pictures. */
static void fit(const char *name, bool cut, float probability[N][2])
{
    static const char *const set[][2] = {{"fit.epochs", "3"},        {"fit.batch", "8"},
                                         {"model.image_size", "32"}, {"fit.train", "head"},
                                         {"fit.lr", "0.003"},        {"fit.log", "csv"}};
    char run[64];
    rc_context *c;
    rc_data *d;
    rc_options *o;
    rc_predictor *p;
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE);
    rc_view out = RC_VIEW(probability, RC_DTYPE_F32, N, 2);
    snprintf(run, sizeof run, "%s/%s", folder, name);
    OK(rc_context_create(&c));
    OK(rc_context_set_threads(c, 1));
    OK(pictures(&d));
    OK(rc_options_create(&o));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        OK(rc_options_set(o, set[i][0], set[i][1]));
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.options = o, how.folder = run;
    if (cut) {
        how.epoch = break_off, how.epoch_context = c;
        FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_fit(c, d, &how, &p));
        rc_predictor_destroy(&p);
        rc_context_clear_interrupt(c);
        how.epoch = NULL, how.resume = RC_RESUME_YES;
    }
    OK(rc_predictor_fit(c, d, &how, &p));
    rc_predictor_destroy(&p);
    OK(rc_predictor_load(c, run, &p));
    OK(rc_predictor_predict_proba(c, p, &x, &out));
    rc_predictor_destroy(&p);
    rc_data_destroy(&d);
    rc_options_destroy(&o);
    rc_context_destroy(&c);
}

static void read_lines(const char *run, const char *file, char *out, size_t room)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s/%s", folder, run, file);
    FILE *f = fopen(path, "r");
    out[0] = '\0';
    CHECK(f);
    if (!f) return;
    out[fread(out, 1, room - 1, f)] = '\0';
    fclose(f);
}

/* A thread of the host that computes in its own language all the while. */
static atomic_bool over;

static void *speak(void *context)
{
    bool *right = context;
    char text[16];
    while (!atomic_load(&over)) {
        snprintf(text, sizeof text, "%.1f", 0.5);
        *right = *right && strcmp(text, "0,5") == 0;
    }
    return NULL;
}

TEST(a_model_is_the_same_in_every_locale)
{
    static float here[N][2], there[N][2], again[N][2];
    static char text[2][20000];
    bool right = true;
    pthread_t other;
    CHECK(setlocale(LC_ALL, "C") != NULL);
    fit("here", false, here);
    REQUIRE(enter_turkey());
    locale_t before = uselocale((locale_t)0);
    REQUIRE(pthread_create(&other, NULL, speak, &right) == 0);
    fit("there", true, there);
    atomic_store(&over, true);
    REQUIRE(pthread_join(other, NULL) == 0);
    CHECK(right && uselocale((locale_t)0) == before && strtod("0,5", NULL) == 0.5);
    CHECK(memcmp(here, there, sizeof here) == 0);
    read_lines("here", "config.yaml", text[0], sizeof text[0]);
    read_lines("there", "config.yaml", text[1], sizeof text[1]);
    CHECK(strcmp(text[0], text[1]) == 0 && strstr(text[0], "lr: 0.003"));
    CHECK(setlocale(LC_ALL, "C") != NULL); /* what was written there is read here */
    {
        char run[64];
        rc_predictor *p;
        rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, 1, SIDE, SIDE), out = RC_VIEW(again, RC_DTYPE_F32, N, 2);
        snprintf(run, sizeof run, "%s/there", folder);
        OK(rc_predictor_load(NULL, run, &p));
        OK(rc_predictor_predict_proba(NULL, p, &x, &out));
        rc_predictor_destroy(&p);
    }
    CHECK(memcmp(here, again, sizeof here) == 0);
    REQUIRE(enter_turkey());
}

/* ---- what is said ---- */

TEST(messages_and_documents_have_a_point)
{
    const float x[] = {0, 1, 2, 3};
    char *json, page[64];
    rc_view a = RC_VIEW(x, RC_DTYPE_F32, 4, 1);
    rc_points p = RC_POINTS_INIT;
    rc_distance_options o = RC_DISTANCE_OPTIONS_INIT;
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    p.x = &a, o.shrinkage = 1.5;
    FAILS(RC_CONFIG, "a shrinkage of 1.5", rc_distance_between(NULL, "gaussian", &p, &p, &o, NULL, NULL, &r));
    OK(rc_source_show("swin-mini", &json));
    CHECK(strstr(json, "0."));
    for (const char *at = json; *at; at++) /* "1,5" is neither a number nor two of an array of these */
        CHECK(!(at[0] >= '0' && at[0] <= '9' && at[1] == ',' && at[2] >= '0' && at[2] <= '9'));
    rc_free_text(json);
    snprintf(page, sizeof page, "%s/there", folder);
    OK(rc_report(&(rc_report_options){.size = sizeof(rc_report_options), .run = page}));
}

int main(void)
{
    char command[96];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    if (!make_locale() || !enter_turkey()) {
        fprintf(stderr, "the Turkish locale is not as it should be\n");
        return EXIT_FAILURE;
    }
    draw();
    RUN(settings_have_a_point);
    RUN(tables_have_a_point);
    RUN(a_model_is_the_same_in_every_locale);
    RUN(messages_and_documents_have_a_point);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? RESULT() : EXIT_FAILURE;
}
