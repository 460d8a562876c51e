/* base/checksum.h: XXH64 (xxhash.com): tells a damaged or another content from the right one at the speed of
 * memory, on any processor. It is no proof against a forger. */
#ifndef RC_BASE_CHECKSUM_H
#define RC_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

typedef struct rc_checksum {
    uint64_t lane[4], total;
    unsigned char rest[32]; /* what does not fill a block yet */
} rc_checksum;

void rc_checksum_begin(rc_checksum *c);
void rc_checksum_add(rc_checksum *c, const void *data, size_t size);
/* A text with the NUL that ends it, so that neighbours do not run together. */
void rc_checksum_add_text(rc_checksum *c, const char *text);
/* Of all that was added; more may follow. */
uint64_t rc_checksum_value(const rc_checksum *c);

/* "xxh64:0123456789abcdef", as files keep it. */
enum { RC_CHECKSUM_TEXT = 23 };
void rc_checksum_text(uint64_t value, char out[RC_CHECKSUM_TEXT]);

#endif
