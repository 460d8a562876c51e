/* Naive fine-tuning: new embedder and head on the pre-trained body, everything trained on the target task. */
#include "methods/method.h"

static rc_status run(rc_session *s, const rc_bundle *source)
{
    (void)source; /* its weights are already in the model */
    return rc_stage_fit(s);
}

const rc_method rc_method_nft = {
    .name = "nft", .about = "naive fine-tuning: no stage 1, everything trained", .run = run};
