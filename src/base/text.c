#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/message.h"

enum { LONGEST = 64 };

/* Levenshtein distance; words longer than LONGEST are nobody's neighbour. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[LONGEST + 1];
    if (n > LONGEST || m > LONGEST) return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

const char *rc_text_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t min = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t d = edit_distance(word, candidates[i]);
        size_t longer = strlen(word) > strlen(candidates[i]) ? strlen(word) : strlen(candidates[i]);
        if (d > (longer + 2) / 3 || d >= min) continue;
        best = candidates[i];
        min = d;
    }
    return best;
}

rc_status rc_fail_unknown(rc_status code, const char *word, const char *const *known, size_t n,
                          const char *otherwise, const char *format, ...)
{
    enum { LIST = 500 };
    char sentence[RC_MESSAGE], list[LIST + 8] = "";
    const char *near = rc_text_nearest(word, known, n);
    va_list args;
    va_start(args, format);
    rc_ascii_vprint(sentence, sizeof sentence, format, args);
    va_end(args);
    for (size_t i = 0, used = 0, more; i < n && !otherwise; i++, used += more) {
        more = (size_t)snprintf(list + used, LIST - used, "%s%s", i ? ", " : "known: ", known[i]);
        if (more < LIST - used) continue;
        strcpy(list + used, i ? ", ..." : "");
        break;
    }
    if (near) return rc_fail(code, "%s; did you mean %.80s?%s%s", sentence, near, *list ? " " : "", list);
    if (!otherwise) otherwise = list;
    return rc_fail(code, "%s%s%s", sentence, *otherwise ? "; " : "", otherwise);
}

bool rc_text_to_i64(const char *text, int64_t *out)
{
    char *end;
    if (!*text || rc_ascii_is_space(*text)) return false;
    errno = 0;
    intmax_t value = strtoimax(text, &end, 10);
    if (*end || end == text || errno || value < INT64_MIN || value > INT64_MAX) return false;
    *out = (int64_t)value;
    return true;
}

bool rc_text_to_f64(const char *text, double *out)
{
    char *end;
    if (!*text || rc_ascii_is_space(*text)) return false;
    errno = 0;
    double value = rc_ascii_number(text, &end);
    if (*end || end == text || !isfinite(value)) return false;
    *out = value;
    return true;
}

bool rc_text_to_bool(const char *text, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"yes", true},
                 {"no", false},  {"on", true},     {"off", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!rc_ascii_same(text, words[i].word)) continue;
        *out = words[i].value;
        return true;
    }
    return false;
}

const char *rc_text_number(double value, char text[RC_NUMBER_TEXT])
{
    /* Up to 15 digits survive the way through a double, and %g leaves zeros at the end out; 17 always do. */
    for (int digits = 15; digits <= 17; digits++) {
        rc_ascii_print(text, RC_NUMBER_TEXT, "%.*g", digits, value);
        if (rc_ascii_number(text, NULL) == value) break;
    }
    return text;
}

const char *rc_text_number_f32(float value, char text[RC_NUMBER_TEXT])
{
    for (int digits = 6; digits <= 9; digits++) {
        rc_ascii_print(text, RC_NUMBER_TEXT, "%.*g", digits, (double)value);
        if ((float)rc_ascii_number(text, NULL) == value) break;
    }
    return text;
}

bool rc_text_is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r\n\v\f", text[i]) || text[i] == '\0') return false;
    return true;
}

bool rc_text_next_line(const char *text, size_t size, size_t *at, const char **line, size_t *length)
{
    if (*at >= size) return false;
    const char *end = memchr(text + *at, '\n', size - *at);
    *line = text + *at;
    *length = end ? (size_t)(end - *line) : size - *at;
    *at += *length + 1;
    if (*length > 0 && (*line)[*length - 1] == '\r') (*length)--;
    return true;
}

static rc_status make_room(rc_string *s, size_t more)
{
    size_t need = s->length + more + 1;
    if (need <= s->capacity) return RC_OK;
    size_t capacity = s->capacity ? s->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    void *data = s->data;
    RC_TRY(rc_realloc(s->data ? s->length + 1 : 0, capacity, &data));
    s->data = data;
    s->capacity = capacity;
    return RC_OK;
}

rc_status rc_string_add(rc_string *s, const char *bytes, size_t n)
{
    RC_TRY(make_room(s, n));
    memcpy(s->data + s->length, bytes, n);
    s->length += n;
    s->data[s->length] = '\0';
    return RC_OK;
}

rc_status rc_string_printf(rc_string *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = rc_ascii_vprint(NULL, 0, format, args);
    va_end(args);
    RC_CHECK(n >= 0, RC_INTERNAL, "a text could not be formatted");
    RC_TRY(make_room(s, (size_t)n));
    va_start(args, format);
    rc_ascii_vprint(s->data + s->length, (size_t)n + 1, format, args);
    va_end(args);
    s->length += (size_t)n;
    return RC_OK;
}

void rc_string_free(rc_string *s)
{
    rc_free(s->data);
    *s = (rc_string){0};
}
