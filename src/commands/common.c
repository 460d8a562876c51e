#include "commands/common.h"

#include <string.h>

#include "backbones/model_folder.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "formats/pieces.h"
#include "importers/importer.h"
#include "parallel/parallel.h"
#include "runs/session_folder.h"

void rc_free_text(char *text)
{
    rc_free(text);
}

void rc_progress_set_sink(const rc_sink *s)
{
    rc_context_set_progress(rc_context_current(), s);
}

void rc_interrupt(void)
{
    rc_context_interrupt(NULL);
}

/* What fit imports into its run's folder is called as what it was made from. */
static rc_status name_imported(rc_dataset *d, const char *path)
{
    char file[RC_SESSION_PATH];
    rc_json *report;
    if (strcmp(d->name, RC_RUN_DATA) != 0) return RC_OK;
    RC_TRY(rc_path_join(path, "import.json", sizeof file, file));
    if (!rc_path_exists(file)) return RC_OK;
    RC_TRY(rc_json_read(file, &report));
    rc_dataset_name(d, rc_json_string(report, "from", path));
    rc_json_free(&report);
    return RC_OK;
}

rc_status rc__open_arrays(const char *path, const rc_config *c, rc_dataset **out)
{
    bool fill = c->data.missing == RC_MISSING_MEAN;
    RC_TRY(rc_import_check_file(path));
    RC_TRY(rc_dataset_open_within(
        path, RC_DATASET_TRAIN | RC_DATASET_INPUTS | (fill ? RC_DATASET_MISSING : 0), c->data.memory, out));
    return name_imported(*out, path);
}

rc_status rc__settings_apply(rc_config *c, const rc_settings *s)
{
    RC_TRY(rc_check_texts("rc_settings.set", s->set, (int64_t)s->n_set));
    if (s->config_file) RC_TRY(rc_config_read(c, s->config_file));
    for (size_t i = 0; i < s->n_set; i++)
        RC_TRY(rc_config_assign(c, s->set[i]));
    if (s->seed) RC_TRY(rc_config_set(c, "\1seed", "seed", s->seed));
    RC_TRY(rc_config_check(c));
    return rc_config_same(c);
}

rc_status rc__same_data(const rc_dataset *d)
{
    uint64_t sum;
    if (rc_parallel_size() == 1) return RC_OK;
    RC_TRY(rc_dataset_fingerprint(d, &sum));
    return rc_parallel_same("other data", sum);
}

rc_status rc__same_source(const rc_bundle *b)
{
    return rc_parallel_size() > 1 ? rc_parallel_same("another source", rc_safetensors_checksum(b->file))
                                  : RC_OK;
}

rc_status rc__same_model(const char *folder)
{
    char config[RC_SESSION_PATH];
    rc_shards *shards;
    if (rc_parallel_size() == 1) return RC_OK;
    RC_TRY(rc_path_join(folder, "config.json", sizeof config, config));
    RC_TRY(rc__same_file("another model", config));
    RC_TRY(rc_shards_open(folder, &shards));
    rc_status status = rc_parallel_same("another model", rc_shards_checksum(shards));
    rc_shards_close(&shards);
    return status;
}

static rc_status checksum_of(const char *path, uint64_t *out)
{
    rc_checksum c;
    rc_file_map map = {0};
    rc_checksum_begin(&c);
    if (rc_path_exists(path) && !rc_path_is_directory(path)) {
        RC_TRY(rc_file_map_open(path, &map));
        rc_checksum_add(&c, map.data, map.size);
        rc_file_map_close(&map);
    }
    *out = rc_checksum_value(&c);
    return RC_OK;
}

rc_status rc__same_file(const char *what, const char *path)
{
    uint64_t sum;
    bool same;
    RC_TRY(rc_parallel_is_same(rc_file_stamp(path), &same));
    if (same) return RC_OK;
    RC_TRY(checksum_of(path, &sum));
    return rc_parallel_same(what, sum);
}

rc_status rc__same_array(const char *what, const rc_array *a)
{
    uint64_t sum;
    bool same;
    if (rc_parallel_size() == 1) return RC_OK;
    RC_TRY(rc_parallel_is_same(a->pieces ? rc_pieces_stamp(a->pieces) : 0, &same));
    if (same && a->pieces) return RC_OK;
    RC_TRY(rc_array_fingerprint(a, &sum));
    return rc_parallel_same(what, sum);
}

bool rc__wants_opponents(const rc_fit_options *o, const rc_config *c)
{
    return c->fit.opponents != RC_SWITCH_NO && (!o->compared || c->fit.opponents == RC_SWITCH_YES);
}

rc_status rc__json_result(rc_json *j, rc_status status, char **json)
{
    if (json) *json = NULL;
    if (status == RC_OK && json) status = rc_json_text(j, true, json);
    rc_json_free(&j);
    return status;
}

void rc__json_parameters(rc_json *row, const rc_parameter *parameters)
{
    rc_json *list = rc_json_set(row, "parameters", rc_json_array());
    for (const rc_parameter *p = parameters; p->name; p++) {
        rc_json *j = rc_json_append(list, rc_json_object());
        rc_json_set_string(j, "key", p->name);
        rc_json_set_number(j, "default", p->initial);
        rc_json_set_string(j, "about", p->about);
    }
}
