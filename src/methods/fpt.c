/* Frozen pre-trained transformer (Lu et al., "Pretrained transformers as universal computation engines", AAAI
 * 2022): attention and MLPs keep what the source taught them; new embedder, new head and the LayerNorms learn
 * the task. */
#include "methods/method.h"

static rc_status run(rc_session *s, const rc_bundle *source)
{
    (void)source; /* its weights are already in the model */
    return rc_stage_fit_only(s, RC_TRAIN_NORMS);
}

const rc_method rc_method_fpt = {
    .name = "fpt", .about = "body frozen but for its LayerNorms; embedder and head trained", .run = run};
