#include "backbones/model_folder.h"

#include "base/file.h"
#include "base/home.h"

enum { PATH = 4096 };

rc_status rc_model_folder_config(const char *model, rc_backbone_config *out)
{
    char path[PATH], folder[PATH];
    RC_TRY(rc_home_find_model(model, sizeof folder, folder));
    RC_TRY(rc_path_join(folder, "config.json", sizeof path, path));
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no config.json: not a model folder", folder);
    return rc_backbone_config_named(path, out);
}

/* Only a head that fits: the classifier of another reading of the tokens stays unused. */
static rc_status choose_head(const rc_backbone *b, const rc_weights *from, rc_model_spec *spec)
{
    rc_safetensors_entry e;
    const char *file;
    if (!b->mean_head || !rc_weights_has(from, "classifier.weight")) return RC_OK;
    RC_TRY(rc_weights_find(from, "classifier.weight", &e, &file));
    RC_CHECK(e.shape.n == 2 && e.shape.dim[0] >= 1, RC_SHAPE,
             "%s: \"classifier.weight\" should have two dimensions", file);
    spec->head = RC_HEAD_LINEAR;
    spec->outputs = e.shape.dim[0];
    return RC_OK;
}

rc_status rc_model_folder_open(const char *model, rc_device *device, const rc_input *in, rc_model **out)
{
    char folder[PATH];
    rc_model_spec spec = {0};
    rc_shards *shards;
    RC_TRY(rc_home_find_model(model, sizeof folder, folder));
    RC_TRY(rc_model_folder_config(folder, &spec.backbone));
    const rc_backbone *b = rc_backbone_of(&spec.backbone);
    spec.input = in ? *in : b->native_input(&spec.backbone);
    RC_TRY(rc_shards_open(folder, &shards));
    const rc_weights *weights = rc_shards_weights(shards, b->prefix(&spec.backbone));
    spec.int8 = rc_weights_are_int8(weights);
    rc_status status = choose_head(b, weights, &spec);
    if (status == RC_OK) status = rc_model_open(device, &spec, weights, out);
    if (status == RC_OK) rc_shards_note_unused(shards);
    rc_shards_close(&shards);
    return status;
}
