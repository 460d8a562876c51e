/* commands/fit_import.h: raw data of a fit: imported into the run's folder. */
#ifndef RC_COMMANDS_FIT_IMPORT_H
#define RC_COMMANDS_FIT_IMPORT_H

#include "base/lock.h"
#include "recraft/run.h"
#include "settings/config.h"

/* c: the settings of o. Where o->import is given and o->data is no data set and no texts: *data is OUT/data,
 * made of it by this call or by the one that began the run, to be freed; the run folder is reserved for it.
 * Else both are NULL.
 */
rc_status rc__fit_import(const rc_fit_options *o, const rc_config *c, char **data,
                         rc_lock **reserved) RC_MUST_CHECK;
/* What the run in this folder came to; what was imported for one that was refused before it began goes again.
 */
rc_status rc__fit_import_end(const char *out, const char *data, rc_status status) RC_MUST_CHECK;

#endif
