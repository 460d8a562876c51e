/* GPT-2's pattern, by hand:
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * The first alternative that fits is taken, as long as it goes. */
#include <string.h>

#include "tokenizers/byte_bpe.h"

typedef enum kind { LETTER, NUMBER, SPACE, OTHER } kind;

static kind kind_of(int32_t c)
{
    return rc__is_letter(c) ? LETTER : rc__is_number(c) ? NUMBER : rc__is_space(c) ? SPACE : OTHER;
}

static size_t contraction(const char *text, size_t size)
{
    static const char *const known[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i]);
        if (n <= size && memcmp(text, known[i], n) == 0) return n;
    }
    return 0;
}

/* The end of the run of one kind that begins at `at`; *last is where its last character begins. */
static size_t run_end(const char *text, size_t size, size_t at, kind k, size_t *last)
{
    while (at < size) {
        size_t next = at;
        if (kind_of(rc__utf8_next(text, size, &next)) != k) break;
        *last = at;
        at = next;
    }
    return at;
}

bool rc__byte_bpe_next_word(const char *text, size_t size, size_t *at, size_t *begin, size_t *end)
{
    if (*at >= size) return false;
    size_t from = *at, next = from, last = from;
    *begin = from;
    size_t short_form = text[from] == '\'' ? contraction(text + from, size - from) : 0;
    kind k = kind_of(rc__utf8_next(text, size, &next));
    if (text[from] == ' ' &&
        next < size) { /* a space goes with what follows it, unless that is white space */
        size_t after = next;
        kind follower = kind_of(rc__utf8_next(text, size, &after));
        if (follower != SPACE) {
            from = next;
            k = follower;
        }
    }
    *end = short_form ? *begin + short_form : run_end(text, size, from, k, &last);
    /* White space before a word leaves its last character to the word, if there is more than one. */
    if (!short_form && k == SPACE && *end < size && last > *begin) *end = last;
    *at = *end;
    return true;
}
