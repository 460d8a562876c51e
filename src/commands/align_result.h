/* commands/align_result.h: what `recraft align` has measured of one source, as JSON. */
#ifndef RC_COMMANDS_ALIGN_RESULT_H
#define RC_COMMANDS_ALIGN_RESULT_H

#include "formats/json.h"
#include "methods/gap.h"

enum { RC__STAGES = 3 };

typedef struct rc__stages {
    int count;
    rc_json *list[RC__STAGES];
    float *features[RC__STAGES]; /* of the target, [n, width] */
    rc_gap gap;                  /* of the first: what its card says holds for all */
} rc__stages;
void rc__stages_free(rc__stages *s);
rc_status rc__stages_add(rc__stages *s, const char *stage, const rc_gap *gap,
                         const rc_alignment *a) RC_MUST_CHECK;
/* Everything of one source, with all features projected to the plane on which they vary most. */
rc_status rc__stages_json(rc__stages *s, const rc_alignment *a, rc_json **out) RC_MUST_CHECK;

#endif
