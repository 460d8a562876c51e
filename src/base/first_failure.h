/* base/first_failure.h: what failed in a loop whose passes threads share. rc_fail records its text for each
 * thread by itself, so that what a worker says would be lost with it. */
#ifndef RC_BASE_FIRST_FAILURE_H
#define RC_BASE_FIRST_FAILURE_H

#include <stdint.h>

#include "base/failure.h"
#include "base/message.h"

/* Zero-initialise. */
typedef struct rc_first_failure {
    rc_status status; /* RC_OK: nothing has failed */
    int64_t at;
    char text[RC_MESSAGE];
} rc_first_failure;
/* How pass number `at` has ended, told by the thread that made it. Of several failures the first pass's is
 * kept, so that it is the same on any number of threads. */
void rc_first_failure_note(rc_first_failure *f, int64_t at, rc_status status);
/* RC_OK while nothing has failed; from any thread. */
rc_status rc_first_failure_status(const rc_first_failure *f);
/* Behind the loop: the failure as one of the calling thread. */
rc_status rc_first_failure_raise(const rc_first_failure *f) RC_MUST_CHECK;

#endif
