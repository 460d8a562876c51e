/* Whether what is kept is of the run that is asked for. */
#include <string.h>

#include "base/file.h"
#include "runs/session_folder.h"

static rc_status tell_other(const char *path, const char *key, const char *there, const char *now)
{
    static const char *const changed[][2] = {
        {"data_fingerprint", "the data have changed since the run was started (their values, order, types or "
                             "number); put them back"},
        {"source_fingerprint", "the source has changed since the run was started; put it back"},
        {"teacher_fingerprint", "the teacher has changed since the run was started; put it back"},
        {"adapters_fingerprint", "the adapters in fit.lora_from have changed since the run was started; put "
                                 "them back"}};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
        if (strcmp(key, changed[i][0]) == 0)
            return rc_fail(RC_CONFIG, "%s: %s, or choose another \1out", path, changed[i][1]);
    return rc_fail(RC_CONFIG,
                   "%s: the run was started with other data, source or method than now asked for (%s %.200s, "
                   "now %.200s); resume with the same ones, or choose another \1out",
                   path, key, there, now);
}

static bool is_fingerprint(const char *key)
{
    return rc_path_has_suffix(key, "fingerprint");
}

rc_status rc__session_same_run(const rc_session *s, const rc_json *there, const char *path)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    while (rc_json_each(s->record, &at, &key, &value)) {
        const char *now = rc_json_as_string(value), *then = rc_json_string(there, key, NULL);
        bool earlier = !then && is_fingerprint(key); /* the version that began it kept none */
        if (now && !earlier && !(then && rc_path_same(now, then)))
            return tell_other(path, key, then ? then : "nothing", now);
    }
    return RC_OK;
}

void rc__session_note_unknown(rc_session *s, const rc_json *there)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    while (rc_json_each(s->record, &at, &key, &value))
        if (is_fingerprint(key) && !rc_json_string(there, key, NULL)) {
            rc_session_note(s, "the run was begun by a version that kept no fingerprints: whether data "
                               "and source are still the same is not known");
            return;
        }
}

void rc__session_same_machine(rc_session *s, const rc_json *there)
{
    const rc_json *then = rc_json_get(there, "machine"), *now = rc_json_get(s->record, "machine");
    static const char *const key[] = {"processor", "device", "version"};
    int64_t threads = rc_json_integer(now, "threads", 0), before = rc_json_integer(then, "threads", threads);
    if (before != threads)
        rc_session_note(s, "went on with %lld threads after %lld: the last bits of the result may differ",
                        (long long)threads, (long long)before);
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        const char *a = rc_json_string(now, key[i], ""), *b = rc_json_string(then, key[i], a);
        if (strcmp(a, b) != 0)
            rc_session_note(s, "went on with the %s %s after %s: the last bits of the result may differ",
                            key[i], a, b);
    }
}
