/* Data sets and predictors without a file: fit, answer, score; and a run folder out and in again. */
#include "stripes.h"

#include <pthread.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/memory.h"

static char folder[] = "/tmp/recraft_predictor_XXXXXX";

/* ---- data ---- */

TEST(data_of_arrays)
{
    rc_data *d;
    rc_data_info info = RC_DATA_INFO_INIT;
    OK(stripes(&d));
    OK(rc_data_describe(d, &info));
    CHECK(info.known && info.samples[RC_DATA_TRAIN] == N && info.samples[RC_DATA_TEST] == TEST);
    CHECK(info.x_dims == 3 && info.x_shape[0] == 1 && info.x_shape[2] == SIDE && info.y_dims == 0);
    CHECK(info.target == RC_TARGET_OF_CLASSES && info.classes == 2);
    CHECK(strcmp(rc_data_class_name(d, 1), "standing") == 0 && !rc_data_class_name(d, 2));
    OK(rc_data_limit(NULL, d, 20, 0));
    OK(rc_data_split(NULL, d, 0.25, 0));
    OK(rc_data_describe(d, &info));
    CHECK(info.samples[RC_DATA_TRAIN] == 15 && info.samples[RC_DATA_VALID] == 5);
    rc_data_destroy(&d);
}

TEST(data_that_do_not_fit_are_refused)
{
    arrays a;
    rc_data *d = (rc_data *)1;
    lay_out(&a);
    a.y.shape[0] = N - 1;
    FAILS(RC_DATA, "x_train has 36 samples", rc_data_from_arrays(NULL, &a.all, &d));
    CHECK(!d);
    lay_out(&a);
    a.all.y[RC_DATA_TEST] = NULL;
    FAILS(RC_DATA, "y_test is missing", rc_data_from_arrays(NULL, &a.all, &d));
    lay_out(&a);
    a.all.class_names = (const char *const[]){"one"}, a.all.classes = 1;
    FAILS(RC_DATA, "names of classes", rc_data_from_arrays(NULL, &a.all, &d));
    images[7] = NAN;
    lay_out(&a);
    FAILS(RC_DATA, "NaN", rc_data_from_arrays(NULL, &a.all, &d));
    draw();
}

typedef struct reader {
    int at, bare; /* bare: the batch that says nothing of its group */
    const uint8_t *group;
    const float *weight;
} reader;

static int next(void *context, rc_data_part part, rc_data_batch *b)
{
    reader *r = context;
    if (part != RC_DATA_TRAIN || r->at >= N) return 0;
    CHECK(b->size == sizeof *b);
    b->x = RC_VIEW(images + r->at * PIXELS, RC_DTYPE_F32, 6, 1, SIDE, SIDE);
    b->y = RC_VIEW(label + r->at, RC_DTYPE_I64, 6);
    if (r->group && r->at != r->bare) b->group = RC_VIEW(r->group + r->at, RC_DTYPE_U8, 6);
    if (r->weight) b->weight = RC_VIEW(r->weight + r->at, RC_DTYPE_F32, 6);
    r->at += 6;
    return 1;
}

static int break_off(void *context, rc_data_part part, rc_data_batch *b)
{
    (void)context, (void)part, (void)b;
    return -1;
}

TEST(data_of_batches)
{
    reader r = {0};
    rc_data *d;
    rc_data_info info = RC_DATA_INFO_INIT;
    OK(rc_data_from_batches(NULL, next, &r, NULL, &d));
    OK(rc_data_describe(d, &info));
    CHECK(info.samples[RC_DATA_TRAIN] == N && info.samples[RC_DATA_TEST] == 0 && info.classes == 2);
    rc_data_destroy(&d);
    uint8_t group[N];
    float weight[N];
    for (int i = 0; i < N; i++) {
        group[i] = (uint8_t)(i < 12);
        weight[i] = (float)(i % 3);
    }
    /* Groups stay together: of two, one is held out. */
    r = (reader){.bare = -1, .group = group, .weight = weight};
    OK(rc_data_from_batches(NULL, next, &r, NULL, &d));
    OK(rc_data_split(NULL, d, 0.3, 0));
    OK(rc_data_describe(d, &info));
    CHECK(info.samples[RC_DATA_TRAIN] + info.samples[RC_DATA_VALID] == N &&
          (info.samples[RC_DATA_VALID] == 12 || info.samples[RC_DATA_VALID] == N - 12));
    rc_data_destroy(&d);
    r = (reader){.bare = 6, .group = group};
    FAILS(RC_SHAPE, "group_train: some batches have it", rc_data_from_batches(NULL, next, &r, NULL, &d));
    weight[7] = -2;
    r = (reader){.bare = -1, .weight = weight};
    FAILS(RC_DATA, "weight_train of sample 7 is -2", rc_data_from_batches(NULL, next, &r, NULL, &d));
    FAILS(RC_DATA, "the source of batches reports a failure",
          rc_data_from_batches(NULL, break_off, NULL, NULL, &d));
}

/* ---- fitting ---- */

static bool count_epochs(void *context, const rc_epoch *e)
{
    int *epochs = context;
    CHECK(e->size == sizeof *e && strcmp(e->stage, "fit") == 0 && strcmp(e->metric, "error") == 0);
    ++*epochs;
    return true;
}

TEST(fit_answer_save_load_refine)
{
    rc_data *d;
    rc_options *o = short_fit();
    rc_predictor *p, *q;
    rc_predictor_info info = RC_PREDICTOR_INFO_INIT;
    int epochs = 0;
    int64_t answer[TEST];
    float probability[TEST][2], again[TEST][2];
    OK(stripes(&d));
    rc_fit_how how = {.size = sizeof how, .options = o, .epoch = count_epochs, .epoch_context = &epochs};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    CHECK(epochs == 3);  /* the start and two */
    rc_data_destroy(&d); /* the predictor does not need it */
    OK(rc_predictor_describe(p, &info));
    CHECK(info.has_model && info.outputs == 2 && info.features > 0 && isfinite(info.valid) &&
          isfinite(info.test));
    CHECK(strcmp(info.method, "nft") == 0 && strcmp(info.source, "swin-mini") == 0);
    CHECK(strcmp(rc_predictor_class_name(p, 0), "lying") == 0);

    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    rc_view a = RC_VIEW(answer, RC_DTYPE_I64, TEST), pr = RC_VIEW(probability, RC_DTYPE_F32, TEST, 2);
    OK(rc_predictor_predict(NULL, p, &x, &a));
    OK(rc_predictor_predict_proba(NULL, p, &x, &pr));
    for (int i = 0; i < TEST; i++) {
        CHECK(answer[i] == (probability[i][1] > probability[i][0]));
        NEAR(probability[i][0] + probability[i][1], 1, 1e-5);
    }
    uint64_t before =
        rc_alloc_count(); /* the room for the work is kept, and the weights are where they were */
    OK(rc_predictor_predict_proba(NULL, p, &x, &pr));
    CHECK(rc_alloc_count() == before);
    rc_view features;
    OK(rc_predictor_shape(p, RC_FEATURES, TEST, &features));
    CHECK(features.dims == 2 && features.shape[1] == info.features);
    features.data = malloc((size_t)rc_view_size(&features) * sizeof(float));
    OK(rc_predictor_embed(NULL, p, &x, &features));
    free(features.data);

    char run[64];
    snprintf(run, sizeof run, "%s/run", folder);
    OK(rc_predictor_save(NULL, p, run));
    FAILS(RC_CONFIG, "run", rc_predictor_save(NULL, p, run));
    OK(rc_predictor_load(NULL, run, &q));
    rc_view pr2 = RC_VIEW(again, RC_DTYPE_F32, TEST, 2);
    OK(rc_predictor_predict_proba(NULL, q, &x, &pr2));
    CHECK(memcmp(probability, again, sizeof again) == 0);
    CHECK(strcmp(rc_predictor_class_name(q, 1), "standing") == 0);

    rc_scores scores = RC_SCORES_INIT;
    OK(stripes(&d));
    OK(rc_predictor_score(NULL, q, d, RC_DATA_TEST, &scores));
    CHECK(scores.samples == TEST && scores.count > 0 && strcmp(scores.metric, "error") == 0);
    NEAR(scores.value, info.test, 1e-6);
    FAILS(RC_DATA, "no samples", rc_predictor_score(NULL, q, d, RC_DATA_VALID, &scores));

    /* What cannot be refined so stays as it was. */
    OK(rc_options_set(o, "fit.turn", "true"));
    FAILS(RC_CONFIG, "fitted without it", rc_predictor_refine(NULL, q, d, &how));
    OK(rc_options_set(o, "fit.turn", "false"));
    OK(rc_predictor_predict_proba(NULL, q, &x, &pr2));
    CHECK(memcmp(probability, again, sizeof again) == 0);

    epochs = 0;
    OK(rc_predictor_refine(NULL, q, d, &how));
    CHECK(epochs == 2);
    OK(rc_predictor_predict_proba(NULL, q, &x, &pr2));
    CHECK(memcmp(probability, again, sizeof again) != 0);
    rc_data_destroy(&d);
    rc_options_destroy(&o);
    rc_predictor_destroy(&p);
    rc_predictor_destroy(&q);
}

/* The predictor that was saved above, with 8-bit weights: it answers, is saved again, and does not learn. */
TEST(weights_of_8_bits)
{
    rc_predictor *p, *q;
    rc_data *d;
    char run[64], small[64], again[64];
    float probability[2][TEST][2];
    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    snprintf(run, sizeof run, "%s/run", folder);
    snprintf(small, sizeof small, "%s/small", folder);
    snprintf(again, sizeof again, "%s/again", folder);
    OK(rc_export(
        &(rc_export_options){.size = sizeof(rc_export_options), .run = run, .to = "int8", .out = small},
        NULL));
    OK(rc_predictor_load(NULL, small, &p));
    OK(rc_predictor_save(NULL, p, again));
    OK(rc_predictor_load(NULL, again, &q));
    for (int i = 0; i < 2; i++) {
        rc_view pr = RC_VIEW(probability[i], RC_DTYPE_F32, TEST, 2);
        OK(rc_predictor_predict_proba(NULL, i ? q : p, &x, &pr));
    }
    CHECK(memcmp(probability[0], probability[1], sizeof probability[0]) == 0);
    rc_view second = RC_VIEW(probability[0], RC_DTYPE_F32, TEST, 2);
    OK(rc_predictor_predict_proba(NULL, p, &x, &second));
    uint64_t before = rc_alloc_count();
    OK(rc_predictor_predict_proba(NULL, p, &x, &second));
    CHECK(rc_alloc_count() == before);
    OK(stripes(&d));
    const rc_data *const sets[] = {d};
    rc_source *source;
    FAILS(RC_UNSUPPORTED, "8-bit weights, which cannot learn", rc_predictor_refine(NULL, p, d, NULL));
    FAILS(RC_UNSUPPORTED, "8 bits and cannot learn",
          rc_source_from_predictor(NULL, p, sets, 1, NULL, "small", &source));
    rc_data_destroy(&d);
    rc_predictor_destroy(&p);
    rc_predictor_destroy(&q);
}

/* Probabilities of the test part after a fit with these weights, where the labels of samples without one are
 * turned round or not. No label has a say but in the loss. */
static void fit_weighted(const float *weight, bool turned, float probability[TEST][2])
{
    arrays a;
    rc_data *d;
    rc_predictor *p;
    rc_options *o = short_fit();
    rc_view w = RC_VIEW((void *)(uintptr_t)weight, RC_DTYPE_F32, N);
    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    rc_view said = RC_VIEW(probability, RC_DTYPE_F32, TEST, 2);
    int64_t y[N];
    for (int i = 0; i < N; i++)
        y[i] = turned && weight[i] == 0 ? 1 - label[i] : label[i];
    lay_out(&a);
    a.y.data = y;
    if (weight) a.all.weight[RC_DATA_TRAIN] = &w;
    OK(rc_options_set(o, "data.valid_fraction", "0"));
    OK(rc_options_set(o, "fit.head_start", "seed"));
    OK(rc_data_from_arrays(NULL, &a.all, &d));
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_predict_proba(NULL, p, &x, &said));
    rc_data_destroy(&d);
    rc_options_destroy(&o);
    rc_predictor_destroy(&p);
}

TEST(samples_count_by_their_weights)
{
    float three[N], some[N], a[TEST][2], b[TEST][2];
    for (int i = 0; i < N; i++) {
        three[i] = 3;
        some[i] = i % 3 ? (float)(i % 5 + 1) : 0;
    }
    fit_weighted(NULL, false, a);
    fit_weighted(three, false, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    fit_weighted(some, false, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    fit_weighted(some, true, a);
    CHECK(memcmp(a, b, sizeof a) == 0);
}

TEST(weights_that_cannot_be_are_refused)
{
    arrays a;
    rc_data *d = NULL;
    float weight[N] = {1, -1};
    rc_view w = RC_VIEW(weight, RC_DTYPE_F32, N);
    lay_out(&a);
    a.all.weight[RC_DATA_TRAIN] = &w;
    FAILS(RC_DATA, "weight_train of sample 1 is -1", rc_data_from_arrays(NULL, &a.all, &d));
    weight[0] = weight[1] = 0;
    FAILS(RC_DATA, "all 0", rc_data_from_arrays(NULL, &a.all, &d));
    w.shape[0] = N - 1;
    FAILS(RC_DATA, "not one float for each", rc_data_from_arrays(NULL, &a.all, &d));
}

TEST(methods_in_closed_form_take_weights)
{
    static const char *const name[] = {"ridge", "probe"};
    arrays a;
    rc_data *d;
    rc_predictor *p;
    float weight[N], probability[TEST][2];
    int64_t y[N]; /* a third is wrong, so that nobody can be sure */
    double share[2];
    rc_view w = RC_VIEW(weight, RC_DTYPE_F32, N),
            x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    rc_view said = RC_VIEW(probability, RC_DTYPE_F32, TEST, 2);
    for (int i = 0; i < 4; i++) {
        lay_out(&a);
        a.y.data = y;
        if (i % 2) a.all.weight[RC_DATA_TRAIN] = &w;
        for (int k = 0; k < N; k++)
            y[k] = k % 3 ? label[k] : 1 - label[k], weight[k] = y[k] ? 50 : 1;
        rc_fit_how how = {.size = sizeof how, .method = name[i / 2]};
        OK(rc_data_from_arrays(NULL, &a.all, &d));
        OK(rc_predictor_fit(NULL, d, &how, &p));
        OK(rc_predictor_predict_proba(NULL, p, &x, &said));
        share[i % 2] = 0;
        for (int k = 0; k < TEST; k++)
            share[i % 2] += (double)probability[k][1];
        if (i % 2) CHECK(share[1] > share[0]);
        rc_data_destroy(&d);
        rc_predictor_destroy(&p);
    }
}

TEST(a_plain_predictor_of_a_table)
{
    double x[40][3], y[40], said[40];
    rc_rng rng = rc_rng_make(2, "table", 0);
    for (int i = 0; i < 40; i++) {
        y[i] = 0;
        for (int k = 0; k < 3; k++) {
            x[i][k] = rc_rng_normal(&rng);
            y[i] += (k + 1) * x[i][k];
        }
    }
    rc_view vx = RC_VIEW(x, RC_DTYPE_F64, 40, 3), vy = RC_VIEW(y, RC_DTYPE_F64, 40),
            vs = RC_VIEW(said, RC_DTYPE_F64, 40, 1);
    rc_data_arrays all = {.size = sizeof all, .x = {&vx}, .y = {&vy}};
    rc_data *d;
    rc_predictor *p;
    rc_fit_how how = {.size = sizeof how, .method = "ridge"};
    OK(rc_data_from_arrays(NULL, &all, &d));
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_predict(NULL, p, &vx, &vs));
    for (int i = 0; i < 40; i++)
        NEAR(said[i], y[i], 0.2);
    FAILS(RC_UNSUPPORTED, "no features", rc_predictor_embed(NULL, p, &vx, &vs));
    FAILS(RC_UNSUPPORTED, "no probabilities", rc_predictor_predict_proba(NULL, p, &vx, &vs));
    FAILS(RC_UNSUPPORTED, "refine", rc_predictor_refine(NULL, p, d, NULL));
    rc_predictor_destroy(&p);
    how.method = "magic";
    FAILS(RC_CONFIG, "magic", rc_predictor_fit(NULL, d, &how, &p));
    CHECK(!p);
    rc_data_destroy(&d);
}

/* Their coverage is told beside the scores and is none. */
TEST(quantiles_are_scored)
{
    float y[N + TEST], said[TEST][3];
    arrays a;
    rc_options *o = short_fit();
    rc_data *d;
    rc_predictor *p;
    rc_scores s = RC_SCORES_INIT;
    lay_out(&a);
    for (int i = 0; i < N + TEST; i++)
        y[i] = (float)label[i] + 0.1f * (float)(i % 5);
    a.y = RC_VIEW(y, RC_DTYPE_F32, N);
    a.y_test = RC_VIEW(y + N, RC_DTYPE_F32, TEST);
    OK(rc_options_set(o, "fit.loss", "pinball"));
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(rc_data_from_arrays(NULL, &a.all, &d));
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_score(NULL, p, d, RC_DATA_TEST, &s));
    CHECK(strcmp(s.metric, "pinball") == 0 && isfinite(s.value) && s.count == 3);
    rc_view vs = RC_VIEW(said, RC_DTYPE_F32, TEST, 3);
    OK(rc_predictor_predict(NULL, p, &a.x_test, &vs));
    for (int i = 0; i < TEST; i++)
        CHECK(said[i][0] <= said[i][1] && said[i][1] <= said[i][2]);
    rc_predictor_destroy(&p);
    rc_data_destroy(&d);
    rc_options_destroy(&o);
}

/* ---- two at once ---- */

typedef struct job {
    rc_data *data;
    rc_options *options;
    float out[TEST][2];
    rc_status status;
} job;

static void *work(void *argument)
{
    job *j = argument;
    rc_context *c = NULL;
    rc_predictor *p = NULL;
    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    rc_view out = RC_VIEW(j->out, RC_DTYPE_F32, TEST, 2);
    rc_fit_how how = {.size = sizeof how, .options = j->options};
    j->status = rc_context_create(&c);
    if (j->status == RC_OK) j->status = rc_context_set_threads(c, 1);
    if (j->status == RC_OK) j->status = rc_predictor_fit(c, j->data, &how, &p);
    if (j->status == RC_OK) j->status = rc_predictor_predict_proba(c, p, &x, &out);
    rc_predictor_destroy(&p);
    rc_context_destroy(&c);
    return NULL;
}

TEST(two_threads_train_the_same_bits_as_one)
{
    job alone = {.options = short_fit()}, both[2];
    pthread_t thread[2];
    OK(stripes(&alone.data));
    OK(rc_options_set(alone.options, "fit.train", "norms"));
    both[0] = both[1] = alone;
    work(&alone);
    CHECK(alone.status == RC_OK);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&thread[i], NULL, work, &both[i]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < 2; i++)
        CHECK(both[i].status == RC_OK && memcmp(both[i].out, alone.out, sizeof alone.out) == 0);
    rc_options_destroy(&alone.options);
    rc_data_destroy(&alone.data);
}

/* ---- several inputs ---- */

/* The labels once more, beside the pictures: two numbers that tell them. */
TEST(several_inputs)
{
    static float rows[2 * (N + TEST)];
    static int64_t said[TEST];
    rc_data *d;
    rc_predictor *p;
    arrays a;
    for (int i = 0; i < N + TEST; i++)
        rows[2 * i] = (float)label[i], rows[2 * i + 1] = -(float)label[i];
    lay_out(&a);
    rc_view row = RC_VIEW(rows, RC_DTYPE_F32, N, 2), row_test = RC_VIEW(rows + 2 * N, RC_DTYPE_F32, TEST, 2);
    rc_view out = RC_VIEW(said, RC_DTYPE_I64, TEST);
    rc_data_input more = {"row", {&row, NULL, &row_test}};
    a.all.inputs = &more, a.all.n_inputs = 1;
    OK(rc_data_from_arrays(NULL, &a.all, &d));
    rc_fit_how how = RC_FIT_HOW_INIT;
    how.method = "ridge";
    OK(rc_predictor_fit(NULL, d, &how, &p));
    rc_input_view given[] = {{"row", &row_test}, {"x", &a.x_test}};
    OK(rc_predictor_apply_inputs(NULL, p, RC_ANSWER, 2, given, &out));
    for (int i = 0; i < TEST; i++)
        CHECK(said[i] == label[N + i]);
    OK(rc_predictor_apply_inputs(NULL, p, RC_ANSWER, 1, given, &out));
    FAILS(RC_UNSUPPORTED, "several inputs", rc_predictor_apply(NULL, p, RC_ANSWER, &a.x_test, &out));
    given[0].name = "line";
    FAILS(RC_CONFIG, "no input of this predictor is called \"line\"",
          rc_predictor_apply_inputs(NULL, p, RC_ANSWER, 2, given, &out));
    given[0] = given[1];
    FAILS(RC_CONFIG, "is given twice", rc_predictor_apply_inputs(NULL, p, RC_ANSWER, 2, given, &out));
    FAILS(RC_DATA, "no samples", rc_predictor_apply_inputs(NULL, p, RC_ANSWER, 0, given, &out));
    rc_predictor_destroy(&p);
    rc_data_destroy(&d);
    more.name = "a b";
    FAILS(RC_DATA, "cannot be the name of an input", rc_data_from_arrays(NULL, &a.all, &d));
    more.name = "row", more.x[RC_DATA_TEST] = NULL;
    FAILS(RC_DATA, "x_test.row is missing", rc_data_from_arrays(NULL, &a.all, &d));
}

int main(void)
{
    char command[96];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    draw();
    RUN(data_of_arrays);
    RUN(data_that_do_not_fit_are_refused);
    RUN(data_of_batches);
    RUN(fit_answer_save_load_refine);
    RUN(weights_of_8_bits);
    RUN(samples_count_by_their_weights);
    RUN(weights_that_cannot_be_are_refused);
    RUN(methods_in_closed_form_take_weights);
    RUN(a_plain_predictor_of_a_table);
    RUN(quantiles_are_scored);
    RUN(several_inputs);
    RUN(two_threads_train_the_same_bits_as_one);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? RESULT() : EXIT_FAILURE;
}
