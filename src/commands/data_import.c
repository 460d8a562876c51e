#include <stdio.h>

#include "base/choice.h"
#include "commands/common.h"
#include "commands/import_by_name.h"
#include "commands/raw_input.h"
#include "importers/importer.h"
#include "recraft/import.h"

static rc_status take_size(const char *text, rc_import_options *o)
{
    long long height, width;
    char rest;
    int n = sscanf(text, "%lldx%lld%c", &height, &width, &rest);
    if (n == 1 && sscanf(text, "%lld%c", &height, &rest) == 1) width = height;
    bool good = (n == 2 || n == 1) && height >= 1 && height <= 4096 && width >= 1 && width <= 4096;
    RC_CHECK(good && !(n == 1 && width != height), RC_CONFIG,
             "\1pixels %.40s: takes a number of pixels (64) or height and width (48x64), up to 4096", text);
    o->height = height;
    o->width = width;
    return RC_OK;
}

rc_status rc_data_import(const rc_data_import_options *given, char **json)
{
    rc_data_import_options own = RC_DATA_IMPORT_OPTIONS_INIT, *o = &own;
    rc_import_options to = rc_import_defaults();
    RC_TRY(rc__options_take("rc_data_import_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_data_import_options", o->from, o->out));
    to.from = o->from;
    to.out = o->out;
    to.test = o->test;
    to.x = o->x;
    to.y = o->y;
    to.x_test = o->x_test;
    to.y_test = o->y_test;
    to.layout = o->layout;
    to.label = o->label;
    to.labels = o->labels;
    to.split = o->split;
    to.group = o->group;
    to.drop = o->drop;
    to.files = o->files;
    to.texts = o->texts;
    to.delimiter = o->delimiter;
    to.missing = o->missing;
    to.comment = o->comment;
    to.skip = o->skip;
    to.encoding = o->encoding;
    RC_TRY(rc_choice_take("\1target", RC_IMPORT_ASKED, o->target, &to.target));
    RC_TRY(rc_choice_take("\1encode", RC_IMPORT_ENCODES, o->encode, &to.encode));
    RC_TRY(rc_choice_take("\1header", RC_CSV_HEADERS, o->header, &to.header));
    RC_TRY(rc_choice_take("\1fill", RC_IMPORT_FILLS, o->fill, &to.fill));
    int decimal = -1;
    RC_TRY(rc_choice_take("\1decimal", ".|,", o->decimal, &decimal));
    if (decimal >= 0) to.decimal = o->decimal[0];
    if (o->pixels) RC_TRY(take_size(o->pixels, &to));
    to.length = o->length;
    to.hop = o->hop;
    to.series = o->series;
    to.channels = o->channels;
    if (o->test_fraction >= 0) to.test_fraction = o->test_fraction;
    to.seed = (uint64_t)o->seed;
    to.unlabelled = o->unlabelled;
    if (o->like) RC_TRY(rc__encoders_of(o->like, &to.like));
    RC_CHECK(
        !o->like || to.like, RC_DATA,
        "\1like %s: its data were not imported, or by a version that kept no encoders; import them again",
        o->like);
    rc_json *report = rc_json_object();
    rc_json_set(report, "options", rc__import_options_told(o));
    rc_status status = rc__json_result(report, rc_import(&to, report), json);
    rc_encoders_free(&to.like);
    return status;
}
