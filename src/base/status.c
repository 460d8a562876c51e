#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/utf8.h"

enum { TEXT_SIZE = 1024 };
static _Thread_local char text[TEXT_SIZE];

rc_status rc_fail(rc_status code, const char *format, ...)
{
    /* Formatted aside first: an argument may be the current text. */
    char fresh[TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(fresh, sizeof fresh, format, args);
    va_end(args);
    rc__context_word(fresh);
    rc_utf8_visible(fresh, "", sizeof text, text);
    return code;
}

rc_status rc_fail_context(rc_status code, const char *format, ...)
{
    char where[TEXT_SIZE / 2], rest[TEXT_SIZE], fresh[TEXT_SIZE + TEXT_SIZE / 2 + 2];
    va_list args;
    va_start(args, format);
    vsnprintf(where, sizeof where, format, args);
    va_end(args);
    memcpy(rest, text, sizeof rest);
    snprintf(fresh, sizeof fresh, "%s: %s", where, rest);
    rc__context_word(fresh);
    rc_utf8_visible(fresh, "", sizeof text, text);
    return code;
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

int rc_version_number(void)
{
    return RC_VERSION_NUMBER;
}

const char *rc_version(void)
{
    return RC_VERSION_STRING;
}
