/* Within our CUDA (fake_cuda.h): what its two files share. */
#ifndef TESTS_DEVICES_FAKE_LINE_H
#define TESTS_DEVICES_FAKE_LINE_H

#include <stdbool.h>

#include "devices/fake_cuda.h"
#include "devices/gpu/cuda_abi.h"

extern fake_cuda_report fake_now;
/* Of the variable FAKE_CUDA; name: with its "=". */
int fake_setting(const char *name, int otherwise);
bool fake_is_inside(void); /* this thread is in a context */
void *fake_on_host(const void *device_address);
/* go: carries it on when it comes to it, until it says that it is done. */
unsigned fake_put_in_line(rc_cu_stream to, bool (*go)(void *), void *context);

#endif
