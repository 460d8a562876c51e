#include "commands/raw_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/spill.h"

#define COPY "/dev/fd/%d"
enum { PIECE = 1 << 16, LARGEST = 64 << 20, LINE = 1024, PATH = 4096 };

/* ---- whose encoders ---- */

static rc_status parse_in_model(const char *path, const char *text, rc_encoders **out)
{
    rc_json *task;
    char *encoders = NULL;
    RC_TRY(rc_json_parse(path, text, strlen(text), &task));
    const rc_json *j = rc_json_get(task, "encoders");
    rc_status status = j ? rc_json_text(j, false, &encoders) : RC_OK;
    if (status == RC_OK && j) status = rc_encoders_parse(path, encoders, out);
    rc_free(encoders);
    rc_json_free(&task);
    return status;
}

static rc_status read_model(const char *path, rc_encoders **out)
{
    rc_safetensors *f;
    RC_TRY(rc_safetensors_open(path, &f));
    const char *task = rc_safetensors_metadata(f, "task");
    rc_status status =
        task ? parse_in_model(path, task, out) : rc_fail(RC_FORMAT, "%s: not a model of a run", path);
    rc_safetensors_close(&f);
    return status;
}

rc_status rc__encoders_of(const char *path, rc_encoders **out)
{
    char file[PATH], *text;
    size_t size;
    *out = NULL;
    RC_TRY(rc_path_join(path, "model.safetensors", sizeof file, file));
    if (rc_path_exists(file)) return read_model(file, out);
    RC_TRY(rc_path_join(path, "encoders.json", sizeof file, file));
    RC_CHECK(
        rc_path_exists(file), RC_IO,
        "%s: neither a finished run (model.safetensors) nor a data set that was imported (encoders.json)",
        path);
    RC_TRY(rc_file_read(file, LARGEST, &text, &size));
    rc_status status = rc_encoders_parse(file, text, out);
    rc_free(text);
    return status;
}

/* ---- standard input ---- */

static rc_status copy_input(int to)
{
    char piece[PIECE];
    for (;;) {
        ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rc_fail_system("standard input", "read", errno);
        if (n == 0) return RC_OK;
        for (ssize_t done = 0; done < n;) {
            ssize_t k = write(to, piece + done, (size_t)(n - done));
            if (k < 0 && errno != EINTR) return rc_fail_system("a copy of standard input", "written", errno);
            done += k > 0 ? k : 0;
        }
    }
}

/* Readers map files and go through them more than once: a copy without a name, gone with the process. */
static rc_status keep_input(char path[64], int *file)
{
    char name[PATH];
    RC_TRY(rc_path_join(rc_temporary_place(), "recraft-XXXXXX", sizeof name, name));
    int to = mkstemp(name);
    if (to < 0) return rc_fail_system(name, "made", errno);
    unlink(name);
    *file = to + 1;
    snprintf(path, 64, COPY, to);
    return copy_input(to);
}

/* ---- raw input ---- */

rc_status rc__is_raw(const char *path, bool *raw)
{
    bool set = false;
    bool input = strcmp(path, RC_STANDARD_INPUT) == 0;
    if (!input) RC_TRY(rc_import_check_file(path));
    if (!input && rc_path_exists(path)) RC_TRY(rc_dataset_recognise(path, NULL, &set));
    *raw = !set;
    return RC_OK;
}

/* A line about the copy is one about standard input. */
static const char *as_told(const rc__raw_input *r, const char *line, char room[LINE])
{
    char copy[64];
    snprintf(copy, sizeof copy, COPY, r->standard_input - 1);
    const char *at = r->standard_input ? strstr(line, copy) : NULL;
    if (!at) return line;
    snprintf(room, LINE, "%.*sstandard input%s", (int)(at - line), line, at + strlen(copy));
    return room;
}

rc_status rc__raw_input_begin(const rc_task *t, const char *run, rc__raw_input *out)
{
    char file[PATH];
    *out = (rc__raw_input){.run = run};
    if (!t->encoders) return RC_OK;
    RC_TRY(rc_path_join(run, "model.safetensors", sizeof file, file));
    return rc_encoders_parse(file, t->encoders, &out->encoders);
}

rc_status rc__raw_input_open(const char *path, bool labels, const char *encoding, rc__raw_input *r)
{
    char copy[64];
    RC_CHECK(
        r->encoders, RC_DATA,
        "%s: the run %s takes arrays (.npy, or x or x_test in a folder or file), since its data were not "
        "imported; to use files, import the data (`\1rc_data_import`) and fit again",
        path, r->run);
    if (strcmp(path, RC_STANDARD_INPUT) != 0)
        return rc_raw_open(r->encoders, path, labels, encoding, &r->raw);
    rc_status status = keep_input(copy, &r->standard_input);
    if (status == RC_OK) status = rc_raw_open(r->encoders, copy, labels, encoding, &r->raw);
    if (status == RC_OK) return RC_OK;
    char line[LINE], room[LINE];
    snprintf(line, sizeof line, "%s", rc_error_text());
    return rc_fail(status, "%s", as_told(r, line, room));
}

void rc__raw_input_close(rc__raw_input *r)
{
    rc_raw_close(&r->raw);
    rc_encoders_free(&r->encoders);
    if (r->standard_input) close(r->standard_input - 1);
    *r = (rc__raw_input){0};
}

rc_status rc__raw_input_notes(const rc__raw_input *r, rc_json *j)
{
    char room[LINE];
    const rc_texts *notes = rc_raw_notes(r->raw);
    rc_texts shown = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < notes->n && status == RC_OK; i++) {
        const char *line = as_told(r, rc_texts_get(notes, i), room);
        rc_progress_note("note: %s", line);
        status = rc_texts_add(&shown, line, strlen(line));
    }
    rc_json_set_texts(j, "notes", &shown);
    rc_texts_free(&shown);
    return status;
}
