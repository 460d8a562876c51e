/* commands/fit_import.h: raw data of a fit: imported into the run's folder. */
#ifndef RC_COMMANDS_FIT_IMPORT_H
#define RC_COMMANDS_FIT_IMPORT_H

#include "recraft/run.h"

/* Where o->import is given and o->data is no data set and no texts: *data is OUT/data, made of it by this
 * call or by the one that began the run, to be freed. Else NULL. */
rc_status rc__fit_import(const rc_fit_options *o, char **data) RC_MUST_CHECK;

#endif
