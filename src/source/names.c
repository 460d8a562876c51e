#include "source/names.h"

#include <string.h>

#include "base/memory.h"
#include "source/bundle.h"

rc_status rc_source_names_add(rc_source_names *out, const char *name)
{
    RC_CHECK(*name, RC_CONFIG, "\1source: a name between commas is empty");
    RC_CHECK(out->n < RC_SOURCE_NAMES, RC_CONFIG, "\1source: more than %d sources", RC_SOURCE_NAMES);
    for (int i = 0; i < out->n; i++)
        RC_CHECK(strcmp(out->name[i], name) != 0, RC_CONFIG, "\1source: %s is given twice", name);
    out->name[out->n++] = name;
    return RC_OK;
}

/* A file may have commas in its name. */
static rc_status cut_names(rc_source_names *out)
{
    bool one = rc_bundle_is_here(out->text);
    for (char *at = out->text; at;) {
        char *comma = one ? NULL : strchr(at, ',');
        if (comma) *comma = '\0';
        RC_TRY(rc_source_names_add(out, at));
        at = comma ? comma + 1 : NULL;
    }
    return RC_OK;
}

rc_status rc_source_names_cut(const char *list, rc_source_names *out)
{
    *out = (rc_source_names){0};
    RC_TRY(rc_strdup(list, &out->text));
    rc_status status = cut_names(out);
    if (status != RC_OK) rc_source_names_free(out);
    return status;
}

void rc_source_names_free(rc_source_names *names)
{
    rc_free(names->text);
    *names = (rc_source_names){0};
}
