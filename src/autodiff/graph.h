/* autodiff/graph.h: reverse- and forward-mode differentiation over coarse operations.
 *
 * A graph records nodes as they are computed. Every op brings forward, backward (vector-Jacobian
 * product) and jvp (Jacobian-vector product). Building is sticky: after a failure further ops are
 * no-ops returning NULL, and rc_graph_status() is asked once, so model code reads like the formula.
 *
 * Memory: node records live in the graph's arena, numbers in its pool; both are reset by
 * rc_graph_reset(), and neither asks the system for memory once the largest step has been seen.
 * backward() gives back values and gradients as soon as nothing needs them. */
#ifndef RC_AUTODIFF_GRAPH_H
#define RC_AUTODIFF_GRAPH_H

#include <stdbool.h>

#include "base/rng.h"
#include "tensor/device.h"

typedef struct rc_graph rc_graph;
typedef struct rc_node rc_node;
typedef rc_node *rc_var;
typedef struct rc_op rc_op;

enum { RC_OP_INPUTS = 10, RC_OP_SAVED = 4 };
/* Values that a backward reads: of input i, and the node's own. */
#define RC_READS(i) (1u << (i))
enum { RC_READS_OWN = 1u << RC_OP_INPUTS };

/* The gradient of a parameter. Its memory is the owner's, or (data NULL) the step's, taken from the pool when
 * the first share flows in and gone with the step.
 *
 * A table of embeddings, of which a step looks up few rows, may get these alone: `rows` [n, width] then holds
 * the rows `touched` (int32 [n], ascending), all others are zero, and value says nothing. Where value has
 * memory, they lie at its beginning. */
typedef struct rc_gradient {
    rc_tensor value;
    rc_tensor rows, touched;
    bool table;  /* such a table */
    bool ready;  /* holds a sum */
    bool pooled; /* value, or rows without it, lies in the pool of a step */
    int uses;    /* within backward: operations whose share is still to come */
} rc_gradient;

struct rc_node {
    const rc_op *op; /* NULL: a leaf */
    rc_graph *graph;
    rc_node *next, *previous; /* in order of computation */
    int n_in;
    rc_node *in[RC_OP_INPUTS]; /* NULL where an optional input is absent */
    rc_tensor value;
    rc_tensor grad;    /* data NULL until something flows in */
    rc_tensor tangent; /* data NULL = zero */
    rc_tensor saved[RC_OP_SAVED];
    const void *attr;    /* the op's settings, or a leaf's rc_int8_matrix; in the graph's arena */
    unsigned reads;      /* RC_READS: what backward reads of values */
    unsigned done;       /* within backward: inputs whose gradients have been handed over */
    const int32_t *host; /* of an input: its whole numbers, for ops that look at them; NULL: not kept */
    bool needs_grad;     /* this node lies on a path from something trainable */
    bool keep;           /* value survives backward */
    bool ends_block;     /* so does this one until then: what the block before it is computed again from */
    bool bare;       /* what it had saved is forgotten; where the value is there, forward need only save */
    bool settled;    /* below what learns nothing: its value is not made again */
    bool owns_value; /* value is in the pool */
    bool owns_grad;
    rc_gradient *home; /* parameters: where their gradient is kept; NULL: frozen, or no parameter */
};

struct rc_op {
    const char *name;
    rc_status (*forward)(rc_node *node);  /* value (already shaped) from in[]; may fill saved[] */
    rc_status (*backward)(rc_node *node); /* from node->grad into the inputs' gradients */
    rc_status (*jvp)(rc_node *node);      /* node->tangent (allocated) from the inputs' tangents */
};

/* ---- life ---- */
rc_status rc_graph_create(rc_device *device, rc_graph **out) RC_MUST_CHECK;
void rc_graph_destroy(rc_graph **g);
/* Forget all nodes. With record = false backward is not possible and nothing is saved for it. */
void rc_graph_reset(rc_graph *g, bool record);
rc_status rc_graph_status(const rc_graph *g) RC_MUST_CHECK;
rc_device *rc_graph_device(const rc_graph *g);
bool rc_graph_recording(const rc_graph *g);
size_t rc_graph_peak_bytes(const rc_graph *g);

/* What a step leaves to chance: shares of numbers and of residual branches that it drops
 * (backbones/layers.h). Nothing after a reset, so that a model is itself unless somebody asks. */
typedef struct rc_noise {
    double dropout, drop_path;
    rc_rng rng;
} rc_noise;
rc_noise *rc_graph_noise(rc_graph *g);

/* ---- leaves ---- */
/* Someone else's tensor, alive as long as the graph's step. */
rc_var rc_graph_leaf(rc_graph *g, rc_tensor value, bool needs_grad);
/* A trainable tensor and its gradient, both alive as long as the step (home NULL: frozen). */
rc_var rc_graph_parameter(rc_graph *g, rc_tensor value, rc_gradient *home);
/* A matrix of 8-bit weights, whose codes are `value` (I8, [rows, cols]); for answers alone: it fails where
 * the graph records. */
rc_var rc_graph_int8(rc_graph *g, rc_tensor value, rc_int8_matrix matrix);
/* Host data copied into the step. */
rc_var rc_graph_input(rc_graph *g, rc_dtype dtype, rc_shape shape, const void *host, bool needs_grad);
/* A second leaf with the value of v and no history. */
rc_var rc_graph_detach(rc_graph *g, rc_var v, bool needs_grad);

/* ---- derivatives ---- */
/* Seed the gradient of v with host data of its shape (NULL: ones). Several may be seeded. */
rc_status rc_graph_seed(rc_var v, const float *host) RC_MUST_CHECK;
/* Run backward from all seeds. retain: keep values and saved tensors for another pass. */
rc_status rc_graph_backward(rc_graph *g, bool retain) RC_MUST_CHECK;
/* The same, giving each parameter's gradient to `sink` as soon as it is complete, and its memory back after:
 * what an optimizer needs to hold one gradient at a time. by_rows: the sink takes the rows of tables. */
typedef rc_status (*rc_gradient_sink)(void *context, rc_gradient *gradient);
rc_status rc_graph_backward_into(rc_graph *g, bool by_rows, rc_gradient_sink sink,
                                 void *context) RC_MUST_CHECK;
/* Drop the gradients of all nodes (not of parameters), for another backward pass. */
void rc_graph_clear_grads(rc_graph *g);
/* Seed the tangent of a leaf (host data of its shape), then run all jvps in order. */
rc_status rc_graph_seed_tangent(rc_var v, const float *host) RC_MUST_CHECK;
rc_status rc_graph_jvp(rc_graph *g) RC_MUST_CHECK;
void rc_graph_keep(rc_var v);
/* The latest node (NULL: none yet); and, at the end of each block of a model, whose output is `to`: give back
 * what was computed after the mark and before `to` where no gradient will pass, which is below the lowest
 * trainable layer, and everywhere when not recording. The caller uses none of it again. Elsewhere it waits as
 * bfloat16 for the way back, if the device keeps it so (keeps_narrow). */
rc_var rc_graph_mark(const rc_graph *g);
void rc_graph_settle(rc_graph *g, rc_var mark, rc_var to);
/* Until the next reset: what a body attends by last is kept, its queries, keys and values side by side in
 * each token's row, as operations give notice of it (how many heads share them). Where a body ends, another
 * may follow: what is noticed of that is kept, too. Body k of these; NULL: it has attended to nothing so far.
 * To watch again begins anew with body 0: a second forward pass in the same step is noticed by itself. */
void rc_graph_watch(rc_graph *g);
void rc_graph_notice(rc_graph *g, rc_var qkv, int64_t heads);
void rc_graph_notice_end(rc_graph *g);
rc_var rc_graph_noticed(const rc_graph *g, int k, int64_t *heads);
/* Until the next reset: where a gradient will pass, too, a block keeps nothing but its output, and is
 * computed again on the way back, to the same bits (Chen et al. 2016). Costs one more forward pass, and
 * leaves in memory the outputs of all blocks and the inside of one. Nothing is kept as bfloat16 then. */
void rc_graph_recompute(rc_graph *g);
/* After the last use of v in the forward pass: release its value, to be computed again when a derivative
 * reads it. Worth it where the operation is cheap beside what it keeps (normalisation, moving rows), and
 * always where no backward reads the value. */
void rc_graph_forget(rc_var v);
/* The value of v is there (v may be NULL): made again if it was forgotten. */
rc_status rc_graph_remember(rc_var v) RC_MUST_CHECK;

/* ---- for ops ---- */
/* A new node of op with these inputs, attr copied (attr_size bytes), output shape; runs forward.
 * Returns NULL when the graph has failed or fails. */
rc_var rc_graph_apply(rc_graph *g, const rc_op *op, int n_in, rc_var const *in, const void *attr,
                      size_t attr_size, rc_dtype dtype, rc_shape shape);
/* Say which values backward reads, if not all: RC_READS(i) | ... | RC_READS_OWN. Returns the node. */
rc_var rc_node_reads(rc_var node, unsigned values);
/* Mark the graph failed (first failure wins) and return NULL. */
rc_var rc_graph_fail(rc_graph *g, rc_status status);
/* Pool memory of the step, uninitialised; `release` gives it back early. */
rc_status rc_graph_take(rc_graph *g, rc_dtype dtype, rc_shape shape, rc_tensor *out) RC_MUST_CHECK;
void rc_graph_release(rc_graph *g, rc_tensor *t);
/* Saved tensor i of a node (only worth it when recording); in the same place when forward runs again. */
rc_status rc_node_save(rc_node *node, int i, rc_dtype dtype, rc_shape shape) RC_MUST_CHECK;
/* Where the gradient of in[i] goes: NULL data if not wanted. *acc tells whether it already holds something
 * (add) or not (overwrite). Call once per backward. */
rc_status rc_node_grad_of(rc_node *node, int i, rc_tensor *out, bool *acc) RC_MUST_CHECK;
/* The last thing in a backward: in[i] enters the value unchanged, so its gradient gains the node's own, in
 * whose memory it stays where that is all it has so far. */
rc_status rc_node_pass_grad(rc_node *node, int i) RC_MUST_CHECK;
/* Within a backward: the node has added its share to the gradient of in[i], and reads its value no more. So
 * an optimizer may take it before the next gradient needs room. */
rc_status rc_node_grad_done(rc_node *node, int i) RC_MUST_CHECK;
/* After the last read of *t, a value or what a node saved, in the forward pass: where the device keeps such
 * numbers as bfloat16, round it, and give back half of its memory. A derivative finds float32 again. */
rc_status rc_graph_narrow(rc_graph *g, rc_tensor *t) RC_MUST_CHECK;
/* Host memory until the graph's next reset, which costs no allocation once steps repeat themselves. */
rc_status rc_graph_scratch(rc_graph *g, size_t bytes, void **out) RC_MUST_CHECK;
/* Whether the gradient of in[i] may be given by rows: it is a table, this is all that flows into it, and the
 * optimizer can use it. And the room for n of them: rows `touched` (ascending), for the op to fill. */
bool rc_node_takes_rows(const rc_node *node, int i);
rc_status rc_node_grad_rows(rc_node *node, int i, int64_t n, int64_t width, const int32_t *touched,
                            rc_tensor *out) RC_MUST_CHECK;
/* The same for kernels that always add: zero-filled on first use. */
rc_status rc_node_grad_added(rc_node *node, int i, rc_tensor *out) RC_MUST_CHECK;

#endif
