#include "fetch/digest.h"

#include <errno.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"

typedef union state {
    struct sha256_ctx sha;
    struct md5_ctx md5;
} state;

static void sha256_add(state *s, size_t n, const uint8_t *data)
{
    sha256_update(&s->sha, n, data);
}

static void md5_add(state *s, size_t n, const uint8_t *data)
{
    md5_update(&s->md5, n, data);
}

static rc_status feed(const char *path, void (*add)(state *s, size_t n, const uint8_t *data), state *s)
{
    enum { CHUNK = 1 << 16 };
    uint8_t chunk[CHUNK];
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    FILE *f = fopen(path, "rb");
    if (!f) return rc_fail_system(path, "read", errno);
    for (size_t n; (n = fread(chunk, 1, CHUNK, f)) > 0;)
        add(s, n, chunk);
    int failed = ferror(f);
    rc_status status = failed ? rc_fail_system(path, "read", errno) : RC_OK;
    fclose(f);
    return status;
}

static void to_text(const uint8_t *digest, int n, char *out)
{
    for (int i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static rc_status compare(const char *shown, const char *kind, const char *have, const char *wanted)
{
    RC_CHECK(rc_ascii_same(have, wanted), RC_DATA,
             "%s: its %s is %.16s..., it should be %.16s...; the file is damaged or is another one", shown,
             kind, have, wanted);
    return RC_OK;
}

rc_status rc__file_sha256(const char *path, char out[RC_SHA256_TEXT])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    state s;
    sha256_init(&s.sha);
    RC_TRY(feed(path, sha256_add, &s));
    sha256_digest(&s.sha, sizeof digest, digest);
    to_text(digest, SHA256_DIGEST_SIZE, out);
    return RC_OK;
}

rc_status rc__file_check_sha256(const char *path, const char *shown, const char *wanted)
{
    char have[RC_SHA256_TEXT];
    RC_TRY(rc__file_sha256(path, have));
    return compare(shown, "SHA-256", have, wanted);
}

rc_status rc__file_md5(const char *path, char out[RC_MD5_TEXT])
{
    uint8_t digest[MD5_DIGEST_SIZE];
    state s;
    md5_init(&s.md5);
    RC_TRY(feed(path, md5_add, &s));
    md5_digest(&s.md5, sizeof digest, digest);
    to_text(digest, MD5_DIGEST_SIZE, out);
    return RC_OK;
}

rc_status rc__file_check_md5(const char *path, const char *shown, const char *wanted)
{
    char have[RC_MD5_TEXT];
    RC_TRY(rc__file_md5(path, have));
    return compare(shown, "MD5", have, wanted);
}
