/* plain/neighbourhood.h: the points around a point of a field. Within plain/ only. */
#ifndef RC_PLAIN_NEIGHBOURHOOD_H
#define RC_PLAIN_NEIGHBOURHOOD_H

#include "plain/plain_parts.h"

enum { RC__MAX_AROUND = 1000 };

/* How points are looked around. */
typedef struct rc__patch {
    int64_t channels, h, w, fields; /* of x; fields: channels of y */
    int64_t reach_h, reach_w;
} rc__patch;
rc__patch rc__patch_of(const rc_plain_form *f);
/* Does y lie on the points of x, and is there not too much around them? */
rc_status rc__patch_check(const char *name, const rc_plain_form *f) RC_MUST_CHECK;
/* So many numbers are around a point, */
int64_t rc__patch_size(const rc__patch *q);
/* each less its mean over the samples [inputs]; beyond the border is what lies on it. */
void rc__patch_look(const rc__patch *q, const float *mean, const float *x, int64_t point, double *out);
/* The means over the samples of v [n, size]; NaN is left out. */
void rc__patch_means(const rc_plain_samples *s, int64_t size, const float *v, float *mean);

#endif
