/* How samples of one form become the input of a model of another. */
#include "check.h"

#include "tasks/layout.h"

static rc_config config;
static rc_dataset data;
static rc_model_spec spec;
static rc_layout layout;

static void begin(int dims, int64_t c, int64_t h, int64_t w, rc_target_kind target)
{
    rc_config_defaults(&config);
    data = (rc_dataset){.name = "test",
                        .form = dims == 2 ? RC_FORM_IMAGES : RC_FORM_SEQUENCES,
                        .x_shape = {c, h, w},
                        .target = target};
    if (target == RC_TARGET_CLASSES) data.classes = 2;
    rc_layout_free(&layout);
    spec = (rc_model_spec){0};
}

static rc_status before_swin(void)
{
    if (rc_backbone_config_named("swin-mini", &spec.backbone) != RC_OK) return RC_FORMAT;
    return rc_layout_choose(&config, &data, &spec, &layout);
}

static rc_status before_bert(void)
{
    if (rc_backbone_config_named("bert-base", &spec.backbone) != RC_OK) return RC_FORMAT;
    return rc_layout_choose(&config, &data, &spec, &layout);
}

static rc_status before_series(void)
{
    rc_layout_free(&layout); /* a test may ask again */
    if (rc_backbone_config_named("series-mini", &spec.backbone) != RC_OK) return RC_FORMAT;
    spec.backbone.series.length = 16;
    spec.backbone.series.patch = 4;
    return rc_layout_choose(&config, &data, &spec, &layout);
}

static void set_y(int n, int64_t a, int64_t b, int64_t c)
{
    data.y_shape = (rc_shape){.n = n, .dim = {a, b, c}};
    data.y_size = rc_shape_size(&data.y_shape);
}

TEST(folded)
{
    float raw[2 * 9] = {1, 2, 3, 4, 5, 6, 7, 10, 20, 30, 40, 50, 60, 70}, out[2 * 9];
    begin(1, 2, 7, 1, RC_TARGET_CLASSES);
    config.model.image_size = 3;
    OK(before_swin());
    CHECK(layout.fold_h == 3 && layout.fold_w == 3 && spec.input.kind == RC_INPUT_IMAGE);
    CHECK(rc_layout_room(&layout) == 18 && rc_layout_size(&layout) == 14);
    rc_layout_apply(&layout, raw, out);
    for (int i = 0; i < 9; i++) {
        CHECK(out[i] == (i < 7 ? (float)(i + 1) : 0));
        CHECK(out[9 + i] == (i < 7 ? 10 * (float)(i + 1) : 0));
    }
    begin(1, 1, 46, 1, RC_TARGET_CLASSES);
    config.model.fold_width = 10;
    OK(before_swin());
    CHECK(layout.fold_h == 5 && layout.fold_w == 10 && spec.input.height == 32 && spec.input.channels == 1);
}

TEST(folded_dense)
{
    begin(1, 1, 36, 1, RC_TARGET_DENSE);
    set_y(1, 36, 0, 0);
    OK(before_swin());
    CHECK(layout.fold_h == 6 && layout.fold_w == 6 && spec.out_shape[1] == 6 && spec.out_shape[2] == 6);
    begin(1, 1, 1000, 1, RC_TARGET_DENSE);
    set_y(2, 3, 1000, 0);
    OK(before_swin());
    CHECK(layout.fold_h * layout.fold_w == 1000 && spec.out_shape[0] == 3);
    CHECK(spec.input.height >= layout.fold_h && spec.input.width >= layout.fold_w);
}

TEST(folding_that_does_not_fit)
{
    begin(1, 1, 36, 1, RC_TARGET_DENSE);
    set_y(1, 18, 0, 0);
    FAILS(RC_UNSUPPORTED, "of the input's length", before_swin());
    set_y(1, 36, 0, 0);
    config.model.fold_width = 7;
    FAILS(RC_CONFIG, "needs a divisor", before_swin());
    config.model.fold_width = 37;
    FAILS(RC_CONFIG, "only 36 points", before_swin());
    begin(1, 1, 9973, 1, RC_TARGET_DENSE); /* a prime */
    set_y(1, 9973, 0, 0);
    FAILS(RC_CONFIG, "another model.fold_width", before_swin());
    begin(1, 1, 36, 1, RC_TARGET_DENSE);
    set_y(3, 2, 3, 6);
    FAILS(RC_UNSUPPORTED, "[K, L]", before_swin());
    begin(1, 1, 36, 1, RC_TARGET_CLASSES);
    config.fit.flip = true;
    FAILS(RC_CONFIG, "for images", before_swin());
}

TEST(cut)
{
    float raw[2 * 251], out[2 * 252];
    rc_layout again;
    begin(1, 1, 1000, 1, RC_TARGET_CLASSES);
    config.model.tokens = 50;
    OK(before_bert());
    CHECK(spec.input.kind == RC_INPUT_SIGNAL && spec.input.patch == 20 && spec.input.length == 1000);
    begin(1, 2, 251, 1, RC_TARGET_CLASSES); /* a prime: zeros fill the last piece */
    config.model.tokens = 50;
    OK(before_bert());
    CHECK(spec.input.patch == 6 && spec.input.length == 252);
    for (int i = 0; i < 2 * 251; i++)
        raw[i] = (float)(i + 1);
    rc_layout_apply(&layout, raw, out);
    CHECK(out[0] == 1 && out[250] == 251 && out[251] == 0 && out[252] == 252 && out[502] == 502 &&
          out[503] == 0);
    rc_json *j = rc_json_object();
    rc__layout_store(&layout, j);
    OK(rc__layout_restore(j, "model", &spec, &again));
    rc_layout_free(&again);
    spec.input.length = 258;
    FAILS(RC_FORMAT, "does not fit", rc__layout_restore(j, "model", &spec, &again));
    rc_json_free(&j);
    begin(1, 1, 251, 1, RC_TARGET_DENSE); /* points of the target lie as the input's: nothing is added */
    set_y(1, 251, 0, 0);
    config.model.tokens = 50;
    OK(before_bert());
    CHECK(spec.input.patch == 251 && spec.input.length == 251);
}

/* Two channels of five points in pieces of two, one behind the other; and windows around pieces. */
TEST(channels_apart)
{
    static const float want[] = {1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 0};
    float raw[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, out[12];
    rc_layout again;
    begin(1, 2, 5, 1, RC_TARGET_CLASSES);
    config.model.channels = RC_CHANNELS_APART;
    config.model.tokens = 8;
    OK(before_bert());
    CHECK(spec.input.channels == 1 && spec.input.length == 12 && spec.input.patch == 2);
    rc_layout_apply(&layout, raw, out);
    CHECK(memcmp(out, want, sizeof want) == 0);
    rc_json *j = rc_json_object();
    rc__layout_store(&layout, j);
    OK(rc__layout_restore(j, "model", &spec, &again));
    rc_layout_free(&again);
    rc_json_free(&j);
    config.model.window = 2;
    FAILS(RC_CONFIG, "into the next channel", before_bert());
    config.model.window = 1;
    config.model.tokens = 1;
    FAILS(RC_CONFIG, "a token for each of the 2 channels", before_bert());
    begin(1, 2, 8, 1, RC_TARGET_CLASSES);
    config.model.tokens = 4;
    config.model.window = 2.5;
    OK(before_bert());
    CHECK(spec.input.patch == 2 && spec.input.window == 5 && spec.input.length == 8);
}

static void check_restored(void)
{
    rc_layout again;
    rc_json *j = rc_json_object();
    rc__layout_store(&layout, j);
    OK(rc__layout_restore(j, "model", &spec, &again));
    CHECK(again.resampled == layout.resampled && again.to_h == layout.to_h && again.to_w == layout.to_w);
    CHECK(!again.resize == !layout.resize);
    rc_layout_free(&again);
    rc_json_free(&j);
}

/* Before a model of series of 16 points: a ramp stays one, whatever its length and its row. */
TEST(resampled)
{
    float raw[2 * 8], out[2 * 16];
    for (int i = 0; i < 16; i++)
        raw[i] = (float)(i % 8) - (i < 8 ? 0 : 20);
    begin(1, 2, 8, 1, RC_TARGET_CLASSES);
    OK(before_series());
    CHECK(spec.input.channels == 2 && spec.input.length == 16 && spec.input.patch == 4 && layout.resampled);
    rc_layout_apply(&layout, raw, out);
    for (int i = 1; i < 15; i++) {
        NEAR(out[i], (i + 0.5) / 2 - 0.5, 1e-6);
        NEAR(out[16 + i], (i + 0.5) / 2 - 20.5, 1e-6);
    }
    check_restored();
    config.model.channels = RC_CHANNELS_APART;
    OK(before_series());
    CHECK(spec.input.channels == 1 && spec.input.length == 16 && layout.to_h == 8);
    rc_layout_apply(&layout, raw, out);
    CHECK(memcmp(out, raw, sizeof raw) == 0);
    check_restored();
    config.model.tokens = 1000;
    FAILS(RC_CONFIG, "at most 512", before_series());
    /* Unless it is set: as many channels as the source knows go together, more do not. */
    begin(1, 4, 8, 1, RC_TARGET_CLASSES);
    OK(before_series());
    CHECK(spec.input.channels == 1 && spec.input.length == 16 && layout.to_h == 4);
    config.model.channels = RC_CHANNELS_JOINT;
    OK(before_series());
    CHECK(spec.input.channels == 4 && spec.input.length == 16);
    begin(1, 1, 36, 1, RC_TARGET_CLASSES); /* longer: each point a mean of what it stands for */
    config.model.tokens = 3;
    OK(before_series());
    CHECK(spec.input.length == 12 && layout.to_h == 12);
}

/* What nobody has set is not refused. */
TEST(a_source_of_more_tokens_than_are_allowed)
{
    begin(1, 1, 100, 1, RC_TARGET_CLASSES);
    OK(rc_backbone_config_named("series-mini", &spec.backbone));
    spec.backbone.series.length = 1024 * 4;
    spec.backbone.series.patch = 4;
    OK(rc_layout_choose(&config, &data, &spec, &layout));
    CHECK(layout.resampled && spec.input.patch == 4 && spec.input.length == 512 * 4);
    rc_layout_free(&layout);
    config.model.tokens = 1024;
    FAILS(RC_CONFIG, "model.tokens is 1024; at most 512 are allowed",
          rc_layout_choose(&config, &data, &spec, &layout));
}

/* Where all points are asked for, and of pictures, pieces are cut as before a text model. */
TEST(series_that_are_not_resampled)
{
    begin(1, 1, 36, 1, RC_TARGET_DENSE);
    set_y(1, 36, 0, 0);
    OK(before_series());
    CHECK(!layout.resampled && spec.input.length == 36 && spec.head == RC_HEAD_DENSE);
    check_restored();
    begin(2, 3, 32, 32, RC_TARGET_CLASSES);
    OK(before_series());
    CHECK(!layout.resampled && layout.square == 4 && spec.input.patch == 16);
    check_restored();
}

/* Three columns of 1, 3 and 2 numbers: tokens of 3 numbers, the unused of them 0. */
TEST(columns_of_a_table)
{
    static const int32_t width[] = {1, 3, 2};
    static const float want[] = {1, 0, 0, 2, 3, 4, 5, 6, 0};
    float raw[] = {1, 2, 3, 4, 5, 6}, out[9];
    rc_layout again;
    begin(1, 1, 6, 1, RC_TARGET_CLASSES);
    data.form = RC_FORM_TABLE;
    config.model.table = RC_TABLE_COLUMNS;
    OK(before_bert());
    CHECK(spec.input.kind == RC_INPUT_TABLE && spec.input.patch == 1 && spec.input.length == 6);
    data.columns = 3;
    data.column_width = width;
    rc_layout_free(&layout);
    OK(before_bert());
    CHECK(spec.input.patch == 3 && spec.input.length == 9);
    rc_layout_apply(&layout, raw, out);
    for (int i = 0; i < 9; i++)
        NEAR(out[i], want[i] / sqrt(width[i / 3]), 1e-6);
    rc_json *j = rc_json_object();
    rc__layout_store(&layout, j);
    OK(rc__layout_restore(j, "model", &spec, &again));
    CHECK(memcmp(again.features, width, sizeof width) == 0);
    rc_layout_free(&again);
    spec.input.length = 12;
    FAILS(RC_FORMAT, "does not fit", rc__layout_restore(j, "model", &spec, &again));
    rc_layout_free(&again);
    rc_json_free(&j);
    config.model.tokens = 2; /* the first two columns share a token */
    rc_layout_free(&layout);
    OK(before_bert());
    CHECK(spec.input.patch == 4 && spec.input.length == 8 && layout.features[1] == 2);
    config.model.table = RC_TABLE_PIECES;
    rc_layout_free(&layout);
    OK(before_bert());
    CHECK(spec.input.kind == RC_INPUT_SIGNAL && !layout.features);
}

TEST(image_of_single_points)
{
    float raw[2 * 12], out[2 * 12];
    begin(2, 2, 3, 4, RC_TARGET_CLASSES);
    OK(before_bert());
    CHECK(spec.input.kind == RC_INPUT_SIGNAL && layout.square == 1 && spec.input.length == 12);
    for (int i = 0; i < 24; i++)
        raw[i] = (float)(i + 1);
    rc_layout_apply(&layout, raw, out);
    for (int i = 0; i < 24; i++)
        CHECK(out[i] == (float)(i + 1));
}

TEST(stored_and_restored)
{
    rc_layout again;
    char text[RC_SHAPE_TEXT];
    begin(1, 2, 46, 1, RC_TARGET_CLASSES);
    OK(before_swin());
    rc_json *j = rc_json_object();
    rc__layout_store(&layout, j);
    OK(rc__layout_restore(j, "model", &spec, &again));
    CHECK(again.fold_h == layout.fold_h && again.fold_w == layout.fold_w && again.form == RC_FORM_SEQUENCES);
    rc_shape fits = RC_SHAPE(5, 2, 46), table = RC_SHAPE(5, 92);
    CHECK(rc_layout_accepts(&again, &fits) && !rc_layout_accepts(&again, &table));
    CHECK(strcmp(rc_layout_text(&again, text), "[N, 2, 46]") == 0);
    rc_layout_free(&again);
    rc_json_set_integer(j, "fold_width", 47);
    FAILS(RC_FORMAT, "does not fit", rc__layout_restore(j, "model", &spec, &again));
    rc_json_set_integer(j, "fold_width", -1);
    FAILS(RC_FORMAT, "does not fit", rc__layout_restore(j, "model", &spec, &again));
    rc_json_set_integer(j, "x_dims", 3);
    FAILS(RC_FORMAT, "damaged", rc__layout_restore(j, "model", &spec, &again));
    rc_json_free(&j);
}

int main(void)
{
    RUN(folded);
    RUN(folded_dense);
    RUN(folding_that_does_not_fit);
    RUN(cut);
    RUN(channels_apart);
    RUN(resampled);
    RUN(a_source_of_more_tokens_than_are_allowed);
    RUN(series_that_are_not_resampled);
    RUN(columns_of_a_table);
    RUN(image_of_single_points);
    RUN(stored_and_restored);
    rc_layout_free(&layout);
    return RESULT();
}
