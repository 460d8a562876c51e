/* base/input_name.h: names of the inputs of a sample. The first is x; others have names of their own, which
 * stand in names of files and of parameters. */
#ifndef RC_BASE_INPUT_NAME_H
#define RC_BASE_INPUT_NAME_H

#include "base/failure.h"

enum { RC_MORE_INPUTS = 3, RC_INPUT_NAME = 32 }; /* at most so many beside x; bytes of a name, with its end */

/* Letters, digits, - and _. `where` begins the message. */
rc_status rc_input_name_check(const char *where, const char *name) RC_MUST_CHECK;

#endif
