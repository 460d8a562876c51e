/* Dates and times of delimited text. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "formats/csv.h"

enum { DAY = 86400 };

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take(cursor *c, char wanted)
{
    if (c->at >= c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

/* Digits as a number; their count, 0 where there is none. */
static int take_number(cursor *c, int *out)
{
    int n = 0;
    for (*out = 0; n < 4 && c->at < c->end && *c->at >= '0' && *c->at <= '9'; n++)
        *out = *out * 10 + (*c->at++ - '0');
    return n;
}

static bool take_two(cursor *c, int max, int *out)
{
    int n = take_number(c, out);
    return n >= 1 && n <= 2 && *out <= max;
}

/* ---- days ---- */

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar: years begin in March, so that leap days end
 * them. */
static bool count_days(int year, int month, int day, int64_t *out)
{
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return false;
    int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    *out = 365 * y + (y >= 0 ? y / 4 - y / 100 + y / 400 : -1) + (153 * m + 2) / 5 + day - 1 - 719468;
    return true;
}

/* An English name, whole or its first three letters: 1 to 12; 0: none. */
static int take_month(cursor *c)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    int n = 0;
    while (c->at + n < c->end && rc_ascii_is_letter(c->at[n]))
        n++;
    for (int i = 0; i < 12; i++)
        if ((n == 3 || n == (int)strlen(months[i])) && rc_ascii_same_start(c->at, months[i], (size_t)n)) {
            c->at += n;
            return i + 1;
        }
    return 0;
}

/* What stands between the parts of a date, the same both times; where it is a blank, a comma may be before
 * it. */
static bool take_between(cursor *c, char *between)
{
    if (*between == ' ') take(c, ',');
    if (!*between && c->at < c->end && strchr("-/. ", *c->at)) *between = *c->at;
    return *between && take(c, *between);
}

/* The date at the cursor, read in one way: "2024-3-31", "31.3.2024", "Mar 31, 2024". */
static bool take_date(cursor *c, unsigned style, int64_t *days)
{
    bool year_first = style == RC_CSV_YEAR_FIRST, named = false;
    int year = year_first ? 0 : 2, month = style == RC_CSV_MONTH_FIRST ? 0 : 1, day = 3 - year - month;
    int part[3] = {0, 0, 1}, length[3] = {0, 0, 1};
    char between = '\0';
    for (int i = 0; i < 3; i++) {
        if (i == 2 && year_first && between == '-' && c->at == c->end) break; /* a month */
        if (i > 0 && !take_between(c, &between)) return false;
        length[i] = take_number(c, &part[i]);
        if (length[i] || i != month) continue;
        named = (part[i] = take_month(c)) > 0;
        length[i] = 1;
    }
    if (between == ' ' && !named) return false;
    if (between == '.' && style == RC_CSV_MONTH_FIRST) return false; /* nobody writes so */
    return length[year] == 4 && length[month] <= 2 && length[day] >= 1 && length[day] <= 2 &&
           count_days(part[year], part[month], part[day], days);
}

/* ---- times ---- */

static bool take_half(cursor *c, int *hour)
{
    cursor at = *c;
    take(&at, ' ');
    if (at.end - at.at < 2) return true;
    bool am = rc_ascii_same_start(at.at, "am", 2), pm = rc_ascii_same_start(at.at, "pm", 2);
    if (!am && !pm) return true;
    if (*hour < 1 || *hour > 12) return false;
    *hour = *hour % 12 + (pm ? 12 : 0);
    c->at = at.at + 2;
    return true;
}

/* "Z", "+02:00", "-0530". */
static bool take_zone(cursor *c, int *minutes)
{
    int hour = 0, minute = 0;
    *minutes = 0;
    if (c->at == c->end || take(c, 'Z')) return true;
    bool minus = *c->at == '-';
    if (!take(c, '+') && !take(c, '-')) return false;
    int n = take_number(c, &hour);
    if (n == 4) {
        minute = hour % 100;
        hour /= 100;
    } else if (n != 2 || (take(c, ':') && !take_two(c, 59, &minute))) {
        return false;
    }
    *minutes = (minus ? -1 : 1) * (60 * hour + minute);
    return hour <= 14 && minute <= 59;
}

/* "14:05", "2:05:33.25 PM", with a zone behind it. */
static bool take_time(cursor *c, double *seconds)
{
    int hour, minute, second = 0, zone;
    double fraction = 0, unit = 1;
    if (!take_two(c, 23, &hour) || !take(c, ':') || !take_two(c, 59, &minute)) return false;
    if (take(c, ':') && !take_two(c, 60, &second)) return false;
    if (take(c, '.'))
        for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
            fraction += (*c->at - '0') * (unit /= 10);
    if (!take_half(c, &hour) || !take_zone(c, &zone)) return false;
    *seconds = hour * 3600.0 + (minute - zone) * 60.0 + second + fraction;
    return true;
}

/* ---- both ---- */

bool rc_csv_to_seconds(rc_csv_field f, unsigned style, double *out)
{
    f = rc_csv_trim(f);
    cursor c = {f.text, f.text + f.length};
    int64_t days = 0;
    double seconds = 0;
    bool time = style == RC_CSV_TIME;
    if (!time) {
        if (!take_date(&c, style, &days)) return false;
        time = take(&c, 'T') || take(&c, ' ');
    }
    if (time && !take_time(&c, &seconds)) return false;
    *out = (double)days * DAY + seconds;
    return c.at == c.end;
}

unsigned rc_csv_date_styles(rc_csv_field f)
{
    double seconds;
    unsigned styles = 0;
    f = rc_csv_trim(f);
    if (f.length < 4 || !rc_ascii_is_word(f.text[0])) return 0;
    for (unsigned style = RC_CSV_YEAR_FIRST; style <= RC_CSV_TIME; style <<= 1)
        if (rc_csv_to_seconds(f, style, &seconds)) styles |= style;
    return styles;
}

const char *rc_csv_date_text(double seconds, char text[RC_CSV_DATE_TEXT])
{
    time_t at = (time_t)floor(seconds);
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&at, &parts))
        strftime(text, RC_CSV_DATE_TEXT, at % DAY ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d", &parts);
    return text;
}
