/* Within parallel/: the plug-in in use, for transfers that go on beside other work. */
#ifndef RC_PARALLEL_LINK_H
#define RC_PARALLEL_LINK_H

#include <stdbool.h>

#include "base/failure.h"
#include "parallel/plugin.h"

const rc_plugin *rc__link(void); /* NULL: alone */
bool rc__link_together(void);    /* all ranks are on one machine */
rc_status rc__link_check(int code) RC_MUST_CHECK;

#endif
