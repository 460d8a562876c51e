/* Tokens and their ids, which the forms of files share. */
#include <string.h>

#include "tokenizers/tokenizer_parts.h"

const char *rc__token_name(const rc_json *config, const char *key, const char *fallback)
{
    const rc_json *value = rc_json_get(config, key);
    if (rc_json_is_object(value)) return rc_json_string(value, "content", fallback);
    return rc_json_is_string(value) ? rc_json_as_string(value) : fallback;
}

int32_t rc_tokenizer_find(const rc_tokenizer *t, const char *token)
{
    size_t size = strlen(token);
    int32_t id = rc__vocabulary_find(&t->vocabulary, token, size);
    return id >= 0 ? id : rc__vocabulary_find(&t->more, token, size);
}

rc_status rc_tokenizer_piece(const rc_tokenizer *t, int32_t id, rc_string *out)
{
    size_t size, prefix = strlen(t->wordpiece.prefix);
    const char *text = rc__vocabulary_text(&t->more, id, &size);
    if (text) return rc_string_printf(out, " %.*s", (int)size, text);
    text = rc__vocabulary_text(&t->vocabulary, id, &size);
    if (!text) return RC_OK;
    if (t->kind == RC__BYTE_BPE) return rc__byte_bpe_bytes(text, size, out);
    bool inside = size > prefix && prefix > 0 && memcmp(text, t->wordpiece.prefix, prefix) == 0;
    return inside ? rc_string_add(out, text + prefix, size - prefix)
                  : rc_string_printf(out, " %.*s", (int)size, text);
}

rc_status rc__special_id(const rc_tokenizer *t, const char *token, int32_t *id)
{
    *id = rc_tokenizer_find(t, token);
    RC_CHECK(*id >= 0, RC_FORMAT, "the special token %.40s is not in the vocabulary", token);
    return RC_OK;
}

rc_status rc__add_token(rc_tokenizer *t, const char *text, int64_t id, rc__added_token flags)
{
    size_t size = strlen(text);
    if (size == 0) return RC_OK;
    int32_t known = rc_tokenizer_find(t, text);
    RC_CHECK(known < 0 || known == id, RC_FORMAT,
             "the added token \"%.40s\" has id %lld, but %d in the vocabulary", text, (long long)id, known);
    if (known < 0) RC_TRY(rc__vocabulary_add(&t->more, text, size, id));
    flags.id = (int32_t)id;
    rc_string form = {0};
    rc_status status = RC_OK;
    if (flags.normalized && t->kind == RC__WORDPIECE) {
        status = rc__bert_normalise(&t->bert, text, size, &form);
        if (status == RC_OK && form.length > 0)
            status = rc__added_add(&t->added, form.data, form.length, flags);
    } else {
        status = rc__added_add(&t->added, text, size, flags);
    }
    rc_string_free(&form);
    return status;
}

rc_status rc__read_token_map(rc_tokenizer *t, const rc_json *map)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    RC_CHECK(rc_json_is_object(map), RC_FORMAT, "the vocabulary should be an object of tokens and their ids");
    while (rc_json_each(map, &at, &key, &value)) {
        RC_CHECK(rc_json_is_integer(value), RC_FORMAT, "the id of token \"%.40s\" is not a whole number",
                 key);
        RC_TRY(rc__vocabulary_add(&t->vocabulary, key, strlen(key), rc_json_as_integer(value)));
    }
    RC_CHECK(t->vocabulary.n > 0, RC_FORMAT, "the vocabulary is empty");
    return RC_OK;
}

rc_status rc__read_merge(rc_tokenizer *t, const char *line, size_t size, int32_t rank)
{
    const char *space = memchr(line, ' ', size);
    size_t left = space ? (size_t)(space - line) : 0, right = space ? size - left - 1 : 0;
    RC_CHECK(left > 0 && right > 0 && !memchr(space + 1, ' ', right), RC_FORMAT,
             "merge %d, \"%.*s\": expected two tokens with a space between them", rank + 1,
             (int)(size < 40 ? size : 40), line);
    return rc__byte_bpe_add_merge(&t->bpe, &t->vocabulary, line, left, space + 1, right, rank);
}
