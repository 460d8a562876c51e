/* backbones/shorter.h: a model with fewer blocks out of a larger one: of the same family and width, so that
 * what it keeps are whole blocks with their weights.
 *
 * The n blocks kept of the d of a stage are spread evenly, the first and the last among them: block i is
 * number i (d - 1) / (n - 1), rounded. DistilBERT takes the same of 12 (Sanh et al. 2019). Where blocks are
 * of several kinds in turn (a Swin's windows, shifted in every second), each comes from one of its kind. */
#ifndef RC_BACKBONES_SHORTER_H
#define RC_BACKBONES_SHORTER_H

#include "backbones/model.h"

/* layers: a number, which the stages share as they do those of the larger one, each at least one; or a number
 * for each stage, with commas between. */
rc_status rc_shorter_config(const rc_backbone_config *larger, const char *layers,
                            rc_backbone_config *out) RC_MUST_CHECK;
/* Into j, "layers": which blocks of the larger are kept, counted through all stages from 0. */
void rc_shorter_tell(const rc_backbone_config *larger, const rc_backbone_config *smaller, rc_json *j);
/* Parameters of m from those of a model of the same input that has as many blocks, or more. Embedder and body
 * must be there; of the rest, what the larger has of the same name and shape. */
rc_status rc_model_take(rc_model *m, rc_model *larger) RC_MUST_CHECK;

#endif
