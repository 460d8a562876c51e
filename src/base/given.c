#include "base/given.h"

#include <string.h>

#include "base/ascii.h"

/* names: as they stand in the source, "o->run, o->input". */
rc_status rc_check_given(const char *what, const char *of, const char *names, const void *const *given,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *end = names + strcspn(names, ","), *name = end;
        while (name > names && (rc_ascii_is_word(name[-1]) || name[-1] == '_'))
            name--;
        RC_CHECK(given[i], RC_CONFIG, "%s %.*s of %s is missing", what, (int)(end - name), name, of);
        names = end + (*end == ',');
    }
    return RC_OK;
}

rc_status rc_check_texts(const char *name, const char *const *texts, int64_t n)
{
    RC_CHECK(n < 1 || texts, RC_CONFIG, "%s is missing, and should hold %lld texts", name, (long long)n);
    for (int64_t i = 0; i < n; i++)
        RC_CHECK(texts[i], RC_CONFIG, "%s: text %lld of %lld is missing", name, (long long)i + 1,
                 (long long)n);
    return RC_OK;
}
