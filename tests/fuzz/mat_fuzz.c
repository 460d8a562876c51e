#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 128 || data[0] != 'M') return 0;
    return read_container(data, size);
}
