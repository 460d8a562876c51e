#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8 || data[0] != 0x89 || data[1] != 'H') return 0;
    return read_container(data, size);
}
