#include <stdio.h>
#include <string.h>

#include "formats/text_file.h"
#include "importers/samples.h"

rc_import_options rc_import_defaults(void)
{
    return (rc_import_options){.test_fraction = 0.2, .fill = RC_IMPORT_FILL_AUTO};
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
    RC_CHECK(!o->comment || strlen(o->comment) == 1, RC_CONFIG, "\1comment %.20s: takes one character",
             o->comment);
    bool one = !o->delimiter || strlen(o->delimiter) == 1 || strcmp(o->delimiter, "tab") == 0;
    RC_CHECK(one && !(o->delimiter && strchr("\"\r\n", o->delimiter[0])), RC_CONFIG,
             "\1delimiter %.20s: takes one character, or tab", o->delimiter);
    return rc_encoding_check("\1encoding", o->encoding);
}
