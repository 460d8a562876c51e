#include "formats/array_file.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/pieces.h"

void rc_array_free(rc_array *a)
{
    rc_free(a->owned);
    rc_file_map_close(&a->map);
    rc_pieces_close(&a->pieces);
    *a = (rc_array){0};
}

rc_status rc_array_to_f32(const rc_array *a, float **out)
{
    RC_TRY(RC_NEW_RAW(out, rc_array_size(a)));
    rc_convert_to_f32(a->dtype, a->data, rc_array_size(a), *out);
    return RC_OK;
}

double rc_array_number(const rc_array *a, int64_t i)
{
    const char *at = (const char *)a->data + (size_t)i * rc_dtype_size(a->dtype);
    double exact;
    float v;
    if (a->dtype == RC_DTYPE_F64) {
        memcpy(&exact, at, sizeof exact);
        return exact;
    }
    if (!rc_dtype_is_float(a->dtype)) return (double)rc_array_whole(a, i);
    rc_convert_to_f32(a->dtype, at, 1, &v);
    return (double)v;
}

int64_t rc_array_whole(const rc_array *a, int64_t i)
{
    const char *at = (const char *)a->data + (size_t)i * rc_dtype_size(a->dtype);
#define READ(name, type)          \
    case RC_DTYPE_##name: {       \
        type v;                   \
        memcpy(&v, at, sizeof v); \
        return (int64_t)v;        \
    }
    switch (a->dtype) {
        READ(BOOL, uint8_t)
        READ(I8, int8_t)
        READ(U8, uint8_t)
        READ(I16, int16_t)
        READ(U16, uint16_t)
        READ(I32, int32_t)
        READ(U32, uint32_t)
        READ(I64, int64_t)
        READ(U64, uint64_t)
    default:
        return INT64_MIN; /* no integer */
    }
#undef READ
}

void rc_array_whole_text(const rc_array *a, int64_t i, char text[RC_WHOLE_TEXT])
{
    int64_t v = rc_array_whole(a, i);
    if (a->dtype == RC_DTYPE_U64)
        snprintf(text, RC_WHOLE_TEXT, "%llu", (unsigned long long)v);
    else
        snprintf(text, RC_WHOLE_TEXT, "%lld", (long long)v);
}

rc_status rc_array_check_whole(const rc_array *a, const char *source)
{
    RC_CHECK(!rc_dtype_is_float(a->dtype) && a->dtype != RC_DTYPE_BOOL, RC_DATA, "%s: %s; expected integers",
             source, rc_dtype_text(a->dtype));
    return RC_OK;
}

rc_status rc_array_to_i32(const rc_array *a, const char *source, int32_t *out)
{
    RC_TRY(rc_array_check_whole(a, source));
    for (int64_t i = 0; i < rc_array_size(a); i++) {
        int64_t v = rc_array_whole(a, i);
        RC_CHECK(v >= INT32_MIN && v <= INT32_MAX, RC_DATA,
                 "%s: element %lld is outside the range of 32-bit integers", source, (long long)i);
        out[i] = (int32_t)v;
    }
    return RC_OK;
}
