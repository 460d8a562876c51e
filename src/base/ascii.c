#include "base/ascii.h"

#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

bool rc_ascii_same_start(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rc_ascii_lower(a[i]) != rc_ascii_lower(b[i])) return false;
        if (!a[i]) break;
    }
    return true;
}

bool rc_ascii_same(const char *a, const char *b)
{
    return rc_ascii_same_start(a, b, SIZE_MAX);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale; /* made once, and kept */

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Of this thread alone, until it is given back: the host's other threads keep theirs. */
static locale_t use_c_locale(void)
{
    pthread_once(&once, make_c_locale);
    return uselocale(c_locale);
}

double rc_ascii_number(const char *text, char **end)
{
    locale_t before = use_c_locale();
    double value = strtod(text, end);
    uselocale(before);
    return value;
}

int rc_ascii_vprint(char *text, size_t size, const char *format, va_list args)
{
    locale_t before = use_c_locale();
    int n = vsnprintf(text, size, format, args);
    uselocale(before);
    return n;
}

int rc_ascii_print(char *text, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = rc_ascii_vprint(text, size, format, args);
    va_end(args);
    return n;
}
