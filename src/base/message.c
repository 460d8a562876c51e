#include "base/message.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/current_context.h"
#include "base/utf8.h"

enum { MARK = 1, NAME = 32 };

/* The name of a field, as the reader knows it. */
static void name_field(const char *field, size_t room, char *out)
{
    rc_field_namer *namer = rc_context_current()->namer;
    if (namer)
        namer(field, room, out);
    else
        snprintf(out, room, "%s", field);
}

static void name_fields(const char *text, size_t room, char *out)
{
    char field[NAME];
    size_t used = 0;
    while (*text && used + 1 < room) {
        size_t n = *text == MARK ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
        if (n > 0 && n < NAME) {
            snprintf(field, sizeof field, "%.*s", (int)n, text + 1);
            name_field(field, room - used, out + used);
            used += strlen(out + used);
            text += 1 + n;
        } else {
            out[used++] = *text++;
        }
    }
    out[used] = '\0';
}

void rc_message_write(size_t room, char *out, const char *format, va_list args)
{
    char given[RC_MESSAGE], named[RC_MESSAGE];
    rc_ascii_vprint(given, sizeof given, format, args);
    name_fields(given, sizeof named, named);
    rc_utf8_visible(named, "", room, out);
}

void rc_message_print(size_t room, char *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_message_write(room, out, format, args);
    va_end(args);
}
