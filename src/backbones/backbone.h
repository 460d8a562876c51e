/* backbones/backbone.h: the table of backbone families, and the seam between a model's parts.
 *
 * A model is embedder -> u [B, T, width] -> body -> tokens [B, T', features] -> head. An embedder turns one
 * kind of input into u; a body knows u and how its tokens lie (rc_grid), never what they were made from. So
 * any embedder goes before any body. A family (rc_backbone) is one row: its configuration, its sizes, its
 * body, and its native embedder, the one that the published checkpoint carries. Parameters are named as the
 * checkpoint names them and declared in the order embedder, body, head (rc_model keeps the ranges).
 *
 * Where new things go:
 * - A family: a row of rc_backbone_table and a member of rc_backbone_config (docs/add-a-backbone.md).
 *
 * - An embedder: a row of the type rc_embedder, chosen in rc_embedder_for. A signal [B, C, L] cut into
 * patches (convolution with kernel = stride = input.patch, LayerNorm, positions) belongs here; its `adopt`
 * finds the source's LayerNorm and positions by the names in the family's row (position_table, embed_norm).
 *
 * - A head: head.c, field.c; rc_model_pool is what heads and methods read.
 *
 * - Crossing: the task that makes the feed (tasks/batch.c) folds a signal to an image, or flattens an image
 * to a signal; then the embedder of that input kind serves.
 *
 * - Partial training: rc_model_set_trainable for a whole part; rc_param.block (autodiff/params.h) says which
 *   transformer block a parameter of the body belongs to, 0 nearest to the input.
 *
 * - LoRA: backbones/layers.h; rc__dense and rc__joined are the only places where bodies multiply by a weight
 * matrix outside the MLP (rc__feed_forward).
 */
#ifndef RC_BACKBONES_BACKBONE_H
#define RC_BACKBONES_BACKBONE_H

#include "autodiff/params.h"
#include "backbones/bert.h"
#include "backbones/chronos.h"
#include "backbones/moment.h"
#include "backbones/series_model.h"
#include "backbones/swin.h"
#include "backbones/t5.h"
#include "backbones/vit.h"
#include "backbones/weights.h"
#include "formats/json.h"

/* ---- configurations ---- */

typedef enum rc_backbone_kind {
    RC_BACKBONE_SWIN,
    RC_BACKBONE_BERT,
    RC_BACKBONE_VIT,
    RC_BACKBONE_SERIES,
    RC_BACKBONE_T5,
    RC_BACKBONE_MOMENT,
    RC_BACKBONE_CHRONOS,
    RC_BACKBONE_KINDS
} rc_backbone_kind;

typedef struct rc_backbone_config {
    rc_backbone_kind kind;
    union {
        rc_swin_config swin;
        rc_bert_config bert;
        rc_vit_config vit;
        rc_series_config series;
        rc_t5_config t5;
        rc_moment_config moment;
        rc_chronos_config chronos;
    };
} rc_backbone_config;

/* ---- what goes in ---- */

typedef enum rc_input_kind {
    RC_INPUT_IMAGE,  /* x [B, channels, height, width], f32 */
    RC_INPUT_TOKENS, /* x [B, length] token ids, int32 */
    RC_INPUT_SIGNAL, /* x [B, channels, length], f32, cut into pieces of `patch` */
    RC_INPUT_TABLE   /* x [B, length / patch, patch], f32: a token for each column, or few of them */
} rc_input_kind;
#define RC_INPUT_KIND_NAMES "image|tokens|signal|table"

/* The form of one sample. Fields that a kind does not name are 0. */
typedef struct rc_input {
    rc_input_kind kind;
    int64_t channels, height, width, length, patch;
    int64_t window; /* SIGNAL: points that a token sees, its piece in the middle; 0: the piece */
    int64_t rows;   /* SIGNAL, of families that read rows: series that lie one behind the other; 0: one */
} rc_input;

int64_t rc_input_size(const rc_input *in); /* numbers in x of one sample */
rc_shape rc_input_shape(const rc_input *in, int64_t batch);

/* One batch in a graph. */
typedef struct rc_feed {
    rc_var x;
    rc_var length; /* int32 [B]: the first so many tokens count, the rest is padding; NULL: all count */
    const int32_t *counted; /* TOKENS: the same on the host; NULL likewise */
    rc_var types;           /* int32 [B, T] token types; TOKENS only */
    rc_var positions; /* int32 [B, T] rows of the position table; TOKENS only, NULL where there is no table */
    /* Of samples with several inputs; else NULL. */
    const struct rc_feed *more; /* of the further inputs, in their order */
    /* [B, inputs], host: which inputs a sample has; of the others x says nothing, and of a text that is not
     * there one token counts. */
    const bool *present;
} rc_feed;

/* What a family with token input takes. */
typedef struct rc_vocabulary {
    int64_t size, types; /* ids from 0 to size - 1, token types from 0 to types - 1 */
    int64_t padding;     /* id */
} rc_vocabulary;

/* Token ids of one batch on the host. What lies behind a text's length is not looked at: padding goes there.
 */
typedef struct rc_token_batch {
    int64_t batch, tokens;
    const int32_t *ids;    /* [batch, tokens] */
    const int32_t *length; /* [batch], as long as the feed; NULL: nothing is padding */
    const int32_t *types;  /* [batch, tokens]; NULL: all 0 */
} rc_token_batch;
/* The feed of a batch of texts; ids, types and lengths are checked. After a failure x is NULL and the graph
 * remembers why. */
rc_feed rc_feed_tokens(rc_graph *g, const rc_backbone_config *c, const rc_token_batch *batch);

/* How the tokens of u lie: `extra` leading ones (class, distillation), then h rows of w. A sequence has h
 * = 1. */
typedef struct rc_grid {
    int64_t extra, h, w;
} rc_grid;
static inline int64_t rc_grid_tokens(const rc_grid *grid)
{
    return grid->extra + grid->h * grid->w;
}

/* ---- embedders ---- */

typedef struct rc_backbone rc_backbone;
typedef struct rc_embedder {
    const char *name;
    rc_input_kind input;
    /* Declares the parameters, makes what depends on the input's size, says how the tokens lie. body: the row
     * of what it stands before. */
    rc_status (*create)(const rc_backbone *body, const rc_backbone_config *c, const rc_input *in,
                        rc_params *p, rc_device *device, void **state, rc_grid *out);
    void (*destroy)(void *state);
    rc_var (*forward)(rc_graph *g, const void *state, rc_params *p, const rc_feed *feed); /* -> u */
    /* Set every parameter of this embedder from the source's checkpoint (names as published), where the input
     * may have other channels or another length than the source had. */
    rc_status (*adopt)(const void *state, rc_params *p, const rc_weights *from);
} rc_embedder;

/* ---- families ---- */

enum { RC_LAYER_NAME = 200 };

struct rc_backbone {
    rc_backbone_kind kind;
    const char *name;               /* "swin" */
    const char *const *model_types; /* of config.json, NULL-terminated */
    const char *const *sizes;       /* names that config_named knows, NULL-terminated */
    /* From and to the keys of the published config.json; every number is checked. `source` is for messages.
     */
    rc_status (*config_read)(const rc_json *json, const char *source, rc_backbone_config *out);
    rc_json *(*config_write)(const rc_backbone_config *c);
    rc_status (*config_named)(const char *name, rc_backbone_config *out);

    rc_input (*native_input)(const rc_backbone_config *c);               /* what it was trained on */
    void (*set_native_input)(rc_backbone_config *c, const rc_input *in); /* after training on another size */
    int64_t (*width)(const rc_backbone_config *c);                       /* of u */
    int64_t (*features)(const rc_backbone_config *c);                    /* of the last hidden state */
    int64_t (*stride)(const rc_backbone_config *c); /* pixels a last token covers; 1: text */
    const rc_embedder *native;
    bool mean_head;  /* the published linear classifier reads the mean of the tokens */
    bool reads_rows; /* SIGNAL: each row of tokens is read for itself, so every channel may have one as long
                        as the source's series */
    const char *(*prefix)(const rc_backbone_config *c); /* of the names of all parameters: "swin." */
    /* Of the body's transformer blocks: how many each stage has, in the configuration itself; what the names
     * of a block's parameters begin with; and after how many a block is made as the first of its stage. */
    int64_t *(*depth)(rc_backbone_config *c, int64_t *stages);
    void (*block_name)(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME]);
    int64_t period;
    /* Behind the prefix, for embedders that take them over; NULL: none. */
    const char *embed_norm;                          /* LayerNorm after the embedding, without .weight */
    double (*norm_eps)(const rc_backbone_config *c); /* its eps; NULL: none, too */
    const char *position_table;                      /* position embeddings */
    const char *word_table;                          /* word embeddings; token input only */
    /* Token input only, else NULL: the vocabulary; the rows of the position table (NULL: there is none) for a
     * text of `tokens` tokens of which `length` count. ids NULL: none of them is the padding token. */
    rc_vocabulary (*vocabulary)(const rc_backbone_config *c);
    void (*number)(const rc_backbone_config *c, int64_t tokens, int64_t length, const int32_t *ids,
                   int32_t *row);

    /* The body: made for tokens that lie as `in`; tells how its last hidden state lies. */
    rc_status (*create)(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                        void **state, rc_grid *out);
    void (*destroy)(void *state);
    rc_var (*forward)(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length);
    /* Floating-point operations of the matrix products of one forward pass (2 x multiplications): body and
     * native embedder, for one sample. */
    double (*flops)(const rc_backbone_config *c, const void *state);
};

const rc_backbone *rc_backbone_of(const rc_backbone_config *c);
/* The embedder for an input before this backbone: the native one where the kind agrees. */
rc_status rc_embedder_for(const rc_backbone_config *c, rc_input_kind kind,
                          const rc_embedder **out) RC_MUST_CHECK;

/* By model_type; by name ("swin-mini"), or from a file when the name ends in .json. */
rc_status rc_backbone_config_read(const rc_json *json, const char *source,
                                  rc_backbone_config *out) RC_MUST_CHECK;
rc_json *rc_backbone_config_write(const rc_backbone_config *c);
rc_status rc_backbone_config_named(const char *name_or_file, rc_backbone_config *out) RC_MUST_CHECK;

/* The rows. */
extern const rc_backbone rc__backbone_swin, rc__backbone_bert, rc__backbone_vit, rc__backbone_series,
    rc__backbone_t5, rc__backbone_moment, rc__backbone_chronos;
extern const rc_embedder rc__embedder_signal, rc__embedder_table; /* before bodies trained on text */
extern const rc_embedder rc__embedder_series;
/* The projection [width, points] or [width, channels, points] of a source of series as parameter i, for
 * pieces of `piece` points and the parameter's channels (signal.c). */
rc_status rc__adopt_pieces(rc_params *p, int i, int64_t piece, const rc_weights *from) RC_MUST_CHECK;

/* BERT's body and what belongs to it, which the family of series has too (bert.c). */
rc_status rc__bert_create(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                          void **state, rc_grid *out) RC_MUST_CHECK;
void rc__bert_destroy(void *state);
rc_var rc__bert_forward(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length);
double rc__bert_flops(const rc_backbone_config *c, const void *state);
int64_t rc__bert_width(const rc_backbone_config *c);
int64_t rc__bert_stride(const rc_backbone_config *c);
double rc__bert_norm_eps(const rc_backbone_config *c);
int64_t *rc__bert_depth(rc_backbone_config *c, int64_t *stages);
void rc__bert_block_name(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME]);
const char *rc__bert_prefix(const rc_backbone_config *c);

/* T5's body and what belongs to it, in the same way (t5.c). */
rc_status rc__t5_create(const rc_backbone_config *c, const rc_grid *in, rc_params *p, rc_device *device,
                        void **state, rc_grid *out) RC_MUST_CHECK;
void rc__t5_destroy(void *state);
rc_var rc__t5_forward(rc_graph *g, const void *state, rc_params *p, rc_var u, rc_var length);
double rc__t5_flops(const rc_backbone_config *c, const void *state);
int64_t rc__t5_width(const rc_backbone_config *c);
int64_t rc__t5_stride(const rc_backbone_config *c);
int64_t *rc__t5_depth(rc_backbone_config *c, int64_t *stages);
void rc__t5_block_name(const rc_backbone_config *c, int64_t stage, int64_t i, char out[RC_LAYER_NAME]);
const char *rc__t5_prefix(const rc_backbone_config *c);

#endif
