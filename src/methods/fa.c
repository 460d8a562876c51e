/* Feature alignment alone: RECRAFT without feature-label distortion. */
#include "methods/method.h"

static rc_align_terms terms_of(const rc_config *c)
{
    return (rc_align_terms){rc_distance_table[c->align.distance], RC_DISTORTION_NONE};
}

static rc_status check(const rc_config *c, const rc_bundle *source)
{
    RC_CHECK(rc_distance_table[c->align.distance], RC_CONFIG,
             "\1method fa aligns features, so align.distance cannot be none; \1method nft does not align");
    return rc_align_check(c, source, terms_of(c));
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    RC_TRY(rc_stage_align(s, source, terms_of(&s->config)));
    return rc_stage_fit(s);
}

const rc_method rc_method_fa = {.name = "fa",
                                .about = "align features, without feature-label distortion, then fit",
                                .run = run,
                                .check = check};
