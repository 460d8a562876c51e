/* formats/exif.h: how a camera was held, from the EXIF data of a JPEG. Within formats/ only. */
#ifndef RC_FORMATS_EXIF_H
#define RC_FORMATS_EXIF_H

#include <stddef.h>

/* The orientation, 1 to 8, of a block "Exif..." (what an APP1 marker holds); 1, upright, where it says none.
 *
 *     1 upright       2 mirrored                      5 transposed            6 to be turned clockwise
 *     3 upside down   4 mirrored and upside down      7 transposed, upside down   8 to be turned
 * counterclockwise
 */
int rc__exif_orientation(const unsigned char *block, size_t size);

#endif
