/* source/names.h: several sources in one text. */
#ifndef RC_SOURCE_NAMES_H
#define RC_SOURCE_NAMES_H

#include "base/failure.h"

enum { RC_SOURCE_NAMES = 64 };

/* Names or files with commas between them, cut apart. None is empty, and none is given twice. */
typedef struct rc_source_names {
    char *text;
    const char *name[RC_SOURCE_NAMES];
    int n;
} rc_source_names;
rc_status rc_source_names_cut(const char *list, rc_source_names *out) RC_MUST_CHECK;
/* One more, which is borrowed. */
rc_status rc_source_names_add(rc_source_names *names, const char *name) RC_MUST_CHECK;
void rc_source_names_free(rc_source_names *names);

#endif
