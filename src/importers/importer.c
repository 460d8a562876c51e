#include "importers/importer.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/spill.h"
#include "importers/file_list.h"
#include "importers/foreign.h"
#include "importers/samples.h"
#include "transforms/chain.h"

/* ---- which reader ---- */

typedef rc_status (*reader)(rc_samples *s, rc_json *report);

static const struct {
    const char *form;
    reader read;
} readers[] = {{"table", rc__table_samples},        {"pictures", rc__picture_samples},
               {"sounds", rc__sound_samples},       {"signals", rc__signal_samples},
               {"sequences", rc__sequence_samples}, {"arrays", rc__array_samples}};
enum { READERS = sizeof readers / sizeof *readers };

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

static rc_status reader_of_folder(rc_samples *s, const char *path, reader *out)
{
    static const struct {
        const char *const *suffixes;
        reader read;
    } kinds[] = {{rc__picture_suffixes, rc__picture_samples},
                 {rc__sound_suffixes, rc__sound_samples},
                 {rc__signal_suffixes, rc__signal_samples},
                 {rc__sequence_suffixes, rc__sequence_samples}};
    rc_status status = RC_OK;
    int64_t max = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == RC_OK; i++) {
        rc_file_list f;
        RC_TRY(rc__file_list_make(path, kinds[i].suffixes, &f));
        if (f.relative.n > max) *out = kinds[i].read;
        max = f.relative.n > max ? f.relative.n : max;
        if (i + 1 == sizeof kinds / sizeof *kinds) status = look_at_others(s, path, &f, max == 0);
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
static rc_status choose_reader(rc_samples *s, const char *path, reader *out)
{
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such file or folder", path);
    if (rc_path_is_directory(path)) return reader_of_folder(s, path, out);
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    RC_TRY(rc_import_check_file(path));
    bool arrays;
    RC_TRY(rc_container_recognise(path, &arrays));
    *out = rc__has_text_suffix(path, rc__sequence_suffixes) ? rc__sequence_samples
           : rc__has_suffix(path, rc__signal_suffixes)      ? rc__signal_samples
           : arrays                                         ? rc__array_samples
           : rc__has_text_suffix(path, rc__table_suffixes)  ? rc__table_samples
                                                            : NULL;
    RC_CHECK(*out, RC_FORMAT,
             "%s: not a file that can be imported; known are .csv, .tsv, .arff, .ts, .npz, .npy, HDF5, .mat, "
             ".pkl, .fasta, .edf, .hea, and folders of pictures, sounds or signals",
             path);
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status check_options(const rc_import_options *o)
{
    if (strcmp(o->target, "labels") != 0)
        RC_TRY(rc__one_of("\1target", o->target, "auto", "classes", "numbers or labels"));
    RC_TRY(rc__one_of("\1encode", o->encode, "one-hot", "ordinal", NULL));
    RC_TRY(rc__import_options_check(o));
    RC_CHECK(o->test_fraction >= 0 && o->test_fraction < 1, RC_CONFIG, "\1test_fraction takes 0 to below 1");
    RC_CHECK(!rc_path_exists(o->out), RC_CONFIG, "%s: exists already; choose another \1out", o->out);
    return RC_OK;
}

/* Given encoders have chosen theirs. */
static rc_status find_reader(rc_samples *s, reader *out)
{
    if (s->o->table) {
        RC_CHECK(!s->given || strcmp(s->e->form, "table") == 0, RC_DATA,
                 "%s: these are rows of a table; the encoders are of %s", s->o->from, s->e->form);
        *out = rc__table_samples;
        return RC_OK;
    }
    RC_CHECK(rc_path_exists(s->o->from), RC_IO, "%s: no such file or folder", s->o->from);
    return s->given ? rc_import_check_file(s->o->from) : choose_reader(s, s->o->from, out);
}

rc_status rc__samples_read(rc_samples *s, const char *form, rc_json *report)
{
    for (int i = 0; i < READERS; i++) {
        if (strcmp(readers[i].form, form) != 0) continue;
        s->e->form = readers[i].form;
        return readers[i].read(s, report);
    }
    return rc_fail(RC_FORMAT, "%s: no files are %.40s", s->o->from, form);
}

rc_status rc__samples_open(rc_samples *s, rc_json *report)
{
    reader read = NULL;
    RC_TRY(find_reader(s, &read));
    for (int i = 0; i < READERS; i++) {
        if (s->given && strcmp(s->e->form, readers[i].form) == 0) read = readers[i].read;
        if (!s->given && read == readers[i].read) s->e->form = readers[i].form;
    }
    RC_CHECK(!s->o->series || read == rc__table_samples, RC_CONFIG,
             "\1series: that is for tables; %s is not one", s->o->from);
    rc_json_set_string(report, "from", s->o->from);
    if (s->o->out) rc_json_set_string(report, "out", s->o->out);
    RC_TRY(read(s, report));
    RC_CHECK(s->n > 0, RC_DATA, "%s: no samples", s->o->from);
    return RC_OK;
}

static rc_status prepare_chain(rc_samples *s)
{
    int64_t size = rc_shape_size(&s->shape);
    s->out_shape = s->shape;
    s->out_dtype = s->dtype;
    if (!s->e->transforms) return RC_OK;
    RC_TRY(rc_chain_open(s->o->from, s->e->transforms, s->shape, &s->chain));
    s->out_shape = rc_chain_shape(s->chain);
    s->out_dtype = RC_DTYPE_F32;
    RC_TRY(rc_alloc((size_t)size, rc_dtype_size(s->dtype), &s->read));
    return RC_NEW(&s->numbers, size);
}

rc_status rc__samples_prepare(rc_samples *s, const int8_t *part, rc_json *report)
{
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    if (s->prepare) RC_TRY(s->prepare(s, part, report));
    if (!s->given) {
        s->e->shape = s->shape;
        s->e->dtype = s->dtype;
    }
    RC_CHECK(rc_shape_equal(&s->shape, &s->e->shape), RC_SHAPE, "%s: samples of %s, needed are %s",
             s->o->from, rc_shape_text(&s->shape, have), rc_shape_text(&s->e->shape, want));
    RC_TRY(prepare_chain(s));
    rc_json_set_texts(report, "notes", &s->notes);
    return RC_OK;
}

/* What would be passed over in silence, and change the parts. */
static rc_status check_parts(const rc_samples *s)
{
    bool table = strcmp(s->e->form, "table") == 0;
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
                 {"\1fill", told->fill},
                 {"\1target", strcmp(told->target, "auto") != 0},
                 {"\1encode", strcmp(told->encode, "one-hot") != 0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        RC_CHECK(!known[i].given, RC_CONFIG, "%s and \1like: the encoders say that already", known[i].name);
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
    if (strcmp(told->header, "auto") == 0) o->header = given.header;
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
    reader read = NULL;
    rc_status status = choose_reader(&s, path, &read);
    rc_json_set_string(report, "data", rc_path_base(path));
    rc_json_set_texts(report, "notes", &s.notes);
    rc__samples_close(&s);
    RC_TRY(status);
    if (read == rc__array_samples) return rc__describe_arrays(path, encoding, report);
    if (read == rc__table_samples) return rc__describe_table(path, encoding, report);
    if (read == rc__signal_samples) return rc__describe_signals(path, encoding, report);
    return rc__describe_files(path, report);
}
