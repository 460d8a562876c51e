#include "published/get_task.h"

#include <stdio.h>
#include <string.h>

#include "base/disk.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"
#include "datasets/dataset.h"
#include "fetch/digest.h"
#include "fetch/unpack.h"
#include "recraft/version.h"

/* A published size is rounded, and a file may have been replaced: a limit is there against the endless. */
enum { SLACK = 2, MIN = 64 << 20 };

static rc_status find_task(const char *task, const rc_published **out)
{
    const char *known[64];
    size_t n = 0;
    *out = rc_published_find(task);
    if (*out) return RC_OK;
    for (; n < (size_t)rc_published_count; n++)
        known[n] = rc_published_table[n].task;
    return rc_fail_unknown(RC_CONFIG, task, known, n,
                           "`\1rc_data_list` names the tasks; tables are openml-ID",
                           "no published data are known as \"%.40s\"", task);
}

/* ---- the report ---- */

static void add_file(rc_json *list, const rc_published_file *f)
{
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "name", f->name);
    if (f->url) rc_json_set_string(j, "url", f->url);
    if (f->bytes) rc_json_set_integer(j, "bytes", f->bytes);
    if (f->md5) rc_json_set_string(j, "md5", f->md5);
}

static void describe(const rc_published *p, int64_t made, rc_json *report)
{
    rc_json_set_string(report, "task", p->task);
    rc_json_set_string(report, "licence", p->licence);
    rc_json_set_integer(report, "bytes", rc_published_bytes(p));
    rc_json_set_integer(report, "made", made);
    rc_json *list = rc_json_set(report, "files", rc_json_array());
    for (int i = 0; i < RC_PUBLISHED_FILES && p->file[i].name; i++)
        add_file(list, &p->file[i]);
}

static int64_t made_bytes(const rc_published *p, const rc_get_options *o)
{
    return p->sized ? p->sized(o->n_train, o->n_test, o->side) : p->made;
}

rc_status rc_get_plan(const char *task, const rc_get_options *o, rc_json *report)
{
    const rc_published *p;
    int64_t id;
    if (rc__openml_id(task, &id)) {
        rc__openml_plan(id, o, report);
        return RC_OK;
    }
    RC_TRY(find_task(task, &p));
    describe(p, made_bytes(p, o), report);
    return RC_OK;
}

/* ---- files ---- */

static bool is_gzip_file(const rc_published_file *f)
{
    return f->unpacked && rc_path_has_suffix(f->name, ".gz") && !rc_path_has_suffix(f->name, ".tar.gz");
}

static rc_status add_root(rc__get *g, const char *folder)
{
    RC_CHECK(g->roots < RC__ROOTS, RC_INTERNAL, "%s: too many folders", g->task);
    int n = snprintf(g->root[g->roots++], RC__PATH, "%s", folder);
    RC_CHECK(n < RC__PATH, RC_IO, "%.80s...: the path is too long", folder);
    return RC_OK;
}

static rc_status unpack(const rc__work *w, const rc_published_file *f, const char *archive, rc__get *g)
{
    char name[256], path[RC__PATH];
    if (is_gzip_file(f)) {
        RC_TRY(rc_path_join(w->folder, f->unpacked, sizeof path, path));
        return rc_path_exists(path) ? RC_OK : rc__unpack_gzip(archive, path);
    }
    snprintf(name, sizeof name, "%s.unpacked", f->name);
    RC_TRY(rc_path_join(w->folder, name, sizeof path, path));
    if (!rc_path_exists(path)) RC_TRY(rc__unpack(archive, path));
    return add_root(g, path);
}

/* Known by its name, or, an archive, by what is in it. */
static rc_status given(const rc__work *w, const rc_published *p, const rc_published_file *f, rc__get *g)
{
    char path[RC__PATH];
    const char *from = w->o->from;
    bool folder = rc_path_is_directory(from);
    if (folder) {
        if (f->unpacked) {
            RC_TRY(rc_path_join(from, f->unpacked, sizeof path, path));
            if (rc_path_exists(path)) return RC_OK;
        }
        RC_TRY(rc_path_join(from, f->name, sizeof path, path));
        RC_CHECK(rc_path_exists(path), RC_DATA, "%s: has no %s%s%s, which %s needs", from, f->name,
                 f->unpacked ? ", nor unpacked " : "", f->unpacked ? f->unpacked : "", p->task);
    } else {
        RC_CHECK(!p->file[1].name, RC_CONFIG, "%s: %s comes in several files; give the folder they are in",
                 from, p->task);
        snprintf(path, sizeof path, "%s", from);
        g->alone = from;
        g->alone_name = f->name;
    }
    if (f->md5) RC_TRY(rc__file_check_md5(path, path, f->md5));
    return f->unpacked ? unpack(w, f, path, g) : RC_OK;
}

static rc_status obtain(const rc__work *w, const rc_published *p, rc__get *g)
{
    char path[RC__PATH];
    for (int i = 0; i < RC_PUBLISHED_FILES && p->file[i].name; i++) {
        const rc_published_file *f = &p->file[i];
        if (w->o->from) {
            RC_TRY(given(w, p, f, g));
            continue;
        }
        RC_TRY(rc__work_fetch(w, f, SLACK * f->bytes + MIN));
        RC_TRY(rc_path_join(w->folder, f->name, sizeof path, path));
        if (f->unpacked) RC_TRY(unpack(w, f, path, g));
    }
    return RC_OK;
}

/* Before anything is written: the downloads, what archives unpack to (at least their own size), the data set.
 */
static rc_status check_room(const rc_published *p, const rc_get_options *o)
{
    int64_t bytes = made_bytes(p, o);
    for (int i = 0; i < RC_PUBLISHED_FILES && p->file[i].name; i++)
        bytes += (o->from ? 0 : p->file[i].bytes) + (p->file[i].unpacked ? p->file[i].bytes : 0);
    return rc_disk_check(o->out, bytes, p->task);
}

/* ---- the data set ---- */

static rc_status write_about(const rc__get *g, const rc_json *report)
{
    char path[RC__PATH];
    rc_string text = {0};
    const rc_json *files = rc_json_get(report, "files");
    RC_TRY(rc_json_check(report));
    rc_status status = rc_string_printf(&text, "# %s\n\nLicence: %s.\n%s\n\nMade of:\n", g->task,
                                        rc_json_string(report, "licence", "not named"), g->did);
    for (size_t i = 0; i < rc_json_length(files) && status == RC_OK; i++) {
        const rc_json *f = rc_json_at(files, i);
        const char *md5 = rc_json_string(f, "md5", NULL);
        status = rc_string_printf(&text, "- %s%s%s%s%s\n", rc_json_string(f, "name", ""),
                                  rc_json_string(f, "url", NULL) ? ", " : "", rc_json_string(f, "url", ""),
                                  md5 ? ", MD5 " : "", md5 ? md5 : "");
    }
    if (status == RC_OK)
        status = rc_string_printf(&text, "\nBy recraft %s (`recraft data get %s`), seed %llu.\n",
                                  rc_version(), g->task, (unsigned long long)g->seed);
    if (status == RC_OK) status = rc_path_join(g->out, "source.md", sizeof path, path);
    if (status == RC_OK) status = rc_file_write(path, text.data, text.length);
    rc_string_free(&text);
    return status;
}

/* What is written is what `fit` takes. */
static rc_status check_result(const rc__get *g)
{
    rc_dataset *d;
    rc_status status = rc_dataset_open(g->out, RC_DATASET_TRAIN, &d);
    if (status == RC_OK) rc_dataset_close(&d);
    return status == RC_OK ? RC_OK : rc_fail_context(status, "%s", g->task);
}

static void report_result(const rc__get *g, const char *out, rc_json *report)
{
    static const char *const key[RC__PARTS] = {"n_train", "n_valid", "n_test"};
    rc_json_set_string(report, "out", out);
    for (int i = 0; i < RC__PARTS; i++)
        rc_json_set_integer(report, key[i], g->n[i]);
    rc_json_set_string(report, "did", g->did);
}

static rc_status make(rc__get *g, const char *out, const rc_published *p, const rc__openml *t,
                      rc_json *report)
{
    rc_folder folder;
    RC_TRY(rc_folder_begin(out, &folder));
    g->out = folder.partial;
    rc_status status = t ? rc__read_openml(g, t) : p->read(g);
    if (status == RC_OK) status = write_about(g, report);
    if (status == RC_OK) status = check_result(g);
    RC_TRY(rc_folder_end(&folder, status));
    report_result(g, out, report);
    return RC_OK;
}

static rc_status run_task(const rc_published *p, const rc__work *w, rc__get *g, rc_json *report)
{
    describe(p, made_bytes(p, w->o), report);
    RC_TRY(add_root(g, w->folder));
    if (w->o->from && rc_path_is_directory(w->o->from)) RC_TRY(add_root(g, w->o->from));
    RC_TRY(obtain(w, p, g));
    return make(g, w->o->out, p, NULL, report);
}

static rc_status run_openml(int64_t id, const rc__work *w, rc__get *g, rc_json *report)
{
    rc__openml t = {.id = id};
    rc_status status = rc__openml_obtain(id, w->o, w, &t);
    if (status == RC_OK) rc__openml_describe(&t, report);
    if (status == RC_OK) status = make(g, w->o->out, NULL, &t, report);
    rc_string_free(&t.ignored);
    return status;
}

static rc_status check_options(const rc_get_options *o)
{
    RC_CHECK(!rc_path_exists(o->out), RC_CONFIG, "%s: exists already; choose another \1out", o->out);
    RC_CHECK(!o->from || rc_path_exists(o->from), RC_IO, "%s: no such file or folder", o->from);
    RC_CHECK(!(o->from && o->mirror), RC_CONFIG, "\1from and \1mirror: give one of them");
    return RC_OK;
}

static rc_status run(const char *task, const rc_published *p, int64_t id, const rc_get_options *o,
                     rc_json *report)
{
    rc__work w;
    rc__get *g;
    RC_TRY(check_options(o));
    if (p) RC_TRY(check_room(p, o));
    RC_TRY(RC_NEW(&g, 1));
    *g = (rc__get){.task = task, .max = {o->n_train, 0, o->n_test}, .side = o->side, .seed = o->seed};
    rc_status status = rc__work_open(o, &w);
    if (status == RC_OK) {
        status = p ? run_task(p, &w, g, report) : run_openml(id, &w, g, report);
        rc__work_close(&w, status);
    }
    rc_free(g);
    return status;
}

rc_status rc__get_row(const rc_published *p, const rc_get_options *o, rc_json *report)
{
    return run(p->task, p, 0, o, report);
}

rc_status rc_get_run(const char *task, const rc_get_options *o, rc_json *report)
{
    const rc_published *p;
    int64_t id;
    if (rc__openml_id(task, &id)) return run(task, NULL, id, o, report);
    RC_TRY(find_task(task, &p));
    return rc__get_row(p, o, report);
}
