#include "formats/safetensors_sum.h"

#include <string.h>

void rc__sum_describe(rc_checksum *c, const char *name, rc_dtype dtype, const rc_shape *shape)
{
    rc_checksum_begin(c);
    rc_checksum_add_text(c, name);
    rc_checksum_add_text(c, rc_dtype_text(dtype));
    rc_checksum_add(c, &shape->n, sizeof shape->n);
    rc_checksum_add(c, shape->dim, (size_t)shape->n * sizeof *shape->dim);
}

uint64_t rc__sum_metadata(const rc_json *metadata)
{
    uint64_t sum = 0;
    void *at = NULL;
    const char *key;
    const rc_json *value;
    while (rc_json_each(metadata, &at, &key, &value)) {
        rc_checksum c;
        if (strcmp(key, RC__SUM_KEY) == 0) continue;
        rc_checksum_begin(&c);
        rc_checksum_add_text(&c, key);
        rc_checksum_add_text(&c, rc_json_as_string(value));
        sum += rc_checksum_value(&c);
    }
    return sum;
}
