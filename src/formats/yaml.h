/* formats/yaml.h: a YAML mapping as a flat list of dotted keys ("align.distance") with scalar texts and line
 * numbers. Nested mappings and scalars only: sequences, anchors, aliases, tags and several documents are
 * refused by line. Limits: 1 MiB, depth 8, 1,000 keys. A repeated key is refused. The parser behind it is
 * libyaml. */
#ifndef RC_FORMATS_YAML_H
#define RC_FORMATS_YAML_H

#include <stddef.h>

#include "base/failure.h"

typedef struct rc_yaml_entry {
    char *key, *value;
    int line;
} rc_yaml_entry;
typedef struct rc_yaml {
    rc_yaml_entry *entry;
    size_t count;
} rc_yaml;
rc_status rc_yaml_parse(const char *source, const char *text, size_t size, rc_yaml *out) RC_MUST_CHECK;
rc_status rc_yaml_read(const char *path, rc_yaml *out) RC_MUST_CHECK;
void rc_yaml_free(rc_yaml *y);

#endif
