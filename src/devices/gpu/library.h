/* devices/gpu/library.h: libraries that are opened at run time and never needed to build. */
#ifndef RC_DEVICES_GPU_LIBRARY_H
#define RC_DEVICES_GPU_LIBRARY_H

#include <stddef.h>

#include "base/failure.h"

/* Opens `file` and fills `functions`, a struct of n pointers to the functions of these names. Who fails has
 * opened nothing. `what`: whose library it is; `remedy`: what to do where there is none; `library`, which may
 * be NULL: what closes it again. */
rc_status rc__gpu_library_open(const char *what, const char *file, const char *remedy, int n,
                               const char *const *names, void *functions, void **library) RC_MUST_CHECK;
void rc__gpu_library_close(void *library);

#endif
