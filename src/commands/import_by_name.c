#include "commands/import_by_name.h"

#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

#define TEXT(name, field)                                   \
    {                                                       \
        name, offsetof(rc_data_import_options, field), true \
    }
#define WHOLE(name, field)                                   \
    {                                                        \
        name, offsetof(rc_data_import_options, field), false \
    }

static const struct {
    const char *name;
    size_t at;
    bool text; /* else a whole number, 0 if it is not given */
} rows[] = {TEXT("test", test),
            TEXT("x", x),
            TEXT("y", y),
            TEXT("x-test", x_test),
            TEXT("y-test", y_test),
            TEXT("layout", layout),
            TEXT("label", label),
            TEXT("labels", labels),
            TEXT("split", split),
            TEXT("group", group),
            TEXT("drop", drop),
            TEXT("files", files),
            TEXT("target", target),
            TEXT("encode", encode),
            TEXT("delimiter", delimiter),
            TEXT("header", header),
            TEXT("missing", missing),
            TEXT("decimal", decimal),
            TEXT("comment", comment),
            TEXT("encoding", encoding),
            TEXT("size", pixels),
            TEXT("channels", channels),
            TEXT("fill", fill),
            TEXT("like", like),
            WHOLE("skip", skip),
            WHOLE("length", length),
            WHOLE("hop", hop),
            WHOLE("seed", seed)};

static rc_status tell(const rc_data_import_options *o, rc_json *out)
{
    char number[RC_NUMBER_TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = (const char *)o + rows[i].at;
        const char *text = rows[i].text ? *(const char *const *)at : NULL;
        int64_t whole = rows[i].text ? 0 : *(const int64_t *)at;
        snprintf(number, sizeof number, "%lld", (long long)whole);
        if (text || whole) RC_TRY(rc_json_set_string(out, rows[i].name, text ? text : number));
    }
    if (o->unlabelled) RC_TRY(rc_json_set_string(out, "unlabelled", ""));
    if (o->series) RC_TRY(rc_json_set_string(out, "series", ""));
    if (o->test_fraction < 0) return RC_OK;
    return rc_json_set_string(out, "test-fraction", rc_text_number(o->test_fraction, number));
}

rc_status rc__import_options_told(const rc_data_import_options *o, rc_json **out)
{
    RC_TRY(rc_json_object(out));
    rc_status status = tell(o, *out);
    if (status != RC_OK) rc_json_free(out);
    return status;
}

const char *rc__import_option_of(const rc_json *told)
{
    void *at = NULL;
    const char *name;
    const rc_json *value;
    return rc_json_each(told, &at, &name, &value) ? name : NULL;
}
