#include "devices/gpu/library.h"

#include <dlfcn.h>
#include <string.h>

rc_status rc__gpu_library_open(const char *what, const char *file, const char *remedy, int n,
                               const char *const *names, void *functions, void **library)
{
    void *opened = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    RC_CHECK(opened, RC_CONFIG, "%s: %s cannot be opened (%s); %s", what, file, dlerror(), remedy);
    for (int i = 0; i < n; i++) {
        void *f = dlsym(opened, names[i]);
        if (!f) {
            dlclose(opened);
            return rc_fail(RC_CONFIG, "%s: %s has no %s: it is too old, or not what its name says; %s", what,
                           file, names[i], remedy);
        }
        memcpy((char *)functions + (size_t)i * sizeof f, &f, sizeof f);
    }
    if (library) *library = opened;
    return RC_OK;
}

void rc__gpu_library_close(void *library)
{
    dlclose(library);
}
