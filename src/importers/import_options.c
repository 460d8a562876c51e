#include <stdio.h>
#include <string.h>

#include "formats/text_file.h"
#include "importers/samples.h"

rc_import_options rc_import_defaults(void)
{
    return (rc_import_options){
        .target = "auto", .encode = "one-hot", .header = "auto", .test_fraction = 0.2, .seed = 0};
}

rc_status rc__one_of(const char *field, const char *value, const char *a, const char *b, const char *c)
{
    size_t n = c ? strcspn(c, " ") : 0; /* c may name a further one that the caller has dealt with */
    bool good = strcmp(value, a) == 0 || strcmp(value, b) == 0 ||
                (c && strlen(value) == n && strncmp(value, c, n) == 0);
    RC_CHECK(good, RC_CONFIG, "%s %.40s: takes %s, %s%s%s", field, value, a, b,
             !c     ? ""
             : c[n] ? ", "
                    : " or ",
             c ? c : "");
    return RC_OK;
}

bool rc__next_word(const char **list, char word[256])
{
    if (!*list || !**list) return false;
    size_t n = strcspn(*list, ",");
    snprintf(word, 256, "%.*s", (int)n, *list);
    *list += n + ((*list)[n] == ',');
    return true;
}

rc_status rc__import_options_check(const rc_import_options *o)
{
    RC_TRY(rc__one_of("\1header", o->header, "auto", "yes", "no"));
    RC_TRY(rc__one_of("\1decimal", o->decimal ? o->decimal : ".", ".", ",", NULL));
    RC_TRY(rc__one_of("\1fill", o->fill ? o->fill : "mean", "interpolate", "mean", "zero"));
    RC_CHECK(!o->comment || strlen(o->comment) == 1, RC_CONFIG, "\1comment %.20s: takes one character",
             o->comment);
    bool one = !o->delimiter || strlen(o->delimiter) == 1 || strcmp(o->delimiter, "tab") == 0;
    RC_CHECK(one && !(o->delimiter && strchr("\"\r\n", o->delimiter[0])), RC_CONFIG,
             "\1delimiter %.20s: takes one character, or tab", o->delimiter);
    return rc_encoding_check("\1encoding", o->encoding);
}
