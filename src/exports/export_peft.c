/* A run's low-rank adapters as a folder of the package peft: what was learnt beside the source's matrices,
 * for the bare model (AutoModel) of the source. The input layer and the head that were learnt with them have
 * no place there. */
#include "backbones/adapters_file.h"
#include "base/file.h"
#include "base/folder.h"
#include "exports/export_forms.h"
#include "formats/safetensors.h"
#include "runs/run_record.h"

static rc_status fill_weights(const rc_safetensors *f, const char *prefix, rc_safetensors_writer *w,
                              rc_json *modules)
{
    for (int i = 0; i < rc_safetensors_count(f); i++) {
        rc_safetensors_entry t = rc_safetensors_get(f, i);
        rc_peft_name n;
        if (!rc_peft_name_of(t.name, RC_PEFT_OURS, prefix, &n)) continue;
        RC_TRY(rc_safetensors_writer_add(w, n.name[RC_PEFT_THEIRS], t.dtype, t.shape, t.data));
        if (n.part == 0) rc_json_append_string(modules, n.module);
    }
    return RC_OK;
}

/* The source as run.json names it; a predictor that was saved from memory may lack that. */
static rc_status set_base(const rc__exporting *e, rc_json *config)
{
    rc_json *run;
    RC_TRY(rc_run_read(e->how->run, RC_RUN_IDENTITY, &run));
    if (!run) return RC_OK;
    rc_json_set_string(config, "base_model_name_or_path", rc_json_string(run, "source", ""));
    rc_json_free(&run);
    return RC_OK;
}

static rc_status set_size(const rc_safetensors *f, const char *path, rc_json *config)
{
    rc_lora lora;
    RC_TRY(rc_lora_read(f, path, &lora));
    rc_json_set_integer(config, "r", lora.rank);
    rc_json_set_number(config, "lora_alpha", lora.alpha);
    return RC_OK;
}

static rc_status fill_config(const rc__exporting *e, const rc_safetensors *f, const char *path,
                             rc_json *config)
{
    rc_json_set_string(config, "peft_type", "LORA");
    rc_json_set_string(config, "task_type", "FEATURE_EXTRACTION");
    RC_TRY(set_base(e, config));
    RC_TRY(set_size(f, path, config));
    rc_json_set_number(config, "lora_dropout", 0);
    rc_json_set_string(config, "bias", "none");
    rc_json_set_boolean(config, "inference_mode", true);
    return RC_OK;
}

static rc_status fill(const rc__exporting *e, const rc_safetensors *f, const char *path, const char *folder,
                      rc_json *config, rc_safetensors_writer *w)
{
    const rc_model *m = e->trained.model;
    char file[RC_FOLDER_PATH];
    RC_TRY(fill_config(e, f, path, config));
    rc_json *modules = rc_json_set(config, "target_modules", rc_json_array());
    rc_safetensors_writer_metadata(w, "format", "pt");
    RC_TRY(fill_weights(f, m->backbone->prefix(&m->spec.backbone), w, modules));
    rc_json_set_integer(e->told, "adapters", (int64_t)rc_json_length(modules));
    RC_TRY(rc_json_write(folder, "adapter_config.json", config));
    RC_TRY(rc_path_join(folder, "adapter_model.safetensors", sizeof file, file));
    return rc_safetensors_writer_write(w, file);
}

static rc_status write_folder(const rc__exporting *e, const rc_safetensors *f, const char *path)
{
    rc_folder folder;
    rc_safetensors_writer *w = NULL;
    RC_TRY(rc_folder_begin(e->how->out, &folder));
    rc_json *config = rc_json_object();
    rc_status status = rc_safetensors_writer_create(&w);
    if (status == RC_OK) status = fill(e, f, path, folder.partial, config, w);
    rc_safetensors_writer_destroy(&w);
    rc_json_free(&config);
    return rc_folder_end(&folder, status);
}

rc_status rc__export_peft(rc__exporting *e)
{
    char path[RC_TRAINED_PATH];
    rc_safetensors *f;
    RC_TRY(rc_path_join(e->how->run, "adapters.safetensors", sizeof path, path));
    RC_CHECK(rc_path_exists(path), RC_UNSUPPORTED,
             "%s: the run has no adapters (adapters.safetensors); fit with \1set fit.train=lora",
             e->how->name);
    RC_TRY(rc_safetensors_open(path, &f));
    rc_status status = write_folder(e, f, path);
    rc_safetensors_close(&f);
    return status;
}
