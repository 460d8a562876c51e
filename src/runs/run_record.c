#include "runs/run_record.h"

#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"

enum { PATH = 4096, LARGEST = 64 << 20 };

bool rc_run_has(const char *folder, const char *name)
{
    char path[PATH];
    return rc_path_join(folder, name, sizeof path, path) == RC_OK && rc_path_exists(path);
}

rc_status rc_run_read(const char *folder, const char *name, rc_json **out)
{
    char path[PATH];
    *out = NULL;
    RC_TRY(rc_path_join(folder, name, sizeof path, path));
    return rc_path_exists(path) ? rc_json_read(path, out) : RC_OK;
}

/* ---- epochs ---- */

static rc_status read_lines(const char *path, const char *text, size_t size, rc_json *epochs)
{
    char where[PATH + 32];
    const char *line;
    size_t length, at = 0;
    while (rc_text_next_line(text, size, &at, &line, &length)) {
        rc_json *epoch;
        if (length == 0) continue;
        snprintf(where, sizeof where, "%s line %zu", path, rc_json_length(epochs) + 1);
        RC_TRY(rc_json_parse(where, line, length, &epoch));
        rc_json_append(epochs, epoch);
    }
    return rc_json_check(epochs);
}

rc_status rc_run_read_epochs(const char *folder, rc_json **out)
{
    char path[PATH], *text = NULL;
    size_t size = 0;
    *out = NULL;
    RC_TRY(rc_path_join(folder, RC_RUN_EPOCHS, sizeof path, path));
    if (rc_path_exists(path)) RC_TRY(rc_file_read(path, LARGEST, &text, &size));
    *out = rc_json_array();
    rc_status status = read_lines(path, text, size, *out);
    if (status != RC_OK) rc_json_free(out);
    rc_free(text);
    return status;
}

rc_status rc_run_print_epoch(const rc_json *epoch, rc_string *out)
{
    char *text;
    RC_TRY(rc_json_text(epoch, false, &text));
    rc_status status = rc_string_printf(out, "%s\n", text);
    rc_free(text);
    return status;
}
