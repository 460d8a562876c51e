/* What is to be said of a search. */
#include <stdarg.h>

#include "base/progress.h"
#include "fitting/auto_parts.h"

void rc__auto_note(const rc__auto *a, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    rc_message_write(sizeof line, line, format, args);
    va_end(args);
    rc_progress_note("%s", line);
    rc_json_append_string(a->notes, line);
}

rc_status rc__auto_leave_out(const rc__auto *a, const char *what, rc_status status)
{
    bool serves_not = status == RC_UNSUPPORTED || status == RC_CONFIG || status == RC_DATA ||
                      status == RC_SHAPE || status == RC_FORMAT || status == RC_NUMERIC;
    if (!serves_not) return status;
    rc__auto_note(a, "%s is left out: %s", what, rc_error_text());
    return RC_OK;
}
