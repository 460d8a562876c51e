/* backbones/head.h: the last part of a model, within backbones/. */
#ifndef RC_BACKBONES_HEAD_H
#define RC_BACKBONES_HEAD_H

#include "backbones/model.h"

/* The head's parameters; and, once the parameters have their place, what its forward pass needs. */
rc_status rc__head_declare(rc_model *m) RC_MUST_CHECK;
rc_status rc__head_prepare(rc_model *m) RC_MUST_CHECK;

/* The dense head of RC_DENSE_CONV (field.c): x is the model's input. */
rc_status rc__field_declare(rc_model *m) RC_MUST_CHECK;
rc_status rc__field_prepare(rc_model *m) RC_MUST_CHECK;
void rc__field_destroy(rc__field *f);
rc_var rc__field_decode(rc_graph *g, rc_model *m, rc_var tokens, rc_var x);

/* What a linear head reads of the tokens of one body (rc_model_read: of all); head_read.c. */
rc_var rc__head_read(rc_graph *g, rc_model *m, rc_var tokens, rc_var length);
rc_var rc__pool(rc_graph *g, const rc_model *m, rc_var tokens, rc_var length); /* as spec.pool says */
rc_var rc__flatten(rc_graph *g, rc_var x);                                     /* [B, ..] -> [B, n] */
/* The gate of spec.gate, among the parameters of the head. */
rc_status rc__gate_declare(rc_model *m) RC_MUST_CHECK;
/* The map of spec.teacher. */
rc_status rc__match_declare(rc_model *m) RC_MUST_CHECK;

#endif
