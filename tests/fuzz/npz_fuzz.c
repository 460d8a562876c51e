#include "formats/array_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_npz *z;
    if (rc_npz_open_memory("fuzz", data, size, &z) != RC_OK) return 0;
    for (int i = 0; i < rc_npz_count(z) && i < 8; i++) {
        rc_array a;
        (void)!rc_npz_read(z, i, &a);
        rc_array_free(&a);
    }
    rc_npz_close(&z);
    return 0;
}
