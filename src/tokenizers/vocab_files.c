/* The older forms: vocab.txt (BERT: a token a line), and vocab.json with merges.txt (RoBERTa). What they do
 * not say is in tokenizer_config.json or as the model's authors have it. */
#include <string.h>

#include "base/text.h"
#include "tokenizers/tokenizer_parts.h"

/* Tokens that tokenizer_config.json lists with their ids. */
static rc_status read_decoder(rc_tokenizer *t, const rc_json *config)
{
    void *at = NULL;
    const char *key;
    const rc_json *e;
    while (rc_json_each(rc_json_get(config, "added_tokens_decoder"), &at, &key, &e)) {
        int64_t id;
        const char *text = rc_json_string(e, "content", NULL);
        RC_CHECK(text && rc_text_to_i64(key, &id), RC_FORMAT,
                 "tokenizer_config.json: \"added_tokens_decoder\" should hold tokens by their ids");
        rc__added_token flags = {.single_word = rc_json_boolean(e, "single_word", false),
                                 .lstrip = rc_json_boolean(e, "lstrip", false),
                                 .rstrip = rc_json_boolean(e, "rstrip", false),
                                 .normalized = rc_json_boolean(e, "normalized", false)};
        RC_TRY(rc__add_token(t, text, id, flags));
    }
    return RC_OK;
}

/* The special tokens, all in the vocabulary, become added tokens. */
static rc_status add_specials(rc_tokenizer *t, const rc_json *config, const char *const (*special)[2], int n)
{
    bool listed = rc_json_is_object(rc_json_get(config, "added_tokens_decoder"));
    for (int i = 0; i < n; i++) {
        int32_t id;
        const char *name = rc__token_name(config, special[i][0], special[i][1]);
        RC_TRY(rc__special_id(t, name, &id));
        if (!listed)
            RC_TRY(rc__add_token(t, name, id, (rc__added_token){.lstrip = strcmp(name, "<mask>") == 0}));
        if (strcmp(special[i][0], "cls_token") == 0) t->before[t->n_before++] = id;
        if (strcmp(special[i][0], "sep_token") == 0) t->after[t->n_after++] = id;
    }
    return RC_OK;
}

static rc_status read_txt(rc_tokenizer *t, const rc_tokenizer_file *f, const rc_json *config)
{
    static const char *const special[][2] = {{"unk_token", "[UNK]"},
                                             {"sep_token", "[SEP]"},
                                             {"pad_token", "[PAD]"},
                                             {"cls_token", "[CLS]"},
                                             {"mask_token", "[MASK]"}};
    size_t at = 0, size;
    const char *line;
    for (int64_t id = 0; rc_text_next_line(f->text, f->size, &at, &line, &size); id++)
        RC_TRY(rc__vocabulary_add(&t->vocabulary, line, size, id));
    t->kind = RC__WORDPIECE;
    t->bert.clean = true;
    t->bert.lower = rc_json_boolean(config, "do_lower_case", true);
    t->bert.strip_accents = rc_json_boolean(config, "strip_accents", t->bert.lower);
    t->bert.ideographs = rc_json_boolean(config, "tokenize_chinese_chars", true);
    strcpy(t->wordpiece.prefix, "##");
    t->wordpiece.longest_word = 100;
    RC_TRY(rc__special_id(t, rc__token_name(config, "unk_token", "[UNK]"), &t->wordpiece.unknown));
    RC_TRY(read_decoder(t, config));
    return add_specials(t, config, special, sizeof special / sizeof *special);
}

rc_status rc__read_vocab_txt(rc_tokenizer *t, const rc_tokenizer_file *f, const rc_json *config)
{
    rc_status status = read_txt(t, f, config);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", f->name);
}

static rc_status read_merges(rc_tokenizer *t, const rc_tokenizer_file *f)
{
    size_t at = 0, size, lines = 0;
    const char *line;
    for (size_t i = 0; i < f->size; i++)
        lines += f->text[i] == '\n';
    RC_CHECK(lines < RC__MAX_TOKENS, RC_FORMAT, "%zu merges; the limit is %d", lines, RC__MAX_TOKENS);
    RC_TRY(rc__byte_bpe_start(&t->bpe, &t->vocabulary, lines + 1));
    for (int32_t rank = 0; rc_text_next_line(f->text, f->size, &at, &line, &size);) {
        if (size == 0 || (size >= 8 && memcmp(line, "#version", 8) == 0)) continue;
        RC_TRY(rc__read_merge(t, line, size, rank++));
    }
    return RC_OK;
}

rc_status rc__read_vocab_json(rc_tokenizer *t, const rc_tokenizer_file *vocab,
                              const rc_tokenizer_file *merges, const rc_json *config)
{
    static const char *const special[][2] = {{"cls_token", "<s>"},
                                             {"pad_token", "<pad>"},
                                             {"sep_token", "</s>"},
                                             {"unk_token", "<unk>"},
                                             {"mask_token", "<mask>"}};
    rc_json *map;
    t->kind = RC__BYTE_BPE;
    RC_TRY(rc_json_parse(vocab->name, vocab->text, vocab->size, &map));
    rc_status status = rc__read_token_map(t, map);
    rc_json_free(&map);
    if (status != RC_OK) return rc_fail_context(status, "%s", vocab->name);
    status = read_merges(t, merges);
    if (status != RC_OK) return rc_fail_context(status, "%s", merges->name);
    t->bpe.add_prefix_space = rc_json_boolean(config, "add_prefix_space", false);
    RC_TRY(rc__special_id(t, rc__token_name(config, "unk_token", "<unk>"), &t->bpe.unknown));
    RC_TRY(read_decoder(t, config));
    return add_specials(t, config, special, sizeof special / sizeof *special);
}
