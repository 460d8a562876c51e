/* Tokenizers against what the `tokenizers` package makes of the same lines, and files that are not to be
 * taken. */
#include "tokenizers/tokenizer.h"

#include "base/file.h"
#include "base/memory.h"
#include "check.h"
#include "formats/json.h"
#include "tokenizers/unicode.h"

#define FOLDER RC_TEST_DATA "/tokenizers/"

static bool same_ids(const rc_encoding *e, const rc_json *id, const rc_json *word)
{
    bool same = e->n == (int64_t)rc_json_length(id);
    for (int64_t i = 0; i < e->n && same; i++) {
        same &= e->id[i] == rc_json_as_integer(rc_json_at(id, (size_t)i));
        if (word) same &= e->word[i] == rc_json_as_integer(rc_json_at(word, (size_t)i));
    }
    return same;
}

static int64_t cut_words(const char *text, rc_word *word)
{
    int64_t n = 0;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, " ");
        if (length > 0) word[n++] = (rc_word){at, length};
        at += length + (at[length] == ' ');
    }
    return n;
}

static void compare_all(const char *kind)
{
    char folder[512], cut[32], words[32];
    rc_tokenizer *t = NULL;
    rc_json *j = NULL;
    rc_encoding e = {0};
    static rc_word word[1024];
    snprintf(folder, sizeof folder, FOLDER "%s", kind);
    snprintf(cut, sizeof cut, "%s_cut", kind);
    snprintf(words, sizeof words, "%s_words", kind);
    OK(rc_tokenizer_open(folder, &t));
    OK(rc_json_read(FOLDER "expected.json", &j));
    const rc_json *text = rc_json_get(j, "text");
    CHECK(rc_json_length(text) > 200);
    for (size_t i = 0; i < rc_json_length(text); i++) {
        const char *line = rc_json_as_string(rc_json_at(text, i));
        OK(rc_tokenizer_encode(t, line, strlen(line), 0, &e));
        CHECK(same_ids(&e, rc_json_at(rc_json_get(j, kind), i), NULL));
        CHECK(!e.truncated);
        int64_t whole = e.n;
        OK(rc_tokenizer_encode(t, line, strlen(line), 12, &e));
        CHECK(same_ids(&e, rc_json_at(rc_json_get(j, cut), i), NULL));
        CHECK(e.truncated == (whole > 12));
        const rc_json *expected = rc_json_at(rc_json_get(j, words), i);
        OK(rc_tokenizer_encode_words(t, word, cut_words(line, word), 0, &e));
        CHECK(same_ids(&e, rc_json_get(expected, "id"), rc_json_get(expected, "word")));
    }
    rc_encoding_free(&e);
    rc_json_free(&j);
    rc_tokenizer_close(&t);
}

TEST(wordpiece)
{
    compare_all("wordpiece");
}

TEST(byte_level_bpe)
{
    compare_all("bpe");
}

/* The two older forms give the same tokens. */
TEST(from_its_own_files)
{
    rc_tokenizer *t = NULL, *again = NULL;
    OK(rc_tokenizer_open(FOLDER "wordpiece", &t));
    CHECK(rc_tokenizer_limit(t) == 64);
    CHECK(rc_tokenizer_pad(t) == 0);
    CHECK(rc_tokenizer_special_count(t) == 2);
    rc_tokenizer_file file[4];
    int n = 0;
    for (; rc_tokenizer_source(t, n); n++)
        file[n] = *rc_tokenizer_source(t, n);
    CHECK(n == 2);
    OK(rc_tokenizer_open_files("memory", file, n, &again));
    CHECK(rc_tokenizer_size(again) == rc_tokenizer_size(t));
    OK(rc_tokenizer_check(t, rc_tokenizer_size(t)));
    FAILS(RC_SHAPE, "do not belong together", rc_tokenizer_check(t, rc_tokenizer_size(t) - 1));
    rc_tokenizer_close(&again);
    rc_tokenizer_close(&t);
}

static rc_status open_text(const char *name, const char *text, rc_tokenizer **out)
{
    rc_tokenizer_file file = {name, text, strlen(text)};
    return rc_tokenizer_open_files("m", &file, 1, out);
}

TEST(vocab_txt)
{
    rc_tokenizer *t = NULL;
    rc_encoding e = {0};
    OK(open_text("vocab.txt", "[PAD]\n[UNK]\n[CLS]\r\n[SEP]\n[MASK]\nun\n##able\nstra\n##sse\n!\n", &t));
    const char text[] = "UNABLE Stra\xc3\x9f[MASK]e Strasse!";
    OK(rc_tokenizer_encode(t, text, strlen(text), 0, &e));
    const int32_t expected[] = {2, 5, 6, 1, 4, 1, 7, 8, 9, 3};
    CHECK(e.n == 10 && memcmp(e.id, expected, sizeof expected) == 0);
    rc_encoding_free(&e);
    rc_tokenizer_close(&t);
    FAILS(RC_FORMAT, "m: vocab.txt: the special token [CLS] is not in the vocabulary",
          open_text("vocab.txt", "[PAD]\n[UNK]\n[SEP]\n[MASK]\na\n", &t));
    FAILS(RC_IO, "merges.txt is missing", open_text("vocab.json", "{\"<s>\":0}", &t));
}

#define MODEL                                                                                              \
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1,\"[CLS]\":2,\"[SEP]" \
    "\":3}}"
#define PRE ",\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}"
#define POST ",\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",3],\"cls\":[\"[CLS]\",2]}"

TEST(files_that_are_refused)
{
    rc_tokenizer *t = NULL;
    const char *name = "tokenizer.json";
    OK(open_text(name, "{" MODEL PRE POST "}", &t));
    rc_tokenizer_close(&t);
    FAILS(RC_UNSUPPORTED, "kind Unigram (SentencePiece)",
          open_text(name, "{\"model\":{\"type\":\"Unigram\"}}", &t));
    FAILS(RC_UNSUPPORTED, "kind WordLevel", open_text(name, "{\"model\":{\"type\":\"WordLevel\"}}", &t));
    FAILS(RC_FORMAT, "no \"model\"", open_text(name, "{}", &t));
    FAILS(RC_FORMAT, "not valid JSON", open_text(name, "{\"model\":", &t));
    FAILS(RC_UNSUPPORTED, "pre_tokenizer of type none", open_text(name, "{" MODEL POST "}", &t));
    FAILS(RC_UNSUPPORTED, "pre_tokenizer of type Whitespace",
          open_text(name, "{" MODEL ",\"pre_tokenizer\":{\"type\":\"Whitespace\"}" POST "}", &t));
    FAILS(RC_UNSUPPORTED, "post_processor of type none", open_text(name, "{" MODEL PRE "}", &t));
    FAILS(RC_UNSUPPORTED, "normalizer of type NFC",
          open_text(name, "{" MODEL PRE POST ",\"normalizer\":{\"type\":\"NFC\"}}", &t));
    FAILS(RC_FORMAT, "special token [X] is not in the vocabulary",
          open_text(
              name,
              "{" MODEL PRE
              ",\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[X]\",3],\"cls\":[\"[CLS]\",2]}}",
              &t));
    FAILS(RC_FORMAT, "\"a\" has id 7, but 1",
          open_text(name, "{" MODEL PRE POST ",\"added_tokens\":[{\"id\":7,\"content\":\"a\"}]}", &t));
    FAILS(RC_FORMAT, "ids go from 0",
          open_text(name, "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"u\":-1}}}", &t));
    FAILS(RC_FORMAT, "not a whole number",
          open_text(name, "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"u\":\"x\"}}}", &t));
    FAILS(RC_FORMAT, "vocabulary lacks",
          open_text(name, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", &t));
    FAILS(RC_FORMAT, "expected two tokens",
          open_text(name, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}", &t));
    FAILS(RC_UNSUPPORTED, "byte_fallback",
          open_text(name,
                    "{\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"vocab\":{\"a\":0},\"merges\":[]}}",
                    &t));
    FAILS(RC_IO, "no tokenizer here", rc_tokenizer_open(RC_TEST_DATA, &t));
}

TEST(text_that_is_refused)
{
    rc_tokenizer *t = NULL;
    rc_encoding e = {0};
    OK(rc_tokenizer_open(FOLDER "bpe", &t));
    FAILS(RC_DATA, "byte 4 (0xFF) is not UTF-8", rc_tokenizer_encode(t, "abc\xff", 4, 0, &e));
    FAILS(RC_DATA, "byte 1 (0xED) is not UTF-8",
          rc_tokenizer_encode(t, "\xed\xa0\x80", 3, 0, &e)); /* a surrogate */
    FAILS(RC_DATA, "byte 1 (0xC0) is not UTF-8",
          rc_tokenizer_encode(t, "\xc0\x80", 2, 0, &e)); /* too long a form */
    FAILS(RC_DATA, "byte 2 (0xE2) is not UTF-8",
          rc_tokenizer_encode(t, "a\xe2\x82", 3, 0, &e)); /* cut short */
    FAILS(RC_CONFIG, "leaves no room", rc_tokenizer_encode(t, "abc", 3, 2, &e));
    rc_encoding_free(&e);
    rc_tokenizer_close(&t);
}

/* A megabyte that is one word, or one row of marks out of order, takes no quadratic time. */
/* Of the tokens of a text, one behind the other. */
static void check_pieces(const char *folder, const char *text, const char *want)
{
    rc_tokenizer *t;
    rc_encoding e = {0};
    rc_string said = {0};
    OK(rc_tokenizer_open(folder, &t));
    OK(rc_tokenizer_encode(t, text, strlen(text), 0, &e));
    for (int64_t i = 0; i < e.n; i++)
        OK(rc_tokenizer_piece(t, e.id[i], &said));
    OK(rc_tokenizer_piece(t, (int32_t)rc_tokenizer_size(t), &said)); /* an unknown one */
    REQUIRE(said.data);
    if (strcmp(said.data, want) != 0) fprintf(stderr, "\"%s\"\n", said.data);
    CHECK(strcmp(said.data, want) == 0);
    rc_string_free(&said);
    rc_encoding_free(&e);
    rc_tokenizer_close(&t);
}

TEST(pieces_make_the_text_again)
{
    check_pieces(FOLDER "wordpiece", "The unbelievable CAT.", " [CLS] the unbelievable cat . [SEP]");
    check_pieces(FOLDER "bpe", "Caf\xc3\xa9\n \xf0\x9f\x98\x80!", "<s>Caf\xc3\xa9\n \xf0\x9f\x98\x80!</s>");
}

TEST(long_words)
{
    enum { SIZE = 1 << 20 };
    static const char *const kind[] = {"wordpiece", "bpe"};
    static char text[SIZE];
    rc_encoding e = {0};
    for (int k = 0; k < 4; k++) {
        rc_tokenizer *t = NULL;
        char folder[512];
        snprintf(folder, sizeof folder, FOLDER "%s", kind[k % 2]);
        OK(rc_tokenizer_open(folder, &t));
        for (size_t i = 0; i < SIZE; i += 4)
            memcpy(text + i, k < 2 ? "nene" : "\xcc\x81\xcc\xa3", 4); /* above, below: to be put in order */
        OK(rc_tokenizer_encode(t, text, SIZE, 0, &e));
        CHECK(e.n >= 2);
        rc_tokenizer_close(&t);
    }
    rc_encoding_free(&e);
}

TEST(decomposition_in_canonical_order)
{
    rc__codes c = {0};
    const int32_t from[] = {0x1E69, 0x0307, 0x0323, 'x', 0xAC01},
                  to[] = {'s', 0x323, 0x323, 0x307, 0x307, 'x', 0x1100, 0x1161, 0x11A8};
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        OK(rc__codes_add(&c, from[i]));
    OK(rc__decompose(&c));
    CHECK(c.n == sizeof to / sizeof *to && memcmp(c.data, to, sizeof to) == 0);
    rc__codes_free(&c);
}

/* Every allocation that fails leaves a clean error and no leak (the sanitizers tell). */
TEST(memory_runs_out)
{
    for (uint64_t k = 1; k < 400; k += k < 40 ? 1 : 17) {
        rc_tokenizer *t = NULL;
        rc_encoding e = {0};
        rc_alloc_fail_at(k);
        rc_status status = rc_tokenizer_open(FOLDER "bpe", &t);
        if (status == RC_OK) status = rc_tokenizer_encode(t, "some words", 10, 0, &e);
        rc_alloc_fail_at(0);
        CHECK(status == RC_OK || status == RC_MEMORY);
        rc_encoding_free(&e);
        rc_tokenizer_close(&t);
    }
}

int main(void)
{
    RUN(wordpiece);
    RUN(byte_level_bpe);
    RUN(from_its_own_files);
    RUN(vocab_txt);
    RUN(files_that_are_refused);
    RUN(text_that_is_refused);
    RUN(pieces_make_the_text_again);
    RUN(long_words);
    RUN(decomposition_in_canonical_order);
    RUN(memory_runs_out);
    return RESULT();
}
