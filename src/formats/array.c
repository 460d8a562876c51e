#include "formats/array.h"

#include "base/memory.h"

void rc_array_free(rc_array *a)
{
    rc_free(a->owned);
    rc_file_map_close(&a->map);
    *a = (rc_array){0};
}

int64_t rc_array_size(const rc_array *a)
{
    return rc_shape_size(&a->shape);
}

rc_status rc_array_to_f32(const rc_array *a, float **out)
{
    RC_TRY(RC_NEW_RAW(out, rc_array_size(a)));
    rc_convert_to_f32(a->dtype, a->data, rc_array_size(a), *out);
    return RC_OK;
}
