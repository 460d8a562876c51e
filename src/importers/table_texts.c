/* Columns of long texts: each is an input of its row, which a row may lack. They stay texts: into which
 * tokens they are cut is known to a model alone. */
#include <stdio.h>
#include <string.h>

#include "base/spill.h"
#include "datasets/text_inputs.h"
#include "importers/import_table.h"

enum { PROSE = 5 }; /* words, in the mean */

/* Texts as they are given. Of a table in memory all of them; of files not the words that stand for a missing
 * one. */
static void become_input(const rc_samples *s, rc__column_encoder *c)
{
    c->use = RC__TEXTS;
    c->form.whole = s->o->table != NULL;
    c->form.verbatim = true;
    snprintf(c->about, sizeof c->about, "an input of its own: texts");
}

bool rc__is_free_text(int64_t levels, int64_t rows)
{
    return 2 * levels > rows && levels > 8;
}

static int64_t words_in(const char *text)
{
    int64_t n = 0;
    for (bool inside = false; *text; text++) {
        bool blank = rc_text_is_blank(text, 1);
        n += !blank && !inside;
        inside = !blank;
    }
    return n;
}

/* Free text of several words each: "J. Smith" and "A-1007" name something, and say nothing. Rows without a
 * text say nothing of the others. */
static bool is_prose(const rc_column *c, int64_t rows)
{
    int64_t words = 0, texts = c->kind == RC_COLUMN_TEXT ? c->levels.text.n : 0;
    if (!rc__is_free_text(texts, rows - c->missing)) return false;
    for (int64_t k = 0; k < texts; k++)
        words += words_in(rc_texts_get(&c->levels.text, k));
    return words >= PROSE * texts;
}

static rc_status take(rc_samples *s, rc__tables *p, const char *name)
{
    int at;
    const rc_table *t = &p->t[0];
    RC_TRY(rc__find_column(t, "\1texts", name, &at));
    rc__column_encoder *c = &s->e->column[at];
    RC_CHECK(c->use == RC__SKIP && !c->about[0], RC_CONFIG, "%s: \1texts: \"%.80s\" is named twice, or %s",
             s->o->from, name, c->use == RC__LABEL ? "the label" : c->about);
    RC_CHECK(t->column[at].kind == RC_COLUMN_TEXT, RC_DATA, "%s: \1texts: \"%.80s\" holds %s, not texts",
             t->source, name, rc_column_kind_text(t->column[at].kind));
    become_input(s, c);
    RC_TRY(rc_table_take_verbatim(&p->t[0], rc__csv_options(s->o), at));
    return p->t[1].rows ? rc_table_take_verbatim(&p->t[1], rc__csv_options(s->o), at) : RC_OK;
}

/* Of a table in memory: those that say so, and, where they are to be found, the first of free text. Names are
 * no texts, however many they are. While fitting, column k of the encoders is column k of the table. */
static rc_status take_of_memory(rc_samples *s, rc_table *t)
{
    const rc_memory_table *m = s->o->table;
    int found = 0;
    for (int k = 0; k < m->columns; k++) {
        if (!m->column[k].whole_texts) continue;
        RC_CHECK(t->column[k].kind == RC_COLUMN_TEXT, RC_DATA,
                 "%s: \"%.80s\" should hold texts, but is always missing; leave it out of \1texts", t->source,
                 m->column[k].name);
        become_input(s, &s->e->column[k]);
        found++;
    }
    for (int k = 0; k < m->columns && m->find_texts && found < RC_MORE_INPUTS; k++) {
        rc__column_encoder *c = &s->e->column[k];
        bool open = m->column[k].kind == RC_COLUMN_EMPTY && c->use == RC__SKIP && !c->about[0];
        if (!open || !is_prose(&t->column[k], s->n)) continue;
        RC_TRY(rc_memory_table_texts(m, k, &t->column[k]));
        become_input(s, c);
        found++;
    }
    return RC_OK;
}

static rc_status check_number(const rc_samples *s)
{
    rc_string names = {0};
    int n = 0;
    rc_status status = RC_OK;
    for (int64_t k = 0; k < s->e->columns && status == RC_OK; k++)
        if (s->e->column[k].use == RC__TEXTS)
            status = rc_string_printf(&names, "%s\"%.80s\"", n++ ? ", " : "", s->e->column[k].name);
    if (status == RC_OK && n > RC_MORE_INPUTS)
        status = rc_fail(RC_UNSUPPORTED,
                         "%s: %d columns of texts, at most %d are taken; leave some out of \1texts: %s",
                         s->o->from, n, RC_MORE_INPUTS, names.data);
    rc_string_free(&names);
    return status;
}

rc_status rc__table_texts(rc_samples *s)
{
    rc__tables *p = s->state;
    char word[256];
    for (const char *names = s->given ? NULL : s->o->texts; rc__next_word(&names, word);)
        RC_TRY(take(s, p, word));
    if (!s->given && s->o->table) RC_TRY(take_of_memory(s, &p->t[0]));
    RC_TRY(check_number(s));
    for (int64_t k = 0; k < p->columns; k++) {
        if (s->e->column[k].use != RC__TEXTS) continue;
        p->text[p->n_texts++] = k;
        if (p->at[k] < 0) RC_TRY(rc__note(s, "there is no column \"%.80s\"", s->e->column[k].name));
    }
    return RC_OK;
}

/* ---- as inputs ---- */

/* "": the row lacks it. Some forms of tables keep a cell of blanks or line breaks as a text; it says nothing,
 * all the same. */
static const char *text_of(const rc_samples *s, int k, int64_t i)
{
    int64_t row;
    const rc__tables *p = s->state;
    const rc_table *t = rc__table_of(p, i, &row);
    int at = p->at[p->text[k - 1 - (s->n_more - p->n_texts)]];
    const rc_column *c = at < 0 ? NULL : &t->column[at];
    bool given = c && c->kind == RC_COLUMN_TEXT && c->code[row] >= 0;
    const char *text = given ? rc_texts_get(&c->levels.text, c->code[row]) : "";
    return rc_text_is_blank(text, strlen(text)) ? "" : text;
}

static rc_status note_missing(rc_samples *s, int k)
{
    int64_t missing = 0;
    for (int64_t i = 0; i < s->n; i++) {
        missing += !*text_of(s, k, i);
        rc_spill_pass(i);
    }
    if (missing == 0) return RC_OK;
    return rc__note(s, "\"%.80s\": rows without a text: %lld; they lack this input", s->more[k - 1].name,
                    (long long)missing);
}

rc_status rc__table_text_inputs(rc_samples *s)
{
    rc__tables *p = s->state;
    int before = s->n_more;
    s->text = text_of;
    RC_CHECK(before + p->n_texts <= RC_MORE_INPUTS, RC_UNSUPPORTED,
             "%s: %d columns of files and texts; at most %d besides other columns: \1drop some", s->o->from,
             before + p->n_texts, RC_MORE_INPUTS);
    s->n_more += p->n_texts;
    for (int i = 0; i < p->n_texts; i++) {
        rc__input *in = &s->more[before + i];
        in->of_texts = true;
        RC_TRY(rc__table_name_input(s, p->text[i], in));
        RC_TRY(note_missing(s, before + i + 1));
    }
    return RC_OK;
}
