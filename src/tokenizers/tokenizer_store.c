/* A tokenizer in a safetensors file: its own files, as bytes. */
#include <stdio.h>
#include <string.h>

#include "tokenizers/tokenizer.h"

static const char PREFIX[] = "tokenizer/";
enum { MAX_FILES = 8 };

rc_status rc_tokenizer_store(const rc_tokenizer *t, rc_safetensors_writer *w)
{
    const rc_tokenizer_file *f;
    char name[96];
    for (int i = 0; (f = rc_tokenizer_source(t, i)); i++) {
        snprintf(name, sizeof name, "%s%s", PREFIX, f->name);
        RC_TRY(rc_safetensors_writer_add(w, name, RC_DTYPE_U8, RC_SHAPE((int64_t)f->size), f->text));
    }
    return RC_OK;
}

rc_status rc_tokenizer_restore(const char *place, const rc_safetensors *file, rc_tokenizer **out)
{
    rc_tokenizer_file found[MAX_FILES];
    int n = 0;
    *out = NULL;
    for (int i = 0; i < rc_safetensors_count(file) && n < MAX_FILES; i++) {
        rc_safetensors_entry e = rc_safetensors_get(file, i);
        if (strncmp(e.name, PREFIX, sizeof PREFIX - 1) != 0 || e.dtype != RC_DTYPE_U8) continue;
        found[n++] = (rc_tokenizer_file){e.name + sizeof PREFIX - 1, (const char *)e.data, e.bytes};
    }
    return n > 0 ? rc_tokenizer_open_files(place, found, n, out) : RC_OK;
}
