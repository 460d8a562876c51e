/* Columns of a table that name files: pictures, sounds or signals, read as folders of them are. Each is an
 * input of its row, which a row may lack; x is the first of them where no other column is an input. */
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/pieces.h"
#include "importers/file_list.h"
#include "importers/foreign.h"
#include "importers/import_table.h"

#define NONE "none"

/* ---- which columns ---- */

static rc_status take(rc__column_encoder *c, rc_import_form form)
{
    char word[RC_CHOICE_TEXT];
    c->use = RC__FILES;
    snprintf(c->about, sizeof c->about, "an input of its own: %s",
             rc_choice_text(RC_IMPORT_FORMS, (int)form, word));
    RC_TRY(RC_NEW(&c->files, 1));
    c->files->form = form;
    return RC_OK;
}

/* Without being told only where no file is wanting. */
static rc_status choose_file_column(rc_samples *s, const rc__tables *p, int k)
{
    rc__column_encoder *c = &s->e->column[k];
    bool is_free = c->use == RC__SKIP && !c->about[0];
    rc_import_form form = is_free ? rc__column_names(&p->t[0].column[k]) : RC_IMPORT_UNKNOWN;
    int64_t files = 0, absent = -1;
    char word[RC_CHOICE_TEXT];
    if (form == RC_IMPORT_UNKNOWN) return RC_OK;
    rc_choice_text(RC_IMPORT_FORMS, (int)form, word);
    for (int i = 0; i < 2 && absent < 0; i++) {
        const rc_table *t = &p->t[i];
        files += t->rows ? rc__count_files(t, &t->column[k], &absent) : 0;
        if (files > 0 && absent >= 0)
            return rc__note(
                s,
                "\"%.80s\" names %s, but the one of %s:%lld is not there: kept as names; \1files reads them",
                c->name, word, t->source, (long long)t->line[absent]);
    }
    if (files == 0 || absent >= 0) return RC_OK;
    RC_TRY(rc__note(
        s, "\"%.80s\" names %s, which are read as an input of their own (\1files none keeps the names)",
        c->name, word));
    return take(c, form);
}

/* Says what stands in the way of reading a column as files. */
static rc_status refuse(const rc_table *t, const rc_column *c)
{
    char how[RC__FOREIGN_LINE];
    for (int64_t k = 0; c->kind == RC_COLUMN_TEXT && k < c->levels.text.n; k++) {
        const char *name = rc_texts_get(&c->levels.text, k);
        const rc__foreign *foreign = rc__foreign_kind(name);
        if (rc__file_form(name) != RC_IMPORT_UNKNOWN) continue;
        if (foreign)
            return rc_fail(RC_UNSUPPORTED,
                           "%s: \1files: \"%.80s\" names \"%.80s\", %s, not read here; convert them: %s",
                           t->source, c->name, name, foreign->what, rc__foreign_how(foreign, NULL, how));
        return rc_fail(RC_DATA,
                       "%s: \1files: \"%.80s\" holds \"%.80s\", which is not a picture (.png, .jpg), sound "
                       "(.wav, .flac, .ogg) or signal (.edf, .hea)",
                       t->source, c->name, name);
    }
    return rc_fail(RC_DATA, "%s: \1files: \"%.80s\" %s", t->source, c->name,
                   c->kind == RC_COLUMN_TEXT ? "names files of several kinds; a column has those of one"
                                             : "holds no file names");
}

static rc_status take_told(rc_samples *s, const rc__tables *p)
{
    char word[256];
    int k;
    for (const char *names = s->o->files; rc__next_word(&names, word);) {
        RC_TRY(rc__find_column(&p->t[0], "\1files", word, &k));
        rc__column_encoder *c = &s->e->column[k];
        rc_import_form form = rc__column_names(&p->t[0].column[k]);
        RC_CHECK(c->use == RC__SKIP && !c->about[0], RC_CONFIG,
                 "%s: \1files: \"%.80s\" is named twice, or %s", s->o->from, word,
                 c->use == RC__LABEL ? "the label" : c->about);
        RC_TRY(form != RC_IMPORT_UNKNOWN ? take(c, form) : refuse(&p->t[0], &p->t[0].column[k]));
    }
    return RC_OK;
}

static rc_status choose(rc_samples *s, const rc__tables *p)
{
    if (s->o->files) return strcmp(s->o->files, NONE) == 0 ? RC_OK : take_told(s, p);
    for (int k = 0; k < p->columns && !s->o->table; k++)
        RC_TRY(choose_file_column(s, p, k));
    return RC_OK;
}

/* ---- reading them ---- */

static rc_status place(rc_texts *to, const rc_table *t, int64_t row, const char *column)
{
    rc_string text = {0};
    rc_status status =
        rc_string_printf(&text, "%s:%lld: \"%.80s\"", t->source, (long long)t->line[row], column);
    if (status == RC_OK) status = rc_texts_add(to, text.data, text.length);
    rc_string_free(&text);
    return status;
}

/* The files of all rows that have one; each can be read as far as the system is concerned. */
static rc_status list_files(rc_samples *s, const rc__tables *p, rc__file_column *f)
{
    const rc__column_encoder *c = &s->e->column[f->k];
    int at = p->at[f->k];
    RC_TRY(RC_NEW(&f->at, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        char path[4096], buffer[RC_NUMBER_TEXT];
        int64_t row;
        size_t size;
        const rc_table *t = rc__table_of(p, i, &row);
        f->at[i] = -1;
        if (at < 0 || rc_column_is_missing(&t->column[at], row)) continue;
        RC_TRY(rc__file_path(t, rc_column_text(&t->column[at], row, buffer), sizeof path, path));
        RC_TRY(place(&f->where, t, row, c->name));
        rc_status status = rc_file_check(path, &size);
        if (status != RC_OK) return rc_fail_context(status, "%s", rc_texts_get(&f->where, f->path.n));
        f->at[i] = f->path.n;
        RC_TRY(rc_texts_add(&f->path, path, strlen(path)));
    }
    f->gaps = f->path.n < s->n;
    RC_CHECK(f->path.n > 0 || s->given, RC_DATA, "%s: \"%.80s\" names no file in any row", s->o->from,
             c->name);
    if (!f->gaps) return RC_OK;
    return rc__note(s, "\"%.80s\": rows without a file: %lld; they lack this input", c->name,
                    (long long)(s->n - f->path.n));
}

/* A file is one sample: it is not cut into windows. */
static void choose_options(const rc_samples *s, rc__file_column *f)
{
    rc_encoders *e = s->e->column[f->k].files;
    rc_import_options *o = &f->options;
    *o = s->given ? e->options : rc_import_defaults();
    snprintf(f->from, sizeof f->from, "%.120s: \"%.80s\"", s->o->from, s->e->column[f->k].name);
    o->encoding = s->o->encoding;
    if (!s->given) {
        o->height = s->o->height;
        o->width = s->o->width;
        o->length = s->o->length;
        o->channels = s->o->channels;
        o->fill = s->o->fill;
        e->options = *o;
    }
    o->from = f->from;
    f->s =
        (rc_samples){.o = o, .e = e, .given = s->given, .asks = true, .files = &f->path, .where = &f->where};
}

static rc_status move_notes(rc_samples *from, const char *column, rc_samples *to)
{
    for (int64_t i = 0; i < from->notes.n; i++)
        RC_TRY(rc__note(to, "\"%.80s\": %s", column, rc_texts_get(&from->notes, i)));
    rc_texts_free(&from->notes);
    return RC_OK;
}

static rc_status read_all(rc_samples *s, rc__file_column *f, rc_json *report)
{
    const rc_encoders *e = s->e->column[f->k].files;
    if (f->path.n == 0) { /* all rows lack it */
        f->s.out_shape = e->shape;
        return RC_OK;
    }
    RC_TRY(rc__file_samples(&f->s, report));
    RC_TRY(move_notes(&f->s, s->e->column[f->k].name, s));
    RC_TRY(rc__samples_prepare(&f->s, NULL, report));
    bool widens = f->gaps && f->s.out_dtype != RC_DTYPE_F32; /* whole numbers have no NaN */
    size_t size = (size_t)rc_shape_size(&f->s.out_shape);
    return widens ? rc_alloc(size, rc_dtype_size(f->s.out_dtype), &f->read) : RC_OK;
}

static rc_status open_column(rc_samples *s, rc__tables *p, int64_t k, rc_json *reports)
{
    const char *name = s->e->column[k].name;
    RC_CHECK(p->n_files <= RC_MORE_INPUTS, RC_UNSUPPORTED,
             "%s: more than %d columns of files; \1drop some, or name those to be read (\1files a,b)",
             s->o->from, RC_MORE_INPUTS + 1);
    rc__file_column *f = &p->files[p->n_files++];
    f->k = k;
    if (p->at[k] < 0) RC_TRY(rc__note(s, "there is no column \"%.80s\"", name));
    RC_TRY(list_files(s, p, f));
    choose_options(s, f);
    rc_json *report = rc_json_set(reports, name, rc_json_object());
    return read_all(s, f, report);
}

/* Who did not ask for files is told how to do without. */
static rc_status tell_way_out(const rc_samples *s, rc_status status)
{
    if (rc_status_exit_code(status) != 2 || s->given || s->o->files) return status;
    return rc_fail(status, "%s; or \1files none keeps the names", rc_error_text());
}

rc_status rc__table_files(rc_samples *s, rc_json *report)
{
    rc__tables *p = s->state;
    rc_json *reports = NULL;
    if (!s->given) RC_TRY(choose(s, p));
    for (int64_t k = 0; k < p->columns; k++) {
        if (s->e->column[k].use != RC__FILES) continue;
        if (!p->files) {
            RC_CHECK(!s->o->hop, RC_CONFIG,
                     "\1hop: a file that a row names is one sample, not cut into windows");
            RC_TRY(RC_NEW(&p->files, RC_MORE_INPUTS + 1));
            reports = rc_json_set(report, "files", rc_json_object());
        }
        RC_TRY(tell_way_out(s, open_column(s, p, k, reports)));
    }
    return p->n_files && !s->given && !s->asks ? rc__table_shared_files(s) : RC_OK;
}

void rc__table_files_close(rc__tables *p)
{
    for (int i = 0; i < p->n_files; i++) {
        rc__file_column *f = &p->files[i];
        rc__samples_close(&f->s);
        rc_texts_free(&f->path);
        rc_texts_free(&f->where);
        rc_free(f->at);
        rc_free(f->read);
    }
    rc_free(p->files);
}

/* ---- as inputs ---- */

static rc__file_column *column_of(const rc_samples *s, int k)
{
    rc__tables *p = s->state;
    return &p->files[k - !p->file_x];
}

static bool lacks(const rc_samples *s, int k, int64_t i)
{
    const rc__tables *p = s->state;
    return (k > 0 || p->file_x) && column_of(s, k)->at[i] < 0;
}

static rc_status read_input(rc_samples *s, int k, int64_t i, void *out)
{
    rc__file_column *f = column_of(s, k);
    RC_TRY(rc__sample_input(&f->s, 0, f->at[i], f->read ? f->read : out));
    if (f->read) rc_convert_to_f32(f->s.out_dtype, f->read, rc_shape_size(&f->s.out_shape), out);
    return RC_OK;
}

static rc_status read_x(rc_samples *s, int64_t i, void *out)
{
    return read_input(s, 0, i, out);
}

static rc_dtype type_of(const rc__file_column *f)
{
    return f->gaps ? RC_DTYPE_F32 : f->s.out_dtype;
}

/* A sample that lacks the only input is none. */
static rc_status check_lone(const rc_samples *s, const rc__file_column *f)
{
    int64_t i = 0, row;
    if (!f->gaps) return RC_OK;
    while (f->at[i] >= 0)
        i++;
    const rc_table *t = rc__table_of(s->state, i, &row);
    return rc_fail(RC_DATA,
                   "%s:%lld: \"%.80s\" names no file, and the row has no other input; remove the line",
                   t->source, (long long)t->line[row], s->e->column[f->k].name);
}

rc_status rc__table_file_inputs(rc_samples *s, bool only)
{
    rc__tables *p = s->state;
    if (p->n_files == 0) return RC_OK;
    p->file_x = only;
    s->n_more = p->n_files - only;
    RC_CHECK(s->n_more <= RC_MORE_INPUTS, RC_UNSUPPORTED,
             "%s: %d columns of files; at most %d besides other columns: \1drop some", s->o->from, p->n_files,
             RC_MORE_INPUTS);
    if (s->n_more == 0 && p->n_texts == 0) RC_TRY(check_lone(s, &p->files[0]));
    s->more_x = read_input;
    s->lacks = lacks;
    if (only) {
        s->x = read_x;
        s->dtype = type_of(&p->files[0]);
        s->shape = p->files[0].s.out_shape;
    }
    for (int k = 1; k <= s->n_more; k++) {
        const rc__file_column *f = column_of(s, k);
        rc__input *in = &s->more[k - 1];
        in->dtype = type_of(f);
        in->shape = f->s.out_shape;
        RC_TRY(rc__table_name_input(s, f->k, in));
    }
    return RC_OK;
}
