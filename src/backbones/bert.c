/* BERT and its relatives: parameters and forward pass.
 *
 *   u = LN(word + position + type)
 *   x = LN(x + O attend(QKV x)); x = LN(x + W2 gelu(W1 x)), for every block */
#include <stdio.h>
#include <string.h>

#include "backbones/backbone.h"
#include "backbones/layers.h"
#include "ops/ops.h"

/* ---- names ---- */

typedef struct names {
    const char *prefix, *block; /* block: format of a block's prefix behind it */
    const char *qkv[3], *out, *norm1, *fc1, *fc2, *norm2;
} names;

#define BERT_BLOCK                                                                                    \
    "encoder.layer.%d.", {"attention.self.query", "attention.self.key", "attention.self.value"},      \
        "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", \
        "output.LayerNorm"

static const names bert_names = {"bert.", BERT_BLOCK};
static const names roberta_names = {"roberta.", BERT_BLOCK};
static const names distil_names = {
    "distilbert.",       "transformer.layer.%d.", {"attention.q_lin", "attention.k_lin", "attention.v_lin"},
    "attention.out_lin", "sa_layer_norm",         "ffn.lin1",
    "ffn.lin2",          "output_layer_norm"};

static const names *names_of(const rc_bert_config *c)
{
    if (c->dialect == RC_BERT_DISTILBERT) return &distil_names;
    return c->dialect == RC_BERT_BERT ? &bert_names : &roberta_names;
}

/* ---- embedder ---- */

typedef struct embedder {
    rc_bert_config config;
    int words, positions, types; /* -1: no types */
    int norm[2];
} embedder;

static void destroy_embedder(void *state)
{
    rc_free(state);
}

static int declare_table(rc__declaration *d, const char *prefix, const char *name, int64_t rows,
                         int64_t width)
{
    char full[RC_LAYER_NAME];
    snprintf(full, sizeof full, "%sembeddings.%s.weight", prefix, name);
    return rc__declare(d, full, "", RC_SHAPE(rows, width), RC_INIT_NORMAL, false);
}

static rc_status create_embedder(const rc_backbone *body, const rc_backbone_config *config,
                                 const rc_input *in, rc_params *p, rc_device *device, void **state,
                                 rc_grid *out)
{
    (void)body;
    (void)device;
    const rc_bert_config *c = &config->bert;
    const char *prefix = names_of(c)->prefix;
    rc__declaration d = {p, -1, RC_OK};
    embedder *e;
    RC_CHECK(in->length >= 1 && in->length <= rc_bert_longest(c), RC_SHAPE,
             "texts of %lld tokens: this model takes 1 to %lld", (long long)in->length,
             (long long)rc_bert_longest(c));
    RC_TRY(RC_NEW(&e, 1));
    e->config = *c;
    e->words = declare_table(&d, prefix, "word_embeddings", c->vocabulary, c->hidden);
    if (d.status == RC_OK) rc_params_mark_table(p, e->words);
    e->positions = declare_table(&d, prefix, "position_embeddings", c->positions, c->hidden);
    e->types = c->types ? declare_table(&d, prefix, "token_type_embeddings", c->types, c->hidden) : -1;
    char norm[RC_LAYER_NAME];
    snprintf(norm, sizeof norm, "%sembeddings.", prefix);
    rc__declare_norm(&d, norm, "LayerNorm", c->hidden, e->norm);
    *out = (rc_grid){0, 1, in->length};
    *state = e;
    return d.status;
}

static rc_var embed(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed)
{
    const embedder *e = state;
    rc_var u =
        rc__sum(g, rc__look_up(g, p, e->words, feed->x), rc__look_up(g, p, e->positions, feed->positions));
    if (e->types >= 0) u = rc__sum(g, u, rc__look_up(g, p, e->types, feed->types));
    rc_var normed = rc__norm(g, p, e->norm, e->config.eps, u);
    rc_graph_forget(u);
    return normed;
}

static rc_status adopt(const void *state, rc_params *p, const rc_weights *from)
{
    const embedder *e = state;
    const int all[] = {e->words, e->positions, e->types, e->norm[0], e->norm[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0) RC_TRY(rc__load_parameter(p, all[i], from));
    return RC_OK;
}

/* BERT numbers all tokens. RoBERTa numbers them from padding + 1, and gives every token with the padding's id
 * the padding's own row, in the text too; such a token takes no number. */
static void number(const rc_backbone_config *config, int64_t tokens, int64_t length, const int32_t *ids,
                   int32_t *row)
{
    const rc_bert_config *c = &config->bert;
    int64_t next = rc_bert_first_position(c);
    bool skips = next > 0;
    for (int64_t t = 0; t < tokens; t++) {
        bool padding = t >= length || (ids && ids[t] == c->padding);
        row[t] = (int32_t)(skips && padding ? c->padding : next++);
    }
}

static const rc_embedder native = {"bert", RC_INPUT_TOKENS, create_embedder, destroy_embedder, embed, adopt};

/* ---- body ---- */

typedef struct block {
    int qkv[2], out[2], norm1[2], fc1[2], fc2[2], norm2[2];
} block;

typedef struct body {
    rc_bert_config config;
    rc_grid grid;
    block block[RC_BERT_BLOCKS];
} body;

void rc__bert_block_name(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME])
{
    (void)stage;
    const names *n = names_of(&c->bert);
    int at = snprintf(out, RC_LAYER_NAME, "%s", n->prefix);
    snprintf(out + at, RC_LAYER_NAME - (size_t)at, n->block, (int)i);
}

static void declare_block(rc__declaration *d, const rc_backbone_config *config, block *b)
{
    const rc_bert_config *c = &config->bert;
    const names *n = names_of(c);
    char prefix[RC_LAYER_NAME];
    rc__bert_block_name(config, 0, d->block, prefix);
    rc__declare_joined(d, prefix, n->qkv, 3, c->hidden, c->hidden, true, b->qkv);
    rc__declare_linear(d, prefix, n->out, c->hidden, c->hidden, true, b->out);
    rc__declare_norm(d, prefix, n->norm1, c->hidden, b->norm1);
    rc__declare_linear(d, prefix, n->fc1, c->inner, c->hidden, true, b->fc1);
    rc__declare_linear(d, prefix, n->fc2, c->hidden, c->inner, true, b->fc2);
    rc__declare_norm(d, prefix, n->norm2, c->hidden, b->norm2);
}

rc_status rc__bert_create(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                          void **state, rc_grid *out)
{
    (void)device;
    rc__declaration d = {p, -1, RC_OK};
    body *s;
    RC_TRY(RC_NEW(&s, 1));
    s->config = c->bert;
    s->grid = *in;
    while (++d.block < c->bert.blocks)
        declare_block(&d, c, &s->block[d.block]);
    *out = *in;
    *state = s;
    return d.status;
}

void rc__bert_destroy(void *state)
{
    rc_free(state);
}

rc_var rc__bert_forward(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length)
{
    const body *s = state;
    double eps = s->config.eps;
    rc_var x = u, start = rc_graph_mark(g);
    for (int64_t i = 0; x && i < s->config.blocks; i++) {
        const block *b = &s->block[i];
        rc_var y = rc_attend(g, rc__joined(g, p, b->qkv, 3, x), length, s->config.heads);
        rc_var middle = rc__norm(g, p, b->norm1, eps, rc__branch(g, p, b->out, y, x));
        if (i > 0) rc_graph_forget(x); /* u may have other readers */
        x = rc__norm(g, p, b->norm2, eps, rc__feed_forward(g, p, b->fc1, b->fc2, middle, middle));
        rc_graph_forget(middle);
        rc_graph_settle(g, start, x);
    }
    return x;
}

/* ---- the row ---- */

double rc__bert_flops(const rc_backbone_config *config, const void *state)
{
    const rc_bert_config *c = &config->bert;
    const body *s = state;
    double t = (double)rc_grid_tokens(&s->grid), w = (double)c->hidden;
    double one = 4 * t * w * w + 2 * t * w * (double)c->inner + 2 * t * t * w;
    return 2 * one * (double)c->blocks;
}

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_bert_config_read(json, source, &out->bert);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_bert_config_write(&c->bert);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_bert_config_named(name, &out->bert);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){.kind = RC_INPUT_TOKENS, .length = rc_bert_longest(&c->bert)};
}

static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->bert.positions = rc_bert_first_position(&c->bert) + in->length;
}

int64_t rc__bert_width(const rc_backbone_config *c)
{
    return c->bert.hidden;
}

int64_t rc__bert_stride(const rc_backbone_config *c)
{
    (void)c;
    return 1;
}

double rc__bert_norm_eps(const rc_backbone_config *c)
{
    return c->bert.eps;
}

int64_t *rc__bert_depth(rc_backbone_config *c, int64_t *stages)
{
    *stages = 1;
    return &c->bert.blocks;
}

const char *rc__bert_prefix(const rc_backbone_config *c)
{
    return names_of(&c->bert)->prefix;
}

static rc_vocabulary vocabulary(const rc_backbone_config *c)
{
    return (rc_vocabulary){c->bert.vocabulary, c->bert.types ? c->bert.types : 1, c->bert.padding};
}

const rc_backbone rc__backbone_bert = {.kind = RC_BACKBONE_BERT,
                                       .name = "BERT",
                                       .model_types = rc__bert_model_types,
                                       .sizes = rc__bert_sizes,
                                       .config_read = read_config,
                                       .config_write = write_config,
                                       .config_named = named_config,
                                       .prefix = rc__bert_prefix,
                                       .depth = rc__bert_depth,
                                       .block_name = rc__bert_block_name,
                                       .period = 1,
                                       .native_input = native_input,
                                       .set_native_input = set_native_input,
                                       .width = rc__bert_width,
                                       .features = rc__bert_width,
                                       .stride = rc__bert_stride,
                                       .native = &native,
                                       .norm_eps = rc__bert_norm_eps,
                                       .embed_norm = "embeddings.LayerNorm",
                                       .position_table = "embeddings.position_embeddings.weight",
                                       .word_table = "embeddings.word_embeddings.weight",
                                       .vocabulary = vocabulary,
                                       .number = number,
                                       .create = rc__bert_create,
                                       .destroy = rc__bert_destroy,
                                       .forward = rc__bert_forward,
                                       .flops = rc__bert_flops};
