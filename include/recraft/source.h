/* recraft/source.h: a source: a pre-trained model with its head, features and labels, from which target
 * models begin.
 *
 * Threads: a source does not change; any number of threads may use it. */
#ifndef RECRAFT_SOURCE_H
#define RECRAFT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/array.h"
#include "recraft/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A source. */
typedef struct rc_source rc_source;

/* A name ("swin-mini", which the library carries; or one that was built here), or a bundle file. RC_IO: there
 * is none. RC_FORMAT: the file is not a bundle, or damaged. *out is the caller's. */
RC_API rc_status rc_source_open(rc_context *context, const char *name_or_path, rc_source **out) RC_MUST_CHECK;
/* Releases it and sets *source to NULL, which it may be. */
RC_API void rc_source_destroy(rc_source **source);
/* As a bundle file, which must not be there in part: it appears whole or not at all. RC_IO, RC_MACHINE. */
RC_API rc_status rc_source_save(rc_context *context, const rc_source *source, const char *path) RC_MUST_CHECK;

/* What a source is. */
typedef struct rc_source_info {
    size_t size;                        /* by RC_SOURCE_INFO_INIT */
    const char *name;                   /* as it was opened; these texts live as long as the source */
    const char *family;                 /* of the backbone: "swin", "bert", "vit" */
    bool texts;                         /* a model of texts; else of images */
    int64_t classes;                    /* of the source's heads, all together */
    int64_t features, width;            /* how many samples it has features of, and numbers of each */
    int64_t tokens;                     /* how many samples (of the first set) it has all tokens of */
    double self_distance, self_epsilon; /* Sinkhorn's OT(features, features) for this epsilon */
    /* The card: what was measured when it was built; NaN where it does not say, and of several sets, which
     * rc_source_card tells apart. */
    double accuracy, loss;     /* of the head, recalibrated */
    double gradient_norm_mean; /* of the loss in the embedder's output */
    double gradient_norm_q95;  /* its 95 % quantile over samples */
    int64_t sets;              /* labelled sets, each with a head of its own */
    int64_t outputs;           /* numbers of a feature that rc_source_apply gives */
} rc_source_info;
#define RC_SOURCE_INFO_INIT RC_SIZED(rc_source_info)
/* RC_CONFIG: out was not begun with its initialiser. */
RC_API rc_status rc_source_describe(const rc_source *source, rc_source_info *out) RC_MUST_CHECK;

/* The features [features, width] float32 and their labels [features] int32, as views of the source's own
 * memory, valid as long as it. labels may be NULL; where an early bundle has none, its data is NULL. Several
 * sets follow each other, and their labels count on: those of the second begin where the first's end. It
 * fails with RC_CONFIG alone: an argument is missing. */
RC_API rc_status rc_source_features(const rc_source *source, rc_view *features,
                                    rc_view *labels) RC_MUST_CHECK;
/* All of the card as JSON text, that of each set where there are several; a name or file has the same by
 * rc_source_show. *json is the caller's; free it with rc_free_text (recraft/run.h). RC_CONFIG: an argument is
 * missing. RC_MEMORY. */
RC_API rc_status rc_source_card(const rc_source *source, char **json) RC_MUST_CHECK;

/* ---- what it makes of samples ---- */

/* Features of samples of the source's own form, taken as they are: the mean over tokens of its last hidden
 * state: out is float32 or float64 [N, outputs]. Threads may share a source, so each call makes a model of
 * its own from the weights: give it many samples at once. x: of a source of images [N, C, H, W] of as many
 * channels; of series [N, C, L] of its channels and length; of texts token ids [N, T], -1 after each text.
 * RC_SHAPE: x or out have another shape, or out another order. RC_DATA: NaN or infinities in x, ids that are
 * none. RC_NUMERIC: what comes out is not finite. RC_UNSUPPORTED: x or out have a type that is not taken.
 * RC_CONFIG: an argument is missing. RC_INTERRUPTED, RC_MEMORY, RC_DEVICE. */
RC_API rc_status rc_source_apply(rc_context *context, const rc_source *source, const rc_view *x,
                                 const rc_view *out) RC_MUST_CHECK;
/* The same of n texts, UTF-8. What is longer than the model takes is cut, and a note for the context's
 * progress says of how many. RC_UNSUPPORTED: it is no source of texts. RC_FORMAT: its bundle has no
 * tokenizer. RC_DATA: no texts, or one that is empty or not UTF-8. Else as rc_source_apply. */
RC_API rc_status rc_source_apply_texts(rc_context *context, const rc_source *source, int64_t n,
                                       const char *const *texts, const rc_view *out) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
