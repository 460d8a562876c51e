/* What a run depends on: gradients with respect to the input by finite differences, the importance of columns
 * of which one alone counts, the samples that are most wrong, and rows in the terms of their table. */
#include "check.h"
#include "slopes.h"

#include "base/memory.h"
#include "explain/explain_parts.h"
#include "ops/ops.h"

/* ---- gradients ---- */

enum { SIDE = 8, LENGTH = 20, CHANNELS = 2, WIDTH = 8, PLACES = 7, ROOM = 512, OUTPUT = 2 };

/* A model, what it is for, and one sample of it. */
typedef struct subject {
    rc_graph *g;
    rc_model *m;
    rc_task t;
    float raw[ROOM], given[ROOM], gradient[ROOM];
    int32_t ids[PLACES];
} subject;

static const rc_bert_config bert = {.vocabulary = 9,
                                    .hidden = WIDTH,
                                    .blocks = 2,
                                    .heads = 2,
                                    .inner = 12,
                                    .positions = 40,
                                    .types = 1,
                                    .eps = 1e-5};

static rc_model_spec bert_spec(void)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    s.backbone.bert = bert;
    return s;
}

/* The layouts of s->t, those of further inputs too, are there. */
static void open_subject(subject *s, rc_model_spec spec)
{
    rc_device *device;
    s->t.target = RC_TARGET_CLASSES;
    s->t.outputs = 3;
    s->t.masks = true;
    spec.input = s->t.layout.input;
    spec.n_more = s->t.n_more;
    for (int k = 0; k < s->t.n_more; k++) {
        strcpy(spec.more[k].name, s->t.more[k].name);
        spec.more[k].input = s->t.more[k].layout.input;
    }
    s->t.backbone = spec.backbone;
    OK(rc_device_by_name("ref", &device));
    OK(rc_graph_create(device, &s->g));
    OK(rc_model_create(device, &spec, &s->m));
    OK(rc_params_initialise(s->m->params, 3));
    REQUIRE(rc_saliency_room(&s->t) <= ROOM && rc_task_given(&s->t) <= ROOM);
    fill_normal(s->raw, rc_task_raw(&s->t), 1);
}

static void close_subject(subject *s)
{
    for (int k = 0; k <= s->t.n_more; k++)
        rc_resize_destroy(k ? &s->t.more[k - 1].layout.resize : &s->t.layout.resize);
    rc_model_destroy(&s->m);
    rc_graph_destroy(&s->g);
}

static rc_given prepare(subject *s)
{
    float raw[ROOM];
    memcpy(raw, s->raw, sizeof raw);
    rc_task_prepare(&s->t, NULL, 0, raw, s->given);
    return (rc_given){.x = s->given, .ids = s->ids};
}

/* Of the sample as it is; with `step` added to number `at` of u. */
static double output_of(subject *s, int64_t at, float step)
{
    float offset[ROOM] = {0}, out[3] = {NAN, NAN, NAN};
    rc_given given = prepare(s);
    rc_graph_reset(s->g, false);
    rc_feed feed = rc_task_feed(s->g, &s->t, 1, &given);
    rc_var u = rc_model_embed(s->g, s->m, &feed);
    CHECK(u && rc_tensor_size(&u->value) <= ROOM);
    if (!u) return NAN;
    offset[at] = step;
    u = rc_add(s->g, u, rc_graph_input(s->g, RC_DTYPE_F32, u->value.shape, offset, false));
    rc_var y = rc_model_head(s->g, s->m, rc_model_body(s->g, s->m, u, &feed), &feed);
    bool done = rc_graph_status(s->g) == RC_OK && rc_tensor_download(&y->value, out) == RC_OK;
    return done ? (double)out[OUTPUT] : NAN;
}

static void find_gradient(subject *s)
{
    rc_given given = prepare(s);
    bool blind[1 + RC_MORE_INPUTS];
    OK(rc_saliency(s->g, s->m, &s->t, &given, OUTPUT, s->gradient, blind));
    for (int k = 0; k <= s->t.n_more; k++)
        CHECK(!blind[k]);
}

/* Of the numbers of input k. */
static void check_numbers(subject *s, int k)
{
    const float step = 0.02f;
    double largest = 0;
    int64_t n, first = rc_task_input_at(&s->t, k, &n);
    for (int64_t i = first; i < first + n; i++)
        largest = fmax(largest, fabs((double)s->gradient[i]));
    CHECK(largest > 0);
    for (int64_t i = first; i < first + n; i++) {
        const float kept = s->raw[i];
        s->raw[i] = kept + step;
        double above = output_of(s, 0, 0);
        s->raw[i] = kept - step;
        double below = output_of(s, 0, 0);
        s->raw[i] = kept;
        NEAR((above - below) / (2 * (double)step), (double)s->gradient[i], 0.02 * largest);
    }
}

/* Of n tokens of input k, which begin with token `first` of u: the length of each vector of slopes. */
static void check_tokens(subject *s, int k, int64_t first, int64_t n)
{
    const float step = 0.02f;
    const float *gradient = s->gradient + rc_saliency_at(&s->t, k, NULL);
    for (int64_t t = 0; t < n; t++) {
        double square = 0;
        for (int64_t c = 0; c < WIDTH; c++) {
            int64_t at = (first + t) * WIDTH + c;
            square += pow((output_of(s, at, step) - output_of(s, at, -step)) / (2 * (double)step), 2);
        }
        CHECK(square > 0);
        NEAR(sqrt(square), (double)gradient[t], 0.02 * sqrt(square));
    }
}

static const rc_layout SIGNAL = {
    .form = RC_FORM_SEQUENCES,
    .x_shape = {CHANNELS, LENGTH - 3, 1}, /* zeros stand behind it */
    .input = {.kind = RC_INPUT_SIGNAL, .channels = CHANNELS, .length = LENGTH, .patch = 4}};

TEST(gradients_of_a_signal)
{
    subject s = {.t.layout = SIGNAL};
    open_subject(&s, bert_spec());
    find_gradient(&s);
    check_numbers(&s, 0);
    close_subject(&s);
}

/* Larger than the model's, and a signal that is folded for it. */
TEST(gradients_of_a_picture)
{
    rc_model_spec vit = {.backbone = {.kind = RC_BACKBONE_VIT}, .head = RC_HEAD_LINEAR, .outputs = 3};
    vit.backbone.vit = (rc_vit_config){.image_size = SIDE,
                                       .patch = 4,
                                       .channels = CHANNELS,
                                       .hidden = WIDTH,
                                       .blocks = 2,
                                       .heads = 2,
                                       .inner = 12,
                                       .eps = 1e-5};
    const rc_input image = {.kind = RC_INPUT_IMAGE, .channels = CHANNELS, .height = SIDE, .width = SIDE};
    const rc_layout layout[] = {
        {.form = RC_FORM_IMAGES, .x_shape = {CHANNELS, SIDE + 3, SIDE - 2}, .input = image},
        {.form = RC_FORM_SEQUENCES, .x_shape = {CHANNELS, 23, 1}, .fold_h = 5, .fold_w = 5, .input = image}};
    for (int i = 0; i < 2; i++) {
        subject s = {.t.layout = layout[i]};
        OK(rc__layout_prepare(&s.t.layout));
        open_subject(&s, vit);
        find_gradient(&s);
        check_numbers(&s, 0);
        close_subject(&s);
    }
}

enum { WORDS = 5 };
static const rc_layout TEXT = {
    .form = RC_FORM_TEXTS, .x_shape = {1, PLACES, 1}, .input = {.kind = RC_INPUT_TOKENS, .length = PLACES}};

static void write_text(int32_t *to)
{
    for (int i = 0; i < PLACES; i++)
        to[i] = i < WORDS ? 1 + i % 3 : RC_NO_TOKEN;
}

TEST(gradients_of_a_text)
{
    subject s = {.t.layout = TEXT};
    open_subject(&s, bert_spec());
    write_text(s.ids);
    find_gradient(&s);
    check_tokens(&s, 0, 0, WORDS);
    CHECK(s.gradient[WORDS] == 0);
    close_subject(&s);
}

/* A table of three columns, of which the second has two numbers, a signal, a text, and a picture square by
 * square. What a sample lacks has no gradient, and takes none of the others' away. */
TEST(gradients_of_several_inputs)
{
    static int32_t features[] = {1, 2, 1};
    const rc_layout table = {.form = RC_FORM_TABLE,
                             .x_shape = {1, 4, 1},
                             .features = features,
                             .input = {.kind = RC_INPUT_TABLE, .channels = 1, .length = 6, .patch = 2}},
                    picture = {.form = RC_FORM_IMAGES,
                               .x_shape = {1, 4, 4},
                               .square = 2,
                               .input = {.kind = RC_INPUT_SIGNAL, .channels = 1, .length = 16, .patch = 4}};
    for (int pass = 0; pass < 4; pass++) {
        subject s = {.t = {.layout = table,
                           .n_more = 3,
                           .more = {{.name = "wave", .layout = SIGNAL},
                                    {.name = "note", .layout = TEXT},
                                    {.name = "photo", .layout = picture}}}};
        rc_model_spec spec = bert_spec();
        bool lacks = pass / 2;
        int64_t n;
        spec.fusion = pass % 2 ? RC_FUSION_LATE : RC_FUSION_EARLY;
        OK(rc__layout_prepare(&s.t.more[2].layout));
        open_subject(&s, spec);
        write_text(s.ids);
        float *wave = s.raw + rc_task_input_at(&s.t, 1, &n);
        for (int64_t i = 0; i < n && lacks; i++)
            wave[i] = NAN;
        find_gradient(&s);
        check_numbers(&s, 0);
        for (int64_t i = 0; i < n && lacks; i++)
            CHECK(s.gradient[rc_task_input_at(&s.t, 1, NULL) + i] == 0);
        if (!lacks) check_numbers(&s, 1);
        check_tokens(&s, 2, 3 + LENGTH / 4, WORDS);
        check_numbers(&s, 3);
        rc_free(s.t.more[2].layout.order);
        close_subject(&s);
    }
}

/* Two letters, the second of three tokens: where the text is cut inside it, nothing is lost. */
TEST(pieces_of_a_text_that_was_cut)
{
    static const char *const text = "a\xe2\x82\xac", *const want[] = {"<s>", "a", "\xef\xbf\xbd", "</s>"};
    static const float gradient[16] = {1, 2, 3, 5, 4, 6};
    rc_tokenizer *z;
    rc_encoding e = {0};
    int32_t id[16];
    OK(rc_tokenizer_open(RC_TEST_DATA "/tokenizers/bpe", &z));
    OK(rc_tokenizer_encode(z, text, strlen(text), 0, &e));
    REQUIRE(e.n == 6); /* a token for each byte of the letter */
    rc_json *list = rc_json_array();
    OK(rc__text_pieces(z, e.id, gradient, e.n, list));
    REQUIRE(rc_json_length(list) == 4);
    CHECK(strcmp(rc_json_string(rc_json_at(list, 2), "text", ""), text + 1) == 0);
    CHECK(rc_json_number(rc_json_at(list, 2), "gradient", 0) == 5);
    rc_json_free(&list);
    for (int special = 0; special < 2; special++) { /* cut before the last byte; 1: </s> follows */
        memcpy(id, e.id, 4 * sizeof *id);
        id[4] = e.id[5];
        list = rc_json_array();
        OK(rc__text_pieces(z, id, gradient, 4 + special, list));
        REQUIRE(rc_json_length(list) == (size_t)(3 + special));
        for (size_t i = 0; i < rc_json_length(list); i++)
            CHECK(strcmp(rc_json_string(rc_json_at(list, i), "text", ""), want[i]) == 0);
        CHECK(rc_json_number(rc_json_at(list, 2), "gradient", 0) == 5);
        rc_json_free(&list);
    }
    rc_encoding_free(&e);
    rc_tokenizer_close(&z);
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
    CHECK(is_noted(&told, "only the first of many columns or channels were shuffled"));
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
    RUN(gradients_of_a_text);
    RUN(gradients_of_several_inputs);
    RUN(pieces_of_a_text_that_was_cut);
    RUN(one_column_counts);
    RUN(windows_have_room_beside_many_channels);
    RUN(numbers_are_what_they_were_in_the_table);
    return RESULT();
}
