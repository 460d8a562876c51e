/* Encoders, which come with data sets and models of anybody's. */
#include <string.h>

#include "base/memory.h"
#include "importers/encoders.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_encoders *e;
    char *text;
    if (rc_alloc(size + 1, 1, (void **)&text) != RC_OK) return 0;
    memcpy(text, data, size);
    if (rc_encoders_parse("fuzz", text, &e) == RC_OK) rc_encoders_free(&e);
    rc_free(text);
    return 0;
}
