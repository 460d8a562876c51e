/* RECRAFT ("Rethinking Cross-Modal Fine-Tuning", AISTATS 2026). The source was recalibrated when its bundle
 * was built; here stage 1 learns the feature map and stage 2 the predictor. */
#include "methods/method.h"

static rc_status run(rc_session *s, const rc_bundle *source)
{
    RC_TRY(rc_stage_align(s, source, (rc_align_terms){s->config.align.distance, s->config.align.distortion}));
    return rc_stage_fit(s);
}

const rc_method rc_method_recraft = {
    "recraft", "recalibrated source; align features and minimise feature-label distortion, then fit", run};
