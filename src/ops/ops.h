/* ops/ops.h: builders of the differentiable operations. Shapes are given as [rows..., last]: "x [.., K]" is
 * any tensor whose last dimension is K, its other dimensions counted as rows. Each returns NULL once the
 * graph has failed. */
#ifndef RC_OPS_OPS_H
#define RC_OPS_OPS_H

#include "autodiff/graph.h"

/* y [.., N] = x [.., K] w^T + b + residual; w [N, K], b [N] and residual [.., N] optional (NULL). */
rc_var rc_linear(rc_graph *g, rc_var x, rc_var w, rc_var b, rc_var residual);

/* The same with low-rank adapters: in the output columns from `first` on, as many as b has rows, y += scale
 * (x a^T) b^T. a [rank, K], b [.., rank]. At most RC_ADAPTERS. */
enum { RC_ADAPTERS = 3 };
typedef struct rc_adapter {
    rc_var a, b;
    int64_t first;
} rc_adapter;
rc_var rc_linear_lora(rc_graph *g, rc_var x, rc_var w, rc_var b, rc_var residual, const rc_adapter *adapter,
                      int count, float scale);

/* Every token has a matrix of its own: y [B, T, N] = w x, x [B, T, K], w [T, N, K]. */
rc_var rc_linear_each(rc_graph *g, rc_var x, rc_var w);

/* y = gelu(x w1^T + b1) w2^T + b2 + residual. x [.., K], w1 [F, K], w2 [N, F]; residual optional. Only the
 * hidden layer before the activation is kept for backward; the activation is computed again. */
rc_var rc_mlp(rc_graph *g, rc_var x, rc_var w1, rc_var b1, rc_var w2, rc_var b2, rc_var residual);

/* Layer normalisation over the last dimension. */
rc_var rc_layernorm(rc_graph *g, rc_var x, rc_var gamma, rc_var beta, float eps);
/* y = x / sqrt(mean(x^2) + eps) gamma over the last dimension. */
rc_var rc_rmsnorm(rc_graph *g, rc_var x, rc_var gamma, float eps);

/* Multi-head self-attention. qkv [B, T, 3C] (query, key, value side by side) -> [B, T, C]. length: int32 leaf
 * [B] or NULL; the keys of sample b are its first length[b] tokens. A sample of length 0 yields zeros. */
rc_var rc_attend(rc_graph *g, rc_var qkv, rc_var length, int64_t heads);

/* The same of scores that are not divided by the root of a head's width; bias [heads, T, T] is added to them.
 */
rc_var rc_attend_biased(rc_graph *g, rc_var qkv, rc_var bias, rc_var length, int64_t heads);

/* Windowed self-attention (tensor/device.h). qkv [B, gh*gw, 3C] -> [B, gh*gw, C]; bias [heads, w*w, w*w]. */
rc_var rc_attend_windows(rc_graph *g, rc_var qkv, rc_var bias, int64_t gh, int64_t gw, int64_t window,
                         int64_t shift, int64_t heads);

/* Each of `batch` blocks of x is rows_in rows of `width`; out row j = row index[j], or zeros where index[j] <
 * 0. index: int32 leaf of rows_out entries. The result has `shape` (batch * rows_out * width elements). */
rc_var rc_gather(rc_graph *g, rc_var x, rc_var index, int64_t batch, int64_t width, rc_shape shape);

rc_var rc_add(rc_graph *g, rc_var a, rc_var b);
/* x [B, ..] + row [..], the same for every sample. */
rc_var rc_add_rows(rc_graph *g, rc_var x, rc_var row);
rc_var rc_gelu(rc_graph *g, rc_var x);
rc_var rc_relu(rc_graph *g, rc_var x);
/* y [.., F] = f(a) b for x [.., 2F] = [a | b]. */
rc_var rc_glu(rc_graph *g, rc_var x, rc_gate f);
#define RC_GATE_SILU ((rc_gate){1, 0})
/* x Phi(x) with Phi by tanh: (1 + tanh z) / 2 = s(2 z), z = sqrt(2 / pi) (x + 0.044715 x^3). */
#define RC_GATE_GELU ((rc_gate){1.5957691216f, 0.0713548163f})
/* y = x scale + residual, scale [C] for the channels of x [.., C]; residual optional. */
rc_var rc_scale_channels(rc_graph *g, rc_var x, rc_var scale, rc_var residual);
/* y = x scale, scale [rows] for the rows of x [.., C]. */
rc_var rc_scale_rows(rc_graph *g, rc_var x, rc_var scale);
/* y [T, C] = matrix [T, N] x, x of N rows [N, C]. The matrix is a leaf that nothing flows into. */
rc_var rc_mix_rows(rc_graph *g, rc_var x, rc_var matrix);
/* [B, T, C] -> [B, C], over the first length[b] tokens of sample b (as in rc_attend), or all. */
rc_var rc_mean_tokens(rc_graph *g, rc_var x, rc_var length);
/* [B, D0, D1, D2] -> [B, out0, out1, out2] by adaptive averaging. */
rc_var rc_adaptive_pool(rc_graph *g, rc_var x, const int64_t out[3]);
/* x of in0 x in1 rows a sample [B, in0 in1, C] -> [B, out0 out1, C] by linear interpolation each way. */
rc_var rc_interpolate(rc_graph *g, rc_var x, const int64_t in[2], const int64_t out[2]);
rc_var rc_softmax(rc_graph *g, rc_var x);
/* Numbers of the bins of x [.., K], each row scaled by itself (tensor/device.h): int32 of x's shape. No
 * derivative. */
rc_var rc_bin_rows(rc_graph *g, rc_var x, rc_bins bins);

/* Losses, one number a row: [B]. label: int32 leaf [B]; target: leaf shaped like x, rows along dimension 0.
 */
rc_var rc_cross_entropy(rc_graph *g, rc_var logits, rc_var label, float smoothing);
/* The same with weights of the classes, [K] (NULL: 1): the mean of the losses is not divided by the weights.
 */
rc_var rc_weighted_cross_entropy(rc_graph *g, rc_var logits, rc_var label, rc_var weight, float smoothing);
rc_var rc_focal(rc_graph *g, rc_var logits, rc_var label, float gamma);
rc_var rc_relative_l2(rc_graph *g, rc_var x, rc_var target, rc_var scale,
                      rc_var mean); /* scale, mean optional */
/* |.|_q of the error, relative to the truth's or as a mean over the elements (q = 2: root mean square). */
rc_var rc_lp_error(rc_graph *g, rc_var x, rc_var target, rc_var scale, rc_var mean, float q, bool relative);
rc_var rc_squared_error(rc_graph *g, rc_var x, rc_var target);
rc_var rc_binary_cross_entropy(rc_graph *g, rc_var logits, rc_var target, float pos_weight);
/* Of counts: x is the logarithm of their rate. */
rc_var rc_poisson(rc_graph *g, rc_var x, rc_var target);

/* Proportional odds (McCullagh 1980): log p [.., K] of K classes in order, whose K - 1 thresholds are z_0 =
 * x_0 and z_k = z_{k-1} + exp(x_k), x [.., K - 1]. */
rc_var rc_ordered_classes(rc_graph *g, rc_var x);

/* Of a student's logits from a teacher's, both divided by the temperature. */
rc_var rc_softened_kl(rc_graph *g, rc_var logits, rc_var teacher, float temperature);

/* What a recorded node has as its attr, for whoever translates a graph; bin_rows has rc_bins; attend,
 * attend_windows and glu have an rc_attention, an rc_window_attention and an rc_gate (tensor/device.h).
 * rmsnorm has that of layernorm. */
typedef struct rc_layernorm_settings {
    float eps;
} rc_layernorm_settings;
typedef struct rc_gather_settings {
    int64_t batch, rows_in, rows_out, width;
} rc_gather_settings;
typedef struct rc_interpolate_settings {
    int64_t in[2], out[2];
} rc_interpolate_settings;

#endif
