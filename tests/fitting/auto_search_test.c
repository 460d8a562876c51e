/* In which order the method "auto" tries its candidates, and what it spends on them. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "fitting/auto.h"
#include "training/halving.h"

enum {
    TRAIN = 32,
    VALID = 16,
    COLUMNS = 4,
    HEARD = 512,
    ARMS = 5 /* of one source: the usual recipe and four more */
};

static char folder[] = "/tmp/recraft_auto_search_XXXXXX";

/* The class is the sign of the first number. The validation part is the data's own, so that nothing learns
 * from it in the end, and each candidate trains once. */
static void make_data(rc_dataset **out)
{
    static float x[TRAIN + VALID][COLUMNS];
    static int64_t label[TRAIN + VALID];
    rc_rng rng = rc_rng_make(1, "table", 0);
    rc_dataset_arrays a = {0};
    for (int i = 0; i < TRAIN + VALID; i++) {
        for (int k = 0; k < COLUMNS; k++)
            x[i][k] = (float)rc_rng_normal(&rng);
        label[i] = x[i][0] > 0;
    }
    for (int part = 0; part < 2; part++) {
        int first = part ? TRAIN : 0, n = part ? VALID : TRAIN;
        a.x[part] = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(n, COLUMNS), .data = x[first]};
        a.y[part] = (rc_array){.dtype = RC_DTYPE_I64, .shape = RC_SHAPE(n), .data = label + first};
    }
    OK(rc_dataset_from_arrays("signs", &a, NULL, 0, RC_DATASET_TRAIN, out));
}

typedef struct subject {
    rc_config config;
    rc_dataset *data;
    rc_auto_how how;
} subject;

static void begin(const char *const *set, subject *s)
{
    *s = (subject){0};
    rc_config_defaults(&s->config);
    OK(rc_config_assign(&s->config, "model.image_size=8"));
    OK(rc_config_assign(&s->config, "align.epochs=1"));
    for (; *set; set++)
        OK(rc_config_assign(&s->config, *set));
    make_data(&s->data);
    s->how =
        (rc_auto_how){.config = &s->config, .data = s->data, .data_name = "signs", .source = "swin-mini"};
}

/* ---- the order ---- */

enum { PLAIN, FROZEN, TUNED };

static int phase_of(const char *candidate)
{
    if (strncmp(candidate, "swin-mini", 9) != 0) return PLAIN;
    return strstr(candidate, "-frozen") ? FROZEN : TUNED;
}

typedef struct heard {
    int n;
    char name[HEARD][48];
    int64_t epoch[HEARD];
} heard;

static rc_status hear(void *context, const char *candidate, rc_session *s, const rc_json *line)
{
    heard *h = context;
    (void)s;
    if (strcmp(rc_json_string(line, "stage", ""), "fit") != 0 || h->n == HEARD) return RC_OK;
    snprintf(h->name[h->n], sizeof h->name[h->n], "%s", candidate);
    h->epoch[h->n++] = rc_json_integer(line, "epoch", 0);
    return RC_OK;
}

/* Plain predictors, then frozen features, then fine-tuning, of which the usual recipe comes first. */
static void check_order(const heard *h)
{
    int phases = 0;
    for (int i = 0; i < h->n; i++) {
        int now = phase_of(h->name[i]), before = i ? phase_of(h->name[i - 1]) : PLAIN;
        CHECK(now >= before);
        phases |= 1 << now;
        if (now == TUNED && before != TUNED) CHECK(strcmp(h->name[i], "swin-mini-nft") == 0);
    }
    CHECK(phases & 1 << TUNED);
}

/* Each goes on from where it rested: no epoch is trained twice. */
static void check_epochs(const heard *h, const rc_json *candidates)
{
    for (size_t k = 0; k < rc_json_length(candidates); k++) {
        const rc_json *one = rc_json_at(candidates, k);
        const char *name = rc_json_string(one, "name", "");
        int64_t at = 0;
        if (phase_of(name) != TUNED) continue;
        for (int i = 0; i < h->n; i++)
            if (strcmp(h->name[i], name) == 0 && h->epoch[i] > 0) CHECK(h->epoch[i] == ++at);
        CHECK(at == rc_json_integer(one, "epochs", -1));
    }
}

/* ---- the budget ---- */

/* What is spent is the plan of successive halving for this budget, to the epoch; who was dropped has less
 * than who was not. */
static void check_spent(const rc_json *result, const rc_halving *plan)
{
    const rc_json *candidates = rc_json_get(result, "candidates");
    int64_t spent = 0;
    int tuned = 0, dropped = 0;
    double last = -INFINITY;
    CHECK(rc_json_integer(result, "budget", -1) == plan->total);
    for (size_t i = 0; i < rc_json_length(candidates); i++) {
        const rc_json *one = rc_json_at(candidates, i);
        int64_t epochs = rc_json_integer(one, "epochs", 0);
        bool was_dropped = rc_json_boolean(one, "dropped", false);
        double score = rc_json_number(one, "valid", NAN);
        CHECK(score >= last); /* the best first */
        last = score;
        if (phase_of(rc_json_string(one, "name", "")) != TUNED) continue;
        tuned++, dropped += was_dropped;
        spent += epochs;
        CHECK(was_dropped ? epochs < plan->epochs : epochs == plan->epochs);
    }
    CHECK(spent == plan->total && tuned == plan->candidates);
    CHECK(dropped == plan->candidates - plan->left[plan->rounds - 1]);
}

static void check_budget(int64_t budget, int64_t epochs)
{
    char set[2][32];
    subject s;
    heard h = {0};
    rc_session *session;
    rc_json *result;
    snprintf(set[0], sizeof set[0], "fit.budget=%lld", (long long)budget);
    snprintf(set[1], sizeof set[1], "fit.epochs=%lld", (long long)epochs);
    begin((const char *const[]){set[0], set[1], NULL}, &s);
    s.how.epoch = hear;
    s.how.epoch_context = &h;
    OK(rc_auto_fit(&s.how, &session, &result));
    rc_halving plan = rc_halving_within(ARMS, epochs, budget);
    REQUIRE(plan.total > 0 && plan.total <= budget);
    check_order(&h);
    check_epochs(&h, rc_json_get(result, "candidates"));
    check_spent(result, &plan);
    CHECK(rmdir(folder) == 0 && mkdir(folder, 0700) == 0); /* nothing is left */
    rc_session_close(&session);
    rc_json_free(&result);
    rc_dataset_close(&s.data);
}

TEST(the_first_epochs_are_the_usual_recipes)
{
    check_budget(1, 2);
}

TEST(all_candidates_and_the_better_half_goes_on)
{
    check_budget(12, 4);
}

/* ---- what is said beforehand ---- */

static void look_ahead(const char *budget, double limit, int64_t *out)
{
    subject s;
    rc_json *result;
    begin((const char *const[]){"fit.epochs=6", budget, NULL}, &s);
    s.config.fit.time_limit = limit;
    OK(rc_auto_look_ahead(&s.how, &result));
    const rc_json *seconds = rc_json_get(result, "seconds"), *sources = rc_json_get(result, "sources");
    CHECK(rc_json_number(seconds, "limit", 0) == limit);
    CHECK(rc_json_number(seconds, "total", 0) >= rc_json_number(seconds, "before_fine_tuning", 1e9));
    CHECK(rc_json_length(sources) == 1);
    CHECK(strcmp(rc_json_string(rc_json_at(sources, 0), "source", ""), "swin-mini") == 0);
    CHECK(rc_json_integer(result, "n_train", 0) == TRAIN && rc_json_integer(result, "n_valid", 0) == VALID);
    *out = rc_json_integer(result, "budget", -1);
    rc_json_free(&result);
    rc_dataset_close(&s.data);
}

/* Without a budget the clock decides: no time, no fine-tuning; all the time, the longest plan that there is.
 */
TEST(the_clock_decides_the_budget_alone)
{
    int64_t none, all, asked;
    rc_halving p, longest = {0};
    for (int i = 0; rc_halving_plan(i, ARMS, 6, &p); i++)
        longest = p;
    look_ahead("fit.budget=-1", 1e-3, &none);
    look_ahead("fit.budget=-1", 1e7, &all);
    look_ahead("fit.budget=7", 1e-3, &asked); /* a number that was asked for is kept to */
    CHECK(none == 0 && all == longest.total && longest.total > 7);
    CHECK(asked == rc_halving_within(ARMS, 6, 7).total && asked > 0);
}

/* ---- refusals ---- */

TEST(what_it_cannot_combine_is_refused_at_once)
{
    subject s;
    rc_session *session;
    rc_json *result;
    begin((const char *const[]){"fit.lora_from=/nowhere", NULL}, &s);
    FAILS(RC_CONFIG, "adapters belong to one source", rc_auto_fit(&s.how, &session, &result));
    CHECK(!session && !result);
    rc_dataset_close(&s.data);
    begin((const char *const[]){"fit.loss=cox", "fit.combine=average", NULL}, &s);
    FAILS(RC_CONFIG, "no common scale", rc_auto_check(&s.config));
    OK(rc_config_assign(&s.config, "fit.combine=best"));
    OK(rc_auto_check(&s.config));
    rc_dataset_close(&s.data);
    begin((const char *const[]){NULL}, &s);
    s.how.source = "nowhere.safetensors";
    CHECK(rc_auto_fit(&s.how, &session, &result) != RC_OK && strstr(rc_error_text(), "nowhere.safetensors"));
    CHECK(!session && !result);
    rc_dataset_close(&s.data);
}

int main(void)
{
    if (!mkdtemp(folder) || setenv("TMPDIR", folder, 1) != 0 || setenv("RECRAFT_HOME", folder, 1) != 0)
        return EXIT_FAILURE;
    RUN(the_first_epochs_are_the_usual_recipes);
    RUN(all_candidates_and_the_better_half_goes_on);
    RUN(the_clock_decides_the_budget_alone);
    RUN(what_it_cannot_combine_is_refused_at_once);
    rmdir(folder);
    return RESULT();
}
