/* MATLAB .mat. */
#include "memory_file.h"

/* matio 1.5.23 forgets the parts of a function, a few hundred bytes, also while it looks for another
 * variable. Leaks of ours are found by tests/formats under the sanitizers. */
RC_API const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libmatio\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 128 || data[0] != 'M') return 0;
    return read_container(data, size);
}
