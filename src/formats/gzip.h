/* formats/gzip.h: what gzip has packed (RFC 1952), in memory. */
#ifndef RC_FORMATS_GZIP_H
#define RC_FORMATS_GZIP_H

#include "base/text.h"

/* Do the bytes begin like a gzip file? */
bool rc_gzip_is(const void *bytes, size_t size);
/* All its members, one after the other. At most 64 MiB, or 1,100 bytes for each of the file, which is more
 * than deflate can pack. name is for messages. */
rc_status rc_gzip_unpack(const char *name, const void *bytes, size_t size, rc_string *out) RC_MUST_CHECK;

#endif
