#include "formats/picture.h"

#include "base/absent.h"

rc_status rc_picture_read(const char *path, rc_picture *out)
{
    *out = (rc_picture){0};
    return rc_fail_absent(path, "pictures", "RECRAFT_PICTURES");
}

rc_status rc_picture_size(const char *path, rc_picture *out)
{
    return rc_picture_read(path, out);
}

void rc_picture_free(rc_picture *p)
{
    (void)p;
}
