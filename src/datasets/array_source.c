/* One array of a data set, of a folder or a file of arrays. */
#include <stdio.h>

#include "base/file.h"
#include "datasets/store.h"
#include "formats/pieces.h"

bool rc__array_exists(const char *path, const rc_container *c, const char *name)
{
    char file[96], full[4096];
    if (c) return rc_container_find(c, name) >= 0;
    snprintf(file, sizeof file, "%s.npy", name);
    return (rc_path_join(path, file, sizeof full, full) == RC_OK && rc_path_exists(full)) ||
           rc_shards_exist(path, name);
}

static rc_status describe_entry(const char *path, const rc_container *c, const char *name,
                                rc_pieces_source *out)
{
    int at = rc_container_find(c, name);
    *out = (rc_pieces_source){0};
    if (at < 0) return RC_OK;
    const rc_entry *e = rc_container_entry(c, at);
    RC_CHECK(
        !e->is_text, RC_DATA,
        "%s: \"%s\" holds text, where numbers are needed; `\1rc_data_import` turns names of classes into "
        "numbers",
        path, name);
    *out = (rc_pieces_source){.dtype = e->dtype, .shape = e->shape};
    return RC_OK;
}

rc_status rc__array_describe(const char *path, const rc_container *c, const char *name, rc_pieces_source *out)
{
    return c ? describe_entry(path, c, name, out) : rc_shards_source(path, name, out);
}

rc_status rc__array_take(const char *path, rc_container *c, const char *name, rc_pieces_source *s,
                         rc_array *out)
{
    char file[96], full[4096];
    int at = c ? rc_container_find(c, name) : -1;
    if (c) return at < 0 ? RC_OK : rc_container_read(c, at, out);
    snprintf(file, sizeof file, "%s.npy", name);
    RC_TRY(rc_path_join(path, file, sizeof full, full));
    if (rc_path_exists(full)) return rc_npy_open(full, out);
    return s->read ? s->read(s->from, 0, s->shape.dim[0], out) : RC_OK;
}

rc_status rc__read_array(const char *path, rc_container *c, const char *name, rc_array *out)
{
    rc_pieces_source s;
    rc_status status = rc__array_describe(path, c, name, &s);
    if (status == RC_OK) status = rc__array_take(path, c, name, &s, out);
    rc_pieces_source_close(&s);
    return status;
}
