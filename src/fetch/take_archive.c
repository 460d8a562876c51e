/* A model out of an archive. Two passes: which folder holds the model, then its files. Hostile archives are
 * refused as a whole (archive.h), and so are links in place of files. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "fetch/archive.h"
#include "fetch/take.h"

enum { FOLDER = 1024, FOLDERS = 64, ENTRIES = 100000 };

/* A folder of the archive that holds part of what a model needs. */
typedef struct candidate {
    char path[FOLDER]; /* "" or "a/b/" */
    bool config, weights, pickle;
} candidate;

typedef struct reading {
    const char *from, *out;
    const rc_known_model *known;
    rc__archive *a;
    candidate *folder;
    int folders;
} reading;

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
    rc__archive_entry e;
    RC_TRY(rc__archive_next(r->a, &e));
    while (e.path) {
        RC_TRY(note_entry(r, e.path));
        /* Before it is skipped, which in a .tar.gz means unpacking it. */
        RC_TRY(rc__archive_pass(r->a, &e));
        RC_TRY(rc__archive_next(r->a, &e));
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

static rc_status take_file(reading *r, const rc__archive_entry *e, const char *name)
{
    char to[4096];
    rc_file_writer w;
    RC_CHECK(e->is_file, RC_DATA, "%s: %s is a link or something else that is not a file", r->from, name);
    RC_TRY(rc_path_join(r->out, name, sizeof to, to));
    RC_TRY(rc_file_writer_open(to, &w));
    rc_status status = rc__archive_copy(r->a, name, rc__take_limit(r->known, name), w.stream);
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}

static rc_status take(reading *r, const candidate *c)
{
    rc__archive_entry e;
    size_t n = strlen(c->path);
    RC_TRY(rc__archive_next(r->a, &e));
    while (e.path) {
        const char *name = e.path + n;
        if (strncmp(e.path, c->path, n) == 0 && !strchr(name, '/') && rc__take_wants(name))
            RC_TRY(take_file(r, &e, name));
        RC_TRY(rc__archive_next(r->a, &e));
    }
    return RC_OK;
}

static rc_status pass(reading *r, rc_status (*walk)(reading *, const candidate *), const candidate *c)
{
    RC_TRY(rc__archive_open(r->from, ENTRIES, &r->a));
    rc_status status = walk(r, c);
    rc__archive_close(&r->a);
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
