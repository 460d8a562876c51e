/* A driver that runs the kernels of the GPU device on the host. */
#ifndef TESTS_DEVICES_PLAIN_GPU_H
#define TESTS_DEVICES_PLAIN_GPU_H

#include "devices/plain_kernels.h"

static rc_status plain_alloc(void *self, size_t bytes, void **out)
{
    (void)self;
    *out = malloc(bytes);
    if (*out) memset(*out, 0xff, bytes);
    return RC_OK;
}

static void plain_release(void *self, void *p)
{
    (void)self;
    free(p);
}

static rc_status plain_zero(void *self, void *p, size_t bytes)
{
    (void)self;
    memset(p, 0, bytes);
    return RC_OK;
}

static rc_status plain_copy(void *self, void *to, const void *from, size_t bytes)
{
    (void)self;
    memmove(to, from, bytes);
    return RC_OK;
}

static rc_status plain_wait(void *self)
{
    (void)self;
    return RC_OK;
}

static rc_status plain_build(void *self, int program, const char *name, void **out)
{
    (void)program, (void)name;
    *out = self;
    return RC_OK;
}

static rc_status plain_find(void *self, void *program, const char *name, void **out)
{
    (void)self, (void)program;
    *out = (void *)(uintptr_t)plain_entry_of(name);
    return RC_OK;
}

static rc_status plain_launch(void *self, void *kernel, i64 groups, int items, int n,
                              const rc__gpu_argument *a)
{
    (void)self;
    plain_run(kernel, groups, items, n, a);
    return RC_OK;
}

static rc_device *plain_device(void)
{
    static const rc__gpu_driver driver = {.alloc = plain_alloc,
                                          .release = plain_release,
                                          .zero = plain_zero,
                                          .copy = plain_copy,
                                          .wait = plain_wait,
                                          .build = plain_build,
                                          .find = plain_find,
                                          .launch = plain_launch};
    static rc__gpu g = {.driver = &driver, .name = "plain", .title = "plain C"};
    rc__gpu_make(&g);
    rc__gpu_launchers(&g.device.kernels);
    return &g.device;
}

#endif
