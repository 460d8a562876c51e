/* Low-rank adapters as the package peft keeps them: adapter_config.json and adapter_model.safetensors. */
#include <stdio.h>
#include <string.h>

#include "backbones/adapters.h"
#include "backbones/adapters_file.h"
#include "base/file.h"
#include "base/memory.h"

/* ---- adapter_config.json ---- */

typedef struct reading {
    char config_path[RC_ADAPTERS_PATH], path[RC_ADAPTERS_PATH];
    const char *prefix;
    rc_json *config;
    const rc_json *targets; /* of config: target_modules; NULL: no list */
    rc_lora lora;
    rc_safetensors *file;
    rc_safetensors_writer *writer;
} reading;

static bool is_one_of(const char *word, const char *const *list)
{
    while (*list && strcmp(word, *list) != 0)
        list++;
    return *list != NULL;
}

/* Says something of the adapters that we have a place for, or nothing of what they compute. */
static bool is_known(const char *key)
{
    static const char *const known[] = {"peft_type",
                                        "r",
                                        "lora_alpha",
                                        "target_modules",
                                        "init_lora_weights",
                                        "task_type",
                                        "revision",
                                        "auto_mapping",
                                        "inference_mode",
                                        "base_model_name_or_path",
                                        "lora_dropout",
                                        "eva_config",
                                        "layers_pattern",
                                        "qalora_group_size",
                                        "exclude_modules",
                                        "peft_version",
                                        "megatron_core",
                                        "runtime_config",
                                        NULL};
    return is_one_of(key, known);
}

static bool is_off(const rc_json *value)
{
    void *at = NULL;
    const char *key, *text = rc_json_as_string(value);
    const rc_json *first;
    if (text) return strcmp(text, "none") == 0;
    if (rc_json_is_boolean(value)) return !rc_json_as_boolean(value);
    if (rc_json_is_array(value)) return rc_json_length(value) == 0;
    if (rc_json_is_object(value)) return !rc_json_each(value, &at, &key, &first);
    return rc_json_is_null(value);
}

/* The others alter the matrices that the adapters stand beside. */
static rc_status check_begin(const reading *r)
{
    static const char *const kept[] = {"gaussian", "eva", "orthogonal", NULL};
    const rc_json *how = rc_json_get(r->config, "init_lora_weights");
    const char *word = rc_json_as_string(how);
    RC_CHECK(!how || rc_json_is_boolean(how) || (word && is_one_of(word, kept)), RC_UNSUPPORTED,
             "%s: init_lora_weights is %.40s, which changes the model itself, not only its adapters",
             r->config_path, word ? word : "no text");
    return RC_OK;
}

static rc_status check_config(const reading *r)
{
    void *at = NULL;
    const char *key, *type = rc_json_string(r->config, "peft_type", "missing");
    const rc_json *value;
    RC_CHECK(strcmp(type, "LORA") == 0, RC_UNSUPPORTED,
             "%s: peft_type is %.40s; only adapters of the type LORA are supported", r->config_path, type);
    while (rc_json_each(r->config, &at, &key, &value))
        RC_CHECK(is_known(key) || is_off(value), RC_UNSUPPORTED,
                 "%s: %.60s is set, which is not supported; train the adapters without it", r->config_path,
                 key);
    return check_begin(r);
}

static rc_status read_size(reading *r)
{
    const rc_json *rank = rc_json_get(r->config, "r"), *alpha = rc_json_get(r->config, "lora_alpha");
    RC_CHECK(rank && rc_json_is_integer(rank) && rc_json_as_integer(rank) > 0, RC_FORMAT,
             "%s: r is not a whole number above 0", r->config_path);
    RC_CHECK(alpha && rc_json_is_number(alpha) && rc_json_as_number(alpha) > 0, RC_FORMAT,
             "%s: lora_alpha is not a number above 0", r->config_path);
    r->lora = (rc_lora){.rank = rc_json_as_integer(rank), .alpha = rc_json_as_number(alpha)};
    return RC_OK;
}

/* ---- adapter_model.safetensors ---- */

/* As peft matches them: the whole name of a module, or its end behind a dot. */
static bool is_of_target(const char *name, const char *target)
{
    int part;
    size_t length, n = strlen(target);
    const char *module = rc__peft_module(name, RC_PEFT_THEIRS, &part, &length);
    const char *end = module + length - (n < length ? n : length);
    return n > 0 && n <= length && end[-1] == '.' && strncmp(end, target, n) == 0;
}

static bool is_of_any_target(const reading *r, const char *name)
{
    for (size_t i = 0; i < rc_json_length(r->targets); i++)
        if (is_of_target(name, rc_json_as_string(rc_json_at(r->targets, i)))) return true;
    return !r->targets;
}

/* A text instead of a list is a pattern: the tensors speak for themselves. */
static rc_status check_targets(reading *r)
{
    const rc_json *list = rc_json_get(r->config, "target_modules");
    if (!list || rc_json_is_null(list) || rc_json_is_string(list)) return RC_OK;
    RC_CHECK(rc_json_is_array(list), RC_FORMAT, "%s: target_modules is not a list of names", r->config_path);
    for (size_t k = 0; k < rc_json_length(list); k++) {
        const char *target = rc_json_as_string(rc_json_at(list, k));
        bool met = false;
        RC_CHECK(target, RC_FORMAT, "%s: target_modules is not a list of names", r->config_path);
        for (int i = 0; i < rc_safetensors_count(r->file) && !met; i++)
            met = is_of_target(rc_safetensors_get(r->file, i).name, target);
        RC_CHECK(met, RC_FORMAT, "%s: target_modules names \"%.100s\", which has no tensor", r->path, target);
    }
    r->targets = list;
    return RC_OK;
}

static rc_status check_tensor(const reading *r, const rc_safetensors_entry *t, rc_peft_name *n)
{
    char text[RC_SHAPE_TEXT];
    RC_CHECK(rc_peft_name_of(t->name, RC_PEFT_THEIRS, r->prefix, n) &&
                 rc__matrix_of_module(n->module, strlen(n->module)) < RC_MATRICES,
             RC_UNSUPPORTED,
             "%s: tensor \"%s\" is not an adapter of a matrix of the attention or the MLP; only these can "
             "have adapters",
             r->path, t->name);
    RC_CHECK(strcmp(n->name[RC_PEFT_THEIRS], t->name) == 0 ||
                 rc_safetensors_find(r->file, n->name[RC_PEFT_THEIRS]) < 0,
             RC_FORMAT, "%s: tensor \"%s\" is there twice, with \"%s\" in its name and without", r->path,
             n->name[RC_PEFT_THEIRS], r->prefix);
    RC_CHECK(is_of_any_target(r, t->name), RC_FORMAT,
             "%s: tensor \"%s\" belongs to no module that target_modules names", r->path, t->name);
    RC_CHECK(t->dtype == RC_DTYPE_F32 || t->dtype == RC_DTYPE_F16 || t->dtype == RC_DTYPE_BF16,
             RC_UNSUPPORTED, "%s: tensor \"%s\" is %s; adapters are float32, float16 or bfloat16", r->path,
             t->name, rc_dtype_text(t->dtype));
    RC_CHECK(t->shape.n == 2 && t->shape.dim[n->part] == r->lora.rank, RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, and r is %lld in adapter_config.json", r->path, t->name,
             rc_shape_text(&t->shape, text), (long long)r->lora.rank);
    return RC_OK;
}

static rc_status add_tensor(const reading *r, const rc_safetensors_entry *t)
{
    rc_peft_name n;
    float *x;
    RC_TRY(check_tensor(r, t, &n));
    rc_array view = {.dtype = t->dtype, .shape = t->shape, .data = t->data};
    RC_TRY(rc_array_to_f32(&view, &x));
    rc_status status = rc_weights_check_numbers(r->path, t->name, x, rc_shape_size(&t->shape));
    if (status == RC_OK)
        status = rc_safetensors_writer_add_f32(r->writer, n.name[RC_PEFT_OURS], RC_DTYPE_F32, t->shape, x);
    rc_free(x);
    return status;
}

/* ---- the folder ---- */

static rc_status convert(reading *r)
{
    RC_TRY(rc_json_read(r->config_path, &r->config));
    RC_TRY(check_config(r));
    RC_TRY(read_size(r));
    RC_TRY(rc_safetensors_open(r->path, &r->file));
    RC_TRY(check_targets(r));
    rc_lora_store(&r->lora, r->writer);
    for (int i = 0; i < rc_safetensors_count(r->file); i++) {
        rc_safetensors_entry t = rc_safetensors_get(r->file, i);
        RC_TRY(add_tensor(r, &t));
    }
    return RC_OK;
}

static rc_status read_adapters(reading *r, const char *folder, rc_adapters *out)
{
    size_t size;
    RC_CHECK(rc_path_is_directory(folder), RC_CONFIG, "%s: no such folder of adapters", folder);
    RC_TRY(rc_path_join(folder, "adapter_config.json", RC_ADAPTERS_PATH, r->config_path));
    RC_TRY(rc_path_join(folder, "adapter_model.safetensors", RC_ADAPTERS_PATH, r->path));
    RC_TRY(rc_safetensors_writer_create(&out->writer));
    r->writer = out->writer;
    RC_TRY(convert(r));
    strcpy(out->name, r->path);
    RC_TRY(rc_safetensors_writer_bytes(out->writer, &out->bytes, &size));
    RC_TRY(rc_safetensors_open_memory(out->name, out->bytes, size, &out->file));
    return rc_lora_read(out->file, out->name, &out->lora);
}

rc_status rc_adapters_open_peft(const char *folder, const rc_backbone_config *c, rc_adapters **out)
{
    reading r = {.prefix = rc_backbone_of(c)->prefix(c)};
    RC_TRY(RC_NEW(out, 1));
    rc_status status = read_adapters(&r, folder, *out);
    rc_safetensors_close(&r.file);
    rc_json_free(&r.config);
    if (status != RC_OK) rc_adapters_close(out);
    return status;
}
