/* Building, showing and listing source bundles. */
#include <stdio.h>
#include <string.h>

#include "api/predictor_parts.h"
#include "api/text_feed.h"
#include "backbones/model_folder.h"
#include "base/file.h"
#include "base/home.h"
#include "commands/common.h"
#include "parallel/parallel.h"
#include "runs/run_record.h"
#include "source/assembly.h"
#include "tasks/trained.h"

typedef struct build {
    rc_config config;
    char folder[4096], out[4096]; /* of the model; the bundle */
    rc_trained run;               /* where that is a finished run */
    rc_backbone_config backbone;
    rc_tokenizer *tokenizer; /* of a text model */
    rc_model *model;
    int sets; /* of which there are so many */
    rc_dataset *data[RC_SOURCE_SETS];
    rc_building of[RC_SOURCE_SETS];
    rc_assembly all;
} build;

static rc_status open_data(build *b, const char *data, rc_dataset **out)
{
    if (!rc_takes_text(&b->backbone)) {
        RC_CHECK(!rc_text_is(data, RC_TEXT_AUTO, false), RC_CONFIG,
                 "%s: texts need a model that was trained on text", data);
        return rc_dataset_open_within(data, RC_DATASET_TRAIN, b->config.data.memory, out);
    }
    RC_CHECK(rc_path_exists(data), RC_IO, "%s: no such data set", data);
    RC_CHECK(rc_text_is(data, b->config.data.format, true), RC_DATA,
             "%s: no texts; a text model takes .csv, .tsv, .jsonl or .conll (a file, or a folder with train "
             "and test), "
             "or arrays with data.format bytes or words",
             data);
    if (!b->tokenizer) RC_TRY(rc__text_tokenizer(b->folder, &b->backbone, &b->tokenizer));
    return rc__text_data(&b->config, data, NULL, b->tokenizer, &b->backbone, 0, out);
}

static rc_status open_model(build *b)
{
    rc_device *device;
    if (b->run.task) return RC_OK;
    RC_TRY(rc_device_choose(b->config.model.device, b->config.model.precision, &device));
    rc_input tokens = {.kind = RC_INPUT_TOKENS, .length = b->data[0]->x_shape[1]};
    return rc_model_folder_open(b->folder, device, b->tokenizer ? &tokens : NULL, &b->model);
}

/* A name is kept where recraft finds it again; anything else is a path. Nothing is made. */
rc_status rc__source_file(const char *out, size_t size, char *path)
{
    bool is_file = rc_path_has_suffix(out, ".safetensors");
    RC_CHECK(is_file || rc_home_is_name(out), RC_CONFIG,
             "\1out %.60s: takes a file .safetensors, or a name (letters, digits, - _ .)", out);
    if (is_file) {
        RC_CHECK(strlen(out) < size, RC_CONFIG, "\1out %.60s...: the path is too long", out);
        strcpy(path, out);
        return RC_OK;
    }
    return rc_bundle_kept(out, size, path);
}

/* Where names are kept; the folder of a file is its owner's to make. */
static rc_status make_home(const char *out)
{
    char home[4096];
    if (rc_path_has_suffix(out, ".safetensors")) return RC_OK;
    RC_TRY(rc_home_path("sources", NULL, sizeof home, home));
    return rc_make_directory(home);
}

/* What `pretrain` leaves is a run and a model folder, and taken as that. */
static bool is_run(const char *folder)
{
    return !rc_run_has(folder, "config.json") && rc_run_has(folder, RC_RUN_IDENTITY);
}

static rc_status open_run(build *b)
{
    RC_TRY(rc_trained_open(b->folder, &b->run));
    RC_CHECK(b->run.model, RC_UNSUPPORTED, "%s: this run is not a single model, which a source needs",
             b->folder);
    b->backbone = b->run.model->spec.backbone;
    b->tokenizer = b->run.task->tokenizer;
    b->run.task->tokenizer = NULL;
    return RC_OK;
}

static rc_status open_folder(build *b)
{
    RC_TRY(rc__same_model(b->folder));
    return rc_model_folder_config(b->folder, &b->backbone);
}

static rc_status open_parts(build *b, const rc_source_build_options *o, const rc__source_origin *from)
{
    RC_TRY(rc_home_find_model(o->model, sizeof b->folder, b->folder));
    RC_TRY(rc__source_file(o->out, sizeof b->out, b->out));
    RC_TRY(make_home(o->out));
    RC_TRY(is_run(b->folder) ? open_run(b) : open_folder(b));
    RC_CHECK(o->n_data >= 1 && o->n_data <= RC_SOURCE_SETS, RC_CONFIG,
             "source build: %zu labelled sets; it takes 1 to %d, each with \1data", o->n_data,
             RC_SOURCE_SETS);
    for (; b->sets < (int)o->n_data; b->sets++)
        RC_TRY(open_data(b, o->data[b->sets], &b->data[b->sets]));
    for (int k = 0; k < b->sets; k++)
        RC_TRY(rc__same_data(b->data[k]));
    RC_TRY(open_model(b));
    for (int k = 0; k < b->sets; k++)
        b->of[k] = (rc_building){.config = b->config,
                                 .model_name = from->model_name,
                                 .made_with = from->made_with,
                                 .data = b->data[k],
                                 .tokenizer = b->tokenizer,
                                 .found = b->run.task ? b->run.model : b->model};
    return RC_OK;
}

/* As its card has them, bundles of earlier versions not all. */
static rc_status follow(const rc_bundle *like, rc_config *c)
{
    static const char *const keys[] = {"tau", "rho", "head_epochs", "recalibration_epochs", "lr"};
    char key[64], value[RC_NUMBER_TEXT];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const rc_json *known = rc_json_get(like->card, keys[i]);
        if (!known) continue;
        snprintf(key, sizeof key, "source.%s", keys[i]);
        RC_TRY(rc_config_set(c, like->name, key, rc_text_number(rc_json_as_number(known), value)));
    }
    rc_config_take_as_defaults(c);
    return RC_OK;
}

static rc_status run(build *b, const rc_source_build_options *o, const rc__source_origin *from)
{
    rc_config_defaults(&b->config);
    if (from->like) RC_TRY(follow(from->like, &b->config));
    RC_TRY(rc__settings_apply(&b->config, &o->settings));
    RC_TRY(open_parts(b, o, from));
    RC_TRY(rc_assembly_create(b->of, b->sets, b->folder, from->card, &b->all));
    rc_bundle_parts parts = rc_assembly_parts(&b->all, from->card);
    return rc_parallel_follow(rc_parallel_rank() == 0 ? rc_bundle_write(b->out, &parts) : RC_OK);
}

rc_status rc__source_make(const rc_source_build_options *o, const rc__source_origin *from, char **json)
{
    build b = {0};
    rc_status status = run(&b, o, from);
    rc_assembly_free(&b.all);
    for (int k = 0; k < b.sets; k++) {
        rc_building_free(&b.of[k]);
        rc_dataset_close(&b.data[k]);
    }
    rc_trained_close(&b.run);
    rc_model_destroy(&b.model);
    rc_tokenizer_close(&b.tokenizer);
    return rc__json_result(from->card, status, json);
}

rc_status rc_source_build(const rc_source_build_options *given, char **json)
{
    rc_source_build_options own = RC_SOURCE_BUILD_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_source_build_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_source_build_options", o->model, o->data, o->out));
    RC_TRY(rc_check_texts("rc_source_build_options.data", o->data, (int64_t)o->n_data));
    rc__source_origin from = {
        .model_name = rc_path_base(o->model), .made_with = "recraft source build", .card = rc_json_object()};
    return rc__source_make(o, &from, json);
}

/* ---- show ---- */

rc_status rc_source_show(const char *source, char **json)
{
    rc_source s;
    if (json) *json = NULL;
    RC_TRY(RC_ARGUMENTS(source));
    RC_TRY(rc_bundle_open(source, &s.bundle));
    rc_status status = json ? rc_source_card(&s, json) : RC_OK;
    rc_bundle_close(&s.bundle);
    return status;
}
