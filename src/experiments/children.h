/* experiments/children.h: processes of the program itself, several at a time. Each has its own process group,
 * so that Ctrl-C reaches it once, through us; on Linux it is interrupted too when this process dies. */
#ifndef RC_EXPERIMENTS_CHILDREN_H
#define RC_EXPERIMENTS_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/failure.h"

/* Whether one may begin. */
typedef enum rc__turn {
    RC__TURN_NOW,
    RC__TURN_LATER, /* somebody else is at it: it is asked again */
    RC__TURN_NEVER  /* nothing is left to do */
} rc__turn;

typedef struct rc__child {
    char **arguments;    /* of execv, NULL-terminated */
    char *log;           /* file that standard error is appended to */
    char *output;        /* file that standard output is written to; NULL: nowhere */
    pid_t process;       /* 0: not started */
    double again, pause; /* when it is asked again (rc_clock), and how long that was put off */
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
    /* Asked before one is started; NULL: now. */
    rc_status (*turn)(void *context, rc__child *child, rc__turn *out);
} rc__crew;

/* One that has ended is to be started again when it is its turn. */
void rc__child_renew(rc__child *c);

/* Runs all, in order as far as it is their turn. After an interrupt (recraft/context.h) none is started any
 * more, those that run are interrupted and waited for, and RC_INTERRUPTED is returned. How a child ended is
 * told by its code alone. */
rc_status rc__children_run(const rc__crew *crew, rc__child *child, int64_t n) RC_MUST_CHECK;

#endif
