/* An APP1 block holds a TIFF file, of which only the tag "orientation" of the first directory is looked at.
 */
#include "formats/exif.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { START = 6, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3 };

typedef struct tiff {
    const unsigned char *data;
    size_t size;
    bool big; /* big-endian */
} tiff;

/* A number of so many bytes; 0 beyond the end. */
static uint32_t number(const tiff *t, size_t at, size_t bytes)
{
    uint32_t v = 0;
    if (at > t->size || t->size - at < bytes) return 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | t->data[at + (t->big ? i : bytes - 1 - i)];
    return v;
}

int rc__exif_orientation(const unsigned char *block, size_t size)
{
    if (size < START + 8 || memcmp(block, "Exif\0\0", START) != 0) return 1;
    tiff t = {block + START, size - START, block[START] == 'M'};
    if (number(&t, 2, 2) != 42) return 1;
    size_t at = number(&t, 4, 4), entries = number(&t, at, 2);
    at += 2;
    for (size_t i = 0; i < entries && at < t.size; i++, at += ENTRY) {
        if (number(&t, at, 2) != ORIENTATION || number(&t, at + 2, 2) != SHORT) continue;
        uint32_t v = number(&t, at + 8, 2);
        return v >= 1 && v <= 8 ? (int)v : 1;
    }
    return 1;
}
