/* api/body.h: the body of a source or of a model folder alone: what it makes of samples of its own form. */
#ifndef RC_API_BODY_H
#define RC_API_BODY_H

#include "source/bundle.h"
#include "tasks/trained.h"

/* The form of a sample of x, if the backbone takes it: images [N, C, H, W] of as many channels, series
 * [N, C, L] of its length, or token ids [N, T]. name: for messages. */
rc_status rc__body_form(const rc_backbone_config *c, const char *name, const rc_array *x,
                        rc_input *out) RC_MUST_CHECK;
/* A model of that alone, from a model folder or, where that is NULL, from a bundle. To be closed with
 * rc_trained_close, on failure, too. */
rc_status rc__body_open(const rc_backbone_config *c, const char *folder, const rc_bundle *b,
                        const rc_input *form, rc_trained *out) RC_MUST_CHECK;
/* The tokenizer of a text model's bundle, checked against its model. */
rc_status rc__body_tokenizer(const rc_bundle *b, rc_tokenizer **out) RC_MUST_CHECK;

#endif
