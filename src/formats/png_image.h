/* formats/png_image.h: 8-bit RGB pictures as PNG bytes in memory (libpng). */
#ifndef RC_FORMATS_PNG_IMAGE_H
#define RC_FORMATS_PNG_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* rgb [height, width, 3]; free *out with rc_free. */
rc_status rc_png_encode(const unsigned char *rgb, int width, int height, unsigned char **out,
                        size_t *size) RC_MUST_CHECK;

#endif
