/* backbones/layers.h: what the families share: declaring layers under their published names, and the layers
 * themselves. A layer is [weight, bias] as indices into the parameter table; -1 where there is none. */
#ifndef RC_BACKBONES_LAYERS_H
#define RC_BACKBONES_LAYERS_H

#include "backbones/backbone.h"

typedef struct rc__declaration {
    rc_params *params;
    int block;        /* of the parameters declared from now on; -1: no transformer block */
    rc_status status; /* the first failure; later declarations do nothing */
} rc__declaration;

#define RC__WEIGHT_STD 0.02 /* of weight matrices and tables of embeddings as they begin */
/* Names are prefix + layer (+ ".weight", ".bias"). Weight matrices start as N(0, RC__WEIGHT_STD). */
int rc__declare(rc__declaration *d, const char *prefix, const char *name, rc_shape shape, rc_init init,
                bool joined);
/* [out, in...] of an input layer: W x of a standardised x begins with the deviation of a row of a table. */
int rc__declare_projection(rc__declaration *d, const char *prefix, const char *name, rc_shape shape);
void rc__declare_linear(rc__declaration *d, const char *prefix, const char *layer, int64_t out, int64_t in,
                        bool bias, int index[2]);
void rc__declare_norm(rc__declaration *d, const char *prefix, const char *layer, int64_t width, int index[2]);
/* `count` matrices [out, in] that lie side by side and are read as one [count out, in]; index names the first
 * of them, and the first of their biases. */
void rc__declare_joined(rc__declaration *d, const char *prefix, const char *const *layer, int count,
                        int64_t out, int64_t in, bool bias, int index[2]);

/* a + b, of which nothing else is made. */
rc_var rc__sum(rc_graph *g, rc_var a, rc_var b);
rc_var rc__norm(rc_graph *g, rc_params *p, const int index[2], double eps, rc_var x);
rc_var rc__dense(rc_graph *g, rc_params *p, const int index[2], rc_var x, rc_var residual);
rc_var rc__joined(rc_graph *g, rc_params *p, const int index[2], int count, rc_var x); /* [.., count out] */
/* Rows `ids` [B, T] of a table; NULL for no ids. */
rc_var rc__look_up(rc_graph *g, rc_params *p, int table, rc_var ids);
/* A leaf of n times the same number. */
rc_var rc__repeated(rc_graph *g, int64_t n, float number);
/* x less the mean of its last dimension, over the deviation. */
rc_var rc__standardised(rc_graph *g, rc_var x);
/* The same numbers in another shape. */
rc_var rc__reshape(rc_graph *g, rc_var x, rc_shape shape);
/* What training drops (rc_graph_noise), what is left made up for it; x itself where nothing is to be dropped:
 * single numbers (Srivastava et al. 2014); all that a residual branch says of a sample (Huang et al. 2016).
 */
rc_var rc__dropout(rc_graph *g, rc_var x);
rc_var rc__drop_path(rc_graph *g, rc_var branch);
/* The last layer of a residual branch: rc__dense, of which samples may be dropped. */
rc_var rc__branch(rc_graph *g, rc_params *p, const int index[2], rc_var x, rc_var residual);
/* fc2(gelu(fc1(x))) + residual; a residual branch too. */
rc_var rc__feed_forward(rc_graph *g, rc_params *p, const int fc1[2], const int fc2[2], rc_var x,
                        rc_var residual);

/* Pixels [C, H, W] cut into gh x gw tokens of C x ph x pw, zeros beyond the image. A signal is an image of
 * height 1. */
typedef struct rc__patches {
    rc_tensor index;
    int64_t run;           /* whole rows of pixels where they fit */
    int64_t tokens, width; /* of the result [B, tokens, width] */
} rc__patches;
rc_status rc__patches_create(rc_device *device, int64_t channels, int64_t h, int64_t w, int64_t ph,
                             int64_t pw, int64_t gh, int64_t gw, rc__patches *out) RC_MUST_CHECK;
void rc__patches_destroy(rc__patches *p);
rc_var rc__patches_cut(rc_graph *g, const rc__patches *p, rc_var x);

/* An index table of n entries for rc_gather: fill `host`, then store it on the device (which frees host, also
 * on failure). */
rc_status rc__index_create(int64_t n, int32_t **host) RC_MUST_CHECK;
rc_status rc__index_store(int32_t *host, int64_t n, rc_device *device, rc_tensor *out) RC_MUST_CHECK;

#endif
