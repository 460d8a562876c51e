#include "formats/gzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum { PIECE = 1 << 16, FREE = 64 << 20, RATIO = 1100, GZIP_ONLY = 16 };

bool rc_gzip_is(const void *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\x1f\x8b\x08", 3) == 0;
}

static rc_status bad(const char *name, int result)
{
    return result == Z_MEM_ERROR   ? rc_fail(RC_MEMORY, "%s: out of memory", name)
           : result == Z_BUF_ERROR ? rc_fail(RC_FORMAT, "%s: the packed file (gzip) ends too early", name)
                                   : rc_fail(RC_FORMAT, "%s: the packed file (gzip) is damaged", name);
}

/* One member, from z's input on. */
static rc_status unpack_member(z_stream *z, const char *name, size_t limit, rc_string *out)
{
    unsigned char piece[PIECE];
    int result = Z_OK;
    while (result == Z_OK) {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        result = inflate(z, Z_NO_FLUSH);
        size_t n = sizeof piece - z->avail_out;
        if (result == Z_OK && n == 0) result = Z_BUF_ERROR;
        RC_CHECK(out->length + n <= limit, RC_FORMAT,
                 "%s: unpacks to more than 1,100 bytes for each of its own", name);
        RC_TRY(rc_string_add(out, (const char *)piece, n));
    }
    return result == Z_STREAM_END ? RC_OK : bad(name, result);
}

rc_status rc_gzip_unpack(const char *name, const void *bytes, size_t size, rc_string *out)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
    size_t limit = size > SIZE_MAX / RATIO ? SIZE_MAX : size * RATIO;
    RC_CHECK(size <= UINT_MAX, RC_UNSUPPORTED, "%s: packed files of 4 GiB and more are to be unpacked first",
             name);
    if (limit < FREE) limit = FREE;
    int begun = inflateInit2(&z, MAX_WBITS + GZIP_ONLY);
    if (begun != Z_OK) return bad(name, begun);
    rc_status status = RC_OK;
    do {
        status = unpack_member(&z, name, limit, out);
        if (status == RC_OK && inflateReset(&z) != Z_OK) status = bad(name, Z_DATA_ERROR);
    } while (status == RC_OK && z.avail_in > 0);
    inflateEnd(&z);
    return status;
}
