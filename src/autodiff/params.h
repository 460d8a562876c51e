/* autodiff/params.h: a model's parameters, in one block with an offset table.
 *
 * Declaring comes first (name, shape, group), then rc_params_allocate() makes the block. Parameters of one
 * group lie next to each other without gaps, so query, key and value weights, stored under
 * their published names, are also one [3C, C] matrix (rc_params_span). Checkpoints, the optimizer and
 * later all-reduce are each one loop over the block. */
#ifndef RC_AUTODIFF_PARAMS_H
#define RC_AUTODIFF_PARAMS_H

#include "autodiff/graph.h"
#include "base/rng.h"

typedef struct rc_params rc_params;

typedef enum rc_init {
    RC_INIT_ZEROS,
    RC_INIT_ONES,
    RC_INIT_NORMAL,  /* N(0, std), cut at two standard deviations */
    RC_INIT_KAIMING, /* uniform, bound sqrt(1 / fan_in) (the usual default of a linear or conv layer) */
} rc_init;

typedef struct rc_param {
    char *name;
    rc_shape shape;
    rc_init init;
    float std;
    int64_t offset, size; /* in the block, or in that of the codes; elements */
    int64_t row;          /* of 8-bit codes: first row among all scales */
    int64_t grad_offset;  /* among all gradients, in the order of the block; -1: frozen or not prepared */
    int group;            /* index of the first parameter of its joined group */
    int adapter;          /* parameter a of its low-rank adapter, with b behind it; -1: none */
    float adapter_scale;
    int block;      /* of the body's transformer blocks, 0 nearest to the input; -1: none */
    bool trainable; /* the same for all of a group */
    float rate;     /* the optimizer's learning rate is multiplied by it; 1 */
    bool decays;    /* weight decay applies; true */
    bool table;     /* of embeddings [rows, width], of which a step looks up few rows */
    bool matrix;    /* [out, in], of which products alone are made */
    bool half; /* floats that 16 bits hold: read from such, or rounded to them; files of 8-bit weights keep
                  them so */
    bool int8; /* 8-bit codes (tensor/int8.h), the same for all of a group; set before the block is made */
    rc_gradient grad; /* of a group's first: the gradient of the whole group */
} rc_param;

rc_status rc_params_create(rc_device *device, rc_params **out) RC_MUST_CHECK;
void rc_params_destroy(rc_params **p);
/* joined: lies directly behind the previous parameter. Returns its index in *index (may be NULL). */
rc_status rc_params_declare(rc_params *p, const char *name, rc_shape shape, rc_init init, float std,
                            bool joined, int *index) RC_MUST_CHECK;
/* Ask `check` about every parameter that is declared from now on; a refusal fails the declaration, before
 * memory is taken for a size that may come from a hostile file. */
typedef rc_status (*rc_param_check)(const void *context, const char *name, const rc_shape *shape);
void rc_params_set_check(rc_params *p, rc_param_check check, const void *context);
/* What stands before the names of all parameters that are declared from now on; "" as at first. Not copied.
 */
void rc_params_set_prefix(rc_params *p, const char *prefix);
/* Say that parameter i is a table of embeddings, joined with none. */
void rc_params_mark_table(rc_params *p, int i);
/* Make the block (uninitialised numbers). */
rc_status rc_params_allocate(rc_params *p) RC_MUST_CHECK;
/* Fill all parameters from the seed; each draws from a stream of its own name. */
rc_status rc_params_initialise(rc_params *p, uint64_t seed) RC_MUST_CHECK;
/* The same numbers for the parameters first .. end - 1 alone. */
rc_status rc_params_initialise_range(rc_params *p, int first, int end, uint64_t seed) RC_MUST_CHECK;

int rc_params_count(const rc_params *p);
rc_param *rc_params_get(rc_params *p, int i);
int rc_params_find(const rc_params *p, const char *name); /* -1: none */
int64_t rc_params_total(const rc_params *p);              /* elements of the blocks */
int64_t rc_params_grad_total(const rc_params *p);         /* elements of the block of gradients */
int64_t rc_params_trainable_total(const rc_params *p);    /* trainable parameters, elements */
rc_tensor rc_params_value(rc_params *p, int i);
rc_tensor rc_params_value_block(const rc_params *p); /* all that are not 8-bit codes */
/* Of 8-bit codes, whose value is I8: their scales, F32 [rows]; and to be called once both are there. */
rc_tensor rc_params_scale(rc_params *p, int i);
rc_status rc_params_sum_codes(rc_params *p, int i) RC_MUST_CHECK;
rc_tensor rc_params_grad(rc_params *p, int i); /* data NULL when frozen or not prepared */

/* After setting `trainable` flags: make room for gradients (only of trainable ones). */
rc_status rc_params_prepare_grads(rc_params *p) RC_MUST_CHECK;
/* The same for steps of one graph each, after which gradients are used, and zeroed, before its next reset.
 * Where a device takes kernels from a line (device.h: queued) all but tables have room in one block, and one
 * kernel can update them together. All others have none: they lie in the pool of the graph. */
rc_status rc_params_prepare_step_grads(rc_params *p) RC_MUST_CHECK;
/* Room for none: somebody else gives it. */
void rc_params_lay_out_grads(rc_params *p);
/* The block that these have room in, data NULL: there is none; and where in it that of i begins, -1: it lies
 * elsewhere. */
rc_tensor rc_params_grad_block(const rc_params *p);
int64_t rc_params_grad_at(rc_params *p, int i);
void rc_params_zero_grads(rc_params *p); /* marks them empty; costs nothing */
bool rc_params_grad_ready(rc_params *p, int i);
/* Say that the gradient of i (and of its group) now holds something, written by other means than a graph. */
void rc_params_set_grad_ready(rc_params *p, int i);
/* Index of the first parameter of the group that a gradient belongs to, and how many the group has. */
int rc_params_group_of(rc_params *p, const rc_gradient *gradient, int *count);
/* Set trainable for all names that start with prefix ("" = all). Returns how many. */
int rc_params_set_trainable(rc_params *p, const char *prefix, bool trainable);

/* In a graph: one parameter, or a whole group of `count` joined ones seen as one tensor of the given shape.
 */
rc_var rc_params_var(rc_graph *g, rc_params *p, int i);
rc_var rc_params_span(rc_graph *g, rc_params *p, int first, int count, rc_shape shape);

#endif
