/* A file of labelled texts as it comes, by way of a temporary file; the first byte chooses its form. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "datasets/labelled_text.h"

static const char TOKENIZER[] =
    "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":"
    "2,"
    "\"[PAD]\":3,\"a\":4,\"##a\":5,\"b\":6}},\"normalizer\":{\"type\":\"BertNormalizer\"},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",2],\"cls\":[\"[CLS]\",1]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const rc_text_format format[] = {RC_TEXT_CSV, RC_TEXT_TSV, RC_TEXT_JSONL, RC_TEXT_CONLL};
    static rc_tokenizer *t;
    rc_tokenizer_file file = {"tokenizer.json", TOKENIZER, sizeof TOKENIZER - 1};
    char path[] = "/tmp/text_fuzz_XXXXXX";
    rc_dataset *d;
    if (size < 1) return 0;
    if (!t && rc_tokenizer_open_files("fuzz", &file, 1, &t) != RC_OK) abort();
    int handle = mkstemp(path);
    if (handle < 0 || write(handle, data + 1, size - 1) != (ssize_t)(size - 1)) abort();
    close(handle);
    rc_text_options o = {.format = format[data[0] % 4], .text_column = "", .label_column = "", .tokens = 8};
    if (rc_text_open(path, &o, t, true, &d) == RC_OK) {
        if (d->classes < 2 || d->train.n < 1 || d->x_shape[1] > 8) abort();
        rc_dataset_close(&d);
    }
    unlink(path);
    return 0;
}
