#include "fetch/digest.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

rc_status rc__file_sha256(const char *path, char out[RC_SHA256_TEXT])
{
    enum { CHUNK = 1 << 16 };
    uint8_t chunk[CHUNK], digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx sha;
    FILE *f = fopen(path, "rb");
    RC_CHECK(f, RC_IO, "%s: cannot be read: %s", path, strerror(errno));
    sha256_init(&sha);
    for (size_t n; (n = fread(chunk, 1, CHUNK, f)) > 0;)
        sha256_update(&sha, n, chunk);
    int failed = ferror(f);
    fclose(f);
    RC_CHECK(!failed, RC_IO, "%s: cannot be read to its end", path);
    sha256_digest(&sha, sizeof digest, digest);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return RC_OK;
}

rc_status rc__file_check_sha256(const char *path, const char *shown, const char *wanted)
{
    char have[RC_SHA256_TEXT];
    RC_TRY(rc__file_sha256(path, have));
    RC_CHECK(strcmp(have, wanted) == 0, RC_DATA,
             "%s: its SHA-256 is %.16s..., it should be %.16s...; the file is damaged or is another one",
             shown, have, wanted);
    return RC_OK;
}
