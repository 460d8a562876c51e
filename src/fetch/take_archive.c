/* Archives (libarchive stays here). Two passes: which folder holds the model, then its files. Hostile ones
 * are refused as a whole: paths that lead outside, links in place of files, far more data than the file's
 * size explains, endless lists. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "fetch/take.h"

enum { FOLDER = 1024, FOLDERS = 64, ENTRIES = 100000, BLOCK = 1 << 16 };

/* A folder of the archive that holds part of what a model needs. */
typedef struct candidate {
    char path[FOLDER]; /* "" or "a/b/" */
    bool config, weights, pickle;
} candidate;

typedef struct reading {
    const char *from, *out;
    const rc_known_model *known;
    struct archive *a;
    int64_t unpacked, most; /* bytes so far, and what the size of the archive allows */
    int entries;
    candidate *folder;
    int folders;
} reading;

/* ---- walking ---- */

static rc_status reading_failed(const reading *r)
{
    const char *why = archive_error_string(r->a);
    return rc_fail(RC_FORMAT, "%s: not a readable .zip, .tar or .tar.gz: %.120s", r->from,
                   why ? why : "damaged");
}

static rc_status open_archive(reading *r)
{
    struct stat s;
    RC_CHECK(stat(r->from, &s) == 0 && S_ISREG(s.st_mode), RC_IO, "%s: not a regular file", r->from);
    r->most = 100 * (int64_t)s.st_size + (64 << 20);
    r->unpacked = 0;
    r->entries = 0;
    r->a = archive_read_new();
    RC_CHECK(r->a, RC_MEMORY, "out of memory");
    archive_read_support_format_zip(r->a);
    archive_read_support_format_tar(r->a);
    archive_read_support_filter_gzip(r->a);
    return archive_read_open_filename(r->a, r->from, BLOCK) == ARCHIVE_OK ? RC_OK : reading_failed(r);
}

static bool leads_outside(const char *path)
{
    if (path[0] == '/') return true;
    for (const char *part = path; part;) {
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2])) return true;
        part = strchr(part, '/');
        if (part) part++;
    }
    return false;
}

static rc_status count(reading *r, int64_t bytes)
{
    r->unpacked += bytes > 0 ? bytes : 0;
    RC_CHECK(r->unpacked <= r->most, RC_DATA,
             "%s: unpacks to more than 100 times its size; nothing is taken from it", r->from);
    return RC_OK;
}

/* The next entry, *path NULL at the end. "./a" is a. */
static rc_status next(reading *r, struct archive_entry **e, const char **path)
{
    *path = NULL;
    int code = archive_read_next_header(r->a, e);
    if (code == ARCHIVE_EOF) return RC_OK;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return reading_failed(r);
    RC_CHECK(++r->entries <= ENTRIES, RC_DATA, "%s: more than %d entries", r->from, ENTRIES);
    const char *name = archive_entry_pathname(*e);
    if (!name) name = ""; /* not text here: nothing of a model */
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    RC_CHECK(!leads_outside(name), RC_DATA, "%s: its entry \"%.80s\" leads outside; nothing is taken from it",
             r->from, name);
    *path = name;
    return RC_OK;
}

/* ---- first pass ---- */

static rc_status note_entry(reading *r, const char *path)
{
    const char *name = rc_path_base(path);
    size_t n = (size_t)(name - path);
    bool config = strcmp(name, "config.json") == 0, weights = rc__take_is_weights(name);
    bool pickle = rc_path_has_suffix(name, ".bin");
    if ((!config && !weights && !pickle) || n >= FOLDER) return RC_OK;
    int i = 0;
    while (i < r->folders && (strlen(r->folder[i].path) != n || strncmp(r->folder[i].path, path, n) != 0))
        i++;
    RC_CHECK(i < FOLDERS, RC_DATA, "%s: more than %d models in one archive; unpack it and give one folder",
             r->from, FOLDERS);
    candidate *c = &r->folder[i];
    if (i == r->folders) {
        memcpy(c->path, path, n);
        r->folders++;
    }
    c->config |= config;
    c->weights |= weights;
    c->pickle |= pickle;
    return RC_OK;
}

static rc_status look(reading *r)
{
    struct archive_entry *e;
    const char *path;
    RC_TRY(next(r, &e, &path));
    for (; path;) {
        RC_TRY(note_entry(r, path));
        /* Before it is skipped, which in a .tar.gz means unpacking it. */
        RC_TRY(count(r, archive_entry_size(e)));
        RC_TRY(next(r, &e, &path));
    }
    return RC_OK;
}

static rc_status choose(const reading *r, const candidate **out)
{
    bool pickle = false;
    *out = NULL;
    for (int i = 0; i < r->folders; i++) {
        const candidate *c = &r->folder[i];
        pickle |= c->config && c->pickle;
        if (!c->config || !c->weights) continue;
        RC_CHECK(!*out, RC_DATA, "%s: several models in it (%s, %s); unpack it and give one folder", r->from,
                 (*out)->path, c->path);
        *out = c;
    }
    return *out ? RC_OK : rc__take_no_model(r->from, pickle);
}

/* ---- second pass ---- */

static rc_status copy_data(reading *r, const char *name, FILE *to)
{
    static const char what[] = "unpack";
    int64_t limit = rc__take_limit(r->known, name), size = 0;
    const void *block;
    size_t n;
    la_int64_t offset;
    for (;;) {
        int code = archive_read_data_block(r->a, &block, &n, &offset);
        if (code == ARCHIVE_EOF) break;
        if (code != ARCHIVE_OK) return reading_failed(r);
        RC_CHECK(offset == size, RC_FORMAT, "%s: %s has holes, a model's files have none", r->from, name);
        size += (int64_t)n;
        RC_CHECK(size <= limit, RC_DATA, "%s: %s is larger than the %lld bytes it may have", r->from, name,
                 (long long)limit);
        RC_TRY(count(r, (int64_t)n));
        RC_CHECK(fwrite(block, 1, n, to) == n, RC_IO, "%s: cannot be written; is the disk full?", name);
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
        if (size > 1 << 24) rc_progress_step(what, size >> 20, limit >> 20, "MiB");
    }
    return RC_OK;
}

static rc_status take_file(reading *r, struct archive_entry *e, const char *name)
{
    char to[4096];
    rc_file_writer w;
    RC_CHECK(archive_entry_filetype(e) == AE_IFREG && !archive_entry_hardlink(e) && !archive_entry_symlink(e),
             RC_DATA, "%s: %s is a link or something else that is not a file", r->from, name);
    RC_TRY(rc_path_join(r->out, name, sizeof to, to));
    RC_TRY(rc_file_writer_open(to, &w));
    rc_status status = copy_data(r, name, w.stream);
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}

static rc_status take(reading *r, const candidate *c)
{
    struct archive_entry *e;
    const char *path;
    size_t n = strlen(c->path);
    RC_TRY(next(r, &e, &path));
    while (path) {
        const char *name = path + n;
        if (strncmp(path, c->path, n) == 0 && !strchr(name, '/') && rc__take_wants(name))
            RC_TRY(take_file(r, e, name));
        RC_TRY(next(r, &e, &path));
    }
    return RC_OK;
}

static rc_status pass(reading *r, rc_status (*walk)(reading *, const candidate *), const candidate *c)
{
    rc_status status = open_archive(r);
    if (status == RC_OK) status = walk(r, c);
    archive_read_free(r->a);
    r->a = NULL;
    return status;
}

static rc_status first_pass(reading *r, const candidate *c)
{
    (void)c;
    return look(r);
}

rc_status rc__take_from_archive(const char *from, const rc_known_model *known, const char *out)
{
    reading r = {.from = from, .out = out, .known = known};
    const candidate *model;
    RC_TRY(RC_NEW(&r.folder, FOLDERS + 1));
    rc_status status = pass(&r, first_pass, NULL);
    if (status == RC_OK) status = choose(&r, &model);
    if (status == RC_OK) status = pass(&r, take, model);
    rc_free(r.folder);
    return status;
}
