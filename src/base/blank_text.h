/* base/blank_text.h: which texts say nothing, for all who read texts. */
#ifndef RC_BASE_BLANK_TEXT_H
#define RC_BASE_BLANK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Nothing but white space, line breaks too. */
static inline bool rc_text_is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r\n\v\f", text[i]) || text[i] == '\0') return false;
    return true;
}

#endif
