/* formats/json.h: JSON documents; the parser behind it is jansson and stays in formats/.
 * Depth and size are limited; errors name the source, line and column. */
#ifndef RC_FORMATS_JSON_H
#define RC_FORMATS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

typedef struct rc_json rc_json; /* a value; children are borrowed from their document */

rc_status rc_json_parse(const char *source, const char *text, size_t size, rc_json **out) RC_MUST_CHECK;
rc_status rc_json_read(const char *path, rc_json **out) RC_MUST_CHECK;
void rc_json_free(rc_json **j);

/* Object access: NULL / fallback when the key is absent or of another kind. */
const rc_json *rc_json_get(const rc_json *object, const char *key);
const char *rc_json_string(const rc_json *object, const char *key, const char *fallback);
/* The number of a word (base/choice.h); -1: none of these, or none at all. */
int rc_json_choice(const rc_json *object, const char *key, const char *words);
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
/* Of a list of objects in an object: the one whose `key` is this text; NULL: none. */
const rc_json *rc_json_find(const rc_json *object, const char *list, const char *key, const char *text);
/* Walk an object: *iterator NULL to start; false at the end. */
bool rc_json_each(const rc_json *object, void **iterator, const char **key, const rc_json **value);

/* Building. A failure is kept by the document: what fills it goes on, and rc_json_check, rc_json_text or
 * rc_json_write tells of it at the end. Where memory lacks there is a NULL instead of a value; it may be set
 * and filled like one, and the document that should have held it fails. Before a NULL is kept where it would
 * mean that there is none, ask rc_json_check. Values are copied. NaN and inf are written as null. */
rc_json *rc_json_object(void);
rc_json *rc_json_array(void);
rc_json *rc_json_copy(const rc_json *j); /* the value and all below it once more */
/* These take the child over. Go on with what they return: the child, borrowed, or NULL where it could not be
 * kept. */
rc_json *rc_json_set(rc_json *object, const char *key, rc_json *child);
rc_json *rc_json_append(rc_json *array, rc_json *child);
void rc_json_set_string(rc_json *object, const char *key, const char *value);
void rc_json_set_choice(rc_json *object, const char *key, const char *words, int number); /* base/choice.h */
void rc_json_set_number(rc_json *object, const char *key, double value);
void rc_json_set_integer(rc_json *object, const char *key, int64_t value);
void rc_json_set_boolean(rc_json *object, const char *key, bool value);
void rc_json_append_number(rc_json *array, double value);
void rc_json_append_integer(rc_json *array, int64_t value);
void rc_json_append_string(rc_json *array, const char *value);
struct rc_texts;
void rc_json_append_texts(rc_json *array, const struct rc_texts *list);
/* A list of texts; nothing where it is empty. */
void rc_json_set_texts(rc_json *object, const char *key, const struct rc_texts *list);

/* Whether the document is whole: its first failure, if any. For one that is not written but read. */
rc_status rc_json_check(const rc_json *j) RC_MUST_CHECK;
/* One line, or indented. Free with rc_free. Numbers with 9 significant digits unless integers. */
rc_status rc_json_text(const rc_json *j, bool indented, char **out) RC_MUST_CHECK;
/* Indented, as the file `name` of a folder. */
rc_status rc_json_write(const char *folder, const char *name, const rc_json *j) RC_MUST_CHECK;

#endif
