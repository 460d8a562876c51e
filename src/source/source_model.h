/* source/source_model.h: a source as a trained model: its body with its recalibrated head, on data like those
 * that it was made of. */
#ifndef RC_SOURCE_SOURCE_MODEL_H
#define RC_SOURCE_SOURCE_MODEL_H

#include "source/bundle.h"
#include "tasks/trained.h"

/* The labelled set that `source get` made it of, where that is kept here; else out is "". */
rc_status rc_source_set_path(const char *name, size_t size, char *out) RC_MUST_CHECK;
/* Whether it has one head, as a model has. */
rc_status rc_source_model_check(const rc_bundle *b) RC_MUST_CHECK;
/* Of one that has; data must have its classes. rc_trained_close releases it; the bundle is not needed
 * afterwards. */
rc_status rc_source_model_open(const rc_bundle *b, const rc_config *c, rc_dataset *data, rc_device *device,
                               rc_trained *out) RC_MUST_CHECK;

#endif
