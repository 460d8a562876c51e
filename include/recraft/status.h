/* recraft/status.h: result codes and the error record.
 *
 * Every function that can fail returns rc_status; results come through the last parameter.
 * After a failure rc_error_text() holds one line for the person at the keyboard: what was
 * wrong, where, and what to do. It names fields of options structs as they are. The record belongs to the
 * calling thread and stays valid until that thread's next failing call. The library never prints, exits or
 * aborts. */
#ifndef RECRAFT_STATUS_H
#define RECRAFT_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, exit code of the program, text) */
#define RC_STATUS_TABLE(X)                             \
    X(OK, 0, "done")                                   \
    X(MEMORY, 1, "out of memory")                      \
    X(DEVICE, 1, "the compute device failed")          \
    X(INTERNAL, 1, "internal error")                   \
    X(MACHINE, 1, "the machine cannot do it now")      \
    X(IO, 2, "a file cannot be read or written")       \
    X(FORMAT, 2, "a file is not what it should be")    \
    X(SHAPE, 2, "shapes do not fit together")          \
    X(UNSUPPORTED, 2, "not supported")                 \
    X(CONFIG, 2, "an option or setting is wrong")      \
    X(DATA, 2, "the data are wrong")                   \
    X(NUMERIC, 2, "the numbers left the finite range") \
    X(INTERRUPTED, 130, "interrupted")

/* What came of a call: RC_OK, or why not. */
typedef enum rc_status {
#define RC_STATUS_ENUM(name, code, text) RC_##name,
    RC_STATUS_TABLE(RC_STATUS_ENUM)
#undef RC_STATUS_ENUM
} rc_status;

/* The outcome must be looked at; the arguments are those of printf. */
#if defined(__GNUC__)
#define RC_MUST_CHECK __attribute__((warn_unused_result))
#define RC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define RC_MUST_CHECK
#define RC_PRINTF(fmt, args)
#endif

/* What the library shows. */
#if defined(__GNUC__)
#define RC_API __attribute__((visibility("default")))
#else
#define RC_API
#endif

/* How structs that may grow begin: all 0, and their size as this header knows it (recraft/options.h). */
#ifdef __cplusplus
#define RC_SIZED(type)                 \
    ([] {                              \
        type rc_fresh_ = type();       \
        rc_fresh_.size = sizeof(type); \
        return rc_fresh_;              \
    }())
#else
#define RC_SIZED(type)       \
    {                        \
        .size = sizeof(type) \
    }
#endif

/* Text of the calling thread's last failure; "" when there was none. */
RC_API const char *rc_error_text(void);

/* A short description of a code, and the exit code a program should end with. */
RC_API const char *rc_status_text(rc_status status);
RC_API int rc_status_exit_code(rc_status status);

#ifdef __cplusplus
}
#endif
#endif
