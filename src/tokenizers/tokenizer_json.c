/* tokenizer.json: the form of the `tokenizers` package, which says everything. Two kinds are taken: WordPiece
 * with BERT's text handling, and byte-level BPE with GPT-2's. */
#include <string.h>

#include "tokenizers/tokenizer_parts.h"

static const char *type_of(const rc_json *part)
{
    return rc_json_string(part, "type", NULL);
}

static bool is_type(const rc_json *part, const char *type)
{
    const char *have = type_of(part);
    return have && strcmp(have, type) == 0;
}

/* Absent, null, or an empty text: the option is not used. */
static bool is_unset(const rc_json *object, const char *key)
{
    const char *text = rc_json_string(object, key, "");
    return *text == '\0' && rc_json_number(object, key, 0) == 0 && !rc_json_boolean(object, key, false);
}

/* ---- model ---- */

static rc_status read_wordpiece(rc_tokenizer *t, const rc_json *model)
{
    t->kind = RC__WORDPIECE;
    const char *prefix = rc_json_string(model, "continuing_subword_prefix", "##");
    RC_CHECK(strlen(prefix) < RC__LONGEST_PREFIX, RC_UNSUPPORTED,
             "continuing_subword_prefix \"%.60s\" is too long", prefix);
    strcpy(t->wordpiece.prefix, prefix);
    t->wordpiece.longest_word = rc_json_integer(model, "max_input_chars_per_word", 100);
    RC_TRY(rc__read_token_map(t, rc_json_get(model, "vocab")));
    return rc__special_id(t, rc_json_string(model, "unk_token", "[UNK]"), &t->wordpiece.unknown);
}

static rc_status read_merges(rc_tokenizer *t, const rc_json *merges)
{
    size_t n = rc_json_length(merges);
    RC_CHECK(rc_json_is_array(merges) && n <= RC__MAX_TOKENS, RC_FORMAT, "\"merges\" should be a list");
    RC_TRY(rc__byte_bpe_start(&t->bpe, &t->vocabulary, n));
    for (size_t i = 0; i < n; i++) {
        const rc_json *m = rc_json_at(merges, i);
        const char *line = rc_json_as_string(m);
        const char *left = rc_json_as_string(rc_json_at(m, 0)), *right = rc_json_as_string(rc_json_at(m, 1));
        RC_CHECK(line || (rc_json_length(m) == 2 && left && right), RC_FORMAT,
                 "merge %zu should be \"left right\" or [\"left\", \"right\"]", i + 1);
        RC_TRY(line ? rc__read_merge(t, line, strlen(line), (int32_t)i)
                    : rc__byte_bpe_add_merge(&t->bpe, &t->vocabulary, left, strlen(left), right,
                                             strlen(right), (int32_t)i));
    }
    return RC_OK;
}

static rc_status read_bpe(rc_tokenizer *t, const rc_json *model)
{
    static const char *const other[] = {"dropout", "continuing_subword_prefix", "end_of_word_suffix",
                                        "fuse_unk", "byte_fallback"};
    t->kind = RC__BYTE_BPE;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        RC_CHECK(is_unset(model, other[i]), RC_UNSUPPORTED,
                 "a BPE model with \"%s\"; only the byte-level BPE of RoBERTa and GPT-2 is supported",
                 other[i]);
    RC_TRY(rc__read_token_map(t, rc_json_get(model, "vocab")));
    RC_TRY(read_merges(t, rc_json_get(model, "merges")));
    t->bpe.whole_words = rc_json_boolean(model, "ignore_merges", false);
    t->bpe.unknown = -1;
    const char *unknown = rc_json_string(model, "unk_token", NULL);
    return unknown ? rc__special_id(t, unknown, &t->bpe.unknown) : RC_OK;
}

static rc_status read_model(rc_tokenizer *t, const rc_json *model)
{
    RC_CHECK(rc_json_is_object(model), RC_FORMAT, "no \"model\" in it: this is not a tokenizer");
    /* Files of the first releases do not name the kind; only BPE has merges. */
    bool bpe = type_of(model) ? is_type(model, "BPE") : rc_json_get(model, "merges") != NULL;
    if (bpe) return read_bpe(t, model);
    if (is_type(model, "WordPiece") || (!type_of(model) && rc_json_get(model, "max_input_chars_per_word")))
        return read_wordpiece(t, model);
    return rc_fail(RC_UNSUPPORTED,
                   "a tokenizer of kind %.40s%s; supported are WordPiece (BERT) and byte-level BPE (RoBERTa)",
                   type_of(model) ? type_of(model) : "unknown",
                   is_type(model, "Unigram") ? " (SentencePiece)" : "");
}

/* ---- text handling ---- */

static rc_status read_normalizer(rc_tokenizer *t, const rc_json *n)
{
    if (!rc_json_is_object(n)) return RC_OK; /* null: the text stays as it is */
    RC_CHECK(t->kind == RC__WORDPIECE && is_type(n, "BertNormalizer"), RC_UNSUPPORTED,
             "a normalizer of type %.40s; supported are BertNormalizer with WordPiece, and none with BPE",
             type_of(n) ? type_of(n) : "unknown");
    t->bert.clean = rc_json_boolean(n, "clean_text", true);
    t->bert.ideographs = rc_json_boolean(n, "handle_chinese_chars", true);
    t->bert.lower = rc_json_boolean(n, "lowercase", true);
    t->bert.strip_accents = rc_json_boolean(n, "strip_accents", t->bert.lower);
    return RC_OK;
}

static rc_status read_pre_tokenizer(rc_tokenizer *t, const rc_json *p)
{
    const char *want = t->kind == RC__WORDPIECE ? "BertPreTokenizer" : "ByteLevel";
    RC_CHECK(is_type(p, want), RC_UNSUPPORTED, "a pre_tokenizer of type %.40s; this model supports only %s",
             type_of(p) ? type_of(p) : "none", want);
    if (t->kind == RC__WORDPIECE) return RC_OK;
    RC_CHECK(rc_json_boolean(p, "use_regex", true), RC_UNSUPPORTED,
             "a ByteLevel pre_tokenizer without its pattern (use_regex false)");
    t->bpe.add_prefix_space = rc_json_boolean(p, "add_prefix_space", true);
    return RC_OK;
}

static rc_status read_added(rc_tokenizer *t, const rc_json *list)
{
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *e = rc_json_at(list, i), *id = rc_json_get(e, "id");
        const char *text = rc_json_string(e, "content", NULL);
        RC_CHECK(text && rc_json_is_integer(id), RC_FORMAT, "added token %zu needs \"id\" and \"content\"",
                 i + 1);
        rc__added_token flags = {.single_word = rc_json_boolean(e, "single_word", false),
                                 .lstrip = rc_json_boolean(e, "lstrip", false),
                                 .rstrip = rc_json_boolean(e, "rstrip", false),
                                 .normalized = rc_json_boolean(e, "normalized", false)};
        RC_TRY(rc__add_token(t, text, rc_json_as_integer(id), flags));
    }
    return RC_OK;
}

/* ---- special tokens around a text ---- */

static rc_status put_special(rc_tokenizer *t, bool after, const char *token)
{
    int *n = after ? &t->n_after : &t->n_before;
    RC_CHECK(*n < RC__MAX_SPECIAL, RC_UNSUPPORTED, "more than %d special tokens on one side of a text",
             RC__MAX_SPECIAL);
    RC_TRY(rc__special_id(t, token, &(after ? t->after : t->before)[*n]));
    (*n)++;
    return RC_OK;
}

static rc_status read_template(rc_tokenizer *t, const rc_json *p)
{
    const rc_json *single = rc_json_get(p, "single");
    bool after = false;
    for (size_t i = 0; i < rc_json_length(single); i++) {
        const rc_json *e = rc_json_at(single, i), *special = rc_json_get(e, "SpecialToken");
        const char *token = rc_json_string(special, "id", NULL);
        if (token) {
            RC_TRY(put_special(t, after, token));
            continue;
        }
        RC_CHECK(!after && rc_json_is_object(rc_json_get(e, "Sequence")), RC_UNSUPPORTED,
                 "the post_processor's template for one text should be special tokens around one sequence");
        after = true;
    }
    RC_CHECK(after, RC_FORMAT, "the post_processor's template leaves the text out");
    return RC_OK;
}

static rc_status read_pair(rc_tokenizer *t, const rc_json *p)
{
    const char *cls = rc_json_as_string(rc_json_at(rc_json_get(p, "cls"), 0));
    const char *sep = rc_json_as_string(rc_json_at(rc_json_get(p, "sep"), 0));
    RC_CHECK(cls && sep, RC_FORMAT, "the post_processor should name \"cls\" and \"sep\"");
    RC_TRY(put_special(t, false, cls));
    return put_special(t, true, sep);
}

static rc_status read_post_processor(rc_tokenizer *t, const rc_json *p)
{
    if (is_type(p, "TemplateProcessing")) return read_template(t, p);
    if (is_type(p, "BertProcessing") || is_type(p, "RobertaProcessing")) return read_pair(t, p);
    return rc_fail(RC_UNSUPPORTED,
                   "a post_processor of type %.40s; supported are TemplateProcessing, BertProcessing and "
                   "RobertaProcessing, which name the special tokens around a text",
                   type_of(p) ? type_of(p) : "none");
}

static rc_status read_root(rc_tokenizer *t, const rc_json *root)
{
    RC_TRY(read_model(t, rc_json_get(root, "model")));
    RC_TRY(read_normalizer(t, rc_json_get(root, "normalizer")));
    RC_TRY(read_pre_tokenizer(t, rc_json_get(root, "pre_tokenizer")));
    RC_TRY(read_added(t, rc_json_get(root, "added_tokens")));
    return read_post_processor(t, rc_json_get(root, "post_processor"));
}

rc_status rc__read_tokenizer_json(rc_tokenizer *t, const rc_tokenizer_file *f)
{
    rc_json *root;
    RC_TRY(rc_json_parse(f->name, f->text, f->size, &root));
    rc_status status = read_root(t, root);
    rc_json_free(&root);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", f->name);
}
