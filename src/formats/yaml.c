#include "formats/yaml.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "base/memory.h"

enum { LARGEST = 1 << 20, DEEPEST = 8, MAX_KEYS = 1000, LONGEST_KEY = 256 };

typedef struct reader {
    const char *source;
    yaml_parser_t parser;
    rc_yaml *out;
    char prefix[LONGEST_KEY];
} reader;

static rc_status next_event(reader *r, yaml_event_t *event)
{
    errno = 0;
    if (yaml_parser_parse(&r->parser, event)) return RC_OK;
    if (r->parser.error == YAML_MEMORY_ERROR) errno = ENOMEM;
    return rc_fail_reading(r->source, "%s:%zu: not valid YAML: %s", r->source,
                           r->parser.problem_mark.line + 1,
                           r->parser.problem ? r->parser.problem : "unknown problem");
}

static int line_of(const yaml_event_t *event)
{
    return (int)event->start_mark.line + 1;
}

static rc_status add(reader *r, const char *key, const char *value, int line)
{
    rc_yaml *y = r->out;
    for (size_t i = 0; i < y->count; i++)
        RC_CHECK(strcmp(y->entry[i].key, key) != 0, RC_FORMAT, "%s:%d: %s is set twice (first in line %d)",
                 r->source, line, key, y->entry[i].line);
    RC_CHECK(y->count < MAX_KEYS, RC_FORMAT, "%s:%d: more than %d settings", r->source, line, MAX_KEYS);
    if (!y->entry) RC_TRY(RC_NEW(&y->entry, MAX_KEYS));
    rc_yaml_entry *e = &y->entry[y->count];
    RC_TRY(rc_strdup(key, &e->key));
    y->count++;
    RC_TRY(rc_strdup(value, &e->value));
    e->line = line;
    return RC_OK;
}

static rc_status read_mapping(reader *r, int depth);

/* The value after a key; the key is in r->prefix. */
static rc_status read_value(reader *r, int depth, int line)
{
    yaml_event_t event;
    RC_TRY(next_event(r, &event));
    rc_status status = RC_OK;
    bool nested = false;
    if (event.type == YAML_SCALAR_EVENT && !event.data.scalar.anchor)
        status = add(r, r->prefix, (const char *)event.data.scalar.value, line);
    else if (event.type == YAML_MAPPING_START_EVENT && !event.data.mapping_start.anchor)
        nested = true;
    else
        status = rc_fail(RC_FORMAT,
                         "%s:%d: %s: only plain values and nested settings are understood (no lists, anchors "
                         "or references)",
                         r->source, line_of(&event), r->prefix);
    yaml_event_delete(&event);
    return nested ? read_mapping(r, depth + 1) : status;
}

static rc_status read_pair(reader *r, const yaml_event_t *key, int depth)
{
    size_t length = strlen(r->prefix);
    int line = line_of(key);
    RC_CHECK(key->type == YAML_SCALAR_EVENT, RC_FORMAT, "%s:%d: a setting's name must be a plain word",
             r->source, line);
    const char *name = (const char *)key->data.scalar.value;
    RC_CHECK(length + strlen(name) + 2 < sizeof r->prefix, RC_FORMAT,
             "%s:%d: the name of a setting is too long", r->source, line);
    snprintf(r->prefix + length, sizeof r->prefix - length, "%s%s", length ? "." : "", name);
    rc_status status = read_value(r, depth, line);
    r->prefix[length] = '\0';
    return status;
}

static rc_status read_mapping(reader *r, int depth)
{
    RC_CHECK(depth <= DEEPEST, RC_FORMAT, "%s: settings are nested more than %d deep", r->source, DEEPEST);
    for (;;) {
        yaml_event_t event;
        RC_TRY(next_event(r, &event));
        bool end = event.type == YAML_MAPPING_END_EVENT;
        rc_status status = end ? RC_OK : read_pair(r, &event, depth);
        yaml_event_delete(&event);
        if (end || status != RC_OK) return status;
    }
}

/* Stream and document starts lead to one mapping (or nothing); one document only. */
static rc_status read_document(reader *r)
{
    int documents = 0;
    for (;;) {
        yaml_event_t event;
        RC_TRY(next_event(r, &event));
        yaml_event_type_t type = event.type;
        int line = line_of(&event);
        bool blank = type == YAML_SCALAR_EVENT && event.data.scalar.length == 0;
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT) return RC_OK;
        if (type == YAML_DOCUMENT_START_EVENT)
            RC_CHECK(++documents == 1, RC_FORMAT,
                     "%s:%d: a second document; one file holds one set of settings", r->source, line);
        if (type == YAML_MAPPING_START_EVENT)
            RC_TRY(read_mapping(r, 1));
        else if (type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT ||
                 (type == YAML_SCALAR_EVENT && !blank))
            return rc_fail(RC_FORMAT, "%s:%d: expected settings of the form `key: value`", r->source, line);
    }
}

rc_status rc_yaml_parse(const char *source, const char *text, size_t size, rc_yaml *out)
{
    reader r = {.source = source, .out = out};
    *out = (rc_yaml){0};
    RC_CHECK(size <= LARGEST, RC_FORMAT, "%s: larger than 1 MiB, which no file of settings is", source);
    RC_CHECK(yaml_parser_initialize(&r.parser), RC_MEMORY, "out of memory for YAML");
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
    rc_status status = read_document(&r);
    yaml_parser_delete(&r.parser);
    if (status != RC_OK) rc_yaml_free(out);
    return status;
}

rc_status rc_yaml_read(const char *path, rc_yaml *out)
{
    char *text;
    size_t size;
    *out = (rc_yaml){0};
    RC_TRY(rc_file_read(path, LARGEST, &text, &size));
    rc_status status = rc_yaml_parse(path, text, size, out);
    rc_free(text);
    return status;
}

void rc_yaml_free(rc_yaml *y)
{
    for (size_t i = 0; i < y->count; i++) {
        rc_free(y->entry[i].key);
        rc_free(y->entry[i].value);
    }
    rc_free(y->entry);
    *y = (rc_yaml){0};
}
