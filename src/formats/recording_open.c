/* Which reader a recording is for. */
#include "base/memory.h"
#include "formats/packed.h"
#include "formats/recording_reader.h"

rc_status rc_recording_open(const char *path, const char *encoding, rc_recording *out)
{
    *out = (rc_recording){0};
    rc_status status = rc_strdup(path, &out->source);
    if (status == RC_OK)
        status = rc_packed_has_suffix(path, ".hea") ? rc__wfdb_open(encoding, out) : rc__edf_open(out);
    if (status != RC_OK) rc_recording_close(out);
    return status;
}
