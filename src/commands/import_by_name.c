#include "commands/import_by_name.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

typedef enum value_kind {
    TEXT,
    WHOLE, /* 0: not given */
    SHARE, /* below 0: not given */
    SWITCH
} value_kind;

#define ROW(name, field, kind)                                      \
    {                                                               \
        name, #field, kind, offsetof(rc_data_import_options, field) \
    }

static const struct {
    const char *name, *field; /* as it is typed, and in the struct */
    value_kind kind;
    size_t at;
} rows[] = {ROW("test", test, TEXT),
            ROW("x", x, TEXT),
            ROW("y", y, TEXT),
            ROW("x-test", x_test, TEXT),
            ROW("y-test", y_test, TEXT),
            ROW("layout", layout, TEXT),
            ROW("label", label, TEXT),
            ROW("labels", labels, TEXT),
            ROW("split", split, TEXT),
            ROW("group", group, TEXT),
            ROW("drop", drop, TEXT),
            ROW("files", files, TEXT),
            ROW("texts", texts, TEXT),
            ROW("target", target, TEXT),
            ROW("encode", encode, TEXT),
            ROW("delimiter", delimiter, TEXT),
            ROW("header", header, TEXT),
            ROW("missing", missing, TEXT),
            ROW("decimal", decimal, TEXT),
            ROW("comment", comment, TEXT),
            ROW("encoding", encoding, TEXT),
            ROW("size", pixels, TEXT),
            ROW("channels", channels, TEXT),
            ROW("fill", fill, TEXT),
            ROW("like", like, TEXT),
            ROW("skip", skip, WHOLE),
            ROW("length", length, WHOLE),
            ROW("hop", hop, WHOLE),
            ROW("seed", seed, WHOLE),
            ROW("unlabelled", unlabelled, SWITCH),
            ROW("series", series, SWITCH),
            ROW("test-fraction", test_fraction, SHARE)};

/* As it would be typed; NULL: it is not given. */
static const char *text_of(value_kind kind, const void *at, char number[RC_NUMBER_TEXT])
{
    const int64_t *whole = at;
    const double *share = at;
    switch (kind) {
    case TEXT:
        return *(const char *const *)at;
    case WHOLE:
        snprintf(number, RC_NUMBER_TEXT, "%lld", (long long)*whole);
        return *whole ? number : NULL;
    case SHARE:
        return *share < 0 ? NULL : rc_text_number(*share, number);
    case SWITCH:
        break;
    }
    return *(const bool *)at ? "" : NULL;
}

rc_json *rc__import_options_told(const rc_data_import_options *o)
{
    char number[RC_NUMBER_TEXT];
    rc_json *told = rc_json_object();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = text_of(rows[i].kind, (const char *)o + rows[i].at, number);
        if (text) rc_json_set_string(told, rows[i].name, text);
    }
    return told;
}

const char *rc__import_field_of(const rc_json *told)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rc_json_get(told, rows[i].name)) return rows[i].field;
    return NULL;
}

const char *rc__import_field(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0) return rows[i].field;
    return name;
}
