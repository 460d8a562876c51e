/* formats/json.h: JSON documents; the parser behind it is jansson and stays in formats/.
 * Depth and size are limited; errors name the source, line and column. */
#ifndef RC_FORMATS_JSON_H
#define RC_FORMATS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct rc_json rc_json; /* a value; children are borrowed from their document */

rc_status rc_json_parse(const char *source, const char *text, size_t size, rc_json **out) RC_MUST_CHECK;
rc_status rc_json_read(const char *path, rc_json **out) RC_MUST_CHECK;
/* Indented, as the file `name` of a folder. */
rc_status rc_json_write(const char *folder, const char *name, const rc_json *j) RC_MUST_CHECK;
rc_status rc_json_object(rc_json **out) RC_MUST_CHECK;
rc_status rc_json_array(rc_json **out) RC_MUST_CHECK;
void rc_json_free(rc_json **j);

/* Object access: NULL / fallback when the key is absent or of another kind. */
const rc_json *rc_json_get(const rc_json *object, const char *key);
const char *rc_json_string(const rc_json *object, const char *key, const char *fallback);
double rc_json_number(const rc_json *object, const char *key, double fallback);
int64_t rc_json_integer(const rc_json *object, const char *key, int64_t fallback);
bool rc_json_boolean(const rc_json *object, const char *key, bool fallback);
bool rc_json_is_object(const rc_json *j);
bool rc_json_is_array(const rc_json *j);
bool rc_json_is_number(const rc_json *j);
bool rc_json_is_integer(const rc_json *j);
bool rc_json_is_string(const rc_json *j);
bool rc_json_is_null(const rc_json *j); /* the value null, not an absent key */
bool rc_json_is_boolean(const rc_json *j);
double rc_json_as_number(const rc_json *j);
int64_t rc_json_as_integer(const rc_json *j);
bool rc_json_as_boolean(const rc_json *j);       /* false unless true */
const char *rc_json_as_string(const rc_json *j); /* NULL unless a string */
size_t rc_json_length(const rc_json *array);
const rc_json *rc_json_at(const rc_json *array, size_t i);
/* Walk an object: *iterator NULL to start; false at the end. */
bool rc_json_each(const rc_json *object, void **iterator, const char **key, const rc_json **value);

/* Building. Values are copied; `set` takes the child over. NaN and inf are written as null. */
rc_status rc_json_set(rc_json *object, const char *key, rc_json *child) RC_MUST_CHECK;
rc_status rc_json_set_string(rc_json *object, const char *key, const char *value) RC_MUST_CHECK;
rc_status rc_json_set_number(rc_json *object, const char *key, double value) RC_MUST_CHECK;
rc_status rc_json_set_integer(rc_json *object, const char *key, int64_t value) RC_MUST_CHECK;
rc_status rc_json_set_boolean(rc_json *object, const char *key, bool value) RC_MUST_CHECK;
rc_status rc_json_append(rc_json *array, rc_json *child) RC_MUST_CHECK;
rc_status rc_json_append_number(rc_json *array, double value) RC_MUST_CHECK;
rc_status rc_json_append_integer(rc_json *array, int64_t value) RC_MUST_CHECK;
rc_status rc_json_append_string(rc_json *array, const char *value) RC_MUST_CHECK;
/* The value and all below it once more. */
rc_status rc_json_copy(const rc_json *j, rc_json **out) RC_MUST_CHECK;
struct rc_texts;
rc_status rc_json_append_texts(rc_json *array, const struct rc_texts *list) RC_MUST_CHECK;
/* A list of texts; nothing where it is empty. */
rc_status rc_json_set_texts(rc_json *object, const char *key, const struct rc_texts *list) RC_MUST_CHECK;
/* One line, or indented. Free with rc_free. Numbers with 9 significant digits unless integers. */
rc_status rc_json_text(const rc_json *j, bool indented, char **out) RC_MUST_CHECK;

#endif
