#include "base/choice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int rc_choice_find(const char *words, const char *word)
{
    size_t length = word ? strlen(word) : 0, n;
    for (int i = 0; length > 0 && *words; i++, words += n + (words[n] == '|')) {
        n = strcspn(words, "|");
        if (n == length && strncmp(words, word, n) == 0) return i;
    }
    return -1;
}

const char *rc_choice_text(const char *words, int number, char text[RC_CHOICE_TEXT])
{
    while (number-- > 0)
        words = strchr(words, '|') + 1;
    snprintf(text, RC_CHOICE_TEXT, "%.*s", (int)strcspn(words, "|"), words);
    return text;
}

/* "auto, yes or no" */
static const char *list(const char *words, char *text, size_t size)
{
    size_t n;
    for (size_t at = 0; *words && at < size; words += n + (words[n] == '|')) {
        n = strcspn(words, "|");
        bool first = at == 0, last = !words[n];
        at += (size_t)snprintf(text + at, size - at, "%s%.*s",
                               first  ? ""
                               : last ? " or "
                                      : ", ",
                               (int)n, words);
    }
    return text;
}

/* Numbers are written into enums. */
_Static_assert(sizeof(rc_status) == sizeof(int), "an enum is an int");

rc_status rc_choice_take(const char *field, const char *words, const char *word, void *out)
{
    int number = rc_choice_find(words, word);
    char known[256];
    RC_CHECK(!word || number >= 0, RC_CONFIG, "%s %.40s: takes %s", field, word,
             list(words, known, sizeof known));
    if (word) memcpy(out, &number, sizeof number);
    return RC_OK;
}
