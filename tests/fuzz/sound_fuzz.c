#include "memory_file.h"

#include "formats/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    rc_sound s;
    int file = memory_file(data, size, path);
    if (file < 0) return 0;
    if (rc_sound_read(path, &s) == RC_OK) rc_sound_free(&s);
    close(file);
    return 0;
}
