#include "importers/importer.h"

#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/spill.h"
#include "importers/file_list.h"
#include "importers/foreign.h"
#include "importers/samples.h"

/* ---- what is it? ---- */

/* Files of the folder that are not read: the kind of most of them. */
static rc_status look_at_others(rc_samples *s, const char *path, const rc_file_list *f, bool alone)
{
    char how[RC__FOREIGN_LINE];
    int64_t count;
    const rc__foreign *max = rc__foreign_max(&f->other, &count);
    if (alone && max)
        return rc_fail(RC_UNSUPPORTED, "%s: a folder of %s, not read here; convert them: %s", path, max->what,
                       rc__foreign_how(max, NULL, how));
    RC_CHECK(
        !alone, RC_DATA,
        "%s: a folder without pictures (.png, .jpg), sounds (.wav, .flac, .ogg), signals (.edf, .hea) or "
        "sequences (.fasta)",
        path);
    if (!max) return RC_OK;
    return rc__note(s, "%lld files of the folder are not read, %s; convert them: %s", (long long)count,
                    max->what, rc__foreign_how(max, NULL, how));
}

static rc_status form_of_folder(rc_samples *s, const char *path, rc_import_form *out)
{
    rc_status status = RC_OK;
    int64_t max = 0;
    for (int i = 0; i < RC__FILE_READERS && status == RC_OK; i++) {
        rc_file_list f;
        RC_TRY(rc__file_list_make(path, rc__file_readers[i].suffixes, &f));
        if (f.relative.n > max) *out = rc__file_readers[i].form;
        max = f.relative.n > max ? f.relative.n : max;
        if (i + 1 == RC__FILE_READERS) status = look_at_others(s, path, &f, max == 0);
        rc__file_list_free(&f);
    }
    return status;
}

rc_status rc_import_check_file(const char *path)
{
    char how[RC__FOREIGN_LINE];
    const rc__foreign *foreign;
    if (!rc_path_exists(path) || rc_path_is_directory(path)) return RC_OK;
    RC_TRY(rc__foreign_file(path, &foreign));
    RC_CHECK(!foreign, RC_UNSUPPORTED, "%s: %s, not read here; convert it: %s", path, foreign->what,
             rc__foreign_how(foreign, path, how));
    return RC_OK;
}

/* Notes on what is not read go to s. */
static rc_status find_form(rc_samples *s, const char *path, rc_import_form *out)
{
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such file or folder", path);
    if (rc_path_is_directory(path)) return form_of_folder(s, path, out);
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    RC_TRY(rc_import_check_file(path));
    bool arrays;
    RC_TRY(rc_container_recognise(path, &arrays));
    *out = rc__has_text_suffix(path, rc__sequence_suffixes) ? RC_IMPORT_SEQUENCES
           : rc__has_suffix(path, rc__signal_suffixes)      ? RC_IMPORT_SIGNALS
           : arrays                                         ? RC_IMPORT_ARRAYS
           : rc__has_text_suffix(path, rc__table_suffixes)  ? RC_IMPORT_TABLE
                                                            : RC_IMPORT_UNKNOWN;
    RC_CHECK(*out != RC_IMPORT_UNKNOWN, RC_FORMAT,
             "%s: not a file that can be imported; known are .csv, .tsv, .arff, .ts, .npz, .npy, HDF5, .mat, "
             ".pkl, .fasta, .edf, .hea, and folders of pictures, sounds or signals",
             path);
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status check_options(const rc_import_options *o)
{
    RC_TRY(rc__import_options_check(o));
    RC_CHECK(o->test_fraction >= 0 && o->test_fraction < 1, RC_CONFIG, "\1test_fraction takes 0 to below 1");
    RC_CHECK(!rc_path_exists(o->out), RC_CONFIG, "%s: exists already; choose another \1out", o->out);
    return RC_OK;
}

/* Given encoders have chosen theirs. */
static rc_status choose_form(rc_samples *s)
{
    rc_import_form *form = &s->e->form;
    char word[RC_CHOICE_TEXT];
    if (s->o->table) {
        RC_CHECK(!s->given || *form == RC_IMPORT_TABLE, RC_DATA,
                 "%s: these are rows of a table; the encoders are of %s", s->o->from,
                 rc_choice_text(RC_IMPORT_FORMS, (int)*form, word));
        *form = RC_IMPORT_TABLE;
        return RC_OK;
    }
    RC_CHECK(rc_path_exists(s->o->from), RC_IO, "%s: no such file or folder", s->o->from);
    return s->given ? rc_import_check_file(s->o->from) : find_form(s, s->o->from, form);
}

static rc_status read_samples(rc_samples *s, rc_json *report)
{
    if (s->e->form == RC_IMPORT_TABLE) return rc__table_samples(s, report);
    if (s->e->form == RC_IMPORT_ARRAYS) return rc__array_samples(s, report);
    return rc__file_samples(s, report);
}

rc_status rc__samples_open(rc_samples *s, rc_json *report)
{
    RC_TRY(choose_form(s));
    RC_CHECK(!s->o->series || s->e->form == RC_IMPORT_TABLE, RC_CONFIG,
             "\1series: that is for tables; %s is not one", s->o->from);
    RC_TRY(read_samples(s, report));
    RC_CHECK(s->n > 0, RC_DATA, "%s: no samples", s->o->from);
    return RC_OK;
}

/* What would be passed over in silence, and change the parts. */
static rc_status check_parts(const rc_samples *s)
{
    bool table = s->e->form == RC_IMPORT_TABLE;
    RC_CHECK(
        !s->o->split || s->part || s->when, RC_CONFIG,
        "\1split %.40s: that is for tables, and for files with a table of labels (\1labels); %s is neither",
        s->o->split, s->o->from);
    RC_CHECK(!s->o->group || table, RC_CONFIG, "\1group %.40s: that is for tables; %s is not one",
             s->o->group, s->o->from);
    return RC_OK;
}

static rc_status import_samples(rc_samples *s, rc_json *report)
{
    rc_targets t = {0};
    int8_t *part = NULL;
    rc_status status;
    rc_json_set_string(report, "from", s->o->from);
    rc_json_set_string(report, "out", s->o->out);
    RC_TRY(rc_json_check(report));
    RC_TRY(rc__samples_open(s, report));
    RC_TRY(check_parts(s));
    if (s->o->unlabelled) {
        RC_TRY(rc__samples_prepare(s, NULL, report));
        return rc__write_out(s, NULL, NULL, report);
    }
    RC_TRY_DONE(rc__targets_make(s, &t, report));
    RC_TRY_DONE(RC_NEW(&part, s->n));
    RC_TRY_DONE(rc__share_out(s, &t, part, report));
    RC_TRY_DONE(rc__samples_prepare(s, part, report));
    status = rc__write_out(s, &t, part, report);
done:
    rc_free(part);
    rc__targets_free(&t);
    return status;
}

/* What given encoders know is not to be said once more; how the new files are written may be. */
static rc_status take_over(const rc_import_options *told, rc_import_options *o)
{
    const struct {
        const char *name;
        bool given;
    } known[] = {{"\1label", told->label && !(o->label && strcmp(told->label, o->label) == 0)},
                 {"\1drop", told->drop},
                 {"\1files", told->files},
                 {"\1texts", told->texts},
                 {"\1missing", told->missing},
                 {"\1decimal", told->decimal},
                 {"\1layout", told->layout},
                 {"\1pixels", told->height > 0},
                 {"\1length", told->length > 0},
                 {"\1hop", told->hop > 0},
                 {"\1series", told->series},
                 {"\1channels", told->channels},
                 {"\1fill", told->fill != RC_IMPORT_FILL_AUTO},
                 {"\1target", told->target != RC_IMPORT_AUTO},
                 {"\1encode", told->encode != RC_IMPORT_ONE_HOT}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        RC_CHECK(!known[i].given, RC_CONFIG,
                 "%s and \1like cannot be used together: the encoders already say it", known[i].name);
    rc_import_options given = *o;
    *o = *told;
    o->label = given.label;
    o->target = given.target;
    o->missing = given.missing;
    o->layout = given.layout;
    o->length = given.length;
    o->hop = given.hop;
    o->fill = given.fill;
    o->series = given.series;
    if (!told->x) o->x = given.x;
    if (!told->y) o->y = given.y;
    if (!told->delimiter) o->delimiter = given.delimiter;
    if (!told->comment) o->comment = given.comment;
    if (!told->encoding) o->encoding = given.encoding;
    if (!told->skip) o->skip = given.skip;
    if (told->header == RC_CSV_HEADER_AUTO) o->header = given.header;
    return RC_OK;
}

rc_status rc_import(const rc_import_options *told, rc_json *report)
{
    rc_import_options o = told->like ? told->like->options : *told;
    rc_encoders fitted = {.options = o};
    RC_TRY(check_options(told));
    RC_CHECK(!(told->group || told->split) || !told->unlabelled, RC_CONFIG,
             "\1%s and \1unlabelled: no parts are made", told->group ? "group" : "split");
    RC_CHECK(!told->unlabelled || told->like, RC_CONFIG,
             "\1unlabelled: how samples are encoded is learnt from labelled ones; \1like says from which");
    if (told->like) RC_TRY(take_over(told, &o));
    rc_samples s = {.o = &o,
                    .e = told->like ? told->like : &fitted,
                    .given = told->like != NULL,
                    .asks = told->unlabelled};
    if (!rc_spill_is_possible())
        rc_progress_note(
            "warning: %s: no file can be made there, so what is as long as the data stays in memory; "
            "set TMPDIR to a folder on a disk",
            rc_temporary_place());
    rc_spill_begin();
    rc_status status = import_samples(&s, report);
    rc_spill_end();
    rc__encoders_clear(&fitted);
    rc__samples_close(&s);
    return status;
}

rc_status rc_import_describe(const char *path, const char *encoding, rc_json *report)
{
    rc_samples s = {0};
    rc_import_form form = RC_IMPORT_UNKNOWN;
    rc_status status = find_form(&s, path, &form);
    rc_json_set_string(report, "data", rc_path_base(path));
    rc_json_set_texts(report, "notes", &s.notes);
    rc__samples_close(&s);
    RC_TRY(status);
    if (form == RC_IMPORT_ARRAYS) return rc__describe_arrays(path, encoding, report);
    if (form == RC_IMPORT_TABLE) return rc__describe_table(path, encoding, report);
    if (form == RC_IMPORT_SIGNALS) return rc__describe_signals(path, encoding, report);
    return rc__describe_files(path, report);
}
