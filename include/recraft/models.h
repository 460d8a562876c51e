/* recraft/models.h: model folders kept for later use by name, under $RECRAFT_HOME/models (default
 * ~/.local/share/recraft/models).
 *
 * Failures and threads are as in recraft/run.h. RC_MACHINE is also a network that fails, and RC_IO what a
 * server refuses. Download from one thread at a time. */
#ifndef RECRAFT_MODELS_H
#define RECRAFT_MODELS_H

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fetch a known model, or take any model under this name from a folder or an archive (.zip, .tar, .tar.gz, a
 * Python wheel); from: NULL for the network. json: model, path, from, licence, fetched, bytes, files. */
RC_API rc_status rc_models_get(const char *name, const char *from, char **json) RC_MUST_CHECK;
/* {"models": [{"name", "about", "licence", "from", "path"}]}; no "path": not here yet. */
RC_API rc_status rc_models_list(char **json) RC_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
