#include <stdlib.h>
#include <string.h>

#include "formats/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_safetensors *s;
    if (rc_safetensors_open_memory("fuzz", data, size, &s) != RC_OK) return 0;
    for (int i = 0; i < rc_safetensors_count(s); i++) {
        rc_safetensors_entry e = rc_safetensors_get(s, i);
        int64_t n = rc_shape_size(&e.shape);
        float *x = malloc((size_t)n * sizeof *x + 1);
        if (x) rc_convert_to_f32(e.dtype, e.data, n, x);
        free(x);
        if (rc_safetensors_find(s, e.name) != i) abort();
    }
    (void)rc_safetensors_metadata_count(s);
    rc_safetensors_close(&s);
    return 0;
}
