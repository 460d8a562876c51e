#include "formats/sound.h"

#include "base/absent.h"

rc_status rc_sound_read(const char *path, rc_sound *out)
{
    *out = (rc_sound){0};
    return rc_fail_absent(path, "sounds", "RECRAFT_SOUND");
}

rc_status rc_sound_size(const char *path, rc_sound *out)
{
    return rc_sound_read(path, out);
}

void rc_sound_free(rc_sound *s)
{
    (void)s;
}
