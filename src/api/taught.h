/* api/taught.h: a fit that learns from a finished run or a source (rc_method.taught): its teacher, its
 * student, and texts and samples without labels as both take them. */
#ifndef RC_API_TAUGHT_H
#define RC_API_TAUGHT_H

#include "datasets/labelled_text.h"
#include "fitting/fitting.h"
#include "recraft/predictor.h"

/* As the settings say, or by the objects of `how`, which names no sources. */
rc_status rc__taught_open(rc__fitting *f, const rc_fit_how *how) RC_MUST_CHECK;
/* A target of texts (rc__text_target), read as the source reads them; or as the teacher did, which the
 * student has to follow. */
rc_status rc__fitting_texts(rc__fitting *f, const char *data, const rc_text_list *list,
                            rc_dataset **out) RC_MUST_CHECK;
/* Those of distill.unlabelled, or of the list (NULL: none) that texts were made of, into the data set. */
rc_status rc__taught_more(const rc__fitting *f, const rc_text_list *list, rc_dataset *data) RC_MUST_CHECK;

#endif
