/* base/ascii.h: letters and numbers as files have them, whatever locale the host has set for itself or for a
 * thread: letters are those of ASCII, and a number has a point. <ctype.h>, <strings.h>, strtod and the printf
 * family follow the locale, so the rest of the library takes these instead (scripts/check-names). */
#ifndef RC_BASE_ASCII_H
#define RC_BASE_ASCII_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "recraft/status.h"

static inline bool rc_ascii_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static inline bool rc_ascii_is_upper(int c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool rc_ascii_is_letter(int c)
{
    return rc_ascii_is_upper(c) || (c >= 'a' && c <= 'z');
}

static inline bool rc_ascii_is_word(int c) /* a letter or a digit */
{
    return rc_ascii_is_letter(c) || rc_ascii_is_digit(c);
}

static inline bool rc_ascii_is_blank(int c)
{
    return c == ' ' || c == '\t';
}

static inline bool rc_ascii_is_space(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char rc_ascii_lower(char c)
{
    return rc_ascii_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

static inline char rc_ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* The same but for the case of letters: whole texts, and up to their first n bytes. */
bool rc_ascii_same(const char *a, const char *b);
bool rc_ascii_same_start(const char *a, const char *b, size_t n);

/* strtod, snprintf and vsnprintf. */
double rc_ascii_number(const char *text, char **end);
int rc_ascii_print(char *text, size_t size, const char *format, ...) RC_PRINTF(3, 4);
int rc_ascii_vprint(char *text, size_t size, const char *format, va_list args) RC_PRINTF(3, 0);

#endif
