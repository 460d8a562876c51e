/* One field of delimited text as a value. */
#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "formats/csv.h"

enum { LONGEST = 63 };

rc_csv_field rc_csv_trim(rc_csv_field f)
{
    while (f.length && (f.text[0] == ' ' || f.text[0] == '\t')) {
        f.text++;
        f.length--;
    }
    while (f.length && (f.text[f.length - 1] == ' ' || f.text[f.length - 1] == '\t'))
        f.length--;
    return f;
}

bool rc_csv_is_missing(const char *words, rc_csv_field f)
{
    static const char usual[] = "?,NA,N/A,n/a,NaN,nan,NAN,-nan,null,NULL,None,<NA>,#NA,#N/A,#N/A N/A,#DIV/0!,"
                                "#VALUE!,#REF!,#NAME?,#NUM!,#NULL!";
    f = rc_csv_trim(f);
    if (f.length == 0) return true;
    if (!words && rc_ascii_is_digit(f.text[0])) return false; /* most fields */
    for (const char *at = words ? words : usual; *at;) {
        size_t n = strcspn(at, ",");
        if (n == f.length && memcmp(at, f.text, n) == 0) return true;
        at += n + (at[n] == ',');
    }
    return false;
}

/* ---- numbers with a point ---- */

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
    for (; p < end && rc_ascii_is_digit(*p); p++, count++)
        digits = digits * 10 + (uint64_t)(*p - '0');
    if (p < end && *p == '.')
        for (p++; p < end && rc_ascii_is_digit(*p); p++, count++, after++)
            digits = digits * 10 + (uint64_t)(*p - '0');
    if (p != end || count == 0 || count > 15) return false;
    double value = (double)digits / power[after];
    *out = minus ? -value : value;
    return true;
}

bool rc_csv_to_f64(rc_csv_field f, double *out)
{
    char text[LONGEST + 1], *end;
    f = rc_csv_trim(f);
    if (f.length == 0) return false;
    if (short_number(f.text, f.text + f.length, out)) return true;
    /* "nan" is a missing value, not a number; hexadecimal is not what people write into tables. */
    if (f.length > LONGEST || memchr(f.text, 'x', f.length) || memchr(f.text, 'X', f.length)) return false;
    memcpy(text, f.text, f.length);
    text[f.length] = '\0';
    *out = rc_ascii_number(text, &end);
    return end == text + f.length && !isnan(*out);
}

/* ---- numbers written in other ways ---- */

/* What may stand between groups of digits: its length in bytes, or 0. */
static size_t separator(const char *p, const char *end, char decimal)
{
    static const char *const wide[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x99"}; /* no-break spaces, ’ */
    if (*p == ' ' || *p == '\'' || *p == (decimal == ',' ? '.' : ',')) return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        size_t n = strlen(wide[i]);
        if ((size_t)(end - p) >= n && memcmp(p, wide[i], n) == 0) return n;
    }
    return 0;
}

/* With a decimal point and without separators; what is not a number stays none. */
static bool write_plain(rc_csv_field f, char decimal, char text[LONGEST + 1], size_t *length)
{
    const char *p = f.text, *end = p + f.length, *between = NULL;
    size_t n = 0, step = 0;
    int group = 0; /* digits since the last separator */
    if (f.length > LONGEST) return false;
    if (p < end && (*p == '-' || *p == '+')) text[n++] = *p++;
    const char *first = p;
    for (; p < end; p += step) {
        step = 1;
        if (rc_ascii_is_digit(*p)) {
            text[n++] = *p;
            group++;
            continue;
        }
        step = separator(p, end, decimal);
        if (!step) break;
        /* The first group has one to three digits and no zero before them, the others have three. */
        if (between ? group != 3 || memcmp(between, p, step) != 0 : group < 1 || group > 3 || *first == '0')
            return false;
        between = p;
        group = 0;
    }
    if (between && group != 3) return false;
    for (; p < end; p++)
        text[n++] = *p == decimal ? '.' : *p == '.' ? 'x' : *p;
    *length = n;
    return true;
}

static bool without_percent(rc_csv_field *f)
{
    *f = rc_csv_trim(*f);
    bool percent = f->length > 1 && f->text[f->length - 1] == '%';
    f->length -= percent;
    *f = rc_csv_trim(*f);
    return percent;
}

static bool to_f64(rc_csv_field f, unsigned style, double *out)
{
    char text[LONGEST + 1];
    size_t length;
    if (style == RC_CSV_POINT) return rc_csv_to_f64(f, out);
    return write_plain(f, style == RC_CSV_COMMA ? ',' : '.', text, &length) &&
           rc_csv_to_f64((rc_csv_field){text, length, false}, out);
}

bool rc_csv_to_f64_in(rc_csv_field f, unsigned style, double *out)
{
    bool percent = style & RC_CSV_PERCENT;
    return without_percent(&f) == percent && to_f64(f, style & ~(unsigned)RC_CSV_PERCENT, out);
}

static bool all_digits(rc_csv_field f)
{
    size_t at = f.length && (f.text[0] == '-' || f.text[0] == '+');
    if (at == f.length) return false;
    for (; at < f.length; at++)
        if (!rc_ascii_is_digit(f.text[at])) return false;
    return true;
}

unsigned rc_csv_number_styles(rc_csv_field f)
{
    double value;
    unsigned percent = without_percent(&f) ? RC_CSV_PERCENT : 0, styles = 0;
    if (all_digits(f)) return RC_CSV_POINT | RC_CSV_GROUPED | RC_CSV_COMMA | RC_CSV_DIGITS | percent;
    for (unsigned style = RC_CSV_POINT; style <= RC_CSV_COMMA; style <<= 1)
        if (to_f64(f, style, &value)) styles |= style;
    return styles ? styles | percent : 0;
}
