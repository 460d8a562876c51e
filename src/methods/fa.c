/* Feature alignment alone: RECRAFT without feature-label distortion. */
#include <string.h>

#include "methods/method.h"

static rc_status run(rc_session *s, const rc_bundle *source)
{
    const char *distance = s->config.align.distance;
    RC_CHECK(strcmp(distance, "none") != 0, RC_CONFIG,
             "--method fa aligns features, so align.distance cannot be none; --method nft does not align");
    RC_TRY(rc_stage_align(s, source, (rc_align_terms){distance, "none"}));
    return rc_stage_fit(s);
}

const rc_method rc_method_fa = {"fa", "align features, without feature-label distortion, then fit", run};
