/* A tokenizer.json as it comes; if it is taken, it must also encode. */
#include "tokenizers/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_tokenizer *t;
    rc_encoding e = {0};
    rc_tokenizer_file file = {"tokenizer.json", (const char *)data, size};
    const char text[] = "a b's  [CLS] \xc3\x85x<mask>";
    if (rc_tokenizer_open_files("fuzz", &file, 1, &t) != RC_OK) return 0;
    (void)!rc_tokenizer_encode(t, text, sizeof text - 1, 0, &e);
    rc_encoding_free(&e);
    rc_tokenizer_close(&t);
    return 0;
}
