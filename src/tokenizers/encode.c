/* From text to ids: added tokens are cut out, what is between them is normalised and split into words, words
 * into pieces; then the length is cut and the special tokens are put around. */
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "tokenizers/tokenizer_parts.h"

enum { LARGEST_TEXT = 1 << 30 };

/* Where pieces go; `enough` is the number of tokens after which the rest cannot matter. */
typedef struct sink {
    rc__codes ids;
    size_t enough;
} sink;

static bool is_full(const sink *s)
{
    return s->ids.n > s->enough;
}

static rc_status split_bert(const rc_tokenizer *t, const char *text, size_t size, sink *out)
{
    size_t at = 0, begin, end;
    while (!is_full(out) && rc__bert_next_word(text, size, &at, &begin, &end))
        RC_TRY(rc__wordpiece_split(&t->wordpiece, &t->vocabulary, text + begin, end - begin, &out->ids));
    return RC_OK;
}

static rc_status split_bytes(const rc_tokenizer *t, const char *text, size_t size, bool prefix, sink *out)
{
    size_t at = 0, begin, end;
    rc_string spaced = {0};
    rc_status status = RC_OK;
    if (prefix && size > 0 && text[0] != ' ') {
        status = rc_string_add(&spaced, " ", 1);
        if (status == RC_OK) status = rc_string_add(&spaced, text, size);
        text = spaced.data;
        size = spaced.length;
    }
    while (status == RC_OK && !is_full(out) && rc__byte_bpe_next_word(text, size, &at, &begin, &end))
        status = rc__byte_bpe_split(&t->bpe, &t->vocabulary, text + begin, end - begin, &out->ids);
    rc_string_free(&spaced);
    return status;
}

static rc_status split_plain(const rc_tokenizer *t, const char *text, size_t size, bool prefix, sink *out)
{
    return t->kind == RC__WORDPIECE ? split_bert(t, text, size, out)
                                    : split_bytes(t, text, size, prefix, out);
}

/* Normalised text: what is left of the added tokens is to be found in it. */
static rc_status split_normalised(const rc_tokenizer *t, const char *text, size_t size, bool prefix,
                                  sink *out)
{
    size_t from = 0, begin, end;
    const rc__added_token *k;
    while (!is_full(out) && (k = rc__added_next(&t->added, true, text, size, from, &begin, &end))) {
        RC_TRY(split_plain(t, text + from, begin - from, prefix, out));
        RC_TRY(rc__codes_add(&out->ids, k->id));
        from = end;
    }
    return split_plain(t, text + from, size - from, prefix, out);
}

static rc_status split_between(const rc_tokenizer *t, const char *text, size_t size, bool prefix, sink *out)
{
    if (size == 0) return RC_OK;
    if (t->kind == RC__BYTE_BPE) return split_normalised(t, text, size, prefix, out);
    rc_string form = {0};
    rc_status status = rc__bert_normalise(&t->bert, text, size, &form);
    if (status == RC_OK && form.length > 0) status = split_normalised(t, form.data, form.length, prefix, out);
    rc_string_free(&form);
    return status;
}

static rc_status split_text(const rc_tokenizer *t, const char *text, size_t size, bool prefix, sink *out)
{
    size_t from = 0, begin, end;
    const rc__added_token *k;
    RC_CHECK(size < LARGEST_TEXT, RC_DATA, "a text of %zu bytes; the limit is 1 GiB", size);
    RC_TRY(rc_utf8_check(text, size, "save the text as UTF-8"));
    while (!is_full(out) && (k = rc__added_next(&t->added, false, text, size, from, &begin, &end))) {
        RC_TRY(split_between(t, text + from, begin - from, prefix, out));
        RC_TRY(rc__codes_add(&out->ids, k->id));
        from = end;
    }
    return is_full(out) ? RC_OK : split_between(t, text + from, size - from, prefix, out);
}

/* ---- the encoding ---- */

void rc_encoding_free(rc_encoding *e)
{
    rc_free(e->id);
    rc_free(e->word);
    *e = (rc_encoding){0};
}

bool rc_encoding_begins(const rc_encoding *e, int64_t k)
{
    return e->word[k] >= 0 && (k == 0 || e->word[k - 1] != e->word[k]);
}

static rc_status make_room(rc_encoding *e, int64_t n)
{
    if (n <= e->capacity) return RC_OK;
    int64_t more = e->capacity ? e->capacity : 64;
    while (more < n)
        more *= 2;
    rc_encoding_free(e);
    RC_TRY(RC_NEW(&e->id, more));
    RC_TRY(RC_NEW(&e->word, more));
    e->capacity = more;
    return RC_OK;
}

static void put(rc_encoding *e, int32_t id, int32_t word)
{
    e->id[e->n] = id;
    e->word[e->n++] = word;
}

/* Ids with their words (NULL: -1) between the special tokens. */
static rc_status finish(const rc_tokenizer *t, const rc__codes *ids, const rc__codes *words, int64_t limit,
                        rc_encoding *out)
{
    int64_t special = rc_tokenizer_special_count(t), n = (int64_t)ids->n;
    int64_t kept = limit > 0 && n > limit - special ? limit - special : n;
    RC_TRY(make_room(out, kept + special));
    out->n = 0;
    out->truncated = kept < n;
    for (int i = 0; i < t->n_before; i++)
        put(out, t->before[i], -1);
    for (int64_t i = 0; i < kept; i++)
        put(out, ids->data[i], words ? words->data[i] : -1);
    for (int i = 0; i < t->n_after; i++)
        put(out, t->after[i], -1);
    return RC_OK;
}

static rc_status check_limit(const rc_tokenizer *t, int64_t limit)
{
    RC_CHECK(limit == 0 || limit > rc_tokenizer_special_count(t), RC_CONFIG,
             "a length of %lld tokens leaves no room for text besides the %d special ones", (long long)limit,
             rc_tokenizer_special_count(t));
    return RC_OK;
}

rc_status rc_tokenizer_encode(const rc_tokenizer *t, const char *text, size_t size, int64_t limit,
                              rc_encoding *out)
{
    RC_TRY(check_limit(t, limit));
    sink s = {.enough = limit > 0 ? (size_t)limit : SIZE_MAX};
    rc_status status = split_text(t, text, size, t->bpe.add_prefix_space, &s);
    if (status == RC_OK) status = finish(t, &s.ids, NULL, limit, out);
    rc__codes_free(&s.ids);
    return status;
}

rc_status rc_tokenizer_encode_words(const rc_tokenizer *t, const rc_word *word, int64_t n, int64_t limit,
                                    rc_encoding *out)
{
    RC_TRY(check_limit(t, limit));
    sink s = {.enough = limit > 0 ? (size_t)limit : SIZE_MAX};
    rc__codes words = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < n && status == RC_OK && !is_full(&s); i++) {
        status = split_text(t, word[i].text, word[i].size, true, &s);
        if (status != RC_OK) status = rc_fail_context(status, "word %lld", (long long)i + 1);
        while (status == RC_OK && words.n < s.ids.n)
            status = rc__codes_add(&words, (int32_t)i);
    }
    if (status == RC_OK) status = finish(t, &s.ids, &words, limit, out);
    rc__codes_free(&words);
    rc__codes_free(&s.ids);
    return status;
}

/* ---- rows ---- */

void rc_encoding_to_row(const rc_encoding *e, int64_t tokens, int32_t *row)
{
    for (int64_t k = 0; k < tokens; k++)
        row[k] = k < e->n ? e->id[k] : RC_NO_TOKEN;
}

int64_t rc_row_tokens(const int32_t *row, int64_t tokens)
{
    int64_t n = 0;
    while (n < tokens && row[n] != RC_NO_TOKEN)
        n++;
    return n;
}
