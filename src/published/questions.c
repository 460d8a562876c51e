#include "published/questions.h"

#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/text.h"
#include "fetch/place.h"
#include "formats/text_file.h"

enum { PATH = 4096, LIMIT = 4 << 20 };

static const struct {
    const char *published, *csv, *sha256;
} files[] = {
    {"train_5500.label", "train.csv", "9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3"},
    {"TREC_10.label", "test.csv", "033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e"}};

static rc_status add_quoted(const char *text, size_t n, rc_string *out)
{
    RC_TRY(rc_string_add(out, "\"", 1));
    for (size_t i = 0; i < n; i++)
        RC_TRY(rc_string_add(out, text[i] == '"' ? "\"\"" : text + i, text[i] == '"' ? 2 : 1));
    return rc_string_add(out, "\"\n", 2);
}

/* "NUM:date When did ... ?": of the label the part before the colon. */
static rc_status add_line(const char *path, const char *line, size_t length, rc_string *out)
{
    const char *blank = memchr(line, ' ', length), *colon = memchr(line, ':', length);
    RC_CHECK(blank && colon && colon < blank, RC_FORMAT, "%s: no lines LABEL:KIND TEXT", path);
    RC_TRY(rc_string_printf(out, "%.*s,", (int)(colon - line), line));
    return add_quoted(blank + 1, length - (size_t)(blank + 1 - line), out);
}

static rc_status convert(const char *path, const char *csv)
{
    rc_text_file f;
    rc_string out = {0};
    const char *line;
    size_t length, at = 0;
    RC_TRY(rc_text_file_open(path, "latin1", &f));
    rc_status status = rc_string_printf(&out, "label,text\n");
    while (status == RC_OK && rc_text_next_line(f.text, f.size, &at, &line, &length))
        status = add_line(path, line, length, &out);
    if (status == RC_OK) status = rc_file_write(csv, out.data, out.length);
    rc_text_file_close(&f);
    rc_string_free(&out);
    return status;
}

static rc_status get_one(const char *place, const char *folder, int i)
{
    char csv[PATH], path[PATH];
    RC_TRY(rc_path_join(folder, files[i].csv, sizeof csv, csv));
    RC_TRY(rc_path_join(folder, files[i].published, sizeof path, path));
    if (rc_path_exists(csv)) return RC_OK;
    rc_transfer t = {.path = path, .work = files[i].published, .sha256 = files[i].sha256, .limit = LIMIT};
    RC_TRY(rc_place_fetch(place, files[i].published, &t));
    RC_TRY(convert(path, csv));
    unlink(path);
    return RC_OK;
}

rc_status rc_questions_get(const char *place, const char *folder)
{
    if (!place) place = RC_QUESTIONS_PLACE;
    rc_progress_note("TREC's questions (free for research, no licence stated): %s", place);
    RC_TRY(rc_make_directory(folder));
    RC_TRY(get_one(place, folder, 0));
    return get_one(place, folder, 1);
}
