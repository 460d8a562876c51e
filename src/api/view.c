#include <string.h>

#include "api/call.h"
#include "base/memory.h"

rc_view rc_view_make(const void *data, rc_dtype dtype, int32_t dims, const int64_t *shape)
{
    rc_view v = {.data = (void *)(uintptr_t)data, .dtype = dtype, .dims = dims};
    int64_t stride = (int64_t)rc_dtype_size(dtype);
    if (!shape && dims != 0) return (rc_view){0};
    for (int32_t i = dims - 1; i >= 0 && i < RC_VIEW_DIMS; i--) {
        v.shape[i] = shape[i];
        v.strides[i] = stride;
        stride *= shape[i];
    }
    return v;
}

int64_t rc_view_size(const rc_view *v)
{
    int64_t n = 1;
    if (!v || v->dims < 0 || v->dims > RC_VIEW_DIMS) return 0;
    for (int32_t i = 0; i < v->dims; i++)
        n *= v->shape[i];
    return n;
}

/* A stride that is never taken says nothing. */
bool rc_view_is_dense(const rc_view *v)
{
    if (rc_view_size(v) == 0) return v != NULL;
    int64_t stride = (int64_t)rc_dtype_size(v->dtype);
    for (int32_t i = v->dims - 1; i >= 0; i--) {
        if (v->shape[i] > 1 && v->strides[i] != stride) return false;
        stride *= v->shape[i];
    }
    return true;
}

rc_shape rc__view_shape(const rc_view *v)
{
    return rc_shape_make(v->dims, v->shape);
}

static rc_status check(const char *name, const rc_view *v)
{
    int64_t n;
    RC_CHECK(v && v->data, RC_CONFIG, "%s is missing: no array is given", name);
    RC_CHECK((unsigned)v->dtype < RC_DTYPE_COUNT, RC_UNSUPPORTED, "%s: type %d is not a type of numbers",
             name, (int)v->dtype);
    RC_CHECK(v->dims >= 0 && v->dims <= RC_VIEW_DIMS, RC_SHAPE, "%s: %d dimensions; at most %d are allowed",
             name, (int)v->dims, RC_VIEW_DIMS);
    rc_shape shape = rc__view_shape(v);
    if (rc_shape_count(&shape, &n) != RC_OK) return rc_fail_context(RC_SHAPE, "%s", name);
    return RC_OK;
}

/* ---- in ---- */

static bool is_aligned(const rc_view *v)
{
    return (uintptr_t)v->data % rc_dtype_size(v->dtype) == 0;
}

/* The part of a view from dimension `at` on, element by element, to C order. */
static char *gather(const rc_view *v, int32_t at, const char *from, char *to)
{
    size_t size = rc_dtype_size(v->dtype);
    if (at == v->dims) {
        memcpy(to, from, size);
        return to + size;
    }
    for (int64_t i = 0; i < v->shape[at]; i++)
        to = gather(v, at + 1, from + i * v->strides[at], to);
    return to;
}

rc_status rc__view_array(const char *name, const rc_view *v, rc_array *out)
{
    RC_TRY(check(name, v));
    *out = (rc_array){.dtype = v->dtype, .shape = rc__view_shape(v), .data = v->data};
    if (rc_view_is_dense(v) && is_aligned(v)) return RC_OK;
    RC_TRY(rc_alloc_raw((size_t)rc_view_size(v), rc_dtype_size(v->dtype), &out->owned));
    gather(v, 0, v->data, out->owned);
    out->data = out->owned;
    return RC_OK;
}

rc_status rc__view_floats(const char *name, const rc_view *v, const float **out, float **owned)
{
    rc_array a;
    *owned = NULL;
    RC_TRY(rc__view_array(name, v, &a));
    if (a.dtype != RC_DTYPE_F32) {
        rc_status status = rc_array_to_f32(&a, owned);
        rc_array_free(&a);
        *out = *owned;
        return status;
    }
    *owned = a.owned;
    *out = a.data;
    return RC_OK;
}

/* ---- out ---- */

rc_status rc__view_check_output(const char *name, const rc_view *v, const rc_shape *shape, bool whole)
{
    char want[RC_SHAPE_TEXT], have[RC_SHAPE_TEXT];
    RC_TRY(check(name, v));
    rc_shape given = rc__view_shape(v);
    RC_CHECK(rc_shape_equal(&given, shape), RC_SHAPE, "%s: its shape is %s; %s is needed", name,
             rc_shape_text(&given, have), rc_shape_text(shape, want));
    RC_CHECK(rc_view_is_dense(v) && is_aligned(v), RC_SHAPE,
             "%s: output must be in C order, with each number aligned to its size", name);
    RC_CHECK(!whole || v->dtype == RC_DTYPE_I64, RC_UNSUPPORTED,
             "%s: whole numbers come out as int64, not as %s", name, rc_dtype_text(v->dtype));
    RC_CHECK(whole || v->dtype == RC_DTYPE_F32 || v->dtype == RC_DTYPE_F64, RC_UNSUPPORTED,
             "%s: numbers come out as float32 or float64, not as %s", name, rc_dtype_text(v->dtype));
    return RC_OK;
}

void rc__view_store(const rc_view *v, int64_t first, int64_t n, const float *from)
{
    if (v->dtype == RC_DTYPE_F32) {
        memcpy((float *)v->data + first, from, (size_t)n * sizeof *from);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        ((double *)v->data)[first + i] = from[i];
}
