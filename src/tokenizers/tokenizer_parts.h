/* tokenizers/tokenizer_parts.h: what a tokenizer is made of. Within tokenizers/. */
#ifndef RC_TOKENIZERS_TOKENIZER_PARTS_H
#define RC_TOKENIZERS_TOKENIZER_PARTS_H

#include "formats/json.h"
#include "tokenizers/added_tokens.h"
#include "tokenizers/bert_text.h"
#include "tokenizers/byte_bpe.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/wordpiece.h"

enum { RC__MAX_SPECIAL = 8, RC__MAX_FILES = 4 };

typedef enum rc__tokenizer_kind { RC__WORDPIECE, RC__BYTE_BPE } rc__tokenizer_kind;

struct rc_tokenizer {
    char *place; /* for messages */
    rc__tokenizer_kind kind;
    rc__vocabulary vocabulary; /* what words are made of */
    rc__vocabulary more;       /* added tokens that are not in it: never a part of a word */
    rc__added added;
    rc__bert_text bert; /* WORDPIECE; all off: the text stays as it is */
    rc__wordpiece wordpiece;
    rc__byte_bpe bpe;
    int32_t before[RC__MAX_SPECIAL], after[RC__MAX_SPECIAL]; /* special tokens around a text */
    int n_before, n_after;
    int32_t pad;
    int64_t limit;
    rc_tokenizer_file file[RC__MAX_FILES + 1]; /* owned texts */
    int n_files;
};

const rc_tokenizer_file *rc__tokenizer_file(const rc_tokenizer *t, const char *name);
/* A special token of a configuration ("cls_token": a text or an object with "content"). */
const char *rc__token_name(const rc_json *config, const char *key, const char *fallback);
/* An id of the vocabulary, or a line about the token that is missing. */
rc_status rc__special_id(const rc_tokenizer *t, const char *token, int32_t *id) RC_MUST_CHECK;
/* A token that is found as it stands; with `normalized` it is brought into the form of the text first. Its id
 * must not contradict the vocabulary. */
rc_status rc__add_token(rc_tokenizer *t, const char *text, int64_t id, rc__added_token flags) RC_MUST_CHECK;

/* The three forms that files come in. */
rc_status rc__read_tokenizer_json(rc_tokenizer *t, const rc_tokenizer_file *f) RC_MUST_CHECK;
rc_status rc__read_vocab_txt(rc_tokenizer *t, const rc_tokenizer_file *f,
                             const rc_json *config) RC_MUST_CHECK;
rc_status rc__read_vocab_json(rc_tokenizer *t, const rc_tokenizer_file *vocab,
                              const rc_tokenizer_file *merges, const rc_json *config) RC_MUST_CHECK;
/* {"token": id, ...} into the vocabulary. */
rc_status rc__read_token_map(rc_tokenizer *t, const rc_json *map) RC_MUST_CHECK;
/* "left right" */
rc_status rc__read_merge(rc_tokenizer *t, const char *line, size_t size, int32_t rank) RC_MUST_CHECK;

#endif
