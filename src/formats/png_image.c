#include "formats/png_image.h"

#include <png.h>
#include <string.h>

#include "base/memory.h"

rc_status rc_png_encode(const unsigned char *rgb, int width, int height, unsigned char **out, size_t *size)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_RGB};
    png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
    RC_TRY(rc_alloc_raw(bytes, 1, (void **)out));
    if (!png_image_write_to_memory(&image, *out, &bytes, 0, rgb, 0, NULL)) {
        rc_free(*out);
        *out = NULL;
        return rc_fail(RC_INTERNAL, "a picture of %d x %d could not be encoded: %s", width, height,
                       image.message);
    }
    *size = bytes;
    return RC_OK;
}
