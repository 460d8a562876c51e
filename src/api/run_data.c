#include "api/run_data.h"

#include <string.h>

#include "api/text_feed.h"
#include "base/checksum.h"
#include "base/file.h"
#include "runs/run_record.h"

rc_status rc__run_settings(const char *run, rc_config *out)
{
    char file[RC_TRAINED_PATH];
    rc_config_defaults(out);
    RC_TRY(rc_path_join(run, RC_RUN_CONFIG, sizeof file, file));
    RC_TRY(rc_config_read(out, file));
    return rc_config_same(out);
}

rc_status rc__run_record(const char *run, rc_json **out)
{
    char path[RC_TRAINED_PATH];
    RC_TRY(rc_path_join(run, RC_RUN_IDENTITY, sizeof path, path));
    RC_TRY(rc_json_read(path, out));
    if (rc_json_string(*out, "data", NULL)) return RC_OK;
    rc_json_free(out);
    return rc_fail(RC_FORMAT, "%s: \"data\" is missing", path);
}

rc_status rc__data_as(const rc_config *c, const rc_task *t, const char *path, rc_dataset **out)
{
    if (t->layout.form != RC_FORM_TEXTS)
        return rc_dataset_open_within(path, (t->fills_missing ? RC_DATASET_MISSING : 0) | RC_DATASET_INPUTS,
                                      c->data.memory, out);
    return rc__text_data(c, path, NULL, t->tokenizer, &t->backbone, t->layout.input.length, out);
}

rc_status rc__run_data(const char *run, const rc_task *t, const char *path, rc_dataset **out)
{
    rc_config c;
    RC_TRY(rc__run_settings(run, &c));
    return rc__data_as(&c, t, path, out);
}

rc_status rc__run_same_data(const rc_json *record, const char *name, const rc_dataset *data)
{
    char text[RC_CHECKSUM_TEXT];
    const char *was = rc_json_string(record, "data_fingerprint", NULL);
    uint64_t is;
    RC_TRY(rc_dataset_fingerprint(data, &is));
    rc_checksum_text(is, text);
    RC_CHECK(!was || strcmp(was, text) == 0, RC_DATA, "%s: the data are not those that the run was made of",
             name);
    return RC_OK;
}

rc_status rc__run_own_data(const char *run, const rc_json *record, const rc_task *t, const char *path,
                           rc_dataset **out)
{
    RC_TRY(rc__run_data(run, t, path, out));
    return rc__run_same_data(record, path, *out);
}
