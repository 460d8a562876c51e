/* RECRAFT ("Rethinking Cross-Modal Fine-Tuning", AISTATS 2026). The source was recalibrated when its bundle
 * was built; here stage 1 learns the feature map and stage 2 the predictor. */
#include "methods/method.h"

static rc_align_terms terms_of(const rc_config *c)
{
    return (rc_align_terms){rc_distance_table[c->align.distance], c->align.distortion};
}

static rc_status check(const rc_config *c, const rc_bundle *source)
{
    return rc_align_check(c, source, terms_of(c));
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    RC_TRY(rc_stage_align(s, source, terms_of(&s->config)));
    return rc_stage_fit(s);
}

const rc_method rc_method_recraft = {
    .name = "recraft",
    .about = "recalibrated source; align features and minimise feature-label distortion, then fit",
    .run = run,
    .check = check};
