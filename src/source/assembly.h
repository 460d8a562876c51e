/* source/assembly.h: sets that are built on one body, put together to what a bundle is made of. */
#ifndef RC_SOURCE_ASSEMBLY_H
#define RC_SOURCE_ASSEMBLY_H

#include "source/building.h"

typedef struct rc_assembly {
    rc_building *of; /* [sets]; borrowed */
    int sets;
    rc_source_set set[RC_SOURCE_SETS];
    int64_t classes, n_features; /* of all: as rc_bundle has them, like the next */
    float *features, *prior, *plain[2], *head[2];
    int32_t *labels;
    rc_sinkhorn_self self;
} rc_assembly;

/* Fails before the first is built where one of them does not go with its body (place: where that was found),
 * or there are more than a bundle takes. The card is an object that it is written into: of one set its own,
 * of several a list of them. */
rc_status rc_assembly_create(rc_building *of, int sets, const char *place, rc_json *card,
                             rc_assembly *out) RC_MUST_CHECK;
/* Valid as long as the assembly, its buildings, and the card. */
rc_bundle_parts rc_assembly_parts(const rc_assembly *a, const rc_json *card);
void rc_assembly_free(rc_assembly *a);

#endif
