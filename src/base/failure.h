/* base/failure.h: raising and passing on failures inside the library. */
#ifndef RC_BASE_FAILURE_H
#define RC_BASE_FAILURE_H

#include "base/message.h"
#include "recraft/status.h"

/* Record a failure's text (printf form) and return its code. The text should name the value,
 * the place and the remedy: "train.npy: 3 dimensions, a table has 2". Names and values go in as they are
 * (rc_message_write), and fields of options structs as \1out (base/message.h). */
rc_status rc_fail(rc_status code, const char *format, ...) RC_PRINTF(2, 3);

/* Put "where: " in front of the recorded text and return the code unchanged. */
rc_status rc_fail_context(rc_status code, const char *format, ...) RC_PRINTF(2, 3);

/* Pass a failure on to the caller. */
#define RC_TRY(call)                                        \
    do {                                                    \
        rc_status rc_try_status_ = (call);                  \
        if (rc_try_status_ != RC_OK) return rc_try_status_; \
    } while (0)

/* The same in a function that releases things at its `done:` label; needs `rc_status status`. */
#define RC_TRY_DONE(call)               \
    do {                                \
        status = (call);                \
        if (status != RC_OK) goto done; \
    } while (0)

/* Fail unless cond holds. */
#define RC_CHECK(cond, code, ...)                         \
    do {                                                  \
        if (!(cond)) return rc_fail((code), __VA_ARGS__); \
    } while (0)

#endif
