/* backbones/weights.h: where parameter values come from: tensors by their published names, in one safetensors
 * file or in several shards. */
#ifndef RC_BACKBONES_WEIGHTS_H
#define RC_BACKBONES_WEIGHTS_H

#include "autodiff/params.h"
#include "formats/safetensors.h"

/* Before the names of what belongs to a further input: "inputs.NAME.". */
#define RC_INPUTS_PREFIX "inputs."

/* One file, and the further shards behind it. A view: whoever opened the files closes them. */
typedef struct rc_weights {
    const rc_safetensors *file;
    const char *name; /* of the file, for messages */
    const struct rc_weights *next;
    const char
        *prefix; /* names that start with it may lack it in the file; NULL: no such prefix. Of the first */
    bool copies; /* names below "inputs.NAME." are meant without it: each input begins with the same. Of the
                    first */
    bool *used;  /* per tensor of the file, set when it is found; NULL: nobody asks */
} rc_weights;

/* The floating-point tensor of this name, and the file it was found in; fails with one line if there is none.
 */
rc_status rc_weights_find(const rc_weights *w, const char *name, rc_safetensors_entry *out,
                          const char **file_name) RC_MUST_CHECK;

bool rc_weights_has(const rc_weights *w, const char *name);
/* Are there matrices of 8-bit weights among them? */
bool rc_weights_are_int8(const rc_weights *w);
/* For rc_params_set_check: a parameter that is declared must be there with its shape (context: rc_weights).
 */
rc_status rc_weights_check(const void *context, const char *name, const rc_shape *shape) RC_MUST_CHECK;

/* A parameter's name without "inputs.NAME." before it. */
const char *rc__without_input(const char *name);
/* Fails where the tensor `name` of a file holds NaN or an infinity. */
rc_status rc_weights_check_numbers(const char *file, const char *name, const float *x,
                                   int64_t n) RC_MUST_CHECK;
/* Parameter i from the tensor of its name and shape. One of 8-bit weights needs these, and "NAME.scale". */
rc_status rc__load_parameter(rc_params *p, int i, const rc_weights *from) RC_MUST_CHECK;
/* The same for a patch projection [O, C, ...] where the input channels may differ in number: those of the
 * source are repeated and cut to this model's. */
rc_status rc__adopt_projection(rc_params *p, int i, const rc_weights *from) RC_MUST_CHECK;

/* Of 8-bit weights: the scales of parameter i into a writer. */
rc_status rc__store_scale(rc_params *p, int i, rc_safetensors_writer *w) RC_MUST_CHECK;

#endif
