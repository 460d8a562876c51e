/* What a predictor has learnt, as arrays by name. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "plain/plain_parts.h"

rc_status rc__plain_add(rc_plain *p, const char *name, rc_dtype dtype, rc_shape shape, void *out)
{
    rc_plain_array *a = &p->array[p->arrays];
    RC_TRY(rc_alloc((size_t)rc_shape_size(&shape), rc_dtype_size(dtype), &a->data));
    snprintf(a->name, sizeof a->name, "%s", name);
    a->dtype = dtype;
    a->shape = shape;
    p->arrays++;
    memcpy(out, &a->data, sizeof a->data);
    return RC_OK;
}

static const rc_plain_array *get(const rc_plain *p, const char *name)
{
    for (int i = 0; i < p->arrays; i++)
        if (strcmp(p->array[i].name, name) == 0) return &p->array[i];
    return NULL;
}

const void *rc__plain_data(const rc_plain *p, const char *name)
{
    return get(p, name)->data;
}

int64_t rc__plain_rows(const rc_plain *p, const char *name)
{
    return get(p, name)->shape.dim[0];
}

static bool all_finite(const rc_plain_array *a)
{
    int64_t n = rc_shape_size(&a->shape);
    for (int64_t i = 0; i < n; i++) {
        if (a->dtype == RC_DTYPE_F32 && !isfinite(((const float *)a->data)[i])) return false;
        if (a->dtype == RC_DTYPE_F64 && !isfinite(((const double *)a->data)[i])) return false;
    }
    return true;
}

rc_status rc__plain_expect(const rc_plain *p, const char *name, rc_dtype dtype, rc_shape shape)
{
    const rc_plain_array *a = get(p, name);
    RC_CHECK(a, RC_FORMAT, "%s: the array \"%s\" is missing", p->kind->name, name);
    bool fits = a->dtype == dtype && a->shape.n == shape.n;
    for (int i = 0; fits && i < shape.n; i++)
        fits = shape.dim[i] == -1 || shape.dim[i] == a->shape.dim[i];
    RC_CHECK(fits, RC_FORMAT, "%s: the array \"%s\" has the wrong shape or type", p->kind->name, name);
    RC_CHECK(all_finite(a), RC_FORMAT, "%s: the array \"%s\" holds NaN or an infinity", p->kind->name, name);
    return RC_OK;
}

rc_status rc__plain_expect_within(const rc_plain *p, const char *name, int64_t min, int64_t max)
{
    const rc_plain_array *a = get(p, name);
    const int32_t *value = a->data;
    for (int64_t i = 0; i < rc_shape_size(&a->shape); i++)
        RC_CHECK(value[i] >= min && value[i] <= max, RC_FORMAT,
                 "%s: the array \"%s\" holds %d, which is out of range", p->kind->name, name, value[i]);
    return RC_OK;
}
