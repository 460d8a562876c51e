/* formats/packed.h: what gzip (RFC 1952) or zstd (RFC 8878) has packed, in memory. */
#ifndef RC_FORMATS_PACKED_H
#define RC_FORMATS_PACKED_H

#include "base/text.h"

/* Do the bytes begin like a file of one of the two? */
bool rc_packed_is(const void *bytes, size_t size);
/* All its members or frames, one after the other. At most 64 MiB, or 1,100 bytes for each of the file, which
 * is more than deflate can pack. name is for messages. */
rc_status rc_packed_read(const char *name, const void *bytes, size_t size, rc_string *out) RC_MUST_CHECK;
/* The same of a file's first bytes, as far as they go: the number of bytes in out, at most `room`. */
size_t rc_packed_head(const void *bytes, size_t size, void *out, size_t room);
/* Does the name end with this, in any case, packed (.gz, .zst) or not? */
bool rc_packed_has_suffix(const char *path, const char *suffix);

#endif
