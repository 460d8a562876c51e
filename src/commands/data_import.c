#include <stdio.h>

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
             "--size %.40s: takes a number of pixels (64) or height and width (48x64), up to 4096", text);
    o->height = height;
    o->width = width;
    return RC_OK;
}

/* What was told stands in the report, too. */
static rc_status import(const rc_data_import_options *given, const rc_import_options *o, rc_json *report)
{
    rc_json *told;
    RC_TRY(rc__import_options_told(given, &told));
    RC_TRY(rc_json_set(report, "options", told));
    return rc_import(o, report);
}

rc_status rc_data_import(const rc_data_import_options *given, char **json)
{
    rc_import_options o = rc_import_defaults();
    rc_json *report;
    o.from = given->from;
    o.out = given->out;
    o.test = given->test;
    o.x = given->x;
    o.y = given->y;
    o.x_test = given->x_test;
    o.y_test = given->y_test;
    o.layout = given->layout;
    o.label = given->label;
    o.labels = given->labels;
    o.split = given->split;
    o.group = given->group;
    o.drop = given->drop;
    o.files = given->files;
    o.delimiter = given->delimiter;
    o.missing = given->missing;
    o.decimal = given->decimal;
    o.comment = given->comment;
    o.skip = given->skip;
    o.encoding = given->encoding;
    if (given->target) o.target = given->target;
    if (given->encode) o.encode = given->encode;
    if (given->header) o.header = given->header;
    if (given->size) RC_TRY(take_size(given->size, &o));
    o.length = given->length;
    o.hop = given->hop;
    o.series = given->series;
    o.channels = given->channels;
    o.fill = given->fill;
    if (given->test_fraction >= 0) o.test_fraction = given->test_fraction;
    o.seed = (uint64_t)given->seed;
    o.unlabelled = given->unlabelled;
    if (given->like) RC_TRY(rc__encoders_of(given->like, &o.like));
    RC_CHECK(!given->like || o.like, RC_DATA,
             "--like %s: its data were not imported, or by a version that kept no encoders; import them anew",
             given->like);
    rc_status status = rc_json_object(&report);
    if (status == RC_OK) status = rc__json_result(report, import(given, &o, report), json);
    rc_encoders_free(&o.like);
    return status;
}
