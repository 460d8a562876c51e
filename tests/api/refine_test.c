/* Training that is stopped, and training that goes on: what a predictor keeps of either. */
#include "stripes.h"
#include "test_devices.h"

#include <unistd.h>

#include "base/disk.h"
#include "base/memory.h"

static char folder[] = "/tmp/recraft_refine_XXXXXX";

static bool enough(void *context, const rc_epoch *e)
{
    *(int64_t *)context = e->epoch;
    return e->epoch < 1;
}

static bool interrupt(void *context, const rc_epoch *e)
{
    if (e->epoch == 1) rc_context_interrupt(context);
    return true;
}

static bool interrupt_process(void *context, const rc_epoch *e)
{
    (void)context;
    if (e->epoch == 1) rc_interrupt();
    return true;
}

TEST(a_callback_stops_and_an_interrupt_keeps_the_best)
{
    rc_data *d;
    rc_context *c;
    rc_options *o = short_fit();
    rc_predictor *p;
    int64_t last = -1, answer[TEST];
    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE),
            a = RC_VIEW(answer, RC_DTYPE_I64, TEST);
    OK(stripes(&d));
    OK(rc_context_create(&c));
    OK(rc_options_set(o, "fit.epochs", "50"));
    rc_fit_how how = {.size = sizeof how, .options = o, .epoch = enough, .epoch_context = &last};
    OK(rc_predictor_fit(c, d, &how, &p));
    CHECK(last == 1);
    rc_predictor_destroy(&p);
    how.epoch = interrupt, how.epoch_context = c;
    FAILS(RC_INTERRUPTED, "best so far", rc_predictor_fit(c, d, &how, &p));
    REQUIRE(p);
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_predict(c, p, &x, &a));
    rc_context_clear_interrupt(c);
    OK(rc_predictor_predict(c, p, &x, &a));
    rc_predictor_destroy(&p);
    /* rc_interrupt is for who has no context. */
    how.epoch = interrupt_process;
    FAILS(RC_INTERRUPTED, "best so far", rc_predictor_fit(NULL, d, &how, &p));
    CHECK(rc_context_is_interrupted(NULL) && !rc_context_is_interrupted(c));
    rc_context_clear_interrupt(NULL);
    rc_predictor_destroy(&p);
    /* And another fit goes to its end. */
    last = -1;
    how.epoch = enough, how.epoch_context = &last;
    OK(rc_predictor_fit(c, d, &how, &p));
    CHECK(last == 1);
    rc_predictor_destroy(&p);
    rc_context_destroy(&c);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

static bool has_note(const rc_predictor *p, const char *words)
{
    const char *note;
    for (int64_t i = 0; (note = rc_predictor_note(p, i)); i++)
        if (strstr(note, words)) return true;
    return false;
}

static void check_saved(rc_predictor *p, const char *name, const char *words)
{
    char run[64], path[96], text[8192] = "";
    snprintf(run, sizeof run, "%s/refined", folder);
    snprintf(path, sizeof path, "%s/%s", run, name);
    OK(rc_predictor_save(NULL, p, run));
    FILE *f = fopen(path, "r");
    REQUIRE(f);
    CHECK(fread(text, 1, sizeof text - 1, f) > 0 && strstr(text, words));
    fclose(f);
    OK(rc_remove_tree(run));
}

static void check_record(rc_predictor *p, const char *words)
{
    check_saved(p, "run.json", words);
}

static void check_measure(rc_predictor *p, const rc_data *d, const char *words)
{
    char *json = NULL, small[64];
    rc_export_options o = RC_EXPORT_OPTIONS_INIT;
    snprintf(small, sizeof small, "%s/measured", folder);
    o.model = p, o.measure = d, o.to = "int8", o.out = small;
    OK(rc_export(&o, &json));
    CHECK(strstr(json, words));
    rc_free_text(json);
    OK(rc_remove_tree(small));
}

/* Batches, shards and data are those of the training that it went through last. */
TEST(a_refinement_has_settings_and_data_of_its_own)
{
    arrays a;
    rc_data *d, *turned;
    rc_options *o = short_fit();
    rc_predictor *p;
    int64_t other[N];
    float probability[N + TEST][2], again[N + TEST][2];
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N + TEST, 1, SIDE, SIDE);
    rc_view pr = RC_VIEW(probability, RC_DTYPE_F32, N + TEST, 2),
            pr2 = RC_VIEW(again, RC_DTYPE_F32, N + TEST, 2);
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(stripes(&d));
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_predictor_predict_proba(NULL, p, &x, &pr));
    check_measure(p, d, "\"metric\"");

    OK(rc_options_set(o, "fit.batch", "24"));
    OK(rc_options_set(o, "fit.shards", "25"));
    FAILS(RC_CONFIG, "fit.batch is 24, fewer than the 25 shards", rc_predictor_refine(NULL, p, d, &how));
    OK(rc_predictor_predict_proba(NULL, p, &x, &pr2));
    CHECK(memcmp(probability, again, sizeof again) == 0);

    lay_out(&a);
    a.all.name = "turned";
    a.all.class_names = (const char *const[]){"lying", "standing"}, a.all.classes = 2;
    a.y.data = other;
    for (int i = 0; i < N; i++)
        other[i] = 1 - label[i];
    OK(rc_data_from_arrays(NULL, &a.all, &turned));
    OK(rc_options_set(o, "fit.shards", "3"));
    OK(rc_predictor_refine(NULL, p, turned, &how));
    OK(rc_predictor_predict_proba(NULL, p, &x, &pr2)); /* in larger batches than before */
    CHECK(memcmp(probability, again, sizeof again) != 0);
    check_record(p, "\"shards\": 3");
    check_record(p, "\"data\": \"turned\"");
    check_measure(p, turned, "\"metric\"");
    check_measure(p, d, "the data are not those that the run was made of");
    rc_data_destroy(&d);
    rc_data_destroy(&turned);
    rc_options_destroy(&o);
    rc_predictor_destroy(&p);
}

/* It says of its training what it said before. */
TEST(a_refinement_that_fails_before_it_learns_leaves_no_trace)
{
    arrays a;
    rc_data *d, *others;
    rc_options *o = short_fit();
    rc_predictor *p;
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(stripes(&d));
    OK(rc_predictor_fit(NULL, d, &how, &p));
    lay_out(&a);
    a.all.name = "others";
    a.all.class_names = (const char *const[]){"lying", "standing"}, a.all.classes = 2;
    OK(rc_data_from_arrays(NULL, &a.all, &others));
    OK(rc_options_set(o, "data.limit_train", "1"));
    OK(rc_options_set(o, "fit.shards", "2"));
    FAILS(RC_DATA, "one training sample; none can be held out", rc_predictor_refine(NULL, p, others, &how));
    check_record(p, "\"data\": \"stripes\"");
    check_record(p, "\"shards\": 1");
    check_measure(p, d, "\"metric\"");
    OK(rc_options_set(o, "fit.train", "last"));
    OK(rc_options_set(o, "fit.last_blocks", "9"));
    OK(rc_options_set(o, "data.valid_fraction", "0"));
    FAILS(RC_CONFIG, "fit.last_blocks is 9", rc_predictor_refine(NULL, p, others, &how));
    rc_data_destroy(&others);
    a.all.name = "caf\xe9";
    OK(rc_data_from_arrays(NULL, &a.all, &others));
    OK(rc_options_set(o, "fit.train", "head"));
    FAILS(RC_DATA, "\"caf\\xE9\": byte 4 (0xE9) is not UTF-8", rc_predictor_refine(NULL, p, others, &how));
    check_record(p, "\"data\": \"stripes\"");
    check_measure(p, d, "\"metric\"");
    check_saved(p, "metrics.jsonl", "valid_loss");
    check_saved(p, "result.json", "\"test\"");
    rc_data_destroy(&d);
    rc_data_destroy(&others);
    rc_options_destroy(&o);
    rc_predictor_destroy(&p);
}

/* Of one that was cut short no weights are left that the next would take for its best. */
TEST(a_refinement_begins_without_the_best_of_the_last)
{
    rc_data *d, *all;
    rc_context *c;
    rc_options *o = short_fit();
    rc_predictor *p;
    rc_predictor_info cut = RC_PREDICTOR_INFO_INIT, now = RC_PREDICTOR_INFO_INIT;
    float before[TEST][2], after[TEST][2];
    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE);
    rc_view said_before = RC_VIEW(before, RC_DTYPE_F32, TEST, 2),
            said = RC_VIEW(after, RC_DTYPE_F32, TEST, 2);
    OK(stripes(&d));
    OK(stripes(&all));
    OK(rc_context_create(&c));
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(rc_predictor_fit(c, d, &how, &p));
    how.epoch = interrupt, how.epoch_context = c;
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_refine(c, p, d, &how));
    rc_context_clear_interrupt(c);
    OK(rc_predictor_describe(p, &cut));
    OK(rc_options_set(o, "fit.train", "last"));
    OK(rc_options_set(o, "fit.last_blocks", "9"));
    how.epoch = NULL;
    FAILS(RC_CONFIG, "fit.last_blocks is 9", rc_predictor_refine(c, p, d, &how));
    OK(rc_predictor_describe(p, &now));
    CHECK(isfinite(cut.valid) && now.valid == cut.valid && now.best_epoch == cut.best_epoch);
    /* More weights learn than those that the best was of. */
    OK(rc_options_set(o, "fit.last_blocks", "1"));
    OK(rc_options_set(o, "fit.epochs", "1"));
    OK(rc_predictor_refine(c, p, d, &how));
    how.epoch = interrupt;
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_refine(c, p, d, &how));
    rc_context_clear_interrupt(c);
    /* Nothing is held out, so the last is what counts. */
    OK(rc_predictor_predict_proba(NULL, p, &x, &said_before));
    OK(rc_options_set(o, "data.valid_fraction", "0"));
    how.epoch = NULL;
    OK(rc_predictor_refine(c, p, all, &how));
    OK(rc_predictor_predict_proba(NULL, p, &x, &said));
    CHECK(memcmp(before, after, sizeof before) != 0);
    rc_predictor_destroy(&p);
    rc_context_destroy(&c);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
    rc_data_destroy(&all);
}

/* What was noted of a refinement that was cut short is nothing of the next. */
TEST(notes_are_of_the_last_training)
{
    rc_data *d;
    rc_context *c;
    rc_options *o = short_fit();
    rc_predictor *p;
    OK(stripes(&d));
    OK(rc_context_create(&c));
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(rc_options_set(o, "fit.shards", "2"));
    OK(rc_predictor_fit(c, d, &how, &p));
    OK(rc_options_set(o, "fit.mixup", "0.2"));
    how.epoch = interrupt, how.epoch_context = c;
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_refine(c, p, d, &how));
    rc_context_clear_interrupt(c);
    how.epoch = NULL;
    OK(rc_predictor_refine(c, p, d, &how));
    CHECK(has_note(p, "take each by itself"));
    how.epoch = interrupt;
    FAILS(RC_INTERRUPTED, "interrupted", rc_predictor_refine(c, p, d, &how));
    rc_context_clear_interrupt(c);
    OK(rc_options_set(o, "fit.mixup", "0"));
    how.epoch = NULL;
    OK(rc_predictor_refine(c, p, d, &how));
    CHECK(!has_note(p, "take each by itself"));
    rc_predictor_destroy(&p);
    rc_context_destroy(&c);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
}

static void refine_on(const char *device, const char *record, float said[TEST][2])
{
    rc_data *d;
    rc_context *c;
    rc_options *o = short_fit();
    rc_predictor *p;
    rc_view x = RC_VIEW(images + N * PIXELS, RC_DTYPE_F32, TEST, 1, SIDE, SIDE),
            out = RC_VIEW(said, RC_DTYPE_F32, TEST, 2);
    OK(stripes(&d));
    OK(rc_context_create(&c));
    OK(rc_context_set_device(c, device));
    OK(rc_options_set(o, "data.limit_train", "12"));
    OK(rc_options_set(o, "fit.epochs", "1"));
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(rc_predictor_fit(c, d, &how, &p));
    OK(rc_predictor_refine(c, p, d, &how));
    OK(rc_predictor_predict_proba(c, p, &x, &out));
    check_record(p, record);
    rc_predictor_destroy(&p);
    rc_options_destroy(&o);
    rc_context_destroy(&c);
    rc_data_destroy(&d);
}

TEST(a_card_refines_as_the_processor_does)
{
    rc_device *device;
    char record[64];
    float there[TEST][2], here[TEST][2];
    if (!test_opencl(&device)) return;
    snprintf(record, sizeof record, "\"device\": \"%s\"", device->name);
    refine_on("cpu", "\"device\": \"onednn\"", here);
    refine_on(device->name, record, there);
    for (int i = 0; i < TEST; i++)
        NEAR(there[i][1], here[i][1], 2e-5);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    draw();
    RUN(a_callback_stops_and_an_interrupt_keeps_the_best);
    RUN(a_refinement_has_settings_and_data_of_its_own);
    RUN(a_refinement_that_fails_before_it_learns_leaves_no_trace);
    RUN(a_refinement_begins_without_the_best_of_the_last);
    RUN(notes_are_of_the_last_training);
    RUN(a_card_refines_as_the_processor_does);
    rmdir(folder);
    return RESULT();
}
