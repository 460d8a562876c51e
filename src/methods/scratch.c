/* From scratch: the architecture without what it has learnt. What pre-training is worth shows against it. */
#include "methods/method.h"

static rc_status check(const rc_config *c, const rc_bundle *source)
{
    (void)source;
    RC_CHECK(!c->fit.lora_from[0], RC_CONFIG,
             "fit.lora_from: \1method scratch begins with random weights; choose another method");
    return RC_OK;
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    (void)source;
    /* Not the run's own seed: the source may have been trained from that very start, and weights that happen
     * to lie near the source's are not from scratch. A resumed run has its weights from the checkpoint. */
    if (!s->resumed) RC_TRY(rc_params_initialise(s->model->params, (uint64_t)s->config.seed ^ 0x5c2a7c4u));
    return rc_stage_fit(s);
}

const rc_method rc_method_scratch = {.name = "scratch",
                                     .about = "the same architecture from random weights, everything trained",
                                     .run = run,
                                     .check = check,
                                     .forgets = true};
