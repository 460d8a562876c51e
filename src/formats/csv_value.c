/* One field of delimited text as a value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/csv.h"

static rc_csv_field trim(rc_csv_field f)
{
    while (f.length && (f.text[0] == ' ' || f.text[0] == '\t')) {
        f.text++;
        f.length--;
    }
    while (f.length && (f.text[f.length - 1] == ' ' || f.text[f.length - 1] == '\t'))
        f.length--;
    return f;
}

bool rc_csv_is_missing(rc_csv_field f)
{
    static const char *const words[] = {"?",   "NA",   "N/A",  "n/a",  "NaN", "nan",
                                        "NAN", "null", "NULL", "None", "-nan"};
    f = trim(f);
    if (f.length == 0) return true;
    if (f.length > 4) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == f.length && memcmp(words[i], f.text, f.length) == 0) return true;
    return false;
}

/* Up to 15 digits and a power of ten up to 22 are both exact in a double, so one multiplication or division
 * gives the correctly rounded number (Clinger 1990). Anything else is left to strtod. */
static bool short_number(const char *p, const char *end, double *out)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool minus = p < end && *p == '-';
    uint64_t digits = 0;
    int count = 0, after = 0;
    if (p < end && (*p == '-' || *p == '+')) p++;
    for (; p < end && *p >= '0' && *p <= '9'; p++, count++)
        digits = digits * 10 + (uint64_t)(*p - '0');
    if (p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, count++, after++)
            digits = digits * 10 + (uint64_t)(*p - '0');
    if (p != end || count == 0 || count > 15) return false;
    double value = (double)digits / power[after];
    *out = minus ? -value : value;
    return true;
}

bool rc_csv_to_f64(rc_csv_field f, double *out)
{
    enum { LONGEST = 63 };
    char text[LONGEST + 1], *end;
    f = trim(f);
    if (f.length == 0) return false;
    if (short_number(f.text, f.text + f.length, out)) return true;
    /* "nan" is a missing value, not a number; hexadecimal is not what people write into tables. */
    if (f.length > LONGEST || memchr(f.text, 'x', f.length) || memchr(f.text, 'X', f.length)) return false;
    memcpy(text, f.text, f.length);
    text[f.length] = '\0';
    *out = strtod(text, &end);
    return end == text + f.length && !isnan(*out);
}
