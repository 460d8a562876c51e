/* source/bundle.h: a source bundle: everything a target run needs of a source, in one safetensors file.
 * The backbone under its published names, the recalibrated source head ("classifier.*") and what it was
 * before that ("source.plain_head.*"), the pooled source features ("source.features" [N, C0]) with their
 * labels
 * ("source.labels" [N]), tokens u of the first few of these samples ("source.tokens" [n, T, C0], with
 * "source.token_lengths" [n] where some are padding), the labels' prior ("source.prior" [K]), and as metadata
 * the configuration, the card, and the features' self-distance for its epsilon. Bundles of earlier versions
 * lack plain head, labels and tokens.
 * Several labelled sets on one body lie behind each other: classes of the heads, features and labels, which
 * count on from set to set. The metadata "sets" says how many of each are whose, and the card has a list of
 * their cards. Tokens are the first set's alone. */
#ifndef RC_SOURCE_BUNDLE_H
#define RC_SOURCE_BUNDLE_H

#include "backbones/model.h"
#include "tokenizers/tokenizer.h"

enum { RC_SOURCE_SETS = 8 };

/* A labelled set, which has a head of its own: its part of what lies behind each other. */
typedef struct rc_source_set {
    const char *name;    /* of its data, by its card */
    const rc_json *card; /* its own */
    int64_t classes, first_class, n_features, first_feature;
} rc_source_set;

typedef struct rc_bundle {
    rc_safetensors *file;
    void *owned; /* what it was read from, where that is no file; else NULL */
    char *name;  /* for messages */
    rc_backbone_config backbone;
    rc_json *card;
    int sets;
    rc_source_set set[RC_SOURCE_SETS];
    int64_t classes; /* of all sets, like the next four */
    int64_t n_features, width;
    float *features; /* [n_features, width] */
    int32_t *labels; /* [n_features], or NULL: an earlier bundle */
    double self_distance, self_epsilon;
    int64_t n_tokens; /* samples with tokens; 0: an earlier bundle */
    rc_grid grid;     /* how they lie */
} rc_bundle;

/* A file, or a known name ("swin-mini", carried inside the library). */
rc_status rc_bundle_open(const char *name_or_file, rc_bundle **out) RC_MUST_CHECK;
/* Where one of this name that was built here is kept; "" where the text is no name. */
rc_status rc_bundle_kept(const char *name, size_t size, char *out) RC_MUST_CHECK;
/* Has its model learnt from data of this name, by its cards? */
bool rc_bundle_has_learnt_from(const rc_bundle *b, const char *data);
/* Is there one of this name, or a file? */
bool rc_bundle_is_here(const char *name_or_file);
void rc_bundle_close(rc_bundle **b);
rc_weights rc_bundle_weights(const rc_bundle *b); /* valid while the bundle is open */
/* Tokens of sample i < n_tokens: [grid tokens, width]; how many of them are no padding. */
int64_t rc_bundle_tokens(const rc_bundle *b, int64_t i, float *out);
/* The tokenizer of a text model's bundle, kept as its own files; *out NULL: there is none. */
rc_status rc_bundle_tokenizer(const rc_bundle *b, rc_tokenizer **out) RC_MUST_CHECK;
/* Names carried inside: index 0.. until NULL. */
const char *rc_bundle_builtin(int i);
/* Appends the names of the bundles that were built here, in order. */
rc_status rc_bundle_list_kept(rc_json *list) RC_MUST_CHECK;

typedef struct rc_bundle_parts {
    rc_model *model; /* embedder and body */
    int sets;
    const rc_source_set *set;    /* sizes; nothing else of them is read */
    int64_t classes, n_features; /* of all */
    const float *features;       /* [n_features, embed] */
    const int32_t *labels;       /* [n_features] */
    int64_t n_tokens;
    const float *tokens;                    /* [n_tokens, tokens of model->u, embed] */
    const int32_t *token_length;            /* [n_tokens], or NULL: no padding */
    const float *prior;                     /* [classes] */
    const float *weight, *bias;             /* [classes, body's features], [classes] */
    const float *plain_weight, *plain_bias; /* the same before recalibration */
    double self_distance, self_epsilon;
    const rc_json *card;
    const rc_tokenizer *tokenizer; /* NULL: no text model */
    rc_dtype storage;              /* of weights and features */
} rc_bundle_parts;
rc_status rc_bundle_write(const char *path, const rc_bundle_parts *parts) RC_MUST_CHECK;
/* The same without a file: a bundle of this name. */
rc_status rc_bundle_make(const char *name, const rc_bundle_parts *parts, rc_bundle **out) RC_MUST_CHECK;
/* A bundle as it is, to a file. */
rc_status rc_bundle_save(const rc_bundle *b, const char *path) RC_MUST_CHECK;

#endif
