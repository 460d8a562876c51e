/* The reference device: plain loops with double accumulation. It is the specification, not a fast path. */
#include "devices/ref.h"

#include <string.h>

static rc_status alloc_host(rc_device *d, size_t bytes, void **out)
{
    return rc_block_alloc(bytes, out);
}

static rc_status alloc_zeroed_host(rc_device *d, size_t bytes, void **out)
{
    return rc_block_alloc_zeroed(bytes, out);
}

static void scatter_host(rc_device *d, void *p, size_t bytes)
{
    rc_block_scatter(p, bytes);
}

static void release_host(rc_device *d, void *p, size_t bytes)
{
    rc_block_free(p, bytes);
}

static rc_status map_host(rc_device *d, void *p, size_t bytes, bool read, bool write, void **host)
{
    *host = p;
    return RC_OK;
}

static void unmap_host(rc_device *d, void *p, size_t bytes, bool write, void *host)
{
}

static rc_status copy_host(rc_device *d, void *dst, const void *src, size_t bytes)
{
    if (bytes) memmove(dst, src, bytes);
    return RC_OK;
}

void rc__host_buffers(rc_device *d)
{
    d->is_host = true;
    d->alloc = alloc_host;
    d->alloc_zeroed = alloc_zeroed_host;
    d->scatter = scatter_host;
    d->release = release_host;
    d->map = map_host;
    d->unmap = unmap_host;
    d->copy = copy_host;
}

rc_device *rc_device_ref(void)
{
    static rc_device device;
    static bool made;
#pragma omp critical(rc_device_ref)
    if (!made) {
        device.name = "ref";
        rc__host_buffers(&device);
        rc__ref_linear(&device.kernels);
        rc__ref_int8(&device.kernels);
        rc__ref_norm(&device.kernels);
        rc__ref_attention(&device.kernels);
        rc__ref_window_attention(&device.kernels);
        rc__ref_layout(&device.kernels);
        rc__ref_loss(&device.kernels);
        rc__ref_optim(&device.kernels);
        made = true;
    }
    return &device;
}
