/* What names of files tell; and those in the cells of a table. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "formats/packed.h"
#include "importers/file_list.h"
#include "importers/import_table.h"

const char *const rc__picture_suffixes[] = {".png", ".jpg", ".jpeg", NULL};
const char *const rc__sound_suffixes[] = {".wav", ".flac", ".ogg", ".oga", ".aif", ".aiff", NULL};
const char *const rc__signal_suffixes[] = {".edf", ".bdf", ".hea", NULL};
const char *const rc__table_suffixes[] = {".csv",  ".tsv",   ".txt",    ".tab", ".data",
                                          ".arff", ".jsonl", ".ndjson", ".ts",  NULL};
const char *const rc__sequence_suffixes[] = {".fasta", ".fa", ".fna", ".faa", ".ffn", NULL};

bool rc__has_suffix(const char *name, const char *const *suffixes)
{
    size_t n = strlen(name);
    for (int i = 0; suffixes[i]; i++) {
        size_t m = strlen(suffixes[i]);
        if (n > m && rc_ascii_same(name + n - m, suffixes[i])) return true;
    }
    return false;
}

bool rc__has_text_suffix(const char *name, const char *const *suffixes)
{
    for (int i = 0; suffixes[i]; i++)
        if (rc_packed_has_suffix(name, suffixes[i])) return true;
    return false;
}

rc_import_form rc__file_form(const char *name)
{
    static const struct {
        const char *const *suffixes;
        rc_import_form form;
    } kinds[] = {{rc__picture_suffixes, RC_IMPORT_PICTURES},
                 {rc__sound_suffixes, RC_IMPORT_SOUNDS},
                 {rc__signal_suffixes, RC_IMPORT_SIGNALS}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (rc__has_suffix(name, kinds[i].suffixes)) return kinds[i].form;
    return RC_IMPORT_UNKNOWN;
}

rc_status rc__file_path(const rc_table *t, const char *cell, size_t size, char *out)
{
    const char *base = rc_path_base(t->source);
    bool alone = cell[0] == '/' || t->form == RC_TABLE_MEMORY || strncmp(t->source, "/dev/fd/", 8) == 0;
    int n = snprintf(out, size, "%.*s%s", alone ? 0 : (int)(base - t->source), t->source, cell);
    RC_CHECK(n >= 0 && (size_t)n < size, RC_IO, "%.80s...: the path is too long", cell);
    return RC_OK;
}

rc_import_form rc__column_names(const rc_column *c)
{
    rc_import_form form = RC_IMPORT_UNKNOWN;
    for (int64_t k = 0; c->kind == RC_COLUMN_TEXT && k < c->levels.text.n; k++) {
        rc_import_form next = rc__file_form(rc_texts_get(&c->levels.text, k));
        if (next == RC_IMPORT_UNKNOWN || (k > 0 && next != form)) return RC_IMPORT_UNKNOWN;
        form = next;
    }
    return form;
}

int64_t rc__count_files(const rc_table *t, const rc_column *c, int64_t *absent)
{
    int64_t files = 0;
    *absent = -1;
    for (int64_t r = 0; r < t->rows; r++) {
        char path[4096], buffer[RC_NUMBER_TEXT];
        if (rc_column_is_missing(c, r)) continue;
        bool is = rc__file_path(t, rc_column_text(c, r, buffer), sizeof path, path) == RC_OK &&
                  rc_path_exists(path);
        files += is;
        if (!is && *absent < 0) *absent = r;
    }
    return files;
}

rc_import_form rc__table_names_files(const rc_table *t, int column)
{
    const rc_column *c = &t->column[column];
    rc_import_form form = rc__column_names(c);
    int64_t absent;
    bool there = form != RC_IMPORT_UNKNOWN && rc__count_files(t, c, &absent) > 0 && absent < 0;
    return there ? form : RC_IMPORT_UNKNOWN;
}
