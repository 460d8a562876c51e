#include "base/failure.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/ascii.h"

static _Thread_local char text[RC_MESSAGE];

rc_status rc_fail(rc_status code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_message_write(sizeof text, text, format, args);
    va_end(args);
    return code;
}

rc_status rc_fail_context(rc_status code, const char *format, ...)
{
    char where[RC_MESSAGE / 2];
    va_list args;
    va_start(args, format);
    rc_ascii_vprint(where, sizeof where, format, args);
    va_end(args);
    return rc_fail(code, "%s: %s", where, text);
}

const char *rc_error_text(void)
{
    return text;
}

const char *rc_status_text(rc_status status)
{
    switch (status) {
#define RC_STATUS_CASE(name, code, words) \
    case RC_##name:                       \
        return words;
        RC_STATUS_TABLE(RC_STATUS_CASE)
#undef RC_STATUS_CASE
    }
    return "unknown status";
}

int rc_status_exit_code(rc_status status)
{
    switch (status) {
#define RC_STATUS_CASE(name, code, words) \
    case RC_##name:                       \
        return code;
        RC_STATUS_TABLE(RC_STATUS_CASE)
#undef RC_STATUS_CASE
    }
    return 1;
}
