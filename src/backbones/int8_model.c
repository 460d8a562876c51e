/* From a model with floats to the same with 8-bit weights. */
#include <string.h>

#include "backbones/model.h"
#include "base/finite.h"
#include "base/memory.h"

static rc_status round_parameter(rc_params *p, int i, const float *from)
{
    rc_tensor codes = rc_params_value(p, i), scale = rc_params_scale(p, i);
    void *code_host, *scale_host;
    RC_TRY(rc_tensor_map_write(&codes, &code_host));
    rc_status status = rc_tensor_map_write(&scale, &scale_host);
    if (status == RC_OK) {
        rc_int8_round(codes.shape.dim[0], codes.shape.dim[1], from, code_host, scale_host);
        rc_tensor_unmap(&scale, scale_host);
    }
    rc_tensor_unmap(&codes, code_host);
    return status == RC_OK ? rc_params_sum_codes(p, i) : status;
}

/* What stays floats has 16 bits, unless a number is too large for them. */
static rc_status halve_parameter(rc_params *p, int i, const float *from)
{
    rc_param *to = rc_params_get(p, i);
    rc_tensor t = rc_params_value(p, i);
    uint16_t *half;
    void *host = NULL;
    RC_TRY(RC_NEW_RAW(&half, to->size));
    rc_status status = rc_convert_from_f32(RC_DTYPE_F16, from, to->size, half);
    if (status == RC_OK) status = rc_tensor_map_write(&t, &host);
    if (status == RC_OK) {
        rc_convert_to_f32(RC_DTYPE_F16, half, to->size, host);
        to->half = rc_first_not_finite(host, to->size) < 0;
        if (!to->half) memcpy(host, from, (size_t)to->size * sizeof *from);
        rc_tensor_unmap(&t, host);
    }
    rc_free(half);
    return status;
}

static rc_status copy_parameter(rc_params *from, int i, rc_params *to)
{
    rc_tensor t = rc_params_value(from, i);
    const void *host;
    RC_TRY(rc_tensor_map_read(&t, &host));
    rc_status status =
        rc_params_get(to, i)->int8 ? round_parameter(to, i, host) : halve_parameter(to, i, host);
    rc_tensor_unmap(&t, host);
    return status;
}

rc_status rc_model_to_int8(rc_model *m, rc_model **out)
{
    rc_model_spec spec = m->spec;
    spec.int8 = true;
    spec.lora = (rc_lora){0};
    RC_TRY(rc_model_create(m->device, &spec, out));
    rc_status status = RC_OK;
    for (int i = 0; i < rc_params_count((*out)->params) && status == RC_OK; i++)
        status = copy_parameter(m->params, i, (*out)->params);
    if (status != RC_OK) rc_model_destroy(out);
    return status;
}

rc_status rc_model_check_learns(const rc_model *m)
{
    return m->spec.int8
               ? rc_fail(
                     RC_UNSUPPORTED,
                     "the model has 8-bit weights, which cannot learn; use the run that it was exported from")
               : RC_OK;
}
