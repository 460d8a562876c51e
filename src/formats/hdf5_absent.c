#include "formats/container_reader.h"

#include "base/absent.h"

rc_status rc__hdf5_container(rc_container *c, const char *path)
{
    (void)c;
    return rc_fail_absent(path, "HDF5", "RECRAFT_HDF5");
}
