/* exports/exported.h: small models of the fixtures' families with random numbers in all their parts, as an
 * export takes them. */
#ifndef EXPORTED_H
#define EXPORTED_H

#include "check.h"
#include "slopes.h"

#include "exports/export_forms.h"

/* The configuration that the fixture "bert/roberta" was made with. */
static inline rc_status read_config(const char *fixture, rc_backbone_config *out)
{
    char path[512];
    rc_json *json;
    snprintf(path, sizeof path, "%s/%s.json", RC_TEST_DATA, fixture);
    rc_status status = rc_json_read(path, &json);
    if (status != RC_OK) return status;
    status = rc_backbone_config_read(rc_json_get(json, "config"), path, out);
    rc_json_free(&json);
    return status;
}

/* No bias is 0, no LayerNorm lets numbers pass as they are. */
static inline rc_status make_model(const rc_model_spec *spec, rc_model **out)
{
    static float x[1 << 16];
    rc_device *device;
    rc_status status = rc_device_by_name("ref", &device);
    if (status == RC_OK) status = rc_model_create(device, spec, out);
    for (int i = 0; status == RC_OK && i < rc_params_count((*out)->params); i++) {
        rc_tensor t = rc_params_value((*out)->params, i);
        if (rc_tensor_size(&t) > 1 << 16) return RC_INTERNAL;
        fill_normal(x, rc_tensor_size(&t), (uint64_t)(100 + i));
        for (int64_t k = 0; k < rc_tensor_size(&t); k++)
            x[k] *= 0.5f;
        status = rc_tensor_upload(&t, x);
    }
    return status;
}

static inline const float *parameter(rc_model *m, int i)
{
    return rc_params_value(m->params, i).data; /* of ref: the host's */
}

#endif
