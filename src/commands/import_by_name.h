/* commands/import_by_name.h: the options of data import, by name. */
#ifndef RC_COMMANDS_IMPORT_BY_NAME_H
#define RC_COMMANDS_IMPORT_BY_NAME_H

#include "formats/json.h"
#include "recraft/import.h"

/* Those that are given, as they would be typed: {"label": "kind", "skip": "3"}. */
rc_json *rc__import_options_told(const rc_data_import_options *o);
/* The field of the options struct of one that is given; NULL: none is. */
const char *rc__import_field_of(const rc_json *told);
/* The field that is typed like this. */
const char *rc__import_field(const char *name);

#endif
