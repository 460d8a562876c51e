/* The embedders of numbers before a body that was trained on text. Of signals [B, C, L]:
 *
 *   u = LN(W x_t + b + position_t),    x_t = the t-th piece of `patch` points, all channels
 *
 * which is the text embedder with a convolution (kernel = stride = patch; a wider kernel where input.window
 * says so) in place of the word table. Of
 * tables, whose columns have units of their own, each token has its own matrix W_t (Gorishniy et al.,
 * "Revisiting deep learning models for tabular data", NeurIPS 2021); what its position gives is only where it
 * begins. LayerNorm and positions are the backbone's own, where it has them, so u lies where the body expects
 * it. */
#include <math.h>
#include <string.h>

#include "backbones/backbone.h"
#include "backbones/layers.h"
#include "ops/ops.h"
#include "tensor/device.h"

static const char PREFIX[] = "embedder.";

typedef struct embedder {
    const rc_backbone *body;
    rc_backbone_config config;             /* its */
    bool each;                             /* a matrix for each token */
    int64_t piece;                         /* points of a token's own */
    int projection[2], norm[2], positions; /* -1: the backbone has none */
    rc__patches patches;
} embedder;

static void destroy(void *state)
{
    embedder *e = state;
    rc__patches_destroy(&e->patches);
    rc_free(e);
}

static rc_status check_input(const rc_input *native, const rc_input *in, int64_t *tokens)
{
    RC_CHECK(in->patch >= 1 && in->length >= 1 && in->length % in->patch == 0, RC_SHAPE,
             "a %s of %lld points cannot be cut into pieces of %lld",
             in->kind == RC_INPUT_TABLE ? "table" : "sequence", (long long)in->length, (long long)in->patch);
    *tokens = in->length / in->patch;
    RC_CHECK(native->kind != RC_INPUT_TOKENS || *tokens <= native->length, RC_SHAPE,
             "a sequence of %lld tokens: this model has positions for %lld; set model.tokens to %lld or less",
             (long long)*tokens, (long long)native->length, (long long)native->length);
    return RC_OK;
}

/* Points that a token sees. */
static int64_t seen(const rc_input *in)
{
    return in->window > in->patch ? in->window : in->patch;
}

/* Every token its window, zeros beyond the ends. */
static rc_status cut_windows(const rc_input *in, int64_t tokens, rc_device *device, rc__patches *out)
{
    int64_t window = seen(in), before = (window - in->patch) / 2;
    int32_t *host, *to;
    RC_CHECK(in->channels >= 1 && window <= INT32_MAX / (tokens * in->channels), RC_SHAPE,
             "windows of %lld points are too large: choose a smaller model.window", (long long)window);
    *out = (rc__patches){.run = 1, .tokens = tokens, .width = in->channels * window};
    RC_TRY(rc__index_create(tokens * out->width, &host));
    to = host;
    for (int64_t t = 0; t < tokens; t++)
        for (int64_t c = 0; c < in->channels; c++)
            for (int64_t k = 0; k < window; k++) {
                int64_t at = t * in->patch - before + k;
                *to++ = at >= 0 && at < in->length ? (int32_t)(c * in->length + at) : -1;
            }
    return rc__index_store(host, tokens * out->width, device, &out->index);
}

static rc_status fill_signal(const rc_backbone *b, const rc_backbone_config *c, const rc_input *in,
                             int64_t tokens, rc_params *p, rc_device *device, embedder *e)
{
    int64_t width = b->width(c);
    rc__declaration d = {p, -1, RC_OK};
    e->body = b;
    e->config = *c;
    e->each = in->kind == RC_INPUT_TABLE;
    e->piece = in->patch;
    e->projection[0] = e->each ? rc__declare(&d, PREFIX, "projection.weight",
                                             RC_SHAPE(tokens, width, in->patch), RC_INIT_NORMAL, false)
                               : rc__declare_projection(&d, PREFIX, "projection.weight",
                                                        RC_SHAPE(width, in->channels, seen(in)));
    e->projection[1] =
        e->each ? -1 : rc__declare(&d, PREFIX, "projection.bias", RC_SHAPE(width), RC_INIT_ZEROS, false);
    e->norm[0] = e->norm[1] = -1;
    if (b->norm_eps) rc__declare_norm(&d, PREFIX, "norm", width, e->norm);
    e->positions = b->position_table || e->each
                       ? rc__declare(&d, PREFIX, "positions", RC_SHAPE(tokens, width), RC_INIT_NORMAL, false)
                       : -1;
    if (e->each || d.status != RC_OK) return d.status;
    if (seen(in) > in->patch) return cut_windows(in, tokens, device, &e->patches);
    return rc__patches_create(device, in->channels, 1, in->length, 1, in->patch, 1, tokens, &e->patches);
}

static rc_status create(const rc_backbone *body, const rc_backbone_config *c, const rc_input *in,
                        rc_params *p, rc_device *device, void **state, rc_grid *out)
{
    embedder *e;
    int64_t tokens;
    rc_input native = body->native_input(c);
    RC_TRY(check_input(&native, in, &tokens));
    RC_TRY(RC_NEW(&e, 1));
    rc_status status = fill_signal(body, c, in, tokens, p, device, e);
    *out = (rc_grid){0, 1, tokens};
    if (status == RC_OK)
        *state = e;
    else
        destroy(e);
    return status;
}

static rc_var project(rc_graph *g, const embedder *e, rc_params *p, rc_var x)
{
    if (e->each) return rc_linear_each(g, x, rc_params_var(g, p, e->projection[0]));
    int64_t width = rc_params_get(p, e->projection[0])->shape.dim[0];
    rc_var w = rc_params_span(g, p, e->projection[0], 1, RC_SHAPE(width, e->patches.width));
    return rc_linear(g, rc__patches_cut(g, &e->patches, x), w, rc_params_var(g, p, e->projection[1]), NULL);
}

static rc_var forward(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    const embedder *e = state;
    rc_var u = project(g, e, p, feed->x);
    if (u && e->positions >= 0) u = rc_add_rows(g, u, rc_params_var(g, p, e->positions));
    if (e->norm[0] < 0) return u;
    return rc__norm(g, p, e->norm, e->body->norm_eps(&e->config), u);
}

/* ---- from the source ---- */

static rc_status read_source(const embedder *e, const rc_weights *from, const char *name, rc_array *out,
                             const char **file)
{
    char full[RC_LAYER_NAME];
    rc_safetensors_entry entry;
    snprintf(full, sizeof full, "%s%s", e->body->prefix(&e->config), name);
    RC_TRY(rc_weights_find(from, full, &entry, file));
    *out = (rc_array){.dtype = entry.dtype, .shape = entry.shape, .data = entry.data};
    return RC_OK;
}

static rc_status adopt_positions(const embedder *e, rc_params *p, const rc_weights *from)
{
    const rc_backbone *b = e->body;
    const rc_param *wanted = rc_params_get(p, e->positions);
    int64_t tokens = wanted->shape.dim[0], width = wanted->shape.dim[1];
    const char *file;
    rc_array table;
    int32_t *row;
    float *values;
    RC_TRY(read_source(e, from, b->position_table, &table, &file));
    RC_CHECK(table.shape.n == 2 && table.shape.dim[1] == width, RC_SHAPE,
             "%s: the position table does not fit the model", file);
    RC_TRY(RC_NEW(&row, tokens));
    b->number(&e->config, tokens, tokens, NULL, row);
    rc_tensor t = rc_params_value(p, e->positions);
    rc_status status = rc_array_to_f32(&table, &values);
    void *host = NULL;
    if (status == RC_OK) status = rc_tensor_map_write(&t, &host);
    for (int64_t i = 0; i < tokens && status == RC_OK; i++) {
        if (row[i] >= 0 && row[i] < table.shape.dim[0])
            memcpy((float *)host + i * width, values + row[i] * width, (size_t)width * sizeof *values);
        else
            status = rc_fail(RC_SHAPE, "%s: the position table has %lld rows, row %d is needed", file,
                             (long long)table.shape.dim[0], row[i]);
    }
    if (host) rc_tensor_unmap(&t, host);
    rc_free(values);
    rc_free(row);
    return status;
}

static rc_status adopt_norm(const embedder *e, rc_params *p, const rc_weights *from)
{
    static const char *const part[] = {"weight", "bias"};
    for (int i = 0; i < 2; i++) {
        char name[RC_LAYER_NAME];
        const char *file;
        rc_array found;
        float *values;
        rc_tensor t = rc_params_value(p, e->norm[i]);
        snprintf(name, sizeof name, "%s.%s", e->body->embed_norm, part[i]);
        RC_TRY(read_source(e, from, name, &found, &file));
        RC_CHECK(rc_shape_equal(&found.shape, &t.shape), RC_SHAPE, "%s: \"%s\" does not fit the model", file,
                 name);
        RC_TRY(rc_array_to_f32(&found, &values));
        rc_status status = rc_tensor_upload(&t, values);
        rc_free(values);
        RC_TRY(status);
    }
    return RC_OK;
}

static double deviation(const float *x, int64_t n)
{
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        mean += x[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return sqrt(squares / (double)n);
}

static rc_status word_deviation(const embedder *e, const rc_weights *from, double *out)
{
    rc_array table;
    const char *file;
    float *values;
    RC_TRY(read_source(e, from, e->body->word_table, &table, &file));
    RC_TRY(rc_array_to_f32(&table, &values));
    *out = deviation(values, rc_shape_size(&table.shape));
    rc_free(values);
    return RC_OK;
}

/* The projection is new: words say nothing of numbers. Its directions keep their seeded start, but W x gets
 * the size of a word's vector. Were it larger than a position's, positions would be drowned, and LayerNorm
 * would divide the magnitude of x away. */
static rc_status scale_projection(const embedder *e, rc_params *p, const rc_weights *from)
{
    double words;
    void *host;
    rc_tensor t = rc_params_value(p, e->projection[0]);
    RC_TRY(word_deviation(e, from, &words));
    RC_TRY(rc_tensor_map_update(&t, &host));
    for (int64_t i = 0; i < rc_tensor_size(&t); i++)
        ((float *)host)[i] *= (float)(words / RC__WEIGHT_STD);
    rc_tensor_unmap(&t, host);
    return RC_OK;
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    const embedder *e = state;
    RC_TRY(scale_projection(e, p, from));
    if (e->norm[0] >= 0) RC_TRY(adopt_norm(e, p, from));
    return e->body->position_table ? adopt_positions(e, p, from) : RC_OK;
}

/* ---- from a source of series ---- */

/* Of a row of `width` numbers at each of `from` places those at `to` places between them. */
static rc_status between(int64_t width, int64_t from, int64_t to, const float *x, float *y)
{
    rc_device *host = rc_device_ref();
    return host->kernels.interpolate(host, 1, (int64_t[]){from, 1}, (int64_t[]){to, 1}, width, x, y);
}

/* All but the axis `kept` may be of another size; a projection of one channel may have no axis for it. */
static rc_status read_parameter(rc_params *p, int i, const rc_weights *from, int dims, int kept,
                                rc_shape *shape, float **out)
{
    rc_safetensors_entry entry;
    const rc_param *wanted = rc_params_get(p, i);
    const char *file, *name = wanted->name;
    RC_TRY(rc_weights_find(from, name, &entry, &file));
    const rc_shape *is = &entry.shape;
    *shape = dims == 3 && is->n == 2 ? RC_SHAPE(is->dim[0], 1, is->dim[1]) : *is;
    RC_CHECK(shape->n == dims && rc_shape_size(shape) > 0 && shape->dim[kept] == wanted->shape.dim[kept],
             RC_SHAPE, "%s: \"%s\" does not fit the model", file, name);
    rc_array found = {.dtype = entry.dtype, .shape = entry.shape, .data = entry.data};
    RC_TRY(rc_array_to_f32(&found, out));
    rc_status status = rc_weights_check_numbers(file, name, *out, rc_shape_size(shape));
    if (status != RC_OK) rc_free(*out);
    return status;
}

/* W [width, channels, points]: channels are repeated and cut, and a piece of other length sees the same
 * curve: W x of a resampled series stays what it was. A wider window begins with zeros around the piece. */
static rc_status stretch_projection(const float *source, const rc_shape *have, const rc_shape *want,
                                    int64_t piece, float *to)
{
    int64_t channels = want->n == 3 ? want->dim[1] : 1, seen = want->dim[want->n - 1], points = have->dim[2];
    float size = (float)points / (float)piece;
    memset(to, 0, (size_t)rc_shape_size(want) * sizeof *to);
    for (int64_t row = 0; row < want->dim[0] * channels; row++) {
        const float *w = source + (row / channels * have->dim[1] + row % channels % have->dim[1]) * points;
        float *out = to + row * seen + (seen - piece) / 2;
        RC_TRY(between(1, points, piece, w, out));
        for (int64_t k = 0; k < piece; k++)
            out[k] *= size;
    }
    return RC_OK;
}

rc_status rc__adopt_pieces(rc_params *p, int i, int64_t piece, const rc_weights *from)
{
    rc_tensor t = rc_params_value(p, i);
    rc_shape have;
    float *source;
    void *host;
    RC_TRY(read_parameter(p, i, from, 3, 0, &have, &source));
    rc_status status = rc_tensor_map_write(&t, &host);
    if (status == RC_OK) {
        status = stretch_projection(source, &have, &t.shape, piece, host);
        rc_tensor_unmap(&t, host);
    }
    rc_free(source);
    return status;
}

static rc_status adopt_places(rc_params *p, int i, const rc_weights *from)
{
    rc_tensor t = rc_params_value(p, i);
    rc_shape have;
    float *source;
    void *host;
    RC_TRY(read_parameter(p, i, from, 2, 1, &have, &source));
    rc_status status = rc_tensor_map_write(&t, &host);
    if (status == RC_OK) {
        status = between(have.dim[1], have.dim[0], t.shape.dim[0], source, host);
        rc_tensor_unmap(&t, host);
    }
    rc_free(source);
    return status;
}

static rc_status adopt_series(const void *state, rc_params *p, const rc_weights *from)
{
    const embedder *e = state;
    RC_TRY(rc__adopt_pieces(p, e->projection[0], e->piece, from));
    RC_TRY(adopt_places(p, e->positions, from));
    RC_TRY(rc__load_parameter(p, e->projection[1], from));
    RC_TRY(rc__load_parameter(p, e->norm[0], from));
    return rc__load_parameter(p, e->norm[1], from);
}

const rc_embedder rc__embedder_series = {"series", RC_INPUT_SIGNAL, create, destroy, forward, adopt_series};
const rc_embedder rc__embedder_signal = {"signal", RC_INPUT_SIGNAL, create, destroy, forward, adopt};
const rc_embedder rc__embedder_table = {"table", RC_INPUT_TABLE, create, destroy, forward, adopt};
