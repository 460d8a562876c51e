#include "tensor/tensor.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tensor/device.h"

/* ---- shapes ---- */

rc_shape rc_shape_make(int n, const int64_t *dim)
{
    assert(n >= 0 && n <= RC_MAX_DIMS);
    rc_shape s = {.n = n};
    for (int i = 0; i < n; i++)
        s.dim[i] = dim[i];
    return s;
}

rc_status rc_shape_count(const rc_shape *s, int64_t *out)
{
    int64_t count = 1;
    char text[RC_SHAPE_TEXT];
    for (int i = 0; i < s->n; i++)
        RC_CHECK(s->dim[i] >= 0 && !__builtin_mul_overflow(count, s->dim[i], &count), RC_SHAPE,
                 "shape %s is impossible: a negative or far too large size", rc_shape_text(s, text));
    *out = count;
    return RC_OK;
}

int64_t rc_shape_size(const rc_shape *s)
{
    int64_t count = 1;
    for (int i = 0; i < s->n; i++)
        count *= s->dim[i];
    return count;
}

int rc_shape_equal(const rc_shape *a, const rc_shape *b)
{
    return a->n == b->n && memcmp(a->dim, b->dim, (size_t)a->n * sizeof a->dim[0]) == 0;
}

const char *rc_shape_text(const rc_shape *s, char text[RC_SHAPE_TEXT])
{
    size_t used = (size_t)snprintf(text, RC_SHAPE_TEXT, "[");
    for (int i = 0; i < s->n; i++)
        used += (size_t)snprintf(text + used, RC_SHAPE_TEXT - used, "%s%lld", i ? ", " : "",
                                 (long long)s->dim[i]);
    snprintf(text + used, RC_SHAPE_TEXT - used, "]");
    return text;
}

/* ---- tensors ---- */

int64_t rc_tensor_size(const rc_tensor *t)
{
    return rc_shape_size(&t->shape);
}

size_t rc_tensor_bytes(const rc_tensor *t)
{
    return (size_t)rc_tensor_size(t) * rc_dtype_size(t->dtype);
}

rc_tensor rc_tensor_reshape(rc_tensor t, rc_shape shape)
{
    assert(rc_shape_size(&shape) == rc_tensor_size(&t));
    t.shape = shape;
    return t;
}

rc_tensor rc_tensor_rows(rc_tensor t, int64_t first, int64_t count)
{
    assert(t.shape.n >= 1 && first >= 0 && first + count <= t.shape.dim[0]);
    size_t row = t.shape.dim[0] ? rc_tensor_bytes(&t) / (size_t)t.shape.dim[0] : 0;
    t.data = (char *)t.data + (size_t)first * row;
    t.shape.dim[0] = count;
    return t;
}

static rc_status describe(rc_device *device, rc_dtype dtype, rc_shape shape, rc_tensor *out, size_t *bytes)
{
    int64_t count;
    *out = (rc_tensor){.device = device, .dtype = dtype, .shape = shape};
    RC_TRY(rc_shape_count(&shape, &count));
    RC_CHECK(rc_mul_size((size_t)count, rc_dtype_size(dtype), bytes), RC_SHAPE, "a tensor is far too large");
    return RC_OK;
}

rc_status rc_tensor_create(rc_device *device, rc_dtype dtype, rc_shape shape, rc_tensor *out)
{
    size_t bytes;
    RC_TRY(describe(device, dtype, shape, out, &bytes));
    return device->alloc(device, bytes, &out->data);
}

rc_status rc_tensor_create_zeroed(rc_device *device, rc_dtype dtype, rc_shape shape, rc_tensor *out)
{
    size_t bytes;
    RC_TRY(describe(device, dtype, shape, out, &bytes));
    return device->alloc_zeroed(device, bytes, &out->data);
}

void rc_tensor_destroy(rc_tensor *t)
{
    if (t->data) t->device->release(t->device, t->data, rc_tensor_bytes(t));
    *t = (rc_tensor){0};
}

rc_status rc_tensor_map_read(const rc_tensor *t, const void **out)
{
    void *host;
    RC_TRY(t->device->map(t->device, t->data, rc_tensor_bytes(t), true, false, &host));
    *out = host;
    return RC_OK;
}

rc_status rc_tensor_map_write(const rc_tensor *t, void **out)
{
    return t->device->map(t->device, t->data, rc_tensor_bytes(t), false, true, out);
}

rc_status rc_tensor_map_update(const rc_tensor *t, void **out)
{
    return t->device->map(t->device, t->data, rc_tensor_bytes(t), true, true, out);
}

void rc_tensor_unmap(const rc_tensor *t, const void *host)
{
    /* Written back in both cases: what was mapped for reading has not changed. */
    t->device->unmap(t->device, t->data, rc_tensor_bytes(t), true, (void *)(uintptr_t)host);
}

rc_status rc_tensor_upload(const rc_tensor *t, const void *host)
{
    void *to;
    rc_device *d = t->device;
    bool is_there = false;
    if (d->take_brought) RC_TRY(d->take_brought(d, t->data, host, rc_tensor_bytes(t), &is_there));
    if (is_there) return RC_OK;
    RC_TRY(rc_tensor_map_write(t, &to));
    if (rc_tensor_bytes(t)) memcpy(to, host, rc_tensor_bytes(t));
    rc_tensor_unmap(t, to);
    return RC_OK;
}

rc_status rc_tensor_download(const rc_tensor *t, void *host)
{
    const void *from;
    RC_TRY(rc_tensor_map_read(t, &from));
    if (rc_tensor_bytes(t)) memcpy(host, from, rc_tensor_bytes(t));
    rc_tensor_unmap(t, from);
    return RC_OK;
}

rc_status rc_tensor_wait(const rc_tensor *t)
{
    const void *host;
    RC_TRY(rc_tensor_map_read(t, &host));
    rc_tensor_unmap(t, host);
    return RC_OK;
}

rc_status rc_tensor_bring(rc_device *device, const void *host, size_t bytes)
{
    return device->bring ? device->bring(device, host, bytes) : RC_OK;
}

void rc_tensor_forget_brought(rc_device *device)
{
    if (device->forget_brought) device->forget_brought(device);
}
