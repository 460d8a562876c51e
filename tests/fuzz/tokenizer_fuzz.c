/* Any bytes as text; the first chooses one of two small tokenizers, the second the length. */
#include <stdlib.h>
#include <string.h>

#include "tokenizers/tokenizer.h"

static const char WORDPIECE[] =
    "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":"
    "2,\"a\":3,"
    "\"##a\":4,\"##b\":5,\"e\":6,\"\xe4\xb8\x80\":7}},\"normalizer\":{\"type\":\"BertNormalizer\"},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"added_tokens\":[{\"id\":1,\"content\":\"[CLS]\"},"
    "{\"id\":9,\"content\":\"\xc3\x85\",\"normalized\":true,\"rstrip\":true}],"
    "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",2],\"cls\":[\"[CLS]\",1]}}";
static const char BPE[] =
    "{\"model\":{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"vocab\":{\"<unk>\":0,\"<s>\":1,\"</"
    "s>\":2,\"a\":3,\"b\":4,"
    "\"\xc4\xa0\":5,\"ab\":6,\"\xc4\xa0"
    "ab\":7,\"aa\":8,\"aaaa\":9},\"merges\":[\"a b\",\"\xc4\xa0 ab\",\"a a\",\"aa aa\"]},"
    "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true},\"added_tokens\":[{\"id\":10,"
    "\"content\":\"<m>\","
    "\"lstrip\":true},{\"id\":11,\"content\":\"ba\",\"single_word\":true}],"
    "\"post_processor\":{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",2],\"cls\":[\"<s>\",1]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rc_tokenizer *t[2];
    rc_encoding e = {0}, whole = {0};
    rc_tokenizer_file file[2] = {{"tokenizer.json", WORDPIECE, sizeof WORDPIECE - 1},
                                 {"tokenizer.json", BPE, sizeof BPE - 1}};
    for (int i = 0; i < 2; i++)
        if (!t[i] && rc_tokenizer_open_files("fuzz", &file[i], 1, &t[i]) != RC_OK) abort();
    if (size < 2) return 0;
    const rc_tokenizer *k = t[data[0] & 1];
    int64_t limit = 3 + data[1];
    const char *text = (const char *)data + 2;
    if (rc_tokenizer_encode(k, text, size - 2, limit, &e) == RC_OK) {
        if (rc_tokenizer_encode(k, text, size - 2, 0, &whole) != RC_OK) abort();
        if (e.n > limit || e.truncated != (whole.n > limit)) abort();
        /* The cut text is the beginning of the whole one. */
        if (memcmp(e.id, whole.id, (size_t)(e.n - 1) * sizeof *e.id) != 0) abort();
        for (int64_t i = 0; i < whole.n; i++)
            if (whole.id[i] < 0 || whole.id[i] >= rc_tokenizer_size(k)) abort();
    }
    rc_encoding_free(&e);
    rc_encoding_free(&whole);
    return 0;
}
