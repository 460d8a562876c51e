/* base/home.h: the folder where recraft keeps what it has fetched or built: models/NAME/ (model folders) and
 * sources/NAME.safetensors (bundles). $RECRAFT_HOME, or $XDG_DATA_HOME/recraft, or ~/.local/share/recraft.
 * Nothing is made here; who writes calls rc_make_directory first. */
#ifndef RC_BASE_HOME_H
#define RC_BASE_HOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/failure.h"

/* The path of `kind` ("models", "sources"), or of `name` in it; name may be NULL. */
rc_status rc_home_path(const char *kind, const char *name, size_t size, char *out) RC_MUST_CHECK;
/* Can text name something kept here? Letters, digits and "-_." only, not beginning with "." or "-", so that
 * it is never a path or an option; at most 100 bytes. */
bool rc_home_is_name(const char *text);
/* What `model` names: a folder as it is, else the fetched model of this name. */
rc_status rc_home_find_model(const char *model, size_t size, char *out) RC_MUST_CHECK;

#endif
