#include "fitting/look.h"

#include "source/bundle.h"

void rc__look_close(rc__look *l)
{
    rc_alignment_free(&l->view);
    rc_graph_destroy(&l->graph);
    rc_model_destroy(&l->model);
    rc_task_destroy(&l->task);
}

rc_status rc__look_open(const rc_config *c, rc_dataset *data, const rc_bundle *source, rc__look *out)
{
    rc_device *device;
    rc_model_spec spec = {.backbone = source->backbone};
    rc_weights weights = rc_bundle_weights(source);
    RC_TRY(rc_device_choose(c->model.device, c->model.precision, &device));
    RC_TRY(rc_task_create(c, data, device, &spec, &out->task));
    RC_TRY(rc_model_create(device, &spec, &out->model));
    RC_TRY(rc_model_start(out->model, &weights, (uint64_t)c->seed));
    RC_TRY(rc_graph_create(device, &out->graph));
    return rc_alignment_create(out->graph, out->model, out->task, source, c, &out->view);
}
