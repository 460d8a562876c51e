/* The columns of given encoders in a table that was read for them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/spill.h"
#include "importers/import_table.h"

enum { LISTED = 5 };

/* ---- what columns hold ---- */

rc_status rc__table_forms(const rc_encoders *e, rc_column_forms *out)
{
    *out = (rc_column_forms){0};
    RC_TRY(RC_NEW(&out->form, e->columns));
    for (int64_t k = 0; k < e->columns; k++) {
        const rc__column_encoder *c = &e->column[k];
        int32_t number;
        RC_TRY(rc_levels_add(&out->name, c->name, strlen(c->name), &number));
        out->form[number] = c->use == RC__SKIP ? (rc_column_form){.kind = RC_COLUMN_TEXT} : c->form;
    }
    return RC_OK;
}

void rc__table_forms_free(rc_column_forms *f)
{
    rc_levels_free(&f->name);
    rc_free(f->form);
}

/* ---- where columns are ---- */

/* Columns that nobody asked for. */
static rc_status note_others(rc_samples *s, const rc_table *t, const bool *known)
{
    rc_string list = {0};
    int64_t others = 0;
    rc_status status = RC_OK;
    for (int i = 0; i < t->columns && status == RC_OK; i++)
        if (!known[i] && others++ < LISTED)
            status = rc_string_printf(&list, "%s%.60s", others > 1 ? ", " : "", t->column[i].name);
    if (status == RC_OK && others)
        status = rc__note(s, "%s: columns that are ignored: %s%s", t->source, list.data,
                          others > LISTED ? ", ..." : "");
    rc_string_free(&list);
    return status;
}

/* Without names a column is known by its place, so that none may be wanting in front of another. */
static rc_status check_places(const rc_samples *s, const rc_table *t)
{
    const rc_encoders *e = s->e;
    int64_t needed = e->columns;
    while (s->asks && needed > 0 && e->column[needed - 1].width == 0)
        needed--;
    RC_CHECK(t->header || (t->columns >= needed && t->columns <= e->columns), RC_DATA,
             "%s: no header and %d columns, where %lld were imported; give all of them, in the same order",
             t->source, t->columns, (long long)e->columns);
    return RC_OK;
}

/* Names, and the column that has each; -1: several. */
typedef struct name_index {
    rc_levels names;
    int *column;
} name_index;

static rc_status index_names(const rc_table *t, name_index *x)
{
    RC_TRY(RC_NEW(&x->column, t->columns));
    for (int i = 0; i < t->columns; i++) {
        int64_t before = x->names.text.n;
        int32_t number;
        RC_TRY(rc_levels_add(&x->names, t->column[i].name, strlen(t->column[i].name), &number));
        x->column[number] = x->names.text.n > before ? i : -1;
    }
    return RC_OK;
}

/* The series of a table need no name. */
static int find_series(const rc_table *t)
{
    int at = -1;
    for (int i = 0; i < t->columns; i++)
        if (t->column[i].kind == RC_COLUMN_SERIES) at = at < 0 ? i : at;
    return at;
}

static rc_status find_columns(rc_samples *s, rc__tables *p, const name_index *x, bool *known)
{
    const rc_table *t = &p->t[0];
    for (int64_t k = 0; k < p->columns; k++) {
        const rc__column_encoder *c = &s->e->column[k];
        int32_t number = rc_levels_find(&x->names, c->name, strlen(c->name));
        p->at[k] = number < 0 ? -1 : x->column[number];
        if (p->at[k] >= 0 && known[p->at[k]])
            p->at[k] = -1; /* two of that name at the import, of earlier versions */
        if (p->at[k] < 0 && c->use == RC__SERIES) p->at[k] = find_series(t);
        if (p->at[k] >= 0) known[p->at[k]] = true;
        if (p->at[k] >= 0 || c->width == 0) continue;
        char what[200];
        snprintf(what, sizeof what,
                 number < 0 ? "the column \"%.100s\" is missing" : "several columns are called \"%.100s\"",
                 c->name);
        return number < 0 ? rc__no_column(t, c->name, what) : rc__fail_columns(t, what);
    }
    return note_others(s, t, known);
}

rc_status rc__table_match(rc_samples *s)
{
    rc__tables *p = s->state;
    const rc_table *t = &p->t[0];
    name_index x = {0};
    bool *known = NULL;
    RC_TRY(RC_NEW(&p->at, p->columns));
    if (!s->given) {
        for (int k = 0; k < p->columns; k++)
            p->at[k] = k;
        return RC_OK;
    }
    RC_TRY(check_places(s, t));
    rc_status status = RC_NEW(&known, t->columns);
    if (status == RC_OK) status = index_names(t, &x);
    if (status == RC_OK) status = find_columns(s, p, &x, known);
    rc_free(known);
    rc_free(x.column);
    rc_levels_free(&x.names);
    return status;
}

/* ---- texts as the encoders number them ---- */

static rc_status note_unknown(rc_samples *s, const rc__tables *p, int64_t k)
{
    const rc__column_encoder *c = &s->e->column[k];
    int64_t unknown = 0, missing = 0, row, first_row = 0;
    const rc_table *first = NULL;
    for (int64_t i = 0; i < s->n; i++) {
        const rc_table *t = rc__table_of(p, i, &row);
        int32_t code = t->column[p->at[k]].code[row];
        missing += code < 0;
        rc_spill_pass(i);
        if (code < 0 || p->rank[k][code] >= 0) continue;
        if (!first) first = t, first_row = row;
        unknown++;
    }
    const char *as = c->use == RC__ONE_HOT ? "all zeros"
                     : c->use == RC__TWO   ? "half way between both"
                                           : "the number after the last";
    if (missing)
        RC_TRY(
            rc__note(s, "\"%.80s\": missing values: %lld; they become %s", c->name, (long long)missing, as));
    if (!unknown) return RC_OK;
    const rc_column *column = &first->column[p->at[k]];
    return rc__note(
        s, "\"%.80s\": values that are not known: %lld, the first \"%.40s\" (line %lld); they become %s",
        c->name, (long long)unknown, rc_texts_get(&column->levels.text, column->code[first_row]),
        (long long)first->line[first_row], as);
}

static rc_status note_filled(rc_samples *s, const rc__tables *p, int64_t k)
{
    const rc__column_encoder *c = &s->e->column[k];
    int64_t missing = 0, row;
    for (int64_t i = 0; i < s->n; i++) {
        const rc_table *t = rc__table_of(p, i, &row);
        missing += isnan(t->column[p->at[k]].number[row]);
        rc_spill_pass(i);
    }
    if (!missing) return RC_OK;
    return rc__note(s, "\"%.80s\": missing values: %lld; they become the mean of the training data", c->name,
                    (long long)missing);
}

static rc_status rank_texts(const rc_table *t, const rc_levels *known, int column, int32_t **out)
{
    const rc_texts *texts = &t->column[column].levels.text;
    RC_TRY(RC_NEW(out, texts->n));
    for (int64_t l = 0; l < texts->n; l++) {
        const char *text = rc_texts_get(texts, l);
        (*out)[l] = rc_levels_find(known, text, strlen(text));
    }
    return RC_OK;
}

rc_status rc__table_rank(rc_samples *s)
{
    rc__tables *p = s->state;
    RC_TRY(RC_NEW(&p->rank, p->columns));
    for (int64_t k = 0; k < p->columns; k++) {
        const rc__column_encoder *c = &s->e->column[k];
        bool numbers = c->use == RC__NUMBER || c->use == RC__DATE;
        if (c->width == 0) continue;
        if (!numbers) RC_TRY(rank_texts(&p->t[0], &c->levels, p->at[k], &p->rank[k]));
        if (s->given) RC_TRY(numbers ? note_filled(s, p, k) : note_unknown(s, p, k));
    }
    return RC_OK;
}
