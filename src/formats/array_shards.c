/* An array in .npy files, one after another, and an array in a file that reads single rows: where pieces.h
 * reads from. A .npy is opened for each block, so there may be many, and any file is compared with what was
 * opened first, so that one that changes or vanishes is noticed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "formats/npy_header.h"
#include "formats/pieces.h"

enum { LONGEST_PATH = 4096, LONGEST_HEAD = (1 << 16) + 12, MAX_SHARDS = 1 << 24 };

/* ---- is it the same file? ---- */

static rc_status check_same(const char *path, const struct stat *was, const struct stat *is)
{
    RC_CHECK(is->st_dev == was->st_dev && is->st_ino == was->st_ino && is->st_size == was->st_size &&
                 is->st_mtim.tv_sec == was->st_mtim.tv_sec && is->st_mtim.tv_nsec == was->st_mtim.tv_nsec,
             RC_DATA,
             "%s: the file has changed since it was opened; data must not change while they are in use",
             path);
    return RC_OK;
}

static rc_status gone(const char *path)
{
    return errno == ENOENT ? rc_fail(RC_DATA, "%s: the file has vanished since it was opened", path)
                           : rc_fail_system(path, "opened", errno);
}

/* ---- .npy ---- */

typedef struct shard {
    char *path;
    int64_t first, rows;
    size_t offset; /* where the numbers begin */
    bool fortran;  /* column-major: no row lies together, and there are no other shards */
    struct stat was;
} shard;

typedef struct shards {
    shard *shard;
    int64_t n, capacity;
    rc_dtype dtype;
    rc_shape shape;
    size_t row_bytes;
} shards;

static void close_shards(void *from)
{
    shards *s = from;
    for (int64_t i = 0; i < s->n; i++)
        rc_free(s->shard[i].path);
    rc_free(s->shard);
    rc_free(s);
}

static rc_status read_at(int file, const char *path, size_t offset, size_t size, char *to)
{
    while (size > 0) {
        ssize_t n = pread(file, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rc_fail_system(path, "read", errno);
        RC_CHECK(n > 0, RC_DATA, "%s: the file was cut off while it was in use", path);
        to += n;
        offset += (size_t)n;
        size -= (size_t)n;
    }
    return RC_OK;
}

static rc_status read_shard(const shard *s, size_t row_bytes, int64_t first, int64_t count, char *to)
{
    struct stat is;
    int file = open(s->path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return gone(s->path);
    rc_status status =
        fstat(file, &is) == 0 ? check_same(s->path, &s->was, &is) : rc_fail_system(s->path, "read", errno);
    if (status == RC_OK)
        status = read_at(file, s->path, s->offset + (size_t)first * row_bytes, (size_t)count * row_bytes, to);
    close(file);
    return status;
}

/* The shard that holds a row. */
static int64_t shard_with(const shards *s, int64_t row)
{
    int64_t low = 0, high = s->n - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (s->shard[middle].first <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* Into the rows that were there before, if there were as many. */
static rc_status make_room(const shards *s, int64_t count, rc_array *out)
{
    if (out->owned && out->shape.dim[0] >= count) return RC_OK;
    rc_array_free(out);
    RC_TRY(rc_alloc_raw((size_t)count, s->row_bytes, &out->owned));
    out->dtype = s->dtype;
    out->shape = s->shape;
    out->data = out->owned;
    return RC_OK;
}

static rc_status read_rows(void *from, int64_t first, int64_t count, rc_array *out)
{
    const shards *s = from;
    RC_TRY(make_room(s, count, out));
    out->shape.dim[0] = count;
    char *to = out->owned;
    for (int64_t k = shard_with(s, first); count > 0; k++) {
        const shard *one = &s->shard[k];
        int64_t at = first - one->first, n = one->rows - at < count ? one->rows - at : count;
        RC_TRY(read_shard(one, s->row_bytes, at, n, to));
        to += (size_t)n * s->row_bytes;
        first += n;
        count -= n;
    }
    /* Such a file is read as a whole: its rows are together. */
    return s->shard[0].fortran ? rc__array_from_fortran(out) : RC_OK;
}

/* Its header, and whether the file is as long as that says. */
static rc_status look_at(shard *s, const unsigned char *head, size_t size, rc_dtype *dtype, rc_shape *shape)
{
    rc__npy_header h;
    char text[RC_SHAPE_TEXT];
    size_t need, have = (size_t)s->was.st_size;
    RC_TRY(rc__npy_header_parse(s->path, head, size, &h));
    RC_TRY(rc__npy_dtype(s->path, h.descr, dtype));
    *shape = h.shape;
    s->offset = h.offset;
    RC_CHECK(h.shape.n > 0, RC_SHAPE, "%s: a single number, not rows", s->path);
    s->fortran = h.fortran && h.shape.n > 1;
    RC_CHECK(rc_mul_size((size_t)rc_shape_size(shape), rc_dtype_size(*dtype), &need) &&
                 rc_add_size(need, h.offset, &need),
             RC_FORMAT, "%s: the shape is far too large", s->path);
    RC_CHECK(need == have, RC_FORMAT, "%s: %s: %s %s needs %zu bytes, %zu are there", s->path,
             have < need ? "the file is cut off" : "the file is too long", rc_dtype_text(*dtype),
             rc_shape_text(shape, text), need, have);
    s->rows = shape->dim[0];
    return RC_OK;
}

static rc_status describe(shard *s, rc_dtype *dtype, rc_shape *shape)
{
    unsigned char *head;
    size_t used;
    RC_TRY(rc_alloc_raw(LONGEST_HEAD, 1, (void **)&head));
    rc_status status = rc_file_read_head(s->path, LONGEST_HEAD, head, &used);
    if (status == RC_OK && stat(s->path, &s->was) != 0) status = gone(s->path);
    if (status == RC_OK) status = look_at(s, head, used, dtype, shape);
    rc_free(head);
    return status;
}

static rc_status join(shards *s)
{
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    int64_t rows = 0;
    for (int64_t i = 0; i < s->n; i++) {
        shard *one = &s->shard[i];
        rc_dtype dtype;
        rc_shape shape;
        RC_TRY(describe(one, &dtype, &shape));
        if (i == 0) {
            s->dtype = dtype;
            s->shape = shape;
        }
        rc_shape like = s->shape;
        like.dim[0] = shape.dim[0];
        RC_CHECK(dtype == s->dtype && rc_shape_equal(&shape, &like), RC_SHAPE,
                 "%s: %s %s, but the first shard is %s %s", one->path, rc_dtype_text(dtype),
                 rc_shape_text(&shape, have), rc_dtype_text(s->dtype), rc_shape_text(&s->shape, want));
        RC_CHECK(!one->fortran || s->n == 1, RC_UNSUPPORTED,
                 "%s: a shard in Fortran order; save it as numpy.ascontiguousarray(x)", one->path);
        one->first = rows;
        RC_CHECK(!__builtin_add_overflow(rows, one->rows, &rows), RC_FORMAT, "%s: far too many rows",
                 one->path);
    }
    s->shape.dim[0] = rows;
    int64_t numbers;
    RC_TRY(rc_shape_count(&s->shape, &numbers));
    s->row_bytes = rows ? (size_t)(numbers / rows) * rc_dtype_size(s->dtype) : 0;
    return RC_OK;
}

/* ---- which files ---- */

/* NAME-00012.npy: its number; -1: another file. */
static int64_t number_of(const char *file, const char *name)
{
    size_t n = strlen(name);
    int64_t number = 0, digits = 0;
    if (strchr(name, '.')) return -1; /* x_train.wave is in no shards: x_train.wave-2 is another input */
    if (strncmp(file, name, n) != 0 || file[n] != '-') return -1;
    for (file += n + 1; rc_ascii_is_digit(*file) && digits < 12; file++, digits++)
        number = 10 * number + (*file - '0');
    return digits > 0 && strcmp(file, ".npy") == 0 ? number : -1;
}

static rc_status add_path(shards *s, const char *path)
{
    if (s->n == s->capacity) {
        int64_t wanted = s->capacity ? 2 * s->capacity : 64;
        RC_CHECK(s->n < MAX_SHARDS, RC_DATA, "%s: more than %d shards", path, MAX_SHARDS);
        RC_TRY(rc_realloc((size_t)s->capacity * sizeof *s->shard, (size_t)wanted * sizeof *s->shard,
                          (void **)&s->shard));
        s->capacity = wanted;
    }
    s->shard[s->n] = (shard){0};
    return rc_strdup(path, &s->shard[s->n++].path);
}

/* As they come in the folder. */
static rc_status list(shards *s, const char *folder, const char *name)
{
    char path[LONGEST_PATH];
    DIR *dir = opendir(folder);
    rc_status status = RC_OK;
    if (!dir) return rc_fail_system(folder, "read", errno);
    for (struct dirent *e; status == RC_OK && (e = readdir(dir));) {
        if (number_of(e->d_name, name) < 0) continue;
        status = rc_path_join(folder, e->d_name, sizeof path, path);
        if (status == RC_OK) status = add_path(s, path);
    }
    closedir(dir);
    return status;
}

/* By number, from 0 without gaps. */
static rc_status put_in_order(shards *s, const char *folder, const char *name)
{
    shard *by_number;
    rc_status status = RC_OK;
    RC_TRY(RC_NEW(&by_number, s->n));
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        int64_t k = number_of(rc_path_base(s->shard[i].path), name);
        if (k < s->n && by_number[k].path)
            status = rc_fail(RC_DATA, "%s: %s and %s have the same number", folder,
                             rc_path_base(by_number[k].path), rc_path_base(s->shard[i].path));
        else if (k < s->n)
            by_number[k] = s->shard[i];
    }
    for (int64_t k = 0; k < s->n && status == RC_OK; k++)
        if (!by_number[k].path)
            status =
                rc_fail(RC_DATA,
                        "%s: %s-%05lld.npy is missing; shards are numbered from 0 without gaps, and there "
                        "are %lld",
                        folder, name, (long long)k, (long long)s->n);
    if (status == RC_OK) memcpy(s->shard, by_number, (size_t)s->n * sizeof *by_number);
    rc_free(by_number);
    return status;
}

static rc_status find(shards *s, const char *folder, const char *name)
{
    char file[96], path[LONGEST_PATH];
    snprintf(file, sizeof file, "%s.npy", name);
    RC_TRY(rc_path_join(folder, file, sizeof path, path));
    RC_TRY(list(s, folder, name));
    bool whole = rc_path_exists(path);
    RC_CHECK(!whole || s->n == 0, RC_DATA, "%s: holds both %s and %s; which one is meant?", folder, file,
             rc_path_base(s->shard[0].path));
    if (!whole && s->n == 0) return RC_OK;
    RC_TRY(whole ? add_path(s, path) : put_in_order(s, folder, name));
    return join(s);
}

/* Takes what was found over, also after a failure. */
static rc_status hand_out(shards *s, rc_status found, rc_pieces_source *out)
{
    rc_checksum c;
    if (found != RC_OK || s->n == 0) {
        close_shards(s);
        return found;
    }
    int64_t together = s->shard[0].fortran ? s->shape.dim[0] : 1;
    rc_checksum_begin(&c);
    for (int64_t i = 0; i < s->n; i++) {
        uint64_t one = rc_file_stamp(s->shard[i].path);
        rc_checksum_add(&c, &one, sizeof one);
    }
    *out =
        (rc_pieces_source){s->dtype, s->shape, together, read_rows, close_shards, s, rc_checksum_value(&c)};
    return RC_OK;
}

rc_status rc_shards_source(const char *folder, const char *name, rc_pieces_source *out)
{
    shards *s;
    *out = (rc_pieces_source){0};
    RC_TRY(RC_NEW(&s, 1));
    return hand_out(s, find(s, folder, name), out);
}

rc_status rc_npy_source(const char *path, rc_pieces_source *out)
{
    shards *s;
    *out = (rc_pieces_source){0};
    RC_TRY(RC_NEW(&s, 1));
    rc_status status = add_path(s, path);
    return hand_out(s, status == RC_OK ? join(s) : status, out);
}

void rc_shards_name_row(const char *folder, const char *name, int64_t row, size_t size, char *out)
{
    shards *s = NULL;
    bool several = RC_NEW(&s, 1) == RC_OK && find(s, folder, name) == RC_OK && s->n > 1;
    if (several && row < s->shape.dim[0]) {
        const shard *one = &s->shard[shard_with(s, row)];
        snprintf(out, size, "%s, row %lld", rc_path_base(one->path), (long long)(row - one->first));
    } else {
        snprintf(out, size, "sample %lld", (long long)row);
    }
    if (s) close_shards(s);
}

bool rc_shards_exist(const char *folder, const char *name)
{
    DIR *dir = opendir(folder);
    bool any = false;
    if (!dir) return false;
    for (struct dirent *e; !any && (e = readdir(dir));)
        any = number_of(e->d_name, name) >= 0;
    closedir(dir);
    return any;
}

bool rc_shards_ends_as_one(const char *name)
{
    const char *dash = strrchr(name, '-');
    return dash && strlen(dash) > 5 && strspn(dash + 1, "0123456789") == strlen(dash + 1);
}

/* ---- an entry of a container ---- */

typedef struct entry_rows {
    rc_container *file;
    int at;
    char *path;
    struct stat was;
} entry_rows;

static void close_entry(void *from)
{
    entry_rows *e = from;
    rc_container_close(&e->file);
    rc_free(e->path);
    rc_free(e);
}

static rc_status read_entry_rows(void *from, int64_t first, int64_t count, rc_array *out)
{
    const entry_rows *e = from;
    struct stat is;
    rc_array_free(out);
    if (stat(e->path, &is) != 0) return gone(e->path);
    RC_TRY(check_same(e->path, &e->was, &is));
    return rc_container_rows(e->file, e->at, first, count, out);
}

static rc_status open_entry(entry_rows *e, const char *path, const char *name)
{
    RC_TRY(rc_strdup(path, &e->path));
    if (stat(path, &e->was) != 0) return gone(path);
    RC_TRY(rc_container_open(path, &e->file));
    e->at = rc_container_find(e->file, name);
    RC_CHECK(e->at >= 0 && rc_container_has_rows(e->file) && rc_container_entry(e->file, e->at)->shape.n > 0,
             RC_DATA, "%s: \"%s\" is not an array of rows", path, name);
    return RC_OK;
}

rc_status rc_container_source(const char *path, const char *name, rc_pieces_source *out)
{
    entry_rows *e;
    *out = (rc_pieces_source){0};
    RC_TRY(RC_NEW(&e, 1));
    rc_status status = open_entry(e, path, name);
    if (status != RC_OK) {
        close_entry(e);
        return status;
    }
    const rc_entry *is = rc_container_entry(e->file, e->at);
    *out = (rc_pieces_source){is->dtype,          is->shape,   is->together > 0 ? is->together : 1,
                              read_entry_rows,    close_entry, e,
                              rc_file_stamp(path)};
    return RC_OK;
}
