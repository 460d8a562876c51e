/* backbones/adapters.h: low-rank adapters of a model, within backbones/. */
#ifndef RC_BACKBONES_ADAPTERS_H
#define RC_BACKBONES_ADAPTERS_H

#include "backbones/model.h"

/* Adapters for the matrices of the body that spec.lora names; none for rank 0. */
rc_status rc__adapters_declare(rc_model *m) RC_MUST_CHECK;
/* Which matrix a module of such a name (of n bytes) holds as its weight; RC_MATRICES: none. */
rc_matrix rc__matrix_of_module(const char *module, size_t n);
#endif
