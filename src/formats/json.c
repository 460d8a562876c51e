#include "formats/json.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "formats/container.h"

/* An rc_json is a jansson value under another name: the type never leaves this file. */
static json_t *in(const rc_json *j)
{
    return (json_t *)(uintptr_t)j;
}

static rc_json *out_of(json_t *j)
{
    return (rc_json *)j;
}

enum { LARGEST_FILE = 64 << 20 };

/* Where memory lacks, jansson may call a text wrong, leave a part out and say nothing, or stop the program at
 * an assertion. So its memory is asked for, and its allocations are watched. */
enum { BYTES_A_LETTER = 8, SPARE = 64 << 10 }; /* about what a parsed text takes; what is kept for it */
static _Thread_local bool lacked;
static _Thread_local void *spare; /* while a text is parsed: what gets the parser to its end all the same */

static void *allocate(size_t size)
{
    void *p = malloc(size);
    if (p) return p;
    lacked = true;
    if (!spare) return NULL;
    free(spare);
    spare = NULL;
    return malloc(size);
}

static void set_allocator(void)
{
    json_set_alloc_funcs(allocate, free);
}

/* Before anything is made. */
static void watch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_allocator);
    lacked = false;
}

rc_status rc_json_parse(const char *source, const char *text, size_t size, rc_json **out)
{
    json_error_t error;
    RC_TRY(rc_memory_ask(BYTES_A_LETTER * size, source));
    watch();
    spare = malloc(SPARE);
    RC_CHECK(spare, RC_MEMORY, "%s: out of memory", source);
    json_t *j = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    free(spare);
    spare = NULL;
    if (lacked) {
        json_decref(j);
        return rc_fail(RC_MEMORY, "%s: out of memory", source);
    }
    RC_CHECK(j, RC_FORMAT, "%s:%d:%d: not valid JSON: %s", source, error.line, error.column, error.text);
    *out = out_of(j);
    return RC_OK;
}

rc_status rc_json_read(const char *path, rc_json **out)
{
    char *text;
    size_t size;
    RC_TRY(rc_file_read(path, LARGEST_FILE, &text, &size));
    rc_status status = rc_json_parse(path, text, size, out);
    rc_free(text);
    return status;
}

/* ---- reading ---- */

const rc_json *rc_json_get(const rc_json *object, const char *key)
{
    return object ? out_of(json_object_get(in(object), key)) : NULL;
}

const char *rc_json_string(const rc_json *object, const char *key, const char *fallback)
{
    const char *text = rc_json_as_string(rc_json_get(object, key));
    return text ? text : fallback;
}

int rc_json_choice(const rc_json *object, const char *key, const char *words)
{
    return rc_choice_find(words, rc_json_string(object, key, NULL));
}

double rc_json_number(const rc_json *object, const char *key, double fallback)
{
    const rc_json *v = rc_json_get(object, key);
    return rc_json_is_number(v) ? rc_json_as_number(v) : fallback;
}

int64_t rc_json_integer(const rc_json *object, const char *key, int64_t fallback)
{
    const rc_json *v = rc_json_get(object, key);
    return rc_json_is_integer(v) ? rc_json_as_integer(v) : fallback;
}

bool rc_json_boolean(const rc_json *object, const char *key, bool fallback)
{
    const rc_json *v = rc_json_get(object, key);
    return v && json_is_boolean(in(v)) ? json_is_true(in(v)) : fallback;
}

bool rc_json_is_object(const rc_json *j)
{
    return j && json_is_object(in(j));
}

bool rc_json_is_array(const rc_json *j)
{
    return j && json_is_array(in(j));
}

bool rc_json_is_number(const rc_json *j)
{
    return j && json_is_number(in(j));
}

bool rc_json_is_integer(const rc_json *j)
{
    return j && json_is_integer(in(j));
}

bool rc_json_is_string(const rc_json *j)
{
    return j && json_is_string(in(j));
}

bool rc_json_is_boolean(const rc_json *j)
{
    return j && json_is_boolean(in(j));
}

bool rc_json_as_boolean(const rc_json *j)
{
    return j && json_is_true(in(j));
}

bool rc_json_is_null(const rc_json *j)
{
    return j && json_is_null(in(j));
}

double rc_json_as_number(const rc_json *j)
{
    return j ? json_number_value(in(j)) : 0.0;
}

int64_t rc_json_as_integer(const rc_json *j)
{
    return j ? (int64_t)json_integer_value(in(j)) : 0;
}

const char *rc_json_as_string(const rc_json *j)
{
    return j ? json_string_value(in(j)) : NULL;
}

size_t rc_json_length(const rc_json *array)
{
    return array ? json_array_size(in(array)) : 0;
}

const rc_json *rc_json_at(const rc_json *array, size_t i)
{
    return array ? out_of(json_array_get(in(array), i)) : NULL;
}

const rc_json *rc_json_find(const rc_json *object, const char *list, const char *key, const char *text)
{
    const rc_json *all = rc_json_get(object, list), *found = NULL;
    for (size_t i = 0; i < rc_json_length(all) && !found; i++)
        if (strcmp(rc_json_string(rc_json_at(all, i), key, ""), text) == 0) found = rc_json_at(all, i);
    return found;
}

bool rc_json_each(const rc_json *object, void **iterator, const char **key, const rc_json **value)
{
    if (!rc_json_is_object(object)) return false;
    *iterator = *iterator ? json_object_iter_next(in(object), *iterator) : json_object_iter(in(object));
    if (!*iterator) return false;
    *key = json_object_iter_key(*iterator);
    *value = out_of(json_object_iter_value(*iterator));
    return true;
}

/* ---- building ---- */

/* Where memory lacks, the object or list that should have grown bears a mark, which needs no memory itself: a
 * bit of the count of its owners, of which it has but one. A text that is not UTF-8 is kept as it is.
 * rc_json_check finds both. */
static const size_t LACKING = ~(SIZE_MAX >> 1);

static bool is_marked(const json_t *j)
{
    return (json_is_object(j) || json_is_array(j)) && j->refcount & LACKING;
}

static void mark(json_t *j)
{
    if (j) j->refcount |= LACKING;
}

/* From j and all below it: jansson frees nothing that is marked. */
static bool take_marks(json_t *j)
{
    const char *key;
    size_t i;
    json_t *child;
    if (!json_is_object(j) && !json_is_array(j)) return false;
    bool marked = j->refcount & LACKING;
    if (marked) j->refcount &= ~LACKING;
    json_object_foreach(j, key, child) marked |= take_marks(child);
    json_array_foreach(j, i, child) marked |= take_marks(child);
    return marked;
}

void rc_json_free(rc_json **j)
{
    take_marks(in(*j));
    json_decref(in(*j));
    *j = NULL;
}

rc_json *rc_json_object(void)
{
    watch();
    return out_of(json_object());
}

rc_json *rc_json_array(void)
{
    watch();
    return out_of(json_array());
}

static rc_json *set_new(rc_json *object, const char *key, json_t *child)
{
    bool lacking = take_marks(child);
    lacking |= take_marks(json_object_get(in(object), key));
    if (json_object_set_new_nocheck(in(object), key, child) != 0) child = NULL;
    if (!child || lacking) mark(in(object));
    return out_of(child);
}

static rc_json *append_new(rc_json *array, json_t *child)
{
    bool lacking = take_marks(child);
    if (json_array_append_new(in(array), child) != 0) child = NULL;
    if (!child || lacking) mark(in(array));
    return out_of(child);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

rc_json *rc_json_set(rc_json *object, const char *key, rc_json *child)
{
    return set_new(object, key, in(child));
}

void rc_json_set_string(rc_json *object, const char *key, const char *value)
{
    set_new(object, key, json_string_nocheck(value));
}

void rc_json_set_choice(rc_json *object, const char *key, const char *words, int number)
{
    char text[RC_CHOICE_TEXT];
    rc_json_set_string(object, key, rc_choice_text(words, number, text));
}

void rc_json_set_number(rc_json *object, const char *key, double value)
{
    set_new(object, key, number(value));
}

void rc_json_set_integer(rc_json *object, const char *key, int64_t value)
{
    set_new(object, key, json_integer(value));
}

void rc_json_set_boolean(rc_json *object, const char *key, bool value)
{
    set_new(object, key, json_boolean(value));
}

void rc_json_set_texts(rc_json *object, const char *key, const rc_texts *list)
{
    if (list->n > 0) rc_json_append_texts(rc_json_set(object, key, rc_json_array()), list);
}

rc_json *rc_json_append(rc_json *array, rc_json *child)
{
    return append_new(array, in(child));
}

void rc_json_append_number(rc_json *array, double value)
{
    append_new(array, number(value));
}

void rc_json_append_integer(rc_json *array, int64_t value)
{
    append_new(array, json_integer(value));
}

void rc_json_append_string(rc_json *array, const char *value)
{
    append_new(array, json_string_nocheck(value));
}

void rc_json_append_texts(rc_json *array, const rc_texts *list)
{
    for (int64_t i = 0; i < list->n; i++)
        rc_json_append_string(array, rc_texts_get(list, i));
}

rc_json *rc_json_copy(const rc_json *j)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    bool object = rc_json_is_object(j);
    if (!object && !rc_json_is_array(j)) return out_of(json_copy(in(j)));
    rc_json *copy = object ? rc_json_object() : rc_json_array();
    while (rc_json_each(j, &at, &key, &value))
        rc_json_set(copy, key, rc_json_copy(value));
    for (size_t i = 0; i < rc_json_length(j); i++)
        rc_json_append(copy, rc_json_copy(rc_json_at(j, i)));
    if (is_marked(in(j))) mark(in(copy));
    return copy;
}

/* What is not UTF-8 comes from the user's files and names. */
static rc_status check_text(const char *text)
{
    char shown[80];
    size_t size = strlen(text);
    if (rc_utf8_span(text, size) == size) return RC_OK;
    snprintf(shown, sizeof shown, "%s", text);
    rc_status status = rc_utf8_check(text, size, "save the file that it is from as UTF-8, or rename it");
    return rc_fail_context(status, "\"%s\"", shown);
}

rc_status rc_json_check(const rc_json *j)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    RC_CHECK(j && !is_marked(in(j)), RC_MEMORY, "out of memory for a JSON document");
    if (rc_json_is_string(j)) return check_text(rc_json_as_string(j));
    while (rc_json_each(j, &at, &key, &value)) {
        RC_TRY(check_text(key));
        RC_TRY(rc_json_check(value));
    }
    for (size_t i = 0; i < rc_json_length(j); i++)
        RC_TRY(rc_json_check(rc_json_at(j, i)));
    return RC_OK;
}

/* ---- as text ---- */

/* Numbers in their shortest form, and no control character as it is: jansson gives neither. */

static rc_status write_string(const char *text, rc_string *out)
{
    unsigned code;
    RC_TRY(rc_string_add(out, "\"", 1));
    while (*text) {
        const char *from = text;
        size_t control;
        while (!(control = rc_utf8_control(text, &code)) && *text && *text != '"' && *text != '\\')
            text++;
        RC_TRY(rc_string_add(out, from, (size_t)(text - from)));
        const char *at = control == 1 ? strchr("\bb\ff\nn\rr\tt", (int)code) : NULL;
        if (at)
            RC_TRY(rc_string_printf(out, "\\%c", at[1]));
        else if (control)
            RC_TRY(rc_string_printf(out, "\\u%04X", code));
        else if (*text)
            RC_TRY(rc_string_printf(out, "\\%c", *text));
        text += control ? control : *text != '\0';
    }
    return rc_string_add(out, "\"", 1);
}

static rc_status write_number(const json_t *j, rc_string *out)
{
    char text[RC_NUMBER_TEXT];
    if (json_is_integer(j)) return rc_string_printf(out, "%lld", (long long)json_integer_value(j));
    rc_text_number(json_real_value(j), text);
    /* It stays what it is, no whole number, on reading. */
    return rc_string_printf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

enum { ONE_LINE = -1 };

static rc_status new_line(int depth, rc_string *out)
{
    return depth == ONE_LINE ? RC_OK : rc_string_printf(out, "\n%*s", 2 * depth, "");
}

static rc_status write_value(const rc_json *j, int depth, rc_string *out);

static rc_status write_members(const rc_json *j, int depth, rc_string *out)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    const char *comma = depth == ONE_LINE ? ", " : ",";
    int inner = depth == ONE_LINE ? ONE_LINE : depth + 1;
    bool first = true;
    for (; rc_json_each(j, &at, &key, &value); first = false) {
        RC_TRY(rc_string_printf(out, "%s", first ? "" : comma));
        RC_TRY(new_line(inner, out));
        RC_TRY(write_string(key, out));
        RC_TRY(rc_string_add(out, ": ", 2));
        RC_TRY(write_value(value, inner, out));
    }
    for (size_t i = 0; i < rc_json_length(j); i++, first = false) {
        RC_TRY(rc_string_printf(out, "%s", first ? "" : comma));
        RC_TRY(new_line(inner, out));
        RC_TRY(write_value(rc_json_at(j, i), inner, out));
    }
    return first ? RC_OK : new_line(depth, out);
}

static rc_status write_value(const rc_json *j, int depth, rc_string *out)
{
    if (rc_json_is_string(j)) return write_string(rc_json_as_string(j), out);
    if (rc_json_is_number(j)) return write_number(in(j), out);
    if (rc_json_is_boolean(j)) return rc_string_printf(out, "%s", rc_json_as_boolean(j) ? "true" : "false");
    if (rc_json_is_null(j)) return rc_string_add(out, "null", 4);
    bool object = rc_json_is_object(j);
    RC_TRY(rc_string_add(out, object ? "{" : "[", 1));
    RC_TRY(write_members(j, depth, out));
    return rc_string_add(out, object ? "}" : "]", 1);
}

rc_status rc_json_text(const rc_json *j, bool indented, char **out)
{
    rc_string text = {0};
    *out = NULL;
    RC_TRY(rc_json_check(j));
    rc_status status = write_value(j, indented ? 0 : ONE_LINE, &text);
    if (status != RC_OK) rc_string_free(&text);
    *out = text.data;
    return status;
}

rc_status rc_json_write(const char *folder, const char *name, const rc_json *j)
{
    char path[4096], *text;
    RC_TRY(rc_path_join(folder, name, sizeof path, path));
    RC_TRY(rc_json_text(j, true, &text));
    rc_status status = rc_file_write(path, text, strlen(text));
    rc_free(text);
    return status;
}
