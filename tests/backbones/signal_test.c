/* Signals before a backbone of text or of series: what is taken over from the source, u by hand, and the
 * gradients of every part through the whole model by finite differences. */
#include "check.h"
#include "slopes.h"

#include <unistd.h>

#include "backbones/model.h"
#include "base/file.h"
#include "ops/ops.h"

enum { WIDTH = 8, POSITIONS = 12, LENGTH = 20, PATCH = 4, CHANNELS = 2, TOKENS = LENGTH / PATCH, BATCH = 3 };

static char path[64];
static rc_device *device;

static rc_model_spec spec_of(bool roberta, rc_head_kind head, rc_dense_kind dense)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_BERT}, .head = head, .outputs = 3, .dense = dense};
    s.backbone.bert = (rc_bert_config){.dialect = roberta ? RC_BERT_ROBERTA : RC_BERT_BERT,
                                       .vocabulary = 5,
                                       .hidden = WIDTH,
                                       .blocks = 2,
                                       .heads = 2,
                                       .inner = 12,
                                       .positions = POSITIONS,
                                       .types = 1,
                                       .padding = roberta ? 1 : 0,
                                       .eps = 1e-5};
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = CHANNELS, .length = LENGTH, .patch = PATCH};
    s.out_shape[0] = 2;
    s.out_shape[1] = 1;
    s.out_shape[2] = LENGTH;
    return s;
}

static void enlarge(rc_model *m, const char *name)
{
    rc_tensor t = rc_params_value(m->params, rc_params_find(m->params, name));
    void *host;
    OK(rc_tensor_map_update(&t, &host));
    for (int64_t i = 0; i < rc_tensor_size(&t); i++)
        ((float *)host)[i] *= 25;
    rc_tensor_unmap(&t, host);
}

/* The source: the same body behind its own text embedder, in a file. */
static void write_source(bool roberta)
{
    rc_model *m;
    rc_safetensors_writer *w;
    rc_model_spec s = spec_of(roberta, RC_HEAD_NONE, RC_DENSE_LINEAR);
    s.input = (rc_input){.kind = RC_INPUT_TOKENS, .length = 4};
    snprintf(path, sizeof path, "/tmp/recraft-signal-test-%ld", (long)getpid());
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 9));
    enlarge(m,
            roberta ? "roberta.embeddings.word_embeddings.weight" : "bert.embeddings.word_embeddings.weight");
    OK(rc_safetensors_writer_create(&w));
    OK(rc_model_store(m, w, RC_DTYPE_F32));
    OK(rc_safetensors_writer_write(w, path));
    rc_safetensors_writer_destroy(&w);
    rc_model_destroy(&m);
}

static const float *values_of(const rc_safetensors *f, const char *name)
{
    int at = rc_safetensors_find(f, name);
    return at < 0 ? NULL : rc_safetensors_get(f, at).data;
}

static float at(const float *from, int64_t i)
{
    float v;
    memcpy(&v, from + i, sizeof v);
    return v;
}

/* The head, which no source has, holds the numbers of its seed. */
static void begun_as_initialised(rc_model *m, const rc_model_spec *s)
{
    rc_model *whole;
    OK(rc_model_create(device, s, &whole));
    OK(rc_params_initialise(whole->params, 1));
    for (int i = m->first[RC_PART_HEAD]; i < rc_params_count(m->params); i++) {
        rc_tensor a = rc_params_value(m->params, i), b = rc_params_value(whole->params, i);
        const void *x, *y;
        OK(rc_tensor_map_read(&a, &x));
        OK(rc_tensor_map_read(&b, &y));
        CHECK(memcmp(x, y, rc_tensor_bytes(&a)) == 0);
        rc_tensor_unmap(&a, x);
        rc_tensor_unmap(&b, y);
    }
    rc_model_destroy(&whole);
}

static double deviation(const float *x, int64_t n)
{
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        mean += at(x, i) / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (at(x, i) - mean) * (at(x, i) - mean) / (double)n;
    return sqrt(squares);
}

/* W x of a standardised x is as large as a word's vector, whatever the seed and the model. */
static void sized_as_words(rc_model *m, const float *words, int64_t vocabulary)
{
    float w[WIDTH * CHANNELS * PATCH];
    rc_tensor t = rc_params_value(m->params, rc_params_find(m->params, "embedder.projection.weight"));
    OK(rc_tensor_download(&t, w));
    double of_wx = deviation(w, WIDTH * CHANNELS * PATCH) * sqrt(CHANNELS * PATCH);
    double of_words = deviation(words, vocabulary * WIDTH);
    CHECK(of_wx > 0.7 * of_words && of_wx < 1.4 * of_words);
}

/* ---- from a source of series ---- */

static rc_model_spec series_of(int64_t channels, int64_t length, int64_t patch)
{
    rc_model_spec s = {.backbone = {.kind = RC_BACKBONE_SERIES}, .head = RC_HEAD_NONE};
    s.backbone.series =
        (rc_series_config){.body = {.hidden = WIDTH, .blocks = 1, .heads = 2, .inner = 12, .eps = 1e-5},
                           .channels = CHANNELS,
                           .length = LENGTH,
                           .patch = PATCH};
    s.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = channels, .length = length, .patch = patch};
    return s;
}

static void read_values(rc_model *m, const char *name, float *out)
{
    rc_tensor t = rc_params_value(m->params, rc_params_find(m->params, name));
    OK(rc_tensor_download(&t, out));
}

/* A model for such an input, begun from the source in `path`. */
static rc_model *begin_series(const rc_model_spec *s)
{
    rc_model *m = NULL;
    rc_safetensors *f;
    if (rc_model_create(device, s, &m) != RC_OK || rc_safetensors_open(path, &f) != RC_OK) exit(1);
    rc_weights from = {.file = f, .name = path};
    CHECK(rc_model_start(m, &from, 1) == RC_OK);
    rc_safetensors_close(&f);
    return m;
}

static void write_series_source(void)
{
    rc_model *m;
    rc_safetensors_writer *w;
    rc_model_spec s = series_of(CHANNELS, LENGTH, PATCH);
    snprintf(path, sizeof path, "/tmp/recraft-series-test-%ld", (long)getpid());
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 9));
    OK(rc_safetensors_writer_create(&w));
    OK(rc_model_store(m, w, RC_DTYPE_F32));
    OK(rc_safetensors_writer_write(w, path));
    rc_safetensors_writer_destroy(&w);
    rc_model_destroy(&m);
}

/* More channels, pieces twice as long: channels are repeated, and a level is worth what it was. */
TEST(series_are_stretched)
{
    enum { MORE = 3, TWICE = 2 * PATCH };
    float had[WIDTH * CHANNELS * PATCH], has[WIDTH * MORE * TWICE];
    write_series_source();
    rc_model_spec native = series_of(CHANNELS, LENGTH, PATCH), wide = series_of(MORE, 3 * TWICE, TWICE);
    rc_model *m = begin_series(&native), *w = begin_series(&wide);
    read_values(m, "embedder.projection.weight", had);
    read_values(w, "embedder.projection.weight", has);
    for (int row = 0; row < WIDTH * MORE; row++) {
        double a = 0, b = 0;
        for (int k = 0; k < PATCH; k++)
            a += had[(row / MORE * CHANNELS + row % MORE % CHANNELS) * PATCH + k];
        for (int k = 0; k < TWICE; k++)
            b += has[row * TWICE + k];
        NEAR(b, a, 1e-6);
    }
    rc_model_destroy(&m);
    rc_model_destroy(&w);
    unlink(path);
}

/* The same form: the same numbers. A window: zeros around the piece. Fewer tokens: positions from first to
 * last. */
TEST(series_begin_as_their_source)
{
    float had[WIDTH * CHANNELS * PATCH], has[WIDTH * CHANNELS * 2 * PATCH], positions[TOKENS * WIDTH],
        one[WIDTH];
    write_series_source();
    rc_model_spec native = series_of(CHANNELS, LENGTH, PATCH), seen = native,
                  single = series_of(CHANNELS, PATCH, PATCH);
    seen.input.window = 2 * PATCH;
    rc_model *m = begin_series(&native), *w = begin_series(&seen), *s = begin_series(&single);
    read_values(m, "embedder.projection.weight", had);
    read_values(w, "embedder.projection.weight", has);
    for (int i = 0; i < WIDTH * CHANNELS * 2 * PATCH; i++) {
        int k = i % (2 * PATCH) - PATCH / 2;
        CHECK(has[i] == (k < 0 || k >= PATCH ? 0 : had[i / (2 * PATCH) * PATCH + k]));
    }
    read_values(m, "embedder.positions", positions);
    read_values(s, "embedder.positions", one);
    for (int i = 0; i < WIDTH; i++) /* one token has the position in the middle */
        NEAR(one[i], positions[TOKENS / 2 * WIDTH + i], 1e-7);
    rc_model_destroy(&m);
    rc_model_destroy(&w);
    rc_model_destroy(&s);
    unlink(path);
}

static void adopted(bool roberta)
{
    rc_model *m;
    rc_safetensors *f;
    const char *prefix = roberta ? "roberta" : "bert";
    char name[100];
    float positions[TOKENS * WIDTH], norm[WIDTH];
    write_source(roberta);
    rc_model_spec s = spec_of(roberta, RC_HEAD_LINEAR, RC_DENSE_LINEAR);
    OK(rc_model_create(device, &s, &m));
    OK(rc_safetensors_open(path, &f));
    rc_weights from = {.file = f, .name = path};
    OK(rc_model_start(m, &from, 1));
    begun_as_initialised(m, &s);
    rc_tensor t = rc_params_value(m->params, rc_params_find(m->params, "embedder.positions"));
    OK(rc_tensor_download(&t, positions));
    snprintf(name, sizeof name, "%s.embeddings.position_embeddings.weight", prefix);
    const float *table = values_of(f, name);
    int64_t first = roberta ? 2 : 0; /* padding + 1 */
    for (int64_t i = 0; i < TOKENS * WIDTH; i++)
        CHECK(positions[i] == at(table, first * WIDTH + i));
    snprintf(name, sizeof name, "%s.embeddings.word_embeddings.weight", prefix);
    sized_as_words(m, values_of(f, name), s.backbone.bert.vocabulary);
    t = rc_params_value(m->params, rc_params_find(m->params, "embedder.norm.weight"));
    OK(rc_tensor_download(&t, norm));
    snprintf(name, sizeof name, "%s.embeddings.LayerNorm.weight", prefix);
    for (int i = 0; i < WIDTH; i++)
        CHECK(norm[i] == at(values_of(f, name), i));
    rc_safetensors_close(&f);
    rc_model_destroy(&m);
    unlink(path);
}

TEST(taken_over_from_bert)
{
    adopted(false);
}

TEST(taken_over_from_roberta)
{
    adopted(true);
}

/* ---- the embedder by hand ---- */

static const float *host_of(rc_model *m, const char *name, float *buffer)
{
    rc_tensor t = rc_params_value(m->params, rc_params_find(m->params, name));
    return rc_tensor_download(&t, buffer) == RC_OK ? buffer : NULL;
}

TEST(embedded)
{
    static float x[BATCH * CHANNELS * LENGTH], u[BATCH * TOKENS * WIDTH];
    static float w[WIDTH * CHANNELS * PATCH], position[TOKENS * WIDTH];
    rc_model *m;
    rc_graph *g;
    rc_model_spec s = spec_of(false, RC_HEAD_LINEAR, RC_DENSE_LINEAR);
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 4)); /* bias 0, gamma 1, beta 0 */
    host_of(m, "embedder.projection.weight", w);
    host_of(m, "embedder.positions", position);
    fill_normal(x, BATCH * CHANNELS * LENGTH, 2);
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(BATCH, CHANNELS, LENGTH), x, false)};
    rc_var out = rc_model_embed(g, m, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&out->value, u));
    for (int b = 0; b < BATCH; b++)
        for (int t = 0; t < TOKENS; t++) {
            double v[WIDTH], mean = 0, square = 0;
            for (int o = 0; o < WIDTH; o++) {
                v[o] = position[t * WIDTH + o];
                for (int c = 0; c < CHANNELS; c++)
                    for (int k = 0; k < PATCH; k++)
                        v[o] += (double)w[(o * CHANNELS + c) * PATCH + k] *
                                x[(b * CHANNELS + c) * LENGTH + t * PATCH + k];
                mean += v[o] / WIDTH;
            }
            for (int o = 0; o < WIDTH; o++)
                square += (v[o] - mean) * (v[o] - mean) / WIDTH;
            for (int o = 0; o < WIDTH; o++)
                NEAR(u[(b * TOKENS + t) * WIDTH + o], (v[o] - mean) / sqrt(square + 1e-5), 1e-4);
        }
    rc_graph_destroy(&g);
    rc_model_destroy(&m);
}

/* A token sees two points more: one before its piece and one behind it, zeros beyond the ends. */
TEST(windows_embedded)
{
    enum { WINDOW = PATCH + 2 };
    static float x[BATCH * CHANNELS * LENGTH], u[BATCH * TOKENS * WIDTH];
    static float w[WIDTH * CHANNELS * WINDOW], position[TOKENS * WIDTH];
    rc_model *m;
    rc_graph *g;
    rc_json *j;
    rc_model_spec s = spec_of(false, RC_HEAD_LINEAR, RC_DENSE_LINEAR), back;
    s.input.window = WINDOW;
    j = rc_model_spec_write(&s);
    OK(rc_model_spec_read(j, "spec", &back));
    CHECK(back.input.window == WINDOW);
    rc_json_free(&j);
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 4));
    host_of(m, "embedder.projection.weight", w);
    host_of(m, "embedder.positions", position);
    fill_normal(x, BATCH * CHANNELS * LENGTH, 2);
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(BATCH, CHANNELS, LENGTH), x, false)};
    rc_var out = rc_model_embed(g, m, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&out->value, u));
    for (int i = 0; i < BATCH * TOKENS; i++) {
        double v[WIDTH], mean = 0, square = 0;
        for (int o = 0; o < WIDTH; o++) {
            v[o] = position[i % TOKENS * WIDTH + o];
            for (int k = 0; k < CHANNELS * WINDOW; k++) {
                int at = i % TOKENS * PATCH - 1 + k % WINDOW, row = i / TOKENS * CHANNELS + k / WINDOW;
                if (at >= 0 && at < LENGTH)
                    v[o] += (double)w[o * CHANNELS * WINDOW + k] * x[row * LENGTH + at];
            }
            mean += v[o] / WIDTH;
        }
        for (int o = 0; o < WIDTH; o++)
            square += (v[o] - mean) * (v[o] - mean) / WIDTH;
        for (int o = 0; o < WIDTH; o++)
            NEAR(u[i * WIDTH + o], (v[o] - mean) / sqrt(square + 1e-5), 1e-4);
    }
    rc_graph_destroy(&g);
    enlarge(m, "embedder.projection.weight");
    enlarge(m, "embedder.positions");
    check_model_slopes(m, BATCH);
    rc_model_destroy(&m);
}

/* ---- tables: a matrix for each token ---- */

static rc_model_spec table_spec(void)
{
    rc_model_spec s = spec_of(false, RC_HEAD_LINEAR, RC_DENSE_LINEAR);
    s.input = (rc_input){.kind = RC_INPUT_TABLE, .channels = 1, .length = LENGTH, .patch = PATCH};
    return s;
}

TEST(columns_embedded)
{
    static float x[BATCH * LENGTH], u[BATCH * LENGTH / PATCH * WIDTH];
    static float w[TOKENS * WIDTH * PATCH], position[TOKENS * WIDTH];
    rc_model *m;
    rc_graph *g;
    rc_model_spec s = table_spec();
    OK(rc_model_create(device, &s, &m));
    CHECK(rc_params_find(m->params, "embedder.projection.bias") < 0);
    OK(rc_params_initialise(m->params, 4));
    host_of(m, "embedder.projection.weight", w);
    host_of(m, "embedder.positions", position);
    fill_normal(x, BATCH * LENGTH, 2);
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&s.input, BATCH), x, false)};
    rc_var out = rc_model_embed(g, m, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&out->value, u));
    for (int i = 0; i < BATCH * TOKENS; i++) {
        double v[WIDTH], mean = 0, square = 0;
        int t = i % TOKENS;
        for (int o = 0; o < WIDTH; o++) {
            v[o] = position[t * WIDTH + o];
            for (int k = 0; k < PATCH; k++)
                v[o] += (double)w[(t * WIDTH + o) * PATCH + k] * x[i * PATCH + k];
            mean += v[o] / WIDTH;
        }
        for (int o = 0; o < WIDTH; o++)
            square += (v[o] - mean) * (v[o] - mean) / WIDTH;
        for (int o = 0; o < WIDTH; o++)
            NEAR(u[i * WIDTH + o], (v[o] - mean) / sqrt(square + 1e-5), 1e-4);
    }
    rc_graph_destroy(&g);
    enlarge(m, "embedder.projection.weight");
    enlarge(m, "embedder.positions");
    check_model_slopes(m, BATCH);
    rc_model_destroy(&m);
}

/* A column whose squares sum to 1, as the layout makes them, begins as large as a word's vector. */
TEST(columns_begin_as_words)
{
    static float w[TOKENS * WIDTH * PATCH], words[5 * WIDTH], position[TOKENS * WIDTH];
    rc_model *m;
    rc_safetensors *f;
    rc_model_spec s = table_spec();
    write_source(false);
    OK(rc_model_create(device, &s, &m));
    OK(rc_safetensors_open(path, &f));
    rc_weights from = {.file = f, .name = path};
    OK(rc_model_start(m, &from, 1));
    host_of(m, "embedder.projection.weight", w);
    host_of(m, "embedder.positions", position);
    memcpy(words, values_of(f, "bert.embeddings.word_embeddings.weight"), sizeof words);
    double of_w = deviation(w, TOKENS * WIDTH * PATCH), of_words = deviation(words, 5 * WIDTH);
    CHECK(of_w > 0.7 * of_words && of_w < 1.4 * of_words);
    CHECK(position[WIDTH] == at(values_of(f, "bert.embeddings.position_embeddings.weight"), WIDTH));
    rc_safetensors_close(&f);
    rc_model_destroy(&m);
    unlink(path);
}

/* ---- gradients ---- */

static void check_slopes(rc_head_kind head, rc_dense_kind dense)
{
    rc_model *m;
    rc_model_spec s = spec_of(true, head, dense);
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 4));
    /* LayerNorm bends most where its input is small, and there a finite difference is far from the slope. */
    enlarge(m, "embedder.projection.weight");
    enlarge(m, "embedder.positions");
    check_model_slopes(m, BATCH);
    rc_model_destroy(&m);
}

/* What a head reads of the tokens, by hand; and its gradients. */
static void read_tokens(rc_readout_kind readout, int64_t want)
{
    static float x[BATCH * CHANNELS * LENGTH];
    static float token[BATCH * TOKENS * WIDTH], read[BATCH * TOKENS * WIDTH];
    rc_model *m;
    rc_graph *g;
    rc_model_spec s = spec_of(true, RC_HEAD_LINEAR, RC_DENSE_LINEAR);
    s.readout = readout;
    OK(rc_model_create(device, &s, &m));
    OK(rc_params_initialise(m->params, 4));
    CHECK(rc_model_readout(m) == want);
    fill_normal(x, BATCH * CHANNELS * LENGTH, 2);
    OK(rc_graph_create(device, &g));
    rc_graph_reset(g, false);
    rc_feed feed = {.x = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(BATCH, CHANNELS, LENGTH), x, false)};
    rc_var tokens = rc_model_body(g, m, rc_model_embed(g, m, &feed), &feed);
    rc_graph_keep(tokens);
    rc_var out = rc_model_read(g, m, tokens, &feed);
    OK(rc_graph_status(g));
    OK(rc_tensor_download(&tokens->value, token));
    OK(rc_tensor_download(&out->value, read));
    for (int b = 0; b < BATCH; b++)
        for (int k = 0; k < want; k++) {
            double mean = 0;
            for (int t = 0; t < TOKENS; t++)
                mean += token[(b * TOKENS + t) * WIDTH + k % WIDTH] / TOKENS;
            /* Scores near 0 weigh all tokens about alike. */
            if (readout == RC_READOUT_ATTENTION)
                NEAR(read[b * want + k], mean, 0.2);
            else
                NEAR(read[b * want + k], token[b * TOKENS * WIDTH + k], 0);
        }
    rc_graph_destroy(&g);
    enlarge(m, "embedder.projection.weight");
    enlarge(m, "embedder.positions");
    check_model_slopes(m, BATCH);
    rc_model_destroy(&m);
}

TEST(heads_that_see_where)
{
    read_tokens(RC_READOUT_CLS, WIDTH);
    read_tokens(RC_READOUT_FLATTEN, TOKENS * WIDTH);
    read_tokens(RC_READOUT_ATTENTION, WIDTH);
}

TEST(gradients)
{
    check_slopes(RC_HEAD_LINEAR, RC_DENSE_LINEAR);
    check_slopes(RC_HEAD_DENSE, RC_DENSE_LINEAR);
    check_slopes(RC_HEAD_DENSE, RC_DENSE_AVERAGE);
}

/* ---- refusals ---- */

static rc_status read_spec(const char *text, rc_model_spec *out)
{
    rc_json *j;
    RC_TRY(rc_json_parse("spec", text, strlen(text), &j));
    rc_status status = rc_model_spec_read(j, "spec", out);
    rc_json_free(&j);
    return status;
}

/* A model that does not say what its head reads comes from before there was a choice. */
TEST(described)
{
    rc_model_spec s = spec_of(true, RC_HEAD_LINEAR, RC_DENSE_LINEAR), back;
    rc_json *j;
    char *text, *key;
    s.readout = RC_READOUT_FLATTEN;
    j = rc_model_spec_write(&s);
    OK(rc_json_text(j, false, &text));
    rc_json_free(&j);
    OK(read_spec(text, &back));
    CHECK(back.readout == RC_READOUT_FLATTEN);
    key = strstr(text, "\"readout\"");
    REQUIRE(key);
    memcpy(key, "\"earlier\"", 9);
    OK(read_spec(text, &back));
    CHECK(back.readout == RC_READOUT_POOL);
    rc_free(text);
}

/* A damaged file, whose table has tokens of no numbers. */
TEST(tables_of_nothing)
{
    rc_model_spec s = table_spec(), back;
    rc_json *j;
    j = rc_model_spec_write(&s);
    OK(rc_model_spec_read(j, "spec", &back));
    CHECK(back.input.kind == RC_INPUT_TABLE && back.input.patch == PATCH);
    rc_json_free(&j);
    for (s.input.patch = 0; s.input.patch < 4; s.input.patch += 3) {
        j = rc_model_spec_write(&s);
        FAILS(RC_FORMAT, "into whole tokens", rc_model_spec_read(j, "spec", &back));
        rc_json_free(&j);
    }
}

TEST(refused)
{
    rc_model *m;
    rc_model_spec s = spec_of(true, RC_HEAD_LINEAR, RC_DENSE_LINEAR);
    s.input.patch = 3;
    FAILS(RC_SHAPE, "cannot be cut into pieces of 3", rc_model_create(device, &s, &m));
    s.input.patch = 1;
    FAILS(RC_SHAPE, "positions for 10", rc_model_create(device, &s, &m));
    s.input.patch = 0;
    FAILS(RC_SHAPE, "cannot be cut", rc_model_create(device, &s, &m));
    s.input.patch = PATCH;
    s.input.window = 1 << 30;
    FAILS(RC_SHAPE, "are too large", rc_model_create(device, &s, &m));
    s.input = (rc_input){.kind = RC_INPUT_TOKENS, .length = 4};
    s.readout = RC_READOUT_FLATTEN;
    FAILS(RC_CONFIG, "texts have no fixed length", rc_model_create(device, &s, &m));
}

int main(void)
{
    rc_device *devices[] = {rc_device_onednn(), rc_device_ref(), rc_device_poison()};
    for (int i = 0; i < 3; i++) {
        device = devices[i];
        RUN(taken_over_from_bert);
        RUN(taken_over_from_roberta);
        RUN(embedded);
        RUN(windows_embedded);
        RUN(columns_embedded);
        RUN(columns_begin_as_words);
        RUN(series_are_stretched);
        RUN(series_begin_as_their_source);
        RUN(heads_that_see_where);
        RUN(gradients);
        RUN(described);
        RUN(tables_of_nothing);
        RUN(refused);
    }
    return RESULT();
}
