#include "fetch/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"

enum { BLOCK = 1 << 16, RATIO = 100, FREE = 64 << 20 };

struct rc__archive {
    char *from;
    struct archive *a;
    int64_t unpacked, max; /* bytes so far, and what the size of the archive allows */
    int64_t entries, max_entries;
};

static rc_status reading_failed(const rc__archive *r)
{
    const char *why = archive_error_string(r->a);
    errno = archive_errno(r->a);
    return rc_fail_reading(r->from, "%s: not a readable .zip, .tar or .tar.gz: %.120s", r->from,
                           why ? why : "damaged");
}

static rc_status start(rc__archive *r, const char *path, bool single)
{
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    RC_TRY(rc_strdup(path, &r->from));
    r->max = RATIO * (int64_t)size + FREE;
    r->a = archive_read_new();
    RC_CHECK(r->a, RC_MEMORY, "out of memory");
    archive_read_support_filter_gzip(r->a);
    if (single) {
        archive_read_support_format_raw(r->a);
    } else {
        archive_read_support_format_zip(r->a);
        archive_read_support_format_tar(r->a);
    }
    return archive_read_open_filename(r->a, path, BLOCK) == ARCHIVE_OK ? RC_OK : reading_failed(r);
}

static rc_status open_as(const char *path, int64_t max_entries, bool single, rc__archive **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->max_entries = max_entries;
    rc_status status = start(*out, path, single);
    if (status != RC_OK) rc__archive_close(out);
    return status;
}

rc_status rc__archive_open(const char *path, int64_t max_entries, rc__archive **out)
{
    return open_as(path, max_entries, false, out);
}

rc_status rc__archive_open_gzip(const char *path, rc__archive **out)
{
    return open_as(path, 1, true, out);
}

void rc__archive_close(rc__archive **a)
{
    if (!*a) return;
    if ((*a)->a) archive_read_free((*a)->a);
    rc_free((*a)->from);
    rc_free(*a);
    *a = NULL;
}

static rc_status count(rc__archive *r, int64_t bytes)
{
    r->unpacked += bytes > 0 ? bytes : 0;
    RC_CHECK(r->unpacked <= r->max, RC_DATA,
             "%s: unpacks to more than %d times its size; nothing is taken from it", r->from, RATIO);
    return RC_OK;
}

rc_status rc__archive_next(rc__archive *r, rc__archive_entry *out)
{
    struct archive_entry *e;
    *out = (rc__archive_entry){0};
    int code = archive_read_next_header(r->a, &e);
    if (code == ARCHIVE_EOF) return RC_OK;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return reading_failed(r);
    RC_CHECK(++r->entries <= r->max_entries, RC_DATA, "%s: more than %lld entries", r->from,
             (long long)r->max_entries);
    const char *name = archive_entry_pathname(e);
    if (!name) name = ""; /* not text here: nobody asks for it */
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    RC_CHECK(!rc_path_leads_outside(name), RC_DATA,
             "%s: its entry \"%.80s\" leads outside; nothing is taken from it", r->from, name);
    bool link = archive_entry_hardlink(e) || archive_entry_symlink(e);
    *out = (rc__archive_entry){.path = name,
                               .size = archive_entry_size(e),
                               .is_file = archive_entry_filetype(e) == AE_IFREG && !link,
                               .is_directory = archive_entry_filetype(e) == AE_IFDIR && !link};
    return RC_OK;
}

rc_status rc__archive_pass(rc__archive *r, const rc__archive_entry *e)
{
    return count(r, e->size);
}

rc_status rc__archive_copy(rc__archive *r, const char *name, int64_t limit, FILE *to)
{
    static const char what[] = "unpack";
    int64_t size = 0;
    const void *block;
    size_t n;
    la_int64_t offset;
    for (;;) {
        int code = archive_read_data_block(r->a, &block, &n, &offset);
        if (code == ARCHIVE_EOF) break;
        if (code != ARCHIVE_OK) return reading_failed(r);
        RC_CHECK(offset == size, RC_FORMAT, "%s: %s is a sparse file, which is not supported", r->from, name);
        size += (int64_t)n;
        RC_CHECK(size <= limit, RC_DATA, "%s: %s is larger than the allowed %lld bytes", r->from, name,
                 (long long)limit);
        RC_TRY(count(r, (int64_t)n));
        if (n > 0 && fwrite(block, 1, n, to) != n) return rc_fail_system(name, "written", errno);
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
        if (size > 1 << 24) rc_progress_step(what, size >> 20, limit >> 20, "MiB");
    }
    return RC_OK;
}
