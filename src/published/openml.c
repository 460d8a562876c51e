/* OpenML: a description of the data set (JSON) says where its table is, its MD5, what is to be predicted, and
 * which columns are no inputs. */
#include <string.h>

#include "base/ascii.h"
#include "base/progress.h"
#include "base/text.h"
#include "fetch/digest.h"
#include "published/get_task.h"

#define SITE "https://www.openml.org/"
static const char DESCRIPTION[] = "description.json";
static const int64_t MAX_DESCRIPTION = 4 << 20, MAX_TABLE = 1 << 30;

bool rc__openml_id(const char *task, int64_t *id)
{
    return strncmp(task, "openml-", 7) == 0 && rc_text_to_i64(task + 7, id) && *id > 0;
}

/* ---- the description ---- */

static void take_text(const rc_json *j, const char *key, size_t size, char *out)
{
    const rc_json *v = rc_json_get(j, key), *first = rc_json_is_array(v) ? rc_json_at(v, 0) : v;
    const char *text = rc_json_as_string(first);
    snprintf(out, size, "%s", text ? text : "");
}

/* A list, or a text with commas. */
static rc_status ignore(const rc_json *v, rc_string *out)
{
    const char *text = rc_json_as_string(v);
    for (size_t i = 0; rc_json_is_array(v) && i < rc_json_length(v); i++)
        RC_TRY(ignore(rc_json_at(v, i), out));
    while (text && *text) {
        size_t n = strcspn(text, ",");
        if (n) RC_TRY(rc_string_printf(out, "%.*s\n", (int)n, text));
        text += text[n] ? n + 1 : n;
    }
    return RC_OK;
}

static rc_status read_description(const char *path, rc__openml *t)
{
    rc_json *j;
    char format[64];
    RC_TRY(rc_json_read(path, &j));
    const rc_json *d = rc_json_get(j, "data_set_description");
    take_text(d, "name", sizeof t->name, t->name);
    take_text(d, "licence", sizeof t->licence, t->licence);
    take_text(d, "default_target_attribute", sizeof t->target, t->target);
    take_text(d, "url", sizeof t->url, t->url);
    take_text(d, "md5_checksum", sizeof t->md5, t->md5);
    take_text(d, "format", sizeof format, format);
    rc_status status =
        rc_json_is_object(d) ? RC_OK : rc_fail(RC_FORMAT, "%s: not a description of a data set", path);
    if (status == RC_OK) status = ignore(rc_json_get(d, "row_id_attribute"), &t->ignored);
    if (status == RC_OK) status = ignore(rc_json_get(d, "ignore_attribute"), &t->ignored);
    rc_json_free(&j);
    RC_TRY(status);
    RC_CHECK(t->target[0] && !strchr(t->target, ','), RC_DATA, "%s: names no single column to predict", path);
    RC_CHECK(rc_ascii_same(format, "arff") || rc_ascii_same(format, "sparse_arff") ||
                 rc_ascii_same(format, "csv") || !format[0],
             RC_UNSUPPORTED, "%s: the table's format is %.40s; ARFF and CSV are read", path, format);
    RC_CHECK(strlen(t->md5) == RC_MD5_TEXT - 1 || !t->md5[0], RC_FORMAT, "%s: \"%.40s\" is not an MD5", path,
             t->md5);
    return RC_OK;
}

/* ---- from the network ---- */

static rc_status fetch_table(const rc__work *w, rc__openml *t)
{
    char url[256], path[RC__PATH], name[64];
    snprintf(url, sizeof url, SITE "api/v1/json/data/%lld", (long long)t->id);
    const rc_published_file description = {DESCRIPTION, url, 0, NULL, NULL};
    RC_TRY(rc__work_fetch(w, &description, MAX_DESCRIPTION));
    RC_TRY(rc_path_join(w->folder, DESCRIPTION, sizeof path, path));
    RC_TRY(read_description(path, t));
    RC_CHECK(t->url[0], RC_DATA, "%s: does not say where the table is", path);
    rc_progress_note("openml-%lld: %s, licence: %s", (long long)t->id, t->name,
                     t->licence[0] ? t->licence : "not named");
    snprintf(name, sizeof name, "openml-%lld%s", (long long)t->id,
             rc_path_has_suffix(t->url, ".csv") ? ".csv" : ".arff");
    /* What the site calls http is https as well. */
    char secure[sizeof t->url + 1];
    bool plain = strncmp(t->url, "http://", 7) == 0;
    snprintf(secure, sizeof secure, "%s%s", plain ? "https://" : "", t->url + (plain ? 7 : 0));
    const rc_published_file table = {name, secure, 0, t->md5[0] ? t->md5 : NULL, NULL};
    RC_TRY(rc__work_fetch(w, &table, MAX_TABLE));
    return rc_path_join(w->folder, name, sizeof t->table, t->table);
}

/* ---- from the disk ---- */

/* A table alone says not what is to be predicted: then its column "class" or "target", else the last. */
static rc_status take_given(const rc_get_options *o, rc__openml *t)
{
    static const char *const names[] = {"openml-%lld.arff", "openml-%lld.csv"};
    char path[RC__PATH], name[64];
    if (!rc_path_is_directory(o->from)) {
        int n = snprintf(t->table, sizeof t->table, "%s", o->from);
        return n < RC__PATH ? RC_OK : rc_fail(RC_IO, "%.80s...: the path is too long", o->from);
    }
    RC_TRY(rc_path_join(o->from, DESCRIPTION, sizeof path, path));
    if (rc_path_exists(path)) RC_TRY(read_description(path, t));
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, names[i], (long long)t->id);
        RC_TRY(rc_path_join(o->from, name, sizeof t->table, t->table));
        if (!rc_path_exists(t->table)) continue;
        return t->md5[0] ? rc__file_check_md5(t->table, t->table, t->md5) : RC_OK;
    }
    return rc_fail(RC_DATA, "%s: has neither openml-%lld.arff nor .csv", o->from, (long long)t->id);
}

rc_status rc__openml_obtain(int64_t id, const rc_get_options *o, const rc__work *w, rc__openml *out)
{
    *out = (rc__openml){.id = id};
    return o->from ? take_given(o, out) : fetch_table(w, out);
}

/* ---- reports ---- */

static void describe(int64_t id, const char *licence, const char *url, const char *md5, rc_json *report)
{
    char task[40];
    snprintf(task, sizeof task, "openml-%lld", (long long)id);
    rc_json_set_string(report, "task", task);
    rc_json_set_string(report, "licence", licence);
    rc_json *list = rc_json_set(report, "files", rc_json_array());
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "name", task);
    if (md5[0]) rc_json_set_string(j, "md5", md5);
    if (url[0]) rc_json_set_string(j, "url", url);
}

void rc__openml_plan(int64_t id, const rc_get_options *o, rc_json *report)
{
    char url[256];
    (void)o;
    snprintf(url, sizeof url, SITE "api/v1/json/data/%lld", (long long)id);
    describe(id, "told by the description, before the table is fetched", url, "", report);
}

void rc__openml_describe(const rc__openml *t, rc_json *report)
{
    describe(t->id, t->licence[0] ? t->licence : "not named", t->url, t->md5, report);
}
