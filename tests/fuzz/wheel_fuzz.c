/* The page of a Python package index, JSON or HTML. */
#include <stdlib.h>
#include <string.h>

#include "fetch/wheel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[RC_ADDRESS], *text = malloc(size + 1);
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    (void)!rc__wheel_find("https://a.org/simple/p/", text, size, "w-1.whl", out);
    free(text);
    return 0;
}
