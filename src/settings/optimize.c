#include "settings/optimize.h"

rc_status rc_config_optimizer(const rc_optimizer_config *c, rc_params *p, rc_optimizer **out)
{
    rc_optimizer_settings settings = {.weight_decay = c->weight_decay,
                                      .momentum = c->momentum,
                                      .beta1 = c->beta1,
                                      .beta2 = c->beta2,
                                      .eps = c->eps};
    RC_TRY(rc_optimizer_by_name(c->optimizer, &settings.kind));
    return rc_optimizer_create(p, &settings, out);
}

static int64_t steps_of(double epochs, int64_t steps_per_epoch)
{
    return (int64_t)(epochs * (double)steps_per_epoch);
}

rc_status rc_config_schedule(const rc_optimizer_config *c, int64_t steps_per_epoch, int64_t epochs,
                             rc_schedule *out)
{
    double stage = (double)epochs, every = c->step_epochs > 0 ? c->step_epochs : stage / 3;
    *out = (rc_schedule){.warmup = steps_of(c->warmup, steps_per_epoch),
                         .end = steps_of(c->decay > 0 ? c->decay : stage, steps_per_epoch),
                         .every = steps_of(every, steps_per_epoch),
                         .factor = c->step_factor};
    if (out->every < 1) out->every = 1;
    return rc_schedule_by_name(c->schedule, &out->kind);
}
