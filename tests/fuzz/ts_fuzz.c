#include "formats/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_table t;
    if (rc_ts_parse("fuzz", (const char *)data, size, &t) == RC_OK) rc_table_free(&t);
    return 0;
}
