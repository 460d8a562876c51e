#include "formats/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_picture p;
    /* Pictures of many pixels only take long. */
    if (rc_picture_parse("fuzz", data, size, true, &p) != RC_OK || p.width * p.height > 1 << 20) return 0;
    if (rc_picture_parse("fuzz", data, size, false, &p) == RC_OK) rc_picture_free(&p);
    return 0;
}
