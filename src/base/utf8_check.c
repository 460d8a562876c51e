#include "base/failure.h"
#include "base/utf8.h"

rc_status rc_utf8_check(const char *text, size_t size, const char *remedy)
{
    size_t good = rc_utf8_span(text, size);
    RC_CHECK(good == size, RC_DATA, "byte %zu (0x%02X) is not UTF-8; %s", good + 1, (unsigned char)text[good],
             remedy);
    return RC_OK;
}
