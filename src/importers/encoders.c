/* Encoders as JSON. */
#include "importers/encoders.h"

#include <stddef.h>
#include <string.h>

#include "base/choice.h"
#include "base/memory.h"
#include "formats/text_file.h"
#include "importers/samples.h"

enum {
    VERSION = 1,
    WITH_FILES = 3,
    WITH_TEXTS = 4,
    LATEST = WITH_TEXTS,
    MAX_SIZE = 65536,
    MAX_VALUES = 1 << 28
};

const char rc__nucleic[] = "ACGT", rc__amino[] = "ACDEFGHIKLMNPQRSTVWY";

/* What a column holds, as rc_column_kind, never WHOLE. */
static const char kinds[] = "nothing||numbers|dates|texts|series";

/* Ways of writing numbers and dates (formats/csv.h). */
static const struct {
    const char *text;
    rc_column_kind kind;
    unsigned style;
} written[] = {{"1234.5", RC_COLUMN_REAL, RC_CSV_POINT},
               {"1,234.5", RC_COLUMN_REAL, RC_CSV_GROUPED},
               {"1234,5", RC_COLUMN_REAL, RC_CSV_COMMA},
               {"1234.5%", RC_COLUMN_REAL, RC_CSV_POINT | RC_CSV_PERCENT},
               {"1,234.5%", RC_COLUMN_REAL, RC_CSV_GROUPED | RC_CSV_PERCENT},
               {"1234,5%", RC_COLUMN_REAL, RC_CSV_COMMA | RC_CSV_PERCENT},
               {"year first", RC_COLUMN_DATE, RC_CSV_YEAR_FIRST},
               {"day first", RC_COLUMN_DATE, RC_CSV_DAY_FIRST},
               {"month first", RC_COLUMN_DATE, RC_CSV_MONTH_FIRST},
               {"time", RC_COLUMN_DATE, RC_CSV_TIME}};
enum { WRITTEN = sizeof written / sizeof *written };

/* How files are read: options that are texts, by their keys. */
static const struct {
    const char *key;
    size_t at;
} options[] = {{"label", offsetof(rc_import_options, label)},
               {"delimiter", offsetof(rc_import_options, delimiter)},
               {"missing", offsetof(rc_import_options, missing)},
               {"comment", offsetof(rc_import_options, comment)},
               {"encoding", offsetof(rc_import_options, encoding)},
               {"x", offsetof(rc_import_options, x)},
               {"y", offsetof(rc_import_options, y)},
               {"layout", offsetof(rc_import_options, layout)}};
enum { OPTIONS = sizeof options / sizeof *options };

static const char **option_of(rc_import_options *o, int i)
{
    return (const char **)((char *)o + options[i].at);
}

void rc__encoders_clear(rc_encoders *e)
{
    for (int64_t k = 0; e->column && k < e->columns; k++) {
        rc_free(e->column[k].name);
        rc_levels_free(&e->column[k].levels);
        rc_encoders_free(&e->column[k].files);
    }
    rc_free(e->column);
    rc_texts_free(&e->names);
    rc_texts_free(&e->channels);
    rc_texts_free(&e->units);
    rc_json_free(&e->document);
    *e = (rc_encoders){0};
}

void rc_encoders_free(rc_encoders **e)
{
    if (*e) rc__encoders_clear(*e);
    rc_free(*e);
    *e = NULL;
}

rc_import_form rc_encoders_form(const rc_encoders *e)
{
    return e->form;
}

const rc_texts *rc_encoders_names(const rc_encoders *e)
{
    return &e->names;
}

/* ---- writing ---- */

static void put_shape(const rc_encoders *e, rc_json *out)
{
    rc_json *x = rc_json_set(out, "x", rc_json_object());
    rc_json_set_string(x, "type", rc_dtype_text(e->dtype));
    rc_json *list = rc_json_set(x, "shape", rc_json_array());
    for (int i = 0; i < e->shape.n; i++)
        rc_json_append_integer(list, e->shape.dim[i]);
}

static void put_options(const rc_encoders *e, rc_json *out)
{
    rc_import_options o = e->options;
    rc_json *read = rc_json_set(out, "read", rc_json_object());
    for (int i = 0; i < OPTIONS; i++)
        if (*option_of(&o, i)) rc_json_set_string(read, options[i].key, *option_of(&o, i));
    rc_json_set_choice(read, "header", RC_CSV_HEADERS, (int)o.header);
    if (o.fill != RC_IMPORT_FILL_AUTO) rc_json_set_choice(read, "fill", RC_IMPORT_FILLS, (int)o.fill);
    if (o.skip) rc_json_set_integer(read, "skip", o.skip);
    if (o.series) rc_json_set_boolean(read, "series", true);
    if (o.length) rc_json_set_integer(read, "length", o.length);
    if (o.hop) rc_json_set_integer(read, "hop", o.hop);
    if (e->rate > 0) rc_json_set_number(read, "rate", e->rate);
    rc_json_set_texts(read, "channels", &e->channels);
    rc_json_set_texts(read, "units", &e->units);
    if (e->letters) rc_json_set_string(read, "letters", e->letters);
}

/* Of the columns that name files, how these become an input. */
static void put_files(const rc_encoders *e, rc_json *column)
{
    rc_json *j = rc_json_set(column, "files", rc_json_object());
    rc_json_set_choice(j, "form", RC_IMPORT_FORMS, (int)e->form);
    put_shape(e, j);
    put_options(e, j);
}

static void put_column(const rc__column_encoder *c, rc_json *list)
{
    rc_json *j = rc_json_append(list, rc_json_object());
    rc_json_set_string(j, "name", c->name);
    rc_json_set_choice(j, "use", RC__COLUMN_USES, (int)c->use);
    rc_json_set_string(j, "about", c->about);
    if (c->use == RC__SKIP) return;
    rc_json_set_choice(j, "holds", kinds, (int)c->form.kind);
    for (int i = 0; i < WRITTEN; i++)
        if (written[i].kind == c->form.kind && written[i].style == c->form.style)
            rc_json_set_string(j, "written", written[i].text);
    if (c->use == RC__LABEL) return;
    rc_json_set_integer(j, "features", c->width);
    if (c->use == RC__FILES) {
        put_files(c->files, j);
        return;
    }
    if (c->form.whole) rc_json_set_boolean(j, "whole", true);
    if (c->form.verbatim) rc_json_set_boolean(j, "verbatim", true);
    if (c->use == RC__SERIES || c->use == RC__TEXTS) return;
    if (c->use != RC__NUMBER && c->use != RC__DATE) {
        rc_json_set_texts(j, "texts", &c->levels.text);
        return;
    }
    rc_json_set_number(j, "fill", c->fill);
    if (c->use == RC__NUMBER) return;
    rc_json_set_number(j, "start", c->start);
    rc_json_set_boolean(j, "day", c->day);
    rc_json_set_boolean(j, "week", c->week);
    rc_json_set_boolean(j, "year", c->year);
}

void rc__encoders_write(const rc_encoders *e, rc_json *out)
{
    int64_t version = e->transforms ? RC_ENCODERS_TRANSFORMED : VERSION;
    for (int64_t k = 0; k < e->columns; k++) {
        if (e->column[k].use == RC__FILES && version < WITH_FILES) version = WITH_FILES;
        if (e->column[k].use == RC__TEXTS) version = WITH_TEXTS;
    }
    rc_json_set_integer(out, "version", version);
    rc_json_set_choice(out, "form", RC_IMPORT_FORMS, (int)e->form);
    put_shape(e, out);
    rc_json *target = rc_json_set(out, "target", rc_json_object());
    rc_json_set_choice(target, "kind", RC_IMPORT_TARGETS, (int)e->target);
    rc_json_set_texts(target, "names", &e->names);
    put_options(e, out);
    if (e->transforms) rc_json_set(out, "transforms", rc_json_copy(e->transforms));
    if (!e->columns) return;
    rc_json *list = rc_json_set(out, "columns", rc_json_array());
    for (int64_t k = 0; k < e->columns; k++)
        put_column(&e->column[k], list);
}

/* ---- reading ---- */

static rc_status damaged(const char *source, const char *key)
{
    return rc_fail(RC_FORMAT, "%s: the encoders' \"%.60s\" is missing or damaged", source, key);
}

static rc_status take_texts(const char *source, const char *key, const rc_json *list, rc_texts *out)
{
    if (!list) return RC_OK;
    if (!rc_json_is_array(list)) return damaged(source, key);
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const char *text = rc_json_as_string(rc_json_at(list, i));
        if (!text) return damaged(source, key);
        RC_TRY(rc_texts_add(out, text, strlen(text)));
    }
    return RC_OK;
}

static rc_status take_shape(const char *source, const rc_json *j, rc_encoders *e)
{
    const rc_json *list = rc_json_get(rc_json_get(j, "x"), "shape");
    int64_t values = 1;
    if (!rc_json_is_array(list) || rc_json_length(list) < 1 || rc_json_length(list) > 3)
        return damaged(source, "x");
    e->shape.n = (int)rc_json_length(list);
    for (int i = 0; i < e->shape.n; i++) {
        int64_t n = e->shape.dim[i] = rc_json_as_integer(rc_json_at(list, (size_t)i));
        if (n < 1 || n > MAX_SIZE || (values *= n) > MAX_VALUES) return damaged(source, "x");
    }
    return RC_OK;
}

/* One that is not there stays as it is. */
static rc_status take_choice(const char *source, const rc_json *read, const char *key, const char *words,
                             void *out)
{
    if (!rc_json_get(read, key)) return RC_OK;
    int number = rc_json_choice(read, key, words);
    if (number < 0) return damaged(source, key);
    memcpy(out, &number, sizeof number);
    return RC_OK;
}

static rc_status take_options(const char *source, const rc_json *read, rc_encoders *e)
{
    rc_import_options *o = &e->options;
    for (int i = 0; i < OPTIONS; i++)
        *option_of(o, i) = rc_json_string(read, options[i].key, *option_of(o, i));
    RC_TRY(take_choice(source, read, "header", RC_CSV_HEADERS, &o->header));
    RC_TRY(take_choice(source, read, "fill", RC_IMPORT_FILLS, &o->fill));
    o->skip = rc_json_integer(read, "skip", 0);
    o->series = rc_json_boolean(read, "series", false);
    o->length = rc_json_integer(read, "length", 0);
    o->hop = rc_json_integer(read, "hop", 0);
    e->rate = rc_json_number(read, "rate", 0);
    RC_TRY(take_texts(source, "channels", rc_json_get(read, "channels"), &e->channels));
    RC_TRY(take_texts(source, "units", rc_json_get(read, "units"), &e->units));
    const char *letters = rc_json_string(read, "letters", "");
    e->letters = strcmp(letters, rc__nucleic) == 0 ? rc__nucleic
                 : strcmp(letters, rc__amino) == 0 ? rc__amino
                                                   : NULL;
    return o->skip < 0 || o->length < 0 || o->length > MAX_SIZE || o->hop < 0 ? damaged(source, "read")
                                                                              : rc__import_options_check(o);
}

/* Windows are as long as their samples. */
static bool are_windows(const rc_encoders *e)
{
    const rc_import_options *o = &e->options;
    return e->shape.n == 2 && (!o->length || (e->shape.dim[1] == o->length && o->hop > 0));
}

/* What each form needs. */
static bool is_whole_form(const rc_encoders *e)
{
    const rc_import_options *o = &e->options;
    const rc_shape *s = &e->shape;
    switch (e->form) {
    case RC_IMPORT_PICTURES:
        return s->n == 3 && (s->dim[0] == 1 || s->dim[0] == 3);
    case RC_IMPORT_SOUNDS:
        return s->n == 2 && s->dim[0] == 1 && s->dim[1] == o->length && o->hop > 0 && e->rate > 0;
    case RC_IMPORT_SIGNALS:
        return are_windows(e) && s->dim[0] == e->channels.n && s->dim[0] == e->units.n && e->rate > 0;
    case RC_IMPORT_SEQUENCES:
        return s->n == 2 && e->letters && s->dim[0] == (int64_t)strlen(e->letters) && s->dim[1] == o->length;
    case RC_IMPORT_ARRAYS:
        return o->layout && (!o->length || o->hop > 0);
    case RC_IMPORT_TABLE:
    case RC_IMPORT_UNKNOWN:
        break;
    }
    return !o->series || are_windows(e);
}

/* How files of a form are read, and what of. */
static rc_status take_reader(const char *source, const rc_json *j, rc_encoders *e)
{
    int form = rc_json_choice(j, "form", RC_IMPORT_FORMS);
    if (form < 0) return damaged(source, "form");
    e->form = (rc_import_form)form;
    e->options = rc_import_defaults();
    RC_TRY(take_shape(source, j, e));
    RC_TRY(take_options(source, rc_json_get(j, "read"), e));
    bool whole = is_whole_form(e) && (!e->options.series || e->form == RC_IMPORT_TABLE);
    return whole ? RC_OK : damaged(source, rc_json_string(j, "form", ""));
}

static rc_status take_form(const char *source, const rc_json *j, rc__column_encoder *c)
{
    const char *how = rc_json_string(j, "written", "");
    int holds = rc_json_choice(j, "holds", kinds);
    if (c->use == RC__SKIP || holds == RC_COLUMN_TEXT) {
        c->form = (rc_column_form){.kind = RC_COLUMN_TEXT};
        return RC_OK;
    }
    if (c->use == RC__SERIES && holds == RC_COLUMN_SERIES) {
        c->form = (rc_column_form){.kind = RC_COLUMN_SERIES};
        return RC_OK;
    }
    for (int i = 0; i < WRITTEN; i++)
        if ((int)written[i].kind == holds && strcmp(written[i].text, how) == 0)
            c->form = (rc_column_form){.kind = written[i].kind, .style = written[i].style};
    return c->form.style ? RC_OK : damaged(source, c->name);
}

static bool is_whole(const rc_column_form *form, rc__column_use use)
{
    rc_column_kind kind = use == RC__NUMBER   ? RC_COLUMN_REAL
                          : use == RC__DATE   ? RC_COLUMN_DATE
                          : use == RC__SERIES ? RC_COLUMN_SERIES
                                              : RC_COLUMN_TEXT;
    return use == RC__SKIP || use == RC__LABEL || form->kind == kind;
}

/* So many numbers as its use makes of it. */
static int64_t width_of(const rc__column_encoder *c)
{
    if (c->use == RC__SKIP || c->use == RC__LABEL || c->use == RC__FILES || c->use == RC__TEXTS) return 0;
    if (c->use == RC__DATE) return 1 + 2 * (c->day + c->week + c->year);
    return c->use == RC__ONE_HOT ? c->levels.text.n : 1;
}

static rc_status take_files(const char *source, const rc_json *j, rc__column_encoder *c)
{
    RC_TRY(RC_NEW(&c->files, 1));
    RC_TRY(take_reader(source, j, c->files));
    rc_import_form form = c->files->form;
    bool good = form == RC_IMPORT_PICTURES || form == RC_IMPORT_SOUNDS || form == RC_IMPORT_SIGNALS;
    return good ? RC_OK : damaged(source, c->name);
}

static rc_status take_column(const char *source, const rc_json *j, rc__column_encoder *c)
{
    const char *name = rc_json_string(j, "name", NULL);
    const rc_json *texts = rc_json_get(j, "texts");
    int use = rc_json_choice(j, "use", RC__COLUMN_USES);
    rc_texts list = {0};
    if (!name || use < 0) return damaged(source, "columns");
    RC_TRY(rc_strdup(name, &c->name));
    c->use = (rc__column_use)use;
    RC_TRY(take_form(source, j, c));
    c->form.whole = rc_json_boolean(j, "whole", false);
    c->form.verbatim = rc_json_boolean(j, "verbatim", false); /* earlier versions made one line of a text */
    if (c->use == RC__FILES) RC_TRY(take_files(source, rc_json_get(j, "files"), c));
    snprintf(c->about, sizeof c->about, "%s", rc_json_string(j, "about", ""));
    c->fill = rc_json_number(j, "fill", 0);
    c->start = rc_json_number(j, "start", 0);
    c->day = rc_json_boolean(j, "day", false);
    c->week = rc_json_boolean(j, "week", false);
    c->year = rc_json_boolean(j, "year", false);
    rc_status status = take_texts(source, name, texts, &list);
    for (int64_t k = 0; k < list.n && status == RC_OK; k++) {
        const char *text = rc_texts_get(&list, k);
        int32_t number;
        status = rc_levels_add(&c->levels, text, strlen(text), &number);
    }
    rc_texts_free(&list);
    c->width = c->use == RC__SERIES ? rc_json_integer(j, "features", 0) : width_of(c);
    bool same = c->width == rc_json_integer(j, "features", 0);
    bool two = c->use != RC__TWO || c->levels.text.n == 2;
    return status == RC_OK && !(same && two && is_whole(&c->form, c->use)) ? damaged(source, name) : status;
}

/* Series are the channels of one column, or a column for each point. */
static bool are_series(const rc_encoders *e)
{
    int64_t points = 0, channels = 0;
    for (int64_t k = 0; k < e->columns; k++) {
        const rc__column_encoder *c = &e->column[k];
        if (c->use == RC__SERIES && channels++) return false;
        if (c->width && c->use != RC__SERIES && c->use != RC__NUMBER) return false;
        if (c->use == RC__SERIES && c->width != e->shape.dim[0]) return false;
        points += c->use == RC__NUMBER;
    }
    if (channels) return points == 0;
    return e->shape.dim[0] == 1 && points > 0 && (e->options.length || points == e->shape.dim[1]);
}

/* x: a number for each that the columns are made to; without any, the first of the files. */
static bool are_inputs(const rc_encoders *e, int64_t features)
{
    int64_t k = 0;
    if (features > 0) return e->shape.n == 1 && features == e->shape.dim[0];
    while (k < e->columns && e->column[k].use != RC__FILES)
        k++;
    return k < e->columns && rc_shape_equal(&e->shape, &e->column[k].files->shape);
}

static rc_status take_columns(const char *source, const rc_json *list, rc_encoders *e)
{
    int64_t features = 0;
    bool series = e->options.series;
    if (!rc_json_is_array(list) || !e->options.label || (series && e->shape.n != 2))
        return damaged(source, "columns");
    RC_TRY(RC_NEW(&e->column, (int64_t)rc_json_length(list)));
    for (size_t i = 0; i < rc_json_length(list); i++) {
        e->columns++;
        RC_TRY(take_column(source, rc_json_at(list, i), &e->column[i]));
        if (e->column[i].use == RC__SERIES && (!series || e->column[i].width < 1))
            return damaged(source, "columns");
        bool own = e->column[i].use == RC__FILES || e->column[i].use == RC__TEXTS;
        if (own && series) return damaged(source, "columns");
        features += e->column[i].width;
    }
    return (series ? are_series(e) : are_inputs(e, features)) ? RC_OK : damaged(source, "columns");
}

static rc_status take(const char *source, rc_encoders *e)
{
    const rc_json *j = e->document, *target = rc_json_get(j, "target");
    int64_t version = rc_json_integer(j, "version", 0);
    int kind = rc_json_choice(target, "kind", RC_IMPORT_TARGETS);
    RC_CHECK(version <= LATEST, RC_UNSUPPORTED, "%s: the encoders are of a later version of recraft (%lld)",
             source, (long long)version);
    if (version < 1) return damaged(source, "version");
    if (kind <= RC_IMPORT_AUTO) return damaged(source, "target");
    RC_TRY(take_reader(source, j, e));
    e->target = e->options.target = (rc_import_target)kind;
    RC_TRY(take_texts(source, "target", rc_json_get(target, "names"), &e->names));
    if (e->names.n <= 1 && e->target != RC_IMPORT_NUMBERS && e->target != RC_IMPORT_DENSE)
        return damaged(source, "target");
    e->transforms = rc_json_get(j, "transforms");
    if (e->transforms && !rc_json_is_array(e->transforms)) return damaged(source, "transforms");
    return e->form == RC_IMPORT_TABLE ? take_columns(source, rc_json_get(j, "columns"), e) : RC_OK;
}

rc_status rc_encoders_parse(const char *source, const char *text, rc_encoders **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_json_parse(source, text, strlen(text), &(*out)->document);
    if (status == RC_OK) status = take(source, *out);
    if (status != RC_OK) rc_encoders_free(out);
    return status;
}
