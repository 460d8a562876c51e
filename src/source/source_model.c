#include "source/source_model.h"

#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "base/home.h"

rc_status rc_source_set_path(const char *name, size_t size, char *out)
{
    out[0] = '\0';
    if (!rc_home_is_name(name)) return RC_OK;
    RC_TRY(rc_home_path("sets", name, size, out));
    if (!rc_path_is_directory(out)) out[0] = '\0';
    return RC_OK;
}

rc_status rc_source_model_check(const rc_bundle *b)
{
    RC_CHECK(b->sets == 1, RC_UNSUPPORTED,
             "%s: a source of %d labelled sets cannot teach, since a teacher has one head; build a source "
             "from one of these sets",
             b->name, b->sets);
    return RC_OK;
}

/* Where the card has the names of the labels, they are these and in this order. */
static rc_status check_labels(const rc_bundle *b, const rc_dataset *d)
{
    const rc_json *list = rc_json_get(b->card, "labels");
    RC_CHECK(rc_target_is_class(d->target) && d->classes == b->classes, RC_DATA,
             "%s: the source %s has %lld classes, and these data have others; give the labelled set that it "
             "was made from (its card says %s)",
             d->name, b->name, (long long)b->classes, rc_json_string(b->card, "data", "nothing about it"));
    for (int64_t i = 0; list && d->form == RC_FORM_TEXTS && i < d->classes; i++) {
        const char *own = rc_json_as_string(rc_json_at(list, (size_t)i)),
                   *label = rc_dataset_label_name(d, i);
        RC_CHECK(own && strcmp(own, label) == 0, RC_DATA,
                 "%s: label %lld is %s, but that of the source %s is %s; give the labelled set that it was "
                 "made from (its card says %s)",
                 d->name, (long long)i, label, b->name, own ? own : "none",
                 rc_json_string(b->card, "data", "nothing about it"));
    }
    return RC_OK;
}

static rc_status open_model(const rc_bundle *b, const rc_config *c, rc_dataset *data, rc_trained *t)
{
    const rc_backbone *backbone = rc_backbone_of(&b->backbone);
    char read[RC_CHOICE_TEXT], made[RC_CHOICE_TEXT];
    rc_model_spec spec = {.backbone = b->backbone};
    rc_weights weights = rc_bundle_weights(b);
    RC_TRY(rc_task_create(c, data, t->device, &spec, &t->task));
    RC_CHECK(spec.input.kind == backbone->native->input, RC_DATA,
             "%s: these data are read as %s, but the source %s was made from %s; give the labelled set that "
             "it was made from, with its settings data.*",
             data->name, rc_choice_text(RC_INPUT_KIND_NAMES, (int)spec.input.kind, read), b->name,
             rc_choice_text(RC_INPUT_KIND_NAMES, (int)backbone->native->input, made));
    RC_CHECK(
        !spec.ordered, RC_CONFIG,
        "fit.loss=ordinal: the head of the source %s gives classes without an order; leave fit.loss as it is",
        b->name);
    spec.readout = RC_READOUT_POOL; /* as its head was made (building.c) */
    RC_TRY(rc_model_open(t->device, &spec, &weights, &t->model));
    return rc_graph_create(t->device, &t->graph);
}

rc_status rc_source_model_open(const rc_bundle *b, const rc_config *c, rc_dataset *data, rc_device *device,
                               rc_trained *out)
{
    *out = (rc_trained){.device = device,
                        .batch = c->fit.batch,
                        .precision = c->model.precision,
                        .checksum = rc_safetensors_checksum(b->file)};
    RC_TRY(check_labels(b, data));
    RC_CHECK(data->n_more == 0, RC_UNSUPPORTED,
             "%s: samples have several inputs, and those of the source %s one; take a finished run on such "
             "data as the teacher",
             data->name, b->name);
    rc_status status = open_model(b, c, data, out);
    if (status != RC_OK) rc_trained_close(out);
    return status;
}
