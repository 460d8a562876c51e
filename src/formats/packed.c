#include "formats/packed.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/ascii.h"

enum { PIECE = 1 << 16, FREE = 64 << 20, RATIO = 1100, GZIP_ONLY = 16 };

static bool is_gzip(const void *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\x1f\x8b\x08", 3) == 0;
}

static bool is_zstd(const void *bytes, size_t size)
{
    return size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0;
}

bool rc_packed_is(const void *bytes, size_t size)
{
    return is_gzip(bytes, size) || is_zstd(bytes, size);
}

bool rc_packed_has_suffix(const char *path, const char *suffix)
{
    static const char *const packed[] = {"", ".gz", ".zst"};
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        size_t n = strlen(path), m = strlen(suffix), k = strlen(packed[i]);
        if (n > m + k && rc_ascii_same(path + n - k, packed[i]) &&
            rc_ascii_same_start(path + n - k - m, suffix, m))
            return true;
    }
    return false;
}

/* ---- what comes out ---- */

typedef struct unpacking {
    const char *name;
    size_t limit;
    rc_string *out;
} unpacking;

static rc_status add(const unpacking *u, const void *piece, size_t n)
{
    RC_CHECK(u->out->length + n <= u->limit, RC_FORMAT,
             "%s: unpacks to more than 1,100 bytes for each of its own; unpack it first", u->name);
    return rc_string_add(u->out, piece, n);
}

static rc_status no_memory(const unpacking *u)
{
    return rc_fail(RC_MEMORY, "%s: out of memory", u->name);
}

static rc_status cut_off(const unpacking *u, const char *how)
{
    return rc_fail(RC_FORMAT, "%s: the packed file (%s) ends too early", u->name, how);
}

static rc_status damaged(const unpacking *u, const char *how)
{
    return rc_fail(RC_FORMAT, "%s: the packed file (%s) is damaged", u->name, how);
}

/* ---- gzip ---- */

static rc_status bad_gzip(const unpacking *u, int result)
{
    return result == Z_MEM_ERROR   ? no_memory(u)
           : result == Z_BUF_ERROR ? cut_off(u, "gzip")
                                   : damaged(u, "gzip");
}

/* One member, from z's input on. */
static rc_status read_member(z_stream *z, const unpacking *u)
{
    unsigned char piece[PIECE];
    int result = Z_OK;
    while (result == Z_OK) {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        result = inflate(z, Z_NO_FLUSH);
        size_t n = sizeof piece - z->avail_out;
        if (result == Z_OK && n == 0) result = Z_BUF_ERROR;
        RC_TRY(add(u, piece, n));
    }
    return result == Z_STREAM_END ? RC_OK : bad_gzip(u, result);
}

static rc_status read_gzip(const unpacking *u, const void *bytes, size_t size)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
    RC_CHECK(size <= UINT_MAX, RC_UNSUPPORTED, "%s: packed files of 4 GiB and more must be unpacked first",
             u->name);
    int begun = inflateInit2(&z, MAX_WBITS + GZIP_ONLY);
    if (begun != Z_OK) return bad_gzip(u, begun);
    rc_status status = RC_OK;
    do {
        status = read_member(&z, u);
        if (status == RC_OK && inflateReset(&z) != Z_OK) status = damaged(u, "gzip");
    } while (status == RC_OK && z.avail_in > 0);
    inflateEnd(&z);
    return status;
}

/* ---- zstd ---- */

static rc_status bad_zstd(const unpacking *u, size_t result)
{
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    RC_CHECK(code != ZSTD_error_frameParameter_windowTooLarge, RC_UNSUPPORTED,
             "%s: packed by zstd --long, which takes much memory to unpack; unpack it first", u->name);
    return code == ZSTD_error_memory_allocation ? no_memory(u) : damaged(u, "zstd");
}

static rc_status read_frames(ZSTD_DCtx *z, const unpacking *u, const void *bytes, size_t size)
{
    unsigned char piece[PIECE];
    ZSTD_inBuffer in = {bytes, size, 0};
    for (;;) {
        ZSTD_outBuffer out = {piece, sizeof piece, 0};
        size_t left = ZSTD_decompressStream(z, &out, &in);
        if (ZSTD_isError(left)) return bad_zstd(u, left);
        RC_TRY(add(u, piece, out.pos));
        if (in.pos == in.size && left == 0) return RC_OK;
        if (in.pos == in.size && out.pos < sizeof piece) return cut_off(u, "zstd");
    }
}

static rc_status read_zstd(const unpacking *u, const void *bytes, size_t size)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    rc_status status = z ? read_frames(z, u, bytes, size) : no_memory(u);
    ZSTD_freeDCtx(z);
    return status;
}

/* ---- both ---- */

size_t rc_packed_head(const void *bytes, size_t size, void *out, size_t room)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes,
                  .avail_in = (unsigned)size,
                  .next_out = out,
                  .avail_out = (unsigned)room};
    ZSTD_inBuffer in = {bytes, size, 0};
    ZSTD_outBuffer to = {out, room, 0};
    if (is_gzip(bytes, size) && inflateInit2(&z, MAX_WBITS + GZIP_ONLY) == Z_OK) {
        inflate(&z, Z_SYNC_FLUSH);
        inflateEnd(&z);
        return room - z.avail_out;
    }
    ZSTD_DCtx *d = is_zstd(bytes, size) ? ZSTD_createDCtx() : NULL;
    if (d) ZSTD_decompressStream(d, &to, &in);
    ZSTD_freeDCtx(d);
    return to.pos;
}

rc_status rc_packed_read(const char *name, const void *bytes, size_t size, rc_string *out)
{
    unpacking u = {name, size > SIZE_MAX / RATIO ? SIZE_MAX : size * RATIO, out};
    if (u.limit < FREE) u.limit = FREE;
    return is_zstd(bytes, size) ? read_zstd(&u, bytes, size) : read_gzip(&u, bytes, size);
}
