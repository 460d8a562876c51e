/* formats/picture.h: PNG and JPEG files as 8-bit planes (libpng, libjpeg). */
#ifndef RC_FORMATS_PICTURE_H
#define RC_FORMATS_PICTURE_H

#include <stdint.h>

#include "base/file.h"

typedef struct rc_picture {
    int64_t channels, height, width; /* channels: 1 gray, 3 RGB */
    unsigned char *data;             /* [channels, height, width] */
    bool deep;                       /* it has 16 bits a channel */
    int orientation;                 /* as a JPEG's EXIF data say; the picture is upright, its sizes too */
} rc_picture;

/* By content. Transparency is laid on white; 16-bit samples keep their upper 8. Memory: at most 2^26 pixels,
 * 7 bytes for each, and the file. */
rc_status rc_picture_read(const char *path, rc_picture *out) RC_MUST_CHECK;
/* Only what the header says; data stays NULL. */
rc_status rc_picture_size(const char *path, rc_picture *out) RC_MUST_CHECK;
rc_status rc_picture_parse(const char *name, const void *bytes, size_t size, bool header_only,
                           rc_picture *out) RC_MUST_CHECK;
void rc_picture_free(rc_picture *p);

#endif
