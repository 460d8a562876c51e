/* The list of ops; a new op adds one word here. */
#include "ops/ops.h"

#define RC_OP_LIST(X)       \
    X(linear)               \
    X(linear_lora)          \
    X(linear_each)          \
    X(mlp)                  \
    X(layernorm)            \
    X(rmsnorm)              \
    X(attend)               \
    X(attend_windows)       \
    X(gather)               \
    X(add)                  \
    X(add_rows)             \
    X(gelu)                 \
    X(relu)                 \
    X(glu)                  \
    X(scale_channels)       \
    X(mix_rows)             \
    X(scale_rows)           \
    X(mean_tokens)          \
    X(adaptive_pool)        \
    X(interpolate)          \
    X(softmax)              \
    X(bin_rows)             \
    X(cross_entropy)        \
    X(focal)                \
    X(relative_l2)          \
    X(lp_error)             \
    X(squared_error)        \
    X(binary_cross_entropy) \
    X(poisson)              \
    X(ordered_classes)      \
    X(softened_kl)

#define DECLARE(name) extern const rc_op rc_op_##name;
RC_OP_LIST(DECLARE)
#define POINT(name) &rc_op_##name,
const rc_op *const rc_op_table[] = {RC_OP_LIST(POINT)};
const int rc_op_table_count = (int)(sizeof rc_op_table / sizeof *rc_op_table);
