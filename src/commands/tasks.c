/* The table of tasks, for people and programs. */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "commands/common.h"
#include "published/benchmark.h"

static void describe(const rc_benchmark *b, rc_json *j)
{
    const struct {
        const char *key, *value;
    } text[] = {{"name", b->name}, {"suite", b->suite},   {"about", b->about},
                {"x", b->x},       {"y", b->y},           {"samples", b->samples},
                {"loss", b->loss}, {"metric", b->metric}, {"data", b->data}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        rc_json_set_string(j, text[i].key, text[i].value);
}

rc_status rc_data_list(char **json)
{
    rc_json *j = rc_json_object();
    rc_json *list = rc_json_set(j, "tasks", rc_json_array());
    for (int i = 0; i < rc_benchmark_count; i++)
        describe(&rc_benchmark_table[i], rc_json_append(list, rc_json_object()));
    return rc__json_result(j, RC_OK, json);
}

static rc_status add_setting(void *context, const char *assignment)
{
    char key[64];
    const char *equals = strchr(assignment, '=');
    assert(equals && equals - assignment < (ptrdiff_t)sizeof key); /* of our own table */
    snprintf(key, sizeof key, "%.*s", (int)(equals - assignment), assignment);
    rc_json_set_string(context, key, equals + 1);
    return RC_OK;
}

rc_status rc__task_show(const char *name, char **json)
{
    const rc_benchmark *b;
    RC_TRY(rc_benchmark_find(name, &b));
    rc_json *j = rc_json_object();
    describe(b, j);
    rc_json *settings = rc_json_set(j, "settings", rc_json_object());
    rc_status status = rc_benchmark_each(b, add_setting, settings);
    return rc__json_result(j, status, json);
}

bool rc__task_known(const char *name)
{
    for (int i = 0; i < rc_benchmark_count; i++)
        if (strcmp(rc_benchmark_table[i].name, name) == 0) return true;
    return false;
}
