/* ORCA ("Cross-modal fine-tuning: align then refine", ICML 2023): the embedder is learned on the optimal
 * transport dataset distance between labelled features, then everything is trained. Read here as: one
 * optimizer step an epoch on the whole of the alignment samples, where the published code takes one on each
 * class in turn. Its other distances are method fa with align.distance=mmd. */
#include "methods/method.h"

static const rc_align_terms terms = {&rc_distance_otdd, RC_DISTORTION_NONE};

static rc_status check(const rc_config *c, const rc_bundle *source)
{
    return rc_align_check(c, source, terms);
}

static rc_status run(rc_session *s, const rc_bundle *source)
{
    RC_TRY(rc_stage_align(s, source, terms));
    return rc_stage_fit(s);
}

const rc_method rc_method_orca = {.name = "orca",
                                  .about = "align labelled features (dataset distance), then fit",
                                  .run = run,
                                  .check = check};
