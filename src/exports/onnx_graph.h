/* exports/onnx_graph.h: a recorded graph (autodiff/graph.h) as ONNX operators.
 *
 * A forward pass of one sample is recorded, and every node of it is translated by the row of its operation,
 * so that models are not written down a second time. What needs a gradient depends on the input (the recorder
 * says so of the input's leaves alone) and is computed; all else is a constant with the value that it has. Of
 * one sample constants fit any number of samples: their first dimension is 1, or they lack it. The first
 * dimension of what is computed grows with the batch. */
#ifndef RC_EXPORTS_ONNX_GRAPH_H
#define RC_EXPORTS_ONNX_GRAPH_H

#include "autodiff/params.h"
#include "exports/onnx.h"

typedef struct rc__onnx_graph rc__onnx_graph;

/* params: for the names of constants. */
rc_status rc__onnx_graph_create(rc_onnx *o, rc_graph *g, rc_params *params,
                                rc__onnx_graph **out) RC_MUST_CHECK;
void rc__onnx_graph_destroy(rc__onnx_graph **t);
/* The value of a leaf that was recorded as input. */
rc_status rc__onnx_graph_bind(rc__onnx_graph *t, rc_var leaf, rc_onnx_value value) RC_MUST_CHECK;
/* Translates all up to y, and gives its value. */
rc_onnx_value rc__onnx_graph_translate(rc__onnx_graph *t, rc_var y);

/* x [.., D, inner] -> [.., E, inner] by the matrix [D, E] along one axis; in: x's shape, axis counted from 0.
 */
rc_onnx_value rc__onnx_along_axis(rc_onnx *o, rc_onnx_value x, const rc_shape *in, int axis, int64_t out,
                                  const float *matrix);
/* Rows moved: of x [.., rows_in, width] to [.., n, width], whose row i is row rows[i], or zeros for -1. */
rc_onnx_value rc__onnx_move(rc_onnx *o, rc_onnx_value x, int64_t rows_in, const int32_t *rows, int64_t n);

#endif
