#include "backbones/fields.h"

#include <string.h>

static const char *kind_text(const rc_json *v)
{
    if (!v) return "missing";
    return rc_json_is_number(v) ? "not a whole number" : "not a number";
}

rc_status rc__field_whole(const rc_json *json, const char *source, const char *key, int64_t min, int64_t max,
                          int64_t *out)
{
    const rc_json *v = rc_json_get(json, key);
    RC_CHECK(rc_json_is_integer(v), RC_FORMAT, "%s: \"%s\" is %s", source, key, kind_text(v));
    *out = rc_json_as_integer(v);
    RC_CHECK(*out >= min && *out <= max, RC_FORMAT, "%s: \"%s\" is %lld; it must be from %lld to %lld",
             source, key, (long long)*out, (long long)min, (long long)max);
    return RC_OK;
}

rc_status rc__field_whole_or(const rc_json *json, const char *source, const char *key, int64_t min,
                             int64_t max, int64_t otherwise, int64_t *out)
{
    const rc_json *v = rc_json_get(json, key);
    *out = otherwise;
    return !v || rc_json_is_null(v) ? RC_OK : rc__field_whole(json, source, key, min, max, out);
}

rc_status rc__field_number(const rc_json *json, const char *source, const char *key, double min, double max,
                           double otherwise, double *out)
{
    const rc_json *v = rc_json_get(json, key);
    *out = otherwise;
    if (!v) return RC_OK;
    RC_CHECK(rc_json_is_number(v), RC_FORMAT, "%s: \"%s\" is not a number", source, key);
    *out = rc_json_as_number(v);
    RC_CHECK(*out >= min && *out <= max, RC_FORMAT, "%s: \"%s\" is %g; it must be from %g to %g", source, key,
             *out, min, max);
    return RC_OK;
}

rc_status rc__field_boolean(const rc_json *json, const char *source, const char *key, bool otherwise,
                            bool *out)
{
    const rc_json *v = rc_json_get(json, key);
    *out = rc_json_boolean(json, key, otherwise);
    RC_CHECK(!v || rc_json_boolean(json, key, true) == rc_json_boolean(json, key, false), RC_FORMAT,
             "%s: \"%s\" is neither true nor false", source, key);
    return RC_OK;
}

rc_status rc__field_only(const rc_json *json, const char *source, const char *key, const char *only)
{
    const rc_json *v = rc_json_get(json, key);
    const char *text = rc_json_as_string(v);
    RC_CHECK(!v || (text && strcmp(text, only) == 0), RC_UNSUPPORTED,
             "%s: \"%s\" is \"%.60s\"; supported: %s", source, key, text ? text : "no text", only);
    return RC_OK;
}

rc_status rc__field_off(const rc_json *json, const char *source, const char *key)
{
    bool on;
    RC_TRY(rc__field_boolean(json, source, key, false, &on));
    RC_CHECK(!on, RC_UNSUPPORTED, "%s: \"%s\" is true, which is not supported", source, key);
    return RC_OK;
}

rc_status rc__field_heads_divide(const char *source, const char *width_key, int64_t width,
                                 const char *heads_key, int64_t heads)
{
    RC_CHECK(width % heads == 0, RC_FORMAT, "%s: \"%s\" is %lld, which \"%s\" = %lld does not divide", source,
             width_key, (long long)width, heads_key, (long long)heads);
    return RC_OK;
}
