/* commands/auto.h: the method "auto", which is made of runs of other methods. */
#ifndef RC_COMMANDS_AUTO_H
#define RC_COMMANDS_AUTO_H

#include "commands/common.h"

/* rc_fit of an array data set with this method; reserved: as for rc_run_open. dry: it is only told what that
 * is going to take. */
rc_status rc__fit_auto(const rc_fit_options *o, rc_lock **reserved, bool dry, char **json) RC_MUST_CHECK;

#endif
