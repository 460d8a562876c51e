/* What a run depends on: gradients with respect to the input by finite differences, the importance of columns
 * of which one alone counts, the samples that are most wrong, and rows in the terms of their table. */
#include "check.h"
#include "slopes.h"

#include "explain/explain.h"

/* ---- gradients ---- */

enum { SIDE = 8, PIXELS = SIDE * SIDE, LENGTH = 20, CHANNELS = 2 };

static double output_of(rc_graph *g, rc_model *m, const rc_task *t, const float *x, int64_t k)
{
    float out[3] = {NAN, NAN, NAN};
    rc_graph_reset(g, false);
    rc_var y = rc_task_forward(g, m, t, 1, x);
    if (rc_graph_status(g) == RC_OK && rc_tensor_download(&y->value, out) == RC_OK) return (double)out[k];
    return NAN;
}

static void check_gradient(const rc_model_spec *spec)
{
    rc_device *device;
    rc_graph *g;
    rc_model *m;
    float x[CHANNELS * PIXELS], gradient[CHANNELS * PIXELS];
    int64_t n = rc_input_size(&spec->input);
    rc_task t = {.target = RC_TARGET_CLASSES, .layout.input = spec->input, .outputs = 3};
    OK(rc_device_by_name("ref", &device));
    OK(rc_graph_create(device, &g));
    OK(rc_model_create(device, spec, &m));
    OK(rc_params_initialise(m->params, 3));
    fill_normal(x, n, 1);
    OK(rc_saliency(g, m, &t, x, 2, gradient));
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)gradient[i]));
    CHECK(largest > 0);
    for (int64_t i = 0; i < n; i += 7) {
        const float kept = x[i], step = 0.02f;
        x[i] = kept + step;
        double above = output_of(g, m, &t, x, 2);
        x[i] = kept - step;
        double below = output_of(g, m, &t, x, 2);
        x[i] = kept;
        NEAR((above - below) / (2 * (double)step), (double)gradient[i], 0.02 * largest);
    }
    rc_model_destroy(&m);
    rc_graph_destroy(&g);
}

TEST(gradients_of_a_signal)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.bert = (rc_bert_config){.vocabulary = 5,
                                       .hidden = 8,
                                       .blocks = 2,
                                       .heads = 2,
                                       .inner = 12,
                                       .positions = 12,
                                       .types = 1,
                                       .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = CHANNELS, .length = LENGTH, .patch = 4};
    check_gradient(&s);
}

TEST(gradients_of_a_picture)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_VIT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.vit = (rc_vit_config){.image_size = SIDE,
                                     .patch = 4,
                                     .channels = CHANNELS,
                                     .hidden = 8,
                                     .blocks = 2,
                                     .heads = 2,
                                     .inner = 12,
                                     .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_IMAGE, .channels = CHANNELS, .height = SIDE, .width = SIDE};
    check_gradient(&s);
}

/* ---- importance, and the worst ---- */

enum { ROWS = 120, COLUMNS = 3 };

/* Of three columns the second makes two numbers, of which the second has a smaller unit. Of the validation
 * part sample 5 is said to be another, and so is sample 9, which is less wrong for its unit. */
static void make_data(rc_dataset **out)
{
    static float x[2][ROWS * COLUMNS], y[2][2 * ROWS];
    rc_rng rng = rc_rng_make(2, "data", 0);
    rc_dataset_arrays arrays = {0};
    for (int part = 0; part < 2; part++) {
        for (int i = 0; i < ROWS * COLUMNS; i++)
            x[part][i] = (float)rc_rng_normal(&rng);
        for (int i = 0; i < ROWS; i++) {
            float made = x[part][i * COLUMNS + 1];
            y[part][2 * i] = 3 * made + (part == 1 && i == 5 ? 40 : 0);
            y[part][2 * i + 1] = 1000 * made + (part == 1 && i == 9 ? 2000 : 0);
        }
        arrays.x[part] = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(ROWS, COLUMNS), .data = x[part]};
        arrays.y[part] = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(ROWS, 2), .data = y[part]};
    }
    OK(rc_dataset_from_arrays("three", &arrays, NULL, 0, RC_DATASET_TRAIN, out));
}

static double bar(const rc_json *told, size_t k, const char *key)
{
    const rc_json *chart = rc_json_at(rc_json_get(rc_json_get(told, "importance"), "charts"), 0);
    return rc_json_number(rc_json_at(rc_json_get(chart, "bars"), k), key, NAN);
}

TEST(one_column_counts)
{
    rc_config c;
    rc_trained of = {.batch = 16};
    rc_dataset *data;
    rc_explained told;
    make_data(&data);
    rc_config_defaults(&c);
    OK(rc_device_by_name("ref", &of.device));
    OK(rc_graph_create(of.device, &of.graph));
    OK(rc_task_create_plain(&c, data, of.device, &of.task));
    OK(rc_task_fit_plain(of.task, "ridge", &data->train, 0, NULL));
    rc_explain_request q = {.directory = "/nowhere", .of = &of, .unseen = &data->valid, .seconds = 30};
    OK(rc_explain(&q, &told));
    const rc_json *importance = rc_json_get(told.told, "importance"),
                  *worst = rc_json_at(rc_json_get(told.told, "samples"), 0);
    CHECK(rc_json_integer(importance, "repeats", 0) == 5 &&
          rc_json_integer(importance, "samples", 0) == ROWS);
    CHECK(bar(told.told, 1, "mean") > 1 && bar(told.told, 1, "sd") > 0);
    NEAR(bar(told.told, 0, "mean") / bar(told.told, 1, "mean"), 0, 0.02);
    NEAR(bar(told.told, 2, "mean") / bar(told.told, 1, "mean"), 0, 0.02);
    const rc_json *value = rc_json_at(rc_json_get(worst, "values"), 0);
    NEAR(rc_json_number(value, "truth", NAN) - rc_json_number(value, "said", NAN), 40, 2);
    CHECK(rc_json_length(rc_json_get(worst, "row")) == COLUMNS);
    rc_explained_free(&told);
    q.seconds = 0;
    OK(rc_explain(&q, &told));
    CHECK(!rc_json_get(told.told, "importance") && !rc_json_get(told.told, "samples"));
    rc_explained_free(&told);
    rc_trained_close(&of);
    rc_dataset_close(&data);
}

enum { SERIES = 20, WIDE = 64, POINTS = 4, INPUTS = 4, SERIES_SIZE = WIDE * POINTS };

/* Of four inputs, each with as many channels as it may have bars. */
static void make_wide_data(rc_dataset **out)
{
    static float x[2][INPUTS][SERIES * SERIES_SIZE], y[2][SERIES];
    static const char *const name[] = {"second", "third", "fourth"};
    rc_dataset_arrays arrays = {.n_more = INPUTS - 1};
    for (int part = 0; part < 2; part++) {
        for (int k = 0; k < INPUTS; k++) {
            fill_normal(x[part][k], SERIES * SERIES_SIZE, (uint64_t)(2 * k + part));
            rc_array a = {.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SERIES, WIDE, POINTS), .data = x[part][k]};
            if (k == 0) arrays.x[part] = a;
            if (k > 0) arrays.more[k - 1].name = name[k - 1];
            if (k > 0) arrays.more[k - 1].x[part] = a;
        }
        fill_normal(y[part], SERIES, (uint64_t)(100 + part));
        arrays.y[part] = (rc_array){.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(SERIES, 1), .data = y[part]};
    }
    OK(rc_dataset_from_arrays("wide", &arrays, NULL, 0, RC_DATASET_TRAIN, out));
}

static bool is_noted(const rc_explained *told, const char *words)
{
    const rc_json *notes = told->notes;
    for (size_t i = 0; i < rc_json_length(notes); i++)
        if (strstr(rc_json_as_string(rc_json_at(notes, i)), words)) return true;
    return false;
}

/* All of the time is in the charts of each input, and no chart is empty. */
TEST(windows_have_room_beside_many_channels)
{
    rc_config c;
    rc_trained of = {.batch = 16};
    rc_dataset *data;
    rc_explained told;
    int windows = 0, channels = 0;
    make_wide_data(&data);
    rc_config_defaults(&c);
    OK(rc_device_by_name("ref", &of.device));
    OK(rc_graph_create(of.device, &of.graph));
    OK(rc_task_create_plain(&c, data, of.device, &of.task));
    OK(rc_task_fit_plain(of.task, "ridge", &data->train, 0, NULL));
    rc_explain_request q = {.directory = "/nowhere", .of = &of, .unseen = &data->valid, .seconds = 3600};
    OK(rc_explain(&q, &told));
    const rc_json *charts = rc_json_get(rc_json_get(told.told, "importance"), "charts");
    CHECK(rc_json_length(charts) == 1 + 2 * INPUTS);
    for (size_t i = 0; i < rc_json_length(charts); i++) {
        const rc_json *chart = rc_json_at(charts, i), *bars = rc_json_get(chart, "bars");
        const char *title = rc_json_string(chart, "title", "");
        size_t n = rc_json_length(bars);
        CHECK(n > 0);
        if (strncmp(title, "Channels", 8) == 0) channels += n == 60;
        if (strncmp(title, "Windows", 7) != 0) continue;
        windows += n == 4;
        CHECK(strcmp(rc_json_string(rc_json_at(bars, n - 1), "name", ""), "points 4 to 4") == 0);
    }
    CHECK(windows == INPUTS && channels == INPUTS);
    CHECK(is_noted(&told, "of many columns or channels only the first were shuffled"));
    rc_explained_free(&told);
    rc_trained_close(&of);
    rc_dataset_close(&data);
}

/* ---- rows ---- */

static const char encoders[] =
    "{\"version\": 1, \"form\": \"table\", \"x\": {\"type\": \"float32\", \"shape\": [8]}, \"target\": "
    "{\"kind\": \"numbers\", \"names\": [\"y\"]}, \"read\": {\"label\": \"y\"}, \"columns\": ["
    "{\"name\": \"share\", \"use\": \"number\", \"holds\": \"numbers\", \"written\": \"1234.5%\", "
    "\"features\": 1, \"fill\": 3},"
    "{\"name\": \"day\", \"use\": \"date\", \"holds\": \"dates\", \"written\": \"day first\", \"features\": "
    "3, \"fill\": 0, \"start\": 1704067200, \"week\": true},"
    "{\"name\": \"line\", \"use\": \"none\"},"
    "{\"name\": \"colour\", \"use\": \"one-hot\", \"holds\": \"texts\", \"features\": 3, \"texts\": "
    "[\"blue\", \"<green>\", \"red\"]},"
    "{\"name\": \"side\", \"use\": \"zero-one\", \"holds\": \"texts\", \"features\": 1, \"texts\": "
    "[\"left\", \"right\"]}]}";

TEST(numbers_are_what_they_were_in_the_table)
{
    static const char *const want[] = {"12.5%", "2024-03-31", "", "<green>", "(missing)"};
    const float x[] = {12.5f, 90, 0, 1, 0, 1, 0, 0.5f};
    rc_encoders *e;
    int64_t at = 0, width;
    OK(rc_encoders_parse("here", encoders, &e));
    REQUIRE(rc_encoders_columns(e) == 5);
    for (int64_t k = 0; k < 5; k++) {
        rc_string text = {0};
        CHECK(rc_encoders_column(e, k, &width) != NULL);
        OK(rc_encoders_value(e, k, x + at, &text));
        CHECK(strcmp(text.data ? text.data : "", want[k]) == 0);
        at += width;
        rc_string_free(&text);
    }
    CHECK(at == 8);
    rc_encoders_free(&e);
}

int main(void)
{
    RUN(gradients_of_a_signal);
    RUN(gradients_of_a_picture);
    RUN(one_column_counts);
    RUN(windows_have_room_beside_many_channels);
    RUN(numbers_are_what_they_were_in_the_table);
    return RESULT();
}
