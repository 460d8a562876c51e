/* The texts of one input among several, x.NAME.jsonl of a folder: what is read comes again when it is
 * written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "datasets/text_inputs.h"

static char folder[] = "/tmp/text_input_fuzz_XXXXXX", path[64];

static void leave(void)
{
    unlink(path);
    rmdir(folder);
}

static void begin(void)
{
    if (path[0]) return;
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/x.note.jsonl", folder);
    atexit(leave);
}

static bool read_again(const void *data, size_t size, rc_texts *out)
{
    static const char *const name[] = {"note"};
    rc_array x[2] = {{0}};
    rc_texts text[2] = {{0}};
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
    rc_texts notes = {0};
    const rc_inputs_asked how = {.mib = RC_DATASET_MIB, .n_more = 1, .name = name};
    rc_status status = rc_inputs_read(folder, &how, &notes, x, text);
    for (int k = 0; k < 2; k++)
        rc_array_free(&x[k]);
    *out = text[1];
    return status == RC_OK;
}

static void write_texts(const rc_texts *t, rc_string *out)
{
    for (int64_t i = 0; i < t->n; i++)
        if (rc_texts_add_json(rc_texts_get(t, i), out) != RC_OK) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_texts first, second = {0};
    rc_string written = {0};
    begin();
    if (read_again(data, size, &first) && first.n > 0) {
        write_texts(&first, &written);
        if (!read_again(written.data, written.length, &second) || second.n != first.n) abort();
        for (int64_t i = 0; i < first.n; i++) {
            const char *text = rc_texts_get(&first, i), *again = rc_texts_get(&second, i);
            if (strcmp(again, rc_text_is_blank(text, strlen(text)) ? "" : text) != 0) abort();
        }
    }
    rc_string_free(&written);
    rc_texts_free(&first);
    rc_texts_free(&second);
    return 0;
}
