/* Rows that name the same file: apart, what is learnt of a file would be tested on it. They stay in one part,
 * as rows of one group do. */
#include <string.h>

#include "base/memory.h"
#include "importers/import_table.h"

/* A row of the set that each row belongs to: the first of all is its own. */
typedef struct sets {
    int64_t *of;
    int64_t files; /* that several rows name */
    int64_t apart; /* of these, whose rows are told to be of several groups or parts */
} sets;

static int64_t first_of(const sets *s, int64_t row)
{
    while (s->of[row] != row)
        row = s->of[row] = s->of[s->of[row]];
    return row;
}

static bool told_apart(const rc_samples *s, int64_t a, int64_t b)
{
    return s->part ? s->part[a] != s->part[b] : s->group && s->group[a] != s->group[b];
}

static void join(sets *to, int64_t a, int64_t b)
{
    int64_t x = first_of(to, a), y = first_of(to, b);
    to->of[x > y ? x : y] = x > y ? y : x;
}

/* What is known of a file of one column. */
typedef struct named {
    int64_t first; /* row */
    bool again, apart;
} named;

static rc_status join_rows(const rc_samples *s, const rc__file_column *f, named *file, sets *to)
{
    rc_levels paths = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        int32_t number;
        int64_t known = paths.text.n;
        if (f->at[i] < 0) continue;
        const char *path = rc_texts_get(&f->path, f->at[i]);
        status = rc_levels_add(&paths, path, strlen(path), &number);
        if (status != RC_OK) break;
        named *is = &file[number];
        if (paths.text.n > known) {
            *is = (named){.first = i};
            continue;
        }
        bool apart = told_apart(s, is->first, i);
        to->files += !is->again;
        to->apart += apart && !is->apart;
        is->again = true;
        is->apart = is->apart || apart;
        join(to, is->first, i);
    }
    rc_levels_free(&paths);
    return status;
}

static int64_t largest(const rc_samples *s, const sets *of, int64_t *count)
{
    int64_t max = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t at = first_of(of, i);
        max = ++count[at] > max ? count[at] : max;
    }
    return max;
}

static rc_status keep_together(rc_samples *s, const sets *of)
{
    int64_t *count;
    RC_TRY(RC_NEW(&count, s->n));
    bool majority = 2 * largest(s, of, count) > s->n;
    rc_free(count);
    if (majority)
        return rc__note(s,
                        "files that several rows name: %lld; they connect most rows, so these may be in "
                        "several parts, and a model be tested on a file that it learnt from",
                        (long long)of->files);
    RC_TRY(RC_NEW_RAW(&s->group, s->n));
    for (int64_t i = 0; i < s->n; i++)
        s->group[i] = first_of(of, i);
    return rc__note(s, "files that several rows name: %lld; rows that share one stay in one part, as a group",
                    (long long)of->files);
}

static rc_status find_shared(rc_samples *s, const rc__tables *p, sets *of)
{
    named *file;
    rc_status status = RC_OK;
    RC_TRY(RC_NEW(&file, s->n));
    for (int i = 0; i < p->n_files && status == RC_OK; i++)
        status = join_rows(s, &p->files[i], file, of);
    rc_free(file);
    return status;
}

rc_status rc__table_shared_files(rc_samples *s)
{
    sets of = {0};
    RC_TRY(RC_NEW_RAW(&of.of, s->n));
    for (int64_t i = 0; i < s->n; i++)
        of.of[i] = i;
    rc_status status = find_shared(s, s->state, &of);
    bool told = s->part || s->group;
    if (status == RC_OK && of.files && !told) status = keep_together(s, &of);
    if (status == RC_OK && of.apart)
        status = rc__note(
            s,
            "files that rows of several %s name: %lld; a model may be tested on a file that it learnt from",
            s->part ? "parts" : "groups", (long long)of.apart);
    rc_free(of.of);
    return status;
}
