/* Encoders, which come with data sets and models of anybody's. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "importers/encoders.h"
#include "transforms/chain.h"

/* What samples went through after that. */
static void run_chain(const char *text)
{
    static const float x[64];
    rc_json *j;
    rc_chain *c;
    float *out = NULL;
    if (rc_json_parse("fuzz", text, strlen(text), &j) != RC_OK) return;
    if (rc_chain_open("fuzz", rc_json_get(j, "transforms"), RC_SHAPE(1, 64), &c) == RC_OK) {
        rc_shape shape = rc_chain_shape(c);
        bool fits = rc_shape_size(&shape) <= 1 << 20 && RC_NEW(&out, rc_shape_size(&shape)) == RC_OK;
        if (fits && rc_chain_run(c, 0, x, out) == RC_OK && rc_chain_shape(c).n != shape.n) abort();
        rc_free(out);
        rc_chain_close(&c);
    }
    rc_json_free(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_encoders *e;
    char *text;
    if (rc_alloc(size + 1, 1, (void **)&text) != RC_OK) return 0;
    memcpy(text, data, size);
    if (rc_encoders_parse("fuzz", text, &e) == RC_OK) rc_encoders_free(&e);
    run_chain(text);
    rc_free(text);
    return 0;
}
