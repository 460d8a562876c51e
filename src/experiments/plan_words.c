/* What a plan is put together with, from the command line and from a file. */
#include <string.h>

#include "experiments/plan.h"

enum { MAX_SETTINGS = 4096 };

rc_status rc__plan_copy(const rc_plan *p, const char *text, size_t n, const char **out)
{
    char *copy;
    RC_TRY(rc_arena_alloc(p->arena, n + 1, (void **)&copy));
    memcpy(copy, text, n);
    *out = copy;
    return RC_OK;
}

rc_status rc__plan_text(const rc_plan *p, rc_string *text, const char **out)
{
    rc_status status = rc__plan_copy(p, text->data ? text->data : "", text->length, out);
    rc_string_free(text);
    return status;
}

rc_status rc__plan_replace(const rc_plan *p, const char *text, const char *mark, const char *by,
                           const char **out)
{
    rc_string whole = {0};
    rc_status status = RC_OK;
    for (const char *at; status == RC_OK && (at = strstr(text, mark)); text = at + strlen(mark))
        status = rc_string_printf(&whole, "%.*s%s", (int)(at - text), text, by);
    if (status == RC_OK) status = rc_string_printf(&whole, "%s", text);
    if (status == RC_OK) return rc__plan_text(p, &whole, out);
    rc_string_free(&whole);
    return status;
}

rc_status rc__plan_words(rc_plan *p, const char *where, const char *list, const char ***out, int64_t *n)
{
    size_t max = 1;
    for (const char *at = list; *at; at++)
        max += *at == ',';
    *n = 0;
    RC_TRY(rc_arena_alloc(p->arena, max * sizeof **out, (void **)out));
    for (const char *at = list;; at++) {
        at += strspn(at, " \t");
        size_t length = strcspn(at, ","), word = length;
        while (word > 0 && (at[word - 1] == ' ' || at[word - 1] == '\t'))
            word--;
        RC_CHECK(word > 0, RC_CONFIG, "%s: \"%.80s\" has an empty place; separate names by single commas",
                 where, list);
        RC_TRY(rc__plan_copy(p, at, word, &(*out)[(*n)++]));
        at += length;
        if (!*at) return RC_OK;
    }
}

/* A name becomes a folder, a cell of a table and a column of a CSV file. */
rc_status rc__plan_check_name(const char *where, const char *what, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.";
    size_t n = strlen(name);
    RC_CHECK(n > 0 && n <= 60 && strspn(name, allowed) == n && name[0] != '.' && name[0] != '-', RC_CONFIG,
             "%s: \"%.60s\" cannot be the name of a %s: up to 60 letters, digits and _ + - ., not beginning "
             "with . "
             "or -; an experiment file gives a data set another name",
             where, name, what);
    return RC_OK;
}

rc_status rc__plan_add_setting(rc_plan *p, rc_plan_setting s)
{
    rc_string text = {0};
    if (!p->setting)
        RC_TRY(rc_arena_alloc(p->arena, MAX_SETTINGS * sizeof *p->setting, (void **)&p->setting));
    RC_CHECK(p->n_settings < MAX_SETTINGS, RC_CONFIG, "%s: more than %d settings", s.where, MAX_SETTINGS);
    rc_status status = rc_string_printf(&text, "%s=%s", s.key, s.value);
    if (status != RC_OK) {
        rc_string_free(&text);
        return status;
    }
    RC_TRY(rc__plan_text(p, &text, &s.text));
    p->setting[p->n_settings++] = s;
    return RC_OK;
}
