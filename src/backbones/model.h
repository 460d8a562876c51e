/* backbones/model.h: a whole model: embedder, body and head around one parameter block.
 *
 * The embedder is chosen by the kind of the input (backbone.h). Heads: "linear" (tokens pooled to one vector,
 * then a linear layer: classes, labels or numbers; or that layer after each token) and "dense" (a field or a
 * sequence of values; head.c, field.c). Parameter names are the published ones ("swin....", "classifier.*",
 * "decoder.0.*"), and "embedder.*" and "pieces.*" for what no checkpoint has.
 *
 * Where samples have several inputs (fusion.c), each has an embedder, and their tokens lie one behind the
 * other in u; what belongs to a further input is called "inputs.NAME.*". */
#ifndef RC_BACKBONES_MODEL_H
#define RC_BACKBONES_MODEL_H

#include "backbones/backbone.h"
#include "backbones/weights.h"
#include "base/input_name.h"

typedef enum rc_head_kind {
    RC_HEAD_NONE,
    RC_HEAD_LINEAR,
    RC_HEAD_TOKENS, /* a linear layer as well, of every token, which are not pooled */
    RC_HEAD_DENSE
} rc_head_kind;
/* A head of tokens is a linear one that is "of_words". */
#define RC_HEAD_NAMES "none|linear|linear|dense"
/* Is it a linear layer, of what is read of a sample or of each of its tokens? */
static inline bool rc_head_is_linear(rc_head_kind head)
{
    return head == RC_HEAD_LINEAR || head == RC_HEAD_TOKENS;
}
/* How tokens give the values of a field or sequence: each those of its own patch (head.c), or together
 * (field.c). */
typedef enum rc_dense_kind { RC_DENSE_LINEAR, RC_DENSE_AVERAGE, RC_DENSE_CONV } rc_dense_kind;
#define RC_DENSE_NAMES "linear|average|conv"
typedef struct rc__field rc__field;
/* How tokens become one vector: their mean (over what is no padding), or the first one. */
typedef enum rc_pool_kind { RC_POOL_MEAN, RC_POOL_CLS } rc_pool_kind;
#define RC_POOL_NAMES "mean|cls"
/* What a linear head reads of the tokens: what rc_model_pool gives, which says nothing of where a thing was;
 * the first token; all tokens side by side; or their mean under weights that it learns. The last two need
 * samples of one length. */
typedef enum rc_readout_kind {
    RC_READOUT_POOL,
    RC_READOUT_CLS,
    RC_READOUT_FLATTEN,
    RC_READOUT_ATTENTION,
    RC_READOUTS
} rc_readout_kind;
#define RC_READOUT_NAMES "pool|cls|flatten|attention"

/* Low-rank adapters beside weight matrices of the body (adapters.c). */
typedef enum rc_matrix {
    RC_MATRIX_QUERY,
    RC_MATRIX_KEY,
    RC_MATRIX_VALUE,
    RC_MATRIX_OUTPUT, /* of the attention */
    RC_MATRIX_UP,     /* of the feed-forward part: into its hidden layer, and out of it */
    RC_MATRIX_DOWN,
    RC_MATRICES
} rc_matrix;
typedef struct rc_lora {
    int64_t rank;
    double alpha;     /* what an adapter gives counts alpha / rank */
    unsigned targets; /* bits 1 << RC_MATRIX_... */
} rc_lora;

/* A further input of a sample, beside the first. */
typedef struct rc_named_input {
    char name[RC_INPUT_NAME];
    rc_input input;
} rc_named_input;
/* Before one body, or each before a body of its own. */
typedef enum rc_fusion { RC_FUSION_EARLY, RC_FUSION_LATE } rc_fusion;
#define RC_FUSION_NAMES "early|late"

typedef struct rc_model_spec {
    rc_backbone_config backbone;
    rc_input input; /* what the embedder is given */
    rc_head_kind head;
    rc_pool_kind pool;       /* LINEAR, and rc_model_pool */
    rc_readout_kind readout; /* LINEAR */
    int64_t outputs;         /* LINEAR; TOKENS: of each of them */
    bool ordered;            /* LINEAR: outputs are log p of classes in order, from one number (head.c) */
    bool gate;               /* with a gate that scores tokens u, for training (methods/pare.c) */
    int64_t
        teacher; /* with a linear map from pooled features to so many of a teacher, for training; 0: none */
    int64_t out_shape[3]; /* DENSE: channels, height, width; of signals channels, 1, length */
    rc_dense_kind dense;  /* DENSE */
    rc_lora lora;         /* rank 0: none */
    bool int8;  /* matrices of the body and tables of words have 8-bit weights, which do not learn */
    int n_more; /* further inputs */
    rc_named_input more[RC_MORE_INPUTS];
    rc_fusion fusion; /* of several inputs */
} rc_model_spec;

/* The parts of a model, as ranges of its parameter table. */
typedef enum rc_part_kind {
    RC_PART_EMBEDDER,
    RC_PART_BODY,
    RC_PART_HEAD,
    RC_PART_ADAPTERS,
    RC_PART_MATCH, /* of spec.teacher: no file keeps it but checkpoints */
    RC_PARTS
} rc_part_kind;

/* What a further input has of its own. */
typedef struct rc_model_input {
    char prefix[RC_INPUT_NAME + 16]; /* of its parameters */
    const rc_embedder *embedder;
    void *embedder_state, *body_state; /* body_state: of late fusion; else NULL */
} rc_model_input;

typedef struct rc_model {
    rc_model_spec spec;
    rc_device *device;
    rc_params *params;
    const rc_backbone *backbone;
    const rc_embedder *embedder;
    void *embedder_state, *body_state;
    rc_grid u, last;         /* how the tokens of u and of the last hidden state lie */
    int first[RC_PARTS + 1]; /* first parameter of each part; of none: the count */
    int gate[2];             /* weight [2, width], bias; of spec.gate */
    int match[2];            /* weight [teacher, features], bias; of spec.teacher */
    int head[2];             /* weight, bias */
    int thresholds;          /* [outputs - 1]; of spec.ordered */
    int score[2];            /* weight [1, features], bias; of RC_READOUT_ATTENTION */
    rc_tensor shuffle;       /* DENSE: index table, which number of which token an output is */
    rc__field *field;        /* DENSE of RC_DENSE_CONV */
    rc_model_input more[RC_MORE_INPUTS];
    rc_grid of[RC_MORE_INPUTS + 1], of_last[RC_MORE_INPUTS + 1]; /* how the tokens of each input lie; of_last:
                                                                    of late fusion */
    int modality; /* of several inputs, [2 inputs, width]: what is added to the tokens of each, and what
                     stands for those of one that a sample lacks */
} rc_model;

rc_status rc_model_create(rc_device *device, const rc_model_spec *spec, rc_model **out) RC_MUST_CHECK;
/* The same with all parameters from `from`; what is missing there is found before memory is taken for it. */
rc_status rc_model_open(rc_device *device, const rc_model_spec *spec, const rc_weights *from,
                        rc_model **out) RC_MUST_CHECK;
void rc_model_destroy(rc_model **m);
/* Numbers of the parts from first on, up to end. */
int64_t rc_model_numbers(const rc_model *m, int first, int end);
/* Does `from` hold all that this model needs? Takes no memory for parameters. */
rc_status rc_model_check(rc_device *device, const rc_model_spec *spec, const rc_weights *from) RC_MUST_CHECK;
/* Channels of u, and of the last hidden state. */
static inline int64_t rc_model_width(const rc_model *m)
{
    return m->backbone->width(&m->spec.backbone);
}
static inline int64_t rc_model_features(const rc_model *m)
{
    return m->backbone->features(&m->spec.backbone);
}
int64_t rc_model_readout(const rc_model *m); /* numbers that a linear head reads */
int rc_model_bodies(const rc_model *m);      /* one, or of late fusion one for each input */
double rc_model_flops(const rc_model *m);    /* of its bodies, of one sample forward */

/* The feed says which tokens count. Where texts are among several inputs before one body, its tokens that
 * count come first, and there are as many as the longest sample of the batch has. */
rc_var rc_model_embed(rc_graph *g, rc_model *m, const rc_feed *feed);          /* -> u [B,T,width] */
rc_var rc_model_body(rc_graph *g, rc_model *m, rc_var u, const rc_feed *feed); /* -> [B,T',features] */
/* Which of the tokens that a body reads, so many of each sample, say something of it: not those behind a
 * text, nor those of an input that the sample lacks. counts [batch, tokens]; false: it reads more than these.
 */
bool rc_model_counts(const rc_model *m, const rc_feed *feed, int body, int64_t batch, int64_t tokens,
                     bool *counts) RC_MUST_CHECK;
rc_var rc_model_pool(rc_graph *g, const rc_model *m, rc_var tokens,
                     const rc_feed *feed); /* -> [B,features] */
/* u -> [B,width]: the mean of the tokens of input k alone, 0 for the first. */
rc_var rc_model_pool_input(rc_graph *g, const rc_model *m, rc_var u, int k, const rc_feed *feed);
rc_var rc_model_read(rc_graph *g, rc_model *m, rc_var tokens,
                     const rc_feed *feed); /* -> [B,readout]; LINEAR */
rc_var rc_model_match(rc_graph *g, rc_model *m, rc_var tokens, const rc_feed *feed); /* -> [B,spec.teacher] */
rc_var rc_model_head(rc_graph *g, rc_model *m, rc_var tokens,
                     const rc_feed *feed); /* -> [B,outputs or out_shape]; TOKENS [B,T',outputs] */
rc_var rc_model_forward(rc_graph *g, rc_model *m, const rc_feed *feed);

void rc_model_set_trainable(rc_model *m, rc_part_kind part, bool trainable);

/* Which matrix of its transformer block a parameter is; RC_MATRICES: none. And is it part of a LayerNorm? */
rc_matrix rc_model_matrix_of(const rc_param *p);
bool rc_model_is_norm(const rc_param *p);
/* Add what the adapters give to the matrices and take the adapters out of the model's way: the same function,
 * up to rounding, of a plain model. */
rc_status rc_model_merge_adapters(rc_model *m) RC_MUST_CHECK;
/* Adapters and how they are meant, into a writer. */
rc_status rc_model_store_adapters(rc_model *m, rc_safetensors_writer *w) RC_MUST_CHECK;

/* Set the parameters of a part (rc_model_load: of all parts) from tensors of their names and shapes; all must
 * be there. */
rc_status rc_model_load_part(rc_model *m, rc_part_kind part, const rc_weights *from) RC_MUST_CHECK;
rc_status rc_model_load(rc_model *m, const rc_weights *from) RC_MUST_CHECK;
/* A target model as it begins: the source's body; from the source's embedder what the target embedder's
 * `adopt` makes of it; all else (head, adapters) from the seed. */
rc_status rc_model_start(rc_model *m, const rc_weights *source, uint64_t seed) RC_MUST_CHECK;
/* Refuses one with 8-bit weights to whoever would train it. */
rc_status rc_model_check_learns(const rc_model *m) RC_MUST_CHECK;
/* The same model with 8-bit weights, from one that has none, and no adapters that are not merged. */
rc_status rc_model_to_int8(rc_model *m, rc_model **out) RC_MUST_CHECK;
/* All parameters but adapters into a writer, floats stored as the given type. */
rc_status rc_model_store(rc_model *m, rc_safetensors_writer *w, rc_dtype stored) RC_MUST_CHECK;
rc_status rc_model_store_part(rc_model *m, rc_part_kind part, rc_safetensors_writer *w,
                              rc_dtype stored) RC_MUST_CHECK;

rc_json *rc_model_spec_write(const rc_model_spec *s);
rc_status rc_model_spec_read(const rc_json *json, const char *source, rc_model_spec *out) RC_MUST_CHECK;

#endif
