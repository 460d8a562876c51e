/* JSON documents: how they are written, and that what fails while one is built comes out at its end. */
#include "check.h"

#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "base/memory.h"
#include "formats/container.h"
#include "formats/json.h"
#include "formats/safetensors.h"

TEST(json_values)
{
    char *text;
    rc_json *j = rc_json_object();
    rc_json_set_number(j, "bad", NAN);
    rc_json_set_number(j, "third", 1.0 / 3);
    OK(rc_json_text(j, false, &text));
    CHECK(strcmp(text, "{\"bad\": null, \"third\": 0.3333333333333333}") == 0);
    rc_free(text);
    rc_json_free(&j);
    FAILS(RC_FORMAT, "x:2:", rc_json_parse("x", "{\n}}", 4, &j));
}

TEST(json_is_written_safe)
{
    rc_json *again;
    char *text;
    rc_json *j = rc_json_object();
    rc_json *list = rc_json_set(j, "list", rc_json_array());
    rc_json_append_number(list, 0.2);
    rc_json_append_number(list, 3);
    rc_json_append_integer(list, -7);
    rc_json_append_string(list, "\x1b[2J \x7f \xc2\x9b \n \"q\" \\ caf\xc3\xa9");
    list = rc_json_set(j, "\x1b", rc_json_array());
    OK(rc_json_text(j, false, &text));
    CHECK(strcmp(text,
                 "{\"list\": [0.2, 3.0, -7, \"\\u001B[2J \\u007F \\u009B \\n \\\"q\\\" \\\\ caf\xc3\xa9\"], "
                 "\"\\u001B\": []}") == 0);
    OK(rc_json_parse("again", text, strlen(text), &again));
    CHECK(strcmp(rc_json_as_string(rc_json_at(rc_json_get(again, "list"), 3)),
                 "\x1b[2J \x7f \xc2\x9b \n \"q\" \\ caf\xc3\xa9") == 0);
    CHECK(!rc_json_is_integer(rc_json_at(rc_json_get(again, "list"), 1)));
    rc_json_free(&again);
    rc_free(text);
    OK(rc_json_text(j, true, &text));
    CHECK(strstr(text, "{\n  \"list\": [\n    0.2,\n    3.0,\n") == text);
    rc_free(text);
    rc_json_free(&j);
}

/* ---- failures are kept ---- */

static void fails_with(rc_status code, const char *words, rc_json *j)
{
    char *text = NULL;
    FAILS(code, words, rc_json_check(j));
    FAILS(code, words, rc_json_text(j, false, &text));
    CHECK(!text);
    rc_json_free(&j);
}

/* Not a want of memory: a name or a file that is not UTF-8. */
TEST(json_keeps_what_is_not_utf8)
{
    static const char words[] = "\"caf\\xE9\": byte 4 (0xE9) is not UTF-8";
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "name", "caf\xe9");
    rc_json_set_string(j, "more", "it goes on");
    fails_with(RC_DATA, words, j);
    j = rc_json_array();
    rc_json_append_string(rc_json_append(j, rc_json_array()), "caf\xe9");
    fails_with(RC_DATA, words, j);
    j = rc_json_object();
    rc_json_set_integer(rc_json_set(j, "in", rc_json_object()), "caf\xe9", 1);
    fails_with(RC_DATA, words, j);
}

TEST(json_of_nothing_fails)
{
    rc_json *j = NULL, *child = rc_json_object();
    rc_json_set_number(j, "a", 1);
    CHECK(!rc_json_set(j, "b", child)); /* and is free */
    CHECK(!rc_json_append(j, rc_json_array()));
    fails_with(RC_MEMORY, "out of memory", j);
    j = rc_json_object();
    CHECK(!rc_json_set(j, "a", NULL));
    rc_json_set_number(j, "b", 1);
    fails_with(RC_MEMORY, "out of memory", j);
}

static long asked, fails_at;
static bool stays;

static void *allocate(size_t size)
{
    asked++;
    return fails_at && (asked == fails_at || (stays && asked > fails_at)) ? NULL : malloc(size);
}

/* Every function that builds; what is filled before it has its place, and what is after. */
static rc_json *build(void)
{
    rc_texts texts = {0};
    char key[16];
    for (int i = 0; i < 2; i++)
        if (rc_texts_add(&texts, "text", 4) != RC_OK) abort();
    rc_json *j = rc_json_object(), *list = rc_json_set(j, "list", rc_json_array()), *late = rc_json_object();
    for (int i = 0; i < 20; i++) { /* tables and lists grow */
        snprintf(key, sizeof key, "key %d", i);
        rc_json_set_number(j, key, 0.5);
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_integer(one, "integer", i);
        rc_json_set_boolean(one, "boolean", true);
        rc_json_append_integer(rc_json_set(one, "inner", rc_json_array()), i);
    }
    rc_json_append_number(list, 1);
    rc_json_append_string(list, "text");
    rc_json_set_string(late, "string", "text");
    late = rc_json_set(j, "key 3", late); /* in the place of a number */
    rc_json_set_texts(j, "texts", &texts);
    rc_json_append_texts(list, &texts);
    rc_json_set(j, "copy", rc_json_copy(list));
    rc_json_set(j, "list", rc_json_copy(late)); /* in the place of what may have failed */
    rc_texts_free(&texts);
    return j;
}

/* At each place, alone or with all after it. */
TEST(json_keeps_a_want_of_memory)
{
    char *whole, *text;
    rc_json *j = build();
    OK(rc_json_text(j, false, &whole));
    rc_json_free(&j);
    json_set_alloc_funcs(allocate, free);
    j = build();
    rc_json_free(&j);
    const long all = asked;
    CHECK(all > 200);
    for (int both = 0; both < 2; both++)
        for (long k = 1; k <= all; k++) {
            asked = 0;
            fails_at = k;
            stays = both;
            j = build();
            fails_at = 0;
            fails_with(RC_MEMORY, "out of memory for a JSON document", j);
        }
    j = build(); /* nothing of it remains */
    OK(rc_json_text(j, false, &text));
    CHECK(strcmp(text, whole) == 0);
    rc_free(text);
    rc_free(whole);
    rc_json_free(&j);
    json_set_alloc_funcs(malloc, free);
}

/* Not even a file. */
TEST(json_is_written_whole_or_not)
{
    char name[64];
    snprintf(name, sizeof name, "json_test_%ld.json", (long)getpid());
    rc_json *j = rc_json_object();
    rc_json_set(j, "a", NULL);
    FAILS(RC_MEMORY, "out of memory", rc_json_write(".", name, j));
    CHECK(access(name, F_OK) != 0);
    rc_json_free(&j);
}

static rc_status write_tensor(const char *name)
{
    rc_safetensors_writer *w;
    float x = 1;
    asked = 0;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_safetensors_writer_metadata(w, "format", "test");
    rc_status status = rc_safetensors_writer_add(w, "x", RC_DTYPE_F32, RC_SHAPE(1), &x);
    if (status == RC_OK) status = rc_safetensors_writer_write(w, name);
    rc_safetensors_writer_destroy(&w);
    return status;
}

/* A file that lacks its metadata would look like one without a checksum. */
TEST(safetensors_are_written_whole_or_not)
{
    char name[64];
    rc_status status;
    snprintf(name, sizeof name, "json_test_%ld.safetensors", (long)getpid());
    json_set_alloc_funcs(allocate, free);
    stays = false;
    for (fails_at = 1; (status = write_tensor(name)) != RC_OK; fails_at++)
        CHECK(status == RC_MEMORY && access(name, F_OK) != 0);
    CHECK(fails_at > 10 && fails_at > asked); /* nothing has failed now */
    fails_at = 0;
    json_set_alloc_funcs(malloc, free);
    unlink(name);
}

int main(void)
{
    RUN(json_values);
    RUN(json_is_written_safe);
    RUN(json_keeps_what_is_not_utf8);
    RUN(json_of_nothing_fails);
    RUN(json_keeps_a_want_of_memory);
    RUN(json_is_written_whole_or_not);
    RUN(safetensors_are_written_whole_or_not);
    return RESULT();
}
