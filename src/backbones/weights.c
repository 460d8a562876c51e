#include "backbones/weights.h"

#include <string.h>

rc_status rc_weights_find(const rc_weights *w, const char *name, rc_safetensors_entry *out,
                          const char **file_name)
{
    const rc_weights *shard = w;
    int at = -1;
    while (shard && (at = rc_safetensors_find(shard->file, name)) < 0)
        shard = shard->next;
    RC_CHECK(shard, RC_FORMAT, "%s: tensor \"%s\" is missing", w->name, name);
    *out = rc_safetensors_get(shard->file, at);
    *file_name = shard->name;
    RC_CHECK(out->dtype == RC_DTYPE_F32 || out->dtype == RC_DTYPE_F16 || out->dtype == RC_DTYPE_BF16 ||
                 out->dtype == RC_DTYPE_F64,
             RC_FORMAT, "%s: tensor \"%s\" is %s, weights are floating-point", shard->name, name,
             rc_dtype_text(out->dtype));
    return RC_OK;
}

rc_status rc__load_parameter(rc_params *p, int i, const rc_weights *from)
{
    const rc_param *wanted = rc_params_get(p, i);
    rc_safetensors_entry e;
    const char *file;
    RC_TRY(rc_weights_find(from, wanted->name, &e, &file));
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    RC_CHECK(rc_shape_equal(&e.shape, &wanted->shape), RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, the model needs %s", file, wanted->name,
             rc_shape_text(&e.shape, have), rc_shape_text(&wanted->shape, want));
    rc_tensor t = rc_params_value(p, i);
    void *host;
    RC_TRY(rc_tensor_map_write(&t, &host));
    rc_convert_to_f32(e.dtype, e.data, rc_tensor_size(&t), host);
    rc_tensor_unmap(&t, host);
    return RC_OK;
}

/* Same number of dimensions, same sizes but for the input channels. */
static bool is_projection(const rc_shape *have, const rc_shape *want)
{
    bool same = have->n == want->n && have->n >= 2 && have->dim[1] >= 1;
    for (int i = 0; same && i < want->n; i++)
        same = i == 1 || have->dim[i] == want->dim[i];
    return same;
}

rc_status rc__adopt_projection(rc_params *p, int i, const rc_weights *from)
{
    const rc_param *wanted = rc_params_get(p, i);
    const int64_t *want = wanted->shape.dim;
    rc_safetensors_entry e;
    const char *file;
    RC_TRY(rc_weights_find(from, wanted->name, &e, &file));
    const int64_t *have = e.shape.dim;
    char text[RC_SHAPE_TEXT];
    RC_CHECK(is_projection(&e.shape, &wanted->shape), RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, which is no patch projection of this backbone", file,
             wanted->name, rc_shape_text(&e.shape, text));
    rc_array view = {.dtype = e.dtype, .shape = e.shape, .data = e.data};
    float *source;
    RC_TRY(rc_array_to_f32(&view, &source));
    rc_tensor t = rc_params_value(p, i);
    void *host;
    rc_status status = rc_tensor_map_write(&t, &host);
    if (status == RC_OK) {
        float *to = host;
        int64_t cell = wanted->size / (want[0] * want[1]);
        for (int64_t o = 0; o < want[0]; o++)
            for (int64_t c = 0; c < want[1]; c++)
                memcpy(to + (o * want[1] + c) * cell, source + (o * have[1] + c % have[1]) * cell,
                       (size_t)cell * sizeof(float));
        rc_tensor_unmap(&t, host);
    }
    rc_free(source);
    return status;
}
