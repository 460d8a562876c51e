/* Tables: [N,F] of float32. Numbers stay as they are, texts become zeros and ones (or numbers), what is
 * missing is filled in; the report says what became of every column. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/spill.h"
#include "importers/import_table.h"

static void close_tables(void *state)
{
    rc__tables *p = state;
    for (int64_t k = 0; p->rank && k < p->columns; k++)
        rc_free(p->rank[k]);
    rc_free(p->rank);
    rc_free(p->at);
    rc__table_files_close(p);
    rc_table_free(&p->t[0]);
    rc_table_free(&p->t[1]);
    rc_free(p);
}

static void name_row(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    int64_t row;
    const rc_table *t = rc__table_of(s->state, i, &row);
    snprintf(text, RC__SAMPLE_NAME, "%.250s:%lld", t->source, (long long)t->line[row]);
}

/* By the column that names rows, else counted from 1. */
static void id_of_row(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    int64_t row;
    const rc__tables *p = s->state;
    const rc_table *t = rc__table_of(p, i, &row);
    char buffer[RC_NUMBER_TEXT];
    if (p->id < 0)
        snprintf(text, RC__SAMPLE_NAME, "%lld", (long long)row + 1);
    else
        snprintf(text, RC__SAMPLE_NAME, "%s", rc_column_text(&t->column[p->id], row, buffer));
}

/* ---- two files as one table ---- */

static rc_status copy_levels(const rc_levels *from, rc_levels *to)
{
    rc_levels_free(to);
    for (int64_t k = 0; k < from->text.n; k++) {
        const char *text = rc_texts_get(&from->text, k);
        int32_t number;
        RC_TRY(rc_levels_add(to, text, strlen(text), &number));
        rc_spill_pass(k);
    }
    return RC_OK;
}

/* Both columns have all texts then, by the same numbers. */
static rc_status join_levels(rc_column *first, rc_column *second, int64_t rows)
{
    for (int64_t r = 0; r < rows; r++) {
        if (second->code[r] < 0) continue;
        const char *text = rc_texts_get(&second->levels.text, second->code[r]);
        RC_TRY(rc_levels_add(&first->levels, text, strlen(text), &second->code[r]));
        rc_spill_pass(r);
    }
    return copy_levels(&first->levels, &second->levels);
}

static rc_status to_numbers(rc_column *c, int64_t rows)
{
    if (c->kind != RC_COLUMN_EMPTY) return RC_OK;
    RC_TRY(RC_NEW_RAW(&c->number, rows));
    for (int64_t r = 0; r < rows; r++)
        c->number[r] = NAN;
    return RC_OK;
}

static rc_status join_column(rc__tables *p, int i)
{
    rc_column *a = &p->t[0].column[i], *b = &p->t[1].column[i];
    RC_CHECK(strcmp(a->name, b->name) == 0, RC_DATA, "%s: column %d is \"%.80s\", in %s it is \"%.80s\"",
             p->t[1].source, i + 1, b->name, p->t[0].source, a->name);
    bool series = a->kind == RC_COLUMN_SERIES;
    RC_CHECK(series == (b->kind == RC_COLUMN_SERIES) && a->channels == b->channels, RC_DATA,
             "%s: \"%.80s\" holds %s, in %s it holds %s", p->t[1].source, b->name, b->why, p->t[0].source,
             a->why);
    if (series) return RC_OK;
    bool dates = a->kind == RC_COLUMN_DATE || b->kind == RC_COLUMN_DATE;
    RC_CHECK(!dates || a->kind == b->kind || a->kind == RC_COLUMN_EMPTY || b->kind == RC_COLUMN_EMPTY,
             RC_DATA, "%s: \"%.80s\" is %s, in %s it is %s", p->t[1].source, b->name,
             rc_column_kind_text(b->kind), p->t[0].source, rc_column_kind_text(a->kind));
    a->style = b->style = a->style ? a->style : b->style;
    a->inexact = b->inexact = a->inexact ? a->inexact : b->inexact;
    if (a->kind == RC_COLUMN_TEXT || b->kind == RC_COLUMN_TEXT) {
        RC_TRY(rc_column_to_text(a, p->t[0].rows));
        RC_TRY(rc_column_to_text(b, p->t[1].rows));
        return join_levels(a, b, p->t[1].rows);
    }
    rc_column_kind kind = a->kind > b->kind ? a->kind : b->kind;
    if (kind == RC_COLUMN_EMPTY) return RC_OK;
    RC_TRY(to_numbers(a, p->t[0].rows));
    RC_TRY(to_numbers(b, p->t[1].rows));
    a->kind = b->kind = kind;
    return RC_OK;
}

static rc_status read_one(rc_samples *s, const char *path, rc_table *t)
{
    rc_column_forms forms = {0};
    rc_csv_options options = rc__csv_options(s->o);
    rc_status status = RC_OK;
    if (s->given) status = rc__table_forms(s->e, &forms);
    if (s->given) options.forms = &forms;
    if (status == RC_OK)
        status =
            s->o->table ? rc_memory_table_read(s->o->table, options, t) : rc_table_read(path, options, t);
    rc__table_forms_free(&forms);
    for (int64_t i = 0; i < t->notes.n && status == RC_OK; i++)
        status = rc__note(s, "%s", rc_texts_get(&t->notes, i));
    return status;
}

static rc_status read_tables(rc_samples *s, rc__tables *p)
{
    RC_TRY(read_one(s, s->o->from, &p->t[0]));
    s->n = p->t[0].rows;
    if (!s->o->test) return RC_OK;
    RC_TRY(read_one(s, s->o->test, &p->t[1]));
    RC_CHECK(p->t[0].columns == p->t[1].columns, RC_DATA, "%s: %d columns, %s has %d", s->o->test,
             p->t[1].columns, s->o->from, p->t[0].columns);
    for (int i = 0; i < p->t[0].columns; i++)
        RC_TRY(join_column(p, i));
    s->n += p->t[1].rows;
    RC_TRY(RC_NEW(&s->part, s->n));
    for (int64_t i = p->t[0].rows; i < s->n; i++)
        s->part[i] = RC__PART_TEST;
    return RC_OK;
}

/* ---- target columns ---- */

/* Column c of both files, one after the other. */
static rc_status one_target(rc_samples *s, const rc__tables *p, int c)
{
    RC_TRY(rc__target_column(s, &p->t[0], c, NULL, 0, p->t[0].rows));
    return p->t[1].rows ? rc__target_column(s, &p->t[1], c, NULL, p->t[0].rows, p->t[1].rows) : RC_OK;
}

static rc_status several_targets(rc_samples *s, rc__tables *p, const char *names, int count)
{
    double *to;
    char word[256];
    RC_TRY(RC_NEW_RAW(&to, s->n * count));
    s->y = (rc_array){.dtype = RC_DTYPE_F64, .shape = RC_SHAPE(s->n, count), .data = to, .owned = to};
    for (int k = 0; k < count && rc__next_word(&names, word); k++) {
        int c = rc_table_find(&p->t[0], word);
        for (int64_t i = 0; i < s->n; i++) {
            int64_t row;
            const rc_table *t = rc__table_of(p, i, &row);
            RC_CHECK(t->column[c].kind < RC_COLUMN_DATE, RC_DATA,
                     "%s: \"%.80s\" is %s; several targets must all be numbers", t->source, word,
                     rc_column_kind_text(t->column[c].kind));
            RC_TRY(rc__check_present(t, &t->column[c], row));
            to[i * count + k] = t->column[c].number[row];
            rc_spill_pass(i);
        }
    }
    return RC_OK;
}

static rc_status find_target(rc_samples *s, const rc__tables *p, const char *name, int *column)
{
    char what[200];
    snprintf(what, sizeof what, "there is no column \"%.100s\" to predict", name);
    if (s->given && rc_table_find(&p->t[0], name) < 0) return rc__no_column(&p->t[0], name, what);
    RC_TRY(rc__find_column(&p->t[0], "\1label", name, column));
    if (!s->given) s->e->column[*column].use = RC__LABEL;
    return RC_OK;
}

/* Of series: the only other column; or the first, where columns have no names (the archive of UCR). */
static int guess_beside_series(const rc_samples *s, const rc_table *t)
{
    if (!s->e->options.series) return -1;
    if (!t->header) return 0;
    return t->columns == 2 ? t->column[0].kind == RC_COLUMN_SERIES : -1;
}

/* The name of the column to be predicted, where nobody says it. */
static rc_status guess_target(rc_samples *s, const rc__tables *p)
{
    static const char *const usual[] = {"label", "class", "target", "y", "category", NULL};
    int column = rc__guess_column(&p->t[0], usual);
    if (column < 0) column = guess_beside_series(s, &p->t[0]);
    if (column < 0) return rc__fail_columns(&p->t[0], "which column should be predicted? \1label COLUMN");
    s->e->options.label = p->t[0].column[column].name;
    return RC_OK;
}

static bool has_target(const rc_samples *s, const rc__tables *p)
{
    char word[256];
    for (const char *names = s->e->options.label; rc__next_word(&names, word);)
        if (rc_table_find(&p->t[0], word) >= 0) return true;
    return false;
}

static rc_status find_targets(rc_samples *s, rc__tables *p)
{
    int count = 0, column = -1;
    char word[256];
    for (const char *names = s->e->options.label; rc__next_word(&names, word); count++)
        RC_TRY(find_target(s, p, word, &column));
    return count == 1 ? one_target(s, p, column) : several_targets(s, p, s->e->options.label, count);
}

/* A label that is text as it stands is text for those who come later, too. */
static void settle_target(const rc_samples *s)
{
    for (int64_t k = 0; k < s->e->columns && s->label.n; k++)
        if (s->e->column[k].use == RC__LABEL) s->e->column[k].form = (rc_column_form){.kind = RC_COLUMN_TEXT};
}

static rc_status read_targets(rc_samples *s, rc__tables *p, rc_json *report)
{
    if (!s->e->options.label) RC_TRY(guess_target(s, p));
    s->unlabelled = s->asks && !has_target(s, p);
    if (!s->unlabelled) RC_TRY(rc__labels_found(s, find_targets(s, p)));
    if (!s->given) settle_target(s);
    rc_json_set_string(report, "label", s->e->options.label);
    return RC_OK;
}

static rc_status find_parts(rc_samples *s, rc__tables *p)
{
    int column;
    if (!s->o->split) return RC_OK;
    RC_CHECK(!s->o->test, RC_CONFIG, "\1split and \1test: give one of them");
    RC_TRY(rc__split_table(s, &p->t[0], &column));
    if (!s->given && column >= 0)
        snprintf(s->e->column[column].about, sizeof s->e->column[column].about, "not an input: the part");
    return RC_OK;
}

static rc_status number_groups(rc_samples *s, const rc__tables *p, int column, rc_levels *l)
{
    RC_TRY(RC_NEW(&s->group, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        char buffer[RC_NUMBER_TEXT];
        int64_t row;
        int32_t number;
        const rc_table *t = rc__table_of(p, i, &row);
        const char *text = rc_column_text(&t->column[column], row, buffer);
        RC_CHECK(*text, RC_DATA, "%s:%lld: \"%.80s\", by which rows are grouped, is missing", t->source,
                 (long long)t->line[row], t->column[column].name);
        RC_TRY(rc_levels_add(l, text, strlen(text), &number));
        s->group[i] = number;
        rc_spill_pass(i);
    }
    return RC_OK;
}

static rc_status find_groups(rc_samples *s, const rc__tables *p)
{
    rc_levels l = {0};
    int column;
    if (!s->o->group) return RC_OK;
    RC_TRY(rc__find_column(&p->t[0], "\1group", s->o->group, &column));
    if (!s->given)
        snprintf(s->e->column[column].about, sizeof s->e->column[column].about, "not an input: the group");
    rc_status status = number_groups(s, p, column, &l);
    rc_levels_free(&l);
    return status;
}

static rc_status find_dropped(rc_samples *s, rc__tables *p)
{
    char word[256];
    int column;
    for (const char *names = s->given ? NULL : s->o->drop; rc__next_word(&names, word);) {
        RC_TRY(rc__find_column(&p->t[0], "\1drop", word, &column));
        snprintf(s->e->column[column].about, sizeof s->e->column[column].about, "left out: as requested");
    }
    return RC_OK;
}

/* ---- all of it ---- */

/* An encoder for every column, which is still to be fitted. */
static rc_status make_columns(const rc_table *t, rc_encoders *e)
{
    RC_TRY(RC_NEW(&e->column, t->columns));
    e->options.header = t->header ? RC_CSV_HEADER_YES : RC_CSV_HEADER_NO;
    for (; e->columns < t->columns; e->columns++) {
        const rc_column *c = &t->column[e->columns];
        bool written = c->kind == RC_COLUMN_DATE || c->style;
        RC_TRY(rc_strdup(c->name, &e->column[e->columns].name));
        e->options.series = e->options.series || c->kind == RC_COLUMN_SERIES;
        e->column[e->columns].form =
            (rc_column_form){.kind = c->kind == RC_COLUMN_WHOLE ? RC_COLUMN_REAL : c->kind,
                             .style = written ? c->style : RC_CSV_POINT};
    }
    return RC_OK;
}

static void find_id(const rc_samples *s, rc__tables *p)
{
    static const char *const usual[] = {"id", "name", "key", "file", "filename", NULL};
    p->id = rc__guess_column(&p->t[0], usual);
    bool rounded = p->id >= 0 && p->t[0].column[p->id].inexact;
    for (int64_t k = 0; k < s->e->columns && p->id >= 0; k++)
        if (rounded ||
            (p->at[k] == p->id && s->e->column[k].use != RC__SKIP && s->e->column[k].use != RC__FILES))
            p->id = -1;
}

rc_status rc__table_samples(rc_samples *s, rc_json *report)
{
    static const char *const readers[] = {"delimited text", "ARFF", "JSON lines", ".ts",
                                          "columns in memory"}; /* as rc_table_form */
    rc__tables *p;
    RC_TRY(RC_NEW(&p, 1));
    s->state = p;
    s->close = close_tables;
    s->name = name_row;
    s->id = id_of_row;
    s->x = rc__table_encode;
    s->prepare = rc__table_prepare;
    s->dtype = RC_DTYPE_F32;
    RC_TRY(read_tables(s, p));
    if (!s->given) RC_TRY(make_columns(&p->t[0], s->e));
    p->columns = s->e->columns;
    RC_TRY(rc__table_match(s));
    find_id(s, p);
    rc_json_set_string(report, "reader", readers[p->t[0].form]);
    rc_json_set_string(report, "found", p->t[0].note);
    RC_TRY(read_targets(s, p, report));
    RC_TRY(find_parts(s, p));
    RC_TRY(find_groups(s, p));
    RC_TRY(find_dropped(s, p));
    RC_CHECK(!s->o->files || !s->e->options.series, RC_CONFIG, "\1files and \1series: give one of them");
    RC_CHECK(!s->o->texts || !s->e->options.series, RC_CONFIG, "\1texts and \1series: give one of them");
    if (s->e->options.series) return rc__table_series(s, report);
    RC_TRY(rc__table_texts(s));
    return rc__table_files(s, report);
}
