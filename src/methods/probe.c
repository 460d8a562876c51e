/* What the frozen source already tells: ridge regression on its features, the embedder being what it begins
 * as. The head's start is all there is; no epochs follow. */
#include "methods/method.h"

static rc_status run(rc_session *s, const rc_bundle *source)
{
    (void)source;
    s->config.fit.head_start = RC_HEAD_BEGINS_RIDGE;
    s->config.fit.epochs = 0;
    s->config.fit.optimizer.warmup = 0;
    return rc_stage_fit_only(s, RC_TRAIN_HEAD);
}

const rc_method rc_method_probe = {.name = "probe",
                                   .about = "plain: ridge regression on the frozen source's features",
                                   .run = run,
                                   .linear_head = true};
