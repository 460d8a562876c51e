#include "importers/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/utf8.h"

enum { DEEPEST = 8, MAX_FILES = 50000000, CLASSES_SHOWN = 100 };

/* ---- listing ---- */

static rc_status list(rc_file_list *f, const char *inside, int depth, const char *const *suffixes);

static rc_status list_one(rc_file_list *f, const char *relative, int depth, const char *const *suffixes)
{
    char full[4096];
    RC_TRY(rc_path_join(f->root, relative, sizeof full, full));
    if (rc_path_is_directory(full)) {
        RC_CHECK(depth < DEEPEST, RC_DATA, "%s: folders in folders, more than %d deep", full, DEEPEST);
        return list(f, relative, depth + 1, suffixes);
    }
    bool wanted = rc__has_suffix(relative, suffixes);
    rc_texts *to = wanted ? &f->relative : &f->other;
    RC_CHECK(to->n < MAX_FILES, RC_DATA, "%s: more than %d files", f->root, MAX_FILES);
    if (!wanted) return rc_texts_add(to, relative, strlen(relative));
    rc_status named = rc_utf8_check(relative, strlen(relative), "rename it");
    if (named != RC_OK) return rc_fail_context(named, "%s: \"%.200s\"", f->root, relative);
    return rc_texts_add(to, relative, strlen(relative));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names first, closed, then sorted: what the system hands out is in no order. */
static rc_status list(rc_file_list *f, const char *inside, int depth, const char *const *suffixes)
{
    char full[4096];
    rc_texts names = {0};
    char **sorted = NULL;
    rc_status status = RC_OK;
    struct dirent *e;
    RC_TRY(inside[0] ? rc_path_join(f->root, inside, sizeof full, full)
                     : rc_path_join(f->root, ".", sizeof full, full));
    DIR *d = opendir(full);
    if (!d) return rc_fail_system(full, "read", errno);
    while ((e = readdir(d)) && status == RC_OK)
        if (e->d_name[0] != '.') status = rc_texts_add(&names, e->d_name, strlen(e->d_name));
    closedir(d);
    if (status == RC_OK) status = RC_NEW(&sorted, names.n);
    for (int64_t i = 0; i < names.n && status == RC_OK; i++)
        sorted[i] = names.block.data + names.offset[i];
    if (status == RC_OK) qsort(sorted, (size_t)names.n, sizeof *sorted, by_name);
    for (int64_t i = 0; i < names.n && status == RC_OK; i++) {
        char relative[4096];
        int n = snprintf(relative, sizeof relative, "%s%s%s", inside, inside[0] ? "/" : "", sorted[i]);
        if (n < 0 || (size_t)n >= sizeof relative)
            status = rc_fail(RC_IO, "%.80s...: the path is too long", full);
        if (status == RC_OK) status = list_one(f, relative, depth, suffixes);
    }
    rc_free(sorted);
    rc_texts_free(&names);
    return status;
}

static rc_status take_lone(rc_file_list *f, const char *path)
{
    const char *base = rc_path_base(path);
    RC_TRY(rc_strdup(base > path ? path : ".", &f->parent));
    if (base > path) f->parent[base - path - (base - path > 1)] = '\0';
    f->root = f->parent;
    return rc_texts_add(&f->relative, base, strlen(base));
}

rc_status rc__file_list_make(const char *root, const char *const *suffixes, rc_file_list *out)
{
    *out = (rc_file_list){.root = root};
    rc_status status = rc_path_is_directory(root) ? list(out, "", 0, suffixes) : take_lone(out, root);
    if (status != RC_OK) rc__file_list_free(out);
    return status;
}

rc_status rc__file_list_of(const rc_samples *s, const char *const *suffixes, rc_file_list *out)
{
    if (!s->files) return rc__file_list_make(s->o->from, suffixes, out);
    *out = (rc_file_list){.root = "", .where = s->where};
    for (int64_t i = 0; i < s->files->n; i++) {
        const char *path = rc_texts_get(s->files, i);
        RC_TRY(rc_texts_add(&out->relative, path, strlen(path)));
    }
    return RC_OK;
}

rc_status rc__file_list_tell(const rc_file_list *f, int64_t i, rc_status status)
{
    bool named = status != RC_OK && status != RC_INTERRUPTED && f->where;
    return named ? rc_fail_context(status, "%s", rc_texts_get(f->where, i)) : status;
}

static const char *slash_behind(const char *root)
{
    return *root ? "/" : "";
}

rc_status rc__file_list_path(const rc_file_list *f, int64_t i, size_t size, char *out)
{
    int n = snprintf(out, size, "%s%s%s", f->root, slash_behind(f->root), rc_texts_get(&f->relative, i));
    RC_CHECK(n >= 0 && (size_t)n < size, RC_IO, "%.80s...: the path is too long", out);
    return RC_OK;
}

rc_status rc__file_list_look(const rc_file_list *f, int64_t i)
{
    rc_progress_step("look", i + 1, f->relative.n, NULL);
    return rc_interrupt_requested() ? rc_fail(RC_INTERRUPTED, "interrupted") : RC_OK;
}

void rc__file_list_free(rc_file_list *f)
{
    rc_texts_free(&f->relative);
    rc_texts_free(&f->other);
    rc_free(f->parent);
}

void rc__name_of_file(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const rc_file_list *f = s->state;
    snprintf(text, RC__SAMPLE_NAME, "%s%s%s", f->root, slash_behind(f->root), rc_texts_get(&f->relative, i));
}

void rc__id_of_file(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const rc_file_list *f = s->state;
    snprintf(text, RC__SAMPLE_NAME, "%s", rc_texts_get(&f->relative, i));
}

/* ---- labels by folder ---- */

/* "train/cats/3.png": the part, and where "cats" begins; returns its length, 0: no folder. */
static size_t take_apart(const char *relative, bool parts, int8_t *part, const char **label)
{
    const char *slash = strchr(relative, '/'), *last = strrchr(relative, '/');
    char first[64];
    snprintf(first, sizeof first, "%.*s", slash ? (int)(slash - relative) : 0, relative);
    if (parts && slash && rc__part_of(first, part)) relative = slash + 1;
    *label = relative;
    return last && last > relative ? (size_t)(last - relative) : 0;
}

/* Do the first folders name parts, one of them train? Then every file lies in one. */
static bool are_parts(const rc_file_list *f)
{
    bool train = false, all = f->relative.n > 0;
    for (int64_t i = 0; i < f->relative.n && all; i++) {
        const char *relative = rc_texts_get(&f->relative, i), *slash = strchr(relative, '/');
        char first[64];
        int8_t part = -1;
        snprintf(first, sizeof first, "%.*s", slash ? (int)(slash - relative) : 0, relative);
        all = rc__part_of(first, &part);
        train = train || part == RC__PART_TRAIN;
    }
    return all && train;
}

static rc_status labels_by_folder(rc_samples *s, const rc_file_list *f, const int64_t *file, rc_json *report)
{
    bool parts = are_parts(f);
    if (parts) RC_TRY(RC_NEW(&s->part, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        const char *relative = rc_texts_get(&f->relative, file ? file[i] : i);
        const char *label;
        size_t length = take_apart(relative, parts, parts ? &s->part[i] : NULL, &label);
        RC_CHECK(length > 0, RC_DATA,
                 "%s/%s: is not in the folder of a class; expected %s/CLASS/FILE, or a table of labels "
                 "(\1labels FILE)",
                 f->root, relative, f->root);
        RC_TRY(rc_texts_add(&s->label, label, length));
    }
    rc_json_set_string(report, "labels_from", parts ? "folders: PART/CLASS/FILE" : "folders: CLASS/FILE");
    return RC_OK;
}

static bool has_folders(const rc_file_list *f)
{
    for (int64_t i = 0; i < f->relative.n; i++)
        if (strchr(rc_texts_get(&f->relative, i), '/')) return true;
    return false;
}

rc_status rc__file_list_labels(rc_samples *s, const rc_file_list *f, const int64_t *file, rc_json *report)
{
    if (s->files) return RC_OK; /* their table has the labels */
    s->unlabelled = s->asks && !s->o->labels && !has_folders(f);
    if (s->unlabelled) return RC_OK;
    return rc__labels_found(s, s->o->labels ? rc__labels_of_names(s, &f->relative, file, report)
                                            : labels_by_folder(s, f, file, report));
}

/* ---- labels by a table ---- */

/* Rows by the names in them: whole, and by their last parts where these are not ambiguous. */
typedef struct row_index {
    rc_levels whole, last;
    int64_t *of_last; /* -1: several rows */
} row_index;

static void free_index(row_index *x)
{
    rc_levels_free(&x->whole);
    rc_levels_free(&x->last);
    rc_free(x->of_last);
}

static rc_status index_rows(const rc_table *t, int column, row_index *x)
{
    RC_TRY(RC_NEW(&x->of_last, t->rows));
    for (int64_t r = 0; r < t->rows; r++) {
        char buffer[RC_NUMBER_TEXT];
        int32_t number;
        const char *text = rc_column_text(&t->column[column], r, buffer), *last = rc_path_base(text);
        int64_t before = x->whole.text.n;
        RC_TRY(rc_levels_add(&x->whole, text, strlen(text), &number));
        RC_CHECK(x->whole.text.n > before, RC_DATA, "%s:%lld: \"%.80s\" is named twice", t->source,
                 (long long)t->line[r], text);
        before = x->last.text.n;
        RC_TRY(rc_levels_add(&x->last, last, strlen(last), &number));
        x->of_last[number] = x->last.text.n > before ? r : -1;
    }
    return RC_OK;
}

/* Does the longer path end with the shorter one? */
static bool is_tail(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    const char *more = n > m ? a : b, *tail = n > m ? b : a;
    size_t at = strlen(more) - strlen(tail);
    return strcmp(more + at, tail) == 0 && (at == 0 || more[at - 1] == '/');
}

/* By its whole name, its last part, that without its suffix; or the table's name ends with it. */
static int64_t find_row(const row_index *x, const char *name)
{
    int64_t row = rc_levels_find(&x->whole, name, strlen(name));
    const char *base = rc_path_base(name), *dot = strrchr(base, '.');
    if (row < 0) row = rc_levels_find(&x->whole, base, strlen(base));
    if (row < 0 && dot) row = rc_levels_find(&x->whole, base, (size_t)(dot - base));
    if (row >= 0) return row;
    int32_t last = rc_levels_find(&x->last, base, strlen(base));
    row = last < 0 ? -1 : x->of_last[last];
    return row >= 0 && is_tail(rc_texts_get(&x->whole.text, row), name) ? row : -1;
}

static rc_status label_columns(const rc_samples *s, const rc_table *t, int *name, int *label, int *split)
{
    static const char *const names[] = {"file", "filename", "file_name", "path", "name", "id", "fname", NULL};
    static const char *const labels[] = {"label", "class", "target", "category", "y", NULL};
    RC_CHECK(t->columns >= 2, RC_DATA, "%s: a table of labels has a column of names and one of labels",
             t->source);
    *name = rc__guess_column(t, names);
    if (*name < 0) *name = 0;
    *label = rc__guess_column(t, labels);
    if (*label < 0) *label = *name == 0 ? 1 : 0;
    *split = -1;
    if (s->o->label) RC_TRY(rc__find_column(t, "\1label", s->o->label, label));
    return s->o->split ? rc__find_column(t, "\1split", s->o->split, split) : RC_OK;
}

static rc_status match_rows(const rc_samples *s, const rc_table *t, const row_index *rows,
                            const rc_texts *names, const int64_t *which, int64_t *row)
{
    int64_t *used; /* 1 + the name that has the row */
    RC_TRY(RC_NEW(&used, t->rows));
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        int64_t k = which ? which[i] : i;
        const char *name = rc_texts_get(names, k);
        row[i] = find_row(rows, name);
        if (row[i] < 0)
            status = rc_fail(RC_DATA, "%s: has no line for \"%.200s\"", t->source, name);
        else if (used[row[i]] && used[row[i]] != k + 1)
            status =
                rc_fail(RC_DATA, "%s:%lld: means both \"%.150s\" and \"%.150s\"; write their whole paths",
                        t->source, (long long)t->line[row[i]], rc_texts_get(names, used[row[i]] - 1), name);
        else
            used[row[i]] = k + 1;
    }
    rc_free(used);
    return status;
}

static rc_status labels_of_table(rc_samples *s, const rc_table *t, const rc_texts *names,
                                 const int64_t *which, rc_json *report)
{
    row_index rows = {0};
    int64_t *row = NULL;
    int name, label, split;
    RC_TRY(label_columns(s, t, &name, &label, &split));
    rc_status status = index_rows(t, name, &rows);
    if (status == RC_OK) status = RC_NEW(&row, s->n);
    if (status == RC_OK) status = match_rows(s, t, &rows, names, which, row);
    if (status == RC_OK) status = rc__target_column(s, t, label, row, 0, s->n);
    if (status == RC_OK && split >= 0) status = rc__split_column(s, t, split, row);
    rc_free(row);
    free_index(&rows);
    RC_TRY(status);
    rc_string text = {0};
    status = rc_string_printf(&text, "%s: column \"%s\" by column \"%s\"", t->source, t->column[label].name,
                              t->column[name].name);
    if (status == RC_OK) rc_json_set_string(report, "labels_from", text.data);
    rc_string_free(&text);
    return status;
}

rc_status rc__labels_of_names(rc_samples *s, const rc_texts *names, const int64_t *which, rc_json *report)
{
    rc_table t;
    RC_TRY(rc_table_read(s->o->labels, rc__csv_options(s->o), &t));
    rc_status status = labels_of_table(s, &t, names, which, report);
    rc_table_free(&t);
    return status;
}

/* ---- describing ---- */

static rc_status count_classes(const rc_file_list *f, rc_json *report)
{
    bool parts = are_parts(f);
    rc_levels l = {0};
    int64_t *count;
    RC_TRY(RC_NEW(&count, f->relative.n));
    rc_status status = RC_OK;
    for (int64_t i = 0; i < f->relative.n && status == RC_OK; i++) {
        static const char none[] = "(no folder)";
        const char *label;
        int8_t part;
        int32_t number;
        size_t length = take_apart(rc_texts_get(&f->relative, i), parts, &part, &label);
        status = rc_levels_add(&l, length ? label : none, length ? length : strlen(none), &number);
        if (status == RC_OK) count[number]++;
    }
    rc_json_set_integer(report, "folders", l.text.n);
    rc_json *j = rc_json_set(report, "files_by_folder", rc_json_object());
    for (int64_t k = 0; k < l.text.n && k < CLASSES_SHOWN; k++)
        rc_json_set_integer(j, rc_texts_get(&l.text, k), count[k]);
    rc_free(count);
    rc_levels_free(&l);
    return status;
}

rc_status rc__describe_files(const char *path, rc_json *report)
{
    static const char *const *const kinds[] = {rc__picture_suffixes, rc__sound_suffixes, rc__signal_suffixes,
                                               rc__sequence_suffixes};
    static const char *const names[] = {"pictures", "sounds", "recordings", "sequence_files"};
    if (!rc_path_is_directory(path)) {
        rc_json_set_string(report, "form", "sequences (FASTA)");
        return RC_OK;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        rc_file_list f;
        RC_TRY(rc__file_list_make(path, kinds[i], &f));
        if (f.relative.n) rc_json_set_integer(report, names[i], f.relative.n);
        rc_status status = f.relative.n ? count_classes(&f, report) : RC_OK;
        rc__file_list_free(&f);
        RC_TRY(status);
    }
    rc__tell_next(report, "it", "\1out DIR");
    return RC_OK;
}
