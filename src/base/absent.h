/* base/absent.h: what stands in for a component that was left out of this build. */
#ifndef RC_BASE_ABSENT_H
#define RC_BASE_ABSENT_H

#include "base/failure.h"

/* RC_UNSUPPORTED: where (a file or a command) asks for `part`, which `option` of the configuration brings. */
rc_status rc_fail_absent(const char *where, const char *part, const char *option);

#endif
