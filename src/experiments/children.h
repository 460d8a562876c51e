/* experiments/children.h: processes of the program itself, several at a time. Each has its own process group,
 * so that Ctrl-C reaches it once, through us; on Linux it is interrupted too when this process dies. */
#ifndef RC_EXPERIMENTS_CHILDREN_H
#define RC_EXPERIMENTS_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

typedef struct rc__child {
    char **arguments; /* of execv, NULL-terminated */
    char *log;        /* file that standard error is appended to */
    char *output;     /* file that standard output is written to; NULL: nowhere */
    pid_t process;    /* 0: not started */
    bool ended;
    int code; /* exit code, or 128 + the signal that ended it */
    double started, seconds;
} rc__child;

typedef struct rc__crew {
    const char *program;
    int64_t at_once, threads; /* processes, and threads of each */
    /* Called when one has ended; a failure stops the work as an interrupt does. */
    rc_status (*ended)(void *context, rc__child *child);
    void *context;
} rc__crew;

/* Runs all. After an interrupt (recraft/context.h) none is started any more, those that run are interrupted
 * and waited for, and RC_INTERRUPTED is returned. How a child ended is told by its code alone. */
rc_status rc__children_run(const rc__crew *crew, rc__child *child, int64_t n) RC_MUST_CHECK;

#endif
