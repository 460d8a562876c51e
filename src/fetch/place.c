#include "fetch/place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

static const char LOCAL[] = "file://", LIST[] = "SHA256SUMS";
enum { LIST_LIMIT = 1 << 20 };

static bool is_address(const char *place)
{
    return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

/* ---- a folder of this machine ---- */

static rc_status copy(const char *from, const rc_transfer *t)
{
    rc_file_map map;
    size_t size;
    RC_TRY(rc_file_check(from, &size));
    RC_CHECK((int64_t)size <= t->limit, RC_DATA, "%s: %zu bytes; it should have at most %lld", from, size,
             (long long)t->limit);
    if (t->sha256) RC_TRY(rc__file_check_sha256(from, from, t->sha256));
    if (t->accepts) RC_TRY(t->accepts(from, from));
    RC_TRY(rc_file_map_open(from, &map));
    rc_status status = rc_file_write(t->path, map.data, map.size);
    rc_file_map_close(&map);
    return status;
}

rc_status rc_place_fetch(const char *place, const char *name, const rc_transfer *t)
{
    char path[RC_ADDRESS];
    rc_transfer of = *t;
    size_t skip = strncmp(place, LOCAL, sizeof LOCAL - 1) == 0 ? sizeof LOCAL - 1 : 0, n = strlen(place);
    while (n > skip + 1 && place[n - 1] == '/')
        n--;
    int used = snprintf(path, sizeof path, "%.*s/%s", (int)(n - skip), place + skip, name);
    RC_CHECK(used > 0 && used < RC_ADDRESS, RC_CONFIG, "%.80s...: the address is too long", place);
    of.url = path;
    return is_address(place) ? rc__transfer_run(&of) : copy(path, &of);
}

/* ---- checksums ---- */

/* "HASH  NAME", or "HASH *NAME". */
static void look_at_line(const char *line, size_t length, const char *name, char out[RC_SHA256_TEXT])
{
    const size_t hash = RC_SHA256_TEXT - 1;
    if (length != hash + 2 + strlen(name) || strncmp(line + hash + 2, name, strlen(name)) != 0) return;
    for (size_t i = 0; i < hash; i++)
        out[i] = rc_ascii_lower(line[i]);
    out[hash] = '\0';
}

rc_status rc_place_sha256(const char *place, const char *name, const char *path, char out[RC_SHA256_TEXT])
{
    rc_transfer t = {.path = path, .work = LIST, .limit = LIST_LIMIT};
    char *text;
    const char *line;
    size_t size, length, at = 0;
    out[0] = '\0';
    RC_TRY(rc_place_fetch(place, LIST, &t));
    rc_status status = rc_file_read(path, LIST_LIMIT, &text, &size);
    unlink(path);
    RC_TRY(status);
    while (rc_text_next_line(text, size, &at, &line, &length))
        look_at_line(line, length, name, out);
    rc_free(text);
    return RC_OK;
}
