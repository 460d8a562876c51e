/* tokenizers/added_tokens.h: tokens that are found in the text as they are and never split: [CLS], <mask>,
 * and what a user has added. Within tokenizers/. */
#ifndef RC_TOKENIZERS_ADDED_TOKENS_H
#define RC_TOKENIZERS_ADDED_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum { RC__MAX_ADDED = 4096 };

typedef struct rc__added_token {
    char *text;
    size_t size;
    int32_t id;
    bool single_word; /* not inside a word */
    bool lstrip;      /* takes the white space before it along */
    bool rstrip;      /* and after it */
    bool normalized;  /* found in the normalised text, else in the raw one */
} rc__added_token;

typedef struct rc__added {
    rc__added_token *token; /* longest first */
    int n, capacity;
    bool starts[2][256]; /* by `normalized`: does a token start with this byte? */
} rc__added;

rc_status rc__added_add(rc__added *a, const char *text, size_t size, rc__added_token flags) RC_MUST_CHECK;
/* To be called once all are there. */
void rc__added_sort(rc__added *a);
void rc__added_free(rc__added *a);

/* The next one in text[from..size): where it begins and ends (with the white space it takes along). NULL: no
 * more. Only those with the given `normalized`. */
const rc__added_token *rc__added_next(const rc__added *a, bool normalized, const char *text, size_t size,
                                      size_t from, size_t *begin, size_t *end);

#endif
