#include <stdlib.h>

#include "formats/array_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_array a;
    float *x;
    if (rc_npy_parse("fuzz", data, size, &a) == RC_OK && rc_array_to_f32(&a, &x) == RC_OK) rc_free(x);
    rc_array_free(&a);
    return 0;
}
