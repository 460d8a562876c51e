/* Sources as objects: opened, read, made of a predictor and labelled arrays, saved and opened again. */
#include "check.h"

#include <unistd.h>

#include "base/rng.h"
#include "formats/array_file.h"
#include "recraft/recraft.h"

enum { N = 18, SIDE = 16, PIXELS = 3 * SIDE * SIDE };

static float images[N * PIXELS];
static int32_t label[N];

static void draw(void)
{
    rc_rng rng = rc_rng_make(1, "stripes", 0);
    for (int i = 0; i < N; i++) {
        label[i] = i % 3;
        for (int p = 0; p < PIXELS; p++)
            images[i * PIXELS + p] = (float)((label[i] ? p % SIDE : p / SIDE) / (2 + label[i]) % 2) +
                                     0.2f * (float)rc_rng_normal(&rng);
    }
}

static rc_status stripes(int channels, int height, rc_data **out)
{
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, channels, height, SIDE), y = RC_VIEW(label, RC_DTYPE_I32, N);
    rc_data_arrays all = {.size = sizeof all, .x = {&x}, .y = {&y}, .name = "stripes"};
    return rc_data_from_arrays(NULL, &all, out);
}

TEST(the_source_that_is_carried)
{
    rc_source *s;
    rc_source_info info = RC_SOURCE_INFO_INIT;
    rc_view features, labels;
    FAILS(RC_IO, "no_such", rc_source_open(NULL, "no_such", &s));
    CHECK(!s);
    OK(rc_source_open(NULL, "swin-mini", &s));
    OK(rc_source_describe(s, &info));
    CHECK(strcmp(info.name, "swin-mini") == 0 && strcmp(info.family, "swin") == 0 && !info.texts);
    CHECK(info.classes >= 2 && info.features > 100 && info.self_epsilon > 0);
    OK(rc_source_features(s, &features, &labels));
    CHECK(features.shape[0] == info.features && features.shape[1] == info.width &&
          labels.shape[0] == info.features);
    rc_source_destroy(&s);
}

/* As the program embeds a file of them, and nothing of a source is only in its file. */
TEST(a_source_embeds_samples)
{
    char folder[] = "/tmp/recraft_embed_XXXXXX", from[64], to[64], *shown, *card;
    rc_source *s;
    rc_source_info info = RC_SOURCE_INFO_INIT;
    rc_array found = {0};
    static const char *const none[] = {"a text"};
    REQUIRE(mkdtemp(folder));
    snprintf(from, sizeof from, "%s/x.npy", folder);
    snprintf(to, sizeof to, "%s/features.npy", folder);
    OK(rc_source_open(NULL, "swin-mini", &s));
    OK(rc_source_describe(s, &info));
    float *features = calloc((size_t)(N * info.outputs), sizeof *features);
    double *wide = calloc((size_t)(N * info.outputs), sizeof *wide);
    rc_view x = RC_VIEW(images, RC_DTYPE_F32, N, 3, SIDE, SIDE),
            out = RC_VIEW(features, RC_DTYPE_F32, N, info.outputs),
            out_wide = RC_VIEW(wide, RC_DTYPE_F64, N, info.outputs);
    OK(rc_source_apply(NULL, s, &x, &out));
    OK(rc_source_apply(NULL, s, &x, &out_wide));
    OK(rc_npy_write(from, RC_DTYPE_F32, RC_SHAPE(N, 3, SIDE, SIDE), images));
    rc_embed_options o = RC_EMBED_OPTIONS_INIT;
    o.source = "swin-mini", o.input = from, o.output = to;
    OK(rc_embed(&o, NULL));
    OK(rc_npy_open(to, &found));
    CHECK(found.shape.dim[1] == info.outputs);
    CHECK(memcmp(found.data, features, (size_t)(N * info.outputs) * sizeof *features) == 0);
    for (int64_t i = 0; i < N * info.outputs; i++)
        CHECK(wide[i] == (double)features[i]);
    rc_array_free(&found);
    OK(rc_source_show("swin-mini", &shown));
    OK(rc_source_card(s, &card));
    CHECK(strcmp(shown, card) == 0 && strstr(card, "\"card\""));
    rc_free_text(shown);
    rc_free_text(card);

    out.shape[1]--;
    FAILS(RC_SHAPE, "is needed", rc_source_apply(NULL, s, &x, &out));
    out.shape[1]++;
    x.shape[1] = 1;
    FAILS(RC_SHAPE, "1 channels, the backbone takes 3", rc_source_apply(NULL, s, &x, &out));
    x.shape[1] = 3;
    images[5] = NAN;
    FAILS(RC_DATA, "NaN", rc_source_apply(NULL, s, &x, &out));
    draw();
    FAILS(RC_UNSUPPORTED, "arrays, not texts", rc_source_apply_texts(NULL, s, 1, none, &out));
    FAILS(RC_CONFIG, "argument x", rc_source_apply(NULL, s, NULL, &out));
    rc_source_destroy(&s);
    free(features);
    free(wide);
    unlink(from);
    unlink(to);
    rmdir(folder);
}

static rc_status set_all(rc_options *o)
{
    static const char *const set[][2] = {{"fit.epochs", "1"},         {"fit.batch", "12"},
                                         {"fit.train", "head"},       {"model.image_size", "32"},
                                         {"source.head_epochs", "1"}, {"source.recalibration_epochs", "1"},
                                         {"source.features", "12"},   {"source.tokens", "4"}};
    rc_status status = RC_OK;
    for (size_t i = 0; i < sizeof set / sizeof *set && status == RC_OK; i++)
        status = rc_options_set(o, set[i][0], set[i][1]);
    return status;
}

TEST(a_source_of_ones_own)
{
    rc_data *d, *lower, *grey;
    rc_options *o;
    rc_predictor *p, *q;
    rc_source *own, *again, *none;
    rc_source_info info = RC_SOURCE_INFO_INIT, other = RC_SOURCE_INFO_INIT;
    char path[] = "/tmp/recraft_source_XXXXXX", *card;
    int file = mkstemp(path);
    REQUIRE(file >= 0);
    close(file);
    OK(stripes(3, SIDE, &d));
    OK(stripes(3, SIDE / 2, &lower));
    OK(stripes(1, SIDE, &grey));
    const rc_data *const sets[] = {d, lower}, *const unlike[] = {d, grey};
    OK(rc_options_create(&o));
    OK(set_all(o));
    rc_fit_how how = {.size = sizeof how, .options = o};
    OK(rc_predictor_fit(NULL, d, &how, &p));
    OK(rc_source_from_predictor(NULL, p, sets, 1, o, "stripes-swin", &own));
    OK(rc_source_describe(own, &info));
    CHECK(info.classes == 3 && info.features == 12 && info.tokens == 4 && isfinite(info.accuracy));
    OK(rc_source_save(NULL, own, path));
    OK(rc_source_open(NULL, path, &again));
    OK(rc_source_describe(again, &other));
    CHECK(other.accuracy == info.accuracy && other.self_distance == info.self_distance);
    how.source = again;
    how.method = "recraft";
    OK(rc_options_set(o, "align.epochs", "1"));
    OK(rc_predictor_fit(NULL, d, &how, &q));
    rc_predictor_destroy(&q);
    rc_source_destroy(&again);
    FAILS(RC_SHAPE, "samples of 1 channels", rc_source_from_predictor(NULL, p, unlike, 2, o, "none", &none));
    /* Two sets, of pictures of two sizes: a head each. */
    OK(rc_source_from_predictor(NULL, p, sets, 2, o, "twice", &again));
    OK(rc_source_describe(again, &other));
    CHECK(info.sets == 1 && other.sets == 2 && other.classes == 6 && other.features == 24 &&
          other.tokens == 4 && isnan(other.accuracy));
    OK(rc_source_card(again, &card));
    CHECK(strstr(card, "after_recalibration") &&
          strstr(strstr(card, "after_recalibration") + 1, "after_recalibration"));
    rc_free_text(card);
    how.source = again;
    OK(rc_predictor_fit(NULL, d, &how, &q));
    rc_predictor_destroy(&q);
    FAILS(RC_CONFIG, "a source has 1 to 8", rc_source_from_predictor(NULL, p, sets, 0, o, "none", &none));
    how.source = NULL, how.method = "majority";
    OK(rc_predictor_fit(NULL, d, &how, &q));
    rc_source_destroy(&again);
    FAILS(RC_UNSUPPORTED, "a source needs a model",
          rc_source_from_predictor(NULL, q, sets, 1, o, "none", &again));
    CHECK(!again);
    rc_predictor_destroy(&q);
    rc_predictor_destroy(&p);
    rc_source_destroy(&own);
    rc_options_destroy(&o);
    rc_data_destroy(&grey);
    rc_data_destroy(&lower);
    rc_data_destroy(&d);
    unlink(path);
}

int main(void)
{
    draw();
    RUN(the_source_that_is_carried);
    RUN(a_source_embeds_samples);
    RUN(a_source_of_ones_own);
    return RESULT();
}
