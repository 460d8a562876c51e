/* tokenizers/vocabulary.h: tokens and their ids, found by text. Within tokenizers/. */
#ifndef RC_TOKENIZERS_VOCABULARY_H
#define RC_TOKENIZERS_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum { RC__MAX_TOKENS = 4 << 20, RC__LONGEST_TOKEN = 4096 };

typedef struct rc__vocabulary {
    struct rc__token *token; /* in order of arrival; the texts lie in `bytes` */
    char *bytes;
    uint32_t *slot; /* open addressing: 1 + index into token */
    size_t n, capacity, n_slots, used, n_bytes, room;
    int32_t largest; /* id; -1: empty */
    size_t longest;  /* bytes of the longest token */
} rc__vocabulary;

void rc__vocabulary_start(rc__vocabulary *v);
void rc__vocabulary_free(rc__vocabulary *v);
/* A text that is there already gets the new id. */
rc_status rc__vocabulary_add(rc__vocabulary *v, const char *text, size_t size, int64_t id) RC_MUST_CHECK;
int32_t rc__vocabulary_find(const rc__vocabulary *v, const char *text, size_t size); /* -1: none */

/* The text of a token, not NUL-terminated; NULL: none has this id. Looks at all of them. */
const char *rc__vocabulary_text(const rc__vocabulary *v, int32_t id, size_t *size);

/* The id of the longest token of the form prefix + a beginning of text, with the bytes of text it takes; only
 * whole code points. -1: none. */
int32_t rc__vocabulary_longest(const rc__vocabulary *v, const char *prefix, size_t prefix_size,
                               const char *text, size_t size, size_t *taken);

#endif
