#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "base/memory.h"

rc_status rc_options_create(rc_options **out)
{
    RC_TRY(RC_ARGUMENTS(out));
    RC_TRY(RC_NEW(out, 1));
    rc_config_defaults(&(*out)->config);
    return RC_OK;
}

void rc_options_destroy(rc_options **o)
{
    if (!o || !*o) return;
    rc_string_free(&(*o)->text);
    rc_free(*o);
    *o = NULL;
}

rc_status rc_options_copy(const rc_options *from, rc_options **out)
{
    RC_TRY(RC_ARGUMENTS(from, out));
    RC_TRY(RC_NEW(out, 1));
    (*out)->config = from->config;
    return RC_OK;
}

rc_status rc_options_set(rc_options *options, const char *key, const char *value)
{
    RC_TRY(RC_ARGUMENTS(options, key, value));
    return rc_config_set(&options->config, "options", key, value);
}

rc_status rc_options_set_number(rc_options *o, const char *key, double value)
{
    char text[RC_NUMBER_TEXT];
    return rc_options_set(o, key, rc_text_number(value, text));
}

rc_status rc_options_set_integer(rc_options *o, const char *key, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return rc_options_set(o, key, text);
}

rc_status rc_options_set_boolean(rc_options *o, const char *key, bool value)
{
    return rc_options_set(o, key, value ? "true" : "false");
}

rc_status rc_options_read(rc_options *options, const char *path)
{
    RC_TRY(RC_ARGUMENTS(options, path));
    return rc_config_read(&options->config, path);
}

rc_status rc_options_get(rc_options *options, const char *key, const char **value)
{
    RC_TRY(RC_ARGUMENTS(options, key, value));
    options->text.length = 0;
    RC_TRY(rc_config_get(&options->config, "options", key, &options->text));
    *value = options->text.data;
    return RC_OK;
}

bool rc_setting_at(int64_t i, rc_setting *out)
{
    static const rc_setting_kind kind[] = {
        [RC_CONFIG_INTEGER] = RC_SETTING_INTEGER, [RC_CONFIG_REAL] = RC_SETTING_NUMBER,
        [RC_CONFIG_BOOLEAN] = RC_SETTING_BOOLEAN, [RC_CONFIG_CHOICE] = RC_SETTING_CHOICE,
        [RC_CONFIG_WORD] = RC_SETTING_CHOICE,     [RC_CONFIG_CHOICES] = RC_SETTING_CHOICES,
        [RC_CONFIG_NAME] = RC_SETTING_TEXT};
    if (!out || i < 0 || i >= rc_config_table_count) return false;
    const rc_config_row *row = &rc_config_table[i];
    const rc_setting found = {sizeof found, row->key,        row->initial, row->about,
                              row->choices, kind[row->kind], row->min,     row->max};
    return rc__options_give("rc_setting", &found, sizeof found, out) == RC_OK;
}

rc_status rc__options_config(const rc_options *o, rc_config *out)
{
    if (o)
        *out = o->config;
    else
        rc_config_defaults(out);
    return rc_config_check(out);
}
