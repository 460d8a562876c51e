/* exports/onnx.h: a graph of ONNX operators (https://onnx.ai/onnx/repo-docs/IR.html), made node by node and
 * written as one file. Building is sticky, as in autodiff/graph.h: after a failure every call gives NULL, and
 * rc_onnx_write says why. */
#ifndef RC_EXPORTS_ONNX_H
#define RC_EXPORTS_ONNX_H

#include "tensor/tensor.h"

enum { RC_ONNX_OPSET = 17, RC_ONNX_INPUTS = 4 };
/* Dimensions that are not known before the model is used: samples, and tokens of a text. */
enum { RC_ONNX_BATCH = -1, RC_ONNX_TOKENS = -2 };

typedef struct rc_onnx rc_onnx;
typedef const char *rc_onnx_value; /* its name, as long as the graph */

rc_status rc_onnx_create(rc_onnx **out) RC_MUST_CHECK;
void rc_onnx_destroy(rc_onnx **o);
rc_status rc_onnx_status(const rc_onnx *o) RC_MUST_CHECK;
rc_onnx_value rc_onnx_fail(rc_onnx *o, rc_status status);

/* What goes in and comes out; F32 and I64. */
rc_onnx_value rc_onnx_input(rc_onnx *o, const char *name, rc_dtype dtype, rc_shape shape);
void rc_onnx_output(rc_onnx *o, const char *name, rc_onnx_value value, rc_shape shape);
/* Numbers of the model: F32 and I64. */
rc_onnx_value rc_onnx_constant(rc_onnx *o, const char *name, rc_dtype dtype, rc_shape shape,
                               const void *data);
/* The same without a name of its own. */
rc_onnx_value rc_onnx_table(rc_onnx *o, rc_dtype dtype, rc_shape shape, const void *data);
/* A line of text about the model, under a key. */
void rc_onnx_note(rc_onnx *o, const char *key, const char *text);

typedef struct rc_onnx_attribute {
    const char *name; /* NULL: none */
    enum { RC_ONNX_WHOLE, RC_ONNX_NUMBER, RC_ONNX_LIST } kind;
    double value;  /* a whole number, or a number */
    rc_shape list; /* whole numbers */
} rc_onnx_attribute;

/* A node with at most RC_ONNX_INPUTS inputs, the rest NULL, and one output. */
rc_onnx_value rc_onnx_node(rc_onnx *o, const char *operator, const rc_onnx_value in[RC_ONNX_INPUTS],
                           rc_onnx_attribute attribute);
/* One with two outputs or more: equal shares of the last dimension. */
void rc_onnx_split(rc_onnx *o, rc_onnx_value x, int parts, rc_onnx_value *out);

/* Nodes in short. */
rc_onnx_value rc_onnx_one(rc_onnx *o, const char *operator, rc_onnx_value x);
rc_onnx_value rc_onnx_two(rc_onnx *o, const char *operator, rc_onnx_value a, rc_onnx_value b);
rc_onnx_value rc_onnx_number(rc_onnx *o, float number);  /* a scalar */
rc_onnx_value rc_onnx_whole(rc_onnx *o, int64_t number); /* a scalar */
/* 0: as it is, -1: what is left. */
rc_onnx_value rc_onnx_reshape(rc_onnx *o, rc_onnx_value x, rc_shape shape);
rc_onnx_value rc_onnx_transpose(rc_onnx *o, rc_onnx_value x, rc_shape order);
rc_onnx_value rc_onnx_cast(rc_onnx *o, rc_onnx_value x, rc_dtype to); /* F32 and I64 */
rc_onnx_value rc_onnx_softmax(rc_onnx *o, rc_onnx_value x);
rc_onnx_value rc_onnx_take(rc_onnx *o, rc_onnx_value x, rc_onnx_value index, int64_t axis);

rc_status rc_onnx_write(const rc_onnx *o, const char *path) RC_MUST_CHECK;

#endif
