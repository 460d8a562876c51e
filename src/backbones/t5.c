/* T5's encoder: parameters and forward pass. N is an RMS norm (ops/rmsnorm.c).
 *
 *   u = word
 *   x = x + O attend(QKV N(x)), scores q k + bias(distance);  x = x + W2 f(W1 N(x)), for every block
 *   N(x) at the end
 *
 * Tokens in several rows attend each to its own row: these are series of which a sample has more than one. */
#include "backbones/t5.h"

#include <math.h>
#include <stdio.h>

#include "backbones/backbone.h"
#include "backbones/layers.h"
#include "ops/ops.h"

/* ---- embedder ---- */

typedef struct embedder {
    int words;
} embedder;

static void destroy_embedder(void *state)
{
    rc_free(state);
}

static rc_status create_embedder(const rc_backbone *body, const rc_backbone_config *config,
                                 const rc_input *in, rc_params *p, rc_device *device, void **state,
                                 rc_grid *out)
{
    (void)body;
    (void)device;
    const rc_t5_config *c = &config->t5;
    rc__declaration d = {p, -1, RC_OK};
    embedder *e;
    RC_CHECK(in->length >= 1 && in->length <= c->longest, RC_SHAPE,
             "texts of %lld tokens: this model takes 1 to %lld", (long long)in->length,
             (long long)c->longest);
    RC_TRY(RC_NEW(&e, 1));
    e->words =
        rc__declare(&d, "", "shared.weight", RC_SHAPE(c->vocabulary, c->hidden), RC_INIT_NORMAL, false);
    if (d.status == RC_OK) rc_params_mark_table(p, e->words);
    *out = (rc_grid){0, 1, in->length};
    *state = e;
    return d.status;
}

static rc_var embed(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    return rc__look_up(g, p, ((const embedder *)state)->words, feed->x);
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    return rc__load_parameter(p, ((const embedder *)state)->words, from);
}

static const rc_embedder native = {"T5", RC_INPUT_TOKENS, create_embedder, destroy_embedder, embed, adopt};

/* ---- body ---- */

typedef struct block {
    int norm1, qkv[2], out[2], norm2, up[2], down[2];
} block;

typedef struct body {
    rc_t5_config config;
    rc_grid grid;
    int table, final_norm; /* table: of the bias */
    block block[RC_T5_BLOCKS];
} body;

void rc__t5_block_name(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME])
{
    (void)c;
    (void)stage;
    snprintf(out, RC_LAYER_NAME, "encoder.block.%d.", (int)i);
}

static bool is_gated(const rc_t5_config *c)
{
    return c->feed != RC_T5_RELU;
}

static void declare_block(rc__declaration *d, const rc_backbone_config *config, body *s)
{
    static const char *const qkv[] = {"layer.0.SelfAttention.q", "layer.0.SelfAttention.k",
                                      "layer.0.SelfAttention.v"};
    static const char *const plain[] = {"layer.1.DenseReluDense.wi"}, *const gated[] = {
                                                                          "layer.1.DenseReluDense.wi_0",
                                                                          "layer.1.DenseReluDense.wi_1"};
    const rc_t5_config *c = &config->t5;
    block *b = &s->block[d->block];
    int64_t w = c->hidden, keys = c->heads * c->key;
    char prefix[RC_LAYER_NAME];
    rc__t5_block_name(config, 0, d->block, prefix);
    rc__declare_joined(d, prefix, qkv, 3, keys, w, false, b->qkv);
    rc__declare_linear(d, prefix, "layer.0.SelfAttention.o", w, keys, false, b->out);
    if (d->block == 0)
        s->table = rc__declare(d, prefix, "layer.0.SelfAttention.relative_attention_bias.weight",
                               RC_SHAPE(c->buckets, c->heads), RC_INIT_NORMAL, false);
    b->norm1 = rc__declare(d, prefix, "layer.0.layer_norm.weight", RC_SHAPE(w), RC_INIT_ONES, false);
    rc__declare_joined(d, prefix, is_gated(c) ? gated : plain, is_gated(c) ? 2 : 1, c->inner, w, false,
                       b->up);
    rc__declare_linear(d, prefix, "layer.1.DenseReluDense.wo", w, c->inner, false, b->down);
    b->norm2 = rc__declare(d, prefix, "layer.1.layer_norm.weight", RC_SHAPE(w), RC_INIT_ONES, false);
}

/* Keys before and behind have half of the rows each: the first half of these for one distance each, the
 * others for ranges that grow like powers, and the last for all from `distance` on. */
static int64_t bucket(const rc_t5_config *c, int64_t query, int64_t key)
{
    int64_t half = c->buckets / 2, exact = half / 2, far = key < query ? query - key : key - query;
    int64_t side = key > query ? half : 0;
    if (far < exact) return side + far;
    /* What is a whole number must not be rounded down. */
    double power = log((double)far / (double)exact) / log((double)c->distance / (double)exact) + 1e-9;
    int64_t row = exact + (int64_t)(power * (double)(half - exact));
    return side + (row < half ? row : half - 1);
}

/* Entry (head, i, j) is number `head` of the table's row for the way from token i to token j. */
static rc_var position_bias(rc_graph *g, const body *s, rc_params *p, int64_t tokens)
{
    int64_t heads = s->config.heads, pairs = tokens * tokens;
    void *room;
    rc_status status = rc_graph_scratch(g, (size_t)(heads * pairs + 2 * tokens) * sizeof(int32_t), &room);
    if (status != RC_OK) return rc_graph_fail(g, status);
    int32_t *index = room, *row = index + heads * pairs + tokens; /* of the way to a token so far behind */
    for (int64_t far = 0; far < tokens; far++) {
        row[far] = (int32_t)(bucket(&s->config, 0, far) * heads);
        row[-far] = (int32_t)(bucket(&s->config, far, 0) * heads);
    }
    for (int64_t h = 0; h < heads; h++)
        for (int64_t i = 0; i < tokens; i++)
            for (int64_t j = 0; j < tokens; j++)
                index[h * pairs + i * tokens + j] = row[j - i] + (int32_t)h;
    rc_var at = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(heads * pairs), index, false);
    return rc_gather(g, rc_params_var(g, p, s->table), at, 1, 1, RC_SHAPE(heads, tokens, tokens));
}

void rc__t5_destroy(void *state)
{
    rc_free(state);
}

rc_status rc__t5_create(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                        void **state, rc_grid *out)
{
    (void)device;
    rc__declaration d = {p, -1, RC_OK};
    body *s;
    RC_CHECK(in->extra == 0, RC_SHAPE, "a T5 takes rows of tokens, without class tokens");
    RC_TRY(RC_NEW(&s, 1));
    s->config = c->t5;
    s->grid = *in;
    while (++d.block < c->t5.blocks)
        declare_block(&d, c, s);
    d.block = -1;
    s->final_norm =
        rc__declare(&d, "encoder.", "final_layer_norm.weight", RC_SHAPE(c->t5.hidden), RC_INIT_ONES, false);
    *out = *in;
    *state = s;
    return d.status;
}

static rc_var norm(rc_graph *g, const body *s, rc_params *p, int index, rc_var x)
{
    return rc_rmsnorm(g, x, rc_params_var(g, p, index), (float)s->config.eps);
}

static rc_var feed_forward(rc_graph *g, const body *s, rc_params *p, const block *b, rc_var x)
{
    rc_var normed = norm(g, s, p, b->norm2, x),
           y = rc__joined(g, p, b->up, is_gated(&s->config) ? 2 : 1, normed);
    rc_graph_forget(normed);
    if (is_gated(&s->config))
        y = rc_glu(g, y, s->config.feed == RC_T5_GATED_GELU ? RC_GATE_GELU : RC_GATE_SILU);
    else
        y = rc_relu(g, y);
    return rc__branch(g, p, b->down, y, x);
}

rc_var rc__t5_forward(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length)
{
    const body *s = state;
    if (!u) return NULL;
    rc_shape shape = u->value.shape; /* texts may be shorter than the grid */
    int64_t rows = s->grid.h, tokens = shape.dim[1] / rows;
    rc_var bias = position_bias(g, s, p, tokens);
    rc_var x = rows > 1 ? rc__reshape(g, u, RC_SHAPE(shape.dim[0] * rows, tokens, shape.dim[2])) : u;
    if (rows > 1) length = NULL; /* that is of texts, which have one row */
    rc_var start = rc_graph_mark(g);
    for (int64_t i = 0; x && i < s->config.blocks; i++) {
        const block *b = &s->block[i];
        rc_var normed = norm(g, s, p, b->norm1, x), y = rc__joined(g, p, b->qkv, 3, normed);
        rc_graph_forget(normed);
        x = rc__branch(g, p, b->out, rc_attend_biased(g, y, bias, length, s->config.heads), x);
        x = feed_forward(g, s, p, b, x);
        rc_graph_settle(g, start, x);
    }
    x = norm(g, s, p, s->final_norm, x);
    return rows > 1 ? rc__reshape(g, x, shape) : x;
}

/* ---- the row ---- */

double rc__t5_flops(const rc_backbone_config *config, const void *state)
{
    const rc_t5_config *c = &config->t5;
    const body *s = state;
    double t = (double)rc_grid_tokens(&s->grid), w = (double)c->hidden, keys = (double)(c->heads * c->key);
    double matrices = is_gated(c) ? 3 : 2;
    double one = 4 * t * w * keys + matrices * t * w * (double)c->inner + 2 * t * (double)s->grid.w * keys;
    return 2 * one * (double)c->blocks;
}

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_t5_config_read(json, source, &out->t5);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_t5_config_write(&c->t5);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_t5_config_named(name, &out->t5);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){.kind = RC_INPUT_TOKENS, .length = c->t5.longest};
}

static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->t5.longest = in->length;
}

int64_t rc__t5_width(const rc_backbone_config *c)
{
    return c->t5.hidden;
}

int64_t rc__t5_stride(const rc_backbone_config *c)
{
    (void)c;
    return 1;
}

int64_t *rc__t5_depth(rc_backbone_config *c, int64_t *stages)
{
    *stages = 1;
    return &c->t5.blocks;
}

/* Of all parameters together: none. */
const char *rc__t5_prefix(const rc_backbone_config *c)
{
    (void)c;
    return "";
}

static rc_vocabulary vocabulary(const rc_backbone_config *c)
{
    return (rc_vocabulary){c->t5.vocabulary, 1, c->t5.padding};
}

const rc_backbone rc__backbone_t5 = {.kind = RC_BACKBONE_T5,
                                     .name = "T5",
                                     .model_types = rc__t5_model_types,
                                     .sizes = rc__t5_sizes,
                                     .config_read = read_config,
                                     .config_write = write_config,
                                     .config_named = named_config,
                                     .prefix = rc__t5_prefix,
                                     .depth = rc__t5_depth,
                                     .block_name = rc__t5_block_name,
                                     .period = 1,
                                     .native_input = native_input,
                                     .set_native_input = set_native_input,
                                     .width = rc__t5_width,
                                     .features = rc__t5_width,
                                     .stride = rc__t5_stride,
                                     .native = &native,
                                     .word_table = "shared.weight",
                                     .vocabulary = vocabulary,
                                     .create = rc__t5_create,
                                     .destroy = rc__t5_destroy,
                                     .forward = rc__t5_forward,
                                     .flops = rc__t5_flops};
