#include "settings/optimize.h"

rc_status rc_config_optimizer(const rc_optimizer_config *c, rc_params *p, rc_optimizer **out)
{
    rc_optimizer_settings settings = {.kind = c->optimizer,
                                      .weight_decay = c->weight_decay,
                                      .momentum = c->momentum,
                                      .beta1 = c->beta1,
                                      .beta2 = c->beta2,
                                      .eps = c->eps};
    return rc_optimizer_create(p, &settings, out);
}

static int64_t steps_of(double epochs, int64_t steps_per_epoch)
{
    return (int64_t)(epochs * (double)steps_per_epoch);
}

rc_schedule rc_config_schedule(const rc_optimizer_config *c, int64_t steps_per_epoch, int64_t epochs)
{
    double stage = (double)epochs, epochs_between = c->step_epochs > 0 ? c->step_epochs : stage / 3;
    int64_t every = steps_of(epochs_between, steps_per_epoch);
    return (rc_schedule){.kind = c->schedule,
                         .warmup = steps_of(c->warmup, steps_per_epoch),
                         .end = steps_of(c->decay > 0 ? c->decay : stage, steps_per_epoch),
                         .every = every < 1 ? 1 : every,
                         .factor = c->step_factor};
}
